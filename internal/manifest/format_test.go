package manifest_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"codeberg.org/godwit/godwit/internal/manifest"
)

func TestLayout(t *testing.T) {
	meta := manifest.Meta{
		Created:    "2026-01-02T03:04:05Z",
		Controller: "https://example.org/users/alice",
		Client:     manifest.Client{Name: "godwit", URL: "https://codeberg.org/godwit/godwit"},
		Spec:       manifest.SpecOfLayout(),
	}
	text := manifest.Layout(&meta)
	assert.Equal(t, text, manifest.Layout(&meta), "twice")
	m, err := manifest.Parse(text, nil)
	require.NoError(t, err)
	assert.Equal(t, meta, m.Meta)
	assert.Empty(t, m.Odd)
	files := 0
	for _, e := range m.Walk() {
		assert.NotEqual(t, e.URL == "", !e.Folder, "%s is a folder, or says what it is", e.Name)
		if !e.Folder {
			files++
		}
	}
	assert.Equal(t, 39, files, "what the table in DESIGN.md has")
	for _, path := range []string{
		"manifest.yml", "activitypub/actor.json", "activitypub/objects/unknown.jsonl", "received/inbox.json.age",
		"activitypub/attachments/00.png", "key/1.json.age", "godwit/origin/proof.json", "godwit/proof.json",
	} {
		assert.True(t, m.Lists(path), path)
	}
	assert.False(t, m.Lists("key.pem"))
}

func TestLayoutSaysOnlyWhatItWasTold(t *testing.T) {
	text := string(manifest.Layout(nil))
	assert.NotContains(t, text, "meta")
	assert.NotContains(t, text, "spec")
	assert.True(t, strings.HasPrefix(text, "ubc-version: 0.1\ncontents:\n"))
	m, err := manifest.Parse([]byte(text), nil)
	require.NoError(t, err)
	assert.Zero(t, m.Meta)
}

// As the FEP has it, the version is a number to a reader that knows numbers.
func TestLayoutIsYAMLToOthers(t *testing.T) {
	var doc struct {
		Version  float64 `yaml:"ubc-version"`
		Meta     map[string]string
		Contents map[string]struct {
			URL      string
			Contents map[string]struct{ URL string }
		}
	}
	require.NoError(t, yaml.Unmarshal(manifest.Layout(&manifest.Meta{Created: "2026-01-02"}), &doc))
	assert.InDelta(t, 0.1, doc.Version, 0)
	assert.Equal(t, "2026-01-02", doc.Meta["created"])
	assert.Equal(t, "https://www.w3.org/TR/activitypub/#actor-objects", doc.Contents["activitypub"].Contents["actor.json"].URL)
}

// awkward are texts that YAML takes for something else, or that would break it.
var awkward = []string{
	"", "~", "null", "no", "Yes", "0777", "1:20", "1e3", "0.1", ".inf", "2024-01-01", "=", "<<", "---", "...",
	"- a", "a: b", "a #b", "#", "&a", "*a", "!a", "%a", "@a", "`a", "{", "[", "'", `"`, `\`, "a\nb", "\n", "\t", " a ", "a\r\nb",
	"\u0085", "\u2028", "\uFEFF", "\u202e", "\x1b[2J", "Žluť 🐦", "\U000E0001", "\x00", strings.Repeat("k", 1500), strings.Repeat("🐦", 300),
}

func TestFormatKeepsEveryText(t *testing.T) {
	n := &manifest.Node{Kind: manifest.Map}
	for i, text := range awkward {
		list := &manifest.Node{Kind: manifest.List, Items: []*manifest.Node{{Text: text}, {Text: "plain", Plain: true}}}
		inner := &manifest.Node{Kind: manifest.Map, Members: []manifest.Member{{Name: text, Value: list}}}
		n.Members = append(n.Members, manifest.Member{Name: fmt.Sprint("k", i), Value: inner})
	}
	n.Members = append(n.Members,
		manifest.Member{Name: "ubc-version", Value: &manifest.Node{Text: "0.1"}},
		manifest.Member{Name: "contents", Value: &manifest.Node{Kind: manifest.Map}})
	text := manifest.Format(n)
	m, err := manifest.Parse(text, nil)
	require.NoError(t, err, "%s", text)
	assert.Equal(t, shape(n), shape(m.Root))
}

// shape is what a tree says, without how it was written.
func shape(n *manifest.Node) string {
	var b strings.Builder
	switch {
	case n.Null():
		b.WriteString("null")
	case n.Kind == manifest.Map:
		b.WriteByte('{')
		for _, m := range n.Members {
			fmt.Fprintf(&b, "%q: %s, ", m.Name, shape(m.Value))
		}
		b.WriteByte('}')
	case n.Kind == manifest.List:
		b.WriteByte('[')
		for _, item := range n.Items {
			b.WriteString(shape(item) + ", ")
		}
		b.WriteByte(']')
	default:
		fmt.Fprintf(&b, "%q", n.Text)
	}
	return b.String()
}

// What was read and is written again says the same, and is a fixed point.
func FuzzParse(f *testing.F) {
	f.Add([]byte(head + "- a\n- b: {url: 'c'}\n# d\nmeta: {created: 2024-01-01}\n"))
	f.Add(manifest.Layout(nil))
	f.Add(utf16LE("\uFEFF" + head + "  a:\n"))
	f.Add([]byte(laughs()))
	f.Add([]byte(`{"ubc-version": "0.1", "contents": {"a": {"contents": ["b", {"c": null}]}}}`))
	f.Add([]byte("ubc-version: >-\n  0.1\ncontents:\n  ? \"a\\u0062\"\n  : |\n    u\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := manifest.Parse(data, &manifest.Limits{Bytes: 1 << 16})
		if err != nil {
			var bad *manifest.Error
			require.ErrorAs(t, err, &bad)
			return
		}
		text := manifest.Format(m.Root)
		again, err := manifest.Parse(text, &manifest.Limits{Bytes: 1 << 20})
		require.NoError(t, err, "%s", text)
		require.Equal(t, shape(m.Root), shape(again.Root), "%s", text)
		require.Equal(t, m.Meta, again.Meta)
		require.Equal(t, paths(m), paths(again))
		require.True(t, bytes.Equal(text, manifest.Format(again.Root)))
	})
}

func FuzzLayout(f *testing.F) {
	for _, text := range awkward {
		f.Add(text, "https://example.org/users/alice", text)
	}
	f.Fuzz(func(t *testing.T, created, controller, client string) {
		valid := func(text string) string { return strings.ToValidUTF8(text, "\uFFFD") }
		meta := manifest.Meta{Created: valid(created), Controller: valid(controller), Client: manifest.Client{Name: valid(client)}}
		text := manifest.Layout(&meta)
		m, err := manifest.Parse(text, &manifest.Limits{Bytes: 16 << 20})
		require.NoError(t, err, "%s", text)
		require.Equal(t, meta, m.Meta, "%s", text)
	})
}
