package backup

import (
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

// hint is what a person can do about a refusal.
func hint(r Reason) string {
	switch r {
	case UnknownFormat:
		return "is this an export of a fediverse account? godwit help inspect lists what is read"
	case Reason(container.ReasonEncrypted):
		return "unpack it with its password first"
	case Reason(container.ReasonTruncated), Reason(container.ReasonChecksum), Reason(container.ReasonCorrupt),
		Reason(container.ReasonSize), Reason(dialect.Mismatch), Reason(dialect.Incomplete):
		return "the file is damaged: fetch it again, or take what is whole with -salvage"
	case Reason(container.ReasonChanged):
		return "something writes to the file: wait until it is complete"
	case Reason(dialect.MissingPart):
		return "put all parts of the export together"
	}
	if strings.HasPrefix(string(r), "limit-") {
		return "it asks for more than it may: raise the limit only if you trust where it comes from"
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
