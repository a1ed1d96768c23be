package portability

import (
	"context"
	"errors"
	"math"
	"strconv"
	"strings"

	"codeberg.org/godwit/godwit/vocab"
)

// takeBack takes out what was put just now, if the job was undone meanwhile: the lease
// was over while this process stood still, and so nobody knew of it.
func (v *visit) takeBack(ctx context.Context, refs []Ref, why error) error {
	j, err := v.engine.store.Job(ctx, v.id)
	if err != nil || j.Stage != StageUndo {
		return why
	}
	remover, ok := v.sink.(Remover)
	if !ok || len(refs) == 0 {
		return why
	}
	_, err = remover.Remove(ctx, refs)
	return errors.Join(why, ofEnd("take out what was put while the copy was undone", err))
}

// newly returns which items were put just now, and were not there before: as far as the
// sink said so, or had said before.
func newly(puts []*putting, results map[Ref]Result) []Ref {
	var refs []Ref
	for _, p := range puts {
		if s := results[p.item.Ref].State; p.entry.Put > 0 || s == Copied || s == Changed {
			refs = append(refs, p.item.Ref)
		}
	}
	return refs
}

// undo takes out what the job has put, the last first.
func (v *visit) undo(ctx context.Context) error {
	j := v.job.clone()
	if old, ok := strings.CutPrefix(j.After, overMappings); ok {
		next := j
		next.State, next.Kind, next.After, next.Finished = JobUndone, "", "", v.engine.now()
		return v.unmap(ctx, j, vocab.IRI(old), next)
	}
	if _, removes := v.sink.(Remover); !removes {
		j.State, j.Finished, j.Trouble = JobCancelled, v.engine.now(), "the sink takes nothing out again"
		return v.store(ctx, j, Change{})
	}
	after := int64(math.MaxInt64)
	if no, ok := strings.CutPrefix(j.After, overEntries); ok {
		after, _ = strconv.ParseInt(no, 10, 64)
	}
	return v.takeOut(ctx, j, after, EntryFilter{Down: true}, Entry.isOurs, func(next Job) Job {
		next.After = overMappings
		return next
	})
}
