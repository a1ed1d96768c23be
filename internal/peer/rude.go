package peer

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"time"

	"codeberg.org/godwit/godwit/webfinger"
)

// A rudeness answers one request in the place of the server.
type rudeness = func(h *host, s Setting, w http.ResponseWriter, r *http.Request, next http.Handler)

func answerStatus(status int) rudeness {
	return func(_ *host, s Setting, w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		if s.Seconds > 0 {
			w.Header().Set("Retry-After", strconv.Itoa(int(max(1, s.Seconds))))
		}
		w.WriteHeader(status)
	}
}

func drop(*host, Setting, http.ResponseWriter, *http.Request, http.Handler) {
	panic(http.ErrAbortHandler)
}

func takeAndDrop(_ *host, _ Setting, _ http.ResponseWriter, r *http.Request, next http.Handler) {
	next.ServeHTTP(httptest.NewRecorder(), r)
	panic(http.ErrAbortHandler)
}

// pause waits, or reports that nobody waits for the answer any more.
func pause(r *http.Request, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-r.Context().Done():
		return false
	}
}

func slowAnswer(_ *host, s Setting, w http.ResponseWriter, r *http.Request, next http.Handler) {
	if !pause(r, s.wait()) {
		panic(http.ErrAbortHandler)
	}
	next.ServeHTTP(w, r)
}

// answered is what the server would have answered.
func answered(r *http.Request, next http.Handler) *httptest.ResponseRecorder {
	rec := httptest.NewRecorder()
	next.ServeHTTP(rec, r)
	return rec
}

func copyHeader(w http.ResponseWriter, rec *httptest.ResponseRecorder) {
	for name, values := range rec.Header() {
		w.Header()[name] = values
	}
}

func slowBody(_ *host, s Setting, w http.ResponseWriter, r *http.Request, next http.Handler) {
	rec := answered(r, next)
	copyHeader(w, rec)
	w.WriteHeader(rec.Code)
	const pieces = 100
	body := rec.Body.Bytes()
	for piece := range slices.Chunk(body, len(body)/pieces+1) {
		_, err := w.Write(piece)
		if err != nil || http.NewResponseController(w).Flush() != nil || !pause(r, s.wait()/pieces) {
			return
		}
	}
}

// spaces are what JSON may hold any number of.
var spaces = bytes.Repeat([]byte{' '}, 64<<10)

func endlessBody(_ *host, _ Setting, w http.ResponseWriter, r *http.Request, _ http.Handler) {
	w.Header().Set("Content-Type", activityJSON)
	_, err := io.WriteString(w, "{")
	for err == nil && r.Context().Err() == nil {
		_, err = w.Write(spaces)
	}
	panic(http.ErrAbortHandler) // or it would end politely when the host is closed
}

func shortBody(_ *host, _ Setting, w http.ResponseWriter, r *http.Request, next http.Handler) {
	rec := answered(r, next)
	copyHeader(w, rec)
	w.Header().Set("Content-Length", strconv.Itoa(rec.Body.Len()))
	w.WriteHeader(rec.Code)
	_, _ = w.Write(rec.Body.Bytes()[:rec.Body.Len()/2])
	_ = http.NewResponseController(w).Flush()
	panic(http.ErrAbortHandler)
}

func gzipBomb(_ *host, _ Setting, w http.ResponseWriter, r *http.Request, _ http.Handler) {
	w.Header().Set("Content-Type", activityJSON)
	w.Header().Set("Content-Encoding", "gzip")
	packed, err := gzip.NewWriterLevel(w, gzip.BestSpeed)
	if err != nil {
		return
	}
	_, err = io.WriteString(packed, "{")
	for range 1 << 30 / len(spaces) {
		if err != nil || r.Context().Err() != nil {
			return
		}
		_, err = packed.Write(spaces)
	}
	_, _ = io.WriteString(packed, "}")
	_ = packed.Close()
}

func relabel(contentType string) rudeness {
	return func(_ *host, _ Setting, w http.ResponseWriter, r *http.Request, next http.Handler) {
		rec := answered(r, next)
		copyHeader(w, rec)
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(rec.Code)
		_, _ = w.Write(rec.Body.Bytes())
	}
}

func redirectLoop(_ *host, _ Setting, w http.ResponseWriter, r *http.Request, _ http.Handler) {
	http.Redirect(w, r, r.URL.Path, http.StatusFound)
}

func redirectPrivate(h *host, _ Setting, w http.ResponseWriter, r *http.Request, _ http.Handler) {
	http.Redirect(w, r, h.peer.trap.base+r.URL.Path, http.StatusFound)
}

// demandSignature shows keys to everybody: who cannot get them cannot sign.
func demandSignature(h *host, _ Setting, w http.ResponseWriter, r *http.Request, next http.Handler) {
	if r.URL.Path == "/users/"+reader || strings.HasSuffix(r.URL.Path, "/main-key") {
		next.ServeHTTP(w, r)
		return
	}
	if _, err := h.Client().Verify(r.Context(), r, nil); err != nil {
		http.Error(w, err.Error(), http.StatusUnauthorized)
		return
	}
	next.ServeHTTP(w, r)
}

func onlyScheme(scheme string) rudeness {
	return func(h *host, _ Setting, w http.ResponseWriter, r *http.Request, next http.Handler) {
		used := "draft-cavage"
		if r.Header.Get("Signature-Input") != "" {
			used = "rfc9421"
		}
		if used != scheme {
			http.Error(w, fmt.Sprintf("signatures are verified after %s only", scheme), http.StatusUnauthorized)
			return
		}
		next.ServeHTTP(w, r)
	}
}

func garble(_ *host, _ Setting, w http.ResponseWriter, _ *http.Request, _ http.Handler) {
	w.Header().Set("Content-Type", "application/jrd+json")
	_, _ = io.WriteString(w, `{"subject":"acct:`)
}

func leadElsewhere(h *host, _ Setting, w http.ResponseWriter, r *http.Request, next http.Handler) {
	resource, err := webfinger.ParseResource(r.URL.Query().Get("resource"))
	if err != nil || resource.Handle.IsZero() {
		next.ServeHTTP(w, r)
		return
	}
	elsewhere := string(h.id(reader))
	w.Header().Set("Content-Type", "application/jrd+json")
	body, err := webfinger.Describe(resource.Handle, elsewhere, elsewhere).Bytes()
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	_, _ = w.Write(body)
}
