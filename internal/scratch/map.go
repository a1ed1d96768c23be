package scratch

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
)

// A Key is what a value is found by. It should be of a hash, for who chooses the
// keys chooses which are the same.
type Key [keySize]byte

const (
	keySize   = 16
	mostValue = 64
	// heldRecords is how many of the last records are found without the disk.
	heldRecords = 1 << 16
)

// ErrShort is that a map on disk has fewer records than it was said to have.
var ErrShort = errors.New("has fewer records than the journal says")

// A Map keeps values of one size under keys, on disk. In memory are about 8 MiB,
// and 1 byte for each 20 keys. It is not safe for concurrent use.
//
// On disk is a log of all that was put, in order. What finds records in it is made
// anew whenever the map is opened, in files without names.
type Map struct {
	folder *Folder
	log    *os.File
	width  int           // of a record: key and value
	tail   []byte        // what of the log is not written yet
	n      int64         // how many records there are
	held   map[Key]int64 // the records since the last spill
	runs   []*run        // of the others; oldest, and with the highest level, first
	filter filter
	value  []byte
	page   []byte
	err    error
}

// Map opens the map of that name, or makes it. Values have valueSize bytes, from 0
// to 64, the same whenever the map is opened. Of the records that are there, it
// keeps the first length, as [Map.Sync] returned it; 0 keeps none, and -1 all that
// are whole. Fewer than length are [ErrShort]. The caller closes it, before the
// folder.
func (f *Folder) Map(name string, valueSize int, length int64) (*Map, error) {
	if valueSize < 0 || valueSize > mostValue {
		return nil, fmt.Errorf("open map: values of %d bytes: %w", valueSize, os.ErrInvalid)
	}
	log, err := f.File(name)
	if err != nil {
		return nil, err
	}
	m := &Map{folder: f, log: log, width: keySize + valueSize, held: map[Key]int64{}}
	m.value, m.page = make([]byte, valueSize), make([]byte, pageSize)
	if err := m.load(length); err != nil {
		return nil, errors.Join(fmt.Errorf("open map: %s: %w", name, err), m.Close())
	}
	return m, nil
}

// load cuts the log to its length, and finds what is in it.
func (m *Map) load(length int64) error {
	info, err := m.log.Stat()
	if err != nil {
		return err
	}
	whole := info.Size() / int64(m.width)
	switch {
	case length < 0:
		length = whole
	case length > whole:
		return fmt.Errorf("%d of %d: %w", whole, length, ErrShort)
	}
	if err := m.log.Truncate(length * int64(m.width)); err != nil {
		return err
	}
	log := newFixed(&run{file: &Temp{File: m.log}, size: length * int64(m.width)}, m.width)
	for m.n < length {
		if err := log.next(); err != nil {
			return err
		}
		if err := m.hold(Key(log.record())); err != nil {
			return err
		}
	}
	_, err = m.log.Seek(length*int64(m.width), io.SeekStart)
	return err
}

// Len is how many records there are. A key that was put twice counts twice.
func (m *Map) Len() int64 { return m.n }

// Put keeps a value, in place of any that the key had. After an error nothing more
// can be done with the map.
func (m *Map) Put(key Key, value []byte) error {
	if len(value) != len(m.value) {
		return fmt.Errorf("put in map: %d bytes in place of %d: %w", len(value), len(m.value), os.ErrInvalid)
	}
	if m.err != nil {
		return m.err
	}
	m.tail = append(append(m.tail, key[:]...), value...)
	if len(m.tail) >= ioBuffer {
		if m.err = m.flush(); m.err != nil {
			return m.err
		}
	}
	m.err = m.hold(key)
	return m.err
}

// Get returns the value that was last put under a key; it is valid until the next
// call.
func (m *Map) Get(key Key) (value []byte, found bool, err error) {
	if m.err != nil {
		return nil, false, m.err
	}
	n, found := m.held[key]
	if !found && m.filter.has(key) {
		n, found, err = m.search(key)
	}
	if !found || err != nil {
		return nil, false, err
	}
	written := m.n*int64(m.width) - int64(len(m.tail))
	at := n*int64(m.width) + keySize
	if at >= written {
		return append(m.value[:0], m.tail[at-written:][:len(m.value)]...), true, nil
	}
	if _, err := m.log.ReadAt(m.value, at); err != nil {
		return nil, false, fmt.Errorf("read map: %w", err)
	}
	return m.value, true, nil
}

// Sync has all that was put survive a crash of the machine, and returns Len: what
// to give [Folder.Map] to go on from here.
func (m *Map) Sync() (int64, error) {
	if m.err == nil {
		m.err = m.flush()
	}
	if m.err != nil {
		return 0, m.err
	}
	if err := m.log.Sync(); err != nil {
		return 0, fmt.Errorf("write map: %w", err)
	}
	return m.n, nil
}

// Close writes what was put, and frees what the map took. The map stays in its
// folder.
func (m *Map) Close() error {
	var err error
	if m.err == nil {
		err = m.flush()
		m.err = fmt.Errorf("map: %w", os.ErrClosed)
	}
	return errors.Join(err, closeRuns(m.runs), m.log.Close())
}

func (m *Map) flush() error {
	_, err := m.log.Write(m.tail)
	m.tail = m.tail[:0]
	if err != nil {
		return fmt.Errorf("write map: %w", err)
	}
	return nil
}

// hold remembers where the next record is.
func (m *Map) hold(key Key) error {
	m.held[key] = m.n
	m.n++
	if len(m.held) < heldRecords {
		return nil
	}
	return m.spill()
}

// numbered is a key with the number of its record, as it stands in a run.
func numbered(key Key, n int64) []byte {
	return binary.BigEndian.AppendUint64(key[:], uint64(n))
}
