package container_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/internal/container"
)

func names(c *container.Container) []string {
	var all []string
	for e := range c.Entries() {
		all = append(all, e.Name)
	}
	return all
}

func TestEveryContainerGivesWhatWasPutIn(t *testing.T) {
	files := []file{{name: "media/1.png", body: repeat("png", 1000)}, outbox, {name: "empty"}}
	whole := tarOf(files...)
	for _, c := range []struct {
		situation string
		data      []byte
		format    container.Format
	}{
		{"tar", whole, container.FormatTar},
		{"gzip of tar", gzipOf(whole), container.FormatTar},
		{"zstd of tar", zstdOf(whole), container.FormatTar},
		{"zip with descriptors", zipOf(files...), container.FormatZip},
		{"zip without descriptors", zipStored(files...), container.FormatZip},
		{"zstd of zip", zstdOf(zipOf(files...)), container.FormatZip},
	} {
		t.Run(c.situation, func(t *testing.T) {
			all, opened, err := readAll(t.Context(), c.data, nil)
			require.NoError(t, err, "it is read")
			assert.Equal(t, c.format, opened.Format(), "the format")
			assert.Equal(t, []string{"media/1.png", "outbox.json", "empty"}, names(opened), "the order stays")
			for _, f := range files {
				assert.Equal(t, f.body, all[f.name], "the bytes of %s", f.name)
			}
			assert.Empty(t, opened.Problems(), "nothing is odd")
		})
	}
}

func TestAPipeIsSpooledAndLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	pipe := io.MultiReader(bytes.NewReader(gzipOf(tarOf(outbox))))
	c, err := container.OpenReader(t.Context(), pipe, &container.Options{Scratch: dir})
	require.NoError(t, err, "a pipe is opened")
	body, err := read(t.Context(), c, "outbox.json")
	require.NoError(t, err, "its entry is read")
	assert.Equal(t, outbox.body, body, "whole")
	require.NoError(t, c.Close(), "it is closed")
	left, err := os.ReadDir(dir)
	require.NoError(t, err, "the scratch folder is there")
	assert.Empty(t, left, "and empty")
}

func TestARefusedPipeLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	for _, data := range [][]byte{gzipOf(make([]byte, 8<<20)), gzipOf([]byte("\x00\x01")), zipStored()} {
		_, err := container.OpenReader(t.Context(), bytes.NewReader(data), &container.Options{Scratch: dir})
		require.Error(t, err, "it is refused")
		left, err := os.ReadDir(dir)
		require.NoError(t, err, "the scratch folder is there")
		assert.Empty(t, left, "and empty")
	}
}

func TestOpenTellsByContentNotByName(t *testing.T) {
	dir := t.TempDir()
	for name, data := range map[string][]byte{
		"a-zip-named.tar":  zipOf(outbox),
		"a-tar-named.zip":  tarOf(outbox),
		"a-gz-named.json":  gzipOf(tarOf(outbox)),
		"outbox.json":      []byte(outbox.body),
		"a-zip-named.json": join([]byte("{}\n"), zipOf(outbox)),
	} {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, data, 0o600))
		c, err := container.Open(t.Context(), path, nil)
		require.NoError(t, err, "%s opens", name)
		body, err := read(t.Context(), c, "outbox.json")
		require.NoError(t, err, "%s is read", name)
		assert.Equal(t, outbox.body, body, "the outbox of %s", name)
		require.NoError(t, c.Close(), "%s closes", name)
	}
}

func TestTextsAreSingleFiles(t *testing.T) {
	for situation, text := range map[string]string{
		"an array":             "[1]",
		"a script of X":        "window.YTD.follower.part0 = [ ]",
		"CSV":                  "Account address,Show boosts\na@b.example,true\n",
		"UTF-8 with its mark":  "\ufeff{}",
		"UTF-16 with its mark": "\xff\xfe{\x00}\x00",
	} {
		all, c, err := readAll(t.Context(), []byte(text), nil)
		require.NoError(t, err, situation)
		assert.Equal(t, container.FormatFile, c.Format(), situation)
		assert.Equal(t, map[string]string{"file": text}, all, situation)
	}
}

func TestAFolderIsReadAndNotLeft(t *testing.T) {
	outside := filepath.Join(t.TempDir(), "secret")
	require.NoError(t, os.WriteFile(outside, []byte("secret"), 0o600))
	dir := t.TempDir()
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "takeout", "media"), 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "takeout", "outbox.json"), []byte(outbox.body), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "takeout", "media", "a"), []byte("a"), 0o600))
	require.NoError(t, os.Symlink(outside, filepath.Join(dir, "takeout", "link")))

	c, err := container.Open(t.Context(), dir, nil)
	require.NoError(t, err, "a folder opens")
	defer c.Close()
	assert.Equal(t, container.FormatFolder, c.Format(), "as a folder")
	assert.Equal(t, []string{"media/a", "outbox.json"}, slices.Sorted(slices.Values(names(c))), "without the wrapper and the link")
	body, err := read(t.Context(), c, "outbox.json")
	require.NoError(t, err, "a file is read")
	assert.Equal(t, outbox.body, body, "whole")

	var refused *container.Error
	_, err = read(t.Context(), c, "link")
	require.ErrorAs(t, err, &refused, "a link that is referenced is refused")
	assert.Equal(t, container.ReasonLink, refused.Reason, "as a link")

	t.Run("a file that became a link is refused", func(t *testing.T) {
		path := filepath.Join(dir, "takeout", "media", "a")
		require.NoError(t, os.Remove(path))
		require.NoError(t, os.Symlink(outside, path))
		_, err := read(t.Context(), c, "media/a")
		require.ErrorAs(t, err, &refused, "it is refused")
		assert.Equal(t, container.ReasonChanged, refused.Reason, "as changed")
		assert.True(t, refused.Temporary(), "and trying again may help")
	})
	t.Run("a file that grew is refused", func(t *testing.T) {
		require.NoError(t, os.WriteFile(filepath.Join(dir, "takeout", "outbox.json"), []byte(outbox.body+"x"), 0o600))
		_, err := read(t.Context(), c, "outbox.json")
		require.ErrorAs(t, err, &refused, "it is refused")
		assert.Equal(t, container.ReasonSize, refused.Reason, "for its size")
	})
}

func TestASkippedEntryThatIsReferencedIsRefused(t *testing.T) {
	c := open(t, tarOf(outbox, file{name: "l", kind: '2', link: "/etc/passwd"}), nil)
	_, err := c.Open(t.Context(), "l")
	var refused *container.Error
	require.ErrorAs(t, err, &refused, "a link is refused")
	assert.Equal(t, container.ReasonLink, refused.Reason, "as a link")
	_, err = c.Open(t.Context(), "nothing")
	require.ErrorIs(t, err, fs.ErrNotExist, "what is not there is not there")
}

func TestBackslashesAreSlashesWhereAskedFor(t *testing.T) {
	data := zipOf(file{name: `data\manifest.js`, body: "m"}, file{name: `data\tweets_media\1.jpg`, body: "j"})
	all, c, err := readAll(t.Context(), data, &container.Options{Backslashes: true})
	require.NoError(t, err, "it is read")
	assert.Equal(t, map[string]string{"data/manifest.js": "m", "data/tweets_media/1.jpg": "j"}, all, "with slashes")
	assert.Len(t, c.Problems(), 1, "and said once")
}

func TestACancelledContextStopsEverything(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	c := open(t, tarOf(outbox), nil)
	r, err := c.Open(ctx, "outbox.json")
	require.NoError(t, err, "an entry opens")
	cancel()
	_, err = r.Read(make([]byte, 1))
	require.ErrorIs(t, err, context.Canceled, "reading stops")
	for _, data := range [][]byte{tarOf(outbox), zipOf(outbox), gzipOf(tarOf(outbox))} {
		_, _, err = readAll(ctx, data, nil)
		require.ErrorIs(t, err, context.Canceled, "opening stops")
		_, _, err = readAll(ctx, data, &container.Options{Salvage: true})
		require.ErrorIs(t, err, context.Canceled, "in salvage too")
	}
}

func TestErrorsAreShortAndPrintable(t *testing.T) {
	_, _, err := readAll(t.Context(), tarOf(outbox, file{name: "../\u202e" + repeat("x", 500)}), nil)
	require.Error(t, err, "it is refused")
	assert.Less(t, len(err.Error()), 200, "the text is short")
	assert.False(t, strings.ContainsRune(err.Error(), '\u202e'), "and turns no text around")
	_, _, err = readAll(t.Context(), at(zipStored(outbox), central, 0, 8, 1), nil)
	assert.EqualError(t, err, `read archive: "outbox.json": encrypted: unpack it with its password first`)
}

func TestProblemsAreBounded(t *testing.T) {
	files := []file{outbox}
	for i := range 2000 {
		files = append(files, file{name: fmt.Sprint("link", i), kind: '2', link: "x"})
	}
	c := open(t, tarOf(files...), nil)
	problems := c.Problems()
	require.Len(t, problems, 1001, "a thousand and a last one")
	assert.Equal(t, container.ReasonMore, problems[1000].Reason, "that says there are more")
}

func TestAMillionTinyEntriesAreBounded(t *testing.T) {
	header := rawHeader("x", '5', "", nil)
	endless := &repeated{part: header}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := container.OpenAt(t.Context(), endless, int64(len(header))*1_000_001, nil)
	runtime.ReadMemStats(&after)
	var refused *container.Error
	require.True(t, errors.As(err, &refused), "refused with a reason, not %v", err)
	assert.Equal(t, container.ReasonEntries, refused.Reason, "for their number")
	assert.Less(t, int64(after.HeapInuse)-int64(before.HeapInuse), int64(64<<20), "in little memory")
}

// repeated is one part over and over.
type repeated struct {
	part []byte
}

func (r *repeated) ReadAt(p []byte, off int64) (int, error) {
	n := 0
	for n < len(p) {
		n += copy(p[n:], r.part[(off+int64(n))%int64(len(r.part)):])
	}
	return n, nil
}
