package manifest_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/internal/manifest"
)

const samples = "../../../shared/samples/fep-6fcd/from-the-fep/fep/6fcd"

func sample(t *testing.T, name string) *manifest.Manifest {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(samples, name))
	if os.IsNotExist(err) {
		if os.Getenv("GODWIT_CI") == "1" {
			t.Fatal("the FEP's example manifests are not there")
		}
		t.Skip("the FEP's example manifests are not beside this tree")
	}
	require.NoError(t, err)
	m, err := manifest.Parse(data, nil)
	require.NoError(t, err, "the FEP's own example")
	return m
}

func paths(m *manifest.Manifest) []string {
	var all []string
	for path := range m.Walk() {
		all = append(all, path)
	}
	return all
}

func TestExampleOfTheFEP(t *testing.T) {
	m := sample(t, "manifest-activitypub.yml")
	assert.Equal(t, []string{
		"manifest.yml", "activitypub", "activitypub/actor.json", "activitypub/outbox.json",
		"activitypub/following_accounts.csv", "activitypub/followers.csv", "activitypub/lists.csv",
		"activitypub/bookmarks.csv", "activitypub/blocks.csv", "activitypub/mutes.csv",
		"activitypub/attachments", "activitypub/attachments/avatar.jpg", "key", "key/key-1234.json",
	}, paths(m))
	assert.Equal(t, manifest.Meta{
		Created:    "2024-01-01",
		Controller: "https://alice-personal-site.example/actor",
		Client:     manifest.Client{Name: "Example Exporter App", URL: "https://codeberg.example.com/example-export-app"},
	}, m.Meta)
	assert.Empty(t, m.Odd)
	assert.Equal(t, "0.1", m.Version)
	assert.Equal(t, "https://docs.joinmastodon.org/user/moving/#export", m.Find("activitypub/mutes.csv").URL)
	assert.True(t, m.Find("key").Folder)
	assert.Nil(t, m.Find("key/other.json"))
}

func TestExampleOfABlog(t *testing.T) {
	m := sample(t, "manifest-blog.yml")
	assert.Equal(t, []string{"manifest.yml", "index.html", "feed.json", "uploads"}, paths(m))
	assert.True(t, m.Lists("uploads/2020/cat.jpg"), "nothing is said about what is in a folder")
	assert.False(t, m.Lists("other.html"))
}

func TestListsOnlyWhatAFolderHas(t *testing.T) {
	m, err := manifest.Parse([]byte("ubc-version: 0.1\ncontents:\n  a: {contents: [b, c: {url: x}]}\n  d:\n"), nil)
	require.NoError(t, err)
	for path, want := range map[string]bool{
		"a": true, "a/b": true, "a/c": true, "a/c/below": true, "a/other": false, "d": true, "d/below/it": true, "e": false,
	} {
		assert.Equal(t, want, m.Lists(path), path)
	}
}

// Each manifest lists the same three paths.
func TestShapesOfContents(t *testing.T) {
	for name, text := range map[string]string{
		"map":                "contents:\n  manifest.yml:\n    url: u\n  activitypub:\n    contents:\n      outbox.json:\n        url: u\n",
		"map without values": "contents:\n  manifest.yml:\n  activitypub:\n    contents:\n      outbox.json:\n",
		"list":               "contents:\n- manifest.yml\n- activitypub:\n    contents:\n    - outbox.json\n",
		"mixed list":         "contents:\n- manifest.yml: {url: u}\n- activitypub:\n    contents:\n      outbox.json: {}\n",
		"flow":               "contents: {manifest.yml: {}, activitypub: {contents: [outbox.json]}}\n",
		"JSON":               `"contents": {"manifest.yml": {"url": "u"}, "activitypub": {"contents": {"outbox.json": null}}}`,
		"path with slashes":  "contents: [manifest.yml, activitypub/, ./activitypub//outbox.json]\n",
		"URL beside a name":  "contents:\n  manifest.yml: u\n  activitypub:\n    contents:\n      outbox.json: u\n",
		"core tags":          "contents: !!map\n  !!str manifest.yml: !!null\n  activitypub:\n    contents: !!seq [outbox.json]\n",
	} {
		t.Run(name, func(t *testing.T) {
			m, err := manifest.Parse([]byte("ubc-version: 0.1\n"+text), nil)
			if name == "JSON" {
				m, err = manifest.Parse([]byte(`{"ubc-version": 0.1, `+text+`}`), nil)
			}
			require.NoError(t, err)
			assert.Equal(t, []string{"manifest.yml", "activitypub", "activitypub/outbox.json"}, paths(m))
		})
	}
}

func TestEmptyContents(t *testing.T) {
	for _, text := range []string{"contents:", "contents: {}", "contents: []", "contents: ~"} {
		m, err := manifest.Parse([]byte("ubc-version: 0.1\n"+text+"\n"), nil)
		require.NoError(t, err, text)
		assert.Empty(t, paths(m), text)
	}
}

func TestContentsMissing(t *testing.T) {
	m, err := manifest.Parse([]byte("---\nubc-version: 0.1\nmeta:\n  created: 2024-01-01\n"), nil)
	require.NoError(t, err)
	assert.Equal(t, []manifest.Oddity{manifest.NoContents}, m.Odd)
	assert.Empty(t, paths(m))
	assert.True(t, m.Lists("anything/at.all"), "nothing is said, so nothing is left out")
}

func TestVersionInAnySpelling(t *testing.T) {
	for text, odd := range map[string]bool{
		`0.1`: false, `"0.1"`: false, `'0.1'`: false, `!!float 0.1`: false, `!!str 0.1`: false,
		`0.10`: true, `1e-1`: true, `1E-1`: true, `.1`: true, `+0.1`: true, `0.01e1`: true, `"0.100"`: true, `10e-2`: true,
	} {
		m, err := manifest.Parse([]byte("ubc-version: "+text+"\ncontents:\n"), nil)
		require.NoError(t, err, text)
		assert.Equal(t, odd, len(m.Odd) > 0, text)
	}
}

func TestScalarsAreTexts(t *testing.T) {
	m, err := manifest.Parse([]byte("ubc-version: 0.1\ncontents:\n"+
		"  no: {url: yes}\n  1:20: {url: 0777}\n  0x10: {url: 1_000}\n  2024-01-01: {url: .inf}\n  __proto__: {url: ~}\n  'null': {url: 'null'}\n"), nil)
	require.NoError(t, err)
	assert.Equal(t, []string{"no", "1:20", "0x10", "2024-01-01", "__proto__", "null"}, paths(m))
	for path, url := range map[string]string{"no": "yes", "1:20": "0777", "0x10": "1_000", "2024-01-01": ".inf", "__proto__": "", "null": "null"} {
		assert.Equal(t, url, m.Find(path).URL, path)
	}
}

func TestUnknownKeysAreKept(t *testing.T) {
	m, err := manifest.Parse([]byte("ubc-version: 0.1\nx-note: [a, {b: 07}]\ncontents:\n  a.json:\n    size: 0012\n"), nil)
	require.NoError(t, err)
	note := m.Root.Get("x-note")
	require.Equal(t, manifest.List, note.Kind)
	assert.Equal(t, "07", note.Items[1].Get("b").Text)
	assert.Equal(t, "0012", m.Find("a.json").Node.Get("size").Text)
	assert.Equal(t, 5, m.Find("a.json").Node.Get("size").Line)
}

func TestEncodings(t *testing.T) {
	text := "ubc-version: 0.1\r\nmeta:\r\n  createdBy: {client: {name: Žluť 🐦}}\r\ncontents: [a]\r\n"
	for name, c := range map[string]struct {
		data []byte
		odd  []manifest.Oddity
	}{
		"CRLF":                              {[]byte(text), nil},
		"byte order mark":                   {[]byte("\uFEFF" + text), []manifest.Oddity{manifest.ByteOrderMark}},
		"UTF-16 with a mark, little-endian": {utf16LE("\uFEFF" + text), []manifest.Oddity{manifest.UTF16, manifest.ByteOrderMark}},
		"UTF-16 with a mark, big-endian":    {swap(utf16LE("\uFEFF" + text)), []manifest.Oddity{manifest.UTF16, manifest.ByteOrderMark}},
		"UTF-16 without, little-endian":     {utf16LE(text), []manifest.Oddity{manifest.UTF16}},
		"UTF-16 without, big-endian":        {swap(utf16LE(text)), []manifest.Oddity{manifest.UTF16}},
		"directive of YAML 1.2":             {[]byte("%YAML 1.2\n---\n" + text), nil},
		"markers around the document":       {[]byte("---\n" + text + "...\n"), nil},
	} {
		t.Run(name, func(t *testing.T) {
			m, err := manifest.Parse(c.data, nil)
			require.NoError(t, err)
			assert.Equal(t, c.odd, m.Odd)
			assert.Equal(t, "Žluť 🐦", m.Client.Name)
			assert.Equal(t, []string{"a"}, paths(m))
		})
	}
}
