package backup

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"iter"
	"os"
	"time"
)

// A takeoutSpool keeps elements of a collection on disk until their turn comes.
type takeoutSpool struct {
	file   *os.File
	size   int64 // of what is whole
	length int64 // in elements
	last   int64 // when the last of them was published
}

func newTakeoutSpool(path string) (*takeoutSpool, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, err
	}
	return &takeoutSpool{file: f}, nil
}

// add appends an element; one without a date has that of the one before. One that
// could not be written whole is written over by the next.
func (s *takeoutSpool) add(published time.Time, data []byte) error {
	at := s.last
	if !published.IsZero() {
		at = published.Unix()
	}
	record := binary.AppendVarint(nil, at)
	record = append(binary.AppendUvarint(record, uint64(len(data))), data...)
	if _, err := s.file.WriteAt(record, s.size); err != nil {
		return err
	}
	s.size += int64(len(record))
	s.length++
	s.last = at
	return nil
}

func (s *takeoutSpool) close() error {
	if s == nil || s.file == nil {
		return nil
	}
	f := s.file
	s.file = nil
	return f.Close()
}

// A takeoutElement is an element of a collection, and when it was published.
type takeoutElement struct {
	published int64
	data      []byte
}

func (s *takeoutSpool) all() iter.Seq2[takeoutElement, error] {
	return func(yield func(takeoutElement, error) bool) {
		in := bufio.NewReaderSize(io.NewSectionReader(s.file, 0, s.size), 64<<10)
		for {
			one, err := readTakeoutElement(in)
			if errors.Is(err, io.EOF) || !yield(one, err) || err != nil {
				return
			}
		}
	}
}

func readTakeoutElement(in *bufio.Reader) (takeoutElement, error) {
	published, err := binary.ReadVarint(in)
	if err != nil {
		return takeoutElement{}, err
	}
	length, err := binary.ReadUvarint(in)
	if err != nil {
		return takeoutElement{}, io.ErrUnexpectedEOF
	}
	data := make([]byte, length)
	if _, err := io.ReadFull(in, data); err != nil {
		return takeoutElement{}, io.ErrUnexpectedEOF
	}
	return takeoutElement{published: published, data: data}, nil
}

// mergedSpools yields the elements of both by their date; each keeps its own order.
func mergedSpools(ctx context.Context, a, b *takeoutSpool) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		next, stop := iter.Pull2(b.all())
		defer stop()
		other, err, more := next()
		for one, failed := range a.all() {
			for more && err == nil && failed == nil && other.published < one.published {
				if !yield(other.data, ctx.Err()) {
					return
				}
				other, err, more = next()
			}
			if failed = errors.Join(failed, err, ctx.Err()); !yield(one.data, failed) || failed != nil {
				return
			}
		}
		for more {
			if !yield(other.data, errors.Join(err, ctx.Err())) || err != nil {
				return
			}
			other, err, more = next()
		}
	}
}
