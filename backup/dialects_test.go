package backup_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/backup"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/portability/site"
)

// An export is an account as one software gives it out, and what must become of it.
type export struct {
	name    string
	dialect string
	entries []exportFile
	known   *backup.ReadOptions // what the owner has to say besides; nil for nothing
	in      []exportBox         // the container it comes in first
	want    exportCounts        // by kind, and for content and outbox by audience
	odd     []string            // reasons of the whole, each once
	files   [2]int64            // those that items use: here, and missing
	// What a conversion to FEP-6fcd changes, besides files that become items, and
	// what a takeout made of that changes of the kinds that it holds.
	standard, takeout []string
	// What the report of that archive says of its source, and not of the archive:
	// what the source had and no archive has.
	report []string
}

// exportCounts are items by kind ("content") and by audience ("content for public").
type exportCounts map[string]int64

// The texts of posts, which tell where they got to.
const (
	exportSeen      = "text-for-everyone"
	exportFollowers = "canary-for-followers"
	exportDirect    = "canary-for-few"
	exportAuthor    = "canary-for-nobody"
)

// TestExports takes an account of every dialect all the way.
func TestExports(t *testing.T) {
	all := slices.Concat(exportsOfMastodon(), exportsOfStandard(t), exportsLikeMastodon(), exportsOfNotes(), exportsOfAPIs(), exportsOfLists(), exportsOfX())
	require.GreaterOrEqual(t, len(all), 38, "every dialect, and each of its variants")
	for _, e := range all {
		t.Run(e.name, func(t *testing.T) {
			require.NotEmpty(t, e.in)
			for _, box := range e.in {
				e.inspected(t, e.open(t, box), box.name)
			}
			e.converted(t, e.open(t, e.in[0]))
		})
	}
}

// open writes an export to the disk as somebody has it there: a container under a
// name that says nothing, a lone file under its own.
func (e *export) open(t *testing.T, box exportBox) *backup.Reader {
	t.Helper()
	path := filepath.Join(t.TempDir(), box.path(e.entries))
	box.write(t, path, e.entries)
	r, err := backup.Open(t.Context(), path, e.known)
	require.NoError(t, err, "in a %s", box.name)
	t.Cleanup(func() { assert.NoError(t, r.Close()) })
	return r
}

func (e *export) inspected(t *testing.T, r *backup.Reader, box string) {
	t.Helper()
	inside, err := backup.Inspect(t.Context(), r, nil)
	require.NoError(t, err)
	assert.Equal(t, e.dialect, inside.Format.Dialect, "in a %s", box)
	assert.Equal(t, e.want, exportCounted(inside), "in a %s", box)
	assert.Equal(t, e.files, [2]int64{inside.Files.Here, inside.Files.Missing}, "files, in a %s", box)
	assert.Equal(t, e.odd, exportOdd(inside), "in a %s: %v", box, inside.Problems)
	assert.Empty(t, inside.Lost)
}

func exportCounted(i *backup.Inventory) exportCounts {
	counts := exportCounts{}
	for _, k := range i.Kinds {
		if k.Items > 0 {
			counts[string(k.Kind)] = k.Items
		}
		for audience, n := range k.Audiences {
			if k.Kind != portability.History {
				counts[fmt.Sprintf("%s for %s", k.Kind, audience)] = n
			}
		}
	}
	return counts
}

// exportOdd are the reasons of what is odd, but for what a dialect never has.
func exportOdd(i *backup.Inventory) []string {
	var odd []string
	for _, p := range i.Problems {
		if p.Reason != "lacks" {
			odd = append(odd, string(p.Reason))
		}
	}
	slices.Sort(odd)
	return slices.Compact(odd)
}

// converted holds an archive against what it was made from, and a takeout against
// that.
func (e *export) converted(t *testing.T, from *backup.Reader) {
	t.Helper()
	options := &backup.WriteOptions{Created: aDay}
	made := copied(t, from, options)
	exportWhole(t, made)
	standard := openArchive(t, made)
	found := slices.DeleteFunc(changes(t, from, standard, portability.Kinds()), func(c string) bool { return slices.Contains(standardChanges, c) })
	assert.ElementsMatch(t, e.standard, found, "in the standard archive")
	assertSameFiles(t, from, standard)
	again := copied(t, standard, options)
	assert.ElementsMatch(t, e.report, exportDifferent(t, made, again), "converted again")
	assert.Empty(t, exportDifferent(t, again, copied(t, openArchive(t, again), options)), "and once more")

	takeout, _ := copyToTakeout(t, standard, backup.TakeoutZip)
	assert.ElementsMatch(t, e.takeout, changes(t, standard, openArchive(t, takeout), takeoutHolds), "through a takeout")
	e.shown(t, from)
}

// exportDifferent lists what two archives have not the same: members of the report,
// and other entries whole. The integrity list and the proof are about those.
func exportDifferent(t *testing.T, once, again []byte) []string {
	t.Helper()
	if bytes.Equal(once, again) {
		return nil
	}
	one, two, found := unpack(t, once), unpack(t, again), map[string]bool{}
	for _, name := range slices.Concat(one.names, two.names) {
		switch was, is := one.body[name], two.body[name]; {
		case was == is, name == "godwit/integrity.jsonl", name == "godwit/proof.json":
		case name == "godwit/report.json":
			differ(found, "report ", json.RawMessage(was), json.RawMessage(is))
		default:
			found[name] = true
		}
	}
	require.NotEmpty(t, found, "the archives differ, and their entries do not")
	return slices.Sorted(maps.Keys(found))
}

func exportWhole(t *testing.T, archive []byte) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "made.tar")
	require.NoError(t, os.WriteFile(path, archive, 0o600))
	verdict, err := backup.Verify(t.Context(), path, nil)
	require.NoError(t, err)
	assert.True(t, verdict.Whole(), "%+v", verdict.Findings)
}

// shown makes a site, and looks whether it has what everyone may read, and nothing
// else.
func (e *export) shown(t *testing.T, from portability.Source) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "site")
	to, err := site.Create(dir, nil)
	require.NoError(t, err)
	_, err = portability.Copy(t.Context(), from, to, nil)
	require.NoError(t, err)
	require.NoError(t, to.Close())
	seen, files := false, 0
	require.NoError(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		files++
		seen = seen || bytes.Contains(data, []byte(exportSeen))
		for _, canary := range []string{exportFollowers, exportDirect, exportAuthor} {
			assert.False(t, bytes.Contains(data, []byte(canary)), "%s is in %s", canary, path)
		}
		return err
	}))
	assert.NotZero(t, files, "there is a site")
	assert.Equal(t, e.want["content for public"]+e.want["content for unlisted"] > 0, seen, "what everyone may read is there")
}

// TestExportsHaveEveryAudience holds that the canaries are in what the sites are
// made from.
func TestExportsHaveEveryAudience(t *testing.T) {
	for _, e := range slices.Concat(exportsOfMastodon(), exportsOfStandard(t), exportsLikeMastodon(), exportsOfNotes(), exportsOfAPIs()) {
		var text strings.Builder
		for _, f := range e.entries {
			text.WriteString(f.body)
		}
		for audience, canary := range map[string]string{"public": exportSeen, "followers": exportFollowers, "direct": exportDirect, "author": exportAuthor} {
			if e.want["content for "+audience] > 0 {
				assert.Contains(t, text.String(), canary, e.name)
			}
		}
	}
}
