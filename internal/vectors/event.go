package vectors

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"codeberg.org/godwit/godwit/vocab"
)

// event tells the server what a follower, or the account that they asked, did.
func (t *telling) event(ctx context.Context, words []string) error {
	what, who, rest := words[0], vocab.IRI(""), words[1:]
	if len(rest) > 0 {
		who, rest = vocab.IRI(rest[0]), rest[1:]
	}
	meant := t.new
	if what == "unfollows" || what == "confirms" {
		meant = t.old
	}
	if len(rest) == 1 {
		meant, rest = vocab.IRI(rest[0]), nil
	}
	if len(rest) > 0 {
		return fmt.Errorf("read vector: too many words in the event %q", strings.Join(words, " "))
	}
	switch what {
	case "restart":
		t.start(t.keyring.held)
		return nil
	case "cancelled":
		return t.receiver.Cancelled(ctx, who)
	case "accepted", "listed":
		return errors.Join(t.relations.change(who, t.accepting(what, meant)), t.receiver.Accepted(ctx, who, meant))
	case "rejected":
		return errors.Join(t.relations.change(who, t.rejecting(meant)), t.receiver.Rejected(ctx, who, meant))
	case "blocks":
		return t.relations.change(who, func(f *storyFollower) { f.Blocks = append(f.Blocks, string(meant)) })
	case "unfollows":
		return t.relations.change(who, func(f *storyFollower) { f.leave(meant) })
	case "confirms":
		return t.receiver.Confirm(ctx, who, meant)
	}
	return fmt.Errorf("read vector: no such event: %q", what)
}

// accepting makes a follow of what was asked for. An Accept of a request that
// was taken back meanwhile is nothing.
func (t *telling) accepting(what string, target vocab.IRI) func(*storyFollower) {
	return func(f *storyFollower) {
		asked := slices.Contains(f.Pending, target) || t.relations.rejected[[2]vocab.IRI{f.ID, target}]
		if !asked && what != "listed" || slices.Contains(f.Follows, target) {
			return
		}
		f.leave(target)
		f.Follows = append(f.Follows, target)
	}
}

func (t *telling) rejecting(target vocab.IRI) func(*storyFollower) {
	return func(f *storyFollower) {
		f.leave(target)
		t.relations.rejected[[2]vocab.IRI{f.ID, target}] = true
	}
}
