package backup

import (
	"bufio"
	"encoding/binary"
	"io"
	"math"
	"slices"
	"time"

	"codeberg.org/godwit/godwit/portability"
)

// A spool is a file that grows at its end. Only what stands before end counts: what
// a failure left behind it is written over.
type spool struct {
	file  *diskFile
	end   int64
	dirty bool // there is something that was not synced
}

// openSpool opens a spool of which end bytes count.
func openSpool(d *disk, name, what string, end int64) (*spool, error) {
	f, err := d.open(name, what, 0)
	if err != nil {
		return nil, err
	}
	return &spool{file: f, end: end}, nil
}

// append adds data, all of it or nothing, and returns where it begins.
func (s *spool) append(data []byte) (int64, error) {
	at := s.end
	if _, err := s.file.WriteAt(data, at); err != nil {
		return 0, err
	}
	s.end += int64(len(data))
	s.dirty = s.dirty || len(data) > 0
	return at, nil
}

func (s *spool) sync() error {
	if !s.dirty {
		return nil
	}
	if err := s.file.sync(); err != nil {
		return err
	}
	s.dirty = false
	return nil
}

// section reads a part of the spool.
func (s *spool) section(at, n int64) io.Reader { return io.NewSectionReader(s.file, at, n) }

const readAhead = 256 << 10

// reader reads the spool from its beginning to its present end.
func (s *spool) reader() *bufio.Reader {
	return bufio.NewReaderSize(s.section(0, s.end), readAhead)
}

// A record is an element of a collection as it stands in a spool: the length of the
// text, when it was published, and the text.
type record struct {
	at   int64 // when it was published, in nanoseconds; unknownTime if it does not say
	text []byte
}

const recordHead = 12

const unknownTime = math.MinInt64

func appendRecord(to []byte, r record) []byte {
	to = binary.BigEndian.AppendUint32(to, uint32(len(r.text)))
	to = binary.BigEndian.AppendUint64(to, uint64(r.at))
	return append(to, r.text...)
}

func recordTime(t time.Time, ok bool) int64 {
	if !ok || t.Year() < 1700 || t.Year() > 2200 {
		return unknownTime
	}
	return t.UnixNano()
}

// records reads a spool of records one after the other, without holding more than
// the one that is next.
type records struct {
	r    *bufio.Reader
	last int64 // the time of the record before
	next recordInfo
	have bool
}

// recordInfo is what is known of a record before its text is read.
type recordInfo struct {
	at     int64 // the time of the one before where it has none of its own
	length int64
}

func newRecords(s *spool) *records {
	if s == nil {
		return &records{r: bufio.NewReader(&io.LimitedReader{})}
	}
	return &records{r: s.reader(), last: unknownTime}
}

// peek tells of the next record, and is false behind the last.
func (r *records) peek() (recordInfo, bool, error) {
	if r.have {
		return r.next, true, nil
	}
	var head [recordHead]byte
	switch _, err := io.ReadFull(r.r, head[:]); {
	case err == io.EOF:
		return recordInfo{}, false, nil
	case err != nil:
		return recordInfo{}, false, err
	}
	at := int64(binary.BigEndian.Uint64(head[4:]))
	if at == unknownTime {
		at = r.last
	}
	r.last, r.have = at, true
	r.next = recordInfo{at: at, length: int64(binary.BigEndian.Uint32(head[:]))}
	return r.next, true, nil
}

// copy writes the text of the record that peek told of.
func (r *records) copy(w io.Writer) error {
	r.have = false
	for left := r.next.length; left > 0; {
		part, err := r.r.Peek(int(min(left, int64(r.r.Size()))))
		if len(part) == 0 {
			return err
		}
		n, err := w.Write(part)
		if err != nil {
			return err
		}
		if _, err := r.r.Discard(n); err != nil {
			return err
		}
		left -= int64(n)
	}
	return nil
}

// skip goes past the record that peek told of.
func (r *records) skip() error {
	r.have = false
	_, err := r.r.Discard(int(r.next.length))
	return err
}

// text reads the record that peek told of.
func (r *records) text() ([]byte, error) {
	r.have = false
	text := make([]byte, r.next.length)
	_, err := io.ReadFull(r.r, text)
	return text, err
}

// recordsAt reads a spool of records from where one begins.
func recordsAt(s *spool, at int64) *records {
	return &records{r: bufio.NewReader(s.section(at, s.end-at)), last: unknownTime}
}

// Spools that are not named after a kind.
const (
	filesSpool = "files"
	factsSpool = "facts"
	notesSpool = "notes"
)

// spoolNumber is the number of a kind's spool in the table of names.
func spoolNumber(name string) byte {
	return byte(slices.Index(portability.Kinds(), portability.Kind(name)) + 1)
}

func spoolNamed(number byte) string { return string(portability.Kinds()[number-1]) }
