package portability

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"time"

	"codeberg.org/godwit/godwit/vocab"
)

// A FollowEngine follows those whom an account has followed before, when its owner says
// so: after the report of the copy, and never as a part of it. It asks them one after
// the other, paced for each host, and can be stopped at any instant and continued by
// any process: nobody is asked twice but for a crash, and then with the same activity.
//
// Each account is an [Entry] of kind Following in a [Job] of its own, beside that of the
// copy, which no [Engine] takes for a copy: never tried, Asked, Accepted, Rejected, Skipped or Failed, with a reason.
type FollowEngine struct {
	store   FollowStore
	host    Follower
	options FollowOptions
}

// NewFollowEngine returns a FollowEngine. It performs no I/O.
func NewFollowEngine(store FollowStore, host Follower, options *FollowOptions) *FollowEngine {
	var o FollowOptions
	if options != nil {
		o = *options
	}
	if o.Gap == 0 {
		o.Gap = 30 * time.Second
	}
	o.Gap = max(o.Gap, 0)
	o.PerHost = cmp.Or(max(o.PerHost, 0), 60)
	o.PerHour = cmp.Or(max(o.PerHour, 0), 400)
	o.Tries = cmp.Or(max(o.Tries, 0), 8)
	o.Most = cmp.Or(max(o.Most, 0), 50_000)
	o.Batch = cmp.Or(max(o.Batch, 0), 20)
	o.Lease = cmp.Or(max(o.Lease, 0), 5*time.Minute)
	o.Worker = cmp.Or(o.Worker, rand.Text())
	if o.Now == nil {
		o.Now = time.Now
	}
	return &FollowEngine{store: store, host: host, options: o}
}

func (f *FollowEngine) now() time.Time { return f.options.Now().UTC().Truncate(time.Microsecond) }

// Begin makes a job that follows, as account, those whom old has followed. Beginning it
// again returns it. The caller gives it an id that no copy has.
func (f *FollowEngine) Begin(ctx context.Context, id string, account, old vocab.IRI) (Job, error) {
	now := f.now()
	j, created, err := f.store.Create(ctx, Job{
		ID: id, Account: account, Old: old, State: JobRunning, Stage: StageFollows, Kind: Following, Run: 1,
		Created: now, Updated: now,
	})
	switch {
	case err != nil:
		return j, fmt.Errorf("begin to follow: %w", err)
	case !created && (j.Account != account || j.Old != old || j.Stage != StageFollows):
		return j, fmt.Errorf("begin to follow: %w", ErrJobExists)
	}
	return j, nil
}

// A FollowStep is how a job stands after a step.
type FollowStep struct {
	Job Job
	// Wait is how long nothing is to be done; 0: go on at once.
	Wait time.Duration
	// Done: nothing is to be done any more, or nothing until somebody resumes it.
	Done bool
}

// Step does one bounded piece of work: reads some of the list, or asks some of those
// whose hosts may be asked now, each host once. From is needed until the list was read,
// and not looked at afterwards. Another worker's job is left to it.
func (f *FollowEngine) Step(ctx context.Context, id string, from Source) (FollowStep, error) {
	j, wait, err := f.take(ctx, id)
	if err != nil || wait > 0 || j.State.Ended() {
		return FollowStep{Job: j, Wait: wait, Done: err == nil && j.State.Ended()}, err
	}
	s := &followStep{engine: f, job: j}
	if j.Kind == Following { // the list is being read
		err = s.stage(ctx, from)
	} else {
		wait, err = s.ask(ctx)
	}
	if err == nil {
		err = s.leave(ctx, wait)
	}
	if errors.Is(err, ErrStale) { // somebody paused or cancelled it, or took it on
		return FollowStep{Job: s.job}, nil
	}
	return FollowStep{Job: s.job, Wait: wait, Done: err == nil && s.job.State.Ended()}, err
}

// Run makes steps until the job has ended or ctx has.
func (f *FollowEngine) Run(ctx context.Context, id string, from Source) (Job, error) {
	for {
		step, err := f.Step(ctx, id, from)
		if err != nil || step.Done {
			return step.Job, err
		}
		timer := time.NewTimer(step.Wait)
		select {
		case <-ctx.Done():
			timer.Stop()
			return step.Job, ctx.Err()
		case <-timer.C:
		}
	}
}

// take leases a job, or tells how long another worker has it.
func (f *FollowEngine) take(ctx context.Context, id string) (Job, time.Duration, error) {
	j, err := f.store.Job(ctx, id)
	now := f.now()
	switch left := j.Until.Sub(now); {
	case err != nil:
		return j, 0, fmt.Errorf("follow: %w", err)
	case j.Stage != StageFollows:
		return j, 0, fmt.Errorf("follow: job %s is none that follows", id)
	case j.State.Ended():
		return j, 0, nil
	// A lease that ends later than any can was given by a clock that jumped.
	case j.Worker != "" && j.Worker != f.options.Worker && left > 0 && left <= 2*f.options.Lease:
		return j, left, nil
	case j.Due.After(now) && j.Due.Sub(now) <= longestFollowWait:
		return j, j.Due.Sub(now), nil
	}
	j.Worker, j.Until = f.options.Worker, now.Add(f.options.Lease)
	j, err = f.store.Commit(ctx, j, Change{})
	if errors.Is(err, ErrStale) {
		return j, time.Second, nil // another worker was first
	}
	return j, 0, err
}

// A followStep is one step of one worker.
type followStep struct {
	engine *FollowEngine
	job    Job
}

// commit stores a change, with the lease prolonged.
func (s *followStep) commit(ctx context.Context, c Change) error {
	next := s.job
	next.Updated = s.engine.now()
	next.Until = next.Updated.Add(s.engine.options.Lease)
	stored, err := s.engine.store.Commit(ctx, next, c)
	if err != nil {
		return fmt.Errorf("follow: %w", err)
	}
	s.job = stored
	return nil
}

// leave gives the lease back.
func (s *followStep) leave(ctx context.Context, wait time.Duration) error {
	now := s.engine.now()
	s.job.Worker, s.job.Until, s.job.Due, s.job.Updated = "", time.Time{}, time.Time{}, now
	if wait > 0 {
		s.job.Due = now.Add(wait)
	}
	stored, err := s.engine.store.Commit(ctx, s.job, Change{})
	if err != nil {
		return fmt.Errorf("follow: %w", err)
	}
	s.job = stored
	return nil
}

// ask asks those whose hosts may be asked, and returns how long nobody else may be.
func (s *followStep) ask(ctx context.Context) (time.Duration, error) {
	pace, err := s.pace(ctx)
	if err != nil {
		return 0, err
	}
	var next []*hostPace
	for _, h := range pace.hosts {
		if h.wants {
			next = append(next, h)
		}
	}
	if len(next) == 0 {
		s.job.State, s.job.Finished = JobDone, s.engine.now()
		return 0, nil
	}
	slices.SortFunc(next, func(a, b *hostPace) int {
		return cmp.Or(pace.due(a).Compare(pace.due(b)), cmp.Compare(a.next.No, b.next.No))
	})
	for i, h := range next {
		due := pace.due(h)
		switch {
		case due.After(pace.now) && i == 0:
			return due.Sub(pace.now), nil
		case due.After(pace.now) || i == s.engine.options.Batch:
			return 0, nil
		}
		if err := s.one(ctx, pace, h.next); err != nil {
			return 0, err
		}
	}
	return 0, nil
}

func (s *followStep) pace(ctx context.Context) (*followPace, error) {
	p := &followPace{options: s.engine.options, now: s.engine.now(), hosts: map[string]*hostPace{}}
	for e, err := range s.engine.store.Entries(ctx, s.job.ID, -1, EntryFilter{Stage: StageFollows}) {
		if err != nil {
			return nil, fmt.Errorf("follow: %w", err)
		}
		p.see(e)
	}
	return p, nil
}

// Pause holds a job until it is resumed. A request that is being sent is finished.
func (f *FollowEngine) Pause(ctx context.Context, id string) (Job, error) {
	return f.turn(ctx, id, JobPaused, JobRunning)
}

// Resume lets a paused job go on.
func (f *FollowEngine) Resume(ctx context.Context, id string) (Job, error) {
	return f.turn(ctx, id, JobRunning, JobPaused)
}

// Cancel ends a job for good. Those who were asked stay asked.
func (f *FollowEngine) Cancel(ctx context.Context, id string) (Job, error) {
	return f.turn(ctx, id, JobCancelled, JobRunning, JobPaused)
}

func (f *FollowEngine) turn(ctx context.Context, id string, to JobState, from ...JobState) (Job, error) {
	return f.change(ctx, id, func(j *Job) (Change, error) {
		if slices.Contains(from, j.State) {
			j.State, j.Due = to, time.Time{}
		}
		if to == JobCancelled {
			j.Finished = f.now()
		}
		return Change{}, nil
	})
}

// change commits a change to a job that others may be changing, too.
func (f *FollowEngine) change(ctx context.Context, id string, with func(*Job) (Change, error)) (Job, error) {
	for {
		j, err := f.store.Job(ctx, id)
		if err != nil {
			return j, fmt.Errorf("follow: %w", err)
		}
		c, err := with(&j)
		if err != nil {
			return j, err
		}
		j.Updated = f.now()
		stored, err := f.store.Commit(ctx, j, c)
		if errors.Is(err, ErrStale) {
			continue
		}
		if err != nil {
			return j, fmt.Errorf("follow: %w", err)
		}
		return stored, nil
	}
}
