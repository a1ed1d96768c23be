package peer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/move"
	"codeberg.org/godwit/godwit/vocab"
	"codeberg.org/godwit/godwit/webfinger"
)

// An apiError is answered with a status of its own.
type apiError struct {
	status int
	text   string
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
	return mux
}

// A call is one call of the API: it returns what to show, and the status.
type call func(r *http.Request) (any, int, error)

// ServeHTTP answers with JSON, whatever happens.
func (c call) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Origin") != "" {
		show(w, http.StatusForbidden, problem{"requests of web pages are refused"})
		return
	}
	v, status, err := c(r)
	if err != nil {
		show(w, statusOf(err), problem{err.Error()})
		return
	}
	show(w, status, v)
}

type problem struct {
	Error string `json:"error"`
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
	if err := json.Unmarshal(data, &v, json.RejectUnknownMembers(true)); err != nil {
		return v, &apiError{http.StatusBadRequest, "the request is not as API.md has it: " + err.Error()}
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
