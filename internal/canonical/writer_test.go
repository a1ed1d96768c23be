package canonical_test

import (
	"archive/tar"
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/internal/canonical"
	"codeberg.org/godwit/godwit/internal/container"
)

var compressions = []canonical.Compression{canonical.None, canonical.Gzip, canonical.Zstd}

// named is a test name of a compression.
func named(c canonical.Compression) string {
	if c == canonical.None {
		return "plain"
	}
	return string(c)
}

type file struct {
	name string
	body []byte
}

// write makes an archive, each body in pieces of at most step bytes.
func write(t testing.TB, c canonical.Compression, files []file, step int, o *canonical.Options) []byte {
	t.Helper()
	var b bytes.Buffer
	w := canonical.NewWriter(&b, c, o)
	for _, f := range files {
		body, err := w.Entry(f.name, int64(len(f.body)))
		require.NoError(t, err, f.name)
		for rest := f.body; len(rest) > 0; {
			n := min(step, len(rest))
			_, err = body.Write(rest[:n])
			require.NoError(t, err, f.name)
			rest = rest[n:]
		}
	}
	require.NoError(t, w.Close())
	return b.Bytes()
}

// words is text that compresses as text does.
func words(seed uint64, n int) []byte {
	r := rand.New(rand.NewPCG(seed, 1))
	b := make([]byte, 0, n+8)
	for len(b) < n {
		b = append(strconv.AppendInt(b, int64(r.IntN(1+r.IntN(5000))), 16), ' ')
	}
	return b[:n]
}

func noise(seed uint64, n int) []byte {
	r := rand.New(rand.NewPCG(seed, 2))
	p := make([]byte, n)
	for i := range p {
		p[i] = byte(r.Uint32())
	}
	return p
}

const mega = 1 << 20

var several = sync.OnceValue(func() []file {
	return []file{
		{"manifest.yml", []byte("ubc-version: 0.1\n")},
		{"empty", nil},
		{"block", words(1, 512)},
		{"folder/" + strings.Repeat("n", 200), words(2, 513)},
		{"grüße.txt", words(3, 511)},
		{"media.jpg", noise(4, mega)},
		{"exactly", words(5, 8*mega)},
		{"outbox.json", words(6, 17*mega+77)},
		{"last", []byte("x")},
	}
})

// few are small, but for one that has two members.
var few = sync.OnceValue(func() []file {
	return []file{
		{"manifest.yml", []byte("ubc-version: 0.1\n")},
		{"media.jpg", noise(4, 70_000)},
		{"outbox.json", append(words(6, 100_000), make([]byte, 8*mega)...)},
		{"last", []byte("x")},
	}
})

func TestWriter(t *testing.T) {
	for _, c := range compressions {
		t.Run(named(c), func(t *testing.T) {
			files := several()
			archive := write(t, c, files, 1<<20, nil)
			got, err := container.OpenAt(t.Context(), bytes.NewReader(archive), int64(len(archive)), nil)
			require.NoError(t, err)
			defer got.Close()
			assert.Empty(t, got.Problems(), "nothing is odd about it")
			at := 0
			for e := range got.Entries() {
				assert.Equal(t, files[at].name, e.Name)
				assert.True(t, bytes.Equal(files[at].body, entry(t, got, e.Name)), "the body of %.20q comes back", e.Name)
				at++
			}
			assert.Equal(t, len(files), at, "every entry is there")
		})
	}
}

func entry(t *testing.T, c *container.Container, name string) []byte {
	r, err := c.Open(t.Context(), name)
	require.NoError(t, err)
	defer r.Close()
	body, err := io.ReadAll(r)
	require.NoError(t, err)
	return body
}

func TestWriterIsDeterministic(t *testing.T) {
	files := several()
	for _, c := range compressions {
		t.Run(named(c), func(t *testing.T) {
			want := write(t, c, files, 1<<30, &canonical.Options{Threads: 1})
			for threads, step := range map[int]int{1: 1000, 2: 8*mega - 1, 3: 1 << 30, 8: 512} {
				got := write(t, c, files, step, &canonical.Options{Threads: threads})
				assert.True(t, bytes.Equal(want, got), "%d threads, pieces of %d: the same bytes", threads, step)
			}
		})
	}
}

// What a compressor did before must not show in what it makes next.
func TestMembersAreIndependent(t *testing.T) {
	for _, c := range []canonical.Compression{canonical.Gzip, canonical.Zstd} {
		t.Run(named(c), func(t *testing.T) {
			files := []file{{"used", words(9, 9*mega)}, {"text", words(6, mega)}, {"noise", noise(6, mega)}, {"text again", words(6, mega)}}
			one := &canonical.Options{Threads: 1}
			all := write(t, c, files, 1<<30, one)
			for _, f := range files[1:] {
				alone := write(t, c, []file{f}, 1<<30, one)
				tail := len(write(t, c, nil, 1, one))
				assert.True(t, bytes.Contains(all, alone[:len(alone)-tail]), "%s: the same member as in an archive of its own", f.name)
			}
		})
	}
}

// The layout of the members is what lets others write the same, and lets writing go
// on where it stopped.
func TestMembersStandWhereTheDesignSays(t *testing.T) {
	files := several()
	var want []int
	for _, f := range files {
		head := 512
		if len(f.name) > 100 || f.name == "grüße.txt" {
			head = 3 * 512
		}
		left := len(f.body)
		first := min(left, 8*mega)
		sizes := []int{head + first}
		for left -= first; left > 0; left -= sizes[len(sizes)-1] {
			sizes = append(sizes, min(left, 8*mega))
		}
		sizes[len(sizes)-1] += -len(f.body) & 511
		want = append(want, sizes...)
	}
	want = append(want, 1024)

	archive := write(t, canonical.Gzip, files, 1<<20, nil)
	in := bytes.NewReader(archive)
	var got []int
	for in.Len() > 0 {
		assert.Equal(t, "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff", string(archive[len(archive)-in.Len():][:10]), "no name, no time")
		z, err := gzip.NewReader(in)
		require.NoError(t, err)
		z.Multistream(false)
		n, err := io.Copy(io.Discard, z)
		require.NoError(t, err)
		got = append(got, int(n))
	}
	assert.Equal(t, want, got)
}

func TestHeaders(t *testing.T) {
	long := strings.Repeat("d/", 60) + "x"
	archive := write(t, canonical.None, []file{{"a/b", []byte("body")}, {long, nil}}, 10, nil)
	require.Len(t, archive, 512+512+3*512+1024)
	for at, want := range map[int]string{
		0: "a/b\x00", 100: "0000644\x00", 108: "0000000\x00", 116: "0000000\x00", 124: "00000000004\x00", 136: "00000000000\x00",
		156: "0", 157: "\x00", 257: "ustar\x0000", 265: "\x00", 297: "\x00", 329: "0000000\x000000000\x00", 345: "\x00", 512: "body\x00",
		1024 + 156: "x", 1024 + 512: "131 path=" + long + "\n\x00", 2048 + 156: "0",
	} {
		assert.Equal(t, want, string(archive[at:at+len(want)]), "at byte %d", at)
	}
	assert.Equal(t, make([]byte, 1024), archive[len(archive)-1024:], "two zero blocks end it")
}

func TestHugeEntry(t *testing.T) {
	var b bytes.Buffer
	w := canonical.NewWriter(&b, canonical.None, nil)
	body, err := w.Entry("huge", 8<<30)
	require.NoError(t, err)
	_, err = body.Write(make([]byte, 1<<20))
	require.NoError(t, err)
	h, err := tar.NewReader(&b).Next()
	require.NoError(t, err)
	assert.EqualValues(t, 8<<30, h.Size)
	assert.Equal(t, map[string]string{"size": "8589934592"}, h.PAXRecords)
}

func TestWrongCalls(t *testing.T) {
	t.Run("body too long", func(t *testing.T) {
		w := canonical.NewWriter(io.Discard, canonical.Gzip, nil)
		body, err := w.Entry("a", 3)
		require.NoError(t, err)
		_, err = body.Write([]byte("four"))
		require.ErrorIs(t, err, canonical.ErrSize)
		require.ErrorIs(t, w.Close(), canonical.ErrSize, "the error stays")
	})
	t.Run("body too short for the next", func(t *testing.T) {
		w := canonical.NewWriter(io.Discard, canonical.None, nil)
		_, err := w.Entry("a", 3)
		require.NoError(t, err)
		_, err = w.Entry("b", 3)
		require.ErrorIs(t, err, canonical.ErrSize)
	})
	t.Run("body too short at the end", func(t *testing.T) {
		w := canonical.NewWriter(io.Discard, canonical.Zstd, nil)
		_, err := w.Entry("a", 3)
		require.NoError(t, err)
		require.ErrorIs(t, w.Close(), canonical.ErrSize)
	})
	t.Run("body of an entry that is over", func(t *testing.T) {
		w := canonical.NewWriter(io.Discard, canonical.None, nil)
		old, err := w.Entry("a", 0)
		require.NoError(t, err)
		_, err = w.Entry("b", 1)
		require.NoError(t, err)
		_, err = old.Write([]byte("x"))
		require.Error(t, err)
	})
	t.Run("entry after the end", func(t *testing.T) {
		w := canonical.NewWriter(io.Discard, canonical.None, nil)
		require.NoError(t, w.Close())
		require.NoError(t, w.Close(), "twice does no harm")
		_, err := w.Entry("a", 1)
		require.Error(t, err)
	})
	for _, name := range []string{"", "folder/", "nul\x00", "\xff", strings.Repeat("n", 1025)} {
		w := canonical.NewWriter(io.Discard, canonical.None, nil)
		_, err := w.Entry(name, 1)
		require.ErrorIs(t, err, canonical.ErrName, "%.10q", name)
	}
	w := canonical.NewWriter(io.Discard, canonical.None, nil)
	_, err := w.Entry("negative", -1)
	require.Error(t, err)
}

// full fails once it holds so much.
type full struct{ room int }

var errFull = errors.New("disk full")

func (f *full) Write(p []byte) (int, error) {
	n := min(len(p), f.room)
	f.room -= n
	if n < len(p) {
		return n, errFull
	}
	return n, nil
}

func TestFullDisk(t *testing.T) {
	for _, c := range compressions {
		whole := len(write(t, c, few(), 1<<20, nil))
		for _, room := range []int{0, 1, 1000, whole / 3, whole / 2, whole - 1} {
			before := runtime.NumGoroutine()
			w := canonical.NewWriter(&full{room}, c, nil)
			err := fill(w, few())
			require.ErrorIs(t, err, errFull, "%s with room for %d bytes", named(c), room)
			require.ErrorIs(t, w.Close(), errFull, "the error stays")
			assert.Eventually(t, func() bool { return runtime.NumGoroutine() <= before+1 }, 10*time.Second, time.Millisecond, "no goroutine stays")
		}
	}
}

func fill(w *canonical.Writer, files []file) error {
	for _, f := range files {
		body, err := w.Entry(f.name, int64(len(f.body)))
		if err != nil {
			return err
		}
		if _, err := body.Write(f.body); err != nil {
			return err
		}
	}
	return w.Close()
}

// A file that was cut to what Flush returned, and continued, is as if it had never
// been stopped.
func TestContinue(t *testing.T) {
	files := few()
	for _, c := range compressions {
		want := write(t, c, files, 1<<20, nil)
		for stop := range files {
			var b bytes.Buffer
			w := canonical.NewWriter(&b, c, nil)
			for _, f := range files[:stop] {
				body, err := w.Entry(f.name, int64(len(f.body)))
				require.NoError(t, err)
				_, err = body.Write(f.body)
				require.NoError(t, err)
			}
			n, err := w.Flush()
			require.NoError(t, err)
			b.Truncate(int(n))
			require.NoError(t, fill(canonical.NewWriter(&b, c, nil), files[stop:]))
			assert.True(t, bytes.Equal(want, b.Bytes()), "%s, stopped before entry %d", named(c), stop)
		}
	}
}

func TestCompressorIsTheOneInUse(t *testing.T) {
	mod, err := os.ReadFile("../../go.mod")
	require.NoError(t, err)
	version := regexp.MustCompile(`github\.com/klauspost/compress v\S+`).FindString(string(mod))
	for _, c := range compressions[1:] {
		assert.True(t, strings.HasPrefix(c.Compressor(), version+" "), "%q, and go.mod has %q", c.Compressor(), version)
	}
	assert.Empty(t, canonical.None.Compressor())
}

// Other programs read it.
func TestToolsReadIt(t *testing.T) {
	for c, args := range map[canonical.Compression][]string{canonical.None: {"tf"}, canonical.Gzip: {"tzf"}, canonical.Zstd: {"--zstd", "-tf"}} {
		t.Run(named(c), func(t *testing.T) {
			if _, err := exec.LookPath("tar"); err != nil {
				skip(t, "no tar on this machine")
			}
			if _, err := exec.LookPath("zstd"); c == canonical.Zstd && err != nil {
				skip(t, "no zstd on this machine")
			}
			name := t.TempDir() + "/archive"
			files := several()
			require.NoError(t, os.WriteFile(name, write(t, c, files, 1<<20, nil), 0o600))
			cmd := exec.Command("tar", append(args, name, "--quoting-style=literal")...)
			output, err := cmd.CombinedOutput()
			require.NoError(t, err, "%s", output)
			assert.Len(t, strings.Split(strings.TrimSpace(string(output)), "\n"), len(files), "tar lists every entry:\n%s", output)
		})
	}
}

func skip(t *testing.T, why string) {
	if os.Getenv("GODWIT_CI") != "" {
		t.Fatal(why)
	}
	t.Skip(why)
}

func benchmarkWriter(b *testing.B, c canonical.Compression) {
	data := words(1, 64*mega)
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		require.NoError(b, fill(canonical.NewWriter(io.Discard, c, nil), []file{{"outbox.json", data}}))
	}
}

func BenchmarkWriter(b *testing.B) {
	for _, c := range compressions {
		b.Run(named(c), func(b *testing.B) { benchmarkWriter(b, c) })
	}
	// One thread of the same compressors, for comparison.
	data := words(1, 64*mega)
	b.Run("klauspost gzip alone", func(b *testing.B) {
		b.SetBytes(int64(len(data)))
		for b.Loop() {
			w, _ := gzip.NewWriterLevel(io.Discard, 6)
			_, _ = w.Write(data)
			_ = w.Close()
		}
	})
	b.Run("klauspost zstd alone", func(b *testing.B) {
		b.SetBytes(int64(len(data)))
		for b.Loop() {
			w, _ := zstd.NewWriter(io.Discard, zstd.WithEncoderConcurrency(1))
			_, _ = w.Write(data)
			_ = w.Close()
		}
	})
}
