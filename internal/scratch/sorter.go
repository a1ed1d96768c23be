package scratch

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
)

const (
	// mostRecord is how long one record may be: as long as a document.
	mostRecord = 16 << 20
	// sortedAtOnce is how much is sorted in memory where nobody says less.
	sortedAtOnce = 8 << 20
)

// ErrRecord is that a record is longer than 16 MiB.
var ErrRecord = errors.New("record is too long")

// A Sorter sorts any number of records by their bytes, in about 16 MiB of memory
// as long as the records are small against that. Equal records all stay. It is not
// safe for concurrent use.
type Sorter struct {
	folder *Folder
	atOnce int    // how many bytes are sorted in memory
	held   []byte // records, one behind the other
	spans  []span // where they are in held
	runs   []*run // oldest, and with the highest level, first
	n      int64
	err    error
}

type span struct{ from, to uint32 }

// Sorter makes a sorter. The caller closes it, before the folder.
func (f *Folder) Sorter() *Sorter { return f.SmallSorter(sortedAtOnce) }

// SmallSorter makes a sorter that holds so many bytes of records, for who needs
// several; it takes about twice that in memory, and a fan of 64 KiB for each run
// while it is read. The caller closes it, before the folder.
func (f *Folder) SmallSorter(held int) *Sorter { return &Sorter{folder: f, atOnce: held} }

// Add takes a copy of a record. [ErrRecord] does no harm to the others; after any
// other error nothing more can be done with the sorter.
func (s *Sorter) Add(record []byte) error {
	if s.err != nil {
		return s.err
	}
	if len(record) > mostRecord {
		return fmt.Errorf("sort: %d bytes: %w", len(record), ErrRecord)
	}
	const spanSize = 8
	if len(s.held) > 0 && len(s.held)+len(record)+spanSize*len(s.spans) > s.atOnce {
		if s.err = s.spill(); s.err != nil {
			return s.err
		}
	}
	from := len(s.held)
	s.held = append(s.held, record...)
	s.spans = append(s.spans, span{uint32(from), uint32(len(s.held))})
	s.n++
	return nil
}

// Len is how many records were added.
func (s *Sorter) Len() int64 { return s.n }

// All yields the records in order; each is valid until the next one. An error is
// the last thing yielded. It can be asked for again, and more can be added
// afterwards.
func (s *Sorter) All() iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		err := s.err
		if err == nil {
			s.sort()
			cursors := append(s.cursors(s.runs), &inMemory{s: s, at: -1})
			err = merge(cursors, func(record []byte) error {
				if !yield(record, nil) {
					return errEnough
				}
				return nil
			})
		}
		if err != nil && !errors.Is(err, errEnough) {
			yield(nil, fmt.Errorf("sort: %w", err))
		}
	}
}

// errEnough ends a merge whose reader wants no more.
var errEnough = errors.New("enough")

// Close frees what the sorter took.
func (s *Sorter) Close() error {
	err := closeRuns(s.runs)
	*s = Sorter{err: errors.New("sort: the sorter is closed")}
	return err
}

func (s *Sorter) cursors(runs []*run) []cursor {
	var all []cursor
	for _, u := range runs {
		all = append(all, newPrefixed(u))
	}
	return all
}

func (s *Sorter) sort() {
	slices.SortFunc(s.spans, func(a, b span) int {
		return bytes.Compare(s.held[a.from:a.to], s.held[b.from:b.to])
	})
}

// inMemory goes through what is not on disk.
type inMemory struct {
	s  *Sorter
	at int
}

func (c *inMemory) next() error {
	if c.at++; c.at >= len(c.s.spans) {
		return io.EOF
	}
	return nil
}

func (c *inMemory) record() []byte {
	at := c.s.spans[c.at]
	return c.s.held[at.from:at.to]
}

// spill makes a run of what is held, and merges runs that have become many.
func (s *Sorter) spill() error {
	s.sort()
	u, err := s.write([]cursor{&inMemory{s: s, at: -1}}, 0)
	if err != nil {
		return err
	}
	s.held, s.spans = s.held[:0], s.spans[:0]
	s.runs = append(s.runs, u)
	for ripe(s.runs) {
		some := s.runs[len(s.runs)-fanIn:]
		merged, err := s.write(s.cursors(some), some[0].level+1)
		if err != nil {
			return err
		}
		if err := closeRuns(some); err != nil {
			return fmt.Errorf("sort: %w", err)
		}
		s.runs = append(s.runs[:len(s.runs)-fanIn], merged)
	}
	return nil
}

// write makes a run of the records of cursors.
func (s *Sorter) write(from []cursor, level int) (*run, error) {
	file, err := s.folder.Temp()
	if err != nil {
		return nil, err
	}
	u := &run{file: file, level: level}
	w := bufio.NewWriterSize(file, ioBuffer)
	var length [binary.MaxVarintLen64]byte
	err = merge(from, func(record []byte) error {
		n := binary.PutUvarint(length[:], uint64(len(record)))
		u.size += int64(n + len(record))
		if _, err := w.Write(length[:n]); err != nil {
			return err
		}
		_, err := w.Write(record)
		return err
	})
	if err = errors.Join(err, w.Flush()); err != nil {
		return nil, fmt.Errorf("sort: %w", errors.Join(err, file.Close()))
	}
	return u, nil
}
