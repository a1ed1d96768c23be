package backup_test

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/backup"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

// hostileRandom is text that does not pack well.
func hostileRandom(random *rand.Rand, n int) string {
	var b strings.Builder
	for b.Len() < n {
		fmt.Fprintf(&b, "%x ", random.Uint64())
	}
	return b.String()
}

// hostileAccount is an account of posts and files, and what each is known by.
func hostileAccount(t *testing.T, posts, files int) *portability.Memory {
	random := rand.New(rand.NewPCG(1, 2))
	account := portability.NewMemory(nil)
	putItems(t, account, alice(t))
	for n := range max(posts, files) {
		note := noteItem(t, n+1, hostileRandom(random, 300), "https://www.w3.org/ns/activitystreams#Public")
		if n < files {
			f := tinyFile{fmt.Sprintf("https://old.example/media_attachments/files/%d/a.png", n), "\x89PNG\r\n\x1a\n" + hostileRandom(random, 1500), "image/png"}
			_, err := account.PutMedia(t.Context(), f.medium(), strings.NewReader(f.data))
			require.NoError(t, err)
			o, err := note.Object.With("attachment", []any{map[string]any{"type": "Document", "mediaType": "image/png", "url": f.at}})
			require.NoError(t, err)
			note.Object, note.Media = o, []portability.Medium{f.medium()}
		}
		putItems(t, account, note)
	}
	return account
}

// hostileInflated is what somebody else's inflater gives of the beginning of a file.
func hostileInflated(t *testing.T, whole []byte, length int) []byte {
	data := whole[:length]
	var r io.Reader
	switch {
	case bytes.HasPrefix(data, []byte("PK")):
		return hostileUnzipped(t, whole, length)
	case bytes.HasPrefix(data, []byte{0x1f, 0x8b}):
		z, err := gzip.NewReader(bytes.NewReader(data))
		require.NoError(t, err)
		r = z
	case bytes.HasPrefix(data, []byte{0x28, 0xb5, 0x2f, 0xfd}):
		z, err := zstd.NewReader(bytes.NewReader(data), zstd.WithDecoderConcurrency(1))
		require.NoError(t, err)
		defer z.Close()
		r = z
	default:
		return data
	}
	plain, _ := io.ReadAll(r)
	return plain
}

// hostileUnzipped is what the entries of a zip hold that begin before a place, one
// behind the other.
func hostileUnzipped(t *testing.T, whole []byte, length int) []byte {
	z, err := zip.NewReader(bytes.NewReader(whole), int64(len(whole)))
	require.NoError(t, err)
	require.NotEmpty(t, z.File)
	var plain []byte
	for _, f := range z.File {
		from, err := f.DataOffset()
		require.NoError(t, err)
		if from >= int64(length) {
			break
		}
		packed := whole[from:min(from+int64(f.CompressedSize64), int64(length))]
		var r io.Reader = bytes.NewReader(packed)
		if f.Method == zip.Deflate {
			r = flate.NewReader(r)
		}
		data, _ := io.ReadAll(r)
		plain = append(plain, data...)
	}
	return plain
}

// hostileThings reads all there is, and returns posts and files: what they say, by itself.
func hostileThings(t *testing.T, r *backup.Reader) map[string]bool {
	all := map[string]bool{}
	for _, k := range portability.Kinds() {
		for item, err := range r.Items(t.Context(), k, "") {
			require.NoError(t, err)
			if _, fatal := item.Fatal(); !fatal && k == portability.Content {
				all[string(item.Object.Bytes())] = true
			}
			for _, m := range item.Media {
				if f, _, err := r.OpenMedia(t.Context(), m); err == nil {
					data, err := io.ReadAll(f)
					require.NoError(t, f.Close())
					all[string(data)] = err == nil
				}
			}
		}
	}
	return all
}

func hostileOpen(t *testing.T, data []byte, salvage bool) (*backup.Reader, error) {
	r, err := backup.OpenAt(t.Context(), bytes.NewReader(data), int64(len(data)), &backup.ReadOptions{Salvage: salvage, Scratch: t.TempDir()})
	if err == nil {
		t.Cleanup(func() { require.NoError(t, r.Close()) })
	}
	return r, err
}

func hostileContainers() map[string]func(*testing.T) []byte {
	archive := func(c backup.Compression) func(*testing.T) []byte {
		return func(t *testing.T) []byte {
			return copied(t, hostileAccount(t, 60, 20), &backup.WriteOptions{Created: aDay, Compression: c, Key: aliceKey()})
		}
	}
	takeout := func(f backup.TakeoutFormat) func(*testing.T) []byte {
		return func(t *testing.T) []byte {
			data, _ := copyToTakeout(t, hostileAccount(t, 60, 20), f)
			return data
		}
	}
	return map[string]func(*testing.T) []byte{
		"tar": archive(backup.None), "tar.gz": archive(backup.Gzip), "tar.zst": archive(backup.Zstd),
		"takeout in a tar.gz": takeout(backup.TakeoutTarGz), "takeout in a zip": takeout(backup.TakeoutZip),
	}
}

// An archive that was cut anywhere is refused. With salvage it gives up what lies
// whole before the cut, and says that something is lost.
func TestHostileSalvageOfOneCutAtEveryKilobyte(t *testing.T) {
	for name, build := range hostileContainers() {
		t.Run(name, func(t *testing.T) { hostileCuts(t, build(t)) })
	}
}

// One byte in the middle that is another costs nothing that lies before it.
func TestHostileSalvageOfOneWithAByteChanged(t *testing.T) {
	for name, build := range hostileContainers() {
		t.Run(name, func(t *testing.T) {
			whole := build(t)
			ends := hostileEnds(t, whole)
			for _, at := range []int{len(whole) / 3, len(whole) / 2, len(whole) * 3 / 4} {
				damaged := bytes.Clone(whole)
				damaged[at] ^= 0x55
				r, err := hostileOpen(t, damaged, true)
				require.NoError(t, err, "changed at %d", at)
				got := hostileThings(t, r)
				hostileHas(t, got, ends, len(hostileInflated(t, whole, at)), fmt.Sprintf("changed at %d", at))
				whole := !slices.ContainsFunc(slices.Collect(maps.Keys(ends)), func(thing string) bool { return !got[thing] })
				refused := slices.Contains(slices.Collect(maps.Values(got)), false)
				require.True(t, whole || refused || len(r.Lost())+len(r.Problems()) > 0, "changed at %d, what that costs is said", at)
			}
		})
	}
}

// hostileEnds is where, in what an archive holds, each post and file ends. Takeouts
// have posts in another form, which is longer behind the words by less than 2 KiB.
func hostileEnds(t *testing.T, whole []byte) map[string]int {
	r, err := hostileOpen(t, whole, false)
	require.NoError(t, err, "the whole opens")
	things := hostileThings(t, r)
	require.Len(t, things, 80, "posts and files")
	plain := hostileInflated(t, whole, len(whole))
	ends := map[string]int{}
	for thing := range things {
		at, length := bytes.Index(plain, []byte(thing)), len(thing)
		if o, err := vocab.Parse([]byte(thing)); at < 0 && err == nil {
			words := o.Text(vocab.Content)
			at, length = bytes.Index(plain, []byte(words)), len(words)+2048
		}
		require.GreaterOrEqual(t, at, 0, "it is found: %.80q", thing)
		ends[thing] = at + length
	}
	return ends
}

// hostileHas looks that there is all that lies whole before a place. A file is followed by
// what fills its block.
func hostileHas(t *testing.T, got map[string]bool, ends map[string]int, place int, where string) {
	t.Helper()
	for thing, end := range ends {
		if end+512 <= place {
			require.True(t, got[thing], "%s, this is whole: %.80q", where, thing)
		}
	}
}

func hostileCuts(t *testing.T, whole []byte) {
	ends := hostileEnds(t, whole)
	most := 0
	// Of a tar that lacks its last blocks alone nothing is lost.
	for cut := 1024; cut < len(whole)-1024; cut += 1024 {
		part := whole[:cut]
		_, err := hostileOpen(t, part, false)
		require.Error(t, err, "cut at %d it is refused", cut)
		before := ends
		r, err := hostileOpen(t, part, true)
		got := map[string]bool{}
		if err == nil {
			got = hostileThings(t, r)
			require.NotEmpty(t, append(r.Lost(), r.Problems()...), "cut at %d, what is lost is said", cut)
		} else {
			before = hostilePosts(ends) // Files alone tell nobody what they are of.
		}
		hostileHas(t, got, before, len(hostileInflated(t, whole, cut)), fmt.Sprintf("cut at %d of %d (%v)", cut, len(whole), err))
		most = max(most, len(got))
	}
	assert.GreaterOrEqual(t, most, 20, "something was salvaged")
}

func hostilePosts(ends map[string]int) map[string]int {
	ends = maps.Clone(ends)
	maps.DeleteFunc(ends, func(thing string, _ int) bool { return !strings.HasPrefix(thing, "{") })
	return ends
}
