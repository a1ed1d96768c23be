package dialect

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"codeberg.org/godwit/godwit/internal/container"
	"codeberg.org/godwit/godwit/portability"
)

// readVolume reads what godwit's archives say of their place among others, and
// which of their entries are sealed or taken over.
func (f *fepArchive) readVolume(ctx context.Context) error {
	for _, name := range f.view.Names() {
		switch {
		case strings.HasSuffix(name, ".age"):
			f.info.Sealed = append(f.info.Sealed, name)
		case strings.HasPrefix(name, OriginFolder):
			f.info.Origin = append(f.info.Origin, name)
		}
	}
	if !f.view.Has(VolumeEntry) {
		return nil
	}
	f.used[VolumeEntry] = true
	o, err := f.view.Document(ctx, VolumeEntry)
	if err == nil {
		f.info.Volume, err = parseVolume(o)
	}
	if err != nil {
		return f.refuse(NotReadable, VolumeEntry, err)
	}
	return nil
}

// readProof reads the proof, and holds the manifest against it. A manifest that does
// not list it cannot make it go away.
func (f *fepArchive) readProof(ctx context.Context) error {
	if !f.view.Has(ProofEntry) {
		return nil
	}
	o, err := f.view.Document(ctx, ProofEntry)
	if err == nil {
		f.info.Proof, err = ParseProof(o)
	}
	if err != nil {
		return f.refuse(NotReadable, ProofEntry, err)
	}
	if f.info.Proof.ManifestDigest != f.digest {
		return f.refuse(Mismatch, f.info.ManifestName, nil)
	}
	return nil
}

// readIntegrity holds the entries against the integrity list, but for their
// digests: those are compared when an entry is read.
func (f *fepArchive) readIntegrity(ctx context.Context) error {
	switch {
	case f.view.Has(IntegrityEntry):
	case f.info.Proof != nil:
		return f.refuse(MissingPart, IntegrityEntry, nil)
	default:
		return nil
	}
	r, err := f.view.Open(ctx, IntegrityEntry)
	if err != nil {
		return f.damaged(IntegrityEntry, err)
	}
	defer r.Close()
	hash := sha256.New()
	sums := newSums(f.wrongSum)
	for line, err := range Integrity(io.TeeReader(r, hash)) {
		if err != nil {
			return f.refuse(NotReadable, IntegrityEntry, err)
		}
		if f.info.IntegrityCount++; f.info.IntegrityCount > f.mostLines() {
			return f.refuse(Mismatch, IntegrityEntry, errManyLines)
		}
		sums.add(line.Path, line.SHA256)
		if err := f.sized(ctx, line); err != nil {
			return err
		}
	}
	sums.sort()
	f.view.sums = sums
	f.info.IntegrityDigest = hex.EncodeToString(hash.Sum(nil))
	return f.proved(sums)
}

// mostLines is how many lines an integrity list may have: one for each entry. In
// salvage, entries may be gone.
func (f *fepArchive) mostLines() int64 {
	n := int64(len(f.view.Names()))
	if f.view.Salvage {
		n += 1 << 20
	}
	return n
}

var errManyLines = errors.New("more lines than there are entries")

// sized compares an entry with its line.
func (f *fepArchive) sized(ctx context.Context, line IntegrityLine) error {
	switch size := f.view.Size(line.Path); {
	case size == line.Size:
		return ctx.Err()
	case size >= 0:
		return f.refuse(Mismatch, line.Path, fmt.Errorf("%d bytes, and the list says %d", size, line.Size))
	}
	if err := f.linked(ctx, line.Path); err != nil {
		return err
	}
	return f.refuse(MissingPart, line.Path, nil)
}

// proved holds the list against the proof, and the entries against the list.
func (f *fepArchive) proved(sums *sums) error {
	proof := f.info.Proof
	if proof != nil && (proof.IntegrityDigest != f.info.IntegrityDigest || proof.Entries != f.info.IntegrityCount) {
		if err := f.refuse(Mismatch, IntegrityEntry, nil); err != nil {
			return err
		}
	}
	if manifest := sums.find(f.info.ManifestName); manifest != nil && hex.EncodeToString(manifest) != f.digest {
		if err := f.refuse(Mismatch, f.info.ManifestName, nil); err != nil {
			return err
		}
	}
	for _, name := range f.view.Names() {
		if name != IntegrityEntry && name != ProofEntry && sums.find(name) == nil {
			f.note(Unlisted, name, "not in the integrity list")
		}
	}
	return nil
}

// wrongSum is for an entry whose bytes turn out to be others than the list says.
func (f *fepArchive) wrongSum(name string) error { return f.refuse(Mismatch, name, nil) }

// judgeEnd judges what stands behind the last entry, or that nothing says which
// entry is the last.
func (f *fepArchive) judgeEnd(context.Context) error {
	names := f.view.Names()
	if f.info.Proof != nil && f.view.Format() != container.FormatFolder {
		if last := names[len(names)-1]; last != ProofEntry {
			if err := f.refuse(AfterEnd, last, nil); err != nil {
				return err
			}
		}
	}
	for _, p := range f.view.Oddities() {
		switch {
		case p.Reason == container.ReasonTarAfter && f.info.Proof != nil:
			if err := f.refuse(AfterEnd, p.Entry, nil); err != nil {
				return err
			}
		case p.Reason == container.ReasonTarNoEnd && !f.complete():
			return f.refuse(Incomplete, "", nil)
		}
	}
	return nil
}

// complete reports whether all is there that the archive counts. Entries that the
// integrity list names and that are not there were refused before.
func (f *fepArchive) complete() bool {
	if f.info.IntegrityCount > 0 {
		return f.info.Proof != nil
	}
	return f.manifest != nil && !slices.ContainsFunc(f.account.Odd(), func(p Problem) bool { return p.Reason == ListedAbsent })
}

// sealed says what is not read here, for it is encrypted.
func (f *fepArchive) sealed() {
	for _, name := range f.info.Sealed {
		what := "a file"
		switch {
		case name == "received/inbox.json.age":
			what = string(portability.Inbox)
		case strings.HasPrefix(name, "key/"):
			what = "a private key"
		}
		f.note(ForeignRecord, name, "sealed: "+what)
	}
}
