package dialect_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/internal/dialect"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/portability/portabilitytest"
)

// The shapes follow Mastodon's ActivityPub serialisers and its backup job, of the
// versions that each test names.

const (
	aliceID    = "https://old.example/users/alice"
	asContext  = `"@context":"https://www.w3.org/ns/activitystreams"`
	toPublic   = `"to":["https://www.w3.org/ns/activitystreams#Public"],"cc":["` + aliceID + `/followers"]`
	aliceActor = `{` + asContext + `,"id":"` + aliceID + `","type":"Person","preferredUsername":"alice",
		"followers":"` + aliceID + `/followers","outbox":"outbox.json","likes":"likes.json","bookmarks":"bookmarks.json"%s}`
	pictures = `,"icon":{"type":"Image","mediaType":"image/png","url":"avatar.png"},"image":{"type":"Image","mediaType":"image/jpeg","url":"header.jpg"}`
)

func aliceWith(more string) entry { return entry{"actor.json", fmt.Sprintf(aliceActor, more)} }

// outboxWith is an outbox of items, whose header is another one.
func outboxWith(header string, items ...string) entry {
	return entry{"outbox.json", `{` + asContext + `,` + header + `"orderedItems":[` + strings.Join(items, ",\n") + `]}`}
}

func outboxOf(items ...string) entry {
	return outboxWith(fmt.Sprintf(`"id":"outbox.json","type":"OrderedCollection","totalItems":%d,`, len(items)), items...)
}

// aliceNote is a Note of alice's; members that come again in more count.
func aliceNote(n int, more string) string {
	return fmt.Sprintf(`{"id":"%[1]s/statuses/%[2]d","type":"Note","published":"2022-01-01T00:00:%02[3]dZ","attributedTo":"%[1]s",%[4]s,
		"content":"<p>%[2]d</p>","attachment":[]%[5]s}`, aliceID, n, n%60, toPublic, more)
}

func aliceCreates(n int, object string) string {
	return fmt.Sprintf(`{"id":"%[1]s/statuses/%[2]d/activity","type":"Create","actor":"%[1]s","published":"2022-01-01T00:00:%02[3]dZ",%[4]s,"object":%[5]s}`,
		aliceID, n, n%60, toPublic, object)
}

func alicePosts(n int, more string) string { return aliceCreates(n, aliceNote(n, more)) }

func aliceShares(n int, object string) string {
	return fmt.Sprintf(`{"id":"%[1]s/statuses/%[2]d/activity","type":"Announce","actor":"%[1]s","published":"2022-01-01T00:00:%02[3]dZ",%[4]s,"object":%[5]s}`,
		aliceID, n, n%60, toPublic, object)
}

func attaching(urls ...string) string {
	var all []string
	for _, u := range urls {
		all = append(all, `{"type":"Document","mediaType":"image/png","url":"`+u+`","name":"a picture"}`)
	}
	return `,"attachment":[` + strings.Join(all, ",") + `]`
}

func namesAlone(file string, ids ...string) entry {
	return entry{file, `{` + asContext + `,"id":"` + file + `","type":"OrderedCollection","orderedItems":["` + strings.Join(ids, `","`) + `"]}`}
}

func TestMastodonEras(t *testing.T) {
	file := entry{"media_attachments/files/000/000/001/original/a.png", "picture"}
	post := alicePosts(1, attaching("/media_attachments/files/000/000/001/original/a.png"))
	share := aliceShares(2, `"https://b.example/notes/1"`)
	full := map[string]int{"actor": 1, "content": 1, "content for public": 1, "outbox": 1, "outbox for public": 1}
	for _, c := range []struct {
		name    string
		data    []byte
		more    map[string]int
		odd     map[dialect.Reason]int
		missing int
	}{
		{"2.3: a key in clear, the outbox under its address", tarGzOfEntries(file,
			outboxWith(`"id":"`+aliceID+`/outbox","type":"OrderedCollection","totalItems":2,`, post, share),
			aliceWith(""), entry{"key.pem", "-----BEGIN RSA PRIVATE KEY-----"}), nil,
			map[dialect.Reason]int{dialect.SecretInside: 1}, 0},
		{"2.5: likes, names of files for addresses", tarGzOfEntries(file, outboxOf(post, share),
			namesAlone("likes.json", "https://b.example/notes/1", "https://b.example/notes/2"), aliceWith("")),
			map[string]int{"liked": 2}, nil, 0},
		{"3.1: bookmarks, signatures that do not hold", tarGzOfEntries(file,
			outboxOf(strings.TrimSuffix(post, "}")+`,"signature":{"type":"RsaSignature2017","signatureValue":"x"}}`, share),
			namesAlone("likes.json", "https://b.example/notes/1"), namesAlone("bookmarks.json", "https://b.example/notes/3"), aliceWith("")),
			map[string]int{"liked": 1, "bookmarks": 1}, map[dialect.Reason]int{dialect.NotVerified: 1}, 0},
		{"4.2: a zip, no totals in lists", zipOfEntries(outboxOf(post, share), file,
			namesAlone("likes.json", "https://b.example/notes/1"), aliceWith("")),
			map[string]int{"liked": 1}, nil, 0},
		{"early 4.2.x: the context twice", zipOfEntries(
			outboxWith(asContext+`,"id":"outbox.json","type":"OrderedCollection","totalItems":2,`, post, share), file, aliceWith("")), nil,
			map[dialect.Reason]int{dialect.TextFault: 1}, 0},
		{"4.3 nightly: the items twice, the first time none", zipOfEntries(
			outboxWith(`"id":"outbox.json","type":"OrderedCollection","totalItems":2,"orderedItems":[],`, post, share), file, aliceWith("")), nil,
			map[dialect.Reason]int{dialect.TextFault: 1}, 0},
		{"4.5: new ids, quotes, Links among the attachments", zipOfEntries(outboxOf(
			strings.ReplaceAll(alicePosts(1, `,"context":"https://old.example/contexts/1","interactionPolicy":{"canQuote":{"automaticApproval":[]}},
				"quote":"https://b.example/notes/9","quoteAuthorization":"https://b.example/stamps/1",
				"attachment":[{"type":"Link","href":"https://b.example/page"},{"type":"Document","url":"/media_attachments/files/000/000/001/original/a.png"}]`),
				aliceID, "https://old.example/ap/users/1"), strings.ReplaceAll(share, aliceID, "https://old.example/ap/users/1")),
			file, entry{"actor.json", strings.ReplaceAll(fmt.Sprintf(aliceActor, ""), aliceID, "https://old.example/ap/users/1")}), nil, nil, 0},
		{"a wrong total", zipOfEntries(outboxWith(`"id":"outbox.json","type":"OrderedCollection","totalItems":-3,`, post, share), file, aliceWith("")),
			nil, map[dialect.Reason]int{dialect.TotalDiffers: 1}, 0},
		{"a total in words, behind the items", zipOfEntries(entry{"outbox.json", `{"type":"OrderedCollection","orderedItems":[` + post + `,` + share + `],"totalItems":"many"}`},
			file, aliceWith("")), nil, map[dialect.Reason]int{dialect.TotalDiffers: 1}, 0},
		{"a file that the storage had lost", zipOfEntries(outboxOf(post, share), aliceWith("")), nil, nil, 1},
		{"a wrapper folder of somebody who packed it again", zipOfEntries(
			entry{"archive/outbox.json", outboxOf(post, share).body}, entry{"archive/" + file.name, file.body}, entry{"archive/actor.json", aliceWith("").body}), nil, nil, 0},
		{"beside other files", zipOfEntries(
			entry{"x/outbox.json", outboxOf(post, share).body}, entry{"x/" + file.name, file.body}, entry{"x/actor.json", aliceWith("").body},
			entry{"y/z.json", "{}"}), map[string]int{"unknown": 1}, nil, 0},
		{"a byte order mark on everything", zipOfEntries(entry{"outbox.json", "\ufeff" + outboxOf(post, share).body}, file,
			entry{"actor.json", "\ufeff" + aliceWith("").body}), nil, map[dialect.Reason]int{dialect.TextFault: 2}, 0},
		{"cut off within an item", zipOfEntries(entry{"outbox.json", strings.TrimSuffix(outboxOf(post, share, post).body, "}]}")}, file, aliceWith("")),
			nil, map[dialect.Reason]int{dialect.PartlyRead: 1, dialect.TotalDiffers: 1}, 0},
		{"an array without its collection", zipOfEntries(entry{"outbox.json", `[` + post + `,` + share + `]`}, file, aliceWith("")), nil, nil, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := openAs(t, "mastodon", nil, c.data)
			want := map[string]int{}
			for _, counts := range []map[string]int{full, c.more} {
				for kind, n := range counts {
					want[kind] = n
				}
			}
			assert.Equal(t, want, counted(t, a))
			item := itemsOf(t, a, portability.Content)[0]
			require.Len(t, item.Media, 1, "the file of the post")
			assert.Equal(t, c.missing == 0, item.Media[0].Path != "", "it is there")
			require.NotNil(t, item.Activity, "what brought it")
			for _, r := range []dialect.Reason{dialect.SecretInside, dialect.NotVerified, dialect.TextFault, dialect.TotalDiffers, dialect.PartlyRead} {
				assert.Len(t, oddOf(a, r), c.odd[r], "%s in %v", r, a.Odd())
			}
			assert.Len(t, oddOf(a, dialect.Lacks), 1, "what Mastodon never gives out is named")
		})
	}
}

func TestMastodonFindsFiles(t *testing.T) {
	const file = "media_attachments/files/000/000/001/original/a.png"
	for _, c := range []struct {
		name, entry, url string
		others           []string // further attachments, of other posts
		found            bool
	}{
		{"by a path that begins with a slash", file, "/" + file, nil, true},
		{"by a path", file, file, nil, true},
		{"behind a bucket", file, "/bucket/" + file, nil, true},
		{"under a whole address", file, "https://files.example/bucket/" + file + "?x=1#y", nil, true},
		{"behind /system/", file, "/system/" + file, nil, true},
		{"in the server's own folders", "opt/mastodon/public/system/" + file, "/" + file, nil, true},
		{"in two media_attachments, one within the other", "media_attachments/" + file, "/x/media_attachments/" + file, nil, true},
		{"with escapes in the address", "media_attachments/files/1/original/ä b.png", "/media_attachments/files/1/original/%C3%A4%20b.png", nil, true},
		{"by its last segment, which is the only one", "media/a.png", "https://old.example/uploads/7/a.png", nil, true},
		{"by its last segment, which two posts use of one file", "media/a.png", "https://old.example/uploads/7/a.png",
			[]string{"https://old.example/uploads/7/a.png"}, true},
		{"not by its last segment if two posts have it of different files", "media/media.mp4", "https://old.example/uploads/7/media.mp4",
			[]string{"https://old.example/uploads/8/media.mp4"}, false},
		{"not under a name that is only like it", "my_media_attachments/files/1/a.png", "/media_attachments/files/1/b.png", nil, false},
		{"not outside of the archive", "x/passwd2", "file:///etc/passwd", nil, false},
		{"not above it", "x/id2", "../../.ssh/id", nil, false},
		{"not under nothing", "x/y", "", nil, false},
		{"not under a slash", "x/y", "/", nil, false},
		{"not in a document", "x/y", "actor.json", nil, false},
		{"not in a key", "media_attachments/key.pem", "/media_attachments/key.pem", nil, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			posts := []string{alicePosts(1, attaching(c.url))}
			for i, url := range c.others {
				posts = append(posts, alicePosts(i+2, attaching(url)))
			}
			a := openAs(t, "mastodon", nil, zipOfEntries(outboxOf(posts...), entry{c.entry, "picture"}, aliceWith("")))
			item := itemsOf(t, a, portability.Content)[0]
			if !c.found {
				for _, m := range item.Media {
					assert.Empty(t, m.Path, "nothing is found")
					_, _, err := a.OpenMedia(t.Context(), m)
					assert.ErrorIs(t, err, portability.ErrNoMedium)
				}
				return
			}
			require.Len(t, item.Media, 1)
			assert.Equal(t, portability.Medium{URL: item.Media[0].URL, Path: c.entry, Type: "image/png", Size: 7}, item.Media[0])
			assert.Equal(t, c.url, string(item.Media[0].URL), "the address stays as it stands")
			assert.Empty(t, itemsOf(t, a, portability.Media), "a file in use is no item of its own")
		})
	}
	t.Run("not by a last segment that two entries have", func(t *testing.T) {
		a := openAs(t, "mastodon", nil, zipOfEntries(outboxOf(alicePosts(1, attaching("/up/a.png"))), entry{"x/a.png", "1"}, entry{"y/a.png", "2"}, aliceWith("")))
		assert.Empty(t, itemsOf(t, a, portability.Content)[0].Media[0].Path)
		assert.Len(t, itemsOf(t, a, portability.Media), 2, "they are kept as files that nothing names")
	})
}

func TestMastodonManyRepeatedNames(t *testing.T) {
	var posts []string
	const most = 5000
	for n := range 2 * most {
		posts = append(posts, alicePosts(n%most, fmt.Sprintf(`,"name":"%d"`, n/most*(n%2))))
	}
	marked := map[portability.Reason]int{}
	for i, item := range itemsOf(t, openAs(t, "mastodon", nil, zipOfEntries(outboxOf(posts...), aliceWith(""))), portability.Content) {
		if i < most {
			require.Empty(t, item.Problems, "the first %d", i)
			continue
		}
		require.Len(t, item.Problems, 1, "the second %d", i-most)
		marked[item.Problems[0].Reason]++
	}
	assert.Equal(t, map[portability.Reason]int{portability.Repeated: most / 2, portability.DuplicateID: most / 2}, marked)
}

// A file that a post names is in use, however the post writes that it does.
func TestMastodonFilesInUse(t *testing.T) {
	const file = "media_attachments/files/000/000/001/original/a.png"
	for _, c := range []struct {
		name, more string
		used       bool
	}{
		{"by a member with an escape in its name", `,"\u0061ttachment":[{"type":"Document","url":"/` + file + `"}]`, true},
		{"by a member with another escape in its name", `,"a\u0074tachment":[{"type":"Document","url":"/` + file + `"}]`, true},
		{"by a prefixed name", `,"as:attachment":[{"type":"Document","url":"/` + file + `"}]`, true},
		{"in its text alone", `,"summary":"` + file + `"`, false},
		{"not at all", ``, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := openAs(t, "mastodon", nil, zipOfEntries(outboxOf(alicePosts(1, c.more)), entry{file, "picture"}, aliceWith("")))
			want := 1
			if c.used {
				want = 0
			}
			for range 2 {
				assert.Len(t, itemsOf(t, a, portability.Media), want, "it is an item of its own if nothing names it")
			}
		})
	}
}

func TestMastodonNeverOpensSecrets(t *testing.T) {
	a := openAs(t, "mastodon", nil, zipOfEntries(outboxOf(alicePosts(1, "")), entry{"key.pem", "PRIVATE"}, aliceWith("")))
	for _, name := range []string{"key.pem", "actor.json", "outbox.json", "/etc/passwd", "../x"} {
		_, _, err := a.OpenMedia(t.Context(), portability.Medium{Path: name})
		assert.ErrorIs(t, err, portability.ErrNoMedium, "%s", name)
	}
	for _, k := range portability.Kinds() {
		for _, item := range itemsOf(t, a, k) {
			assert.NotContains(t, string(item.Raw), "PRIVATE", "%s", item.Ref)
			assert.NotContains(t, item.ID, "key.pem", "%s", item.Ref)
		}
	}
}

func TestMastodonOpensWithinItsLimits(t *testing.T) {
	const file = "media_attachments/files/1/a.png"
	data := zipOfEntries(outboxOf(alicePosts(1, attaching("/"+file))), entry{file, "picture"}, aliceWith(""))
	a := openAs(t, "mastodon", &dialect.Options{MaxMedium: 6}, data)
	_, _, err := a.OpenMedia(t.Context(), itemsOf(t, a, portability.Content)[0].Media[0])
	assert.ErrorIs(t, err, portability.ErrBadMedium, "a file above the limit")
}

func TestMastodonJudgesItems(t *testing.T) {
	const mallory = "https://evil.example/users/mallory"
	followers := strings.ReplaceAll(toPublic, "https://www.w3.org/ns/activitystreams#Public", "https://old.example/nobody")
	for _, c := range []struct {
		name, item string
		kind       portability.Kind
		reason     portability.Reason // "" for none
		fatal      bool
	}{
		{"a post", alicePosts(1, ""), portability.Content, "", false},
		{"a poll", strings.Replace(alicePosts(1, `,"oneOf":[]`), `"Note"`, `"Question"`, 1), portability.Content, "", false},
		{"a share of somebody else's post", aliceShares(1, `"https://b.example/notes/1"`), portability.Outbox, "", false},
		{"a share of an own post for followers, which is inlined", aliceShares(1, aliceNote(2, `,"to":["`+aliceID+`/followers"],"cc":[]`)), portability.Outbox, "", false},
		{"a share that inlines a public post", aliceShares(1, `{"id":"https://b.example/notes/1","type":"Note","attributedTo":"https://b.example/u/bob","to":"as:Public"}`), portability.Outbox, "", false},
		{"a share that inlines somebody else's post for few", aliceShares(1, `{"id":"https://b.example/notes/1","type":"Note","attributedTo":"https://b.example/u/bob","to":["https://b.example/u/bob/followers"],"content":"secret"}`), portability.Outbox, portability.NotOwn, true},
		{"a Create by somebody else", strings.Replace(alicePosts(1, ""), `"actor":"`+aliceID, `"actor":"`+mallory, 1), portability.Content, portability.NotOwn, true},
		{"a Create around somebody else's post", alicePosts(1, `,"attributedTo":"`+mallory+`"`), portability.Content, portability.NotOwn, true},
		{"a Create without an actor", strings.Replace(alicePosts(1, ""), `"actor":"`+aliceID+`",`, "", 1), portability.Content, portability.NotOwn, true},
		{"a share by somebody else", strings.Replace(aliceShares(1, `"https://b.example/1"`), `"actor":"`+aliceID, `"actor":"`+mallory, 1), portability.Outbox, portability.NotOwn, true},
		{"an id on another host", alicePosts(1, `,"id":"https://evil.example/notes/1"`), portability.Content, portability.ForeignHost, true},
		{"an id on another port", alicePosts(1, `,"id":"https://old.example:8443/notes/1"`), portability.Content, portability.ForeignHost, true},
		{"an id that is a script", alicePosts(1, `,"id":"javascript:alert(1)"`), portability.Content, portability.ForeignHost, true},
		{"an id that OStatus gave", alicePosts(1, `,"id":"tag:old.example,2017-04-01:objectId=1:objectType=Status"`), portability.Content, "", false},
		{"a share whose id is on another host", strings.Replace(aliceShares(1, `"https://b.example/1"`), `{"id":"https://old.example`, `{"id":"https://evil.example`, 1), portability.Outbox, portability.ForeignHost, true},
		{"no id", alicePosts(1, `,"id":null`), portability.Content, portability.NoID, true},
		{"an Update", strings.Replace(alicePosts(1, ""), `"Create"`, `"Update"`, 1), portability.Outbox, portability.WrongKind, true},
		{"a Delete", strings.Replace(alicePosts(1, ""), `"Create"`, `"Delete"`, 1), portability.Outbox, portability.WrongKind, true},
		{"a Move", strings.Replace(alicePosts(1, ""), `"Create"`, `"Move"`, 1), portability.Outbox, portability.WrongKind, true},
		{"a Follow", strings.Replace(alicePosts(1, ""), `"Create"`, `"https://www.w3.org/ns/activitystreams#Follow"`, 1), portability.Outbox, portability.WrongKind, true},
		{"a Create that turns into a Delete", strings.TrimSuffix(alicePosts(1, ""), "}") + `,"type":"Delete"}`, portability.Content, portability.WrongKind, true},
		{"a Create that is a Delete as well", strings.Replace(alicePosts(1, ""), `"Create"`, `["Create","Delete"]`, 1), portability.Content, portability.WrongKind, true},
		{"a Create of a person", strings.Replace(alicePosts(1, ""), `"Note"`, `"Person"`, 1), portability.Content, portability.WrongKind, true},
		{"a Create without its object", aliceCreates(1, `"https://old.example/users/alice/statuses/1"`), portability.Content, portability.WrongKind, true},
		{"no date", alicePosts(1, `,"published":null`), portability.Content, portability.BadDate, false},
		{"a date that is none", alicePosts(1, `,"published":"yesterday"`), portability.Content, portability.BadDate, false},
		{"the year 0", alicePosts(1, `,"published":"0000-01-01T00:00:00Z"`), portability.Content, portability.BadDate, false},
		{"the year 9999", alicePosts(1, `,"published":"9999-01-01T00:00:00Z"`), portability.Content, portability.BadDate, false},
		{"the first second of 1970", alicePosts(1, `,"published":"1970-01-01T00:00:00Z"`), portability.Content, portability.BadDate, false},
		{"a date without a zone", alicePosts(1, `,"published":"2020-01-01T00:00:00"`), portability.Content, portability.BadDate, false},
		{"changed before it was published", alicePosts(1, `,"updated":"2021-01-01T00:00:00Z"`), portability.Content, portability.BadDate, false},
		{"for nobody", strings.ReplaceAll(alicePosts(1, ""), toPublic, `"to":[],"cc":[]`), portability.Content, portability.NoAudience, false},
		{"for somebody", strings.ReplaceAll(alicePosts(1, ""), toPublic, followers), portability.Content, "", false},
		{"text that is none", alicePosts(1, ",\"summary\":\"\xff\""), portability.Content, dialect.BadText, false},
		{"an id that is no text", alicePosts(1, ",\"id\":\"https://old.example/\xff\""), portability.Content, dialect.BadText, true},
		{"not a number", alicePosts(1, `,"x":NaN`), portability.Content, portability.Unreadable, false},
		{"a share that is no JSON", aliceShares(1, `NaN`), portability.Outbox, portability.Unreadable, false},
		{"an element that is a string", `"https://old.example/users/alice/statuses/1"`, portability.Content, portability.Unreadable, false},
		{"a note by itself", aliceNote(1, ""), portability.Content, "", false},
		{"a note of somebody else's by itself", aliceNote(1, `,"attributedTo":"`+mallory+`"`), portability.Content, portability.NotOwn, true},
		{"an activity of a type that nobody knows", strings.Replace(aliceShares(1, `"https://b.example/1"`), `"Announce"`, `"Frob"`, 1), portability.Outbox, "", false},
		{"an object of a type that nobody knows", strings.Replace(alicePosts(1, ""), `"Note"`, `"Recipe"`, 1), portability.Content, "", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := openAs(t, "mastodon", nil, zipOfEntries(outboxOf(c.item), aliceWith("")))
			items := append(itemsOf(t, a, portability.Content), itemsOf(t, a, portability.Outbox)...)
			require.Len(t, items, 1, "it is in one of the kinds")
			assert.Equal(t, c.kind, items[0].Kind)
			_, fatal := items[0].Fatal()
			assert.Equal(t, c.fatal, fatal, "whether it cannot be used: %v", items[0].Problems)
			if c.reason == "" {
				assert.Empty(t, items[0].Problems)
			} else {
				assert.Contains(t, reasonsOf(items[0]), c.reason)
			}
		})
	}
}

func TestMastodonKeepsWhatTheCreateNarrows(t *testing.T) {
	nameless := func(post string) string {
		return strings.Replace(post, `"id":"`+aliceID+`/statuses/1/activity",`, "", 1)
	}
	narrow := strings.Replace(nameless(alicePosts(1, "")), toPublic, `"to":["`+aliceID+`/followers"],"cc":[]`, 1)
	a := openAs(t, "mastodon", nil, zipOfEntries(outboxOf(nameless(alicePosts(1, "")), narrow), aliceWith("")))
	items := itemsOf(t, a, portability.Content)
	require.Len(t, items, 2)
	assert.Nil(t, items[0].Activity, "a Create without a name is only a wrapper")
	audience, said := a.Owner.AudienceOf(items[1])
	assert.True(t, said)
	assert.Equal(t, portability.ForFollowers, audience, "and stays where it says that fewer may read the post")
}

func TestMastodonElementsAboveTheLimits(t *testing.T) {
	large := alicePosts(2, `,"summary":"`+strings.Repeat("x", 2000)+`"`)
	deep := alicePosts(3, `,"x":`+strings.Repeat("[", 100)+strings.Repeat("]", 100))
	a := openAs(t, "mastodon", &dialect.Options{MaxItem: 2000}, zipOfEntries(outboxOf(alicePosts(1, ""), large, deep, alicePosts(4, "")), aliceWith("")))
	items := itemsOf(t, a, portability.Content)
	require.Len(t, items, 4)
	for i, reason := range []portability.Reason{"", portability.TooLarge, portability.TooLarge, ""} {
		p, fatal := items[i].Fatal()
		assert.Equal(t, reason, p.Reason, "item %d", i)
		assert.Equal(t, reason != "", fatal)
	}
	assert.Empty(t, oddOf(a, dialect.TotalDiffers), "they are counted")
}

func TestMastodonRepeatedPosts(t *testing.T) {
	a := openAs(t, "mastodon", nil, zipOfEntries(outboxOf(alicePosts(1, ""), alicePosts(1, ""), alicePosts(1, `,"summary":"other"`)), aliceWith("")))
	items := itemsOf(t, a, portability.Content)
	require.Len(t, items, 3)
	assert.Empty(t, items[0].Problems)
	assert.Equal(t, []portability.Reason{portability.Repeated}, reasonsOf(items[1]))
	assert.Equal(t, []portability.Reason{portability.DuplicateID}, reasonsOf(items[2]))
}

func TestMastodonListsOfNames(t *testing.T) {
	likes := entry{"likes.json", `{"type":"OrderedCollection","orderedItems":["https://b.example/1",{"id":"https://b.example/2","type":"Note"},
		{"type":"Like","id":"https://old.example/likes/3","object":"https://b.example/3"},{"type":"Note"},7,"https://b.example/1"]}`}
	a := openAs(t, "mastodon", nil, zipOfEntries(outboxOf(), likes, aliceWith("")))
	items := itemsOf(t, a, portability.Liked)
	require.Len(t, items, 6)
	assert.Equal(t, `{"id":"https://b.example/1"}`, items[0].Object.String())
	assert.Equal(t, "https://b.example/2", items[1].ID)
	assert.Equal(t, `{"id":"https://b.example/3"}`, items[2].Object.String())
	assert.Equal(t, "https://old.example/likes/3", string(items[2].Activity.ID()), "the Like itself is kept")
	assert.Equal(t, []portability.Reason{portability.NoID}, reasonsOf(items[3]))
	assert.Equal(t, "7", string(items[4].Raw), "what is no name is kept")
	assert.Equal(t, []portability.Reason{portability.Repeated}, reasonsOf(items[5]))
}

func TestMastodonRefuses(t *testing.T) {
	for _, c := range []struct {
		name   string
		reason dialect.Reason
		data   []byte
	}{
		{"two outboxes", dialect.TwoOutboxes, zipOfEntries(outboxOf(), aliceWith(""), entry{"x/outbox.json", "{}"})},
		{"an actor that is no JSON", dialect.NotReadable, zipOfEntries(outboxOf(), entry{"actor.json", "<html>"})},
		{"an actor that is cut off", dialect.NotReadable, zipOfEntries(outboxOf(), entry{"actor.json", aliceWith("").body[:50]})},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := openExport(t, nil, c.data)
			var refusal *dialect.Refusal
			require.ErrorAs(t, err, &refusal)
			assert.Equal(t, c.reason, refusal.Reason)
		})
	}
	t.Run("but salvages without its actor", func(t *testing.T) {
		a := openAs(t, "mastodon", &dialect.Options{Salvage: true}, zipOfEntries(outboxOf(alicePosts(1, "")), entry{"actor.json", "<html>"}))
		assert.Equal(t, map[string]int{"content": 1, "content for public": 1}, counted(t, a))
		assert.Equal(t, aliceID, string(a.Owner.Actor), "told by the outbox")
	})
}

// mastodonWhole has something of everything.
func mastodonWhole() []entry {
	const folder = "media_attachments/files/"
	var posts []string
	for i := 1; i <= 140; i++ {
		posts = append(posts, alicePosts(i, attaching(fmt.Sprintf("/%s%d/original/a.png", folder, i%3))))
	}
	posts = append(posts, aliceShares(141, `"https://b.example/1"`), aliceShares(142, `"https://b.example/2"`))
	return []entry{
		outboxOf(posts...),
		{folder + "1/original/a.png", "one"}, {folder + "2/original/a.png", "two"}, {folder + "9/original/nobodys.png", "nine"},
		namesAlone("likes.json", "https://b.example/1", "https://b.example/2"), namesAlone("bookmarks.json", "https://b.example/3"),
		{"avatar.png", "avatar"}, {"header.jpg", "header"}, {"later.json", `{"a":1}`}, aliceWith(pictures),
	}
}

func TestMastodonSuite(t *testing.T) {
	want := portabilitytest.Want{
		Items: map[portability.Kind]int{
			portability.Actor: 1, portability.Content: 140, portability.Outbox: 2, portability.Media: 1,
			portability.Liked: 2, portability.Bookmarks: 1, portability.Unknown: 1,
		},
		Files: 5, Missing: 46,
	}
	for name, data := range map[string][]byte{"zip": zipOfEntries(mastodonWhole()...), "tar.gz": tarGzOfEntries(mastodonWhole()...)} {
		t.Run(name, func(t *testing.T) { suite(t, nil, data, want) })
	}
	t.Run("folder", func(t *testing.T) {
		dir := folderOfEntries(t, mastodonWhole()...)
		portabilitytest.TestSource(t, func(t *testing.T) portability.Source { return openTakeoutAt(t, nil, dir) }, want)
	})
}

func TestMastodonHostile(t *testing.T) { hostile(t, nil, mastodonWhole()) }

func TestMastodonPicturesOfTheActor(t *testing.T) {
	a := openAs(t, "mastodon", nil, zipOfEntries(mastodonWhole()...))
	actor := itemsOf(t, a, portability.Actor)[0]
	require.Len(t, actor.Media, 2)
	assert.Equal(t, portability.Medium{URL: "avatar.png", Path: "avatar.png", Type: "image/png", Size: 6}, actor.Media[0])
	assert.Equal(t, "header.jpg", actor.Media[1].Path)
	assert.Empty(t, actor.Problems)
	file := itemsOf(t, a, portability.Media)[0]
	assert.Equal(t, "sha256:"+sumOfText("nine"), file.ID, "a file that nothing names, by its digest")
}
