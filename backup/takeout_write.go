package backup

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"iter"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// takeoutContext defines, once for all items, the words that Mastodon's posts have
// beside those of ActivityStreams.
const takeoutContext = `["https://www.w3.org/ns/activitystreams",{` +
	`"ostatus":"http://ostatus.org#","atomUri":"ostatus:atomUri","inReplyToAtomUri":"ostatus:inReplyToAtomUri",` +
	`"conversation":"ostatus:conversation","sensitive":"as:sensitive","Hashtag":"as:Hashtag",` +
	`"toot":"http://joinmastodon.org/ns#","votersCount":"toot:votersCount","Emoji":"toot:Emoji",` +
	`"blurhash":"toot:blurhash","focalPoint":{"@container":"@list","@id":"toot:focalPoint"}}]`

const plainContext = `"https://www.w3.org/ns/activitystreams"`

// A takeoutEntry is a file of a takeout whose size is known.
type takeoutEntry struct {
	name string
	size int64
	crc  uint32
	open func() (io.ReadCloser, error)
}

// A takeoutPacker is the container that entries are put into.
type takeoutPacker interface {
	pack(ctx context.Context, e takeoutEntry) error
	close() error
}

// write writes the takeout, its parts in the order that the container has at
// Mastodon.
func (t *Takeout) write(ctx context.Context, w io.Writer) error {
	likes, marks, outbox, err := t.collections(ctx)
	if err != nil {
		return err
	}
	var out takeoutPacker
	parts := [][]takeoutEntry{{outbox}, nil, {likes, marks}}
	if t.format == TakeoutTarGz {
		out, parts = newTakeoutTar(w), [][]takeoutEntry{nil, {outbox}, {likes, marks}}
	} else {
		out = &takeoutZipper{out: zip.NewWriter(w), scratch: t.scratch}
	}
	for _, part := range parts {
		if part == nil {
			err = t.packMedia(ctx, out)
		}
		for _, e := range part {
			err = errors.Join(err, out.pack(ctx, e))
		}
		if err != nil {
			return err
		}
	}
	for _, p := range t.pictures {
		if err := out.pack(ctx, t.entryOf(p.name, p.file)); err != nil {
			return err
		}
	}
	if t.actor != nil {
		if err := out.pack(ctx, takeoutText("actor.json", t.actor)); err != nil {
			return err
		}
	}
	return out.close()
}

func (t *Takeout) collections(ctx context.Context) (likes, marks, outbox takeoutEntry, err error) {
	total := t.content.length + t.outbox.length
	outbox, err = t.collection("outbox.json", takeoutContext, total, mergedSpools(ctx, t.content, t.outbox))
	if err == nil {
		likes, err = t.collection("likes.json", plainContext, t.likes.length, mergedSpools(ctx, t.likes, &takeoutSpool{}))
	}
	if err == nil {
		marks, err = t.collection("bookmarks.json", plainContext, t.marks.length, mergedSpools(ctx, t.marks, &takeoutSpool{}))
	}
	return likes, marks, outbox, err
}

// collection writes one into scratch.
func (t *Takeout) collection(name, context string, total int64, items iter.Seq2[[]byte, error]) (takeoutEntry, error) {
	path := filepath.Join(t.scratch, name)
	f, err := os.Create(path)
	if err != nil {
		return takeoutEntry{}, err
	}
	checksum := crc32.NewIEEE()
	out := &takeoutBuffer{to: io.MultiWriter(f, checksum)}
	out.text(`{"@context":` + context + `,"id":"` + name + `","type":"OrderedCollection","totalItems":` +
		strconv.FormatInt(total, 10) + `,"orderedItems":[`)
	between := "\n"
	for item, err := range items {
		if err != nil {
			return takeoutEntry{}, errors.Join(err, f.Close())
		}
		out.text(between)
		out.bytes(item)
		between = ",\n"
	}
	out.text("\n]}\n")
	out.flush()
	if err := errors.Join(out.err, f.Close()); err != nil {
		return takeoutEntry{}, err
	}
	return takeoutEntry{name: name, size: out.size, crc: checksum.Sum32(), open: func() (io.ReadCloser, error) { return os.Open(path) }}, nil
}

// takeoutBuffer remembers its first error.
type takeoutBuffer struct {
	to      io.Writer
	pending []byte
	size    int64
	err     error
}

func (b *takeoutBuffer) text(s string) { b.bytes([]byte(s)) }

func (b *takeoutBuffer) bytes(p []byte) {
	b.size += int64(len(p))
	if b.pending = append(b.pending, p...); len(b.pending) >= 256<<10 {
		b.flush()
	}
}

func (b *takeoutBuffer) flush() {
	if b.err == nil {
		_, b.err = b.to.Write(b.pending)
	}
	b.pending = b.pending[:0]
}

func takeoutText(name string, data []byte) takeoutEntry {
	return takeoutEntry{name: name, size: int64(len(data)), crc: crc32.ChecksumIEEE(data), open: func() (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(data)), nil
	}}
}

func (t *Takeout) entryOf(name string, f takeoutFile) takeoutEntry {
	place := t.inScratch(hex.EncodeToString(f.digest[:]))
	return takeoutEntry{name: name, size: f.size, crc: f.crc, open: func() (io.ReadCloser, error) { return os.Open(place) }}
}

// packMedia packs the files in the order of their digests. A folder of scratch
// holds a 256th of their names.
func (t *Takeout) packMedia(ctx context.Context, out takeoutPacker) error {
	for shard := range 256 {
		names, err := os.ReadDir(filepath.Join(t.scratch, "media", fmt.Sprintf("%02x", shard)))
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
		for _, name := range names {
			f, there := t.known.file(takeoutKey("digest", name.Name()))
			if !there {
				return errors.Join(fmt.Errorf("a file is not known: %w", os.ErrNotExist), t.known.err)
			}
			if !f.used && t.isPicture(f) {
				continue
			}
			if err := out.pack(ctx, t.entryOf(f.path(), f)); err != nil {
				return err
			}
		}
	}
	return nil
}

func (t *Takeout) isPicture(f takeoutFile) bool {
	for _, p := range t.pictures {
		if p.file.digest == f.digest {
			return true
		}
	}
	return false
}

// copyTakeoutEntry copies exactly what the entry says it has.
func copyTakeoutEntry(ctx context.Context, w io.Writer, e takeoutEntry) error {
	r, err := e.open()
	if err != nil {
		return err
	}
	defer r.Close()
	n, err := io.Copy(w, takeoutReading(ctx, r))
	if err == nil && n != e.size {
		err = fmt.Errorf("write %s: %w", e.name, io.ErrUnexpectedEOF)
	}
	return err
}

type takeoutTar struct {
	zip *gzip.Writer
	out *tar.Writer
}

func newTakeoutTar(w io.Writer) *takeoutTar {
	z := gzip.NewWriter(w)
	return &takeoutTar{zip: z, out: tar.NewWriter(z)}
}

func (p *takeoutTar) pack(ctx context.Context, e takeoutEntry) error {
	if err := p.out.WriteHeader(&tar.Header{Name: e.name, Mode: 0o444, Size: e.size, Typeflag: tar.TypeReg}); err != nil {
		return err
	}
	return copyTakeoutEntry(ctx, p.out, e)
}

func (p *takeoutTar) close() error { return errors.Join(p.out.Close(), p.zip.Close()) }

type takeoutZipper struct {
	out     *zip.Writer
	scratch string
}

const (
	takeoutEpoch = 1<<5 | 1 // the first day that a zip can tell
	version20    = 20       // what can inflate
	version45    = 45       // what knows zip64
)

func (p *takeoutZipper) pack(ctx context.Context, e takeoutEntry) error {
	header := &zip.FileHeader{Name: e.name, Method: zip.Store,
		CRC32: e.crc, UncompressedSize64: uint64(e.size), CompressedSize64: uint64(e.size)}
	//lint:ignore SA1019 CreateRaw writes this field, and not Modified.
	header.ModifiedDate = takeoutEpoch
	header.SetMode(0o644)
	if strings.HasSuffix(e.name, ".json") {
		return p.deflated(ctx, header, e)
	}
	return p.raw(ctx, header, e)
}

// raw writes an entry with its sizes before it, so that who reads from the front
// need not guess. Those above 4 GiB have them behind, as zip64 wants it here.
func (p *takeoutZipper) raw(ctx context.Context, header *zip.FileHeader, e takeoutEntry) error {
	header.CreatorVersion |= version20
	header.ReaderVersion = version20
	if max(header.UncompressedSize64, header.CompressedSize64) >= math.MaxUint32 {
		header.Flags |= 0x8
		header.ReaderVersion = version45
	}
	w, err := p.out.CreateRaw(header)
	if err != nil {
		return err
	}
	return copyTakeoutEntry(ctx, w, e)
}

// deflated compresses an entry in scratch first.
func (p *takeoutZipper) deflated(ctx context.Context, header *zip.FileHeader, e takeoutEntry) error {
	f, err := os.CreateTemp(p.scratch, "deflated-")
	if err != nil {
		return err
	}
	defer func() { os.Remove(f.Name()) }()
	z, err := flate.NewWriter(f, flate.DefaultCompression)
	if err != nil {
		return errors.Join(err, f.Close())
	}
	if err := errors.Join(copyTakeoutEntry(ctx, z, e), z.Close()); err != nil {
		return errors.Join(err, f.Close())
	}
	size, err := f.Seek(0, io.SeekCurrent)
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	header.Method, header.CompressedSize64 = zip.Deflate, uint64(size)
	return p.raw(ctx, header, takeoutEntry{name: e.name, size: size, open: func() (io.ReadCloser, error) { return os.Open(f.Name()) }})
}

func (p *takeoutZipper) close() error { return p.out.Close() }
