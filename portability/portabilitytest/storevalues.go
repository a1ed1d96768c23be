package portabilitytest

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

// storeStrings are ids and texts that are hard to keep apart, or to keep.
func storeStrings() []string {
	long := "https://old.example/" + strings.Repeat("long", 5_000)
	return []string{
		"", " ", "a", "A", "a ", "'); DROP TABLE x; --", `"`, `\`, "%", "?1", "$1", "é", "e\u0301", "日本語", "👩‍👩‍👧", "\u2028", "\ufffd", "\uffff", "\uffffff",
		long, long + "/", long[:1_001], long[:1_000], long[:999] + "ü",
	}
}

var storeValueSituations = []storeSituation{
	{"ids of any sort are kept apart", func(t *testing.T, store portability.Store) {
		change := portability.Change{}
		olds, refs := []vocab.IRI{}, []portability.Ref{}
		for n, text := range storeStrings() {
			e := storeEntry(int64(n))
			e.ID, e.Parent, e.NewID = text, text, vocab.IRI(text)
			e.URLs = []vocab.IRI{vocab.IRI(text), "", vocab.IRI(text)}
			file := storeFile(int64(n))
			file.Place, file.Medium.Path = text, text
			m := storeMapping(1)
			m.Old, m.ID, m.New, m.URL, m.To = vocab.IRI(text), vocab.IRI(text), vocab.IRI(text), vocab.IRI(text), vocab.IRI(text)
			change.Entries, change.Files, change.Mappings = append(change.Entries, e), append(change.Files, file), append(change.Mappings, m)
			change.Names = append(change.Names, portability.Name{Old: vocab.IRI(text), Ref: e.Ref})
			olds, refs = append(olds, vocab.IRI(text)), append(refs, e.Ref)
		}
		storeCommit(t, store, storeBegin(t, store, "a"), change)
		known, err := store.Known(t.Context(), "a", refs)
		require.NoError(t, err)
		named := storeNamed(t, store, "a", olds)
		files, err := store.Found(t.Context(), "a", storeStrings())
		require.NoError(t, err)
		mapped := storeFind(t, store, olds...)
		for n, text := range storeStrings() {
			name := text[:min(len(text), 30)]
			assert.Equal(t, change.Entries[n], known[refs[n]], name)
			assert.Equal(t, change.Entries[n], named[vocab.IRI(text)], name)
			assert.Equal(t, change.Files[n].Medium, files[text].Medium, name)
			assert.Equal(t, change.Mappings[n], mapped[vocab.IRI(text)], name)
		}
		assert.Equal(t, change.Entries, storeAll(t, store.Entries(t.Context(), "a", -1, portability.EntryFilter{})))
		assert.ElementsMatch(t, change.Mappings[1:], storeAll(t, store.Mappings(t.Context(), "", "")), "each comes once; nothing comes behind nothing")
		for n, link := range storeAll(t, store.Links(t.Context(), "a")) {
			if text := storeStrings()[n]; text != "" {
				assert.Equal(t, int64(n), link.Parent, "%.30q answers itself", text)
			}
		}
	}},
	{"a job keeps any text", func(t *testing.T, store portability.Store) {
		for i, text := range storeStrings() {
			if text == "" {
				continue // a job has an id
			}
			job := storeJob(text)
			job.Account, job.Old, job.After, job.Trouble, job.Worker = vocab.IRI(text), vocab.IRI(text), text, text, text
			job.Options = []byte(text)
			stored, created, err := store.Create(t.Context(), job)
			require.NoError(t, err)
			require.True(t, created, "job %d", i)
			job.Version = 1
			require.Equal(t, job, stored)
			require.Equal(t, job, storeRead(t, store, text))
			require.Equal(t, []portability.Job{job}, storeAll(t, store.Jobs(t.Context(), vocab.IRI(text), "")))
		}
		assert.Len(t, storeAll(t, store.Jobs(t.Context(), "", "")), len(storeStrings())-1)
	}},
	{"every field is kept", func(t *testing.T, store portability.Store) {
		job := storeBegin(t, store, "a")
		entry, m := storeSettled(1), storeMapping(1)
		entry.Parent, entry.Rank, m.Gone = storePost(0).ID, 7, true
		entry.Put, entry.Was = 3, &portability.Ended{State: portability.Copied, Reason: portability.NoAudience, Audience: portability.ForMentioned, Digest: [32]byte{7, 31: 255}, Size: 9}
		job = storeCommit(t, store, job, portability.Change{Entries: []portability.Entry{entry}, Files: []portability.JobFile{storeFile(1)}, Mappings: []portability.Mapping{m}})
		file := storeDone(storeClaim(t, store, "w", storeStart, 1)[0])
		file.Reason, file.Due, file.Medium.Digest, file.Medium.Size = portability.NoPlace, storeStart, file.Digest, 7
		require.NoError(t, store.SettleFiles(t.Context(), "a", "w", []portability.JobFile{file}))
		for name, pair := range map[string][2]any{
			"job":     {job, storeRead(t, store, "a")},
			"tally":   {job.Progress[0], storeRead(t, store, "a").Progress[0]},
			"entry":   {entry, storeAll(t, store.Entries(t.Context(), "a", -1, portability.EntryFilter{}))[0]},
			"file":    {file, storeAll(t, store.Files(t.Context(), "a", -1))[0]},
			"medium":  {file.Medium, storeAll(t, store.Files(t.Context(), "a", -1))[0].Medium},
			"mapping": {m, storeFind(t, store, m.Old)[m.Old]},
		} {
			for field, value := range reflect.ValueOf(pair[0]).Fields() {
				assert.False(t, value.IsZero(), "this test gives every field a value: %s: %s", name, field.Name)
			}
			assert.Equal(t, pair[0], pair[1], name)
		}
	}},
	{"the bare minimum is kept as it is", func(t *testing.T, store portability.Store) {
		bare, _, err := store.Create(t.Context(), portability.Job{ID: "a"})
		require.NoError(t, err)
		assert.Equal(t, portability.Job{ID: "a", Version: 1}, bare)
		entry := portability.Entry{Ref: portability.Ref{Kind: portability.Actor}}
		mapping := portability.Mapping{Old: home}
		storeCommit(t, store, bare, portability.Change{Entries: []portability.Entry{entry}, Files: []portability.JobFile{{}}, Mappings: []portability.Mapping{mapping}})
		assert.Equal(t, portability.Job{ID: "a", Version: 2}, storeRead(t, store, "a"))
		assert.Equal(t, []portability.Entry{entry}, storeAll(t, store.Entries(t.Context(), "a", -1, portability.EntryFilter{})))
		assert.Equal(t, []portability.Mapping{mapping}, storeAll(t, store.Mappings(t.Context(), "", "")))
		found, err := store.Found(t.Context(), "a", []string{""})
		require.NoError(t, err)
		assert.Zero(t, found[""].Medium)
	}},
	{"times are kept, at least to the microsecond", func(t *testing.T, store portability.Store) {
		east := time.FixedZone("east", 5*3600+1800)
		times := map[string][2]time.Time{
			"zero":           {},
			"zero elsewhere": {time.Time{}.In(east), {}},
			"the epoch":      {time.Unix(0, 0), time.Unix(0, 0).UTC()},
			"before 1970":    {time.Date(1969, 7, 20, 20, 17, 40, 999_999_000, time.UTC), time.Date(1969, 7, 20, 20, 17, 40, 999_999_000, time.UTC)},
			"the year 1":     {time.Date(1, 1, 1, 0, 0, 0, 1_000, time.UTC), time.Date(1, 1, 1, 0, 0, 0, 1_000, time.UTC)},
			"the far future": {time.Date(9999, 12, 31, 23, 59, 59, 999_999_999, time.UTC), time.Date(9999, 12, 31, 23, 59, 59, 999_999_000, time.UTC)},
			"nanoseconds":    {time.Date(2026, 11, 22, 12, 0, 0, 123_456_789, east), time.Date(2026, 11, 22, 6, 30, 0, 123_456_000, time.UTC)},
		}
		for name, at := range times {
			given := portability.Job{ID: name, Until: at[0], Due: at[0], Created: at[0], Updated: at[0], Finished: at[0]}
			stored, _, err := store.Create(t.Context(), given)
			require.NoError(t, err)
			entry, m := storeEntry(0), storeMapping(0)
			entry.Published, m.At = at[0], at[0]
			storeCommit(t, store, stored, portability.Change{Entries: []portability.Entry{entry}, Mappings: []portability.Mapping{m}})
			read := storeRead(t, store, name)
			for i, got := range []time.Time{
				read.Until, read.Due, read.Created, read.Updated, read.Finished,
				storeAll(t, store.Entries(t.Context(), name, -1, portability.EntryFilter{}))[0].Published,
				storeAll(t, store.Links(t.Context(), name))[0].Published, storeFind(t, store, m.Old)[m.Old].At,
			} {
				assert.Equal(t, at[1], got.UTC().Truncate(time.Microsecond), "%s, in place %d", name, i)
				assert.Equal(t, at[1].IsZero(), got.IsZero(), "%s, in place %d", name, i)
			}
		}
	}},
	{"large numbers are kept", func(t *testing.T, store portability.Store) {
		const large = int64(1)<<62 + 1
		job := storeBegin(t, store, "a")
		job.Next, job.Run, job.Tries = large, 1<<31-1, 1<<31-1
		job.Progress = []portability.Tally{{Done: large, Total: large, Bytes: large, Took: time.Duration(large)}}
		entry := storeEntry(1 << 31)
		entry.Rank, entry.Size, entry.Run = large, large, 1<<31-1
		job = storeCommit(t, store, job, portability.Change{Entries: []portability.Entry{entry}})
		assert.Equal(t, job, storeRead(t, store, "a"))
		assert.Equal(t, []portability.Entry{entry}, storeAll(t, store.Entries(t.Context(), "a", 1<<31-1, portability.EntryFilter{})))
	}},
}
