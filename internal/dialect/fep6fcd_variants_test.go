package dialect_test

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/internal/container"
	"codeberg.org/godwit/godwit/internal/dialect"
	"codeberg.org/godwit/godwit/portability"
)

const listAll = "ubc-version: 0.1\ncontents:\n  manifest.yml:\n  activitypub:\n  key:\n"

// exampleEntries are laid out as the FEP's example.
func exampleEntries() []entry {
	return []entry{
		{"manifest.yml", listAll},
		{"activitypub/actor.json", `{"id":"` + alice + `","type":"Person","followers":"` + alice + `/followers"}`},
		{"activitypub/outbox.json", `{"type":"OrderedCollection","orderedItems":[{"id":"` + alice + `/statuses/1/activity","type":"Create","actor":"` + alice + `","published":"2020-01-01T00:00:00Z",` + toAll +
			`,"object":{"id":"` + alice + `/statuses/1","type":"Note","attributedTo":"` + alice + `","published":"2020-01-01T00:00:00Z",` + toAll + `,"attachment":{"type":"Document","mediaType":"image/jpeg","url":"https://old.example/files/hill.jpg"}}}]}`},
		{"activitypub/following_accounts.csv", "Account address,Show boosts,Notify on new posts,Languages\nbob@b.example,true,false,\ncarol@C.example,false,true,\"cs, en\"\n"},
		{"activitypub/followers.csv", "Account address\nbob@b.example\n"},
		{"activitypub/lists.csv", "friends,bob@b.example\nwork,carol@c.example\nfriends,dan@d.example\n"},
		{"activitypub/bookmarks.csv", "https://b.example/1\nhttps://b.example/2\n"},
		{"activitypub/blocks.csv", "troll@d.example\n"},
		{"activitypub/mutes.csv", "Account address,Hide notifications\nloud@d.example,true\n"},
		{"activitypub/blocked_domains.csv", "Bad.example\n"},
		{"activitypub/attachments/hill.jpg", "\xff\xd8 a hill"},
		{"activitypub/attachments/avatar.jpg", "\xff\xd8 a face"},
		{"key/key-1234.json", `{"id":"` + alice + `#key1234","type":"Multikey","publicKeyMultibase":"z6MkPublic","privateKeyMultibase":"z3u2Private","secretKeyMultibase":"z3u2Secret"}`},
	}
}

func exampleCounts() map[string]int {
	return map[string]int{
		"actor": 1, "content": 1, "content for public": 1, "following": 2, "followers": 1, "lists": 2, "bookmarks": 2,
		"blocked": 1, "muted": 1, "blocked-domains": 1, "media": 1, "keys": 1,
	}
}

func last(entries []entry, name string) []entry {
	i := slices.IndexFunc(entries, func(e entry) bool { return e.name == name })
	return append(slices.Delete(slices.Clone(entries), i, i+1), entries[i])
}

func renamed(entries []entry, from, to string) []entry {
	entries = slices.Clone(entries)
	for i := range entries {
		entries[i].name = strings.Replace(entries[i].name, from, to, 1)
	}
	return entries
}

func below(entries []entry, folder string) []entry {
	entries = slices.Clone(entries)
	for i := range entries {
		entries[i].name = folder + entries[i].name
	}
	return entries
}

func TestLayoutOfTheFEP(t *testing.T) {
	a := openAs(t, "fep-6fcd", nil, tarOfEntries(exampleEntries()...))
	assert.Equal(t, exampleCounts(), counted(t, a))
	following := itemsOf(t, a, portability.Following)
	assert.Equal(t, `{"id":"acct:carol@c.example","notify":true,"reblogs":false,"languages":["cs","en"]}`, string(following[1].Object.Bytes()))
	lists := itemsOf(t, a, portability.Lists)
	assert.Equal(t, `{"title":"friends","members":["acct:bob@b.example","acct:dan@d.example"]}`, string(lists[0].Object.Bytes()))
	assert.True(t, itemsOf(t, a, portability.Muted)[0].Object.Bool("hideNotifications"))
	assert.Equal(t, "bad.example", itemsOf(t, a, portability.BlockedDomains)[0].ID)

	post := itemsOf(t, a, portability.Content)[0]
	require.Len(t, post.Media, 1)
	r, _, err := a.OpenMedia(t.Context(), post.Media[0])
	require.NoError(t, err)
	data, err := io.ReadAll(r)
	require.NoError(t, err)
	require.NoError(t, r.Close())
	assert.Equal(t, "\xff\xd8 a hill", string(data))
	assert.Equal(t, "sha256:"+sumOf("\xff\xd8 a face"), itemsOf(t, a, portability.Media)[0].ID, "the file that no post names")
}

func TestPrivateKeysGoNoFurther(t *testing.T) {
	a := openAs(t, "fep-6fcd", nil, tarOfEntries(with(exampleEntries(), entry{"activitypub/key.pem", "-----BEGIN PRIVATE KEY-----"})...))
	key := itemsOf(t, a, portability.Keys)[0]
	assert.Equal(t, alice+"#key1234", key.ID)
	assert.Equal(t, "z6MkPublic", key.Object.Text("publicKeyMultibase"))
	assert.NotContains(t, key.Object.String(), "z3u2")
	assert.Equal(t, portability.SecretWithheld, key.Problems[0].Reason)
	assert.ElementsMatch(t, []string{"secret-inside key/key-1234.json", "secret-inside activitypub/key.pem"}, reasons(a))
	for _, item := range itemsOf(t, a, portability.Unknown) {
		assert.NotContains(t, string(item.Raw), "PRIVATE", "%s", item.ID)
	}
}

// An archive can be made by anybody, with any software's idea of a key.
func TestPrivateKeysInAnyForm(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		kept bool
	}{
		"a Multikey of old":    {`{"id":"https://old.example/k","privateKeyMultibase":"z3u2"}`, true},
		"a JSON Web Key":       {`{"id":"https://old.example/k","kty":"OKP","x":"public","d":"z3u2"}`, true},
		"a name with escapes":  {`{"id":"https://old.example/k","private\u004bey\u004dultibase":"z3u2"}`, true},
		"a key in a key":       {`{"id":"https://old.example/k","publicKeyJwk":{"x":"public","d":"z3u2"}}`, false},
		"a key in a list":      {`{"id":"https://old.example/k","keys":[{"id":"x"},{"secretKeyMultibase":"z3u2"}]}`, false},
		"PEM in a document":    {`{"id":"https://old.example/k","publicKeyPem":"public","privateKeyPem":"z3u2"}`, true},
		"twice under one name": {`{"id":"https://old.example/k","privateKey":"z3u2","privateKey":"z3u2"}`, true},
	} {
		for where, entries := range map[string][]entry{
			"a file":     with(exampleEntries(), entry{"key/key-1234.json", c.text}),
			"the others": with(exampleEntries(), entry{"key/key-1234.json", "gone"}, entry{"activitypub/keys.json", collectionOf(c.text)}),
		} {
			a := openAs(t, "fep-6fcd", nil, tarOfEntries(entries...))
			keys := itemsOf(t, a, portability.Keys)
			require.Len(t, keys, 1, name)
			_, fatal := keys[0].Fatal()
			assert.Equal(t, c.kept, !fatal, "%s in %s", name, where)
			assert.Equal(t, c.kept, keys[0].Object != nil, "%s in %s", name, where)
			assert.Equal(t, portability.SecretWithheld, keys[0].Problems[0].Reason)
			if c.kept {
				assert.NotContains(t, keys[0].Object.String(), "z3u2", "%s in %s", name, where)
			}
			assert.Contains(t, strings.Join(reasons(a), "\n"), "secret-inside", "%s in %s", name, where)
		}
	}
}

func TestExampleManifestOfTheFEP(t *testing.T) {
	folder := "../../../shared/samples/fep-6fcd/from-the-fep/fep/6fcd"
	text, err := os.ReadFile(filepath.Join(folder, "manifest-activitypub.yml"))
	if os.IsNotExist(err) && os.Getenv("GODWIT_CI") != "1" {
		t.Skip("the FEP's example is not beside this tree")
	}
	require.NoError(t, err)
	key, err := os.ReadFile(filepath.Join(folder, "key-1234.json"))
	require.NoError(t, err)
	a := openAs(t, "fep-6fcd", nil, tarOfEntries(with(exampleEntries(), entry{"manifest.yml", string(text)}, entry{"key/key-1234.json", string(key)})...))
	want := exampleCounts()
	delete(want, "blocked-domains")
	assert.Equal(t, want, counted(t, a))
	assert.ElementsMatch(t, []string{
		"unlisted activitypub/blocked_domains.csv", "unlisted activitypub/attachments/hill.jpg", "secret-inside key/key-1234.json",
	}, reasons(a))
	assert.Equal(t, "https://alice-personal-site.example/actor#key1234", itemsOf(t, a, portability.Keys)[0].ID)
	assert.NotContains(t, itemsOf(t, a, portability.Keys)[0].Object.String(), "privateKeyMultibase")
}

func TestVariants(t *testing.T) {
	example := exampleEntries()
	for name, c := range map[string]struct {
		data []byte
		odd  []string // beside the key, which is told of each time
		not  []string // kinds that are not read
	}{
		"manifest named .yaml":                {tarOfEntries(renamed(example, "manifest.yml", "manifest.yaml")...), []string{"manifest-odd manifest.yaml", "manifest-odd manifest.yaml"}, nil},
		"manifest last":                       {tarOfEntries(last(example, "manifest.yml")...), []string{"manifest-odd manifest.yml"}, nil},
		"manifest in the middle":              {tarOfEntries(last(last(example, "manifest.yml"), "activitypub/actor.json")...), []string{"manifest-odd manifest.yml"}, nil},
		"manifest with a byte order mark":     {tarOfEntries(with(example, entry{"manifest.yml", "\uFEFF" + listAll})...), []string{"manifest-odd manifest.yml"}, nil},
		"manifest missing":                    {tarOfEntries(with(example, entry{"manifest.yml", "gone"})...), []string{"file-missing manifest.yml"}, nil},
		"version as text":                     {tarOfEntries(with(example, entry{"manifest.yml", strings.Replace(listAll, "0.1", `"0.1"`, 1)})...), nil, nil},
		"version in another spelling":         {tarOfEntries(with(example, entry{"manifest.yml", strings.Replace(listAll, "0.1", "1e-1", 1)})...), []string{"manifest-odd manifest.yml"}, nil},
		"contents as a list":                  {tarOfEntries(with(example, entry{"manifest.yml", "ubc-version: 0.1\ncontents:\n- manifest.yml\n- activitypub: {url: u}\n- key\n"})...), nil, nil},
		"zip":                                 {zipOfEntries(example...), nil, nil},
		"gzipped":                             {gzipped(tarOfEntries(example...)), nil, nil},
		"wrapper folder":                      {tarOfEntries(below(example, "export-2026/")...), nil, nil},
		"actor in UTF-16":                     {tarOfEntries(with(example, entry{"activitypub/actor.json", inUTF16(example[1].body)})...), []string{"text-fault activitypub/actor.json"}, nil},
		"wrapper folder in a zip":             {zipOfEntries(below(example, "export-2026/")...), nil, nil},
		"names that begin with a dot":         {tarOfEntries(below(example, "./")...), nil, nil},
		"listed and absent":                   {tarOfEntries(with(example, entry{"manifest.yml", listAll + "  media: {contents: [a.png]}\n  notes.txt:\n"})...), []string{"listed-absent media", "listed-absent media/a.png", "listed-absent notes.txt"}, nil},
		"present and not listed":              {tarOfEntries(with(example, entry{"manifest.yml", "ubc-version: 0.1\ncontents: {activitypub: {}}\n"}, entry{"x.txt", "?"})...), []string{"unlisted key/key-1234.json", "unlisted x.txt"}, []string{"keys"}},
		"a folder that is listed as empty":    {tarOfEntries(with(example, entry{"manifest.yml", listAll + "  media: {contents: {}}\n"})...), nil, nil},
		"outbox absent":                       {tarOfEntries(with(example, entry{"activitypub/outbox.json", "gone"})...), nil, []string{"content", "content for public"}},
		"a link that nothing refers to":       {tarOfEntries(with(example, entry{"activitypub/attachments/x", "-> /etc/passwd"})...), nil, nil},
		"a header of the system in the tar":   {tarOfEntries(with(example, entry{"__MACOSX/._manifest.yml", "?"}, entry{".DS_Store", "?"})...), nil, nil},
		"no blocks of zeros at the end":       {withoutEnd(tarOfEntries(example...)), nil, nil},
		"JSON lists beside CSVs, which yield": {tarOfEntries(with(example, entry{"activitypub/followers.json", collectionOf(`"https://b.example/bob"`)}, entry{"activitypub/followers.csv", "Account address\nx@x.example\ny@y.example\n"})...), nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			a := openAs(t, "fep-6fcd", nil, c.data)
			want := exampleCounts()
			for _, kind := range c.not {
				delete(want, kind)
			}
			got := counted(t, a)
			if name == "outbox absent" {
				want["media"] = 2
			}
			assert.Equal(t, want, got)
			odd := c.odd
			if !slices.Contains(c.not, "keys") {
				odd = append(odd, "secret-inside key/key-1234.json")
			}
			assert.ElementsMatch(t, odd, reasons(a))
		})
	}
}

// withoutEnd cuts the two blocks of zeros off, and the padding of the writer.
func withoutEnd(data []byte) []byte { return data[:len(data)-1024] }

func inUTF16(text string) string {
	var b strings.Builder
	for _, u := range utf16.Encode([]rune("\uFEFF" + text)) {
		b.WriteByte(byte(u))
		b.WriteByte(byte(u >> 8))
	}
	return b.String()
}

func TestWhatNobodyKnowsIsKept(t *testing.T) {
	entries := with(exampleEntries(), entry{"manifest.yml", listAll + "  feed.json: {url: u}\n  big:\n"}, entry{"feed.json", `{"version":1}`}, entry{"big/file.bin", "\x00\x01"})
	a := openAs(t, "fep-6fcd", nil, tarOfEntries(entries...))
	unknown := itemsOf(t, a, portability.Unknown)
	require.Len(t, unknown, 2)
	assert.Equal(t, "feed.json", unknown[0].ID)
	assert.Equal(t, `{"version":1}`, string(unknown[0].Raw))
	assert.Equal(t, "\x00\x01", string(unknown[1].Raw))
}

func TestRowsThatCannotBeUsedAreTold(t *testing.T) {
	entries := with(exampleEntries(), entry{"activitypub/following_accounts.csv", "Account address,Show boosts\nbob@b.example,true\nnobody,true\nbob@b.example,false\n"})
	a := openAs(t, "fep-6fcd", nil, tarOfEntries(entries...))
	following := itemsOf(t, a, portability.Following)
	require.Len(t, following, 2)
	assert.Equal(t, portability.DuplicateID, following[1].Problems[0].Reason)
	assert.Contains(t, a.Odd(), dialect.Problem{Reason: dialect.RowUnusable, Where: "activitypub/following_accounts.csv", Detail: "line 3: no-host"})
}

func TestHostileArchives(t *testing.T) {
	example, proof := exampleEntries(), own()
	at := func(entries []entry, name string) int {
		return slices.IndexFunc(entries, func(e entry) bool { return e.name == name })
	}
	changed := func(name, from, to string) []entry {
		entries := slices.Clone(proof)
		i := at(entries, name)
		require.Contains(t, entries[i].body, from)
		entries[i].body = strings.Replace(entries[i].body, from, to, 1)
		return entries
	}
	without := func(name string) []entry { return with(proof, entry{name, "gone"}) }
	cases := []struct {
		name  string
		data  []byte
		want  dialect.Reason
		where string
	}{
		{"two manifests", tarOfEntries(with(example, entry{"manifest.yaml", listAll})...), dialect.ManifestTwice, "manifest.yml"},
		{"actor that is no JSON", tarOfEntries(with(example, entry{"activitypub/actor.json", "{"})...), dialect.NotReadable, "activitypub/actor.json"},
		{"actor that is a list", tarOfEntries(with(example, entry{"activitypub/actor.json", "[]"})...), dialect.NotReadable, "activitypub/actor.json"},
		{"actor of 17 megabytes", tarOfEntries(with(example, entry{"activitypub/actor.json", `{"summary":"` + strings.Repeat("a", 17<<20) + `"}`})...), dialect.NotReadable, "activitypub/actor.json"},
		{"actor 100 deep", tarOfEntries(with(example, entry{"activitypub/actor.json", `{"a":` + strings.Repeat("[", 100) + strings.Repeat("]", 100) + "}"})...), dialect.NotReadable, "activitypub/actor.json"},
		{"two outboxes", tarOfEntries(with(example, entry{"activitypub/old/outbox.json", "[]"})...), dialect.TwoOutboxes, "activitypub/old/outbox.json"},
		{"empty manifest", tarOfEntries(with(example, entry{"manifest.yml", ""})...), dialect.ManifestBad, "manifest.yml"},
		{"manifest over a megabyte", tarOfEntries(with(example, entry{"manifest.yml", listAll + strings.Repeat("#", 1<<20)})...), dialect.ManifestBad, "manifest.yml"},
		{"manifest that is not text", tarOfEntries(with(example, entry{"manifest.yml", "\xff\xff\xff"})...), dialect.ManifestBad, "manifest.yml"},
		{"manifest of a billion laughs", tarOfEntries(with(example, entry{"manifest.yml", listAll + "a: &a [b]\nc: [*a, *a]\n"})...), dialect.ManifestBad, "manifest.yml"},
		{"manifest that lists what is outside", tarOfEntries(with(example, entry{"manifest.yml", listAll + "  ../secret:\n"})...), dialect.ManifestBad, "manifest.yml"},
		{"manifest of version 0.2", tarOfEntries(with(example, entry{"manifest.yml", strings.Replace(listAll, "0.1", "0.2", 1)})...), dialect.ManifestVersion, "manifest.yml"},
		{"manifest without a version", tarOfEntries(with(example, entry{"manifest.yml", "contents:\n"})...), dialect.ManifestVersion, "manifest.yml"},
		{"manifest that is a link", tarOfEntries(with(example, entry{"manifest.yml", "-> activitypub/outbox.json"})...), dialect.LinkReferenced, "manifest.yml"},
		{"listed file that is a link", tarOfEntries(with(example, entry{"manifest.yml", listAll + "  notes.txt:\n"}, entry{"notes.txt", "-> /etc/passwd"})...), dialect.LinkReferenced, "notes.txt"},
		{"file of the integrity list that is a link", tarOfEntries(with(proof, entry{"activitypub/lists.csv", "-> /etc/passwd"})...), dialect.LinkReferenced, "activitypub/lists.csv"},
		{"no end, and a listed file is not there", withoutEnd(tarOfEntries(with(example, entry{"manifest.yml", listAll + "  notes.txt:\n"})...)), dialect.Incomplete, ""},
		{"no end, and the proof is not there", withoutEnd(tarOfEntries(without("godwit/proof.json")...)), dialect.Incomplete, ""},
		{"cut off before the integrity list", withoutEnd(tarOfEntries(proof[:len(proof)-2]...)), dialect.Incomplete, ""},
		{"an entry behind the proof", tarOfEntries(append(slices.Clone(proof), entry{"activitypub/attachments/x.png", "?"})...), dialect.AfterEnd, "activitypub/attachments/x.png"},
		{"an entry behind the proof in a zip", zipOfEntries(append(slices.Clone(proof), entry{"activitypub/attachments/x.png", "?"})...), dialect.AfterEnd, "activitypub/attachments/x.png"},
		{"an entry behind the end of the tar", append(tarOfEntries(proof...), tarOfEntries(entry{"more", "?"})...), dialect.AfterEnd, "more"},
		{"a longer file than the list says", tarOfEntries(with(proof, entry{"activitypub/lists.json", collectionOf("1", "2")})...), dialect.Mismatch, "activitypub/lists.json"},
		{"a manifest that lists neither proof nor list", tarOfEntries(with(proof, entry{"manifest.yml", listAll}, entry{"activitypub/lists.json", collectionOf()})...), dialect.Mismatch, "manifest.yml"},
		{"a file of the list that is not there", tarOfEntries(without("activitypub/lists.json")...), dialect.MissingPart, "activitypub/lists.json"},
		{"the list that is not there", tarOfEntries(without("godwit/integrity.jsonl")...), dialect.MissingPart, "godwit/integrity.jsonl"},
		{"another manifest than the proof's", tarOfEntries(changed("manifest.yml", "2026-01-01", "2025-01-01")...), dialect.Mismatch, "manifest.yml"},
		{"another volume than the list's", tarOfEntries(changed("godwit/volume.json", `"s1"`, `"s2"`)...), dialect.Mismatch, "godwit/volume.json"},
		{"another actor than the list's", tarOfEntries(changed("activitypub/actor.json", "Person", "Perzon")...), dialect.Mismatch, "activitypub/actor.json"},
		{"another list than the proof's", tarOfEntries(changed("godwit/integrity.jsonl", sumOf(picture)+`"`, sumOf("other")+`"`)...), dialect.Mismatch, "godwit/integrity.jsonl"},
		{"another number of entries than the proof's", tarOfEntries(changed("godwit/proof.json", `"entries":`, `"entries":1`)...), dialect.Mismatch, "godwit/integrity.jsonl"},
		{"a list that has every line twice", tarOfEntries(with(proof, entry{"godwit/integrity.jsonl", strings.Repeat(proof[len(proof)-2].body, 2)})...), dialect.Mismatch, "godwit/integrity.jsonl"},
		{"a line of the list that is none", tarOfEntries(changed("godwit/integrity.jsonl", `{"path":`, `{"Path":`)...), dialect.NotReadable, "godwit/integrity.jsonl"},
		{"a line of the list that is endless", tarOfEntries(changed("godwit/integrity.jsonl", `{"path":"`, `{"path":"`+strings.Repeat("a", 1<<20))...), dialect.NotReadable, "godwit/integrity.jsonl"},
		{"a proof that is none", tarOfEntries(changed("godwit/proof.json", `"ArchiveProof"`, `"Note"`)...), dialect.NotReadable, "godwit/proof.json"},
		{"a proof that is no JSON", tarOfEntries(with(proof, entry{"godwit/proof.json", "proof"})...), dialect.NotReadable, "godwit/proof.json"},
		{"proof of 17 megabytes", tarOfEntries(with(ownEntries(), entry{"godwit/proof.json", strings.Repeat(" ", 17<<20)})...), dialect.EntryTooLarge, "godwit/proof.json"},
		{"volume before the first", tarOfEntries(with(ownEntries(), entry{"godwit/volume.json", `{"set":"s","n":-1}`})...), dialect.NotReadable, "godwit/volume.json"},
		{"volume without a number", tarOfEntries(with(ownEntries(), entry{"godwit/volume.json", `{"set":"s","n":"1"}`})...), dialect.NotReadable, "godwit/volume.json"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, err := openExport(t, nil, c.data)
			var refusal *dialect.Refusal
			require.True(t, errors.As(err, &refusal), "got %v", err)
			assert.Equal(t, c.want, refusal.Reason, "%v", err)
			assert.Equal(t, c.where, refusal.Where)
			assert.Equal(t, "fep-6fcd", refusal.Dialect)

			a, err := openSalvaged(t, c.data)
			require.NoError(t, err, "salvage reads on")
			assert.True(t, slices.ContainsFunc(a.Odd(), func(p dialect.Problem) bool {
				return p.Reason == c.want || c.want == dialect.EntryTooLarge && p.Reason == dialect.NotReadable
			}), "and says why: %v", a.Odd())
			counted(t, a)
		})
	}
}

func openSalvaged(t *testing.T, data []byte) (*dialect.Account, error) {
	t.Helper()
	c, err := container.OpenAt(t.Context(), strings.NewReader(string(data)), int64(len(data)), &container.Options{Salvage: true})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, c.Close()) })
	return dialect.Open(t.Context(), c, &dialect.Options{Salvage: true})
}

// The sizes are the same: only reading finds it.
func TestFlippedBitIsFoundByReading(t *testing.T) {
	proof := own()
	name := "activitypub/attachments/" + sumOf(picture) + ".png"
	medium := openAs(t, "fep-6fcd", nil, tarOfEntries(with(proof, entry{name, strings.Replace(picture, "cat", "cab", 1)})...))
	r, _, err := medium.OpenMedia(t.Context(), portability.Medium{URL: "https://files.old.example/2.png"})
	require.NoError(t, err)
	_, err = io.ReadAll(r)
	assert.ErrorIs(t, err, portability.ErrBadMedium)
	require.NoError(t, r.Close())

	for entryName, kind := range map[string]portability.Kind{
		"activitypub/outbox.json": portability.Content, "activitypub/likes.json": portability.Liked, "received/received.json": portability.Received,
	} {
		i := slices.IndexFunc(proof, func(e entry) bool { return e.name == entryName })
		flipped := strings.Replace(proof[i].body, "example", "ezample", 1)
		data := tarOfEntries(with(proof, entry{entryName, flipped})...)
		a := openAs(t, "fep-6fcd", nil, data)
		var refusal *dialect.Refusal
		for _, err = range a.Items(t.Context(), kind, "") {
		}
		require.ErrorAs(t, err, &refusal, entryName)
		assert.Equal(t, dialect.Mismatch, refusal.Reason)
		assert.Equal(t, entryName, refusal.Where)

		salvaged, err := openSalvaged(t, data)
		require.NoError(t, err)
		assert.NotEmpty(t, itemsOf(t, salvaged, kind), "salvage reads on")
		assert.Contains(t, salvaged.Odd(), dialect.Problem{Reason: dialect.Mismatch, Where: entryName})
	}
}

func TestWhatIsOddAndRead(t *testing.T) {
	entries := ownEntries()
	between := slices.Insert(own(), 5, entry{"activitypub/attachments/x.png", "?"})
	for name, c := range map[string]struct {
		entries []entry
		want    []string
	}{
		"an entry that the integrity list has not": {between, []string{"unlisted activitypub/attachments/x.png"}},
		"a list without a proof":                   {with(own(), entry{"godwit/proof.json", "gone"}), []string{"listed-absent godwit/proof.json"}},
		"neither list nor proof":                   {entries, []string{"listed-absent godwit/integrity.jsonl", "listed-absent godwit/proof.json"}},
		"a line of media that is no document":      {with(entries, entry{"godwit/media.jsonl", "}\n"}), []string{"listed-absent godwit/integrity.jsonl", "listed-absent godwit/proof.json", "text-fault godwit/media.jsonl"}},
		"a file of media that is a document":       {with(entries, entry{"godwit/media.jsonl", `{"digest":"` + sumOf(picture) + `","path":"activitypub/actor.json","urls":["https://files.old.example/2.png"]}`}), []string{"listed-absent godwit/integrity.jsonl", "listed-absent godwit/proof.json"}},
	} {
		t.Run(name, func(t *testing.T) {
			a := openAs(t, "fep-6fcd", nil, tarOfEntries(c.entries...))
			counted(t, a)
			assert.ElementsMatch(t, c.want, reasons(a))
		})
	}
}

// The keys of a million files would be held together, if they were held.
func TestManyKeysAreNotHeld(t *testing.T) {
	entries := exampleEntries()
	before := heap()
	for i := range 16 {
		entries = append(entries, entry{fmt.Sprintf("key/%d.json", i),
			fmt.Sprintf(`{"id":"https://old.example/k%d","publicKeyMultibase":"%s","secretKeyMultibase":"z3u2"}`, i, strings.Repeat("z", 2<<20))})
	}
	c := containerIn(t, tarOfEntries(entries...))
	entries = nil
	a, err := dialect.Open(t.Context(), c, nil)
	require.NoError(t, err)
	assert.Less(t, heap(), before+8<<20, "of 32 MiB of keys")
	keys := 0
	for item, err := range a.Items(t.Context(), portability.Keys, "") {
		require.NoError(t, err)
		assert.NotContains(t, item.Object.String(), "z3u2")
		keys++
	}
	assert.Equal(t, 17, keys)
	assert.Len(t, oddOf(a, dialect.SecretInside), 17, "each is said once")
}

// containerIn opens an archive that stands in a file.
func containerIn(t *testing.T, data []byte) *container.Container {
	t.Helper()
	path := filepath.Join(t.TempDir(), "archive")
	require.NoError(t, os.WriteFile(path, data, 0o600))
	c, err := container.Open(t.Context(), path, nil)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, c.Close()) })
	return c
}
