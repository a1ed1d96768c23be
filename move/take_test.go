package move_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/move"
	"codeberg.org/godwit/godwit/vocab"
)

// take hands in a Move, again after a crash, as a sender would who got no answer.
func (w *world) take(d move.Delivery) move.Verdict {
	w.t.Helper()
	verdict, err := w.receiver().Take(context.Background(), d)
	if errors.Is(err, errCrash) {
		w.fuse.blown, w.fuse.left = false, -1
		verdict, err = w.receiver().Take(context.Background(), d)
	}
	require.NoError(w.t, err, "take")
	return verdict
}

// silent is a fetcher that must not be asked.
type silent struct{ t *testing.T }

func (s silent) Fetch(_ context.Context, id vocab.IRI) (*vocab.Object, error) {
	s.t.Errorf("%s was fetched before the answer", id)
	return nil, &actor.FetchError{ID: id, Err: actor.ErrConnection}
}

func TestTakeAsksNobody(t *testing.T) {
	w := newWorld(t)
	w.people.follow(fay, old)
	rules := move.Rules{Now: func() time.Time { return w.now }}
	r := move.NewReceiver(silent{t}, w.store, w.people, &move.ReceiverOptions{Rules: rules})
	verdict, err := r.Take(t.Context(), moveOf(t, old, next, noon))
	require.NoError(t, err)
	assert.Equal(t, move.Defer, verdict.Outcome)
	assert.Empty(t, verdict.Reason, "nothing speaks against it so far")
	assert.Equal(t, noon, verdict.Due)
	require.NotEmpty(t, verdict.Case)
	kept, err := w.store.Case(t.Context(), verdict.Case)
	require.NoError(t, err)
	assert.Zero(t, kept.Begun, "it is stored, and not believed")
}

// The process that answered dies with its answer: another one goes on.
func TestWhatWasTakenOutlivesTheProcess(t *testing.T) {
	w := newWorld(t)
	w.people.follow(fay, old)
	w.take(moveOf(t, old, next, noon))
	w.settle(noon)
	assert.Equal(t, []vocab.IRI{next}, w.people.state()[fay])
}

func TestTakenAndKilledAtEveryStep(t *testing.T) {
	scenario := func(left int) (*world, int) {
		w := newWorld(t)
		for i := range 5 {
			w.people.follow(vocab.IRI(fmt.Sprintf("https://here.example/users/f%d", i)), old)
		}
		w.fuse.left = left
		w.take(moveOf(t, old, next, noon))
		w.settle(noon.Add(3 * time.Hour))
		return w, w.fuse.calls
	}
	undisturbed, calls := scenario(-1)
	want := undisturbed.people.state()
	require.Equal(t, []vocab.IRI{next}, want["https://here.example/users/f3"], "undisturbed: a follower is moved")
	require.Greater(t, calls, 30, "the scenario must have many places to die")
	for left := range calls {
		w, _ := scenario(left)
		require.Equal(t, want, w.people.state(), "killed at call %d", left)
		assert.ElementsMatch(t, undisturbed.people.effects, w.people.effects, "killed at call %d: every effect exactly once", left)
	}
}

func TestCopiesThatAreTakenInAreOneCase(t *testing.T) {
	w := newWorld(t)
	w.people.follow(fay, old)
	var concluded []move.Verdict
	r := move.NewReceiver(w.peers, w.store, w.people, &move.ReceiverOptions{
		Rules:     move.Rules{Now: func() time.Time { return w.now }},
		Concluded: func(_ context.Context, v move.Verdict) { concluded = append(concluded, v) },
	})
	cases := make(chan string, 9)
	var inboxes sync.WaitGroup
	d := moveOf(t, old, next, noon)
	for range 9 { // fewer than one account may send
		inboxes.Go(func() {
			verdict, err := r.Take(t.Context(), d)
			assert.NoError(t, err)
			cases <- verdict.Case
		})
	}
	inboxes.Wait()
	close(cases)
	ids := map[string]int{}
	for id := range cases {
		ids[id]++
	}
	require.Len(t, ids, 1, "one case: %v", ids)
	for range 10 {
		_, err := r.Work(t.Context())
		require.NoError(t, err)
	}
	assert.Len(t, concluded, 1, "one conclusion")
	assert.Equal(t, move.Accept, concluded[0].Outcome)
	assert.Equal(t, []vocab.IRI{next}, w.people.state()[fay])
	again, err := r.Take(t.Context(), d)
	require.NoError(t, err)
	assert.Equal(t, move.Noop, again.Outcome, "it is done")
}

// What nobody here has to do with fills no store, though it is verified.
func TestTakeOfWhatConcernsNobody(t *testing.T) {
	w := newWorld(t)
	delete(w.peers, next)
	verdict := w.take(moveOf(t, old, next, noon))
	assert.Equal(t, move.Defer, verdict.Outcome)
	assert.Equal(t, move.Unreachable, verdict.Reason, "it was looked at at once")
	assert.Empty(t, verdict.Case)
	cases, err := w.store.About(t.Context(), move.In, old)
	require.NoError(t, err)
	assert.Empty(t, cases)
}

// A Move that waits for an account that was away is looked at when it comes
// again, and counts its tries from where it was.
func TestTakeHastensWhatWaits(t *testing.T) {
	w := newWorld(t)
	w.people.follow(fay, old)
	back := w.peers[next]
	delete(w.peers, next)
	d := moveOf(t, old, next, noon)
	first := w.take(d)
	w.settle(noon.Add(time.Minute))
	before, err := w.store.Find(t.Context(), first.Case, "")
	require.NoError(t, err)
	require.Equal(t, move.Deferred, before.State)
	require.Greater(t, before.Due.Sub(w.now), time.Minute, "it waits")

	w.peers[next] = back
	w.now = before.Since.Add(30 * time.Second)
	second := w.take(d)
	assert.Equal(t, first.Case, second.Case)
	assert.Equal(t, w.now, second.Due)
	now, err := w.store.Find(t.Context(), first.Case, "")
	require.NoError(t, err)
	assert.Equal(t, before.Attempts, now.Attempts)
	w.settle(w.now)
	assert.Equal(t, []vocab.IRI{next}, w.people.state()[fay])
}

// A Move that was taken in under one key and comes again under another is not
// tied to the first.
func TestTakeUnderAnotherKey(t *testing.T) {
	w := newWorld(t)
	w.people.follow(fay, old)
	d := moveOf(t, old, next, noon)
	w.take(d)
	other := *d.Signature
	other.Fingerprint = "another"
	verdict := w.take(move.Delivery{Activity: d.Activity, Signature: &other})
	assert.Equal(t, move.Accept, verdict.Outcome)
	w.settle(noon)
	assert.Equal(t, []vocab.IRI{next}, w.people.state()[fay])
}
