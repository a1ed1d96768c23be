package backup_test

import (
	"fmt"
	"strings"
)

// exportsOfAPIs are written in the words of servers' client APIs and databases.
func exportsOfAPIs() []export {
	return []export{exportOfMastodonArchive(), exportOfMastodonArchiveAlone(), exportOfPixelfed(), exportOfPixelfedAlone()}
}

func exportStatus(n int, visibility, text, more string) string {
	return fmt.Sprintf(`{"id":%[1]d,"uri":"%[2]s/statuses/%[1]d","url":"https://old.example/@alice/%[1]d","created_at":"2020-01-%02[3]dT00:00:00.5+00:00","account":{"id":1,"acct":"alice"},
		"content":"<p>%[4]s</p>","reblog":null,"visibility":"%[5]s"%[6]s}`, n, exportAlice, n-90, text, visibility, more)
}

const exportBob = `,"mentions":[{"id":7,"acct":"bob@b.example","url":"https://b.example/@bob"}]`

// exportOfMastodonArchive has the newest first, then those of a second run, and ids
// that are numbers.
func exportOfMastodonArchive() export {
	media := func(n int) string {
		return fmt.Sprintf(`,"media_attachments":[{"id":%d,"type":"image","url":"https://files.old.example/media_attachments/%[1]d.png"}]`, n)
	}
	none := `,"media_attachments":[]`
	statuses := []string{
		exportStatus(105, "public", exportSeen, `,"pinned":true,"in_reply_to_id":104,"in_reply_to_account_id":1`+none), exportStatus(104, "unlisted", exportSeen, `,"in_reply_to_id":900,"in_reply_to_account_id":7`+none),
		`{"id":103,"uri":"` + exportAlice + `/statuses/103/activity","created_at":"2020-01-13T00:00:00.5+00:00","account":{"id":1},"visibility":"public","content":"","reblog":{"id":800,"uri":"https://b.example/notes/800","account":{"id":7},"media_attachments":[]}}`,
		exportStatus(102, "private", exportFollowers, media(5)), exportStatus(101, "direct", exportDirect, exportBob+media(6)),
		exportStatus(107, "public", exportSeen, none), exportStatus(106, "limited", exportAuthor, none),
	}
	file := `{"account":{"id":1,"username":"alice","acct":"alice","display_name":"Alice","url":"https://old.example/@alice","note":"<p>hi</p>","locked":true,
		"avatar":"https://files.old.example/accounts/avatars/1.png","header":"https://old.example/headers/original/missing.png","source":{"privacy":"private","sensitive":false,"language":"de"}},
		"statuses":[` + strings.Join(statuses, ",\n") + `],
		"favourites":[{"id":901,"uri":"https://b.example/notes/901","account":{"id":7}}],"bookmarks":[{"id":902,"uri":"https://b.example/notes/902","account":{"id":7}}],
		"mentions":[{"id":900,"uri":"https://b.example/notes/900","visibility":"direct","created_at":"2020-01-13T20:00:00+00:00","account":{"id":7,"url":"https://b.example/@bob"}}],
		"followers":[{"id":7,"acct":"bob@b.example"},{"id":8,"acct":"carol"}],"following":[{"id":7,"acct":"bob@b.example","uri":"https://b.example/users/bob"}],
		"mutes":[{"id":9,"acct":"dave@d.example","mute_expires_at":"2030-01-01T00:00:00+00:00"}],"blocks":[{"id":10,"acct":"eve@e.example"}],"notes":[{"id":7,"note":"met in Rome"}]}`
	return export{name: "mastodon-archive: a file and its folder", dialect: "mastodon-archive", in: []exportBox{exportFolder, exportZip, exportTarGz}, files: [2]int64{2, 2}, odd: []string{"secret-inside"},
		want: exportCounts{"actor": 1, "content": 6, "content for public": 2, "content for unlisted": 1, "content for followers": 1, "content for direct": 1, "content for author": 1, "outbox": 1, "outbox for public": 1,
			"liked": 1, "bookmarks": 1, "featured": 1, "inbox": 1, "preferences": 1, "followers": 2, "following": 1, "muted": 1, "blocked": 1, "unknown": 1},
		report: []string{"report .account.notes changed", "report .account.skipped.inbox lost"}, takeout: []string{"bookmarks .https://codeberg.org/godwit/ns#original lost", "liked .https://codeberg.org/godwit/ns#original lost"},
		standard: []string{"inbox lost"}, // it is for the owner's eyes, and nobody is told whose those are
		entries: []exportFile{{"old.example.user.alice.json", file}, {"old.example.user.alice/media_attachments/5.png", exportPNG},
			{"old.example.user.alice/accounts/avatars/1.png", exportPNG + "1"}, {"old.example.user.alice.secret", "t0ken"}}}
}

func exportOfMastodonArchiveAlone() export {
	e := exportOfMastodonArchive()
	e.name, e.in, e.entries, e.files, e.odd = "mastodon-archive: the file alone", []exportBox{exportAlone, exportGz}, e.entries[:1], [2]int64{0, 4}, nil
	return e
}

// exportOfPixelfed is the downloads of an account, one beside the other.
func exportOfPixelfed() export {
	status := func(n int, more string) string {
		return fmt.Sprintf(`{"_v":1,"id":"%[1]d","uri":"https://old.example/p/alice/%[1]d","url":"https://old.example/p/alice/%[1]d","in_reply_to_id":"","in_reply_to_account_id":"","reblog":null,
			"created_at":"2020-01-%02[1]dT00:00:00.000Z","sensitive":false,"spoiler_text":"","language":null,"mentions":[],"pf_type":"photo","favourited":false,"bookmarked":false,
			"media_attachments":[{"id":"1","type":"Image","url":"https://old.example/storage/m/%[1]d.jpg","meta":null,"description":"an owl","mime":"image/jpeg"}],
			"account":{"id":"11","username":"alice","acct":"alice","url":"https://old.example/alice","local":true},"tags":[],%[2]s}`, n, more)
	}
	said := func(text, visibility string) string {
		return `"content":"` + text + `","visibility":"` + visibility + `"`
	}
	statuses := []string{
		status(1, said(exportSeen, "public")+`,"favourited":true`), status(2, said(exportSeen, "unlisted")+`,"bookmarked":true`), status(3, said(exportFollowers, "private")),
		status(4, said(exportDirect, "direct")+exportBob), status(5, said(exportAuthor, "draft")), status(6, said(exportSeen, "public")+`,"in_reply_to_id":"1","in_reply_to_account_id":"11"`),
	}
	return export{name: "Pixelfed: every download", dialect: "pixelfed", in: []exportBox{exportFolder, exportZip, exportTar}, files: [2]int64{0, 6}, takeout: []string{"bookmarks .https://codeberg.org/godwit/ns#original lost", "liked .https://codeberg.org/godwit/ns#original lost"},
		want: exportCounts{"actor": 1, "content": 6, "content for public": 2, "content for unlisted": 1, "content for followers": 1, "content for direct": 1, "content for author": 1,
			"liked": 1, "bookmarks": 1, "following": 2, "followers": 1, "muted": 1, "blocked": 1},
		entries: []exportFile{
			{"pixelfed-statuses.json", "[\n{\"data\":[" + strings.Join(statuses[:3], ",") + "]}\n,{\"data\":[" + strings.Join(statuses[3:], ",") + "]}\n]"},
			{"account.json", `{"@context":"https://www.w3.org/ns/activitystreams","id":"` + exportAlice + `","type":"Person","following":"` + exportAlice + `/following","followers":"` + exportAlice + `/followers",` +
				`"inbox":"` + exportAlice + `/inbox","outbox":"` + exportAlice + `/outbox","preferredUsername":"alice"}`},
			{"pixelfed-following.json", "[\n\n    \"https://old.example/bob\",\n    \"https://m.example/users/carol\"\n\n]"}, {"pixelfed-followers.json", `["https://m.example/users/carol"]`},
			{"muted-and-blocked-accounts.json", `{"muted":["https://old.example/dave"],"blocked":["https://e.example/users/eve"]}`},
		}}
}

func exportOfPixelfedAlone() export {
	e := exportOfPixelfed()
	e.name, e.in, e.entries, e.odd = "Pixelfed: the statuses alone", []exportBox{exportAlone, exportGz}, e.entries[:1], []string{"file-missing"}
	for _, kind := range []string{"following", "followers", "muted", "blocked"} {
		delete(e.want, kind)
	}
	return e
}
