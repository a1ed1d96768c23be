package afterlife

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/actor/client"
	"codeberg.org/godwit/godwit/vocab"
	"codeberg.org/godwit/godwit/webfinger"
)

// A Network fetches, and verifies what comes in. actor/client has the one to use.
type Network interface {
	actor.Fetcher
	Verify(ctx context.Context, r *http.Request, body []byte) (*client.Verified, error)
}

// HandlerOptions adjusts [Handler]. A nil *HandlerOptions is the same as a zero one.
type HandlerOptions struct {
	// Origin is where the old server was reached, such as "https://old.example", for
	// requests whose Host the door file does not know, as behind a proxy that changes
	// it. "": those are not answered.
	Origin string
	// Claims is where people say that their accounts went. Nil: nobody can, and what the
	// door file says counts.
	Claims *Claims
	// Network verifies what comes into an inbox, and looks at accounts that are claimed.
	// Nil: inboxes and claims answer 503.
	Network Network
	// Reject sends the answer to somebody who follows an account that is gone, as that
	// account, to an inbox. It must not take long. Nil, or an error: the follower is
	// answered 403 instead.
	Reject func(ctx context.Context, account, inbox vocab.IRI, activity *vocab.Object) error
	// Trusted are origins that people are led to without https, exactly as in
	// "http://127.0.0.1:8080".
	Trusted []string
	// Problem, if not nil, is told why a request was answered with 500.
	Problem func(r *http.Request, err error)
}

type server struct {
	answers
	o      HandlerOptions
	origin string // the host of o.Origin
	finger *webfinger.Handler
}

// Handler serves a door file. What is in the tombstones, which may be nil, answers as
// gone, as does what they learn later. Whatever is not known answers as if it never
// was.
//
// The inboxes take a Delete by an old account, or by the new one that it names and
// that names it, and forget; an Undo; and a Follow, which is rejected.
func Handler(d *Door, tombstones *Tombstones, o *HandlerOptions) http.Handler {
	s := &server{answers: answers{Door: d, tombstones: tombstones}}
	if o != nil {
		s.o = *o
	}
	s.claims, s.trusted = s.o.Claims, s.o.Trusted
	s.origin = vocab.IRI(s.o.Origin).Host()
	s.finger = &webfinger.Handler{Finder: finder{&s.answers}, Origin: s.o.Origin}
	return s
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a := address{s.host(r), r.URL.Path, r.URL.RawQuery}
	h := w.Header()
	h["Vary"], h["X-Content-Type-Options"] = varyAccept, noSniff
	switch {
	case climbs(a.path):
		s.plain(w, http.StatusBadRequest, "bad request\n")
	case hasDots(a.path):
		s.write(w, r, missing)
	case a.path == claimPath:
		s.claim(w, r)
	case r.Method == http.MethodPost:
		s.inbox(w, r, a)
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		w.Header().Set("Allow", "GET, HEAD")
		s.plain(w, http.StatusMethodNotAllowed, "only GET and HEAD are answered\n")
	case s.isWellKnown(w, r, a):
	default:
		s.get(w, r, a)
	}
}

// Headers that every answer has. They are not written to.
var (
	varyAccept = []string{"Accept"}
	noSniff    = []string{"nosniff"}
	cacheFor   = []string{"public, max-age=180"}
)

// host is whose answer is wanted.
func (s *server) host(r *http.Request) string {
	if s.hosts[r.Host] != "" {
		return r.Host
	}
	host := vocab.IRI("https://" + r.Host).Host()
	if host == "" || s.origin != "" && s.hosts[host] == "" {
		return s.origin
	}
	return host
}

func (s *server) get(w http.ResponseWriter, r *http.Request, a address) {
	answer, err := s.to(a, wishOf(strings.Join(r.Header["Accept"], ",")))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.write(w, r, answer)
}

func (s *server) write(w http.ResponseWriter, r *http.Request, a answer) {
	if a.medium != nil {
		s.serveMedium(w, r, a.medium)
		return
	}
	h := w.Header()
	h["Cache-Control"] = cacheFor
	if a.location != "" {
		h["Location"] = []string{a.location}
	}
	if a.kind != "" {
		h.Set("Content-Type", a.kind)
	}
	if a.kind == typePage {
		h.Set("Content-Security-Policy", "default-src 'none'")
	}
	h["Content-Length"] = []string{strconv.Itoa(len(a.body))}
	w.WriteHeader(a.status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(a.body) // who has gone away needs no answer
	}
}

// serveMedium sends a file so that it runs nothing.
func (s *server) serveMedium(w http.ResponseWriter, r *http.Request, m *record) {
	f, err := s.medium(m)
	if isMissing(err) {
		s.write(w, r, gone)
		return
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	defer f.Close()
	h := w.Header()
	h.Set("Content-Type", m.mediaType)
	h.Set("Content-Security-Policy", mediaPolicy)
	h.Set("Cache-Control", "public, max-age=180")
	h.Set("ETag", `"`+m.digest+`"`)
	if isDownload(m.mediaType) {
		h.Set("Content-Disposition", "attachment")
	}
	http.ServeContent(w, r, "", s.Created(), f)
}

const mediaPolicy = "sandbox; default-src 'none'"

func isDownload(mediaType string) bool { return strings.HasPrefix(mediaType, "application/") }

func (s *server) plain(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", typeText)
	w.WriteHeader(status)
	_, _ = w.Write([]byte(text)) // who has gone away needs no answer
}

func (s *server) fail(w http.ResponseWriter, r *http.Request, err error) {
	if s.o.Problem != nil {
		s.o.Problem(r, err)
	}
	s.plain(w, http.StatusInternalServerError, "not available now\n")
}

// A finder answers WebFinger. Accounts that have moved are found for ever.
type finder struct{ *answers }

func (f finder) Find(_ context.Context, r webfinger.Resource) (*webfinger.JRD, error) {
	n, found := f.byName[strings.ToLower(r.Handle.User)+"@"+r.Handle.Host]
	if r.URL != "" {
		a, sayable := addressOf(vocab.IRI(r.URL))
		at, err := f.find(a)
		if err != nil && !errors.Is(err, ErrUnknown) {
			return nil, err
		}
		if found = sayable && err == nil && at.item.isZero() && (at.role == isActor || at.role == isProfile || at.role == isForm); found {
			n = at.account
		}
	}
	if !found {
		return nil, webfinger.ErrNotFound
	}
	if f.tombstones.has(accountKey(f.idOf(n))) {
		return nil, webfinger.ErrGone
	}
	return f.describe(n), nil
}

func (s *answers) describe(n uint32) *webfinger.JRD {
	a := &s.accounts[n]
	profile := ""
	if len(a.Pages) > 0 {
		profile = string(a.Pages[0])
	}
	handle := webfinger.Handle{}
	if a.User != "" {
		handle = webfinger.Handle{User: a.User, Host: a.ID.Host()}
	}
	return webfinger.Describe(handle, string(a.ID), profile)
}
