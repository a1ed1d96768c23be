package portability

import (
	"errors"
	"time"

	"codeberg.org/godwit/godwit/vocab"
)

// Errors of jobs, to be tested with errors.Is.
var (
	// ErrNoJob says that there is no such job.
	ErrNoJob = errors.New("there is no such job")
	// ErrStale says that somebody else has taken the job on since it was read. What
	// was to be committed was not.
	ErrStale = errors.New("the job was taken on by another worker")
	// ErrJobExists says that another job, of another source or sink, has the id.
	ErrJobExists = errors.New("another job has that id")
	// ErrOtherSpec says that a job was begun as claimed, or with other options, which stay
	// what they were. What was proved since then is a copy of its own: under another
	// id, it finds what the first has put, brings it out of quarantine, and maps it.
	ErrOtherSpec = errors.New("the job was begun without proof or with other options")
)

// A Job is one copy of one account, as its [Journal] keeps it. It is changed only by
// an [Engine], and may be read by anybody who shows it.
type Job struct {
	ID       string
	Account  vocab.IRI // the new actor, or its id where it is no actor
	Old      vocab.IRI // the old actor, as its document names it; "" before it was read
	Standing Standing
	State    JobState
	Stage    Stage
	// Kind and After are where the stage is: the kind, and the position behind which
	// it goes on.
	Kind  Kind
	After string
	// Run counts how often the source was read from its beginning, from 1.
	Run int
	// Next is the number of the next entry to be staged.
	Next int64
	// Items is how many were staged to be put, each once, over all runs: so many at most
	// as [Limits].Items of its options says.
	Items int64
	// Options are what the job was begun with, in JSON; see [JobOptions].
	Options []byte
	// Progress is what was done, by stage and kind.
	Progress []Tally
	// Trouble is the last thing that went wrong, in words that hold nothing private;
	// "" when the last step went well. Tries counts failures since one did.
	Trouble string
	Tries   int
	// Worker has the job until Until; "" if nobody.
	Worker string
	Until  time.Time
	// Due is when the next step is to be made; zero for now.
	Due time.Time

	Created, Updated, Finished time.Time
	// Version counts commits. Commit refuses a job whose Version is not the stored one.
	Version int64
}

// A JobState is what is to become of a job.
type JobState string

// The states of jobs.
const (
	JobRunning   JobState = "running"   // steps are to be made
	JobPaused    JobState = "paused"    // until somebody lets it go on
	JobCancelled JobState = "cancelled" // for good; what was copied stays, and can be undone
	JobDone      JobState = "done"      // everything is settled; it can be run again
	JobUndoing   JobState = "undoing"   // what was copied is taken out
	JobUndone    JobState = "undone"    // and is out
	JobRefused   JobState = "refused"   // the source or the policy does not allow it; see Trouble
)

// Ended reports whether no step is to be made.
func (s JobState) Ended() bool { return s != JobRunning && s != JobUndoing }

// A Stage is a part of a job. The words are stable; their order is that of [Stages].
type Stage string

// The stages.
const (
	StageRead     Stage = "read"     // the source is read and judged, nothing is put
	StageOrder    Stage = "order"    // parents before children, where the source has another order
	StageProtect  Stage = "protect"  // blocks, mutes, blocked domains
	StageFiles    Stage = "files"    // media, by digest; the only one that many workers share
	StageProfile  Stage = "profile"  // the actor, its keys, its files' descriptions
	StageContent  Stage = "content"  // own posts, oldest first
	StageReceived Stage = "received" // references to replies, likes and shares by others
	StageRest     Stage = "rest"     // everything else
	StageRemove   Stage = "remove"   // what the source has deleted since the last run
	StageCheck    Stage = "check"    // what was put is looked for in the sink
	StageUndo     Stage = "undo"     // last in, first out
)

// Stages returns the stages of a copy in their order. StageUndo is none of them.
func Stages() []Stage {
	return []Stage{
		StageRead, StageOrder, StageProtect, StageFiles, StageProfile, StageContent,
		StageReceived, StageRest, StageRemove, StageCheck,
	}
}

// A Tally is what was done of one kind in one stage.
type Tally struct {
	Stage Stage         `json:"stage"`
	Kind  Kind          `json:"kind"`
	Done  int64         `json:"done"`
	Total int64         `json:"total"` // -1 if it is not known
	Bytes int64         `json:"bytes,omitzero"`
	Took  time.Duration `json:"-"` // time in steps, for a rate
	// Met is how many items the source has shown for it, those included that were met
	// before, and Exact that it says of Total that there are no fewer.
	Met   int64 `json:"met,omitzero"`
	Exact bool  `json:"exact,omitzero"`
}
