package dialect_test

import (
	"bytes"
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/internal/container"
	"codeberg.org/godwit/godwit/internal/dialect"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/portability/portabilitytest"
	"codeberg.org/godwit/godwit/vocab"
)

// The shapes follow packages/backend/src/queue/processors/
// ExportAccountDataProcessorService.ts of Sharkey.

func sharkeyFile(key string, things ...string) entry {
	return entry{key + ".json", `{"metaVersion":1,"host":"s.example","exportedAt":"Mon Jan 01 2024","` + key + `":[` + strings.Join(things, ",\n") + `]}`}
}

func sharkeyRow(entry, name, body, more string) string {
	sum := md5.Sum([]byte(body))
	return fmt.Sprintf(`{"fileName":"%s","file":{"id":"f%s","md5":"%s","name":"%s","type":"image/png","size":%d,"comment":"alt of %s",
		"url":"https://files.s.example/%s","requestIp":"192.0.2.1"%s}}`, entry, name, hex.EncodeToString(sum[:]), name, len(body), name, name, more)
}

func sharkeyExport() []entry {
	return []entry{
		sharkeyFile("user", `{"id":"u1","username":"alice","name":"Alice","isBot":false,"isLocked":true,"isExplorable":false,"alsoKnownAs":null,
			"avatarUrl":"https://files.s.example/face.png","token":"0123456789abcdef"}`),
		sharkeyFile("profile", `{"userId":"u1","email":"alice@mail.example","birthday":"1990-01-01","description":"hi\nthere","fields":[{"name":"site","value":"https://x.example"}],
			"password":"$2a$hash","twoFactorSecret":null,"twoFactorEnabled":false}`),
		sharkeyFile("ips", `{"ip":"192.0.2.1","success":true}`),
		sharkeyFile("notes", append([]string{misskeyNote("nc", 0+1, `"text":"pictures","fileIds":["fa","fb"],
			"files":[{"id":"fa","name":"owl.png","type":"image/png","size":3,"url":"https://files.s.example/owl.png","comment":"an owl"},
			{"id":"fb","name":"gone.png","type":"image/png","size":9,"url":"https://files.s.example/gone.png"}]`)}, misskeyNotes...)...),
		sharkeyFile("followings", `"bob@b.example"`),
		{"followers.json", `{"metaVersion":1,"host":"s.example","exportedAt":"Mon Jan 01 2024","followers":["carol@s.example","bob@B.example"]}`},
		{"mutings.json", `{"metaVersion":1,"host":"s.example","exportedAt":"Mon Jan 01 2024","mutings":[,` + "\n" + `"dave@d.example"]}`},
		sharkeyFile("blockings", `"eve@e.example"`),
		{"favorites.json", `{"metaVersion":1,"host":"s.example","exportedAt":"x","favorites":` + misskeyFavorites + `}`},
		sharkeyFile("antennas", `{"name":"birds","keywords":[["owl"]],"excludeKeywords":[]}`),
		sharkeyFile("drive", sharkeyRow("owl.png.png", "owl.png", "owl", ``), sharkeyRow("dup.png.png", "dup.png", "first", ``),
			sharkeyRow("dup.png.png", "dup.png", "last!", `,"requestHeaders":{"authorization":"Bearer s3cret"}`), sharkeyRow("lost.png.png", "lost.png", "lost", ``)),
		{"lists.csv", "friends,bob@b.example\nfriends,carol@s.example\n"},
		{"files/owl.png.png", "owl"},
		{"files/dup.png.png", "last!"},
		{"files/unlisted.png.png", "unlisted"},
	}
}

func TestSharkey(t *testing.T) {
	data := zipOfEntries(sharkeyExport()...)
	a := openAs(t, "sharkey", nil, data)
	want := map[string]int{
		"actor": 1, "content": 11, "outbox": 1, "bookmarks": 2, "followers": 2, "following": 1, "muted": 1, "blocked": 1, "lists": 1,
		"media": 5, "unknown": 3,
		"content for public": 4, "content for unlisted": 2, "content for followers": 1, "content for direct": 1, "content for author": 3,
		"outbox for public": 1,
	}
	assert.Equal(t, want, counted(t, a))
	for member, text := range map[vocab.Property]string{
		vocab.ID: `"https://s.example/users/u1"`, vocab.Followers: `"https://s.example/users/u1/followers"`, vocab.Username: `"alice"`,
		vocab.URL: `"https://s.example/@alice"`, vocab.Summary: `"<p>hi<br>there</p>"`, vocab.ManualApprove: `true`, vocab.Discoverable: `false`,
		vocab.Attachment: `[{"type":"PropertyValue","name":"site","value":"https://x.example"}]`, vocab.AlsoKnownAs: ``,
	} {
		assert.Equal(t, text, a.Doc.Get(member).String(), "%s", member)
	}
	first := itemsOf(t, a, portability.Content)[0]
	assert.Equal(t, a.Doc.ID(), first.Object.IRI(vocab.AttributedTo))
	require.Len(t, first.Media, 2)
	assert.Equal(t, "files/owl.png.png", first.Media[0].Path)
	assert.Equal(t, []portability.Reason{portability.MissingMedia}, reasonsOf(first), "the second is not in the export")
	assert.Equal(t, "acct:bob@b.example", itemsOf(t, a, portability.Followers)[1].ID)
	assert.NotEmpty(t, oddOf(a, dialect.TextFault), "a comma before the first muted account: %v", a.Odd())
}

func TestSharkeyKeepsSecretsBack(t *testing.T) {
	a := openAs(t, "sharkey", nil, zipOfEntries(sharkeyExport()...))
	seen := ""
	for _, k := range portability.Kinds() {
		for _, item := range itemsOf(t, a, k) {
			seen += string(item.Raw)
			if item.Object != nil {
				seen += item.Object.String()
			}
		}
	}
	for _, secret := range []string{"0123456789abcdef", "$2a$hash", "s3cret"} {
		assert.NotContains(t, seen, secret)
		assert.NotContains(t, fmt.Sprint(a.Odd()), secret)
	}
	for _, own := range []string{"alice@mail.example", "1990-01-01", `"ip":"192.0.2.1"`, `"exportedAt":"Mon Jan 01 2024","antennas":`} {
		assert.Contains(t, seen, own, "what is the owner's stays")
	}
	var where []string
	for _, p := range oddOf(a, dialect.SecretInside) {
		where = append(where, p.Where)
	}
	assert.ElementsMatch(t, []string{"user.json", "profile.json", "drive.json"}, where)
}

func TestSharkeyFilesOfOneName(t *testing.T) {
	a := openAs(t, "sharkey", nil, zipOfEntries(sharkeyExport()...))
	media := itemsOf(t, a, portability.Media)
	require.Len(t, media, 5)
	assert.Equal(t, "alt of owl.png", media[0].Object.Text("name"))
	assert.Equal(t, []string{"https://files.s.example/owl.png"}, []string{media[0].Object.Child(dialect.OriginalMember).Child("file").Text("url")})
	assert.Contains(t, reasonsOf(media[1]), portability.BadMedia, "the first of two is gone, and is not taken for the last")
	assert.Empty(t, media[1].Media)
	assert.Empty(t, reasonsOf(media[2]), "the last is there")
	assert.Contains(t, reasonsOf(media[3]), portability.MissingMedia)
	assert.NotNil(t, media[3].Object, "what is said of a file that is lost is kept")
	assert.Equal(t, "files/unlisted.png.png", media[4].Media[0].Path, "a file without a row")
}

func TestSharkeySuite(t *testing.T) {
	data := zipOfEntries(sharkeyExport()...)
	suite(t, nil, data, portabilitytest.Want{Items: kindsOf(counted(t, openAs(t, "sharkey", nil, data))), Files: 3, Missing: 3})
}

func TestSharkeyCutShort(t *testing.T) {
	data := tarGzipOf(sharkeyExport()...)
	data = data[:len(data)*9/10]
	_, err := openExport(t, nil, data)
	require.Error(t, err, "what is damaged is refused")
	c, err := container.OpenAt(t.Context(), bytes.NewReader(data), int64(len(data)), &container.Options{Salvage: true})
	require.NoError(t, err)
	defer c.Close()
	a, err := dialect.Open(t.Context(), c, &dialect.Options{Salvage: true})
	require.NoError(t, err)
	counts := counted(t, a)
	assert.Equal(t, []int{11, 1, 2, 3}, []int{counts["content"], counts["outbox"], counts["followers"], counts["media"]}, "what is whole is given up")
	assert.NotEmpty(t, oddOf(a, dialect.MissingFile), "and what is lost is said")
}

func TestSharkeyWithoutItsUser(t *testing.T) {
	a := openAs(t, "sharkey", &dialect.Options{Handle: "alice"}, zipOfEntries(sharkeyExport()[3:]...))
	assert.Nil(t, a.Doc)
	assert.Equal(t, 1, counted(t, a)["content for followers"])
	assert.NotEmpty(t, oddOf(a, dialect.MissingFile))
}

func TestSharkeyHostile(t *testing.T) {
	hostile(t, nil, sharkeyExport()[:11])
	for name, host := range map[string]string{"a path": "s.example/x", "a port and more": "s.example:1@x", "empty": "", "quoted": `s\"x`} {
		t.Run("the host is "+name, func(t *testing.T) {
			entries := sharkeyExport()
			for i := range entries {
				entries[i].body = strings.ReplaceAll(entries[i].body, `"host":"s.example"`, `"host":"`+host+`"`)
			}
			a := openAs(t, "sharkey", nil, zipOfEntries(entries...))
			for _, item := range itemsOf(t, a, portability.Content) {
				_, fatal := item.Fatal()
				assert.True(t, fatal, "no id is made of it")
				assert.Empty(t, item.Object.ID())
			}
		})
	}
}
