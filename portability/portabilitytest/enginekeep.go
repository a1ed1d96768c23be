package portabilitytest

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

// homecoming is an account that comes back to its own domain, with a post under its own
// id, one under an id that stands in nobody's place, and one in a neighbour's.
func homecoming(store portability.Store) *engineWorld {
	a := newEngineAccount()
	a.add(enginePost(1, enginePublic(1, -1)))
	for _, id := range []string{objectsPost, bobPost} {
		a.add(portability.Item{Ref: portability.Ref{Kind: portability.Content, ID: id}, Object: engineDocument(
			`{"id":"` + id + `","type":"Note","attributedTo":"` + home + `","content":"x","published":"2020-01-01T00:00:00Z"}`)})
	}
	w := newEngineWorld(store, a)
	w.new, w.options.KeepIDs = home, true
	w.keep = func(_ context.Context, _ portability.Job, ids []vocab.IRI) ([]bool, error) {
		return slices.Repeat([]bool{true}, len(ids)), nil
	}
	return w
}

const objectsPost = "https://old.example/objects/1"

// under returns under which id a post is at the server; "" if it is not there.
func (w *engineWorld) under(id string) vocab.IRI {
	if h := w.server.items[portability.Ref{Kind: portability.Content, ID: id}]; h != nil {
		return h.item.Placed.ID
	}
	return ""
}

var engineKeepings = []engineSituation{
	{"an account that comes back keeps its ids, and gets none of a neighbour's", func(t *testing.T, open func() portability.Store) {
		w := homecoming(open())
		w.copy(t)
		assert.EqualValues(t, enginePost(1, "").ID, w.under(enginePost(1, "").ID))
		assert.EqualValues(t, objectsPost, w.under(objectsPost))
		assert.Empty(t, w.under(bobPost))
		e := w.entry(t, portability.Ref{Kind: portability.Content, ID: bobPost})
		assert.Equal(t, portability.Failed, e.State)
		assert.Equal(t, portability.NotOwn, e.Reason)
		assertGate(t, portability.GateFailed, w.report(t).Ready())
		assert.Empty(t, storeFind(t, w.store, bobPost), "nobody is led there")
	}},
	{"what the server does not let keep its id is not put, until it does", func(t *testing.T, open func() portability.Store) {
		w := homecoming(open())
		var asked []vocab.IRI
		all := w.keep
		w.keep = func(_ context.Context, j portability.Job, ids []vocab.IRI) ([]bool, error) {
			asked = append(asked, ids...)
			assert.Equal(t, vocab.IRI(home), j.Account)
			kept := make([]bool, len(ids))
			for n, id := range ids {
				kept[n] = id != objectsPost
			}
			return kept, nil
		}
		w.copy(t)
		assert.ElementsMatch(t, []vocab.IRI{vocab.IRI(enginePost(1, "").ID), objectsPost}, asked, "those that may be kept at all, once")
		assert.EqualValues(t, enginePost(1, "").ID, w.under(enginePost(1, "").ID))
		assert.Empty(t, w.under(objectsPost))
		assert.Equal(t, portability.NotOwn, w.entry(t, portability.Ref{Kind: portability.Content, ID: objectsPost}).Reason)
		w.keep = all
		w.again(t)
		assert.EqualValues(t, objectsPost, w.under(objectsPost))
	}},
	{"a server that cannot say which ids are kept is asked again", func(t *testing.T, open func() portability.Store) {
		w := homecoming(open())
		all, times := w.keep, 0
		w.keep = func(ctx context.Context, j portability.Job, ids []vocab.IRI) ([]bool, error) {
			switch times++; times {
			case 1:
				return nil, errors.New("the server is away")
			case 2:
				return []bool{}, nil
			}
			return all(ctx, j, ids)
		}
		w.copy(t)
		assert.EqualValues(t, enginePost(1, "").ID, w.under(enginePost(1, "").ID))
	}},
	{"ids are kept at home alone, and where somebody says which", func(t *testing.T, open func() portability.Store) {
		w := homecoming(open())
		elsewhere, unasked := w.spec(), w.spec()
		elsewhere.Account = newHome
		_, err := w.engine().Begin(t.Context(), elsewhere)
		assert.ErrorContains(t, err, "origin")
		w.keep = nil
		_, err = w.engine().Begin(t.Context(), unasked)
		assert.ErrorContains(t, err, "nobody")
	}},
	{"what is proved is proved of one old account", func(t *testing.T, open func() portability.Store) {
		w := newEngineWorld(open(), steadyAccount())
		w.old = ""
		_, err := w.engine().Begin(t.Context(), w.spec())
		assert.Error(t, err, "proved of whom?")
	}},
	{"a source that is another account's later is refused, and can be undone", func(t *testing.T, open func() portability.Store) {
		const victim = "https://old.example/users/victim"
		w := newEngineWorld(open(), newEngineAccount())
		for n := range 7 {
			w.account.add(enginePost(n, enginePublic(n, -1)))
		}
		w.options.Breadcrumbs = true
		w.begin(t)
		e, own := w.engine(), w.account.actor
		j := portability.Job{State: portability.JobRunning}
		for n := 0; n < 100 && !j.State.Ended(); n++ {
			var err error
			j, err = e.Step(t.Context(), engineJob)
			require.NoError(t, err)
			if len(w.server.posts()) > 0 {
				w.account.actor = engineDocument(`{"id":"` + victim + `","type":"Person","url":"https://old.example/@victim","followers":"` + victim + `/followers"}`)
			}
		}
		assert.Equal(t, portability.JobRefused, j.State)
		assert.Contains(t, j.Trouble, string(portability.GroundOtherAccount))
		require.NotEmpty(t, w.server.posts())
		assert.Less(t, len(w.server.posts()), 7)
		for ref, h := range w.server.items {
			assert.NotContains(t, h.item.Placed.Object.String(), "victim", "%s", ref)
		}
		_, err := w.engine().Undo(t.Context(), engineJob)
		require.NoError(t, err)
		assert.Equal(t, portability.JobUndone, w.finish(t).State, "whatever the source is by then")
		assert.Empty(t, w.server.items)

		w.account.actor = own
		w.again(t)
		assert.Len(t, w.server.posts(), 7)
	}},
}
