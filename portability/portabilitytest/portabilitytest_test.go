package portabilitytest_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/portability/portabilitytest"
	"codeberg.org/godwit/godwit/vocab"
)

// broken are ends with one fault each, and the situation that must find it.
var broken = map[string]struct{ suite, situation string }{
	"resumes from the beginning":    {"TestSource", "reading goes on at every position as if it had not stopped"},
	"takes any position":            {"TestSource", "a position that was never given is refused"},
	"yields behind an error":        {"TestSource", "a cancelled reader is told so, and nothing else"},
	"leaves goroutines behind":      {"TestSource", "breaking out releases everything"},
	"miscounts":                     {"TestSource", "counts that are exact agree with the items"},
	"opens what nobody has":         {"TestSource", "a file that nobody has is not there"},
	"overwrites":                    {"TestSink", "what differs is a conflict, and overwrites nothing"},
	"stores in spite of a problem":  {"TestSink", "an item with a fatal problem is not stored, though it has a document"},
	"stores for who cancelled":      {"TestSink", "who cancels is told, and nothing is stored"},
	"believes digests":              {"TestSink", "a file with another digest than it says is refused"},
	"removes nothing":               {"TestSink", "what is removed can be put again, as if it had never been"},
	"says limits and forgets them":  {"TestSink", "text up to the limit is held, and above it is not held whole"},
	"answers in the opposite order": {"TestSink", "there is a result for each item, in their order"},
}

const variable = "GODWIT_TEST_FAULT"

// A suite that finds nothing is worth nothing: each fault is looked for in a
// process of its own, since a failed subtest fails its parents.
func TestSuitesFindFaults(t *testing.T) {
	for fault, want := range broken {
		t.Run(fault, func(t *testing.T) {
			t.Parallel()
			child := exec.CommandContext(t.Context(), os.Args[0], "-test.v", "-test.run", "^"+want.suite+"$")
			child.Env = append(os.Environ(), variable+"="+fault)
			out, err := child.CombinedOutput()
			require.Error(t, err, "the suite passed")
			name := want.suite + "/" + underlined(want.situation)
			assert.Contains(t, string(out), "--- FAIL: "+name+" (", "the situation")
			assert.NotContains(t, string(out), "panic:")
		})
	}
}

func underlined(situation string) string {
	name := []byte(situation)
	for i, c := range name {
		if c == ' ' {
			name[i] = '_'
		}
	}
	return string(name)
}

func TestSource(t *testing.T) {
	want := portabilitytest.Want{Items: map[portability.Kind]int{portability.Content: 3}}
	portabilitytest.TestSource(t, func(t *testing.T) portability.Source {
		m := portability.NewMemory(nil)
		for i := range 3 {
			id := fmt.Sprint("https://old.example/", i)
			o, err := vocab.Build(vocab.Member{Name: vocab.ID, Value: id})
			require.NoError(t, err)
			_, err = m.Put(t.Context(), []portability.Item{{Ref: portability.Ref{Kind: portability.Content, ID: id}, Object: o}})
			require.NoError(t, err)
		}
		return &faulty{Memory: m, fault: os.Getenv(variable)}
	}, want)
}

func TestSink(t *testing.T) {
	portabilitytest.TestSink(t, func(t *testing.T) portability.Sink {
		return &faulty{Memory: portability.NewMemory(nil), fault: os.Getenv(variable)}
	})
}

// faulty is an account in memory with one fault, or with none.
type faulty struct {
	*portability.Memory
	fault string
}

func (f *faulty) Items(ctx context.Context, k portability.Kind, after string) iter.Seq2[portability.Item, error] {
	_, err := first(f.Memory.Items(context.WithoutCancel(ctx), k, after))
	switch {
	case f.fault == "resumes from the beginning" && err == nil, f.fault == "takes any position" && err != nil:
		return f.Memory.Items(ctx, k, "")
	case f.fault == "yields behind an error" && ctx.Err() != nil:
		return func(yield func(portability.Item, error) bool) {
			_ = yield(portability.Item{}, ctx.Err()) && yield(portability.Item{}, nil)
		}
	case f.fault == "leaves goroutines behind":
		go func() { <-ctx.Done() }()
	}
	return f.Memory.Items(ctx, k, after)
}

func first(items iter.Seq2[portability.Item, error]) (portability.Item, error) {
	for item, err := range items {
		return item, err
	}
	return portability.Item{}, nil
}

func (f *faulty) Count(ctx context.Context, k portability.Kind) (int64, bool, error) {
	n, exact, err := f.Memory.Count(ctx, k)
	if f.fault == "miscounts" {
		n++
	}
	return n, exact, err
}

func (f *faulty) OpenMedia(ctx context.Context, m portability.Medium) (io.ReadCloser, portability.Medium, error) {
	if f.fault == "opens what nobody has" {
		return io.NopCloser(io.MultiReader()), m, nil
	}
	return f.Memory.OpenMedia(ctx, m)
}

func (f *faulty) Put(ctx context.Context, items []portability.Item) ([]portability.Result, error) {
	given := append([]portability.Item(nil), items...)
	switch f.fault {
	case "stores in spite of a problem":
		for i := range given {
			given[i].Problems = nil
		}
	case "stores for who cancelled":
		results, err := f.Memory.Put(context.WithoutCancel(ctx), given)
		return results, errors.Join(err, ctx.Err())
	}
	results, err := f.Memory.Put(ctx, given)
	for i := range results {
		if f.fault == "overwrites" && results[i].State == portability.Conflicting {
			results[i].State, results[i].Reason = portability.Copied, ""
		}
	}
	if n := len(results); f.fault == "answers in the opposite order" && n > 1 {
		results[0], results[n-1] = results[n-1], results[0]
	}
	return results, err
}

func (f *faulty) PutMedia(ctx context.Context, m portability.Medium, r io.Reader) (vocab.IRI, error) {
	if f.fault == "believes digests" {
		m.Digest = ""
	}
	return f.Memory.PutMedia(ctx, m, r)
}

func (f *faulty) Remove(ctx context.Context, refs []portability.Ref) ([]portability.Result, error) {
	if f.fault != "removes nothing" {
		return f.Memory.Remove(ctx, refs)
	}
	results := make([]portability.Result, len(refs))
	for i, ref := range refs {
		results[i] = portability.Result{Ref: ref, State: portability.Removed}
	}
	return results, nil
}

func (f *faulty) Limits(ctx context.Context) (portability.Limits, error) {
	if f.fault == "says limits and forgets them" {
		return portability.Limits{TextRunes: 40}, nil
	}
	return f.Memory.Limits(ctx)
}
