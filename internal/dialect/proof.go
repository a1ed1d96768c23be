package dialect

import (
	"fmt"

	"codeberg.org/godwit/godwit/vocab"
)

// TypeArchiveProof is the type of a proof.
const TypeArchiveProof = "ArchiveProof"

// A Proof is the last entry of an archive: it says what the archive is, and, if it
// is signed, who says so. It proves nothing about what others wrote.
type Proof struct {
	// Document is the proof as it stands, for whoever checks its signature.
	Document *vocab.Object
	Actor    vocab.IRI
	Created  string
	// ManifestDigest and IntegrityDigest are SHA-256 in hex.
	ManifestDigest, IntegrityDigest string
	// Entries is how many the integrity list has.
	Entries int64
	// Signed: there is a signature, whatever it is worth.
	Signed bool
}

// ParseProof reads a proof. It checks no signature.
func ParseProof(o *vocab.Object) (*Proof, error) {
	entries, ok := o.Int64("entries")
	p := &Proof{
		Document:        o,
		Actor:           o.IRI(vocab.Actor),
		Created:         o.Text("created"),
		ManifestDigest:  o.Text("manifestDigest"),
		IntegrityDigest: o.Text("integrityDigest"),
		Entries:         entries,
		Signed:          o.Has(vocab.Proof),
	}
	if !o.Is(TypeArchiveProof) || !ok || entries < 0 || p.ManifestDigest == "" || p.IntegrityDigest == "" {
		return nil, fmt.Errorf("not a proof of an archive")
	}
	return p, nil
}
