package csvlist

import (
	"bufio"
	"errors"
	"io"
)

// maxLines is how many lines one row may have. It bounds how often a line is
// looked at again after a quotation mark that nothing closes.
const maxLines = 64

// A line is one line of a file without its end.
type line struct {
	number int
	text   string
	end    string // "\n", "\r", "\r\n"; "" at the end of the file
	long   bool   // above the limit; text is empty
}

// A lineReader splits at every kind of line end. It holds no line above max.
type lineReader struct {
	in     *bufio.Reader
	max    int
	number int
	queue  []line // read, and to be given out again
	err    error
}

// next returns the next line, io.EOF behind the last, or what the reader failed
// with.
func (r *lineReader) next() (line, error) {
	if len(r.queue) > 0 {
		l := r.queue[0]
		r.queue = r.queue[1:]
		return l, nil
	}
	if r.err != nil {
		return line{}, r.err
	}
	return r.read()
}

// back gives lines out again, before all others.
func (r *lineReader) back(lines []line) {
	r.queue = append(append([]line(nil), lines...), r.queue...)
}

func (r *lineReader) read() (line, error) {
	r.number++
	l := line{number: r.number}
	var text []byte
	for count := 0; ; count++ {
		b, err := r.in.ReadByte()
		if err != nil {
			r.err = err
			if count == 0 || !errors.Is(err, io.EOF) {
				return line{}, err
			}
			break
		}
		if b == '\n' || b == '\r' {
			l.end = r.lineEnd(b)
			break
		}
		if l.long = count >= r.max; !l.long {
			text = append(text, b)
		}
	}
	if !l.long {
		l.text = string(text)
	}
	return l, nil
}

func (r *lineReader) lineEnd(b byte) string {
	if b == '\n' {
		return "\n"
	}
	if next, err := r.in.Peek(1); err == nil && next[0] == '\n' {
		r.in.Discard(1)
		return "\r\n"
	}
	return "\r"
}
