package portability

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"codeberg.org/godwit/godwit/vocab"
)

// Begin stores a new job, which [Engine.Step], [Engine.Run] or [Engine.Serve] then
// carry out. It is idempotent by id: a job that was begun is returned as it is now. If
// that is of another account, or no copy, it is [ErrJobExists]; if it was begun with other
// options, or was only claimed and is proved now, [ErrOtherSpec], with the job as it is. What
// was proved when it was begun stays so. It opens nothing.
func (e *Engine) Begin(ctx context.Context, spec JobSpec) (Job, error) {
	if spec.Standing == "" {
		spec.Standing = Claimed
	}
	if err := spec.check(); err != nil {
		return Job{}, fmt.Errorf("begin copy: %w", err)
	}
	if spec.Options.KeepIDs && e.options.Keep == nil {
		return Job{}, errors.New("begin copy: nobody is there to say which ids may be kept")
	}
	options, err := storedOptions{JobOptions: spec.Options}.bytes()
	if err != nil {
		return Job{}, fmt.Errorf("begin copy: %w", err)
	}
	now := e.now()
	stored, created, err := e.store.Create(ctx, Job{
		ID: spec.ID, Account: spec.Account, Old: spec.Old, Standing: spec.Standing,
		State: JobRunning, Stage: StageRead, Run: 1, Options: options, Created: now, Updated: now,
	})
	switch {
	case err != nil:
		return Job{}, fmt.Errorf("begin copy: %w", err)
	case !created && (stored.Account != spec.Account || spec.Old != "" && stored.Old != "" && stored.Old != spec.Old):
		return Job{}, jobError("begin copy", spec.ID, ErrJobExists)
	case !created:
		return stored, sameSpec(stored, spec)
	}
	return stored, nil
}

// sameSpec returns an error if a job was begun as another than is asked for now.
func sameSpec(j Job, spec JobSpec) error {
	begun, err := optionsOf(j)
	if err != nil {
		return err
	}
	was, err := begun.JobOptions.bytes()
	if err != nil {
		return fmt.Errorf("begin copy: %w", err)
	}
	now, err := spec.Options.bytes()
	switch {
	case err != nil:
		return fmt.Errorf("begin copy: %w", err)
	case j.Stage == StageFollows:
		return jobError("begin copy", j.ID, ErrJobExists)
	case j.Standing != Proved && spec.Standing == Proved, !bytes.Equal(was, now):
		return jobError("begin copy", j.ID, ErrOtherSpec)
	}
	return nil
}

func (s JobSpec) check() error {
	switch {
	case s.ID == "":
		return errors.New("the job has no id")
	case s.Account == "":
		return errors.New("no account to copy to")
	case s.Standing != Claimed && s.Standing != Proved:
		return fmt.Errorf("there is no standing %q", s.Standing)
	case s.Standing == Proved && s.Old == "":
		return errors.New("what is proved is proved of one old account, which is not named")
	case s.Options.KeepIDs && s.Standing != Proved:
		return errors.New("a copy that is only claimed cannot keep ids")
	case s.Options.KeepIDs && !vocab.SameOrigin(s.Old, s.Account):
		return errors.New("ids can be kept only on the origin that they are from")
	}
	return nil
}

// Pause lets a job rest after the step that is being made, if any.
func (e *Engine) Pause(ctx context.Context, id string) (Job, error) {
	return e.steer(ctx, "pause", id, func(j *Job) error {
		if j.State == JobRunning || j.State == JobUndoing {
			j.State = JobPaused
		}
		return nil
	})
}

// Resume lets a paused job go on, and one that waits for another attempt, at once, with
// as many attempts as at first.
func (e *Engine) Resume(ctx context.Context, id string) (Job, error) {
	return e.steerWith(ctx, "resume", id, func(j *Job) (Change, error) {
		switch {
		case j.State == JobPaused && j.Stage == StageUndo:
			j.State = JobUndoing
		case j.State == JobPaused:
			j.State = JobRunning
		case j.State.Ended():
			return Change{}, nil
		}
		j.Trouble, j.Tries, j.Due = "", 0, time.Time{}
		if j.Stage == StageFiles {
			return Change{Refile: []State{""}}, nil
		}
		return Change{}, nil
	})
}

// Cancel ends a copy before its end. What was copied stays, and can be undone; the
// copy can be run again.
func (e *Engine) Cancel(ctx context.Context, id string) (Job, error) {
	return e.steer(ctx, "cancel", id, func(j *Job) error {
		switch {
		case j.Stage == StageUndo && j.State != JobUndone:
			return errors.New("it is being undone")
		case j.State == JobRunning || j.State == JobPaused:
			j.State, j.Finished = JobCancelled, e.now()
		}
		return nil
	})
}

// Undo takes out again all that the job has put, the last first. What was there
// before stays, and so does what was changed there since, where the sink says so. What
// that is, a sink that is a [Holder] tells best. Whoever leads old addresses to the copies
// is told by the map; an account that has moved is to be taken from those that have.
// Files that were copied for nothing stay too.
func (e *Engine) Undo(ctx context.Context, id string) (Job, error) {
	return e.steer(ctx, "undo", id, func(j *Job) error {
		switch {
		case j.Stage == StageUndo && j.State == JobPaused:
			j.State = JobUndoing
		case j.State != JobUndoing && j.State != JobUndone:
			j.State, j.Stage, j.Kind, j.After = JobUndoing, StageUndo, "", ""
		}
		j.Trouble, j.Tries, j.Due = "", 0, time.Time{}
		return nil
	})
}

// Again runs a job that has ended once more: what is new at the source is copied, what
// has changed there is updated, and what had no place or failed is tried again.
func (e *Engine) Again(ctx context.Context, id string) (Job, error) {
	refile := []State{Failed}
	return e.steerWith(ctx, "run again", id, func(j *Job) (Change, error) {
		switch j.State {
		case JobUndone:
			refile = []State{Failed, Skipped, Copied} // they were taken out too
		case JobDone, JobCancelled, JobRefused:
		default:
			return Change{}, errors.New("it has not ended")
		}
		options, err := optionsOf(*j)
		if err != nil {
			return Change{}, err
		}
		options.Released = false
		if j.Options, err = options.bytes(); err != nil {
			return Change{}, err
		}
		j.State, j.Stage, j.Kind, j.After = JobRunning, StageRead, "", ""
		j.Run++
		j.Progress, j.Trouble, j.Tries, j.Due, j.Finished = nil, "", 0, time.Time{}, time.Time{}
		return Change{Refile: refile, Drop: true}, nil
	})
}

func (e *Engine) steer(ctx context.Context, what, id string, turn func(*Job) error) (Job, error) {
	return e.steerWith(ctx, what, id, func(j *Job) (Change, error) { return Change{}, turn(j) })
}

// steerings is how often a job is read anew that others take on meanwhile.
const steerings = 100

// steerWith changes a job that somebody may be working on. Their lease stays, so that
// nothing else is done until their step is over.
func (e *Engine) steerWith(ctx context.Context, what, id string, turn func(*Job) (Change, error)) (Job, error) {
	for range steerings {
		j, err := e.store.Job(ctx, id)
		if err != nil {
			return Job{}, err
		}
		if j.Stage == StageFollows {
			return Job{}, jobError(what, id, ErrFollows)
		}
		change, err := turn(&j)
		if err != nil {
			return Job{}, jobError(what, id, err)
		}
		j.Updated = e.now()
		stored, err := e.store.Commit(ctx, j, change)
		if stale(err) {
			continue
		}
		if err == nil {
			e.tell(stored, Event{Total: -1, Left: -1})
		}
		return stored, err
	}
	return Job{}, jobError(what, id, ErrStale)
}
