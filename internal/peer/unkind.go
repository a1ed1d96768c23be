package peer

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"codeberg.org/godwit/godwit/internal/fediverse"
	"codeberg.org/godwit/godwit/vocab"
)

// An Unkindness is one way in which a host can be hard to deal with.
type Unkindness struct {
	Name  string `json:"name"`
	About string `json:"about"`
	// Of says what it is done to: inbox, documents (all that is fetched except
	// WebFinger), webfinger, everything, or accounts.
	Of string `json:"of"`
	// Seconds is the time that it takes or asks for if the setting names none.
	Seconds float64 `json:"seconds,omitzero"`
	// answer mistreats one request in the place of the server; it may call next.
	answer func(h *host, s Setting, w http.ResponseWriter, r *http.Request, next http.Handler)
	// turn, instead, switches something on or off.
	turn func(ctx context.Context, h *host, s Setting, on bool) error
}

// A Setting is an unkindness that is switched on.
type Setting struct {
	Name string `json:"name"`
	// Seconds replaces the time that the unkindness has by itself.
	Seconds float64 `json:"seconds,omitzero"`
	// Times is how many requests are mistreated before the host is kind again.
	// Zero: all, until it is switched off.
	Times int `json:"times,omitzero"`
}

func (s Setting) wait() time.Duration { return time.Duration(s.Seconds * float64(time.Second)) }

// Unkindnesses returns the table of all that a host can be.
func Unkindnesses() []Unkindness {
	return slices.Concat([]Unkindness{
		{"busy", "deliveries are answered 429 with Retry-After", inboxes, 5, answerStatus(http.StatusTooManyRequests), nil},
		{"down", "everything is answered 503 with Retry-After", everything, 5, answerStatus(http.StatusServiceUnavailable), nil},
		{"gone", "everything is answered 410", everything, 0, answerStatus(http.StatusGone), nil},
		{"no-inbox", "deliveries are answered 404", inboxes, 0, answerStatus(http.StatusNotFound), nil},
		{"deaf", "deliveries are answered 202, and dropped", inboxes, 0, answerStatus(http.StatusAccepted), nil},
		{"drop", "the connection is closed without an answer", everything, 0, drop, nil},
		{"drop-inbox", "a delivery is taken, and the connection closed without an answer", inboxes, 0, takeAndDrop, nil},
		{"slow-answer", "nothing comes for a while, then the answer", everything, 15, slowAnswer, nil},
		{"slow-body", "the body comes in a hundred small pieces, for a while", documents, 30, slowBody, nil},
		{"endless-body", "the body never ends", documents, 0, endlessBody, nil},
		{"short-body", "the body breaks off in the middle", documents, 0, shortBody, nil},
		{"gzip-bomb", "the body is a gigabyte when it is unpacked", documents, 0, gzipBomb, nil},
		{"html", "documents are labelled text/html", documents, 0, relabel("text/html; charset=utf-8"), nil},
		{"plain-json", "documents are labelled application/json", documents, 0, relabel("application/json"), nil},
		{"redirect-loop", "every document redirects to itself", documents, 0, redirectLoop, nil},
		{"redirect-private", "every document redirects to a loopback address where a trap stands", documents, 0, redirectPrivate, nil},
		{"signed-gets", "documents are shown only to requests with a good signature, else 401", documents, 0, demandSignature, nil},
		{"cavage-only", "deliveries signed after RFC 9421 are answered 401", inboxes, 0, onlyScheme("draft-cavage"), nil},
		{"rfc9421-only", "deliveries signed after draft-cavage are answered 401", inboxes, 0, onlyScheme("rfc9421"), nil},
		{"webfinger-missing", "WebFinger is answered 404", webFinger, 0, answerStatus(http.StatusNotFound), nil},
		{"webfinger-garbled", "WebFinger answers something that is no JSON", webFinger, 0, garble, nil},
		{"webfinger-elsewhere", "WebFinger leads every name to another account of the host", webFinger, 0, leadElsewhere, nil},
	}, turned())
}

// turned are the unkindnesses of accounts.
func turned() []Unkindness {
	return []Unkindness{
		{"late-accept", "Follows are accepted only after a while", accounts, 10, nil, func(_ context.Context, h *host, s Setting, on bool) error {
			h.answerLate(s, on)
			return nil
		}},
		{"reject", "Follows are rejected", accounts, 0, nil, answerFollows(fediverse.No)},
		{"no-answer", "Follows are never answered", accounts, 0, nil, answerFollows(fediverse.None)},
		{"undo-first", "a Move is honoured by an Undo at once, and the Follow a while later", accounts, 5, nil, func(_ context.Context, h *host, s Setting, on bool) error {
			if !on {
				h.Hasty(-1)
				return nil
			}
			h.Hasty(s.wait())
			return nil
		}},
		{"bare-alias", "alsoKnownAs is a string where there is one alias", accounts, 0, nil, dressAll(func(l *look, on bool) { l.bareAlias = on })},
		{"no-moved-to", "moved accounts do not show movedTo", accounts, 0, nil, dressAll(func(l *look, on bool) { l.hideMovedTo = on })},
		{"no-shared-inbox", "accounts show no sharedInbox", accounts, 0, nil, dressAll(func(l *look, on bool) { l.noShared = on })},
		{"key-path", "keys are named by a path, where a stub of the account stands, and not behind a #", accounts, 0, nil, moveKeys},
	}
}

const (
	inboxes    = "inbox"
	documents  = "documents"
	webFinger  = "webfinger"
	everything = "everything"
	accounts   = "accounts"
)

func findUnkindness(name string) (Unkindness, bool) {
	for _, u := range Unkindnesses() {
		if u.Name == name {
			return u, true
		}
	}
	return Unkindness{}, false
}

// concerns reports whether the unkindness is done to a request.
func (u Unkindness) concerns(r *http.Request) bool {
	wellKnown := strings.HasPrefix(r.URL.Path, "/.well-known/")
	switch u.Of {
	case inboxes:
		return r.Method == http.MethodPost
	case documents:
		return r.Method != http.MethodPost && !wellKnown
	case webFinger:
		return wellKnown
	}
	return u.Of == everything
}

// conduct is what a host is at the moment.
type conduct struct {
	mu     sync.Mutex
	is     *Unkindness
	how    Setting
	left   int
	timers []*time.Timer
}

func (c *conduct) now() (Setting, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.how, c.is != nil
}

// meets returns the unkindness that a request meets, if any, and counts it.
func (c *conduct) meets(r *http.Request) (Unkindness, Setting, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.is == nil || c.is.answer == nil || !c.is.concerns(r) {
		return Unkindness{}, Setting{}, false
	}
	is, how := *c.is, c.how
	if how.Times > 0 {
		if c.left--; c.left == 0 {
			c.is = nil
		}
	}
	return is, how, true
}

// later does something after a while, unless the host is closed before.
func (c *conduct) later(wait time.Duration, do func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.timers = append(c.timers, time.AfterFunc(wait, do))
}

func (c *conduct) stop() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, t := range c.timers {
		t.Stop()
	}
}

// mistreated applies what is switched on. The account that signs what the host
// reads is shown always: its key is needed to answer.
func (h *host) mistreated(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		u, how, is := h.unkind.meets(r)
		if !is {
			next.ServeHTTP(w, r)
			return
		}
		u.answer(h, how, w, r, next)
	})
}

// Be makes a host unkind in one way; the one before ends. The zero Setting
// makes it kind.
func (h *host) be(ctx context.Context, s Setting) error {
	u, found := findUnkindness(s.Name)
	if s.Name != "" && !found {
		return &apiError{http.StatusNotFound, "there is no unkindness of that name; GET /v1/unkindnesses lists them"}
	}
	if s.Times > 0 && u.turn != nil {
		return &apiError{http.StatusBadRequest, "this unkindness is on or off; it does not count requests"}
	}
	s.Seconds = orElse(s.Seconds, u.Seconds)
	h.unkind.mu.Lock()
	before, how := h.unkind.is, h.unkind.how
	h.unkind.is, h.unkind.how, h.unkind.left = nil, Setting{}, 0
	h.unkind.mu.Unlock()
	if before != nil && before.turn != nil {
		if err := before.turn(ctx, h, how, false); err != nil {
			return err
		}
	}
	if !found {
		return nil
	}
	if u.turn != nil {
		if err := u.turn(ctx, h, s, true); err != nil {
			return err
		}
	}
	h.unkind.mu.Lock()
	defer h.unkind.mu.Unlock()
	h.unkind.is, h.unkind.how, h.unkind.left = &u, s, s.Times
	return nil
}

func answerFollows(answer fediverse.Answer) func(context.Context, *host, Setting, bool) error {
	return func(_ context.Context, h *host, _ Setting, on bool) error {
		if !on {
			h.AnswerWith(nil)
			return nil
		}
		h.AnswerWith(func(vocab.IRI) fediverse.Answer { return answer })
		return nil
	}
}

func dressAll(change func(*look, bool)) func(context.Context, *host, Setting, bool) error {
	return func(_ context.Context, h *host, _ Setting, on bool) error {
		h.stage.dress("", func(l *look) { change(l, on) })
		return nil
	}
}

func moveKeys(ctx context.Context, h *host, _ Setting, on bool) error {
	all, err := h.Accounts(ctx)
	if err != nil {
		return err
	}
	for _, a := range all {
		if err := h.keysAtPath(ctx, a.Name, on); err != nil {
			return err
		}
	}
	return nil
}

// answerLate leaves Follows waiting and accepts all that wait a while later.
func (h *host) answerLate(s Setting, on bool) {
	if !on {
		h.AnswerWith(nil)
		return
	}
	h.AnswerWith(func(by vocab.IRI) fediverse.Answer {
		h.unkind.later(s.wait(), func() { h.acceptAll(by) })
		return fediverse.None
	})
}

// acceptAll accepts what somebody asked for here.
func (h *host) acceptAll(by vocab.IRI) {
	all, err := h.Accounts(h.peer.ctx)
	if err != nil {
		return
	}
	for _, a := range all {
		waiting, err := h.Requests(h.peer.ctx, a.Name)
		if err != nil {
			return
		}
		for _, id := range waiting {
			if id == by {
				_ = h.Answer(h.peer.ctx, a.Name, by, true)
			}
		}
	}
}
