package redirect

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"codeberg.org/godwit/godwit/vocab"
)

// A Locator knows what old addresses stand for on a server that was restored at the domain
// of another. It is safe for concurrent use.
type Locator interface {
	// Locate returns where the server itself answers for an address: for the first of the names
	// that it knows, the address as it was asked for being the first. The form tells what the
	// old software meant by it. False leaves the request as it is.
	Locate(ctx context.Context, form Form, names []vocab.IRI) (Place, bool, error)
}

// A Place is where a server answers for something of its own.
type Place struct {
	// Path is the path and query under which its handler answers, such as "/objects/1".
	Path string
	// Page is the path for people; "" for Path.
	Page string
}

// A Router lets every address that the former software of a domain gave away go on
// answering (domain portability): ids of actors, posts and activities, inboxes,
// collections and keys answer in place, for ids are kept; pages lead people to where they
// are now. What the locator does not know is the next handler's.
//
// The next handler gets another URL, and RequestURI as it was sent, which is what signatures
// are over.
type Router struct {
	next     http.Handler
	locator  Locator
	software Software
	origin   string
	origins  origins
	problem  func(r *http.Request, err error)
}

var _ http.Handler = (*Router)(nil)

// NewRouter wraps the handler of a server at an origin where the named software was before, ""
// for any. Problem, if not nil, is told of faults of the locator, which are answered with 503.
func NewRouter(next http.Handler, locator Locator, origin string, software Software, problem func(*http.Request, error)) (*Router, error) {
	served, err := originsOf([]string{origin})
	if locator == nil || err != nil {
		return nil, ErrOptions
	}
	return &Router{next, locator, software, vocab.IRI(origin).Origin(), served, problem}, nil
}

func (t *Router) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if _, ours := t.origins.of(r.Host); !ours || isMachinery(r.URL.Path) {
		t.next.ServeHTTP(w, r)
		return
	}
	place, found, err := t.locate(r)
	switch {
	case err != nil:
		if t.problem != nil {
			t.problem(r, err)
		}
		w.Header().Set("Retry-After", "60")
		http.Error(w, "not available now", http.StatusServiceUnavailable)
	case !found:
		t.next.ServeHTTP(w, r)
	default:
		t.answer(w, r, place)
	}
}

func (t *Router) locate(r *http.Request) (Place, bool, error) {
	id := vocab.IRI(t.origin + r.URL.EscapedPath())
	if r.URL.RawQuery != "" {
		id += vocab.IRI("?" + r.URL.RawQuery)
	}
	form, keys := normalize(t.software, id)
	place, found, err := t.locator.Locate(r.Context(), form, append([]vocab.IRI{id}, keys...))
	if err != nil || !found {
		return place, false, err
	}
	for _, p := range []string{place.Path, place.Page} {
		if p != "" && !isPath(p) {
			return place, false, fmt.Errorf("route: %q is no path", p)
		}
	}
	return place, place.Path != "", nil
}

// isPath reports whether s is a path on this server for every reader.
func isPath(s string) bool {
	return strings.HasPrefix(s, "/") && !strings.HasPrefix(s, "//") && vocab.IRI("https://a.example"+s).IsHTTP() &&
		!strings.Contains(s, "#")
}

func (t *Router) answer(w http.ResponseWriter, r *http.Request, place Place) {
	reads := r.Method == http.MethodGet || r.Method == http.MethodHead
	if reads && place.Page != "" {
		addVary(w.Header(), "Accept")
		if wishOf(r.Header["Accept"]) == page && escape(place.Page) != r.URL.RequestURI() {
			w.Header().Set("Location", t.origin+escape(place.Page))
			w.Header().Set("Cache-Control", "public, max-age=3600")
			w.Header().Set("Content-Length", "0")
			w.WriteHeader(http.StatusMovedPermanently)
			return
		}
	}
	to, err := url.ParseRequestURI(place.Path)
	if err != nil {
		http.Error(w, "not available now", http.StatusServiceUnavailable)
		return
	}
	inside := r.Clone(r.Context())
	inside.URL.Path, inside.URL.RawPath, inside.URL.RawQuery = to.Path, to.RawPath, to.RawQuery
	t.next.ServeHTTP(w, inside)
}
