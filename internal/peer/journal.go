package peer

import (
	"bytes"
	"io"
	"net/http"
	"sync"
	"time"

	"codeberg.org/godwit/godwit/vocab"
)

const (
	maxEntries = 20000
	maxBody    = 1 << 20 // of a request; longer ones are noted without their body
)

// An Entry is one request that a host was sent.
type Entry struct {
	Number int64     `json:"n"` // rises by one
	At     time.Time `json:"at"`
	Host   string    `json:"host"`
	Method string    `json:"method"`
	Path   string    `json:"path"` // with the query
	// Status is what the host answered; 0 if it dropped the connection.
	Status int `json:"status"`
	// Signature is nil if the request carried none.
	Signature *Signature `json:"signature"`
	// The rest is of activities. Body is what was sent, Type to Target are read
	// from it, and About is the object of an embedded object, as in an Undo.
	Type   string    `json:"type,omitzero"`
	ID     vocab.IRI `json:"id,omitzero"`
	Actor  vocab.IRI `json:"actor,omitzero"`
	Object vocab.IRI `json:"object,omitzero"`
	About  vocab.IRI `json:"about,omitzero"`
	Target vocab.IRI `json:"target,omitzero"`
	Body   string    `json:"body,omitzero"`
	// Verdict is what the host concluded about a Move, at once: an outcome and,
	// behind a space, a reason.
	Verdict string `json:"verdict,omitzero"`
}

// A journal keeps the latest requests of all hosts.
type journal struct {
	mu      sync.Mutex
	entries []Entry
	last    int64
}

func (j *journal) add(e Entry) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.last++
	e.Number = j.last
	j.entries = append(j.entries, e)
	if len(j.entries) > maxEntries {
		j.entries = append([]Entry(nil), j.entries[maxEntries/10:]...)
	}
}

// at returns the number of the latest entry.
func (j *journal) at() int64 {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.last
}

// since returns the entries behind a number that pass.
func (j *journal) since(n int64, pass func(Entry) bool) []Entry {
	j.mu.Lock()
	defer j.mu.Unlock()
	found := []Entry{}
	for _, e := range j.entries {
		if e.Number > n && pass(e) {
			found = append(found, e)
		}
	}
	return found
}

// noted writes down what comes in, and what was answered.
func (h *host) noted(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		e := Entry{At: time.Now(), Host: h.name, Method: r.Method, Path: r.URL.RequestURI()}
		body, whole := readBody(r)
		e.Signature = h.inspect(r, body)
		activity := e.describe(body, whole)
		answer := &statusWriter{ResponseWriter: w}
		defer func() {
			e.Status = answer.status
			if activity != nil && activity.Is(vocab.TypeMove) {
				e.Verdict, _ = h.VerdictOn(h.peer.ctx, activity.String())
			}
			h.peer.journal.add(e)
		}()
		next.ServeHTTP(answer, r)
	})
}

// readBody reads a body and puts it back.
func readBody(r *http.Request) (body []byte, whole bool) {
	if r.Method != http.MethodPost {
		return nil, true
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	rest := r.Body
	r.Body = struct {
		io.Reader
		io.Closer
	}{io.MultiReader(bytes.NewReader(body), rest), rest}
	return body, err == nil && len(body) <= maxBody
}

// describe reads an activity; nil if there is none.
func (e *Entry) describe(body []byte, whole bool) *vocab.Object {
	if len(body) == 0 || !whole {
		return nil
	}
	e.Body = string(body)
	o, err := vocab.Parse(body)
	if err != nil {
		return nil
	}
	e.Type, e.ID, e.Actor = o.Type(), o.ID(), o.IRI(vocab.Actor)
	e.Object, e.Target = o.IRI(vocab.ObjectProperty), o.IRI(vocab.Target)
	if inner := o.Child(vocab.ObjectProperty); inner != nil {
		e.About = inner.IRI(vocab.ObjectProperty)
	}
	return o
}

// A statusWriter remembers the status. [http.ResponseController] finds what is
// behind it.
type statusWriter struct {
	http.ResponseWriter
	status int
}

func (w *statusWriter) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *statusWriter) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	return w.ResponseWriter.Write(b)
}

// Unwrap is for [http.ResponseController].
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
