package canonical_test

import (
	"bytes"
	"context"
	"errors"
	"hash/crc32"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/internal/canonical"
	"codeberg.org/godwit/godwit/internal/container"
)

func check(t testing.TB, archive []byte, o *canonical.Options) *canonical.Finding {
	t.Helper()
	f, err := canonical.Check(t.Context(), bytes.NewReader(archive), int64(len(archive)), o)
	require.NoError(t, err)
	return f
}

// own says that the file was compressed by this release.
func own(c canonical.Compression) *canonical.Options {
	return &canonical.Options{Compressor: c.Compressor()}
}

func TestCheckOfCanonical(t *testing.T) {
	for _, c := range compressions {
		for name, files := range map[string][]file{"several": several(), "few": few(), "small": small(), "none": nil} {
			archive := write(t, c, files, 1<<20, nil)
			assert.Nil(t, check(t, archive, own(c)), "%s: %s", named(c), name)
			assert.Nil(t, check(t, archive, nil), "%s: %s, when it is not known what compressed it", named(c), name)
		}
	}
}

// small has all that a header can have, and repetitions, whose matches can be
// written in several ways.
func small() []file {
	return []file{
		{"manifest.yml", []byte("ubc-version: 0.1\n")},
		{"empty", nil},
		{"a/" + strings.Repeat("n", 110), bytes.Repeat([]byte("abab"), 300)},
		{"noise.jpg", noise(8, 700)},
		{"é", words(1, 512)},
	}
}

// tiny is for tests that go through every bit.
func tiny() []file {
	return []file{{"empty", nil}, {"repetition", bytes.Repeat([]byte("abab"), 300)}, {"noise.jpg", noise(8, 130)}}
}

// unsummed says whether a byte of a plain tar belongs to a body, or to a name that
// stands in an extended header.
func unsummed(files []file, archive []byte) []bool {
	in := make([]bool, len(archive))
	for _, f := range files {
		for _, text := range [][]byte{f.body, []byte("path=" + f.name + "\n")} {
			if at := bytes.Index(archive, text); at >= 0 {
				for i := range text {
					in[at+i] = true
				}
			}
		}
	}
	return in
}

func TestEveryFlippedBitIsFound(t *testing.T) {
	for _, c := range compressions {
		t.Run(named(c), func(t *testing.T) {
			files := tiny()
			if c == canonical.None {
				files = small()
			}
			archive := write(t, c, files, 1<<20, nil)
			bare := make([]bool, len(archive))
			if c == canonical.None {
				bare = unsummed(files, archive)
			}
			for at := range archive {
				for bit := range 8 {
					archive[at] ^= 1 << bit
					f := check(t, archive, nil)
					archive[at] ^= 1 << bit
					if bare[at] {
						continue // The integrity list covers it.
					}
					if assert.NotNil(t, f, "bit %d of byte %d of %d", bit, at, len(archive)) {
						assert.False(t, f.Soft(), "bit %d of byte %d: %s", bit, at, f.Reason)
						assert.LessOrEqual(t, f.Offset, int64(len(archive)))
					}
				}
			}
		})
	}
}

func TestFlippedBitsInLargeMembersAreFound(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 4))
	for _, c := range compressions[1:] {
		archive := write(t, c, few(), 1<<20, nil)
		for range 60 {
			at, bit := r.IntN(len(archive)), r.IntN(8)
			archive[at] ^= 1 << bit
			f := check(t, archive, nil)
			archive[at] ^= 1 << bit
			if assert.NotNil(t, f, "%s: bit %d of byte %d", named(c), bit, at) {
				assert.False(t, f.Soft())
			}
		}
	}
}

func TestEveryTruncationIsFound(t *testing.T) {
	for _, c := range compressions {
		archive := write(t, c, tiny(), 1<<20, nil)
		for n := range archive {
			f := check(t, archive[:n], nil)
			if assert.NotNil(t, f, "%s: the first %d bytes", named(c), n) {
				assert.False(t, f.Soft())
			}
		}
	}
}

// byHand makes members of gzip in another way.
func byHand(t *testing.T, level int, change func(*gzip.Writer), parts ...[]byte) []byte {
	t.Helper()
	var b bytes.Buffer
	for _, p := range parts {
		w, err := gzip.NewWriterLevel(&b, level)
		require.NoError(t, err)
		w.ModTime = epoch
		if change != nil {
			change(w)
		}
		_, err = w.Write(p)
		require.NoError(t, err)
		require.NoError(t, w.Close())
	}
	return b.Bytes()
}

// frame makes a frame of zstd in another way.
func frame(t *testing.T, plain []byte) []byte {
	t.Helper()
	w, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedBestCompression))
	require.NoError(t, err)
	return w.EncodeAll(plain, nil)
}

var epoch = time.Unix(0, 0)

func TestFindings(t *testing.T) {
	files := []file{{"first", []byte("body of the first")}, {"second", words(1, 20_000)}}
	plain := write(t, canonical.None, files, 1<<20, nil)
	gz := write(t, canonical.Gzip, files, 1<<20, nil)
	zst := write(t, canonical.Zstd, files, 1<<20, nil)
	second := 1024
	end := len(plain) - 1024
	flip := func(archive []byte, at int) []byte {
		archive = bytes.Clone(archive)
		archive[at] ^= 1
		return archive
	}
	over := func(archive []byte, at int, text string) []byte {
		return append(append(bytes.Clone(archive[:at]), text...), archive[at+len(text):]...)
	}
	hollow := len(byHand(t, 6, nil, plain[:second]))
	owner := bytes.Clone(plain)
	copy(owner[second+265:], "alice")
	resum(owner[second:])
	for _, c := range []struct {
		situation string
		archive   []byte
		reason    canonical.Reason
		offset    int
		entry     string
	}{
		{"empty file", nil, canonical.Truncated, 0, ""},
		{"checksum of a header", flip(plain, second+150), canonical.TarHeader, second + 150, "second"},
		{"owner, with the checksum right", owner, canonical.TarHeader, second + 150, "second"},
		{"size that is no number", over(plain, second+124, "x"), canonical.TarHeader, second, "second"},
		{"padding", flip(plain, second-1), canonical.TarPadding, second - 1, "first"},
		{"second zero block", flip(plain, end+600), canonical.TarEnd, end + 600, ""},
		{"one zero block", plain[:end+512], canonical.Truncated, end + 512, ""},
		{"a third zero block", append(bytes.Clone(plain), make([]byte, 512)...), canonical.Trailing, len(plain), ""},
		{"truncated body", plain[:second+600], canonical.Truncated, second + 600, "second"},
		{"time in gzip", byHand(t, 6, func(w *gzip.Writer) { w.ModTime = epoch.AddDate(1, 0, 0) }, plain[:second], plain[second:end], plain[end:]), canonical.CompressionHeader, 4, ""},
		{"name in gzip", byHand(t, 6, func(w *gzip.Writer) { w.Name = "x" }, plain[:second], plain[second:end], plain[end:]), canonical.CompressionHeader, 3, ""},
		{"system in gzip", flip(gz, hollow+9), canonical.CompressionHeader, hollow + 9, "first"},
		{"checksum of a member", flip(gz, hollow-8), canonical.Corrupt, 0, ""},
		{"length of a member", flip(gz, hollow-1), canonical.Corrupt, 0, ""},
		{"one member for all", byHand(t, 6, nil, plain), canonical.Members, 0, "first"},
		{"a member that ends too early", byHand(t, 6, nil, plain[:second], plain[second:second+2000], plain[second+2000:]), canonical.Members, hollow, "second"},
		{"an empty member", byHand(t, 6, nil, plain[:second], nil, plain[second:end], plain[end:]), canonical.Members, hollow, ""},
		{"no end", byHand(t, 6, nil, plain[:second], plain[second:end]), canonical.Truncated, -1, "second"},
		{"a member behind the end", byHand(t, 6, nil, plain[:second], plain[second:end], plain[end:], plain[:second]), canonical.Trailing, len(gz), ""},
		{"bytes behind the end", append(bytes.Clone(gz), "more"...), canonical.Trailing, len(gz), ""},
		{"bytes behind the end of zstd", append(bytes.Clone(zst), "more"...), canonical.Trailing, len(zst), ""},
		{"zero behind the end", append(bytes.Clone(gz), 0), canonical.Trailing, len(gz), ""},
		{"a skippable frame before the end", slices.Concat(frame(t, plain[:second]), []byte("\x50\x2a\x4d\x18\x00\x00\x00\x00"), frame(t, plain[second:end])), canonical.CompressionHeader, len(frame(t, plain[:second])), "first"},
		{"another level", byHand(t, 5, nil, plain[:second], plain[second:end], plain[end:]), canonical.OtherCompressor, -1, "first"},
	} {
		t.Run(c.situation, func(t *testing.T) {
			f := check(t, c.archive, nil)
			require.NotNil(t, f)
			assert.Equal(t, c.reason, f.Reason)
			assert.Equal(t, c.entry, f.Entry)
			if c.offset >= 0 {
				assert.EqualValues(t, c.offset, f.Offset)
			}
			assert.Equal(t, c.reason == canonical.OtherCompressor, f.Soft())
		})
	}
	t.Run("another level, said to be ours", func(t *testing.T) {
		f := check(t, byHand(t, 5, nil, plain[:second], plain[second:end], plain[end:]), own(canonical.Gzip))
		require.NotNil(t, f)
		assert.Equal(t, canonical.Altered, f.Reason)
	})
	t.Run("another zstd", func(t *testing.T) {
		f := check(t, slices.Concat(frame(t, plain[:second]), frame(t, plain[second:end]), frame(t, plain[end:])), nil)
		require.NotNil(t, f)
		assert.Equal(t, canonical.OtherCompressor, f.Reason)
	})
}

// resum puts the right checksum into a header.
func resum(h []byte) {
	copy(h[148:], "        ")
	sum := 0
	for _, c := range h[:512] {
		sum += int(c)
	}
	copy(h[148:], "0"+octal(sum)+"\x00 ")
}

func octal(n int) string {
	var b []byte
	for range 5 {
		b = append([]byte{byte('0' + n%8)}, b...)
		n /= 8
	}
	return string(b)
}

// Bits between the last block of deflate and the checksum can be flipped, and the
// distance of a match into a repetition can be another, while the content stays.
func TestAlteredButInflatesToTheSame(t *testing.T) {
	archive := write(t, canonical.Gzip, small(), 1<<20, nil)
	found := 0
	for at := range archive {
		for bit := range 8 {
			archive[at] ^= 1 << bit
			z, err := gzip.NewReader(bytes.NewReader(archive))
			if err == nil {
				var sum uint32
				if sum, err = sumOf(z); err == nil && sum == sumOfPlain(t) {
					if f := check(t, archive, nil); assert.NotNil(t, f) && f.Reason == canonical.Altered {
						found++
					}
				}
			}
			archive[at] ^= 1 << bit
		}
	}
	assert.NotZero(t, found, "there are such bits, and they are found")
}

func sumOf(r io.Reader) (uint32, error) {
	h := crc32.NewIEEE()
	_, err := io.Copy(h, r)
	return h.Sum32(), err
}

func sumOfPlain(t *testing.T) uint32 {
	return crc32.ChecksumIEEE(write(t, canonical.None, small(), 1<<20, nil))
}

func TestLimitsOfCheck(t *testing.T) {
	zeros := []file{{"zeros", make([]byte, 3*mega)}, {"more", []byte("x")}}
	for _, c := range []struct {
		situation string
		kind      canonical.Compression
		limits    container.Limits
		want      container.Reason
	}{
		{"plain, over the total", canonical.None, container.Limits{Total: mega}, container.ReasonTotal},
		{"gzip, over the total", canonical.Gzip, container.Limits{Total: mega}, container.ReasonTotal},
		{"zstd, over the ratio", canonical.Zstd, container.Limits{}, container.ReasonRatio},
		{"too many entries", canonical.None, container.Limits{Entries: 1}, container.ReasonEntries},
		{"too many members", canonical.Gzip, container.Limits{Entries: 1, Ratio: 1 << 20}, container.ReasonEntries},
	} {
		t.Run(c.situation, func(t *testing.T) {
			archive := write(t, c.kind, zeros, 1<<20, nil)
			_, err := canonical.Check(t.Context(), bytes.NewReader(archive), int64(len(archive)), &canonical.Options{Limits: c.limits})
			var refused *container.Error
			require.ErrorAs(t, err, &refused)
			assert.Equal(t, c.want, refused.Reason)
		})
	}
}

func TestCheckStops(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, c := range compressions {
		archive := write(t, c, small(), 1<<20, nil)
		_, err := canonical.Check(ctx, bytes.NewReader(archive), int64(len(archive)), nil)
		require.ErrorIs(t, err, context.Canceled, named(c))
	}
}

// broken fails to read from some place on.
type broken struct {
	*bytes.Reader
	from int64
}

var errDisk = errors.New("disk")

func (b broken) ReadAt(p []byte, at int64) (int, error) {
	if at+int64(len(p)) > b.from {
		return 0, errDisk
	}
	return b.Reader.ReadAt(p, at)
}

func TestCheckOnBrokenDisk(t *testing.T) {
	for _, c := range compressions {
		archive := write(t, c, []file{{"big", noise(1, mega)}}, 1<<20, nil)
		for _, from := range []int64{0, 200_000, int64(len(archive)) - 1} {
			_, err := canonical.Check(t.Context(), broken{bytes.NewReader(archive), from}, int64(len(archive)), nil)
			require.ErrorIs(t, err, errDisk, "%s from byte %d", named(c), from)
		}
	}
}

func TestFileThatBecomesShorter(t *testing.T) {
	for _, c := range compressions {
		archive := write(t, c, []file{{"big", noise(1, mega)}}, 1<<20, nil)
		_, err := canonical.Check(t.Context(), bytes.NewReader(archive[:len(archive)-9]), int64(len(archive)), nil)
		var refused *container.Error
		require.ErrorAs(t, err, &refused, named(c))
		assert.Equal(t, container.ReasonChanged, refused.Reason)
	}
}

// A file that is checked, and found canonical, is what the writer makes of its
// entries.
func FuzzCheck(f *testing.F) {
	for _, c := range compressions {
		f.Add(write(f, c, small(), 1<<20, nil))
		f.Add(write(f, c, nil, 1<<20, nil))
	}
	f.Fuzz(func(t *testing.T, archive []byte) {
		finding, err := canonical.Check(t.Context(), bytes.NewReader(archive), int64(len(archive)), nil)
		if err != nil || finding != nil {
			return
		}
		got, err := container.OpenAt(t.Context(), bytes.NewReader(archive), int64(len(archive)), nil)
		if err != nil {
			return // Names can still be refused.
		}
		defer got.Close()
		var files []file
		for e := range got.Entries() {
			files = append(files, file{e.Name, entry(t, got, e.Name)})
		}
		kind := canonical.None
		switch {
		case bytes.HasPrefix(archive, []byte{0x1f, 0x8b}):
			kind = canonical.Gzip
		case bytes.HasPrefix(archive, []byte{0x28, 0xb5}):
			kind = canonical.Zstd
		}
		if len(got.Problems()) == 0 && !bytes.Equal(archive, write(t, kind, files, 1<<20, nil)) {
			t.Errorf("found canonical, and is not: %q", archive)
		}
	})
}

func BenchmarkCheck(b *testing.B) {
	files := []file{{"outbox.json", words(1, 64*mega)}}
	for _, c := range compressions {
		archive := write(b, c, files, 1<<20, nil)
		b.Run(named(c), func(b *testing.B) {
			b.SetBytes(64 * mega)
			for b.Loop() {
				assert.Nil(b, check(b, archive, nil))
			}
		})
	}
}
