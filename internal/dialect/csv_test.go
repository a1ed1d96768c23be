package dialect_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/internal/container"
	"codeberg.org/godwit/godwit/internal/dialect"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/portability/portabilitytest"
)

// csvSamples is the folder of lists that servers gave out.
func csvSamples(t *testing.T) string {
	t.Helper()
	root := filepath.Join("..", "..", "..", "shared", "samples", "csv")
	if _, err := os.Stat(root); err != nil {
		if os.Getenv("GODWIT_CI") == "1" {
			t.Fatalf("the samples are not there: %v", err)
		}
		t.Skipf("the samples are not there: %v", err)
	}
	return root
}

func openPath(t *testing.T, path string, o *dialect.Options) (*dialect.Account, error) {
	t.Helper()
	c, err := container.Open(t.Context(), path, nil)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, c.Close()) })
	return dialect.Open(t.Context(), c, o)
}

func TestCSVSamples(t *testing.T) {
	root := csvSamples(t)
	for _, c := range []struct {
		path string
		want map[string]int
	}{
		{"mastodon-2017-headerless", map[string]int{"following": 43}},
		{"mastodon-4-columns", map[string]int{"following": 22}},
		{"mastodon-4-columns/following_accounts.csv", map[string]int{"following": 22}},
		{"lists", map[string]int{"lists": 3}},
		{"lists/lists.csv", map[string]int{"lists": 3}},
		{"gotosocial/exports", map[string]int{"following": 2, "followers": 2, "blocked": 1, "lists": 1}},
	} {
		a, err := openPath(t, filepath.Join(root, c.path), nil)
		require.NoError(t, err, "%s", c.path)
		assert.Equal(t, "csv", a.Name, "%s", c.path)
		assert.Equal(t, c.want, counted(t, a), "%s", c.path)
		assert.Empty(t, oddOf(a, dialect.RowUnusable), "%s", c.path)
		_, err = a.Actor(t.Context())
		assert.ErrorIs(t, err, portability.ErrNoActor)
	}
}

// lists is what a server gives out, in each of the shapes that were seen.
func lists() []entry {
	return []entry{
		{"following_accounts.csv", "Account address,Show boosts,Notify on new posts,Languages\nbob@a.example,false,true,\"de, en\"\ncarol@A.example,true,false,\n"},
		{"followers.csv", "Account address\r\ndan@b.example\r\n"},
		{"blocked_accounts.csv", "eve@c.example\n"},
		{"muted_accounts.csv", "Account address,Hide notifications\nfay@c.example,true\n"},
		{"lists.csv", "friends,bob@a.example\nfriends,dan@b.example\nwork,bob@a.example\n"},
		{"bookmarks.csv", "https://a.example/1\nhttps://a.example/2\n"},
		{"blocked_domains.csv", "SPAM.example\n"},
		{"custom_filters.json", `{"custom_filters":[{"title":"spoilers","expires_at":"2030-01-01T00:00:00Z","context":["home"],"action":"warn",` +
			`"keywords_attributes":[{"keyword":"x","whole_word":true}],"statuses":["https://a.example/3"],"odd":1}]}`},
	}
}

func TestCSVFolder(t *testing.T) {
	data := zipOfEntries(lists()...)
	a := openAs(t, "csv", nil, data)
	want := map[string]int{"following": 2, "followers": 1, "blocked": 1, "muted": 1, "lists": 2, "bookmarks": 2, "blocked-domains": 1, "filters": 1}
	assert.Equal(t, want, counted(t, a))
	for kind, document := range map[portability.Kind]string{
		portability.Following:      `{"id":"acct:bob@a.example","notify":true,"reblogs":false,"languages":["de","en"]}`,
		portability.Followers:      `{"id":"acct:dan@b.example"}`,
		portability.Blocked:        `{"id":"acct:eve@c.example"}`,
		portability.Muted:          `{"id":"acct:fay@c.example","hideNotifications":true}`,
		portability.Lists:          `{"title":"friends","members":["acct:bob@a.example","acct:dan@b.example"]}`,
		portability.Bookmarks:      `{"id":"https://a.example/1"}`,
		portability.BlockedDomains: `{"domain":"spam.example"}`,
	} {
		assert.JSONEq(t, document, itemsOf(t, a, kind)[0].Object.String(), "%s", kind)
	}
	filter := itemsOf(t, a, portability.Filters)[0]
	assert.Equal(t, "spoilers", filter.ID)
	var read map[string]any
	require.NoError(t, json.Unmarshal(filter.Object.Bytes(), &read))
	assert.Equal(t, "2030-01-01T00:00:00Z", read["until"])
	assert.Equal(t, []any{map[string]any{"keyword": "x", "wholeWord": true}}, read["keywords"])
	assert.Contains(t, read[dialect.OriginalMember], "odd", "what no member holds is kept")
	suite(t, nil, data, portabilitytest.Want{Items: kindsOf(want)})
}

func TestCSVTypeIsToldByContent(t *testing.T) {
	friends := "Account address,Show boosts\nbob@a.example,true\n"
	for _, c := range []struct {
		name  string
		entry entry
		want  map[string]int
		odd   dialect.Reason
	}{
		{"friends under the name of the blocked", entry{"blocked_accounts.csv", friends}, map[string]int{"following": 1}, dialect.TextFault},
		{"mutes under the name of the blocked", entry{"blocked_accounts.csv", "Account address,Hide notifications\nbob@a.example,true\n"}, map[string]int{"muted": 1}, dialect.TextFault},
		{"links under the name of the blocked", entry{"blocked_domains.csv", "https://a.example/1\nhttps://a.example/2\n"}, nil, dialect.NoFileHeader},
		{"followers with the header of the followed", entry{"followers.csv", friends}, map[string]int{"followers": 1}, ""},
		{"a name with a number that a browser added", entry{"following_accounts (2).csv", "bob@a.example\n"}, map[string]int{"following": 1}, dialect.NoFileHeader},
		{"a name with Misskey's date", entry{"blocking-2024-01-31-10-20-30.csv", "bob@a.example\n"}, map[string]int{"blocked": 1}, dialect.NoFileHeader},
		{"a server's list", entry{"domain_blocks.csv", "#domain,#severity\nspam.example,suspend\n"}, nil, dialect.ForeignRecord},
		{"a folder around it", entry{"exports/mutes.csv", "bob@a.example\n"}, map[string]int{"muted": 1}, dialect.NoFileHeader},
	} {
		a := openAs(t, "csv", nil, zipOfEntries(entry{"bookmarks.csv", "https://a.example/1\n"}, c.entry, entry{"notes.txt", "remember the milk\n"}))
		got := counted(t, a)
		assert.Equal(t, 1, got["bookmarks"], c.name)
		delete(got, "bookmarks")
		unknown := got["unknown"]
		delete(got, "unknown")
		if c.want == nil {
			assert.Empty(t, got, c.name)
			assert.Equal(t, 2, unknown, "%s: its bytes are kept", c.name)
		} else {
			assert.Equal(t, c.want, got, c.name)
			assert.Equal(t, 1, unknown, c.name)
		}
		if c.odd != "" {
			problems := oddOf(a, c.odd)
			require.NotEmpty(t, problems, c.name)
			assert.Equal(t, c.entry.name, problems[len(problems)-1].Where, c.name)
		}
	}
}

func TestCSVAlone(t *testing.T) {
	folder := t.TempDir()
	at := func(name, text string) string {
		path := filepath.Join(folder, name)
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		return path
	}
	a, err := openPath(t, at("anything.csv", "Account address,Show boosts\nbob@a.example,true\n"), nil)
	require.NoError(t, err)
	assert.Equal(t, map[string]int{"following": 1}, counted(t, a), "a header says it, whatever the name")

	a, err = openPath(t, at("x.json", `{"custom_filters":[{"title":"a"},{"title":""},{"title":"b"}`), nil)
	require.NoError(t, err)
	assert.Equal(t, map[string]int{"filters": 2}, counted(t, a), "cut off filters, one of them without a title")
	assert.Len(t, oddOf(a, dialect.RowUnusable), 1)
	assert.Len(t, oddOf(a, dialect.PartlyRead), 1)

	_, err = openPath(t, at("people.csv", "bob@a.example\ncarol@b.example\n"), nil)
	refusal := &dialect.Refusal{}
	require.ErrorAs(t, err, &refusal, "who is followed and who is blocked looks the same")
	assert.Equal(t, dialect.NoFileHeader, refusal.Reason)
	assert.NotContains(t, err.Error(), "bob", "no row is told")

	_, err = openPath(t, at("poem.txt", "the sea\nthe sea\n"), nil)
	assert.ErrorIs(t, err, dialect.ErrUnknown)
}

func TestCSVHostileRows(t *testing.T) {
	data := zipOfEntries(entry{"following_accounts.csv", "\xef\xbb\xbfaccount address, show boosts\r" +
		"@bob@a.example,true\r" + // a byte order mark, CR alone, another case, a leading @
		"\r\r" +
		"acct:carol@b.example,maybe,more,cells\r" +
		"https://c.example/users/dan,false\r" +
		"=cmd()|' /C calc'!A0,true\r" +
		"nobody,true\r" +
		"\"unclosed@d.example,true\r" +
		strings.Repeat("x", 100_000) + "@e.example,true\r" +
		"eve@xn--bcher-kva.example:8443,true\r" +
		"bob@a.example,false\r"}, entry{"blocked_accounts.csv", ""})
	a := openAs(t, "csv", &dialect.Options{Host: "home.example"}, data)
	var ids []string
	for _, item := range itemsOf(t, a, portability.Following) {
		ids = append(ids, item.ID)
	}
	assert.Equal(t, []string{"acct:bob@a.example", "acct:carol@b.example", "https://c.example/users/dan", "acct:nobody@home.example",
		"acct:eve@xn--bcher-kva.example:8443", "acct:bob@a.example"}, ids)
	again := itemsOf(t, a, portability.Following)[5]
	require.Len(t, again.Problems, 1, "a name that stands twice")
	assert.Equal(t, portability.DuplicateID, again.Problems[0].Reason)
	var lines []string
	for _, p := range oddOf(a, dialect.RowUnusable) {
		lines = append(lines, p.Detail)
	}
	assert.Equal(t, []string{"line 7: bad-account", "line 9: unclosed-quote", "line 10: too-long"}, lines)
	assert.Contains(t, itemsOf(t, a, portability.Following)[1].Object.String(), "maybe", "cells that mean nothing are kept")
}

func TestCSVAmongManyFiles(t *testing.T) {
	var entries []entry
	for i := range 300 {
		entries = append(entries, entry{fmt.Sprintf("%03d.csv", i), "what,ever\n"})
	}
	entries = append(entries, entry{"blocks.csv", "eve@c.example\n"})
	a := openAs(t, "csv", nil, zipOfEntries(entries...))
	assert.Equal(t, map[string]int{"blocked": 1, "unknown": 300}, counted(t, a), "a usual name is found among any number of others")
}

// FuzzLists reads whatever stands where a list may: it never fails as a whole, and
// says the same twice.
func FuzzLists(f *testing.F) {
	for _, e := range lists() {
		f.Add(e.name, e.body)
	}
	f.Add("followers.csv", "\xef\xbb\xbf\"a@b.example")
	f.Add("custom_filters.json", `{"custom_filters":[{"title":"x"},`)
	f.Add("export.json", gtsExport())
	f.Fuzz(func(t *testing.T, name, body string) {
		if strings.ContainsAny(name, "/\\\x00") || len(name) > 100 {
			return
		}
		a, err := openExport(t, nil, zipOfEntries(entry{name, body}, entry{"bookmarks.csv", "https://a.example/1\n"}))
		if err != nil {
			return
		}
		for _, k := range portability.Kinds() {
			assert.Equal(t, idsOf(itemsOf(t, a, k)), idsOf(itemsOf(t, a, k)), "%s", k)
		}
	})
}
