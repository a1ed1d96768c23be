package backup_test

import (
	"fmt"
	"strings"
	"testing"

	"codeberg.org/godwit/godwit/backup"
	"codeberg.org/godwit/godwit/portability"
)

const (
	exportListed  = "ubc-version: 0.1\nmeta:\n  created: 2024-01-01\ncontents:\n  manifest.yml:\n    url: https://w3id.org/fep/6fcd#manifest-file\n  activitypub:\n    url: https://www.w3.org/TR/activitypub/\n  key:\n"
	exportMixed   = "ubc-version: \"0.1\"\ncontents:\n  - manifest.yml\n  - activitypub:\n      url: https://www.w3.org/TR/activitypub/\n  - key\n"
	exportNoMeta  = "# by hand\nubc-version: 0.10\ncontents: {manifest.yml: {}, activitypub: {}, key: {}}\n"
	exportHill    = "\xff\xd8\xff\xe0 a hill"
	exportHillURL = "https://old.example/files/a.png"
)

// exportOfTheFEP is laid out as the example in the FEP.
func exportOfTheFEP(manifest exportFile) []exportFile {
	return []exportFile{
		manifest,
		exportActor(""),
		exportOutbox(exportPosts(exportHillURL)...),
		{"following_accounts.csv", "Account address,Show boosts,Notify on new posts,Languages\nbob@b.example,true,false,\ncarol@c.example,false,true,\"cs, en\"\n"},
		{"followers.csv", "Account address\nbob@b.example\n"},
		{"lists.csv", "friends,bob@b.example\nwork,carol@c.example\nfriends,dan@d.example\n"},
		{"bookmarks.csv", "https://b.example/1\nhttps://b.example/2\n"},
		{"blocks.csv", "troll@d.example\n"},
		{"mutes.csv", "Account address,Hide notifications\nloud@d.example,true\n"},
		{"attachments/a.png", exportPNG},
		{"attachments/face.jpg", exportJPEG},
		{"../key/key-1234.json", `{"id":"` + exportAlice + `#key1234","type":"Multikey","publicKeyMultibase":"z6MkPublic","privateKeyMultibase":"z3u2Private"}`},
	}
}

// exportStandard puts everything but the manifest where the FEP has it.
func exportStandard(manifest, text string) []exportFile {
	files := exportOfTheFEP(exportFile{"../" + manifest, text})
	for i := range files {
		if below, up := strings.CutPrefix(files[i].name, "../"); up {
			files[i].name = below
		} else {
			files[i].name = "activitypub/" + files[i].name
		}
	}
	return files
}

func exportsOfStandard(t *testing.T) []export {
	last := func(files []exportFile) []exportFile { return append(files[1:len(files):len(files)], files[0]) }
	tars := []exportBox{exportTar, exportTarGz, exportZip, exportFolder}
	want := exportPostCounts(exportCounts{"following": 2, "followers": 1, "lists": 2, "bookmarks": 2, "blocked": 1, "muted": 1, "media": 1, "keys": 1})
	variants := []export{
		{name: "FEP-6fcd: the layout of the example", entries: exportStandard("manifest.yml", exportListed), odd: []string{"secret-inside"}},
		{name: "FEP-6fcd: contents as a list, the manifest last under its other name", entries: last(exportStandard("manifest.yaml", exportMixed)), odd: []string{"manifest-odd", "secret-inside"}},
		{name: "FEP-6fcd: nothing but what must be said", entries: exportStandard("manifest.yml", exportNoMeta), odd: []string{"manifest-odd", "secret-inside"}},
		{name: "FEP-6fcd: in a wrapper folder", entries: exportBelow("backup/", exportStandard("manifest.yml", exportListed)...), odd: []string{"secret-inside", "wrapper-folder"}},
	}
	for i := range variants {
		variants[i].in, variants[i].want, variants[i].files = tars, want, [2]int64{2, 1}
		variants[i].report = []string{"report .account.problems.keys lost"}
	}
	variants = append(variants, exportOfOwnLayout(t), exportOfHollo())
	for i := range variants {
		variants[i].dialect = "fep-6fcd"
	}
	return variants
}

// exportOfOwnLayout has an item of every kind, and a post for every audience.
func exportOfOwnLayout(t *testing.T) export {
	account := smallAccount(t)
	for i, a := range exportAudiences {
		n := 20 + i
		putItems(t, account, itemOf(t, portability.Content, fmt.Sprintf("%s/statuses/%d", exportAlice, n), "%s", exportNote(n, a.to, a.text, "")))
	}
	made := unpack(t, copied(t, account, &backup.WriteOptions{Created: aDay}))
	e := export{name: "FEP-6fcd: godwit's own layout", in: []exportBox{exportTar, exportTarZst, exportZip, exportFolder}, files: [2]int64{2, 0},
		want: exportCounts{
			"actor": 1, "keys": 1, "content": 7, "content for public": 2, "content for unlisted": 1, "content for followers": 2, "content for direct": 1, "content for author": 1,
			"outbox": 1, "outbox for public": 1, "history": 1, "media": 2, "liked": 1, "shared": 1, "featured": 1, "received": 1, "followers": 1, "following": 1, "pending": 1,
			"blocked": 1, "muted": 1, "blocked-domains": 1, "bookmarks": 1, "lists": 1, "filters": 1, "featured-tags": 1, "preferences": 1, "unknown": 2,
		}}
	for _, name := range made.names {
		e.entries = append(e.entries, exportFile{name, made.body[name]})
	}
	return e
}

func exportHolloStatus(n int, visibility, text, more string) string {
	const at = "https://hollo.example/@alice"
	return fmt.Sprintf(`{"id":"%[1]d","uri":"%[2]s/%[1]d","url":"%[2]s/%[1]d","created_at":"2024-01-0%[1]dT00:00:00Z","visibility":"%[3]s","account":{"id":"7"},
		"content":"<p>%[4]s</p>"%[5]s}`, n, at, visibility, text, more)
}

// exportOfHollo is in the flavour of Hollo, whose documents are those of its client
// API.
func exportOfHollo() export {
	const mentions, none = `,"mentions":[{"id":"9","acct":"bob@b.example","url":"https://b.example/@bob"}]`, `,"media_attachments":[]`
	media := `,"media_attachments":[{"id":"m-1","type":"image","url":"https://cdn.example/a.webp","description":"a hill"},{"id":"m-2","type":"image","url":"https://cdn.example/b.webp"}]`
	follows := `{"id":"followers.json","type":"OrderedCollection","orderedItems":[{"account":"https://hollo.example/accounts/8","iri":"https://b.example/follow/1","followerId":"7","followingId":"8"}]}`
	statuses := []string{
		exportHolloStatus(6, "public", "", `,"reblog":{"uri":"https://b.example/9"}`+none),
		exportHolloStatus(5, "direct", exportAuthor, none), exportHolloStatus(4, "direct", exportDirect, mentions+none), exportHolloStatus(3, "private", exportFollowers, none),
		exportHolloStatus(2, "unlisted", exportSeen, `,"in_reply_to_id":"1"`+none), exportHolloStatus(1, "public", exportSeen, media),
	}
	return export{name: "FEP-6fcd: Hollo's flavour", in: []exportBox{exportTar, exportZip, exportFolder}, files: [2]int64{1, 1}, odd: []string{"manifest-odd"},
		standard: []string{"media .mediaType made", "media .urls made", "media .usedBy made"}, report: []string{"report .account.problems.unknown lost"},
		want: exportCounts{"actor": 1, "content": 5, "content for public": 1, "content for unlisted": 1, "content for followers": 1, "content for direct": 1, "content for author": 1,
			"outbox": 1, "outbox for public": 1, "lists": 1, "media": 1, "unknown": 2},
		entries: []exportFile{
			{"activitypub/actor.json", `{"id":"7","username":"alice","acct":"alice","display_name":"Alice","url":"https://hollo.example/@alice","note":"<p>hello</p>"}`},
			{"activitypub/outbox.json", "[" + strings.Join(statuses, ",\n") + "]"},
			{"activitypub/followers.json", follows}, {"activitypub/following.json", follows},
			{"activitypub/bookmarks.json", `{"type":"OrderedCollection","orderedItems":["0191b6d9-6c20-7314-9022-3443be6a58ca"]}`},
			{"activitypub/lists.json", `[{"id":"5","title":"friends","replies_policy":"list"}]`},
			{"media/m-1.webp", "RIFF\x08\x00\x00\x00WEBP hill"},
			{"manifest.yaml", "ubc-version: \"0.1\"\ncontents:\n  manifest.yml:\n  activitypub:\n  media:\n    contents:\n      m-1.webp: {type: image/webp}\n"},
		}}
}
