package jsonitems

import "io"

const (
	windowSize = 128 << 10
	leastRead  = 4 << 10
)

// A window is the part of the text that is held: from the mark, or else from pos,
// to end.
type window struct {
	r    io.Reader
	buf  []byte
	mark int // where the value being read begins; -1 if nothing is kept
	pos  int
	end  int
	base int64 // the offset of buf[0] in the text
	most int   // how long a value may be
	err  error // of r; io.EOF at the end
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
		held := w.buf[:w.end]
		w.buf = make([]byte, w.larger())
		copy(w.buf, held)
	}
	return w.read()
}

// larger is how long the buffer is next: twice as long, or as long as it may ever be
// where that is not much more, for the old one is there until it was copied.
func (w *window) larger() int {
	whole := w.most + windowSize
	if size := 2 * len(w.buf); size < w.most {
		return size
	}
	return whole
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
	w.mark = -1
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
	w.mark = w.pos
	size := int64(0)
	for !whole {
		n := 0
		n, whole = s.scan(w.buf[w.pos:w.end])
		w.pos += n
		size += int64(n)
		switch {
		case size > int64(w.most):
			fault, w.mark = TooLarge, -1
		case s.tooDeep && fault == "":
			fault, w.mark = TooDeep, -1
		}
		if !whole && !w.more() {
			break
		}
	}
	if w.mark >= 0 {
		data = w.buf[w.mark:w.pos]
	}
	w.mark = -1
	if fault == "" && (s.bad || s.scalar && !isScalar(data)) {
		fault = BadJSON
	}
	return data, fault, whole
}
