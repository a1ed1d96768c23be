package move_test

import (
	"context"
	"iter"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/move"
	"codeberg.org/godwit/godwit/vocab"
)

// lodge is a home with a fixed list of followers.
type lodge []move.Recipient

func (lodge) Point(context.Context, vocab.IRI, vocab.IRI) error { return nil }

func (l lodge) Recipients(_ context.Context, _, after vocab.IRI) iter.Seq2[move.Recipient, error] {
	return func(yield func(move.Recipient, error) bool) {
		for _, to := range l {
			if to.ID > after && !yield(to, nil) {
				return
			}
		}
	}
}

func TestThoseWhoAreLeftAreNamed(t *testing.T) {
	gone := move.Recipient{ID: "https://a.example/gone", Inbox: "https://a.example/gone/inbox", SharedInbox: "https://a.example/inbox"}
	deaf := move.Recipient{ID: "https://a.example/stays", Inbox: "https://a.example/stays/inbox", SharedInbox: "https://a.example/inbox"}
	late := move.Recipient{ID: "https://b.example/late", Inbox: "https://b.example/late/inbox"}
	store := move.NewMemory()
	a := move.NewAnnouncer(documents{}, nil, store, lodge{gone, deaf, late}, nil)
	c := move.Case{ID: move.CaseID(move.Out, old, next, 1), Side: move.Out, Old: old, New: next, Claimed: next, Generation: 1, Opened: noon, Begun: noon}
	_, _, _, err := store.Begin(t.Context(), c, move.Step{Case: c.ID, Side: move.Out, State: move.Settled, Since: noon}, noon)
	require.NoError(t, err)
	require.NoError(t, store.Add(t.Context(), c.ID, []move.Step{
		{Case: c.ID, Side: move.Out, Party: "https://a.example/inbox", State: move.Answered, Status: 202, Since: noon},
	}, ""))
	require.NoError(t, a.Observed(t.Context(), old, gone.ID))

	var left []move.Left
	for one, err := range a.Left(t.Context(), c.ID) {
		require.NoError(t, err)
		left = append(left, one)
	}

	require.Len(t, left, 2)
	assert.Equal(t, deaf, left[0].Recipient, "their server took the Move, and they are still here")
	assert.Equal(t, 202, left[0].Entry.Status)
	assert.Equal(t, late, left[1].Recipient, "a follower who came when the Move was on its way")
	assert.Empty(t, left[1].Entry.State, "nothing was sent to their inbox")
	for _, err := range a.Left(t.Context(), "nothing") {
		assert.ErrorIs(t, err, move.ErrNoCase)
	}
}
