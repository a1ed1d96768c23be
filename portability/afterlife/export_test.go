package afterlife

import (
	"strings"

	"codeberg.org/godwit/godwit/vocab"
)

// AForgedRecord is one of a medium whose digest is not one.
func AForgedRecord(digest string) []byte {
	return (&record{address: address{"old.example", "/a", ""}, role: isMedium, total: -1, digest: digest, mediaType: "image/png"}).append(nil)
}

// Line writes a rule for nginx, "" if it cannot be told.
func Line(key, path string, says [3]string) string {
	line, _ := nginxLine{key, []rule{{address: address{path: path}, says: says}}}.line()
	return line
}

// CaddyLine writes a rule for Caddy, "" if it cannot be told.
func CaddyLine(host, path string, says [3]string) string {
	line, ok := caddyLine(rule{address: address{host: host, path: path}, says: says})
	if !ok {
		return ""
	}
	return line
}

// PlainLine writes a line of _redirects, "" if it cannot be told.
func PlainLine(path, target string) string {
	line, ok := plainLine(rule{address: address{path: path}, says: [3]string{"301 " + target, "301 " + target, "301 " + target}})
	if !ok {
		return ""
	}
	return line
}

// ReadRecord reads a record and writes it again.
func ReadRecord(data []byte) ([]byte, error) {
	r, err := parseRecord(data)
	if err != nil {
		return nil, err
	}
	return r.append(nil), nil
}

// ARecord is a record as it is written.
func ARecord() []byte {
	return (&record{address: address{"old.example", "/a", "b=c"}, role: isMedium, account: 7, body: span{1, 2}, to: "https://new.example/", total: -1,
		digest: strings.Repeat("ab", 32), mediaType: "image/png", size: 9, users: []use{{1, key{1}}, {2, key{}}}}).append(nil)
}

// Clean leaves out of a document what is not for strangers.
func Clean(o *vocab.Object, owner vocab.IRI, private map[vocab.IRI]bool) (*vocab.Object, error) {
	c := &cleaner{owner: owner, private: func(id vocab.IRI) (bool, error) { return private[id], nil }, origin: owner.Origin()}
	return c.clean(o)
}

// Sayable reports whether a URL has an address, and what that gives as a URL again.
func Sayable(u vocab.IRI) (vocab.IRI, bool) {
	a, ok := addressOf(u)
	return a.URL("https"), ok
}
