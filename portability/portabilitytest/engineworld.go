package portabilitytest

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

// engineClock goes on when somebody waits.
type engineClock struct {
	still bool // no lease is ever over
	mu    sync.Mutex
	now   time.Time
}

func (c *engineClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *engineClock) move(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// wait passes the time, or, where that stands still, lets others work.
func (c *engineClock) wait(ctx context.Context, d time.Duration) error {
	if c.still {
		runtime.Gosched()
		return ctx.Err()
	}
	c.move(d)
	return ctx.Err()
}

// engineWorld is one account on its way to one server, by one store.
type engineWorld struct {
	store   portability.Store
	account *engineAccount
	server  *engineServer
	plug    *enginePlug
	clock   *engineClock
	options portability.JobOptions
	stand   portability.Standing
	old     vocab.IRI // as the job names it
	new     vocab.IRI // the account that it is for
	keep    portability.KeepIDs
	source  func(portability.Source) portability.Source // what is made of the account; nil for itself
	tell    func(portability.Event)
	allow   func(context.Context, portability.Job, *portability.Forecast) error
	workers int
}

func newEngineWorld(store portability.Store, account *engineAccount) *engineWorld {
	return &engineWorld{
		store: store, account: account, server: newEngineServer(), plug: &enginePlug{},
		clock: &engineClock{now: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)},
		stand: portability.Proved, old: home, new: newHome,
	}
}

const engineJob = "job-1"

// Open implements [portability.Opener].
func (w *engineWorld) Open(context.Context, portability.Job) (portability.Source, portability.Sink, error) {
	var source portability.Source
	var sink portability.Sink
	err := w.plug.pull(func() error {
		source, sink = pluggedSource{w.account, w.plug}, pluggedSink{w.server, w.plug}
		if w.source != nil {
			source = w.source(source)
		}
		return nil
	})
	return source, sink, err
}

// engine returns a new engine, as a new process would have it.
func (w *engineWorld) engine() *portability.Engine {
	w.workers++
	return portability.NewEngine(plugged(w.store, w.plug), w, &portability.EngineOptions{
		Worker: fmt.Sprint("worker ", w.workers), Batch: 3, Files: 2, Attempts: 6,
		Now: w.clock.Now, Wait: w.clock.wait, Events: w.tell, Allow: w.allow, Keep: w.keep,
	})
}

func (w *engineWorld) spec() portability.JobSpec {
	return portability.JobSpec{ID: engineJob, Account: w.new, Old: w.old, Standing: w.stand, Options: w.options}
}

func (w *engineWorld) begin(t engineT) {
	t.Helper()
	_, err := w.engine().Begin(context.Background(), w.spec())
	require.NoError(t, err)
}

// engineT is a test, or a property being tested.
type engineT interface {
	require.TestingT
	Helper()
}

// run runs the job once, as a process of its own that may die.
func (w *engineWorld) run(ctx context.Context) (j portability.Job, err error) {
	defer func() {
		if reason := recover(); reason != nil {
			if reason != errEngineFault {
				panic(reason)
			}
			err = errEngineFault
		}
	}()
	return w.engine().Run(ctx, engineJob)
}

// finish runs the job, again and again where something fails, until it has ended.
func (w *engineWorld) finish(t engineT) portability.Job {
	t.Helper()
	ctx := context.Background()
	for range 1000 {
		j, err := w.run(ctx)
		switch {
		case errors.Is(err, errEngineFault):
			continue
		case err == nil && j.State == portability.JobPaused:
			_, err = w.engine().Resume(ctx, engineJob)
			require.NoError(t, err)
			continue
		}
		require.NoError(t, err)
		require.True(t, j.State.Ended(), "a run ends with the job")
		return j
	}
	require.FailNow(t, "the job does not come to its end")
	return portability.Job{}
}

// copy begins the job and brings it to its end.
func (w *engineWorld) copy(t engineT) portability.Job {
	t.Helper()
	w.begin(t)
	j := w.finish(t)
	require.Equal(t, portability.JobDone, j.State, j.Trouble)
	return j
}

func (w *engineWorld) report(t engineT) *portability.JobReport {
	t.Helper()
	r, err := w.engine().Report(context.Background(), engineJob)
	require.NoError(t, err)
	return r
}

// outcome is everything that a copy leaves behind: at the server, in the journal, in the
// map, and in the report.
func (w *engineWorld) outcome(t engineT) []string {
	t.Helper()
	w.plug.fail = 0
	out := w.server.contents()
	ctx := context.Background()
	for e, err := range w.store.Entries(ctx, engineJob, -1, portability.EntryFilter{}) {
		require.NoError(t, err)
		out = append(out, fmt.Sprintf("entry %d %s %s %s %s intended=%t new=%s %v %s parent=%s %s run=%d",
			e.No, e.Ref, e.Stage, e.State, e.Reason, e.Intended, e.NewID, e.URLs, e.Audience, e.Parent, hex.EncodeToString(e.Digest[:4]), e.Run))
	}
	for f, err := range w.store.Files(ctx, engineJob, -1) {
		require.NoError(t, err)
		out = append(out, fmt.Sprintf("file %d %s %s %s %s %d", f.No, f.Place, f.State, f.Reason, f.URL, f.Bytes))
	}
	for m, err := range w.store.Mappings(ctx, "", "") {
		require.NoError(t, err)
		out = append(out, fmt.Sprintf("map %s (%s) to %s %s, %s gone=%t", m.Old, m.ID, m.New, m.URL, m.Audience, m.Gone))
	}
	r := w.report(t)
	for _, k := range slices.Sorted(maps.Keys(r.Counts)) {
		out = append(out, fmt.Sprintf("counts %s %v", k, r.Counts[k]))
	}
	out = append(out, fmt.Sprintf("files %d of %d bytes, %v, missing %v, ready: %v", r.Files, r.Bytes, r.FileStates, r.Missing, r.Ready()))
	for _, tally := range r.Job.Progress {
		out = append(out, fmt.Sprintf("tally %s %s %d of %d, %d bytes", tally.Stage, tally.Kind, tally.Done, tally.Total, tally.Bytes))
	}
	return out
}

// sameOutcome requires that two copies have left the same behind, and shows what is
// otherwise.
func sameOutcome(t engineT, want, got []string, message ...any) {
	t.Helper()
	missing := slices.DeleteFunc(slices.Clone(want), func(line string) bool { return slices.Contains(got, line) })
	odd := slices.DeleteFunc(slices.Clone(got), func(line string) bool { return slices.Contains(want, line) })
	require.Equal(t, missing, odd, message...)
	require.Len(t, got, len(want), message...)
}

// contents is what the server has.
func (s *engineServer) contents() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []string
	for n, ref := range s.order {
		h := s.items[ref]
		p := h.item.Placed
		shown := ""
		if p.Object != nil {
			shown = p.Object.String()
		}
		out = append(out, fmt.Sprintf("item %d %s %q as %s for %s, quarantined %t, seen %t: %s", n, ref, h.given, p.ID, p.Audience, p.Quarantined, h.seen, shown))
	}
	for _, digest := range slices.Sorted(maps.Keys(s.files)) {
		out = append(out, fmt.Sprintf("stored file %s", digest))
	}
	return append(out, s.wrong...)
}

// situations that every engine must survive are run by their names.
type engineSituation struct {
	name string
	test func(t *testing.T, open func() portability.Store)
}
