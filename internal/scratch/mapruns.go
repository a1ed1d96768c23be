package scratch

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"sort"
)

const (
	entrySize   = keySize + 8
	pageEntries = 160
	pageSize    = pageEntries * entrySize
)

// spill makes a run of what is held, and merges runs that have become many.
func (m *Map) spill() error {
	m.filter.make()
	entries := &entries{}
	for key, n := range m.held {
		m.filter.add(key)
		entries.all = append(entries.all, [entrySize]byte(numbered(key, n)))
	}
	slices.SortFunc(entries.all, func(a, b [entrySize]byte) int { return bytes.Compare(a[:], b[:]) })
	u, err := m.write([]cursor{entries}, 0)
	if err != nil {
		return err
	}
	clear(m.held)
	m.runs = append(m.runs, u)
	for ripe(m.runs) {
		some := m.runs[len(m.runs)-fanIn:]
		var from []cursor
		for _, u := range some {
			from = append(from, newFixed(u, entrySize))
		}
		merged, err := m.write(from, some[0].level+1)
		if err != nil {
			return err
		}
		if err := closeRuns(some); err != nil {
			return fmt.Errorf("write map: %w", err)
		}
		m.runs = append(m.runs[:len(m.runs)-fanIn], merged)
	}
	return nil
}

// entries go through keys and numbers in memory.
type entries struct {
	all [][entrySize]byte
	at  int
}

func (e *entries) next() error {
	if e.at++; e.at > len(e.all) {
		return io.EOF
	}
	return nil
}

func (e *entries) record() []byte { return e.all[e.at-1][:] }

// write makes a run, with the last number of each key alone.
func (m *Map) write(from []cursor, level int) (*run, error) {
	file, err := m.folder.Temp()
	if err != nil {
		return nil, err
	}
	w := &runWriter{run: &run{file: file, level: level}, out: bufio.NewWriterSize(file, ioBuffer)}
	err = merge(from, w.put)
	if err = errors.Join(err, w.close()); err != nil {
		return nil, fmt.Errorf("write map: %w", errors.Join(err, file.Close()))
	}
	return w.run, nil
}

// A runWriter holds each entry back until it is seen whether the next one has the
// same key.
type runWriter struct {
	run  *run
	out  *bufio.Writer
	last [entrySize]byte
	any  bool
}

func (w *runWriter) put(entry []byte) error {
	if w.any && !bytes.Equal(w.last[:keySize], entry[:keySize]) {
		if err := w.write(); err != nil {
			return err
		}
	}
	w.last, w.any = [entrySize]byte(entry), true
	return nil
}

func (w *runWriter) write() error {
	if w.run.size%pageSize == 0 {
		w.run.fence = append(w.run.fence, prefix(w.last[:]))
	}
	w.run.size += entrySize
	_, err := w.out.Write(w.last[:])
	return err
}

func (w *runWriter) close() error {
	if w.any {
		if err := w.write(); err != nil {
			return err
		}
	}
	return w.out.Flush()
}

// prefix is as much of a key as stands in a run's fence.
func prefix(key []byte) uint64 { return binary.BigEndian.Uint64(key) }

// search looks into the runs, newest first.
func (m *Map) search(key Key) (n int64, found bool, err error) {
	for _, u := range slices.Backward(m.runs) {
		n, found, err = m.lookInto(u, key)
		if found || err != nil {
			return n, found, err
		}
	}
	return 0, false, nil
}

// lookInto reads the page of a run that can have the key; where many keys begin
// alike it may be one of several.
func (m *Map) lookInto(u *run, key Key) (n int64, found bool, err error) {
	p := prefix(key[:])
	first := sort.Search(len(u.fence), func(i int) bool { return u.fence[i] >= p })
	for page := max(first-1, 0); page < len(u.fence) && u.fence[page] <= p; page++ {
		at := int64(page) * pageSize
		entries := m.page[:min(pageSize, u.size-at)]
		if _, err := u.file.ReadAt(entries, at); err != nil {
			return 0, false, fmt.Errorf("read map: %w", err)
		}
		i := sort.Search(len(entries)/entrySize, func(i int) bool {
			return bytes.Compare(entries[i*entrySize:][:keySize], key[:]) >= 0
		})
		if i*entrySize < len(entries) && Key(entries[i*entrySize:]) == key {
			return int64(binary.BigEndian.Uint64(entries[i*entrySize+keySize:])), true, nil
		}
	}
	return 0, false, nil
}
