package backup_test

import (
	"strings"

	"codeberg.org/godwit/godwit/backup"
)

// exportsOfLists are those that have no posts: lists of accounts, of every dialect,
// and the records of GoToSocial.
func exportsOfLists() []export {
	box, alone := []exportBox{exportFolder, exportZip, exportTarGz}, []exportBox{exportAlone, exportGz}
	all := []export{
		{name: "CSV: every list of Mastodon 4.6, and one of the server's", in: box, odd: []string{"foreign-record", "no-header"}, want: exportCounts{"unknown": 1, "following": 2, "followers": 1, "blocked": 1, "muted": 1, "lists": 2, "bookmarks": 2, "blocked-domains": 1, "filters": 1}, entries: []exportFile{
			{"following_accounts.csv", "Account address,Show boosts,Notify on new posts,Languages\nbob@a.example,false,true,\"de, en\"\ncarol@A.example,true,false,\n"},
			{"followers.csv", "Account address\r\ndan@b.example\r\n"}, {"blocked_accounts.csv", "eve@c.example\n"}, {"muted_accounts.csv", "Account address,Hide notifications\nfay@c.example,true\n"},
			{"lists.csv", "friends,bob@a.example\nfriends,dan@b.example\nwork,bob@a.example\n"}, {"bookmarks.csv", "https://a.example/1\nhttps://a.example/2\n"}, {"blocked_domains.csv", "SPAM.example\n"},
			{"custom_filters.json", `{"custom_filters":[{"title":"spoilers","expires_at":"2030-01-01T00:00:00Z","context":["home"],"action":"warn","keywords_attributes":[{"keyword":"x","whole_word":true}],"statuses":[],"odd":1}]}`},
			{"domain_blocks.csv", "#domain,#severity,#reject_media,#reject_reports,#public_comment,#obfuscate\nbad.example,suspend,false,false,spam,false\n"},
		}},
		{name: "CSV: GoToSocial's five lists", in: box, odd: []string{"no-header"}, want: exportCounts{"following": 2, "followers": 2, "blocked": 1, "muted": 1, "lists": 1}, entries: []exportFile{
			{"blocks.csv", "foss_satan@fossbros.example\n"}, {"followers.csv", "Account address\n1happyturtle@localhost:8080\nadmin@localhost:8080\n"},
			{"following.csv", "Account address,Show boosts,Notify on new posts,Languages\n1happyturtle@localhost:8080,true,false,\nadmin@localhost:8080,true,false,\n"},
			{"lists.csv", "Posters From This Instance,1happyturtle@localhost:8080\nPosters From This Instance,admin@localhost:8080\n"}, {"mutes.csv", "Account address,Hide notifications\nloud@b.example,true\n"},
		}},
		{name: "CSV: followed accounts of 2017, without a header", in: []exportBox{exportAlone, exportFolder}, odd: []string{"no-header"}, want: exportCounts{"following": 2}, entries: []exportFile{{"following_accounts.csv", "bob@a.example\ncarol@b.example\n"}}},
		{name: "CSV: followed accounts of Mastodon 2.8", in: alone, want: exportCounts{"following": 2}, entries: []exportFile{{"f.csv", "Account address,Show boosts\nbob@a.example,true\ncarol@b.example,false\n"}}},
		{name: "CSV: followed accounts of Friendica", in: alone, want: exportCounts{"following": 2}, entries: []exportFile{{"f.csv", "Account address, Show boosts\nbob@a.example, true\nhttps://b.example/u/carol, true\n"}}},
		{name: "CSV: by hand, with a mark and signs", in: alone, want: exportCounts{"following": 3}, entries: []exportFile{{"f.csv", "\ufeffACCOUNT ADDRESS,show boosts\r\n@bob@a.example,true\r\n\r\nacct:carol@b.example,true\r\ndan@bücher.example,true\r\n"}}},
		{name: "CSV: blocked accounts of Takahe", in: box, odd: []string{"no-header"}, want: exportCounts{"blocked": 1}, entries: []exportFile{{"blocked_accounts.csv", "Account address\neve@c.example\n"}}},
	}
	for i := range all {
		all[i].dialect = "csv"
	}
	return append(all, exportOfGoToSocial())
}

// exportOfGoToSocial is the records of a server with one account that it was asked
// for, relations before whom they are with.
func exportOfGoToSocial() export {
	record := func(kind, id, more string) string {
		return `{"type":"` + kind + `","id":"` + id + `","createdAt":"2022-05-20T11:09:18Z",` + more + `}`
	}
	between := func(kind, id, from, to string) string {
		return record(kind, id, `"uri":"https://old.example/`+id+`","accountId":"`+from+`","targetAccountId":"`+to+`"`)
	}
	remote := func(id, name string) string {
		return record("account", id, `"username":"x","domain":"far.example","uri":"https://far.example/users/`+name+`"`)
	}
	lines := []string{
		record("account", "01A", `"username":"alice","displayName":"Alice","note":"<p>hi</p>","locked":true,"discoverable":true,"privacy":"unlocked","language":"en","sensitive":true,"uri":"`+exportAlice+
			`","url":"https://old.example/@alice","inboxURI":"`+exportAlice+`/inbox","outboxURI":"`+exportAlice+`/outbox","followersUri":"`+exportAlice+`/followers","actorType":"Person",`+
			`"privateKey":"-----BEGIN RSA PRIVATE KEY-----SECRET","publicKey":"-----BEGIN RSA PUBLIC KEY-----","publicKeyUri":"`+exportAlice+`/main-key"`),
		between("block", "b1", "01A", "02E"), between("block", "b2", "02D", "01A"), remote("02E", "eve"), remote("02D", "dan"),
		between("follow", "f1", "01A", "02B"), between("follow", "f2", "02D", "01A"), remote("02B", "bob"),
		between("followRequest", "r1", "02E", "01A"), between("followRequest", "r2", "01A", "02C"), remote("02C", "carol"),
		record("domainBlock", "d1", `"domain":"spam.example","createdByAccountID":"01A"`),
		record("user", "u1", `"email":"alice@mail.example","accountID":"01A","encryptedPassword":"HASH","confirmationToken":"TOKEN","locale":"en"`),
		record("instance", "i1", `"domain":"old.example","uri":"https://old.example"`),
	}
	return export{name: "GoToSocial: the records of the server", dialect: "gotosocial", known: &backup.ReadOptions{Handle: "alice"}, in: []exportBox{exportAlone, exportGz, exportZip}, odd: []string{"foreign-record", "secret-inside"},
		report:  []string{"report .account.problems.unknown lost"},
		want:    exportCounts{"actor": 1, "blocked": 1, "following": 1, "followers": 1, "pending": 2, "preferences": 1, "unknown": 1},
		entries: []exportFile{{"export.json", strings.Join(lines, "\n") + "\n"}}}
}
