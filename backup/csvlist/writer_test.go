package csvlist_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"codeberg.org/godwit/godwit/backup/csvlist"
	"codeberg.org/godwit/godwit/vocab"
)

func write(t require.TestingT, typ csvlist.Type, d csvlist.Dialect, rows ...csvlist.Row) string {
	var out bytes.Buffer
	w, err := csvlist.NewWriter(&out, typ, &csvlist.WriteOptions{Dialect: d})
	require.NoError(t, err)
	for _, row := range rows {
		require.NoError(t, w.Write(row))
	}
	require.NoError(t, w.Flush())
	return out.String()
}

func TestWrite(t *testing.T) {
	follow := csvlist.Row{Account: "a@x.example", ShowBoosts: csvlist.Yes, Notify: csvlist.No, Languages: []string{"de", "fr"}}
	entry := csvlist.Row{List: "Friends, old", Account: "a@x.example"}
	for _, c := range []struct {
		situation string
		typ       csvlist.Type
		dialect   csvlist.Dialect
		row       csvlist.Row
		want      string
	}{
		{"Mastodon's following", csvlist.Following, csvlist.Mastodon, follow,
			"Account address,Show boosts,Notify on new posts,Languages\na@x.example,true,false,\"de, fr\"\n"},
		{"Misskey's following", csvlist.Following, csvlist.Misskey, follow, "a@x.example\n"},
		{"Akkoma's following", csvlist.Following, csvlist.Akkoma, follow, "a@x.example\n"},
		{"Friendica's following", csvlist.Following, csvlist.Friendica, follow, "Account address, Show boosts\na@x.example,true\n"},
		{"a URL for Friendica", csvlist.Following, csvlist.Friendica, csvlist.Row{Actor: "https://x.example/a"},
			"Account address, Show boosts\nhttps://x.example/a,\n"},
		{"GoToSocial's followers", csvlist.Followers, csvlist.GoToSocial, follow, "Account address\na@x.example\n"},
		{"Mastodon's blocks", csvlist.Blocks, csvlist.Mastodon, follow, "a@x.example\n"},
		{"Takahe's blocks", csvlist.Blocks, csvlist.Takahe, follow, "Account address\na@x.example\n"},
		{"mutes", csvlist.Mutes, csvlist.Mastodon, csvlist.Row{Account: "a@x.example", HideNotifications: csvlist.Yes},
			"Account address,Hide notifications\na@x.example,true\n"},
		{"a list", csvlist.Lists, csvlist.Mastodon, entry, "\"Friends, old\",a@x.example\n"},
		{"a bookmark", csvlist.Bookmarks, csvlist.Mastodon, csvlist.Row{URI: "https://x.example/1,2"}, "\"https://x.example/1,2\"\n"},
		{"a domain", csvlist.BlockedDomains, csvlist.Mastodon, csvlist.Row{Domain: "x.example"}, "x.example\n"},
		{"a domain allowed", csvlist.AdminAllows, csvlist.Mastodon, csvlist.Row{Domain: "x.example"}, "#domain\nx.example\n"},
		{"a domain blocked by a server", csvlist.AdminBlocks, csvlist.Mastodon,
			csvlist.Row{Domain: "x.example", Severity: "suspend", RejectMedia: csvlist.Yes, PublicComment: `"spam"`},
			"#domain,#severity,#reject_media,#reject_reports,#public_comment,#obfuscate\nx.example,suspend,true,,\"\"\"spam\"\"\",\n"},
		{"a formula", csvlist.Lists, csvlist.Mastodon, csvlist.Row{List: "=HYPERLINK(1)", Account: "+a@x.example"},
			"'=HYPERLINK(1),'+a@x.example\n"},
		{"a formula behind a tab", csvlist.Lists, csvlist.Mastodon, csvlist.Row{List: "\t=1", Account: "a@x.example"}, "\"'\t=1\",a@x.example\n"},
		{"what looks defused", csvlist.Lists, csvlist.Mastodon, csvlist.Row{List: "'@home", Account: "a@x.example"}, "''@home,a@x.example\n"},
	} {
		t.Run(c.situation, func(t *testing.T) {
			assert.Equal(t, c.want, write(t, c.typ, c.dialect, c.row))
		})
	}
}

func TestWriteNothing(t *testing.T) {
	assert.Equal(t, "Account address,Hide notifications\n", write(t, csvlist.Mutes, csvlist.Mastodon))
	assert.Empty(t, write(t, csvlist.Blocks, csvlist.Mastodon))
}

func TestWriteRefuses(t *testing.T) {
	for _, c := range []struct {
		situation string
		typ       csvlist.Type
		dialect   csvlist.Dialect
		row       csvlist.Row
	}{
		{"a row without an account", csvlist.Following, csvlist.Mastodon, csvlist.Row{}},
		{"an address with a line end", csvlist.Blocks, csvlist.Akkoma, csvlist.Row{Account: "a@x.example\nb@y.example"}},
		{"an address with a comma and more", csvlist.Blocks, csvlist.Misskey, csvlist.Row{Account: "a@x.example,b@y.example"}},
		{"a URL where only addresses are read", csvlist.Blocks, csvlist.Mastodon, csvlist.Row{Actor: "https://x.example/a"}},
		{"an address and a URL", csvlist.Following, csvlist.Friendica, csvlist.Row{Actor: "https://x.example/a", Account: "a@x.example"}},
		{"a comma in Misskey's title", csvlist.Lists, csvlist.Misskey, csvlist.Row{List: "a, b", Account: "a@x.example"}},
		{"a title of two lines in Misskey's", csvlist.Lists, csvlist.Misskey, csvlist.Row{List: "a\nb@x.example,b", Account: "a@x.example"}},
		{"a list without a title", csvlist.Lists, csvlist.Mastodon, csvlist.Row{Account: "a@x.example"}},
		{"a script for a bookmark", csvlist.Bookmarks, csvlist.Mastodon, csvlist.Row{URI: "javascript:alert(1)"}},
		{"a language with a comma", csvlist.Following, csvlist.Mastodon, csvlist.Row{Account: "a@x.example", Languages: []string{"de,fr"}}},
		{"a title with a NUL", csvlist.Lists, csvlist.Mastodon, csvlist.Row{List: "a\x00", Account: "a@x.example"}},
		{"a title longer than a row may be", csvlist.Lists, csvlist.Mastodon, csvlist.Row{List: strings.Repeat("x", 65536), Account: "a@x.example"}},
	} {
		t.Run(c.situation, func(t *testing.T) {
			var out bytes.Buffer
			w, err := csvlist.NewWriter(&out, c.typ, &csvlist.WriteOptions{Dialect: c.dialect})
			require.NoError(t, err)
			empty := write(t, c.typ, c.dialect)
			var fault *csvlist.RowError
			require.ErrorAs(t, w.Write(c.row), &fault)
			assert.Equal(t, csvlist.RowError{Line: 1, Reason: csvlist.NotHeld}, *fault)
			require.NoError(t, w.Flush())
			assert.Equal(t, empty, out.String(), "something of the refused row was written")
		})
	}
}

func TestDialectWithoutTheFile(t *testing.T) {
	_, err := csvlist.NewWriter(&bytes.Buffer{}, csvlist.Bookmarks, &csvlist.WriteOptions{Dialect: csvlist.Akkoma})
	require.ErrorIs(t, err, csvlist.ErrDialect)
	_, err = csvlist.NewWriter(&bytes.Buffer{}, csvlist.Accounts, nil)
	require.ErrorIs(t, err, csvlist.ErrDialect, "a file that does not know what it is for")
	_, err = csvlist.NewWriter(&bytes.Buffer{}, csvlist.Blocks, &csvlist.WriteOptions{Dialect: "nobody"})
	require.ErrorIs(t, err, csvlist.ErrDialect)
	assert.Equal(t, csvlist.Types(), csvlist.Mastodon.Writes())
}

// What a dialect cannot hold of rows that have everything.
func TestLost(t *testing.T) {
	follow := csvlist.Row{Account: "a@x.example", ShowBoosts: csvlist.No, Notify: csvlist.Yes, Languages: []string{"de"}}
	mute := csvlist.Row{Account: "a@x.example", HideNotifications: csvlist.No}
	for _, c := range []struct {
		dialect      csvlist.Dialect
		follow, mute []string
	}{
		{csvlist.Mastodon, nil, nil},
		{csvlist.GoToSocial, nil, nil},
		{csvlist.Misskey, []string{"Show boosts", "Notify on new posts", "Languages"}, []string{"Hide notifications"}},
		{csvlist.Akkoma, []string{"Show boosts", "Notify on new posts", "Languages"}, []string{"Hide notifications"}},
		{csvlist.Takahe, []string{"Notify on new posts", "Languages"}, nil},
	} {
		assert.Equal(t, c.follow, csvlist.Lost(c.dialect, csvlist.Following, follow), "following, dialect %q", c.dialect)
		assert.Equal(t, c.mute, csvlist.Lost(c.dialect, csvlist.Mutes, mute), "mutes, dialect %q", c.dialect)
	}
	odd := csvlist.Row{Account: "a@x.example", Others: []csvlist.Cell{{Text: "x"}}}
	assert.Equal(t, []string{"others"}, csvlist.Lost(csvlist.Mastodon, csvlist.Blocks, odd))
}

func draw(t *rapid.T, typ csvlist.Type) csvlist.Row {
	var row csvlist.Row
	flag := rapid.SampledFrom([]csvlist.Flag{csvlist.Unset, csvlist.No, csvlist.Yes})
	host := rapid.StringMatching(`[a-z0-9ü]{1,9}\.(example|テスト)(:[1-9][0-9]{0,3})?`)
	text := rapid.OneOf(rapid.String(), rapid.StringMatching("['=+@\\-\" ,;\t\r\n\ufeffaé#:]{1,12}"), rapid.SampledFrom([]string{"List name", "Account address", "#uri"}))
	switch typ {
	case csvlist.Bookmarks:
		row.URI = vocab.IRI("https://" + host.Draw(t, "host") + rapid.StringMatching(`/[a-z0-9,;'=+@é]{0,9}`).Draw(t, "path"))
		return row
	case csvlist.BlockedDomains, csvlist.AdminAllows, csvlist.AdminBlocks:
		row.Domain = host.Draw(t, "domain")
		row.Severity = rapid.SampledFrom([]string{"", "noop", "silence", "suspend"}).Draw(t, "severity")
		row.RejectMedia, row.RejectReports, row.Obfuscate = flag.Draw(t, "media"), flag.Draw(t, "reports"), flag.Draw(t, "obfuscate")
		row.PublicComment = text.Draw(t, "comment")
		return row
	case csvlist.Lists:
		row.List = text.Draw(t, "title")
	}
	row.Account = rapid.StringMatching(`[a-zA-Z0-9_.=+'\-é]{1,12}`).Draw(t, "user") + "@" + host.Draw(t, "host")
	row.ShowBoosts, row.Notify, row.HideNotifications = flag.Draw(t, "boosts"), flag.Draw(t, "notify"), flag.Draw(t, "hide")
	row.Languages = rapid.SliceOfN(rapid.SampledFrom([]string{"de", "fr", "zh-TW"}), 0, 3).Draw(t, "languages")
	return row
}

// dropped is row without what the dialect loses, so that both sides can be compared.
func dropped(d csvlist.Dialect, typ csvlist.Type, row csvlist.Row) csvlist.Row {
	for _, column := range append(csvlist.Lost(d, typ, row), foreign(typ)...) {
		switch column {
		case "Show boosts":
			row.ShowBoosts = csvlist.Unset
		case "Notify on new posts":
			row.Notify = csvlist.Unset
		case "Languages":
			row.Languages = nil
		case "Hide notifications":
			row.HideNotifications = csvlist.Unset
		case "admin":
			row.Severity, row.PublicComment = "", ""
			row.RejectMedia, row.RejectReports, row.Obfuscate = csvlist.Unset, csvlist.Unset, csvlist.Unset
		}
	}
	if len(row.Languages) == 0 {
		row.Languages = nil
	}
	row.Line, row.Others = 0, nil
	return row
}

// foreign lists the fields that mean nothing in a type.
func foreign(typ csvlist.Type) []string {
	switch typ {
	case csvlist.Following:
		return []string{"Hide notifications"}
	case csvlist.Mutes:
		return []string{"Show boosts", "Notify on new posts", "Languages"}
	case csvlist.AdminBlocks:
		return nil
	}
	return []string{"Show boosts", "Notify on new posts", "Languages", "Hide notifications", "admin"}
}

// What is written is read again as it was, in every dialect and type, up to what
// Lost lists; and what cannot be is refused, without harm to the rows around it.
func TestRoundTrip(t *testing.T) {
	for _, d := range csvlist.Dialects() {
		require.NotEmpty(t, d.Writes())
		for _, typ := range d.Writes() {
			t.Run(string(d)+"/"+string(typ), func(t *testing.T) {
				kept := 0
				rapid.Check(t, func(t *rapid.T) { kept += roundTrip(t, d, typ) })
				assert.Greater(t, kept, 100, "hardly a row was written")
			})
		}
	}
}

// roundTrip returns how many rows went there and back.
func roundTrip(t *rapid.T, d csvlist.Dialect, typ csvlist.Type) int {
	var out bytes.Buffer
	w, err := csvlist.NewWriter(&out, typ, &csvlist.WriteOptions{Dialect: d})
	require.NoError(t, err)
	var want, got []csvlist.Row
	for range rapid.IntRange(0, 30).Draw(t, "rows") {
		row := draw(t, typ)
		err := w.Write(row)
		var fault *csvlist.RowError
		if errors.As(err, &fault) {
			require.True(t, refusable(d, typ, row), "refused: %+v", row)
			continue
		}
		require.NoError(t, err)
		want = append(want, dropped(d, typ, row))
	}
	require.NoError(t, w.Flush())
	r, err := csvlist.NewReader(&out, &csvlist.ReadOptions{Type: typ})
	require.NoError(t, err)
	for row, err := range r.Rows() {
		require.NoError(t, err)
		require.Empty(t, row.Others)
		got = append(got, dropped(d, typ, row))
	}
	require.Equal(t, want, got)
	return len(got)
}

// refusable tells what may be refused: a list without a title, free text with a
// NUL, and what Misskey would split or trim.
func refusable(d csvlist.Dialect, typ csvlist.Type, row csvlist.Row) bool {
	text := row.PublicComment
	switch {
	case typ == csvlist.Lists && row.List == "":
		return true
	case typ == csvlist.Lists:
		text = row.List
	}
	raw := d == csvlist.Misskey && strings.ContainsAny(text, ",\r\n\"\ufeff")
	return raw || d == csvlist.Misskey && strings.TrimSpace(text) != text || strings.ContainsRune(text, 0)
}
