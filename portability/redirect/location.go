package redirect

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"codeberg.org/godwit/godwit/vocab"
)

// Why nobody is led to a place, to be tested with errors.Is.
var (
	ErrTarget   = errors.New("the target is no URL that every reader reads alike")
	ErrInsecure = errors.New("the target is not https")
	ErrHost     = errors.New("the target is not on the host that the move names")
	ErrTooLong  = errors.New("the target is too long")
)

// maxLocation keeps Location within what clients and proxies take.
const maxLocation = 8 << 10

// Parameter is the name of LOLA's query parameter, by which an old server hands an id
// that it cannot place to the new actor.
const Parameter = "redirect_ap_obj"

// maxKey is how long the value of [Parameter] may be, in bytes, decoded.
const maxKey = 2 << 10

// Location returns a target as it may stand in a header. It must be https, or on one of the
// trusted origins ("http://127.0.0.1:8080"), and on the origin of the actor that the verified
// Move names. Whatever no URL may hold is percent-encoded.
func Location(target, movedTo vocab.IRI, trusted []string) (string, error) {
	origin := target.Origin()
	switch {
	case origin == "" || strings.ContainsFunc(origin, func(r rune) bool { return r > 0x7e }):
		return "", fmt.Errorf("lead: %w", ErrTarget)
	case !strings.HasPrefix(origin, "https://") && !slices.Contains(trusted, origin):
		return "", fmt.Errorf("lead: %s: %w", origin, ErrInsecure)
	case origin != movedTo.Origin():
		return "", fmt.Errorf("lead: %s: %w", origin, ErrHost)
	}
	location := origin + escape(afterAuthority(string(target)))
	if len(location) > maxLocation {
		return "", fmt.Errorf("lead: %s: %w", origin, ErrTooLong)
	}
	return location, nil
}

// afterAuthority returns the path and what follows of an http or https URL.
func afterAuthority(s string) string {
	_, rest, _ := strings.Cut(s, "://")
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		return rest[i:]
	}
	return ""
}

// escape writes every byte that no URL may hold as its percent-encoding, and leaves
// what is encoded already.
func escape(s string) string {
	if strings.IndexFunc(s, func(r rune) bool { return r > 0x7e || !isURL(byte(r)) }) < 0 {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if isURL(s[i]) {
			b.WriteByte(s[i])
			continue
		}
		fmt.Fprintf(&b, "%%%02X", s[i])
	}
	return b.String()
}

// isURL reports whether a byte may stand in a URL (RFC 3986 §2), "%" included.
func isURL(c byte) bool {
	switch {
	case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9':
		return true
	}
	return strings.IndexByte("-._~:/?#@!$&'()*+,;=%", c) >= 0
}

// Unmapped returns LOLA's address for an old id whose new place is not known: the new
// actor with the id as a key. "" if the id is longer than any resolver takes.
func Unmapped(newActor, oldID vocab.IRI) vocab.IRI {
	if len(oldID) > maxKey {
		return ""
	}
	s, fragment, hasFragment := strings.Cut(string(newActor), "#")
	joint := "?"
	if strings.Contains(s, "?") {
		joint = "&"
	}
	s += joint + Parameter + "=" + url.QueryEscape(string(oldID))
	if hasFragment {
		s += "#" + fragment
	}
	return vocab.IRI(s)
}
