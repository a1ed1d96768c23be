package peer

import (
	"errors"
	"net"
	"net/http"
	"sync"
	"time"
)

// trapHost is the name under which the journal shows who walked into the trap.
const trapHost = "trap"

// A trap listens on a loopback address that no server under test was told to
// trust. Whoever asks there can be led into private networks.
type trap struct {
	base string
	web  *http.Server
	all  sync.WaitGroup
}

func setTrap(j *journal) (*trap, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	t := &trap{base: "http://" + l.Addr().String()}
	t.web = &http.Server{ReadHeaderTimeout: 10 * time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		j.add(Entry{At: time.Now(), Host: trapHost, Method: r.Method, Path: r.URL.RequestURI(), Status: http.StatusNotFound})
		http.NotFound(w, r)
	})}
	t.all.Go(func() { _ = t.web.Serve(l) })
	return t, nil
}

// Close stops listening.
func (t *trap) Close() error {
	err := t.web.Close()
	t.all.Wait()
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}
