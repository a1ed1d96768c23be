package portabilitytest

import (
	"context"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/portability"
)

var fileSituations = []sinkSituation{
	{"a file is stored once, whatever it was called", func(t *testing.T, sink portability.Sink) {
		first := putFile(t, sink, picture("one"), "one")
		assert.Equal(t, first, putFile(t, sink, picture("one"), "one"), "the same again")
		elsewhere := picture("one")
		elsewhere.URL, elsewhere.Path = "https://files.old.example/2.png", "media/2.png"
		assert.Equal(t, first, putFile(t, sink, elsewhere, "one"), "the same from elsewhere")
		assert.NotEqual(t, first, putFile(t, sink, picture("two"), "two"), "another")
	}},
	{"a file of which nothing is known is stored", func(t *testing.T, sink portability.Sink) {
		unknown := portability.Medium{Path: "media/1.png", Type: "image/png", Size: -1}
		assert.Equal(t, putFile(t, sink, unknown, "one"), putFile(t, sink, picture("one"), "one"))
	}},
	{"a file is read to its end, and not closed", func(t *testing.T, sink portability.Sink) {
		r := &watched{Reader: strings.NewReader("one")}
		_, err := sink.(portability.MediaSink).PutMedia(t.Context(), picture("one"), r)
		require.NoError(t, err)
		assert.True(t, r.ended, "read to its end")
		assert.False(t, r.closed, "closed")
	}},
	{"a file with another digest than it says is refused", func(t *testing.T, sink portability.Sink) {
		wrong := picture("one")
		wrong.Digest = digestOf([]byte("two"))
		assertRefused(t, sink, wrong, "one", portability.ErrBadMedium)
	}},
	{"a file that is shorter than it says is refused", func(t *testing.T, sink portability.Sink) {
		assertRefused(t, sink, portability.Medium{Path: "1", Type: "image/png", Size: 4}, "one", portability.ErrBadMedium)
	}},
	{"a file that is longer than it says is refused", func(t *testing.T, sink portability.Sink) {
		assertRefused(t, sink, portability.Medium{Path: "1", Type: "image/png", Size: 2}, "one", portability.ErrBadMedium)
	}},
	{"a file that cannot be read to its end is refused, and can be put later", func(t *testing.T, sink portability.Sink) {
		torn := io.MultiReader(strings.NewReader("on"), &failing{io.ErrUnexpectedEOF})
		_, err := sink.(portability.MediaSink).PutMedia(t.Context(), picture("one"), torn)
		require.ErrorIs(t, err, io.ErrUnexpectedEOF)
		putFile(t, sink, picture("one"), "one")
	}},
	{"who cancels a file is told", func(t *testing.T, sink portability.Sink) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := sink.(portability.MediaSink).PutMedia(ctx, picture("one"), strings.NewReader("one"))
		assert.ErrorIs(t, err, context.Canceled)
	}},
}

// watched tells what was done to a reader.
type watched struct {
	io.Reader
	ended, closed bool
}

func (w *watched) Read(p []byte) (int, error) {
	n, err := w.Reader.Read(p)
	w.ended = w.ended || err == io.EOF
	return n, err
}

func (w *watched) Close() error {
	w.closed = true
	return nil
}

type failing struct{ err error }

func (f *failing) Read([]byte) (int, error) { return 0, f.err }

func putFile(t *testing.T, sink portability.Sink, m portability.Medium, data string) string {
	t.Helper()
	where, err := sink.(portability.MediaSink).PutMedia(t.Context(), m, strings.NewReader(data))
	require.NoError(t, err)
	return string(where)
}

func assertRefused(t *testing.T, sink portability.Sink, m portability.Medium, data string, want error) {
	t.Helper()
	_, err := sink.(portability.MediaSink).PutMedia(t.Context(), m, strings.NewReader(data))
	assert.ErrorIs(t, err, want)
}
