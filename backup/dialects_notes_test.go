package backup_test

import (
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"maps"
	"strings"

	"codeberg.org/godwit/godwit/backup"
)

// exportsOfNotes are those of Misskey and Sharkey, whose notes have no ids of
// ActivityPub, and the books of BookWyrm.
func exportsOfNotes() []export {
	return []export{exportOfMisskey(), exportOfMisskeyNotes(), exportOfSharkey(), exportOfBookWyrm()}
}

func exportMisskeyNote(id string, day int, text, more string) string {
	return fmt.Sprintf(`{"id":"%s","text":%s,"createdAt":"2020-01-%02dT00:00:00.000Z","fileIds":[],"files":[],"replyId":null,"renoteId":null,"poll":null,"cw":null,"reactionAcceptance":null,%s}`,
		id, text, day, more)
}

// exportMisskeyNotes have each visibility, a quote, a share, a poll, a file, a note
// that never left its server, and one of a visibility that nobody knows.
func exportMisskeyNotes() []string {
	quoted := func(s string) string { return `"` + s + `"` }
	rest := `,"visibleUserIds":[],"localOnly":false`
	return []string{
		exportMisskeyNote("n1", 1, quoted(exportSeen), `"visibility":"public"`+rest),
		exportMisskeyNote("n2", 2, quoted(exportSeen), `"visibility":"home"`+rest),
		strings.Replace(exportMisskeyNote("n3", 3, quoted(exportFollowers), `"visibility":"followers"`+rest), `"replyId":null`, `"replyId":"n1"`, 1),
		exportMisskeyNote("n4", 4, quoted(exportDirect), `"visibility":"specified","visibleUserIds":["u7"],"localOnly":false`),
		exportMisskeyNote("n5", 5, quoted(exportAuthor), `"visibility":"specified"`+rest),
		exportMisskeyNote("n6", 6, quoted(exportAuthor), `"visibility":"public","visibleUserIds":[],"localOnly":true`),
		strings.Replace(exportMisskeyNote("n7", 7, "null", `"visibility":"public"`+rest), `"renoteId":null`, `"renoteId":"x1"`, 1),
		strings.Replace(exportMisskeyNote("n8", 8, quoted("a quote"), `"visibility":"home"`+rest), `"renoteId":null`, `"renoteId":"x1"`, 1),
		strings.Replace(exportMisskeyNote("n9", 9, quoted("$[spin x]"), `"visibility":"public"`+rest), `"poll":null,"cw":null`,
			`"poll":{"noteId":"n9","expiresAt":"2020-02-01T00:00:00.000Z","multiple":true,"choices":["yes","no"],"votes":[3,0]},"cw":"plot"`, 1),
		strings.Replace(exportMisskeyNote("na", 10, "null", `"visibility":"public"`+rest), `"fileIds":[],"files":[]`,
			`"fileIds":["fa"],"files":[{"id":"fa","name":"owl.png","type":"image/png","size":18,"isSensitive":true,"properties":{"width":3,"height":2},"url":"https://files.s.example/owl.png","comment":"an owl"}]`, 1),
		exportMisskeyNote("nb", 11, quoted(exportAuthor), `"visibility":"friends"`+rest),
	}
}

const exportFavorites = `[{"id":"g1","createdAt":"2021-01-01T00:00:00.000Z","note":{"id":"x1","text":"theirs","renoteId":null,"uri":"https://b.example/notes/1","user":{"id":"u7"}}},
{"id":"g2","createdAt":"2021-01-02T00:00:00.000Z","note":{"id":"x2","text":"here","renoteId":null,"uri":null,"user":{"id":"u9"}}}]`

func exportNoteCounts() exportCounts {
	return exportCounts{"content": 10, "content for public": 3, "content for unlisted": 2, "content for followers": 1, "content for direct": 1, "content for author": 3, "outbox": 1, "outbox for public": 1}
}

func exportOfMisskey() export {
	e := exportOfMisskeyNotes()
	e.name, e.in = "Misskey: every export", []exportBox{exportFolder, exportZip, exportTarGz}
	e.takeout = []string{"bookmarks .https://codeberg.org/godwit/ns#original lost", "bookmarks .published lost"} // a takeout has names alone
	maps.Copy(e.want, exportCounts{"bookmarks": 2, "following": 2, "muted": 1, "blocked": 1, "lists": 1, "unknown": 1})
	e.entries = append(e.entries, exportFile{"favorites-2024-01-01-00-00-00.json", exportFavorites},
		exportFile{"antennas-2024-01-01-00-00-00.json", `[{"name":"birds","src":"all","keywords":[["owl"]],"excludeKeywords":[]}]`},
		exportFile{"following-2024-01-01-00-00-00.csv", "bob@b.example\ncarol@s.example\n"}, exportFile{"mute-2024-01-01-00-00-00.csv", "dave@d.example\n"},
		exportFile{"blocking-2024-01-01-00-00-00.csv", "eve@e.example\n"}, exportFile{"user-lists-2024-01-01-00-00-00.csv", "friends,bob@b.example\n"})
	return e
}

func exportOfMisskeyNotes() export {
	return export{name: "Misskey: the notes alone", dialect: "misskey", known: &backup.ReadOptions{Host: "s.example", Handle: "alice"}, in: []exportBox{exportAlone, exportGz},
		want: exportNoteCounts(), files: [2]int64{0, 1}, entries: []exportFile{{"notes-2024-01-01-00-00-00.json", "[" + strings.Join(exportMisskeyNotes(), ",\n") + "]"}}}
}

func exportSharkeyFile(key string, things ...string) exportFile {
	return exportFile{key + ".json", `{"metaVersion":1,"host":"s.example","exportedAt":"Mon Jan 01 2024","` + key + `":[` + strings.Join(things, ",\n") + `]}`}
}

// exportOfSharkey is a data request, with the comma before the first muted account
// that Sharkey writes when that is gone.
func exportOfSharkey() export {
	sum := md5.Sum([]byte(exportPNG))
	row := fmt.Sprintf(`{"fileName":"owl.png.png","file":{"id":"fa","md5":"%s","name":"owl.png","type":"image/png","size":%d,"comment":"an owl","url":"https://files.s.example/owl.png"}}`,
		hex.EncodeToString(sum[:]), len(exportPNG))
	e := export{name: "Sharkey: a data request", dialect: "sharkey", in: []exportBox{exportZip, exportTar, exportFolder}, want: exportNoteCounts(), files: [2]int64{1, 1}, odd: []string{"secret-inside", "text-fault"},
		standard: []string{"media .usedBy made"}, takeout: []string{"bookmarks .https://codeberg.org/godwit/ns#original lost", "bookmarks .published lost"},
		entries: []exportFile{
			exportSharkeyFile("user", `{"id":"u1","username":"alice","name":"Alice","isBot":false,"isLocked":true,"isExplorable":false,"alsoKnownAs":null,"avatarUrl":"https://files.s.example/face.png","token":"0123456789abcdef"}`),
			exportSharkeyFile("profile", `{"userId":"u1","description":"hi","fields":[{"name":"site","value":"https://x.example"}],"password":"$2a$hash"}`),
			exportSharkeyFile("ips", `{"ip":"192.0.2.1","success":true}`), exportSharkeyFile("notes", exportMisskeyNotes()...),
			exportSharkeyFile("followings", `"bob@b.example"`), exportSharkeyFile("followers", `"carol@s.example"`, `"bob@b.example"`),
			{"mutings.json", `{"metaVersion":1,"host":"s.example","exportedAt":"x","mutings":[,` + "\n" + `"dave@d.example"]}`}, exportSharkeyFile("blockings", `"eve@e.example"`),
			{"favorites.json", `{"metaVersion":1,"host":"s.example","exportedAt":"x","favorites":` + exportFavorites + `}`},
			exportSharkeyFile("antennas", `{"name":"birds","keywords":[["owl"]]}`), exportSharkeyFile("drive", row), {"lists.csv", "friends,bob@b.example\nfriends,carol@s.example\n"}, {"files/owl.png.png", exportPNG},
		}}
	maps.Copy(e.want, exportCounts{"actor": 1, "bookmarks": 2, "following": 1, "followers": 2, "muted": 1, "blocked": 1, "lists": 1, "media": 1, "unknown": 3})
	return e
}

// exportOfBookWyrm has three books, and what was written about them.
func exportOfBookWyrm() export {
	status := func(kind string, day int, to, text, more string) string {
		return fmt.Sprintf(`{"id":"%[1]s/%[2]s/%[3]d","type":"%[4]s","published":"2023-08-%02[3]dT04:09:18.343+00:00","attributedTo":"%[1]s","content":"<p>%[5]s</p>",%[6]s,
			"replies":{"type":"OrderedCollection","totalItems":0},"tag":[],"attachment":[],"sensitive":false,"inReplyToBook":"https://old.example/book/2"%[7]s}`,
			exportAlice, strings.ToLower(kind), day, kind, text, to, more)
	}
	book := func(title, cover, comments, quotations, reviews string) string {
		return fmt.Sprintf(`{"work":{"id":"https://old.example/book/1","type":"Work","title":"%[1]s"},"edition":{"id":"https://old.example/book/2","type":"Edition","cover":{"type":"Document","url":"%[2]s","name":"cover of %[1]s"}},
			"authors":[],"shelves":[],"lists":[],"comments":[%[3]s],"quotations":[%[4]s],"reviews":[%[5]s],"readthroughs":[{"id":1}]}`, title, cover, comments, quotations, reviews)
	}
	a := exportAudiences
	books := []string{
		book("State", "images/covers/s.jpeg", status("Comment", 20, a[0].to, a[0].text, "")+","+status("Comment", 21, a[1].to, a[1].text, ""), "", status("Review", 14, a[2].to, a[2].text, `,"name":"great book","rating":5.0`)),
		book("Sand", "images/covers/gone.jpeg", status("Comment", 3, a[3].to, a[3].text, ""), status("Quotation", 2, a[0].to, a[0].text, `,"quote":"<p>words</p>"`), ""),
	}
	return export{name: "BookWyrm", dialect: "bookwyrm", in: []exportBox{exportTarGz, exportZip, exportFolder}, files: [2]int64{2, 0}, standard: []string{"media .mediaType made"},
		want: exportCounts{"actor": 1, "content": 5, "content for public": 2, "content for unlisted": 1, "content for followers": 1, "content for direct": 1, "bookmarks": 1, "following": 2, "blocked": 1, "preferences": 1, "media": 2, "unknown": 3},
		entries: []exportFile{
			{"archive.json", `{"id":"` + exportAlice + `","icon":{"type":"Document","url":"avatars/rat.png","name":"avatar"},"name":"Rat","type":"Person","books":[` + strings.Join(books, ",\n") + `],
			"inbox":"` + exportAlice + `/inbox","outbox":"` + exportAlice + `/outbox","followers":"` + exportAlice + `/followers","preferredUsername":"alice","@context":["https://www.w3.org/ns/activitystreams"],
			"goals":[{"goal":12,"year":2023,"privacy":"followers"}],"saved_lists":["https://old.example/list/9"],"follows":["https://b.example/users/bob","https://old.example/users/carol"],"blocks":["https://e.example/users/eve"],
			"settings":{"show_goal":false,"preferred_timezone":"Australia/Adelaide","default_post_privacy":"followers"},"bookwyrmUser":true,"discoverable":false}`},
			{"avatars/rat.png", exportPNG}, {"imagescovers/s.jpeg", exportJPEG},
		}}
}
