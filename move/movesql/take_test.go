package movesql_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/move"
	"codeberg.org/godwit/godwit/move/movesql"
	"codeberg.org/godwit/godwit/vocab"
)

// childTakes, if set, has the process that a test starts take Moves in.
const childTakes = "GODWIT_MOVESQL_TAKES"

func mover(i int) (old, to vocab.IRI) {
	return vocab.IRI(fmt.Sprintf("https://old%d.example/users/al", i)), vocab.IRI(fmt.Sprintf("https://new%d.example/users/al", i))
}

// takeOne takes in the Move of one account, as an inbox does before it answers.
func takeOne(ctx context.Context, store *movesql.Store, i int) error {
	old, to := mover(i)
	activity, err := vocab.Parse(fmt.Appendf(nil,
		`{"@context":"https://www.w3.org/ns/activitystreams","id":"%s#move","type":"Move","actor":%q,"object":%q,"target":%q}`, old, old, old, to))
	if err != nil {
		return err
	}
	signature := &actor.Signature{Owner: old, KeyID: actor.MainKeyID(old), At: now, Received: now}
	verdict, err := move.NewReceiver(nil, store, &fan{}, nil).Take(ctx, move.Delivery{Activity: activity, Signature: signature})
	if err == nil && (verdict.Outcome != move.Defer || verdict.Case == "") {
		err = errors.New("it was not stored")
	}
	return err
}

// What was answered with 202 is examined by the next process.
func TestWhatWasTakenInSurvivesAKill(t *testing.T) {
	onEach(t, pragmas, func(t *testing.T, address string) {
		taken := killAfter(t, address, 200, childTakes+"=1")
		store, _ := openStore(t, address, 4)
		follower := &fan{moved: map[vocab.IRI]bool{}}
		r := move.NewReceiver(accounts{}, store, follower, nil)
		for n := 1; n > 0; {
			var err error
			n, err = r.Work(t.Context())
			require.NoError(t, err)
		}
		for _, i := range taken {
			old, to := mover(i)
			c, err := store.Case(t.Context(), move.CaseID(move.In, old, to, 1))
			require.NoError(t, err, "Move %d was answered", i)
			assert.NotZero(t, c.Begun, "Move %d is verified", i)
			assert.True(t, follower.moved[to], "and whoever follows the account is moved")
		}
	})
}

// accounts have all moved.
type accounts struct{}

func (accounts) Fetch(_ context.Context, id vocab.IRI) (*vocab.Object, error) {
	var n int
	if _, err := fmt.Sscanf(string(id), "https://old%d.example", &n); err == nil {
		_, to := mover(n)
		return vocab.Parse(fmt.Appendf(nil, `{"id":%q,"type":"Person","inbox":"%s/inbox","movedTo":%q}`, id, id, to))
	}
	if _, err := fmt.Sscanf(string(id), "https://new%d.example", &n); err != nil {
		return nil, &actor.FetchError{ID: id, Err: actor.ErrNotFound}
	}
	old, _ := mover(n)
	return vocab.Parse(fmt.Appendf(nil, `{"id":%q,"type":"Person","inbox":"%s/inbox","alsoKnownAs":[%q]}`, id, id, old))
}

// A fan follows every account that moves.
type fan struct{ moved map[vocab.IRI]bool }

func (*fan) Parties(_ context.Context, _, after vocab.IRI) iter.Seq2[vocab.IRI, error] {
	return func(yield func(vocab.IRI, error) bool) {
		if fay := vocab.IRI("https://here.example/users/fay"); after < fay {
			yield(fay, nil)
		}
	}
}

func (f *fan) Relation(_ context.Context, _, _, to vocab.IRI) (move.Relation, error) {
	return move.Relation{FollowsOld: true, FollowsNew: f.moved[to]}, nil
}

func (f *fan) Follow(_ context.Context, _ string, _, target vocab.IRI) error {
	f.moved[target] = true
	return nil
}

func (*fan) Undo(context.Context, string, vocab.IRI, vocab.IRI) error { return nil }
