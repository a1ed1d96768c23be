package portability

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"codeberg.org/godwit/godwit/vocab"
)

// A visit is one engine's work on one job, for one step or for many.
type visit struct {
	engine *Engine
	id     string
	keep   bool // the job is kept from others between steps
	hurry  bool // nobody waits

	job     Job       // as it was stored last
	mine    bool      // nobody else has it, and that is to stay so
	asked   time.Time // until when its lease may last
	options storedOptions

	isOpen bool
	isMet  bool // the source was asked for its actor
	source Source
	sink   Sink
	actor  *vocab.Object // the source's; nil if it has none
	limits Limits        // the sink's own; those of the job are among its options

	began   time.Time // when the step was
	rate    float64
	problem Reason // of the last item or file that failed or is in conflict
}

// open opens the ends, once.
func (v *visit) open(ctx context.Context) error {
	var err error
	if v.options, err = optionsOf(v.job); err != nil || v.isOpen && (v.isMet || !v.job.reads()) {
		return err
	}
	job := v.job
	if err := v.during(ctx, func(ctx context.Context) error { return v.openEnds(ctx, job) }); err != nil {
		return errors.Join(err, v.close()) // for they may be open by half
	}
	return nil
}

// reads reports whether a job reads its source. One that is undone, or let out of
// quarantine, does not: the old server may be gone by then.
func (j Job) reads() bool { return j.State == JobRunning }

func (v *visit) openEnds(ctx context.Context, j Job) error {
	if !v.isOpen {
		if err := v.openBoth(ctx, j); err != nil {
			return err
		}
	}
	if !j.reads() {
		return nil
	}
	return v.meet(ctx, j)
}

// meet asks the source whose it is.
func (v *visit) meet(ctx context.Context, j Job) (err error) {
	if v.actor, err = v.source.Actor(ctx); err != nil && !errors.Is(err, ErrNoActor) {
		return ofEnd("read the actor", err)
	}
	v.isMet = true
	return v.sameAccount(j)
}

func (v *visit) openBoth(ctx context.Context, j Job) (err error) {
	if v.source, v.sink, err = v.engine.ends.Open(ctx, j); err != nil {
		return ofEnd("open the source and the sink", err)
	}
	v.isOpen = true
	if limited, ok := v.sink.(Limited); ok {
		if v.limits, err = limited.Limits(ctx); err != nil {
			return ofEnd("ask the sink for its limits", err)
		}
	}
	return nil
}

// close closes the ends. What a source says of that is only logged: what was read of it is
// kept. What a sink says may be that something was lost, but its words may be private, and
// errors of steps are stored by queues.
func (v *visit) close() error {
	if !v.isOpen {
		return nil
	}
	v.isOpen, v.isMet = false, false
	source, sink := v.source, v.sink
	v.source, v.sink, v.actor, v.limits = nil, nil, nil, Limits{}
	err := closeEnd(sink)
	if any(source) != any(sink) {
		v.noteClosed("source", closeEnd(source))
	}
	v.noteClosed("sink", err)
	if err != nil {
		return &closeError{v.id, err}
	}
	return nil
}

func (v *visit) noteClosed(end string, err error) {
	if err != nil && v.engine.options.Log != nil {
		v.engine.options.Log.Warn("an end of a copy could not be closed", "job", v.id, "end", end, "error", err)
	}
}

// A closeError does not say what its cause says.
type closeError struct {
	job string
	err error
}

func (e *closeError) Error() string { return fmt.Sprintf("close the sink of job %q: it failed", e.job) }
func (e *closeError) Unwrap() error { return e.err }

// leave lets others have the job, which is returned as it is then. If that fails its
// lease ends by itself.
func (v *visit) leave(ctx context.Context, j Job) Job {
	if j.Worker != v.engine.options.Worker || j.Version != v.job.Version {
		return j
	}
	free := j
	free.Worker, free.Until = "", time.Time{}
	if stored, err := v.engine.store.Commit(context.WithoutCancel(ctx), free, Change{}); err == nil {
		return stored
	}
	return j
}

// done records that a step went well.
func (v *visit) done(ctx context.Context, j Job, c Change) error {
	return v.store(ctx, cleared(j), c)
}

// store records a step. If somebody has only let the job rest meanwhile, it is recorded
// all the same.
func (v *visit) store(ctx context.Context, j Job, c Change) error {
	j = v.leased(v.timed(j))
	j.Version = v.job.Version
	stored, err := v.engine.store.Commit(ctx, j, c)
	if stale(err) {
		var now Job
		if now, err = v.engine.store.Job(ctx, v.id); err != nil {
			return err
		}
		if !v.isHere(now) {
			return jobError("record a step", v.id, ErrStale)
		}
		if j.State == v.job.State {
			j.State, j.Finished = now.State, now.Finished
		}
		j.Version = now.Version
		stored, err = v.engine.store.Commit(ctx, v.leased(j), c)
	}
	if err != nil {
		return err
	}
	v.recorded(stored, c)
	return nil
}

// isHere reports whether a job is where this visit found it, and still its own.
func (v *visit) isHere(j Job) bool {
	return j.Worker == v.engine.options.Worker && j.Stage == v.job.Stage && j.Kind == v.job.Kind &&
		j.After == v.job.After && j.Run == v.job.Run && (j.Until.Equal(v.job.Until) || j.Until.Equal(v.asked))
}

// leased returns the job with its lease, which ends with the step unless it is kept.
func (v *visit) leased(j Job) Job {
	j.Updated = v.engine.now()
	j.Worker, j.Until = "", time.Time{}
	if v.keep && !j.State.Ended() {
		j.Worker, j.Until = v.engine.options.Worker, j.Updated.Add(v.engine.options.Lease)
	}
	return j
}

// intend records, before an effect, what is going to be put. The lease stays.
func (v *visit) intend(ctx context.Context, entries []Entry) error {
	if len(entries) == 0 {
		return nil
	}
	return v.record(ctx, Change{Entries: entries})
}

// record stores a change in the middle of a step.
func (v *visit) record(ctx context.Context, c Change) error {
	j := v.job
	j.Updated = v.engine.now()
	j.Until = j.Updated.Add(v.engine.options.Lease)
	stored, err := v.engine.store.Commit(ctx, j, c)
	if err == nil {
		v.job = stored
	}
	return err
}

// kinds returns what is to be copied, in order, and what the source has that nobody
// knows here.
func (v *visit) kinds(ctx context.Context) (kinds, odd []Kind, err error) {
	var have []Kind
	err = v.during(ctx, func(ctx context.Context) (err error) {
		have, err = v.source.Kinds(ctx)
		return ofEnd("ask the source for its kinds", err)
	})
	if err != nil {
		return nil, nil, err
	}
	for _, k := range have {
		if !k.Known() && !slices.Contains(odd, k) {
			odd = append(odd, k)
		}
	}
	chosen := v.options.Kinds
	kinds = slices.DeleteFunc(Kinds(), func(k Kind) bool {
		return !slices.Contains(have, k) || len(chosen) > 0 && !slices.Contains(chosen, k)
	})
	return kinds, odd, nil
}

// advance leads a job to its next stage.
func advance(j Job) Job {
	stages := Stages()
	j.Stage = stages[slices.Index(stages, j.Stage)+1]
	j.Kind, j.After = "", ""
	return j
}
