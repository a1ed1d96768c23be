package portabilitytest

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

var putSituations = []sinkSituation{
	{"nothing to put is no error", func(t *testing.T, sink portability.Sink) {
		results, err := sink.Put(t.Context(), nil)
		require.NoError(t, err)
		assert.Empty(t, results)
	}},
	{"there is a result for each item, in their order", func(t *testing.T, sink portability.Sink) {
		items := some(t, sink, 250)
		results := put(t, sink, items...)
		for i, result := range results {
			assert.Equal(t, items[i].Ref, result.Ref, "result %d", i)
			assert.Equal(t, portability.Copied, result.State, "result %d: %s", i, result.Reason)
			assert.Empty(t, result.Reason, "result %d", i)
		}
	}},
	{"two items have two names", func(t *testing.T, sink portability.Sink) {
		results := put(t, sink, some(t, sink, 2)...)
		if results[0].NewID != "" {
			assert.NotEqual(t, results[0].NewID, results[1].NewID)
		}
	}},
	{"the same again is there already, under the same name", func(t *testing.T, sink portability.Sink) {
		items := some(t, sink, 3)
		first := put(t, sink, items...)
		assertThere(t, first, put(t, sink, items...))
	}},
	{"the same in another order of its members is the same", func(t *testing.T, sink portability.Sink) {
		one := some(t, sink, 1)[0]
		assertThere(t, put(t, sink, one), put(t, sink, turned(t, one)))
	}},
	{"the same twice in one batch is stored once", func(t *testing.T, sink portability.Sink) {
		one := some(t, sink, 1)[0]
		results := put(t, sink, one, one)
		assert.Equal(t, portability.Copied, results[0].State)
		assertThere(t, results[:1], results[1:])
	}},
	{"what differs is a conflict, and overwrites nothing", func(t *testing.T, sink portability.Sink) {
		one := some(t, sink, 1)[0]
		first := put(t, sink, one)
		changed := put(t, sink, otherwise(t, one))[0]
		assert.Equal(t, portability.Conflicting, changed.State)
		assert.Equal(t, portability.Differs, changed.Reason)
		assertThere(t, first, put(t, sink, one))
	}},
	{"one name under two kinds is two things", func(t *testing.T, sink portability.Sink) {
		limits := limitsOf(t, sink)
		if !holds(limits, portability.Following) || !holds(limits, portability.Blocked) {
			return // it has no two kinds of accounts to confuse
		}
		for _, result := range put(t, sink, account(t, portability.Following, 1), account(t, portability.Blocked, 1)) {
			assert.Equal(t, portability.Copied, result.State, "%s", result.Kind)
		}
	}},
	{"an item that is all problem fails for that, and the others do not", func(t *testing.T, sink portability.Sink) {
		items := some(t, sink, 2)
		broken := portability.Item{Ref: portability.Ref{Kind: items[0].Kind, ID: "https://old.example/broken"},
			Problems: []portability.Problem{{Reason: portability.TooLarge, Fatal: true}}}
		results := put(t, sink, items[0], broken, items[1])
		assert.Equal(t, portability.Failed, results[1].State)
		assert.Equal(t, portability.TooLarge, results[1].Reason)
		assert.Equal(t, portability.Copied, results[0].State)
		assert.Equal(t, portability.Copied, results[2].State)
	}},
	{"an item with a fatal problem is not stored, though it has a document", func(t *testing.T, sink portability.Sink) {
		one := some(t, sink, 1)[0]
		bad := one
		bad.Problems = []portability.Problem{{Reason: portability.NotOwn, Fatal: true}}
		assert.Equal(t, portability.Failed, put(t, sink, bad)[0].State)
		assert.Equal(t, portability.Copied, put(t, sink, one)[0].State, "the name is still free")
	}},
	{"an item with a problem that is not fatal is stored", func(t *testing.T, sink portability.Sink) {
		one := some(t, sink, 1)[0]
		one.Problems = []portability.Problem{{Reason: portability.BadDate}}
		assert.Contains(t, []portability.State{portability.Copied, portability.Changed}, put(t, sink, one)[0].State)
	}},
	{"an item that says nothing fails", func(t *testing.T, sink portability.Sink) {
		one := some(t, sink, 1)[0]
		one.Object = nil
		assert.Equal(t, portability.Failed, put(t, sink, one)[0].State)
	}},
	{"an item without a name fails", func(t *testing.T, sink portability.Sink) {
		one := some(t, sink, 1)[0]
		one.ID = ""
		result := put(t, sink, one)[0]
		assert.Equal(t, portability.Failed, result.State)
		assert.Equal(t, portability.NoID, result.Reason)
	}},
	{"a kind that is not known has no place", func(t *testing.T, sink portability.Sink) {
		one := some(t, sink, 1)[0]
		one.Kind = "no-such-kind"
		assertNoPlace(t, put(t, sink, one)[0])
	}},
	{"who cancels is told, and nothing is stored", func(t *testing.T, sink portability.Sink) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		items := some(t, sink, 2)
		_, err := sink.Put(ctx, items)
		require.ErrorIs(t, err, context.Canceled)
		assert.Equal(t, portability.Copied, put(t, sink, items...)[0].State)
	}},
	{"of many who put the same at once, one stores it", func(t *testing.T, sink portability.Sink) {
		items := some(t, sink, 20)
		var copied atomic.Int64
		var writers sync.WaitGroup
		for range 8 {
			writers.Go(func() {
				results, err := sink.Put(t.Context(), items)
				assert.NoError(t, err)
				for _, result := range results {
					if result.State == portability.Copied {
						copied.Add(1)
					}
				}
			})
		}
		writers.Wait()
		assert.EqualValues(t, len(items), copied.Load())
	}},
}

var removeSituations = []sinkSituation{
	{"what is removed can be put again, as if it had never been", func(t *testing.T, sink portability.Sink) {
		items := some(t, sink, 3)
		put(t, sink, items...)
		results := remove(t, sink, items[1].Ref)
		assert.Equal(t, portability.Removed, results[0].State)
		again := put(t, sink, items...)
		assert.Equal(t, portability.Skipped, again[0].State, "it was left")
		assert.Equal(t, portability.Copied, again[1].State, "it was removed")
		assert.Equal(t, portability.Skipped, again[2].State, "it was left")
	}},
	{"what is not there is skipped, in its place", func(t *testing.T, sink portability.Sink) {
		items := some(t, sink, 3)
		put(t, sink, items[0], items[2])
		results := remove(t, sink, items[0].Ref, items[1].Ref, items[2].Ref)
		assert.Equal(t, portability.Removed, results[0].State)
		assert.Equal(t, portability.Skipped, results[1].State)
		assert.Equal(t, portability.NotHere, results[1].Reason)
		assert.Equal(t, portability.Removed, results[2].State)
	}},
	{"what is removed twice is not there the second time", func(t *testing.T, sink portability.Sink) {
		one := some(t, sink, 1)[0]
		put(t, sink, one)
		remove(t, sink, one.Ref)
		assert.Equal(t, portability.NotHere, remove(t, sink, one.Ref)[0].Reason)
	}},
	{"who cancels is told, and nothing is removed", func(t *testing.T, sink portability.Sink) {
		one := some(t, sink, 1)[0]
		put(t, sink, one)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := sink.(portability.Remover).Remove(ctx, []portability.Ref{one.Ref})
		require.ErrorIs(t, err, context.Canceled)
		assert.Equal(t, portability.AlreadyThere, put(t, sink, one)[0].Reason)
	}},
}

// put puts items, of which each must get its result.
func put(t *testing.T, sink portability.Sink, items ...portability.Item) []portability.Result {
	t.Helper()
	results, err := sink.Put(t.Context(), items)
	require.NoError(t, err)
	require.Len(t, results, len(items))
	for i, result := range results {
		require.Equal(t, items[i].Ref, result.Ref, "result %d", i)
	}
	return results
}

func remove(t *testing.T, sink portability.Sink, refs ...portability.Ref) []portability.Result {
	t.Helper()
	results, err := sink.(portability.Remover).Remove(t.Context(), refs)
	require.NoError(t, err)
	require.Len(t, results, len(refs))
	for i, result := range results {
		require.Equal(t, refs[i], result.Ref, "result %d", i)
	}
	return results
}

func assertThere(t *testing.T, first, again []portability.Result) {
	t.Helper()
	for i := range first {
		assert.Equal(t, portability.Skipped, again[i].State)
		assert.Equal(t, portability.AlreadyThere, again[i].Reason)
		assert.Equal(t, first[i].NewID, again[i].NewID, "the name stays")
		assert.Equal(t, first[i].URLs, again[i].URLs, "the address stays")
	}
	require.Len(t, again, len(first))
}

func assertNoPlace(t *testing.T, result portability.Result) {
	t.Helper()
	assert.Equal(t, portability.Skipped, result.State)
	assert.Equal(t, portability.NoPlace, result.Reason)
	assert.Equal(t, vocab.IRI(""), result.NewID, "it is called nothing there")
}
