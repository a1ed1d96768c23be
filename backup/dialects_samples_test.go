package backup_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/backup"
	"codeberg.org/godwit/godwit/portability"
)

// exportSample is a folder or file of the real exports that lie beside the project.
func exportSample(t *testing.T, name string) string {
	t.Helper()
	path := filepath.Join("..", "..", "shared", "samples", filepath.FromSlash(name))
	if _, err := os.Stat(path); err != nil {
		if os.Getenv("GODWIT_CI") == "1" {
			t.Fatalf("the samples are not there: %v", err)
		}
		t.Skipf("the samples are not there: %v", err)
	}
	return path
}

// exportFiles reads a folder, as what is to be packed.
func exportFiles(t *testing.T, root string) []exportFile {
	t.Helper()
	var files []exportFile
	require.NoError(t, filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		inside, err := filepath.Rel(root, path)
		files = append(files, exportFile{filepath.ToSlash(inside), string(data)})
		return err
	}))
	require.NotEmpty(t, files)
	return files
}

// exportRecount counts a takeout without any code of godwit's.
func exportRecount(t *testing.T, files []exportFile) (exportCounts, [2]int64) {
	t.Helper()
	text, entries := map[string]string{}, 0
	for _, f := range files {
		text[f.name] = f.body
		if strings.HasPrefix(f.name, "media_attachments/") {
			entries++
		}
	}
	var actor struct {
		Followers   string
		Icon, Image struct{ URL string }
	}
	var outbox struct {
		OrderedItems []struct {
			Type   string
			To, CC []string
			Object json.RawMessage
		}
	}
	var names struct{ OrderedItems []string }
	require.NoError(t, json.Unmarshal([]byte(text["actor.json"]), &actor))
	require.NoError(t, json.Unmarshal([]byte(text["outbox.json"]), &outbox))
	want, used := exportCounts{"actor": 1}, map[string]bool{actor.Icon.URL: true, actor.Image.URL: true}
	for _, item := range outbox.OrderedItems {
		kind := map[string]string{"Create": "content", "Announce": "outbox"}[item.Type]
		want[kind]++
		want[kind+" for "+exportAudienceOf(item.To, item.CC, actor.Followers)]++
		var object struct{ Attachment []struct{ URL string } }
		if json.Unmarshal(item.Object, &object) == nil {
			for _, a := range object.Attachment {
				used[strings.TrimPrefix(a.URL, "/")] = true
			}
		}
	}
	for file, kind := range map[string]string{"likes.json": "liked", "bookmarks.json": "bookmarks"} {
		require.NoError(t, json.Unmarshal([]byte(text[file]), &names))
		want[kind] = int64(len(names.OrderedItems))
	}
	var files2 [2]int64
	for name := range used {
		_, there := text[name[max(strings.LastIndex(name, "media_attachments/"), 0):]]
		files2[map[bool]int{true: 0, false: 1}[there]]++
	}
	require.EqualValues(t, entries, files2[0], "every file of the sample is used")
	return want, files2
}

func exportAudienceOf(to, cc []string, followers string) string {
	const public = "https://www.w3.org/ns/activitystreams#Public"
	all := slices.Concat(to, cc)
	switch {
	case slices.Contains(to, public):
		return "public"
	case slices.Contains(cc, public):
		return "unlisted"
	case slices.Contains(all, followers):
		return "followers"
	case len(all) > 0:
		return "direct"
	}
	return "author"
}

func TestSamplesOfTakeouts(t *testing.T) {
	for name, counted := range map[string]exportCounts{
		// worked out by a script of another language over the same files
		"2022-v3.5": {"actor": 1, "content": 1425, "content for public": 169, "content for unlisted": 1223, "content for followers": 24, "content for direct": 2, "content for author": 7,
			"outbox": 51, "outbox for public": 15, "outbox for unlisted": 36, "liked": 498, "bookmarks": 149},
		"2023-v4.0/archive": {"actor": 1, "content": 752, "content for public": 687, "content for unlisted": 40, "content for followers": 8, "content for direct": 17,
			"outbox": 103, "outbox for public": 103, "liked": 331, "bookmarks": 3},
	} {
		t.Run(name, func(t *testing.T) {
			files := exportFiles(t, exportSample(t, "mastodon-takeouts/"+name))
			want, used := exportRecount(t, files)
			require.Equal(t, counted, want, "both ways to count agree")
			e := export{dialect: "mastodon", entries: files, want: want, files: used, odd: []string{"not-verified", "total-differs"}}
			for _, box := range []exportBox{exportTarGz, exportZip, exportFolder} {
				e.inspected(t, e.open(t, box), box.name)
			}
			e.want = exportCounts{} // nothing is known of what is in these posts
			e.converted(t, e.open(t, exportTarGz))
		})
	}
}

// What is no JSON as published is read item by item: two posts, both for followers,
// of which the second has no attachment.
func TestSampleThatIsNoJSON(t *testing.T) {
	files := exportFiles(t, exportSample(t, "mastodon-takeouts/not-json-as-published"))
	require.False(t, json.Valid([]byte(files[slices.IndexFunc(files, func(f exportFile) bool { return strings.HasSuffix(f.name, "outbox.json") })].body)))
	e := export{dialect: "outbox", entries: files, want: exportCounts{"content": 2, "content for followers": 2}, files: [2]int64{1, 0}, odd: []string{"file-missing", "text-fault", "wrapper-folder"}}
	for _, box := range []exportBox{exportFolder, exportZip} {
		e.inspected(t, e.open(t, box), box.name)
	}
	e.converted(t, e.open(t, exportZip))
}

func TestSamplesOfLists(t *testing.T) {
	rows := func(file string, header bool) [][]string {
		all, err := csv.NewReader(bytes.NewReader(readFile(t, exportSample(t, "csv/"+file)))).ReadAll()
		require.NoError(t, err)
		if header {
			all = all[1:]
		}
		return all
	}
	titles := func(rows [][]string) int64 {
		known := map[string]bool{}
		for _, row := range rows {
			known[row[0]] = true
		}
		return int64(len(known))
	}
	const gts = "gotosocial/exports/"
	for name, c := range map[string]struct {
		want exportCounts
		odd  []string
	}{
		"mastodon-2017-headerless": {exportCounts{"following": int64(len(rows("mastodon-2017-headerless/following_accounts.csv", false)))}, []string{"no-header"}},
		"mastodon-4-columns":       {exportCounts{"following": int64(len(rows("mastodon-4-columns/following_accounts.csv", true)))}, nil},
		"lists":                    {exportCounts{"lists": titles(rows("lists/lists.csv", false))}, nil},
		"gotosocial/exports": {exportCounts{"following": int64(len(rows(gts+"following.csv", true))), "followers": int64(len(rows(gts+"followers.csv", true))),
			"blocked": int64(len(rows(gts+"blocks.csv", false))), "lists": titles(rows(gts+"lists.csv", false))}, []string{"no-header"}},
	} {
		t.Run(name, func(t *testing.T) {
			e := export{dialect: "csv", entries: exportFiles(t, exportSample(t, "csv/"+name)), want: c.want, odd: c.odd}
			for _, box := range []exportBox{exportFolder, exportZip, exportTarGz} {
				e.inspected(t, e.open(t, box), box.name)
			}
			e.converted(t, e.open(t, exportFolder))
		})
	}
}

// exportXCount counts the elements of an X file by the JSON behind its assignment.
func exportXCount(t *testing.T, file string) int64 {
	var elements []json.RawMessage
	require.NoError(t, json.Unmarshal([]byte(file[strings.Index(file, "["):]), &elements))
	return int64(len(elements))
}

// The published archive of X has the relations and the manifest alone: the other
// files that the manifest counts are said to be missing, and the rest is read, all of
// it or file by file.
func TestSampleOfX(t *testing.T) {
	files := exportFiles(t, exportSample(t, "x-archive/2023"))
	want := exportCounts{}
	var relations []exportFile
	for _, f := range files {
		kind := map[string]string{"block.js": "blocked", "mute.js": "muted", "follower.js": "followers", "following.js": "following"}[filepath.Base(f.name)]
		if kind == "" {
			continue
		}
		relations = append(relations, f)
		want[kind] = exportXCount(t, f.body)
		lone := export{dialect: "x", entries: []exportFile{f}, known: &backup.ReadOptions{Handle: "larsbrinkhoff"}, want: exportCounts{kind: want[kind]}}
		lone.inspected(t, lone.open(t, exportAlone), f.name)
	}
	require.Len(t, relations, 4)
	together := export{dialect: "x", entries: relations, want: want}
	for _, box := range []exportBox{exportZip, exportFolder} {
		together.inspected(t, together.open(t, box), box.name)
	}
	together.converted(t, together.open(t, exportZip))

	// the account from the manifest's own words, which is kept as well
	want["actor"], want["unknown"] = 1, 1
	whole := export{dialect: "x", entries: files, want: want, odd: []string{"file-missing"}}
	for _, box := range []exportBox{exportZip, exportFolder} {
		whole.inspected(t, whole.open(t, box), box.name)
	}
	whole.converted(t, whole.open(t, exportZip))
}

// The only published writer of FEP-6fcd puts objects of its client API into it. What
// such an archive lacks is named.
func TestSampleOfHolloNamesWhatItLacks(t *testing.T) {
	r, err := backup.Open(t.Context(), exportSample(t, "fep-6fcd/hollo-flavour/valid-export.tar"), nil)
	require.NoError(t, err)
	defer r.Close()
	inside, err := backup.Inspect(t.Context(), r, nil)
	require.NoError(t, err)
	assert.Equal(t, backup.Format{Dialect: "fep-6fcd", Container: "tar"}, inside.Format)
	assert.Equal(t, exportCounts{"actor": 1, "content": 3, "content for public": 3}, exportCounted(inside), "three statuses of outbox.json, by eye")
	var lacks []string
	for _, p := range inside.Problems {
		if p.Reason == "lacks" {
			lacks = append(lacks, p.Detail)
		}
	}
	assert.Equal(t, []string{"keys, inbox and aliases of the actor, and its followers collection", "members of lists", "history", "liked", "shared", "featured", "pending", "blocked", "muted",
		"blocked-domains", "filters", "featured-tags", "preferences", "keys", "following: following.json holds the followers"}, lacks)
	made := copied(t, r, &backup.WriteOptions{Created: aDay})
	exportWhole(t, made)
	assert.Empty(t, changes(t, r, openArchive(t, made), portability.Kinds()))
}

// The FEP's own manifests are put before archives as they would be.
func TestManifestsOfTheFEP(t *testing.T) {
	root := exportSample(t, "fep-6fcd/from-the-fep/fep/6fcd")
	key := exportFile{"key/key-1234.json", string(readFile(t, filepath.Join(root, "key-1234.json")))}
	t.Run("ActivityPub", func(t *testing.T) {
		files := exportStandard("manifest.yml", string(readFile(t, filepath.Join(root, "manifest-activitypub.yml"))))
		files[len(files)-1] = key
		at := slices.IndexFunc(files, func(f exportFile) bool { return f.name == "activitypub/attachments/face.jpg" })
		files[at].name = "activitypub/attachments/avatar.jpg"
		files = slices.DeleteFunc(files, func(f exportFile) bool { return f.name == "activitypub/attachments/a.png" })
		e := export{dialect: "fep-6fcd", entries: files, files: [2]int64{1, 2}, odd: []string{"secret-inside"}, report: []string{"report .account.problems.keys lost"},
			want: exportPostCounts(exportCounts{"following": 2, "followers": 1, "lists": 2, "bookmarks": 2, "blocked": 1, "muted": 1, "media": 1, "keys": 1})}
		e.inspected(t, e.open(t, exportTar), "tar")
		e.converted(t, e.open(t, exportTar))
		made := copied(t, e.open(t, exportTar), &backup.WriteOptions{Created: aDay})
		assert.NotContains(t, string(made), "z3u2en7t5LR2WtQH5PfFqMqwVHBeXouLzo6haApm8XHqvjxq", "the private half goes no further")
	})
	t.Run("a blog", func(t *testing.T) {
		e := export{dialect: "fep-6fcd", want: exportCounts{"unknown": 2, "media": 1}, files: [2]int64{1, 0}, entries: []exportFile{
			{"manifest.yml", string(readFile(t, filepath.Join(root, "manifest-blog.yml")))}, {"index.html", "<html>"}, {"feed.json", `{"version":"1"}`}, {"uploads/a.png", exportPNG}}}
		r := e.open(t, exportTar)
		inside, err := backup.Inspect(t.Context(), r, nil)
		require.NoError(t, err)
		assert.Equal(t, "fep-6fcd", inside.Format.Dialect)
		assert.NotContains(t, fmt.Sprint(inside.Kinds), "content", "nothing of ActivityPub is in it")
		exportWhole(t, copied(t, r, &backup.WriteOptions{Created: aDay}))
	})
}
