package webfinger

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A Handle is the name of an account as people write it: @alice@example.org.
// The zero Handle names nobody.
type Handle struct {
	User string // as written; servers compare it without regard to case
	Host string // lower case, with a port unless that is 443
}

// ErrHandle is wrapped by every error of [ParseHandle] and [ParseResource].
var ErrHandle = errors.New("not a handle")

const (
	maxUser = 256
	maxHost = 253
)

// ParseHandle reads "@alice@example.org", "alice@example.org" and
// "acct:alice@example.org". The host may have a port ("alice@127.0.0.1:8080")
// and must be ASCII: an internationalised name is refused unless it is
// written in its "xn--" form.
func ParseHandle(s string) (Handle, error) {
	rest, isAcct := cutScheme(s, "acct:")
	if !isAcct {
		rest = strings.TrimPrefix(s, "@")
	}
	user, host, found := cutLast(rest, '@')
	if !found {
		return Handle{}, fmt.Errorf("%w: there is no @ between a name and a host", ErrHandle)
	}
	if isAcct {
		decoded, err := url.PathUnescape(user)
		if err != nil {
			return Handle{}, fmt.Errorf("%w: the name is badly escaped", ErrHandle)
		}
		user = decoded
	}
	if err := checkUser(user); err != nil {
		return Handle{}, err
	}
	host, err := parseHost(host)
	if err != nil {
		return Handle{}, err
	}
	return Handle{User: user, Host: host}, nil
}

// String returns the handle with its leading @, and "" for the zero Handle.
func (h Handle) String() string {
	if h.IsZero() {
		return ""
	}
	return "@" + h.User + "@" + h.Host
}

// Acct returns the handle as an acct: URI (RFC 7565), and "" for the zero
// Handle.
func (h Handle) Acct() string {
	if h.IsZero() {
		return ""
	}
	return "acct:" + url.PathEscape(h.User) + "@" + h.Host
}

// IsZero reports whether h names nobody.
func (h Handle) IsZero() bool { return h == Handle{} }

// Same reports whether both are one handle: users are compared without regard
// to case, as servers do. Zero handles are the same as none.
func (h Handle) Same(other Handle) bool {
	return !h.IsZero() && h.Host == other.Host && strings.EqualFold(h.User, other.User)
}

func checkUser(user string) error {
	switch {
	case user == "":
		return fmt.Errorf("%w: the name before the host is empty", ErrHandle)
	case len(user) > maxUser:
		return fmt.Errorf("%w: the name is longer than %d bytes", ErrHandle, maxUser)
	case !utf8.ValidString(user):
		return fmt.Errorf("%w: the name is not UTF-8", ErrHandle)
	}
	for _, r := range user {
		if !allowedInUser(r) {
			return fmt.Errorf("%w: %q cannot stand in a name", ErrHandle, r)
		}
	}
	return nil
}

// allowedInUser follows the userpart of RFC 7565, and takes letters of every
// script, which travel percent-encoded.
func allowedInUser(r rune) bool {
	if r < utf8.RuneSelf {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' ||
			strings.ContainsRune("-._~!$&'()*+,;=", r)
	}
	return unicode.In(r, unicode.L, unicode.M, unicode.N)
}

// parseHost returns host in lower case and without the port 443.
func parseHost(host string) (string, error) {
	name, port, err := splitPort(host)
	if err != nil {
		return "", err
	}
	name = strings.ToLower(name)
	if err := checkName(name); err != nil {
		return "", err
	}
	if port == "" || port == "443" {
		return name, nil
	}
	return name + ":" + port, nil
}

func splitPort(host string) (name, port string, err error) {
	colon := strings.LastIndexByte(host, ':')
	if colon < 0 || strings.HasSuffix(host, "]") {
		return host, "", nil
	}
	n, err := strconv.ParseUint(host[colon+1:], 10, 16)
	if err != nil || n == 0 || host[colon+1] == '0' {
		return "", "", fmt.Errorf("%w: the port of the host is not a number from 1 to 65535", ErrHandle)
	}
	return host[:colon], host[colon+1:], nil
}

func checkName(name string) error {
	if inner, bracketed := strings.CutPrefix(name, "["); bracketed {
		addr, err := netip.ParseAddr(strings.TrimSuffix(inner, "]"))
		if err != nil || !addr.Is6() || addr.Zone() != "" || !strings.HasSuffix(inner, "]") {
			return fmt.Errorf("%w: the host is not an IPv6 address", ErrHandle)
		}
		return nil
	}
	if name == "" || len(name) > maxHost {
		return fmt.Errorf("%w: the host is empty or longer than %d bytes", ErrHandle, maxHost)
	}
	for label := range strings.SplitSeq(name, ".") {
		if err := checkLabel(label); err != nil {
			return err
		}
	}
	return nil
}

func checkLabel(label string) error {
	if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
		return fmt.Errorf("%w: the host is not a domain name", ErrHandle)
	}
	for _, r := range label {
		switch {
		case r >= utf8.RuneSelf:
			return fmt.Errorf("%w: write the host in its ASCII form, which begins with xn--", ErrHandle)
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9', r == '-', r == '_':
		default:
			return fmt.Errorf("%w: %q cannot stand in a host", ErrHandle, r)
		}
	}
	return nil
}

func cutLast(s string, sep byte) (before, after string, found bool) {
	i := strings.LastIndexByte(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+1:], true
}

func cutScheme(s, scheme string) (rest string, found bool) {
	if len(s) < len(scheme) || !strings.EqualFold(s[:len(scheme)], scheme) {
		return s, false
	}
	return s[len(scheme):], true
}
