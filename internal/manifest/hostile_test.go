package manifest_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/internal/manifest"
)

func utf16LE(text string) []byte {
	var data []byte
	for _, u := range utf16.Encode([]rune(text)) {
		data = append(data, byte(u), byte(u>>8))
	}
	return data
}

func swap(data []byte) []byte {
	for i := 0; i+1 < len(data); i += 2 {
		data[i], data[i+1] = data[i+1], data[i]
	}
	return data
}

const head = "ubc-version: 0.1\ncontents:\n"

func laughs() string {
	text := "a0: &a0 [ha]\n"
	for i := range 9 {
		text += fmt.Sprintf("a%d: &a%d [%s]\n", i+1, i+1, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d,", i), 9), ","))
	}
	return head + text
}

func many(n int, line string) string {
	var b strings.Builder
	b.WriteString(head)
	for i := range n {
		fmt.Fprintf(&b, line, i)
	}
	return b.String()
}

func TestHostile(t *testing.T) {
	cases := []struct {
		name, text string
		want       manifest.Reason
		line       int
	}{
		{"nothing", "", manifest.Empty, 0},
		{"comments alone", "# godwit\n\n", manifest.Empty, 0},
		{"a gigabyte would be as bad", head + strings.Repeat("#", 1<<20), manifest.TooLarge, 0},
		{"not UTF-8", head + "  a\xff: b\n", manifest.NotText, 0},
		{"a NUL", head + "  a\x00: b\n", manifest.NotText, 0},
		{"Latin-1", "meta: {name: Zo\xeb}\n" + head, manifest.NotText, 0},
		{"UTF-16 cut in a character", string(utf16LE(head)) + "a", manifest.NotText, 0},
		{"UTF-16 with half a pair", "\xff\xfe" + string(utf16LE(head)) + "\x00\xd8a\x00", manifest.NotText, 0},
		{"UTF-16 that ends in half a pair", "\xff\xfe" + string(utf16LE(head)) + "\x00\xd8", manifest.NotText, 0},
		{"UTF-32", "\xff\xfe\x00\x00u\x00\x00\x00", manifest.NotText, 0},
		{"control character", head + "  \x01: b\n", manifest.Syntax, 0},
		{"a zip", "PK\x03\x04" + strings.Repeat("\xfa\x00", 20), manifest.NotText, 0},
		{"open quotation mark", head + "  'a: b\n", manifest.Syntax, 0},
		{"open brace", head + "  {a: b\n", manifest.Syntax, 0},
		{"directive that nobody knows", "%TAG-ALONG x\n---\n" + head, manifest.Syntax, 0},
		{"directive of YAML 3", "%YAML 3.0\n---\n" + head, manifest.Syntax, 0},
		{"tab for indentation", head + "\ta.json:\n", manifest.Tab, 3},
		{"tab for indentation in a flow", head + "  {\n\ta: {}}\n", manifest.Tab, 4},
		{"tab behind spaces", head + "  a:\n  \turl: b\n", manifest.Syntax, 0},
		{"anchor", head + "  a: &x {url: b}\n", manifest.Anchor, 3},
		{"anchor on a key", head + "  &x a: b\n", manifest.Anchor, 3},
		{"alias", head + "  a: &x {url: b}\n  c: *x\n", manifest.Anchor, 3},
		{"alias to nothing", head + "  c: *x\n", manifest.Alias, 0},
		{"alias to itself", head + "  a: &x [*x]\n", manifest.Anchor, 0},
		{"billion laughs", laughs(), manifest.Anchor, 0},
		{"merge key", "<<: {ubc-version: 0.1}\ncontents:\n", manifest.MergeKey, 1},
		{"merge key in an entry", head + "  a: {<<: {url: b}}\n", manifest.MergeKey, 3},
		{"tag of a language", head + "  a: !!python/object:os.system x\n", manifest.Tag, 3},
		{"tag of one's own", head + "  a: !evil x\n", manifest.Tag, 3},
		{"tag of a shorthand", "%TAG !e! tag:evil.example,2020:\n---\n" + head + "  a: !e!x y\n", manifest.Tag, 0},
		{"binary tag", head + "  a: !!binary aGE=\n", manifest.Tag, 3},
		{"tagged map", head + "  a: !!omap {b: c}\n", manifest.Tag, 3},
		{"tagged key", head + "  !!ruby/sym a: c\n", manifest.Tag, 3},
		{"key twice", "ubc-version: 0.1\nubc-version: 0.1\ncontents:\n", manifest.Duplicate, 2},
		{"key twice in two spellings", head + "  a: b\n  'a': c\n", manifest.Duplicate, 4},
		{"__proto__ twice", head + "  __proto__: b\n  \"__proto__\": c\n", manifest.Duplicate, 4},
		{"contents twice", head + "contents: [a]\n", manifest.Duplicate, 3},
		{"map for a key", head + "  ? {a: b}\n  : c\n", manifest.KeyNotText, 3},
		{"list for a key", head + "  [a]: c\n", manifest.KeyNotText, 3},
		{"two documents", head + "---\n" + head, manifest.ManyDocs, 0},
		{"a second document that is empty", head + "---\n", manifest.ManyDocs, 0},
		{"something behind the end", head + "...\nmore: b\n", manifest.Syntax, 0},
		{"flow 65 deep", head + "  a: " + strings.Repeat("[", 65) + strings.Repeat("]", 65) + "\n", manifest.TooDeep, 3},
		{"flow 9,000 deep", head + "  a: " + strings.Repeat("[", 9000) + strings.Repeat("]", 9000) + "\n", manifest.TooDeep, 3},
		{"flow 30,000 deep", head + "  a: " + strings.Repeat("[", 30000) + "\n", manifest.TooDeep, 0},
		{"contents 64 deep", head + "  " + strings.Repeat("{a: {contents: ", 40) + strings.Repeat("}}", 40) + "\n", manifest.TooDeep, 3},
		{"11,000 names", many(11_000, "- a%d\n"), manifest.TooManyNodes, 0},
		{"500,000 scalars", head + "  a: [" + strings.Repeat("b,", 500_000) + "]\n", manifest.TooManyNodes, 0},
		{"200,000 empty maps", head + "  a: [" + strings.Repeat("{},", 200_000) + "]\n", manifest.TooManyNodes, 0},
		{"a list", "- ubc-version: 0.1\n- contents:\n", manifest.NotMap, 1},
		{"a text", "ubc-version\n", manifest.NotMap, 1},
		{"version missing", "contents:\n", manifest.NoVersion, 0},
		{"version empty", "ubc-version:\ncontents:\n", manifest.NoVersion, 0},
		{"version 1", "ubc-version: 1\ncontents:\n", manifest.Unsupported, 1},
		{"version 0.2", "ubc-version: 0.2\ncontents:\n", manifest.Unsupported, 1},
		{"version 0.11", "ubc-version: 0.11\ncontents:\n", manifest.Unsupported, 1},
		{"version that is 0.1 to a float", "ubc-version: 0.1000000000000000000001\ncontents:\n", manifest.Unsupported, 1},
		{"version below zero", "ubc-version: -0.1\ncontents:\n", manifest.Unsupported, 1},
		{"version of a huge exponent", "ubc-version: 1e-999999999999\ncontents:\n", manifest.Unsupported, 1},
		{"version of a million zeros", "ubc-version: 0.1" + strings.Repeat("0", 1_000_000) + "\ncontents:\n", manifest.Unsupported, 1},
		{"version 0", "ubc-version: 0\ncontents:\n", manifest.Unsupported, 1},
		{"version that is a map", "ubc-version: {a: 0.1}\ncontents:\n", manifest.Unsupported, 1},
		{"version that is a word", "ubc-version: latest\ncontents:\n", manifest.Unsupported, 1},
		{"contents that are a text", "ubc-version: 0.1\ncontents: everything\n", manifest.BadContents, 2},
		{"entry that is a list", head + "  a: [b]\n", manifest.BadContents, 3},
		{"map of two names in a list", head + "- {a: {}, b: {}}\n", manifest.BadContents, 3},
		{"list in a list", head + "- [a]\n", manifest.BadContents, 3},
		{"empty map in a list", head + "- {}\n", manifest.BadContents, 3},
		{"name that climbs", head + "  ../a: {}\n", manifest.BadName, 3},
		{"name that climbs within", head + "  a/../../b: {}\n", manifest.BadName, 3},
		{"name that climbs in a folder", head + "  a: {contents: [..]}\n", manifest.BadName, 3},
		{"absolute name", head + "  /etc/passwd: {}\n", manifest.BadName, 3},
		{"backslash in a name", head + "  a\\b: {}\n", manifest.BadName, 3},
		{"escape in a name", head + "  \"a\\e[2Jb\": {}\n", manifest.BadName, 3},
		{"empty name", head + "  '': {}\n", manifest.BadName, 3},
		{"name of the root itself", head + "  ./: {}\n", manifest.BadName, 3},
		{"null in a list", head + "- \n", manifest.BadName, 3},
		{"name of a hundred kilobytes", head + "- " + strings.Repeat("a", 100_000) + "\n", manifest.BadName, 3},
		{"long names in one another", head + "  " + strings.Repeat("{"+strings.Repeat("a", 100)+": {contents: ", 15) + strings.Repeat("}}", 15) + "\n", manifest.BadName, 3},
		{"path twice", head + "- a\n- a\n", manifest.ListedTwice, 4},
		{"path twice in two shapes", head + "- a/b\n- a: {contents: [b]}\n", manifest.ListedTwice, 4},
	}
	require.Greater(t, len(cases), 40)
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			m, err := manifest.Parse([]byte(c.text), nil)
			assert.Nil(t, m)
			var bad *manifest.Error
			require.True(t, errors.As(err, &bad), "got %v", err)
			assert.Equal(t, c.want, bad.Reason, "%v", err)
			if c.line > 0 {
				assert.Equal(t, c.line, bad.Line)
			}
			assert.Less(t, len(err.Error()), 250, "the text says what is wrong, not what it says")
			assert.Equal(t, c.want == manifest.NoVersion || c.want == manifest.Unsupported, bad.Version())
		})
	}
}

func TestLimitsAreTheCallers(t *testing.T) {
	text := []byte(head + "  a: {url: [b]}\n")
	for name, c := range map[string]struct {
		limits manifest.Limits
		want   manifest.Reason
	}{
		"bytes": {manifest.Limits{Bytes: len(text) - 1}, manifest.TooLarge},
		"nodes": {manifest.Limits{Nodes: 9}, manifest.TooManyNodes},
		"depth": {manifest.Limits{Depth: 4}, manifest.TooDeep},
	} {
		_, err := manifest.Parse(text, &c.limits)
		var bad *manifest.Error
		require.ErrorAs(t, err, &bad, name)
		assert.Equal(t, c.want, bad.Reason, name)
	}
	_, err := manifest.Parse(text, &manifest.Limits{Bytes: len(text), Nodes: 10, Depth: 5})
	assert.NoError(t, err, "at the limits")
}
