package afterlife

import (
	"context"
	"errors"
	"fmt"

	"codeberg.org/godwit/godwit/actor"
)

// CheckOptions adjusts [Check]. A nil *CheckOptions is the same as a zero one.
type CheckOptions struct {
	// Wait, if not nil, is called before each question, to be no burden to the new
	// places: a rate.Limiter's Wait does it.
	Wait func(ctx context.Context) error
	// Claims is where people say that their accounts went. Nil: nobody said so.
	Claims *Claims
}

// A Checked says what a check found.
type Checked struct {
	Asked     int64 `json:"asked"`
	Forgotten int64 `json:"forgotten"`
	Failed    int64 `json:"failed"` // could not be asked now
}

// Check asks the new place of everything that is led away, and forgets what it says is
// gone (410). Anything else that it says changes nothing: a place that cannot be
// reached may come back. A place of an account that has since moved elsewhere is not
// asked: nobody is led there. It is to be run now and then, and may be interrupted.
func Check(ctx context.Context, d *Door, t *Tombstones, f actor.Fetcher, o *CheckOptions) (Checked, error) {
	if o == nil {
		o = &CheckOptions{}
	}
	var c Checked
	s := &answers{Door: d, tombstones: t, claims: o.Claims}
	for r, err := range d.all(ctx) {
		if err != nil {
			return c, fmt.Errorf("check: %w", err)
		}
		if r.to == "" || r.role != isObject && r.role != isMapped || r.mover != s.movedTo(r.account) || t.covers(r, d.idOf) {
			continue
		}
		if o.Wait != nil {
			if err := o.Wait(ctx); err != nil {
				return c, fmt.Errorf("check: %w", err)
			}
		}
		if err := c.ask(ctx, d, t, f, r); err != nil {
			return c, fmt.Errorf("check: %w", err)
		}
	}
	return c, nil
}

func (c *Checked) ask(ctx context.Context, d *Door, t *Tombstones, f actor.Fetcher, r *record) error {
	c.Asked++
	_, err := fresh(ctx, f, r.to)
	switch {
	case errors.Is(err, actor.ErrGone):
		c.Forgotten++
		return t.add(append(d.keysOf(r), r.key())...)
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		c.Failed++
	}
	return nil
}
