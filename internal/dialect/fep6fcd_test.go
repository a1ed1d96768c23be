package dialect_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/internal/dialect"
	"codeberg.org/godwit/godwit/internal/manifest"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/portability/portabilitytest"
)

func tarOfEntries(entries ...entry) []byte {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, e := range entries {
		h := &tar.Header{Name: e.name, Mode: 0o644, Size: int64(len(e.body))}
		if target, ok := strings.CutPrefix(e.body, "-> "); ok {
			h.Typeflag, h.Linkname, h.Size = tar.TypeSymlink, target, 0
			e.body = ""
		}
		if err := w.WriteHeader(h); err != nil {
			panic(err)
		}
		if _, err := w.Write([]byte(e.body)); err != nil {
			panic(err)
		}
	}
	if err := w.Close(); err != nil {
		panic(err)
	}
	return b.Bytes()
}

func gzipped(data []byte) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	w.Write(data)
	if err := w.Close(); err != nil {
		panic(err)
	}
	return b.Bytes()
}

func sumOf(data string) string { return fmt.Sprintf("%x", sha256.Sum256([]byte(data))) }

func collectionOf(elements ...string) string {
	return `{"@context":"https://www.w3.org/ns/activitystreams","type":"OrderedCollection","orderedItems":[` +
		"\n" + strings.Join(elements, ",\n") + "\n" + fmt.Sprintf(`],"totalItems":%d}`, len(elements)) + "\n"
}

const (
	alice   = "https://old.example/users/alice"
	picture = "\x89PNG a cat"
	toAll   = `"to":["https://www.w3.org/ns/activitystreams#Public"]`
)

// ownEntries are an account laid out as backup/DESIGN.md says, without what is
// computed of it.
func ownEntries() []entry {
	note := func(n int, rest string) string {
		return fmt.Sprintf(`{"id":"%s/statuses/%d","type":"Note","attributedTo":"%s","published":"2020-01-0%dT00:00:00Z",%s,"content":"n%d"%s}`, alice, n, alice, n, toAll, n, rest)
	}
	entries := []entry{
		{"manifest.yml", string(manifest.Layout(&manifest.Meta{Created: "2026-01-01T00:00:00Z", Controller: alice, Spec: manifest.SpecOfLayout()}))},
		{"activitypub/actor.json", `{"id":"` + alice + `","type":"Person","followers":"` + alice + `/followers"}`},
		{"activitypub/outbox.json", collectionOf(
			`{"type":"Create","object":`+note(1, "")+`}`,
			`{"id":"`+alice+`/statuses/2/activity","type":"Create","actor":"`+alice+`","published":"2020-01-02T00:00:00Z",`+toAll+`,"object":`+
				note(2, `,"attachment":[{"type":"Document","mediaType":"image/png","url":"https://files.old.example/2.png"},{"type":"Document","url":"https://files.old.example/gone.png"}]`)+`}`,
			`{"id":"`+alice+`/shares/3","type":"Announce","actor":"`+alice+`","published":"2020-01-03T00:00:00Z",`+toAll+`,"object":"https://b.example/9"}`)},
		{"activitypub/history.json", collectionOf(note(1, `,"updated":"2020-01-05T00:00:00Z"`), note(1, ""))},
		{"activitypub/likes.json", collectionOf(`"https://b.example/1"`)},
		{"activitypub/shares.json", collectionOf(`"https://b.example/9"`)},
		{"activitypub/bookmarks.json", collectionOf(`"https://b.example/2"`, `{"id":"https://b.example/3","published":"2021-01-01T00:00:00Z"}`)},
		{"activitypub/featured.json", collectionOf(`"` + alice + `/statuses/1"`)},
		{"activitypub/following.json", collectionOf(`{"id":"https://b.example/bob","notify":true}`, `"acct:carol@c.example"`)},
		{"activitypub/followers.json", collectionOf(`"https://b.example/bob"`)},
		{"activitypub/pending.json", collectionOf(`{"id":"https://b.example/dan","direction":"in"}`)},
		{"activitypub/blocked.json", collectionOf(`"https://d.example/troll"`)},
		{"activitypub/muted.json", collectionOf(`{"id":"https://d.example/loud","hideNotifications":true}`)},
		{"activitypub/blocked_domains.json", collectionOf(`{"domain":"Bad.Example"}`)},
		{"activitypub/lists.json", collectionOf(`{"title":"friends","members":["https://b.example/bob"]}`)},
		{"activitypub/filters.json", collectionOf(`{"title":"spoilers","action":"warn"}`)},
		{"activitypub/featured_tags.json", collectionOf(`{"name":"#Birds"}`)},
		{"activitypub/preferences.json", collectionOf(`{"language":"cs"}`)},
		{"activitypub/keys.json", collectionOf(`{"id":"` + alice + `#k","type":"Multikey","publicKeyMultibase":"z6Mk"}`)},
	}
	for _, name := range []string{"following_accounts", "followers", "blocked_accounts", "muted_accounts", "lists", "bookmarks", "blocked_domains"} {
		entries = append(entries, entry{"activitypub/" + name + ".csv", "x@y.example\n"})
	}
	return append(entries,
		entry{"activitypub/objects/unknown.jsonl", `{"kind":"unknown","id":"odd/1","text":"line\nbreak \u0000"}` + "\n" +
			`{"kind":"unknown","id":"odd/2","base64":"/wD+"}` + "\n" +
			`{"kind":"content","id":"outbox.json@17","text":"{\"id\":"}` + "\n"},
		entry{"received/received.json", collectionOf(`{"id":"https://b.example/like/1","type":"Like","actor":"https://b.example/bob","object":"`+alice+`/statuses/1"}`, `{"id":"https://b.example/re","type":"Note"}`)},
		entry{"activitypub/attachments/" + sumOf(picture) + ".png", picture},
		entry{"godwit/media.jsonl", `{"digest":"` + sumOf(picture) + `","size":10,"mediaType":"image/png","path":"activitypub/attachments/` + sumOf(picture) + `.png","urls":["https://files.old.example/2.png","/media_attachments/files/2.png"],"name":"a cat"}` + "\n"},
		entry{"godwit/urimap.jsonl", ""},
		entry{"godwit/volume.json", `{"set":"s1","n":0,"last":true,"prev":"","base":"` + sumOf("base") + `"}` + "\n"},
		entry{"godwit/removed.jsonl", `{"kind":"content","id":"` + alice + `/statuses/0"}` + "\n"},
		entry{"godwit/report.json", "{}\n"},
	)
}

// with replaces entries, adds those that are not there, and leaves out those whose
// body is "gone".
func with(entries []entry, changes ...entry) []entry {
	entries = slices.Clone(entries)
	for _, c := range changes {
		i := slices.IndexFunc(entries, func(e entry) bool { return e.name == c.name })
		switch {
		case i < 0:
			entries = append(entries, c)
		case c.body == "gone":
			entries = slices.Delete(entries, i, i+1)
		default:
			entries[i] = c
		}
	}
	return entries
}

// proved adds the integrity list and the proof.
func proved(entries []entry) []entry {
	var list strings.Builder
	for _, e := range entries {
		fmt.Fprintf(&list, `{"path":%q,"size":%d,"sha256":"%s"}`+"\n", e.name, len(e.body), sumOf(e.body))
	}
	proof := fmt.Sprintf(`{"type":"ArchiveProof","actor":"%s","created":"2026-01-01T00:00:00Z","manifestDigest":"%s","integrityDigest":"%s","entries":%d}`+"\n",
		alice, sumOf(entries[0].body), sumOf(list.String()), len(entries))
	return append(slices.Clone(entries), entry{"godwit/integrity.jsonl", list.String()}, entry{"godwit/proof.json", proof})
}

func own() []entry { return proved(ownEntries()) }

func reasons(a *dialect.Account) []string {
	var all []string
	for _, p := range a.Odd() {
		all = append(all, strings.TrimSuffix(string(p.Reason)+" "+p.Where, " "))
	}
	return all
}

func ownWant() portabilitytest.Want {
	return portabilitytest.Want{
		Items: map[portability.Kind]int{
			portability.Actor: 1, portability.Keys: 1, portability.Content: 3, portability.Outbox: 1, portability.History: 2,
			portability.Media: 1, portability.Liked: 1, portability.Shared: 1, portability.Featured: 1, portability.Received: 2,
			portability.Followers: 1, portability.Following: 2, portability.Pending: 1, portability.Blocked: 1, portability.Muted: 1,
			portability.BlockedDomains: 1, portability.Bookmarks: 2, portability.Lists: 1, portability.Filters: 1,
			portability.FeaturedTags: 1, portability.Preferences: 1, portability.Unknown: 2,
		},
		Files: 1, Missing: 1,
	}
}

func TestOwnLayout(t *testing.T) {
	for name, data := range map[string][]byte{
		"tar": tarOfEntries(own()...), "tar.gz": gzipped(tarOfEntries(own()...)), "zip": zipOfEntries(own()...),
	} {
		t.Run(name, func(t *testing.T) {
			portabilitytest.TestSource(t, func(t *testing.T) portability.Source { return openAs(t, "fep-6fcd", nil, data) }, ownWant())
		})
	}
}

func TestOwnLayoutIsReadAsItStands(t *testing.T) {
	a := openAs(t, "fep-6fcd", nil, tarOfEntries(own()...))
	items := map[portability.Kind][]portability.Item{}
	for _, k := range portability.Kinds() {
		items[k] = itemsOf(t, a, k)
	}
	assert.Empty(t, reasons(a), "nothing is odd about what godwit writes")
	for _, k := range portability.Kinds() {
		for _, item := range items[k] {
			if item.ID != "outbox.json@17" && item.ID != alice+"/statuses/2" {
				assert.Empty(t, item.Problems, "%s", item.Ref)
			}
		}
	}

	content := items[portability.Content]
	assert.Equal(t, alice+"/statuses/1", content[0].ID)
	assert.Nil(t, content[0].Activity, "the wrapper was never sent")
	assert.Equal(t, alice+"/statuses/2/activity", string(content[1].Activity.ID()))
	assert.Equal(t, []portability.Medium{
		{URL: "https://files.old.example/2.png", Path: "activitypub/attachments/" + sumOf(picture) + ".png", Digest: sumOf(picture), Type: "image/png", Size: int64(len(picture))},
		{URL: "https://files.old.example/gone.png", Size: -1},
	}, content[1].Media)
	assert.Equal(t, portability.MissingMedia, content[1].Problems[0].Reason)
	assert.Equal(t, `{"id":`, string(content[2].Raw), "what could not be read stays what it was")
	assert.Equal(t, portability.Unreadable, content[2].Problems[0].Reason)

	assert.Equal(t, "line\nbreak \x00", string(items[portability.Unknown][0].Raw))
	assert.Equal(t, "\xff\x00\xfe", string(items[portability.Unknown][1].Raw))
	assert.Equal(t, alice+"/statuses/1#2020-01-05T00:00:00Z", items[portability.History][0].ID)
	assert.Equal(t, alice+"/statuses/1#2020-01-01T00:00:00Z", items[portability.History][1].ID)
	assert.Equal(t, "bad.example", items[portability.BlockedDomains][0].ID)
	assert.Equal(t, "birds", items[portability.FeaturedTags][0].ID)
	assert.Equal(t, "preferences", items[portability.Preferences][0].ID)
	assert.Equal(t, "friends", items[portability.Lists][0].ID)
	assert.Equal(t, `{"id":"acct:carol@c.example"}`, string(items[portability.Following][1].Object.Bytes()), "a name alone is read back as the document")
	assert.True(t, items[portability.Following][0].Object.Bool("notify"))
	assert.Equal(t, "Like", items[portability.Received][0].Object.Type(), "others' words stay as they are")

	medium := items[portability.Media][0]
	assert.Equal(t, "sha256:"+sumOf(picture), medium.ID)
	assert.False(t, medium.Object.Has("path"), "where it stands is the archive's own matter")
	assert.Equal(t, "a cat", medium.Object.Text("name"))
	assert.Equal(t, int64(len(picture)), medium.Media[0].Size)
}

func TestFilesAreFoundByAddressAndDigest(t *testing.T) {
	a := openAs(t, "fep-6fcd", nil, tarOfEntries(own()...))
	for name, m := range map[string]portability.Medium{
		"address":                   {URL: "https://files.old.example/2.png"},
		"path of a takeout":         {URL: "/media_attachments/files/2.png"},
		"digest alone":              {Digest: sumOf(picture)},
		"digest in capital letters": {Digest: strings.ToUpper(sumOf(picture))},
	} {
		r, known, err := a.OpenMedia(t.Context(), m)
		require.NoError(t, err, name)
		data, err := io.ReadAll(r)
		require.NoError(t, err, name)
		require.NoError(t, r.Close())
		assert.Equal(t, picture, string(data), name)
		assert.Equal(t, m.URL, known.URL, name)
		assert.Equal(t, sumOf(picture), known.Digest, name)
	}
	for name, m := range map[string]portability.Medium{
		"nothing": {}, "another address": {URL: "https://files.old.example/3.png"}, "a file of the system": {Path: "/etc/passwd"},
	} {
		_, _, err := a.OpenMedia(t.Context(), m)
		assert.ErrorIs(t, err, portability.ErrNoMedium, name)
	}
}

func TestArchiveInfo(t *testing.T) {
	entries := own()
	a := openAs(t, "fep-6fcd", nil, tarOfEntries(entries...))
	info := a.Archive
	require.NotNil(t, info)
	assert.Equal(t, "manifest.yml", info.ManifestName)
	assert.Equal(t, alice, info.Manifest.Controller)
	assert.Equal(t, &dialect.Volume{Set: "s1", N: 0, Last: true, Base: sumOf("base")}, info.Volume)
	assert.Equal(t, sumOf(entries[len(entries)-2].body), info.IntegrityDigest)
	assert.Equal(t, int64(len(entries)-2), info.IntegrityCount)
	require.NotNil(t, info.Proof)
	assert.Equal(t, alice, string(info.Proof.Actor))
	assert.False(t, info.Proof.Signed)
	var removed []portability.Ref
	for ref, err := range info.Removed(t.Context()) {
		require.NoError(t, err)
		removed = append(removed, ref)
	}
	assert.Equal(t, []portability.Ref{{Kind: portability.Content, ID: alice + "/statuses/0"}}, removed)
}

func TestWhatIsSealedStaysSealed(t *testing.T) {
	entries := proved(with(ownEntries(), entry{"received/inbox.json.age", "age-encryption.org/v1\n"}, entry{"key/1.json.age", "age-encryption.org/v1\n"}, entry{"godwit/origin/manifest.yml", "ubc-version: 0.1\n"}))
	a := openAs(t, "fep-6fcd", nil, tarOfEntries(entries...))
	assert.Equal(t, []string{"received/inbox.json.age", "key/1.json.age"}, a.Archive.Sealed)
	assert.Equal(t, []string{"godwit/origin/manifest.yml"}, a.Archive.Origin)
	assert.Equal(t, []string{"foreign-record received/inbox.json.age", "foreign-record key/1.json.age"}, reasons(a))
	assert.Len(t, itemsOf(t, a, portability.Keys), 1)
	assert.Len(t, itemsOf(t, a, portability.Unknown), 2)
}

func TestEmptyAccountInOwnLayout(t *testing.T) {
	entries := ownEntries()
	for i, e := range entries {
		switch {
		case e.name == "activitypub/actor.json":
			entries[i].body = "{}\n"
		case strings.HasPrefix(e.name, "activitypub/") && strings.HasSuffix(e.name, ".json"), strings.HasPrefix(e.name, "received/"):
			entries[i].body = collectionOf()
		case strings.HasSuffix(e.name, ".jsonl"):
			entries[i].body = ""
		}
	}
	a := openAs(t, "fep-6fcd", nil, tarOfEntries(proved(entries)...))
	kinds, err := a.Kinds(t.Context())
	require.NoError(t, err)
	assert.Empty(t, kinds)
	_, err = a.Actor(t.Context())
	assert.ErrorIs(t, err, portability.ErrNoActor)
	assert.Empty(t, reasons(a))
}

// Nobody knows how many files a person has.
func TestManyFilesTakeLittleMemory(t *testing.T) {
	const files = 20_000
	entries, lines := ownEntries(), strings.Builder{}
	for i := range files {
		body := fmt.Sprint("file ", i)
		name := "activitypub/attachments/" + sumOf(body) + ".png"
		entries = append(entries, entry{name, body})
		fmt.Fprintf(&lines, `{"digest":"%s","size":%d,"path":"%s","urls":["https://files.old.example/cache/media_attachments/files/%d.png"]}`+"\n", sumOf(body), len(body), name, i)
	}
	a := openAs(t, "fep-6fcd", nil, tarOfEntries(with(entries, entry{"godwit/media.jsonl", lines.String()})...))
	heap := func() int64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	before := heap()
	r, known, err := a.OpenMedia(t.Context(), portability.Medium{URL: "https://files.old.example/cache/media_attachments/files/19999.png"})
	require.NoError(t, err)
	require.NoError(t, r.Close())
	assert.Equal(t, int64(len("file 19999")), known.Size)
	assert.Less(t, heap()-before, int64(files*50), "200,000 files take ten megabytes")
	runtime.KeepAlive(a)
}

func TestNoActor(t *testing.T) {
	a := openAs(t, "fep-6fcd", nil, tarOfEntries(with(exampleEntries(), entry{"activitypub/actor.json", "gone"})...))
	_, err := a.Actor(t.Context())
	require.ErrorIs(t, err, portability.ErrNoActor)
	assert.Equal(t, alice, string(a.Owner.Actor), "as the outbox says")
}

func TestIndexOfFilesThatIsDamaged(t *testing.T) {
	entries := own()
	i := slices.IndexFunc(entries, func(e entry) bool { return e.name == "godwit/media.jsonl" })
	entries[i].body = strings.Replace(entries[i].body, "a cat", "a cab", 1)
	a := openAs(t, "fep-6fcd", nil, tarOfEntries(entries...))
	for range 2 {
		_, _, err := a.OpenMedia(t.Context(), portability.Medium{URL: "https://files.old.example/2.png"})
		var refusal *dialect.Refusal
		require.ErrorAs(t, err, &refusal)
		assert.Equal(t, dialect.Mismatch, refusal.Reason)
	}
	posts := itemsOf(t, a, portability.Content)
	assert.Len(t, posts[1].Media, 2, "the posts are read, and nothing is said to be missing")
	assert.Empty(t, posts[1].Problems)
}

func TestListsThatAreTooMuch(t *testing.T) {
	var rows strings.Builder
	for i := range 600_000 {
		fmt.Fprintf(&rows, "friends,user%d@b.example\n", i)
	}
	a := openAs(t, "fep-6fcd", nil, gzipped(tarOfEntries(with(exampleEntries(), entry{"activitypub/lists.csv", rows.String()})...)))
	lists := itemsOf(t, a, portability.Lists)
	require.Len(t, lists, 1)
	assert.Greater(t, len(lists[0].Object.Bytes()), 5<<20, "what was gathered is given")
	assert.Contains(t, reasons(a), "partly-read activitypub/lists.csv")
}
