package backup_test

import (
	"bytes"
	"fmt"
	"strings"

	"codeberg.org/godwit/godwit/backup"
)

// hostileLists are lists of rows, and the files of X.
func hostileLists() []hostileCase {
	csv := func(fault, text, want string) hostileCase {
		return hostileCase{fault: fault, want: want, input: func(w *hostileWorld) hostileInput {
			return hostileBytes(hostileTar(hostileFile{"following_accounts.csv", text}))
		}}
	}
	x := func(fault, want string, files ...hostileFile) hostileCase {
		return hostileCase{fault: fault, want: want, opts: &backup.ReadOptions{Host: "x.example", Handle: "alice"},
			input: func(*hostileWorld) hostileInput { return hostileBytes(hostileZip(files...)) }}
	}
	const head = "Account address,Show boosts\n"
	const row = "bob@else.example,true\n"
	follower := `window.YTD.follower.part0 = [{"follower":{"accountId":"%s","userLink":"%s"}}]`
	return []hostileCase{
		csv("csv-byte-order-mark", "\ufeff"+head+row, "following 1"),
		csv("csv-utf16", hostileUTF16(head+row), "following 1"),
		csv("csv-cr-only", strings.ReplaceAll(head+row, "\n", "\r"), "following 1"),
		csv("csv-ragged", head+"\n,,,,\na@b.example\n"+row+"c@d.example,true,false,en,more,and,more\n", "following 3"),
		csv("csv-unclosed-quote", head+row+`"carol@else.example,true`+"\n"+row, "following 2 (repeated 1); !row-unusable"),
		{fault: "csv-line-of-20-megabytes", want: "following 2; !row-unusable", input: func(*hostileWorld) hostileInput {
			return hostileHuge(head+row, 20<<20, "\ndave@else.example,true\n")
		}},
		csv("csv-formula", head+"=cmd()@else.example,true\n=1+1,true\n"+row, "following 2; !row-unusable"),
		csv("csv-addresses-in-all-forms", head+"@b@else.example,true\nacct:c@else.example,true\nhttps://else.example/users/d,true\ne@else.example:8443,true\nf@Bücher.example,true\n", "following 5"),
		csv("csv-header-only", head, "nothing"),
		csv("csv-header-in-another-case", "account ADDRESS, show boosts\n"+row, "following 1"),
		csv("csv-blank-lines", head+"\n\n"+row+"\n\n", "following 1"),
		csv("csv-rows-that-are-no-addresses", head+"../../etc/passwd,true\n<script>,true\n@,true\n@@,true\n\x00,true\n"+row, "following 1; !row-unusable"),
		{fault: "csv-of-250000-rows", want: "following 250000", long: true, input: func(*hostileWorld) hostileInput {
			return hostileRows(head, 250_000, func(n int) string { return fmt.Sprintf("a%06d@else.example,true\n", n) }, "")
		}},
		x("x-code-in-place-of-data", "refused: code-in-place-of-data", hostileFile{"follower.js", "window.YTD.follower.part0 = alert(1)"}),
		x("x-code-behind-the-data", "refused: code-in-place-of-data", hostileFile{"follower.js", fmt.Sprintf(follower, "1", "https://x.com/a") + ";alert(1)"}),
		x("x-ids-over-2^53", "followers 1", hostileFile{"follower.js", fmt.Sprintf(follower, "9223372036854775807", "https://twitter.com/intent/user?user_id=9223372036854775807")}),
		x("x-link-of-a-user-elsewhere", "followers 1 (foreign-host 1)", hostileFile{"follower.js", fmt.Sprintf(follower, "12", "javascript:alert(document.cookie)")}),
		x("x-id-that-is-no-number", "followers 1 (no-id 1)", hostileFile{"follower.js", fmt.Sprintf(follower, "../../1", "https://x.com/a")}),
		x("x-part-that-is-not-there", "refused: part-missing",
			hostileFile{"data/manifest.js", `window.__THAR_CONFIG = {"dataTypes":{"follower":{"files":[{"fileName":"data/follower.js","globalName":"YTD.follower.part0","count":"1"},{"fileName":"data/follower-part1.js","globalName":"YTD.follower.part1","count":"1"}]}}}`},
			hostileFile{"data/follower.js", fmt.Sprintf(follower, "12", "https://x.com/a")}),
		x("x-backslashes-that-climb", "refused: name-backslash", hostileFile{`data\..\..\follower.js`, fmt.Sprintf(follower, "12", "https://x.com/a")}),
	}
}

// hostileSecrets are exports with secrets in them. They are told, and go no
// further.
func hostileSecrets() []hostileCase {
	pem := "-----BEGIN RSA PRIVATE KEY-----\n" + hostileSecret + "\n-----END RSA PRIVATE KEY-----\n"
	multikey := hostileDoc{"id": hostileMe + "#k", "type": "Multikey", "controller": hostileMe, "publicKeyMultibase": "z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQXJPt4swbTQ2", "secretKeyMultibase": hostileSecret}
	listed := "ubc-version: 0.1\ncontents:\n  activitypub: {contents: [actor.json, outbox.json]}\n  key: {contents: [k.json, k.pem]}\n  notes.json:\n"
	return []hostileCase{
		{fault: "secret-key-pem-of-a-takeout", want: "actor 1; content 2; !secret-inside", input: func(*hostileWorld) hostileInput {
			return hostileTakeout(hostileOutbox(hostileAround()...), hostileFile{"key.pem", pem})
		}},
		{fault: "secret-key-in-the-actor", want: "actor 1; content 2; !secret-inside", input: func(*hostileWorld) hostileInput {
			files := hostileTakeoutFiles(hostileOutbox(hostileAround()...))
			files[0].body = hostileActor().with("publicKey", hostileDoc{"id": hostileMe + "#main-key", "owner": hostileMe, "privateKeyPem": pem}, "assertionMethod", []any{multikey}).String()
			return hostileBytes(hostileZip(files...))
		}},
		{fault: "secret-multikey-in-clear", want: "actor 1; keys 1 (secret-withheld 1); content 2; unknown 1; !secret-inside", input: func(*hostileWorld) hostileInput {
			return hostileBytes(hostileTar(hostileContainer(listed, hostileFile{"key/k.json", multikey.String()}, hostileFile{"key/k.pem", pem}, hostileFile{"notes.json", "{}"})...))
		}},
		{fault: "secret-key-under-another-name", want: "actor 1; content 2; unknown 1; !listed-absent", input: func(*hostileWorld) hostileInput {
			return hostileBytes(hostileTar(hostileContainer(listed, hostileFile{"notes.json", multikey.String()})...))
		}},
		{fault: "secret-password-hash-of-friendica", want: "actor 1; content 2; !secret-inside", input: func(*hostileWorld) hostileInput {
			return hostileTakeout(hostileOutbox(hostileAround()...), hostileFile{"alice.account",
				hostileDoc{"user": hostileDoc{"nickname": "alice", "password": hostileSecret, "prvkey": pem}, "contact": []any{}}.String()})
		}},
		{fault: "secret-account-file-of-friendica-alone", want: "refused: unknown-format", input: func(*hostileWorld) hostileInput {
			return hostileBytes([]byte(hostileDoc{"user": hostileDoc{"nickname": "alice", "password": hostileSecret, "prvkey": pem}, "contact": []any{}}.String()))
		}},
		{fault: "secret-keys-of-gotosocial", want: "actor 1; unknown 1 (secret-withheld 1); !secret-inside", opts: &backup.ReadOptions{Host: "old.example", Handle: "alice"}, input: func(*hostileWorld) hostileInput {
			account := hostileDoc{"type": "account", "id": "01A", "createdAt": "2022-05-20T11:09:18Z", "username": "alice", "uri": hostileMe,
				"inboxURI": hostileMe + "/inbox", "outboxURI": hostileMe + "/outbox", "followersUri": hostileMe + "/followers", "actorType": "Person",
				"privateKey": pem, "publicKey": "-----BEGIN RSA PUBLIC KEY-----", "publicKeyUri": hostileMe + "/main-key"}
			user := hostileDoc{"type": "user", "id": "01U", "createdAt": "2022-05-20T11:09:18Z", "accountID": "01A", "encryptedPassword": hostileSecret, "email": "alice@else.example"}
			return hostileBytes([]byte(account.String() + "\n" + user.String() + "\n"))
		}},
	}
}

// hostileBoxes are archives in odd containers.
func hostileBoxes() []hostileCase {
	files := hostileTakeoutFiles(hostileOutbox(hostileAround()...))
	below := func(folder string) []hostileFile {
		var all []hostileFile
		for _, f := range files {
			all = append(all, hostileFile{folder + f.name, f.body})
		}
		return all
	}
	box := func(fault, want string, data []byte) hostileCase {
		return hostileCase{fault: fault, want: want, input: func(*hostileWorld) hostileInput { return hostileBytes(data) }}
	}
	inner := hostileFile{"backup.zip", string(hostileZip(hostileTakeoutFiles(hostileOutbox(hostileNote(9).with("content", hostileForged).create().String()))...))}
	tarred := hostileTar(hostileContainer(hostileManifest)...)
	return []hostileCase{
		box("outbox-twice", "refused: two-outboxes", hostileZip(append(files, hostileFile{"old/outbox.json", hostileOutbox()})...)),
		box("outbox-that-is-a-link", "refused: link-referenced", hostileTar(files[0], hostileFile{"outbox.json", "-> /etc/passwd"})),
		box("actor-that-is-a-link", "refused: link-referenced", hostileTar(hostileFile{"actor.json", "-> /etc/passwd"}, files[1])),
		box("outbox-alone", "content 2", []byte(files[1].body)),
		box("wrapper-folder", "actor 1; content 2; !wrapper-folder", hostileZip(below("archive-2024/")...)),
		box("noise-of-systems", "actor 1; content 2; !wrapper-folder", hostileZip(append(below("a/"), hostileFile{"__MACOSX/a/._outbox.json", "x"}, hostileFile{".DS_Store", "x"}, hostileFile{"a/Thumbs.db", "x"})...)),
		box("archive-in-the-archive", "actor 1; media 1; content 2", hostileZip(append(files, inner)...)),
		box("archive-in-the-archive-alone", "refused: unknown-format", hostileZip(inner)),
		box("end-of-the-tar-missing-and-all-there", "actor 1; content 2; !tar-no-end", tarred[:len(tarred)-1024]),
		box("end-of-the-tar-missing-and-an-entry-too", "refused: fewer-entries-than-said", func() []byte {
			data := hostileTar(hostileContainer(strings.Replace(hostileManifest, "contents:\n", "contents:\n  gone.json:\n", 1))...)
			return data[:len(data)-1024]
		}()),
		box("entries-behind-the-end-without-a-proof", "actor 1; content 2; !tar-entries-after-end", append(bytes.Clone(tarred), hostileTar(hostileFile{"more.json", "{}"})...)),
	}
}
