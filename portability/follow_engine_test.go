package portability_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

const (
	followAccount vocab.IRI = "https://new.example/users/alice"
	followLeft    vocab.IRI = "https://old.example/users/alice"
)

var followNoon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// A followHome is a host that follows, and remembers when it asked whom.
type followHome struct {
	now     time.Time
	asked   map[vocab.IRI][]time.Time
	answers map[vocab.IRI]portability.State
	fails   map[vocab.IRI]error
	moved   map[vocab.IRI]vocab.IRI
	blocked map[vocab.IRI]bool
	before  func(target vocab.IRI) // called when somebody is about to be asked
}

func newFollowHome() *followHome {
	return &followHome{
		now: followNoon, asked: map[vocab.IRI][]time.Time{}, answers: map[vocab.IRI]portability.State{},
		fails: map[vocab.IRI]error{}, moved: map[vocab.IRI]vocab.IRI{}, blocked: map[vocab.IRI]bool{},
	}
}

func (h *followHome) Follow(ctx context.Context, account, target vocab.IRI) (portability.State, error) {
	if h.before != nil {
		h.before(target)
	}
	if ctx.Err() != nil {
		return "", ctx.Err()
	}
	h.asked[target] = append(h.asked[target], h.now)
	if err := h.fails[target]; err != nil {
		return "", err
	}
	if answer, ok := h.answers[target]; ok {
		return answer, nil
	}
	return portability.Asked, nil
}

func (h *followHome) Whereabouts(_ context.Context, target vocab.IRI) (vocab.IRI, error) {
	return h.moved[target], nil
}

func (h *followHome) Chooses(_ context.Context, _, target vocab.IRI) (bool, error) {
	return !h.blocked[target], nil
}

// A followWorld is a job over a list.
type followWorld struct {
	*followHome
	engine  *portability.FollowEngine
	store   portability.Store
	options portability.FollowOptions
	from    portability.Source
}

func newFollowWorld(t require.TestingT, o portability.FollowOptions, list ...vocab.IRI) *followWorld {
	w := &followWorld{followHome: newFollowHome(), store: portability.NewMemoryStore(), options: o, from: followList(t, list...)}
	w.options.Now = func() time.Time { return w.now }
	w.restart()
	_, err := w.engine.Begin(context.Background(), "follows", followAccount, followLeft)
	require.NoError(t, err)
	return w
}

// restart is what a new process begins with.
func (w *followWorld) restart() {
	w.engine = portability.NewFollowEngine(w.store, w, &w.options)
}

func followList(t require.TestingT, list ...vocab.IRI) portability.Source {
	m := portability.NewMemory(nil)
	for _, id := range list {
		o, err := vocab.Parse(fmt.Appendf(nil, `{"id":%q}`, id))
		require.NoError(t, err)
		_, err = m.Put(context.Background(), []portability.Item{{Ref: portability.Ref{Kind: portability.Following, ID: string(id)}, Object: o}})
		require.NoError(t, err)
	}
	return m
}

// run makes steps, and lets the time pass that it is told to wait, until the job has
// ended or for so long.
func (w *followWorld) run(t require.TestingT, most time.Duration) portability.Job {
	end := w.now.Add(most)
	for range 100_000 {
		step, err := w.engine.Step(context.Background(), "follows", w.from)
		require.NoError(t, err)
		if step.Done || w.now.Add(step.Wait).After(end) {
			return step.Job
		}
		w.now = w.now.Add(step.Wait)
	}
	require.FailNow(t, "the job goes round in circles")
	return portability.Job{}
}

func (w *followWorld) counts(t require.TestingT) map[portability.State]map[portability.Reason]int64 {
	counts, err := w.engine.Follows(context.Background(), "follows")
	require.NoError(t, err)
	return counts
}

type followCounts = map[portability.State]map[portability.Reason]int64

func on(host string, n int) (list []vocab.IRI) {
	for i := range n {
		list = append(list, vocab.IRI(fmt.Sprintf("https://%s/users/%d", host, i)))
	}
	return list
}

func TestFollowsArePacedPerHost(t *testing.T) {
	w := newFollowWorld(t, portability.FollowOptions{PerHost: 10}, slices.Concat(on("a.example", 25), on("b.example", 3))...)
	job := w.run(t, 24*time.Hour)
	assert.Equal(t, portability.JobDone, job.State)
	assert.Equal(t, followCounts{portability.Asked: {"": 28}}, w.counts(t))
	byHost := map[string][]time.Time{}
	for target, times := range w.asked {
		require.Len(t, times, 1, "nobody is asked twice")
		byHost[target.Host()] = append(byHost[target.Host()], times[0])
	}
	for host, times := range byHost {
		slices.SortFunc(times, time.Time.Compare)
		for i := range times {
			if i > 0 {
				require.GreaterOrEqual(t, times[i].Sub(times[i-1]), 30*time.Second, host)
			}
			if i >= 10 {
				require.GreaterOrEqual(t, times[i].Sub(times[i-10]), time.Hour, host)
			}
		}
	}
	assert.Equal(t, followNoon, byHost["a.example"][0])
	assert.Equal(t, followNoon, byHost["b.example"][0], "one host does not wait for another")
	assert.Less(t, byHost["a.example"][24].Sub(followNoon), 3*time.Hour, "nor any longer than it must")
}

func TestFollowsAreCappedInAll(t *testing.T) {
	var list []vocab.IRI
	for i := range 30 {
		list = append(list, on(fmt.Sprintf("h%d.example", i), 1)...)
	}
	w := newFollowWorld(t, portability.FollowOptions{PerHour: 10}, list...)
	w.run(t, 24*time.Hour)
	var times []time.Time
	for _, at := range w.asked {
		times = append(times, at...)
	}
	slices.SortFunc(times, time.Time.Compare)
	require.Len(t, times, 30)
	for i := 10; i < len(times); i++ {
		require.GreaterOrEqual(t, times[i].Sub(times[i-10]), time.Hour)
	}
}

func TestHowFollowsEnd(t *testing.T) {
	list := []vocab.IRI{
		"https://a.example/asks", "https://b.example/open", "https://c.example/no", "https://d.example/blocked", "https://e.example/moved",
		"https://f.example/there", "https://g.example/gone", "https://h.example/dark", followAccount, "acct:ann@i.example", "not an address",
		"https://j.example/moved-too",
	}
	w := newFollowWorld(t, portability.FollowOptions{}, list...)
	w.answers[list[1]], w.answers[list[2]] = portability.Accepted, portability.Rejected
	w.blocked[list[3]] = true
	w.moved[list[4]], w.moved[list[11]] = list[5], "https://k.example/new"
	w.moved["acct:ann@i.example"] = "https://i.example/users/ann"
	w.fails[list[6]] = &actor.DeliveryError{Err: actor.ErrGone}
	w.fails[list[7]] = &actor.DeliveryError{Err: actor.ErrConnection}
	job := w.run(t, 7*24*time.Hour)
	assert.Equal(t, portability.JobDone, job.State)
	assert.Equal(t, followCounts{
		portability.Asked:    {"": 4}, // a, f, the id of ann, and k
		portability.Accepted: {"": 1},
		portability.Rejected: {"": 1},
		portability.Skipped:  {portability.FollowBlocked: 1, portability.FollowSelf: 1, portability.Repeated: 1},
		portability.Failed:   {portability.FollowUnreachable: 2, portability.FollowGaveUp: 1},
	}, w.counts(t))
	assert.Len(t, w.asked["https://h.example/dark"], 8, "it was tried often enough")
	assert.Contains(t, w.asked, vocab.IRI("https://k.example/new"))
	assert.NotContains(t, w.asked, list[3])
	assert.NotContains(t, w.asked, list[4])
	assert.NotContains(t, w.asked, followAccount)

	ctx := context.Background()
	require.NoError(t, w.engine.Answered(ctx, "follows", "https://k.example/new", portability.Accepted))
	require.NoError(t, w.engine.Answered(ctx, "follows", list[0], portability.Accepted))
	require.NoError(t, w.engine.Answered(ctx, "follows", list[0], portability.Rejected), "they have thought again")
	for _, stranger := range []vocab.IRI{"https://x.example/", list[3], list[4], list[6]} {
		require.NoError(t, w.engine.Answered(ctx, "follows", stranger, portability.Accepted), "who was not asked accepts nothing")
	}
	require.Error(t, w.engine.Answered(ctx, "follows", list[0], portability.Copied))
	counts := w.counts(t)
	assert.Equal(t, int64(2), counts[portability.Accepted][""])
	assert.Equal(t, int64(2), counts[portability.Rejected][""])
	assert.Equal(t, int64(2), counts[portability.Asked][""])
}

func TestAHostIsLeftAloneAsLongAsItAsks(t *testing.T) {
	list := on("a.example", 3)
	w := newFollowWorld(t, portability.FollowOptions{}, list...)
	w.fails[list[0]] = &actor.DeliveryError{StatusCode: 429, RetryAfter: 3 * time.Hour, Err: actor.ErrUnavailable}
	w.run(t, 2*time.Hour)
	assert.Len(t, w.asked, 1, "the others of that host wait, too")
	delete(w.fails, list[0])
	w.restart()
	w.run(t, 4*time.Hour)
	require.Len(t, w.asked, 3)
	assert.Equal(t, 3*time.Hour, w.asked[list[1]][0].Sub(followNoon), "those that were not tried come first")
	assert.Len(t, w.asked[list[0]], 2)
}

func TestOneWhoCannotBeAskedHoldsNobodyUp(t *testing.T) {
	list := on("a.example", 3)
	w := newFollowWorld(t, portability.FollowOptions{}, list...)
	w.fails[list[0]] = errors.New("status 500")
	w.run(t, 2*time.Minute)
	assert.Len(t, w.asked, 3)
	w.fails[list[0]] = &actor.DeliveryError{RetryAfter: 100 * 365 * 24 * time.Hour, Err: actor.ErrUnavailable}
	job := w.run(t, 8*24*time.Hour)
	assert.Equal(t, portability.JobDone, job.State, "nobody makes it wait for ever")
}

func TestFollowsCanBePausedAndCancelled(t *testing.T) {
	list := on("a.example", 5)
	w := newFollowWorld(t, portability.FollowOptions{}, list...)
	ctx := context.Background()
	w.before = func(target vocab.IRI) {
		if target == list[1] {
			_, err := w.engine.Pause(ctx, "follows")
			require.NoError(t, err)
		}
	}
	job := w.run(t, time.Hour)
	assert.Equal(t, portability.JobPaused, job.State)
	assert.Equal(t, followCounts{portability.Asked: {"": 2}, "": {"": 3}}, w.counts(t), "what was being sent is finished, and known")
	job, err := w.engine.Resume(ctx, "follows")
	require.NoError(t, err)
	assert.Equal(t, portability.JobRunning, job.State)
	w.before = func(target vocab.IRI) {
		if target == list[3] {
			_, err := w.engine.Cancel(ctx, "follows")
			require.NoError(t, err)
		}
	}
	job = w.run(t, time.Hour)
	assert.Equal(t, portability.JobCancelled, job.State)
	assert.Len(t, w.asked, 4)
	job, err = w.engine.Resume(ctx, "follows")
	require.NoError(t, err)
	assert.Equal(t, portability.JobCancelled, job.State, "for good")
}

func TestAnAnswerThatComesBeforeTheRequestWasStored(t *testing.T) {
	list := on("a.example", 1)
	w := newFollowWorld(t, portability.FollowOptions{}, list...)
	w.before = func(target vocab.IRI) {
		require.NoError(t, w.engine.Answered(context.Background(), "follows", target, portability.Accepted))
	}
	w.run(t, time.Hour)
	assert.Equal(t, followCounts{portability.Accepted: {"": 1}}, w.counts(t))
}

func TestTwoWorkersShareNoJob(t *testing.T) {
	list := on("a.example", 2)
	w := newFollowWorld(t, portability.FollowOptions{}, list...)
	o := w.options
	o.Worker = "another"
	other := portability.NewFollowEngine(w.store, w, &o)
	tried := false
	w.before = func(vocab.IRI) {
		step, err := other.Step(context.Background(), "follows", w.from)
		require.NoError(t, err)
		assert.Equal(t, 5*time.Minute, step.Wait)
		tried = true
	}
	w.run(t, time.Hour)
	assert.True(t, tried)
	for target, times := range w.asked {
		assert.Len(t, times, 1, "%s", target)
	}
}

func TestNoEngineTakesFollowsForACopy(t *testing.T) {
	w := newFollowWorld(t, portability.FollowOptions{}, on("a.example", 1)...)
	copies := portability.NewEngine(w.store, nil, nil)
	_, err := copies.Step(t.Context(), "follows")
	require.ErrorIs(t, err, portability.ErrFollows)
	_, err = copies.Undo(t.Context(), "follows")
	require.ErrorIs(t, err, portability.ErrFollows)
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		require.ErrorIs(t, copies.Serve(ctx, time.Second), context.DeadlineExceeded)
	})
	assert.Equal(t, followCounts{}, w.counts(t), "nothing was read, and nothing touched")
	_, err = copies.Begin(t.Context(), portability.JobSpec{ID: "a copy", Account: followAccount, Old: followLeft})
	require.NoError(t, err)
	_, err = w.engine.Step(t.Context(), "a copy", w.from)
	require.Error(t, err, "nor the other way round")
}

func TestFollowsOfNothing(t *testing.T) {
	w := newFollowWorld(t, portability.FollowOptions{})
	assert.Equal(t, portability.JobDone, w.run(t, 0).State)
	_, err := w.engine.Begin(t.Context(), "follows", "https://new.example/users/bob", followLeft)
	require.ErrorIs(t, err, portability.ErrJobExists)
	_, err = w.engine.Step(t.Context(), "none", nil)
	require.ErrorIs(t, err, portability.ErrNoJob)
	w = newFollowWorld(t, portability.FollowOptions{}, on("a.example", 1)...)
	_, err = w.engine.Step(t.Context(), "follows", nil)
	require.Error(t, err, "the list was not read yet")
}

func TestALongListIsReadInPiecesAndBounded(t *testing.T) {
	w := newFollowWorld(t, portability.FollowOptions{Most: 1200}, on("a.example", 1500)...)
	ctx := context.Background()
	for step := range 3 {
		w.restart()
		got, err := w.engine.Step(ctx, "follows", w.from)
		require.NoError(t, err)
		assert.Equal(t, min(int64(step+1)*500, 1200), got.Job.Next)
	}
	got, err := w.engine.Step(ctx, "follows", nil)
	require.NoError(t, err, "the source is not needed any more")
	assert.Empty(t, got.Job.Kind, "the list was read")
	assert.Equal(t, string(portability.TooMany), got.Job.Trouble)
	assert.Len(t, w.asked, 1)
}

// A followShifting is a list whose positions stop to hold.
type followShifting struct {
	portability.Source
	left int
}

func (f *followShifting) Items(ctx context.Context, k portability.Kind, after string) iter.Seq2[portability.Item, error] {
	if after != "" && f.left > 0 {
		f.left--
		return func(yield func(portability.Item, error) bool) { yield(portability.Item{}, portability.ErrChanged) }
	}
	return f.Source.Items(ctx, k, after)
}

func TestAListThatChangesWhileItIsRead(t *testing.T) {
	w := newFollowWorld(t, portability.FollowOptions{}, on("a.example", 700)...)
	shifting := &followShifting{Source: w.from, left: 3}
	w.from = shifting
	for range 9 {
		_, err := w.engine.Step(t.Context(), "follows", w.from)
		require.NoError(t, err)
	}
	counts := w.counts(t)
	assert.Equal(t, int64(700), counts[""][""]+counts[portability.Asked][""], "everybody, once")

	w = newFollowWorld(t, portability.FollowOptions{}, on("a.example", 700)...)
	w.from = &followShifting{Source: w.from, left: 1 << 30}
	job := w.run(t, time.Hour)
	assert.Equal(t, portability.JobPaused, job.State, "it does not go round for ever")
	assert.NotEmpty(t, job.Trouble)
	_, err := w.engine.Resume(t.Context(), "follows")
	require.NoError(t, err)
	assert.Empty(t, w.asked, "nobody was asked before all was read")
}

func TestWhoCannotBeReadIsToldOf(t *testing.T) {
	w := newFollowWorld(t, portability.FollowOptions{})
	broken := portability.Item{Ref: portability.Ref{Kind: portability.Following, ID: "https://a.example/1"}, Next: "1",
		Problems: []portability.Problem{{Reason: portability.Unreadable, Fatal: true}}}
	nobody := portability.Item{Ref: portability.Ref{Kind: portability.Following}, Next: "2"}
	w.from = &followBroken{w.from, []portability.Item{broken, nobody, broken}, nil}
	assert.Equal(t, portability.JobDone, w.run(t, time.Hour).State)
	assert.Equal(t, followCounts{portability.Failed: {portability.Unreadable: 1}}, w.counts(t))

	w = newFollowWorld(t, portability.FollowOptions{})
	w.from = &followBroken{w.from, nil, errors.New("the disk is gone")}
	_, err := w.engine.Step(t.Context(), "follows", w.from)
	require.ErrorContains(t, err, "the disk is gone")
}

type followBroken struct {
	portability.Source
	items []portability.Item
	err   error
}

func (f *followBroken) Items(context.Context, portability.Kind, string) iter.Seq2[portability.Item, error] {
	return func(yield func(portability.Item, error) bool) {
		for _, item := range f.items {
			if !yield(item, nil) {
				return
			}
		}
		if f.err != nil {
			yield(portability.Item{}, f.err)
		}
	}
}

func TestFollowsRunByTheirOwnClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		home := newFollowHome()
		engine := portability.NewFollowEngine(portability.NewMemoryStore(), home, nil)
		_, err := engine.Begin(t.Context(), "follows", followAccount, followLeft)
		require.NoError(t, err)
		begun := time.Now()
		job, err := engine.Run(t.Context(), "follows", followList(t, on("a.example", 3)...))
		require.NoError(t, err)
		assert.Equal(t, portability.JobDone, job.State)
		assert.Equal(t, time.Minute, time.Since(begun), "three requests, half a minute apart")

		_, err = engine.Begin(t.Context(), "more", followAccount, followLeft)
		require.NoError(t, err)
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		_, err = engine.Run(ctx, "more", followList(t, on("b.example", 3)...))
		require.ErrorIs(t, err, context.DeadlineExceeded)
	})
}

// errFollowCrash is what the process dies of.
var errFollowCrash = errors.New("the process is gone")

// A followCrash is a store that fails at one commit, before or after it is made, and ever
// after.
type followCrash struct {
	portability.Store
	left  int
	after bool
	dead  bool
}

func (c *followCrash) Commit(ctx context.Context, j portability.Job, change portability.Change) (portability.Job, error) {
	if c.left--; c.left == 0 {
		c.dead = true
		if c.after {
			_, _ = c.Store.Commit(ctx, j, change)
		}
	}
	if c.dead {
		return j, errFollowCrash
	}
	return c.Store.Commit(ctx, j, change)
}

// Wherever the process dies, however often, while clocks jump: in the end everybody was
// asked, nobody more often than processes died around it, and nobody who is blocked.
func TestFollowsSurviveEveryCrash(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		var list []vocab.IRI
		for i := range rapid.IntRange(1, 4).Draw(r, "hosts") {
			list = append(list, on(fmt.Sprintf("h%d.example", i), rapid.IntRange(1, 4).Draw(r, "accounts"))...)
		}
		w := newFollowWorld(r, portability.FollowOptions{}, list...)
		blocked := rapid.SampledFrom(list).Draw(r, "blocked")
		w.blocked[blocked] = true
		whole := w.store
		crashes := rapid.IntRange(0, 6).Draw(r, "crashes")
		for range crashes {
			crash := &followCrash{Store: whole, left: rapid.IntRange(1, 8).Draw(r, "at"), after: rapid.Bool().Draw(r, "after")}
			w.store = crash
			w.restart()
			for range 30 {
				step, err := w.engine.Step(context.Background(), "follows", w.from)
				if err != nil {
					require.ErrorIs(r, err, errFollowCrash)
					break
				}
				w.now = w.now.Add(step.Wait)
			}
			w.now = w.now.Add(time.Duration(rapid.IntRange(-60, 60).Draw(r, "jump")) * time.Minute)
		}
		w.store = whole
		w.restart()
		require.Equal(r, portability.JobDone, w.run(r, 30*24*time.Hour).State)
		want := int64(len(list) - 1)
		counts := w.counts(r)
		require.Equal(r, int64(1), counts[portability.Skipped][portability.FollowBlocked])
		if want > 0 {
			require.Equal(r, want, counts[portability.Asked][""])
		}
		require.NotContains(r, w.asked, blocked)
		require.Len(r, w.asked, int(want))
		again := 0
		for _, times := range w.asked {
			again += len(times) - 1
		}
		require.LessOrEqual(r, again, crashes)
	})
}

func ExampleFollowEngine() {
	home := newFollowHome()
	home.answers["https://b.example/users/0"] = portability.Accepted
	store := portability.NewMemoryStore()
	engine := portability.NewFollowEngine(store, home, &portability.FollowOptions{Gap: -1})
	ctx := context.Background()
	// The person has read the report, and says: follow them again.
	job, _ := engine.Begin(ctx, "follows of alice", followAccount, followLeft)
	list := followed("https://a.example/users/0", "https://b.example/users/0")
	if _, err := engine.Run(ctx, job.ID, list); err != nil {
		fmt.Println(err)
	}
	counts, _ := engine.Follows(ctx, job.ID)
	for _, state := range slices.Sorted(maps.Keys(counts)) {
		fmt.Println(strings.TrimSpace(string(state)), counts[state][""])
	}
	// Output:
	// accepted 1
	// asked 1
}

func TestFollowsArePacedByTheHostThatPeopleMovedTo(t *testing.T) {
	var list []vocab.IRI
	for i := range 12 {
		list = append(list, on(fmt.Sprintf("h%d.example", i), 1)...)
	}
	w := newFollowWorld(t, portability.FollowOptions{PerHost: 5}, list...)
	for i, id := range list {
		w.moved[id] = vocab.IRI(fmt.Sprintf("https://big.example/users/%d", i))
	}
	job := w.run(t, 24*time.Hour)
	assert.Equal(t, portability.JobDone, job.State)
	assert.Equal(t, followCounts{portability.Asked: {"": 12}}, w.counts(t))
	var times []time.Time
	for target, at := range w.asked {
		require.Equal(t, "big.example", target.Host())
		require.Len(t, at, 1, "nobody is asked twice")
		times = append(times, at[0])
	}
	slices.SortFunc(times, time.Time.Compare)
	require.Len(t, times, 12)
	for i := range times {
		if i > 0 {
			require.GreaterOrEqual(t, times[i].Sub(times[i-1]), 30*time.Second, "the host they all moved to is left alone between two")
		}
		if i >= 5 {
			require.GreaterOrEqual(t, times[i].Sub(times[i-5]), time.Hour, "and gets no more in an hour than any")
		}
	}
}

func TestWhoMovesOnWhileTheyWaitIsTriedAgainLater(t *testing.T) {
	list := append(append(on("big.example", 3), on("great.example", 1)...), on("a.example", 1)...)
	wanders := list[4]
	w := newFollowWorld(t, portability.FollowOptions{Gap: time.Hour}, list...)
	w.fails[list[3]] = &actor.DeliveryError{StatusCode: 429, RetryAfter: 20 * time.Hour, Err: actor.ErrUnavailable}
	w.moved[wanders] = "https://big.example/wanders"
	w.run(t, time.Minute)
	w.moved[wanders] = "https://great.example/wanders"
	delete(w.fails, list[3])
	job := w.run(t, 48*time.Hour)
	assert.Equal(t, portability.JobDone, job.State)
	assert.Equal(t, followCounts{portability.Asked: {"": 5}}, w.counts(t))
	assert.NotContains(t, w.asked, vocab.IRI("https://big.example/wanders"), "they are not there any more")
	times := w.asked["https://great.example/wanders"]
	require.Len(t, times, 1)
	assert.GreaterOrEqual(t, times[0].Sub(followNoon), 20*time.Hour, "the host where they are now has asked for that")
}

func TestAStateThatNobodyKnowsIsATryAndNotBelieved(t *testing.T) {
	list := on("a.example", 2)
	w := newFollowWorld(t, portability.FollowOptions{}, list...)
	w.answers[list[0]] = "perhaps"
	job := w.run(t, 7*24*time.Hour)
	assert.Equal(t, portability.JobDone, job.State, "it holds up nobody for ever")
	assert.Len(t, w.asked[list[0]], 8, "it was tried as often as one that cannot be reached")
	assert.Equal(t, followCounts{portability.Asked: {"": 1}, portability.Failed: {portability.FollowGaveUp: 1}}, w.counts(t))
	assert.Equal(t, `follow: the host said "perhaps"`, job.Trouble, "the host's author finds out")
}

func TestAClockThatWasAheadHoldsNoFollowsUp(t *testing.T) {
	for name, fails := range map[string]bool{"somebody was asked by it": false, "somebody could not be asked by it": true} {
		t.Run(name, func(t *testing.T) {
			list := on("big.example", 3)
			w := newFollowWorld(t, portability.FollowOptions{}, list...)
			if fails {
				w.fails[list[0]] = errors.New("away")
			}
			w.now = followNoon.Add(365 * 24 * time.Hour)
			for n := 0; len(w.asked) == 0 && n < 10; n++ {
				_, err := w.engine.Step(t.Context(), "follows", w.from)
				require.NoError(t, err)
			}
			require.NotEmpty(t, w.asked)
			w.now = followNoon
			delete(w.fails, list[0])
			assert.Equal(t, portability.JobDone, w.run(t, 24*time.Hour).State)
		})
	}
}
