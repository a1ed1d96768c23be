package portability

import (
	"context"
	"math"
	"strconv"
	"strings"

	"codeberg.org/godwit/godwit/vocab"
)

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
