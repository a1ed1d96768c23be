package portability

import (
	"context"
	"errors"
	"fmt"

	"codeberg.org/godwit/godwit/vocab"
)

// stagedFollows is how many accounts are read in one step.
const stagedFollows = 500

// followee is whom an entry is about.
func followee(e Entry) vocab.IRI { return vocab.IRI(e.ID) }

// stage reads some of the list. Nobody is asked before all of it was read.
func (s *followStep) stage(ctx context.Context, from Source) error {
	if from == nil {
		return fmt.Errorf("follow: the list was not read yet, and there is no source")
	}
	var items []Item
	end := true
	for item, err := range from.Items(ctx, Following, s.job.After) {
		if errors.Is(err, ErrChanged) && s.job.After != "" {
			return s.again(ctx)
		}
		if err != nil {
			return fmt.Errorf("follow: read the list: %w", err)
		}
		if items = append(items, item); len(items) == stagedFollows {
			end = false
			break
		}
	}
	c, err := s.entries(ctx, items)
	if err != nil {
		return err
	}
	if len(items) > 0 {
		s.job.After = items[len(items)-1].Next
	}
	if s.job.Next >= s.engine.options.Most {
		s.job.Trouble, end = string(TooMany), true
	}
	if end {
		s.job.Kind, s.job.After = "", ""
	}
	return s.commit(ctx, c)
}

// readings is how often a list is begun anew that changes while it is read.
const readings = 5

// again reads the list from its beginning: those who are known are passed over. A list
// that changes all the time waits for somebody to resume it.
func (s *followStep) again(ctx context.Context) error {
	s.job.After = ""
	if s.job.Run++; s.job.Run > readings {
		s.job.State, s.job.Run, s.job.Trouble = JobPaused, 1, "the list changes while it is read"
	}
	return s.commit(ctx, Change{})
}

// entries makes entries of items that have none yet.
func (s *followStep) entries(ctx context.Context, items []Item) (Change, error) {
	refs := make([]Ref, len(items))
	for i, item := range items {
		refs[i] = Ref{Kind: Following, ID: item.ID}
	}
	known, err := s.engine.store.Known(ctx, s.job.ID, refs)
	if err != nil {
		return Change{}, fmt.Errorf("follow: %w", err)
	}
	var c Change
	seen := map[Ref]bool{}
	for i, item := range items {
		_, there := known[refs[i]]
		if there || seen[refs[i]] || item.ID == "" || s.job.Next >= s.engine.options.Most {
			continue
		}
		seen[refs[i]] = true
		e := Entry{Ref: refs[i], No: s.job.Next, Stage: StageFollows}
		if p, fatal := item.Fatal(); fatal {
			e.State, e.Reason = Failed, p.Reason
		} else if followHost(followee(e)) == "" {
			e.State, e.Reason = Failed, FollowUnreachable
		}
		s.job.Next++
		c.Entries = append(c.Entries, e)
		c.Names = append(c.Names, Name{Old: followee(e), Ref: e.Ref})
	}
	return c, nil
}
