package backup

import (
	"io"
)

// A sequence is elements that follow each other: those of one spool, or of two.
type sequence interface {
	peek() (recordInfo, bool, error)
	copy(w io.Writer) error
	skip() error
}

// merged takes the earlier of two at each step, and the first where both are of one
// time; each keeps its own order.
type merged struct {
	first, second *records
	next          *records
}

func (m *merged) peek() (recordInfo, bool, error) {
	a, haveA, err := m.first.peek()
	if err != nil {
		return recordInfo{}, false, err
	}
	b, haveB, err := m.second.peek()
	if err != nil {
		return recordInfo{}, false, err
	}
	if haveA && (!haveB || a.at <= b.at) {
		m.next = m.first
		return a, true, nil
	}
	m.next = m.second
	return b, haveB, nil
}

func (m *merged) copy(w io.Writer) error { return m.next.copy(w) }
func (m *merged) skip() error            { return m.next.skip() }

// A slice is how much of a sequence goes into one volume.
type slice struct{ items, bytes int64 }

func (s *slice) add(length int64) {
	s.items++
	s.bytes += length
}

// writeElements writes the next elements of a sequence as they stand in a
// collection.
func writeElements(w io.Writer, s sequence, n int64) error {
	for i := range n {
		if _, _, err := s.peek(); err != nil {
			return err
		}
		if err := s.copy(w); err != nil {
			return err
		}
		end := ",\n"
		if i == n-1 {
			end = "\n"
		}
		if _, err := io.WriteString(w, end); err != nil {
			return err
		}
	}
	return nil
}

// writeLines writes the next elements of a sequence as they are.
func writeLines(w io.Writer, s sequence, n int64) error {
	for range n {
		if _, _, err := s.peek(); err != nil {
			return err
		}
		if err := s.copy(w); err != nil {
			return err
		}
	}
	return nil
}

func writeCollection(w io.Writer, c collection, s sequence, n int64) error {
	if _, err := io.WriteString(w, c.head()); err != nil {
		return err
	}
	if err := writeElements(w, s, n); err != nil {
		return err
	}
	_, err := io.WriteString(w, c.foot(n))
	return err
}
