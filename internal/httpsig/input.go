package httpsig

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/dunglas/httpsfv"
)

// An input is one member of a Signature-Input header.
type input struct {
	label      string
	components []component
	keyID, alg string
	created    time.Time // zero if not given
	expires    time.Time // zero if not given
	// text is the member's serialisation (RFC 9421, section 2.3), which is
	// what was signed however the header was written.
	text string
}

// readInputs reads the Signature-Input header. One label in the form that
// serialising gives it, as senders write it, needs no parser of structured
// fields; that path is ten times as fast and reads nothing that the other does
// not read alike.
func readInputs(lines []string) (labels []string, read func(label string) (*input, error), err error) {
	if len(lines) == 1 {
		if in, ok := readPlain(lines[0]); ok {
			return []string{in.label}, func(string) (*input, error) { return in, nil }, nil
		}
	}
	members, err := httpsfv.UnmarshalDictionary(lines)
	if err != nil {
		return nil, nil, refuse(Unsigned, "the Signature-Input header is malformed")
	}
	if labels = members.Names(); len(labels) == 0 {
		return nil, nil, refuse(Unsigned, "the Signature-Input header is empty")
	}
	// Of two members with one label parsers keep one; both are meant here.
	if len(labels) == 1 && strings.Count(strings.Join(lines, ","), labels[0]+"=(") > 1 {
		return nil, nil, refuse(Ambiguous, "the Signature-Input header has one label twice")
	}
	return labels, func(label string) (*input, error) {
		member, _ := members.Get(label)
		return readMember(label, member)
	}, nil
}

func readMember(label string, member httpsfv.Member) (*input, error) {
	list, ok := member.(httpsfv.InnerList)
	if !ok {
		return nil, refuse(Unsigned, "the Signature-Input is not a list")
	}
	in := &input{label: label}
	for _, name := range list.Params.Names() {
		value, _ := list.Params.Get(name)
		if !in.setParam(name, value) {
			return nil, refuse(Unsigned, "the parameter %s has the wrong type", name)
		}
	}
	for _, item := range list.Items {
		c, err := readComponent(item)
		if err != nil {
			return nil, err
		}
		in.components = append(in.components, c)
	}
	text, err := httpsfv.Marshal(list)
	if err != nil {
		return nil, refuse(Unsigned, "the Signature-Input cannot be written again")
	}
	in.text = text
	return in, nil
}

// setParam keeps a parameter that matters, and reports whether it has the
// right type.
func (in *input) setParam(name string, value any) (ok bool) {
	switch name {
	case "keyid":
		in.keyID, ok = value.(string)
	case "alg":
		in.alg, ok = value.(string)
	case "created":
		in.created, ok = paramTime(value)
	case "expires":
		in.expires, ok = paramTime(value)
	default:
		ok = true
	}
	return ok
}

func paramTime(value any) (time.Time, bool) {
	seconds, ok := value.(int64)
	return time.Unix(seconds, 0).UTC(), ok && seconds >= 0 && seconds <= maxSeconds
}

// readPlain reads label=("a" "b");key=1;key="text" as serialising writes it:
// one space between names, no parameters on them, no escapes, no key twice.
// Whatever has another form, good or bad, is not for it.
func readPlain(line string) (*input, bool) {
	label, text, _ := strings.Cut(line, "=")
	names, params, ok := strings.Cut(text, ")")
	if !ok || !isKey(label) || !strings.HasPrefix(names, "(") {
		return nil, false
	}
	in := &input{label: label, text: text, components: make([]component, 0, 8)}
	for quoted := range strings.SplitSeq(names[1:], " ") {
		if len(quoted) < 3 || quoted[0] != '"' || quoted[len(quoted)-1] != '"' {
			return nil, false
		}
		name := quoted[1 : len(quoted)-1]
		if !lowerToken(name) || name == "@query-param" {
			return nil, false
		}
		in.components = append(in.components, component{name: name})
	}
	return in, in.readPlainParams(params)
}

func (in *input) readPlainParams(rest string) bool {
	seen := make([]string, 0, 8)
	for rest != "" {
		key, after, _ := strings.Cut(rest, "=")
		key, semicolon := strings.CutPrefix(key, ";")
		if !semicolon || !isKey(key) || len(seen) == cap(seen) || slices.Contains(seen, key) {
			return false
		}
		seen = append(seen, key)
		value, remaining, ok := cutBareItem(after)
		if !ok || !in.setParam(key, value) {
			return false
		}
		rest = remaining
	}
	return true
}

// cutBareItem reads a string without escapes, or a whole number as
// serialising writes it.
func cutBareItem(s string) (value any, rest string, ok bool) {
	if text, quoted := strings.CutPrefix(s, `"`); quoted {
		value, rest, ok := strings.Cut(text, `"`)
		for i := range len(value) {
			if value[i] < ' ' || value[i] > '~' || value[i] == '\\' {
				return nil, "", false
			}
		}
		return value, rest, ok
	}
	end := strings.IndexByte(s, ';')
	if end < 0 {
		end = len(s)
	}
	digits := s[:end]
	if digits == "" || len(digits) > 15 || digits[0] < '1' || digits[0] > '9' {
		return nil, "", false
	}
	n, err := strconv.ParseInt(digits, 10, 64)
	return n, s[end:], err == nil
}

// isKey reports whether s is a key of a dictionary (RFC 9651, section 3.1.2).
func isKey(s string) bool {
	for i := range len(s) {
		c := s[i]
		inner := '0' <= c && c <= '9' || c == '_' || c == '-' || c == '.'
		if !('a' <= c && c <= 'z' || c == '*' || inner && i > 0) {
			return false
		}
	}
	return s != ""
}
