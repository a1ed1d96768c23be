package main

import (
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

// deadlined notes until when somebody may take an answer.
type deadlined struct {
	http.ResponseWriter
	head  http.Header
	until time.Time
}

func (d *deadlined) Header() http.Header                    { return d.head }
func (d *deadlined) WriteHeader(int)                        {}
func (d *deadlined) Write(b []byte) (int, error)            { return len(b), nil }
func (d *deadlined) SetWriteDeadline(until time.Time) error { d.until = until; return nil }

func TestAnswersEndInATimeThatFollowsFromTheirLength(t *testing.T) {
	for length, most := range map[int]time.Duration{0: time.Minute, 1 << 20: 124 * time.Second, 1 << 30: 65596 * time.Second} {
		w := &deadlined{head: http.Header{}}
		timely(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			if length > 0 {
				w.Header().Set("Content-Length", strconv.Itoa(length))
			}
			_, _ = w.Write([]byte("x"))
		})).ServeHTTP(w, nil)
		assert.WithinDuration(t, time.Now().Add(most), w.until, 10*time.Second, "%d bytes", length)
	}
}
