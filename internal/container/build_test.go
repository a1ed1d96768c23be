package container_test

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/internal/container"
)

// A file is what the builders put into containers.
type file struct {
	name, body string
	kind       byte // of a tar's entry; 0 means a regular file
	link       string
	pax        map[string]string
}

var outbox = file{name: "outbox.json", body: `{"type":"OrderedCollection"}`}

func tarOf(files ...file) []byte {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, f := range files {
		h := &tar.Header{Name: f.name, Mode: 0o444, Typeflag: f.kind, Linkname: f.link, PAXRecords: f.pax}
		if f.kind == 0 || f.kind == tar.TypeReg {
			h.Typeflag, h.Size = tar.TypeReg, int64(len(f.body))
		}
		must(w.WriteHeader(h))
		_, err := io.WriteString(w, f.body)
		must(err)
	}
	must(w.Close())
	return b.Bytes()
}

// tarBlocks is a tar without its two blocks at the end.
func tarBlocks(files ...file) []byte {
	whole := tarOf(files...)
	return whole[:len(whole)-1024]
}

// rawHeader is a v7 header with fields put in at their offsets, and a right sum.
func rawHeader(name string, kind byte, size string, put map[int]string) []byte {
	h := make([]byte, 512)
	copy(h, name)
	copy(h[100:], "0000444\x00")
	copy(h[124:], size)
	h[156] = kind
	for at, text := range put {
		copy(h[at:], text)
	}
	return summed(h)
}

func summed(h []byte) []byte {
	copy(h[148:156], "        ")
	sum := 0
	for _, c := range h[:512] {
		sum += int(c)
	}
	copy(h[148:], fmt.Sprintf("%06o\x00 ", sum))
	return h
}

func padded(text string) []byte {
	return append([]byte(text), make([]byte, (512-len(text)%512)%512)...)
}

func paxRecord(key, value string) string {
	rest := " " + key + "=" + value + "\n"
	n := len(rest) + 1
	for len(fmt.Sprint(n))+len(rest) != n {
		n++
	}
	return fmt.Sprint(n) + rest
}

func extended(kind byte, body string) []byte {
	return append(rawHeader("x", kind, fmt.Sprintf("%011o", len(body)), map[int]string{257: "ustar\x0000"}), padded(body)...)
}

func zipOf(files ...file) []byte {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, f := range files {
		fw, err := w.CreateHeader(&zip.FileHeader{Name: f.name, Method: zip.Deflate})
		must(err)
		_, err = io.WriteString(fw, f.body)
		must(err)
	}
	must(w.Close())
	return b.Bytes()
}

// zipStored is a zip without descriptors, whose sizes stand in every header.
func zipStored(files ...file) []byte {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, f := range files {
		h := &zip.FileHeader{Name: f.name, CRC32: crc(f.body),
			CompressedSize64: uint64(len(f.body)), UncompressedSize64: uint64(len(f.body))}
		fw, err := w.CreateRaw(h)
		must(err)
		_, err = io.WriteString(fw, f.body)
		must(err)
	}
	must(w.Close())
	return b.Bytes()
}

func gzipOf(body []byte) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, err := w.Write(body)
	must(err)
	must(w.Close())
	return b.Bytes()
}

func zstdOf(body []byte) []byte {
	w, err := zstd.NewWriter(nil)
	must(err)
	return w.EncodeAll(body, nil)
}

// at changes bytes behind the nth place where mark stands, counted from 0.
func at(data []byte, mark string, nth, offset int, put ...byte) []byte {
	data = bytes.Clone(data)
	i := -1
	for range nth + 1 {
		next := bytes.Index(data[i+1:], []byte(mark))
		if next < 0 {
			panic("no such mark")
		}
		i += 1 + next
	}
	copy(data[i+offset:], put)
	return data
}

func u16(n uint16) []byte { return binary.LittleEndian.AppendUint16(nil, n) }

func u32(n uint32) []byte { return binary.LittleEndian.AppendUint32(nil, n) }

func join(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func repeat(s string, n int) string { return strings.Repeat(s, n) }

// open opens bytes and closes the container with the test.
func open(t *testing.T, data []byte, o *container.Options) *container.Container {
	t.Helper()
	c, err := container.OpenAt(t.Context(), bytes.NewReader(data), int64(len(data)), o)
	require.NoError(t, err, "the container opens")
	t.Cleanup(func() { require.NoError(t, c.Close(), "the container closes") })
	return c
}

// readAll opens a container and reads all entries; the first error ends it.
func readAll(ctx context.Context, data []byte, o *container.Options) (map[string]string, *container.Container, error) {
	c, err := container.OpenAt(ctx, bytes.NewReader(data), int64(len(data)), o)
	if err != nil {
		return nil, nil, err
	}
	defer c.Close()
	all := map[string]string{}
	for e := range c.Entries() {
		body, err := read(ctx, c, e.Name)
		if err != nil {
			return all, c, err
		}
		all[e.Name] = body
	}
	return all, c, nil
}

func read(ctx context.Context, c *container.Container, name string) (string, error) {
	r, err := c.Open(ctx, name)
	if err != nil {
		return "", err
	}
	defer r.Close()
	body, err := io.ReadAll(r)
	return string(body), err
}
