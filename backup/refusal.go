package backup

import (
	"cmp"
	"errors"
	"fmt"
	"strings"

	"codeberg.org/godwit/godwit/internal/container"
	"codeberg.org/godwit/godwit/internal/dialect"
)

// A Reason says, in a word that never changes, why an archive was refused or what
// is odd about it.
type Reason string

// UnknownFormat is the reason for a file that is no export of any software known
// here. The other reasons are listed in the README of the package's hostile cases.
const UnknownFormat Reason = "unknown-format"

// A Refusal is why an archive is not read. Nothing was taken from it.
type Refusal struct {
	Reason Reason
	Where  string // the entry, or the place in it, printable and short; "" if the whole
	Hint   string // what a person can do; may be empty
	Err    error
}

// Error says what failed, on what and why.
func (r *Refusal) Error() string {
	if r.Err != nil {
		return r.Err.Error()
	}
	if r.Where == "" {
		return fmt.Sprintf("read archive: %s", sentence(r.Reason))
	}
	return fmt.Sprintf("read archive: %q: %s", r.Where, sentence(r.Reason))
}

// Unwrap gives what lies below.
func (r *Refusal) Unwrap() error { return r.Err }

// Temporary says whether trying again may help: only with a file that changed
// while it was read.
func (r *Refusal) Temporary() bool { return r.Reason == Reason(container.ReasonChanged) }

func sentence(r Reason) string { return strings.ReplaceAll(string(r), "-", " ") }

// refused makes a Refusal of what the layers below refuse. Other errors, of disks
// and contexts, stay what they are.
func refused(err error) error {
	var own *Refusal
	var box *container.Error
	var inside *dialect.Refusal
	switch {
	case err == nil, errors.As(err, &own):
		return err
	case errors.As(err, &inside):
		return &Refusal{Reason: Reason(inside.Reason), Where: inside.Where, Hint: hint(Reason(inside.Reason)), Err: err}
	case errors.As(err, &box):
		return &Refusal{Reason: Reason(box.Reason), Where: box.Entry, Hint: hint(Reason(box.Reason)), Err: err}
	case errors.Is(err, dialect.ErrUnknown):
		return &Refusal{Reason: UnknownFormat, Hint: hint(UnknownFormat), Err: err}
	}
	return err
}

// Hints that several reasons share.
const (
	hintDamaged = "the file is damaged: fetch it again, or take what is whole with -salvage"
	hintHostile = "no server makes such a file: do not trust where it comes from; -salvage takes what can be read safely"
	hintRepack  = "unpack it and give the folder, or pack it again as a plain zip or tar"
	hintLimit   = "it asks for more than it may: raise the limit only if you trust where it comes from"
)

// hint is what a person can do about a refusal; "" for reasons that refuse nothing.
func hint(r Reason) string {
	switch r {
	case UnknownFormat:
		return "is this an export of a fediverse account? godwit help inspect lists what is read"
	case Reason(container.ReasonEmpty):
		return "there is nothing in it: was it fetched to its end?"
	case Reason(container.ReasonEncrypted):
		return "unpack it with its password first"
	case Reason(container.ReasonZipDisks):
		return "join the parts of the zip first: zip -s 0 IN.zip --out OUT.zip"
	case Reason(container.ReasonChanged):
		return "something writes to the file: wait until it is complete"
	case Reason(dialect.MissingPart):
		return "put all parts of the export together, or take what is there with -salvage"
	}
	return cmp.Or(hintDialect(r), hintContainer(r), hintSealed(r))
}

func hintDialect(r Reason) string {
	switch r {
	case Reason(dialect.ManyAccounts):
		return "it has several accounts: name one with -handle"
	case Reason(dialect.NoFileHeader):
		return "a list without a first line that names its columns: name the file as its server did, as following_accounts.csv"
	case Reason(dialect.VolumesDisagree):
		return "give the volumes of one archive, each once; godwit inspect tells what each of them is"
	case Reason(dialect.IncrementMismatch):
		return "give the archive that the increment was made upon, and every one between"
	case Reason(dialect.ManifestBad), Reason(dialect.ManifestTwice), Reason(dialect.TwoOutboxes):
		return "it can be read in more than one way: have the server make it again"
	case Reason(dialect.ManifestVersion):
		return "it was made by later software: is there a newer godwit?"
	case Reason(dialect.Mismatch), Reason(dialect.Incomplete), Reason(dialect.NotReadable), Reason(dialect.AfterEnd):
		return hintDamaged
	case Reason(dialect.CodeNotData), Reason(dialect.LinkReferenced):
		return hintHostile
	case Reason(dialect.ProofInvalid):
		return "somebody changed it after it was signed, or the key is another's: do not trust it"
	case Reason(dialect.EntryTooLarge):
		return hintLimit
	}
	return ""
}

func hintContainer(r Reason) string {
	switch container.Reason(r) {
	case container.ReasonTruncated, container.ReasonChecksum, container.ReasonCorrupt, container.ReasonSize,
		container.ReasonTarHeader, container.ReasonTarNumber, container.ReasonZipEnd, container.ReasonZipCentral, container.ReasonZipCount:
		return hintDamaged
	case container.ReasonTarSparse, container.ReasonTarGlobal, container.ReasonZipMethod:
		return hintRepack
	case container.ReasonTraversal, container.ReasonBackslash, container.ReasonControl, container.ReasonNoName,
		container.ReasonDuplicate, container.ReasonFileFolder, container.ReasonTarPAX, container.ReasonTarConflict,
		container.ReasonZipTwoEnds, container.ReasonZip64, container.ReasonZipLocal, container.ReasonZipOverlap:
		return hintHostile
	}
	if strings.HasPrefix(string(r), "limit-") {
		return hintLimit
	}
	return ""
}

func hintSealed(r Reason) string {
	switch r {
	case SealInvalid, SealDamaged:
		return "what is sealed is damaged, or was never sealed with age: fetch the archive again"
	case SecretUnclear:
		return "it is no private key that is known here: open it with age itself"
	case SecretStranger:
		return "somebody put another's key there: do not use it"
	}
	return ""
}

// A Problem is something odd about an archive as a whole that does not keep it
// from being read.
type Problem struct {
	Reason Reason `json:"reason"`
	Where  string `json:"where,omitempty"`  // the entry, or the place in it; "" if the whole
	Detail string `json:"detail,omitempty"` // for people; it holds no private text
}
