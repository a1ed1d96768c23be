package portabilitytest

import (
	"context"
	"errors"
	"os"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/portability"
)

var sourceSituations = []sourceSituation{
	// First, while nothing of the others is still ending.
	{"breaking out releases everything", releases},
	{"the kinds that it has are known ones, each once", func(t *testing.T, source portability.Source, want Want) {
		have, err := source.Kinds(t.Context())
		require.NoError(t, err)
		var wanted []portability.Kind
		for k, n := range want.Items {
			if n > 0 {
				wanted = append(wanted, k)
			}
		}
		assert.ElementsMatch(t, wanted, have)
		for _, k := range have {
			assert.True(t, k.Known(), "%s", k)
		}
	}},
	{"there is of each kind what there should be", func(t *testing.T, source portability.Source, want Want) {
		require.NotEmpty(t, want.Items, "a source to be tested has something")
		for _, k := range portability.Kinds() {
			assert.Len(t, all(t, source, k, ""), want.Items[k], "%s", k)
		}
	}},
	{"an item is of the kind that was asked for, and has a name or a problem", func(t *testing.T, source portability.Source, want Want) {
		for item := range everything(t, source) {
			assert.Equal(t, item.asked, item.Kind)
			_, fatal := item.Fatal()
			assert.True(t, item.ID != "" || fatal, "%s without a name", item.asked)
			assert.False(t, item.Object != nil && item.Raw != nil, "%s: a document and bytes", item.ID)
			says := item.Object != nil || len(item.Raw) > 0 || item.Kind == portability.Media
			assert.True(t, says || fatal, "%s says nothing, and has no fatal problem", item.ID)
		}
	}},
	{"a name stands for one item, or the second has a problem", func(t *testing.T, source portability.Source, want Want) {
		seen := map[portability.Ref]bool{}
		for item := range everything(t, source) {
			assert.False(t, seen[item.Ref] && len(item.Problems) == 0, "%s twice", item.Ref)
			seen[item.Ref] = true
		}
	}},
	{"what is wrong with an item has a reason", func(t *testing.T, source portability.Source, want Want) {
		for item := range everything(t, source) {
			for _, p := range item.Problems {
				assert.NotEmpty(t, p.Reason, "%s", item.Ref)
			}
		}
	}},
	{"the actor is the item of that kind, or there is none", func(t *testing.T, source portability.Source, want Want) {
		document, err := source.Actor(t.Context())
		if want.Items[portability.Actor] == 0 {
			require.ErrorIs(t, err, portability.ErrNoActor)
			return
		}
		require.NoError(t, err)
		item := all(t, source, portability.Actor, "")[0]
		require.NotNil(t, item.Object)
		assert.Equal(t, string(item.Object.Bytes()), string(document.Bytes()))
	}},
	{"the items come out the same every time", func(t *testing.T, source portability.Source, want Want) {
		for _, k := range portability.Kinds() {
			assert.Equal(t, told(all(t, source, k, "")), told(all(t, source, k, "")), "%s", k)
		}
	}},
	{"reading goes on at every position as if it had not stopped", resumes},
	{"a position that was never given is refused", func(t *testing.T, source portability.Source, want Want) {
		for k := range want.Items {
			items, err := read(t.Context(), source, k, "a position of nobody's")
			assert.Empty(t, items, "%s", k)
			assert.ErrorIs(t, err, portability.ErrChanged, "%s", k)
		}
	}},
	{"a kind that is not known yields nothing", func(t *testing.T, source portability.Source, want Want) {
		items, err := read(t.Context(), source, "no-such-kind", "")
		require.NoError(t, err)
		assert.Empty(t, items)
	}},
	{"a cancelled reader is told so, and nothing else", func(t *testing.T, source portability.Source, want Want) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		for k, n := range want.Items {
			if n == 0 {
				continue
			}
			items, err := read(ctx, source, k, "")
			assert.ErrorIs(t, err, context.Canceled, "%s", k)
			assert.Empty(t, items, "%s", k)
		}
	}},
	{"a reader who is cancelled on the way is told so at the end", func(t *testing.T, source portability.Source, want Want) {
		for k, n := range want.Items {
			ctx, cancel := context.WithCancel(t.Context())
			whole := all(t, source, k, "")
			var items []portability.Item
			var failed error
			for item, err := range source.Items(ctx, k, "") {
				cancel()
				require.NoError(t, failed, "%s: an error is the last thing", k)
				if failed = err; err == nil {
					items = append(items, item)
				}
			}
			cancel()
			assert.Equal(t, told(whole[:len(items)]), told(items), "%s: what came is the beginning", k)
			if len(items) < n {
				assert.ErrorIs(t, failed, context.Canceled, "%s", k)
			}
		}
	}},
	{"many read at once, and all read the same", func(t *testing.T, source portability.Source, want Want) {
		var readers sync.WaitGroup
		for k := range want.Items {
			whole := told(all(t, source, k, ""))
			for range 4 {
				readers.Go(func() {
					items, err := read(t.Context(), source, k, "")
					assert.NoError(t, err, "%s", k)
					assert.Equal(t, whole, told(items), "%s", k)
				})
			}
		}
		readers.Wait()
	}},
}

// resumes tries every position of small accounts, and two hundred of large ones.
func resumes(t *testing.T, source portability.Source, want Want) {
	for k := range want.Items {
		whole := all(t, source, k, "")
		step := max(1, len(whole)/200)
		positions := map[string]bool{}
		for i, item := range whole {
			require.NotEmpty(t, item.Next, "%s %d: no position", k, i)
			require.False(t, positions[item.Next], "%s %d: the position of another", k, i)
			positions[item.Next] = true
			if i%step != 0 && i != len(whole)-1 {
				continue
			}
			rest := all(t, source, k, item.Next)
			require.Equal(t, told(whole[i+1:]), told(rest), "%s behind item %d", k, i)
		}
	}
}

func releases(t *testing.T, source portability.Source, want Want) {
	const often = 100
	var first string
	breakOut := func(k portability.Kind) {
		for item, err := range source.Items(t.Context(), k, "") {
			require.NoError(t, err)
			first = item.ID
			break
		}
	}
	for k, n := range want.Items {
		breakOut(k) // what is made once and kept is made now
		files, routines := openFiles(), runtime.NumGoroutine()
		for range often {
			breakOut(k)
		}
		assert.Eventually(t, func() bool {
			return openFiles() < files+often/2 && runtime.NumGoroutine() < routines+often/2
		}, 5*time.Second, 10*time.Millisecond, "%s: breaking out leaves files or goroutines behind", k)
		if items := all(t, source, k, ""); assert.Len(t, items, n, "%s afterwards", k) && n > 0 {
			assert.Equal(t, items[0].ID, first, "%s", k)
		}
	}
}

// openFiles counts what the process has open, where the system says.
func openFiles() int {
	open, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return 0
	}
	return len(open)
}

func counts(t *testing.T, source portability.Source) {
	for _, k := range append(portability.Kinds(), "no-such-kind") {
		n, exact, err := source.(portability.Counter).Count(t.Context(), k)
		require.NoError(t, err, "%s", k)
		assert.GreaterOrEqual(t, n, int64(0), "%s", k)
		if exact {
			assert.Len(t, all(t, source, k, ""), int(n), "%s", k)
		}
	}
}

// read returns the items of a kind, and the error at the end, behind which
// nothing may come.
func read(ctx context.Context, source portability.Source, k portability.Kind, after string) ([]portability.Item, error) {
	var items []portability.Item
	var failed error
	for item, err := range source.Items(ctx, k, after) {
		switch {
		case failed != nil:
			return items, errors.New("an error was not the last thing yielded")
		case err != nil:
			failed = err
		default:
			items = append(items, item)
		}
	}
	return items, failed
}

func all(t *testing.T, source portability.Source, k portability.Kind, after string) []portability.Item {
	items, err := read(t.Context(), source, k, after)
	require.NoError(t, err, "%s", k)
	return items
}

type asked struct {
	portability.Item
	asked portability.Kind
}

// everything yields the items of all kinds; there is at least one.
func everything(t *testing.T, source portability.Source) func(func(asked) bool) {
	var items []asked
	for _, k := range portability.Kinds() {
		for _, item := range all(t, source, k, "") {
			items = append(items, asked{item, k})
		}
	}
	require.NotEmpty(t, items, "a source to be tested has something")
	return slices.Values(items)
}

// tale is what an item says, so that it can be compared.
type tale struct {
	portability.Ref
	Document, Raw, Next string
	Media               []portability.Medium
	Problems            []portability.Problem
}

func told(items []portability.Item) []tale {
	tales := make([]tale, 0, len(items))
	for _, item := range items {
		one := tale{Ref: item.Ref, Raw: string(item.Raw), Next: item.Next}
		one.Media, one.Problems = append(one.Media, item.Media...), append(one.Problems, item.Problems...)
		if item.Object != nil {
			one.Document = string(item.Object.Bytes())
		}
		tales = append(tales, one)
	}
	return tales
}
