package jsonitems

import (
	"bytes"
	"io"
)

const (
	windowSize = 128 << 10
	pieceSize  = 1 << 20
	leastRead  = 4 << 10
)

// A window is the part of the text that is held: from the mark, or else from pos,
// to end. A long value is held in pieces, for a buffer that grows with it would be
// there twice whenever it grows, and leave all that it was.
type window struct {
	r      io.Reader
	buf    []byte
	pieces [][]byte // of the value being read, before buf
	joined bool     // the last value was in pieces, and is in no buffer
	mark   int      // where the value being read begins, or the rest of it; -1 if nothing is kept
	pos    int
	end    int
	base   int64 // the offset of buf[0] in the text
	most   int   // how long a value may be
	err    error // of r; io.EOF at the end
}

func newWindow(r io.Reader, most int) *window {
	return &window{r: r, buf: make([]byte, windowSize), mark: -1, most: most}
}

func (w *window) offset() int64 { return w.base + int64(w.pos) }

// peek returns the next byte, and false at the end of the text.
func (w *window) peek() (byte, bool) {
	if w.pos == w.end && !w.more() {
		return 0, false
	}
	return w.buf[w.pos], true
}

// space passes over white space, and returns the byte behind it.
func (w *window) space() (byte, bool) {
	for {
		for ; w.pos < w.end; w.pos++ {
			if classes[w.buf[w.pos]] != classSpace {
				return w.buf[w.pos], true
			}
		}
		if !w.more() {
			return 0, false
		}
	}
}

// more reads on. What lies before the mark, or pos, is given up.
func (w *window) more() bool {
	if w.err != nil {
		return false
	}
	from := w.pos
	if w.mark >= 0 {
		from = w.mark
	}
	if len(w.buf)-w.end < leastRead || from == w.end {
		w.shift(from)
	}
	if len(w.buf)-w.end < leastRead {
		w.enlarge()
	}
	return w.read()
}

// enlarge makes room behind a value that fills the buffer, all of which was read.
func (w *window) enlarge() {
	held := w.buf[:w.end]
	if len(w.buf) < pieceSize {
		w.buf = make([]byte, 2*len(w.buf))
		copy(w.buf, held)
		return
	}
	w.pieces = append(w.pieces, held)
	w.buf = make([]byte, pieceSize)
	w.base += int64(w.end)
	w.mark, w.pos, w.end = 0, 0, 0
}

// keep keeps what is read from here on.
func (w *window) keep() { w.mark = w.pos }

// letGo keeps it no longer.
func (w *window) letGo() { w.mark, w.pieces = -1, nil }

// kept returns what was kept, and keeps no more. It holds until the window is read
// again.
func (w *window) kept() []byte {
	defer w.letGo()
	if w.joined = w.pieces != nil; w.joined {
		return bytes.Join(append(w.pieces, w.buf[w.mark:w.pos]), nil)
	}
	if w.mark < 0 {
		return nil
	}
	return w.buf[w.mark:w.pos]
}

// handed is what was kept, as the caller may keep it.
func (w *window) handed(data []byte) []byte {
	if w.joined {
		return data
	}
	return copied(data)
}

func (w *window) shift(from int) {
	copy(w.buf, w.buf[from:w.end])
	w.base += int64(from)
	w.pos, w.end, w.mark = w.pos-from, w.end-from, max(w.mark-from, -1)
}

func (w *window) read() bool {
	for range 100 {
		n, err := w.r.Read(w.buf[w.end:])
		w.end += n
		w.err = err
		if n > 0 || err != nil {
			return n > 0
		}
	}
	w.err = io.ErrNoProgress
	return false
}

// drop reads the text to its end, and keeps nothing. Readers may have something
// to say only there, such as a checksum.
func (w *window) drop() {
	w.letGo()
	for {
		w.pos = w.end
		if !w.more() {
			return
		}
	}
}

// value reads one value, which begins at pos, and reports whether it ended before
// the text did. The data are nil if there is a fault that leaves none; they hold
// until the window is read again.
func (w *window) value(s *scanner) (data []byte, fault Fault, whole bool) {
	s.reset()
	w.keep()
	size := int64(0)
	for !whole {
		n := 0
		n, whole = s.scan(w.buf[w.pos:w.end])
		w.pos += n
		size += int64(n)
		switch {
		case size > int64(w.most):
			fault = TooLarge
			w.letGo()
		case s.tooDeep && fault == "":
			fault = TooDeep
			w.letGo()
		}
		if !whole && !w.more() {
			break
		}
	}
	data = w.kept()
	if fault == "" && (s.bad || s.scalar && !isScalar(data)) {
		fault = BadJSON
	}
	return data, fault, whole
}
