package backup_test

import (
	"fmt"
	"strings"
)

// exportsLikeMastodon are those of servers whose exports have an outbox and an
// actor beside each other, and an outbox that was left without its actor.
func exportsLikeMastodon() []export {
	return []export{exportOfPleroma("Pleroma", true), exportOfPleroma("Akkoma", false), exportOfVernissage(), exportOfNext(), exportOfOutbox(), exportOfOutboxInFolder()}
}

// exportOfPleroma has all files at their addresses, which may be a list, and totals
// behind the items (Pleroma.User.Backup).
func exportOfPleroma(name string, related bool) export {
	list := func(file string, items ...string) exportFile {
		return exportFile{file, fmt.Sprintf("{\n\"@context\":\"https://www.w3.org/ns/activitystreams\",\n\"id\":\"%s\",\n\"type\":\"OrderedCollection\",\n\"orderedItems\":[\n%s\n],\n\"totalItems\":%d}",
			file, strings.Join(items, ",\n"), len(items))}
	}
	posts := exportPosts("https://old.example/media/x/a.png")
	posts[0] = strings.Replace(posts[0], `"url":"https://old.example/media/x/a.png"`, `"url":[{"type":"Link","href":"https://old.example/media/x/a.png","mediaType":"image/png"}]`, 1)
	e := export{name: name, dialect: "pleroma", in: []exportBox{exportZip, exportTar, exportFolder}, files: [2]int64{0, 3},
		want: exportPostCounts(exportCounts{"liked": 1, "bookmarks": 1}),
		entries: []exportFile{
			{"actor.json", `{"@context":["https://www.w3.org/ns/activitystreams","https://old.example/schemas/litepub-0.1.jsonld"],"id":"` + exportAlice + `","type":"Person","preferredUsername":"alice",` +
				`"followers":"` + exportAlice + `/followers","outbox":"` + exportAlice + `/outbox","likes":"likes.json","bookmarks":"bookmarks.json","icon":{"type":"Image","url":"https://old.example/media/avatar.png"}}`},
			list("outbox.json", posts...), list("likes.json", `"https://b.example/notes/1"`), list("bookmarks.json", `"https://b.example/notes/2"`),
		}}
	if related {
		e.entries = append(e.entries, list("followers.json", `"https://b.example/u/bob"`, `"https://c.example/u/carol"`), list("following.json", `"https://b.example/u/bob"`))
		e.want["followers"], e.want["following"] = 2, 1
	}
	return e
}

// exportOfVernissage has an array of notes for an outbox, newest first.
func exportOfVernissage() export {
	note := func(n int, to, text string) string {
		return fmt.Sprintf(`{"@context":["https://www.w3.org/ns/activitystreams"],"attachment":[{"blurhash":"UE","height":2,"mediaType":"image/png","name":"an owl","type":"Image",
			"url":"https://files.old.example/p%d.png","width":3}],"attributedTo":"%s","content":"<p>%s</p>","id":"%s/statuses/%d","published":"2024-01-%02dT00:00:00.000Z","sensitive":false,"type":"Note",%s}`,
			n, exportAlice, text, exportAlice, n, n, to)
	}
	var notes []string
	for i := len(exportAudiences) - 1; i >= 0; i-- {
		notes = append(notes, note(i+1, exportAudiences[i].to, exportAudiences[i].text))
	}
	notes[4] = strings.Replace(notes[4], `"to":["https://www.w3.org/ns/activitystreams#Public"]`, `"to":"https://www.w3.org/ns/activitystreams#Public"`, 1)
	return export{name: "Vernissage", dialect: "vernissage", in: []exportBox{exportZip, exportTarGz, exportFolder}, files: [2]int64{3, 3}, odd: []string{"wrapper-folder"},
		want: exportCounts{"actor": 1, "content": 5, "content for public": 1, "content for unlisted": 1, "content for followers": 1, "content for direct": 1, "content for author": 1, "liked": 2, "bookmarks": 1},
		entries: exportBelow("7/",
			exportFile{"actor.json", `{"@context":["https://www.w3.org/ns/activitystreams"],"followers":"` + exportAlice + `/followers","icon":{"mediaType":"image/jpeg","type":"Image","url":"https://files.old.example/abc.jpg"},` +
				`"id":"` + exportAlice + `","inbox":"` + exportAlice + `/inbox","outbox":"` + exportAlice + `/outbox","preferredUsername":"alice","type":"Person"}`},
			exportFile{"avatar.jpg", exportJPEG}, exportFile{"bookmarks.json", `["https://b.example/notes/1"]`}, exportFile{"likes.json", `["https://b.example/notes/2","https://b.example/notes/1"]`},
			exportFile{"outbox.json", "[" + strings.Join(notes, ",") + "]"}, exportFile{"media_attachments/p1.png", exportPNG}, exportFile{"media_attachments/p3.png", exportPNG + "3"})}
}

// exportOfNext has the newest first, a manifest that counts, and former texts.
func exportOfNext() export {
	posts := exportPosts("media_attachments/files/medias/a.png")
	for i, j := 0, len(posts)-1; i < j; i, j = i+1, j-1 {
		posts[i], posts[j] = posts[j], posts[i]
	}
	return export{name: "activities.next", dialect: "activities.next", in: []exportBox{exportTarGz, exportZip, exportFolder}, files: [2]int64{2, 1},
		want: exportPostCounts(exportCounts{"liked": 1, "bookmarks": 1, "following": 1, "followers": 1, "history": 1, "unknown": 2}),
		entries: []exportFile{
			{"manifest.json", `{"kind":"actor-archive","version":1,"createdAt":"2026-08-06T00:00:00.000Z","actor":{"id":"` + exportAlice + `","handle":"alice@old.example","domain":"old.example"},` +
				`"counts":{"statuses":9,"likes":1,"bookmarks":1,"following":1,"followers":1,"fitnessFiles":1},"storage":[],"warnings":[]}`},
			exportActor(`,"icon":{"type":"Image","url":"avatar.jpg"}`), {"avatar.jpg", exportJPEG},
			exportOutbox(posts...), exportNames("likes.json", "", "https://b.example/2"), exportNames("bookmarks.json", "", "https://b.example/3"),
			{"media_attachments/files/medias/a.png", exportPNG},
			{"following_accounts.csv", "Account address,Show boosts,Notify on new posts,Languages\nbob@b.example,true,false,\n"}, {"followers.csv", "Account address\ncarol@b.example\n"},
			{"status_history.json", `{"` + exportAlice + `/statuses/1":[{"text":"**draft**","summary":null,"sensitive":false,"attachments":[],"pollOptions":null,"supersededAt":"2022-01-01T01:00:00.000Z"}]}`},
			{"fitness_files/fitness.json", `[{"id":"f1"}]`},
		}}
}

func exportOfOutbox() export {
	return export{name: "an outbox alone", dialect: "outbox", in: []exportBox{exportAlone, exportGz}, files: [2]int64{0, 2}, odd: []string{"file-missing"},
		want: exportPostCounts(exportCounts{"actor": 0}), entries: []exportFile{exportOutbox(exportPosts("/" + exportMedia)...)}}
}

func exportOfOutboxInFolder() export {
	e := exportOfOutbox()
	e.name, e.in, e.files = "an outbox with its files", []exportBox{exportFolder, exportZip, exportTar}, [2]int64{1, 1}
	e.entries = append(e.entries, exportFile{exportMedia, exportPNG})
	return e
}
