package actor

import (
	"net/url"
	"slices"
	"strings"

	"codeberg.org/godwit/godwit/vocab"
)

// A State is what an actor's document says of the account (FEP-e965). The words
// are stable.
type State string

// The states.
const (
	Active    State = "active"    // neither movedTo nor copiedTo
	Moved     State = "moved"     // movedTo: not active any more, whatever type says
	Copied    State = "copied"    // copiedTo: active here, and elsewhere too
	Gone      State = "gone"      // Tombstone; it may still point elsewhere
	Malformed State = "malformed" // it contradicts itself and says nothing
)

// A Fault is why a document is [Malformed]. The words are stable.
type Fault string

// The faults.
const (
	NoDocument       Fault = "no-document"        // nil
	SeveralTargets   Fault = "several-moved-to"   // movedTo names more than one id, or "" beside one
	NotAbsolute      Fault = "not-absolute"       // a value that is no absolute URI
	MovedAndCopied   Fault = "moved-and-copied"   // both at once
	TombstoneAndCopy Fault = "tombstone-and-copy" // gone, yet active elsewhere
)

// A Standing is what an actor's document says of where the account is. It says
// so of itself: before anyone is moved, the other side must agree.
type Standing struct {
	State    State
	Fault    Fault       // "" unless State is Malformed
	MovedTo  vocab.IRI   // in Moved, and perhaps in Gone
	CopiedTo []vocab.IRI // in Copied, each id once, in order
	// Suspended means that the account's own server has suspended it
	// (toot:suspended). It may be so in any state.
	Suspended bool
}

// StandingOf reads movedTo, copiedTo and Tombstone after FEP-e965:
//
//   - Values under all spellings of a property are taken together. An object
//     counts by its id, null and an empty array count as absent.
//   - movedTo is one id, however often it is repeated; "" means not moved.
//   - copiedTo is any number of ids.
//   - Every id is an absolute URI, of whatever scheme.
//   - movedTo and copiedTo exclude each other, as do Tombstone and copiedTo.
//
// A document without an id is read like any other.
func StandingOf(o *vocab.Object) Standing {
	if o == nil {
		return Standing{State: Malformed, Fault: NoDocument}
	}
	s := read(o)
	for v := range o.All(vocab.Suspended) {
		s.Suspended = s.Suspended || string(v.Raw()) == "true"
	}
	return s
}

func read(o *vocab.Object) Standing {
	malformed := func(f Fault) Standing { return Standing{State: Malformed, Fault: f} }
	moved, blank, ok := targets(o, vocab.MovedTo)
	if !ok {
		return malformed(NotAbsolute)
	}
	copied, noCopy, ok := targets(o, vocab.CopiedTo)
	if !ok || noCopy {
		return malformed(NotAbsolute)
	}
	tombstone := o.Is("Tombstone")
	switch {
	case len(moved) > 1 || len(moved) == 1 && blank:
		return malformed(SeveralTargets)
	case len(moved) > 0 && len(copied) > 0:
		return malformed(MovedAndCopied)
	case tombstone && len(copied) > 0:
		return malformed(TombstoneAndCopy)
	case tombstone && len(moved) > 0:
		return Standing{State: Gone, MovedTo: moved[0]}
	case tombstone:
		return Standing{State: Gone}
	case len(moved) > 0:
		return Standing{State: Moved, MovedTo: moved[0]}
	case len(copied) > 0:
		return Standing{State: Copied, CopiedTo: copied}
	}
	return Standing{State: Active}
}

// targets returns the distinct ids in p, and whether an empty string stands
// there. It is not ok if anything else does.
func targets(o *vocab.Object, p vocab.Property) (ids []vocab.IRI, blank, ok bool) {
	seen := map[vocab.IRI]bool{}
	for v := range o.All(p) {
		if text, isText := v.Text(); isText && text == "" {
			blank = true
			continue
		}
		id := v.IRI()
		if !absolute(id) {
			return nil, false, false
		}
		if !seen[id] {
			seen[id] = true
			ids = append(ids, id)
		}
	}
	return slices.Clip(ids), blank, true
}

// absolute reports whether id has a scheme and something behind it, and a host
// where its scheme is http or https. Others need not look like URLs:
// "ap://did:key:…/actor" has no port where one would be.
func absolute(id vocab.IRI) bool {
	scheme, rest, found := strings.Cut(string(id), ":")
	switch {
	case !found || !isScheme(scheme) || strings.Trim(rest, "/") == "":
		return false
	case strings.ContainsFunc(rest, func(r rune) bool { return r <= ' ' || r == 0x7f }):
		return false
	case strings.EqualFold(scheme, "http"), strings.EqualFold(scheme, "https"):
		u, err := url.Parse(string(id))
		return err == nil && u.Hostname() != ""
	}
	return true
}

// isScheme reports whether s is a scheme after RFC 3986, section 3.1.
func isScheme(s string) bool {
	for i, c := range []byte(s) {
		letter := 'a' <= c|0x20 && c|0x20 <= 'z'
		if !letter && (i == 0 || !('0' <= c && c <= '9' || c == '+' || c == '-' || c == '.')) {
			return false
		}
	}
	return s != ""
}
