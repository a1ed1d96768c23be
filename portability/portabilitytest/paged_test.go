package portabilitytest_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/portability/portabilitytest"
	"codeberg.org/godwit/godwit/vocab"
)

// A live server is read a page at a time, and a position there is a page and a
// number on it.
func TestPagesOfALiveServerAreASource(t *testing.T) {
	want := portabilitytest.Want{Items: map[portability.Kind]int{portability.Actor: 1, portability.Content: 7, portability.Following: 3}}
	portabilitytest.TestSource(t, func(t *testing.T) portability.Source { return newLive(t, 7, 3) }, want)
}

func TestALivePageThatIsGoneIsChanged(t *testing.T) {
	source := newLive(t, 7, 0)
	var last string
	for item, err := range source.Items(t.Context(), portability.Content, "") {
		require.NoError(t, err)
		last = item.Next
	}
	page, _, _ := strings.Cut(last, " ")
	delete(source.documents, vocab.IRI(page))
	_, err := first(source.Items(t.Context(), portability.Content, last))
	assert.ErrorIs(t, err, portability.ErrChanged)
}

// live is a server that shows an account as collections of pages, two items each.
type live struct{ documents map[vocab.IRI]string }

const livePlace = "https://live.example/"

var liveKinds = map[portability.Kind]vocab.IRI{portability.Content: livePlace + "outbox", portability.Following: livePlace + "following"}

func newLive(t *testing.T, posts, follows int) *live {
	l := &live{documents: map[vocab.IRI]string{livePlace + "alice": `{"id":"` + livePlace + `alice","type":"Person"}`}}
	var content, following []string
	for i := range posts {
		content = append(content, fmt.Sprintf(`{"id":"%spost/%d","type":"Note"}`, livePlace, i))
	}
	for i := range follows {
		following = append(following, fmt.Sprintf(`{"id":"https://other.example/%d"}`, i))
	}
	l.pages(liveKinds[portability.Content], content)
	l.pages(liveKinds[portability.Following], following)
	require.NotEmpty(t, l.documents)
	return l
}

func (l *live) pages(id vocab.IRI, items []string) {
	l.documents[id] = fmt.Sprintf(`{"id":%q,"type":"OrderedCollection","first":"%s?page=0"}`, id, id)
	for n := 0; n == 0 || n*2 < len(items); n++ {
		next := ""
		if (n+1)*2 < len(items) {
			next = fmt.Sprintf(`,"next":"%s?page=%d"`, id, n+1)
		}
		page := vocab.IRI(fmt.Sprintf("%s?page=%d", id, n))
		l.documents[page] = fmt.Sprintf(`{"id":%q,"type":"OrderedCollectionPage","partOf":%q%s,"orderedItems":[%s]}`,
			page, id, next, strings.Join(items[min(n*2, len(items)):min(n*2+2, len(items))], ","))
	}
}

var errGone = errors.New("gone")

func (l *live) Fetch(ctx context.Context, id vocab.IRI) (*vocab.Object, error) {
	text, ok := l.documents[id]
	if !ok {
		return nil, errGone
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return vocab.Parse([]byte(text))
}

func (l *live) Actor(ctx context.Context) (*vocab.Object, error) {
	return l.Fetch(ctx, livePlace+"alice")
}

func (l *live) Kinds(context.Context) ([]portability.Kind, error) {
	return []portability.Kind{portability.Following, portability.Content, portability.Actor}, nil
}

func (l *live) Items(ctx context.Context, k portability.Kind, after string) iter.Seq2[portability.Item, error] {
	return func(yield func(portability.Item, error) bool) {
		if k == portability.Actor {
			l.yieldActor(ctx, after, yield)
			return
		}
		position, err := livePosition(liveKinds[k], after)
		if err != nil || liveKinds[k] == "" {
			if err != nil {
				yield(portability.Item{}, err)
			}
			return
		}
		for element, err := range vocab.Walk(ctx, l, liveKinds[k], &vocab.WalkOptions{After: position}) {
			if errors.Is(err, errGone) && after != "" {
				err = portability.ErrChanged
			}
			if err != nil {
				yield(portability.Item{}, err)
				return
			}
			o, _ := element.Value.Object()
			item := portability.Item{Ref: portability.Ref{Kind: k, ID: string(o.ID())}, Object: o}
			item.Next = fmt.Sprintf("%s %d", element.After.Page, element.After.Ordinal)
			if !yield(item, nil) {
				return
			}
		}
	}
}

func (l *live) yieldActor(ctx context.Context, after string, yield func(portability.Item, error) bool) {
	o, err := l.Actor(ctx)
	switch {
	case err == nil && after == "":
		yield(portability.Item{Ref: portability.Ref{Kind: portability.Actor, ID: string(o.ID())}, Object: o, Next: "behind"}, nil)
	case err == nil && after != "behind":
		err = portability.ErrChanged
	}
	if err != nil {
		yield(portability.Item{}, err)
	}
}

// livePosition reads a position, which must be a page of the collection.
func livePosition(collection vocab.IRI, after string) (vocab.Position, error) {
	if after == "" {
		return vocab.Position{}, nil
	}
	page, ordinal, _ := strings.Cut(after, " ")
	n, err := strconv.Atoi(ordinal)
	if err != nil || !strings.HasPrefix(page, string(collection)+"?page=") {
		return vocab.Position{}, portability.ErrChanged
	}
	return vocab.Position{Page: vocab.IRI(page), Ordinal: n}, nil
}
