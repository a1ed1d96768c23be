package sqlstore_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/internal/pgtest"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/portability/sqlstore"
	"codeberg.org/godwit/godwit/vocab"
)

// What is no text, or none to every database. An archive calls its files what it likes.
var noText = []string{"media/caf\xe9.bin", "a\x00b", "\xff", "\uffff", "\ufffd"}

func inBoth(t *testing.T, test func(*testing.T, *sqlstore.Store)) {
	t.Run("SQLite", func(t *testing.T) {
		store, _ := openStore(t, 4, hasty)
		test(t, store)
	})
	t.Run("PostgreSQL", func(t *testing.T) { test(t, openOver(t, pgtest.Open(t))) })
}

func TestIdsThatAreNoTextAreKeptExactly(t *testing.T) {
	inBoth(t, func(t *testing.T, store *sqlstore.Store) {
		job, _, err := store.Create(t.Context(), portability.Job{ID: "a", Account: alice})
		require.NoError(t, err)
		want, refs := map[portability.Ref]portability.Entry{}, []portability.Ref{}
		for n, odd := range noText {
			e := post(int64(n))
			e.ID, e.Parent, e.NewID = odd, odd+"/parent", vocab.IRI("https://new.example/"+odd)
			job, err = store.Commit(t.Context(), job, portability.Change{Entries: []portability.Entry{e}})
			require.NoError(t, err, "%q", odd)
			want[e.Ref] = e
			refs = append(refs, e.Ref)
		}
		known, err := store.Known(t.Context(), "a", refs)
		require.NoError(t, err)
		assert.Equal(t, want, known)
	})
}

func TestIRIsThatAreNoTextAreMappedExactly(t *testing.T) {
	inBoth(t, func(t *testing.T, store *sqlstore.Store) {
		want, olds := map[vocab.IRI]portability.Mapping{}, []vocab.IRI{}
		for _, odd := range noText {
			odd := vocab.IRI("https://old.example/" + odd)
			want[odd] = portability.Mapping{
				Old: odd, ID: odd + "/id", New: odd + "/new", URL: odd + "/url", Kind: portability.Content,
				From: odd + "/from", To: odd + "/to", Audience: portability.ForPublic, At: start,
			}
			olds = append(olds, odd)
			require.NoError(t, store.Map(t.Context(), []portability.Mapping{want[odd]}), "%q", odd)
		}
		found, err := store.Find(t.Context(), olds)
		require.NoError(t, err)
		assert.Equal(t, want, found)
	})
}

// ends are the same two for every job.
type ends struct {
	from portability.Source
	to   portability.Sink
}

func (e ends) Open(context.Context, portability.Job) (portability.Source, portability.Sink, error) {
	return e.from, e.to, nil
}

func TestAFileWhoseNameIsNoTextDoesNotHoldUpACopy(t *testing.T) {
	inBoth(t, func(t *testing.T, store *sqlstore.Store) {
		from, to := portability.NewMemory(nil), portability.NewMemory(nil)
		actor, err := vocab.Parse([]byte(`{"id":"` + string(alice) + `","type":"Person","preferredUsername":"alice"}`))
		require.NoError(t, err)
		items := []portability.Item{{Ref: portability.Ref{Kind: portability.Actor, ID: string(alice)}, Object: actor}}
		for _, odd := range noText {
			items = append(items, portability.Item{Ref: portability.Ref{Kind: portability.Unknown, ID: odd}, Raw: []byte("odd")})
		}
		_, err = from.Put(t.Context(), items)
		require.NoError(t, err)
		engine := portability.NewEngine(store, ends{from, to}, nil)
		_, err = engine.Begin(t.Context(), portability.JobSpec{ID: "a", Account: "https://new.example/alice", Old: alice, Standing: portability.Proved})
		require.NoError(t, err)
		for range 2 {
			j, err := engine.Run(t.Context(), "a")
			require.NoError(t, err)
			assert.Equal(t, portability.JobDone, j.State, j.Trouble)
			var kept []string
			for e, err := range store.Entries(t.Context(), "a", -1, portability.EntryFilter{Kind: portability.Unknown}) {
				require.NoError(t, err)
				assert.Equal(t, portability.Copied, e.State, "%q", e.ID)
				kept = append(kept, e.ID)
			}
			assert.ElementsMatch(t, noText, kept)
			_, err = engine.Again(t.Context(), "a")
			require.NoError(t, err)
		}
	})
}
