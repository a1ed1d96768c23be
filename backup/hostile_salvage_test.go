package backup_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/backup"
	"codeberg.org/godwit/godwit/portability"
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
func hostileInflated(t *testing.T, data []byte) []byte {
	var r io.Reader
	switch {
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

// hostileThings reads what there is of posts and files: what they say, by itself.
func hostileThings(t *testing.T, r *backup.Reader) map[string]bool {
	all := map[string]bool{}
	for _, k := range []portability.Kind{portability.Content, portability.Media} {
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

// An archive that was cut anywhere is refused. With salvage it gives up what lies
// whole before the cut, and says that something is lost.
func TestHostileSalvageOfOneCutAtEveryKilobyte(t *testing.T) {
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
	for name, build := range map[string]func(*testing.T) []byte{
		"tar": archive(backup.None), "tar.gz": archive(backup.Gzip), "tar.zst": archive(backup.Zstd),
		"takeout in a tar.gz": takeout(backup.TakeoutTarGz),
	} {
		t.Run(name, func(t *testing.T) { hostileCuts(t, build(t)) })
	}
}

func hostileCuts(t *testing.T, whole []byte) {
	r, err := hostileOpen(t, whole, false)
	require.NoError(t, err, "the whole opens")
	things := hostileThings(t, r)
	require.Len(t, things, 80, "posts and files")
	plain := hostileInflated(t, whole)
	ends := map[string]int{}
	for thing := range things {
		at := bytes.Index(plain, []byte(thing))
		if at >= 0 { // takeouts have posts with files in another form
			ends[thing] = at + len(thing)
		}
	}
	require.GreaterOrEqual(t, len(ends), 20, "posts and files stand in the archive as they are")
	most := 0
	// Of a tar that lacks its last blocks alone nothing is lost.
	for cut := 1024; cut < len(whole)-1024; cut += 1024 {
		part := whole[:cut]
		_, err := hostileOpen(t, part, false)
		require.Error(t, err, "cut at %d it is refused", cut)
		there := len(hostileInflated(t, part))
		r, err := hostileOpen(t, part, true)
		got := map[string]bool{}
		if err == nil {
			got = hostileThings(t, r)
			require.NotEmpty(t, append(r.Lost(), r.Problems()...), "cut at %d, what is lost is said", cut)
		}
		for thing, end := range ends {
			// A file is followed by what fills its block. Files alone tell nobody what they are of.
			if end+512 <= there && (err == nil || strings.HasPrefix(thing, "{")) {
				require.True(t, got[thing], "cut at %d of %d (%v), this is whole: %.80q", cut, len(whole), err, thing)
			}
		}
		most = max(most, len(got))
	}
	assert.GreaterOrEqual(t, most, 20, "something was salvaged")
}
