package dialect

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"iter"

	"github.com/go-json-experiment/json"
)

// An IntegrityLine says of one entry of an archive what it is.
type IntegrityLine struct {
	Path   string
	Size   int64
	SHA256 [sha256.Size]byte
}

// mostIntegrityLine is longer than any that names an entry which a container may
// have.
const mostIntegrityLine = 16 << 10

// Integrity reads an integrity list line by line. An error, of the reader or about
// a line that is none, is the last thing it yields.
func Integrity(r io.Reader) iter.Seq2[IntegrityLine, error] {
	return func(yield func(IntegrityLine, error) bool) {
		s := bufio.NewScanner(r)
		s.Buffer(make([]byte, 4096), mostIntegrityLine)
		for n := 1; s.Scan(); n++ {
			line, err := parseIntegrity(s.Bytes())
			if err != nil {
				err = fmt.Errorf("integrity list: line %d: %w", n, err)
			}
			if !yield(line, err) || err != nil {
				return
			}
		}
		if err := s.Err(); err != nil {
			yield(IntegrityLine{}, fmt.Errorf("integrity list: %w", err))
		}
	}
}

var errIntegrityLine = errors.New("not the path, size and SHA-256 of an entry")

func parseIntegrity(text []byte) (IntegrityLine, error) {
	line := struct {
		Path   string `json:"path"`
		Size   int64  `json:"size"`
		SHA256 string `json:"sha256"`
	}{Size: -1}
	if json.Unmarshal(text, &line) != nil || line.Path == "" || line.Size < 0 {
		return IntegrityLine{}, errIntegrityLine
	}
	sum, err := hex.DecodeString(line.SHA256)
	if err != nil || len(sum) != sha256.Size {
		return IntegrityLine{}, errIntegrityLine
	}
	return IntegrityLine{Path: line.Path, Size: line.Size, SHA256: [sha256.Size]byte(sum)}, nil
}
