package backup_test

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/backup"
	"codeberg.org/godwit/godwit/internal/dialect"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/portability/portabilitytest"
	"codeberg.org/godwit/godwit/vocab"
)

func TestTakeoutSink(t *testing.T) {
	for _, format := range []backup.TakeoutFormat{backup.TakeoutZip, backup.TakeoutTarGz} {
		t.Run(string(format), func(t *testing.T) {
			portabilitytest.TestSink(t, func(t *testing.T) portability.Sink {
				takeout, err := backup.NewTakeout(io.Discard, &backup.TakeoutOptions{Format: format, Scratch: t.TempDir()})
				require.NoError(t, err)
				t.Cleanup(func() { assert.NoError(t, takeout.Close()) })
				return takeout
			})
		})
	}
}

const takeoutAlice = "https://old.example/users/alice"

const takeoutActor = `{"@context":["https://www.w3.org/ns/activitystreams"],"id":"` + takeoutAlice + `","type":"Person",` +
	`"preferredUsername":"alice","outbox":"` + takeoutAlice + `/outbox","followers":"` + takeoutAlice + `/followers",` +
	`"icon":{"type":"Image","mediaType":"image/png","url":"https://files.old.example/a.png"},` +
	`"privateKey":"PEM","publicKey":{"id":"` + takeoutAlice + `#main-key","publicKeyPem":"PUB","privateKeyPem":"PEM"}}`

func takeoutObject(t *testing.T, document string) *vocab.Object {
	t.Helper()
	o, err := vocab.Parse([]byte(document))
	require.NoError(t, err, "%s", document)
	return o
}

func takeoutItem(t *testing.T, k portability.Kind, document string, media ...portability.Medium) portability.Item {
	t.Helper()
	o := takeoutObject(t, document)
	return portability.Item{Ref: portability.Ref{Kind: k, ID: string(o.ID())}, Object: o, Media: media}
}

func takeoutPost(t *testing.T, id, more string, media ...portability.Medium) portability.Item {
	t.Helper()
	return takeoutItem(t, portability.Content, `{"id":"`+takeoutAlice+`/statuses/`+id+`","type":"Note","attributedTo":"`+takeoutAlice+
		`","published":"2026-01-0`+id+`T00:00:00Z","to":["as:Public"],"cc":["`+takeoutAlice+`/followers"]`+more+`}`, media...)
}

func takeoutMedium(url, data, mediaType string) portability.Medium {
	digest := sha256.Sum256([]byte(data))
	return portability.Medium{URL: vocab.IRI(url), Digest: hex.EncodeToString(digest[:]), Type: mediaType, Size: int64(len(data))}
}

// takeoutWritten is a takeout as the standard library reads it.
type takeoutWritten struct {
	names []string
	files map[string][]byte
	raw   []byte
}

func (w takeoutWritten) json(t *testing.T, name string) map[string]any {
	t.Helper()
	var parsed map[string]any
	require.Contains(t, w.files, name)
	require.NoError(t, json.Unmarshal(w.files[name], &parsed), "%s", name)
	return parsed
}

func (w takeoutWritten) items(t *testing.T) []map[string]any {
	t.Helper()
	var items []map[string]any
	for _, item := range w.json(t, "outbox.json")["orderedItems"].([]any) {
		items = append(items, item.(map[string]any))
	}
	return items
}

type takeoutFill func(t *testing.T, takeout *backup.Takeout)

func writeTakeout(t *testing.T, format backup.TakeoutFormat, in takeoutFill) takeoutWritten {
	t.Helper()
	var out bytes.Buffer
	takeout, err := backup.NewTakeout(&out, &backup.TakeoutOptions{Format: format, Scratch: t.TempDir()})
	require.NoError(t, err)
	in(t, takeout)
	require.NoError(t, takeout.Finish(t.Context()))
	require.NoError(t, takeout.Close())
	if format == backup.TakeoutTarGz {
		return untarTakeout(t, out.Bytes())
	}
	return unzipTakeout(t, out.Bytes())
}

func unzipTakeout(t *testing.T, data []byte) takeoutWritten {
	t.Helper()
	w := takeoutWritten{files: map[string][]byte{}, raw: data}
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	require.NoError(t, err)
	for _, f := range z.File {
		r, err := f.Open()
		require.NoError(t, err)
		w.files[f.Name], err = io.ReadAll(r)
		require.NoError(t, err, "%s: sizes and checksums hold", f.Name)
		w.names = append(w.names, f.Name)
		assert.Zero(t, f.Flags&0x8, "%s: its size stands before it", f.Name)
	}
	return w
}

func untarTakeout(t *testing.T, data []byte) takeoutWritten {
	t.Helper()
	w := takeoutWritten{files: map[string][]byte{}, raw: data}
	z, err := gzip.NewReader(bytes.NewReader(data))
	require.NoError(t, err)
	r := tar.NewReader(z)
	for {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return w
		}
		require.NoError(t, err)
		assert.EqualValues(t, 0o444, h.Mode, "%s", h.Name)
		w.files[h.Name], err = io.ReadAll(r)
		require.NoError(t, err)
		w.names = append(w.names, h.Name)
	}
}

func takeoutPut(t *testing.T, takeout *backup.Takeout, items ...portability.Item) []portability.Result {
	t.Helper()
	results, err := takeout.Put(t.Context(), items)
	require.NoError(t, err)
	return results
}

func takeoutPutFile(t *testing.T, takeout *backup.Takeout, m portability.Medium, data string) {
	t.Helper()
	_, err := takeout.PutMedia(t.Context(), m, strings.NewReader(data))
	require.NoError(t, err)
}

// takeoutEverything is an account with one of each kind that has a place.
func takeoutEverything(t *testing.T, takeout *backup.Takeout) {
	avatar, cat := takeoutMedium("https://files.old.example/a.png", "avatar", "image/png"), takeoutMedium("https://files.old.example/cat.jpg", "cat", "image/jpeg")
	takeoutPutFile(t, takeout, avatar, "avatar")
	takeoutPutFile(t, takeout, cat, "cat")
	takeoutPut(t, takeout, takeoutItem(t, portability.Actor, takeoutActor, avatar),
		takeoutPost(t, "1", `,"content":"<p>one</p>","attachment":[{"type":"Document","mediaType":"image/jpeg","url":"https://files.old.example/cat.jpg","name":"a \"cat\""}]`, cat),
		takeoutPost(t, "3", `,"content":"three"`),
		takeoutItem(t, portability.Outbox, `{"id":"`+takeoutAlice+`/a/2","type":"Announce","actor":"`+takeoutAlice+`","published":"2026-01-02T00:00:00Z","object":"https://friends.example/1"}`),
		takeoutItem(t, portability.Liked, `{"id":"https://friends.example/2"}`),
		takeoutItem(t, portability.Bookmarks, `{"id":"https://friends.example/3"}`))
}

func TestTakeoutLayout(t *testing.T) {
	zipped, tarred := writeTakeout(t, backup.TakeoutZip, takeoutEverything), writeTakeout(t, backup.TakeoutTarGz, takeoutEverything)
	require.Len(t, zipped.names, 6)
	cat := zipped.names[1]
	assert.Regexp(t, `^media_attachments/files/([0-9a-f]{3}/){6}original/[0-9a-f]{16}\.jpg$`, cat)
	assert.Equal(t, []string{"outbox.json", cat, "likes.json", "bookmarks.json", "avatar.png", "actor.json"}, zipped.names, "as since 4.2")
	assert.Equal(t, []string{cat, "outbox.json", "likes.json", "bookmarks.json", "avatar.png", "actor.json"}, tarred.names, "as before 4.2")
	assert.Equal(t, zipped.files, tarred.files)
	assert.Equal(t, "cat", string(zipped.files[cat]))
	assert.Equal(t, "avatar", string(zipped.files["avatar.png"]))
}

func TestTakeoutDocuments(t *testing.T) {
	w := writeTakeout(t, backup.TakeoutZip, takeoutEverything)
	outbox := w.json(t, "outbox.json")
	assert.Equal(t, "outbox.json", outbox["id"])
	assert.Equal(t, "OrderedCollection", outbox["type"])
	assert.EqualValues(t, 3, outbox["totalItems"])
	items := w.items(t)
	assert.Equal(t, []any{"Create", "Announce", "Create"}, []any{items[0]["type"], items[1]["type"], items[2]["type"]}, "by their dates")
	assert.Equal(t, takeoutAlice+"/statuses/1/activity", items[0]["id"])
	assert.Equal(t, takeoutAlice, items[0]["actor"])
	note := items[0]["object"].(map[string]any)
	assert.Equal(t, items[0]["to"], note["to"])
	attachment := note["attachment"].([]any)[0].(map[string]any)
	assert.Equal(t, "/"+w.names[1], attachment["url"], "importers join it with the folder")
	assert.Equal(t, "https://files.old.example/cat.jpg", attachment[backup.TakeoutURL])
	assert.Equal(t, `a "cat"`, attachment["name"])
	assert.Equal(t, []any{}, items[2]["object"].(map[string]any)["tag"], "importers run over it without looking")

	actor := w.json(t, "actor.json")
	assert.Equal(t, "outbox.json", actor["outbox"])
	assert.Equal(t, "likes.json", actor["likes"])
	assert.Equal(t, "bookmarks.json", actor["bookmarks"])
	assert.Equal(t, "avatar.png", actor["icon"].(map[string]any)["url"])
	assert.Equal(t, takeoutAlice+"/outbox", actor["https://codeberg.org/godwit/ns#outbox"])
	assert.NotContains(t, string(w.files["actor.json"]), "PEM\"", "private keys stay at home")
	assert.Contains(t, string(w.files["actor.json"]), `"publicKeyPem":"PUB"`)

	assert.Equal(t, []any{"https://friends.example/2"}, w.json(t, "likes.json")["orderedItems"])
	assert.Equal(t, []any{"https://friends.example/3"}, w.json(t, "bookmarks.json")["orderedItems"])
}

func TestTakeoutIsReproducible(t *testing.T) {
	for _, format := range []backup.TakeoutFormat{backup.TakeoutZip, backup.TakeoutTarGz} {
		first, second := writeTakeout(t, format, takeoutEverything), writeTakeout(t, format, takeoutEverything)
		assert.True(t, bytes.Equal(first.raw, second.raw), "%s: the same items give the same bytes", format)
	}
}

func TestTakeoutEndings(t *testing.T) {
	cat := takeoutMedium("https://files.old.example/cat.jpg", "cat", "image/jpeg")
	followersOnly := takeoutPost(t, "5", "")
	followersOnly.Object = takeoutObject(t, strings.Replace(followersOnly.Object.String(), `"as:Public"`, `"`+takeoutAlice+`/followers"`, 1))
	followersOnly.Activity = takeoutObject(t, `{"id":"x","type":"Create","to":["as:Public"],"object":`+followersOnly.Object.String()+`}`)
	for _, c := range []struct {
		name   string
		item   portability.Item
		state  portability.State
		reason portability.Reason
	}{
		{"a post", takeoutPost(t, "1", ""), portability.Copied, ""},
		{"a post with blind copies", takeoutPost(t, "1", `,"bto":["https://x.example/"]`), portability.Changed, portability.HiddenRecipients},
		{"a post whose file is not there", takeoutPost(t, "1", "", cat), portability.Changed, portability.MissingMedia},
		{"a post that its activity shows to more people", followersOnly, portability.Changed, portability.Shortened},
		{"a share", takeoutItem(t, portability.Outbox, `{"id":"s","type":"Announce","object":"https://x.example/"}`), portability.Copied, ""},
		{"a share with another's words in it", takeoutItem(t, portability.Outbox,
			`{"id":"s","type":"Announce","actor":"a","object":{"id":"https://x.example/","attributedTo":"b","content":"private"}}`), portability.Changed, portability.Shortened},
		{"another activity", takeoutItem(t, portability.Outbox, `{"id":"s","type":"Delete","object":"x"}`), portability.Skipped, portability.NoPlace},
		{"an actor with a private key", takeoutItem(t, portability.Actor, takeoutActor), portability.Changed, portability.SecretWithheld},
		{"a like", takeoutItem(t, portability.Liked, `{"id":"https://x.example/"}`), portability.Copied, ""},
		{"a like of which more is known", takeoutItem(t, portability.Liked, `{"id":"https://x.example/","content":"x"}`), portability.Changed, portability.Shortened},
		{"a former state", takeoutItem(t, portability.History, `{"id":"https://x.example/"}`), portability.Skipped, portability.NoPlace},
		{"somebody followed", takeoutItem(t, portability.Following, `{"id":"https://x.example/"}`), portability.Skipped, portability.NoPlace},
		{"bytes that are no document", portability.Item{Ref: portability.Ref{Kind: portability.Content, ID: "x"}, Raw: []byte("{")}, portability.Skipped, portability.NoPlace},
		{"a file that is not there", portability.Item{Ref: portability.Ref{Kind: portability.Media, ID: "sha256:x"}, Media: []portability.Medium{cat}}, portability.Failed, portability.MissingMedia},
	} {
		var end portability.Result
		w := writeTakeout(t, backup.TakeoutZip, func(t *testing.T, takeout *backup.Takeout) {
			end = takeoutPut(t, takeout, c.item)[0]
		})
		assert.Equal(t, c.state, end.State, c.name)
		assert.Equal(t, c.reason, end.Reason, c.name)
		for name, data := range w.files {
			assert.NotContains(t, string(data), `"bto"`, "%s: %s", c.name, name)
			assert.NotContains(t, string(data), `private"`, "%s: %s", c.name, name)
		}
		if c.name == "a post that its activity shows to more people" {
			assert.NotContains(t, string(w.files["outbox.json"]), "as:Public", c.name)
		}
	}
}

func TestTakeoutHostileURLs(t *testing.T) {
	for _, url := range []string{
		"file:///etc/passwd", "../../.ssh/id_rsa", "/media_attachments/../../etc/passwd", "https://x.example/../../../etc/passwd",
		`..\\..\\secret`, "media_attachments/%2e%2e/%2E%2e/x", "javascript:alert(1)", "data:text/html,x", "a/..", "x\\u0000y",
	} {
		w := writeTakeout(t, backup.TakeoutZip, func(t *testing.T, takeout *backup.Takeout) {
			takeoutPut(t, takeout, takeoutPost(t, "1", `,"attachment":[{"type":"Document","mediaType":"image/png","url":"`+url+`"}]`))
		})
		attachment := w.items(t)[0]["object"].(map[string]any)["attachment"].([]any)[0].(map[string]any)
		assert.Equal(t, "/media_attachments/files/missing/original/unknown.bin", attachment["url"], "%s", url)
		assert.NotEmpty(t, attachment[backup.TakeoutURL], "%s: what it was is kept", url)
		assert.Equal(t, []string{"outbox.json", "likes.json", "bookmarks.json"}, w.names)
	}
	for _, url := range []string{"https://files.example/a.png", "/media_attachments/files/1/original/x.png", "media_attachments/a..b.png"} {
		w := writeTakeout(t, backup.TakeoutZip, func(t *testing.T, takeout *backup.Takeout) {
			takeoutPut(t, takeout, takeoutPost(t, "1", `,"attachment":[{"type":"Document","mediaType":"image/png","url":"`+url+`"}]`))
		})
		attachment := w.items(t)[0]["object"].(map[string]any)["attachment"].([]any)[0].(map[string]any)
		assert.Equal(t, url, attachment["url"], "it leads nowhere else")
	}
}

func TestTakeoutAttachmentShapes(t *testing.T) {
	cat := takeoutMedium("https://files.old.example/cat.jpg", "cat", "image/jpeg")
	byPath := portability.Medium{Path: "media_attachments/files/1/cat.jpg", Digest: cat.Digest, Size: 3, Type: "image/jpeg"}
	for _, c := range []struct {
		name, attachment string
		medium           portability.Medium
	}{
		{"one that is no list", `{"type":"Document","url":"https://files.old.example/cat.jpg"}`, cat},
		{"links in a list, as Pleroma has them", `[{"type":"Document","url":[{"type":"Link","href":"https://files.old.example/cat.jpg","mediaType":"image/jpeg"}]}]`, cat},
		{"a link", `[{"type":"Link","href":"https://files.old.example/cat.jpg"}]`, cat},
		{"a path of another takeout", `[{"type":"Document","url":"/media_attachments/files/1/cat.jpg"}]`, byPath},
		{"a file known by its place only", `[{"type":"Document","url":"https://elsewhere.example/x"}]`, cat},
	} {
		w := writeTakeout(t, backup.TakeoutZip, func(t *testing.T, takeout *backup.Takeout) {
			takeoutPutFile(t, takeout, c.medium, "cat")
			end := takeoutPut(t, takeout, takeoutPost(t, "1", `,"attachment":`+c.attachment, c.medium))[0]
			assert.Equal(t, portability.Copied, end.State, c.name)
		})
		attachment := w.items(t)[0]["object"].(map[string]any)["attachment"].([]any)[0].(map[string]any)
		assert.Equal(t, "/"+w.names[1], attachment["url"], c.name)
		assert.Equal(t, "image/jpeg", attachment["mediaType"], c.name)
		assert.NotNil(t, attachment[backup.TakeoutURL], c.name)
	}
}

func TestTakeoutOrder(t *testing.T) {
	share := func(id, date string) portability.Item {
		return takeoutItem(t, portability.Outbox, `{"id":"`+id+`","type":"Announce","object":"https://x.example/"`+date+`}`)
	}
	undated := takeoutItem(t, portability.Content, `{"id":"undated","type":"Note"}`)
	w := writeTakeout(t, backup.TakeoutZip, func(t *testing.T, takeout *backup.Takeout) {
		takeoutPut(t, takeout, takeoutPost(t, "1", ""), undated, takeoutPost(t, "4", ""), takeoutPost(t, "3", ""),
			share("s2", `,"published":"2026-01-02T00:00:00Z"`), share("s?", ""), share("s9", `,"published":"2026-01-09T00:00:00Z"`))
	})
	var ids []string
	for _, item := range w.items(t) {
		ids = append(ids, strings.TrimPrefix(item["id"].(string), takeoutAlice+"/statuses/"))
	}
	assert.Equal(t, []string{"1/activity", "undated/activity", "s2", "s?", "4/activity", "3/activity", "s9"}, ids,
		"by their dates; each kind in its own order, and what has no date behind what it came after")
}

func TestTakeoutNamelessFile(t *testing.T) {
	w := writeTakeout(t, backup.TakeoutZip, func(t *testing.T, takeout *backup.Takeout) {
		takeoutPutFile(t, takeout, portability.Medium{Type: "image/png", Size: -1}, "of which nothing is known")
		takeoutPut(t, takeout, takeoutPost(t, "1", `,"attachment":[{"type":"Document","url":"https://files.old.example/other.png"}]`))
	})
	attachment := w.items(t)[0]["object"].(map[string]any)["attachment"].([]any)[0].(map[string]any)
	assert.Equal(t, "https://files.old.example/other.png", attachment["url"], "it is not taken for every file")
}

func TestTakeoutLeavesLinksAlone(t *testing.T) {
	banner := takeoutMedium("https://files.old.example/banner.jpg", "banner", "image/jpeg")
	w := writeTakeout(t, backup.TakeoutZip, func(t *testing.T, takeout *backup.Takeout) {
		takeoutPutFile(t, takeout, banner, "banner")
		takeoutPut(t, takeout, takeoutPost(t, "1", `,"image":{"type":"Image","url":"https://files.old.example/banner.jpg"},`+
			`"attachment":[{"type":"Link","href":"https://news.example/"},{"type":"PropertyValue","name":"x","value":"y"}]`, banner))
	})
	attachment := w.items(t)[0]["object"].(map[string]any)["attachment"].([]any)
	assert.Equal(t, map[string]any{"type": "Link", "href": "https://news.example/"}, attachment[0], "a page is not the post's only file")
	assert.Equal(t, map[string]any{"type": "PropertyValue", "name": "x", "value": "y"}, attachment[1])
	assert.Equal(t, "banner", string(w.files[w.names[1]]), "the file is there all the same")
}

func TestTakeoutKeepsActivities(t *testing.T) {
	one := takeoutPost(t, "1", `,"content":"x","attachment":[],"tag":[],"odd":[1.50,null]`)
	one.Activity = takeoutObject(t, `{ "@context": "https://www.w3.org/ns/activitystreams", "id":"https://old.example/c/1", "type":"Create", "signature":{"x":"y"}, "object":`+one.Object.String()+` }`)
	w := writeTakeout(t, backup.TakeoutZip, func(t *testing.T, takeout *backup.Takeout) { takeoutPut(t, takeout, one) })
	assert.Contains(t, string(w.files["outbox.json"]), one.Activity.Value().String(), "byte for byte")
}

func TestTakeoutActorOfPleroma(t *testing.T) {
	w := writeTakeout(t, backup.TakeoutZip, func(t *testing.T, takeout *backup.Takeout) {
		takeoutPut(t, takeout, takeoutItem(t, portability.Actor, `{"@context":["https://www.w3.org/ns/activitystreams","https://old.example/schemas/litepub-0.1.jsonld",{"@language":"und"}],"id":"x","discoverable":true}`))
	})
	actor := w.json(t, "actor.json")
	for _, v := range actor["@context"].([]any) {
		assert.NotContains(t, v, "litepub", "importers would take its posts for public ones")
	}
	assert.Contains(t, string(w.files["actor.json"]), `"discoverable":"toot:discoverable"`, "its words are defined")
	assert.Contains(t, actor["https://codeberg.org/godwit/ns#context"], "https://old.example/schemas/litepub-0.1.jsonld")
}

func TestCreateTakeoutIsAllOrNothing(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "alice.tar.gz")
	takeout, err := backup.CreateTakeout(path, &backup.TakeoutOptions{Scratch: t.TempDir()})
	require.NoError(t, err)
	takeoutEverything(t, takeout)
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, takeout.Finish(cancelled), context.Canceled)
	left, err := os.ReadDir(folder)
	require.NoError(t, err)
	assert.Empty(t, left, "nothing is half there")
	require.NoError(t, takeout.Finish(t.Context()), "it can be finished later")
	require.NoError(t, takeout.Close())
	require.NoError(t, takeout.Close(), "closing twice is no error")
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Len(t, untarTakeout(t, data).names, 6, "the name says which container")
	_, err = takeout.Put(t.Context(), nil)
	assert.ErrorIs(t, err, backup.ErrFinished)

	dropped, err := backup.CreateTakeout(filepath.Join(folder, "x.zip"), nil)
	require.NoError(t, err)
	require.NoError(t, dropped.Close())
	assert.NoFileExists(t, filepath.Join(folder, "x.zip"))
	_, err = backup.CreateTakeout(path, &backup.TakeoutOptions{Format: "rar"})
	assert.ErrorContains(t, err, `no such container: "rar"`)
}

// TestTakeoutLooksLikeMastodons compares the names of members at each level with
// those of published takeouts.
func TestTakeoutLooksLikeMastodons(t *testing.T) {
	root := filepath.Join("..", "..", "shared", "samples", "mastodon-takeouts")
	if _, err := os.Stat(root); err != nil {
		if os.Getenv("GODWIT_CI") == "1" {
			t.Fatal("the samples of takeouts are not there")
		}
		t.Skip("the samples of takeouts are not there")
	}
	w := writeTakeout(t, backup.TakeoutZip, takeoutEverything)
	for _, sample := range []string{"2022-v3.5", "2023-v4.0/archive"} {
		for _, name := range []string{"outbox.json", "likes.json", "bookmarks.json"} {
			data, err := os.ReadFile(filepath.Join(root, sample, name))
			require.NoError(t, err)
			theirs := map[string]any{}
			require.NoError(t, json.Unmarshal(data, &theirs))
			assert.ElementsMatch(t, takeoutMembers(theirs), takeoutMembers(w.json(t, name)), "%s of %s", name, sample)
			if name != "outbox.json" {
				assert.IsType(t, theirs["orderedItems"].([]any)[0], w.json(t, name)["orderedItems"].([]any)[0], "%s", name)
				continue
			}
			for _, item := range theirs["orderedItems"].([]any) {
				want := slices.DeleteFunc(takeoutMembers(item.(map[string]any)), func(m string) bool { return m == "signature" || m == "@context" })
				if item.(map[string]any)["type"] == "Create" {
					assert.ElementsMatch(t, want, takeoutMembers(w.items(t)[0]), "an item of %s", sample)
				}
			}
		}
	}
}

// takeoutMembers are the names of members, but for those that only godwit reads.
func takeoutMembers(o map[string]any) []string {
	var names []string
	for name := range o {
		if !strings.HasPrefix(name, dialect.KeptPrefix) {
			names = append(names, name)
		}
	}
	return names
}

// TestTakeoutHostileContent writes what a stranger may have written: nothing of it
// becomes the name of an entry, and all of it is read back as it was.
func TestTakeoutHostileContent(t *testing.T) {
	hostile := `</script><script>alert(1)</script>\u0000\u202e../../x\n\"],\"orderedItems\":[]`
	id := "https://old.example/" + `../../etc/passwd\u0000\"x`
	data := "#!/bin/sh"
	file := takeoutMedium("https://files.old.example/../../a.sh?x=..%2f", data, "text/x-shellscript; name=../../x.sh")
	file.Path = "../../../a.sh"
	w := writeTakeout(t, backup.TakeoutTarGz, func(t *testing.T, takeout *backup.Takeout) {
		takeoutPutFile(t, takeout, file, data)
		document := takeoutObject(t, `{"id":"`+id+`","type":"Note","content":"`+hostile+`","summary":"`+hostile+`","tag":{"type":"Emoji","name":":`+hostile+`:"},`+
			`"attachment":[{"type":"Document","url":"https://files.old.example/../../a.sh?x=..%2f","name":"`+hostile+`"},null,"x",7]}`)
		end := takeoutPut(t, takeout, portability.Item{Ref: portability.Ref{Kind: portability.Content, ID: string(document.ID())}, Object: document, Media: []portability.Medium{file}},
			portability.Item{Ref: portability.Ref{Kind: portability.Liked, ID: "x"}, Object: takeoutObject(t, `{"id":"`+hostile+`"}`)})
		assert.Equal(t, portability.Copied, end[0].State)
		assert.Equal(t, portability.Copied, end[1].State)
	})
	require.Len(t, w.names, 4)
	for _, name := range w.names {
		assert.Regexp(t, `^[a-z0-9_./]+$`, name)
		assert.NotContains(t, name, "..")
	}
	var want string
	require.NoError(t, json.Unmarshal([]byte(`"`+hostile+`"`), &want))
	note := w.items(t)[0]["object"].(map[string]any)
	assert.Equal(t, want, note["content"])
	attachments := note["attachment"].([]any)
	assert.Equal(t, []any{nil, "x", 7.0}, attachments[1:], "what is no attachment stays what it is")
	assert.Equal(t, want, attachments[0].(map[string]any)["name"])
	assert.Equal(t, "/"+w.names[0], attachments[0].(map[string]any)["url"])
	assert.Len(t, w.json(t, "outbox.json")["orderedItems"], 1)
	assert.Equal(t, []any{want}, w.json(t, "likes.json")["orderedItems"])
}

func TestTakeoutExtensions(t *testing.T) {
	for _, c := range []struct{ name, data, mediaType, want string }{
		{"a picture that says it is one", "\x89PNG\r\n\x1a\nx", "image/png", "png"},
		{"a picture that says it is another", "\xff\xd8\xffx", "image/png", "jpg"},
		{"a picture of which nothing is said", "GIF89a", "", "gif"},
		{"a picture that says it is a script", "GIF89a", "text/x-shellscript", "gif"},
		{"words", "x", "Text/Plain; charset=utf-8", "txt"},
		{"a type with a path in it", "x", "image/../../x", "bin"},
		{"an empty file", "", "", "bin"},
	} {
		w := writeTakeout(t, backup.TakeoutZip, func(t *testing.T, takeout *backup.Takeout) {
			takeoutPutFile(t, takeout, portability.Medium{Path: "x.exe", Type: c.mediaType, Size: -1}, c.data)
		})
		assert.Equal(t, "."+c.want, filepath.Ext(w.names[1]), c.name)
	}
}

// TestTakeoutMemory puts 20,000 posts of 2 KiB, 40 MiB of them, and looks at what is
// held: the maps of what was put take up to 8 MiB each, whatever the account.
func TestTakeoutMemory(t *testing.T) {
	held := func() int64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	takeout, err := backup.NewTakeout(io.Discard, &backup.TakeoutOptions{Scratch: t.TempDir()})
	require.NoError(t, err)
	before := held()
	text := strings.Repeat("words ", 340)
	for batch := range 200 {
		var items []portability.Item
		for i := range 100 {
			id := fmt.Sprintf("https://old.example/%d/%d", batch, i)
			items = append(items, takeoutItem(t, portability.Content, `{"id":"`+id+`","type":"Note","content":"`+text+`"}`))
		}
		takeoutPut(t, takeout, items...)
	}
	require.NoError(t, takeout.Finish(t.Context()))
	assert.Less(t, held()-before, int64(20<<20), "of 40 MiB")
	require.NoError(t, takeout.Close())
}

var errFull = errors.New("no space left")

// full takes some bytes and no more.
type full struct{ room int }

func (f *full) Write(p []byte) (int, error) {
	if len(p) > f.room {
		return 0, errFull
	}
	f.room -= len(p)
	return len(p), nil
}

func TestTakeoutFullDisk(t *testing.T) {
	for _, format := range []backup.TakeoutFormat{backup.TakeoutZip, backup.TakeoutTarGz} {
		whole := len(writeTakeout(t, format, takeoutEverything).raw)
		for room := 0; room < whole; room += 97 {
			scratch := t.TempDir()
			takeout, err := backup.NewTakeout(&full{room}, &backup.TakeoutOptions{Format: format, Scratch: scratch})
			require.NoError(t, err)
			takeoutEverything(t, takeout)
			require.ErrorIs(t, takeout.Finish(t.Context()), errFull, "%s with room for %d bytes", format, room)
			require.NoError(t, takeout.Close())
			left, err := os.ReadDir(scratch)
			require.NoError(t, err)
			require.Empty(t, left, "nothing private is left in scratch")
		}
	}
}
