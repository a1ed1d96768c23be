package container

import (
	"bytes"
	"errors"
)

// end looks at what stands behind the first block of zeros. A second one ends a
// tar; after it, only zeros may come.
func (s *tarScan) end() error {
	odd := &s.b.notes.odd
	s.at += tarBlock
	var h tarHeader
	if s.data.full(h[:], s.at) != nil || !h.zero() {
		odd.add(ReasonTarNoEnd, "")
	}
	at, err := s.pastZeros()
	if err != nil || at >= s.data.size {
		return err
	}
	if s.data.full(h[:], at/tarBlock*tarBlock) == nil && h.sumRight() {
		odd.add(ReasonTarAfter, h.name())
		return nil
	}
	odd.add(ReasonTrailing, "")
	return nil
}

// pastZeros finds the first byte that is not zero.
func (s *tarScan) pastZeros() (int64, error) {
	buf := make([]byte, copyBuffer)
	zeros := make([]byte, copyBuffer)
	for at := s.at; at < s.data.size; {
		if err := s.ctx.Err(); err != nil {
			return 0, err
		}
		part := buf[:min(copyBuffer, s.data.size-at)]
		if err := s.data.full(part, at); err != nil {
			return 0, err
		}
		if !bytes.Equal(part, zeros[:len(part)]) {
			rest := bytes.TrimLeft(part, "\x00")
			return at + int64(len(part)-len(rest)), nil
		}
		at += int64(len(part))
	}
	return s.data.size, nil
}

// recover gives a damaged entry up and looks for the next header, if salvage is
// wanted.
func (s *tarScan) recover(cause error) (more bool, err error) {
	var bad *Error
	if !errors.As(cause, &bad) {
		return false, cause
	}
	if err := s.b.notes.lose(bad); err != nil {
		return false, err
	}
	if bad.Reason == ReasonTruncated {
		return false, nil
	}
	s.next = extension{}
	var h tarHeader
	for s.at += tarBlock; s.data.full(h[:], s.at) == nil; s.at += tarBlock {
		if err := s.ctx.Err(); err != nil {
			return false, err
		}
		if (h.ustar() || h.gnu()) && h.sumRight() {
			return true, nil
		}
	}
	return false, nil
}
