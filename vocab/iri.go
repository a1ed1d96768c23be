package vocab

import (
	"net/netip"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// An IRI identifies something: an actor, an object, an activity, a
// collection. Two IRIs are the same thing only if they are the same string.
type IRI string

// String returns the IRI as it was written.
func (i IRI) String() string { return string(i) }

// IsHTTP reports whether i is an absolute http or https URL with a host and
// without user information.
func (i IRI) IsHTTP() bool { return i.Origin() != "" }

// IsPublic reports whether i is the collection of everyone, under one of the
// three names that ActivityPub §5.6 gives it.
func (i IRI) IsPublic() bool { return i == Public || i == "as:Public" || i == "Public" }

// Origin returns the origin of an http or https IRI after RFC 6454 (scheme,
// host and port, in lower case, without a default port), and "" for any other.
// A name in another script stays as it is written. What two parsers could read
// in two ways has no origin: user information, backslashes, spaces and control
// characters anywhere, broken percent-encoding, an encoded or empty label in
// the host, an IPv6 zone.
func (i IRI) Origin() string {
	scheme, rest, found := cutScheme(string(i))
	if !found || !isClean(rest) {
		return ""
	}
	authority := rest
	if end := strings.IndexAny(rest, "/?#"); end >= 0 {
		authority = rest[:end]
	}
	host, port, found := splitPort(authority)
	if !found {
		return ""
	}
	if host, found = canonicalHost(host); !found {
		return ""
	}
	if port == "" || scheme == "https://" && port == "443" || scheme == "http://" && port == "80" {
		return joinOrigin(string(i), scheme+host)
	}
	return joinOrigin(string(i), scheme+host+":"+port)
}

// joinOrigin returns origin, as a part of whole if it is one: origins are kept
// and compared a great deal.
func joinOrigin(whole, origin string) string {
	if strings.HasPrefix(whole, origin) {
		return whole[:len(origin)]
	}
	return origin
}

func cutScheme(s string) (scheme, rest string, found bool) {
	for _, scheme := range [...]string{"https://", "http://"} {
		if len(s) > len(scheme) && strings.EqualFold(s[:len(scheme)], scheme) {
			return scheme, s[len(scheme):], true
		}
	}
	return "", "", false
}

// isClean reports whether every reader of s will see the same URL.
func isClean(s string) bool {
	ascii := true
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c <= ' ' || c == 0x7f || c == '\\':
			return false
		case c >= utf8.RuneSelf:
			ascii = false
		case c == '%' && (i+2 >= len(s) || !isHex(s[i+1]) || !isHex(s[i+2])):
			return false
		}
	}
	return ascii || utf8.ValidString(s) && !strings.ContainsFunc(s, isUnseen)
}

func isUnseen(r rune) bool { return unicode.IsControl(r) || unicode.IsSpace(r) }

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

// splitPort splits an authority; an absent and an empty port are "".
func splitPort(authority string) (host, port string, ok bool) {
	host = authority
	if i := strings.LastIndexByte(authority, ':'); i > strings.LastIndexByte(authority, ']') {
		host, port = authority[:i], authority[i+1:]
	}
	if port == "" {
		return host, "", true
	}
	n, err := strconv.ParseUint(port, 10, 16)
	return host, port, err == nil && n > 0 && port[0] != '0'
}

func canonicalHost(host string) (string, bool) {
	if inner, found := strings.CutPrefix(host, "["); found {
		inner, found = strings.CutSuffix(inner, "]")
		addr, err := netip.ParseAddr(inner)
		return "[" + addr.String() + "]", found && err == nil && addr.Is6() && addr.Zone() == ""
	}
	label := 0
	for i := 0; i < len(host); i++ {
		switch c := host[i]; {
		case c == '.':
			if label == 0 {
				return "", false
			}
			label = -1
		case c < utf8.RuneSelf && !isHostByte(c):
			return "", false
		}
		label++
	}
	return lowerASCII(host), label > 0
}

func isHostByte(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '-' || c == '_'
}

func lowerASCII(s string) string {
	if strings.IndexFunc(s, func(r rune) bool { return 'A' <= r && r <= 'Z' }) < 0 {
		return s
	}
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s)
}

// Host returns the host, with its port unless that is the scheme's own, of an
// http or https IRI, and "" for any other.
func (i IRI) Host() string {
	_, host, _ := strings.Cut(i.Origin(), "://")
	return host
}

// Document returns i without its fragment: what a server is asked for.
func (i IRI) Document() IRI {
	doc, _, _ := strings.Cut(string(i), "#")
	return IRI(doc)
}

// SameOrigin reports whether both are http or https IRIs of one origin.
func SameOrigin(a, b IRI) bool {
	o := a.Origin()
	return o != "" && o == b.Origin()
}
