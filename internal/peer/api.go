package peer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/internal/jsonfault"
	"codeberg.org/godwit/godwit/move"
	"codeberg.org/godwit/godwit/vocab"
	"codeberg.org/godwit/godwit/webfinger"
)

// An apiError is answered with a status of its own.
type apiError struct {
	status int
	text   string
}

// A refusedError is an apiError that tells what to do about it.
type refusedError struct {
	apiError
	hint string
}

func (e *apiError) Error() string { return e.text }

// API is the handler by which the hosts are driven and read; see API.md.
// Whoever reaches it can make the hosts send anything anywhere the guard lets
// them: it belongs on a loopback address. Requests of web pages are refused.
func (p *Peer) API() http.Handler {
	mux := http.NewServeMux()
	for pattern, call := range map[string]call{
		"GET /v1/attacks":      list(Attacks),
		"GET /v1/shapes":       list(func() []Shape { return append(Shapes(), godwitShape) }),
		"GET /v1/unkindnesses": list(Unkindnesses),
		"GET /v1/hosts":        p.listHosts,
		"GET /v1/received":     p.listReceived,

		"PUT /v1/hosts/{host}/unkind":    p.setUnkind,
		"DELETE /v1/hosts/{host}/unkind": p.setKind,

		"POST /v1/attacks":         p.startAttack,
		"GET /v1/attacks/{number}": p.showAttack,

		"GET /v1/departures/{number}": p.showDeparture,

		"POST /v1/accounts":                  p.createAccount,
		"GET /v1/accounts":                   p.listAccounts,
		"GET /v1/accounts/{who}":             p.showAccount,
		"PATCH /v1/accounts/{who}":           p.changeAccount,
		"GET /v1/accounts/{who}/expect":      p.expect,
		"PUT /v1/accounts/{who}/document":    p.putDocument,
		"DELETE /v1/accounts/{who}/document": p.dropDocument,
		"POST /v1/accounts/{who}/follow":     p.relate(follow),
		"POST /v1/accounts/{who}/unfollow":   p.relate(unfollow),
		"POST /v1/accounts/{who}/block":      p.relate(block),
		"POST /v1/accounts/{who}/mute":       p.relate(mute),
		"POST /v1/accounts/{who}/accept":     p.relate(answerRequest(true)),
		"POST /v1/accounts/{who}/reject":     p.relate(answerRequest(false)),
		"POST /v1/accounts/{who}/confirm":    p.relate(confirm),
		"POST /v1/accounts/{who}/rekey":      p.rekey,
		"POST /v1/accounts/{who}/update":     p.sendUpdate,
		"POST /v1/accounts/{who}/depart":     p.startDeparture,
	} {
		mux.Handle(pattern, call)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		handler, pattern := mux.Handler(r)
		if pattern == "" {
			handler = nowhere(handler)
			handler.ServeHTTP(w, r)
			return
		}
		mux.ServeHTTP(w, r)
	})
}

// nowhere answers in JSON what the mux answers in its own words: that there is
// no such call (404), or not by that method (405, with Allow).
func nowhere(mux http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		said := &headOnly{header: w.Header()}
		mux.ServeHTTP(said, r)
		w.Header().Del("X-Content-Type-Options")
		switch said.status {
		case http.StatusMethodNotAllowed:
			show(w, said.status, problem{Error: "this path takes " + w.Header().Get("Allow")})
		case http.StatusNotFound:
			show(w, said.status, problem{Error: "there is no such call; all are under /v1/"})
		default:
			w.WriteHeader(said.status) // a redirect to the clean path
		}
	})
}

// headOnly takes a head and leaves the body out.
type headOnly struct {
	header http.Header
	status int
}

func (h *headOnly) Header() http.Header         { return h.header }
func (h *headOnly) WriteHeader(status int)      { h.status = status }
func (h *headOnly) Write(b []byte) (int, error) { return len(b), nil }

// A call is one call of the API: it returns what to show, and the status.
type call func(r *http.Request) (any, int, error)

// asked lists the query members of the calls that take any; [Peer.expect] checks
// its own.
var asked = map[string][]string{
	"GET /v1/received":         {"since", "host", "method", "type", "actor", "object", "path", "within"},
	"GET /v1/attacks/{number}": {"within"},
}

// unasked refuses query members that the call does not take: a misspelt filter
// would let everything pass.
func unasked(r *http.Request) error {
	if strings.HasSuffix(r.Pattern, "/expect") {
		return nil
	}
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return &apiError{http.StatusBadRequest, "the query is malformed"}
	}
	for _, key := range slices.Sorted(maps.Keys(query)) {
		if known := asked[r.Pattern]; !slices.Contains(known, key) {
			return &apiError{http.StatusBadRequest, fmt.Sprintf("unknown query member %q; this call takes: %s", key, orElse(strings.Join(known, ", "), "none"))}
		}
	}
	return nil
}

// ServeHTTP answers with JSON, whatever happens.
func (c call) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Origin") != "" {
		show(w, http.StatusForbidden, problem{Error: "requests of web pages are refused"})
		return
	}
	err := unasked(r)
	var v any
	var status int
	if err == nil {
		v, status, err = c(r)
	}
	if err != nil {
		shown := problem{Error: err.Error()}
		if refused, ok := errors.AsType[*refusedError](err); ok {
			shown.Hint = refused.hint
		}
		show(w, statusOf(err), shown)
		return
	}
	show(w, status, v)
}

type problem struct {
	Error string `json:"error"`
	Hint  string `json:"hint,omitempty"`
}

func show(w http.ResponseWriter, status int, v any) {
	data, err := json.Marshal(v, json.Deterministic(true), jsontext.Multiline(true), jsontext.WithIndent("  "))
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(append(data, '\n'))
}

func statusOf(err error) int {
	if own, ok := errors.AsType[*apiError](err); ok {
		return own.status
	}
	if refused, ok := errors.AsType[*refusedError](err); ok {
		return refused.status
	}
	if _, ok := errors.AsType[*move.RefusedError](err); ok {
		return http.StatusConflict
	}
	fetch, isFetch := errors.AsType[*actor.FetchError](err)
	lookup, isLookup := errors.AsType[*webfinger.LookupError](err)
	if isFetch && fetch != nil || isLookup && lookup != nil {
		return http.StatusBadGateway
	}
	return http.StatusInternalServerError
}

// read reads the body of a call. Members that are not known are refused, so that
// a misspelt one is not taken for its default.
func read[T any](r *http.Request) (T, error) {
	var v T
	data, err := io.ReadAll(io.LimitReader(r.Body, 16<<20))
	if err != nil {
		return v, err
	}
	if len(strings.TrimSpace(string(data))) == 0 {
		data = []byte("{}")
	}
	if err := jsonfault.Decode(data, &v); err != nil {
		return v, &apiError{http.StatusBadRequest, "the body of the request is not what this call takes (godwit help peer lists it): " + err.Error()}
	}
	return v, nil
}

func list[T any](table func() []T) call {
	return func(*http.Request) (any, int, error) { return table(), http.StatusOK, nil }
}

// number reads a number in the path.
func number(r *http.Request) (int, error) {
	n, err := strconv.Atoi(r.PathValue("number"))
	if err != nil {
		return 0, &apiError{http.StatusBadRequest, "the path has no number"}
	}
	return n, nil
}

const maxWithin = 5 * time.Minute

// within reads how long a call may wait: a duration such as 5s or 500ms.
func within(r *http.Request) (time.Duration, error) {
	text := r.URL.Query().Get("within")
	if text == "" {
		return 0, nil
	}
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 || d > maxWithin {
		return 0, &apiError{http.StatusBadRequest, fmt.Sprintf("within is a duration such as 5s, of at most %v", maxWithin)}
	}
	return d, nil
}

// resolve turns an id, NAME@HOST of ours, or a handle anywhere into an id.
func (p *Peer) resolve(ctx context.Context, h *host, who string) (vocab.IRI, error) {
	if there, name, err := p.account(ctx, who); err == nil {
		return there.id(name), nil
	}
	if vocab.IRI(who).IsHTTP() {
		return vocab.IRI(who), nil
	}
	if who == "" {
		return "", &apiError{http.StatusBadRequest, "the other account is missing"}
	}
	found, err := webfinger.Lookup(ctx, h.Client(), who, &webfinger.Options{Trusted: p.trusted})
	switch {
	case errors.Is(err, webfinger.ErrHandle):
		return "", &apiError{http.StatusBadRequest, fmt.Sprintf("%q is neither an id nor a handle", who)}
	case err != nil:
		return "", err
	case len(found.Actors) == 0:
		return "", &apiError{http.StatusBadGateway, fmt.Sprintf("%q leads to no account", who)}
	}
	return vocab.IRI(found.Actors[0]), nil
}
