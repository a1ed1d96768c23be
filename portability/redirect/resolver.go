package redirect

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

// ResolverOptions tells [NewResolver] what it needs to know.
type ResolverOptions struct {
	// Finder has the map of what came to this server. Required.
	Finder Finder
	// Origins are the public origins that are served, as in [Options]. Required.
	Origins []string
	// Readable reports whether whoever asks may read the copy of which a mapping tells.
	// Nil means: only what is for everybody.
	Readable func(r *http.Request, m portability.Mapping) (bool, error)
	// Trusted are origins that need no https, as in [Options].
	Trusted []string
	// Problem, if not nil, is told why a request was answered with 503.
	Problem func(r *http.Request, err error)
}

// A Resolver answers requests for an actor of a new server that carry "redirect_ap_obj",
// the id of something at its old one (LOLA 0.3). The parameter is a key and never a
// location: it leads to what the map of that very actor has under it, on this server, and
// only those who may read it; anything else gets one and the same 404. All other requests
// are the next handler's.
type Resolver struct {
	next    http.Handler
	o       ResolverOptions
	origins origins
}

var _ http.Handler = (*Resolver)(nil)

// NewResolver wraps the handler of a new server.
func NewResolver(next http.Handler, o *ResolverOptions) (*Resolver, error) {
	if o == nil || o.Finder == nil {
		return nil, ErrOptions
	}
	served, err := originsOf(o.Origins)
	if err != nil {
		return nil, err
	}
	return &Resolver{next: next, o: *o, origins: served}, nil
}

func (s *Resolver) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	origin, ours := s.origins.of(r.Host)
	if !ours || r.Method != http.MethodGet && r.Method != http.MethodHead || !carriesKey(r.URL.RawQuery) {
		s.next.ServeHTTP(w, r)
		return
	}
	location, err := s.resolve(r, origin)
	w.Header().Set("Cache-Control", "private, no-store")
	addVary(w.Header(), "Accept")
	switch {
	case err != nil:
		if s.o.Problem != nil {
			s.o.Problem(r, err)
		}
		w.Header().Set("Retry-After", "60")
		http.Error(w, "not available now", http.StatusServiceUnavailable)
	case location == "":
		s.notFound(w, r)
	default:
		w.Header().Set("Location", location)
		w.Header().Set("Content-Length", "0")
		w.WriteHeader(http.StatusFound)
	}
}

const notFoundText = "not found\n"

func (s *Resolver) notFound(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Content-Length", strconv.Itoa(len(notFoundText)))
	w.WriteHeader(http.StatusNotFound)
	if r.Method != http.MethodHead {
		_, _ = w.Write([]byte(notFoundText)) // who has gone away needs no answer
	}
}

// resolve returns where the key of a request leads, "" for nowhere.
func (s *Resolver) resolve(r *http.Request, origin string) (string, error) {
	values, rest := keyed(r.URL.RawQuery)
	if len(values) != 1 {
		return "", nil
	}
	key, err := url.QueryUnescape(values[0])
	if err != nil || len(key) > maxKey || vocab.IRI(key).Origin() == "" {
		return "", nil
	}
	actor := vocab.IRI(origin + r.URL.EscapedPath())
	if rest != "" {
		actor += vocab.IRI("?" + rest)
	}
	m, ok, err := s.find(r.Context(), actor, vocab.IRI(key))
	if err != nil || !ok {
		return "", err
	}
	may, err := s.readable(r, m)
	if err != nil || !may {
		return "", err
	}
	return s.location(r, m, actor), nil
}

func (s *Resolver) find(ctx context.Context, actor, key vocab.IRI) (portability.Mapping, bool, error) {
	keys := Normalize("", key)
	found, err := s.o.Finder.Find(ctx, keys)
	if err != nil {
		return portability.Mapping{}, false, err
	}
	for _, k := range keys {
		if m, ok := found[k]; ok && m.Old == k && m.To == actor && !m.Gone && m.New != "" {
			return m, true, nil
		}
	}
	return portability.Mapping{}, false, nil
}

func (s *Resolver) readable(r *http.Request, m portability.Mapping) (bool, error) {
	if s.o.Readable != nil {
		return s.o.Readable(r, m)
	}
	return m.Seen(), nil
}

func (s *Resolver) location(r *http.Request, m portability.Mapping, actor vocab.IRI) string {
	target := m.Place()
	if wishOf(r.Header["Accept"]) == activity {
		target = m.New
	}
	location, err := Location(target, actor, s.o.Trusted)
	if err != nil && !errors.Is(err, ErrTooLong) && target != m.New {
		location, err = Location(m.New, actor, s.o.Trusted)
	}
	if err != nil || slices.Contains([]vocab.IRI{actor, m.Old}, vocab.IRI(location)) {
		return ""
	}
	return location
}
