package backup_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"testing"

	"filippo.io/age"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/backup"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

// written puts items and finishes, and returns how they ended and the archive.
func written(t testing.TB, o *backup.WriteOptions, items ...portability.Item) ([]portability.Result, unpacked) {
	t.Helper()
	var out bytes.Buffer
	w, err := backup.NewWriter(&out, o)
	require.NoError(t, err)
	results := putItems(t, w, items...)
	require.NoError(t, w.Finish(t.Context()))
	require.NoError(t, w.Close())
	return results, unpack(t, out.Bytes())
}

type reportOf struct {
	Account struct {
		Items                              map[string]int
		Audience, Skipped, Failed, Changed map[string]map[string]int
		Conflicting, Problems              map[string]map[string]int
		Unaddressed                        map[string]int
		Missing, Files, Removed            int
		InBase                             map[string]int
		CSV                                map[string]struct{ Rows, Left int }
		Notes                              []struct{ Kind, ID, State, Reason string }
	}
	Volume map[string]int
}

func reportIn(t testing.TB, u unpacked) reportOf {
	t.Helper()
	var r reportOf
	require.NoError(t, json.Unmarshal([]byte(u.body["godwit/report.json"]), &r))
	return r
}

func TestPrivateKeysAreLeftOut(t *testing.T) {
	withKey := doc(t, `{"id":%q,"type":"Person","publicKey":{"id":"k","publicKeyPem":"P","privateKeyPem":"SECRET"},`+
		`"x":[{"https://w3id.org/security#secretKeyMultibase":"SECRET"},{"kty":"OKP","d":"SECRET","x":"fine"}],"d":"not a key"}`, aliceID)
	results, u := written(t, &backup.WriteOptions{Created: aDay},
		portability.Item{Ref: portability.Ref{Kind: portability.Actor, ID: aliceID}, Object: withKey},
		itemOf(t, portability.Keys, aliceID+"#k", `{"id":%q,"type":"Multikey","publicKeyMultibase":"z6Mk","secretKeyMultibase":"SECRET"}`, aliceID+"#k"),
		portability.Item{Ref: portability.Ref{Kind: portability.Unknown, ID: "key.pem"}, Raw: []byte("-----BEGIN RSA PRIVATE KEY-----\nSECRET")},
		portability.Item{Ref: portability.Ref{Kind: portability.Unknown, ID: "dump"}, Raw: []byte(`{"privateKeyPem": "SECRET"}`)},
		itemOf(t, portability.Content, aliceID+"/1", `{"id":%q,"type":"Note","content":"what -----BEGIN RSA PRIVATE KEY----- means"}`, aliceID+"/1"),
	)
	for i, state := range []portability.State{portability.Changed, portability.Changed, portability.Skipped, portability.Skipped} {
		assert.Equal(t, state, results[i].State, "%s", results[i].Kind)
		assert.Equal(t, portability.SecretWithheld, results[i].Reason, "%s", results[i].Kind)
	}
	assert.Equal(t, portability.Copied, results[4].State, "what a person writes about keys is no key")
	for name, body := range u.body {
		assert.NotContains(t, body, "SECRET", name)
	}
	assert.Equal(t, fmt.Sprintf(`{"id":%q,"type":"Person","publicKey":{"id":"k","publicKeyPem":"P"},"x":[{},{"kty":"OKP","x":"fine"}],"d":"not a key"}`, aliceID),
		u.body["activitypub/actor.json"], "all else is there")
	assert.Equal(t, 2, reportIn(t, u).Account.Skipped["unknown"]["secret-withheld"])
}

func TestBlindRecipientsAreLeftOut(t *testing.T) {
	post := itemOf(t, portability.Content, aliceID+"/1", `{"id":%q,"type":"Note","bto":["https://x.example/bob"],"to":["https://x.example/carol"]}`, aliceID+"/1")
	post.Activity = doc(t, `{"id":%q,"type":"Create","cc":"https://x.example/dave","bcc":"https://x.example/bob","object":%s}`, aliceID+"/1/a", post.Object.Bytes())
	results, u := written(t, &backup.WriteOptions{Created: aDay}, post,
		itemOf(t, portability.Outbox, aliceID+"/2", `{"id":%q,"type":"Announce","as:bcc":"https://x.example/bob","object":{"id":"y","bto":"https://x.example/bob"}}`, aliceID+"/2"))
	for _, result := range results {
		assert.Equal(t, portability.Changed, result.State)
		assert.Equal(t, portability.HiddenRecipients, result.Reason)
	}
	assert.NotContains(t, u.body["activitypub/outbox.json"], "bob")
	assert.Contains(t, u.body["activitypub/outbox.json"], `{"id":"https://old.example/users/alice/1/a","type":"Create","cc":"https://x.example/dave","object":{"id":"https://old.example/users/alice/1","type":"Note","to":["https://x.example/carol"]}}`)
}

func TestInboxIsSealed(t *testing.T) {
	owner, err := age.GenerateX25519Identity()
	require.NoError(t, err)
	o := &backup.WriteOptions{Created: aDay, InboxRecipients: []age.Recipient{owner.Recipient()}}
	u := unpack(t, copied(t, smallAccount(t), o))
	assertWhole(t, u)
	for name, body := range u.body {
		assert.NotContains(t, body, "a secret", name)
	}
	opened, err := age.Decrypt(strings.NewReader(u.body["received/inbox.json.age"]), owner)
	require.NoError(t, err)
	text, err := io.ReadAll(opened)
	require.NoError(t, err)
	var inbox struct{ OrderedItems []struct{ Content string } }
	require.NoError(t, json.Unmarshal(text, &inbox))
	require.Len(t, inbox.OrderedItems, 1)
	assert.Equal(t, "a secret", inbox.OrderedItems[0].Content)
}

func TestInboxWithoutRecipientIsLeftOutAndCounted(t *testing.T) {
	u := unpack(t, copied(t, smallAccount(t), &backup.WriteOptions{Created: aDay}))
	assert.NotContains(t, u.names, "received/inbox.json.age")
	assert.Equal(t, 1, reportIn(t, u).Account.Skipped["inbox"]["no-place"])
}

func TestPrivateKeysThatWereAskedForAreSealed(t *testing.T) {
	operator, err := age.GenerateX25519Identity()
	require.NoError(t, err)
	secret := doc(t, `{"id":"k","type":"Multikey","secretKeyMultibase":"z3u2SECRET"}`)
	_, u := written(t, &backup.WriteOptions{Created: aDay, Secrets: &backup.Secrets{
		Keys: []*vocab.Object{secret}, Recipients: []age.Recipient{operator.Recipient()}}}, alice(t))
	assertWhole(t, u)
	opened, err := age.Decrypt(strings.NewReader(u.body["key/1.json.age"]), operator)
	require.NoError(t, err)
	text, err := io.ReadAll(opened)
	require.NoError(t, err)
	assert.Equal(t, secret.String()+"\n", string(text))
	for name, body := range u.body {
		assert.NotContains(t, body, "SECRET", name)
	}
}

func TestSealedFilesAreNotMadeTwice(t *testing.T) {
	owner, err := age.GenerateX25519Identity()
	require.NoError(t, err)
	o := &backup.WriteOptions{Created: aDay, InboxRecipients: []age.Recipient{owner.Recipient()}}
	path := filepath.Join(t.TempDir(), "alice.tar")
	fails := true
	w, err := backup.CreateFailing(path, o, func(file string) error {
		if fails && file == "the archive" {
			return io.ErrShortWrite
		}
		return nil
	})
	require.NoError(t, err)
	_, err = portability.Copy(t.Context(), smallAccount(t), w, nil)
	require.ErrorIs(t, err, io.ErrShortWrite)
	first := readFile(t, filepath.Join(path+".partial", "sealed-inbox"))
	fails = false
	require.NoError(t, w.Finish(t.Context()))
	require.NoError(t, w.Close())
	assert.Equal(t, string(first), unpack(t, readFile(t, path)).body["received/inbox.json.age"], "volumes that refer to it stay right")
}

// Whoever is given other recipients after a stop must not hand out what the first ones
// can open.
func TestSealedAnewForOtherRecipients(t *testing.T) {
	first, err := age.GenerateX25519Identity()
	require.NoError(t, err)
	second, err := age.GenerateX25519Identity()
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "alice.tar")
	o := &backup.WriteOptions{Created: aDay, InboxRecipients: []age.Recipient{first.Recipient()}}
	w, err := backup.CreateFailing(path, o, func(file string) error {
		if file == "the archive" {
			return io.ErrShortWrite
		}
		return nil
	})
	require.NoError(t, err)
	_, err = portability.Copy(t.Context(), smallAccount(t), w, nil)
	require.ErrorIs(t, err, io.ErrShortWrite)
	require.NoError(t, w.Close())

	o.InboxRecipients = []age.Recipient{second.Recipient()}
	w, err = backup.Create(path, o)
	require.NoError(t, err)
	require.True(t, w.Complete())
	require.NoError(t, w.Finish(t.Context()))
	require.NoError(t, w.Close())
	sealed := unpack(t, readFile(t, path)).body["received/inbox.json.age"]
	_, err = age.Decrypt(strings.NewReader(sealed), second)
	require.NoError(t, err)
	_, err = age.Decrypt(strings.NewReader(sealed), first)
	assert.Error(t, err)
}

func TestWhatCouldNotBeReadIsKept(t *testing.T) {
	raw := portability.Item{Ref: portability.Ref{Kind: portability.Content, ID: "outbox.json#7"}, Raw: []byte(`{"broken"`),
		Problems: []portability.Problem{{Reason: portability.Unreadable}}}
	results, u := written(t, &backup.WriteOptions{Created: aDay}, raw)
	assert.Equal(t, portability.Copied, results[0].State)
	assert.Equal(t, `{"kind":"content","id":"outbox.json#7","text":"{\"broken\""}`+"\n", u.body["activitypub/objects/unknown.jsonl"])
	assert.Equal(t, 1, reportIn(t, u).Account.Problems["content"]["unreadable"])
}

func TestOrderOfTheOutbox(t *testing.T) {
	at := func(k portability.Kind, name, published string) portability.Item {
		if published == "" {
			return itemOf(t, k, name, `{"id":%q}`, name)
		}
		return itemOf(t, k, name, `{"id":%q,"published":%q}`, name, published)
	}
	_, u := written(t, &backup.WriteOptions{Created: aDay},
		at(portability.Content, "c1", "2020-01-01T00:00:01Z"),
		at(portability.Content, "c5", "2020-01-01T00:00:05Z"),
		at(portability.Content, "c-undated", ""),
		at(portability.Content, "c3-late", "2020-01-01T00:00:03Z"),
		at(portability.Outbox, "o1", "2020-01-01T00:00:01Z"),
		at(portability.Outbox, "o2", "2020-01-01T01:00:02+01:00"),
		at(portability.Outbox, "o6", "2020-01-01T00:00:06Z"),
	)
	var outbox struct {
		OrderedItems []json.RawMessage
		TotalItems   int
	}
	require.NoError(t, json.Unmarshal([]byte(u.body["activitypub/outbox.json"]), &outbox))
	var names []string
	for _, element := range outbox.OrderedItems {
		var one struct {
			ID     string
			Object struct{ ID string }
		}
		if json.Unmarshal(element, &one) != nil {
			require.NoError(t, json.Unmarshal(element, &one.ID))
		}
		names = append(names, one.ID+one.Object.ID)
	}
	assert.Equal(t, []string{"c1", "o1", "o2", "c5", "c-undated", "c3-late", "o6"}, names,
		"each keeps its own order, and what has no date stands behind what came before it")
	assert.Equal(t, 7, outbox.TotalItems)
}

func TestAudiencesAreCountedThoughTheActorComesLate(t *testing.T) {
	early := []portability.Item{alice(t), noteItem(t, 1, "1", aliceID+"/followers"), noteItem(t, 2, "2", "https://x.example/bob"),
		noteItem(t, 3, "3", string(vocab.Public)), itemOf(t, portability.Content, "nobody", `{"id":"nobody"}`)}
	late := append(append([]portability.Item{}, early[1:]...), early[0])
	_, one := written(t, &backup.WriteOptions{Created: aDay}, early...)
	_, two := written(t, &backup.WriteOptions{Created: aDay}, late...)
	assert.Equal(t, one.body["godwit/report.json"], two.body["godwit/report.json"])
	report := reportIn(t, one)
	assert.Equal(t, map[string]int{"followers": 1, "direct": 1, "public": 1, "author": 1}, report.Account.Audience["content"])
	assert.Equal(t, 1, report.Account.Unaddressed["content"])
}

func TestItemsThatAreNotWritten(t *testing.T) {
	huge := itemOf(t, portability.Content, "huge", `{"id":"huge"}`)
	var err error
	huge.Object, err = huge.Object.With("content", strings.Repeat("x", 16<<20))
	require.NoError(t, err)
	results, u := written(t, &backup.WriteOptions{Created: aDay}, alice(t),
		huge,
		itemOf(t, portability.Actor, "https://old.example/users/bob", `{"id":"https://old.example/users/bob"}`),
		noteItem(t, 1, "one", aliceID), noteItem(t, 1, "another", aliceID), noteItem(t, 1, "another", aliceID))
	report := reportIn(t, u)
	assert.Equal(t, portability.TooLarge, results[1].Reason, "readers would refuse it")
	assert.Equal(t, portability.NoPlace, results[2].Reason, "an archive is of one account")
	assert.Equal(t, portability.Conflicting, results[4].State)
	assert.Equal(t, 1, report.Account.Failed["content"]["too-large"])
	assert.Equal(t, 1, report.Account.Skipped["actor"]["no-place"])
	assert.Equal(t, 1, report.Account.Conflicting["content"]["differs"], "it is counted once, however often it comes")
	assert.Equal(t, map[string]int{"actor": 1, "content": 1}, report.Account.Items)
	require.Len(t, report.Account.Notes, 3)
	assert.Equal(t, "huge", report.Account.Notes[0].ID)
}

func TestMissingFiles(t *testing.T) {
	post := noteItem(t, 1, "one", aliceID)
	post.Media = []portability.Medium{catPNG.medium()}
	gone := itemOf(t, portability.Media, "sha256:"+songMP3.medium().Digest, `{"name":"a song"}`)
	results, u := written(t, &backup.WriteOptions{Created: aDay}, post, gone)
	assert.Equal(t, portability.Changed, results[0].State)
	assert.Equal(t, portability.MissingMedia, results[0].Reason)
	assert.Equal(t, portability.Changed, results[1].State, "what is known of a file is kept though the file is not there")
	assert.Equal(t, `{"digest":"`+songMP3.medium().Digest+`","name":"a song"}`+"\n", u.body["godwit/media.jsonl"])
	report := reportIn(t, u)
	assert.Equal(t, 2, report.Account.Missing)
	assert.Equal(t, 1, report.Account.Problems["content"]["missing-media"])
}

func TestFilesAreListedOnce(t *testing.T) {
	var out bytes.Buffer
	w, err := backup.NewWriter(&out, &backup.WriteOptions{Created: aDay})
	require.NoError(t, err)
	unknown := portability.Medium{Path: "media/cat", URL: "https://cdn.example/cat", Size: -1}
	for _, m := range []portability.Medium{catPNG.medium(), unknown, catPNG.medium()} {
		at, err := w.PutMedia(t.Context(), m, strings.NewReader(catPNG.data))
		require.NoError(t, err)
		assert.EqualValues(t, "activitypub/attachments/"+catPNG.medium().Digest+".png", at, "by content, not by name")
	}
	post := itemOf(t, portability.Content, "p", `{"id":"p","attachment":[{"type":"Document","url":"/media_attachments/cat.png"}]}`)
	post.Media = []portability.Medium{{Path: "media/cat", URL: "https://cdn.example/cat", Size: -1}}
	assert.Equal(t, portability.Copied, putItems(t, w, post)[0].State)
	require.NoError(t, w.Finish(t.Context()))
	require.NoError(t, w.Close())
	u := unpack(t, out.Bytes())
	all := lines[struct {
		URLs, UsedBy []string
		Size         int
	}](t, u.body["godwit/media.jsonl"])
	require.Len(t, all, 1)
	assert.Equal(t, []string{"/media_attachments/cat.png", "https://cdn.example/cat", "https://old.example/media/cat.png"}, all[0].URLs,
		"all places that it was used under, the texts of attachments among them")
	assert.Equal(t, []string{"p"}, all[0].UsedBy)
	assert.Equal(t, 1, strings.Count(strings.Join(u.names, " "), "attachments/"))
}

func TestTypesOfFiles(t *testing.T) {
	for _, c := range []struct{ situation, data, ext string }{
		{"a picture that says it is one", "\xff\xd8\xff\xe0 JFIF", "jpg"},
		{"webp", "RIFF\x10\x00\x00\x00WEBPVP8 ", "webp"},
		{"wave", "RIFF\x10\x00\x00\x00WAVEfmt ", "wav"},
		{"avif", "\x00\x00\x00\x20ftypavif", "avif"},
		{"heic", "\x00\x00\x00\x20ftypheic", "heic"},
		{"mp4", "\x00\x00\x00\x20ftypisom", "mp4"},
		{"quicktime", "\x00\x00\x00\x20ftypqt  ", "mov"},
		{"m4a", "\x00\x00\x00\x20ftypM4A ", "m4a"},
		{"webm", "\x1a\x45\xdf\xa3", "webm"},
		{"mp3 with a tag", "ID3\x03", "mp3"},
		{"mp3 without a tag", "\xff\xfb\x90\x00", "mp3"},
		{"not every 0xff is a sound", "\xff\xff\xff\xff", "bin"},
		{"flac", "fLaC", "flac"},
		{"opus", "OggS" + strings.Repeat("\x00", 24) + "OpusHead", "opus"},
		{"pdf", "%PDF-1.7", "pdf"},
		{"svg", "\xef\xbb\xbf<?xml version='1.0'?>\n<!-- x --><!DOCTYPE svg>\n<svg xmlns='http://www.w3.org/2000/svg'/>", "svg"},
		{"a page that has a drawing in it", "<html><svg></svg></html>", "bin"},
		{"text", "hello", "bin"},
		{"nothing", "", "bin"},
		{"a beginning cut short", "RIFF\x10\x00\x00\x00WEB", "bin"},
	} {
		t.Run(c.situation, func(t *testing.T) {
			w, err := backup.NewWriter(io.Discard, &backup.WriteOptions{Created: aDay})
			require.NoError(t, err)
			at, err := w.PutMedia(t.Context(), portability.Medium{Path: "x.exe", Type: "text/html", Size: -1}, strings.NewReader(c.data))
			require.NoError(t, err)
			assert.Equal(t, "."+c.ext, filepath.Ext(string(at)))
			require.NoError(t, w.Close())
		})
	}
}

func TestAccountsWithoutAnAddressStandInJSONAlone(t *testing.T) {
	_, u := written(t, &backup.WriteOptions{Created: aDay},
		itemOf(t, portability.Followers, "acct:carol@x.example", `{"id":"acct:carol@x.example"}`),
		itemOf(t, portability.Followers, "https://x.example/1", `{"id":"https://x.example/1","webfinger":"dave@x.example"}`),
		itemOf(t, portability.Followers, "https://x.example/ap/2", `{"id":"https://x.example/ap/2"}`))
	assert.Equal(t, "Account address\ncarol@x.example\ndave@x.example\n", u.body["activitypub/followers.csv"])
	assert.Equal(t, 1, reportIn(t, u).Account.CSV["followers.csv"].Left)
	assert.Contains(t, u.body["activitypub/followers.json"], "https://x.example/ap/2")
}

func TestOriginRidesAlong(t *testing.T) {
	o := &backup.WriteOptions{Created: aDay, Origin: []backup.OriginFile{
		{Name: "godwit/proof.json", Open: func(context.Context) (io.ReadCloser, error) {
			return io.NopCloser(strings.NewReader("verbatim\r\n")), nil
		}}}}
	_, u := written(t, o, alice(t))
	assert.Equal(t, "verbatim\r\n", u.body["godwit/origin/godwit/proof.json"])
	assertWhole(t, u)
}

// Lists beside collections are the same as those of WriteCSVs: members of lists may be
// whole documents.
func TestListsBesideCollections(t *testing.T) {
	_, u := written(t, &backup.WriteOptions{Created: aDay},
		itemOf(t, portability.Lists, "friends", `{"id":"friends","title":"Friends","members":[{"id":"https://x.example/9j2","webfinger":"bob@x.example"},"https://y.example/users/carol"]}`),
		itemOf(t, portability.BlockedDomains, "bad.example", `{"id":"bad.example","domain":"bad.example"}`))
	assert.Equal(t, "Friends,bob@x.example\nFriends,carol@y.example\n", u.body["activitypub/lists.csv"])
	assert.Contains(t, u.body["activitypub/blocked_domains.csv"], "bad.example")
}
