package backup_test

import (
	"bytes"
	"context"
	"errors"
	"iter"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/backup"
	"codeberg.org/godwit/godwit/backup/csvlist"
	"codeberg.org/godwit/godwit/internal/container"
	"codeberg.org/godwit/godwit/internal/dialect"
	"codeberg.org/godwit/godwit/portability"
)

// accountWithLists is an account with two items of each list, one of which is odd.
func accountWithLists(t *testing.T) *portability.Memory {
	t.Helper()
	m := portability.NewMemory(nil)
	for kind, documents := range map[portability.Kind][]string{
		portability.Following:      {`{"id":"https://a.example/users/bob","notify":true,"reblogs":false,"languages":["de","en"]}`, `{"id":"https://a.example/ap/users/1"}`},
		portability.Followers:      {`{"id":"acct:carol@b.example"}`, `{"id":"https://b.example/x","webfinger":"dan@b.example"}`},
		portability.Blocked:        {`{"id":"https://c.example/@eve","until":"2030-01-01T00:00:00Z"}`},
		portability.Muted:          {`{"id":"acct:fay@c.example","hideNotifications":true}`},
		portability.Lists:          {`{"title":"friends, \"old\"","members":["acct:carol@b.example","https://a.example/users/bob"],"exclusive":true}`, `{"title":"empty"}`},
		portability.Bookmarks:      {`{"id":"https://a.example/1","published":"2026-01-01T00:00:00Z"}`},
		portability.BlockedDomains: {`{"domain":"spam.example"}`},
		portability.Filters:        {`{"title":"=spoilers","context":["home"],"action":"hide","keywords":[{"keyword":"x","wholeWord":false}],"until":"2030-01-01T00:00:00Z"}`, `{"context":[]}`},
	} {
		for _, document := range documents {
			o := takeoutObject(t, document)
			id := string(o.ID())
			for _, name := range []string{o.Text("title"), o.Text("domain"), "nameless"} {
				if id == "" {
					id = name
				}
			}
			results, err := m.Put(t.Context(), []portability.Item{{Ref: portability.Ref{Kind: kind, ID: id}, Object: o}})
			require.NoError(t, err)
			require.Equal(t, portability.Copied, results[0].State, "%s", document)
		}
	}
	return m
}

func TestWriteCSVs(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "lists")
	report, err := backup.WriteCSVs(t.Context(), accountWithLists(t), dir, nil)
	require.NoError(t, err)
	for name, want := range map[string]string{
		"following_accounts.csv": "Account address,Show boosts,Notify on new posts,Languages\nbob@a.example,false,true,\"de, en\"\n",
		"followers.csv":          "Account address\ncarol@b.example\ndan@b.example\n",
		"blocked_accounts.csv":   "eve@c.example\n",
		"muted_accounts.csv":     "Account address,Hide notifications\nfay@c.example,true\n",
		"lists.csv":              "\"friends, \"\"old\"\"\",carol@b.example\n\"friends, \"\"old\"\"\",bob@a.example\n",
		"bookmarks.csv":          "https://a.example/1\n",
		"blocked_domains.csv":    "spam.example\n",
	} {
		data, err := os.ReadFile(filepath.Join(dir, name))
		require.NoError(t, err)
		assert.Equal(t, want, string(data), "%s", name)
	}
	ends := map[portability.Kind]backup.CSVFile{}
	for _, f := range report.Files {
		ends[f.Kind] = f
	}
	assert.Equal(t, map[csvlist.Reason]int64{csvlist.BadAccount: 1}, ends[portability.Following].Left, "an address that cannot be told")
	assert.EqualValues(t, 1, ends[portability.Following].Rows)
	assert.Equal(t, map[string]int64{"until": 1}, ends[portability.Blocked].Lost)
	assert.Equal(t, map[csvlist.Reason]int64{csvlist.MissingCell: 1}, ends[portability.Lists].Left, "a list without members")
	assert.Equal(t, map[string]int64{"exclusive": 2}, ends[portability.Lists].Lost)
	assert.Equal(t, map[string]int64{"published": 1}, ends[portability.Bookmarks].Lost)
	assert.Equal(t, map[csvlist.Reason]int64{csvlist.BadFilter: 1}, ends[portability.Filters].Left)
	assert.Empty(t, report.NoFile)

	data, err := os.ReadFile(filepath.Join(dir, "custom_filters.json"))
	require.NoError(t, err)
	read := 0
	for filter, err := range csvlist.ReadFilters(bytes.NewReader(data)) {
		require.NoError(t, err)
		assert.Equal(t, "=spoilers", filter.Title)
		assert.Equal(t, []csvlist.Keyword{{Text: "x"}}, filter.Keywords)
		assert.Equal(t, 2030, filter.Expires.Year())
		read++
	}
	assert.Equal(t, 1, read)
}

func TestWriteCSVsInEachDialect(t *testing.T) {
	for _, d := range csvlist.Dialects() {
		dir := t.TempDir()
		report, err := backup.WriteCSVs(t.Context(), accountWithLists(t), dir, &backup.CSVOptions{Dialect: d})
		require.NoError(t, err, "%q", d)
		entries, err := os.ReadDir(dir)
		require.NoError(t, err)
		named := 0
		for _, f := range report.Files {
			if f.Name != "" {
				assert.FileExists(t, filepath.Join(dir, f.Name), "%q", d)
				named++
			}
		}
		assert.Len(t, entries, named, "%q: nothing else is left there", d)
		assert.Equal(t, 8, len(report.Files)+len(report.NoFile), "%q: nothing is passed over in silence", d)
		c, err := container.Open(t.Context(), dir, nil)
		require.NoError(t, err)
		read, err := dialect.Open(t.Context(), c, nil)
		require.NoError(t, err, "%q", d)
		for _, f := range report.Files {
			want := int(f.Rows)
			if f.Kind == portability.Lists && f.Rows > 0 {
				want = 1 // a list is one item, whatever the number of its rows
			}
			assert.Len(t, takeoutAll(t, read, f.Kind), want, "%q: %s is read back for what it is", d, f.Kind)
		}
		require.NoError(t, c.Close())
	}
	_, err := backup.WriteCSVs(t.Context(), accountWithLists(t), t.TempDir(), &backup.CSVOptions{Dialect: "abacus"})
	assert.ErrorIs(t, err, csvlist.ErrDialect)
}

// tornLists is a source that fails behind its first item.
type tornLists struct{ *portability.Memory }

var errTornLists = errors.New("torn")

func (s tornLists) Items(ctx context.Context, k portability.Kind, after string) iter.Seq2[portability.Item, error] {
	return func(yield func(portability.Item, error) bool) {
		for item, err := range s.Memory.Items(ctx, k, after) {
			if yield(item, err) {
				yield(portability.Item{}, errTornLists)
			}
			return
		}
	}
}

func TestWriteCSVsLeavesNothingHalf(t *testing.T) {
	for _, k := range []portability.Kind{portability.Following, portability.Filters} {
		source := portability.NewMemory(nil)
		for item, err := range accountWithLists(t).Items(t.Context(), k, "") {
			require.NoError(t, err)
			_, err = source.Put(t.Context(), []portability.Item{item})
			require.NoError(t, err)
		}
		dir := t.TempDir()
		_, err := backup.WriteCSVs(t.Context(), tornLists{source}, dir, nil)
		require.ErrorIs(t, err, errTornLists, "%s", k)
		left, err := os.ReadDir(dir)
		require.NoError(t, err)
		assert.Empty(t, left, "%s", k)
	}
}

// What was written is read back as the documents that it was made of, as far as
// the files have columns.
func TestWriteCSVsReadsBack(t *testing.T) {
	source, dir := accountWithLists(t), t.TempDir()
	_, err := backup.WriteCSVs(t.Context(), source, dir, nil)
	require.NoError(t, err)
	c, err := container.Open(t.Context(), dir, nil)
	require.NoError(t, err)
	defer c.Close()
	read, err := dialect.Open(t.Context(), c, nil)
	require.NoError(t, err)
	for kind, documents := range map[portability.Kind][]string{
		portability.Following:      {`{"id":"acct:bob@a.example","notify":true,"reblogs":false,"languages":["de","en"]}`},
		portability.Followers:      {`{"id":"acct:carol@b.example"}`, `{"id":"acct:dan@b.example"}`},
		portability.Blocked:        {`{"id":"acct:eve@c.example"}`},
		portability.Muted:          {`{"id":"acct:fay@c.example","hideNotifications":true}`},
		portability.Lists:          {`{"title":"friends, \"old\"","members":["acct:carol@b.example","acct:bob@a.example"]}`},
		portability.Bookmarks:      {`{"id":"https://a.example/1"}`},
		portability.BlockedDomains: {`{"domain":"spam.example"}`},
		portability.Filters: {`{"title":"=spoilers","context":["home"],"keywords":[{"keyword":"x","wholeWord":false}],` +
			`"action":"hide","until":"2030-01-01T00:00:00Z"}`},
	} {
		items := takeoutAll(t, read, kind)
		require.Len(t, items, len(documents), "%s", kind)
		for i, item := range items {
			assert.JSONEq(t, documents[i], item.Object.String(), "%s", kind)
		}
	}
}
