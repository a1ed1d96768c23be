package backup

import (
	"crypto/sha256"
	"fmt"
	"hash"
	"io"

	"codeberg.org/godwit/godwit/internal/canonical"
)

// A sealer writes entries, and keeps the list of them (see DESIGN.md, "Integrity
// and proof").
type sealer struct {
	to       *canonical.Writer
	list     *draft
	entries  int
	manifest string // digest of the manifest
}

// add writes an entry and its line in the list.
func (s *sealer) add(e entry) error {
	digest, err := s.put(e)
	if err != nil {
		return err
	}
	if e.name == manifestEntry {
		s.manifest = digest
	}
	s.entries++
	_, err = fmt.Fprintf(s.list, `{"path":%s,"size":%d,"sha256":"%s"}`+"\n", quote(e.name), e.size, digest)
	return err
}

// put writes an entry, and returns its digest.
func (s *sealer) put(e entry) (string, error) {
	body, err := s.to.Entry(e.name, e.size)
	if err != nil {
		return "", err
	}
	h := &hashed{to: body, hash: sha256.New()}
	if err := e.write(h); err != nil {
		return "", fmt.Errorf("entry %q: %w", e.name, err)
	}
	digest := hexOf(h.hash.Sum(nil))
	if e.digest != "" && e.digest != digest {
		return "", fmt.Errorf("entry %q: %w", e.name, e.damaged)
	}
	return digest, nil
}

// hashed hashes what it writes.
type hashed struct {
	to   io.Writer
	hash hash.Hash
}

func (h *hashed) Write(p []byte) (int, error) {
	n, err := h.to.Write(p)
	h.hash.Write(p[:n])
	return n, err
}

// end writes the list and the proof, and returns the list's digest.
func (s *sealer) end(prove func(manifest, integrity string, entries int) ([]byte, error)) (string, error) {
	list, err := s.list.entry(integrityEntry)
	if err != nil {
		return "", err
	}
	digest, err := s.put(list)
	if err != nil {
		return "", err
	}
	proof, err := prove(s.manifest, digest, s.entries)
	if err != nil {
		return "", err
	}
	if _, err := s.put(bytesEntry(proofEntry, proof)); err != nil {
		return "", err
	}
	return digest, s.to.Close()
}
