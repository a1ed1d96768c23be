package portability_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/portability"
)

// benchEnds opens one account, and a sink that keeps nothing but how much it got.
type benchEnds struct {
	from *portability.Memory
	to   *benchSink
}

func (b benchEnds) Open(context.Context, portability.Job) (portability.Source, portability.Sink, error) {
	return b.from, b.to, nil
}

type benchSink struct{ items int }

func (s *benchSink) Put(_ context.Context, items []portability.Item) ([]portability.Result, error) {
	results := make([]portability.Result, len(items))
	for i, item := range items {
		results[i] = portability.Result{Ref: item.Ref, State: portability.Copied}
	}
	s.items += len(items)
	return results, nil
}

// BenchmarkEngine copies 20,000 posts over a store in memory: what the engine itself
// takes of an import.
func BenchmarkEngine(b *testing.B) {
	const posts = 20_000
	from := portability.NewMemory(nil)
	items := []portability.Item{document(b, portability.Actor, home, `{"id":%q,"type":"Person"}`)}
	for i := range posts {
		items = append(items, document(b, portability.Content, fmt.Sprintf("%s/%d", home, i), `{"id":%q,"type":"Note","attributedTo":"`+home+
			`","published":"2020-01-02T03:04:05Z","to":["https://www.w3.org/ns/activitystreams#Public"],"content":"<p>Some words, as many as people use.</p>"}`))
	}
	_, err := from.Put(b.Context(), items)
	require.NoError(b, err)
	b.ReportAllocs()
	for b.Loop() {
		to := &benchSink{}
		e := portability.NewEngine(portability.NewMemoryStore(), benchEnds{from, to}, nil)
		_, err := e.Begin(b.Context(), portability.JobSpec{ID: "1", Account: "https://new.example/alice", Old: home, Standing: portability.Proved})
		require.NoError(b, err)
		_, err = e.Run(b.Context(), "1")
		require.NoError(b, err)
		require.Equal(b, posts+1, to.items)
	}
	b.ReportMetric(float64(b.N)*posts/b.Elapsed().Seconds(), "posts/s")
}
