package site

import (
	"net/url"
	"strings"
)

// unreserved is what stands for itself in a path, wherever it is written.
func unreserved(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("-._~/@", c) >= 0
}

// encodePlain writes a line for the hosts that read _redirects: two paths, percent-
// encoded, and a status. What means something there (":" begins a name, "*" is a
// wildcard, "#" a comment) is encoded like all else.
func encodePlain(p pair) string { return encodePath(p.from) + " " + encodePath(p.to) + " 301" }

func encodePath(path string) string {
	const digits = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(path) {
		if c := path[i]; unreserved(c) {
			b.WriteByte(c)
		} else {
			b.WriteByte('%')
			b.WriteByte(digits[c>>4])
			b.WriteByte(digits[c&15])
		}
	}
	return b.String()
}

func decodePlain(rule string) (pair, bool) {
	parts := strings.Split(rule, " ")
	if len(parts) != 3 || parts[2] != "301" {
		return pair{}, false
	}
	for _, part := range parts[:2] {
		if !strings.HasPrefix(part, "/") || strings.HasPrefix(part, "//") || strings.ContainsAny(part, ":*#?&=") {
			return pair{}, false
		}
	}
	from, err := url.PathUnescape(parts[0])
	to, also := url.PathUnescape(parts[1])
	return pair{from, to}, err == nil && also == nil
}

// encodeNginx writes a line of a map block. Its words are compared with $uri,
// which is decoded. Quoted, a backslash and a quotation mark are escaped; a "$" in
// the value would begin a variable, and has no escape.
func encodeNginx(p pair) string { return quote(p.from) + " " + quote(p.to) + ";" }

func quote(text string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(text) + `"`
}

func decodeNginx(rule string) (pair, bool) {
	rule, ended := strings.CutSuffix(rule, ";")
	from, rest, ok := unquote(rule)
	to, rest, also := unquote(strings.TrimPrefix(rest, " "))
	// A word that begins with "/" is none of those that mean something: "~",
	// "\", default, include, hostnames, volatile.
	plain := strings.HasPrefix(from, "/") && strings.HasPrefix(to, "/") && !strings.Contains(to, "$")
	return pair{from, to}, ended && ok && also && rest == "" && plain
}

// unquote reads a quoted word, and returns what is behind it.
func unquote(text string) (string, string, bool) {
	text, quoted := strings.CutPrefix(text, `"`)
	var word strings.Builder
	for i := 0; quoted && i < len(text); i++ {
		switch c := text[i]; {
		case c == '"':
			return word.String(), text[i+1:], true
		case c != '\\':
			word.WriteByte(c)
		case i+1 < len(text) && (text[i+1] == '"' || text[i+1] == '\\'):
			i++
			word.WriteByte(text[i])
		default: // nginx would make a line break of \n
			return "", "", false
		}
	}
	return "", "", false
}

// encodeCaddy writes a line of a map directive, whose input is the decoded path.
// Caddy escapes nothing but quotation marks inside of them, and reads braces as
// placeholders: what holds either, or a backslash, is refused.
func encodeCaddy(p pair) string { return `"` + p.from + `" "` + p.to + `"` }

func decodeCaddy(rule string) (pair, bool) {
	if strings.ContainsAny(rule, "{}\\`$") {
		return pair{}, false
	}
	parts := strings.Split(rule, `"`)
	if len(parts) != 5 || parts[0] != "" || parts[2] != " " || parts[4] != "" {
		return pair{}, false
	}
	p := pair{parts[1], parts[3]}
	return p, strings.HasPrefix(p.from, "/") && strings.HasPrefix(p.to, "/")
}
