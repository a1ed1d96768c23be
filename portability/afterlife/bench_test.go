package afterlife_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/portability/afterlife"
	"codeberg.org/godwit/godwit/portability/uriindex"
	"codeberg.org/godwit/godwit/vocab"
)

// moved is a door file of one account with so many posts, all of which have a new
// place. GODWIT_DOOR keeps it in a folder, to be served and measured from outside.
func moved(b *testing.B, n int) (*afterlife.Door, string) {
	b.Helper()
	dir := b.TempDir()
	if kept := os.Getenv("GODWIT_DOOR"); kept != "" {
		dir = kept
	}
	file, path := filepath.Join(dir, "map"), filepath.Join(dir, "door")
	_, err := uriindex.Build(b.Context(), file, func(yield func(portability.Mapping, error) bool) {
		for i := range n {
			if !yield(mapping(vocab.IRI(status(i)), vocab.IRI(fmt.Sprintf("https://new.example/notes/%d", i)), portability.ForPublic), nil) {
				return
			}
		}
	}, nil)
	require.NoError(b, err)
	x, err := uriindex.Open(file)
	require.NoError(b, err)
	defer x.Close()
	report, err := afterlife.Build(b.Context(), path, each(afterlife.Account{Source: newShelf(b, alice, "alice"), MovedTo: there}), &afterlife.Options{Maps: []afterlife.Map{x}})
	require.NoError(b, err)
	require.EqualValues(b, n, report.Led)
	door, err := afterlife.Open(path)
	require.NoError(b, err)
	b.Cleanup(func() { require.NoError(b, door.Close()) })
	return door, path
}

// BenchmarkRedirect answers requests for a million addresses, without a connection.
func BenchmarkRedirect(b *testing.B) {
	const n = 1_000_000
	door, path := moved(b, n)
	h := afterlife.Handler(door, nil, nil)
	if os.Getenv("GODWIT_DOOR") != "" {
		_, err := afterlife.WriteStatic(b.Context(), door, path+"-static", nil)
		require.NoError(b, err)
	}
	w := httptest.NewRecorder()
	r := httptest.NewRequest(http.MethodGet, old, nil)
	r.Header.Set("Accept", forPage)
	base := "/users/alice/statuses/"
	next := 0
	for b.Loop() {
		next = (next + 7919) % n
		r.URL = &url.URL{Path: base + strconv.Itoa(next)}
		w.Code = 0
		clear(w.Header())
		h.ServeHTTP(w, r)
	}
	require.NotEmpty(b, w.Header().Get("Location"))
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "redirects/s")
}
