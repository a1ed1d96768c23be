package webfinger

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
)

// A Finder knows the accounts that a server answers for. [Domains] is one;
// [Finders] joins several.
//
// Find returns the descriptor of the account that a resource names: by its
// handle, by its actor id, by its profile page, by any name it had before.
// An account that has moved away is found for ever: who follows it must be
// able to read where it went. Find returns an error wrapping [ErrNotFound] for
// what it does not know and [ErrGone] for an account that was deleted; every
// other error is answered with 500 and not shown. It must be safe for
// concurrent use, and must look at the host of a handle: queries for other
// hosts arrive too.
type Finder interface {
	Find(ctx context.Context, r Resource) (*JRD, error)
}

// A Handler answers WebFinger queries (RFC 7033) at /.well-known/webfinger, and
// says so in /.well-known/host-meta and /.well-known/host-meta.json (RFC 6415).
// Everything else under it is 404.
type Handler struct {
	// Finder is asked for every query.
	Finder Finder
	// Origin is the public origin, such as "https://example.org", that
	// host-meta names; "" means https and the host that the request names.
	Origin string
}

var _ http.Handler = (*Handler)(nil)

func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Access-Control-Allow-Origin", "*")
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "only GET and HEAD are answered", http.StatusMethodNotAllowed)
		return
	}
	switch r.URL.Path {
	case "/.well-known/webfinger":
		h.serveWebFinger(w, r)
	case "/.well-known/host-meta":
		h.serveHostMeta(w, r, typeXRD, hostMeta)
	case "/.well-known/host-meta.json":
		h.serveHostMeta(w, r, TypeJRD, func(template string) ([]byte, error) {
			return (&JRD{Links: []Link{{Rel: "lrdd", Type: TypeJRD, Template: template}}}).Bytes()
		})
	default:
		http.NotFound(w, r)
	}
}

func (h *Handler) serveWebFinger(w http.ResponseWriter, r *http.Request) {
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil || len(query["resource"]) != 1 {
		http.Error(w, "exactly one resource must be asked for", http.StatusBadRequest)
		return
	}
	resource, err := ParseResource(query.Get("resource"))
	if err != nil {
		http.Error(w, "the resource is neither a handle nor a URL", http.StatusBadRequest)
		return
	}
	jrd, err := h.Finder.Find(r.Context(), resource)
	var body []byte
	if err == nil {
		body, err = jrd.only(query["rel"]).Bytes()
	}
	switch {
	case errors.Is(err, ErrNotFound):
		http.Error(w, "not found", http.StatusNotFound)
	case errors.Is(err, ErrGone):
		http.Error(w, "gone", http.StatusGone)
	case err != nil:
		http.Error(w, "the account cannot be looked up now", http.StatusInternalServerError)
	default:
		reply(w, TypeJRD, body)
	}
}

func (h *Handler) serveHostMeta(w http.ResponseWriter, r *http.Request, kind string, write func(string) ([]byte, error)) {
	origin := h.Origin
	if origin == "" {
		host, err := parseHost(r.Host)
		if err != nil {
			http.Error(w, "the host is malformed", http.StatusBadRequest)
			return
		}
		origin = "https://" + host
	}
	body, err := write(origin + "/.well-known/webfinger?resource={uri}")
	if err != nil {
		http.Error(w, "host-meta cannot be written", http.StatusInternalServerError)
		return
	}
	reply(w, kind, body)
}

// reply is told of no error: the asker is gone, and nothing is left to undo.
func reply(w http.ResponseWriter, kind string, body []byte) {
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.Header().Set("X-Content-Type-Options", "nosniff")
	_, _ = w.Write(body)
}

// Finders asks each in turn, until one knows the resource or fails.
type Finders []Finder

var _ Finder = Finders(nil)

func (all Finders) Find(ctx context.Context, r Resource) (*JRD, error) {
	for _, f := range all {
		jrd, err := f.Find(ctx, r)
		if !errors.Is(err, ErrNotFound) {
			return jrd, err
		}
	}
	return nil, ErrNotFound
}

// Describe returns the descriptor of an account whose actor has the id actor.
// The profile page may be "", and so may the handle (FEP-03c1): then the actor
// is the subject. Actor and profile are listed as aliases, as servers do.
func Describe(h Handle, actor, profile string) *JRD {
	j := &JRD{Subject: h.Acct(), Links: []Link{{Rel: RelSelf, Type: TypeActivity, Href: actor}}}
	if j.Subject == "" {
		j.Subject = actor
	} else {
		j.Aliases = append(j.Aliases, actor)
	}
	if profile != "" {
		j.Links = append(j.Links, Link{Rel: RelProfile, Type: "text/html", Href: profile})
		if profile != actor {
			j.Aliases = append(j.Aliases, profile)
		}
	}
	return j
}
