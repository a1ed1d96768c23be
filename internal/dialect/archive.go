package dialect

import (
	"context"
	"fmt"
	"iter"

	"codeberg.org/godwit/godwit/internal/manifest"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

// Entries of godwit's own archives that say something of the archive itself, see
// backup/DESIGN.md.
const (
	VolumeEntry    = "godwit/volume.json"
	RemovedEntry   = "godwit/removed.jsonl"
	MediaEntry     = "godwit/media.jsonl"
	IntegrityEntry = "godwit/integrity.jsonl"
	ProofEntry     = "godwit/proof.json"
	OriginFolder   = "godwit/origin/"
)

// An ArchiveInfo is what an archive of FEP-6fcd says of itself. Nothing in it is
// proved.
type ArchiveInfo struct {
	ManifestName string // of the entry; "" if there is none
	Manifest     manifest.Meta
	// Volume is nil in what is not one of godwit's own archives.
	Volume *Volume
	// IntegrityDigest is the SHA-256 of the integrity list in hex, by which the
	// next volume and increments know it; "" if there is none.
	IntegrityDigest string
	// IntegrityCount is how many entries the list has.
	IntegrityCount int64
	// Proof is nil if there is none. That its digests are those of the manifest
	// and the integrity list was seen; its signature was not looked at.
	Proof *Proof
	// Sealed are the encrypted entries, which are not read here.
	Sealed []string
	// Origin are the entries that were taken over from the archive of which this
	// one was made.
	Origin []string

	view *View
}

// A Volume is one archive's place among several.
type Volume struct {
	Set  string // the same in all volumes of one
	N    int    // from 0, as the ending of the file has it
	Last bool
	Prev string // the digest of the integrity list of the volume before; "" in the first
	Base string // the digest of the integrity list of the archive that this is an increment on; "" if on none
}

func parseVolume(o *vocab.Object) (*Volume, error) {
	v := &Volume{Set: o.Text("set"), Last: o.Bool("last"), Prev: o.Text("prev"), Base: o.Text("base")}
	n, ok := o.Int64("n")
	if !ok || n < 0 || n > 1_000_000 {
		return nil, fmt.Errorf("n is no number of a volume")
	}
	v.N = int(n)
	return v, nil
}

// Removed yields what the base of an increment had and this archive has not. It
// yields nothing for an archive that is no increment. An error is the last thing.
func (i *ArchiveInfo) Removed(ctx context.Context) iter.Seq2[portability.Ref, error] {
	return func(yield func(portability.Ref, error) bool) {
		if i.view == nil || !i.view.Has(RemovedEntry) {
			return
		}
		for e, err := range i.view.Lines(ctx, RemovedEntry, nil) {
			if err != nil {
				yield(portability.Ref{}, err)
				return
			}
			ref, err := i.removed(e.Data, e.Line)
			if !yield(ref, err) || err != nil {
				return
			}
		}
	}
}

func (i *ArchiveInfo) removed(line []byte, number int64) (portability.Ref, error) {
	o, err := i.view.Parse(line)
	if err != nil {
		return portability.Ref{}, fmt.Errorf("read %q: line %d: %w", RemovedEntry, number, err)
	}
	ref := portability.Ref{Kind: portability.Kind(o.Text("kind")), ID: o.Text("id")}
	if !ref.Kind.Known() || ref.ID == "" {
		return portability.Ref{}, fmt.Errorf("read %q: line %d names nothing", RemovedEntry, number)
	}
	return ref, nil
}
