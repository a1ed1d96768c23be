package blobs3_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/portability/blobs3"
)

const copied = "<CopyObjectResult><ETag>&quot;x&quot;</ETag></CopyObjectResult>"

// A server that says it has copied, and has not, must not be asked to remove the one
// blob that there is.
func TestABlobIsNotRemovedForACopyThatIsNotThere(t *testing.T) {
	for name, c := range map[string]struct{ body, there string }{
		"nothing was copied":         {copied, ""},
		"a part was copied":          {copied, "kep"},
		"nothing was said":           {"", ""},
		"something else was said":    {"<html>", ""},
		"an error came with success": {xmlError("InternalError"), ""},
	} {
		t.Run(name, func(t *testing.T) {
			server := newServer(t)
			store := server.store(t)
			require.NoError(t, store.Put(t.Context(), "a", strings.NewReader("kept"), 4))
			server.before = func(w http.ResponseWriter, r *http.Request) bool {
				if r.Header.Get("X-Amz-Copy-Source") == "" {
					return false
				}
				if c.there != "" {
					_, err := server.memory.PutObject("blobs", "b", map[string]string{}, strings.NewReader(c.there), int64(len(c.there)), nil)
					assert.NoError(t, err)
				}
				return answer(200, c.body)(w, r)
			}
			err := store.Move(t.Context(), "a", "b")
			require.Error(t, err)
			assert.NotErrorIs(t, err, fs.ErrNotExist, "what was to be moved is there")
			found, err := store.Stat(t.Context(), "a")
			require.NoError(t, err, "the only one there is")
			assert.EqualValues(t, 4, found.Size)
		})
	}
}

func TestUploadThatIsNotAnsweredIsNotTakenForDone(t *testing.T) {
	for name, body := range map[string]string{
		"nothing is said": "", "something else": "<html>", "an error with success": xmlError("InternalError"),
	} {
		server := newServer(t)
		server.before = func(w http.ResponseWriter, r *http.Request) bool {
			return r.Method == http.MethodPost && r.URL.Query().Has("uploadId") && answer(200, body)(w, r)
		}
		require.Error(t, server.store(t).Put(t.Context(), "a", bytes.NewReader(make([]byte, 6<<20)), -1), name)
	}
}

func TestBlobOfUnknownSizeIsNotEmpty(t *testing.T) {
	server := newServer(t)
	server.before = func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method != http.MethodHead {
			return false
		}
		w.Header().Set("Transfer-Encoding", "identity") // and so no length
		w.WriteHeader(200)
		return true
	}
	_, err := server.store(t).Stat(t.Context(), "a")
	require.ErrorContains(t, err, "without a length")
}

func TestPartThatEndsTooSoonIsNotTheEndOfTheBlob(t *testing.T) {
	for said, ok := range map[string]bool{"bytes 2-6/7": true, "bytes 2-6/100": false, "bytes 2-6/*": false, "bytes 2-6/": false} {
		server := newServer(t)
		server.before = func(w http.ResponseWriter, _ *http.Request) bool {
			w.Header().Set("Content-Range", said)
			w.WriteHeader(http.StatusPartialContent)
			_, _ = io.WriteString(w, "23456")
			return true
		}
		r, err := server.store(t).OpenRange(t.Context(), "a", 2, 50)
		if !ok {
			require.ErrorContains(t, err, "another part", said)
			continue
		}
		require.NoError(t, err, said)
		require.NoError(t, r.Close())
	}
}

// What is no blob is read whole before anybody sees any of it: so there is a bound.
func TestAnswersWithoutEnd(t *testing.T) {
	const enough = 64 << 20
	for name, status := range map[string]int{"a list": 200, "an error": 400} {
		t.Run(name, func(t *testing.T) {
			server := newServer(t)
			sent := make(chan int, 1)
			server.before = func(w http.ResponseWriter, _ *http.Request) bool {
				w.WriteHeader(status)
				n, _ := io.WriteString(w, "<ListBucketResult>")
				line := strings.Repeat(" ", 1<<16) + "<Prefix>x</Prefix>"
				for n < enough {
					more, err := io.WriteString(w, line)
					if err != nil {
						break
					}
					n += more
				}
				sent <- n
				return true
			}
			var last error
			for _, err := range server.store(t).List(t.Context(), "media/", "") {
				last = err
			}
			require.Error(t, last)
			assert.Less(t, <-sent, enough/2, "it was not read to its end, which never comes")
		})
	}
}

func TestBlobsMayBeLargerThanOtherAnswers(t *testing.T) {
	const size = 17 << 20
	store := newServer(t).store(t)
	require.NoError(t, store.Put(t.Context(), "a", bytes.NewReader(make([]byte, size)), size))
	r, _, err := store.Open(t.Context(), "a")
	require.NoError(t, err)
	n, err := io.Copy(io.Discard, r)
	require.NoError(t, errors.Join(err, r.Close()))
	assert.EqualValues(t, size, n)
}

// A bucket may have objects of others whose names no XML can hold.
func TestNamesThatNoAnswerCanHold(t *testing.T) {
	plain := "<Key>media/a</Key>|<Key>media/b&#x1;</Key>|<Key>media/c d</Key>|<Key>media/z</Key>"
	coded := "<Key>media%2Fa</Key>|<Key>media%2Fb%01</Key>|<Key>media%2Fc+d</Key>|<Key>media%2Fz</Key>"
	server := newServer(t)
	ended := ""
	server.before = func(w http.ResponseWriter, r *http.Request) bool {
		query, names, coding := r.URL.Query(), plain, ""
		if query.Get("encoding-type") == "url" {
			names, coding = coded, "<EncodingType>url</EncodingType>"
		}
		switch {
		case r.Method == http.MethodDelete:
			ended += r.URL.Path + " "
			return answer(204, "")(w, r)
		case query.Has("uploads"):
			names = strings.ReplaceAll(names, "</Key>", "</Key><UploadId>1</UploadId><Initiated>2026-01-01T00:00:00Z</Initiated>")
			names = strings.ReplaceAll(names, "|", "</Upload><Upload>")
			return answer(200, "<ListMultipartUploadsResult>"+coding+"<Upload>"+names+"</Upload></ListMultipartUploadsResult>")(w, r)
		}
		names = strings.ReplaceAll(names, "|", "<Size>1</Size></Contents><Contents>")
		return answer(200, "<ListBucketResult>"+coding+"<Contents>"+names+"</Contents></ListBucketResult>")(w, r)
	}
	var got []string
	for b, err := range server.store(t).List(t.Context(), "media/", "") {
		require.NoError(t, err)
		got = append(got, b.Key)
	}
	assert.Equal(t, []string{"media/a", "media/z"}, got)
	n, err := server.store(t).Sweep(t.Context(), time.Now())
	require.NoError(t, err)
	assert.Equal(t, 2, n)
	assert.Equal(t, "/blobs/media/a /blobs/media/z ", ended)
}

// Nobody's context has ended, so what has taken too long may be tried again.
func TestAServerThatIsSlowIsTemporary(t *testing.T) {
	server := newServer(t)
	release := make(chan struct{})
	server.before = func(_ http.ResponseWriter, r *http.Request) bool {
		_, _ = io.Copy(io.Discard, r.Body)
		<-release
		return true
	}
	c := server.config()
	transport := &http.Transport{ResponseHeaderTimeout: 10 * time.Millisecond}
	c.Client = &http.Client{Transport: transport}
	store, err := blobs3.New(c)
	require.NoError(t, err)
	all := every(t.Context(), store)
	close(release)
	for name, err := range all {
		e, ok := errors.AsType[*blobs3.Error](err)
		require.True(t, ok, "%s: %v", name, err)
		assert.True(t, e.Temporary(), "%s: %v", name, err)
	}
}

// Sweep leaves alone what List leaves out: it is somebody else's.
func TestUploadsOfOthersAreLeft(t *testing.T) {
	server := newServer(t)
	answered, err := http.Post(server.URL+"/blobs/Other%20Thing.bin?uploads", "", nil)
	require.NoError(t, err)
	require.NoError(t, answered.Body.Close())
	require.Equal(t, 200, answered.StatusCode)
	n, err := server.store(t).Sweep(t.Context(), time.Now().Add(time.Hour))
	require.NoError(t, err)
	assert.Zero(t, n)
	assert.Contains(t, uploads(t, server), "<Upload>")
}

func TestUploadsThatAreListedForEver(t *testing.T) {
	for name, marker := range map[string]func(page int) string{
		"the same page":     func(int) string { return "a" },
		"two pages by turn": func(page int) string { return fmt.Sprint("a", page%2) },
		"back and on again": func(page int) string { return fmt.Sprint("a", page%7) },
		"no marker":         func(int) string { return "" },
	} {
		t.Run(name, func(t *testing.T) {
			server := newServer(t)
			pages := 0
			server.before = func(w http.ResponseWriter, r *http.Request) bool {
				if pages++; pages > 100 {
					return answer(403, xmlError("AccessDenied"))(w, r)
				}
				return answer(200, "<ListMultipartUploadsResult><IsTruncated>true</IsTruncated><NextKeyMarker>"+
					marker(pages)+"</NextKeyMarker><NextUploadIdMarker>x</NextUploadIdMarker></ListMultipartUploadsResult>")(w, r)
			}
			_, err := server.store(t).Sweep(t.Context(), time.Now())
			require.ErrorContains(t, err, "list", "not all was seen")
			assert.Less(t, pages, 20)
		})
	}
}

// late is a transport that goes on reading a body after it has failed, as transports may.
type late struct {
	http.RoundTripper
	body io.Reader
}

func (l *late) Do(r *http.Request) (*http.Response, error) {
	if l.body == nil && r.Method == http.MethodPut {
		l.body = r.Body
		return nil, errors.New("the connection was cut")
	}
	return l.RoundTrip(r)
}

func TestWhatIsSentStillDoesNotBecomeAnotherBlob(t *testing.T) {
	server := newServer(t)
	client := &late{RoundTripper: http.DefaultTransport}
	c := server.config()
	c.Client = client
	store, err := blobs3.New(c)
	require.NoError(t, err)
	const size = 4 << 20
	require.Error(t, store.Put(t.Context(), "a", bytes.NewReader(bytes.Repeat([]byte("a"), size)), size))
	for range 10 {
		require.NoError(t, store.Put(t.Context(), "b", bytes.NewReader(bytes.Repeat([]byte("b"), size)), size))
	}
	sent, err := io.ReadAll(client.body)
	if err == nil {
		assert.NotContains(t, string(sent), "b", "another's bytes")
	}
	_, err = store.Stat(t.Context(), "a")
	require.ErrorIs(t, err, fs.ErrNotExist)
}
