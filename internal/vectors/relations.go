package vectors

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"sync"

	"codeberg.org/godwit/godwit/move"
	"codeberg.org/godwit/godwit/vocab"
)

// relations is the server of a story's followers. It does what it is told,
// and writes down what that was.
type relations struct {
	mu        sync.Mutex
	followers []*storyFollower // in the order of their ids
	rejected  map[[2]vocab.IRI]bool
	done      map[string]bool // ids
	effects   [][]string
}

var (
	_ move.Relations  = (*relations)(nil)
	_ move.Carrier    = (*relations)(nil)
	_ move.Notifier   = (*relations)(nil)
	_ move.LocalMover = (*relations)(nil)
)

func newRelations(followers []storyFollower) *relations {
	r := &relations{rejected: map[[2]vocab.IRI]bool{}, done: map[string]bool{}}
	for _, f := range followers {
		r.followers = append(r.followers, &f)
	}
	slices.SortFunc(r.followers, func(a, b *storyFollower) int {
		if a.ID < b.ID {
			return -1
		}
		return 1
	})
	return r
}

func (r *relations) Parties(_ context.Context, old, after vocab.IRI) iter.Seq2[vocab.IRI, error] {
	return func(yield func(vocab.IRI, error) bool) {
		for _, id := range r.concerned(old, after) {
			if !yield(id, nil) {
				return
			}
		}
	}
}

func (r *relations) concerned(old, after vocab.IRI) []vocab.IRI {
	r.mu.Lock()
	defer r.mu.Unlock()
	var ids []vocab.IRI
	for _, f := range r.followers {
		concerned := slices.Contains(f.Follows, old) || slices.Contains(f.Pending, old) ||
			slices.Contains(f.Blocks, string(old)) || slices.Contains(f.Mutes, old)
		if f.ID > after && concerned {
			ids = append(ids, f.ID)
		}
	}
	return ids
}

func (r *relations) Relation(_ context.Context, party, old, new vocab.IRI) (move.Relation, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	f, err := r.follower(party)
	if err != nil {
		return move.Relation{}, err
	}
	return move.Relation{
		FollowsOld: slices.Contains(f.Follows, old),
		PendingOld: slices.Contains(f.Pending, old),
		BlocksOld:  slices.Contains(f.Blocks, string(old)),
		MutesOld:   slices.Contains(f.Mutes, old),
		FollowsNew: slices.Contains(f.Follows, new),
		PendingNew: slices.Contains(f.Pending, new),
		BlocksNew:  slices.Contains(f.Blocks, string(new)) || slices.Contains(f.Blocks, new.Host()),
		OptedOut:   f.OptOut,
	}, nil
}

func (r *relations) Follow(_ context.Context, id string, party, target vocab.IRI) error {
	return r.once(id, party, func(f *storyFollower) {
		f.Pending = append(f.Pending, target)
		r.effect("follow", party, target)
	})
}

func (r *relations) Undo(_ context.Context, id string, party, target vocab.IRI) error {
	return r.once(id, party, func(f *storyFollower) {
		f.leave(target)
		r.effect("undo", party, target)
	})
}

func (r *relations) MoveLocal(_ context.Context, id string, party, old, new vocab.IRI) error {
	return r.once(id, party, func(f *storyFollower) {
		if !slices.Contains(f.Follows, new) {
			f.Follows = append(f.Follows, new)
			r.effect("follow", party, new)
		}
		f.leave(old)
		r.effect("undo", party, old)
	})
}

func (r *relations) CarryBlock(_ context.Context, id string, party, old, new vocab.IRI) error {
	return r.once(id, party, func(f *storyFollower) {
		f.Blocks = append(f.Blocks, string(new))
		r.effect("carry-block", party, new)
	})
}

func (r *relations) CarryMute(_ context.Context, id string, party, old, new vocab.IRI) error {
	return r.once(id, party, func(f *storyFollower) {
		f.Mutes = append(f.Mutes, new)
		r.effect("carry-mute", party, new)
	})
}

// CarryFollow finds nothing to carry: follows in a story have no options.
func (r *relations) CarryFollow(_ context.Context, _ string, party, old, _ vocab.IRI) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	f, err := r.follower(party)
	if err != nil {
		return err
	}
	if !slices.Contains(f.Follows, old) && !slices.Contains(f.Pending, old) {
		return fmt.Errorf("carry the follow of %s: it was undone before", party)
	}
	return nil
}

func (r *relations) Notify(_ context.Context, n move.Notice) error {
	return r.once(n.ID, n.Party, func(*storyFollower) {
		r.effect("notify", n.Party, vocab.IRI(n.Reason))
	})
}

// once does something for one follower unless it was done under this id.
func (r *relations) once(id string, party vocab.IRI, do func(*storyFollower)) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	f, err := r.follower(party)
	if err != nil || r.done[id] {
		return err
	}
	r.done[id] = true
	do(f)
	return nil
}

func (r *relations) effect(verb string, party, object vocab.IRI) {
	r.effects = append(r.effects, []string{verb, string(party), string(object)})
}

// takeEffects returns what was done since it was last called.
func (r *relations) takeEffects() [][]string {
	r.mu.Lock()
	defer r.mu.Unlock()
	effects := r.effects
	r.effects = nil
	return effects
}

// change applies what a follower, or the account that they asked, did.
func (r *relations) change(party vocab.IRI, change func(*storyFollower)) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	f, err := r.follower(party)
	if err != nil {
		return err
	}
	change(f)
	return nil
}

func (r *relations) follower(id vocab.IRI) (*storyFollower, error) {
	for _, f := range r.followers {
		if f.ID == id {
			return f, nil
		}
	}
	return nil, fmt.Errorf("no such follower in the story: %s", id)
}

func (f *storyFollower) leave(target vocab.IRI) {
	is := func(id vocab.IRI) bool { return id == target }
	f.Follows = slices.DeleteFunc(f.Follows, is)
	f.Pending = slices.DeleteFunc(f.Pending, is)
}
