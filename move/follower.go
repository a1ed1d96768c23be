package move

import (
	"context"
	"errors"
	"time"

	"codeberg.org/godwit/godwit/vocab"
)

// Further reasons, kept in steps.
const confirmed Reason = "confirmed" // by the follower's own hand

// MaxTries is how often something is tried that fails for a time.
const MaxTries = 16

// lookAgain is how often a follow that was never answered is compared with the
// host's own lists: an answer that came while nobody listened is found there.
const lookAgain = day

// party does what is due for one party of a case, and returns its next step.
func (r *Receiver) party(ctx context.Context, c Case, s Step) (Step, error) {
	if c.Begun.IsZero() && s.State == Queued && s.Reason != confirmed {
		return r.inform(ctx, c, s)
	}
	if !c.Cancelled.IsZero() && s.State == Queued {
		return r.ended(s, Kept, NotMoved), nil
	}
	asked := c.New
	var err error
	if c.New, err = r.furthest(ctx, asked); err != nil {
		return s, err
	}
	relation, err := r.relations.Relation(ctx, s.Party, c.Old, c.New)
	if err != nil {
		return s, err
	}
	if onItsWay, err := r.onItsWay(ctx, c, s, asked, relation); err != nil || onItsWay {
		s.Due = r.now().Add(lookAgain)
		return s, err
	}
	switch s.State {
	case Queued:
		return r.moveParty(ctx, c, s, relation)
	case Requested:
		return r.awaited(ctx, c, s, relation)
	case Accepted:
		return r.finish(ctx, c, s, relation)
	}
	s.Due = time.Time{}
	return s, nil
}

// inform tells a follower of a Move that was not verified.
func (r *Receiver) inform(ctx context.Context, c Case, s Step) (Step, error) {
	own, err := r.store.Find(ctx, c.ID, "")
	switch {
	case err != nil:
		return s, err
	case own.State == Refused && !tells(own.Reason):
		s.Due = time.Time{} // nobody is told any more
		return s, nil
	case own.State != Refused && own.State != Held && own.State != Unconfirmed:
		s.Due = laterOf(own.Due, r.now()) // it is being looked at anew
		return s, nil
	}
	relation, err := r.relations.Relation(ctx, s.Party, c.Old, c.New)
	switch {
	case err != nil:
		return s, err
	case !relation.FollowsOld && !relation.PendingOld:
		return r.ended(s, Kept, NotFollower), nil
	}
	s.Reason = own.Reason
	return r.ended(s, Told, own.Reason), r.notify(ctx, c, s, own.Reason)
}

// moveParty carries over what is silent, and sends the follow.
func (r *Receiver) moveParty(ctx context.Context, c Case, s Step, now Relation) (Step, error) {
	if err := r.carrySilent(ctx, c, s, now); err != nil {
		return s, err
	}
	left, err := r.left(ctx, c, s, now)
	switch {
	case err != nil:
		return s, err
	case left:
		return r.ended(s, Kept, NotFollower), nil
	case now.BlocksNew:
		return r.ended(s, Kept, Blocked), r.notify(ctx, c, s, Blocked)
	case now.OptedOut && s.Reason != confirmed:
		return r.ended(s, Told, OptedOut), r.notify(ctx, c, s, OptedOut)
	}
	if local, ok := r.local(c); ok {
		id := ActivityID(c.ID, s.Party, "move", c.New)
		return r.ended(s, Moved, ""), local.MoveLocal(ctx, id, s.Party, c.Old, c.New)
	}
	from, earlier, err := r.overtaken(ctx, c, s)
	if err != nil {
		return s, err
	}
	if from == "" && !now.FollowsOld {
		from = c.Old
	}
	if from != s.From {
		// Stored before anything is ended: after a crash nothing else tells
		// whose follower this was.
		s.From, s.Due = from, r.now()
		return s, nil
	}
	if err := r.store.Advance(ctx, earlier...); err != nil {
		s.Due = r.now()
		return s, unlessStale(err)
	}
	if now.PendingOld && !now.FollowsOld {
		if err := r.undo(ctx, c, s, c.Old); err != nil {
			return s, err
		}
	}
	return r.follow(ctx, c, s, now)
}

func (r *Receiver) follow(ctx context.Context, c Case, s Step, now Relation) (Step, error) {
	if !now.FollowsNew && !now.PendingNew {
		err := r.relations.Follow(ctx, ActivityID(c.ID, s.Party, "follow", c.New), s.Party, c.New)
		if final(err) {
			return r.ended(s, Rejected, RejectedNew), r.notify(ctx, c, s, RejectedNew)
		}
		if err != nil {
			return s, err
		}
		if now, err = r.relations.Relation(ctx, s.Party, c.Old, c.New); err != nil {
			return s, err
		}
	}
	s.State, s.Reason, s.Since, s.Attempts = Requested, "", r.now(), 0
	return r.awaited(ctx, c, s, now)
}

// awaited looks whether the new account has accepted.
func (r *Receiver) awaited(ctx context.Context, c Case, s Step, now Relation) (Step, error) {
	if now.FollowsNew {
		s.State, s.Since, s.Attempts = Accepted, r.now(), 0
		return r.finish(ctx, c, s, now)
	}
	if !now.PendingNew {
		return r.ended(s, Kept, Withdrew), nil
	}
	s.Due = r.now().Add(lookAgain)
	return s, nil
}

// finish undoes the old follow, after the new account has accepted.
func (r *Receiver) finish(ctx context.Context, c Case, s Step, now Relation) (Step, error) {
	switch {
	case now.BlocksNew:
		return r.ended(s, Kept, Blocked), r.notify(ctx, c, s, Blocked)
	case !now.FollowsNew:
		return r.ended(s, Kept, Withdrew), nil
	}
	if s.From != "" && s.From != c.Old {
		first, err := r.relations.Relation(ctx, s.Party, s.From, c.New)
		if err != nil {
			return s, err
		}
		if err := r.leave(ctx, c, s, s.From, first); err != nil {
			return s, err
		}
	}
	if err := r.leave(ctx, c, s, c.Old, now); err != nil {
		return s, err
	}
	return r.ended(s, Moved, ""), nil
}

// leave ends a follow of an old account, if it is still there. That this cannot
// be done holds nothing back for ever.
func (r *Receiver) leave(ctx context.Context, c Case, s Step, old vocab.IRI, now Relation) error {
	if !now.FollowsOld && !now.PendingOld {
		return nil
	}
	if carrier, ok := r.relations.(Carrier); ok {
		if err := carrier.CarryFollow(ctx, ActivityID(c.ID, s.Party, "carry-follow", c.New), s.Party, old, c.New); err != nil {
			return err
		}
	}
	if err := r.undo(ctx, c, s, old); err != nil && s.Attempts < MaxTries && !final(err) {
		return err
	}
	return nil
}

func (r *Receiver) undo(ctx context.Context, c Case, s Step, target vocab.IRI) error {
	return r.relations.Undo(ctx, ActivityID(c.ID, s.Party, "undo", target), s.Party, target)
}

func (r *Receiver) carrySilent(ctx context.Context, c Case, s Step, now Relation) error {
	carrier, ok := r.relations.(Carrier)
	if !ok {
		return nil
	}
	if now.BlocksOld && !now.BlocksNew {
		if err := carrier.CarryBlock(ctx, ActivityID(c.ID, s.Party, "block", c.New), s.Party, c.Old, c.New); err != nil {
			return err
		}
	}
	if !now.MutesOld {
		return nil
	}
	return carrier.CarryMute(ctx, ActivityID(c.ID, s.Party, "mute", c.New), s.Party, c.Old, c.New)
}

// local returns the host's own way to move a follower between two accounts here.
func (r *Receiver) local(c Case) (LocalMover, bool) {
	ours := r.options.Rules.Ours
	if ours == nil || !ours(c.Old) || !ours(c.New) {
		return nil, false
	}
	mover, ok := r.relations.(LocalMover)
	return mover, ok
}

func laterOf(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// ended gives a step its last state.
func (r *Receiver) ended(s Step, state State, reason Reason) Step {
	s.State, s.Reason, s.Due, s.Since, s.Attempts = state, reason, time.Time{}, r.now(), 0
	return s
}

func (r *Receiver) notify(ctx context.Context, c Case, s Step, reason Reason) error {
	notifier, ok := r.relations.(Notifier)
	if !ok {
		return nil
	}
	id := ActivityID(c.ID, s.Party, "notify", vocab.IRI(reason))
	return notifier.Notify(ctx, Notice{ID: id, Party: s.Party, Old: c.Old, New: c.New, Reason: reason})
}

// final reports whether an error says that trying again is useless.
func final(err error) bool {
	var temporary interface{ Temporary() bool }
	return errors.As(err, &temporary) && !temporary.Temporary()
}

// postpone returns the step at its next try, or given up. A follow that was sent
// is never given up: its answer may come however late.
func (r *Receiver) postpone(ctx context.Context, s Step, err error) (Step, error) {
	if ctx.Err() != nil {
		return s, err
	}
	s.Attempts++
	if s.Attempts > MaxTries && s.State == Queued {
		return r.ended(s, Kept, Unreachable), nil
	}
	s.Due = r.now().Add(r.options.Backoff(min(s.Attempts, MaxTries)))
	return s, nil
}

// Backoff is how long to wait after the nth failure: n⁴ + 15 seconds, which is
// 16 s after the first, 10 min after the fifth, and 18 h after the sixteenth.
func Backoff(n int) time.Duration {
	return time.Duration(n*n*n*n+15) * time.Second
}
