package redirect_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/portability/redirect"
	"codeberg.org/godwit/godwit/portability/redirect/vectors"
	"codeberg.org/godwit/godwit/vocab"
)

// A redirectVector is a file of vectors/README.md.
type redirectVector struct {
	V        int                   `json:"v"`
	Kind     string                `json:"kind"`
	Comment  string                `json:"comment"`
	Cases    []string              `json:"cases"`
	Side     string                `json:"side"`
	Origins  []string              `json:"origins"`
	Accounts []vectorAccount       `json:"accounts"`
	Map      []portability.Mapping `json:"map"`
	Here     []string              `json:"here"`
	Gone     []vocab.IRI           `json:"gone"`
	Request  struct {
		Method string  `json:"method"`
		URL    string  `json:"url"`
		Accept *string `json:"accept"`
	} `json:"request"`
	Expect struct {
		Status   int     `json:"status"`
		Location string  `json:"location"`
		Vary     *string `json:"vary"`
	} `json:"expect"`
}

type vectorAccount struct {
	Old     vocab.IRI   `json:"old"`
	New     vocab.IRI   `json:"new"`
	Pages   []vocab.IRI `json:"pages"`
	NewPage vocab.IRI   `json:"newPage"`
	Inbox   vocab.IRI   `json:"inbox"`
	Kept    []vocab.IRI `json:"kept"`
	Off     bool        `json:"off"`
}

func readVector(t *testing.T, data []byte) redirectVector {
	t.Helper()
	var v redirectVector
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	require.NoError(t, d.Decode(&v))
	require.Equal(t, 1, v.V)
	require.Equal(t, "redirect", v.Kind)
	require.NotEmpty(t, v.Comment, "a vector says what it is about")
	require.NotZero(t, v.Expect.Status, "a vector expects something")
	return v
}

func (v redirectVector) handler(t *testing.T) http.Handler {
	t.Helper()
	links := uriMap{}
	links.add(v.Map...)
	next := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !slices.Contains(v.Here, v.Request.URL) {
			http.NotFound(w, r)
		}
	})
	if v.Side == "new" {
		h, err := redirect.NewResolver(next, &redirect.ResolverOptions{Finder: links, Origins: v.Origins})
		require.NoError(t, err)
		return h
	}
	accounts := &redirect.AccountTable{}
	for _, a := range v.Accounts {
		accounts.Put(redirect.MovedAccount(a))
	}
	o := &redirect.Options{Finder: links, Accounts: accounts, Origins: v.Origins}
	if len(v.Gone) > 0 {
		o.Gone = func(_ context.Context, ids []vocab.IRI) (bool, error) {
			return slices.ContainsFunc(ids, func(id vocab.IRI) bool { return slices.Contains(v.Gone, id) }), nil
		}
	}
	h, err := redirect.New(next, o)
	require.NoError(t, err)
	return h
}

func (v redirectVector) run(t *testing.T) {
	t.Helper()
	r := httptest.NewRequest(v.Request.Method, v.Request.URL, nil)
	if v.Request.Accept != nil {
		r.Header.Set("Accept", *v.Request.Accept)
	}
	w := httptest.NewRecorder()
	v.handler(t).ServeHTTP(w, r)
	assert.Equal(t, v.Expect.Status, w.Code, v.Comment)
	assert.Equal(t, v.Expect.Location, w.Header().Get("Location"), v.Comment)
	if v.Expect.Vary != nil {
		assert.Equal(t, *v.Expect.Vary, w.Header().Get("Vary"), v.Comment)
	}
}

func TestVectors(t *testing.T) {
	names, err := fs.Glob(vectors.FS, "*.json")
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(names), 90, "vectors are missing")
	comments := map[string]string{}
	for _, name := range names {
		t.Run(strings.TrimSuffix(name, ".json"), func(t *testing.T) {
			data, err := fs.ReadFile(vectors.FS, name)
			require.NoError(t, err)
			v := readVector(t, data)
			v.run(t)
			assert.Empty(t, comments[v.Comment], "one behaviour, one file")
			comments[v.Comment] = name
		})
	}
}

// The file that the README shows is a vector, and it passes.
func TestVectors_exampleInTheReadmePasses(t *testing.T) {
	readme, err := os.ReadFile(filepath.Join("vectors", "README.md"))
	require.NoError(t, err)
	_, rest, found := strings.Cut(string(readme), "\n```json\n")
	require.True(t, found, "the README shows a whole file")
	example, _, _ := strings.Cut(rest, "\n```\n")
	readVector(t, []byte(example)).run(t)
}
