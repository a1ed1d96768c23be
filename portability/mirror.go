package portability

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"codeberg.org/godwit/godwit/vocab"
)

// overCounts is before the position of StageRemove while it counts what is gone.
const overCounts = "count:"

// Of what is gone from a kind, so much may be taken out without a question: this many
// items, or one of so many. All of a kind never is.
const (
	mostGone    = 10
	mostGoneOne = 5
)

// remove takes out what the source does not have any more, where it is to be trusted
// with that, and then lets no mapping lead there.
func (v *visit) remove(ctx context.Context) error {
	j := v.job.clone()
	if old, ok := strings.CutPrefix(j.After, overMappings); ok {
		return v.unmap(ctx, j, vocab.IRI(old), advance(j))
	}
	if !v.mirrors(j) {
		return v.done(ctx, leaveRemoved(j), Change{})
	}
	no, ok := strings.CutPrefix(j.After, overEntries)
	if !ok {
		return v.countGone(ctx, j)
	}
	doubted := j.doubted(v.options)
	if len(doubted) > 0 && v.options.Spared != j.Run {
		j.State, j.Trouble = JobPaused, doubted[0].Error()
		return v.store(ctx, j, Change{})
	}
	after, _ := strconv.ParseInt(no, 10, 64)
	gone := func(e Entry) bool {
		return e.isOurs() && j.wasRead(e.Kind) && !slices.ContainsFunc(doubted, func(d *GoneError) bool { return d.Kind == e.Kind })
	}
	return v.takeOut(ctx, j, after, EntryFilter{Before: j.Run}, gone, leaveRemoved)
}

// mirrors reports whether what the source does not have any more is to be taken out.
func (v *visit) mirrors(j Job) bool {
	live, ok := v.source.(Live)
	_, removes := v.sink.(Remover)
	return ok && live.Live() && removes && v.options.Mirror && j.Standing == Proved && j.Run > 1
}

// leaveRemoved leads a job behind its removals: over the mappings, if some may lead
// where nothing is any more, or nothing for everybody.
func leaveRemoved(j Job) Job {
	touched := j.counted(StageRemove, "").Done > 0 || j.counted(StageContent, Content).Done > 0
	if j.Standing != Proved || j.Run < 2 || !touched {
		return advance(j)
	}
	j.After = overMappings
	return j
}

// wasRead reports whether a kind was read to its end in this run.
func (j Job) wasRead(k Kind) bool {
	return slices.ContainsFunc(j.Progress, func(t Tally) bool { return t.Stage == StageRead && t.Kind == k })
}

// countGone counts, before anything is taken out, how much of each kind would be.
func (v *visit) countGone(ctx context.Context, j Job) error {
	after := int64(-1)
	if no, ok := strings.CutPrefix(j.After, overCounts); ok {
		after, _ = strconv.ParseInt(no, 10, 64)
	}
	last, looked := true, 0
	for e, err := range v.engine.store.Entries(ctx, v.id, after, EntryFilter{Before: j.Run}) {
		if err != nil {
			return err
		}
		if looked == 100*v.engine.options.Batch {
			last = false
			break
		}
		looked++
		j.After = overCounts + strconv.FormatInt(e.No, 10)
		if e.isOurs() && j.wasRead(e.Kind) {
			j.tally(StageRemove, e.Kind).Total++
		}
	}
	if last {
		j.After = overEntries + "-1"
	}
	return v.done(ctx, j, Change{})
}

// A GoneError says that a source has suddenly so much less of a kind than before that
// somebody must say whether to take it out as well; see [Engine.DecideRemovals].
type GoneError struct {
	Kind     Kind
	Gone, Of int64 // how many items of the kind are gone, and how many there were
}

func (e *GoneError) Error() string {
	return fmt.Sprintf("%s: of %d %s the source has %d no more", GoneSuddenly, e.Of, e.Kind, e.Gone)
}

// Hint says what a person can do about it.
func (e *GoneError) Hint() string {
	return "look at the old account; if it was all deleted there, say that it is to be taken out here too, and else that it stays"
}

// doubted returns the kinds of which too much is gone to take it out without a
// question, in the order of their words.
func (j Job) doubted(o storedOptions) []*GoneError {
	var doubted []*GoneError
	for _, t := range j.Progress {
		if t.Stage != StageRemove || t.Kind == "" || t.Total == 0 || o.Confirmed == j.Run {
			continue
		}
		met := j.counted(StageRead, t.Kind).Done
		if met == 0 || t.Total > mostGone && t.Total > (t.Total+met)/mostGoneOne {
			doubted = append(doubted, &GoneError{Kind: t.Kind, Gone: t.Total, Of: t.Total + met})
		}
	}
	slices.SortFunc(doubted, func(a, b *GoneError) int { return strings.Compare(string(a.Kind), string(b.Kind)) })
	return doubted
}

// DecideRemovals answers for a copy that is paused since much of what it has put is
// suddenly gone from its source, which [JobReport].Doubted tells: whether that is to be
// taken out, or stays. The copy goes on. The answer holds for this run alone.
func (e *Engine) DecideRemovals(ctx context.Context, id string, takeOut bool) (Job, error) {
	return e.steer(ctx, "decide about removals", id, func(j *Job) error {
		o, err := optionsOf(*j)
		if err != nil {
			return err
		}
		if j.State != JobPaused || j.Stage != StageRemove || len(j.doubted(o)) == 0 {
			return errors.New("it does not wait for that")
		}
		if o.Spared = j.Run; takeOut {
			o.Spared, o.Confirmed = 0, j.Run
		}
		if j.Options, err = o.bytes(); err != nil {
			return err
		}
		j.State, j.Trouble, j.Tries, j.Due = JobRunning, "", 0, time.Time{}
		return nil
	})
}

// lookAgain looks a second time for what is about to be taken out, and returns what is
// there.
func (v *visit) lookAgain(ctx context.Context, out []Entry) (there map[Ref]bool, err error) {
	there = map[Ref]bool{}
	err = v.during(ctx, func(ctx context.Context) error {
		if finder, ok := v.source.(Finder); ok {
			return v.find(ctx, finder, out, there)
		}
		wanted := map[Kind]map[Ref]bool{}
		for _, e := range out {
			if wanted[e.Kind] == nil {
				wanted[e.Kind] = map[Ref]bool{}
			}
			wanted[e.Kind][e.Ref] = true
		}
		for k, refs := range wanted {
			if err := v.readAgain(ctx, k, refs, there); err != nil {
				return ofEnd("look again for "+string(k), err)
			}
		}
		return nil
	})
	return there, err
}

func (v *visit) find(ctx context.Context, finder Finder, out []Entry, there map[Ref]bool) error {
	refs := make([]Ref, len(out))
	for i, e := range out {
		refs[i] = e.Ref
	}
	found, err := finder.Finds(ctx, refs)
	if err == nil && len(found) != len(refs) {
		err = fmt.Errorf("the source answered for %d of %d items", len(found), len(refs))
	}
	if err != nil {
		return ofEnd("look again for what is gone", err)
	}
	for i, is := range found {
		there[refs[i]] = is
	}
	return nil
}

// errNothingNow says that a source which had some of a kind shows none now.
var errNothingNow = errors.New("the source shows none of them now")

// errNoEnd says that a source which had an end shows none now.
var errNoEnd = errors.New("the source shows no end of them now")

// readAgain reads a kind for what is wanted of it.
func (v *visit) readAgain(ctx context.Context, k Kind, wanted, there map[Ref]bool) error {
	met, n := false, int64(0)
	for item, err := range v.source.Items(ctx, k, "") {
		if n++; err == nil && n > v.job.plenty(k) {
			err = errNoEnd
		}
		if err != nil {
			return err
		}
		met, item.Kind = true, k
		if ref := refOf(v.job, item); wanted[ref] {
			there[ref] = true
		}
	}
	if !met && v.job.counted(StageRead, k).Done > 0 {
		return errNothingNow
	}
	return nil
}
