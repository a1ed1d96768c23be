package redirect_test

import (
	"context"
	"fmt"
	"iter"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/portability/redirect"
	"codeberg.org/godwit/godwit/vocab"
)

// A countedMap counts how often all of it is read.
type countedMap struct {
	uriMap
	read int
	down bool
}

func (m *countedMap) Mappings(ctx context.Context, from, after vocab.IRI) iter.Seq2[portability.Mapping, error] {
	m.read++
	if m.down {
		return func(yield func(portability.Mapping, error) bool) { yield(portability.Mapping{}, errDown) }
	}
	return m.uriMap.Mappings(ctx, from, after)
}

// served is a server that makes its object map for each request.
func served(t *testing.T, maps *redirect.ObjectMaps, o redirect.ObjectMapOptions, page int) []string {
	t.Helper()
	m, err := maps.Of(t.Context(), o)
	require.NoError(t, err)
	w := httptest.NewRecorder()
	m.ServeHTTP(w, httptest.NewRequest(http.MethodGet, fmt.Sprintf("%s?page=%d", mapID, page), nil))
	require.Equal(t, http.StatusOK, w.Code)
	var olds []string
	for _, move := range parse(t, w.Body.String()).Children(vocab.OrderedItems) {
		olds = append(olds, string(move.IRI(vocab.ObjectProperty)))
	}
	return olds
}

func TestObjectMaps_areReadOnceForAllPages(t *testing.T) {
	links := &countedMap{uriMap: manyPosts(35)}
	now := epoch
	maps := &redirect.ObjectMaps{Map: links, Now: func() time.Time { return now }}
	o := redirect.ObjectMapOptions{ID: mapID, New: newAlice, Old: oldAlice, PerPage: 10}
	seen := map[string]bool{}
	for page := 1; page <= 4; page++ {
		for _, old := range served(t, maps, o, page) {
			require.False(t, seen[old], "%s is on two pages", old)
			seen[old] = true
		}
		// Each time somebody reads a page, another post is copied.
		added := post(fmt.Sprintf("later%d", page), portability.ForPublic)[0]
		added.At = epoch.Add(time.Hour * 1000)
		links.add(added)
	}
	assert.Len(t, seen, 35, "nobody misses an entry for what is copied meanwhile")
	assert.Equal(t, 1, links.read, "the whole map is not read for each page")

	gone := post("34", portability.ForPublic)[0]
	gone.Gone = true
	links.add(gone)
	assert.NotContains(t, served(t, maps, o, 1), string(gone.Old), "what is taken back is not shown from then on")

	now = now.Add(time.Minute)
	assert.Contains(t, served(t, maps, o, 1), string(oldAlice)+"/statuses/later1", "what was copied shows after a minute")
	assert.Equal(t, 2, links.read)
	now = now.Add(-24 * time.Hour)
	served(t, maps, o, 1)
	assert.Equal(t, 3, links.read, "a clock that was set back makes none last for ever")
}

func TestObjectMaps_areHeldInABoundedNumber(t *testing.T) {
	links := &countedMap{uriMap: manyPosts(3)}
	maps := &redirect.ObjectMaps{Map: links, Most: 2, Now: func() time.Time { return epoch }}
	o := redirect.ObjectMapOptions{ID: mapID, New: newAlice, Old: oldAlice}
	for per := range 100 {
		o.PerPage = per + 1
		served(t, maps, o, 1)
	}
	before := links.read
	for per := range 100 {
		o.PerPage = per + 1
		served(t, maps, o, 1)
	}
	assert.GreaterOrEqual(t, links.read-before, 98, "at most two of them were held")
}

func TestObjectMaps_areReadAgainAfterAFault(t *testing.T) {
	links := &countedMap{uriMap: manyPosts(3), down: true}
	maps := &redirect.ObjectMaps{Map: links}
	o := redirect.ObjectMapOptions{ID: mapID, New: newAlice, Old: oldAlice}
	_, err := maps.Of(t.Context(), o)
	require.ErrorIs(t, err, errDown)
	links.down = false
	assert.Len(t, served(t, maps, o, 1), 3)
}
