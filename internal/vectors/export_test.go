package vectors

// RunActor lets the tests run one vector of kind "actor" by its bytes, and
// RunTaken one of kind "move" against a server that takes Moves in.
var (
	RunActor = runActor
	RunTaken = runTaken
)
