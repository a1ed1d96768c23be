package container

import (
	"fmt"
	"strings"
	"unicode"
)

// A Reason says, in a word that never changes, what is wrong with a container.
type Reason string

// Reasons that are fatal, or lose an entry in salvage.
const (
	ReasonUnknown     Reason = "unknown-format"
	ReasonEmpty       Reason = "empty"
	ReasonTraversal   Reason = "name-leaves-archive"
	ReasonBackslash   Reason = "name-backslash"
	ReasonControl     Reason = "name-control-character"
	ReasonNoName      Reason = "name-empty"
	ReasonDuplicate   Reason = "name-twice"
	ReasonFileFolder  Reason = "name-file-and-folder"
	ReasonTruncated   Reason = "truncated"
	ReasonChecksum    Reason = "checksum"
	ReasonSize        Reason = "size-differs"
	ReasonCorrupt     Reason = "compressed-data-corrupt"
	ReasonChanged     Reason = "changed-while-reading"
	ReasonTarHeader   Reason = "tar-header-invalid"
	ReasonTarNumber   Reason = "tar-number-invalid"
	ReasonTarSparse   Reason = "tar-sparse"
	ReasonTarGlobal   Reason = "tar-global-name-or-size"
	ReasonTarPAX      Reason = "tar-extended-header-invalid"
	ReasonTarConflict Reason = "tar-headers-disagree"
	ReasonZipEnd      Reason = "zip-no-end-record"
	ReasonZipTwoEnds  Reason = "zip-two-end-records"
	ReasonZipDisks    Reason = "zip-many-disks"
	ReasonZipCentral  Reason = "zip-central-directory-invalid"
	ReasonZipCount    Reason = "zip-count-differs"
	ReasonZip64       Reason = "zip64-invalid"
	ReasonZipLocal    Reason = "zip-headers-disagree"
	ReasonZipOverlap  Reason = "zip-entries-overlap"
	ReasonZipMethod   Reason = "zip-method-unknown"
	ReasonEncrypted   Reason = "encrypted"
)

// Reasons that are fatal in salvage too: a limit of [Limits].
const (
	ReasonTotal    Reason = "limit-total"
	ReasonEntries  Reason = "limit-entries"
	ReasonRatio    Reason = "limit-ratio"
	ReasonLongPath Reason = "limit-path-bytes"
	ReasonDeepPath Reason = "limit-path-segments"
	ReasonNames    Reason = "limit-name-bytes"
	ReasonWindow   Reason = "limit-window"
)

// Reasons of entries that are left out.
const (
	ReasonLink    Reason = "link-skipped"
	ReasonSpecial Reason = "special-file-skipped"
)

// Reasons of what is odd and accepted.
const (
	ReasonNormalised Reason = "name-normalised"
	ReasonNotUTF8    Reason = "name-not-utf8"
	ReasonUnportable Reason = "name-unportable"
	ReasonClash      Reason = "names-clash-by-case-or-normal-form"
	ReasonPrepended  Reason = "bytes-before"
	ReasonTrailing   Reason = "bytes-after"
	ReasonTarNoEnd   Reason = "tar-no-end"
	ReasonTarAfter   Reason = "tar-entries-after-end"
	ReasonWrapper    Reason = "wrapper-folder"
	ReasonMore       Reason = "more-of-these"
)

// An Error is why a container or an entry is refused.
type Error struct {
	Reason Reason
	Entry  string // the name it is about, printable and short; "" if the whole
	Err    error  // what lies below; nil if the reason says it all
}

// Error says what failed, on what and why.
func (e *Error) Error() string {
	text := "read archive: "
	if e.Entry != "" {
		text += fmt.Sprintf("%q: ", e.Entry)
	}
	text += e.Reason.sentence()
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

// Unwrap gives what lies below.
func (e *Error) Unwrap() error { return e.Err }

// Temporary says whether trying again may help: only with a file that changed
// while it was read.
func (e *Error) Temporary() bool { return e.Reason == ReasonChanged }

func (r Reason) sentence() string {
	if r == ReasonEncrypted {
		return "encrypted: unpack it with its password first"
	}
	return strings.ReplaceAll(string(r), "-", " ")
}

// Limit reports whether a limit was exceeded, at which even salvage stops.
func (e *Error) Limit() bool { return e.Reason.limit() }

// limit says whether even salvage stops at it. Names over their limits are lost
// alone.
func (r Reason) limit() bool {
	switch r {
	case ReasonTotal, ReasonEntries, ReasonRatio, ReasonNames, ReasonWindow:
		return true
	}
	return false
}

func refuse(r Reason, entry string) *Error {
	return &Error{Reason: r, Entry: printable(entry)}
}

func refuseFor(r Reason, entry string, cause error) *Error {
	return &Error{Reason: r, Entry: printable(entry), Err: cause}
}

const printableLength = 80

// printable makes a name safe to show: short, on one line and without characters
// that move others.
func printable(name string) string {
	var b strings.Builder
	for _, r := range name {
		if b.Len() > printableLength {
			b.WriteString("…")
			break
		}
		if !unicode.IsPrint(r) {
			r = '\uFFFD'
		}
		b.WriteRune(r)
	}
	return b.String()
}

// notes collect what is said about a container.
type notes struct {
	salvage   bool
	odd, lost problems
}

const mostProblems = 1000

type problems struct {
	list []Problem
	once map[Reason]bool
}

func (p *problems) add(r Reason, entry string) {
	switch {
	case len(p.list) < mostProblems:
		p.list = append(p.list, Problem{Reason: r, Entry: printable(entry)})
	case len(p.list) == mostProblems:
		p.list = append(p.list, Problem{Reason: ReasonMore})
	}
}

// addOnce reports what most entries of a container share on its first entry only.
func (p *problems) addOnce(r Reason, entry string) {
	if p.once[r] {
		return
	}
	if p.once == nil {
		p.once = map[Reason]bool{}
	}
	p.once[r] = true
	p.add(r, entry)
}

// lose takes an error for the loss of an entry if that may be; else it returns it.
func (n *notes) lose(err *Error) error {
	if !n.salvage || err.Reason.limit() {
		return err
	}
	n.lost.add(err.Reason, err.Entry)
	return nil
}
