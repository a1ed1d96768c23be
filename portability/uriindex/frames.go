package uriindex

import (
	"bufio"
	"errors"
	"hash/crc32"
	"io"
	"os"
)

// frames reads the frames of a section one after the other.
type frames struct {
	r    *bufio.Reader
	body []byte
}

const readBuffer = 256 << 10

func framesOf(r io.Reader) *frames {
	return &frames{r: bufio.NewReaderSize(r, readBuffer)}
}

// next returns a body, which is valid until the next call, and the size of its
// frame. The end is io.EOF.
func (f *frames) next() (body []byte, size int64, err error) {
	head, err := f.r.Peek(frameHead)
	if len(head) == 0 || err != nil && !errors.Is(err, io.EOF) {
		return nil, 0, err
	}
	length, begin, sum, err := frameOf(head)
	if err != nil {
		return nil, 0, err
	}
	if _, err := f.r.Discard(int(begin)); err != nil {
		return nil, 0, err
	}
	if int64(cap(f.body)) < length {
		f.body = make([]byte, length+length/4)
	}
	f.body = f.body[:length]
	if _, err := io.ReadFull(f.r, f.body); err != nil {
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			err = errShort
		}
		return nil, 0, err
	}
	if crc32.Checksum(f.body, castagnoli) != sum {
		return nil, 0, errSum
	}
	return f.body, begin + length, nil
}

// pages are the bytes of a file.
type pages interface {
	// at returns n bytes from an offset, which lie within the file as it was
	// when it was opened. They are only read, and not kept.
	at(off, n int64) ([]byte, error)
	close() error
}

// read are pages that are read whenever they are asked for.
type read struct{ *os.File }

func (r read) at(off, n int64) ([]byte, error) {
	b := make([]byte, n)
	_, err := r.ReadAt(b, off)
	return b, err
}

func (r read) close() error { return nil }

// frame returns the body of a frame of a section that ends at end.
func frame(p pages, off, end int64) ([]byte, error) {
	head, err := p.at(off, min(frameHead, end-off))
	if err != nil {
		return nil, err
	}
	length, begin, sum, err := frameOf(head)
	if err != nil {
		return nil, err
	}
	if length > end-off-begin {
		return nil, errShort
	}
	body, err := p.at(off+begin, length)
	if err != nil {
		return nil, err
	}
	if crc32.Checksum(body, castagnoli) != sum {
		return nil, errSum
	}
	return body, nil
}
