package portability

import (
	"context"
	"errors"
	"fmt"

	"codeberg.org/godwit/godwit/vocab"
)

// one asks one account, if that is still wanted, and if the host where it is by now may
// be asked: otherwise it waits among those of that host.
func (s *followStep) one(ctx context.Context, pace *followPace, e Entry) error {
	target, reason, err := s.target(ctx, e)
	switch {
	case err != nil:
		return s.failed(ctx, e, err)
	case reason != "":
		e.State, e.Reason, e.Intended = Skipped, reason, false
		return s.commit(ctx, Change{Entries: []Entry{e}})
	case pace.due(pace.at(target)).After(pace.now):
		return s.elsewhere(ctx, e, target)
	}
	pace.asked(target)
	return s.request(ctx, e, target)
}

// request asks a target. That it is about to is stored before, and what came of it
// afterwards.
func (s *followStep) request(ctx context.Context, e Entry, target vocab.IRI) error {
	e.NewID, e.Intended, e.Run, e.Published = target, true, e.Run+1, s.engine.now()
	c := Change{Entries: []Entry{e}, Names: []Name{{Old: target, Ref: e.Ref}}}
	if err := s.commit(ctx, c); err != nil {
		return err
	}
	state, err := s.engine.host.Follow(ctx, s.job.Account, target)
	if err == nil && state != Asked && state != Accepted && state != Rejected {
		err = fmt.Errorf("follow: the host said %q", state)
		s.job.Trouble = err.Error()
	}
	switch {
	case err == nil:
		e.State, e.Reason, e.Intended = state, "", false
		return s.settle(ctx, e)
	case ctx.Err() != nil:
		return fmt.Errorf("follow: %w", err)
	}
	return s.tried(ctx, e, err)
}

// errMovesOn says that somebody is at another host whenever they are looked for.
var errMovesOn = errors.New("they were at one host, and are at another")

// elsewhere puts somebody who has moved among those of the host where they are now.
func (s *followStep) elsewhere(ctx context.Context, e Entry, target vocab.IRI) error {
	if e.NewID != "" && followHost(e.NewID) != followHost(target) {
		return s.failed(ctx, e, errMovesOn)
	}
	e.NewID = target
	return s.commit(ctx, Change{Entries: []Entry{e}})
}

// target is whom an entry stands for by now, or why nobody is to be asked.
func (s *followStep) target(ctx context.Context, e Entry) (vocab.IRI, Reason, error) {
	target := followee(e)
	if guide, ok := s.engine.host.(Guide); ok {
		now, err := guide.Whereabouts(ctx, target)
		if err != nil {
			return "", "", err
		}
		if now != "" {
			target = now
		}
	}
	switch repeated, err := s.repeated(ctx, e, target); {
	case err != nil:
		return "", "", err
	case repeated:
		return "", Repeated, nil
	case target == s.job.Account:
		return "", FollowSelf, nil
	}
	if chooser, ok := s.engine.host.(Chooser); ok {
		if may, err := chooser.Chooses(ctx, s.job.Account, target); err != nil || !may {
			return "", FollowBlocked, err
		}
	}
	return target, "", nil
}

// repeated reports whether another entry stands for the same account: somebody has moved
// to an account that is on the list, too.
func (s *followStep) repeated(ctx context.Context, e Entry, target vocab.IRI) (bool, error) {
	named, err := named(ctx, s.engine.store, s.job.ID, []vocab.IRI{target}, nil)
	if err != nil {
		return false, err
	}
	other, found := named[target]
	if !found || other.Ref == e.Ref || other.State == Skipped {
		return false, nil
	}
	return other.State != "" || followee(other) == target || other.NewID == target, nil
}

// failed is for what went wrong before anybody was asked: it is the host that was moved
// from, if any, that is left alone.
func (s *followStep) failed(ctx context.Context, e Entry, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("follow: %w", err)
	}
	e.Run++
	e.NewID = ""
	return s.tried(ctx, e, err)
}

// tried puts off somebody who could not be asked, or gives up.
func (s *followStep) tried(ctx context.Context, e Entry, err error) error {
	e.Intended = false
	e.Published = s.engine.now().Add(followWait(e.Run, retryAfter(err)))
	switch {
	case lasts(err):
		e.State, e.Reason, e.Published = Failed, FollowUnreachable, s.engine.now()
	case e.Run >= s.engine.options.Tries:
		e.State, e.Reason, e.Published = Failed, FollowGaveUp, s.engine.now()
	}
	return s.settle(ctx, e)
}

// settle stores what came of a request, also if somebody has paused or cancelled the job
// meanwhile: it was sent. An answer that came in sooner counts.
func (s *followStep) settle(ctx context.Context, e Entry) error {
	err := s.commit(ctx, Change{Entries: []Entry{e}})
	if !errors.Is(err, ErrStale) {
		return err
	}
	j, err := s.engine.change(ctx, s.job.ID, func(*Job) (Change, error) {
		known, err := s.engine.store.Known(ctx, s.job.ID, []Ref{e.Ref})
		if err != nil || known[e.Ref].State != "" {
			return Change{}, err
		}
		return Change{Entries: []Entry{e}}, nil
	})
	if err != nil {
		return err
	}
	mine := j.State == JobRunning && j.Worker == s.engine.options.Worker
	s.job = j
	if mine {
		return nil
	}
	return ErrStale
}

// Answered takes in that a target has accepted or rejected a request, whenever it does.
// An answer of somebody whom the job has not asked changes nothing.
func (f *FollowEngine) Answered(ctx context.Context, id string, target vocab.IRI, answer State) error {
	if answer != Accepted && answer != Rejected {
		return fmt.Errorf("follow: %q is no answer", answer)
	}
	_, err := f.change(ctx, id, func(*Job) (Change, error) {
		named, err := named(ctx, f.store, id, []vocab.IRI{target}, nil)
		if err != nil {
			return Change{}, fmt.Errorf("follow: %w", err)
		}
		e, found := named[target]
		if !found || e.NewID != target || e.State != Asked && e.State != Accepted && !e.Intended {
			return Change{}, nil
		}
		e.State, e.Reason, e.Intended = answer, "", false
		return Change{Entries: []Entry{e}}, nil
	})
	return err
}

// Follows counts how those of a job stand: by state ("" is never tried, or to be tried
// again) and reason.
func (f *FollowEngine) Follows(ctx context.Context, id string) (map[State]map[Reason]int64, error) {
	counts := map[State]map[Reason]int64{}
	for e, err := range f.store.Entries(ctx, id, -1, EntryFilter{Stage: StageFollows}) {
		if err != nil {
			return nil, fmt.Errorf("follow: %w", err)
		}
		if counts[e.State] == nil {
			counts[e.State] = map[Reason]int64{}
		}
		counts[e.State][e.Reason]++
	}
	return counts, nil
}
