package afterlife

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
)

// ErrDamaged says that a file is not as it was written.
var ErrDamaged = errors.New("the file is damaged")

// A journal is a file of lines that are only ever added, each with a checksum. Many
// processes may add to it; each sees what the others added when it looks again.
// What was cut off while it was written is passed over.
type journal struct {
	path string
	take func(line []byte) error // called under mu, in the order of the file

	mu   sync.Mutex
	file *os.File
	read int64 // how much of the file was taken
}

// lineBytes is how long a line may be.
const lineBytes = 8 << 10

func openJournal(path string, take func([]byte) error) (*journal, error) {
	f, err := os.OpenFile(filepath.Clean(path), os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	j := &journal{path: path, file: f, take: take}
	if err := errors.Join(syncFolder(filepath.Dir(filepath.Clean(path))), j.refresh()); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return j, nil
}

func (j *journal) Close() error { return j.file.Close() }

// refresh takes what was added since, by whatever process.
func (j *journal) refresh() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.catchUp()
}

func (j *journal) catchUp() error {
	info, err := j.file.Stat()
	if err != nil || info.Size() == j.read {
		return err
	}
	if info.Size() < j.read {
		return fmt.Errorf("read %s: it is shorter than it was: %w", filepath.Base(j.path), ErrDamaged)
	}
	data := make([]byte, info.Size()-j.read)
	if _, err := io.ReadFull(io.NewSectionReader(j.file, j.read, int64(len(data))), data); err != nil {
		return err
	}
	for {
		line, rest, whole := bytes.Cut(data, []byte{'\n'})
		if !whole {
			return nil // somebody is writing it
		}
		if text, ok := checked(line); ok {
			if err := j.take(text); err != nil {
				return fmt.Errorf("read %s: %w", filepath.Base(j.path), err)
			}
		}
		j.read += int64(len(line)) + 1
		data = rest
	}
}

// checked returns a line without its checksum, if that is right.
func checked(line []byte) ([]byte, bool) {
	sum, text, found := bytes.Cut(line, []byte{' '})
	return text, found && string(sum) == checksum(text)
}

func checksum(text []byte) string {
	sum := crc32.Checksum(text, crc32.MakeTable(crc32.Castagnoli))
	return hex.EncodeToString([]byte{byte(sum >> 24), byte(sum >> 16), byte(sum >> 8), byte(sum)})
}

// add writes lines that survive a crash once it returns nil, and takes them. A line
// break comes first, so that what another process was killed at is not joined.
func (j *journal) add(lines ...[]byte) error {
	if len(lines) == 0 {
		return nil
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	for len(lines) > 0 {
		n := min(len(lines), 256)
		written := []byte{'\n'}
		for _, line := range lines[:n] {
			if len(line) > lineBytes || bytes.ContainsAny(line, "\r\n") {
				return fmt.Errorf("write %s: a line is too long", filepath.Base(j.path))
			}
			written = append(append(append(append(written, checksum(line)...), ' '), line...), '\n')
		}
		if _, err := j.file.Write(written); err != nil {
			return fmt.Errorf("write %s: %w", filepath.Base(j.path), err)
		}
		lines = lines[n:]
	}
	return errors.Join(j.file.Sync(), j.catchUp())
}

// isMissing reports whether a file is not there.
func isMissing(err error) bool { return errors.Is(err, fs.ErrNotExist) }
