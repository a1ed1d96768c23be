package redirect_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/portability/portabilitytest"
	"codeberg.org/godwit/godwit/portability/redirect"
	"codeberg.org/godwit/godwit/vocab"
)

const day = 24 * time.Hour

// A watch is an observer with a clock, and accounts that say what the test wants.
type watch struct {
	redirect.Observer
	t          *testing.T
	now        time.Time
	moved      map[vocab.IRI]vocab.IRI // what accounts bear out now
	down       bool
	continuous bool
	asked      int
}

func newWatch(t *testing.T) *watch {
	w := &watch{t: t, now: epoch, moved: map[vocab.IRI]vocab.IRI{}, continuous: true}
	w.Store, w.Verifier = &redirect.MemoryObservations{}, w
	w.Now = func() time.Time { return w.now }
	w.Continuous = func(context.Context, vocab.IRI, vocab.IRI) (bool, error) { return w.continuous, nil }
	return w
}

func (w *watch) Moved(_ context.Context, old, new vocab.IRI) (bool, error) {
	w.asked++
	if w.down {
		return false, errDown
	}
	return w.moved[old] == new, nil
}

func (w *watch) sees(new vocab.IRI) portability.ObservedState {
	w.t.Helper()
	is, err := w.Observer.Seen(w.t.Context(), oldAlice, new)
	require.NoError(w.t, err)
	return is.State
}

// daily is told of a redirect every day, and returns what it is worth after the last.
func (w *watch) daily(days int, new vocab.IRI) (state portability.ObservedState) {
	w.t.Helper()
	for range days {
		w.now = w.now.Add(day)
		state = w.sees(new)
	}
	return state
}

func (w *watch) asks() vocab.IRI {
	w.t.Helper()
	at, err := w.Where(w.t.Context(), oldAlice)
	require.NoError(w.t, err)
	return at
}

func TestObserver_pointingProvesNothing(t *testing.T) {
	w := newWatch(t)
	assert.Equal(t, portability.Seen, w.daily(400, newAlice))
	assert.Equal(t, oldAlice, w.asks())
	shown, err := w.MovedFrom(t.Context(), newAlice, oldAlice)
	require.NoError(t, err)
	assert.False(t, shown, "no block follows it")
}

func TestObserver_thirtyUnbrokenDays(t *testing.T) {
	w := newWatch(t)
	w.moved[oldAlice] = newAlice
	assert.Equal(t, portability.Possible, w.sees(newAlice))
	shown, err := w.MovedFrom(t.Context(), newAlice, oldAlice)
	require.NoError(t, err)
	assert.True(t, shown)
	assert.Equal(t, portability.Possible, w.daily(29, newAlice))
	assert.Equal(t, oldAlice, w.asks())
	assert.Equal(t, portability.Permanent, w.daily(1, newAlice))
	assert.Equal(t, newAlice, w.asks(), "the old place is not asked any more")
	w.now = w.now.Add(400 * day)
	assert.Equal(t, portability.Permanent, w.sees(newAlice), "and so nothing is seen there any more")
}

func TestObserver_whatDoesNotCount(t *testing.T) {
	for name, c := range map[string]struct {
		live func(*watch)
		want portability.ObservedState
	}{
		"eight days without a sight": {func(w *watch) { w.now = w.now.Add(8 * day) }, portability.Possible},
		"six days without a sight":   {func(w *watch) { w.now = w.now.Add(6 * day) }, portability.Permanent},
		"another target in between":  {func(w *watch) { w.sees(lastAlice) }, portability.Possible},
		"the old one spoke for itself": {func(w *watch) {
			require.NoError(w.t, w.Contradicted(w.t.Context(), oldAlice))
		}, portability.Possible},
		"it was taken back for a day": {func(w *watch) {
			w.moved[oldAlice] = ""
			w.daily(1, newAlice)
			w.moved[oldAlice] = newAlice
		}, portability.Possible},
		"accounts that cannot be asked for a day": {func(w *watch) {
			w.down = true
			w.daily(1, newAlice)
			w.down = false
		}, portability.Permanent},
		"accounts that cannot be asked for nine days": {func(w *watch) {
			w.down = true
			w.daily(9, newAlice)
			w.down = false
		}, portability.Possible},
		"other hands":            {func(w *watch) { w.continuous = false }, portability.Possible},
		"a clock that runs away": {func(w *watch) { w.now = w.now.Add(1000 * day) }, portability.Possible},
		"a clock that runs away, and comes back": {func(w *watch) {
			was := w.now
			w.now = w.now.Add(1000 * day)
			w.sees(newAlice)
			w.now = was
		}, portability.Possible},
		"a clock that goes back an hour": {func(w *watch) { w.now = w.now.Add(-time.Hour) }, portability.Permanent},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWatch(t)
			w.moved[oldAlice] = newAlice
			require.Equal(t, portability.Possible, w.daily(20, newAlice))
			c.live(w)
			assert.Equal(t, c.want, w.daily(15, newAlice))
		})
	}
}

func TestObserver_aContradictionRevokes(t *testing.T) {
	for name, contradict := range map[string]func(*watch){
		"the old one speaks for itself": func(w *watch) { require.NoError(w.t, w.Contradicted(w.t.Context(), oldAlice)) },
		"it leads elsewhere":            func(w *watch) { w.sees(lastAlice) },
		"it was taken back": func(w *watch) {
			w.moved[oldAlice] = ""
			w.daily(1, newAlice)
		},
	} {
		w := newWatch(t)
		w.moved[oldAlice] = newAlice
		require.Equal(t, portability.Permanent, w.daily(31, newAlice), name)
		contradict(w)
		assert.Equal(t, oldAlice, w.asks(), name)
		is, known, err := w.Store.Observation(t.Context(), oldAlice)
		require.NoError(t, err)
		require.True(t, known)
		assert.Equal(t, w.now, is.Revoked, name)
		w.moved[oldAlice] = newAlice
		assert.NotEqual(t, portability.Permanent, w.daily(30, newAlice), "its days begin anew: %s", name)
		assert.Equal(t, portability.Permanent, w.daily(2, newAlice), name)
	}
	w := newWatch(t)
	require.NoError(t, w.Contradicted(t.Context(), oldAlice), "who was never seen has nothing to revoke")
	_, known, err := w.Store.Observation(t.Context(), oldAlice)
	require.NoError(t, err)
	assert.False(t, known)
}

func TestObserver_asksSeldom(t *testing.T) {
	w := newWatch(t)
	for range 1000 {
		w.sees(newAlice)
	}
	assert.Equal(t, 1, w.asked, "a thousand redirects are one question")
	w.moved[oldAlice] = newAlice
	w.now = w.now.Add(time.Hour)
	assert.Equal(t, portability.Possible, w.sees(newAlice))
	for range 23 {
		w.now = w.now.Add(time.Hour)
		w.sees(newAlice)
	}
	assert.Equal(t, 2, w.asked)
	before := w.asked
	assert.Empty(t, w.sees(oldAlice), "to itself")
	is, err := w.Observer.Seen(t.Context(), "acct:a@b", newAlice)
	require.NoError(t, err)
	assert.Zero(t, is)
	assert.Equal(t, before, w.asked)
}

func TestObserver_configured(t *testing.T) {
	w := newWatch(t)
	w.Days = 2 * day
	w.moved[oldAlice] = newAlice
	assert.Equal(t, portability.Permanent, w.daily(3, newAlice))
	w = newWatch(t)
	w.Continuous = nil
	w.moved[oldAlice] = newAlice
	assert.Equal(t, portability.Possible, w.daily(100, newAlice), "hands that nobody knows")
}

func TestObserver_whereGoesOnAndNeverRound(t *testing.T) {
	w := newWatch(t)
	put := func(old, new vocab.IRI) {
		is, _, err := w.Store.Observation(t.Context(), old)
		require.NoError(t, err)
		is.Old, is.New, is.State = old, new, portability.Permanent
		require.NoError(t, w.Store.Observe(t.Context(), is))
	}
	put(oldAlice, newAlice)
	put(newAlice, lastAlice)
	assert.Equal(t, lastAlice, w.asks())
	put(lastAlice, oldAlice)
	assert.Equal(t, oldAlice, w.asks())
	put(lastAlice, newAlice)
	assert.Equal(t, oldAlice, w.asks())
	at := lastAlice
	for i := range 1000 {
		next := vocab.IRI(fmt.Sprintf("https://s%d.example/u", i))
		put(at, next)
		at = next
	}
	assert.Equal(t, oldAlice, w.asks(), "too far")
}

func TestObserver_manyAtOnce(t *testing.T) {
	w := newWatch(t)
	var done sync.WaitGroup
	for i := range 4 {
		done.Go(func() {
			for range 50 {
				_, err := (&redirect.Observer{Store: w.Store, Verifier: always{}, Now: func() time.Time { return epoch }}).
					Seen(t.Context(), oldAlice, vocab.IRI(fmt.Sprintf("https://n%d.example/u", i%2)))
				if err != nil {
					assert.ErrorIs(t, err, portability.ErrOverwritten)
				}
			}
		})
	}
	done.Wait()
	is, known, err := w.Store.Observation(t.Context(), oldAlice)
	require.NoError(t, err)
	assert.True(t, known)
	assert.Equal(t, portability.Possible, is.State)
}

type always struct{}

func (always) Moved(context.Context, vocab.IRI, vocab.IRI) (bool, error) { return true, nil }

func TestMemoryObservations(t *testing.T) {
	portabilitytest.TestObservations(t, func(*testing.T) portability.Observations { return &redirect.MemoryObservations{} })
}

func TestMemoryObservations_bounded(t *testing.T) {
	var m redirect.MemoryObservations
	o := portability.Observation{Old: oldAlice, New: newAlice}
	require.NoError(t, m.Observe(t.Context(), o))
	for i := range 100_000 {
		require.NoError(t, m.Observe(t.Context(), portability.Observation{Old: vocab.IRI(fmt.Sprint(i))}))
	}
	_, known, err := m.Observation(t.Context(), oldAlice)
	require.NoError(t, err)
	assert.False(t, known, "nobody makes it remember without bounds")
	_, known, _ = m.Observation(t.Context(), "99999")
	assert.True(t, known)
}

func TestObserver_previously(t *testing.T) {
	const object = `{"id":"https://last.example/o/1","type":"Note","attributedTo":"https://last.example/u/alice","previously":[%s]}`
	const (
		middle = `{"id":"https://new.example/users/alice/statuses/n1","actor":"https://new.example/users/alice"}`
		first  = `{"id":"https://old.example/users/alice/statuses/1","actor":"https://old.example/users/alice"}`
		forged = `{"id":"https://victim.example/1","actor":"https://victim.example/v"}`
		stolen = `{"id":"https://victim.example/1","actor":"https://new.example/users/alice"}`
		bare   = `"https://old.example/users/alice/statuses/1"`
	)
	m, f := vocab.IRI("https://new.example/users/alice/statuses/n1"), oldAlice+"/statuses/1"
	for name, c := range map[string]struct {
		crumbs string
		change func(*watch)
		want   []vocab.IRI
	}{
		"hop by hop":                      {middle + "," + first, nil, []vocab.IRI{m, f}},
		"the last hop only":               {middle, nil, []vocab.IRI{m}},
		"a hop left out":                  {first, nil, nil},
		"the oldest first":                {first + "," + middle, nil, nil},
		"somebody else's, in between":     {middle + "," + forged + "," + first, nil, []vocab.IRI{m}},
		"an id that is not the actor's":   {stolen + "," + middle, nil, []vocab.IRI{m}},
		"a bare id, of nobody knows whom": {middle + "," + bare, nil, []vocab.IRI{m}},
		"a bare id that we hold":          {middle + "," + bare, func(w *watch) { w.Holding = holding{f: oldAlice} }, []vocab.IRI{m, f}},
		"held as another's":               {middle + "," + first, func(w *watch) { w.Holding = holding{f: "https://old.example/bob"} }, []vocab.IRI{m}},
		"nothing that is one":             {`null,5,{},"x"`, nil, nil},
		"accounts that cannot be asked":   {middle, func(w *watch) { w.down = true }, nil},
		"asked before they went down": {middle, func(w *watch) {
			_, err := w.Observer.Seen(w.t.Context(), newAlice, lastAlice)
			require.NoError(w.t, err)
			w.down = true
		}, []vocab.IRI{m}},
	} {
		w := newWatch(t)
		w.moved[oldAlice], w.moved[newAlice] = newAlice, lastAlice
		if c.change != nil {
			c.change(w)
		}
		got, err := w.Previously(t.Context(), parse(t, fmt.Sprintf(object, c.crumbs)))
		require.NoError(t, err, name)
		var ids []vocab.IRI
		for _, crumb := range got {
			ids = append(ids, crumb.ID)
		}
		assert.Equal(t, c.want, ids, name)
	}
	w := newWatch(t)
	w.moved[oldAlice] = newAlice
	got, err := w.Previously(t.Context(), parse(t, `{"id":"https://evil.example/1","attributedTo":"`+string(newAlice)+`","previously":[`+first+`]}`))
	require.NoError(t, err)
	assert.Empty(t, got, "an object of another origin than its actor's")
}
