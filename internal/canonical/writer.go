package canonical

import (
	"errors"
	"fmt"
	"io"
	"slices"
)

// ErrSize is that a body was not of the size that its entry was given.
var ErrSize = errors.New("body is not of the size that was announced")

var errClosed = errors.New("write archive: the writer is closed, or the entry is no longer the last")

// A Writer writes an archive, entry after entry. It is not safe for concurrent
// use. After an error, which every further call returns, it needs no Close; it
// leaves no goroutine behind.
type Writer struct {
	out    output
	entry  string
	number int   // of the entry
	left   int64 // of its body
	room   int64 // for its body in this member
	pad    int
	closed bool
	err    error
}

// An output takes the bytes of the tar, in members that end where cut says.
type output interface {
	// grow says how much the member will hold.
	grow(n int)
	write(p []byte) error
	cut() error
	// flush returns how much has been written when all of it is.
	flush() (int64, error)
}

// NewWriter writes to w, which it does not close. What it writes to a w that
// already holds whole entries continues them: no entry depends on another.
func NewWriter(w io.Writer, c Compression, o *Options) *Writer {
	if c == None {
		return &Writer{out: newStraight(w)}
	}
	opts := o.orDefault()
	return &Writer{out: newPacked(w, c, opts.Threads)}
}

// Entry begins the next entry and returns what takes its body, which is valid
// until the next call of Entry, Flush or Close and has to be given exactly size
// bytes by then: [ErrSize] says that it was not. The name is checked no further
// than for what cannot be written ([ErrName]).
func (w *Writer) Entry(name string, size int64) (io.Writer, error) {
	if w.closed {
		return nil, errClosed
	}
	if err := w.finish(); err != nil {
		return nil, err
	}
	h, err := head(name, size)
	if err != nil {
		return nil, err
	}
	w.entry, w.left, w.pad, w.room = name, size, padding(size), memberSize
	w.number++
	w.out.grow(len(h) + int(min(size, memberSize)) + w.pad)
	if err := w.keep(w.out.write(h)); err != nil {
		return nil, err
	}
	return &body{w: w, number: w.number}, nil
}

// Flush waits until every entry so far is in w, and returns how many bytes this
// writer has written there. A file that is cut to that length can be continued.
func (w *Writer) Flush() (int64, error) {
	if err := w.finish(); err != nil {
		return 0, err
	}
	n, err := w.out.flush()
	return n, w.keep(err)
}

// Close writes the end and waits for everything to be in w. To call it twice does
// no harm.
func (w *Writer) Close() error {
	if w.closed {
		return w.err
	}
	if err := w.finish(); err != nil {
		return err
	}
	w.closed = true
	w.out.grow(len(end))
	if err := w.keep(errors.Join(w.out.write(end), w.out.cut())); err != nil {
		return err
	}
	_, err := w.out.flush()
	return w.keep(err)
}

// finish ends the entry that is open, if any.
func (w *Writer) finish() error {
	switch {
	case w.err != nil:
		return w.err
	case w.left > 0:
		return w.keep(fmt.Errorf("write archive: %.80q: %d bytes missing: %w", w.entry, w.left, ErrSize))
	case w.closed || w.number == 0 || w.room < 0:
		return nil
	}
	w.room = -1 // finished
	if err := w.out.write(end[:w.pad]); err != nil {
		return w.keep(err)
	}
	return w.keep(w.out.cut())
}

// keep remembers the first error.
func (w *Writer) keep(err error) error {
	if w.err == nil {
		w.err = err
	}
	return err
}

// A body is what takes the body of one entry.
type body struct {
	w      *Writer
	number int
}

func (b *body) Write(p []byte) (int, error) {
	w := b.w
	switch {
	case w.err != nil:
		return 0, w.err
	case b.number != w.number || w.room < 0:
		return 0, errClosed
	case int64(len(p)) > w.left:
		return 0, w.keep(fmt.Errorf("write archive: %.80q: %d bytes too many: %w", w.entry, int64(len(p))-w.left, ErrSize))
	}
	return w.part(p)
}

// part writes some of a body, and cuts members where the next one has to begin.
func (w *Writer) part(p []byte) (n int, err error) {
	for n < len(p) {
		if w.room == 0 {
			if err := w.keep(w.out.cut()); err != nil {
				return n, err
			}
			w.room = memberSize
			w.out.grow(int(min(w.left, memberSize)) + w.pad)
		}
		now := p[n:][:min(int64(len(p)-n), w.room)]
		if err := w.keep(w.out.write(now)); err != nil {
			return n, err
		}
		n += len(now)
		w.left -= int64(len(now))
		w.room -= int64(len(now))
	}
	return n, nil
}

// packed is an output of compressed members.
type packed struct {
	w       io.Writer
	written int64
	queue   queue
	part    *part // the one that is being filled; nil if there is nothing in it
	want    int
}

func newPacked(w io.Writer, c Compression, threads int) *packed {
	p := &packed{w: w}
	p.queue = queue{compression: c, threads: threads, done: p.put}
	return p
}

func (p *packed) put(made *part) error {
	n, err := p.w.Write(made.packed)
	p.written += int64(n)
	return err
}

func (p *packed) grow(n int) { p.want = n }

func (p *packed) write(b []byte) error {
	if len(b) == 0 {
		return nil
	}
	if p.part == nil {
		next, err := p.queue.empty()
		if err != nil {
			return err
		}
		next.plain = slices.Grow(next.plain, p.want)
		p.part = next
	}
	p.part.plain = append(p.part.plain, b...)
	return nil
}

func (p *packed) cut() error {
	if p.part != nil {
		p.queue.start(p.part)
		p.part = nil
	}
	return nil
}

func (p *packed) flush() (int64, error) {
	err := p.queue.drain()
	return p.written, err
}
