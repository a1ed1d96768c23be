package afterlife

import (
	"bytes"
	"strings"
)

// A rule is what a web server is told of one address: what it says to each [wish].
type rule struct {
	address
	says [3]string
}

// append writes a rule so that it sorts by its address without regard to case, for
// nginx has none.
func (r rule) append(b []byte) []byte {
	b = append(append(b, asciiLower(r.host+r.path)...), 0)
	for _, s := range []string{r.host, r.path, r.query, r.says[0], r.says[1], r.says[2]} {
		b = append(append(b, s...), 0)
	}
	return b
}

func parseRule(data []byte) (folded string, r rule) {
	parts := bytes.Split(data, []byte{0})
	if len(parts) != 8 {
		return "", rule{}
	}
	r.address = address{string(parts[1]), string(parts[2]), string(parts[3])}
	r.says = [3]string{string(parts[4]), string(parts[5]), string(parts[6])}
	return string(parts[0]), r
}

// name is what nginx finds a rule by: its $uri, with the query if that counts.
func (r rule) name() string {
	if r.query == "" {
		return r.path
	}
	return r.path + "?" + r.query
}

// asciiLower folds as nginx does: letters of ASCII alone.
func asciiLower(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s)
}

// A nginxLine is the entry of a map for all rules whose addresses differ in case
// alone. The key is found without regard to case; the value has every exact name
// behind which its answers stand, between tabs, so that an expression can compare it.
type nginxLine struct {
	key   string
	rules []rule
}

// encode writes the line.
func (l nginxLine) encode() string {
	var value strings.Builder
	for _, r := range l.rules {
		value.WriteString(r.name())
		for _, s := range r.says {
			value.WriteString("\t" + s)
		}
		value.WriteString("\t")
	}
	return quote(l.key, "$") + " " + quote(value.String(), "${godwit_dollar}") + ";"
}

// quote writes a word for nginx. In values a "$" begins a variable; one that holds it
// stands in its place.
func quote(word, dollar string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\t", `\t`, "$", dollar).Replace(word) + `"`
}

// decode reads a line back, as nginx would.
func decodeNginx(line string) (nginxLine, bool) {
	line, ended := strings.CutSuffix(line, ";")
	key, rest, ok := unquote(line)
	value, rest, also := unquote(strings.TrimPrefix(rest, " "))
	if !ended || !ok || !also || rest != "" || !isNginxKey(key) {
		return nginxLine{}, false
	}
	if strings.Contains(strings.ReplaceAll(value, "${godwit_dollar}", ""), "$") {
		return nginxLine{}, false
	}
	value = strings.ReplaceAll(value, "${godwit_dollar}", "$")
	fields := strings.Split(value, "\t")
	if len(fields)%4 != 1 || fields[len(fields)-1] != "" {
		return nginxLine{}, false
	}
	l := nginxLine{key: key}
	for i := 0; i+4 <= len(fields); i += 4 {
		l.rules = append(l.rules, rule{address: address{path: fields[i]}, says: [3]string{fields[i+1], fields[i+2], fields[i+3]}})
	}
	return l, true
}

// isNginxKey reports whether a key is none of the words that mean something in a map.
func isNginxKey(key string) bool {
	switch key {
	case "", "default", "hostnames", "include", "volatile":
		return false
	}
	return key[0] != '~' && key[0] != '\\'
}

// unquote reads a quoted word, and returns what is behind it.
func unquote(s string) (word, rest string, ok bool) {
	s, quoted := strings.CutPrefix(s, `"`)
	var b strings.Builder
	for i := 0; quoted && i < len(s); i++ {
		switch c := s[i]; {
		case c == '"':
			return b.String(), s[i+1:], true
		case c != '\\':
			b.WriteByte(c)
		case i+1 < len(s) && strings.IndexByte(`"\t`, s[i+1]) >= 0:
			i++
			if s[i] == 't' {
				b.WriteByte('\t')
			} else {
				b.WriteByte(s[i])
			}
		default:
			return "", "", false
		}
	}
	return "", "", false
}

// line returns the line, and false if it does not read back as the very same rules.
func (l nginxLine) line() (string, bool) {
	text := l.encode()
	back, ok := decodeNginx(text)
	if !ok || back.key != l.key || len(back.rules) != len(l.rules) || strings.ContainsAny(text, "\r\n\x00") {
		return "", false
	}
	for i, r := range l.rules {
		if back.rules[i].path != r.name() || back.rules[i].says != r.says {
			return "", false
		}
	}
	return text, true
}
