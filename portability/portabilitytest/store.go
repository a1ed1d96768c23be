package portabilitytest

import (
	"fmt"
	"iter"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

// TestStore runs the suite over a store. Open returns one that has nothing, and
// releases it with t.Cleanup. Each is used by several goroutines at once.
//
// Stores that outlive their process run [TestDurableStore] as well.
func TestStore(t *testing.T, open func(t *testing.T) portability.Store) {
	parts := [][]storeSituation{
		storeJobSituations, storeEntrySituations, storeNameSituations, storeThreadSituations,
		storeFileSituations, storeMapSituations, storeValueSituations,
	}
	for _, part := range parts {
		for _, s := range part {
			t.Run(s.name, func(t *testing.T) { s.test(t, open(t)) })
		}
	}
}

type storeSituation struct {
	name string
	test func(t *testing.T, store portability.Store)
}

// storeStart is when everything in the suite begins.
var storeStart = time.Date(2026, 11, 22, 12, 0, 0, 123_456_000, time.UTC)

// storeJob returns a job that fills every field.
func storeJob(id string) portability.Job {
	return portability.Job{
		ID: id, Account: "https://new.example/users/alice", Old: home, Standing: portability.Proved,
		State: portability.JobRunning, Stage: portability.StageRead, Kind: portability.Content, After: "page 2, item 7",
		Run: 1, Next: 8, Items: 5, Options: []byte(`{"dry":true}`),
		Progress: []portability.Tally{{Stage: portability.StageRead, Kind: portability.Content, Done: 8, Total: -1, Bytes: 900, Took: 3 * time.Second, Met: 9, Exact: true}},
		Trouble:  "read: the source answers 503", Tries: 2, Worker: "worker 1", Until: storeStart.Add(time.Minute),
		Due: storeStart.Add(time.Second), Created: storeStart, Updated: storeStart, Finished: storeStart.Add(time.Hour),
	}
}

// storeBegin stores a job.
func storeBegin(t *testing.T, store portability.Store, id string) portability.Job {
	t.Helper()
	job, created, err := store.Create(t.Context(), storeJob(id))
	require.NoError(t, err)
	require.True(t, created, "job %s is new", id)
	return job
}

// storeCommit commits a change and returns the job with its new version.
func storeCommit(t *testing.T, store portability.Store, job portability.Job, c portability.Change) portability.Job {
	t.Helper()
	next, err := store.Commit(t.Context(), job, c)
	require.NoError(t, err)
	require.Equal(t, job.Version+1, next.Version)
	return next
}

func storePost(n int64) portability.Ref {
	return portability.Ref{Kind: portability.Content, ID: fmt.Sprintf(home+"/statuses/%06d", n)}
}

// storeEntry returns the entry of a post, as it is staged.
func storeEntry(n int64) portability.Entry {
	return portability.Entry{
		Ref: storePost(n), No: n, Stage: portability.StageContent, Audience: portability.ForFollowers,
		Published: storeStart.Add(time.Duration(n) * time.Second), Digest: [32]byte{1, byte(n), 0, 255}, Run: 1, Size: 1500 + n,
	}
}

// storeSettled returns the same after it was put.
func storeSettled(n int64) portability.Entry {
	e := storeEntry(n)
	e.State, e.Reason, e.Intended = portability.Changed, portability.Shortened, true
	e.NewID = vocab.IRI(fmt.Sprintf("https://new.example/notes/%d", n))
	e.URLs = []vocab.IRI{vocab.IRI(fmt.Sprintf("https://new.example/@alice/%d", n)), "https://new.example/?p=1"}
	return e
}

// storeEntries returns the entries of posts from one number to before another.
func storeEntries(from, to int64) []portability.Entry {
	var all []portability.Entry
	for n := from; n < to; n++ {
		all = append(all, storeEntry(n))
	}
	return all
}

func storeAll[T any](t *testing.T, all iter.Seq2[T, error]) []T {
	t.Helper()
	found := []T{}
	for one, err := range all {
		require.NoError(t, err)
		found = append(found, one)
	}
	return found
}

// storeNumbers returns the numbers of the entries that pass.
func storeNumbers(t *testing.T, store portability.Store, job string, after int64, f portability.EntryFilter) []int64 {
	t.Helper()
	found := []int64{}
	for _, e := range storeAll(t, store.Entries(t.Context(), job, after, f)) {
		found = append(found, e.No)
	}
	return found
}

// storeRead returns a job as it is stored.
func storeRead(t *testing.T, store portability.Store, id string) portability.Job {
	t.Helper()
	job, err := store.Job(t.Context(), id)
	require.NoError(t, err)
	return job
}

// storeHas asserts what a job has of entries, names, files, held items and
// mappings, by their numbers.
func storeHas(t *testing.T, store portability.Store, job string, want storeCounts) {
	t.Helper()
	got := storeCounts{
		entries:  len(storeAll(t, store.Entries(t.Context(), job, -1, portability.EntryFilter{}))),
		files:    len(storeAll(t, store.Files(t.Context(), job, -1))),
		held:     len(storeAll(t, store.Held(t.Context(), job, -1))),
		mappings: len(storeAll(t, store.Mappings(t.Context(), "", ""))),
	}
	named := storeNamed(t, store, job, []vocab.IRI{vocab.IRI(storePost(0).ID)})
	got.names = len(named)
	assert.Equal(t, want, got)
}

type storeCounts struct{ entries, names, files, held, mappings int }

// storeWhole returns a change with something of every sort in it, and the counts
// that a store has after it.
func storeWhole(t *testing.T) (portability.Change, storeCounts) {
	t.Helper()
	return portability.Change{
		Entries:  storeEntries(0, 2),
		Names:    []portability.Name{{Old: vocab.IRI(storePost(0).ID), Ref: storePost(0)}},
		Files:    []portability.JobFile{storeFile(0)},
		Ranks:    []portability.Rank{{No: 1, Rank: 1}},
		Hold:     []portability.HeldItem{{No: 0, Item: note(t, 0)}, {No: 1, Item: note(t, 1)}},
		Mappings: []portability.Mapping{storeMapping(0)},
	}, storeCounts{entries: 2, names: 1, files: 1, held: 2, mappings: 1}
}
