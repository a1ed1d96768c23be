package site

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// A spool keeps what was put until the pages are written: one file, a line for
// each item, appended to and never changed. What is known of names and files is
// read from it again when a site is continued.
type spool struct {
	file  *os.File
	size  int64
	names *names
}

// A mark is the first byte of a line, and says what it holds.
type mark byte

const (
	markOptions  mark = 'o'
	markActor    mark = 'a'
	markPost     mark = 'p'
	markBoost    mark = 'b'
	markReaction mark = 'r'
	markPin      mark = 'f'
	markTag      mark = 't'
	markMedia    mark = 'm'
	markRefused  mark = 'x' // an item that has no place; known so that it ends the same way again
)

// A head is what stands before the document of a line: the mark, the name of the
// item, the digest of what was put under it, and how it ended.
type head struct {
	mark    mark
	ref     key
	content key
	end     end
}

const headBytes = 1 + 32 + 32 + 1

func (h head) append(dst []byte) []byte {
	dst = append(dst, byte(h.mark))
	dst = hex.AppendEncode(dst, h.ref[:])
	dst = hex.AppendEncode(dst, h.content[:])
	return append(dst, byte(h.end))
}

func parseHead(line []byte) (head, []byte, error) {
	if len(line) < headBytes {
		return head{}, nil, errors.New("a line of the unfinished site is damaged")
	}
	h := head{mark: mark(line[0]), end: end(line[headBytes-1])}
	_, err := hex.Decode(h.ref[:], line[1:33])
	_, also := hex.Decode(h.content[:], line[33:65])
	return h, line[headBytes:], errors.Join(err, also)
}

// appendLine adds a line to what will be written at once.
func appendLine(dst []byte, h head, document any) ([]byte, error) {
	dst = h.append(dst)
	if document != nil {
		data, err := json.Marshal(document, jsontext.AllowInvalidUTF8(true))
		if err != nil {
			return nil, err
		}
		dst = append(dst, data...)
	}
	return append(dst, '\n'), nil
}

// openSpool opens the file, or begins it, and cuts off a line that was not
// written whole. It calls known for each line, in their order.
func openSpool(path string, known func(h head, document []byte) error) (*spool, error) {
	file, err := os.OpenFile(filepath.Clean(path), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	s := &spool{file: file}
	for l, err := range s.lines() {
		if err != nil {
			return nil, errors.Join(err, file.Close())
		}
		if err := known(l.head, l.document); err != nil {
			return nil, errors.Join(err, file.Close())
		}
		s.size = l.offset + l.length
	}
	if err := file.Truncate(s.size); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return s, nil
}

// A line is one of the spool, and where it stands.
type spooled struct {
	head
	document []byte // valid until the next
	offset   int64
	length   int64
}

// lines yields all whole lines.
func (s *spool) lines() func(yield func(spooled, error) bool) {
	return func(yield func(spooled, error) bool) {
		r := bufio.NewReaderSize(io.NewSectionReader(s.file, 0, 1<<62), 1<<18)
		var offset int64
		var long []byte
		for {
			text, err := r.ReadSlice('\n')
			long = append(long, text...)
			switch {
			case errors.Is(err, bufio.ErrBufferFull):
				continue
			case errors.Is(err, io.EOF):
				return
			case err != nil:
				yield(spooled{}, err)
				return
			}
			h, document, err := parseHead(bytes.TrimSuffix(long, []byte("\n")))
			l := spooled{h, document, offset, int64(len(long))}
			if !yield(l, err) || err != nil {
				return
			}
			offset += l.length
			long = long[:0]
		}
	}
}

// write appends whole lines.
func (s *spool) write(lines []byte) error {
	n, err := s.file.WriteAt(lines, s.size)
	if err != nil {
		return errors.Join(err, s.file.Truncate(s.size))
	}
	s.size += int64(n)
	return nil
}

// read returns the document of the line at a place.
func (s *spool) read(offset, length int64, document any) error {
	line := make([]byte, length)
	if _, err := s.file.ReadAt(line, offset); err != nil {
		return fmt.Errorf("read what was put: %w", err)
	}
	return decode(line[headBytes:length-1], document)
}

func decode(data []byte, document any) error {
	return json.Unmarshal(data, document, jsontext.AllowInvalidUTF8(true))
}

func (s *spool) close() error { return errors.Join(s.file.Close(), s.names.close()) }
