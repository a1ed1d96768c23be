package move

import (
	"context"
	"errors"
	"strings"
	"sync"
	"time"

	"codeberg.org/godwit/godwit/vocab"
)

// How much one call of Work takes on.
const (
	batch   = 100
	perHost = 10
	page    = 500
	// looksAtOnce is how many deferred Moves are verified side by side.
	looksAtOnce = 48
)

// Work does what has fallen due, at most a hundred steps, and returns how many
// it did. Any queue or timer may call it, in any number of processes.
//
// An error of the host's own (its relations, the store) is returned after the
// rest was done; the step that met it is claimed again when its lease is over.
// Only the end of ctx ends it at once.
func (r *Receiver) Work(ctx context.Context) (int, error) {
	steps, err := r.store.Claim(ctx, In, r.now(), r.options.Lease, batch, perHost)
	if err != nil {
		return 0, err
	}
	t := tally{slots: make(chan struct{}, looksAtOnce)}
	for _, s := range steps {
		if s.Party == "" && s.State == Deferred {
			t.beside(func() error { return r.step(ctx, s) })
		}
	}
	for _, s := range steps {
		if (s.Party != "" || s.State != Deferred) && ctx.Err() == nil {
			t.note(r.step(ctx, s))
		}
	}
	t.looks.Wait()
	return t.done, errors.Join(ctx.Err(), errors.Join(t.failures...))
}

// tally counts what was done. Steps that wait for other servers are done side by
// side, so that slow ones hold back no follower; the others one after the other.
type tally struct {
	slots    chan struct{}
	looks    sync.WaitGroup
	mu       sync.Mutex
	done     int
	failures []error
}

func (t *tally) beside(do func() error) {
	t.looks.Go(func() {
		t.slots <- struct{}{}
		defer func() { <-t.slots }()
		t.note(do())
	})
}

func (t *tally) note(err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if err != nil {
		t.failures = append(t.failures, err)
		return
	}
	t.done++
}

// Serve works until ctx is done, and returns its error. The poll interval is
// how long work of other processes may go unnoticed, and how long it waits
// after a failure.
func (r *Receiver) Serve(ctx context.Context, poll time.Duration) error {
	return serve(ctx, poll, r.wake, r.Work, r.Next, r.now, r.options.Failed)
}

// Next returns when there is something to do next, or the zero time.
func (r *Receiver) Next(ctx context.Context) (time.Time, error) { return r.store.Next(ctx, In) }

func (r *Receiver) now() time.Time { return r.options.Rules.Now() }

// serve alternates between work and waiting for more.
func serve(ctx context.Context, poll time.Duration, wake <-chan struct{},
	work func(context.Context) (int, error), next func(context.Context) (time.Time, error), now func() time.Time, failed func(error)) error {
	for {
		n, err := work(ctx)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil && failed != nil:
			failed(err)
		}
		if n > 0 {
			continue
		}
		wait := poll
		if due, nextErr := next(ctx); err == nil && nextErr == nil && !due.IsZero() {
			wait = min(poll, max(due.Sub(now()), time.Millisecond))
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			timer.Stop()
			return ctx.Err()
		case <-wake:
			timer.Stop()
		case <-timer.C:
		}
	}
}

// step does one step and stores what came of it.
func (r *Receiver) step(ctx context.Context, s Step) error {
	c, err := r.store.Case(ctx, s.Case)
	if err != nil {
		return err
	}
	switch {
	case s.Party == "" && s.State == Deferred:
		return r.verifyAgain(ctx, c, s)
	case s.Party == "":
		return r.gather(ctx, c, s)
	}
	next, err := r.party(ctx, c, s)
	if err != nil {
		next, err = r.postpone(ctx, s, err)
	}
	if err != nil {
		return err
	}
	return unlessStale(r.store.Advance(ctx, next))
}

// verifyAgain takes up a deferred Move.
func (r *Receiver) verifyAgain(ctx context.Context, c Case, s Step) error {
	verdict, err := r.reverify(ctx, c, &s, r.options.Rules)
	if err != nil {
		return err
	}
	if verdict.Outcome != Accept {
		err = r.end(ctx, s, verdict)
	}
	if err == nil && verdict.Outcome != Defer && r.options.Concluded != nil {
		r.options.Concluded(ctx, verdict)
	}
	return err
}

// end ends the own step of a case for which a verification stored nothing: it is
// blocked by now, or came too late, after a cancellation, or another move.
func (r *Receiver) end(ctx context.Context, s Step, verdict Verdict) error {
	s.State, s.Reason, s.Due, s.Since = Refused, verdict.Reason, time.Time{}, r.now()
	return unlessStale(r.store.Advance(ctx, s))
}

// reverify looks at both accounts of a stored case once more. Own is its own
// step, if that was just read.
func (r *Receiver) reverify(ctx context.Context, c Case, own *Step, rules Rules) (Verdict, error) {
	activity, err := vocab.Parse(c.Activity)
	if err != nil {
		return Verdict{}, err
	}
	rules.Local = c.Evidence.By == ByLocal
	v := newVerification(r.fetcher, Delivery{Activity: activity}, rules)
	v.move.Evidence = c.Evidence
	if c.Evidence.By == BySight {
		v.move.Claim = Claim{Actor: c.Old, Old: c.Old, Target: c.Claimed}
		v.move.New = c.Claimed
	} else if err := v.read(ctx); err != nil {
		return r.conclude(ctx, v, nil, err)
	}
	p, err := r.pastWith(ctx, v, own)
	if err != nil {
		return Verdict{}, err
	}
	if c.Evidence.By == ByProof || v.move.Pull() {
		if err := v.prove(ctx); err != nil {
			return Verdict{}, err
		}
	}
	if err := v.admit(ctx); err != nil {
		return r.conclude(ctx, v, p, err)
	}
	if p.pending != nil && p.pending.State == Held {
		if err := v.continuous(ctx); err != nil {
			return r.conclude(ctx, v, p, err)
		}
	}
	return r.conclude(ctx, v, p, v.examine(ctx))
}

// gather adds the parties of a case, page by page, and notes on the own step for
// which conclusion and how far. Where it is interrupted, it resumes behind the
// last page, unless the case was concluded anew meanwhile: then everybody is
// gone through again. A case without such a note has no parties yet.
func (r *Receiver) gather(ctx context.Context, c Case, own Step) error {
	mark := string(own.State) + " "
	place, same := strings.CutPrefix(own.Cursor, mark)
	cursor := vocab.IRI(place)
	if !same {
		cursor = ""
	}
	for {
		steps, err := r.parties(ctx, c, cursor)
		if err != nil {
			return err
		}
		if len(steps) == 0 {
			break
		}
		if own.Cursor != "" {
			if err := r.again(ctx, c, steps); err != nil {
				return err
			}
		}
		cursor = steps[len(steps)-1].Party
		if err := r.store.Add(ctx, c.ID, steps, mark+string(cursor)); err != nil {
			return err
		}
	}
	own.Due, own.Cursor = time.Time{}, mark
	return unlessStale(r.store.Advance(ctx, own))
}

// fromTheStart returns a cursor that says of a case only whether it was gathered
// for.
func fromTheStart(cursor string) string {
	mark, _, gathered := strings.Cut(cursor, " ")
	if !gathered {
		return ""
	}
	return mark + " "
}

// parties returns the next page of them.
func (r *Receiver) parties(ctx context.Context, c Case, after vocab.IRI) ([]Step, error) {
	now := r.now()
	var steps []Step
	for party, err := range r.relations.Parties(ctx, c.Old, after) {
		if err != nil {
			return nil, err
		}
		steps = append(steps, Step{Case: c.ID, Side: In, Party: party, Host: c.New.Host(), State: Queued, Due: now, Since: now})
		if len(steps) == page {
			break
		}
	}
	return steps, nil
}

// again queues those once more who were told of a case that has been verified
// since, or with whom there was nothing to do before. What a worker is about to
// store of those who are being told just now is stale by that.
func (r *Receiver) again(ctx context.Context, c Case, steps []Step) error {
	if c.Begun.IsZero() {
		return nil
	}
	for _, s := range steps {
		kept, err := r.store.Find(ctx, c.ID, s.Party)
		if err == nil {
			err = r.change(ctx, kept, s.queuedAgain)
		}
		if err != nil && !errors.Is(err, ErrNoCase) {
			return err
		}
	}
	return nil
}

// queuedAgain queues a step that was stored before like the new one, unless the
// follower has been dealt with.
func (s Step) queuedAgain(kept Step) (Step, bool, error) {
	if kept.State != Told && kept.State != Queued && (kept.State != Kept || kept.Reason != NotFollower) {
		return kept, false, nil
	}
	if kept.Reason != confirmed {
		kept.Reason = ""
	}
	kept.State, kept.Due, kept.Attempts, kept.Since = Queued, s.Due, 0, s.Since
	return kept, true, nil
}
