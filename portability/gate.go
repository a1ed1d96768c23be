package portability

import (
	"slices"
	"strconv"
)

// A Gate is why a copy may not be followed by a Move yet. The words are stable.
type Gate string

// The gates.
const (
	GateUnfinished  Gate = "unfinished"  // it has not ended well
	GateClaimed     Gate = "claimed"     // nothing shows that the old account is theirs
	GateQuarantined Gate = "quarantined" // nobody sees the copies yet
	GateMissing     Gate = "missing"     // something that was put is not there
	GateDeleted     Gate = "deleted"     // something was deleted at the new server since
	GateFailed      Gate = "failed"      // something was not copied
	GateConflicting Gate = "conflicting" // something differs on both sides
	GateFiles       Gate = "files"       // files could not be had for now
	GateNotShown    Gate = "not-shown"   // the source has more than it has shown
	GateUnmapped    Gate = "unmapped"    // old addresses do not lead here
)

// A GateError says why a copy may not be followed by a Move yet.
type GateError struct {
	Gate Gate
	N    int64 // how many items, files or addresses; 0 where that means nothing
}

func (e *GateError) Error() string {
	text := "the account is not ready to move: " + string(e.Gate)
	if e.N > 0 {
		text += " (" + strconv.FormatInt(e.N, 10) + ")"
	}
	return text
}

// Hint says what a person can do about it.
func (e *GateError) Hint() string { return gateHints[e.Gate] }

var gateHints = map[Gate]string{
	GateUnfinished:  "let the copy go on until it is done",
	GateClaimed:     "add the new account to the aliases (alsoKnownAs) of the old one, and copy again",
	GateQuarantined: "wait until somebody has looked at the copies and released them",
	GateMissing:     "run the copy again: it puts what is missing",
	GateDeleted:     "say that it may stay so; a new copy, under another id, puts it there again",
	GateFailed:      "look at what failed, and run the copy again or say that it may stay behind",
	GateConflicting: "look at what differs, and say that it may stay as it is",
	GateFiles:       "run the copy again: it tries the files once more",
	GateNotShown:    "run the copy again; if the old server does not show more then, say that it may stay behind",
	GateUnmapped:    "ask the administrators whose these addresses are, or say that they may lead elsewhere",
}

// Ready returns nil if the copy may be followed by a Move, and else a [*GateError].
// Accepted are the reasons of failures and conflicts that the person has seen and lets
// be, as those of documents that cannot be read. Requests to follow that wait for an
// answer count as settled, and so does what the sink has no place for.
func (r *JobReport) Ready(accepted ...Reason) error {
	switch {
	case r.Job.State != JobDone:
		return &GateError{Gate: GateUnfinished}
	case r.Job.Standing != Proved:
		return &GateError{Gate: GateClaimed}
	case r.Quarantined:
		return &GateError{Gate: GateQuarantined}
	}
	for _, c := range []GateError{
		{GateMissing, sum(r.Missing)},
		{GateDeleted, r.deleted(accepted)},
		{GateUnfinished, r.ended("", nil)},
		{GateFailed, r.ended(Failed, append(slices.Clone(accepted), NotHere))},
		{GateConflicting, r.ended(Conflicting, accepted)},
		{GateFiles, r.filesAway(accepted)},
		{GateNotShown, r.notShown(accepted)},
		{GateUnmapped, r.unmapped(accepted)},
	} {
		if c.N > 0 {
			return &c
		}
	}
	return nil
}

func sum(counts map[Kind]int64) int64 {
	var all int64
	for _, n := range counts {
		all += n
	}
	return all
}

// deleted counts what somebody has deleted at the sink.
func (r *JobReport) deleted(accepted []Reason) int64 {
	var n int64
	for _, states := range r.Counts {
		n += states[Skipped][DeletedHere]
	}
	if slices.Contains(accepted, DeletedHere) {
		return 0
	}
	return n
}

// notShown counts the items that the source has told of, and no more.
func (r *JobReport) notShown(accepted []Reason) int64 {
	if slices.Contains(accepted, NotShown) {
		return 0
	}
	return sum(r.NotShown)
}

// ended counts the items of a state but for some reasons.
func (r *JobReport) ended(s State, but []Reason) int64 {
	var n int64
	for _, states := range r.Counts {
		for reason, count := range states[s] {
			if !slices.Contains(but, reason) {
				n += count
			}
		}
	}
	return n
}

// unmapped counts the addresses that do not lead here but for some reasons.
func (r *JobReport) unmapped(but []Reason) int64 {
	var n int64
	for reason, count := range r.Unmapped {
		if !slices.Contains(but, reason) {
			n += count
		}
	}
	return n
}

// filesAway counts the files that may be had another time.
func (r *JobReport) filesAway(accepted []Reason) int64 {
	if slices.Contains(accepted, Unavailable) {
		return 0
	}
	return r.FileStates[Failed][Unavailable]
}
