package main

import (
	"io"
	"net/http"
	"strconv"
	"time"
)

// A pace is how long an answer may take.
type pace struct {
	first   time.Duration // whatever its length
	slowest int64         // bytes a second that somebody must take at least, besides
}

// timely has every answer end in a time that follows from its length. A large file may
// take hours, and who takes nothing does not keep a connection.
func timely(h http.Handler) http.Handler { return paced(h, pace{time.Minute, 16 << 10}) }

func paced(h http.Handler, p pace) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.ServeHTTP(&timedWriter{ResponseWriter: w, pace: p}, r)
	})
}

type timedWriter struct {
	http.ResponseWriter
	pace
	timed bool
}

// limit sets the end of the answer, once its length is known.
func (w *timedWriter) limit() {
	if w.timed {
		return
	}
	w.timed = true
	length, _ := strconv.ParseInt(w.Header().Get("Content-Length"), 10, 64)
	most := w.first + time.Duration(max(length, 0)/w.slowest)*time.Second
	// A connection without deadlines is a test's recorder.
	_ = http.NewResponseController(w.ResponseWriter).SetWriteDeadline(time.Now().Add(most))
}

func (w *timedWriter) WriteHeader(status int) {
	w.limit()
	w.ResponseWriter.WriteHeader(status)
}

func (w *timedWriter) Write(b []byte) (int, error) {
	w.limit()
	return w.ResponseWriter.Write(b)
}

// ReadFrom leaves files to the system (sendfile).
func (w *timedWriter) ReadFrom(from io.Reader) (int64, error) {
	w.limit()
	return io.Copy(w.ResponseWriter, from)
}

// Unwrap is for http.ResponseController.
func (w *timedWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
