package portabilitytest

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

var storeJobSituations = []storeSituation{
	{"a new job is stored whole, with version 1", func(t *testing.T, store portability.Store) {
		given := storeJob("a")
		given.Version = 77
		stored, created, err := store.Create(t.Context(), given)
		require.NoError(t, err)
		assert.True(t, created)
		given.Version = 1
		assert.Equal(t, given, stored)
		assert.Equal(t, given, storeRead(t, store, "a"))
	}},
	{"a job that is there is returned as it is, and not written over", func(t *testing.T, store portability.Store) {
		first := storeBegin(t, store, "a")
		other := storeJob("a")
		other.Account, other.Run = "https://new.example/users/mallory", 9
		stored, created, err := store.Create(t.Context(), other)
		require.NoError(t, err)
		assert.False(t, created)
		assert.Equal(t, first, stored)
		assert.Equal(t, first, storeRead(t, store, "a"))
	}},
	{"of many who create a job at once, one does", func(t *testing.T, store portability.Store) {
		var created atomic.Int64
		var workers sync.WaitGroup
		for range 8 {
			workers.Go(func() {
				stored, won, err := store.Create(t.Context(), storeJob("a"))
				assert.NoError(t, err)
				assert.Equal(t, int64(1), stored.Version)
				if won {
					created.Add(1)
				}
			})
		}
		workers.Wait()
		assert.Equal(t, int64(1), created.Load())
	}},
	{"a job that is not there is said to be none", func(t *testing.T, store portability.Store) {
		storeBegin(t, store, "a")
		nobody := storeJob("none")
		nobody.Version = 1
		storeNoJob(t, store, nobody)
	}},
	{"a commit changes the job and raises its version", func(t *testing.T, store portability.Store) {
		job := storeBegin(t, store, "a")
		job.State, job.Stage, job.Kind, job.After, job.Next = portability.JobPaused, portability.StageRest, portability.Lists, "", 99
		job.Trouble, job.Tries, job.Worker, job.Until, job.Due = "", 0, "", time.Time{}, time.Time{}
		job.Progress = append(job.Progress, portability.Tally{Stage: portability.StageContent, Kind: portability.Content, Done: 1, Total: 2})
		want := job
		want.Version = 2
		assert.Equal(t, want, storeCommit(t, store, job, portability.Change{}))
		assert.Equal(t, want, storeRead(t, store, "a"))
	}},
	{"a commit stores everything of its change", func(t *testing.T, store portability.Store) {
		change, want := storeWhole(t)
		storeCommit(t, store, storeBegin(t, store, "a"), change)
		storeHas(t, store, "a", want)
	}},
	{"a commit of an old version is stale, and stores nothing of it", func(t *testing.T, store portability.Store) {
		old := storeBegin(t, store, "a")
		kept := storeCommit(t, store, old, portability.Change{})
		change, _ := storeWhole(t)
		for _, version := range []int64{0, 1, 3} {
			stale := old
			stale.Version, stale.State = version, portability.JobDone
			_, err := store.Commit(t.Context(), stale, change)
			require.ErrorIs(t, err, portability.ErrStale, "version %d", version)
		}
		assert.Equal(t, kept, storeRead(t, store, "a"))
		storeHas(t, store, "a", storeCounts{})
	}},
	{"of many who commit the same version, one does, all of it", func(t *testing.T, store portability.Store) {
		storeRace(t, []portability.Store{store})
	}},
	{"who cancels is told, and nothing is stored", func(t *testing.T, store portability.Store) {
		change, want := storeWhole(t)
		job := storeCommit(t, store, storeBegin(t, store, "a"), change)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		storeCancelled(t, ctx, store, job)
		assert.Equal(t, job, storeRead(t, store, "a"))
		storeHas(t, store, "a", want)
	}},
	{"jobs come by their ids, those of one account alone if that is asked", func(t *testing.T, store portability.Store) {
		for i, id := range []string{"b", "a", "B", "ä", "c1", "c"} {
			job := storeJob(id)
			if i%2 == 1 {
				job.Account = "https://new.example/users/bob"
			}
			_, _, err := store.Create(t.Context(), job)
			require.NoError(t, err)
		}
		ids := func(account vocab.IRI, after string) (found []string) {
			for _, job := range storeAll(t, store.Jobs(t.Context(), account, after)) {
				found = append(found, job.ID)
			}
			return found
		}
		assert.Equal(t, []string{"B", "a", "b", "c", "c1", "ä"}, ids("", ""), "by their bytes")
		assert.Equal(t, []string{"c", "c1", "ä"}, ids("", "b"))
		assert.Equal(t, []string{"a", "c", "ä"}, ids("https://new.example/users/bob", ""))
		assert.Equal(t, []string{"ä"}, ids("https://new.example/users/bob", "c"))
		assert.Empty(t, ids("https://new.example/users/carol", ""))
	}},
	{"of jobs those come by themselves that have not ended", func(t *testing.T, store portability.Store) {
		states := []portability.JobState{portability.JobDone, portability.JobRunning, portability.JobPaused, portability.JobUndoing, portability.JobRefused}
		var want []string
		for i := range 600 {
			job := storeJob(fmt.Sprintf("job %03d", i))
			job.State = states[i%len(states)]
			_, _, err := store.Create(t.Context(), job)
			require.NoError(t, err)
			if !job.State.Ended() {
				want = append(want, job.ID)
			}
		}
		var got []string
		jobs := storeAll(t, store.Underway(t.Context()))
		for _, job := range jobs {
			got = append(got, job.ID)
		}
		require.Equal(t, want, got)
		jobs[0].State = portability.JobDone
		storeCommit(t, store, jobs[0], portability.Change{})
		assert.Len(t, storeAll(t, store.Underway(t.Context())), len(want)-1)
	}},
	{"two jobs know nothing of each other's items", func(t *testing.T, store portability.Store) {
		change, want := storeWhole(t)
		storeCommit(t, store, storeBegin(t, store, "a"), change)
		storeBegin(t, store, "b")
		storeHas(t, store, "b", storeCounts{mappings: 1}) // which are no job's
		storeHas(t, store, "a", want)
		change.Mappings = nil
		change.Entries[0].Audience = portability.ForPublic
		storeCommit(t, store, storeRead(t, store, "b"), change)
		for job, audience := range map[string]portability.Audience{"a": portability.ForFollowers, "b": portability.ForPublic} {
			known, err := store.Known(t.Context(), job, []portability.Ref{storePost(0)})
			require.NoError(t, err)
			assert.Equal(t, audience, known[storePost(0)].Audience, job)
		}
	}},
}

// storeRace has many commit the same version of a job through some stores.
func storeRace(t *testing.T, stores []portability.Store) {
	t.Helper()
	job := storeBegin(t, stores[0], "raced")
	var won, stale atomic.Int64
	var workers sync.WaitGroup
	for worker := range int64(8) {
		workers.Go(func() {
			mine := job
			mine.Next = worker
			_, err := stores[worker%int64(len(stores))].Commit(t.Context(), mine, portability.Change{Entries: storeEntries(worker*10, worker*10+10)})
			switch {
			case err == nil:
				won.Add(1)
			case assert.ErrorIs(t, err, portability.ErrStale):
				stale.Add(1)
			}
		})
	}
	workers.Wait()
	assert.Equal(t, int64(1), won.Load())
	assert.Equal(t, int64(7), stale.Load())
	winner := storeRead(t, stores[0], "raced")
	assert.Equal(t, int64(2), winner.Version)
	want := []int64{}
	for n := range int64(10) {
		want = append(want, winner.Next*10+n)
	}
	assert.Equal(t, want, storeNumbers(t, stores[0], "raced", -1, portability.EntryFilter{}), "the winner's entries alone")
}

// storeCancelled asserts that every call tells that ctx has ended.
func storeCancelled(t *testing.T, ctx context.Context, store portability.Store, job portability.Job) {
	t.Helper()
	change := portability.Change{Entries: storeEntries(2, 4), Files: []portability.JobFile{storeFile(2)}}
	_, _, created := store.Create(ctx, storeJob("b"))
	_, read := store.Job(ctx, job.ID)
	_, committed := store.Commit(ctx, job, change)
	_, known := store.Known(ctx, job.ID, []portability.Ref{storePost(0)})
	_, named := store.Owners(ctx, job.ID, []vocab.IRI{home})
	_, claimed := store.ClaimFiles(ctx, job.ID, "w", storeStart, storeStart.Add(time.Minute), 1)
	_, found := store.Found(ctx, job.ID, []string{"a"})
	_, _, unsettled := store.Unsettled(ctx, job.ID)
	_, mapped := store.Find(ctx, []vocab.IRI{home})
	_, renewed := store.RenewFiles(ctx, job.ID, "w", storeStart, []string{"a"})
	for call, err := range map[string]error{
		"Create": created, "Job": read, "Commit": committed, "Known": known, "Owners": named, "ClaimFiles": claimed,
		"SettleFiles": store.SettleFiles(ctx, job.ID, "w", []portability.JobFile{storeFile(0)}), "Found": found,
		"Unsettled": unsettled, "Find": mapped, "Map": store.Map(ctx, []portability.Mapping{storeMapping(5)}),
		"Entries": storeEnd(store.Entries(ctx, job.ID, -1, portability.EntryFilter{})), "Links": storeEnd(store.Links(ctx, job.ID)),
		"Held": storeEnd(store.Held(ctx, job.ID, -1)), "Files": storeEnd(store.Files(ctx, job.ID, -1)),
		"Mappings": storeEnd(store.Mappings(ctx, "", "")), "Jobs": storeEnd(store.Jobs(ctx, "", "")),
		"Underway": storeEnd(store.Underway(ctx)), "RenewFiles": renewed,
	} {
		assert.ErrorIs(t, err, context.Canceled, call)
	}
	_, err := store.Job(t.Context(), "b")
	assert.ErrorIs(t, err, portability.ErrNoJob)
}

// storeNoJob asserts that every call says of a job that it is not there.
func storeNoJob(t *testing.T, store portability.Store, job portability.Job) {
	t.Helper()
	ctx := t.Context()
	_, read := store.Job(ctx, job.ID)
	_, committed := store.Commit(ctx, job, portability.Change{Entries: storeEntries(0, 1)})
	_, known := store.Known(ctx, job.ID, []portability.Ref{storePost(0)})
	_, named := store.Owners(ctx, job.ID, []vocab.IRI{home})
	_, claimed := store.ClaimFiles(ctx, job.ID, "w", storeStart, storeStart.Add(time.Minute), 1)
	_, found := store.Found(ctx, job.ID, []string{"a"})
	_, _, unsettled := store.Unsettled(ctx, job.ID)
	_, renewed := store.RenewFiles(ctx, job.ID, "w", storeStart, []string{"a"})
	for call, err := range map[string]error{
		"RenewFiles": renewed,
		"Job":        read, "Commit": committed, "Known": known, "Owners": named, "ClaimFiles": claimed,
		"SettleFiles": store.SettleFiles(ctx, job.ID, "w", []portability.JobFile{storeFile(0)}), "Found": found,
		"Unsettled": unsettled, "Entries": storeEnd(store.Entries(ctx, job.ID, -1, portability.EntryFilter{})),
		"Links": storeEnd(store.Links(ctx, job.ID)), "Held": storeEnd(store.Held(ctx, job.ID, -1)),
		"Files": storeEnd(store.Files(ctx, job.ID, -1)),
	} {
		assert.ErrorIs(t, err, portability.ErrNoJob, call)
	}
}

// storeEnd returns the error that ends a sequence.
func storeEnd[T any](all func(func(T, error) bool)) (end error) {
	for _, err := range all {
		end = err
	}
	return end
}
