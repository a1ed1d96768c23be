package move

import (
	"context"
	"errors"
	"hash/fnv"
	"sync"
	"time"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/vocab"
)

// Work does what has fallen due, at most one batch, and returns how many steps
// it did. Any queue or timer may call it, in any number of processes. What fails
// for a departure itself is returned after the deliveries of others were made.
func (a *Announcer) Work(ctx context.Context) (int, error) {
	n := max(4*a.options.Workers, batch)
	steps, err := a.store.Claim(ctx, Out, a.options.Now(), a.options.Lease, n, a.options.PerHost)
	if err != nil || len(steps) == 0 {
		return 0, err
	}
	var deliveries []Step
	var failures []error
	for _, s := range steps {
		if s.Party != "" {
			deliveries = append(deliveries, s)
		} else if err := a.own(ctx, s); err != nil {
			failures = append(failures, err)
		}
	}
	if err := a.deliver(ctx, deliveries); err != nil {
		return 0, errors.Join(append(failures, err)...)
	}
	return len(steps) - len(failures), errors.Join(failures...)
}

// Serve works until ctx is done, and returns its error. The poll interval is
// how long work of other processes may go unnoticed, and how long it waits
// after a failure.
func (a *Announcer) Serve(ctx context.Context, poll time.Duration) error {
	return serve(ctx, poll, a.wake, a.Work, a.Next, a.options.Now, a.options.Failed)
}

// Next returns when there is something to do next, or the zero time.
func (a *Announcer) Next(ctx context.Context) (time.Time, error) { return a.store.Next(ctx, Out) }

// own does what is due for a departure itself.
func (a *Announcer) own(ctx context.Context, s Step) error {
	c, err := a.store.Case(ctx, s.Case)
	if err != nil {
		return err
	}
	switch {
	case s.State == Announcing:
		return a.gather(ctx, c)
	case s.Reason == unalerted:
		return a.alertAgain(ctx, c, s)
	}
	return a.leave(ctx, c, s)
}

// aliasSeen marks a waiting departure whose alias was seen once; it goes on
// when the alias is old enough and still there.
const aliasSeen Reason = "alias-seen"

// leave ends the wait: the alias is looked for twice, and then the departure is
// decided.
func (a *Announcer) leave(ctx context.Context, c Case, s Step) error {
	now := a.options.Now()
	err := a.fit(ctx, c.Old, c.New)
	refused, isRefused := errors.AsType[*RefusedError](err)
	switch {
	case isRefused:
		s.State, s.Reason, s.Due, s.Since = Refused, refused.Reason, time.Time{}, now
		return unlessStale(a.store.Advance(ctx, s))
	case err != nil:
		return a.wait(ctx, s, err)
	case s.Reason != aliasSeen && a.options.AliasAge > 0:
		s.Reason, s.Due = aliasSeen, now.Add(a.options.AliasAge)
		return unlessStale(a.store.Advance(ctx, s))
	}
	c.Begun = now
	own := Step{Case: c.ID, Side: Out, Host: s.Host, State: Announcing, Due: now, Since: now}
	_, _, _, err = a.store.Begin(ctx, c, own, now)
	return err
}

// point makes the old account name the new one, and looks at it as a stranger.
func (a *Announcer) point(ctx context.Context, c Case) error {
	if err := a.home.Point(ctx, c.Old, c.New); err != nil {
		return err
	}
	v := newVerification(a.fetcher, Delivery{}, Rules{Now: a.options.Now})
	old, err := v.fetch(ctx, c.Old)
	if err != nil {
		return err
	}
	if actor.StandingOf(old).MovedTo != c.New {
		return &DeferredError{Reason: NotMoved, Old: c.Old, New: c.New}
	}
	return nil
}

// wait tries a departure again later.
func (a *Announcer) wait(ctx context.Context, s Step, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	s.Attempts++
	s.Due = a.options.Now().Add(a.options.Backoff(min(s.Attempts, MaxTries)))
	if a.options.Failed != nil {
		a.options.Failed(err)
	}
	return unlessStale(a.store.Advance(ctx, s))
}

// gather makes the old account point, and only then adds the inboxes to a
// departure, each once, page by page.
func (a *Announcer) gather(ctx context.Context, c Case) error {
	own, err := a.store.Find(ctx, c.ID, "")
	if err != nil {
		return err
	}
	if err := a.point(ctx, c); err != nil {
		return a.wait(ctx, own, err)
	}
	if err := a.atHome(ctx, c); err != nil {
		return a.wait(ctx, own, err)
	}
	for cursor := vocab.IRI(own.Cursor); ; {
		steps, last, err := a.inboxes(ctx, c, cursor)
		if err != nil {
			return a.wait(ctx, own, err)
		}
		if last == "" {
			break
		}
		if err := a.store.Add(ctx, c.ID, steps, string(last)); err != nil {
			return err
		}
		cursor = last
	}
	if own, err = a.store.Find(ctx, c.ID, ""); err != nil {
		return err
	}
	own.State, own.Due, own.Since = Settled, time.Time{}, a.options.Now()
	return unlessStale(a.store.Advance(ctx, own))
}

// atHome hands the Move to the mover's own server, for the followers there.
func (a *Announcer) atHome(ctx context.Context, c Case) error {
	if a.options.Local == nil {
		return nil
	}
	activity, err := vocab.Parse(c.Activity)
	if err != nil {
		return err
	}
	_, err = a.options.Local.ReceiveLocal(ctx, activity)
	return err
}

// inboxes returns the distinct inboxes of the next page of recipients, and the
// last of these.
func (a *Announcer) inboxes(ctx context.Context, c Case, after vocab.IRI) (steps []Step, last vocab.IRI, err error) {
	now, seen, n := a.options.Now(), map[vocab.IRI]bool{}, 0
	for to, err := range a.home.Recipients(ctx, c.Old, after) {
		if err != nil {
			return nil, "", err
		}
		inbox := to.inbox()
		if inbox != "" && !seen[inbox] {
			seen[inbox] = true
			steps = append(steps, Step{Case: c.ID, Side: Out, Party: inbox, Host: inbox.Host(), State: Announce, Due: now, Since: now})
		}
		last = to.ID
		if n++; n == page {
			break
		}
	}
	return steps, last, nil
}

// deliver sends the activities of claimed steps side by side, and stores what
// was answered.
func (a *Announcer) deliver(ctx context.Context, steps []Step) error {
	letters, err := a.letters(ctx, steps)
	if err != nil {
		return err
	}
	results := make([]Step, len(steps))
	work := make(chan int)
	var workers sync.WaitGroup
	for range min(a.options.Workers, len(steps)) {
		workers.Go(func() {
			for i := range work {
				results[i] = a.send(ctx, letters[steps[i].Case], steps[i])
			}
		})
	}
	for i := range steps {
		work <- i
	}
	close(work)
	workers.Wait()
	// What was sent is stored even if the context ended meanwhile.
	return errors.Join(unlessStale(a.store.Advance(context.WithoutCancel(ctx), results...)), ctx.Err())
}

// A letter is what one departure sends to every inbox.
type letter struct {
	from         vocab.IRI
	update, move *vocab.Object
}

func (a *Announcer) letters(ctx context.Context, steps []Step) (map[string]letter, error) {
	letters := map[string]letter{}
	for _, s := range steps {
		if _, known := letters[s.Case]; known {
			continue
		}
		c, err := a.store.Case(ctx, s.Case)
		if err != nil {
			return nil, err
		}
		l := letter{from: c.Old}
		if l.move, err = vocab.Parse(c.Activity); err != nil {
			return nil, err
		}
		if len(c.Update) > 0 {
			if l.update, err = vocab.Parse(c.Update); err != nil {
				return nil, err
			}
		}
		letters[s.Case] = l
	}
	return letters, nil
}

// send delivers what one inbox has not taken yet, and returns its next step.
func (a *Announcer) send(ctx context.Context, l letter, s Step) Step {
	if until, closed := a.gates.closed(s.Host, a.options.Now()); closed {
		s.Due = until
		return s
	}
	if s.State == Announce && l.update != nil {
		status, err := a.deliverer.Deliver(ctx, l.from, s.Party, l.update)
		if err != nil && !refusedOnly(status, err) {
			return a.unsent(ctx, s, status, err)
		}
		s.State, s.Status, s.Attempts, s.Since = Update, status, 0, a.options.Now()
	}
	status, err := a.deliverer.Deliver(ctx, l.from, s.Party, l.move)
	if err != nil {
		return a.unsent(ctx, s, status, err)
	}
	s.State, s.Status, s.Due, s.Reason, s.Since = Answered, status, time.Time{}, "", a.options.Now()
	return s
}

// refusedOnly reports whether an inbox is there, and will not take this one
// activity: it may yet take the Move.
func refusedOnly(status int, err error) bool {
	return lasting(status, err) && status >= 400 && status != http404 && status != http410
}

// lasting reports whether trying again will not help. A 401 may mean no more
// than that the inbox's server could not fetch our key just now, as happens when
// thousands of servers do at once.
func lasting(status int, err error) bool { return final(err) && status != http401 }

// Package net/http is not for this package.
const http401, http404, http410 = 401, 404, 410

// unsent plans the next try, or gives up.
func (a *Announcer) unsent(ctx context.Context, s Step, status int, err error) Step {
	now := a.options.Now()
	if ctx.Err() != nil {
		s.Due = now
		return s
	}
	s.Attempts++
	s.Status = status
	if lasting(status, err) || s.Attempts > MaxTries {
		s.State, s.Reason, s.Due, s.Since = Unknown, Unreachable, time.Time{}, now
		if status != 0 && final(err) {
			s.State = Answered
		}
		return s
	}
	wait := a.options.Backoff(s.Attempts)
	if failed, ok := errors.AsType[*actor.DeliveryError](err); ok && failed.RetryAfter > 0 {
		asked := min(failed.RetryAfter, longestWait)
		a.gates.close(s.Host, now.Add(asked), now)
		wait = max(wait, asked)
	}
	s.Due = now.Add(wait + jitter(s, wait))
	s.Reason = Unreachable
	return s
}

// longestWait bounds what an inbox may ask for: it would put off the end of a
// move for years.
const longestWait = day

// jitter spreads tries of many inboxes over up to a tenth of their wait, always
// the same for the same try.
func jitter(s Step, wait time.Duration) time.Duration {
	h := fnv.New32a()
	_, _ = h.Write([]byte(s.Party))
	_, _ = h.Write([]byte{byte(s.Attempts)})
	return wait / 10 * time.Duration(h.Sum32()%1000) / 1000
}
