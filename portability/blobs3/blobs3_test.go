package blobs3_test

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/portability/blobs3"
	"codeberg.org/godwit/godwit/portability/portabilitytest"
	"codeberg.org/godwit/godwit/vocab"
)

// A server is an S3 server in this process.
type server struct {
	*httptest.Server
	memory *s3mem.Backend
	// before, if it is not nil, sees every request, and answers it if it returns true.
	before func(w http.ResponseWriter, r *http.Request) bool
}

// unsummed leaves out the digest of an object: gofakes3 says that of another one, which
// had the key before.
type unsummed struct{ http.ResponseWriter }

func (u unsummed) WriteHeader(status int) {
	u.Header().Del("X-Amz-Checksum-Sha256")
	u.ResponseWriter.WriteHeader(status)
}

func (u unsummed) Write(p []byte) (int, error) {
	u.Header().Del("X-Amz-Checksum-Sha256") // it does nothing where the header was written
	return u.ResponseWriter.Write(p)
}

const secret = "wJalrXUtnFEMI-K7MDENG-bPxRfiCYEXAMPLEKEY"

func newServer(t testing.TB) *server {
	t.Helper()
	s := &server{memory: s3mem.New()}
	require.NoError(t, s.memory.CreateBucket("blobs"))
	fake := gofakes3.New(s.memory).Server()
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.before == nil || !s.before(w, r) {
			fake.ServeHTTP(unsummed{w}, r)
		}
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *server) config() blobs3.Config {
	keys := blobs3.Keys{ID: "AKIDEXAMPLE", Secret: secret, Token: "TOKEN-" + secret}
	return blobs3.Config{Bucket: "blobs", Endpoint: s.URL, Keys: blobs3.StaticKeys(keys), PartSize: 5 << 20, Attempts: 1}
}

func (s *server) store(t testing.TB) *blobs3.Store {
	t.Helper()
	store, err := blobs3.New(s.config())
	require.NoError(t, err)
	return store
}

func TestBlobs(t *testing.T) {
	portabilitytest.TestBlobs(t, func(t *testing.T) portability.Blobs { return newServer(t).store(t) })
}

// The store is a part of a bucket that has more.
func TestBlobsBehindAPrefix(t *testing.T) {
	portabilitytest.TestBlobs(t, func(t *testing.T) portability.Blobs {
		s := newServer(t)
		for _, name := range []string{"a", "m/a", "media/a/b", "Other Thing", "media/godwit"} {
			_, err := s.memory.PutObject("blobs", name, map[string]string{}, strings.NewReader("x"), 1, nil)
			require.NoError(t, err)
		}
		c := s.config()
		c.Prefix = "media/godwit/"
		store, err := blobs3.New(c)
		require.NoError(t, err)
		return store
	})
}

// serverText names a server and a bucket that is there: http://KEY:SECRET@host/bucket,
// with ?region= where it has one. What the tests put there, they remove.
const serverText = "GODWIT_TEST_S3"

func TestServerOutside(t *testing.T) {
	text := os.Getenv(serverText)
	if text == "" {
		t.Skip(serverText + " names no server; the one in the process was tested")
	}
	u, err := url.Parse(text)
	require.NoError(t, err, "the URL in %s", serverText)
	password, _ := u.User.Password()
	portabilitytest.TestBlobs(t, func(t *testing.T) portability.Blobs {
		var id [8]byte
		_, _ = rand.Read(id[:])
		store, err := blobs3.New(blobs3.Config{
			Bucket: path.Base(u.Path), Endpoint: u.Scheme + "://" + u.Host, Region: u.Query().Get("region"),
			Keys:   blobs3.StaticKeys(blobs3.Keys{ID: u.User.Username(), Secret: password}),
			Prefix: "godwit-test-" + hex.EncodeToString(id[:]) + "/", PartSize: 5 << 20,
		})
		require.NoError(t, err)
		require.NoError(t, store.Check(t.Context()))
		t.Cleanup(func() { empty(t, store) })
		return store
	})
}

func empty(t *testing.T, store *blobs3.Store) {
	ctx := context.WithoutCancel(t.Context())
	for b, err := range store.List(ctx, "", "") {
		if assert.NoError(t, err) {
			assert.NoError(t, store.Remove(ctx, b.Key))
		}
	}
}

// The bucket is in the name of the host.
func TestHostStyle(t *testing.T) {
	server := newServer(t)
	fake := gofakes3.New(server.memory, gofakes3.WithHostBucket(true)).Server()
	server.before = func(w http.ResponseWriter, r *http.Request) bool {
		assert.Equal(t, "blobs.s3.example", r.Host)
		fake.ServeHTTP(w, r)
		return true
	}
	c := server.config()
	c.Endpoint, c.HostStyle = "http://s3.example/", true
	c.Client = &http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, network, server.Listener.Addr().String())
		},
	}}
	store, err := blobs3.New(c)
	require.NoError(t, err)
	require.NoError(t, store.Check(t.Context()))
	require.NoError(t, store.Put(t.Context(), "media/a", strings.NewReader("x"), 1))
	found, err := store.Stat(t.Context(), "media/a")
	require.NoError(t, err)
	assert.EqualValues(t, 1, found.Size)
}

// Files by their digest, the large ones without knowing it before.
func TestMediaStoreInABucket(t *testing.T) {
	store := newServer(t).store(t)
	media := portability.NewMediaStore(store, func(digest string) vocab.IRI { return vocab.IRI("https://new.example/" + digest) }, nil)
	for _, n := range []int{0, 1000, 7 << 20} {
		data := bytes.Repeat([]byte{7}, n)
		where, err := media.PutMedia(t.Context(), portability.Medium{Size: int64(n)}, bytes.NewReader(data))
		require.NoError(t, err)
		digest := path.Base(string(where))
		r, found, err := media.OpenMedia(t.Context(), portability.Medium{Digest: digest, Size: -1})
		require.NoError(t, err)
		got, err := io.ReadAll(r)
		require.NoError(t, errors.Join(err, r.Close()))
		assert.True(t, bytes.Equal(data, got))
		assert.EqualValues(t, n, found.Size)
	}
	n := 0
	for b, err := range store.List(t.Context(), "", "") {
		require.NoError(t, err)
		assert.True(t, strings.HasPrefix(b.Key, "media/"), "%s", b.Key)
		n++
	}
	assert.Equal(t, 3, n, "nothing is left on its way")
}

// An archive is read where it lies, without being fetched whole.
func TestArchiveInABucket(t *testing.T) {
	server := newServer(t)
	store := server.store(t)
	var file bytes.Buffer
	z := zip.NewWriter(&file)
	for i := range 40 {
		w, err := z.CreateHeader(&zip.FileHeader{Name: fmt.Sprintf("media/%d", i), Method: zip.Store})
		require.NoError(t, err)
		_, err = w.Write(bytes.Repeat([]byte{byte(i)}, 200_000))
		require.NoError(t, err)
	}
	require.NoError(t, z.Close())
	require.NoError(t, store.Put(t.Context(), "archives/alice.zip", bytes.NewReader(file.Bytes()), int64(file.Len())))

	var sent atomic.Int64
	server.before = func(_ http.ResponseWriter, r *http.Request) bool {
		if r.Method == http.MethodGet {
			assert.NotEmpty(t, r.Header.Get("Range"))
			sent.Add(1)
		}
		return false
	}
	at, err := portability.OpenBlobAt(t.Context(), store, "archives/alice.zip")
	require.NoError(t, err)
	opened, err := zip.NewReader(at, at.Size())
	require.NoError(t, err)
	require.Len(t, opened.File, 40)
	r, err := opened.File[17].Open()
	require.NoError(t, err)
	data, err := io.ReadAll(r)
	require.NoError(t, errors.Join(err, r.Close()))
	assert.Equal(t, 200_000, bytes.Count(data, []byte{17}))
	assert.LessOrEqual(t, sent.Load(), int64(5), "few requests, of some blocks each")
}
