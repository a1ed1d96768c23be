package movetest

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/move"
	"codeberg.org/godwit/godwit/vocab"
)

var claimSituations = []situation{
	{"only what is due is given out", func(t *testing.T, store move.Store) {
		opened(t, store, moving(move.In, alice, home),
			party("a.example", 1, start), party("a.example", 2, start.Add(-time.Hour)),
			party("a.example", 3, start.Add(time.Microsecond)), party("a.example", 4, time.Time{}))
		got := claim(t, store, start, many, many)
		assert.Equal(t, []vocab.IRI{party("a.example", 2, start).Party, party("a.example", 1, start).Party}, parties(got))
	}},
	{"the case's own step is given out like any other", func(t *testing.T, store move.Store) {
		c := moving(move.In, alice, home)
		_, _, _, err := store.Open(t.Context(), c, ownStep(move.Deferred, start))
		require.NoError(t, err)
		got := claim(t, store, start, many, many)
		require.Len(t, got, 1)
		assert.Equal(t, find(t, store, c.ID, ""), got[0])
	}},
	{"what is due longest comes first, and no more than asked for", func(t *testing.T, store move.Store) {
		steps, want := []move.Step{}, []vocab.IRI{}
		for i := range 50 {
			age := (i*7)%50 + 1
			steps = append(steps, party(fmt.Sprintf("h%d.example", i%3), age, start.Add(-time.Duration(age)*time.Second)))
		}
		opened(t, store, moving(move.In, alice, home), steps...)
		for age := 50; age > 0; age-- {
			i := 0
			for (i*7)%50+1 != age {
				i++
			}
			want = append(want, steps[i].Party)
		}
		assert.Equal(t, want[:20], parties(claim(t, store, start, 20, many)))
		assert.Equal(t, want[20:], parties(claim(t, store, start, 40, many)), "then the rest")
		assert.Empty(t, claim(t, store, start, 1, many))
	}},
	{"one host does not keep the others waiting", func(t *testing.T, store move.Store) {
		opened(t, store, moving(move.In, alice, home), crowd("big.example", 3000, start.Add(-time.Hour))...)
		var small []move.Step
		for i := range 5 {
			small = append(small, party(fmt.Sprintf("small%d.example", i), 1, start.Add(time.Duration(i-5)*time.Second)))
		}
		opened(t, store, moving(move.In, bob, home), small...)
		got := claim(t, store, start, 6, 2)
		require.Len(t, got, 6)
		assert.Equal(t, []string{"big.example", "big.example"}, []string{got[0].Host, got[1].Host}, "it is due longest")
		assert.Equal(t, parties(small[:4]), parties(got[2:]), "but has had its share")
		got = claim(t, store, start, 6, 3)
		require.Len(t, got, 4, "what is left of it after its share is not given out")
		assert.Equal(t, small[4].Party, got[3].Party)
	}},
	{"of every host no more than its share", func(t *testing.T, store move.Store) {
		var steps []move.Step
		for i := range 40 {
			steps = append(steps, crowd(fmt.Sprintf("h%d.example", i), 1+i%4, start.Add(-time.Duration(i)*time.Second))...)
		}
		opened(t, store, moving(move.In, alice, home), steps...)
		given := 0
		for {
			got := claim(t, store, start, 30, 2)
			if len(got) == 0 {
				break
			}
			given += len(got)
			perHost := map[string]int{}
			for i, s := range got {
				perHost[s.Host]++
				assert.LessOrEqual(t, perHost[s.Host], 2, s.Host)
				assert.False(t, i > 0 && s.Due.Before(got[i-1].Due), "longest due first")
			}
		}
		assert.Equal(t, len(steps), given, "in the end everything is given out")
	}},
	{"a side is given only its own", func(t *testing.T, store move.Store) {
		opened(t, store, moving(move.Out, alice, home), party("a.example", 1, start))
		assert.Empty(t, claim(t, store, start, many, many))
		got, err := store.Claim(t.Context(), move.Out, start, lease, many, many)
		require.NoError(t, err)
		assert.Len(t, got, 1)
	}},
	{"a step that moves to another host is paced by that one", func(t *testing.T, store move.Store) {
		opened(t, store, moving(move.In, alice, home), crowd("a.example", 2, start)...)
		s := claim(t, store, start, 1, 1)[0]
		s.Host = "b.example"
		require.NoError(t, store.Advance(t.Context(), s))
		assert.Len(t, claim(t, store, start, many, 1), 2)
	}},
	{"many workers are never given the same step", func(t *testing.T, store move.Store) {
		c := opened(t, store, moving(move.In, alice, home), crowd("a.example", 400, start)...)
		given := claimAll(t, store)
		assert.Len(t, given, 400)
		for name, times := range given {
			assert.Equal(t, 1, times, "times that %s was given out", name)
		}
		for _, s := range list(t, store, c.ID, "") {
			assert.Equal(t, 1, s.Attempts, "advanced by the worker that had it")
		}
	}},
}

// claimAll has several workers claim and advance what is due, until all of them
// find nothing, and returns how often each party was given out. It fails the
// test if a worker is told that a step which it holds is stale.
func claimAll(t *testing.T, stores ...move.Store) map[vocab.IRI]int {
	t.Helper()
	var mu sync.Mutex
	var wg sync.WaitGroup
	given := map[vocab.IRI]int{}
	work := func(store move.Store) bool {
		steps, err := store.Claim(t.Context(), move.In, start, lease, 7, many)
		if !assert.NoError(t, err, "claim") {
			return false
		}
		for i := range steps {
			steps[i].Attempts++
			steps[i].Due = time.Time{}
			mu.Lock()
			given[steps[i].Party]++
			mu.Unlock()
		}
		return assert.NoError(t, store.Advance(t.Context(), steps...), "advance") && len(steps) > 0
	}
	for i := range 8 {
		wg.Go(func() {
			for work(stores[i%len(stores)]) {
			}
		})
	}
	wg.Wait()
	return given
}

var leaseSituations = []situation{
	{"a leased step is given to nobody before the lease ends", func(t *testing.T, store move.Store) {
		opened(t, store, moving(move.In, alice, home), party("a.example", 1, start))
		first := claim(t, store, start, 1, 1)
		require.Len(t, first, 1)
		assert.Empty(t, claim(t, store, start.Add(lease-time.Microsecond), 1, 1), "the worker may be at it yet")
		second := claim(t, store, start.Add(lease), 1, 1)
		require.Len(t, second, 1, "the worker must have died")
		assert.Greater(t, second[0].Version, first[0].Version)
	}},
	{"a lease is not shortened by another clock", func(t *testing.T, store move.Store) {
		opened(t, store, moving(move.In, alice, home), party("a.example", 1, start))
		require.Len(t, claim(t, store, start.Add(time.Hour), 1, 1), 1)
		assert.Empty(t, claim(t, store, start.Add(time.Hour), 1, 1))
		assert.Empty(t, claim(t, store, start, 1, 1), "for a worker whose clock is slow it is not over")
	}},
	{"a step whose lease ended keeps its place", func(t *testing.T, store move.Store) {
		opened(t, store, moving(move.In, alice, home), party("a.example", 1, start.Add(-time.Second)), party("b.example", 2, start))
		require.Len(t, claim(t, store, start, 1, 1), 1)
		got := claim(t, store, start.Add(lease), 2, 1)
		assert.Equal(t, []vocab.IRI{party("a.example", 1, start).Party, party("b.example", 2, start).Party}, parties(got), "it is due longest")
	}},
	{"a worker whose step was given to another is stale", func(t *testing.T, store move.Store) {
		c := opened(t, store, moving(move.In, alice, home), party("a.example", 1, start))
		slow := claim(t, store, start, 1, 1)[0]
		quick := claim(t, store, start.Add(lease), 1, 1)[0]
		slow.State = move.Kept
		assert.ErrorIs(t, store.Advance(t.Context(), slow), move.ErrStale)
		assert.Equal(t, quick, find(t, store, c.ID, quick.Party), "nothing of it is stored")
		assert.Empty(t, claim(t, store, start.Add(lease), 1, 1), "nor is the other's lease ended")
		quick.State = move.Requested
		assert.NoError(t, store.Advance(t.Context(), quick))
	}},
	{"a worker that is late but alone is not stale", func(t *testing.T, store move.Store) {
		c := opened(t, store, moving(move.In, alice, home), party("a.example", 1, start))
		s := claim(t, store, start, 1, 1)[0]
		s.State, s.Due = move.Requested, time.Time{}
		assert.NoError(t, store.Advance(t.Context(), s), "nobody took it over")
		assert.Equal(t, move.Requested, find(t, store, c.ID, s.Party).State)
	}},
	{"an advanced step can be claimed as soon as it is due", func(t *testing.T, store move.Store) {
		opened(t, store, moving(move.In, alice, home), party("a.example", 1, start))
		s := claim(t, store, start, 1, 1)[0]
		s.Due = start.Add(time.Second)
		require.NoError(t, store.Advance(t.Context(), s))
		assert.Empty(t, claim(t, store, start, 1, 1))
		assert.Len(t, claim(t, store, start.Add(time.Second), 1, 1), 1, "within what was the lease")
	}},
}
