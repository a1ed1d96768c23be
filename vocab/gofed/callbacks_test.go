package gofed_test

import (
	"context"
	"errors"
	"iter"
	"net/http"
	"testing"
	"time"

	"github.com/go-fed/activity/pub"
	asvocab "github.com/go-fed/activity/streams/vocab"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/move"
	"codeberg.org/godwit/godwit/vocab"
	"codeberg.org/godwit/godwit/vocab/gofed"
)

const (
	fan  = vocab.IRI("https://here.example/fan")
	next = vocab.IRI("https://b.example/al")

	moving    = `{"@context":"https://www.w3.org/ns/activitystreams","id":"https://a.example/m","type":"Move","actor":"https://a.example/al","object":"https://a.example/al","target":"https://b.example/al"}`
	accepting = `{"id":"https://b.example/ok","type":"Accept","actor":"https://b.example/al","object":{"id":"https://here.example/f","type":"Follow","actor":"https://here.example/fan","object":"https://b.example/al"}}`
)

func profiles() *web {
	return &web{documents: map[vocab.IRI]string{
		al:   `{"@context":"https://www.w3.org/ns/activitystreams","id":"https://a.example/al","type":"Person","inbox":"https://a.example/in","movedTo":"https://b.example/al"}`,
		next: `{"@context":"https://www.w3.org/ns/activitystreams","id":"https://b.example/al","type":"Person","inbox":"https://b.example/in","alsoKnownAs":["https://a.example/al"]}`,
	}}
}

// relation is one fan, who follows.
type relation struct {
	following map[vocab.IRI]bool // true once accepted
	told      []string
}

func (r *relation) Parties(_ context.Context, old, after vocab.IRI) iter.Seq2[vocab.IRI, error] {
	return func(yield func(vocab.IRI, error) bool) {
		if _, ok := r.following[old]; ok && fan > after {
			yield(fan, nil)
		}
	}
}

func (r *relation) Relation(_ context.Context, _, old, to vocab.IRI) (move.Relation, error) {
	accepted, asked := r.following[old]
	acceptedNew, askedNew := r.following[to]
	return move.Relation{FollowsOld: accepted, PendingOld: asked && !accepted, FollowsNew: acceptedNew, PendingNew: askedNew && !acceptedNew}, nil
}

func (r *relation) Follow(_ context.Context, _ string, _, target vocab.IRI) error {
	r.told, r.following[target] = append(r.told, "follow "+string(target)), false
	return nil
}

func (r *relation) Undo(_ context.Context, _ string, _, target vocab.IRI) error {
	r.told = append(r.told, "undo "+string(target))
	delete(r.following, target)
	return nil
}

// brittle is a store whose next call to Begin fails.
type brittle struct {
	move.Store
	broken bool
}

var errBroken = errors.New("the disk is full")

func (b *brittle) Begin(ctx context.Context, c move.Case, own move.Step, notBefore time.Time) (move.Case, move.Step, bool, error) {
	if b.broken {
		b.broken = false
		return move.Case{}, move.Step{}, false, errBroken
	}
	return b.Store.Begin(ctx, c, own, notBefore)
}

// host is a FederatingProtocol with nothing but what godwit plugs in.
type host struct {
	pub.FederatingProtocol
	moves *gofed.Moves
}

func (h *host) PostInboxRequestBodyHook(ctx context.Context, _ *http.Request, _ pub.Activity) (context.Context, error) {
	return h.moves.Receive(ctx)
}

func arrive(t *testing.T, activity string, signer vocab.IRI) context.Context {
	t.Helper()
	return gofed.WithDelivery(t.Context(), move.Delivery{Activity: parse(t, activity), Signature: &actor.Signature{
		Owner: signer, KeyID: signer + "#main-key", Fingerprint: "x", At: time.Now(),
	}})
}

func TestMovesHonoursAMoveAndSeesItAccepted(t *testing.T) {
	people := &relation{following: map[vocab.IRI]bool{al: true}}
	store := &brittle{Store: move.NewMemory(), broken: true}
	receiver := move.NewReceiver(profiles(), store, people, nil)
	var verdicts []move.Outcome
	moves := &gofed.Moves{Receiver: receiver, Concluded: func(_ context.Context, v move.Verdict) { verdicts = append(verdicts, v.Outcome) }}
	h := &host{moves: moves}

	_, err := h.PostInboxRequestBodyHook(arrive(t, moving, al), nil, nil)
	require.ErrorIs(t, err, errBroken, "go-fed answers 500, and notes nothing")
	require.Empty(t, verdicts)
	_, err = h.PostInboxRequestBodyHook(arrive(t, moving, al), nil, nil)
	require.NoError(t, err, "the sender's second try is taken")
	require.Equal(t, []move.Outcome{move.Accept}, verdicts)
	work(t, receiver)
	require.Equal(t, []string{"follow https://b.example/al"}, people.told)

	hosts := 0
	wrapped, other, err := moves.Callbacks(pub.FederatingWrappedCallbacks{
		OnFollow: pub.OnFollowAutomaticallyReject,
		Accept: func(context.Context, asvocab.ActivityStreamsAccept) error {
			hosts++
			people.following[next] = true
			return nil
		},
	}, "mine")
	require.NoError(t, err)
	assert.Equal(t, []any{"mine"}, other)
	assert.Equal(t, pub.OnFollowAutomaticallyReject, wrapped.OnFollow, "what the host set stays")

	require.NoError(t, wrapped.Accept(arrive(t, accepting, "https://b.example/mallory"), nil))
	delete(people.following, next)
	people.following[next] = false
	work(t, receiver)
	require.Len(t, people.told, 1, "who did not sign the Accept accepts nothing")

	require.NoError(t, wrapped.Accept(arrive(t, accepting, next), nil))
	work(t, receiver)
	assert.Equal(t, []string{"follow https://b.example/al", "undo https://a.example/al"}, people.told)
	assert.Equal(t, 2, hosts, "the host's own callback is called too")
}

func TestMovesHearsWhomAnAnswerIsFor(t *testing.T) {
	for name, c := range map[string]struct {
		answer string
		undone bool
	}{
		"the Follow stands in it": {accepting, true},
		"by the Follow's id":      {`{"type":"Accept","actor":"https://b.example/al","object":"https://here.example/f"}`, true},
		"of another's Follow":     {`{"type":"Accept","actor":"https://b.example/al","object":"https://here.example/other"}`, false},
		"of nothing":              {`{"type":"Accept","actor":"https://b.example/al"}`, false},
	} {
		t.Run(name, func(t *testing.T) {
			people := &relation{following: map[vocab.IRI]bool{al: true}}
			receiver := move.NewReceiver(profiles(), move.NewMemory(), people, nil)
			moves := &gofed.Moves{Receiver: receiver, Follower: func(_ context.Context, follow vocab.IRI) (vocab.IRI, error) {
				if follow == "https://here.example/f" {
					return fan, nil
				}
				return "", nil
			}}
			_, err := moves.Receive(arrive(t, moving, al))
			require.NoError(t, err)
			work(t, receiver)
			people.following[next] = true
			wrapped, _, err := moves.Callbacks(pub.FederatingWrappedCallbacks{})
			require.NoError(t, err)
			require.NoError(t, wrapped.Accept(arrive(t, c.answer, next), nil))
			work(t, receiver)
			assert.Equal(t, c.undone, len(people.told) == 2, "told: %v", people.told)
		})
	}
}

func TestMovesKeepsTheOldFollowAfterAReject(t *testing.T) {
	people := &relation{following: map[vocab.IRI]bool{al: true}}
	receiver := move.NewReceiver(profiles(), move.NewMemory(), people, nil)
	moves := &gofed.Moves{Receiver: receiver}
	_, err := moves.Receive(arrive(t, moving, al))
	require.NoError(t, err)
	work(t, receiver)
	wrapped, _, err := moves.Callbacks(pub.FederatingWrappedCallbacks{})
	require.NoError(t, err)
	rejecting, err := parse(t, accepting).With(vocab.Type, "Reject")
	require.NoError(t, err)
	require.NoError(t, wrapped.Reject(arrive(t, rejecting.String(), next), nil))
	require.NoError(t, wrapped.Accept(arrive(t, accepting, next), nil))
	work(t, receiver)
	assert.Equal(t, []string{"follow https://b.example/al"}, people.told)
	assert.True(t, people.following[al])
}

func TestCallbacksWithoutTheInbox(t *testing.T) {
	moves := &gofed.Moves{Receiver: move.NewReceiver(profiles(), move.NewMemory(), &relation{}, nil)}
	wrapped, _, err := moves.Callbacks(pub.FederatingWrappedCallbacks{})
	require.NoError(t, err)
	for name, call := range map[string]func() error{
		"receive": func() error { _, err := moves.Receive(t.Context()); return err },
		"accept":  func() error { return wrapped.Accept(t.Context(), nil) },
		"reject":  func() error { return wrapped.Reject(t.Context(), nil) },
		"undo":    func() error { return wrapped.Undo(t.Context(), nil) },
	} {
		require.ErrorIs(t, call(), gofed.ErrNoDelivery, name)
	}
}

// work does all that is due now.
func work(t *testing.T, r *move.Receiver) {
	t.Helper()
	for {
		n, err := r.Work(t.Context())
		require.NoError(t, err)
		if n == 0 {
			return
		}
	}
}
