package blobs3_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/portability/blobs3"
)

func answer(status int, body string) func(http.ResponseWriter, *http.Request) bool {
	return func(w http.ResponseWriter, r *http.Request) bool {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
		return true
	}
}

func xmlError(code string) string {
	return "<Error><Code>" + code + "</Code><Message>" + secret + "</Message><StringToSign>" + secret + "</StringToSign></Error>"
}

// every calls each method that asks the server.
func every(ctx context.Context, s *blobs3.Store) map[string]error {
	all := map[string]error{
		"put":    s.Put(ctx, "media/a", strings.NewReader("x"), 1),
		"parts":  s.Put(ctx, "media/a", bytes.NewReader(make([]byte, 6<<20)), 6<<20),
		"create": s.Create(ctx, "media/a", strings.NewReader("x"), 1),
		"remove": s.Remove(ctx, "media/a"),
		"move":   s.Move(ctx, "media/a", "media/b"),
		"check":  s.Check(ctx),
	}
	_, _, all["open"] = s.Open(ctx, "media/a")
	_, all["range"] = s.OpenRange(ctx, "media/a", 1, 2)
	_, all["stat"] = s.Stat(ctx, "media/a")
	for _, err := range s.List(ctx, "media/", "") {
		all["list"] = err
	}
	_, all["sweep"] = s.Sweep(ctx, time.Now())
	return all
}

func TestWhatAServerSays(t *testing.T) {
	for _, c := range []struct {
		name      string
		before    func(http.ResponseWriter, *http.Request) bool
		temporary bool
		status    int
	}{
		{"no access", answer(403, xmlError("AccessDenied")), false, 403},
		{"a wrong signature", answer(403, xmlError("SignatureDoesNotMatch")), false, 403},
		{"busy", answer(503, xmlError("SlowDown")), true, 503},
		{"broken", answer(500, xmlError("InternalError")), true, 500},
		{"too many", answer(429, ""), true, 429},
		{"a code that is none", answer(400, xmlError(strings.Repeat(secret+" ", 1000))), false, 400},
		{"a page for people", answer(502, "<html>"+secret), true, 502},
		{"not a server for that", answer(501, xmlError("NotImplemented")), false, 501},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			server := newServer(t)
			server.before = c.before
			for name, err := range every(t.Context(), server.store(t)) {
				e, ok := errors.AsType[*blobs3.Error](err)
				require.True(t, ok, "%s: %v", name, err)
				assert.Equal(t, c.status, e.Status, name)
				assert.Equal(t, c.temporary, e.Temporary(), "%s: %v", name, err)
				assert.Contains(t, err.Error(), "blobs", name)
				if name != "check" && name != "sweep" {
					assert.Contains(t, err.Error(), "blobs/media/", name)
				}
				assert.NotContains(t, err.Error(), secret, name)
				assert.NotContains(t, err.Error(), server.URL, name)
				assert.Less(t, len(err.Error()), 300, name)
				assert.NotErrorIs(t, err, fs.ErrNotExist, name)
			}
		})
	}
}

func TestServerThatIsAway(t *testing.T) {
	server := newServer(t)
	store := server.store(t)
	server.Close()
	for name, err := range every(t.Context(), store) {
		var retry interface{ Temporary() bool }
		require.ErrorAs(t, err, &retry, name)
		assert.True(t, retry.Temporary(), "%s: %v", name, err)
		assert.NotContains(t, err.Error(), secret)
		assert.NotContains(t, err.Error(), "x-id=", "no query")
	}
}

func TestServerThatNeverAnswers(t *testing.T) {
	server := newServer(t)
	ctx, cancel := context.WithCancel(t.Context())
	server.before = func(_ http.ResponseWriter, r *http.Request) bool {
		_, _ = io.Copy(io.Discard, r.Body)
		cancel()
		<-r.Context().Done()
		return true
	}
	err := server.store(t).Put(ctx, "a", strings.NewReader("x"), 1)
	require.ErrorIs(t, err, context.Canceled)
	var retry interface{ Temporary() bool }
	require.ErrorAs(t, err, &retry)
	assert.False(t, retry.Temporary(), "somebody wanted it so")
}

func TestBucketThatIsNotThere(t *testing.T) {
	server := newServer(t)
	c := server.config()
	c.Bucket = "no-such-bucket"
	store, err := blobs3.New(c)
	require.NoError(t, err)
	require.Error(t, store.Check(t.Context()))
	err = store.Put(t.Context(), "a", strings.NewReader("x"), 1)
	require.ErrorContains(t, err, "NoSuchBucket")
	assert.NotErrorIs(t, err, fs.ErrNotExist, "it is no blob that is missing")
}

// A redirect would take the token to another host.
func TestRedirectsAreNotFollowed(t *testing.T) {
	var asked atomic.Int64
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) }))
	defer other.Close()
	server := newServer(t)
	server.before = func(w http.ResponseWriter, r *http.Request) bool {
		http.Redirect(w, r, other.URL+r.URL.Path, http.StatusTemporaryRedirect)
		return true
	}
	for name, err := range every(t.Context(), server.store(t)) {
		assert.Error(t, err, name)
	}
	assert.Zero(t, asked.Load())
}

func TestEveryBodyIsSignedAndSummed(t *testing.T) {
	server := newServer(t)
	var seen atomic.Int64
	server.before = func(_ http.ResponseWriter, r *http.Request) bool {
		if r.Method != http.MethodPut {
			return false
		}
		data, err := io.ReadAll(r.Body)
		assert.NoError(t, err)
		sum := sha256.Sum256(data)
		assert.Equal(t, hex.EncodeToString(sum[:]), r.Header.Get("X-Amz-Content-Sha256"))
		assert.Equal(t, base64.StdEncoding.EncodeToString(sum[:]), r.Header.Get("X-Amz-Checksum-Sha256"))
		assert.Contains(t, r.Header.Get("Authorization"), "x-amz-content-sha256")
		assert.NotContains(t, fmt.Sprint(r.Header), secret[:20]+"K", "the key itself is not sent")
		r.Body = io.NopCloser(bytes.NewReader(data))
		seen.Add(1)
		return false
	}
	store := server.store(t)
	require.NoError(t, store.Put(t.Context(), "a", strings.NewReader("x"), -1))
	require.NoError(t, store.Put(t.Context(), "b", bytes.NewReader(make([]byte, 11<<20)), -1))
	assert.EqualValues(t, 1+3, seen.Load(), "one, and three parts")
}

// uploads lists what was begun and not ended.
func uploads(t *testing.T, server *server) string {
	t.Helper()
	r, err := http.Get(server.URL + "/blobs?uploads")
	require.NoError(t, err)
	defer r.Body.Close()
	data, err := io.ReadAll(r.Body)
	require.NoError(t, err)
	require.Contains(t, string(data), "ListMultipartUploadsResult")
	return string(data)
}

func TestUploadsThatFailAreEnded(t *testing.T) {
	broken := errors.New("the archive is damaged")
	server := newServer(t)
	store := server.store(t)
	ctx, cancel := context.WithCancel(t.Context())
	for name, c := range map[string]struct {
		ctx  context.Context
		r    io.Reader
		want error
	}{
		"the reader fails": {t.Context(), io.MultiReader(bytes.NewReader(make([]byte, 11<<20)), &torn{broken}), broken},
		"it is cancelled":  {ctx, io.MultiReader(bytes.NewReader(make([]byte, 11<<20)), &then{cancel}), context.Canceled},
	} {
		require.ErrorIs(t, store.Put(c.ctx, "a", c.r, -1), c.want, name)
		assert.NotContains(t, uploads(t, server), "<Upload>", name)
	}
	server.before = func(w http.ResponseWriter, r *http.Request) bool {
		return r.URL.Query().Get("partNumber") == "2" && answer(403, xmlError("AccessDenied"))(w, r)
	}
	require.Error(t, store.Put(t.Context(), "a", bytes.NewReader(make([]byte, 11<<20)), -1))
	assert.NotContains(t, uploads(t, server), "<Upload>", "the server refuses a part")
	_, err := store.Stat(t.Context(), "a")
	require.ErrorIs(t, err, fs.ErrNotExist)
}

type torn struct{ err error }

func (f *torn) Read([]byte) (int, error) { return 0, f.err }

type then struct{ do func() }

func (f *then) Read(p []byte) (int, error) {
	f.do()
	return len(p), nil
}

func TestSweep(t *testing.T) {
	server := newServer(t)
	c := server.config()
	c.Prefix = "mine/"
	mine, err := blobs3.New(c)
	require.NoError(t, err)
	server.before = func(w http.ResponseWriter, r *http.Request) bool { // as if it had been killed
		return r.Method == http.MethodDelete && answer(403, xmlError("AccessDenied"))(w, r)
	}
	for _, store := range []*blobs3.Store{mine, server.store(t)} {
		require.Error(t, store.Put(t.Context(), "a", bytes.NewReader(make([]byte, 6<<20)), 7<<20))
	}
	server.before = nil
	n, err := mine.Sweep(t.Context(), time.Now().Add(-time.Hour))
	require.NoError(t, err)
	assert.Zero(t, n, "they may be on their way")
	n, err = mine.Sweep(t.Context(), time.Now().Add(time.Hour))
	require.NoError(t, err)
	assert.Equal(t, 1, n, "others' are left")
	left := uploads(t, server)
	assert.NotContains(t, left, "mine/a")
	assert.Contains(t, left, "<Upload>")
}

func TestServerWithoutConditionalWrites(t *testing.T) {
	server := newServer(t)
	server.before = func(w http.ResponseWriter, r *http.Request) bool {
		return r.Header.Get("If-None-Match") != "" && answer(501, xmlError("NotImplemented"))(w, r)
	}
	store := server.store(t)
	for key, n := range map[string]int{"small": 10, "large": 6 << 20} {
		require.NoError(t, store.Create(t.Context(), key, bytes.NewReader(make([]byte, n)), int64(n)))
		err := store.Create(t.Context(), key, bytes.NewReader(make([]byte, n)), int64(n))
		require.ErrorIs(t, err, fs.ErrExist)
	}
}

// Two create one key at once, and the server tells the second of a conflict.
func TestConflict(t *testing.T) {
	server := newServer(t)
	store := server.store(t)
	other := true
	server.before = func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method != http.MethodPut {
			return false
		}
		if other {
			_, err := server.memory.PutObject("blobs", "a", map[string]string{}, strings.NewReader("x"), 1, nil)
			assert.NoError(t, err)
		}
		return answer(409, xmlError("ConditionalRequestConflict"))(w, r)
	}
	require.ErrorIs(t, store.Create(t.Context(), "a", strings.NewReader("y"), 1), fs.ErrExist)
	other = false
	err := store.Create(t.Context(), "b", strings.NewReader("y"), 1)
	e, ok := errors.AsType[*blobs3.Error](err)
	require.True(t, ok)
	assert.True(t, e.Temporary(), "nobody has won")
	assert.NotErrorIs(t, err, fs.ErrExist)
}

func TestAnswersThatAreCutOrChanged(t *testing.T) {
	whole := bytes.Repeat([]byte("0123456789"), 1000)
	sum := sha256.Sum256(whole)
	for name, c := range map[string]struct {
		body   []byte
		length int
		status int
		part   string
	}{
		"cut":       {whole[:5000], len(whole), 200, ""},
		"changed":   {append([]byte("x"), whole[1:]...), len(whole), 200, ""},
		"no length": {whole, -1, 200, ""},
	} {
		t.Run(name, func(t *testing.T) {
			server := newServer(t)
			server.before = func(w http.ResponseWriter, _ *http.Request) bool {
				w.Header().Set("X-Amz-Checksum-Sha256", base64.StdEncoding.EncodeToString(sum[:]))
				if c.length >= 0 {
					w.Header().Set("Content-Length", fmt.Sprint(c.length))
				}
				w.WriteHeader(c.status)
				w.(http.Flusher).Flush()
				_, _ = w.Write(c.body)
				return true
			}
			r, _, err := server.store(t).Open(t.Context(), "a")
			if err == nil {
				_, err = io.ReadAll(r)
				require.NoError(t, r.Close())
			}
			require.Error(t, err)
			assert.ErrorContains(t, err, "blobs/a")
		})
	}
}

func TestPartsThatWereNotAskedFor(t *testing.T) {
	for _, said := range []string{"", "bytes 0-4/10", "bytes 3-7/10", "bytes", "bytes 2-3/10", "items 2-6/10"} {
		server := newServer(t)
		server.before = func(w http.ResponseWriter, r *http.Request) bool {
			if said != "" {
				w.Header().Set("Content-Range", said)
			}
			w.WriteHeader(http.StatusPartialContent)
			_, _ = io.WriteString(w, "01234")
			return true
		}
		_, err := server.store(t).OpenRange(t.Context(), "a", 2, 5)
		require.ErrorContains(t, err, "another part", "%q", said)
	}
}

func TestLongLists(t *testing.T) {
	server := newServer(t)
	var want []string
	for i := range 2345 {
		key := fmt.Sprintf("media/%04d", i)
		_, err := server.memory.PutObject("blobs", key, map[string]string{}, strings.NewReader("x"), 1, nil)
		require.NoError(t, err)
		want = append(want, key)
	}
	pages := 0
	server.before = func(_ http.ResponseWriter, r *http.Request) bool {
		pages++
		return false
	}
	var got []string
	for b, err := range server.store(t).List(t.Context(), "media/", "") {
		require.NoError(t, err)
		got = append(got, b.Key)
	}
	assert.Equal(t, want, got)
	assert.Equal(t, 3, pages)
}

func TestListsThatLie(t *testing.T) {
	page := func(truncated bool, keys ...string) string {
		text := fmt.Sprintf("<ListBucketResult><IsTruncated>%v</IsTruncated>", truncated)
		for _, key := range keys {
			text += "<Contents><Key>" + key + "</Key><Size>1</Size></Contents>"
		}
		return text + "</ListBucketResult>"
	}
	for name, body := range map[string]string{
		"the same page for ever": page(true, "media/a", "media/b"),
		"nothing, for ever":      page(true),
		"not in order":           page(false, "media/b", "media/a"),
		"one key twice":          page(false, "media/a", "media/a"),
		"of another folder":      page(false, "other/a"),
		"no list":                "<html>",
	} {
		t.Run(name, func(t *testing.T) {
			server := newServer(t)
			server.before = answer(200, body)
			n, last := 0, error(nil)
			for _, err := range server.store(t).List(t.Context(), "media/", "") {
				last = err
				n++
			}
			require.Error(t, last)
			assert.LessOrEqual(t, n, 4)
		})
	}
}

func TestNames(t *testing.T) {
	server := newServer(t)
	for _, name := range []string{"media/a", "media/A", "media/a b", "media/..", "media//x", "media/z"} {
		_, err := server.memory.PutObject("blobs", name, map[string]string{}, strings.NewReader("x"), 1, nil)
		require.NoError(t, err)
	}
	var got []string
	for b, err := range server.store(t).List(t.Context(), "", "") {
		require.NoError(t, err)
		got = append(got, b.Key)
	}
	assert.Equal(t, []string{"media/a", "media/z"}, got, "somebody else's objects are no blobs")
}

func TestSizesThatLie(t *testing.T) {
	store := newServer(t).store(t)
	for _, size := range []int64{1 << 40, 1<<63 - 1} {
		err := store.Put(t.Context(), "a", strings.NewReader("x"), size)
		require.Error(t, err)
		assert.True(t, errors.Is(err, portability.ErrBlobSize) || errors.Is(err, blobs3.ErrTooLarge), "%v", err)
	}
}

func TestConfigs(t *testing.T) {
	good := blobs3.Config{Bucket: "blobs", Keys: blobs3.StaticKeys(blobs3.Keys{ID: "a", Secret: secret})}
	_, err := blobs3.New(good)
	require.NoError(t, err)
	for name, change := range map[string]func(*blobs3.Config){
		"no bucket":               func(c *blobs3.Config) { c.Bucket = "" },
		"a bucket with a slash":   func(c *blobs3.Config) { c.Bucket = "a/b" },
		"a bucket with a query":   func(c *blobs3.Config) { c.Bucket = "abc?x" },
		"no keys":                 func(c *blobs3.Config) { c.Keys = nil },
		"fewer attempts than one": func(c *blobs3.Config) { c.Attempts = -1 },
		"small parts":             func(c *blobs3.Config) { c.PartSize = 1 },
		"a prefix without end":    func(c *blobs3.Config) { c.Prefix = "a" },
		"a prefix that leads up":  func(c *blobs3.Config) { c.Prefix = "../" },
		"an endpoint with keys":   func(c *blobs3.Config) { c.Endpoint = "https://a:" + secret + "@s3.example" },
		"an endpoint with more":   func(c *blobs3.Config) { c.Endpoint = "https://s3.example/?x=" + secret },
		"an endpoint of no host":  func(c *blobs3.Config) { c.Endpoint = "https:///x" },
		"an endpoint of a file":   func(c *blobs3.Config) { c.Endpoint = "file:///etc" },
		"an endpoint that is bad": func(c *blobs3.Config) { c.Endpoint = "https://a b:" + secret + "\x00" },
	} {
		c := good
		change(&c)
		_, err := blobs3.New(c)
		require.ErrorIs(t, err, blobs3.ErrConfig, name)
		assert.NotContains(t, err.Error(), secret, name)
	}
}

func TestSecretsDoNotShow(t *testing.T) {
	server := newServer(t)
	c := server.config()
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "config", c)
	texts := []string{log.String()}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d"} {
		texts = append(texts, fmt.Sprintf(verb, c), fmt.Sprintf(verb, []any{&c}), fmt.Sprintf(verb, server.store(t)))
	}
	for _, text := range texts {
		assert.NotContains(t, text, secret)
	}
}

func TestKeysThatChange(t *testing.T) {
	server := newServer(t)
	var seen []string
	server.before = func(_ http.ResponseWriter, r *http.Request) bool {
		seen = append(seen, strings.Split(r.Header.Get("Authorization"), "/")[0])
		return false
	}
	away := errors.New("the vault is shut")
	n := 0
	c := server.config()
	c.Keys = func(context.Context) (blobs3.Keys, error) {
		if n++; n == 3 {
			return blobs3.Keys{}, away
		}
		return blobs3.Keys{ID: fmt.Sprintf("KEY%d", n), Secret: secret}, nil
	}
	store, err := blobs3.New(c)
	require.NoError(t, err)
	require.NoError(t, store.Put(t.Context(), "a", strings.NewReader("x"), 1))
	require.NoError(t, store.Put(t.Context(), "a", strings.NewReader("x"), 1))
	require.ErrorIs(t, store.Put(t.Context(), "a", strings.NewReader("x"), 1), away)
	assert.Equal(t, []string{"AWS4-HMAC-SHA256 Credential=KEY1", "AWS4-HMAC-SHA256 Credential=KEY2"}, seen)
}

// A server that is busy for a moment is asked again.
func TestBusyForAMoment(t *testing.T) {
	server := newServer(t)
	asked := 0
	server.before = func(w http.ResponseWriter, r *http.Request) bool {
		asked++
		return asked%2 == 1 && answer(503, xmlError("SlowDown"))(w, r)
	}
	c := server.config()
	c.Attempts = 2
	store, err := blobs3.New(c)
	require.NoError(t, err)
	data := make([]byte, 6<<20)
	require.NoError(t, store.Put(t.Context(), "a", bytes.NewReader(data), -1), "each part is sent again")
	found, err := store.Stat(t.Context(), "a")
	require.NoError(t, err)
	assert.EqualValues(t, len(data), found.Size)
	assert.Equal(t, 10, asked)
}
