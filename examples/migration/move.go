package main

import (
	"context"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"codeberg.org/godwit/godwit/vocab"
)

// move does the whole job. Every part of it may have been done before.
func (w *world) move(ctx context.Context, show *progress) error {
	if !w.noted("settled.json") {
		if err := w.settle(ctx, show); err != nil {
			return err
		}
	}
	if err := w.bring(ctx, show); err != nil {
		return err
	}
	if err := w.carry(ctx, show); err != nil {
		return err
	}
	trouble, err := w.trouble(ctx, show)
	if err != nil {
		return err
	}
	if _, err := w.servers[oldHost].Depart(ctx, "alice", w.to); err != nil && !w.departed(ctx) {
		return fmt.Errorf("depart: %w", err)
	}
	if err := w.watch(ctx, show); err != nil {
		return err
	}
	if err := w.lead(ctx, show); err != nil {
		return err
	}
	return trouble()
}

// settle gives everybody an account and the old account its followers.
func (w *world) settle(ctx context.Context, show *progress) error {
	w.list.report(show.say)
	if err := w.createAll(ctx, show); err != nil {
		return err
	}
	for _, f := range w.followers {
		if err := w.servers[f.host].FollowAs(ctx, f.name, w.from); err != nil {
			return err
		}
		if f.reason == "blocked" {
			if err := w.servers[f.host].Block(ctx, f.name, w.to); err != nil {
				return err
			}
		}
	}
	for host, other := range map[int]vocab.IRI{newHost: w.from, oldHost: w.to} {
		if err := w.servers[host].Alias(ctx, "alice", other); err != nil {
			return err
		}
	}
	if err := w.followAll(ctx); err != nil {
		return err
	}
	err := poll(ctx, func() (bool, error) {
		fans, err := w.servers[oldHost].Followers(ctx, "alice")
		show.followers(len(fans), len(w.followers))
		if err != nil || len(fans) < len(w.followers) {
			return false, err
		}
		following, err := w.servers[newHost].Following(ctx, "alice")
		return len(following) == len(w.following), err
	})
	if err != nil {
		return err
	}
	return w.note("settled.json", true)
}

// createAll makes the accounts. Their RSA keys are most of the work.
func (w *world) createAll(ctx context.Context, show *progress) error {
	var group errgroup.Group
	group.SetLimit(4)
	var done sync.Map
	create := func(host int, name string, locked bool) {
		group.Go(func() error {
			_, err := w.servers[host].Create(ctx, name, locked)
			done.Store(w.account(host, name), true)
			n := 0
			done.Range(func(any, any) bool { n++; return true })
			show.accounts(n, len(w.followers)+2+len(w.following))
			return err
		})
	}
	create(oldHost, "alice", false)
	create(newHost, "alice", false)
	for _, f := range w.followers {
		create(f.host, f.name, f.locked)
	}
	for i, name := range w.following {
		create(north+i%3, name, false)
	}
	return group.Wait()
}

// followAll makes both accounts follow the list: the old one had it always, the
// new one takes it along.
func (w *world) followAll(ctx context.Context) error {
	for i, name := range w.following {
		target := w.account(north+i%3, name)
		if err := w.servers[oldHost].FollowAs(ctx, "alice", target); err != nil {
			return err
		}
		if err := w.servers[newHost].FollowAs(ctx, "alice", target); err != nil {
			return err
		}
	}
	return nil
}

// trouble makes one server too busy, and takes another off the network for a
// while, once. It returns what waits until that one is back.
func (w *world) trouble(ctx context.Context, show *progress) (wait func() error, err error) {
	if w.noted("outage-over.json") {
		return func() error { return nil }, nil
	}
	w.servers[south].Busy(3, 2)
	if err := w.stop(east); err != nil {
		return nil, err
	}
	show.say("%s is down for %s", hostNames[east], w.options.outage)
	back := make(chan error, 1)
	go func() {
		select {
		case <-ctx.Done():
			back <- ctx.Err()
			return
		case <-time.After(w.options.outage):
		}
		back <- w.back(ctx, show)
	}()
	return func() error { return <-back }, nil
}

func (w *world) back(ctx context.Context, show *progress) error {
	if err := w.start(ctx, east); err != nil {
		return err
	}
	show.say("%s is back", hostNames[east])
	return w.note("outage-over.json", true)
}

// departed reports whether the old account points at the new one already.
func (w *world) departed(ctx context.Context) bool {
	a, err := w.servers[oldHost].Account(ctx, "alice")
	return err == nil && a.MovedTo == w.to
}

// watch waits until nothing changes any more: every follower is moved, waits
// for an answer, or was told why not.
func (w *world) watch(ctx context.Context, show *progress) error {
	ctx, cancel := context.WithTimeoutCause(ctx, 3*time.Minute+w.options.outage, errStuck)
	defer cancel()
	still := stillness{patience: 3 * time.Second}
	err := poll(ctx, func() (bool, error) {
		now, err := w.count(ctx)
		show.moves(now)
		if w.continued && now.settled < len(w.followers) && still.over(now, time.Now()) {
			show.say("waiting: what the earlier run had in hand is leased to it, and is taken up when the lease ends, ten seconds after it was taken")
		}
		return now.settled == len(w.followers), err
	})
	if err != nil && context.Cause(ctx) == errStuck {
		return errStuck
	}
	return err
}

// A stillness tells, once, when nothing has changed for a while.
type stillness struct {
	patience time.Duration
	last     counts
	since    time.Time
	told     bool
}

func (s *stillness) over(c counts, now time.Time) bool {
	if s.since.IsZero() || c != s.last {
		s.last, s.since = c, now
	}
	if s.told || now.Sub(s.since) < s.patience {
		return false
	}
	s.told = true
	return true
}

var errStuck = fmt.Errorf("the followers do not settle: %w", context.DeadlineExceeded)

// counts is how far the move is.
type counts struct{ moved, waiting, told, settled int }

// count asks the servers of the two accounts, and those of the followers for
// what these were told.
func (w *world) count(ctx context.Context) (counts, error) {
	var c counts
	arrived, err := w.servers[newHost].Followers(ctx, "alice")
	if err != nil {
		return c, err
	}
	left, err := w.servers[oldHost].Followers(ctx, "alice")
	if err != nil {
		return c, err
	}
	waiting, err := w.servers[newHost].Requests(ctx, "alice")
	if err != nil {
		return c, err
	}
	at := set(left)
	for _, id := range arrived {
		if !at[id] {
			c.moved++
		}
	}
	c.waiting = len(waiting)
	for _, f := range w.followers {
		if f.want != kept || w.servers[f.host] == nil {
			continue
		}
		notices, err := w.servers[f.host].Notices(ctx, f.name)
		if err != nil {
			return c, err
		}
		c.told += min(len(notices), 1)
	}
	c.settled = c.moved + c.waiting + c.told
	return c, nil
}

func set(ids []vocab.IRI) map[vocab.IRI]bool {
	in := make(map[vocab.IRI]bool, len(ids))
	for _, id := range ids {
		in[id] = true
	}
	return in
}

// poll asks five times a second until the answer is yes.
func poll(ctx context.Context, done func() (bool, error)) error {
	ticker := time.NewTicker(200 * time.Millisecond)
	defer ticker.Stop()
	for {
		ok, err := done()
		if err != nil || ok {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-ticker.C:
		}
	}
}
