package portabilitytest

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/portability/consent"
	"codeberg.org/godwit/godwit/vocab"
)

// A consentSituation is one test of a store that is empty at first.
type consentSituation[S any] struct {
	name string
	test func(t *testing.T, store S)
}

func runConsent[S any](t *testing.T, open func(t *testing.T) S, situations []consentSituation[S]) {
	for _, s := range situations {
		t.Run(s.name, func(t *testing.T) { s.test(t, open(t)) })
	}
}

// TestGrants runs the suite over stores of grants. Open returns an empty store, and
// releases it with t.Cleanup. Each is used by several goroutines at once; so it is with
// the suites that follow.
func TestGrants(t *testing.T, open func(t *testing.T) consent.Grants) {
	runConsent(t, open, slices.Concat(grantSituations, grantTimes))
}

// TestPolicies runs the suite over stores of a policy.
func TestPolicies(t *testing.T, open func(t *testing.T) consent.Policies) {
	runConsent(t, open, policySituations)
}

// TestReservations runs the suite over stores of reservations.
func TestReservations(t *testing.T, open func(t *testing.T) consent.Reservations) {
	runConsent(t, open, slices.Concat(reservationSituations, reservationTimes))
}

// TestDecisions runs the suite over stores of decisions.
func TestDecisions(t *testing.T, open func(t *testing.T) consent.Decisions) {
	runConsent(t, open, slices.Concat(decisionSituations, decisionTimes))
}

// TestArrivals runs the suite over stores of arrivals.
func TestArrivals(t *testing.T, open func(t *testing.T) consent.Arrivals) {
	runConsent(t, open, slices.Concat(arrivalSituations, arrivalTimes))
}

const (
	consentAlice vocab.IRI = "https://old.example/users/alice"
	consentBob   vocab.IRI = "https://old.example/users/bob"
)

var consentNoon = time.Date(2026, 11, 22, 12, 0, 0, 123_456_000, time.UTC)

// collected returns what a sequence yields, which must not fail.
func collected[T any](t *testing.T, all iter.Seq2[T, error]) []T {
	t.Helper()
	var found []T
	for one, err := range all {
		require.NoError(t, err)
		found = append(found, one)
	}
	return found
}

// failsWithContext makes sure that a sequence tells that ctx has ended, if it has anything
// to yield.
func failsWithContext[T any](t *testing.T, all func(ctx context.Context) iter.Seq2[T, error]) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	yielded := 0
	for _, err := range all(ctx) {
		yielded++
		require.ErrorIs(t, err, context.Canceled)
	}
	require.Equal(t, 1, yielded, "an error is the last thing yielded")
}

func consentGrant(id string, owner vocab.IRI) consent.Grant {
	return consent.Grant{
		ID: id, Owner: owner, For: consent.To("https://new.example/users/alice"), Opened: consentNoon,
		Expires: consentNoon.Add(time.Hour), Target: "https://new.example/users/alice", Confirmed: consentNoon.Add(time.Second),
		Use: "move-1", Used: consentNoon.Add(time.Minute), Revoked: consentNoon.Add(2 * time.Minute),
		Stops: []string{"aa", "bb"}, Seen: consentNoon.Add(2 * time.Minute),
	}
}

var grantSituations = []consentSituation[consent.Grants]{
	{"a grant comes back as it was", func(t *testing.T, store consent.Grants) {
		whole, plain := consentGrant("g1", consentAlice), consent.Grant{ID: "g2", Owner: consentBob, For: consent.ToServer("https://new.example/")}
		for _, g := range []consent.Grant{whole, plain} {
			stored, err := store.PutGrant(t.Context(), g)
			require.NoError(t, err)
			g.Version = 1
			assert.Equal(t, g, stored)
			found, err := store.Grant(t.Context(), g.ID)
			require.NoError(t, err)
			assert.Equal(t, g, found)
		}
	}},
	{"what is not there", func(t *testing.T, store consent.Grants) {
		_, err := store.Grant(t.Context(), "none")
		require.ErrorIs(t, err, consent.ErrNoGrant)
		assert.Empty(t, collected(t, store.Grants(t.Context(), consentAlice)))
	}},
	{"nobody overwrites what was changed since", func(t *testing.T, store consent.Grants) {
		first, err := store.PutGrant(t.Context(), consent.Grant{ID: "g", Owner: consentAlice})
		require.NoError(t, err)
		_, err = store.PutGrant(t.Context(), consent.Grant{ID: "g", Owner: consentBob})
		require.ErrorIs(t, err, portability.ErrOverwritten, "made twice")
		changed := first
		changed.Revoked = consentNoon
		second, err := store.PutGrant(t.Context(), changed)
		require.NoError(t, err)
		_, err = store.PutGrant(t.Context(), first)
		require.ErrorIs(t, err, portability.ErrOverwritten, "an old version")
		gone := consent.Grant{ID: "other", Version: 3}
		_, err = store.PutGrant(t.Context(), gone)
		require.ErrorIs(t, err, portability.ErrOverwritten, "a version of what is not there")
		found, err := store.Grant(t.Context(), "g")
		require.NoError(t, err)
		assert.Equal(t, second, found)
	}},
	{"of many at once one gets through", func(t *testing.T, store consent.Grants) {
		first, err := store.PutGrant(t.Context(), consent.Grant{ID: "g", Owner: consentAlice})
		require.NoError(t, err)
		var wins sync.Map
		var busy sync.WaitGroup
		for i := range 16 {
			busy.Go(func() {
				g := first
				g.Use = fmt.Sprint(i)
				if _, err := store.PutGrant(t.Context(), g); err == nil {
					wins.Store(g.Use, true)
				} else {
					assert.ErrorIs(t, err, portability.ErrOverwritten)
				}
			})
		}
		busy.Wait()
		found, err := store.Grant(t.Context(), "g")
		require.NoError(t, err)
		n := 0
		wins.Range(func(use, _ any) bool {
			n++
			assert.Equal(t, found.Use, use)
			return true
		})
		assert.Equal(t, 1, n)
	}},
	{"those of an account, by id", func(t *testing.T, store consent.Grants) {
		for i, owner := range []vocab.IRI{consentBob, consentAlice, consentAlice, consentBob} {
			_, err := store.PutGrant(t.Context(), consentGrant(fmt.Sprintf("g%d", 9-i), owner))
			require.NoError(t, err)
		}
		found := collected(t, store.Grants(t.Context(), consentAlice))
		require.Len(t, found, 2)
		assert.Equal(t, []string{"g7", "g8"}, []string{found[0].ID, found[1].ID})
		failsWithContext(t, func(ctx context.Context) iter.Seq2[consent.Grant, error] { return store.Grants(ctx, consentAlice) })
	}},
}

var policySituations = []consentSituation[consent.Policies]{
	{"before any was set nobody may come", func(t *testing.T, store consent.Policies) {
		p, err := store.Policy(t.Context())
		require.NoError(t, err)
		assert.Equal(t, consent.Policy{}, p)
	}},
	{"a policy comes back as it was", func(t *testing.T, store consent.Policies) {
		p := consent.Policy{
			Who: consent.Listed, Servers: []string{"old.example", "bücher.example"}, Account: consentAlice,
			Home: "https://new.example/", BlockedDomains: []string{"bad.example"}, BlockedPeople: []vocab.IRI{consentBob},
			Every: time.Hour, Accounts: 5, Period: 24*time.Hour + time.Nanosecond, Items: 1 << 40, Bytes: 1 << 41, FileBytes: 7,
			Strict: true, Approval: true, Unproved: consent.Refuse, Quarantine: true,
		}
		stored, err := store.SetPolicy(t.Context(), p)
		require.NoError(t, err)
		p.Version = 1
		assert.Equal(t, p, stored)
		found, err := store.Policy(t.Context())
		require.NoError(t, err)
		assert.Equal(t, p, found)
	}},
	{"of two who change it one has to look again", func(t *testing.T, store consent.Policies) {
		first, err := store.SetPolicy(t.Context(), consent.Policy{Who: consent.Anyone})
		require.NoError(t, err)
		_, err = store.SetPolicy(t.Context(), first)
		require.NoError(t, err)
		first.Who = consent.Nobody
		_, err = store.SetPolicy(t.Context(), first)
		require.ErrorIs(t, err, portability.ErrOverwritten)
		found, err := store.Policy(t.Context())
		require.NoError(t, err)
		assert.Equal(t, consent.Anyone, found.Who)
		assert.Equal(t, int64(2), found.Version)
	}},
}

func reserved(name, by string, until time.Time) consent.Reservation {
	return consent.Reservation{Name: name, By: by, Until: until}
}

var reservationSituations = []consentSituation[consent.Reservations]{
	{"one has a name, and can prolong it", func(t *testing.T, store consent.Reservations) {
		mine := reserved("alice", "one", consentNoon.Add(time.Hour))
		held, ok, err := store.Reserve(t.Context(), mine, consentNoon)
		require.NoError(t, err)
		assert.True(t, ok)
		assert.Equal(t, mine, held)
		held, ok, err = store.Reserve(t.Context(), reserved("alice", "two", consentNoon.Add(9*time.Hour)), consentNoon)
		require.NoError(t, err)
		assert.False(t, ok)
		assert.Equal(t, mine, held, "it is told who has it")
		longer := reserved("alice", "one", consentNoon.Add(2*time.Hour))
		held, ok, err = store.Reserve(t.Context(), longer, consentNoon)
		require.NoError(t, err)
		assert.True(t, ok)
		assert.Equal(t, longer, held)
		_, ok, err = store.Reserve(t.Context(), reserved("alice", "two", consentNoon.Add(9*time.Hour)), consentNoon.Add(90*time.Minute))
		require.NoError(t, err)
		assert.False(t, ok)
	}},
	{"it ends to the microsecond", func(t *testing.T, store consent.Reservations) {
		end := consentNoon.Add(time.Hour)
		_, _, err := store.Reserve(t.Context(), reserved("alice", "one", end), consentNoon)
		require.NoError(t, err)
		_, ok, err := store.Reserve(t.Context(), reserved("alice", "two", end.Add(time.Hour)), end.Add(-time.Microsecond))
		require.NoError(t, err)
		assert.False(t, ok)
		held, ok, err := store.Reserve(t.Context(), reserved("alice", "two", end.Add(time.Hour)), end)
		require.NoError(t, err)
		assert.True(t, ok)
		assert.Equal(t, "two", held.By)
	}},
	{"only its owner lets go of it", func(t *testing.T, store consent.Reservations) {
		_, _, err := store.Reserve(t.Context(), reserved("alice", "one", consentNoon.Add(time.Hour)), consentNoon)
		require.NoError(t, err)
		require.NoError(t, store.ReleaseName(t.Context(), "alice", "two"))
		found, err := store.Reserved(t.Context(), []string{"alice"}, consentNoon)
		require.NoError(t, err)
		assert.Len(t, found, 1)
		require.NoError(t, store.ReleaseName(t.Context(), "alice", "one"))
		require.NoError(t, store.ReleaseName(t.Context(), "alice", "one"), "again")
		found, err = store.Reserved(t.Context(), []string{"alice"}, consentNoon)
		require.NoError(t, err)
		assert.Empty(t, found)
	}},
	{"which of many names are somebody's now", func(t *testing.T, store consent.Reservations) {
		var asked []string
		for i := range 300 {
			name := fmt.Sprintf("n%d", i)
			asked = append(asked, name)
			if i%2 == 0 {
				_, _, err := store.Reserve(t.Context(), reserved(name, "one", consentNoon.Add(time.Duration(i)*time.Minute)), consentNoon)
				require.NoError(t, err)
			}
		}
		found, err := store.Reserved(t.Context(), asked, consentNoon.Add(100*time.Minute))
		require.NoError(t, err)
		assert.Len(t, found, 99, "those at 102, 104, … 298 minutes")
		assert.Equal(t, reserved("n102", "one", consentNoon.Add(102*time.Minute)), found["n102"])
		found, err = store.Reserved(t.Context(), nil, consentNoon)
		require.NoError(t, err)
		assert.Empty(t, found)
	}},
	{"of many who want one name at once one gets it", func(t *testing.T, store consent.Reservations) {
		var mu sync.Mutex
		var winners []string
		var busy sync.WaitGroup
		for i := range 24 {
			busy.Go(func() {
				by := fmt.Sprint(i)
				_, ok, err := store.Reserve(t.Context(), reserved("alice", by, consentNoon.Add(time.Hour)), consentNoon)
				assert.NoError(t, err)
				if ok {
					mu.Lock()
					winners = append(winners, by)
					mu.Unlock()
				}
			})
		}
		busy.Wait()
		require.Len(t, winners, 1)
		found, err := store.Reserved(t.Context(), []string{"alice"}, consentNoon)
		require.NoError(t, err)
		assert.Equal(t, winners[0], found["alice"].By)
	}},
}

func consentDecision(id string, person vocab.IRI) consent.Decision {
	return consent.Decision{
		ID: id, At: consentNoon, Matter: consent.MatterArrival, Verdict: consent.Refuse,
		Ground: consent.GroundByHand, Person: person, Other: "https://new.example/", Of: "arrival", By: "moderator", Text: "no; sorry 'n \"all\" ☹",
	}
}

var decisionSituations = []consentSituation[consent.Decisions]{
	{"what concerns a person, in order, once", func(t *testing.T, store consent.Decisions) {
		for _, d := range []consent.Decision{
			consentDecision("z", consentAlice), consentDecision("y", consentBob), consentDecision("a", consentAlice),
			consentDecision("z", consentAlice), consentDecision("m", consentAlice),
		} {
			require.NoError(t, store.Record(t.Context(), d))
		}
		found := collected(t, store.Decisions(t.Context(), consentAlice, 0))
		require.Len(t, found, 3)
		assert.True(t, slices.IsSortedFunc(found, func(a, b consent.Decision) int { return int(a.No - b.No) }))
		want := consentDecision("z", consentAlice)
		want.No = found[0].No
		assert.Equal(t, want, found[0])
		assert.Equal(t, []string{"a", "m"}, []string{found[1].ID, found[2].ID})
		rest := collected(t, store.Decisions(t.Context(), consentAlice, found[1].No))
		require.Len(t, rest, 1)
		assert.Equal(t, "m", rest[0].ID)
		failsWithContext(t, func(ctx context.Context) iter.Seq2[consent.Decision, error] {
			return store.Decisions(ctx, consentAlice, 0)
		})
	}},
	{"what has no id is recorded every time", func(t *testing.T, store consent.Decisions) {
		for range 2 {
			require.NoError(t, store.Record(t.Context(), consentDecision("", consentAlice)))
		}
		found := collected(t, store.Decisions(t.Context(), consentAlice, 0))
		require.Len(t, found, 2)
		assert.NotEqual(t, found[0].ID, found[1].ID)
	}},
	{"a long page of them", func(t *testing.T, store consent.Decisions) {
		for i := range 250 {
			require.NoError(t, store.Record(t.Context(), consentDecision(fmt.Sprint(i), consentAlice)))
		}
		found := collected(t, store.Decisions(t.Context(), consentAlice, 0))
		require.Len(t, found, 250)
		assert.Equal(t, "249", found[249].ID)
	}},
	{"a person is forgotten, others are not", func(t *testing.T, store consent.Decisions) {
		require.NoError(t, store.Record(t.Context(), consentDecision("a", consentAlice)))
		require.NoError(t, store.Record(t.Context(), consentDecision("b", consentBob)))
		require.NoError(t, store.ForgetDecisions(t.Context(), consentAlice))
		assert.Empty(t, collected(t, store.Decisions(t.Context(), consentAlice, 0)))
		before := collected(t, store.Decisions(t.Context(), consentBob, 0))
		require.Len(t, before, 1)
		require.NoError(t, store.Record(t.Context(), consentDecision("c", consentBob)))
		after := collected(t, store.Decisions(t.Context(), consentBob, before[0].No))
		require.Len(t, after, 1)
	}},
}
