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

const fay vocab.IRI = "https://here.example/users/fay"

// hasty is people whose target answers while their own Follow has not returned
// yet.
type hasty struct {
	*people
	answer func()
}

func (h hasty) Relation(ctx context.Context, party, from, to vocab.IRI) (move.Relation, error) {
	relation, err := h.people.Relation(ctx, party, from, to)
	if relation.PendingNew {
		h.answer()
	}
	return relation, err
}

func TestAnswerOvertakesTheWorker(t *testing.T) {
	for _, c := range []struct {
		name   string
		accept bool
		want   []vocab.IRI
	}{
		{"an Accept", true, []vocab.IRI{next}},
		{"a Reject", false, []vocab.IRI{old}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			w.people.follow(fay, old)
			w.people.locked[next] = true
			var r *move.Receiver
			h := hasty{people: w.people}
			h.answer = func() {
				w.people.mu.Lock()
				if c.accept {
					w.people.follows[fay][next] = true
				} else {
					delete(w.people.follows[fay], next)
				}
				w.people.mu.Unlock()
				tell := r.Rejected
				if c.accept {
					tell = r.Accepted
				}
				require.NoError(t, tell(t.Context(), fay, next))
			}
			r = move.NewReceiver(w.peers, w.store, h, &move.ReceiverOptions{Rules: move.Rules{Now: func() time.Time { return w.now }}})
			_, err := r.Receive(t.Context(), moveOf(t, old, next, noon))
			require.NoError(t, err)
			for range 10 {
				_, err := r.Work(t.Context())
				require.NoError(t, err)
			}
			assert.Equal(t, c.want, w.people.state()[fay])
			if !c.accept {
				assert.Contains(t, w.people.effects, "notify "+string(fay)+" rejected")
			}
		})
	}
}

// theAnswer marks the context of an answer.
type theAnswer struct{}

// meanwhile is a store in which a worker stores a follow as sent between an answer's
// reading the step and its storing it.
type meanwhile struct {
	move.Store
	read, sent chan struct{}
}

func (m meanwhile) Of(ctx context.Context, side move.Side, party vocab.IRI) ([]move.Step, error) {
	steps, err := m.Store.Of(ctx, side, party)
	if ctx.Value(theAnswer{}) != nil {
		close(m.read)
		<-m.sent
	}
	return steps, err
}

func (m meanwhile) Advance(ctx context.Context, steps ...move.Step) error {
	err := m.Store.Advance(ctx, steps...)
	if len(steps) == 1 && steps[0].State == move.Requested {
		close(m.sent)
	}
	return err
}

func TestWorkerOvertakesTheAnswer(t *testing.T) {
	for _, accept := range []bool{true, false} {
		t.Run(fmt.Sprintf("accepted %t", accept), func(t *testing.T) {
			w := newWorld(t)
			w.people.follow(fay, old)
			w.people.locked[next] = true
			between := meanwhile{w.store, make(chan struct{}), make(chan struct{})}
			answered := make(chan error, 1)
			var r *move.Receiver
			people := hasty{w.people, sync.OnceFunc(func() {
				go func() {
					w.people.mu.Lock()
					tell := r.Rejected
					if accept {
						w.people.follows[fay][next] = true
						tell = r.Accepted
					} else {
						delete(w.people.follows[fay], next)
					}
					w.people.mu.Unlock()
					answered <- tell(context.WithValue(context.Background(), theAnswer{}, true), fay, next)
				}()
				<-between.read
			})}
			r = move.NewReceiver(w.peers, between, people, &move.ReceiverOptions{Rules: move.Rules{Now: func() time.Time { return w.now }}})
			_, err := r.Receive(t.Context(), moveOf(t, old, next, noon))
			require.NoError(t, err)
			for range 5 {
				_, err := r.Work(t.Context())
				require.NoError(t, err)
			}
			require.NoError(t, <-answered)
			for range 5 {
				_, err := r.Work(t.Context())
				require.NoError(t, err)
			}
			want := old
			if accept {
				want = next
			}
			assert.Equal(t, []vocab.IRI{want}, w.people.state()[fay])
			if !accept {
				assert.Contains(t, w.people.effects, "notify "+string(fay)+" rejected")
			}
		})
	}
}
