package consent_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/portability/consent"
)

// What is over stays so, also where clocks go wrong.
func TestAClockThatIsSetBackOpensNothingAgain(t *testing.T) {
	for name, ask := range map[string]func(t *testing.T, d *lockDesk, g consent.Grant) consent.Ground{
		"to copy": func(t *testing.T, d *lockDesk, _ consent.Grant) consent.Ground { return d.mayCopy(t, lockNew) },
		"to move": func(t *testing.T, d *lockDesk, _ consent.Grant) consent.Ground { return d.mayMove(t, lockNew, "m") },
		"to confirm": func(t *testing.T, d *lockDesk, g consent.Grant) consent.Ground {
			decision, err := d.Confirm(t.Context(), g.ID, lockNew)
			require.NoError(t, err)
			return decision.Ground
		},
	} {
		t.Run(name, func(t *testing.T) {
			d := newLockDesk(t, consent.LockOptions{})
			g := d.unlock(t, consent.To(lockNew))
			d.now = g.Expires
			require.Equal(t, consent.GroundExpired, ask(t, d, g))
			d.now = g.Opened.Add(time.Minute)
			assert.Equal(t, consent.GroundExpired, ask(t, d, g), "the time was over")
			assert.Equal(t, consent.GroundExpired, d.mayCopy(t, lockNew))
		})
	}
}

func TestAClockThatIsSetBackBringsNoTimeBack(t *testing.T) {
	for name, c := range map[string]struct{ on, back time.Duration }{
		"once a day":     {24 * time.Hour, 23 * time.Hour},
		"to and fro":     {3 * time.Hour, 3 * time.Hour},
		"for long, once": {6 * 24 * time.Hour, 6*24*time.Hour - time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			d := newLockDesk(t, consent.LockOptions{})
			g := d.unlock(t, consent.To(lockNew))
			var passed time.Duration // in truth
			for d.mayCopy(t, lockNew) == "" {
				require.Less(t, passed, 30*24*time.Hour, "it never ends")
				d.now = d.now.Add(c.on)
				passed += c.on
				if d.mayCopy(t, lockNew) == "" {
					d.now = d.now.Add(-c.back)
				}
			}
			assert.LessOrEqual(t, passed, g.Expires.Sub(g.Opened)+c.on)
		})
	}
}

func TestAClockThatIsSetRightByALittleChangesNothing(t *testing.T) {
	d := newLockDesk(t, consent.LockOptions{})
	g := d.unlock(t, consent.To(lockNew))
	for range 10 {
		d.now = d.now.Add(2 * time.Hour)
		require.Empty(t, d.mayCopy(t, lockNew))
		d.now = d.now.Add(-10 * time.Minute)
		require.Empty(t, d.mayCopy(t, lockNew))
	}
	stored, err := d.store.Grant(t.Context(), g.ID)
	require.NoError(t, err)
	assert.Equal(t, g.Expires, stored.Expires)
}

func TestAShortUnlockThatWasOverStaysOver(t *testing.T) {
	d := newLockDesk(t, consent.LockOptions{})
	g, _, err := d.Unlock(t.Context(), lockAlice, consent.To(lockNew), 10*time.Minute)
	require.NoError(t, err)
	d.now = g.Expires
	require.Equal(t, consent.GroundExpired, d.mayCopy(t, lockNew))
	d.now = g.Opened
	assert.Equal(t, consent.GroundExpired, d.mayCopy(t, lockNew))
}

func TestAnAccountUnlockedByAClockFarAheadDoesNotOpenThen(t *testing.T) {
	d := newLockDesk(t, consent.LockOptions{})
	d.now = lockNoon.AddDate(10, 0, 0)
	g := d.unlock(t, consent.To(lockNew))
	d.now = lockNoon
	assert.Equal(t, consent.GroundNotYet, d.mayCopy(t, lockNew), "the clock was set")
	d.now = g.Opened.Add(time.Minute)
	assert.Equal(t, consent.GroundRevoked, d.mayCopy(t, lockNew), "ten years later")

	soon := newLockDesk(t, consent.LockOptions{})
	soon.unlock(t, consent.To(lockNew))
	soon.now = lockNoon.Add(-time.Minute)
	assert.Equal(t, consent.GroundNotYet, soon.mayCopy(t, lockNew), "another process's clock is a minute behind")
	soon.now = lockNoon
	assert.Empty(t, soon.mayCopy(t, lockNew))
}

func TestAClockFarAheadForAMomentLocks(t *testing.T) {
	d := newLockDesk(t, consent.LockOptions{})
	g := d.unlock(t, consent.To(lockNew))
	d.now = lockNoon.AddDate(10, 0, 0)
	assert.Equal(t, consent.GroundExpired, d.mayCopy(t, lockNew))
	d.now = lockNoon.Add(time.Minute)
	assert.Equal(t, consent.GroundExpired, d.mayCopy(t, lockNew), "locked is the safe side")
	stored, err := d.store.Grant(t.Context(), g.ID)
	require.NoError(t, err)
	assert.True(t, stored.Revoked.IsZero(), "nobody has locked it")
	d.unlock(t, consent.To(lockNew))
	assert.Empty(t, d.mayCopy(t, lockNew), "and its owner unlocks it again")
}
