package uriindex

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"sort"
	"sync"
	"sync/atomic"

	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

// An Index is a file that is open. It is safe for concurrent use.
type Index struct {
	file   *os.File
	header *header
	layout layout
	damage atomic.Int64

	mu    sync.RWMutex // pages are closed under it
	pages pages        // nil once it is closed
}

// Open opens an index. What is not one is [ErrDamaged], as is one whose header or
// size is not as [Build] left it; the rest is only looked at when it is asked for.
// One of another version is [ErrVersion]. The caller closes it.
//
// Where files can be mapped into memory, it is; elsewhere it is read. Build may
// replace the file while it is open, and what is open stays as it was; where the
// system does not let a file be replaced that is open, close it first.
func Open(path string) (*Index, error) {
	x, err := open(path, mapFile)
	if err != nil {
		return nil, fmt.Errorf("open index: %s: %w", filepath.Base(path), reason(err))
	}
	return x, nil
}

// reason drops the path that an error of the system repeats.
func reason(err error) error {
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		return p.Err
	}
	return err
}

func open(path string, mapFile func(*os.File, int64) pages) (*Index, error) {
	// A pipe would be waited for.
	if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() {
		return nil, errors.Join(err, notRegular(info))
	}
	file, err := os.Open(filepath.Clean(path))
	if err != nil {
		return nil, err
	}
	x := &Index{file: file}
	if err := x.readHeader(); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	x.pages = mapFile(file, x.layout.end)
	return x, nil
}

func notRegular(info fs.FileInfo) error {
	if info == nil {
		return nil
	}
	return fmt.Errorf("%w: it is no file", ErrDamaged)
}

func (x *Index) readHeader() error {
	info, err := x.file.Stat()
	if err != nil {
		return err
	}
	head := make([]byte, headerSize)
	n, err := x.file.ReadAt(head, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if x.header, err = decodeHeader(head[:n]); err != nil {
		return err
	}
	x.layout, err = x.header.layout(info.Size())
	return err
}

// Len returns how many mappings there are.
func (x *Index) Len() int64 { return int64(x.header.entries) }

// Damage returns how many look-ups have met something that is damaged, or could not
// be read. If it is not 0, build the file again.
func (x *Index) Damage() int64 { return x.damage.Load() }

// Find returns the mapping of an IRI. What is not known, what is damaged, and
// everything once the index was closed, is false; [Index.Look] tells them apart.
func (x *Index) Find(old vocab.IRI) (portability.Mapping, bool) {
	m, known, err := x.Look(old)
	return m, known && err == nil
}

// Look returns the mapping of an IRI; false for one that is not known. An error says
// that the index cannot tell: it is [ErrDamaged], cannot be read, or was closed
// ([fs.ErrClosed]).
func (x *Index) Look(old vocab.IRI) (m portability.Mapping, known bool, err error) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	if x.pages == nil {
		return portability.Mapping{}, false, fmt.Errorf("look up in index: %w", fs.ErrClosed)
	}
	// Where the file has become shorter, or the disk fails, touching a page is a fault.
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if fault := recover(); fault != nil {
			if !isFault(fault) {
				panic(fault)
			}
			x.damage.Add(1)
			m, known, err = portability.Mapping{}, false, fmt.Errorf("look up in index: %w: a page cannot be read", ErrDamaged)
		}
	}()
	if m, known, err = x.find(string(old)); err != nil {
		x.damage.Add(1)
		return portability.Mapping{}, false, fmt.Errorf("look up in index: %w", reason(err))
	}
	return m, known, nil
}

// isFault reports whether a panic comes of touching memory, which has an address.
func isFault(fault any) bool {
	err, ok := fault.(runtime.Error)
	if !ok {
		return false
	}
	_, ok = err.(interface{ Addr() uintptr })
	return ok
}

func (x *Index) find(old string) (portability.Mapping, bool, error) {
	if uint64(len(old)) > x.header.longest {
		return portability.Mapping{}, false, nil
	}
	wanted := hashOf(&x.header.key, old)
	from, to, err := x.bucket(wanted)
	if err != nil {
		return portability.Mapping{}, false, err
	}
	i, err := x.search(wanted, from, to)
	for ; i < to && err == nil; i++ {
		var at, found uint64
		if found, at, err = x.record(i); err != nil || found != wanted {
			break
		}
		m, same, err := x.value(old, at)
		if err != nil || same {
			return m, same, err
		}
	}
	return portability.Mapping{}, false, err
}

// bucket returns which records have a hash that begins like that.
func (x *Index) bucket(wanted uint64) (from, to uint64, err error) {
	at := x.layout.buckets + int64(wanted>>(64-x.header.bits))*bucketSize
	both, err := x.pages.at(at, 2*bucketSize)
	if err != nil {
		return 0, 0, err
	}
	from, to = binary.BigEndian.Uint64(both), binary.BigEndian.Uint64(both[bucketSize:])
	if from > to || to > x.header.entries {
		return 0, 0, fmt.Errorf("%w: a bucket", ErrDamaged)
	}
	return from, to, nil
}

// search returns the first record from one to another whose hash is not less.
func (x *Index) search(wanted, from, to uint64) (uint64, error) {
	var failed error
	n := sort.Search(int(to-from), func(i int) bool {
		found, _, err := x.record(from + uint64(i))
		failed = errors.Join(failed, err)
		return err != nil || found >= wanted
	})
	return from + uint64(n), failed
}

func (x *Index) record(i uint64) (hash, at uint64, err error) {
	b, err := x.pages.at(x.layout.records+int64(i)*recordSize, recordSize)
	if err != nil {
		return 0, 0, err
	}
	return binary.BigEndian.Uint64(b), binary.BigEndian.Uint64(b[8:]), nil
}

// value returns the mapping that stands somewhere, if it is of that IRI.
func (x *Index) value(old string, at uint64) (portability.Mapping, bool, error) {
	if at >= x.header.values {
		return portability.Mapping{}, false, fmt.Errorf("%w: a record", ErrDamaged)
	}
	body, err := frame(x.pages, x.layout.values+int64(at), x.layout.groups)
	if err != nil {
		return portability.Mapping{}, false, err
	}
	found, ok := oldOf(body)
	switch {
	case !ok:
		return portability.Mapping{}, false, errShort
	case string(found) != old: // with the same hash
		return portability.Mapping{}, false, nil
	}
	m, in, ok := decodeValue(string(body))
	if !ok {
		return portability.Mapping{}, false, errShort
	}
	g, err := x.group(x.pages, in)
	if err != nil {
		return portability.Mapping{}, false, err
	}
	return g.complete(m), true, nil
}

func (x *Index) group(p pages, at uint64) (group, error) {
	if at >= x.header.groups {
		return group{}, fmt.Errorf("%w: a group", ErrDamaged)
	}
	off := x.layout.groups + int64(at)
	body, err := frame(p, off, x.layout.groups+int64(x.header.groups))
	if err != nil {
		return group{}, err
	}
	r := words{rest: string(body)}
	g := readGroup(&r)
	if !r.ended() {
		return group{}, errShort
	}
	return g, nil
}

// All yields every mapping, by Old. It reads the file from its beginning, in little
// memory. An error is the last thing yielded.
func (x *Index) All() iter.Seq2[portability.Mapping, error] {
	return func(yield func(portability.Mapping, error) bool) {
		if err := x.all(func(m portability.Mapping) bool { return yield(m, nil) }); err != nil {
			yield(portability.Mapping{}, fmt.Errorf("read index: %w", reason(err)))
		}
	}
}

func (x *Index) all(yield func(portability.Mapping) bool) error {
	values := framesOf(io.NewSectionReader(x.file, x.layout.values, int64(x.header.values)))
	var last struct {
		group
		at    uint64
		known bool
	}
	for n := uint64(0); ; n++ {
		body, _, err := values.next()
		if errors.Is(err, io.EOF) && n == x.header.entries {
			return nil
		}
		if errors.Is(err, io.EOF) {
			return fmt.Errorf("%w: %d mappings in place of %d", ErrDamaged, n, x.header.entries)
		}
		if err != nil {
			return err
		}
		m, at, ok := decodeValue(string(body))
		if !ok {
			return errShort
		}
		if !last.known || last.at != at {
			if last.group, err = x.group(read{x.file}, at); err != nil {
				return err
			}
			last.at, last.known = at, true
		}
		if !yield(last.complete(m)) {
			return nil
		}
	}
}

// Verify reads the whole file and returns [ErrDamaged] if a single bit of it is not
// as [Build] left it.
func (x *Index) Verify(ctx context.Context) error {
	sum := sha256.New()
	buf := make([]byte, readBuffer)
	from := io.NewSectionReader(x.file, headerSize, x.layout.end-headerSize)
	for {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("verify index: %w", err)
		}
		n, err := from.Read(buf)
		sum.Write(buf[:n])
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return fmt.Errorf("verify index: %w", reason(err))
		}
	}
	if !bytes.Equal(sum.Sum(nil), x.header.digest[:]) {
		return fmt.Errorf("verify index: %w", ErrDamaged)
	}
	return nil
}

// Close ends the use of the file. It may be called again.
func (x *Index) Close() error {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.pages == nil {
		return nil
	}
	err := errors.Join(x.pages.close(), x.file.Close())
	x.pages = nil
	return err
}
