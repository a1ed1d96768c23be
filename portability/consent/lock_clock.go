package consent

import (
	"context"
	"errors"
	"fmt"
	"time"

	"codeberg.org/godwit/godwit/portability"
)

// clockDoubt is how far clocks may differ before a grant takes note of it.
const clockDoubt = time.Hour

// remember keeps with a grant what time it has become. Where the clock was set back since,
// what was left of its time is left, and nothing where it was over. A grant that was opened
// by a clock far ahead is locked: it would open by itself in years.
func (l *Lock) remember(ctx context.Context, g Grant, now time.Time) (Grant, error) {
	over := !g.Seen.Before(g.Expires)
	switch back := g.Seen.Sub(now); {
	case !g.Revoked.IsZero() || over:
		return g, nil
	case g.Opened.Sub(now) > clockDoubt:
		g = g.revoke(now)
	case back > clockDoubt:
		g.Expires, g.Seen = g.Expires.Add(-back), now
	case -back < clockDoubt && now.Before(g.Expires):
		return g, nil
	default:
		g.Seen = now
	}
	kept, err := l.grants.PutGrant(ctx, g)
	if errors.Is(err, portability.ErrOverwritten) { // somebody else has just changed it
		kept, err = l.grants.Grant(ctx, g.ID)
	}
	if err != nil {
		return g, fmt.Errorf("keep grant: %w", err)
	}
	return kept, nil
}
