package move_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/move"
	"codeberg.org/godwit/godwit/vocab"
)

// failing is people of whom one cannot be dealt with.
type failing struct {
	*people
	whom vocab.IRI
	err  error
}

func (f failing) Relation(ctx context.Context, party, from, to vocab.IRI) (move.Relation, error) {
	if party == f.whom {
		return move.Relation{}, f.err
	}
	return f.people.Relation(ctx, party, from, to)
}

func (f failing) Parties(ctx context.Context, id, after vocab.IRI) iter.Seq2[vocab.IRI, error] {
	if id == f.whom {
		return func(yield func(vocab.IRI, error) bool) { yield("", f.err) }
	}
	return f.people.Parties(ctx, id, after)
}

// What one step meets is no reason to leave the others undone.
func TestOneFailureHoldsNobodyElseBack(t *testing.T) {
	for name, f := range map[string]failing{
		"a follower's look-up times out by itself": {whom: "https://here.example/users/a", err: fmt.Errorf("look up: %w", context.DeadlineExceeded)},
		"the followers of one cannot be listed":    {whom: stranger, err: errors.New("database is locked")},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			f.people = w.people
			w.people.follow("https://here.example/users/a", old)
			w.people.follow(fay, old)
			w.peers[stranger] = account(stranger, fmt.Sprintf(`,"movedTo":%q`, far))
			w.peers[far] = account(far, fmt.Sprintf(`,"alsoKnownAs":[%q]`, stranger))
			r := move.NewReceiver(w.peers, w.store, f, &move.ReceiverOptions{Rules: move.Rules{Now: func() time.Time { return w.now }}})
			for _, d := range []move.Delivery{moveOf(t, stranger, far, w.now), moveOf(t, old, next, w.now)} {
				_, err := r.Receive(t.Context(), d)
				require.NoError(t, err)
			}
			for range 5 {
				_, _ = r.Work(t.Context())
			}
			assert.Equal(t, []vocab.IRI{next}, w.people.state()[fay])
		})
	}
}

// broken is a store that cannot be written to.
type broken struct {
	move.Store
	claims int
}

func (b *broken) Claim(context.Context, move.Side, time.Time, time.Duration, int, int) ([]move.Step, error) {
	b.claims++
	return nil, errors.New("the disk is full")
}

func TestServeWaitsAfterAFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.rules.Now = time.Now
		store := &broken{Store: w.store}
		r := move.NewReceiver(w.peers, store, w.people, &move.ReceiverOptions{Rules: w.rules})
		_, err := r.Receive(t.Context(), moveOf(t, old, next, time.Now()))
		require.NoError(t, err)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		require.ErrorIs(t, r.Serve(ctx, 10*time.Second), context.DeadlineExceeded)
		assert.LessOrEqual(t, store.claims, 10, "it tried all the time")
	})
}

// A follow that was sent waits for its answer, whatever our own lists do.
func TestAnUnansweredFollowOutlivesFailures(t *testing.T) {
	w := newWorld(t)
	w.people.follow(fay, old)
	w.people.locked[next] = true
	w.hears()
	w.settle(noon)
	f := failing{people: w.people, whom: fay, err: errors.New("database is locked")}
	r := move.NewReceiver(w.peers, w.store, f, &move.ReceiverOptions{Rules: move.Rules{Now: func() time.Time { return w.now }}})
	for range 40 {
		due, err := r.Next(t.Context())
		require.NoError(t, err)
		require.False(t, due.IsZero(), "it was given up")
		w.now = due
		_, err = r.Work(t.Context())
		require.NoError(t, err)
	}
	w.people.follow(fay, next)
	require.NoError(t, w.receiver().Accepted(t.Context(), fay, next))
	w.settle(w.now)
	assert.Equal(t, []vocab.IRI{next}, w.people.state()[fay])
}

// tarpit is a fetcher whose other servers take their time to say that they
// cannot answer.
type tarpit struct {
	documents
	slow map[string]bool
}

func (s tarpit) Fetch(ctx context.Context, id vocab.IRI) (*vocab.Object, error) {
	if !s.slow[id.Host()] {
		return s.documents.Fetch(ctx, id)
	}
	time.Sleep(10 * time.Second)
	return nil, &actor.FetchError{ID: id, Err: actor.ErrTimeout}
}

// Moves to servers that answer slowly, of which anybody can send many, hold back
// nobody who is being moved.
func TestSlowServersHoldNobodyBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.people.follow(fay, old)
		w.rules.Now = time.Now
		peers := tarpit{documents: w.peers, slow: map[string]bool{}}
		r := move.NewReceiver(peers, w.store, w.people, &move.ReceiverOptions{Rules: w.rules})
		for i := range 90 {
			from, to := vocab.IRI(fmt.Sprintf("https://from%d.example/a", i)), vocab.IRI(fmt.Sprintf("https://slow%d.example/a", i))
			w.people.follow(foe, from)
			_, err := r.Receive(t.Context(), moveOf(t, from, to, time.Now()))
			require.NoError(t, err)
			peers.slow[to.Host()] = true
		}
		time.Sleep(2 * time.Hour)
		_, err := r.Receive(t.Context(), moveOf(t, old, next, time.Now()))
		require.NoError(t, err)
		start := time.Now()
		for w.people.state()[fay][0] != next {
			_, err := r.Work(t.Context())
			require.NoError(t, err)
		}
		assert.Less(t, time.Since(start), 5*time.Minute)
	})
}

// forgetful is a store that has lost one case.
type forgetful struct {
	move.Store
	id string
}

func (f *forgetful) Case(ctx context.Context, id string) (move.Case, error) {
	if id == f.id {
		return move.Case{}, errors.New("the page is damaged")
	}
	return f.Store.Case(ctx, id)
}

// What is wrong with one departure delays no other.
func TestOneDepartureHoldsNoOtherBack(t *testing.T) {
	w := newWorld(t)
	w.peers[stranger] = account(stranger, "")
	w.peers[far] = account(far, fmt.Sprintf(`,"alsoKnownAs":[%q]`, stranger))
	store := &forgetful{Store: w.store}
	inboxes := &outbox{}
	a := move.NewAnnouncer(w.peers, inboxes, store, oneFan{"https://fan.example/inbox"}, &move.AnnouncerOptions{
		Hold: -1, AliasAge: -1, Now: func() time.Time { return w.now },
	})
	for i, pair := range [][2]vocab.IRI{{stranger, far}, {old, next}} {
		d := move.Departure{Announcement: move.Announcement{Move: moveOf(t, pair[0], pair[1], w.now).Activity}}
		departing, err := a.Depart(t.Context(), d)
		require.NoError(t, err)
		if i == 0 {
			store.id = departing.Case
		}
		w.now = w.now.Add(time.Second)
	}
	for range 5 {
		_, _ = a.Work(t.Context())
	}
	assert.Equal(t, []vocab.IRI{old}, inboxes.from)
}

// outbox is a deliverer that notes whose activities it was given.
type outbox struct{ from []vocab.IRI }

func (s *outbox) Deliver(_ context.Context, from, _ vocab.IRI, _ *vocab.Object) (int, error) {
	s.from = append(s.from, from)
	return 202, nil
}

// oneFan is a home whose accounts have followers at one inbox, and point
// already where they should.
type oneFan struct{ inbox vocab.IRI }

func (oneFan) Point(context.Context, vocab.IRI, vocab.IRI) error { return nil }

func (l oneFan) Recipients(_ context.Context, _, after vocab.IRI) iter.Seq2[move.Recipient, error] {
	return func(yield func(move.Recipient, error) bool) {
		if after == "" {
			yield(move.Recipient{ID: "https://fan.example/f", Inbox: l.inbox}, nil)
		}
	}
}
