package redirect

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"codeberg.org/godwit/godwit/vocab"
)

// ErrOptions is returned by [New] for options with which nothing could be answered.
var ErrOptions = errors.New("a finder, accounts and at least one origin are needed")

// Options tells [New] what it needs to know.
type Options struct {
	// Finder has the URI map. Required.
	Finder Finder
	// Accounts has the accounts that moved. Required.
	Accounts Accounts
	// Origins are the public origins that are served, such as "https://old.example".
	// Requests are told apart by their Host, which a proxy must leave as it was. At
	// least one is required; requests for others go to the next handler.
	Origins []string
	// Software is whose URLs they are; "" for any that is known.
	Software Software
	// Gone, if not nil, is asked for addresses of which is told that they are gone. It
	// outranks the map. It must be true only of what was public.
	Gone func(ctx context.Context, ids []vocab.IRI) (bool, error)
	// MaxAge is how long caches may remember an answer: an hour for 0. A redirect that is
	// switched off goes on for as long in the browsers that have seen it.
	MaxAge time.Duration
	// Trusted are origins that need no https, exactly as in "http://127.0.0.1:8080".
	Trusted []string
	// Hops is how many moves of an account are followed; [DefaultHops] for 0.
	Hops int
	// Problem, if not nil, is told why a request was answered with 503, or why nobody
	// is led to a place that the map names.
	Problem func(r *http.Request, err error)
}

// A Handler leads old links to their new places, and gives everything else to the
// handler that it wraps.
type Handler struct {
	next    http.Handler
	o       Options
	origins origins
	cache   []string
}

var _ http.Handler = (*Handler)(nil)

// New wraps the handler of an old server. For GET and HEAD it answers
//
//   - 301 for public and unlisted posts, their files, and profile pages,
//   - 301 in the form of LOLA for what next does not find under a moved actor, which
//     no cache may keep: next may show it to somebody else,
//   - 410 for what is told to be gone, and for what next does not find of which the map
//     says that the copy was taken out again: what next still has, it still shows,
//   - 503 if the map or the accounts cannot be read, for no link must be lost to a
//     passing fault.
//
// Everything else is next's to answer: actors, keys, WebFinger, inboxes and
// collections; and every other old address, so that what is not for strangers looks
// like what never was.
func New(next http.Handler, o *Options) (*Handler, error) {
	if o == nil || o.Finder == nil || o.Accounts == nil {
		return nil, ErrOptions
	}
	served, err := originsOf(o.Origins)
	if err != nil {
		return nil, err
	}
	h := &Handler{next: next, o: *o, origins: served}
	if h.o.MaxAge == 0 {
		h.o.MaxAge = time.Hour
	}
	if h.o.Hops == 0 {
		h.o.Hops = DefaultHops
	}
	h.cache = []string{"public, max-age=" + strconv.Itoa(int(h.o.MaxAge/time.Second))}
	return h, nil
}

func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	origin, ours := h.concerns(r)
	if !ours {
		h.next.ServeHTTP(w, r)
		return
	}
	d, err := h.decide(r.Context(), origin, r)
	if err != nil {
		h.problem(r, err)
		w.Header().Set("Retry-After", "60")
		http.Error(w, "not available now", http.StatusServiceUnavailable)
		return
	}
	h.answer(w, r, d)
}

// concerns reports whether a request may be for an old link at all, and the origin
// that it is for.
func (h *Handler) concerns(r *http.Request) (string, bool) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead || isMachinery(r.URL.Path) {
		return "", false
	}
	origin, ours := h.origins.of(r.Host)
	return origin, ours && !carriesKey(r.URL.RawQuery)
}

// isMachinery reports whether a path is never one of an account's: what discovery,
// clients and whole servers use.
func isMachinery(path string) bool {
	for _, p := range [...]string{"/.well-known/", "/api/", "/oauth/", "/nodeinfo/", "/inbox"} {
		if strings.HasPrefix(path, p) {
			return p != "/inbox" || path == p
		}
	}
	return false
}

// carriesKey reports whether a query has LOLA's parameter, in any spelling that some
// reader could take for it.
func carriesKey(query string) bool {
	for query != "" {
		var one string
		if i := strings.IndexAny(query, "&;"); i >= 0 {
			one, query = query[:i], query[i+1:]
		} else {
			one, query = query, ""
		}
		name, _, _ := strings.Cut(one, "=")
		if name == Parameter || strings.Contains(name, "%") && unescaped(name) == Parameter {
			return true
		}
	}
	return false
}

func (h *Handler) answer(w http.ResponseWriter, r *http.Request, d decision) {
	if d.varies {
		addVary(w.Header(), "Accept")
	}
	switch d.what {
	case lead:
		h.lead(w, d.location, h.cache)
	case gone:
		h.gone(w, r, h.cache)
	case ask:
		h.askNext(w, r, d.location)
	default:
		h.next.ServeHTTP(w, r)
	}
}

func (h *Handler) lead(w http.ResponseWriter, location string, cache []string) {
	header := w.Header()
	header["Location"] = []string{location}
	header["Cache-Control"] = cache
	header["Content-Length"] = []string{"0"}
	w.WriteHeader(http.StatusMovedPermanently)
}

const goneText = "gone\n"

func (h *Handler) gone(w http.ResponseWriter, r *http.Request, cache []string) {
	header := w.Header()
	header["Cache-Control"] = cache
	header["Content-Type"] = []string{"text/plain; charset=utf-8"}
	header["Content-Length"] = []string{strconv.Itoa(len(goneText))}
	header["X-Content-Type-Options"] = []string{"nosniff"}
	w.WriteHeader(http.StatusGone)
	if r.Method != http.MethodHead {
		_, _ = w.Write([]byte(goneText)) // who has gone away needs no answer
	}
}

func (h *Handler) problem(r *http.Request, err error) {
	if h.o.Problem != nil {
		h.o.Problem(r, err)
	}
}

// addVary names a header that the answer depends on, once.
func addVary(h http.Header, name string) {
	for _, line := range h.Values("Vary") {
		for one := range strings.SplitSeq(line, ",") {
			if strings.EqualFold(strings.TrimSpace(one), name) {
				return
			}
		}
	}
	h.Add("Vary", name)
}
