package backup_test

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"filippo.io/age"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/backup"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

// smallNames are the entries of smallAccount, in their order.
var smallNames = []string{
	"manifest.yml",
	"activitypub/actor.json",
	"activitypub/outbox.json",
	"activitypub/history.json",
	"activitypub/likes.json",
	"activitypub/shares.json",
	"activitypub/bookmarks.json",
	"activitypub/featured.json",
	"activitypub/following.json",
	"activitypub/followers.json",
	"activitypub/pending.json",
	"activitypub/blocked.json",
	"activitypub/muted.json",
	"activitypub/blocked_domains.json",
	"activitypub/lists.json",
	"activitypub/filters.json",
	"activitypub/featured_tags.json",
	"activitypub/preferences.json",
	"activitypub/keys.json",
	"activitypub/following_accounts.csv",
	"activitypub/followers.csv",
	"activitypub/blocked_accounts.csv",
	"activitypub/muted_accounts.csv",
	"activitypub/lists.csv",
	"activitypub/bookmarks.csv",
	"activitypub/blocked_domains.csv",
	"activitypub/objects/unknown.jsonl",
	"received/received.json",
	"activitypub/attachments/eb261c1229c342b28ea45ec6209372c6ae0e6c27a3f2190da1109d40f7c2f149.ogg",
	"activitypub/attachments/fd06e03760e063af77ce55d1813d31351c305a544d8ec1a6d242e3e487a31775.png",
	"godwit/media.jsonl",
	"godwit/urimap.jsonl",
	"godwit/volume.json",
	"godwit/removed.jsonl",
	"godwit/report.json",
	"godwit/integrity.jsonl",
	"godwit/proof.json",
}

// smallElements are what stands between the brackets of each collection, to the byte.
var smallElements = map[string]string{
	"activitypub/outbox.json": `{"id":"https://old.example/users/alice/notes/1/activity","type":"Create","actor":"https://old.example/users/alice","published":"2020-01-01T00:00:01Z","object":{"id":"https://old.example/users/alice/notes/1","type":"Note","published":"2020-01-01T00:00:01Z","to":["https://www.w3.org/ns/activitystreams#Public"],"attachment":[{"type":"Document","url":"https://old.example/media/cat.png","name":"a cat"}]}},
{"id":"https://old.example/users/alice/announces/2","type":"Announce","actor":"https://old.example/users/alice","published":"2020-01-01T00:00:02Z","to":["as:Public"],"object":"https://else.example/1"},
{"type":"Create","object":{"id":"https://old.example/users/alice/notes/3","type":"Note","attributedTo":"https://old.example/users/alice","published":"2020-01-01T00:00:03Z","to":["https://old.example/users/alice/followers"],"content":"followers"}}
],"totalItems":3}`,
	"activitypub/history.json":         `{"id":"https://old.example/users/alice/notes/1","type":"Note","published":"2020-01-01T00:00:01Z","content":"before"}` + "\n" + `],"totalItems":1}`,
	"activitypub/likes.json":           `"https://else.example/1"` + "\n" + `],"totalItems":1}`,
	"activitypub/shares.json":          `"https://else.example/1"` + "\n" + `],"totalItems":1}`,
	"activitypub/bookmarks.json":       `"https://else.example/2"` + "\n" + `],"totalItems":1}`,
	"activitypub/featured.json":        `"https://old.example/users/alice/notes/1"` + "\n" + `],"totalItems":1}`,
	"activitypub/following.json":       `{"id":"https://else.example/users/bob","notify":true,"reblogs":false,"languages":["de","en"]}` + "\n" + `],"totalItems":1}`,
	"activitypub/followers.json":       `"https://else.example/users/bob"` + "\n" + `],"totalItems":1}`,
	"activitypub/pending.json":         `{"id":"https://else.example/users/carol","direction":"in"}` + "\n" + `],"totalItems":1}`,
	"activitypub/blocked.json":         `"https://bad.example/users/mallory"` + "\n" + `],"totalItems":1}`,
	"activitypub/muted.json":           `{"id":"https://loud.example/users/ted","hideNotifications":true}` + "\n" + `],"totalItems":1}`,
	"activitypub/blocked_domains.json": `{"domain":"bad.example"}` + "\n" + `],"totalItems":1}`,
	"activitypub/lists.json":           `{"title":"Friends","members":["https://else.example/users/bob"]}` + "\n" + `],"totalItems":1}`,
	"activitypub/filters.json":         `{"title":"Spoilers"}` + "\n" + `],"totalItems":1}`,
	"activitypub/featured_tags.json":   `{"name":"Cats"}` + "\n" + `],"totalItems":1}`,
	"activitypub/preferences.json":     `{"language":"en"}` + "\n" + `],"totalItems":1}`,
	"activitypub/keys.json":            `{"id":"https://old.example/users/alice#ed25519-key","type":"Multikey"}` + "\n" + `],"totalItems":1}`,
	"received/received.json":           `{"id":"https://else.example/3","type":"Note"}` + "\n" + `],"totalItems":1}`,
}

// smallFiles are entries as they stand, to the byte.
var smallFiles = map[string]string{
	"activitypub/following_accounts.csv": "Account address,Show boosts,Notify on new posts,Languages\nbob@else.example,false,true,\"de, en\"\n",
	"activitypub/followers.csv":          "Account address\nbob@else.example\n",
	"activitypub/blocked_accounts.csv":   "mallory@bad.example\n",
	"activitypub/muted_accounts.csv":     "Account address,Hide notifications\nted@loud.example,true\n",
	"activitypub/lists.csv":              "Friends,bob@else.example\n",
	"activitypub/bookmarks.csv":          "https://else.example/2\n",
	"activitypub/blocked_domains.csv":    "bad.example\n",
	"activitypub/objects/unknown.jsonl": `{"kind":"unknown","id":"extra/text","text":"not\nread \"here\" <ü>"}` + "\n" +
		`{"kind":"unknown","id":"extra/bytes","base64":"/wAB"}` + "\n",
	"godwit/media.jsonl": `{"digest":"eb261c1229c342b28ea45ec6209372c6ae0e6c27a3f2190da1109d40f7c2f149","size":13,"mediaType":"audio/ogg",` +
		`"path":"activitypub/attachments/eb261c1229c342b28ea45ec6209372c6ae0e6c27a3f2190da1109d40f7c2f149.ogg",` +
		`"urls":["https://old.example/media/song.ogg"],"name":"a song","claimedTypes":["audio/mpeg"]}` + "\n" +
		`{"digest":"fd06e03760e063af77ce55d1813d31351c305a544d8ec1a6d242e3e487a31775","size":21,"mediaType":"image/png",` +
		`"path":"activitypub/attachments/fd06e03760e063af77ce55d1813d31351c305a544d8ec1a6d242e3e487a31775.png",` +
		`"urls":["https://old.example/media/cat.png"],"usedBy":["https://old.example/users/alice/notes/1"]}` + "\n",
	"godwit/urimap.jsonl":  "",
	"godwit/removed.jsonl": "",
	"godwit/volume.json":   `{"set":"74575dad606d792316d50a372bee7b87","n":0,"last":true}` + "\n",
	"godwit/report.json": `{"volume":{"outbox":3,"history":1,"unknown":2,"received":1,"files":2,"bytes":34},"account":{` +
		`"items":{"actor":1,"blocked":1,"blocked-domains":1,"bookmarks":1,"content":2,"featured":1,"featured-tags":1,"filters":1,` +
		`"followers":1,"following":1,"history":1,"keys":1,"liked":1,"lists":1,"media":2,"muted":1,"outbox":1,"pending":1,` +
		`"preferences":1,"received":1,"shared":1,"unknown":2},"audience":{"content":{"followers":1,"public":1},"outbox":{"public":1}},` +
		`"problems":{},"changed":{},"skipped":{"inbox":{"no-place":1}},"failed":{},"conflicting":{},"files":2,"bytes":34,"missing":0,` +
		`"csv":{"blocked_accounts.csv":{"rows":1,"left":0},"blocked_domains.csv":{"rows":1,"left":0},"bookmarks.csv":{"rows":1,"left":0},` +
		`"followers.csv":{"rows":1,"left":0},"following_accounts.csv":{"rows":1,"left":0},"lists.csv":{"rows":1,"left":0},` +
		`"muted_accounts.csv":{"rows":1,"left":0}},"notes":[{"kind":"inbox","id":"https://else.example/4","state":"skipped","reason":"no-place"}]}}` + "\n",
}

func TestArchiveHasEverythingInItsPlace(t *testing.T) {
	u := unpack(t, copied(t, smallAccount(t), &backup.WriteOptions{Created: aDay, Key: aliceKey()}))
	assert.Equal(t, smallNames, u.names)
	assert.Equal(t, string(alice(t).Object.Bytes()), u.body["activitypub/actor.json"], "the actor, verbatim")
	for name, want := range smallElements {
		_, elements, found := strings.Cut(u.body[name], "[\n")
		require.True(t, found, name)
		assert.Equal(t, want+"\n", elements, name)
	}
	for name, want := range smallFiles {
		assert.Equal(t, want, u.body[name], name)
	}
	assert.Contains(t, u.body["manifest.yml"], `created: "2026-05-04T03:02:01Z"`)
	assert.Contains(t, u.body["manifest.yml"], `controller: "https://old.example/users/alice"`)
}

func TestEntriesAreWhatTheirNamesSay(t *testing.T) {
	u := unpack(t, copied(t, smallAccount(t), &backup.WriteOptions{Created: aDay}))
	json1, lines := 0, 0
	for _, name := range u.names {
		switch filepath.Ext(name) {
		case ".json":
			json1++
			assert.True(t, json.Valid([]byte(u.body[name])), "%s is JSON", name)
		case ".jsonl":
			for line := range strings.Lines(u.body[name]) {
				lines++
				assert.True(t, json.Valid([]byte(line)) && strings.HasSuffix(line, "\n"), "%s has JSON on each line", name)
			}
		}
	}
	assert.Equal(t, 22, json1)
	assert.Greater(t, lines, 30)
}

func TestArchiveOfNothing(t *testing.T) {
	u := unpack(t, copied(t, portability.NewMemory(nil), &backup.WriteOptions{Created: aDay}))
	assert.Equal(t, "{}", u.body["activitypub/actor.json"])
	for _, name := range smallNames {
		if !strings.Contains(name, "attachments/") {
			assert.Contains(t, u.names, name, "it is there though there is nothing in it")
		}
	}
	var outbox struct{ OrderedItems []any }
	require.NoError(t, json.Unmarshal([]byte(u.body["activitypub/outbox.json"]), &outbox))
	assert.Empty(t, outbox.OrderedItems)
	assertWhole(t, u)
}

// assertWhole holds an archive against its integrity list and its proof.
func assertWhole(t testing.TB, u unpacked) {
	t.Helper()
	lines := strings.Split(strings.TrimSuffix(u.body["godwit/integrity.jsonl"], "\n"), "\n")
	require.Len(t, u.names, len(lines)+2, "all but the list and the proof are listed")
	for i, line := range lines {
		var said struct {
			Path, Sha256 string
			Size         int
		}
		require.NoError(t, json.Unmarshal([]byte(line), &said))
		assert.Equal(t, u.names[i], said.Path)
		assert.Len(t, u.body[said.Path], said.Size, said.Path)
		assert.Equal(t, sha(u.body[said.Path]), said.Sha256, said.Path)
	}
	var proof struct {
		ManifestDigest, IntegrityDigest string
		Entries                         int
	}
	require.NoError(t, json.Unmarshal([]byte(u.body["godwit/proof.json"]), &proof))
	assert.Equal(t, sha(u.body["manifest.yml"]), proof.ManifestDigest)
	assert.Equal(t, sha(u.body["godwit/integrity.jsonl"]), proof.IntegrityDigest)
	assert.Equal(t, len(lines), proof.Entries)
	assert.Equal(t, "godwit/proof.json", u.names[len(u.names)-1])
}

func sha(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

func TestIntegrityAndProof(t *testing.T) {
	for name, compression := range map[string]backup.Compression{"plain": backup.None, "gzip": backup.Gzip} {
		t.Run(name, func(t *testing.T) {
			u := unpack(t, copied(t, smallAccount(t), &backup.WriteOptions{Created: aDay, Key: aliceKey(), Compression: compression}))
			assertWhole(t, u)
			proof, err := vocab.Parse([]byte(u.body["godwit/proof.json"]))
			require.NoError(t, err)
			assert.NoError(t, actor.VerifyProof(proof, aliceKey().Public(), nil))
			assert.EqualValues(t, aliceID, proof.IRI(vocab.Actor))
			forged, err := proof.With("entries", 1)
			require.NoError(t, err)
			assert.Error(t, actor.VerifyProof(forged, aliceKey().Public(), nil), "the proof holds for nothing else")
		})
	}
	t.Run("without a key there is no signature", func(t *testing.T) {
		u := unpack(t, copied(t, smallAccount(t), &backup.WriteOptions{Created: aDay}))
		assertWhole(t, u)
		assert.NotContains(t, u.body["godwit/proof.json"], `"proof":`)
	})
}

func TestKeyThatTheAccountDoesNotPublish(t *testing.T) {
	stranger, err := actor.GenerateEd25519(aliceID)
	require.NoError(t, err)
	elsewhere := *aliceKey()
	elsewhere.Owner = "https://old.example/users/bob"
	for name, key := range map[string]*actor.PrivateKey{"of another": &stranger, "of another owner": &elsewhere} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "alice.tar")
			w, err := backup.Create(path, &backup.WriteOptions{Created: aDay, Key: key})
			require.NoError(t, err)
			_, err = portability.Copy(t.Context(), smallAccount(t), w, nil)
			require.ErrorIs(t, err, backup.ErrKeyNotPublished)
			require.NoError(t, w.Close())
			assert.NoFileExists(t, path)

			again, err := backup.Create(path, &backup.WriteOptions{Created: aDay, Key: aliceKey()})
			require.NoError(t, err, "what was copied is not lost for a wrong key")
			require.NoError(t, again.Finish(t.Context()))
			require.NoError(t, again.Close())
			assert.Equal(t, copied(t, smallAccount(t), &backup.WriteOptions{Created: aDay, Key: aliceKey()}), readFile(t, path))
		})
	}
	t.Run("there is no actor", func(t *testing.T) {
		w, err := backup.NewWriter(os.Stdout, &backup.WriteOptions{Created: aDay, Key: aliceKey()})
		require.NoError(t, err)
		assert.ErrorIs(t, w.Finish(t.Context()), backup.ErrKeyNotPublished)
		require.NoError(t, w.Close())
	})
}

func TestOptionsThatCannotBe(t *testing.T) {
	x, err := age.GenerateX25519Identity()
	require.NoError(t, err)
	word, err := age.NewScryptRecipient("a word")
	require.NoError(t, err)
	for name, o := range map[string]*backup.WriteOptions{
		"no options":                     nil,
		"no time":                        {},
		"compression of no kind":         {Created: aDay, Compression: "rar"},
		"volumes too small":              {Created: aDay, VolumeBytes: 1000},
		"origin outside of its folder":   {Created: aDay, Origin: []backup.OriginFile{{Name: "../x"}}},
		"secrets for nobody":             {Created: aDay, Secrets: &backup.Secrets{Keys: []*vocab.Object{doc(t, `{}`)}}},
		"a passphrase and a key at once": {Created: aDay, InboxRecipients: []age.Recipient{word, x.Recipient()}},
		"base without a digest":          {Created: aDay, Base: &backup.Base{Items: portability.NewMemory(nil)}},
		"a time without a year":          {Created: time.Date(12026, 1, 1, 0, 0, 0, 0, time.UTC)},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "a.tar")
			_, err := backup.Create(path, o)
			require.Error(t, err)
			assert.NoDirExists(t, path+".partial", "nothing is begun")
		})
	}
	t.Run("volumes on a stream", func(t *testing.T) {
		_, err := backup.NewWriter(os.Stdout, &backup.WriteOptions{Created: aDay, VolumeBytes: backup.MinVolume})
		assert.ErrorIs(t, err, backup.ErrBadOption)
	})
}

func TestAFileThatIsThereIsNotWrittenOver(t *testing.T) {
	path := filepath.Join(t.TempDir(), "alice.tar")
	require.NoError(t, os.WriteFile(path, []byte("precious"), 0o600))
	_, err := backup.Create(path, &backup.WriteOptions{Created: aDay})
	require.ErrorIs(t, err, fs.ErrExist)

	other := filepath.Join(t.TempDir(), "alice.tar")
	w, err := backup.Create(other, &backup.WriteOptions{Created: aDay})
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(other, []byte("precious"), 0o600))
	require.ErrorIs(t, w.Finish(t.Context()), fs.ErrExist, "it came while the archive was made")
	require.NoError(t, w.Close())
	assert.Equal(t, "precious", string(readFile(t, other)))

	whole := filepath.Join(t.TempDir(), "alice.tar")
	w, err = backup.Create(whole, &backup.WriteOptions{Created: aDay, VolumeBytes: backup.MinVolume})
	require.NoError(t, err)
	_, err = portability.Copy(t.Context(), largeAccount(t), unfinished{w}, nil)
	require.NoError(t, err)
	old := strings.Replace(whole, ".tar", ".002.tar", 1)
	require.NoError(t, os.WriteFile(old, []byte("precious"), 0o600))
	require.ErrorIs(t, w.Finish(t.Context()), fs.ErrExist, "a volume of another set")
	assert.NoFileExists(t, strings.Replace(whole, ".tar", ".000.tar", 1), "nor is any other put in place")
	require.NoError(t, os.Remove(old))
	require.NoError(t, w.Finish(t.Context()))
	require.NoError(t, w.Close())
}

// unfinished is a writer that Copy does not finish.
type unfinished struct{ w *backup.Writer }

func (u unfinished) Put(ctx context.Context, items []portability.Item) ([]portability.Result, error) {
	return u.w.Put(ctx, items)
}

func (u unfinished) PutMedia(ctx context.Context, m portability.Medium, r io.Reader) (vocab.IRI, error) {
	return u.w.PutMedia(ctx, m, r)
}

func TestAStreamThatBreaks(t *testing.T) {
	w, err := backup.NewWriter(&shortStream{room: 5000}, &backup.WriteOptions{Created: aDay})
	require.NoError(t, err)
	_, err = portability.Copy(t.Context(), smallAccount(t), w, nil)
	require.ErrorIs(t, err, io.ErrClosedPipe)
	assert.ErrorIs(t, w.Finish(t.Context()), io.ErrClosedPipe, "half of it is in the stream")
	require.NoError(t, w.Close())
}

// A shortStream closes when it has taken what it has room for.
type shortStream struct{ room int }

func (s *shortStream) Write(p []byte) (int, error) {
	if s.room -= len(p); s.room < 0 {
		return 0, io.ErrClosedPipe
	}
	return len(p), nil
}

func TestScratchIsGoneAfterwards(t *testing.T) {
	dir := t.TempDir()
	w, err := backup.NewWriter(io.Discard, &backup.WriteOptions{Created: aDay, Scratch: dir})
	require.NoError(t, err)
	_, err = portability.Copy(t.Context(), smallAccount(t), w, nil)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	assert.Empty(t, left)
}

func TestWhoCancelsTheMakingIsTold(t *testing.T) {
	path := filepath.Join(t.TempDir(), "alice [1].tar")
	w, err := backup.Create(path, &backup.WriteOptions{Created: aDay})
	require.NoError(t, err)
	putItems(t, w, alice(t))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, w.Finish(ctx), context.Canceled)
	require.NoError(t, w.Finish(t.Context()), "and can go on")
	require.NoError(t, w.Close())
	assertWhole(t, unpack(t, readFile(t, path)))
}

func TestWriterAfterItsEnd(t *testing.T) {
	path := filepath.Join(t.TempDir(), "alice.tar")
	w, err := backup.Create(path, &backup.WriteOptions{Created: aDay})
	require.NoError(t, err)
	require.NoError(t, w.Finish(t.Context()))
	_, err = w.Put(t.Context(), nil)
	assert.ErrorIs(t, err, backup.ErrClosed)
	assert.ErrorIs(t, w.Finish(t.Context()), backup.ErrClosed)
	require.NoError(t, w.Close())
	require.NoError(t, w.Close(), "closing twice does no harm")
	assert.FileExists(t, path)
	assert.NoDirExists(t, path+".partial")
}

// lines yields the lines of an entry, each read as JSON.
func lines[T any](t testing.TB, text string) []T {
	t.Helper()
	var all []T
	s := bufio.NewScanner(strings.NewReader(text))
	for s.Scan() {
		var one T
		require.NoError(t, json.Unmarshal(s.Bytes(), &one))
		all = append(all, one)
	}
	require.NoError(t, s.Err())
	return all
}
