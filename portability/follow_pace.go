package portability

import (
	"time"

	"codeberg.org/godwit/godwit/vocab"
)

// followWaits are how long somebody is left alone who could not be asked.
var followWaits = []time.Duration{
	time.Minute, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 6 * time.Hour, 12 * time.Hour,
}

// longestFollowWait bounds what a peer, or a clock that jumped, can make a job wait.
const longestFollowWait = 24 * time.Hour

func followWait(tries int, asked time.Duration) time.Duration {
	wait := followWaits[min(max(tries, 1), len(followWaits))-1]
	return min(max(wait, asked), longestFollowWait)
}

// A followPace is who was asked when. It is made anew from the entries of a job for each
// step, so that no crash and no other process makes anybody forget it: of an entry that
// was tried, Run is how often, and Published when it was asked or, if that failed, until
// when its host is left alone.
type followPace struct {
	options FollowOptions
	now     time.Time
	hosts   map[string]*hostPace
	sent    int       // in the last hour, to all
	first   time.Time // the first of those
}

type hostPace struct {
	free  time.Time // from when on it may be asked
	sent  int       // in the last hour
	first time.Time // the first of those
	next  Entry     // who is to be asked next
	wants bool      // there is one
}

// see takes in an entry.
func (p *followPace) see(e Entry) {
	h := p.host(e)
	if e.Run > 0 {
		p.tried(h, e)
	}
	if e.State == "" && (!h.wants || before(e, h.next)) {
		h.next, h.wants = e, true
	}
}

func (p *followPace) host(e Entry) *hostPace {
	target := e.NewID
	if target == "" {
		target = followee(e)
	}
	return p.at(target)
}

// at is the host that an account is at.
func (p *followPace) at(target vocab.IRI) *hostPace {
	name := followHost(target)
	h := p.hosts[name]
	if h == nil {
		h = &hostPace{}
		p.hosts[name] = h
	}
	return h
}

// before puts those first who were tried least.
func before(a, b Entry) bool { return a.Run < b.Run || a.Run == b.Run && a.No < b.No }

// tried takes in that somebody was asked, or could not be. A time that lies further ahead
// than it could is of a clock that was ahead, and is passed over: the host would be left
// alone until that time comes.
func (p *followPace) tried(h *hostPace, e Entry) {
	at := e.Published
	if e.State == "" && !e.Intended { // it failed
		if !at.After(p.now.Add(longestFollowWait)) {
			h.leave(at)
		}
		return
	}
	if at.After(p.now.Add(p.options.Gap)) {
		return
	}
	h.leave(at.Add(p.options.Gap))
	if at.After(p.now.Add(-time.Hour)) {
		h.sent++
		h.first = earlier(h.first, at)
		p.sent++
		p.first = earlier(p.first, at)
	}
}

// asked takes in that a target is being asked.
func (p *followPace) asked(target vocab.IRI) {
	h := p.at(target)
	h.leave(p.now.Add(p.options.Gap))
	h.sent++
	h.first = earlier(h.first, p.now)
	p.sent++
	p.first = earlier(p.first, p.now)
}

func (h *hostPace) leave(until time.Time) {
	if until.After(h.free) {
		h.free = until
	}
}

// due is from when on a host may be asked.
func (p *followPace) due(h *hostPace) time.Time {
	due := h.free
	if h.sent >= p.options.PerHost {
		due = later(due, h.first.Add(time.Hour))
	}
	if p.sent >= p.options.PerHour {
		due = later(due, p.first.Add(time.Hour))
	}
	if most := p.now.Add(longestFollowWait); due.After(most) {
		return most
	}
	return due
}

func earlier(a, b time.Time) time.Time {
	if a.IsZero() || b.Before(a) {
		return b
	}
	return a
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
