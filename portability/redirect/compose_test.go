package redirect_test

import (
	"context"
	"fmt"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/portability/redirect"
	"codeberg.org/godwit/godwit/vocab"
)

// onward is how the post that was alice's number 1 goes on to the third server.
func onward(audience portability.Audience) portability.Mapping {
	return portability.Mapping{
		Old: newAlice + "/statuses/n1", ID: newAlice + "/statuses/n1", New: "https://last.example/o/1", URL: "https://last.example/p/1",
		Kind: portability.Content, From: newAlice, To: lastAlice, Audience: audience,
	}
}

func movedOn() redirect.MovedAccount {
	return redirect.MovedAccount{Old: newAlice, New: lastAlice, NewPage: "https://last.example/@alice"}
}

func TestHandler_furtherMoves(t *testing.T) {
	const (
		toLast   = "https://last.example/p/1"
		toMiddle = "https://new.example/@alice/n1"
	)
	for name, c := range map[string]struct {
		change   func(*world)
		location string
	}{
		"moved on, both maps here": {func(w *world) {
			w.accounts.Put(movedOn())
			w.links.add(onward(portability.ForPublic))
		}, toLast},
		"moved on, the second map is not here": {func(w *world) { w.accounts.Put(movedOn()) }, toMiddle},
		"moved on, and switched that off": {func(w *world) {
			a := movedOn()
			a.Off = true
			w.accounts.Put(a)
			w.links.add(onward(portability.ForPublic))
		}, toMiddle},
		"the middle is gone from the accounts, not from the maps": {func(w *world) {
			a := alice()
			a.New, a.NewPage = lastAlice, ""
			w.accounts.Put(a)
			w.links.add(onward(portability.ForPublic))
		}, toLast},
		"the middle is gone from both": {func(w *world) {
			a := alice()
			a.New, a.NewPage = lastAlice, ""
			w.accounts.Put(a)
			composed, err := redirect.Compose(w.links["https://old.example/@alice/1"], onward(portability.ForPublic))
			require.NoError(w.t, err)
			w.links.add(composed)
		}, toLast},
		"the middle is gone, and its map with it": {func(w *world) {
			a := alice()
			a.New, a.NewPage = lastAlice, ""
			w.accounts.Put(a)
		}, "https://last.example/u/alice?redirect_ap_obj=https%3A%2F%2Fold.example%2Fusers%2Falice%2Fstatuses%2F1"},
		"for fewer readers at the last": {func(w *world) {
			w.accounts.Put(movedOn())
			w.links.add(onward(portability.ForFollowers))
		}, "https://last.example/u/alice?redirect_ap_obj=https%3A%2F%2Fold.example%2Fusers%2Falice%2Fstatuses%2F1"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			c.change(w)
			got := w.get(oldOrigin+"/@alice/1", forBrowsers)
			assert.Equal(t, http.StatusMovedPermanently, got.StatusCode)
			assert.Equal(t, c.location, got.Header.Get("Location"))
		})
	}
	t.Run("the profile goes on, too", func(t *testing.T) {
		w := newWorld(t)
		w.accounts.Put(movedOn())
		assert.Equal(t, "https://last.example/@alice", w.get(oldOrigin+"/@alice", "").Header.Get("Location"))
	})
	t.Run("gone at the last", func(t *testing.T) {
		w := newWorld(t)
		w.accounts.Put(movedOn())
		m := onward(portability.ForPublic)
		m.Gone = true
		w.links.add(m)
		assert.Equal(t, http.StatusGone, w.get(oldOrigin+"/@alice/1", "").StatusCode)
	})
}

func TestHandler_comingBack(t *testing.T) {
	w := newWorld(t)
	w.next = there()
	w.comesBack()
	back := onward(portability.ForPublic)
	back.New, back.URL, back.To = oldAlice+"/statuses/1", "https://old.example/@alice/1", oldAlice
	w.links.add(back)
	for _, target := range []string{"/@alice/1", "/users/alice/statuses/1", "/@alice", "/users/alice", "/@alice/999", "/users/alice/statuses/3"} {
		for _, accept := range []string{forActivityPub, forBrowsers, ""} {
			assert.Equal(t, http.StatusOK, w.get(oldOrigin+target, accept).StatusCode, "it serves itself: %s", target)
		}
	}
}

// Accounts and maps that go round, or on and on, cost a bounded time and lead nowhere.
func TestHandler_longChainsAndLoops(t *testing.T) {
	actor := func(i int) vocab.IRI { return vocab.IRI(fmt.Sprintf("https://s%d.example/u", i)) }
	build := func(w *world, n int, loop bool) {
		a := alice()
		a.New, a.NewPage = actor(0), ""
		w.accounts.Put(a)
		w.mapTo("1", actor(0)+"/1", actor(0))
		for i := range n {
			next := i + 1
			if loop && next == n {
				next = 0
			}
			w.accounts.Put(redirect.MovedAccount{Old: actor(i), New: actor(next)})
			w.links.add(portability.Mapping{Old: actor(i) + "/1", ID: actor(i) + "/1", New: actor(next) + "/1", Kind: portability.Content,
				From: actor(i), To: actor(next), Audience: portability.ForPublic})
		}
	}
	for name, c := range map[string]struct {
		n, hops int
		loop    bool
		status  int
	}{
		"five":                         {5, 0, false, http.StatusMovedPermanently},
		"a loop of two":                {2, 0, true, http.StatusNotFound},
		"a loop that leads to itself":  {1, 0, true, http.StatusNotFound},
		"1,000":                        {1000, 0, false, http.StatusNotFound},
		"a loop of 100,000, no bounds": {100_000, 1 << 30, true, http.StatusNotFound},
		"100,000, no bounds":           {100_000, 1 << 30, false, http.StatusMovedPermanently},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.options.Hops = c.hops
			build(w, c.n, c.loop)
			for _, target := range []string{"/@alice/1", "/@alice"} {
				got := w.get(oldOrigin+target, "")
				assert.Equal(t, c.status, got.StatusCode, target)
				if c.status == http.StatusMovedPermanently {
					assert.Contains(t, got.Header.Get("Location"), fmt.Sprintf("https://s%d.example/u", c.n))
				}
			}
		})
	}
}

func TestFlatten(t *testing.T) {
	id := func(i int) vocab.IRI { return vocab.IRI(fmt.Sprintf("https://s%d.example/1", i)) }
	step := func(i, next int) portability.Mapping {
		return portability.Mapping{Old: id(i), ID: id(i), New: id(next), From: id(i) + "/actor", To: id(next) + "/actor", Audience: portability.ForPublic}
	}
	chain := func(n int) uriMap {
		m := uriMap{}
		for i := range n {
			m.add(step(i, i+1))
		}
		return m
	}
	got, err := redirect.Flatten(t.Context(), chain(5), step(0, 1), 0)
	require.NoError(t, err)
	assert.Equal(t, id(5), got.New)
	assert.Equal(t, id(0), got.Old)
	assert.Equal(t, id(5)+"/actor", got.To)
	assert.Equal(t, id(0)+"/actor", got.From)

	_, err = redirect.Flatten(t.Context(), chain(100_000), step(0, 1), 0)
	require.ErrorIs(t, err, redirect.ErrHops)
	got, err = redirect.Flatten(t.Context(), chain(100_000), step(0, 1), 200_000)
	require.NoError(t, err, "whoever wants it gets it")
	assert.Equal(t, id(100_000), got.New)

	loop := chain(100_000)
	loop.add(step(99_999, 50_000))
	_, err = redirect.Flatten(t.Context(), loop, step(0, 1), 1<<30)
	require.ErrorIs(t, err, redirect.ErrLoop)

	stranger := uriMap{}
	other := step(1, 2)
	other.From = "https://s1.example/somebody-else"
	stranger.add(other)
	got, err = redirect.Flatten(t.Context(), stranger, step(0, 1), 0)
	require.NoError(t, err)
	assert.Equal(t, id(1), got.New, "what another account says is not followed")

	_, err = redirect.Flatten(t.Context(), brokenMap{}, step(0, 1), 0)
	require.ErrorIs(t, err, errDown)
}

func TestFlattenAll(t *testing.T) {
	m := uriMap{}
	m.add(onward(portability.ForUnlisted))
	first := post("1", portability.ForPublic)[0]
	round := first
	round.Old, round.ID = onward("").New, onward("").New
	var flat []portability.Mapping
	var refused []error
	source := func(yield func(portability.Mapping, error) bool) {
		_ = yield(first, nil) && yield(round, nil) && yield(post("2", portability.ForPublic)[0], nil)
	}
	for got, err := range redirect.FlattenAll(t.Context(), m, source, 0) {
		flat = append(flat, got)
		if err != nil {
			refused = append(refused, err)
		}
	}
	require.Len(t, flat, 3, "one that cannot be followed ends nothing")
	assert.EqualValues(t, "https://last.example/o/1", flat[0].New)
	assert.Equal(t, portability.ForUnlisted, flat[0].Audience, "never for more readers than at either place")
	require.Len(t, refused, 1)
	require.ErrorIs(t, refused[0], redirect.ErrLoop)
	for _, err := range redirect.FlattenAll(context.Background(), brokenMap{}, source, 0) {
		require.ErrorIs(t, err, errDown, "a fault ends it")
	}
}

func TestCompose_refuses(t *testing.T) {
	first := post("1", portability.ForPublic)[0]
	_, err := redirect.Compose(first, post("2", portability.ForPublic)[0])
	require.ErrorIs(t, err, redirect.ErrNotFurther)
	back := onward(portability.ForPublic)
	back.New = first.Old
	_, err = redirect.Compose(first, back)
	require.ErrorIs(t, err, redirect.ErrLoop)
}
