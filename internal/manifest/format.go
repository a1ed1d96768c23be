package manifest

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
)

// Format writes a tree as a YAML document in block style, such that every YAML
// reader finds the same texts in it. Texts that are not Plain are quoted.
func Format(n *Node) []byte {
	var b strings.Builder
	if n.Kind == Scalar || len(n.Members)+len(n.Items) == 0 {
		b.WriteString(inline(n) + "\n")
	} else {
		block(&b, n, "")
	}
	return []byte(b.String())
}

// block writes a map or list that has something in it.
func block(b *strings.Builder, n *Node, indent string) {
	for _, m := range n.Members {
		b.WriteString(indent + key(m.Name, indent) + ":")
		value(b, m.Value, indent)
	}
	for _, item := range n.Items {
		b.WriteString(indent + "-")
		value(b, item, indent)
	}
}

// value writes what stands behind a key or a dash, on its line or on those below.
func value(b *strings.Builder, n *Node, indent string) {
	switch {
	case n == nil:
		b.WriteString("\n")
	case len(n.Members)+len(n.Items) > 0:
		b.WriteString("\n")
		block(b, n, indent+"  ")
	default:
		b.WriteString(strings.TrimRight(" "+inline(n), " ") + "\n")
	}
}

func inline(n *Node) string {
	switch {
	case n.Kind == Map:
		return "{}"
	case n.Kind == List:
		return "[]"
	case n.Plain && (n.Null() || plainText.MatchString(n.Text)):
		return n.Text
	}
	return quote(n.Text)
}

var (
	// plainText is what is one scalar without quotation marks, whatever its type.
	plainText = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._/-]*$`)
	// plainKey is what all versions of YAML take for a text, but for their words.
	plainKey  = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9._/-]*$`)
	yamlWords = regexp.MustCompile(`^(?i:null|true|false|yes|no|on|off|y|n)$`)
)

// longKey is from where on a key must be marked as one: YAML looks no further than
// 1,024 characters for the colon.
const longKey = 1000

func key(name, indent string) string {
	if len(name) < longKey && plainKey.MatchString(name) && !yamlWords.MatchString(name) {
		return name
	}
	if text := quote(name); len(text) < longKey {
		return text
	}
	return "? " + quote(name) + "\n" + indent
}

// quote writes a text in double quotation marks, with the escapes that JSON has
// too where there are some.
func quote(text string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range strings.ToValidUTF8(text, "\uFFFD") {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case unicode.IsPrint(r):
			b.WriteRune(r)
		case r < 0x10000:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			fmt.Fprintf(&b, `\U%08x`, r)
		}
	}
	b.WriteByte('"')
	return b.String()
}
