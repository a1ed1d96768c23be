package vocab_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/vocab"
)

// site answers for IRIs from a map and counts what it was asked.
type site struct {
	pages map[vocab.IRI]string
	asked []vocab.IRI
}

var errMissing = errors.New("missing")

func (s *site) Fetch(_ context.Context, id vocab.IRI) (*vocab.Object, error) {
	s.asked = append(s.asked, id)
	page, found := s.pages[id]
	if !found {
		return nil, errMissing
	}
	return vocab.Parse([]byte(page))
}

const root vocab.IRI = "https://a.example/followers"

func walkAll(t *testing.T, pages map[vocab.IRI]string, options *vocab.WalkOptions) ([]string, error) {
	t.Helper()
	var got []string
	for item, err := range vocab.Walk(t.Context(), &site{pages: pages}, root, options) {
		if err != nil {
			var walkError *vocab.WalkError
			require.ErrorAs(t, err, &walkError, "every error of a walk has its type")
			return got, err
		}
		got = append(got, string(item.Value.IRI()))
	}
	return got, nil
}

func TestWalkReadsEveryShape(t *testing.T) {
	for situation, pages := range map[string]map[vocab.IRI]string{
		"items inline": {root: `{"type":"Collection","items":["x:1","x:2","x:3"]}`},
		"one item that is no array": {
			root:                   `{"type":"OrderedCollection","orderedItems":"x:1","first":"https://a.example/p1"}`,
			"https://a.example/p1": `{"type":"OrderedCollectionPage","orderedItems":["x:2",{"id":"x:3"}]}`,
		},
		"first as IRI, items on ordered pages": {
			root:                   `{"type":"OrderedCollection","first":"https://a.example/p1"}`,
			"https://a.example/p1": `{"type":"OrderedCollectionPage","items":["x:1"],"next":"https://a.example/p2"}`,
			"https://a.example/p2": `{"type":"CollectionPage","orderedItems":["x:2","x:3"]}`,
		},
		"first embedded without id": {
			root:                   `{"type":"Collection","first":{"type":"CollectionPage","items":["x:1"],"next":"https://a.example/p2"}}`,
			"https://a.example/p2": `{"type":"CollectionPage","first":"https://a.example/p2","items":["x:2","x:3"]}`,
		},
		"first embedded by name only": {
			root:                   `{"type":"Collection","first":{"type":"CollectionPage","id":"https://a.example/p1"}}`,
			"https://a.example/p1": `{"type":"CollectionPage","items":["x:1","x:2","x:3"]}`,
		},
		"an empty page in the middle": {
			root:                   `{"type":"Collection","first":"https://a.example/p1"}`,
			"https://a.example/p1": `{"type":"CollectionPage","items":["x:1"],"next":"https://a.example/p2"}`,
			"https://a.example/p2": `{"type":"CollectionPage","items":[],"next":{"type":"Link","href":"https://a.example/p3"}}`,
			"https://a.example/p3": `{"type":"CollectionPage","as:items":["x:2"],"items":null,"orderedItems":["x:3"]}`,
		},
	} {
		t.Run(situation, func(t *testing.T) {
			got, err := walkAll(t, pages, nil)
			require.NoError(t, err)
			assert.Equal(t, []string{"x:1", "x:2", "x:3"}, got)
		})
	}
}

func TestWalkRefuses(t *testing.T) {
	const p1, p2 = "https://a.example/p1", "https://a.example/p2"
	owner := &vocab.WalkOptions{Owner: "https://a.example/alice", Inverse: vocab.FollowersOf}
	for situation, test := range map[string]struct {
		pages   map[vocab.IRI]string
		options *vocab.WalkOptions
		want    error
		items   int
	}{
		"a page elsewhere": {
			map[vocab.IRI]string{root: `{"type":"Collection","items":"x:1","first":"https://b.example/p1"}`}, nil, vocab.ErrForeignPage, 1,
		},
		"an embedded page with a name elsewhere": {
			map[vocab.IRI]string{root: `{"type":"Collection","first":{"id":"https://b.example/p1","items":["x:1"]}}`}, nil, vocab.ErrForeignPage, 0,
		},
		"a page that says it is another server's": {
			map[vocab.IRI]string{root: `{"type":"Collection","first":"` + p1 + `"}`, p1: `{"id":"https://b.example/p1","items":["x:1"]}`}, nil, vocab.ErrForeignPage, 0,
		},
		"next is itself": {
			map[vocab.IRI]string{root: `{"type":"Collection","first":"` + p1 + `"}`, p1: `{"items":["x:1"],"next":"` + p1 + `#again"}`}, nil, vocab.ErrPageCycle, 1,
		},
		"back to an embedded page": {
			map[vocab.IRI]string{root: `{"type":"Collection","first":{"id":"` + p1 + `","items":["x:1"],"next":"` + p2 + `"}}`, p2: `{"items":["x:2"],"next":"` + p1 + `"}`}, nil, vocab.ErrPageCycle, 2,
		},
		"an actor": {map[vocab.IRI]string{root: `{"type":"Person"}`}, nil, vocab.ErrNotCollection, 0},
		"more pages than allowed": {
			map[vocab.IRI]string{root: `{"type":"Collection","first":"` + p1 + `"}`, p1: `{"items":["x:1"],"next":"` + p2 + `"}`, p2: `{"items":["x:2"]}`},
			&vocab.WalkOptions{Pages: 2}, vocab.ErrTooManyPages, 1,
		},
		"more items than allowed": {
			map[vocab.IRI]string{root: `{"type":"Collection","items":["x:1","x:2","x:3"]}`}, &vocab.WalkOptions{Items: 2}, vocab.ErrTooManyItems, 2,
		},
		"followers of someone else": {
			map[vocab.IRI]string{root: `{"type":"Collection","followersOf":"https://a.example/bob","items":["x:1"]}`}, owner, vocab.ErrNotOwned, 0,
		},
		"followers of two": {
			map[vocab.IRI]string{root: `{"type":"Collection","https://w3id.org/fep/5711#followersOf":["https://a.example/alice","https://a.example/bob"]}`}, owner, vocab.ErrNotOwned, 0,
		},
		"no word of the owner, which is demanded": {
			map[vocab.IRI]string{root: `{"type":"Collection","items":["x:1"]}`},
			&vocab.WalkOptions{Owner: "https://a.example/alice", Strict: true}, vocab.ErrNotOwned, 0,
		},
		"a missing page": {
			map[vocab.IRI]string{root: `{"type":"Collection","items":"x:1","first":"` + p1 + `"}`}, nil, errMissing, 1,
		},
	} {
		t.Run(situation, func(t *testing.T) {
			got, err := walkAll(t, test.pages, test.options)
			require.ErrorIs(t, err, test.want)
			assert.Len(t, got, test.items, "items before the error are yielded")
			assert.NotContains(t, err.Error(), "/p1", "an error tells no more of an address than its origin")
		})
	}
}

func TestWalkTakesAnOwnerThatAgrees(t *testing.T) {
	pages := map[vocab.IRI]string{root: `{"type":"Collection","followersOf":{"id":"https://a.example/alice"},"items":["x:1"]}`}
	got, err := walkAll(t, pages, &vocab.WalkOptions{Owner: "https://a.example/alice", Inverse: vocab.FollowersOf, Strict: true})
	require.NoError(t, err)
	assert.Equal(t, []string{"x:1"}, got)
}

func TestWalkResumesBehindEveryItem(t *testing.T) {
	pages := map[vocab.IRI]string{
		root:                   `{"type":"Collection","followersOf":"https://a.example/alice","items":["x:0"],"first":{"items":["x:1","x:2"],"next":"https://a.example/p2"}}`,
		"https://a.example/p2": `{"type":"CollectionPage","items":["x:3"],"orderedItems":["x:4"],"next":"https://a.example/p3"}`,
		"https://a.example/p3": `{"type":"CollectionPage","items":["x:5"]}`,
	}
	var all []string
	var positions []vocab.Position
	for item, err := range vocab.Walk(t.Context(), &site{pages: pages}, root, nil) {
		require.NoError(t, err)
		all = append(all, string(item.Value.IRI()))
		positions = append(positions, item.After)
	}
	require.Len(t, all, 6)
	for i, position := range positions {
		got, err := walkAll(t, pages, &vocab.WalkOptions{After: position, Owner: "https://a.example/alice"})
		require.NoError(t, err)
		assert.Equal(t, strings.Join(all[i+1:], " "), strings.Join(got, " "), "after item %d", i)
	}
}

func TestWalkFetchesNoMoreThanIsWanted(t *testing.T) {
	s := &site{pages: map[vocab.IRI]string{root: `{"type":"Collection","items":["x:1"],"first":"https://a.example/p1"}`}}
	for range vocab.Walk(t.Context(), s, root, nil) {
		break
	}
	assert.Equal(t, []vocab.IRI{root}, s.asked)
}

func TestWalkStopsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	s := &site{}
	var ended error
	for _, err := range vocab.Walk(ctx, s, root, nil) {
		ended = err
	}
	require.ErrorIs(t, ended, context.Canceled)
	assert.Empty(t, s.asked, "nothing is fetched after the end")
}

func ExampleWalkObject() {
	followers, _ := vocab.Parse([]byte(`{"id":"https://a.example/followers","type":"Collection","items":["https://b.example/bob"]}`))
	for item, err := range vocab.WalkObject(context.Background(), nil, followers, nil) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(item.Value.IRI())
	}
	// Output: https://b.example/bob
}
