package uriindex

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"io"
	"iter"
	"os"
	"path/filepath"
	"runtime"

	"codeberg.org/godwit/godwit/internal/scratch"
	"codeberg.org/godwit/godwit/portability"
)

// Options adjust [Build]. A nil *Options is the same as a zero one.
type Options struct {
	// Merge takes mappings of one Old for what a [portability.URIMap] would have made
	// of them in their order: of one From the last counts, and the first From has the
	// Old. If false, an Old that comes twice is a [TwiceError].
	Merge bool
}

// Stats is what was built.
type Stats struct {
	Entries  int64 // mappings in the file
	Replaced int64 // mappings that a later one of the same From stands for
	Foreign  int64 // mappings of an Old that is another From's
	Bytes    int64 // size of the file
}

// Build writes an index of mappings, which may come in any order, to a file. An
// error among them ends it, as does one that no index can hold, which is
// [ErrMapping]; so does ctx. Times are kept to the nanosecond, in UTC.
//
// It works in a folder beside the file, path and ".building", on about twice the disk
// that the file takes, and 64 MiB of memory. The file appears whole, in place of the
// one before, once it is safe on the disk; after an error there is what there was
// before. What a process that was killed has left is removed by the next Build of
// the path; two at once is [ErrInUse] for the second. Nobody but its owner may read
// the file, for it has what is not public as well.
func Build(ctx context.Context, path string, from iter.Seq2[portability.Mapping, error], opts *Options) (Stats, error) {
	if opts == nil {
		opts = &Options{}
	}
	stats, err := build(ctx, filepath.Clean(path), from, opts)
	if err != nil {
		return Stats{}, fmt.Errorf("build index: %s: %w", filepath.Base(path), err)
	}
	return stats, nil
}

func build(ctx context.Context, path string, from iter.Seq2[portability.Mapping, error], opts *Options) (stats Stats, err error) {
	b, err := begin(path)
	if err != nil {
		return Stats{}, reason(err)
	}
	defer func() { err = errors.Join(err, b.end()) }()
	if err := b.write(ctx, from, opts); err != nil {
		return Stats{}, err
	}
	return b.stats, b.publish()
}

// A builder makes one file.
type builder struct {
	path   string
	folder *scratch.Folder
	lock   io.Closer
	file   *os.File
	out    *bufio.Writer
	sum    hash.Hash // of what is behind the header
	header header
	stats  Stats
	steps  int
}

const fileName = "index"

func begin(path string) (*builder, error) {
	work := path + ".building"
	if err := os.Mkdir(work, 0o700); err != nil && !errors.Is(err, os.ErrExist) {
		return nil, err
	}
	folder, err := scratch.Open(work)
	if err != nil {
		return nil, err
	}
	b := &builder{path: path, folder: folder, sum: sha256.New()}
	if b.lock, err = scratch.Lock(work); err != nil {
		if errors.Is(err, scratch.ErrInUse) {
			err = ErrInUse
		}
		return nil, errors.Join(err, folder.Close())
	}
	if err := b.create(); err != nil {
		return nil, errors.Join(err, b.end())
	}
	return b, nil
}

// create makes the file, in place of what a killed process has left of one.
func (b *builder) create() error {
	if err := b.folder.Remove(fileName); err != nil {
		return err
	}
	file, err := b.folder.File(fileName)
	if err != nil {
		return err
	}
	b.file = file
	b.out = bufio.NewWriterSize(io.MultiWriter(file, b.sum), readBuffer)
	_, err = file.Seek(headerSize, io.SeekStart)
	return err
}

// end removes the folder where the file was made.
func (b *builder) end() error {
	var err error
	if b.file != nil {
		err = b.file.Close()
	}
	if runtime.GOOS == "windows" { // which does not remove what is open
		err = errors.Join(err, b.lock.Close())
	}
	b.folder.Discard()
	err = errors.Join(err, b.folder.Close())
	if runtime.GOOS != "windows" {
		err = errors.Join(err, b.lock.Close())
	}
	return err
}

func (b *builder) write(ctx context.Context, from iter.Seq2[portability.Mapping, error], opts *Options) error {
	if err := b.writeMappings(ctx, from, opts); err != nil {
		return err
	}
	copy(b.header.key[:], b.sum.Sum(nil))
	sorter := b.folder.Sorter()
	err := b.hashValues(ctx, sorter)
	if err == nil {
		err = b.writeRecords(ctx, sorter)
	}
	if err == nil {
		err = b.writeBuckets(ctx, sorter)
	}
	return errors.Join(err, sorter.Close())
}

// writeMappings writes the values and the groups.
func (b *builder) writeMappings(ctx context.Context, from iter.Seq2[portability.Mapping, error], opts *Options) error {
	sorter := b.folder.Sorter()
	groups, err := newGroups(b.folder)
	if err != nil {
		return errors.Join(err, sorter.Close())
	}
	err = b.sort(ctx, sorter, from)
	if err == nil {
		err = b.writeValues(ctx, b.merged(sorter, opts.Merge), groups)
	}
	if err == nil {
		err = b.copyGroups(groups)
	}
	return errors.Join(err, groups.close(), sorter.Close())
}

// sort takes all mappings in.
func (b *builder) sort(ctx context.Context, sorter *scratch.Sorter, from iter.Seq2[portability.Mapping, error]) error {
	var record []byte
	for m, err := range from {
		if err == nil {
			err = b.step(ctx)
		}
		if err == nil {
			err = check(m)
		}
		if err != nil {
			return err
		}
		record = appendSorted(record[:0], m, uint64(sorter.Len()))
		if err := sorter.Add(record); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// step looks at ctx now and then.
func (b *builder) step(ctx context.Context) error {
	if b.steps++; b.steps%1024 != 0 {
		return nil
	}
	return ctx.Err()
}

func (b *builder) writeValues(ctx context.Context, mappings iter.Seq2[portability.Mapping, error], groups *groups) error {
	var body, framed []byte
	for m, err := range mappings {
		if err == nil {
			err = b.step(ctx)
		}
		if err != nil {
			return err
		}
		at, err := groups.place(groupOf(m))
		if err != nil {
			return err
		}
		body = appendValue(body[:0], m, at)
		framed = appendFrame(framed[:0], body)
		if _, err := b.out.Write(framed); err != nil {
			return err
		}
		b.header.values += uint64(len(framed))
		b.header.entries++
		b.header.longest = max(b.header.longest, uint64(len(m.Old)))
	}
	return nil
}

// copyGroups puts the groups behind the values, and what is missing to where the
// records begin.
func (b *builder) copyGroups(groups *groups) error {
	size, err := groups.writeTo(b.out)
	if err != nil {
		return err
	}
	b.header.groups = uint64(size)
	end := headerSize + int64(b.header.values) + size
	if _, err := b.out.Write(make([]byte, padding(end))); err != nil {
		return err
	}
	return b.out.Flush()
}

// hashValues reads the values again, for their hashes need the key, which needs all
// of them.
func (b *builder) hashValues(ctx context.Context, sorter *scratch.Sorter) error {
	values := framesOf(io.NewSectionReader(b.file, headerSize, int64(b.header.values)))
	var at uint64
	var record [recordSize]byte
	for {
		if err := b.step(ctx); err != nil {
			return err
		}
		body, size, err := values.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		old, ok := oldOf(body)
		if !ok {
			return errShort
		}
		binary.BigEndian.PutUint64(record[:], hashOf(&b.header.key, old))
		binary.BigEndian.PutUint64(record[8:], at)
		if err := sorter.Add(record[:]); err != nil {
			return err
		}
		at += uint64(size)
	}
}

func (b *builder) writeRecords(ctx context.Context, sorter *scratch.Sorter) error {
	for record, err := range sorter.All() {
		if err == nil {
			err = b.step(ctx)
		}
		if err == nil {
			_, err = b.out.Write(record)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// writeBuckets says of each beginning of a hash how many records stand before it.
func (b *builder) writeBuckets(ctx context.Context, sorter *scratch.Sorter) error {
	b.header.bits = bitsFor(b.header.entries)
	var records, next uint64
	var count [bucketSize]byte
	until := func(bucket uint64) error {
		for ; next <= bucket; next++ {
			binary.BigEndian.PutUint64(count[:], records)
			if _, err := b.out.Write(count[:]); err != nil {
				return err
			}
		}
		return nil
	}
	for record, err := range sorter.All() {
		if err == nil {
			err = b.step(ctx)
		}
		if err == nil {
			err = until(binary.BigEndian.Uint64(record) >> (64 - b.header.bits))
		}
		if err != nil {
			return err
		}
		records++
	}
	if err := until(1 << b.header.bits); err != nil {
		return err
	}
	return b.out.Flush()
}

// publish puts the file in its place.
func (b *builder) publish() error {
	copy(b.header.digest[:], b.sum.Sum(nil))
	if _, err := b.file.WriteAt(b.header.encode(), 0); err != nil {
		return err
	}
	info, err := b.file.Stat()
	if err != nil {
		return err
	}
	if _, err := b.header.layout(info.Size()); err != nil {
		return err
	}
	b.stats.Entries, b.stats.Bytes = int64(b.header.entries), info.Size()
	if err := b.file.Sync(); err != nil {
		return err
	}
	if err := b.file.Close(); err != nil {
		return err
	}
	b.file = nil
	if err := os.Rename(filepath.Join(b.folder.Path(), fileName), b.path); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(b.path))
}
