package move

import (
	"time"
)

const day = 24 * time.Hour

// How long a Move waits before it is verified again. What is absent is looked
// for again soon, as senders publish it late; who cannot be reached may be back
// tomorrow; who answers that there is nothing gets one more chance.
var (
	absentLadder = []time.Duration{5 * time.Second, time.Minute, 10 * time.Minute, time.Hour}
	outageLadder = append(absentLadder[:len(absentLadder):len(absentLadder)], day, day, day, day, day, day, day)
	lastChance   = []time.Duration{time.Hour}
)

// absentForGood is kept in a step that waits for its last chance.
const absentForGood Reason = "unreachable-for-good"

// public is the reason as others are told it.
func (r Reason) public() Reason {
	if r == absentForGood {
		return Unreachable
	}
	return r
}

// longestDeferral ends a Move whose accounts fail in changing ways.
const longestDeferral = 8 * day

// ladder returns the own step of a deferred case, or the outcome if it was
// tried often enough.
func ladder(before *Step, v *verification, s *stop) (next Step, end Outcome) {
	waits, reason := rungs(s)
	next = Step{Side: In, Host: v.move.Old.Host(), State: Deferred, Reason: reason, Since: v.now}
	if before != nil && before.State == Deferred && before.Reason == reason {
		next.Attempts = before.Attempts
	}
	if next.Attempts == len(waits) || v.now.Sub(v.move.Evidence.Delivered) > longestDeferral {
		if s.lasting {
			return next, Refuse
		}
		return next, Unconfirm
	}
	next.Due = v.now.Add(max(waits[next.Attempts], min(s.after, longestWait)))
	next.Attempts++
	return next, ""
}

func rungs(s *stop) ([]time.Duration, Reason) {
	switch {
	case s.lasting:
		return lastChance, absentForGood
	case s.reason == Unreachable:
		return outageLadder, Unreachable
	}
	return absentLadder, s.reason
}
