package stories_test

import (
	"io"
	"net/http"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/vocab"
)

// What a stranger asks for.
const (
	asBrowser  = "text/html,application/xhtml+xml,*/*;q=0.8"
	asServer   = `application/ld+json; profile="https://www.w3.org/ns/activitystreams"`
	maxAnswer  = 8 << 20
	maxLeading = 5
)

// An answer is what a stranger got.
type answer struct {
	status int
	to     string // where it leads
	body   []byte
	header http.Header
}

var browser = http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}

// opens asks for an address, and goes nowhere from there.
func (w *town) opens(address vocab.IRI, accept string) answer {
	w.t.Helper()
	request, err := http.NewRequestWithContext(w.ctx, http.MethodGet, string(address), nil)
	require.NoError(w.t, err, "ask for %s", address)
	request.Header.Set("Accept", accept)
	response, err := browser.Do(request)
	require.NoError(w.t, err, "ask for %s", address)
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	require.NoError(w.t, err, "read %s", address)
	return answer{response.StatusCode, response.Header.Get("Location"), body, response.Header}
}

// arrives goes where an address leads.
func (w *town) arrives(address vocab.IRI, accept string) (vocab.IRI, answer) {
	w.t.Helper()
	for range maxLeading {
		a := w.opens(address, accept)
		if a.to == "" {
			return address, a
		}
		address = vocab.IRI(a.to)
	}
	require.Fail(w.t, "an old link leads in circles", "%s", address)
	return "", answer{}
}

// reads fetches a document as any server does that knows nobody here. It is nil if
// there is none.
func (w *town) reads(id vocab.IRI) *vocab.Object {
	document, err := w.looks.FetchFresh(w.ctx, id)
	if err != nil {
		return &vocab.Object{}
	}
	return document
}

// lists reads a collection of an account.
func (w *town) lists(p *person, name string) map[vocab.IRI]bool {
	return set(w.reads(p.id + "/" + vocab.IRI(name)).IRIs(vocab.OrderedItems))
}

// posts are the texts of what everybody can read of an account, each as often as it is
// there.
func (w *town) posts(p *person) map[string]int {
	w.t.Helper()
	all := map[string]int{}
	for _, id := range w.reads(p.id + "/outbox").IRIs(vocab.OrderedItems) {
		post := w.reads(id)
		assert.Equal(w.t, p.id, post.IRI(vocab.AttributedTo), "a post in an outbox is its owner's")
		all[post.Text(vocab.Content)]++
	}
	return all
}

// seesNothing checks that addresses answer as one that never was.
func (w *town) seesNothing(addresses ...vocab.IRI) {
	w.t.Helper()
	require.NotEmpty(w.t, addresses)
	for _, address := range addresses {
		for _, accept := range []string{asBrowser, asServer} {
			_, a := w.arrives(address, accept)
			assert.Equal(w.t, http.StatusNotFound, a.status, "%s is not for strangers", address)
		}
	}
}
