package redirect

import (
	"net/url"
	"strings"
)

// parts are what stands in the braces of a pattern.
type parts map[string]string

// match compares a path, with its query if the pattern has one, with a pattern, and returns what
// stands in its braces:
//
//	{user}     a name, without a host
//	{account}  the server's own word for an account
//	{num}      a post's number
//	{ulid}     26 letters and digits
//	{object}, {create}  a UUID
//	{word}     letters, digits, "-" and "_"
func match(pattern, path string) (parts, bool) {
	var found parts
	for {
		before, rest, more := strings.Cut(pattern, "{")
		if !more {
			return found, path == pattern
		}
		var ok bool
		if path, ok = strings.CutPrefix(path, before); !ok {
			return nil, false
		}
		var name string
		name, pattern, _ = strings.Cut(rest, "}")
		value := path
		if pattern != "" {
			// What follows is a literal, which ends the value.
			literal, _, _ := strings.Cut(pattern, "{")
			end := strings.IndexByte(path, '/')
			if strings.HasPrefix(literal, ".") {
				end = len(path) - len(literal)
			}
			if end < 0 {
				return nil, false
			}
			value = path[:end]
		}
		if !fits(name, value) {
			return nil, false
		}
		if found == nil {
			found = parts{}
		}
		found[name], path = value, path[len(value):]
	}
}

// fits reports whether a value may stand in the braces of that name.
func fits(name, value string) bool {
	if value == "" || len(value) > 256 {
		return false
	}
	switch name {
	case "num":
		return only(value, isDigit)
	case "ulid":
		return len(value) == 26 && only(value, isAlnum)
	case "object", "create":
		return len(value) == 36 && strings.Count(value, "-") == 4 && only(value, isWord)
	case "user":
		return only(value, isName) && !isFile(value)
	}
	return only(value, isWord)
}

// isFile reports whether a name ends as files and feeds do, which no account's may.
func isFile(name string) bool {
	for _, end := range [...]string{".rss", ".atom", ".json", ".php", ".html", ".xml", ".txt"} {
		if strings.HasSuffix(name, end) {
			return true
		}
	}
	return false
}

func only(s string, ok func(byte) bool) bool {
	for i := 0; i < len(s); i++ {
		if !ok(s[i]) {
			return false
		}
	}
	return true
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func isAlnum(c byte) bool { return isDigit(c) || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' }

func isWord(c byte) bool { return isAlnum(c) || c == '-' || c == '_' }

func isName(c byte) bool { return isWord(c) || c == '.' }

// write fills a pattern, if every part is known.
func (p parts) write(pattern string) (string, bool) {
	var b strings.Builder
	for {
		before, rest, more := strings.Cut(pattern, "{")
		b.WriteString(before)
		if !more {
			return b.String(), true
		}
		var name string
		name, pattern, _ = strings.Cut(rest, "}")
		if p[name] == "" {
			return "", false
		}
		b.WriteString(p[name])
	}
}

func unescaped(s string) string {
	if u, err := url.QueryUnescape(s); err == nil {
		return u
	}
	return s
}

// cutAny is strings.Cut at the first of several bytes.
func cutAny(s, chars string) (before, after string, found bool) {
	if i := strings.IndexAny(s, chars); i >= 0 {
		return s[:i], s[i+1:], true
	}
	return s, "", false
}
