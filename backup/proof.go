package backup

import (
	"errors"
	"fmt"
	"time"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/vocab"
)

// ErrKeyNotPublished says that the account's own document does not list the key
// that was to sign its archive, or that there is no such document.
var ErrKeyNotPublished = errors.New("the account does not publish this key")

const proofContext = `["https://www.w3.org/ns/activitystreams","https://w3id.org/security/data-integrity/v1",` +
	`{"godwit":"https://codeberg.org/godwit/ns#","ArchiveProof":"godwit:ArchiveProof","created":"godwit:created",` +
	`"manifestDigest":"godwit:manifestDigest","integrityDigest":"godwit:integrityDigest","entries":"godwit:entries"}]`

// checkKey refuses a key that nobody who reads the account's document would find.
func (w *Writer) checkKey() error {
	key := w.options.Key
	if key == nil {
		return nil
	}
	if w.actor == nil || key.Owner != w.actor.ID() {
		return ErrKeyNotPublished
	}
	published, _ := actor.Keys(w.actor)
	listed, ok := actor.FindKey(published, key.ID)
	if !ok || !listed.Equal(key.Public()) || listed.Expired(w.options.Created) {
		return ErrKeyNotPublished
	}
	return nil
}

// prove is the last entry: what was exported, by whom and when.
func (w *Writer) prove(manifest, integrity string, entries int) ([]byte, error) {
	by := vocab.IRI("")
	if w.actor != nil {
		by = w.actor.ID()
	}
	text := proofText(by, w.created(), manifest, integrity, int64(entries))
	if w.options.Key == nil {
		return []byte(text + "\n"), nil
	}
	claim, err := vocab.Parse([]byte(text))
	if err != nil {
		return nil, fmt.Errorf("proof: %w", err)
	}
	signed, err := actor.SignProof(claim, *w.options.Key, w.options.Created, nil)
	if err != nil {
		return nil, fmt.Errorf("proof: %w", err)
	}
	return append(signed.Value().Raw(), '\n'), nil
}

// proofText is the last entry before it is signed, byte for byte.
func proofText(by vocab.IRI, created, manifest, integrity string, entries int64) string {
	text := `{"@context":` + proofContext + `,"type":"ArchiveProof"`
	if by != "" {
		text += `,"actor":` + string(quote(string(by)))
	}
	return text + fmt.Sprintf(`,"created":%s,"manifestDigest":%s,"integrityDigest":%s,"entries":%d}`,
		quote(created), quote(manifest), quote(integrity), entries)
}

func (w *Writer) created() string { return w.options.Created.Format(time.RFC3339) }
