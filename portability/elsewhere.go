package portability

import (
	"context"

	"codeberg.org/godwit/godwit/vocab"
)

// elsewhere leads mappings of what was taken out to where another copy of the same account
// has it, for the map knows one place of each address, that of the copy which came last.
// Files are not looked for: theirs stay gone until that copy maps them anew.
func (v *visit) elsewhere(ctx context.Context, j Job, gone []Mapping) error {
	if len(gone) == 0 {
		return nil
	}
	copies, err := v.copiesOf(ctx, j)
	if err != nil {
		return err
	}
	for _, other := range copies {
		if err := v.leadTo(ctx, other, gone); err != nil {
			return err
		}
	}
	return nil
}

// copiesOf returns the other copies of a job's old account that stand.
func (v *visit) copiesOf(ctx context.Context, j Job) ([]Job, error) {
	var copies []Job
	for other, err := range v.engine.store.Jobs(ctx, "", "") {
		switch {
		case err != nil:
			return nil, err
		case other.ID == j.ID, other.Old != j.Old, other.Standing != Proved, other.Stage == StageFollows, other.Stage == StageUndo:
		default:
			copies = append(copies, other)
		}
	}
	return copies, nil
}

// leadTo leads mappings that are gone to a copy's places, as far as it has put the items.
func (v *visit) leadTo(ctx context.Context, to Job, gone []Mapping) error {
	var olds []vocab.IRI
	for _, m := range gone {
		if m.Gone && m.Kind != Media {
			olds = append(olds, m.Old)
		}
	}
	if len(olds) == 0 {
		return nil
	}
	named, err := named(ctx, v.engine.store, to.ID, olds, nil)
	for i, m := range gone {
		e, known := named[m.Old]
		if !known || !m.Gone || !e.isThere() || e.NewID == "" || e.NewID == m.Old {
			continue
		}
		if e.NewID == m.New && to.Account == m.To {
			continue // it was taken out there just now, and another copy had only found it
		}
		m.New, m.URL, m.To, m.Audience, m.Gone = e.NewID, "", to.Account, e.Audience, false
		if e.Kind == Actor {
			m.Audience = ForPublic
		}
		if len(e.URLs) > 0 {
			m.URL = e.URLs[0]
		}
		gone[i] = m
	}
	return err
}
