package portabilitytest

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

// storeFile returns a file as it is staged. Engines number files in steps of their own.
func storeFile(n int64) portability.JobFile {
	return portability.JobFile{No: 1<<52 | n<<10, Place: fmt.Sprintf("sha256:%064x", n), Medium: portability.Medium{
		URL: vocab.IRI(fmt.Sprintf("https://old.example/media/%d.png", n)), Path: fmt.Sprintf("media/%d.png", n), Type: "image/png", Size: -1,
	}}
}

// storeFiles stores a job with so many files.
func storeFiles(t *testing.T, store portability.Store, n int64) portability.Job {
	t.Helper()
	var change portability.Change
	for i := range n {
		change.Files = append(change.Files, storeFile(i))
	}
	return storeCommit(t, store, storeBegin(t, store, "a"), change)
}

const storeLease = time.Minute

// storeClaim claims at most so many files for a worker, and returns their places.
func storeClaim(t *testing.T, store portability.Store, worker string, now time.Time, n int) []portability.JobFile {
	t.Helper()
	files, err := store.ClaimFiles(t.Context(), "a", worker, now, now.Add(storeLease), n)
	require.NoError(t, err)
	return files
}

// storeDone returns a file as it is settled.
func storeDone(f portability.JobFile) portability.JobFile {
	f.State, f.Reason, f.URL = portability.Copied, "", vocab.IRI("https://new.example/files/"+f.Place)
	f.Digest, f.Bytes, f.Tries = strings.Repeat("0f", 32), 12_345, f.Tries+1
	return f
}

func storePlaces(files []portability.JobFile) []string {
	places := []string{}
	for _, f := range files {
		places = append(places, f.Place)
	}
	return places
}

var storeFileSituations = []storeSituation{
	{"files come by number, in the order in which they were staged", func(t *testing.T, store portability.Store) {
		storeFiles(t, store, 1_200)
		files := storeAll(t, store.Files(t.Context(), "a", -1))
		require.Len(t, files, 1_200)
		for i, f := range files {
			want := storeFile(int64(i))
			want.No = f.No
			require.Equal(t, want, f)
			require.True(t, i == 0 || f.No > files[i-1].No, "numbers rise")
		}
		assert.Equal(t, files[700:], storeAll(t, store.Files(t.Context(), "a", files[699].No)), "behind one")
	}},
	{"a file whose place is known is left as it is", func(t *testing.T, store portability.Store) {
		job := storeFiles(t, store, 2)
		settled := storeDone(storeClaim(t, store, "w", storeStart, 1)[0])
		require.NoError(t, store.SettleFiles(t.Context(), "a", "w", []portability.JobFile{settled}))
		again := storeFile(2)
		again.Place = settled.Place
		last := storeFile(4)
		twice := storeFile(5)
		twice.Place = last.Place
		storeCommit(t, store, job, portability.Change{Files: []portability.JobFile{again, storeFile(3), last, twice}})
		found, err := store.Found(t.Context(), "a", []string{settled.Place, last.Place, "nowhere"})
		require.NoError(t, err)
		assert.Len(t, found, 2, "what is not known is left out")
		assert.Equal(t, settled, found[settled.Place])
		assert.Equal(t, last.Medium, found[last.Place].Medium, "of two in one change, the first")
		assert.Len(t, storeAll(t, store.Files(t.Context(), "a", -1)), 4)
	}},
	{"a file is leased to one worker, until its time", func(t *testing.T, store portability.Store) {
		storeFiles(t, store, 3)
		first := storeClaim(t, store, "one", storeStart, 2)
		require.Len(t, first, 2)
		assert.Equal(t, storeFile(0).Medium, first[0].Medium)
		rest := storeClaim(t, store, "two", storeStart.Add(time.Second), 5)
		assert.Equal(t, []string{storeFile(2).Place}, storePlaces(rest))
		assert.Empty(t, storeClaim(t, store, "one", storeStart.Add(time.Second), 5), "nor does who has it get it again")
		assert.ElementsMatch(t, storePlaces(first), storePlaces(storeClaim(t, store, "two", storeStart.Add(storeLease), 5)), "when the lease has ended")
	}},
	{"none are claimed where none are asked for", func(t *testing.T, store portability.Store) {
		storeFiles(t, store, 1)
		assert.Empty(t, storeClaim(t, store, "w", storeStart, 0))
		assert.Len(t, storeClaim(t, store, "w", storeStart, 5), 1)
	}},
	{"what became of a file is stored, and nobody gets it again", func(t *testing.T, store portability.Store) {
		storeFiles(t, store, 3)
		claimed := storeClaim(t, store, "w", storeStart, 3)
		want := map[string]portability.JobFile{}
		for i, state := range []portability.State{portability.Copied, portability.Skipped, portability.Failed} {
			claimed[i] = storeDone(claimed[i])
			claimed[i].State = state
			if state != portability.Copied {
				claimed[i].Reason = portability.NoPlace
			}
			want[claimed[i].Place] = claimed[i]
		}
		require.NoError(t, store.SettleFiles(t.Context(), "a", "w", claimed))
		found, err := store.Found(t.Context(), "a", storePlaces(claimed))
		require.NoError(t, err)
		assert.Equal(t, want, found)
		assert.Empty(t, storeClaim(t, store, "w", storeStart.Add(time.Hour), 3))
	}},
	{"a file that failed for now comes again when it is due", func(t *testing.T, store portability.Store) {
		storeFiles(t, store, 2)
		failed := storeClaim(t, store, "w", storeStart, 1)[0]
		failed.Tries, failed.Due, failed.Reason = 1, storeStart.Add(time.Hour), portability.MissingMedia
		require.NoError(t, store.SettleFiles(t.Context(), "a", "w", []portability.JobFile{failed}))
		other := storeClaim(t, store, "w", storeStart, 5)
		require.Len(t, other, 1)
		assert.NotEqual(t, failed.Place, other[0].Place)
		require.NoError(t, store.SettleFiles(t.Context(), "a", "w", []portability.JobFile{storeDone(other[0])}))
		assert.Empty(t, storeClaim(t, store, "w", failed.Due.Add(-time.Microsecond), 5))
		assert.Equal(t, []portability.JobFile{failed}, storeClaim(t, store, "w", failed.Due, 5))
	}},
	{"leases last longer where their worker has them still", func(t *testing.T, store portability.Store) {
		storeFiles(t, store, 4)
		first, later := storeClaim(t, store, "one", storeStart, 3), storeStart.Add(storeLease)
		require.NoError(t, store.SettleFiles(t.Context(), "a", "one", []portability.JobFile{storeDone(first[1])}))
		storeClaim(t, store, "two", storeStart, 1)
		places := []string{storeFile(3).Place, first[2].Place, first[1].Place, "nowhere", first[0].Place}
		ours, err := store.RenewFiles(t.Context(), "a", "one", later.Add(storeLease), places)
		require.NoError(t, err)
		assert.Equal(t, []string{first[2].Place, first[0].Place}, ours, "not another's, nor what is settled")
		assert.Equal(t, []string{storeFile(3).Place}, storePlaces(storeClaim(t, store, "three", later, 9)))
		assert.Len(t, storeClaim(t, store, "three", later.Add(storeLease), 9), 3, "they are over some time")
		ours, err = store.RenewFiles(t.Context(), "a", "one", later.Add(9*storeLease), places)
		require.NoError(t, err)
		assert.Empty(t, ours, "another has taken them")
	}},
	{"a clock that was a year ahead keeps no file from anybody", func(t *testing.T, store portability.Store) {
		storeFiles(t, store, 3)
		ahead := storeStart.AddDate(1, 0, 0)
		files := storeClaim(t, store, "ahead", ahead, 2)
		files[0].Due, files[0].Tries = ahead.Add(time.Hour), 1
		require.NoError(t, store.SettleFiles(t.Context(), "a", "ahead", files[:1]))
		assert.Len(t, storeClaim(t, store, "right", storeStart, 9), 3, "one is due in a year, one leased for that time")
		assert.Empty(t, storeClaim(t, store, "other", storeStart, 9))
	}},
	{"a worker that lost its lease settles nothing but what it has copied", func(t *testing.T, store portability.Store) {
		storeFiles(t, store, 1)
		slow := storeClaim(t, store, "slow", storeStart, 1)
		quick := storeClaim(t, store, "quick", storeStart.Add(storeLease), 1)
		require.Len(t, quick, 1)
		bad := storeDone(slow[0])
		bad.State, bad.Reason = portability.Failed, portability.BadMedia
		assertUnsettled := func(when string) {
			require.NoError(t, store.SettleFiles(t.Context(), "a", "slow", []portability.JobFile{bad}), when)
			found, err := store.Found(t.Context(), "a", []string{bad.Place})
			require.NoError(t, err)
			assert.NotEqual(t, portability.Failed, found[bad.Place].State, when)
		}
		assertUnsettled("while another has it")
		bad.State = portability.Skipped
		assertUnsettled("while another has it")
		good := storeDone(slow[0])
		require.NoError(t, store.SettleFiles(t.Context(), "a", "slow", []portability.JobFile{good}))
		assert.Equal(t, []portability.JobFile{good}, storeAll(t, store.Files(t.Context(), "a", -1)), "it is there")
		again := storeDone(quick[0])
		again.URL = "https://new.example/another"
		for _, late := range []portability.JobFile{again, bad} {
			require.NoError(t, store.SettleFiles(t.Context(), "a", "quick", []portability.JobFile{late}))
			assert.Equal(t, []portability.JobFile{good}, storeAll(t, store.Files(t.Context(), "a", -1)), "it ends once")
		}
	}},
	{"a lease that ended, and that nobody else took, can still be settled", func(t *testing.T, store portability.Store) {
		storeFiles(t, store, 1)
		late := storeDone(storeClaim(t, store, "w", storeStart, 1)[0])
		require.NoError(t, store.SettleFiles(t.Context(), "a", "w", []portability.JobFile{late, storeDone(storeFile(99))}))
		assert.Equal(t, []portability.JobFile{late}, storeAll(t, store.Files(t.Context(), "a", -1)), "and one that was never staged is not made")
	}},
	{"files that ended in some states can be asked for again, as if they were never tried", func(t *testing.T, store portability.Store) {
		job := storeFiles(t, store, 4)
		claimed := storeClaim(t, store, "w", storeStart, 4)
		for i, state := range []portability.State{portability.Copied, portability.Failed, portability.Skipped} {
			claimed[i] = storeDone(claimed[i])
			claimed[i].State, claimed[i].Due = state, storeStart.Add(time.Hour)
		}
		require.NoError(t, store.SettleFiles(t.Context(), "a", "w", claimed[:3]))
		known := storeFile(9)
		known.Place = claimed[1].Place
		storeCommit(t, store, job, portability.Change{Refile: []portability.State{portability.Failed, portability.Skipped}, Files: []portability.JobFile{known}})
		again := storeClaim(t, store, "other", storeStart, 9)
		require.Len(t, again, 2, "not what is copied, nor what somebody has")
		for i, f := range again {
			want := storeFile(int64(i + 1))
			want.No = f.No
			assert.Equal(t, want, f)
		}
		n, _, err := store.Unsettled(t.Context(), "a")
		require.NoError(t, err)
		assert.Equal(t, int64(3), n)
	}},
	{"files that wait for another attempt can be had at once, and leases stay", func(t *testing.T, store portability.Store) {
		job := storeFiles(t, store, 3)
		claimed := storeClaim(t, store, "w", storeStart, 2)
		claimed[0].Due, claimed[0].Tries, claimed[0].Reason = storeStart.Add(time.Hour), 3, portability.Unavailable
		require.NoError(t, store.SettleFiles(t.Context(), "a", "w", claimed[:1]))
		storeCommit(t, store, job, portability.Change{Refile: []portability.State{""}})
		again := storeClaim(t, store, "other", storeStart, 9)
		assert.ElementsMatch(t, []string{claimed[0].Place, storeFile(2).Place}, storePlaces(again))
		for _, f := range again {
			assert.Zero(t, f.Tries)
			assert.Empty(t, f.Reason)
		}
	}},
	{"many workers at once never get the same file", func(t *testing.T, store portability.Store) {
		storeFiles(t, store, 400)
		storeClaimAll(t, []portability.Store{store})
	}},
	{"it is known how many files are left, and when the first is due", func(t *testing.T, store portability.Store) {
		storeFiles(t, store, 3)
		assertLeft := func(want int64, due time.Time, when string) {
			t.Helper()
			n, first, err := store.Unsettled(t.Context(), "a")
			require.NoError(t, err)
			assert.Equal(t, want, n, when)
			assert.Equal(t, due, first, when)
		}
		assertLeft(3, time.Time{}, "all can be had now")
		claimed := storeClaim(t, store, "w", storeStart, 3)
		assertLeft(3, storeStart.Add(storeLease), "all are leased: when a lease ends")
		claimed[0].Due, claimed[0].Tries = storeStart.Add(2*storeLease), 1
		require.NoError(t, store.SettleFiles(t.Context(), "a", "w", []portability.JobFile{claimed[0], storeDone(claimed[1])}))
		assertLeft(2, storeStart.Add(storeLease), "one is leased, one failed for now")
		require.NoError(t, store.SettleFiles(t.Context(), "a", "w", []portability.JobFile{storeDone(claimed[2])}))
		assertLeft(1, claimed[0].Due, "one failed for now")
		last := storeClaim(t, store, "w", claimed[0].Due, 1)
		require.NoError(t, store.SettleFiles(t.Context(), "a", "w", []portability.JobFile{storeDone(last[0])}))
		assertLeft(0, time.Time{}, "none is left")
	}},
}

// storeClaimAll has many workers take the 400 files of a job through some stores,
// and asserts that each was given to one.
func storeClaimAll(t *testing.T, stores []portability.Store) {
	t.Helper()
	var mu sync.Mutex
	given := map[string]string{}
	var workers sync.WaitGroup
	for i := range 8 {
		worker, store := fmt.Sprintf("worker %d", i), stores[i%len(stores)]
		workers.Go(func() {
			for {
				files, err := store.ClaimFiles(t.Context(), "a", worker, storeStart, storeStart.Add(storeLease), 7)
				if !assert.NoError(t, err) || len(files) == 0 {
					return
				}
				mu.Lock()
				for i, f := range files {
					assert.NotContains(t, given, f.Place, "given out before")
					given[f.Place], files[i] = worker, storeDone(f)
					files[i].Reason = portability.Reason(worker)
				}
				mu.Unlock()
				assert.NoError(t, store.SettleFiles(t.Context(), "a", worker, files))
			}
		})
	}
	workers.Wait()
	assert.Len(t, given, 400)
	for _, f := range storeAll(t, stores[0].Files(t.Context(), "a", -1)) {
		assert.Equal(t, portability.Copied, f.State)
		assert.Equal(t, given[f.Place], string(f.Reason), "settled by whom it was given to")
	}
}
