package portabilitytest

import (
	"context"
	"fmt"
	"io"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

// TestDurableStore runs the suite over a store that outlives its process. Open
// opens what is stored under a folder, which is new the first time; what it returns
// beside the store closes it, as the end of a process would. Stores of one folder are
// used at the same time, as if by two processes.
func TestDurableStore(t *testing.T, open func(t *testing.T, dir string) (store portability.Store, close func() error)) {
	twice := func(t *testing.T) []portability.Store {
		dir := t.TempDir()
		stores := make([]portability.Store, 2)
		for i := range stores {
			store, closeStore := open(t, dir)
			t.Cleanup(func() { assert.NoError(t, closeStore()) })
			stores[i] = store
		}
		return stores
	}
	t.Run("what was stored is there after reopening", func(t *testing.T) {
		dir := t.TempDir()
		store, closeFirst := open(t, dir)
		change, want := storeWhole(t)
		job := storeCommit(t, store, storeBegin(t, store, "a"), change)
		require.Len(t, storeClaim(t, store, "w", storeStart, 1), 1, "one is leased")
		require.NoError(t, closeFirst())

		store, closeSecond := open(t, dir)
		assert.Equal(t, job, storeRead(t, store, "a"))
		storeHas(t, store, "a", want)
		held := storeAll(t, store.Held(t.Context(), "a", -1))
		storeSameItem(t, change.Hold[1].Item, held[1].Item, "a held item")
		assert.Equal(t, storeMapping(0), storeFind(t, store, storeMapping(0).Old)[storeMapping(0).Old])
		assert.Empty(t, storeClaim(t, store, "other", storeStart, 1), "the lease of the dead holds")
		assert.Len(t, storeClaim(t, store, "other", storeStart.Add(storeLease), 1), 1, "until it ends")
		storeCommit(t, store, job, portability.Change{Entries: storeEntries(2, 4)})
		require.NoError(t, closeSecond())
	})
	t.Run("of two processes that commit the same version one does, all of it", func(t *testing.T) {
		storeRace(t, twice(t))
	})
	t.Run("two processes never get the same file", func(t *testing.T) {
		stores := twice(t)
		storeFiles(t, stores[0], 400)
		storeClaimAll(t, stores)
	})
	t.Run("what one process commits the other reads at once", func(t *testing.T) {
		stores := twice(t)
		job := storeBegin(t, stores[0], "a")
		for n := range int64(20) {
			job = storeCommit(t, stores[n%2], job, portability.Change{Entries: storeEntries(n, n+1)})
			assert.Equal(t, job, storeRead(t, stores[1-n%2], "a"))
			assert.Len(t, storeNumbers(t, stores[1-n%2], "a", -1, portability.EntryFilter{}), int(n)+1)
		}
	})
}

// pageOfCommit is how many items are in each commit of [CommitUntilKilled].
const pageOfCommit = 20

// CommitUntilKilled commits pages of entries, names, files and mappings to a job of
// its own, one after the other, and writes the number of each to out after it was
// committed. It is what a process does that a test kills, and returns only if
// something fails. Beforehand it takes up where another was killed.
func CommitUntilKilled(ctx context.Context, store portability.Store, out io.Writer) error {
	job, _, err := store.Create(ctx, portability.Job{ID: "killed", State: portability.JobRunning})
	for err == nil {
		page := job.Next
		job.Next++
		if job, err = store.Commit(ctx, job, killedPage(page)); err == nil {
			_, err = fmt.Fprintln(out, page)
		}
	}
	return err
}

func killedPage(page int64) (c portability.Change) {
	for n := page * pageOfCommit; n < (page+1)*pageOfCommit; n++ {
		c.Entries, c.Files = append(c.Entries, storeSettled(n)), append(c.Files, storeFile(n))
		c.Names = append(c.Names, portability.Name{Old: vocab.IRI(storePost(n).ID), Ref: storePost(n)})
		c.Mappings = append(c.Mappings, storeMapping(n))
	}
	return c
}

// AssertNothingHalfCommitted asserts that a store, in which [CommitUntilKilled] was
// killed after it told of the page with a number, has every page up to that,
// perhaps one more, and nothing of any other.
func AssertNothingHalfCommitted(t *testing.T, store portability.Store, told int64) {
	t.Helper()
	job := storeRead(t, store, "killed")
	assert.Contains(t, []int64{told + 1, told + 2}, job.Next, "pages that are there")
	assert.Equal(t, job.Next+1, job.Version)
	entries := storeAll(t, store.Entries(t.Context(), "killed", -1, portability.EntryFilter{}))
	want := []portability.Entry{}
	olds, old := []vocab.IRI{}, []vocab.IRI{}
	for n := range job.Next * pageOfCommit {
		want = append(want, storeSettled(n))
		olds, old = append(olds, vocab.IRI(storePost(n).ID)), append(old, storeMapping(n).Old)
	}
	assert.Equal(t, want, entries)
	named := storeNamed(t, store, "killed", olds)
	assert.Len(t, named, len(want))
	assert.Len(t, storeAll(t, store.Files(t.Context(), "killed", -1)), len(want))
	assert.Equal(t, old, storeOlds(storeAll(t, store.Mappings(t.Context(), "", ""))))
}
