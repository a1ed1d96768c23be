package backup_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/backup"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

const aliceID = "https://old.example/users/alice"

var aDay = time.Date(2026, 5, 4, 3, 2, 1, 0, time.UTC)

// aliceKey is a key that alice's document lists.
func aliceKey() *actor.PrivateKey {
	return &actor.PrivateKey{ID: aliceID + "#ed25519-key", Owner: aliceID,
		Signer: ed25519.NewKeyFromSeed([]byte("thirty-two bytes, for tests only"))}
}

func doc(t testing.TB, text string, args ...any) *vocab.Object {
	t.Helper()
	o, err := vocab.Parse(fmt.Appendf(nil, text, args...))
	require.NoError(t, err, text)
	return o
}

func itemOf(t testing.TB, k portability.Kind, id, text string, args ...any) portability.Item {
	t.Helper()
	return portability.Item{Ref: portability.Ref{Kind: k, ID: id}, Object: doc(t, text, args...)}
}

func alice(t testing.TB) portability.Item {
	multikey, err := aliceKey().Public().MultikeyObject()
	require.NoError(t, err)
	return itemOf(t, portability.Actor, aliceID, `{"@context":["https://www.w3.org/ns/activitystreams"],"id":%q,"type":"Person",`+
		`"preferredUsername":"alice","inbox":%q,"outbox":%q,"followers":%q,"assertionMethod":[%s]}`,
		aliceID, aliceID+"/inbox", aliceID+"/outbox", aliceID+"/followers", multikey.Bytes())
}

// A tinyFile is a file of the account.
type tinyFile struct {
	at, data, mediaType string
}

func (f tinyFile) medium() portability.Medium {
	sum := sha256.Sum256([]byte(f.data))
	return portability.Medium{URL: vocab.IRI(f.at), Path: "files" + f.at[len("https://old.example"):],
		Digest: hex.EncodeToString(sum[:]), Type: f.mediaType, Size: int64(len(f.data))}
}

var (
	catPNG  = tinyFile{"https://old.example/media/cat.png", "\x89PNG\r\n\x1a\nthis is a cat", "image/png"}
	songMP3 = tinyFile{"https://old.example/media/song.ogg", "OggS\x00\x02 a song", "audio/mpeg"}
)

// smallAccount is one item of every kind, and two files.
func smallAccount(t testing.TB) *portability.Memory {
	m := portability.NewMemory(nil)
	for _, f := range []tinyFile{catPNG, songMP3} {
		_, err := m.PutMedia(t.Context(), f.medium(), strings.NewReader(f.data))
		require.NoError(t, err)
	}
	note := noteItem(t, 1, "public", "https://www.w3.org/ns/activitystreams#Public")
	note.Object = doc(t, `{"id":%q,"type":"Note","published":"2020-01-01T00:00:01Z","to":["https://www.w3.org/ns/activitystreams#Public"],`+
		`"attachment":[{"type":"Document","url":%q,"name":"a cat"}]}`, note.ID, catPNG.at)
	note.Media = []portability.Medium{catPNG.medium()}
	note.Activity = doc(t, `{"id":%q,"type":"Create","actor":%q,"published":"2020-01-01T00:00:01Z","object":%s}`,
		note.ID+"/activity", aliceID, note.Object.Bytes())
	putItems(t, m, alice(t),
		itemOf(t, portability.Keys, aliceID+"#ed25519-key", `{"id":%q,"type":"Multikey"}`, aliceID+"#ed25519-key"),
		portability.Item{Ref: portability.Ref{Kind: portability.Media, ID: "sha256:" + songMP3.medium().Digest},
			Object: doc(t, `{"digest":%q,"name":"a song","mediaType":"audio/mpeg"}`, songMP3.medium().Digest),
			Media:  []portability.Medium{songMP3.medium()}},
		note, noteItem(t, 3, "followers", aliceID+"/followers"),
		itemOf(t, portability.Outbox, aliceID+"/announces/2", `{"id":%q,"type":"Announce","actor":%q,"published":"2020-01-01T00:00:02Z","to":["as:Public"],"object":"https://else.example/1"}`, aliceID+"/announces/2", aliceID),
		itemOf(t, portability.History, note.ID+"#2020-01-01T00:00:01Z", `{"id":%q,"type":"Note","published":"2020-01-01T00:00:01Z","content":"before"}`, note.ID),
		itemOf(t, portability.Liked, "https://else.example/1", `{"id":"https://else.example/1"}`),
		itemOf(t, portability.Shared, "https://else.example/1", `{"id":"https://else.example/1"}`),
		itemOf(t, portability.Bookmarks, "https://else.example/2", `{"id":"https://else.example/2"}`),
		itemOf(t, portability.Featured, note.ID, `{"id":%q}`, note.ID),
		itemOf(t, portability.Following, "https://else.example/users/bob", `{"id":"https://else.example/users/bob","notify":true,"reblogs":false,"languages":["de","en"]}`),
		itemOf(t, portability.Followers, "https://else.example/users/bob", `{"id":"https://else.example/users/bob"}`),
		itemOf(t, portability.Pending, "https://else.example/users/carol", `{"id":"https://else.example/users/carol","direction":"in"}`),
		itemOf(t, portability.Blocked, "https://bad.example/users/mallory", `{"id":"https://bad.example/users/mallory"}`),
		itemOf(t, portability.Muted, "https://loud.example/users/ted", `{"id":"https://loud.example/users/ted","hideNotifications":true}`),
		itemOf(t, portability.BlockedDomains, "bad.example", `{"domain":"bad.example"}`),
		itemOf(t, portability.Lists, "Friends", `{"title":"Friends","members":["https://else.example/users/bob"]}`),
		itemOf(t, portability.Filters, "Spoilers", `{"title":"Spoilers"}`),
		itemOf(t, portability.FeaturedTags, "cats", `{"name":"Cats"}`),
		itemOf(t, portability.Preferences, "preferences", `{"language":"en"}`),
		itemOf(t, portability.Received, "https://else.example/3", `{"id":"https://else.example/3","type":"Note"}`),
		itemOf(t, portability.Inbox, "https://else.example/4", `{"id":"https://else.example/4","type":"Note","content":"a secret"}`),
		portability.Item{Ref: portability.Ref{Kind: portability.Unknown, ID: "extra/text"}, Raw: []byte("not\nread \"here\" <ü>")},
		portability.Item{Ref: portability.Ref{Kind: portability.Unknown, ID: "extra/bytes"}, Raw: []byte{0xff, 0, 1}},
	)
	return m
}

func noteItem(t testing.TB, n int, text, to string) portability.Item {
	id := fmt.Sprintf("%s/notes/%d", aliceID, n)
	return itemOf(t, portability.Content, id, `{"id":%q,"type":"Note","attributedTo":%q,"published":%q,"to":[%q],"content":%q}`,
		id, aliceID, time.Date(2020, 1, 1, 0, 0, n, 0, time.UTC).Format(time.RFC3339), to, text)
}

func putItems(t testing.TB, to portability.Sink, items ...portability.Item) []portability.Result {
	t.Helper()
	results, err := to.Put(t.Context(), items)
	require.NoError(t, err)
	require.Len(t, results, len(items))
	return results
}

// An unpacked is an archive as somebody else reads it.
type unpacked struct {
	names []string
	body  map[string]string
}

// unpack reads with nothing but the standard library, zstd aside.
func unpack(t testing.TB, data []byte) unpacked {
	t.Helper()
	var r io.Reader = bytes.NewReader(data)
	if bytes.HasPrefix(data, []byte{0x1f, 0x8b}) {
		z, err := gzip.NewReader(r)
		require.NoError(t, err)
		r = z
	}
	if bytes.HasPrefix(data, []byte{0x28, 0xb5, 0x2f, 0xfd}) {
		z, err := zstd.NewReader(r)
		require.NoError(t, err)
		defer z.Close()
		r = z
	}
	u := unpacked{body: map[string]string{}}
	for tr := tar.NewReader(r); ; {
		h, err := tr.Next()
		if err == io.EOF {
			require.NotEmpty(t, u.names, "the archive has entries")
			return u
		}
		require.NoError(t, err)
		body, err := io.ReadAll(tr)
		require.NoError(t, err)
		u.names = append(u.names, h.Name)
		u.body[h.Name] = string(body)
	}
}

// copied is an archive of an account, from a copy without interruption.
func copied(t testing.TB, from portability.Source, o *backup.WriteOptions) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := backup.NewWriter(&out, o)
	require.NoError(t, err)
	_, err = portability.Copy(t.Context(), from, w, nil)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return out.Bytes()
}

func readFile(t testing.TB, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	return data
}

// assertSame compares archives, and says which entries differ where they do.
func assertSame(t testing.TB, want, got []byte, situation string, args ...any) {
	t.Helper()
	if bytes.Equal(want, got) {
		return
	}
	one, two := unpack(t, want), unpack(t, got)
	assert.Equal(t, one.names, two.names, situation)
	for _, name := range one.names {
		assert.Equal(t, one.body[name], two.body[name], name)
	}
	assert.Fail(t, "the archives differ", fmt.Sprintf(situation, args...))
}
