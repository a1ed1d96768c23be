package portability_test

import (
	"context"
	"iter"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"codeberg.org/godwit/godwit/portability"
)

// orderStore has threads that nobody wrote down, and keeps the ranks they get.
type orderStore struct {
	*portability.MemoryStore
	links []portability.Link
	ranks []portability.Rank
}

func (s *orderStore) Links(context.Context, string) iter.Seq2[portability.Link, error] {
	return func(yield func(portability.Link, error) bool) {
		for _, l := range s.links {
			if !yield(l, nil) {
				return
			}
		}
	}
}

func (s *orderStore) Commit(ctx context.Context, j portability.Job, c portability.Change) (portability.Job, error) {
	s.ranks = append(s.ranks, c.Ranks...)
	c.Ranks = nil
	return s.MemoryStore.Commit(ctx, j, c)
}

// orderEnds opens an empty account.
type orderEnds struct{}

func (orderEnds) Open(context.Context, portability.Job) (portability.Source, portability.Sink, error) {
	return portability.NewMemory(nil), portability.NewMemory(nil), nil
}

// orderOf returns the order in which entries are to be put, by their numbers; nil for the
// order that they have.
func orderOf(t require.TestingT, links []portability.Link) []int64 {
	ctx := context.Background()
	store := &orderStore{MemoryStore: portability.NewMemoryStore(), links: links}
	_, _, err := store.Create(ctx, portability.Job{
		ID: "threads", Account: home, State: portability.JobRunning, Stage: portability.StageOrder, Run: 1,
		Progress: []portability.Tally{{Stage: portability.StageContent, Kind: portability.Content, Total: int64(len(links))}},
	})
	require.NoError(t, err)
	_, err = portability.NewEngine(store, orderEnds{}, nil).Step(ctx, "threads")
	require.NoError(t, err)
	if len(store.ranks) == 0 {
		return nil
	}
	slices.SortFunc(store.ranks, func(a, b portability.Rank) int { return int(a.Rank - b.Rank) })
	order := make([]int64, len(store.ranks))
	for i, r := range store.ranks {
		order[i] = r.No
	}
	return order
}

func orderDay(n int) time.Time { return time.Date(2020, 1, 1, 0, 0, n, 0, time.UTC) }

func TestOrderOfThreads(t *testing.T) {
	never := time.Time{}
	for name, c := range map[string]struct {
		links []portability.Link
		want  []int64
	}{
		"the oldest first, parents before children": {[]portability.Link{{0, -1, orderDay(1)}, {5, 0, orderDay(2)}}, nil},
		"nothing has a date":                        {[]portability.Link{{0, -1, never}, {5, 0, never}}, nil},
		"the newest first":                          {[]portability.Link{{0, 5, orderDay(2)}, {5, -1, orderDay(1)}}, []int64{5, 0}},
		"a child that is dated before its parent":   {[]portability.Link{{0, -1, orderDay(5)}, {1, 0, orderDay(1)}, {2, -1, orderDay(3)}}, []int64{2, 0, 1}},
		"all at once, children first":               {[]portability.Link{{0, 1, orderDay(1)}, {1, 2, orderDay(1)}, {2, -1, orderDay(1)}}, []int64{2, 1, 0}},
		"a parent without a date":                   {[]portability.Link{{0, -1, orderDay(9)}, {1, -1, never}, {2, 1, orderDay(3)}, {3, -1, orderDay(4)}}, []int64{3, 0, 1, 2}},
		"a circle":                                  {[]portability.Link{{0, 1, orderDay(1)}, {1, 0, orderDay(2)}}, nil},
		"a circle with a tail":                      {[]portability.Link{{0, 1, orderDay(9)}, {1, 2, orderDay(3)}, {2, 1, orderDay(2)}}, []int64{2, 1, 0}},
		"a parent that is not there":                {[]portability.Link{{0, 77, orderDay(1)}}, nil},
	} {
		t.Run(name, func(t *testing.T) { assert.Equal(t, c.want, orderOf(t, c.links)) })
	}
}

// A thread that a forger has made a million deep is put in order as any other, with its
// first post at the bottom of the source.
func TestOrderOfAThreadThatIsAMillionDeep(t *testing.T) {
	depth := 1_000_000
	if testing.Short() {
		depth = 10_000
	}
	links := make([]portability.Link, depth)
	for i := range links {
		links[i] = portability.Link{No: int64(i), Parent: int64(i + 1), Published: orderDay(0)}
	}
	links[depth-1].Parent = -1
	order := orderOf(t, links)
	require.Len(t, order, depth)
	for i, no := range order {
		if no != int64(depth-1-i) {
			require.FailNow(t, "a child before its parent", "at %d", i)
		}
	}
	links[depth-1].Parent = 0 // and now it is a circle
	require.Len(t, orderOf(t, links), depth)
}

// Whatever answers whatever, at whatever time: each is put once, the oldest first but for
// what must wait for its parent, and only circles are cut.
func TestOrderHoldsForAnyThreads(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		n := rapid.IntRange(1, 30).Draw(r, "posts")
		links := make([]portability.Link, n)
		for i := range links {
			links[i] = portability.Link{No: int64(3 * i), Parent: int64(3 * rapid.IntRange(-1, n-1).Draw(r, "parent")),
				Published: orderDay(rapid.IntRange(0, 5).Draw(r, "day"))}
		}
		order := orderOf(r, links)
		if order == nil {
			for _, l := range links {
				order = append(order, l.No)
			}
		}
		require.Len(r, order, n)
		place := map[int64]int{}
		for i, no := range order {
			place[no] = i
		}
		require.Len(r, place, n, "each once")
		cut := 0
		for _, l := range links {
			if l.Parent >= 0 && place[l.Parent] >= place[l.No] {
				require.True(r, inCircle(links, l.No), "%s is before what it answers, and in no circle", strconv.FormatInt(l.No, 10))
				cut++
			}
		}
		require.LessOrEqual(r, cut, circles(links), "each circle is cut once")
	})
}

// inCircle reports whether a post answers itself, however far around.
func inCircle(links []portability.Link, no int64) bool {
	at := links[no/3].Parent
	for range links {
		if at < 0 || at == no {
			break
		}
		at = links[at/3].Parent
	}
	return at == no
}

// circles counts the circles among threads.
func circles(links []portability.Link) int {
	n := 0
	for _, l := range links {
		if !inCircle(links, l.No) {
			continue
		}
		least := l.No
		for at := l.Parent; at != l.No; at = links[at/3].Parent {
			least = min(least, at)
		}
		if least == l.No {
			n++
		}
	}
	return n
}
