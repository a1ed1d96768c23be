package movetest

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/move"
	"codeberg.org/godwit/godwit/vocab"
)

var addSituations = []situation{
	{"steps and the cursor are added together", func(t *testing.T, store move.Store) {
		c := opened(t, store, moving(move.In, alice, home))
		steps := []move.Step{party("a.example", 1, start), party("b.example", 2, time.Time{})}
		require.NoError(t, store.Add(t.Context(), c.ID, steps, "page 2"))
		assert.Equal(t, "page 2", find(t, store, c.ID, "").Cursor)
		for _, want := range steps {
			want.Case, want.Side = c.ID, move.In
			got := find(t, store, c.ID, want.Party)
			want.Version = got.Version
			assert.Equal(t, want, got)
		}
	}},
	{"steps that are there stay as they are", func(t *testing.T, store move.Store) {
		c := opened(t, store, moving(move.In, alice, home), party("a.example", 1, start))
		done := find(t, store, c.ID, party("a.example", 1, start).Party)
		done.State, done.Due = move.Moved, time.Time{}
		require.NoError(t, store.Advance(t.Context(), done))
		require.NoError(t, store.Add(t.Context(), c.ID, []move.Step{party("a.example", 1, start), party("a.example", 2, start)}, "again"))
		assert.Equal(t, move.Moved, find(t, store, c.ID, done.Party).State, "a page gathered twice does not start again")
		assert.Len(t, list(t, store, c.ID, ""), 2, "and what was missing is added")
		assert.Equal(t, "again", find(t, store, c.ID, "").Cursor)
	}},
	{"of two steps of one party in a page the first is kept", func(t *testing.T, store move.Store) {
		first, second := party("a.example", 1, start), party("a.example", 1, start.Add(time.Hour))
		c := opened(t, store, moving(move.In, alice, home), first, second)
		assert.Equal(t, first.Due, find(t, store, c.ID, first.Party).Due)
		assert.Len(t, list(t, store, c.ID, ""), 1)
	}},
	{"an empty page stores the cursor", func(t *testing.T, store move.Store) {
		c := opened(t, store, moving(move.In, alice, home))
		require.NoError(t, store.Add(t.Context(), c.ID, nil, "the end"))
		assert.Equal(t, "the end", find(t, store, c.ID, "").Cursor)
	}},
	{"gathering does not cost the worker its lease", func(t *testing.T, store move.Store) {
		c := moving(move.In, alice, home)
		_, _, _, err := store.Open(t.Context(), c, ownStep(move.Verified, start))
		require.NoError(t, err)
		own := claim(t, store, start, 1, 1)
		require.Len(t, own, 1)
		require.NoError(t, store.Add(t.Context(), c.ID, []move.Step{party("a.example", 1, time.Time{})}, "page 2"))
		assert.Empty(t, claim(t, store, start, 1, 1), "nobody else gathers meanwhile")
		own[0].State, own[0].Due = move.Settled, time.Time{}
		assert.NoError(t, store.Advance(t.Context(), own[0]))
	}},
	{"steps of a case that is not there are not kept", func(t *testing.T, store move.Store) {
		assert.ErrorIs(t, store.Add(t.Context(), "nothing", []move.Step{party("a.example", 1, start)}, ""), move.ErrNoCase)
		assert.Empty(t, claim(t, store, start, many, many))
		assert.Empty(t, list(t, store, "nothing", ""))
	}},
	{"a page of several thousand is added at once", func(t *testing.T, store move.Store) {
		c := opened(t, store, moving(move.In, alice, home), crowd("a.example", 3000, start)...)
		assert.Len(t, list(t, store, c.ID, ""), 3000)
	}},
}

// crowd returns n steps of one host.
func crowd(host string, n int, due time.Time) []move.Step {
	steps := make([]move.Step, n)
	for i := range steps {
		steps[i] = party(host, i, due)
	}
	return steps
}

var listSituations = []situation{
	{"the steps of a case are listed in the order of their parties", func(t *testing.T, store move.Store) {
		steps := []move.Step{}
		for _, name := range []vocab.IRI{"https://b.example/é", "https://B.example/", "https://b.example/", "https://a.example/z", "https://b.example/z", "https://b.example/Z", "https://b.example/%C3%A9"} {
			steps = append(steps, move.Step{Party: name, Host: "b.example", State: move.Queued})
		}
		c := opened(t, store, moving(move.In, alice, home), steps...)
		opened(t, store, moving(move.In, bob, home), party("a.example", 1, start))
		want := parties(steps)
		slices.Sort(want)
		assert.Equal(t, want, parties(list(t, store, c.ID, "")), "by their bytes, and without the case's own")
	}},
	{"a list is resumed after any of its steps", func(t *testing.T, store move.Store) {
		c := opened(t, store, moving(move.In, alice, home), crowd("a.example", 700, start)...)
		all := list(t, store, c.ID, "")
		require.Len(t, all, 700)
		for _, i := range []int{0, 1, 254, 255, 256, 498, 499, 500, 698, 699} {
			assert.Equal(t, all[i+1:], append([]move.Step{}, list(t, store, c.ID, all[i].Party)...), "after step %d", i)
		}
		assert.Equal(t, all[10:], list(t, store, c.ID, all[9].Party+"x"), "after one that is not there")
	}},
	{"whoever breaks out of a list can go on with the store", func(t *testing.T, store move.Store) {
		c := opened(t, store, moving(move.In, alice, home), crowd("a.example", 700, start)...)
		for range 20 { // more often than there are connections to a database
			for s, err := range store.List(t.Context(), c.ID, "") {
				require.NoError(t, err)
				s.Attempts++
				require.NoError(t, store.Advance(t.Context(), s))
				break
			}
		}
		assert.Equal(t, 20, list(t, store, c.ID, "")[0].Attempts)
	}},
	{"steps are changed while they are listed", func(t *testing.T, store move.Store) {
		c := opened(t, store, moving(move.In, alice, home), crowd("a.example", 700, start)...)
		for s, err := range store.List(t.Context(), c.ID, "") {
			require.NoError(t, err)
			s.Due = time.Time{}
			require.NoError(t, store.Advance(t.Context(), s))
		}
		assert.Empty(t, claim(t, store, start, many, many), "each was listed and advanced")
	}},
	{"a case that is not there has no steps", func(t *testing.T, store move.Store) {
		assert.Empty(t, list(t, store, "nothing", ""))
	}},
	{"a party that is not there is not found", func(t *testing.T, store move.Store) {
		c := opened(t, store, moving(move.In, alice, home))
		_, err := store.Find(t.Context(), c.ID, bob)
		assert.ErrorIs(t, err, move.ErrNoCase)
	}},
}

var ofSituations = []situation{
	{"the steps of one party are found in all cases, oldest first", func(t *testing.T, store move.Store) {
		follower := party("f.example", 1, start)
		var want []string
		for _, age := range []time.Duration{2, 3, 1} {
			c := moving(move.In, alice, home+vocab.IRI(strings.Repeat("x", int(age))))
			c.Opened = start.Add(-age * time.Microsecond)
			opened(t, store, c, follower, party("f.example", 2, start))
			want = append(want, c.ID)
		}
		want = []string{want[1], want[0], want[2]}
		sent := opened(t, store, moving(move.Out, alice, home), follower)
		var got []string
		steps, err := store.Of(t.Context(), move.In, follower.Party)
		require.NoError(t, err)
		for _, s := range steps {
			got = append(got, s.Case)
			assert.Equal(t, find(t, store, s.Case, follower.Party), s)
		}
		assert.Equal(t, want, got)
		steps, err = store.Of(t.Context(), move.Out, follower.Party)
		require.NoError(t, err)
		require.Len(t, steps, 1, "the other side is another matter")
		assert.Equal(t, sent.ID, steps[0].Case)
	}},
	{"somebody who is in no case has no steps", func(t *testing.T, store move.Store) {
		opened(t, store, moving(move.In, alice, home), party("f.example", 1, start))
		steps, err := store.Of(t.Context(), move.In, bob)
		require.NoError(t, err)
		assert.Empty(t, steps)
	}},
}
