package vectors

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/internal/safehttp"
)

// patience is how long a peer may take to answer: at ten seconds the answer
// counts as a timeout.
const patience = 10 * time.Second

// An Answer is what a peer says to one request: a status with what belongs to
// it, or an error of the network.
type Answer struct {
	Status   int               `json:"status,omitempty"`
	Type     string            `json:"type,omitempty"` // default application/activity+json
	Body     string            `json:"body,omitempty"`
	Location string            `json:"location,omitempty"`
	Headers  map[string]string `json:"headers,omitempty"`
	Delay    string            `json:"delay,omitempty"` // a Go duration before the answer
	Error    string            `json:"error,omitempty"` // timeout, refused, dns or private
}

// Answers are what one URL says, one for each fetch; the last is repeated. In
// a vector one answer may stand without its array.
type Answers []Answer

// UnmarshalJSONFrom reads one answer or an array of them.
func (a *Answers) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	if d.PeekKind() == '[' {
		return json.UnmarshalDecode(d, (*[]Answer)(a))
	}
	*a = make(Answers, 1)
	return json.UnmarshalDecode(d, &(*a)[0])
}

// Peers answers for every server in the world of a vector, and keeps the time
// there. It is an http.RoundTripper, safe for concurrent use.
type Peers struct {
	mu      sync.Mutex
	now     time.Time
	answers map[string]Answers
	asked   map[string]int // since the answers were last set
	fetches map[string]int
}

// NewPeers returns a world in which nothing is found, at the time now.
func NewPeers(now time.Time) *Peers {
	return &Peers{
		now:     now,
		answers: make(map[string]Answers),
		asked:   make(map[string]int),
		fetches: make(map[string]int),
	}
}

// Set replaces what the named URLs answer from now on. It fails for an answer
// that is none, and sets nothing then.
func (p *Peers) Set(world map[string]Answers) error {
	keyed := make(map[string]Answers, len(world))
	for address, answers := range world {
		key, err := addressKey(address)
		if err != nil {
			return err
		}
		if len(answers) == 0 {
			return fmt.Errorf("peer %s: no answer in its list", address)
		}
		for _, answer := range answers {
			if err := answer.check(); err != nil {
				return fmt.Errorf("peer %s: %w", address, err)
			}
		}
		keyed[key] = answers
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for key, answers := range keyed {
		p.answers[key] = answers
		p.asked[key] = 0
	}
	return nil
}

// Now returns the time in this world.
func (p *Peers) Now() time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.now
}

// Advance lets time pass until t; a t in the past changes nothing.
func (p *Peers) Advance(t time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if t.After(p.now) {
		p.now = t
	}
}

// Fetches returns how often a URL was asked for.
func (p *Peers) Fetches(address string) int {
	key, err := addressKey(address)
	if err != nil {
		return 0
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.fetches[key]
}

// RoundTrip answers a GET. Delays pass on the clock of this world, not on that
// of the caller.
func (p *Peers) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	if r.Body != nil {
		_ = r.Body.Close()
	}
	if r.Method != http.MethodGet {
		return respond(r, Answer{Status: http.StatusMethodNotAllowed}), nil
	}
	key, err := addressKey(r.URL.String())
	if err != nil {
		return nil, err
	}
	answer, delay := p.next(key)
	if delay >= patience {
		answer.Error = "timeout"
	}
	if answer.Error != "" {
		return nil, networkError(answer.Error, r.URL.Hostname())
	}
	return respond(r, answer), nil
}

// next takes the answer that is due and lets its delay pass.
func (p *Peers) next(key string) (Answer, time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fetches[key]++
	answers, listed := p.answers[key]
	if !listed {
		return Answer{Status: http.StatusNotFound, Type: "text/plain"}, 0
	}
	n := min(p.asked[key], len(answers)-1)
	p.asked[key]++
	delay, _ := time.ParseDuration(answers[n].Delay) // checked by Set
	p.now = p.now.Add(min(delay, patience))
	return answers[n], delay
}

func (a Answer) check() error {
	if a.Delay != "" {
		delay, err := time.ParseDuration(a.Delay)
		if err != nil || delay < 0 {
			return fmt.Errorf("delay %q is not a duration", a.Delay)
		}
	}
	switch {
	case a.Error != "" && (a.Status != 0 || a.Body != "" || a.Location != ""):
		return fmt.Errorf("an answer and the error %q at once", a.Error)
	case a.Error == "" && (a.Status < 200 || a.Status > 599):
		return fmt.Errorf("status %d is none", a.Status)
	case a.Error != "" && networkError(a.Error, "") == nil:
		return fmt.Errorf("no such error: %q", a.Error)
	}
	return nil
}

func respond(r *http.Request, a Answer) *http.Response {
	header := make(http.Header)
	if a.Type == "" {
		a.Type = "application/activity+json"
	}
	header.Set("Content-Type", a.Type)
	for name, value := range a.Headers {
		header.Set(name, value)
	}
	if a.Location != "" {
		header.Set("Location", a.Location)
	}
	return &http.Response{
		Status:        strconv.Itoa(a.Status) + " " + http.StatusText(a.Status),
		StatusCode:    a.Status,
		Proto:         "HTTP/1.1",
		ProtoMajor:    1,
		ProtoMinor:    1,
		Header:        header,
		Body:          io.NopCloser(strings.NewReader(a.Body)),
		ContentLength: int64(len(a.Body)),
		Request:       r,
	}
}

// timeout is a net.Error that a deadline caused.
type timeout struct{}

func (timeout) Error() string   { return "no answer in time" }
func (timeout) Timeout() bool   { return true }
func (timeout) Temporary() bool { return true }
func (timeout) Unwrap() error   { return context.DeadlineExceeded }

// networkError returns the error that net/http would meet, or nil for a word
// that names none.
func networkError(word, host string) error {
	switch word {
	case "timeout":
		return &net.OpError{Op: "read", Net: "tcp", Err: timeout{}}
	case "refused":
		return &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
	case "dns":
		return &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
	case "private":
		return &net.OpError{Op: "dial", Net: "tcp", Err: fmt.Errorf("connect to %s: %w (%w)", host, safehttp.ErrPrivate, actor.ErrPrivate)}
	}
	return nil
}

// addressKey tells addresses apart: exactly, but for the fragment, an empty
// path, and the ways to escape a WebFinger query.
func addressKey(address string) (string, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return "", fmt.Errorf("not the address of a peer: %q", address)
	}
	if u.Path == "" {
		u.Path = "/"
	}
	u.Fragment, u.RawFragment = "", ""
	if u.Path == "/.well-known/webfinger" {
		u.RawQuery = u.Query().Encode()
	}
	return u.String(), nil
}

// Standing returns what a URL would answer now. It is no fetch: nothing is
// counted, and no list moves on.
func (p *Peers) Standing(address string) (Answer, bool) {
	key, err := addressKey(address)
	if err != nil {
		return Answer{}, false
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	answers, listed := p.answers[key]
	if !listed {
		return Answer{}, false
	}
	return answers[min(p.asked[key], len(answers)-1)], true
}
