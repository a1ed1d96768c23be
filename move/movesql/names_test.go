package movesql_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/move"
	"codeberg.org/godwit/godwit/move/movesql"
	"codeberg.org/godwit/godwit/vocab"
)

// endless returns a name that nothing can make shorter, and that differs from others
// of the same host at its end alone.
func endless(host string, end int) vocab.IRI {
	random := rand.New(rand.NewPCG(1, 2))
	letters := make([]byte, 6_000)
	for i := range letters {
		letters[i] = byte('a' + random.IntN(26))
	}
	return vocab.IRI(fmt.Sprintf("https://%s/%s%06d", host, letters, end))
}

// One follower with such a name must not keep a page of a thousand from being added.
func TestNamesThatAreTooLongForAnIndex(t *testing.T) {
	stores(t, func(t *testing.T, store *movesql.Store) {
		c, own := received(1)
		c.Old, c.New, c.Claimed = endless("old.example", 1), endless("new.example", 1), endless("new.example", 2)
		_, _, created, err := store.Begin(t.Context(), c, own, now.Add(-window))
		require.NoError(t, err)
		require.True(t, created)
		for _, name := range []vocab.IRI{c.Old, c.New, c.Claimed} {
			found, err := store.About(t.Context(), move.In, name)
			require.NoError(t, err)
			assert.Len(t, found, 1)
		}
		another := c
		another.ID = "another"
		_, _, _, err = store.Begin(t.Context(), another, own, now.Add(-window))
		assert.ErrorIs(t, err, move.ErrCooldown, "the window is kept by the whole name")

		var steps []move.Step
		for i := range 600 { // more than a page of a list, all but a few alike
			name := endless("here.example", 600-i)
			if i%100 == 0 {
				name = vocab.IRI(fmt.Sprintf("https://here.example/%d", i))
			}
			steps = append(steps, move.Step{Party: name, Host: string(name), State: move.Queued, Due: now, Since: now})
		}
		require.NoError(t, store.Add(t.Context(), c.ID, steps, "end"))
		require.NoError(t, store.Add(t.Context(), c.ID, steps[:10], "end"), "again")
		last, n := vocab.IRI(""), 0
		for s, err := range store.List(t.Context(), c.ID, "") {
			require.NoError(t, err)
			if s.Party != "" {
				assert.Less(t, last, s.Party)
				last = s.Party
				n++
			}
		}
		assert.Equal(t, len(steps), n, "each once, in order")
		claimed, err := store.Claim(t.Context(), move.In, now, time.Minute, 200, 1)
		require.NoError(t, err)
		assert.NotEmpty(t, claimed)
		require.NoError(t, store.Advance(t.Context(), claimed...))
		found, err := store.Find(t.Context(), c.ID, steps[1].Party)
		require.NoError(t, err)
		assert.Equal(t, steps[1].Party, found.Party)
	})
}

// Names that a database does not take as text, or that look like what they are kept as.
var noText = []vocab.IRI{
	"https://here.example/\x00", "https://here.example/\xff", "\x00", "\uffff", "\uffff68", "\uffffno digits",
}

// One follower with such a name must not keep a page of others from being added.
func TestNamesThatAreNoText(t *testing.T) {
	stores(t, func(t *testing.T, store *movesql.Store) {
		c, own := received(1)
		_, _, _, err := store.Begin(t.Context(), c, own, now.Add(-window))
		require.NoError(t, err)
		steps, want := followers(3), []vocab.IRI{}
		for _, name := range noText {
			steps = append(steps, move.Step{Party: name, Host: string(name), State: move.Queued, Due: now, Since: now})
		}
		for _, s := range steps {
			want = append(want, s.Party)
		}
		for range 2 {
			require.NoError(t, store.Add(t.Context(), c.ID, steps, string(noText[0])))
		}
		assert.ElementsMatch(t, want, listed(t, store, c.ID, ""), "each once")
		for i, party := range listed(t, store, c.ID, "") {
			assert.Len(t, listed(t, store, c.ID, party), len(want)-1-i, "behind %q", party)
		}
		claimed, err := store.Claim(t.Context(), move.In, now, time.Minute, 200, 1)
		require.NoError(t, err)
		require.NoError(t, store.Advance(t.Context(), claimed...))
		kept, err := store.Find(t.Context(), c.ID, "")
		require.NoError(t, err)
		assert.Equal(t, string(noText[0]), kept.Cursor)
		_, err = store.Case(t.Context(), "\x00")
		assert.ErrorIs(t, err, move.ErrNoCase, "whoever follows a link chooses what it asks for")
	})
}

func listed(t *testing.T, store *movesql.Store, id string, after vocab.IRI) (parties []vocab.IRI) {
	t.Helper()
	for s, err := range store.List(t.Context(), id, after) {
		require.NoError(t, err)
		if s.Party != "" {
			parties = append(parties, s.Party)
		}
	}
	return parties
}

func TestKeysThatAreNoText(t *testing.T) {
	stores(t, func(t *testing.T, store *movesql.Store) {
		for _, name := range noText {
			want := key("a", now)
			want.Owner, want.ID, want.Fingerprint, want.Encoded = name, name+"#key", string(name), string(name)
			for range 2 {
				require.NoError(t, store.Remember(t.Context(), want))
			}
			assert.Equal(t, []actor.KeyRecord{want}, keys(t, store, name))
			require.NoError(t, store.Reached(t.Context(), string(name), now, true))
			record, _, err := store.Origin(t.Context(), string(name), name)
			require.NoError(t, err)
			assert.Equal(t, now, record.LastReached, "%q", name)
		}
	})
}

func TestKeysOfActorsWithEndlessNames(t *testing.T) {
	stores(t, func(t *testing.T, store *movesql.Store) {
		one, two := key("a", now), key("a", now)
		one.Owner, two.Owner = endless("old.example", 1), endless("old.example", 2)
		for _, r := range []actor.KeyRecord{one, two, one} {
			require.NoError(t, store.Remember(t.Context(), r))
		}
		assert.Equal(t, []actor.KeyRecord{one}, keys(t, store, one.Owner))
		assert.Equal(t, []actor.KeyRecord{two}, keys(t, store, two.Owner))
		far := string(endless("far.example", 1))
		require.NoError(t, store.Reached(t.Context(), far, now, true))
		record, _, err := store.Origin(t.Context(), far, alice)
		require.NoError(t, err)
		assert.Equal(t, now, record.LastReached)
	})
}
