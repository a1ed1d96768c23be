package move_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/move"
	"codeberg.org/godwit/godwit/vocab"
)

// slowly are peers of whom one was read before what happens then.
type slowly struct {
	documents
	whom vocab.IRI
	then func()
}

func (s slowly) Fetch(ctx context.Context, id vocab.IRI) (*vocab.Object, error) {
	document, err := s.documents.Fetch(ctx, id)
	if id == s.whom {
		s.then()
	}
	return document, err
}

// The old account points at the new one, and sends its Move again, just after a worker
// has looked for the last time.
func TestAMoveThatComesWhileAWorkerLooksIsLookedAtAgain(t *testing.T) {
	for name, hand := range map[string]func(*move.Receiver, move.Delivery) error{
		"taken in": func(r *move.Receiver, d move.Delivery) error { _, err := r.Take(t.Context(), d); return err },
		"received": func(r *move.Receiver, d move.Delivery) error { _, err := r.Receive(t.Context(), d); return err },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.people.follow(fay, old)
			w.peers[old] = account(old, "")
			w.take(moveOf(t, old, next, noon))
			w.settle(noon.Add(5 * time.Minute)) // three looks of four
			var r *move.Receiver
			came := false
			again := func() {
				if !came {
					came, w.peers[old] = true, account(old, fmt.Sprintf(`,"movedTo":%q`, next))
					require.NoError(t, hand(r, moveOf(t, old, next, w.now)))
				}
			}
			rules := move.Rules{Now: func() time.Time { return w.now }}
			r = move.NewReceiver(slowly{w.peers, old, again}, w.store, w.people, &move.ReceiverOptions{Rules: rules})
			w.now = noon.Add(3 * time.Hour)
			for range 5 {
				_, err := r.Work(t.Context())
				require.NoError(t, err)
			}
			assert.Equal(t, []vocab.IRI{next}, w.people.state()[fay])
			assert.NotContains(t, w.people.effects, "notify "+string(fay)+" not-moved")
		})
	}
}

// passing is a store in which something happens to a step before one is stored.
type passing struct {
	move.Store
	meanwhile func()
}

func (p passing) Advance(ctx context.Context, steps ...move.Step) error {
	p.meanwhile()
	return p.Store.Advance(ctx, steps...)
}

// People were told that the move was not confirmed; when it comes again, the last of
// them is being told.
func TestAMoveThatComesWhileItsFollowersAreToldIsLookedAtAgain(t *testing.T) {
	for name, hand := range map[string]func(*move.Receiver, move.Delivery) error{
		"taken in": func(r *move.Receiver, d move.Delivery) error { _, err := r.Take(t.Context(), d); return err },
		"received": func(r *move.Receiver, d move.Delivery) error { _, err := r.Receive(t.Context(), d); return err },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.people.follow(fay, old)
			w.peers[old] = account(old, "")
			verdict := w.take(moveOf(t, old, next, noon))
			w.settle(noon.Add(3 * time.Hour))
			told, err := w.store.Find(t.Context(), verdict.Case, "")
			require.NoError(t, err)
			require.Equal(t, move.Unconfirmed, told.State)

			between := passing{w.store, sync.OnceFunc(func() { require.NoError(t, w.store.Advance(t.Context(), told)) })}
			w.now = w.now.Add(time.Hour)
			rules := move.Rules{Now: func() time.Time { return w.now }}
			r := move.NewReceiver(w.peers, between, w.people, &move.ReceiverOptions{Rules: rules})
			require.NoError(t, hand(r, moveOf(t, old, next, w.now)))
			w.peers[old] = account(old, fmt.Sprintf(`,"movedTo":%q`, next))
			w.settle(w.now.Add(time.Hour))
			assert.Equal(t, []vocab.IRI{next}, w.people.state()[fay])
		})
	}
}
