package vectors

// RunActor lets the tests run one vector of kind "actor" by its bytes.
var RunActor = runActor
