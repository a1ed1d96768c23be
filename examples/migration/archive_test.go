package main

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// takeout writes a small takeout in Mastodon's shape: posts for everybody, one in
// ten for followers with a picture of its own, every fifth with another, and a share.
func takeout(t *testing.T, posts int) string {
	t.Helper()
	const me = "https://old.example/users/alice"
	var items []string
	for i := range posts {
		to := `"https://www.w3.org/ns/activitystreams#Public"`
		if i%10 == 9 {
			to = `"` + me + `/followers"`
		}
		attachment := ""
		switch {
		case i%10 == 9:
			attachment = `,"attachment":[{"type":"Document","mediaType":"image/gif","url":"/media_attachments/files/2/original/nest.gif","name":"a nest"}]`
		case i%5 == 0:
			attachment = `,"attachment":[{"type":"Document","mediaType":"image/gif","url":"/media_attachments/files/1/original/bird.gif","name":"a bird"}]`
		}
		id := fmt.Sprintf("%s/statuses/%d", me, i)
		items = append(items, fmt.Sprintf(`{"id":"%s/activity","type":"Create","actor":%q,"published":"2022-01-01T00:%02d:00Z","to":[%s],"object":`+
			`{"id":%q,"type":"Note","attributedTo":%q,"published":"2022-01-01T00:%02d:00Z","to":[%s],"content":"<p>Post %d</p>"%s}}`,
			id, me, i%60, to, id, me, i%60, to, i, attachment))
	}
	items = append(items, `{"id":"`+me+`/statuses/x/activity","type":"Announce","actor":"`+me+`","published":"2023-01-01T00:00:00Z",`+
		`"to":["https://www.w3.org/ns/activitystreams#Public"],"object":"https://other.example/1"}`)
	path := filepath.Join(t.TempDir(), "takeout")
	f, err := os.Create(path)
	require.NoError(t, err)
	defer f.Close()
	z := zip.NewWriter(f)
	for _, file := range []struct{ name, text string }{
		{"outbox.json", `{"@context":"https://www.w3.org/ns/activitystreams","id":"outbox.json","type":"OrderedCollection","totalItems":` +
			fmt.Sprint(len(items)) + `,"orderedItems":[` + strings.Join(items, ",") + `]}`},
		{"media_attachments/files/1/original/bird.gif", "GIF89a a bird"},
		{"media_attachments/files/2/original/nest.gif", "GIF89a a nest"},
		{"likes.json", `{"@context":"https://www.w3.org/ns/activitystreams","id":"likes.json","type":"OrderedCollection","orderedItems":["https://other.example/2"]}`},
		{"actor.json", `{"@context":"https://www.w3.org/ns/activitystreams","id":"` + me + `","type":"Person","preferredUsername":"alice","followers":"` +
			me + `/followers","outbox":"outbox.json","likes":"likes.json"}`},
	} {
		w, err := z.Create(file.name)
		require.NoError(t, err)
		_, err = w.Write([]byte(file.text))
		require.NoError(t, err)
	}
	require.NoError(t, z.Close())
	return path
}

func TestTheAccountHasThePostsOfAnArchive(t *testing.T) {
	t.Parallel() // most of it is waiting
	var stdout, stderr bytes.Buffer
	status := run(t.Context(), append(hurried(t.TempDir()), "-archive", takeout(t, 40)), &stdout, &stderr)
	require.Zero(t, status, "exit status; it said:\n%s\n%s", &stdout, &stderr)
	var r results
	require.NoError(t, json.Unmarshal(stdout.Bytes(), &r))
	got := map[string]string{}
	for _, c := range r.Checks {
		got[c.What] = c.Number
	}
	for what, number := range map[string]string{
		"content of the account on the old server":                       "40 of 40",
		"outbox of the account on the old server":                        "1 of 1",
		"liked of the account on the old server":                         "1 of 1",
		"read back, the backup has what the old server has":              "42 of 42",
		"the copy is whole, so that the Move may go":                     "40 posts, 2 files",
		"nobody was told anything by the copy":                           "0",
		"old links lead to the same post at the new place":               "36 of 36",
		"and so they do in a browser":                                    "36 of 36",
		"other old links tell what one tells that never was":             "4 hidden",
		"old addresses of files lead to the same bytes":                  "1 of 1",
		"and those of files that only hidden posts have tell nothing":    "1 hidden",
		"the new account publishes where each went, provably (FEP-1580)": "36 of 36",
	} {
		assert.Equal(t, number, got[what], what)
	}
	assert.Contains(t, got, "the backup is whole, and signed by the account")
}

func TestAnArchiveThatIsNoneIsRefused(t *testing.T) {
	file := filepath.Join(t.TempDir(), "none")
	require.NoError(t, os.WriteFile(file, []byte("no archive"), 0o600))
	var stdout, stderr bytes.Buffer
	assert.Equal(t, 1, run(t.Context(), append(hurried(t.TempDir()), "-archive", file), &stdout, &stderr))
	assert.Contains(t, stderr.String(), file, "the file is named")
	assert.NotContains(t, stderr.String(), "accounts made", "before anything is begun")
	stdout.Reset()
	assert.Equal(t, 1, run(t.Context(), append(hurried(t.TempDir()), "-json", "-archive", file), &stdout, &stderr))
	var told struct{ Error string }
	require.NoError(t, json.Unmarshal(stdout.Bytes(), &told), "what is for machines is, also of a failure")
	assert.Contains(t, told.Error, file)
}
