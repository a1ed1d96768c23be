package consent_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"codeberg.org/godwit/godwit/portability/consent"
	"codeberg.org/godwit/godwit/vocab"
)

const (
	lockAlice vocab.IRI = "https://old.example/users/alice"
	lockNew   vocab.IRI = "https://new.example/users/alice"
	lockOther vocab.IRI = "https://new.example/users/mallory"
	lockElse  vocab.IRI = "https://else.example/users/alice"
)

var lockNoon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// A lockDesk is a source's side whose clock the test sets.
type lockDesk struct {
	*consent.Lock
	store  *consent.Memory
	now    time.Time
	told   []consent.Notice
	silent error // what telling somebody fails with
}

func newLockDesk(t require.TestingT, o consent.LockOptions) *lockDesk {
	d := &lockDesk{store: consent.NewMemory(), now: lockNoon}
	o.Now = func() time.Time { return d.now }
	o.Notify = func(_ context.Context, n consent.Notice) error {
		if d.silent == nil {
			d.told = append(d.told, n)
		}
		return d.silent
	}
	lock, err := consent.NewLock(d.store, d.store, &o)
	require.NoError(t, err)
	d.Lock = lock
	return d
}

func (d *lockDesk) unlock(t *testing.T, to consent.Destination) consent.Grant {
	t.Helper()
	g, decision, err := d.Unlock(t.Context(), lockAlice, to, 0)
	require.NoError(t, err)
	require.True(t, decision.Allowed(), "%s", decision.Ground)
	return g
}

func (d *lockDesk) mayCopy(t *testing.T, to vocab.IRI) consent.Ground {
	t.Helper()
	decision, err := d.MayCopy(t.Context(), lockAlice, to)
	require.NoError(t, err)
	require.Equal(t, decision.Ground == "", decision.Allowed())
	return decision.Ground
}

func (d *lockDesk) mayMove(t *testing.T, to vocab.IRI, use string) consent.Ground {
	t.Helper()
	decision, err := d.MayMove(t.Context(), lockAlice, to, use)
	require.NoError(t, err)
	require.Equal(t, decision.Ground == "", decision.Allowed())
	if !decision.Allowed() {
		require.NotEmpty(t, decision.Hint(), "a refusal says what can be done: %s", decision.Ground)
	}
	return decision.Ground
}

func TestALockedAccountStaysWhereItIs(t *testing.T) {
	d := newLockDesk(t, consent.LockOptions{})
	assert.Equal(t, consent.GroundNotUnlocked, d.mayCopy(t, lockNew))
	assert.Equal(t, consent.GroundNotUnlocked, d.mayMove(t, lockNew, "m"))
}

func TestCopyingNeedsNoSecondWordAndMovingDoes(t *testing.T) {
	d := newLockDesk(t, consent.LockOptions{})
	g := d.unlock(t, consent.ToServer(lockNew))
	assert.Empty(t, d.mayCopy(t, lockNew))
	assert.Empty(t, d.mayCopy(t, "https://new.example"), "any address of the server")
	assert.Equal(t, consent.GroundOtherDestination, d.mayCopy(t, lockElse))
	assert.Equal(t, consent.GroundNotConfirmed, d.mayMove(t, lockNew, "m"))

	decision, err := d.Confirm(t.Context(), g.ID, lockNew)
	require.NoError(t, err)
	require.True(t, decision.Allowed())
	assert.Equal(t, consent.GroundOtherTarget, d.mayMove(t, lockOther, "m"), "a neighbour there was not confirmed")
	assert.Empty(t, d.mayMove(t, lockNew, "m"))
	assert.Empty(t, d.mayMove(t, lockNew, "m"), "the same Move, after a crash")
	assert.Equal(t, consent.GroundUsed, d.mayMove(t, lockNew, "m2"), "one use")
	assert.Empty(t, d.mayCopy(t, lockNew), "what is left can still be fetched")
}

func TestAnUnlockForOneAccountIsForNoOther(t *testing.T) {
	d := newLockDesk(t, consent.LockOptions{})
	g := d.unlock(t, consent.To(lockNew))
	assert.Empty(t, d.mayCopy(t, lockNew))
	assert.Equal(t, consent.GroundOtherDestination, d.mayCopy(t, lockOther))
	decision, err := d.Confirm(t.Context(), g.ID, lockOther)
	require.NoError(t, err)
	assert.Equal(t, consent.GroundOtherDestination, decision.Ground)
	assert.Equal(t, consent.GroundNotUnlocked, func() consent.Ground {
		decision, err := d.MayCopy(t.Context(), "https://old.example/users/bob", lockNew)
		require.NoError(t, err)
		return decision.Ground
	}(), "nor of another account")
}

func TestAnUnlockIsRefused(t *testing.T) {
	for name, c := range map[string]struct {
		to    consent.Destination
		lasts time.Duration
		want  consent.Ground
	}{
		"nowhere":                      {consent.Destination{}, 0, consent.GroundBadDestination},
		"two destinations":             {consent.Destination{Actor: lockNew, Origin: "https://new.example"}, 0, consent.GroundBadDestination},
		"no address":                   {consent.To("acct:alice@new.example"), 0, consent.GroundBadDestination},
		"itself":                       {consent.To(lockAlice), 0, consent.GroundBadDestination},
		"an address read in two ways":  {consent.To("https://new.example\\@evil.example/a"), 0, consent.GroundBadDestination},
		"for a year":                   {consent.To(lockNew), 365 * 24 * time.Hour, consent.GroundTooLong},
		"a domain that is refused":     {consent.To("https://a.bad.example/users/x"), 0, consent.GroundDestinationRefused},
		"in another script":            {consent.To("https://bücher.example/users/x"), 0, consent.GroundDestinationRefused},
		"in A-labels, with a port":     {consent.ToServer("https://xn--bcher-kva.example:8443/"), 0, consent.GroundDestinationRefused},
		"in capitals":                  {consent.To("https://BÜCHER.example/users/x"), 0, consent.GroundDestinationRefused},
		"with an accent that combines": {consent.To("https://bu\u0308cher.example/users/x"), 0, consent.GroundBadDestination},
	} {
		t.Run(name, func(t *testing.T) {
			d := newLockDesk(t, consent.LockOptions{Refused: []string{"bad.example", "bücher.example"}})
			_, decision, err := d.Unlock(t.Context(), lockAlice, c.to, c.lasts)
			require.NoError(t, err)
			assert.Equal(t, c.want, decision.Ground)
			assert.Equal(t, consent.Refuse, decision.Verdict)
			assert.Empty(t, d.told)
			found := recordOf(t, d.store, lockAlice)
			require.Len(t, found, 1, "it is recorded")
			assert.Equal(t, c.want, found[0].Ground)
		})
	}
}

func TestADestinationCanBeRefusedLater(t *testing.T) {
	d := newLockDesk(t, consent.LockOptions{})
	g := d.unlock(t, consent.To(lockNew))
	stricter, err := consent.NewLock(d.store, d.store, &consent.LockOptions{Refused: []string{"new.example"}, Now: func() time.Time { return d.now }})
	require.NoError(t, err)
	decision, err := stricter.MayCopy(t.Context(), lockAlice, lockNew)
	require.NoError(t, err)
	assert.Equal(t, consent.GroundDestinationRefused, decision.Ground)
	decision, err = stricter.Confirm(t.Context(), g.ID, lockNew)
	require.NoError(t, err)
	assert.Equal(t, consent.GroundDestinationRefused, decision.Ground)
	_, err = consent.NewLock(d.store, d.store, &consent.LockOptions{Refused: []string{"no domain"}})
	assert.Error(t, err, "a refusal that would never match")
}

func TestTheOwnerOfAStolenAccountIsToldAndStopsIt(t *testing.T) {
	d := newLockDesk(t, consent.LockOptions{})
	g := d.unlock(t, consent.To(lockNew))
	_, err := d.Confirm(t.Context(), g.ID, lockNew)
	require.NoError(t, err)
	require.Len(t, d.told, 2)
	assert.Equal(t, consent.NoticeUnlocked, d.told[0].Kind)
	assert.Equal(t, consent.NoticeConfirmed, d.told[1].Kind)
	for i, n := range d.told[:2] {
		require.NotEmpty(t, n.Token)
		stored, err := d.store.Grant(t.Context(), g.ID)
		require.NoError(t, err)
		assert.NotContains(t, fmt.Sprint(stored), n.Token[len(g.ID)+1:], "tokens are kept as hashes, notice %d", i)
	}
	require.Empty(t, d.mayMove(t, lockNew, "m"), "it is waiting out its hold")

	for _, wrong := range []string{"", ".", g.ID, g.ID + ".", g.ID + ".AAAA", "x." + d.told[0].Token} {
		_, err = d.Stop(t.Context(), wrong)
		require.ErrorIs(t, err, consent.ErrNoGrant, wrong)
	}
	_, err = d.Stop(t.Context(), d.told[0].Token)
	require.NoError(t, err, "the first link works, too")
	assert.Equal(t, consent.GroundRevoked, d.mayMove(t, lockNew, "m"), "the Move that was waiting is not sent")
	assert.Equal(t, consent.GroundRevoked, d.mayCopy(t, lockNew))
	assert.Equal(t, consent.NoticeLocked, d.told[2].Kind)
	_, err = d.Stop(t.Context(), d.told[1].Token)
	assert.NoError(t, err, "again")
}

func TestNothingIsUnlockedBehindTheOwnersBack(t *testing.T) {
	d := newLockDesk(t, consent.LockOptions{})
	d.silent = errors.New("the mail server is down")
	_, _, err := d.Unlock(t.Context(), lockAlice, consent.To(lockNew), 0)
	require.ErrorIs(t, err, d.silent)
	assert.Equal(t, consent.GroundNotUnlocked, d.mayCopy(t, lockNew))
	d.silent = nil
	g := d.unlock(t, consent.To(lockNew))
	d.silent = errors.New("the mail server is down")
	_, err = d.Confirm(t.Context(), g.ID, lockNew)
	require.ErrorIs(t, err, d.silent)
	assert.Equal(t, consent.GroundNotConfirmed, d.mayMove(t, lockNew, "m"))
	_, err = d.Revoke(t.Context(), lockAlice, g.ID)
	require.ErrorIs(t, err, d.silent)
	assert.Equal(t, consent.GroundRevoked, d.mayCopy(t, lockNew), "locking waits for no mail")
}

func TestOnlyTheOwnerRevokes(t *testing.T) {
	d := newLockDesk(t, consent.LockOptions{})
	g := d.unlock(t, consent.To(lockNew))
	_, err := d.Revoke(t.Context(), "https://old.example/users/bob", g.ID)
	require.ErrorIs(t, err, consent.ErrNoGrant)
	assert.Empty(t, d.mayCopy(t, lockNew))
}

func TestAnUnlockHasABeginningAndAnEnd(t *testing.T) {
	d := newLockDesk(t, consent.LockOptions{})
	g := d.unlock(t, consent.To(lockNew))
	d.now = g.Opened.Add(-time.Second)
	assert.Equal(t, consent.GroundNotYet, d.mayCopy(t, lockNew))
	d.now = g.Expires.Add(-time.Microsecond)
	assert.Empty(t, d.mayCopy(t, lockNew))
	d.now = g.Expires
	assert.Equal(t, consent.GroundExpired, d.mayCopy(t, lockNew))
}

func TestOfTwoMovesAtOnceOneIsSent(t *testing.T) {
	d := newLockDesk(t, consent.LockOptions{})
	g := d.unlock(t, consent.To(lockNew))
	_, err := d.Confirm(t.Context(), g.ID, lockNew)
	require.NoError(t, err)
	var allowed atomic.Int32
	var busy sync.WaitGroup
	for i := range 16 {
		busy.Go(func() {
			decision, err := d.MayMove(t.Context(), lockAlice, lockNew, fmt.Sprint(i))
			if assert.NoError(t, err) && decision.Allowed() {
				allowed.Add(1)
			}
		})
	}
	busy.Wait()
	assert.Equal(t, int32(1), allowed.Load())
}

// Wherever the store fails: nothing is open of which the owner was not told, and nothing
// is allowed beside an error.
func TestAStoreThatFailsAnywhereOpensNothing(t *testing.T) {
	for failing := 1; ; failing++ {
		d := newLockDesk(t, consent.LockOptions{})
		broken := &lockBroken{Memory: d.store, left: failing}
		told := map[consent.NoticeKind]bool{}
		lock, err := consent.NewLock(broken, broken, &consent.LockOptions{
			Now:    func() time.Time { return lockNoon },
			Notify: func(_ context.Context, n consent.Notice) error { told[n.Kind] = true; return nil },
		})
		require.NoError(t, err)
		var g consent.Grant
		for range 2 {
			if g, _, err = lock.Unlock(t.Context(), lockAlice, consent.To(lockNew), 0); err == nil {
				break
			}
			require.Zero(t, g)
			require.Equal(t, consent.GroundNotUnlocked, d.mayCopy(t, lockNew), "failure %d", failing)
		}
		require.True(t, told[consent.NoticeUnlocked])
		for range 2 {
			if _, err = lock.Confirm(t.Context(), g.ID, lockNew); err == nil {
				break
			}
		}
		require.True(t, told[consent.NoticeConfirmed])
		moved, err := lock.MayMove(t.Context(), lockAlice, lockNew, "m")
		if err != nil {
			moved, err = lock.MayMove(t.Context(), lockAlice, lockNew, "m")
		}
		require.NoError(t, err)
		require.True(t, moved.Allowed(), "failure %d", failing)
		confirmed := 0
		for _, decision := range recordOf(t, d.store, lockAlice) {
			if decision.Matter == consent.MatterMove {
				confirmed++
			}
		}
		require.Equal(t, 2, confirmed, "both were recorded, failure %d", failing)
		if broken.left > 0 {
			require.Greater(t, failing, 5, "it failed at many calls")
			return
		}
	}
}

// A lockBroken fails once, at one of its calls.
type lockBroken struct {
	*consent.Memory
	left int
}

func (b *lockBroken) fails() error {
	if b.left--; b.left == 0 {
		return errReceptionBroken
	}
	return nil
}

func (b *lockBroken) Grant(ctx context.Context, id string) (consent.Grant, error) {
	if err := b.fails(); err != nil {
		return consent.Grant{}, err
	}
	return b.Memory.Grant(ctx, id)
}

func (b *lockBroken) PutGrant(ctx context.Context, g consent.Grant) (consent.Grant, error) {
	if err := b.fails(); err != nil {
		return consent.Grant{}, err
	}
	return b.Memory.PutGrant(ctx, g)
}

func (b *lockBroken) Record(ctx context.Context, d consent.Decision) error {
	if err := b.fails(); err != nil {
		return err
	}
	return b.Memory.Record(ctx, d)
}

func recordOf(t require.TestingT, store consent.Decisions, person vocab.IRI) []consent.Decision {
	var found []consent.Decision
	for d, err := range store.Decisions(context.Background(), person, 0) {
		require.NoError(t, err)
		found = append(found, d)
	}
	return found
}

// A lockModel is what ought to be open, told in the plainest way.
type lockModel struct {
	to          consent.Destination
	from, until time.Time
	confirmed   vocab.IRI
	used        string
	revoked     bool
	tokens      []string
}

func (m *lockModel) open(to vocab.IRI, now time.Time) bool {
	covers := to == m.to.Actor || m.to.Actor == "" && vocab.SameOrigin(to, vocab.IRI(m.to.Origin))
	return !m.revoked && covers && !now.Before(m.from) && now.Before(m.until)
}

// Whatever is unlocked, confirmed, revoked and stopped, in whatever order, while clocks
// jump: nothing is let through that is not unlocked, and no Move twice.
func TestNoSequenceLetsALockedDestinationThrough(t *testing.T) {
	everywhere := []vocab.IRI{lockNew, lockOther, lockElse}
	rapid.Check(t, func(r *rapid.T) {
		d := newLockDesk(r, consent.LockOptions{})
		ctx, models := context.Background(), map[string]*lockModel{}
		var ids []string
		pick := func() string { return rapid.SampledFrom(ids).Draw(r, "grant") }
		some := func(ok func(m *lockModel) bool) bool {
			for _, m := range models {
				if ok(m) {
					return true
				}
			}
			return false
		}
		r.Repeat(map[string]func(*rapid.T){
			"unlock": func(r *rapid.T) {
				to := consent.To(rapid.SampledFrom(everywhere).Draw(r, "to"))
				if rapid.Bool().Draw(r, "server") {
					to = consent.ToServer(to.Actor)
				}
				lasts := time.Duration(rapid.IntRange(1, 600).Draw(r, "minutes")) * time.Minute
				g, _, err := d.Unlock(ctx, lockAlice, to, lasts)
				require.NoError(r, err)
				ids = append(ids, g.ID)
				models[g.ID] = &lockModel{to: to, from: d.now, until: d.now.Add(lasts), tokens: []string{d.told[len(d.told)-1].Token}}
			},
			"confirm": func(r *rapid.T) {
				if len(ids) == 0 {
					r.Skip()
				}
				id, target := pick(), rapid.SampledFrom(everywhere).Draw(r, "target")
				decision, err := d.Confirm(ctx, id, target)
				require.NoError(r, err)
				if m := models[id]; decision.Allowed() {
					require.True(r, m.open(target, d.now), "confirmed what is not open")
					require.True(r, m.confirmed == "" || m.confirmed == target, "another target was confirmed")
					m.confirmed = target
				}
			},
			"revoke": func(r *rapid.T) {
				if len(ids) == 0 {
					r.Skip()
				}
				id := pick()
				_, err := d.Revoke(ctx, lockAlice, id)
				require.NoError(r, err)
				models[id].revoked = true
			},
			"stop": func(r *rapid.T) {
				if len(ids) == 0 {
					r.Skip()
				}
				id := pick()
				_, err := d.Stop(ctx, models[id].tokens[0])
				require.NoError(r, err)
				models[id].revoked = true
			},
			"the clock jumps": func(r *rapid.T) {
				d.now = d.now.Add(time.Duration(rapid.IntRange(-900, 900).Draw(r, "minutes")) * time.Minute)
			},
			"copy": func(r *rapid.T) {
				to := rapid.SampledFrom(everywhere).Draw(r, "to")
				decision, err := d.MayCopy(ctx, lockAlice, to)
				require.NoError(r, err)
				if decision.Allowed() {
					require.True(r, some(func(m *lockModel) bool { return m.open(to, d.now) }), "copied to where nothing is open")
				}
			},
			"move": func(r *rapid.T) {
				to, use := rapid.SampledFrom(everywhere).Draw(r, "to"), rapid.SampledFrom([]string{"m1", "m2", "m3"}).Draw(r, "use")
				decision, err := d.MayMove(ctx, lockAlice, to, use)
				require.NoError(r, err)
				if !decision.Allowed() {
					return
				}
				m := models[decision.Of]
				require.NotNil(r, m)
				require.True(r, m.open(to, d.now), "moved to where nothing is open")
				require.Equal(r, m.confirmed, to, "moved without the second word")
				require.True(r, m.used == "" || m.used == use, "moved twice by one grant")
				m.used = use
			},
		})
	})
}

// A lockRaced has a grant locked by its owner just before the first change by others.
type lockRaced struct {
	*consent.Memory
	before func()
}

func (s *lockRaced) PutGrant(ctx context.Context, g consent.Grant) (consent.Grant, error) {
	if before := s.before; before != nil {
		s.before = nil
		before()
	}
	return s.Memory.PutGrant(ctx, g)
}

func TestWhatIsLockedMeanwhileStaysLocked(t *testing.T) {
	d := newLockDesk(t, consent.LockOptions{})
	g := d.unlock(t, consent.To(lockNew))
	_, err := d.Confirm(t.Context(), g.ID, lockNew)
	require.NoError(t, err)
	d.now = d.now.Add(2 * time.Hour)
	raced := &lockRaced{d.store, func() {
		_, err := d.Revoke(t.Context(), lockAlice, g.ID)
		assert.NoError(t, err)
	}}
	lock, err := consent.NewLock(raced, d.store, &consent.LockOptions{Now: func() time.Time { return d.now }})
	require.NoError(t, err)
	decision, err := lock.MayMove(t.Context(), lockAlice, lockNew, "m")
	require.NoError(t, err)
	assert.Equal(t, consent.GroundRevoked, decision.Ground)
}
