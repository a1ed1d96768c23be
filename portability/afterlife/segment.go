package afterlife

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"

	"github.com/go-json-experiment/json"
)

// A segment holds what was read of one account until all have been: documents,
// records of the last document before them, and at the end the account itself.
// Without that it is not whole.
const (
	markDocument = 'D'
	markNames    = 'N' // by which the maps may know what comes next
	markRecord   = 'R'
	markHidden   = 'H' // by which a map may know what is not for everybody
	markAccount  = 'A'
	markReport   = 'E'
)

type segmentWriter struct {
	file *os.File
	w    *bufio.Writer
}

func createSegment(path string) (*segmentWriter, error) {
	f, err := os.OpenFile(filepath.Clean(path), os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, err
	}
	return &segmentWriter{f, bufio.NewWriterSize(f, 1<<16)}, nil
}

func (s *segmentWriter) write(mark byte, payload []byte) error {
	if err := s.w.WriteByte(mark); err != nil {
		return err
	}
	_, err := s.w.Write(appendFrame(nil, payload))
	return err
}

func (s *segmentWriter) writeJSON(mark byte, v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return s.write(mark, data)
}

// finish has the segment safe on the disk.
func (s *segmentWriter) finish() error {
	return errors.Join(s.w.Flush(), s.file.Sync(), s.file.Close())
}

// readSegment yields the marks of a segment and what follows them.
func readSegment(path string) iter.Seq2[byte, []byte] {
	return func(yield func(byte, []byte) bool) {
		f, err := os.Open(filepath.Clean(path))
		if err != nil {
			yield(0, nil)
			return
		}
		defer f.Close()
		info, err := f.Stat()
		if err != nil {
			yield(0, nil)
			return
		}
		r := bufio.NewReaderSize(f, 1<<16)
		for left := info.Size(); left > 0; {
			mark, payload, err := readMarked(r, left)
			if err != nil {
				yield(0, nil)
				return
			}
			left -= int64(1 + frameSize + len(payload))
			if !yield(mark, payload) {
				return
			}
		}
	}
}

func readMarked(r *bufio.Reader, left int64) (byte, []byte, error) {
	mark, err := r.ReadByte()
	if err != nil {
		return 0, nil, err
	}
	head, err := r.Peek(frameSize)
	if err != nil {
		return 0, nil, err
	}
	length := int64(head[0])<<24 | int64(head[1])<<16 | int64(head[2])<<8 | int64(head[3])
	if length > left {
		return 0, nil, ErrDamaged
	}
	frame := make([]byte, frameSize+length)
	if _, err := io.ReadFull(r, frame); err != nil {
		return 0, nil, err
	}
	payload, err := readFrame(bytesAt(frame), 0, int64(len(frame)))
	return mark, payload, err
}

// bytesAt is a text that can be read at any place.
type bytesAt []byte

func (b bytesAt) ReadAt(p []byte, off int64) (int, error) {
	if off >= int64(len(b)) {
		return 0, io.EOF
	}
	n := copy(p, b[off:])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// wholeSegment returns the account and the report at the end of a segment, if it is
// whole and of the source with the fingerprint.
func wholeSegment(path, fingerprint string) (a accountEntry, so Report, ok bool) {
	a, ended, err := endOf(path)
	return a, ended.Report, err == nil && fingerprint != "" && ended.Fingerprint == fingerprint
}

// endOf reads a segment to its end, and returns what stands there.
func endOf(path string) (a accountEntry, ended segmentEnd, err error) {
	whole := false
	for mark, payload := range readSegment(path) {
		switch mark {
		case 0:
			return a, ended, errSegment
		case markAccount:
			err = json.Unmarshal(payload, &a)
		case markReport:
			err, whole = errors.Join(err, json.Unmarshal(payload, &ended)), true
		}
	}
	if !whole {
		err = errors.Join(err, errSegment)
	}
	return a, ended, err
}

type segmentEnd struct {
	Fingerprint string `json:"fingerprint"`
	Report      Report `json:"report"`
}

var errSegment = fmt.Errorf("read the work folder: %w", ErrDamaged)
