package backup_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// The shapes follow Mastodon's ActivityPub serialisers and its backup job.

const (
	exportAlice  = "https://old.example/users/alice"
	exportPublic = `"to":["https://www.w3.org/ns/activitystreams#Public"],"cc":["` + exportAlice + `/followers"]`
	exportPNG    = "\x89PNG\r\n\x1a\n a picture"
	exportJPEG   = "\xff\xd8\xff\xe0 a face"
	exportMedia  = "media_attachments/files/000/000/001/original/a.png"
)

// exportAudiences are how posts are addressed, and what they say.
var exportAudiences = []struct{ to, text string }{
	{exportPublic, exportSeen},
	{`"to":["` + exportAlice + `/followers"],"cc":["https://www.w3.org/ns/activitystreams#Public"]`, exportSeen},
	{`"to":["` + exportAlice + `/followers"],"cc":[]`, exportFollowers},
	{`"to":["https://b.example/users/bob"],"cc":[]`, exportDirect},
	{`"to":[],"cc":[]`, exportAuthor},
}

func exportNote(n int, to, text, more string) string {
	return fmt.Sprintf(`{"id":"%[1]s/statuses/%[2]d","type":"Note","summary":null,"published":"2022-01-01T00:00:%02[2]dZ","url":"https://old.example/@alice/%[2]d",
		"attributedTo":"%[1]s",%[3]s,"sensitive":false,"content":"<p>%[4]s</p>","contentMap":{"en":"<p>%[4]s</p>"}%[5]s}`, exportAlice, n, to, text, more)
}

func exportCreate(n int, to, object, more string) string {
	return fmt.Sprintf(`{"id":"%[1]s/statuses/%[2]d/activity","type":"Create","actor":"%[1]s","published":"2022-01-01T00:00:%02[2]dZ",%[3]s,"object":%[4]s%[5]s}`,
		exportAlice, n, to, object, more)
}

// exportPosts are activities: a post for each audience, the first with a picture
// and one that is missing, a poll, an answer, and two shares.
func exportPosts(url string) []string {
	var all []string
	for i, a := range exportAudiences {
		more := `,"attachment":[],"tag":[]`
		if i == 0 {
			more = `,"attachment":[{"type":"Document","mediaType":"image/png","url":"` + url + `","name":"a hill","blurhash":"UE","focalPoint":[0.10,-0.5],"width":3,"height":2},` +
				`{"type":"Document","mediaType":"video/mp4","url":"` + strings.ReplaceAll(url, "a.png", "gone.mp4") + `","name":null}],"tag":[{"type":"Hashtag","name":"#birds","href":"https://old.example/tags/birds"}]`
		}
		all = append(all, exportCreate(i+1, a.to, exportNote(i+1, a.to, a.text, more), ""))
	}
	poll := strings.Replace(exportNote(6, exportPublic, "which", `,"attachment":[],"tag":[],"endTime":"2022-01-02T00:00:00Z","closed":"2022-01-02T00:00:00Z","votersCount":3,`+
		`"oneOf":[{"type":"Note","name":"yes","replies":{"type":"Collection","totalItems":2}},{"type":"Note","name":"no","replies":{"type":"Collection","totalItems":1}}]`), `"Note"`, `"Question"`, 1)
	answer := exportNote(7, exportPublic, "I say so", `,"inReplyTo":"`+exportAlice+`/statuses/1","attachment":[],"tag":[],"replies":{"type":"Collection","first":{"type":"CollectionPage","items":[]}}`)
	return append(all, exportCreate(6, exportPublic, poll, ""), exportCreate(7, exportPublic, answer, ""),
		exportShare(8, exportPublic, `"https://b.example/notes/1"`), exportShare(9, exportAudiences[2].to, exportNote(3, exportAudiences[2].to, exportFollowers, `,"attachment":[],"tag":[]`)))
}

func exportShare(n int, to, object string) string {
	return strings.Replace(exportCreate(n, to, object, ""), `"Create"`, `"Announce"`, 1)
}

func exportCollection(header string, items ...string) string {
	return `{"@context":"https://www.w3.org/ns/activitystreams",` + header + `"orderedItems":[` + strings.Join(items, ",\n") + `]}`
}

func exportOutbox(items ...string) exportFile {
	return exportFile{"outbox.json", exportCollection(fmt.Sprintf(`"id":"outbox.json","type":"OrderedCollection","totalItems":%d,`, len(items)), items...)}
}

func exportActor(more string) exportFile {
	return exportFile{"actor.json", `{"@context":["https://www.w3.org/ns/activitystreams","https://w3id.org/security/v1"],"id":"` + exportAlice + `","type":"Person",` +
		`"preferredUsername":"alice","name":"Alice","followers":"` + exportAlice + `/followers","inbox":"` + exportAlice + `/inbox"` + more + `}`}
}

const (
	exportPointers = `,"outbox":"outbox.json","likes":"likes.json","bookmarks":"bookmarks.json"`
	exportPortrait = `,"icon":{"type":"Image","mediaType":"image/jpeg","url":"avatar.jpg"}`
)

// exportNames is a collection of ids.
func exportNames(file, total string, ids ...string) exportFile {
	return exportFile{file, exportCollection(`"id":"`+file+`","type":"OrderedCollection",`+total, `"`+strings.Join(ids, `","`)+`"`)}
}

// exportCounted is what exportPosts comes to.
func exportPostCounts(more exportCounts) exportCounts {
	want := exportCounts{"actor": 1, "content": 7, "content for public": 3, "content for unlisted": 1, "content for followers": 1,
		"content for direct": 1, "content for author": 1, "outbox": 2, "outbox for public": 1, "outbox for followers": 1}
	maps.Copy(want, more)
	maps.DeleteFunc(want, func(_ string, n int64) bool { return n == 0 })
	return want
}

// exportsOfMastodon are takeouts of every era.
func exportsOfMastodon() []export {
	file, face := exportFile{exportMedia, exportPNG}, exportFile{"avatar.jpg", exportJPEG}
	posts := exportPosts("/" + exportMedia)
	signed := slices.Clone(posts)
	signed[0] = strings.TrimSuffix(signed[0], "}") + `,"signature":{"type":"RsaSignature2017","creator":"` + exportAlice + `#main-key","signatureValue":"eA=="}}`
	private := slices.Clone(signed)
	private[2] = `{"@context":"https://www.w3.org/ns/activitystreams",` + strings.TrimPrefix(private[2], "{")
	likes := exportNames("likes.json", `"totalItems":2,`, "https://b.example/notes/1", "https://b.example/notes/2")
	bookmarks := exportNames("bookmarks.json", "", "https://b.example/notes/3")
	header := func(text string) exportFile { return exportFile{"outbox.json", exportCollection(text, posts...)} }
	later := func(f exportFile) exportFile {
		return exportFile{f.name, strings.ReplaceAll(f.body, exportAlice, "https://old.example/ap/users/7")}
	}
	quoting := slices.Clone(posts)
	quoting[6] = strings.Replace(quoting[6], `"inReplyTo"`, `"context":"https://old.example/contexts/1","interactionPolicy":{"canQuote":{"automaticApproval":[]}},"likes":{"type":"Collection","totalItems":4},`+
		`"quote":"https://b.example/notes/9","_misskey_quote":"https://b.example/notes/9","quoteUri":"https://b.example/notes/9","quoteAuthorization":"https://b.example/stamps/1","inReplyTo"`, 1)
	quoting[6] = strings.Replace(quoting[6], `"attachment":[]`, `"attachment":[{"type":"Link","href":"https://b.example/page"}]`, 1)
	liked := exportCounts{"liked": 2}
	all := exportCounts{"liked": 2, "bookmarks": 1}
	tars, zips := []exportBox{exportTarGz, exportTar, exportFolder}, []exportBox{exportZip, exportTarZst, exportFolder}
	eras := []export{
		{name: "Mastodon 2.3: a key in clear, the outbox under its address", in: tars, odd: []string{"secret-inside"},
			entries: []exportFile{file, header(`"id":"` + exportAlice + `/outbox","type":"OrderedCollection","totalItems":9,`), face, exportActor(exportPortrait), {"key.pem", "-----BEGIN RSA PRIVATE KEY-----\nx\n"}}},
		{name: "Mastodon 2.5: likes", in: tars, want: liked, entries: []exportFile{file, exportOutbox(posts...), likes, face, exportActor(exportPortrait + exportPointers)}},
		{name: "Mastodon 3.1: bookmarks, signatures that do not hold", in: tars, want: all, odd: []string{"not-verified"},
			entries: []exportFile{file, exportOutbox(private...), likes, bookmarks, face, exportActor(exportPortrait + exportPointers)}},
		{name: "Mastodon 3.1: files in the server's own folders", in: tars, want: all,
			entries: []exportFile{{"opt/mastodon/public/system/" + exportMedia, exportPNG}, exportOutbox(posts...), likes, bookmarks, face, exportActor(exportPortrait + exportPointers)}},
		{name: "Mastodon 3.5: files behind a bucket, a wrong total", in: tars, want: all, odd: []string{"total-differs"},
			entries: []exportFile{file, {"outbox.json", exportCollection(`"id":"outbox.json","type":"OrderedCollection","totalItems":11,`, exportPosts("/bucket/"+exportMedia)...)},
				likes, bookmarks, face, exportActor(exportPortrait + exportPointers)}},
		{name: "Mastodon 4.2: a zip, the actor last", in: zips, want: all, entries: []exportFile{exportOutbox(posts...), file, likes, bookmarks, face, exportActor(exportPortrait + exportPointers)}},
		{name: "Mastodon 4.2.x: the context twice", in: zips, want: all, odd: []string{"text-fault"},
			entries: []exportFile{header(`"@context":["https://www.w3.org/ns/activitystreams"],"id":"outbox.json","type":"OrderedCollection","totalItems":9,`), file, likes, bookmarks, face, exportActor(exportPortrait + exportPointers)}},
		{name: "Mastodon 4.3 of a night: the items twice, first none", in: zips, want: all, odd: []string{"text-fault"},
			entries: []exportFile{header(`"id":"outbox.json","type":"OrderedCollection","totalItems":9,"orderedItems":[],`), file, likes, bookmarks, face, exportActor(exportPortrait + exportPointers)}},
		{name: "Mastodon 4.5: new ids, quotes, Links among the attachments", in: zips, want: all,
			entries: []exportFile{later(exportOutbox(quoting...)), file, later(likes), bookmarks, face, later(exportActor(exportPortrait + exportPointers))}},
		{name: "a takeout in a wrapper folder", in: zips, want: all, odd: []string{"wrapper-folder"}, entries: exportBelow("archive-2022/", exportOutbox(posts...), file, likes, bookmarks, face, exportActor(exportPortrait+exportPointers))},
	}
	for i := range eras {
		eras[i].dialect, eras[i].want, eras[i].files = "mastodon", exportPostCounts(eras[i].want), [2]int64{2, 1}
	}
	return eras
}

func exportBelow(folder string, files ...exportFile) []exportFile {
	files = slices.Clone(files)
	for i := range files {
		files[i].name = folder + files[i].name
	}
	return files
}
