package afterlife

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"codeberg.org/godwit/godwit/vocab"
)

// The files of a door file, see DESIGN.md. All but the manifest and the media have
// the name of their generation, so that a new one can lie beside the old.
const (
	manifestName  = "door.json"
	formatName    = "godwit-door"
	formatVersion = 1
	mediaFolder   = "media"

	entrySize = len(key{}) + 8
	frameSize = 8 // length and CRC-32C
	fanBits   = 16
)

// Errors of door files.
var (
	ErrNoDoor  = errors.New("there is no door file")
	ErrVersion = errors.New("the door file is of a version that is not known")
)

// A manifest says what a door file consists of.
type manifest struct {
	Format    string       `json:"format"`
	Version   int          `json:"version"`
	Created   time.Time    `json:"created"`
	Entries   int64        `json:"entries"`
	Accounts  manifestFile `json:"accounts"`
	Index     manifestFile `json:"index"`
	Records   manifestFile `json:"records"`
	Documents manifestFile `json:"documents"`
}

type manifestFile struct {
	Name   string `json:"name"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

func readManifest(door string) (*manifest, error) {
	data, err := os.ReadFile(filepath.Join(filepath.Clean(door), manifestName))
	if isMissing(err) {
		return nil, ErrNoDoor
	}
	if err != nil {
		return nil, err
	}
	var m manifest
	if err := json.Unmarshal(data, &m); err != nil || m.Format != formatName {
		return nil, ErrDamaged
	}
	if m.Version != formatVersion {
		return nil, ErrVersion
	}
	for _, f := range m.files() {
		if f.Name == "" || f.Name != filepath.Base(f.Name) {
			return nil, ErrDamaged
		}
	}
	return &m, nil
}

func (m *manifest) files() []manifestFile {
	return []manifestFile{m.Accounts, m.Index, m.Records, m.Documents}
}

func (m *manifest) bytes() ([]byte, error) {
	return json.Marshal(m, json.Deterministic(true), jsontext.Multiline(true), jsontext.WithIndent("  "))
}

// An accountEntry is what is kept of an account in memory.
type accountEntry struct {
	ID      vocab.IRI   `json:"id"`
	User    string      `json:"user,omitempty"` // of the handle
	Inbox   vocab.IRI   `json:"inbox,omitempty"`
	Shared  vocab.IRI   `json:"sharedInbox,omitempty"`
	Pages   []vocab.IRI `json:"pages,omitempty"`
	MovedTo vocab.IRI   `json:"movedTo,omitempty"`
	NewPage vocab.IRI   `json:"newPage,omitempty"`
	// Deleted is when the account was given up; its document says so then.
	Deleted time.Time `json:"deleted,omitzero"`
	Offset  int64     `json:"offset"` // of its document
	Length  int       `json:"length"`
}

func (a *accountEntry) body() span { return span{a.Offset, a.Length} }

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// appendFrame writes bytes with their length and checksum.
func appendFrame(b, payload []byte) []byte {
	b = binary.BigEndian.AppendUint32(b, uint32(len(payload)))
	b = binary.BigEndian.AppendUint32(b, crc32.Checksum(payload, castagnoli))
	return append(b, payload...)
}

// readFrame reads what appendFrame wrote at an offset.
func readFrame(r io.ReaderAt, offset, size int64) ([]byte, error) {
	var room [1024]byte
	n, err := r.ReadAt(room[:min(int64(len(room)), max(0, size-offset))], offset)
	if n < frameSize {
		return nil, errors.Join(ErrDamaged, err)
	}
	length := int64(binary.BigEndian.Uint32(room[:4]))
	if length > size-offset-frameSize {
		return nil, ErrDamaged
	}
	payload := make([]byte, length)
	if got := copy(payload, room[frameSize:n]); int64(got) < length {
		if _, err := r.ReadAt(payload[got:], offset+int64(n)); err != nil {
			return nil, errors.Join(ErrDamaged, err)
		}
	}
	if crc32.Checksum(payload, castagnoli) != binary.BigEndian.Uint32(room[4:8]) {
		return nil, ErrDamaged
	}
	return payload, nil
}

// A part is one file of a door file while it is written.
type part struct {
	file   *os.File
	w      *bufio.Writer
	digest hash.Hash
	size   int64
}

func createPart(path string) (*part, error) {
	f, err := os.OpenFile(filepath.Clean(path), os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, err
	}
	h := sha256.New()
	return &part{file: f, w: bufio.NewWriterSize(io.MultiWriter(f, h), 1<<16), digest: h}, nil
}

func (p *part) write(b []byte) error {
	n, err := p.w.Write(b)
	p.size += int64(n)
	return err
}

// finish has the part safe on the disk, and describes it.
func (p *part) finish(name string) (manifestFile, error) {
	err := errors.Join(p.w.Flush(), p.file.Sync(), p.file.Close())
	return manifestFile{name, p.size, hex.EncodeToString(p.digest.Sum(nil))}, err
}

// syncFolder has the names in a folder survive a crash.
func syncFolder(path string) error {
	f, err := os.Open(filepath.Clean(path))
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// checkFile compares a whole file with its description.
func checkFile(door string, f manifestFile) error {
	file, err := os.Open(filepath.Join(filepath.Clean(door), f.Name))
	if err != nil {
		return err
	}
	defer file.Close()
	h := sha256.New()
	n, err := io.Copy(h, file)
	if err == nil && (n != f.Size || hex.EncodeToString(h.Sum(nil)) != f.SHA256) {
		err = fmt.Errorf("%s: %w", f.Name, ErrDamaged)
	}
	return err
}

// lines yields the lines of a file that fits into memory.
func lines(data []byte) [][]byte {
	return bytes.Split(bytes.TrimSuffix(data, []byte("\n")), []byte("\n"))
}
