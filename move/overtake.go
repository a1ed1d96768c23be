package move

import (
	"cmp"
	"context"

	"codeberg.org/godwit/godwit/vocab"
)

// What several moves do to one follower when a later one begins before an
// earlier one is over.

// furthest follows later verified moves of the new account, so that a follower
// is not sent to where it has left.
func (r *Receiver) furthest(ctx context.Context, to vocab.IRI) (vocab.IRI, error) {
	for hops := 0; hops < MaxHops; hops++ {
		cases, err := r.store.About(ctx, In, to)
		if err != nil {
			return to, err
		}
		next := onward(cases, to)
		if next == "" {
			break
		}
		to = next
	}
	return to, nil
}

// onward returns where an account moved last, if it did and has not come back.
func onward(cases []Case, from vocab.IRI) vocab.IRI {
	var left, arrived Case
	for _, c := range cases {
		switch {
		case c.Begun.IsZero() || !c.Cancelled.IsZero():
		case c.Old == from && c.Begun.After(left.Begun):
			left = c
		case c.New == from && c.Begun.After(arrived.Begun):
			arrived = c
		}
	}
	if left.Begun.After(arrived.Begun) {
		return left.New
	}
	return ""
}

// overtaken returns what earlier moves towards c.Old left unfinished for this
// party, closed, and the account whose follow is to be undone in the end.
func (r *Receiver) overtaken(ctx context.Context, c Case, s Step) (from vocab.IRI, closed []Step, err error) {
	steps, err := r.store.Of(ctx, In, s.Party)
	if err != nil {
		return "", nil, err
	}
	from = s.From
	for _, earlier := range steps {
		if earlier.Case == c.ID || !underway(earlier) {
			continue
		}
		towards, err := r.store.Case(ctx, earlier.Case)
		if err != nil {
			return "", nil, err
		}
		if towards.New != c.Old || towards.Begun.IsZero() && earlier.State == Queued && earlier.Reason != confirmed {
			continue // of a move that nobody verified, people are only told
		}
		if from == "" || from == c.Old {
			from = cmp.Or(earlier.From, towards.Old)
		}
		closed = append(closed, r.ended(earlier, Kept, Repointed))
	}
	return from, closed, nil
}

func underway(s Step) bool {
	return s.State == Queued || s.State == Requested || s.State == Accepted
}

// onItsWay reports whether the account that the follower asked has itself moved
// on, and that move is still to take the follower along: it then takes over this
// step too.
func (r *Receiver) onItsWay(ctx context.Context, c Case, s Step, asked vocab.IRI, now Relation) (bool, error) {
	if asked == c.New || now.FollowsNew || now.PendingNew {
		return false, nil
	}
	before, err := r.relations.Relation(ctx, s.Party, c.Old, asked)
	return before.FollowsNew || before.PendingNew, err
}

// left reports whether the follower has gone by their own will. Who had only
// asked the old account, or came by an earlier move, is marked by From, as the
// request is taken back before the new account is asked.
func (r *Receiver) left(ctx context.Context, c Case, s Step, now Relation) (bool, error) {
	if now.FollowsOld || now.PendingOld || s.From == c.Old {
		return false, nil
	}
	if s.From == "" {
		return true, nil
	}
	first, err := r.relations.Relation(ctx, s.Party, s.From, c.New)
	return !first.FollowsOld && !first.PendingOld, err
}
