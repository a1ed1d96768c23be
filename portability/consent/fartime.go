package consent

import "codeberg.org/godwit/godwit/portability"

// CheckTimes returns [portability.ErrFarTime] if no store keeps one of its times. Each
// store asks it before it keeps a grant, so that all of them refuse the same, and so it
// does with the other records.
func (g Grant) CheckTimes() error {
	return portability.CheckTimes(g.Opened, g.Expires, g.Confirmed, g.Used, g.Revoked, g.Seen)
}

// CheckTimes is as [Grant.CheckTimes].
func (r Reservation) CheckTimes() error { return portability.CheckTimes(r.Until) }

// CheckTimes is as [Grant.CheckTimes].
func (d Decision) CheckTimes() error { return portability.CheckTimes(d.At) }

// CheckTimes is as [Grant.CheckTimes].
func (a Arrival) CheckTimes() error {
	return portability.CheckTimes(a.Asked, a.Admitted, a.Updated, a.Evidence.At, a.Decision.At)
}
