package scratch

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// A run is a file of records in order. It belongs to a level: so many runs of one
// are merged into one of the next.
type run struct {
	file  *Temp
	size  int64
	level int
	fence []uint64 // only in a map's runs: see pages
}

const (
	// fanIn is how many runs are merged into one.
	fanIn = 8
	// ioBuffer is what reading or writing one run takes.
	ioBuffer = 64 << 10
)

// A cursor goes through a run. Its record is valid until the next call of next.
type cursor interface {
	// next moves on; io.EOF is the end.
	next() error
	record() []byte
}

// fixed reads records of one length.
type fixed struct {
	r   *bufio.Reader
	buf []byte
}

func newFixed(u *run, width int) *fixed {
	return &fixed{r: bufio.NewReaderSize(io.NewSectionReader(u.file, 0, u.size), ioBuffer), buf: make([]byte, width)}
}

func (c *fixed) next() error {
	_, err := io.ReadFull(c.r, c.buf)
	return err
}

func (c *fixed) record() []byte { return c.buf }

// prefixed reads records that stand behind their length, a uvarint.
type prefixed struct {
	r   *bufio.Reader
	buf []byte
}

func newPrefixed(u *run) *prefixed {
	return &prefixed{r: bufio.NewReaderSize(io.NewSectionReader(u.file, 0, u.size), ioBuffer)}
}

func (c *prefixed) next() error {
	n, err := binary.ReadUvarint(c.r)
	if err != nil {
		return err
	}
	if n > mostRecord {
		return errDamaged
	}
	if uint64(cap(c.buf)) < n {
		c.buf = make([]byte, n+n/4)
	}
	c.buf = c.buf[:n]
	if _, err = io.ReadFull(c.r, c.buf); errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

func (c *prefixed) record() []byte { return c.buf }

var errDamaged = errors.New("scratch file damaged")

// merge hands over the records of all cursors in order.
func merge(cursors []cursor, yield func(record []byte) error) error {
	var heap []cursor // the least record first
	for _, c := range cursors {
		switch err := c.next(); {
		case errors.Is(err, io.EOF):
		case err != nil:
			return fmt.Errorf("read scratch file: %w", err)
		default:
			heap = append(heap, c)
		}
	}
	for i := len(heap)/2 - 1; i >= 0; i-- {
		sink(heap, i)
	}
	for len(heap) > 0 {
		if err := yield(heap[0].record()); err != nil {
			return err
		}
		switch err := heap[0].next(); {
		case errors.Is(err, io.EOF):
			heap[0] = heap[len(heap)-1]
			heap = heap[:len(heap)-1]
		case err != nil:
			return fmt.Errorf("read scratch file: %w", err)
		}
		sink(heap, 0)
	}
	return nil
}

// sink puts a record that has become greater in its place.
func sink(heap []cursor, at int) {
	for {
		least := at
		for _, child := range [2]int{2*at + 1, 2*at + 2} {
			if child < len(heap) && bytes.Compare(heap[child].record(), heap[least].record()) < 0 {
				least = child
			}
		}
		if least == at {
			return
		}
		heap[at], heap[least] = heap[least], heap[at]
		at = least
	}
}

// ripe says whether the last runs are so many of one level that they have to be
// merged.
func ripe(runs []*run) bool {
	if len(runs) < fanIn {
		return false
	}
	last := runs[len(runs)-fanIn:]
	return last[0].level == last[fanIn-1].level
}

// closeRuns frees runs.
func closeRuns(runs []*run) error {
	var errs []error
	for _, u := range runs {
		errs = append(errs, u.file.Close())
	}
	return errors.Join(errs...)
}
