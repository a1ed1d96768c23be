//go:build unix

package bench_test

import (
	"archive/tar"
	"bufio"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/klauspost/compress/gzip"
)

// writeTakeout writes an account as Mastodon gives it out, in tar or, if the name
// says so, tar.gz; and outbox.json beside it. It knows nothing of package backup.
func writeTakeout(path string, posts int) error {
	a := newAccount(posts)
	a.files = "" // URLs of files begin with a slash.
	outbox := filepath.Join(filepath.Dir(path), "outbox.json")
	if err := create(outbox, a.outbox); err != nil {
		return err
	}
	return create(path, func(w io.Writer) error {
		if filepath.Ext(path) == ".gz" {
			z := gzip.NewWriter(w)
			defer z.Close()
			w = z
		}
		return a.tar(w, outbox)
	})
}

func create(path string, write func(io.Writer) error) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	w := bufio.NewWriterSize(f, 1<<20)
	if err := write(w); err != nil {
		return err
	}
	return w.Flush()
}

func (a *account) outbox(w io.Writer) error {
	fmt.Fprintf(w, `{"@context":"https://www.w3.org/ns/activitystreams","id":"outbox.json","type":"OrderedCollection","totalItems":%d,"orderedItems":[`, a.posts)
	var b []byte
	for n := range a.posts {
		if b = b[:0]; n > 0 {
			b = append(b, ',')
		}
		if _, err := w.Write(a.activity(b, n)); err != nil {
			return err
		}
	}
	_, err := io.WriteString(w, "]}")
	return err
}

func (a *account) tar(w io.Writer, outbox string) error {
	t := tar.NewWriter(w)
	put := func(name string, size int64, r io.Reader) error {
		if err := t.WriteHeader(&tar.Header{Name: name, Size: size, Mode: 0o444}); err != nil {
			return err
		}
		_, err := io.Copy(t, r)
		return err
	}
	for n := range a.posts {
		for i := range a.attachments(n) {
			if err := put(filePath(n, i), fileSize(n, i), file(n, i)); err != nil {
				return err
			}
		}
	}
	f, err := os.Open(outbox)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if err := put("outbox.json", info.Size(), f); err != nil {
		return err
	}
	actor := actorText(`,"likes":"likes.json","bookmarks":"bookmarks.json"`)
	if err := put("actor.json", int64(len(actor)), &magic{text: string(actor)}); err != nil {
		return err
	}
	return t.Close()
}
