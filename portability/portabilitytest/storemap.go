package portabilitytest

import (
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

// storeMapping returns where a post went.
func storeMapping(n int64) portability.Mapping {
	return portability.Mapping{
		Old: vocab.IRI(fmt.Sprintf("https://old.example/@alice/%06d", n)), ID: vocab.IRI(storePost(n).ID),
		New: vocab.IRI(fmt.Sprintf("https://new.example/notes/%d", n)), URL: vocab.IRI(fmt.Sprintf("https://new.example/@alice/%d", n)),
		Kind: portability.Content, From: home, To: "https://new.example/users/alice",
		Audience: portability.ForUnlisted, At: storeStart,
	}
}

// storeBobs returns the same of another account's post.
func storeBobs(n int64) portability.Mapping {
	m := storeMapping(n)
	m.Old, m.From = vocab.IRI(fmt.Sprintf("https://old.example/@bob/%06d", n)), "https://old.example/users/bob"
	return m
}

func storeMap(t *testing.T, store portability.Store, mappings ...portability.Mapping) {
	t.Helper()
	require.NoError(t, store.Map(t.Context(), mappings))
}

func storeFind(t *testing.T, store portability.Store, olds ...vocab.IRI) map[vocab.IRI]portability.Mapping {
	t.Helper()
	found, err := store.Find(t.Context(), olds)
	require.NoError(t, err)
	return found
}

// storeClaims are two accounts that say of an address, and of what is below it, that it
// is theirs.
var storeClaims = []struct {
	name             string
	old, known, from vocab.IRI
	wins             bool
}{
	{"below the id of the second", "https://old.example/users/bob", home, "https://old.example/users/bob", true},
	{"below the id of the first", "https://old.example/users/alice", home, "https://old.example/users/bob", false},
	{"below neither's", "https://old.example/objects", home, "https://old.example/users/bob", false},
	{"called by the name of the second", "https://old.example/@bob", home, "https://old.example/users/bob", true},
	{"called by the name of the first", "https://old.example/@alice", home, "https://old.example/users/bob", false},
	{"Pixelfed's form, by the name of the second", "https://old.example/p/bob", home, "https://old.example/users/bob", true},
	{"below an id that only begins with that of the second", "https://old.example/users/bobby", home, "https://old.example/users/bob", false},
	{"the name of the second on another host", "https://else.example/@bob", home, "https://old.example/users/bob", false},
	{"a name that is a word of addresses", "https://old.example/objects", "https://old.example/users/bob", "https://old.example/users/objects", false},
	{"below both, and nearer to the second", "https://old.example/users/bob", "https://old.example", "https://old.example/users/bob", true},
	{"below both, and nearer to the first", "https://old.example/users/bob", "https://old.example/users/bob", "https://old.example/", false},
	{"an id with a question mark", "https://old.example/?author=2", home, "https://old.example/?author=2", true},
}

var storeMapSituations = []storeSituation{
	{"what was mapped is found, and nothing else", func(t *testing.T, store portability.Store) {
		bare := portability.Mapping{Old: home, ID: home, New: "https://new.example/users/alice", Kind: portability.Actor, From: home, To: "https://new.example/users/alice", Gone: true}
		storeMap(t, store, storeMapping(1), bare, storeMapping(2))
		assert.Equal(t, map[vocab.IRI]portability.Mapping{home: bare, storeMapping(2).Old: storeMapping(2)},
			storeFind(t, store, home, storeMapping(2).Old, "https://old.example/@alice/7", ""))
		assert.Empty(t, storeFind(t, store))
	}},
	{"a mapping of the same account is replaced", func(t *testing.T, store portability.Store) {
		storeMap(t, store, storeMapping(1))
		gone := storeMapping(1)
		gone.Gone, gone.New, gone.URL, gone.Audience = true, "https://new.example/elsewhere", "", portability.ForAuthor
		storeMap(t, store, gone)
		assert.Equal(t, gone, storeFind(t, store, gone.Old)[gone.Old])
		last := storeMapping(1)
		storeMap(t, store, gone, last)
		assert.Equal(t, last, storeFind(t, store, gone.Old)[gone.Old], "of two at once, the last")
	}},
	{"a mapping of another account stays as it is, and the others are stored", func(t *testing.T, store portability.Store) {
		storeMap(t, store, storeMapping(1))
		stolen := storeBobs(1)
		stolen.Old = storeMapping(1).Old
		err := store.Map(t.Context(), []portability.Mapping{storeBobs(0), stolen, storeBobs(2)})
		var taken *portability.MapError
		require.ErrorAs(t, err, &taken)
		assert.Equal(t, stolen.Old, taken.Old)
		found := storeFind(t, store, stolen.Old, storeBobs(0).Old, storeBobs(2).Old)
		assert.Equal(t, storeMapping(1), found[stolen.Old], "first come")
		assert.Equal(t, storeBobs(0), found[storeBobs(0).Old])
		assert.Equal(t, storeBobs(2), found[storeBobs(2).Old])
	}},
	{"of two accounts that map the same at once, the first has it", func(t *testing.T, store portability.Store) {
		stolen := storeBobs(1)
		stolen.Old = storeMapping(1).Old
		var taken *portability.MapError
		require.ErrorAs(t, store.Map(t.Context(), []portability.Mapping{storeMapping(1), stolen}), &taken)
		assert.Equal(t, storeMapping(1), storeFind(t, store, stolen.Old)[stolen.Old])
	}},
	{"an address that is another's is given over to whose it is, and to nobody else", func(t *testing.T, store portability.Store) {
		for n, c := range storeClaims {
			known, m := storeMapping(1), storeMapping(2)
			known.Old, known.From = c.old, c.known
			m.Old, m.From = c.old, c.from
			for i, together := range []bool{false, true} {
				known.Old = vocab.IRI(fmt.Sprintf("%s/%d/%d", c.old, n, i))
				m.Old = known.Old
				var err error
				if together {
					err = store.Map(t.Context(), []portability.Mapping{known, m})
				} else {
					storeMap(t, store, known)
					err = store.Map(t.Context(), []portability.Mapping{m})
				}
				want := known
				var taken *portability.MapError
				if c.wins {
					want = m
					assert.NoError(t, err, "%s, together %t", c.name, together)
				} else {
					assert.ErrorAs(t, err, &taken, "%s, together %t", c.name, together)
				}
				assert.Equal(t, want, storeFind(t, store, m.Old)[m.Old], "%s, together %t", c.name, together)
				assert.Equal(t, c.wins, m.Replaces(known), c.name)
			}
		}
	}},
	{"a commit gives an address over to whose it is", func(t *testing.T, store portability.Store) {
		known, m := storeMapping(1), storeBobs(1)
		known.Old, m.Old = m.From+"/posts/1", m.From+"/posts/1"
		storeMap(t, store, known)
		storeCommit(t, store, storeBegin(t, store, "a"), portability.Change{Mappings: []portability.Mapping{m, storeMapping(3)}})
		assert.Equal(t, m, storeFind(t, store, m.Old)[m.Old])
		assert.Equal(t, storeMapping(3), storeFind(t, store, storeMapping(3).Old)[storeMapping(3).Old])
		assert.Equal(t, []portability.Mapping{m}, storeAll(t, store.Mappings(t.Context(), m.From, "")), "it is among that account's")
	}},
	{"a file takes the place of nothing else of its account, and says nothing of it", func(t *testing.T, store portability.Store) {
		post, file := storeMapping(1), storeMapping(1)
		file.Kind, file.New = portability.Media, "https://new.example/files/1"
		storeMap(t, store, post)
		storeMap(t, store, file)
		assert.Equal(t, post, storeFind(t, store, post.Old)[post.Old])
		file.Old = "https://old.example/files/1"
		storeMap(t, store, file, file)
		again := file
		again.Gone = true
		storeMap(t, store, again)
		assert.Equal(t, again, storeFind(t, store, file.Old)[file.Old])
		post.Old = file.Old
		storeMap(t, store, post)
		assert.Equal(t, post, storeFind(t, store, file.Old)[file.Old])
	}},
	{"a commit that maps what another account has is done but for that", func(t *testing.T, store portability.Store) {
		storeMap(t, store, storeBobs(0))
		change, want := storeWhole(t)
		stolen := storeMapping(9)
		stolen.Old = storeBobs(0).Old
		change.Mappings = append(change.Mappings, stolen)
		next := storeCommit(t, store, storeBegin(t, store, "a"), change)
		assert.Equal(t, next, storeRead(t, store, "a"))
		want.mappings++
		storeHas(t, store, "a", want)
		assert.Equal(t, storeBobs(0), storeFind(t, store, stolen.Old)[stolen.Old])
	}},
	{"mappings come by their old IRIs, those of one actor alone if that is asked", func(t *testing.T, store portability.Store) {
		var alice, bob []portability.Mapping
		for n := range int64(1_300) {
			alice, bob = append(alice, storeMapping(n)), append(bob, storeBobs(n))
		}
		storeMap(t, store, bob...)
		storeMap(t, store, alice...)
		assert.Equal(t, alice, storeAll(t, store.Mappings(t.Context(), home, "")))
		assert.Equal(t, bob[1_000:], storeAll(t, store.Mappings(t.Context(), bob[0].From, bob[999].Old)), "behind one")
		assert.Equal(t, append(alice[:1_300:1_300], bob...), storeAll(t, store.Mappings(t.Context(), "", "")), "of every actor")
		assert.Equal(t, bob, storeAll(t, store.Mappings(t.Context(), "", alice[1_299].Old)))
		assert.Empty(t, storeAll(t, store.Mappings(t.Context(), "https://old.example/users/carol", "")))
		assert.Len(t, storeFind(t, store, storeOlds(append(alice, bob...))...), 2_600, "many are found at once")
	}},
	{"mappings are ordered by their bytes", func(t *testing.T, store portability.Store) {
		want := []vocab.IRI{"https://old.example/", "https://old.example/B", "https://old.example/_", "https://old.example/a", "https://old.example/a/b", "https://old.example/é"}
		for i := range want {
			m := storeMapping(1)
			m.Old = want[(i*5+3)%len(want)]
			storeMap(t, store, m)
		}
		assert.Equal(t, want, storeOlds(storeAll(t, store.Mappings(t.Context(), "", ""))))
		assert.Equal(t, want[3:], storeOlds(storeAll(t, store.Mappings(t.Context(), home, want[2]))))
	}},
	{"the names of a job are listed by their bytes, behind one, and none of another job", func(t *testing.T, store portability.Store) {
		change := portability.Change{Entries: storeEntries(0, 1)}
		var want []vocab.IRI
		for n := range 1_300 {
			want = append(want, vocab.IRI(fmt.Sprintf("https://old.example/B%04d", n)), vocab.IRI(fmt.Sprintf("https://old.example/a%04d", n)))
		}
		slices.Sort(want)
		for _, name := range slices.Backward(want) {
			change.Names = append(change.Names, portability.Name{Old: name, Ref: storePost(0)})
		}
		storeCommit(t, store, storeBegin(t, store, "a"), change)
		storeCommit(t, store, storeBegin(t, store, "b"), portability.Change{Entries: storeEntries(0, 1), Names: []portability.Name{{Old: home, Ref: storePost(0)}}})
		assert.Equal(t, want, storeAll(t, store.Names(t.Context(), "a", "")))
		assert.Equal(t, want[1_400:], storeAll(t, store.Names(t.Context(), "a", want[1_399])))
		assert.Empty(t, storeAll(t, store.Names(t.Context(), "a", want[2_599])))
		for _, err := range store.Names(t.Context(), "c", "") {
			assert.ErrorIs(t, err, portability.ErrNoJob)
		}
	}},
	{"many who map the same at once leave one account's", func(t *testing.T, store portability.Store) {
		var workers sync.WaitGroup
		for worker := range 8 {
			workers.Go(func() {
				var mappings []portability.Mapping
				for n := range int64(50) {
					m := storeMapping((n*7 + int64(worker)) % 50)
					m.From = vocab.IRI(fmt.Sprintf("https://old.example/users/%d", worker))
					mappings = append(mappings, m)
				}
				var taken *portability.MapError
				if err := store.Map(t.Context(), mappings); err != nil {
					assert.ErrorAs(t, err, &taken)
				}
			})
		}
		workers.Wait()
		assert.Len(t, storeAll(t, store.Mappings(t.Context(), "", "")), 50)
	}},
}

func storeOlds(mappings []portability.Mapping) (olds []vocab.IRI) {
	for _, m := range mappings {
		olds = append(olds, m.Old)
	}
	return olds
}
