package portabilitytest

import (
	"maps"
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

// storeVaried stores a job with twelve entries that differ in what filters ask for.
func storeVaried(t *testing.T, store portability.Store) portability.Job {
	t.Helper()
	entries := storeEntries(0, 12)
	for _, n := range []int{0, 1} {
		entries[n].Kind, entries[n].Stage = portability.Blocked, portability.StageProtect
	}
	entries[2].Kind = portability.Outbox
	for _, n := range []int{0, 4, 5} {
		entries[n].State = portability.Copied
	}
	entries[6].State, entries[7].State, entries[8].Intended = portability.Failed, portability.Skipped, true
	for _, n := range []int{5, 9, 10} {
		entries[n].Run = 3
	}
	entries[11].Run = 2
	return storeCommit(t, store, storeBegin(t, store, "a"), portability.Change{Entries: entries})
}

var storeEntrySituations = []storeSituation{
	{"entries come by number, whatever the order in which they were stored", func(t *testing.T, store portability.Store) {
		job := storeBegin(t, store, "a")
		job = storeCommit(t, store, job, portability.Change{Entries: storeEntries(5, 9)})
		storeCommit(t, store, job, portability.Change{Entries: storeEntries(0, 4)})
		want := append(storeEntries(0, 4), storeEntries(5, 9)...)
		assert.Equal(t, want, storeAll(t, store.Entries(t.Context(), "a", -1, portability.EntryFilter{})))
	}},
	{"filters choose entries, upwards and downwards", func(t *testing.T, store portability.Store) {
		storeVaried(t, store)
		type filter = portability.EntryFilter
		for _, s := range []struct {
			name   string
			after  int64
			filter filter
			want   []int64
		}{
			{"all", -1, filter{}, []int64{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}},
			{"behind one", 8, filter{}, []int64{9, 10, 11}},
			{"behind the last", 11, filter{}, []int64{}},
			{"all downwards", math.MaxInt64, filter{Down: true}, []int64{11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0}},
			{"downwards before one", 2, filter{Down: true}, []int64{1, 0}},
			{"downwards before the first", 0, filter{Down: true}, []int64{}},
			{"behind the largest number", math.MaxInt64, filter{}, []int64{}},
			{"of a stage", -1, filter{Stage: portability.StageProtect}, []int64{0, 1}},
			{"of a stage behind one", 0, filter{Stage: portability.StageProtect}, []int64{1}},
			{"of a kind", -1, filter{Kind: portability.Outbox}, []int64{2}},
			{"of a kind that there is not", -1, filter{Kind: portability.Muted}, []int64{}},
			{"staged", -1, filter{Staged: true}, []int64{1, 2, 3, 8, 9, 10, 11}},
			{"staged of a stage", 2, filter{Stage: portability.StageContent, Staged: true}, []int64{3, 8, 9, 10, 11}},
			{"of a state", -1, filter{States: []portability.State{portability.Copied}}, []int64{0, 4, 5}},
			{"of two states downwards", math.MaxInt64, filter{States: []portability.State{portability.Failed, portability.Skipped}, Down: true}, []int64{7, 6}},
			{"last seen before a run", 3, filter{Before: 3}, []int64{4, 6, 7, 8, 11}},
			{"last seen before the first run", -1, filter{Before: 1}, []int64{}},
			{"all filters at once", 12, filter{Stage: portability.StageContent, Kind: portability.Content, States: []portability.State{portability.Copied}, Before: 2, Down: true}, []int64{4}},
			{"staged and of a state cannot be", -1, filter{Staged: true, States: []portability.State{portability.Copied}}, []int64{}},
		} {
			assert.Equal(t, s.want, storeNumbers(t, store, "a", s.after, s.filter), s.name)
		}
	}},
	{"an entry is replaced by its name, and keeps its number", func(t *testing.T, store portability.Store) {
		job := storeCommit(t, store, storeBegin(t, store, "a"), portability.Change{Entries: storeEntries(0, 3)})
		settled := storeSettled(1)
		settled.Parent, settled.Run, settled.Rank = storePost(0).ID, 2, 4
		storeCommit(t, store, job, portability.Change{Entries: []portability.Entry{settled}})
		want := storeEntries(0, 3)
		want[1] = settled
		assert.Equal(t, want, storeAll(t, store.Entries(t.Context(), "a", -1, portability.EntryFilter{})))
	}},
	{"an entry that is twice in a change is stored as it was last", func(t *testing.T, store portability.Store) {
		storeCommit(t, store, storeBegin(t, store, "a"), portability.Change{Entries: []portability.Entry{storeEntry(0), storeEntry(1), storeSettled(0)}})
		want := []portability.Entry{storeSettled(0), storeEntry(1)}
		assert.Equal(t, want, storeAll(t, store.Entries(t.Context(), "a", -1, portability.EntryFilter{})))
	}},
	{"one id under two kinds is two entries", func(t *testing.T, store portability.Store) {
		liked := storeEntry(1)
		liked.Ref = portability.Ref{Kind: portability.Liked, ID: storePost(0).ID}
		storeCommit(t, store, storeBegin(t, store, "a"), portability.Change{Entries: []portability.Entry{storeEntry(0), liked}})
		known, err := store.Known(t.Context(), "a", []portability.Ref{storePost(0), liked.Ref, storePost(7)})
		require.NoError(t, err)
		assert.Equal(t, map[portability.Ref]portability.Entry{storePost(0): storeEntry(0), liked.Ref: liked}, known, "what is not known is left out")
	}},
	{"many are known at once, and more were asked for than there are", func(t *testing.T, store portability.Store) {
		storeCommit(t, store, storeBegin(t, store, "a"), portability.Change{Entries: storeEntries(0, 2_500)})
		refs := make([]portability.Ref, 0, 5_000)
		for n := range int64(5_000) {
			refs = append(refs, storePost(n))
		}
		known, err := store.Known(t.Context(), "a", refs)
		require.NoError(t, err)
		assert.Len(t, known, 2_500)
		assert.Equal(t, storeEntry(2_499), known[storePost(2_499)])
		assert.Len(t, storeNumbers(t, store, "a", -1, portability.EntryFilter{}), 2_500)
		none, err := store.Known(t.Context(), "a", nil)
		require.NoError(t, err)
		assert.Empty(t, none)
	}},
	{"what is read can be written to meanwhile, and left before its end", func(t *testing.T, store portability.Store) {
		job := storeCommit(t, store, storeBegin(t, store, "a"), portability.Change{Entries: storeEntries(0, 1_500)})
		seen := int64(0)
		for e, err := range store.Entries(t.Context(), "a", -1, portability.EntryFilter{Staged: true}) {
			require.NoError(t, err)
			require.Equal(t, seen, e.No, "none is left out or comes twice")
			if seen++; seen%500 == 0 {
				job = storeCommit(t, store, job, portability.Change{Entries: []portability.Entry{storeSettled(e.No)}})
			}
			if seen == 1_200 {
				break
			}
		}
		storeCommit(t, store, job, portability.Change{})
		assert.Len(t, storeNumbers(t, store, "a", -1, portability.EntryFilter{Staged: true}), 1_498)
	}},
}

// storeNamed returns the entries of the items that old IRIs stand for.
func storeNamed(t *testing.T, store portability.Store, job string, olds []vocab.IRI) map[vocab.IRI]portability.Entry {
	t.Helper()
	owners, err := store.Owners(t.Context(), job, olds)
	require.NoError(t, err)
	known, err := store.Known(t.Context(), job, slices.Collect(maps.Values(owners)))
	require.NoError(t, err)
	named := map[vocab.IRI]portability.Entry{}
	for old, ref := range owners {
		require.Contains(t, known, ref, "%.30q", old)
		named[old] = known[ref]
	}
	return named
}

var storeNameSituations = []storeSituation{
	{"old ids and further addresses lead to entries", func(t *testing.T, store portability.Store) {
		job := storeBegin(t, store, "a")
		storeCommit(t, store, job, portability.Change{Entries: storeEntries(0, 2), Names: []portability.Name{
			{Old: vocab.IRI(storePost(0).ID), Ref: storePost(0)},
			{Old: "https://old.example/@alice/0", Ref: storePost(0)},
			{Old: vocab.IRI(storePost(1).ID), Ref: storePost(1)},
		}})
		olds := []vocab.IRI{"https://old.example/@alice/0", vocab.IRI(storePost(1).ID), vocab.IRI(storePost(5).ID), "https://other.example/1"}
		named := storeNamed(t, store, "a", olds)
		assert.Equal(t, map[vocab.IRI]portability.Entry{olds[0]: storeEntry(0), olds[1]: storeEntry(1)}, named, "what is not known is left out")
	}},
	{"a name tells what its entry is by now", func(t *testing.T, store portability.Store) {
		job := storeBegin(t, store, "a")
		names := []portability.Name{{Old: home + "/0", Ref: storePost(0)}}
		job = storeCommit(t, store, job, portability.Change{Entries: storeEntries(0, 1), Names: names})
		storeCommit(t, store, job, portability.Change{Entries: []portability.Entry{storeSettled(0)}})
		named := storeNamed(t, store, "a", []vocab.IRI{home + "/0"})
		assert.Equal(t, map[vocab.IRI]portability.Entry{home + "/0": storeSettled(0)}, named)
	}},
	{"a name is replaced by what it stands for last", func(t *testing.T, store portability.Store) {
		job := storeBegin(t, store, "a")
		job = storeCommit(t, store, job, portability.Change{Entries: storeEntries(0, 3), Names: []portability.Name{
			{Old: home + "/x", Ref: storePost(0)}, {Old: home + "/x", Ref: storePost(1)},
		}})
		storeCommit(t, store, job, portability.Change{Names: []portability.Name{{Old: home + "/y", Ref: storePost(2)}, {Old: home + "/x", Ref: storePost(2)}}})
		named := storeNamed(t, store, "a", []vocab.IRI{home + "/x", home + "/y"})
		assert.Equal(t, int64(2), named[home+"/x"].No)
		assert.Equal(t, int64(2), named[home+"/y"].No)
	}},
	{"many are named at once", func(t *testing.T, store portability.Store) {
		change := portability.Change{Entries: storeEntries(0, 2_000)}
		olds := []vocab.IRI{}
		for _, e := range change.Entries {
			olds = append(olds, vocab.IRI(e.ID))
			change.Names = append(change.Names, portability.Name{Old: vocab.IRI(e.ID), Ref: e.Ref})
		}
		storeCommit(t, store, storeBegin(t, store, "a"), change)
		named := storeNamed(t, store, "a", olds)
		assert.Len(t, named, 2_000)
	}},
}
