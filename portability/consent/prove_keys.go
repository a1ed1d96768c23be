package consent

import (
	"context"
	"fmt"
	"slices"
	"time"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/vocab"
)

// heldKeys are what was remembered of the old actor before it was read.
type heldKeys struct {
	records []actor.KeyRecord
	origin  actor.OriginRecord
	others  bool
	known   bool // some key of its own was held
}

func (p prover) remembered(ctx context.Context) (h heldKeys, err error) {
	if p.options.Keys == nil {
		return h, nil
	}
	if h.records, err = p.options.Keys.Keys(ctx, p.old); err != nil {
		return h, fmt.Errorf("prove account: remembered keys: %w", err)
	}
	if h.origin, h.others, err = p.options.Keys.Origin(ctx, p.old.Origin(), p.old); err != nil {
		return h, fmt.Errorf("prove account: remembered keys: %w", err)
	}
	now := p.now()
	h.known = slices.ContainsFunc(h.records, func(r actor.KeyRecord) bool { return p.isHeld(r, now) })
	return h, nil
}

// isHeld reports whether the old actor's owner published or vouched for a key before now.
func (p prover) isHeld(r actor.KeyRecord, now time.Time) bool {
	return r.Owner == p.old && (r.Shown() || r.Vouched) && r.FirstSeen.Before(now)
}

// shownBy reports whether a document of the old actor comes from the hands that held its
// keys, as far as a document can show that. Where none was held, nothing speaks against it.
func (h heldKeys) shownBy(p prover, doc *vocab.Object) bool {
	now := p.now()
	switch {
	case !h.known:
		return true
	case doc == nil || h.wasDark(now):
		return false
	}
	keys, _ := actor.Keys(doc)
	return slices.ContainsFunc(keys, func(key actor.Key) bool {
		print := key.Fingerprint()
		return slices.ContainsFunc(h.records, func(r actor.KeyRecord) bool {
			if r.Fingerprint != print || !p.isHeld(r, now) || !r.Withdrawn.IsZero() || isOver(r, now) {
				return false
			}
			ok, _ := actor.Continuous(h.records, print, h.origin, h.others, now)
			return ok
		})
	})
}

// wasDark reports whether the server was away so long, and came back so lately, that its
// domain may have lapsed and been bought.
func (h heldKeys) wasDark(now time.Time) bool {
	from, to := h.origin.OutageFrom, h.origin.OutageTo
	switch {
	case from.IsZero():
		return false
	case to.IsZero(): // it has come back this moment
		return now.Sub(from) > actor.OutageLimit
	}
	return to.Sub(from) > actor.OutageLimit && now.Sub(to) < actor.KeyTrial
}

func isOver(r actor.KeyRecord, at time.Time) bool {
	return !r.Expires.IsZero() && !at.Before(r.Expires)
}

// signed looks for a signature by a key that was held for the old actor.
func (p prover) signed() Evidence {
	why := KeyUnknown
	for _, s := range p.options.Signed {
		if s.For() != p.new {
			if why == KeyUnknown {
				why = ForAnother
			}
			continue
		}
		held, good := p.trusts(s)
		if good {
			e := p.by(ByKey)
			e.Key = s.Key().Fingerprint()
			return e
		}
		if held {
			why = KeyNotTrusted
		}
	}
	return Evidence{Why: why}
}

// clockSkew is how far another's clock may be ahead.
const clockSkew = 5 * time.Minute

// trusts reports whether a key was held for the old actor, and may be believed: its
// owner published or vouched for it before now, it was neither withdrawn nor over when it
// signed, and it comes from the same hands as those before (see [actor.Continuous]).
func (p prover) trusts(s Signed) (held, good bool) {
	print, now := s.Key().Fingerprint(), p.now()
	if print == "" {
		return false, false
	}
	for _, r := range p.held.records {
		if r.Fingerprint != print || r.Owner != p.old {
			continue
		}
		held = true
		withdrawn := !r.Withdrawn.IsZero() && !s.At().Before(r.Withdrawn)
		if !p.isHeld(r, now) || withdrawn || isOver(r, s.At()) || s.At().IsZero() || s.At().After(now.Add(clockSkew)) {
			continue
		}
		if ok, _ := actor.Continuous(p.held.records, print, p.held.origin, p.held.others, now); ok {
			return true, true
		}
	}
	return held, false
}
