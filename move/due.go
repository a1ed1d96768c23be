package move

import "time"

// LongestHold is how long a departure can be held back: a longer
// [AnnouncerOptions].Hold is that long.
const LongestHold = 30 * day

// longestPause is longer than anything but a hold waits for its next try.
const longestPause = 2 * day

// ClockSlack is how far apart the clocks of processes that share a store may be, and
// how far one may go back, without a step's being done before it is due.
const ClockSlack = day

// DueBy returns when the step is due by a clock that says now: its Due, unless that is
// further ahead than anything waits. Then a clock that was ahead has stored it, and
// nobody shall wait until then: of a step that entered its state by that clock, the
// pause begins now, and any other is due now. [Steps.Claim] goes by it.
func (s Step) DueBy(now time.Time) time.Time {
	most := longestPause
	if s.Party == "" && s.Side == Out {
		most = LongestHold + ClockSlack
	}
	switch {
	case !s.Due.After(now.Add(most)):
		return s.Due
	case s.Since.After(now.Add(ClockSlack)):
		return now.Add(min(max(s.Due.Sub(s.Since), 0), most))
	}
	return now
}

// atMostADay bounds what a host lets tries be apart.
func atMostADay(backoff func(int) time.Duration) func(int) time.Duration {
	return func(failures int) time.Duration { return min(backoff(failures), day) }
}
