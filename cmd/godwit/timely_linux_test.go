package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/portability/afterlife"
)

// large is more than the buffers of a connection hold.
const large = 48 << 20

// filmedExport is an export whose one post shows a large file.
func filmedExport(t *testing.T) string {
	t.Helper()
	archive, _ := departing(t)
	outbox := strings.Replace(departedOutbox, `"content":"<p>hello</p>"`,
		`"content":"<p>hello</p>","attachment":[{"type":"Document","mediaType":"video/webm","url":"/media_attachments/film.webm"}]`, 1)
	require.NoError(t, os.WriteFile(filepath.Join(archive, "outbox.json"), []byte(outbox), 0o600))
	film := filepath.Join(archive, "media_attachments", "film.webm")
	require.NoError(t, os.MkdirAll(filepath.Dir(film), 0o700))
	require.NoError(t, os.WriteFile(film, []byte("\x1a\x45\xdf\xa3"), 0o600))
	require.NoError(t, os.Truncate(film, large))
	return archive
}

// openFiles are those of this process below a folder.
func openFiles(t *testing.T, below string) []string {
	t.Helper()
	links, err := filepath.Glob("/proc/self/fd/*")
	require.NoError(t, err)
	require.NotEmpty(t, links, "/proc says which files are open")
	var all []string
	for _, link := range links {
		if name, err := os.Readlink(link); err == nil && strings.HasPrefix(name, below) {
			all = append(all, name)
		}
	}
	return all
}

// Somebody asks for a film, and takes none of it.
func TestWhoTakesNothingHoldsNoFile(t *testing.T) {
	door := filepath.Join(t.TempDir(), "door")
	status, said := (&web{}).said(t, "", "afterlife", "build", filmedExport(t), "-o", door)
	require.Equal(t, statusDone, status, said)
	opened, err := afterlife.Open(door)
	require.NoError(t, err)
	defer opened.Close()
	handler := afterlife.Handler(opened, nil, &afterlife.HandlerOptions{Origin: "https://old.example"})
	began, ended := make(chan struct{}), make(chan struct{})
	slow := paced(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasSuffix(r.URL.Path, ".webm") {
			handler.ServeHTTP(w, r)
			return
		}
		defer close(ended)
		close(began)
		handler.ServeHTTP(w, r)
	}), pace{first: 2 * time.Second, slowest: large})
	server := httptest.NewServer(slow)
	defer server.Close()

	visitor, err := net.Dial("tcp", server.Listener.Addr().String())
	require.NoError(t, err)
	defer visitor.Close()
	_, err = fmt.Fprint(visitor, "GET /system/media_attachments/film.webm HTTP/1.1\r\nHost: old.example\r\n\r\n")
	require.NoError(t, err)
	taken := bufio.NewReader(visitor)
	line, err := taken.ReadString('\n')
	require.NoError(t, err)
	require.Equal(t, "HTTP/1.1 200 OK\r\n", line)
	<-began
	require.Len(t, openFiles(t, filepath.Join(door, "media")), 1, "the film is being sent")

	for range 20 {
		others, err := http.Get(server.URL + "/users/alice/statuses/1")
		require.NoError(t, err)
		require.NoError(t, others.Body.Close())
		assert.Equal(t, 200, others.StatusCode, "another is answered meanwhile")
	}
	select {
	case <-ended:
		require.Fail(t, "the film was sent at once: it is too small for this test")
	default:
	}
	select {
	case <-ended:
	case <-time.After(time.Minute):
		require.Fail(t, "who takes nothing holds the film for ever")
	}
	assert.Empty(t, openFiles(t, filepath.Join(door, "media")), "the film is closed")
	left, _ := io.Copy(io.Discard, taken)
	assert.Less(t, left, int64(large), "and its rest is not sent")
}
