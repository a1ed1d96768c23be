package move_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/move"
	"codeberg.org/godwit/godwit/vocab"
)

// mortal is a store whose process may be killed before or after each call.
type mortal struct {
	move.Store
	fuse *fuse
}

func (m mortal) around(call func() error) error {
	if err := m.fuse.burn(); err != nil {
		return err
	}
	if err := call(); err != nil {
		return err
	}
	return m.fuse.burn()
}

func (m mortal) Open(ctx context.Context, c move.Case, own move.Step) (kept move.Case, s move.Step, created bool, err error) {
	err = m.around(func() (err error) { kept, s, created, err = m.Store.Open(ctx, c, own); return err })
	return kept, s, created, err
}

func (m mortal) Begin(ctx context.Context, c move.Case, own move.Step, notBefore time.Time) (kept move.Case, s move.Step, created bool, err error) {
	err = m.around(func() (err error) { kept, s, created, err = m.Store.Begin(ctx, c, own, notBefore); return err })
	return kept, s, created, err
}

func (m mortal) Add(ctx context.Context, id string, steps []move.Step, cursor string) error {
	return m.around(func() error { return m.Store.Add(ctx, id, steps, cursor) })
}

func (m mortal) Claim(ctx context.Context, side move.Side, now time.Time, lease time.Duration, n, perHost int) (steps []move.Step, err error) {
	err = m.around(func() (err error) { steps, err = m.Store.Claim(ctx, side, now, lease, n, perHost); return err })
	return steps, err
}

func (m mortal) Advance(ctx context.Context, steps ...move.Step) error {
	return m.around(func() error { return m.Store.Advance(ctx, steps...) })
}

func (m mortal) List(ctx context.Context, id string, after vocab.IRI) iter.Seq2[move.Step, error] {
	return m.Store.List(ctx, id, after)
}

// world is one receiving server whose process can be killed.
type world struct {
	t      *testing.T
	now    time.Time
	store  move.Store
	people *people
	peers  documents
	fuse   *fuse
	rules  move.Rules
}

func newWorld(t *testing.T) *world {
	w := &world{t: t, now: noon, store: move.NewMemory(), people: newPeople(), fuse: &fuse{left: -1}}
	w.people.fuse = w.fuse
	w.peers = documents{
		old:  account(old, fmt.Sprintf(`,"movedTo":%q`, next)),
		next: account(next, fmt.Sprintf(`,"alsoKnownAs":[%q]`, old)),
	}
	return w
}

// receiver is a new process over the same store.
func (w *world) receiver() *move.Receiver {
	rules := w.rules
	rules.Now = func() time.Time { return w.now }
	return move.NewReceiver(w.peers, mortal{w.store, w.fuse}, w.people, &move.ReceiverOptions{Rules: rules})
}

// settle works until nothing is due before the given time, starting a new
// process whenever one is killed.
func (w *world) settle(until time.Time) {
	w.t.Helper()
	r := w.receiver()
	for round := 0; ; round++ {
		require.Less(w.t, round, 10_000, "the work never ends")
		n, err := r.Work(context.Background())
		if errors.Is(err, errCrash) || w.fuse.blown {
			w.fuse.blown, w.fuse.left = false, -1
			w.now = w.now.Add(5 * time.Minute) // leases of the dead run out
			r = w.receiver()
			continue
		}
		require.NoError(w.t, err, "work")
		if n > 0 {
			continue
		}
		due, err := r.Next(context.Background())
		require.NoError(w.t, err, "next")
		if due.IsZero() || due.After(until) {
			return
		}
		if due.After(w.now) {
			w.now = due
		}
	}
}

// deliver hands in a Move, again after a crash, as a sender would.
func (w *world) deliver(d move.Delivery) move.Verdict {
	w.t.Helper()
	verdict, err := w.receiver().Receive(context.Background(), d)
	if errors.Is(err, errCrash) {
		w.fuse.blown, w.fuse.left = false, -1
		verdict, err = w.receiver().Receive(context.Background(), d)
	}
	require.NoError(w.t, err, "receive")
	return verdict
}

func crashScenario(t *testing.T, left int) (*world, int) {
	w := newWorld(t)
	for i := range 7 {
		w.people.follow(vocab.IRI(fmt.Sprintf("https://here.example/users/f%d", i)), old, "https://third.example/x")
	}
	w.people.follow("https://here.example/users/both", old, next)
	w.people.follow("https://here.example/users/blocker", old)
	w.people.block("https://here.example/users/blocker", next)
	w.people.block("https://here.example/users/foe", old)
	w.fuse.left = left
	w.deliver(moveOf(t, old, next, noon))
	w.settle(noon.Add(3 * time.Hour))
	return w, w.fuse.calls
}

// The process is killed before and after every call that leaves it; whoever
// starts it again finds the same end.
func TestCrashAtEveryStep(t *testing.T) {
	undisturbed, calls := crashScenario(t, -1)
	want := undisturbed.people.state()
	require.Equal(t, []vocab.IRI{next, "https://third.example/x"}, want["https://here.example/users/f3"], "undisturbed: a follower is moved")
	require.Greater(t, calls, 50, "the scenario must have many places to die")
	for left := range calls {
		w, _ := crashScenario(t, left)
		require.Equal(t, want, w.people.state(), "killed at call %d", left)
		assert.ElementsMatch(t, undisturbed.people.effects, w.people.effects, "killed at call %d: every effect exactly once", left)
	}
}
