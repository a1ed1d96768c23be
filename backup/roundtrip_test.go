package backup_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/backup"
	"codeberg.org/godwit/godwit/portability"
)

// What a conversion keeps is told field by field: every way in which an item
// differs behind the conversion is listed here, and any other fails the test.
//
// From any archive to FEP-6fcd nothing differs; the files come as items of their
// own besides. Through a takeout of Mastodon's shape nothing differs that it has a
// place for.
var standardChanges = []string{"media made"}

// takeoutHolds are the kinds that a takeout has a place for.
var takeoutHolds = []portability.Kind{portability.Actor, portability.Content, portability.Outbox, portability.Liked, portability.Bookmarks}

func TestRoundTripsOfPublishedTakeouts(t *testing.T) {
	for _, sample := range []string{"2022-v3.5", "2023-v4.0/archive"} {
		t.Run(sample, func(t *testing.T) {
			from := openArchive(t, takeoutSample(t, sample))
			standard := openArchive(t, copied(t, from, &backup.WriteOptions{Created: aDay}))
			assert.Subset(t, standardChanges, changes(t, from, standard, portability.Kinds()), "in the standard archive")
			assertSameFiles(t, from, standard)

			takeout, _ := copyToTakeout(t, standard, backup.TakeoutZip)
			again := openArchive(t, copied(t, openArchive(t, takeout), &backup.WriteOptions{Created: aDay}))
			assert.Empty(t, changes(t, standard, again, takeoutHolds), "through a takeout")
			assertSameFiles(t, standard, again)
		})
	}
}

// An archive of godwit's, converted with the same inputs, is the same file.
func TestConvertedAgainIsTheSame(t *testing.T) {
	for _, compression := range []backup.Compression{backup.None, backup.Gzip, backup.Zstd} {
		for name, from := range map[string]func(t *testing.T) portability.Source{
			// What was left out for want of a recipient is told once.
			"everything": func(t *testing.T) portability.Source {
				return openArchive(t, copied(t, smallAccount(t), &backup.WriteOptions{Created: aDay}))
			},
			"2022": func(t *testing.T) portability.Source { return openArchive(t, takeoutSample(t, "2022-v3.5")) },
			"2023": func(t *testing.T) portability.Source { return openArchive(t, takeoutSample(t, "2023-v4.0/archive")) },
		} {
			t.Run(name+" "+string(compression), func(t *testing.T) {
				options := &backup.WriteOptions{Created: aDay, Compression: compression}
				once := copied(t, from(t), options)
				assert.True(t, bytes.Equal(once, copied(t, openArchive(t, once), options)), "converted again it is the same file")
			})
		}
	}
}

func openArchive(t *testing.T, data []byte) *backup.Reader {
	t.Helper()
	r, err := backup.OpenAt(t.Context(), bytes.NewReader(data), int64(len(data)), nil)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, r.Close()) })
	return r
}

// changes lists how items differ, each way once: the kind, the path with numbers
// left out, and what happened to it.
func changes(t *testing.T, before, after portability.Source, kinds []portability.Kind) []string {
	t.Helper()
	found := map[string]bool{}
	for _, k := range kinds {
		was, is := usable(t, before, k), usable(t, after, k)
		for id, item := range was {
			other, ok := is[id]
			if !ok {
				found[fmt.Sprintf("%s lost", k)] = true
				continue
			}
			differ(found, string(k)+" ", parsed(t, item), parsed(t, other))
			if item.Activity != nil && other.Activity != nil {
				differ(found, string(k)+" activity ", json.RawMessage(item.Activity.Bytes()), json.RawMessage(other.Activity.Bytes()))
			} else if (item.Activity == nil) != (other.Activity == nil) {
				found[fmt.Sprintf("%s activity made or lost", k)] = true
			}
		}
		for id := range is {
			if _, ok := was[id]; !ok {
				found[fmt.Sprintf("%s made", k)] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(found))
}

// usable are the items of a kind that have no fatal problem.
func usable(t *testing.T, from portability.Source, k portability.Kind) map[string]portability.Item {
	t.Helper()
	all := map[string]portability.Item{}
	for item, err := range from.Items(t.Context(), k, "") {
		require.NoError(t, err)
		if _, fatal := item.Fatal(); !fatal {
			all[item.ID] = item
		}
	}
	return all
}

func parsed(t *testing.T, item portability.Item) json.RawMessage {
	t.Helper()
	if item.Object == nil {
		text, err := json.Marshal(string(item.Raw))
		require.NoError(t, err)
		return text
	}
	return item.Object.Bytes()
}

// differ compares two documents byte for byte, and where they are not the same,
// member by member.
func differ(found map[string]bool, path string, was, is json.RawMessage) {
	if bytes.Equal(was, is) {
		return
	}
	var wasMembers, isMembers map[string]json.RawMessage
	var wasElements, isElements []json.RawMessage
	switch {
	case json.Unmarshal(was, &wasMembers) == nil && json.Unmarshal(is, &isMembers) == nil:
		differMembers(found, path, wasMembers, isMembers)
	case json.Unmarshal(was, &wasElements) == nil && json.Unmarshal(is, &isElements) == nil && len(wasElements) == len(isElements):
		for i := range wasElements {
			differ(found, path+"[]", wasElements[i], isElements[i])
		}
	case !sameJSON(was, is):
		found[path+" changed"] = true
	}
}

func differMembers(found map[string]bool, path string, was, is map[string]json.RawMessage) {
	for name, value := range was {
		if other, ok := is[name]; ok {
			differ(found, path+"."+name, value, other)
		} else {
			found[path+"."+name+" lost"] = true
		}
	}
	for name := range is {
		if _, ok := was[name]; !ok {
			found[path+"."+name+" made"] = true
		}
	}
}

func sameJSON(a, b json.RawMessage) bool {
	var x, y bytes.Buffer
	return json.Compact(&x, a) == nil && json.Compact(&y, b) == nil && bytes.Equal(x.Bytes(), y.Bytes())
}

// assertSameFiles compares the files that items use, by their bytes.
func assertSameFiles(t *testing.T, before, after *backup.Reader) {
	t.Helper()
	assert.Equal(t, filesOf(t, before), filesOf(t, after), "every file that an item uses")
}

// filesOf are the digests of the files of each item, "" for one that is missing.
func filesOf(t *testing.T, from *backup.Reader) map[string][]string {
	t.Helper()
	all := map[string][]string{}
	for id, item := range usable(t, from, portability.Content) {
		for _, m := range item.Media {
			all[id] = append(all[id], digestOfMedium(t, from, m))
		}
	}
	return all
}

func digestOfMedium(t *testing.T, from *backup.Reader, m portability.Medium) string {
	t.Helper()
	r, _, err := from.OpenMedia(t.Context(), m)
	if err != nil {
		require.ErrorIs(t, err, portability.ErrNoMedium)
		return ""
	}
	defer r.Close()
	return readDigest(t, r)
}

func readDigest(t *testing.T, r io.Reader) string {
	t.Helper()
	sum := sha256.New()
	_, err := io.Copy(sum, r)
	require.NoError(t, err)
	return hex.EncodeToString(sum.Sum(nil))
}
