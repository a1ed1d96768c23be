package move_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/move"
	"codeberg.org/godwit/godwit/vocab"
)

func TestDepartureIsHeld(t *testing.T) {
	for name, c := range map[string]struct{ option, wait time.Duration }{
		"a day by default":     {0, 24 * time.Hour},
		"as the host says":     {2 * time.Hour, 2 * time.Hour},
		"not, where it may be": {-1, 0},
		"for thirty days":      {move.LongestHold + time.Hour, move.LongestHold},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStation(t)
			s.options.Hold = c.option
			s.follow(old, fan("a.example", 1, true))
			departing := s.depart(old, next)
			assert.Equal(t, noon.Add(c.wait), departing.At)
			require.Equal(t, []string{departing.Token}, s.tokens, "the owner has the token that stops it")
			s.settle(noon.Add(c.wait - time.Second))
			assert.Empty(t, s.arrivals, "told within the hold")
			assert.Empty(t, s.points(old), "points within the hold")
			s.settle(noon.Add(c.wait + time.Minute))
			assert.Len(t, s.moves(), 1)
			assert.Equal(t, next, s.points(old))
		})
	}
}

func TestOwnerStopsADeparture(t *testing.T) {
	s := newStation(t)
	s.follow(old, fan("a.example", 1, true))
	departing := s.depart(old, next)
	a := s.announcer()
	require.ErrorIs(t, a.Cancel(t.Context(), departing.Case, "guessed"), move.ErrWrongToken)
	require.ErrorIs(t, a.Cancel(t.Context(), departing.Case, ""), move.ErrWrongToken)
	require.ErrorIs(t, a.Cancel(t.Context(), "no-such-case", departing.Token), move.ErrNoCase)
	require.NoError(t, a.Cancel(t.Context(), departing.Case, departing.Token))
	require.NoError(t, a.Cancel(t.Context(), departing.Case, departing.Token), "stopping twice is stopping once")
	s.settle(noon.Add(365 * 24 * time.Hour))
	assert.Empty(t, s.arrivals, "told although the owner stopped it")
	assert.Empty(t, s.points(old))

	t.Run("and may depart again at once", func(t *testing.T) {
		again := s.depart(old, next)
		assert.NotEqual(t, departing.Case, again.Case)
		require.ErrorIs(t, s.announcer().Cancel(t.Context(), again.Case, departing.Token), move.ErrWrongToken, "the old token is not the new one's")
		s.settle(s.clock().Add(48 * time.Hour))
		assert.Len(t, s.moves(), 1)
		assert.ErrorIs(t, s.announcer().Cancel(t.Context(), again.Case, again.Token), move.ErrTooLate)
	})
}

// The token itself is nowhere in the store.
func TestTokenIsNotStored(t *testing.T) {
	s := newStation(t)
	departing := s.depart(old, next)
	c, err := s.store.Case(t.Context(), departing.Case)
	require.NoError(t, err)
	require.NotEmpty(t, departing.Token)
	assert.NotContains(t, fmt.Sprintf("%+v", c), departing.Token)
	assert.GreaterOrEqual(t, len(departing.Token), 26, "it cannot be guessed")
}

// An owner who stops the move at the very moment at which the wait ends, at
// whatever call of the worker that is, either stops it for good or hears that it
// is too late.
func TestCancelAgainstTheWorker(t *testing.T) {
	stopped, late := 0, 0
	for at := int64(1); ; at++ {
		s := newStation(t)
		s.follow(old, fan("a.example", 1, true), fan("b.example", 1, true))
		departing := s.depart(old, next)
		owner := move.NewAnnouncer(s, s, s.store, s, &move.AnnouncerOptions{Now: s.clock})
		var calls atomic.Int64 // deliveries run side by side
		var answer error
		s.touch = func() error {
			if calls.Add(1) == at {
				answer = owner.Cancel(context.Background(), departing.Case, departing.Token)
			}
			return nil
		}
		s.settle(noon.Add(48 * time.Hour))
		if calls.Load() < at {
			break
		}
		switch {
		case answer == nil:
			stopped++
			require.Empty(t, s.arrivals, "stopped at call %d, and told", at)
			require.Empty(t, s.points(old), "stopped at call %d, and points", at)
			require.ErrorIs(t, owner.Cancel(t.Context(), departing.Case, "guessed"), move.ErrWrongToken)
		case errors.Is(answer, move.ErrTooLate):
			late++
			require.Len(t, s.moves(), 2, "too late at call %d, and not told", at)
			require.Equal(t, next, s.points(old), "too late at call %d", at)
		default:
			require.NoError(t, answer, "call %d", at)
		}
	}
	assert.Greater(t, stopped, 5, "the owner must have been in time at many calls")
	assert.Greater(t, late, 5, "and late at many")
}

func TestNothingStartsIfTheOwnerCannotBeTold(t *testing.T) {
	s := newStation(t)
	s.follow(old, fan("a.example", 1, true))
	s.told = errors.New("no address answers")
	_, err := s.announcer().Depart(t.Context(), s.departure(old, next))
	require.ErrorIs(t, err, s.told)
	s.settle(noon.Add(365 * 24 * time.Hour))
	assert.Empty(t, s.arrivals)
	assert.Empty(t, s.points(old))

	s.told = nil
	s.set(noon)
	departing := s.depart(old, next)
	assert.NotEmpty(t, departing.Token, "it may be tried again")
	s.settle(noon.Add(48 * time.Hour))
	assert.Len(t, s.moves(), 1)
}

// The caller's context may be over by the time at which telling fails.
func TestNothingStartsIfTheCallerLeavesMeanwhile(t *testing.T) {
	s := newStation(t)
	s.follow(old, fan("a.example", 1, true))
	departure := s.departure(old, next)
	ctx, cancel := context.WithCancel(t.Context())
	o := move.AnnouncerOptions{Now: s.clock, Alert: func(ctx context.Context, _, _ vocab.IRI, _ move.Departing) error {
		cancel()
		return ctx.Err()
	}}
	_, err := move.NewAnnouncer(s, s, s.store, s, &o).Depart(ctx, departure)
	require.ErrorIs(t, err, context.Canceled)
	s.settle(noon.Add(48 * time.Hour))
	assert.Empty(t, s.arrivals)
	assert.Empty(t, s.tokens, "nor is it taken up later")
}

func TestOwnerStopsItWhileBeingTold(t *testing.T) {
	s := newStation(t)
	s.follow(old, fan("a.example", 1, true))
	var a *move.Announcer
	o := move.AnnouncerOptions{Now: s.clock, Alert: func(ctx context.Context, _, _ vocab.IRI, d move.Departing) error {
		return a.Cancel(ctx, d.Case, d.Token)
	}}
	a = move.NewAnnouncer(s, s, s.store, s, &o)
	_, err := a.Depart(t.Context(), s.departure(old, next))
	require.ErrorIs(t, err, move.ErrStopped)
	s.settle(noon.Add(48 * time.Hour))
	assert.Empty(t, s.arrivals)
}

// Wherever the process dies in Depart, the owner holds a token that works by
// the time at which anything can be announced.
func TestCrashWhileDeparting(t *testing.T) {
	announced, nothing := 0, 0
	for left := 0; ; left++ {
		stop := func(cancel bool) (*station, bool) {
			s := newStation(t)
			s.follow(old, fan("a.example", 1, true))
			s.fuse.left = left
			departure := s.departure(old, next)
			_, err := s.announcer().Depart(t.Context(), departure)
			if !s.fuse.blown {
				return s, false
			}
			require.ErrorIs(t, err, errCrash, "killed at call %d", left)
			s.reboot()
			s.settle(noon.Add(time.Hour))
			if cancel && len(s.tokens) > 0 {
				token, a := s.tokens[len(s.tokens)-1], s.announcer()
				cases, err := s.store.About(t.Context(), move.Out, old)
				require.NoError(t, err)
				require.NotEmpty(t, cases)
				require.NoError(t, a.Cancel(t.Context(), cases[0].ID, token), "killed at call %d: the owner's last token", left)
			}
			s.settle(noon.Add(72 * time.Hour))
			return s, true
		}
		s, died := stop(false)
		if !died {
			break
		}
		if len(s.moves()) > 0 {
			announced++
			require.NotEmpty(t, s.tokens, "killed at call %d: announced, and the owner was not told", left)
			require.Len(t, s.moves(), 1, "killed at call %d", left)
		} else {
			nothing++
		}
		stopped, _ := stop(true)
		require.Empty(t, stopped.arrivals, "killed at call %d: told although stopped", left)
	}
	assert.Positive(t, announced, "a departure that was stored goes on")
	assert.Positive(t, nothing, "one that was not does not")
}

func TestDepartRefusesWhatReceiversWould(t *testing.T) {
	for name, c := range map[string]struct {
		old, new string
		want     move.Reason
	}{
		"the alias is gone":               {account(old, ""), account(next, ""), move.NotLinked},
		"the new account has moved on":    {account(old, ""), account(next, fmt.Sprintf(`,"alsoKnownAs":%q,"movedTo":%q`, old, far)), move.MovedFurther},
		"the new account is suspended":    {account(old, ""), account(next, fmt.Sprintf(`,"alsoKnownAs":%q,"suspended":true`, old)), move.Suspended},
		"the new account has another id":  {account(old, ""), account("https://new.example/users/other", fmt.Sprintf(`,"alsoKnownAs":%q`, old)), move.Redirected},
		"the new account is not an actor": {account(old, ""), fmt.Sprintf(`{"@context":"https://www.w3.org/ns/activitystreams","id":%q,"type":"Note","alsoKnownAs":%q}`, next, old), move.WrongType},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStation(t)
			s.follow(old, fan("a.example", 1, true))
			departure := s.departure(old, next) // built before that changed
			s.docs[old], s.docs[next] = c.old, c.new
			if id := parse(t, c.new).ID(); id != next {
				s.docs[id] = c.new
			}
			_, err := s.announcer().Depart(t.Context(), departure)
			refused, ok := errors.AsType[*move.RefusedError](err)
			require.True(t, ok, "got %v", err)
			assert.Equal(t, c.want, refused.Reason)
			assert.NotEmpty(t, refused.Hint())
			assert.Empty(t, s.tokens, "the owner is not alarmed")
		})
	}
	for name, text := range map[string]string{
		"sent by the new account": fmt.Sprintf(`{"@context":"https://www.w3.org/ns/activitystreams","type":"Move","actor":%q,"object":%q,"target":%q}`, next, old, next),
		"no target":               fmt.Sprintf(`{"@context":"https://www.w3.org/ns/activitystreams","type":"Move","actor":%q,"object":%q}`, old, old),
		"no Move":                 fmt.Sprintf(`{"@context":"https://www.w3.org/ns/activitystreams","type":"Add","actor":%q,"object":%q,"target":%q}`, old, old, next),
	} {
		t.Run(name, func(t *testing.T) {
			s := newStation(t)
			_, err := s.announcer().Depart(t.Context(), move.Departure{Announcement: move.Announcement{Move: parse(t, text)}})
			_, ok := errors.AsType[*move.RefusedError](err)
			require.True(t, ok, "got %v", err)
		})
	}
}

// Confirming twice is confirming once.
func TestDepartureUnderWayIsReturned(t *testing.T) {
	s := newStation(t)
	s.follow(old, fan("a.example", 1, true))
	first := s.depart(old, next)
	s.set(noon.Add(time.Hour))
	second := s.depart(old, next)
	assert.Equal(t, move.Departing{Case: first.Case, At: first.At}, second)
	assert.Len(t, s.tokens, 1, "and the owner told once")
	s.settle(noon.Add(48 * time.Hour))
	assert.Len(t, s.moves(), 1)
}

// Receivers silently drop a Move that shares an account with another one of the
// last days.
func TestDeparturesThatShareAnAccountAreAWeekApart(t *testing.T) {
	const third vocab.IRI = "https://third.example/users/al"
	for name, pair := range map[string][2]vocab.IRI{
		"the same two":              {old, next},
		"the same old account":      {old, far},
		"into the same new account": {third, next},
		"from the new account on":   {next, far},
		"into the old account":      {third, old},
	} {
		for when, after := range map[string]time.Duration{
			"while the first waits": time.Hour,
			"a day later":           move.DefaultHold + 24*time.Hour,
			"almost a week later":   move.DefaultHold + 7*24*time.Hour,
		} {
			t.Run(name+" "+when, func(t *testing.T) {
				s := newStation(t)
				s.follow(old, fan("a.example", 1, true))
				s.depart(old, next)
				s.settle(noon.Add(after))
				s.set(noon.Add(after))
				if name == "the same two" && after == time.Hour {
					return // is returned as it is
				}
				from, to := pair[0], pair[1]
				s.docs[from], s.docs[to] = account(from, ""), account(to, fmt.Sprintf(`,"alsoKnownAs":%q`, from))
				departure := s.departure(from, to)
				_, err := s.announcer().Depart(t.Context(), departure)
				refused, ok := errors.AsType[*move.RefusedError](err)
				require.True(t, ok, "got %v", err)
				require.Equal(t, move.Cooldown, refused.Reason)

				departure.Insist = true
				_, err = s.announcer().Depart(t.Context(), departure)
				assert.NoError(t, err, "the person insists")
			})
		}
	}
	t.Run("a week later", func(t *testing.T) {
		s := newStation(t)
		s.follow(old, fan("a.example", 1, true))
		s.depart(old, next)
		s.settle(noon.Add(48 * time.Hour))
		s.set(noon.Add(move.DefaultHold + move.AliasAge + move.Window))
		s.docs[old], s.docs[far] = account(old, ""), account(far, fmt.Sprintf(`,"alsoKnownAs":%q`, old))
		s.depart(old, far)
	})
}
