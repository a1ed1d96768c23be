package redirect

import (
	"maps"
	"net/http"
)

// unkept says that the next who asks may get another answer.
var unkept = []string{"private, no-store"}

// askNext lets the next handler answer. If it does not find what was asked for, it leads
// to a place, or says that it is gone where there is none. What next still has, it still
// shows: of a copy that was undone the old server has the only post, and whoever is told
// that it is gone removes their own of it.
func (h *Handler) askNext(w http.ResponseWriter, r *http.Request, location string) {
	held := &heldAnswer{to: w, header: w.Header().Clone()}
	h.next.ServeHTTP(held, r)
	switch {
	case held.notFound && location == "":
		h.gone(w, r, unkept)
	case held.notFound:
		h.lead(w, location, unkept)
	case !held.sent:
		held.WriteHeader(http.StatusOK)
	}
}

// A heldAnswer passes on what is written to it, but for a 404, which is dropped.
type heldAnswer struct {
	to             http.ResponseWriter
	header         http.Header
	sent, notFound bool
}

func (a *heldAnswer) Header() http.Header { return a.header }

func (a *heldAnswer) WriteHeader(status int) {
	switch {
	case a.sent || a.notFound:
		return
	case status == http.StatusNotFound:
		a.notFound = true
		return
	}
	clear(a.to.Header())
	maps.Copy(a.to.Header(), a.header)
	a.sent = status >= 200 || status == http.StatusSwitchingProtocols
	a.to.WriteHeader(status)
}

func (a *heldAnswer) Write(p []byte) (int, error) {
	if !a.sent && !a.notFound {
		a.WriteHeader(http.StatusOK)
	}
	if a.notFound {
		return len(p), nil
	}
	return a.to.Write(p)
}

// Flush is for handlers that write in pieces.
func (a *heldAnswer) Flush() {
	if !a.sent && !a.notFound {
		a.WriteHeader(http.StatusOK)
	}
	if f, ok := a.to.(http.Flusher); ok && a.sent {
		f.Flush()
	}
}
