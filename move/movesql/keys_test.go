package movesql_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/move/movesql"
	"codeberg.org/godwit/godwit/vocab"
)

const (
	alice  = vocab.IRI("https://old.example/users/alice")
	bob    = vocab.IRI("https://old.example/users/bob")
	origin = "https://old.example"
)

func key(fingerprint string, seen time.Time) actor.KeyRecord {
	return actor.KeyRecord{ID: alice + "#main-key", Owner: alice, Fingerprint: fingerprint, Encoded: "key " + fingerprint, FirstSeen: seen}
}

func keys(t *testing.T, store *movesql.Store, owner vocab.IRI) []actor.KeyRecord {
	t.Helper()
	records, err := store.Keys(t.Context(), owner)
	require.NoError(t, err)
	return records
}

func fingerprints(records []actor.KeyRecord) (names []string) {
	for _, r := range records {
		names = append(names, r.Fingerprint)
	}
	return names
}

func TestKeysAreRememberedOldestFirst(t *testing.T) {
	stores(t, func(t *testing.T, store *movesql.Store) {
		second, first, third := key("b", now), key("c", now.Add(-time.Hour)), key("a", now)
		first.Vouched, first.Withdrawn, first.Expires = true, now, now.Add(time.Hour)
		for _, r := range []actor.KeyRecord{second, first, third} {
			require.NoError(t, store.Remember(t.Context(), r))
		}
		assert.Equal(t, []actor.KeyRecord{first, second, third}, keys(t, store, alice), "all that is known of each")
		assert.Empty(t, keys(t, store, bob))
	})
}

func TestAKeyRememberedAgainKeepsWhenItWasFirstSeen(t *testing.T) {
	stores(t, func(t *testing.T, store *movesql.Store) {
		want := key("a", now)
		want.Vouched = true
		require.NoError(t, store.Remember(t.Context(), want))
		again := key("a", now.Add(time.Hour))
		again.ID, again.Encoded, again.Withdrawn = "https://old.example/another", "another", now.Add(time.Hour)
		require.NoError(t, store.Remember(t.Context(), again))
		want.Withdrawn = again.Withdrawn
		assert.Equal(t, []actor.KeyRecord{want}, keys(t, store, alice), "vouched for it stays")
		again.Withdrawn, again.Expires = time.Time{}, now.Add(2*time.Hour)
		require.NoError(t, store.Remember(t.Context(), again))
		assert.Zero(t, keys(t, store, alice)[0].Withdrawn, "it stands in the document again")
		assert.Equal(t, again.Expires, keys(t, store, alice)[0].Expires, "with another end")
		again.Expires = time.Time{}
		require.NoError(t, store.Remember(t.Context(), again))
		assert.Zero(t, keys(t, store, alice)[0].Expires, "with none")
	})
}

func TestAnActorWithEndlesslyManyKeysIsBounded(t *testing.T) {
	stores(t, func(t *testing.T, store *movesql.Store) {
		for i := range 64 {
			r := key(fmt.Sprintf("%03d", i), now.Add(time.Duration(i)*time.Second))
			if i == 10 || i == 20 {
				r.Withdrawn = now.Add(time.Duration(-i) * time.Second)
			}
			require.NoError(t, store.Remember(t.Context(), r))
		}
		for i, dropped := range []string{"020", "010", "102"} {
			require.NoError(t, store.Remember(t.Context(), key(fmt.Sprint(100+i), now.Add(time.Hour+time.Duration(i)))))
			names := fingerprints(keys(t, store, alice))
			assert.Len(t, names, 64)
			assert.NotContains(t, names, dropped, "the one withdrawn first goes, then the newest")
		}
		assert.Equal(t, "000", keys(t, store, alice)[0].Fingerprint, "the oldest is never pushed out")
	})
}

func TestNobodyWashesOutAnActorsFirstKey(t *testing.T) {
	stores(t, func(t *testing.T, store *movesql.Store) {
		hers := key("hers", now.Add(-365*24*time.Hour))
		hers.Withdrawn = now
		require.NoError(t, store.Remember(t.Context(), hers))
		for i := range 100 {
			r := key(fmt.Sprint(i), now.Add(time.Duration(i)*time.Second))
			r.Withdrawn = r.FirstSeen.Add(time.Second)
			require.NoError(t, store.Remember(t.Context(), r))
		}
		records := keys(t, store, alice)
		require.Len(t, records, 64)
		assert.Equal(t, hers, records[0], "whoever took the actor over made its first key be forgotten")
		ok, why := actor.Continuous(records, "99", actor.OriginRecord{}, true, now.Add(time.Hour))
		assert.False(t, ok, why)
	})
}

func TestOthersOfAnOriginAreKnownByTheirKeys(t *testing.T) {
	stores(t, func(t *testing.T, store *movesql.Store) {
		others := func(except vocab.IRI) bool {
			record, others, err := store.Origin(t.Context(), origin, except)
			require.NoError(t, err)
			assert.Equal(t, actor.OriginRecord{}, record, "it was never reached")
			return others
		}
		assert.False(t, others(alice), "nobody is known")
		require.NoError(t, store.Remember(t.Context(), key("a", now)))
		assert.False(t, others(alice), "she herself is no other")
		assert.True(t, others(bob))
	})
}

// TestOutagesAreBoundedAsInMemory tells one story to both memories.
func TestOutagesAreBoundedAsInMemory(t *testing.T) {
	stores(t, func(t *testing.T, store *movesql.Store) {
		const day = 24 * time.Hour
		memory := actor.NewKeyMemory()
		for i, step := range []struct {
			name     string
			after    time.Duration
			answered bool
		}{
			{"a first failure", 0, false},
			{"it answers", day, true},
			{"it fails", 2 * day, false},
			{"it fails on, not for long yet", 9 * day, false},
			{"it fails for longer than the limit", 9*day + time.Microsecond, false},
			{"it fails on", 20 * day, false},
			{"it answers again", 30 * day, true},
			{"an answer told late", 29 * day, true},
			{"a failure told late", 29 * day, false},
			{"a short failure", 31 * day, false},
			{"and back", 32 * day, true},
			{"a second outage, seen at its ends alone", 33 * day, false},
			{"its end", 50 * day, true},
			{"answering a while later", 50*day + time.Hour, true},
		} {
			at := now.Add(step.after)
			require.NoError(t, store.Reached(t.Context(), origin, at, step.answered))
			require.NoError(t, memory.Reached(t.Context(), origin, at, step.answered))
			want, _, err := memory.Origin(t.Context(), origin, alice)
			require.NoError(t, err)
			got, _, err := store.Origin(t.Context(), origin, alice)
			require.NoError(t, err)
			assert.Equal(t, want, got, "%d: %s", i, step.name)
		}
	})
}

func TestAnswersWithinAMinuteAreWrittenOnce(t *testing.T) {
	stores(t, func(t *testing.T, store *movesql.Store) {
		last := func() time.Time {
			record, _, err := store.Origin(t.Context(), origin, alice)
			require.NoError(t, err)
			return record.LastReached
		}
		require.NoError(t, store.Reached(t.Context(), origin, now, true))
		require.NoError(t, store.Reached(t.Context(), origin, now.Add(time.Minute-1), true))
		assert.Equal(t, now, last())
		require.NoError(t, store.Reached(t.Context(), origin, now.Add(time.Minute), true))
		assert.Equal(t, now.Add(time.Minute), last())
		require.NoError(t, store.Reached(t.Context(), origin, now.Add(61*time.Second), false))
		require.NoError(t, store.Reached(t.Context(), origin, now.Add(62*time.Second), true))
		assert.Equal(t, now.Add(62*time.Second), last(), "the end of a failure is written at once")
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		assert.ErrorIs(t, store.Reached(ctx, origin, now.Add(62*time.Second), true), context.Canceled)
	})
}

func TestKeysOutliveTheProcess(t *testing.T) {
	onEach(t, pragmas, func(t *testing.T, address string) {
		for round := range 2 {
			db := openDB(t, address)
			store, err := movesql.Open(t.Context(), db)
			require.NoError(t, err)
			if round == 0 {
				require.NoError(t, store.Remember(t.Context(), key("a", now)))
				require.NoError(t, store.Reached(t.Context(), origin, now, true))
			}
			assert.Equal(t, []actor.KeyRecord{key("a", now)}, keys(t, store, alice))
			record, _, err := store.Origin(t.Context(), origin, bob)
			require.NoError(t, err)
			assert.Equal(t, now, record.LastReached)
			require.NoError(t, store.Close())
			require.NoError(t, db.Close())
		}
	})
}
