package csvlist

import (
	"net/url"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"codeberg.org/godwit/godwit/vocab"
)

const (
	maxUser = 256
	maxHost = 255
	maxURL  = 4096
)

// setAccount reads an address or URL into row. host is that of addresses without
// one; "" if there is none.
func setAccount(row *Row, text, host string) Reason {
	if isURL(text) {
		if !validURL(text) {
			return BadAccount
		}
		row.Actor = vocab.IRI(text)
		return ""
	}
	account, why := parseAccount(text, host)
	row.Account = account
	return why
}

// parseAccount takes what is seen in files for user@host: with "acct:" or @
// before it, and without its host.
func parseAccount(text, host string) (string, Reason) {
	if len(text) > 5 && strings.EqualFold(text[:5], "acct:") {
		decoded, err := url.PathUnescape(text[5:])
		if err != nil {
			return "", BadAccount
		}
		text = decoded
	}
	text = strings.TrimPrefix(text, "@")
	at := strings.LastIndexByte(text, '@')
	switch {
	case at < 0 && !validUser(text):
		return "", BadAccount
	case at < 0 && host == "":
		return "", NoHost
	case at < 0:
		text, at = text+"@"+host, len(text)
	}
	if !validUser(text[:at]) || !validHost(text[at+1:]) {
		return "", BadAccount
	}
	return text, ""
}

// parseDomain takes a name, and a URL for its host.
func parseDomain(text string) (string, Reason) {
	if isURL(text) {
		u, err := url.Parse(text)
		if err != nil {
			return "", BadDomain
		}
		text = u.Host
	}
	if !validHost(text) {
		return "", BadDomain
	}
	return text, ""
}

func isURL(text string) bool {
	scheme, _, found := strings.Cut(text, "://")
	return found && (strings.EqualFold(scheme, "https") || strings.EqualFold(scheme, "http"))
}

// validURL refuses user information: it has no place in a list, and may be a
// password.
func validURL(text string) bool {
	if len(text) > maxURL || strings.ContainsFunc(text, notInURL) {
		return false
	}
	u, err := url.Parse(text)
	return err == nil && isURL(text) && u.Host != "" && u.User == nil
}

func notInURL(r rune) bool {
	return unicode.IsSpace(r) || unicode.IsControl(r) || r == '"' || r == '<' || r == '>'
}

// validUser follows the userpart of RFC 7565, and takes letters of every script.
func validUser(user string) bool {
	if user == "" || len(user) > maxUser {
		return false
	}
	for _, r := range user {
		if r < utf8.RuneSelf && !isASCIIWord(r) && !strings.ContainsRune("-._~!$&'()*+,;=", r) ||
			r >= utf8.RuneSelf && !isLetter(r) {
			return false
		}
	}
	return true
}

// validHost takes names of every script, with or without a port.
func validHost(host string) bool {
	name, port, found := strings.Cut(host, ":")
	if found {
		if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 || port[0] == '0' {
			return false
		}
	}
	if name == "" || len(name) > maxHost {
		return false
	}
	for label := range strings.SplitSeq(name, ".") {
		if !validLabel(label) {
			return false
		}
	}
	return true
}

func validLabel(label string) bool {
	if label == "" || label[0] == '-' || label[len(label)-1] == '-' {
		return false
	}
	for _, r := range label {
		if r < utf8.RuneSelf && !isASCIIWord(r) && r != '-' && r != '_' || r >= utf8.RuneSelf && !isLetter(r) {
			return false
		}
	}
	return true
}

func isASCIIWord(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
}

// isLetter takes the joiners that some scripts cannot be written without.
func isLetter(r rune) bool {
	return unicode.In(r, unicode.L, unicode.M, unicode.N) || r == '\u200c' || r == '\u200d' || r == '·' || r == '・'
}
