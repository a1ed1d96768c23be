package manifest

import (
	"bytes"
	"errors"
	"io"
	"regexp"
	"strconv"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v3"
)

// Limits bound what a manifest may ask for. A zero field takes its default; a nil
// *Limits is the same as a zero one.
type Limits struct {
	// Bytes is how long it may be. Default 1 MiB.
	Bytes int
	// Nodes is how many scalars, maps and lists there may be together. Default
	// 10,000.
	Nodes int
	// Depth is how deep they may nest. Default 64.
	Depth int
}

func (l *Limits) orDefault() Limits {
	var limits Limits
	if l != nil {
		limits = *l
	}
	limits.Bytes = orElse(limits.Bytes, 1<<20)
	limits.Nodes = orElse(limits.Nodes, 10_000)
	limits.Depth = orElse(limits.Depth, 64)
	return limits
}

func orElse(v, otherwise int) int {
	if v == 0 {
		return otherwise
	}
	return v
}

// tree reads a text of one document into nodes.
func tree(text []byte, limits Limits) (*Node, error) {
	if line := tabbed(text); line > 0 {
		return nil, refuse(Tab, line)
	}
	// The parser makes all nodes before they can be counted here.
	if separators(text) > 4*limits.Nodes {
		return nil, refuse(TooManyNodes, 0)
	}
	// It knows only the older version, which reads the same under the rules here.
	if rest, ok := bytes.CutPrefix(text, []byte("%YAML 1.2")); ok {
		text = append([]byte("%YAML 1.1"), rest...)
	}
	d := yaml.NewDecoder(bytes.NewReader(text))
	var doc, next yaml.Node
	if err := d.Decode(&doc); errors.Is(err, io.EOF) {
		return nil, refuse(Empty, 0)
	} else if err != nil {
		return nil, syntax(err)
	}
	if err := d.Decode(&next); err == nil {
		return nil, refuse(ManyDocs, next.Line)
	} else if !errors.Is(err, io.EOF) {
		return nil, syntax(err)
	}
	b := builder{left: limits.Nodes, depth: limits.Depth}
	return b.node(doc.Content[0], 1)
}

// tabbed returns the first line that begins with a tab and has something on it, 0
// if none does. Deeper in a line the parser refuses them where they matter.
func tabbed(text []byte) int {
	number := 0
	for line := range bytes.Lines(text) {
		number++
		if line[0] == '\t' && len(bytes.TrimSpace(line)) > 0 {
			return number
		}
	}
	return 0
}

// separators counts what can stand between nodes. A text of n of them has at most
// some 3n nodes.
func separators(text []byte) int {
	n := 0
	for i, c := range text {
		switch c {
		case ',', '[', '{':
			n++
		case ':', '?', '-':
			if i+1 == len(text) || strings.IndexByte(" \t\r\n,[]{}\"'", text[i+1]) >= 0 {
				n++
			}
		}
	}
	return n
}

var lineNumber = regexp.MustCompile(`^yaml: (?:line (\d+): )?(.*)$`)

// syntax takes the line and the cause from an error of the parser.
func syntax(err error) error {
	e := &Error{Reason: Syntax}
	found := lineNumber.FindStringSubmatch(err.Error())
	if found == nil {
		return e
	}
	e.Line, _ = strconv.Atoi(found[1])
	detail := found[2]
	switch {
	case strings.HasPrefix(detail, "unknown anchor"):
		e.Reason = Alias
	case strings.HasPrefix(detail, "exceeded max depth"):
		e.Reason = TooDeep
	case len(detail) < 120 && !strings.ContainsFunc(detail, func(r rune) bool { return !unicode.IsPrint(r) }):
		e.Detail = detail
	}
	return e
}

// A builder makes nodes of the parser's.
type builder struct {
	left  int // how many nodes there may still be
	depth int
}

func (b *builder) node(y *yaml.Node, depth int) (*Node, error) {
	b.left--
	switch {
	case b.left < 0:
		return nil, refuse(TooManyNodes, y.Line)
	case depth > b.depth:
		return nil, refuse(TooDeep, y.Line)
	case y.Kind == yaml.AliasNode:
		return nil, refuse(Alias, y.Line)
	case y.Anchor != "":
		return nil, refuse(Anchor, y.Line)
	case y.Style&yaml.TaggedStyle != 0 && !core(y.Tag):
		return nil, refuse(Tag, y.Line)
	}
	switch y.Kind {
	case yaml.MappingNode:
		return b.members(y, depth)
	case yaml.SequenceNode:
		return b.items(y, depth)
	}
	quoted := yaml.DoubleQuotedStyle | yaml.SingleQuotedStyle | yaml.LiteralStyle | yaml.FoldedStyle
	return &Node{Text: y.Value, Plain: y.Style&quoted == 0, Line: y.Line}, nil
}

func (b *builder) members(y *yaml.Node, depth int) (*Node, error) {
	n := &Node{Kind: Map, Line: y.Line}
	seen := map[string]bool{}
	for i := 0; i+1 < len(y.Content); i += 2 {
		key, err := b.node(y.Content[i], depth+1)
		switch {
		case err != nil:
			return nil, err
		case key.Kind != Scalar:
			return nil, refuse(KeyNotText, key.Line)
		case key.Plain && key.Text == "<<":
			return nil, refuse(MergeKey, key.Line)
		case seen[key.Text]:
			return nil, refuse(Duplicate, key.Line)
		}
		seen[key.Text] = true
		value, err := b.node(y.Content[i+1], depth+1)
		if err != nil {
			return nil, err
		}
		n.Members = append(n.Members, Member{Name: key.Text, Line: key.Line, Value: value})
	}
	return n, nil
}

func (b *builder) items(y *yaml.Node, depth int) (*Node, error) {
	n := &Node{Kind: List, Line: y.Line}
	for _, item := range y.Content {
		value, err := b.node(item, depth+1)
		if err != nil {
			return nil, err
		}
		n.Items = append(n.Items, value)
	}
	return n, nil
}

// core reports whether a tag is of YAML's core schema, by which a text means what
// it means anyway.
func core(tag string) bool {
	switch tag {
	case "!!str", "!!int", "!!float", "!!bool", "!!null", "!!map", "!!seq":
		return true
	}
	return false
}
