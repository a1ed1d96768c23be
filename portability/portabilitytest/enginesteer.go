package portabilitytest

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/portability/consent"
)

var engineSteerings = []engineSituation{
	{"beginning a job again returns it, and not for another account", func(t *testing.T, open func() portability.Store) {
		w := newEngineWorld(open(), steadyAccount())
		w.begin(t)
		first, err := w.engine().Step(t.Context(), engineJob)
		require.NoError(t, err)
		second, err := w.engine().Begin(t.Context(), w.spec())
		require.NoError(t, err)
		assert.Equal(t, first.Version, second.Version)
		spec := w.spec()
		spec.Account = "https://new.example/users/bob"
		_, err = w.engine().Begin(t.Context(), spec)
		assert.ErrorIs(t, err, portability.ErrJobExists)
		spec.ID, spec.Standing, spec.Options.KeepIDs = "job-2", portability.Claimed, true
		_, err = w.engine().Begin(t.Context(), spec)
		assert.Error(t, err, "a claimed copy keeps no ids")
	}},
	{"a copy that is paused and let go on after each step ends as if it had not been", func(t *testing.T, open func() portability.Store) {
		want := undisturbed(t, open(), steadyAccount())
		w := newEngineWorld(open(), steadyAccount())
		w.begin(t)
		e := w.engine()
		for n := 0; ; n++ {
			require.Less(t, n, 1000)
			_, err := e.Pause(t.Context(), engineJob)
			require.NoError(t, err)
			before := w.plug.count()
			j, err := e.Step(t.Context(), engineJob)
			require.NoError(t, err)
			if j.State == portability.JobDone {
				break
			}
			require.Equal(t, portability.JobPaused, j.State)
			require.Equal(t, before+1, w.plug.count(), "a step of a paused job looks at the job, and does nothing")
			_, err = e.Resume(t.Context(), engineJob)
			require.NoError(t, err)
			_, err = e.Step(t.Context(), engineJob)
			require.NoError(t, err)
		}
		sameOutcome(t, want, w.outcome(t))
	}},
	{"a copy that is paused in the middle of a step keeps what the step has done", func(t *testing.T, open func() portability.Store) {
		want := undisturbed(t, open(), steadyAccount())
		w := newEngineWorld(open(), steadyAccount())
		w.begin(t)
		other, paused := w.engine(), false
		w.server.reject = func(i portability.Item) error {
			if i.Kind == portability.Content && !paused {
				paused = true
				_, err := other.Pause(t.Context(), engineJob)
				return err
			}
			return nil
		}
		j, err := w.engine().Run(t.Context(), engineJob)
		require.NoError(t, err)
		require.Equal(t, portability.JobPaused, j.State)
		assert.NotEmpty(t, j.After, "the step was recorded all the same")
		w.finish(t)
		sameOutcome(t, want, w.outcome(t))
		for ref, n := range w.server.puts {
			assert.Equal(t, 1, n, "%s was put once", ref)
		}
	}},
	{"whatever call it dies at, cancelled then and undone it leaves only what was there before", func(t *testing.T, open func() portability.Store) {
		count := newEngineWorld(open(), steadyAccount())
		began := time.Now()
		count.copy(t)
		calls := count.plug.count()
		step := stride(time.Since(began), calls)
		for call := 0; call <= calls; call += step {
			w := newEngineWorld(open(), steadyAccount())
			there := []portability.Ref{enginePost(1, "").Ref, enginePost(5, "").Ref}
			w.settled(t, 1, 5)
			w.begin(t)
			w.plug.fail, w.plug.after, w.plug.death = w.plug.count()+call, true, true
			_, _ = w.run(t.Context())
			w.plug.fail = 0
			_, err := w.engine().Cancel(t.Context(), engineJob)
			require.NoError(t, err)
			_, err = w.engine().Undo(t.Context(), engineJob)
			require.NoError(t, err)
			require.Equal(t, portability.JobUndone, w.finish(t).State)
			require.Equal(t, there, w.server.order, "dead at call %d of %d", call, calls)
			assertUnmapped(t, w)
		}
	}},
	{"what was there before is there already, whatever call the process dies at", func(t *testing.T, open func() portability.Store) {
		first := newEngineWorld(open(), steadyAccount())
		first.settled(t, 1, 5)
		began := time.Now()
		first.copy(t)
		want, calls := first.outcome(t), first.plug.count()
		assert.Equal(t, portability.AlreadyThere, first.entry(t, enginePost(1, "").Ref).Reason)
		step := stride(time.Since(began), calls)
		for call := 1; call <= calls; call += step {
			w := newEngineWorld(open(), steadyAccount())
			w.settled(t, 1, 5)
			w.begin(t)
			w.plug.fail, w.plug.after, w.plug.death = call, call%4 < 2, true
			w.finish(t)
			sameOutcome(t, want, w.outcome(t), "dead at call %d of %d", call, calls)
		}
	}},
	{"whatever call dies while it is undone, nothing is left", func(t *testing.T, open func() portability.Store) {
		for call := 1; call < 60; call += 3 {
			w := newEngineWorld(open(), steadyAccount())
			w.copy(t)
			_, err := w.engine().Undo(t.Context(), engineJob)
			require.NoError(t, err)
			w.plug.fail, w.plug.death, w.plug.after = w.plug.count()+call, true, call%2 == 0
			assert.Equal(t, portability.JobUndone, w.finish(t).State)
			assert.Empty(t, w.server.items)
			assert.Empty(t, w.server.files)
			assertUnmapped(t, w)
		}
	}},
	{"undo that comes in the middle of a step leaves nothing of it", func(t *testing.T, open func() portability.Store) {
		w := newEngineWorld(open(), steadyAccount())
		w.begin(t)
		other, undone := w.engine(), false
		w.server.reject = func(i portability.Item) error {
			if i.Kind == portability.Content && !undone {
				undone = true
				_, err := other.Undo(t.Context(), engineJob)
				return err
			}
			return nil
		}
		j, err := w.engine().Run(t.Context(), engineJob)
		require.NoError(t, err)
		assert.Equal(t, portability.JobUndone, j.State)
		assert.Empty(t, w.server.items)
		assertUnmapped(t, w)
	}},
	{"undo leaves what somebody has changed there since", func(t *testing.T, open func() portability.Store) {
		w := newEngineWorld(open(), steadyAccount())
		w.copy(t)
		w.server.change(enginePost(1, "").Ref)
		_, err := w.engine().Undo(t.Context(), engineJob)
		require.NoError(t, err)
		w.finish(t)
		assert.Equal(t, []string{"1"}, w.server.posts())
		assert.Equal(t, portability.Conflicting, w.entry(t, enginePost(1, "").Ref).State)
	}},
	{"a host that refuses ends the copy before anything is put", func(t *testing.T, open func() portability.Store) {
		w := newEngineWorld(open(), steadyAccount())
		w.allow = func(_ context.Context, _ portability.Job, f *portability.Forecast) error {
			assert.EqualValues(t, 9, f.States[portability.Content][portability.Copied])
			assert.EqualValues(t, 4, f.Files)
			return &portability.RefusedJobError{Ground: portability.Ground(consent.GroundClosed)}
		}
		w.begin(t)
		j := w.finish(t)
		assert.Equal(t, portability.JobRefused, j.State)
		assert.Contains(t, j.Trouble, "closed")
		assert.Empty(t, w.server.items)
		assert.Empty(t, w.server.files)
		assertGate(t, portability.GateUnfinished, w.report(t).Ready())
	}},
	{"a host that wants to look first is waited for", func(t *testing.T, open func() portability.Store) {
		w := newEngineWorld(open(), steadyAccount())
		looked := false
		w.allow = func(context.Context, portability.Job, *portability.Forecast) error {
			if !looked {
				return portability.ErrAwaiting
			}
			return nil
		}
		w.begin(t)
		j, err := w.engine().Run(t.Context(), engineJob)
		require.NoError(t, err)
		require.Equal(t, portability.JobPaused, j.State)
		assert.Empty(t, w.server.items)
		looked = true
		assert.Equal(t, portability.JobDone, w.finish(t).State)
	}},
	{"who comes while another has the job is told when to ask again", func(t *testing.T, open func() portability.Store) {
		w := newEngineWorld(open(), steadyAccount())
		w.begin(t)
		w.plug.fail, w.plug.death = w.plug.count()+25, true
		_, err := w.run(t.Context())
		require.ErrorIs(t, err, errEngineFault)
		held, err := w.store.Job(t.Context(), engineJob)
		require.NoError(t, err)
		require.NotEmpty(t, held.Worker, "the dead have it still")
		j, err := w.engine().Step(t.Context(), engineJob)
		require.NoError(t, err)
		assert.Equal(t, held.Version, j.Version, "nothing was done")
		assert.WithinDuration(t, held.Until, j.Due, 0)
		w.clock.move(2 * time.Minute)
		after, err := w.engine().Step(t.Context(), engineJob)
		require.NoError(t, err)
		assert.Greater(t, after.Version, held.Version, "their lease is over")
	}},
	{"the dead do not have the job for ever because a clock went back", func(t *testing.T, open func() portability.Store) {
		w := newEngineWorld(open(), steadyAccount())
		w.begin(t)
		w.plug.fail, w.plug.death = w.plug.count()+25, true
		_, err := w.run(t.Context())
		require.ErrorIs(t, err, errEngineFault)
		w.clock.move(-365 * 24 * time.Hour)
		held, err := w.store.Job(t.Context(), engineJob)
		require.NoError(t, err)
		require.NotEmpty(t, held.Worker)
		j, err := w.engine().Step(t.Context(), engineJob)
		require.NoError(t, err)
		assert.Greater(t, j.Version, held.Version)
	}},
	{"those who watch are told how far it is, and nothing private", func(t *testing.T, open func() portability.Store) {
		w := newEngineWorld(open(), steadyAccount())
		stages, problems := map[portability.Stage]int64{}, map[portability.Reason]bool{}
		timed := false
		w.tell = func(e portability.Event) {
			problems[e.Reason] = true
			timed = timed || e.Rate > 0 && e.Left > 0
			stages[e.Stage] = max(stages[e.Stage], e.Done)
			assert.NotContains(t, e.Text, "secret")
			assert.True(t, e.Total == -1 || e.Total >= e.Done)
			assert.GreaterOrEqual(t, e.Left, time.Duration(-1))
		}
		w.server.reject = func(i portability.Item) error {
			w.clock.move(time.Second)
			if w.plug.count()%3 == 0 {
				return errors.New("secret words of a post: " + said(i))
			}
			return nil
		}
		w.copy(t)
		assert.EqualValues(t, 14, stages[portability.StageRead])
		assert.True(t, problems[portability.DuplicateID] && problems[portability.MissingMedia], "the last problem")
		assert.True(t, timed, "how fast it goes, and how long it takes")
		assert.EqualValues(t, 9, stages[portability.StageContent])
		assert.EqualValues(t, 4, stages[portability.StageFiles])
	}},
	{"a dry run changes nothing", func(t *testing.T, open func() portability.Store) {
		w := newEngineWorld(open(), steadyAccount())
		w.server.limits = portability.Limits{Kinds: []portability.Kind{portability.Content, portability.Actor}}
		spec := w.spec()
		spec.Options.Limits.Types = []string{"Article"}
		f, err := w.engine().DryRun(t.Context(), spec)
		require.NoError(t, err)
		assert.Positive(t, f.Rules[portability.Blocked][portability.RuleKind], "the sink's limits")
		assert.Positive(t, f.Rules[portability.Content][portability.RuleType], "the job's limits")
		assert.Empty(t, w.server.items)
		_, err = w.store.Job(t.Context(), engineJob)
		assert.ErrorIs(t, err, portability.ErrNoJob)
	}},
	{"work for some time ends behind it, and does not wait", func(t *testing.T, open func() portability.Store) {
		want := undisturbed(t, open(), steadyAccount())
		w := newEngineWorld(open(), steadyAccount())
		w.begin(t)
		w.tell = func(portability.Event) { w.clock.move(time.Second) }
		turns := 0
		for ; ; turns++ {
			j, err := w.engine().Work(t.Context(), engineJob, 3*time.Second)
			require.NoError(t, err)
			if j.State.Ended() {
				break
			}
			require.Empty(t, j.Worker, "others may have it at once")
			require.Less(t, turns, 200)
		}
		assert.Greater(t, turns, 3)
		sameOutcome(t, want, w.outcome(t))
	}},
	{"a server of copies brings every job to its end, beside another one", func(t *testing.T, open func() portability.Store) {
		want := undisturbed(t, open(), steadyAccount())
		w := newEngineWorld(open(), steadyAccount())
		w.begin(t)
		ctx, cancel := context.WithCancel(t.Context())
		served := make(chan error, 2)
		w.tell = func(e portability.Event) {
			if e.State == portability.JobDone {
				cancel()
			}
		}
		for range 2 {
			e := w.engine()
			go func() { served <- e.Serve(ctx, time.Second) }()
		}
		assert.ErrorIs(t, <-served, context.Canceled)
		assert.ErrorIs(t, <-served, context.Canceled)
		sameOutcome(t, want, w.outcome(t))
	}},
	{"who cancels at any moment is told so, and the copy goes on later", func(t *testing.T, open func() portability.Store) {
		want := undisturbed(t, open(), steadyAccount())
		w := newEngineWorld(open(), steadyAccount())
		w.begin(t)
		for n := range 40 {
			ctx, cancel := context.WithCancel(t.Context())
			events := 0
			w.tell = func(portability.Event) {
				if events++; events > n%7 {
					cancel()
				}
			}
			_, err := w.engine().Run(ctx, engineJob)
			cancel()
			if err == nil {
				break
			}
			require.ErrorIs(t, err, context.Canceled)
			require.NotContains(t, strings.ToLower(err.Error()), "secret")
		}
		w.tell = nil
		w.finish(t)
		sameOutcome(t, want, w.outcome(t))
	}},
}

// settled lets the server have some of the posts before any copy.
func (w *engineWorld) settled(t *testing.T, posts ...int) {
	t.Helper()
	for _, item := range w.account.items[portability.Content] {
		for _, n := range posts {
			if item.Ref != enginePost(n, "").Ref {
				continue
			}
			item.Placed = &portability.Placed{Standing: portability.Proved, Audience: portability.ForPublic}
			_, err := w.server.Put(t.Context(), []portability.Item{item})
			require.NoError(t, err)
		}
	}
}

// assertUnmapped checks that nobody is led to what was taken out.
func assertUnmapped(t *testing.T, w *engineWorld) {
	t.Helper()
	for m, err := range w.store.Mappings(t.Context(), "", "") {
		require.NoError(t, err)
		there := w.server.items[portability.Ref{Kind: m.Kind, ID: string(m.ID)}] != nil
		require.NotEqual(t, there, m.Gone, "%s leads to what is there, and to nothing else", m.Old)
	}
}
