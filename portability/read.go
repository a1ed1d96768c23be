package portability

import (
	"context"
	"encoding/hex"
	"errors"
	"maps"
	"slices"

	"codeberg.org/godwit/godwit/vocab"
)

// GroundOtherAccount: the source is another account's than the one that was named, or
// than at the run before.
const GroundOtherAccount Ground = "other-account"

// GroundEndless: the source shows no end: more than [JobOptions].Most items, or the same
// ones again and again.
const GroundEndless Ground = "endless"

// read stages a batch of one kind: what is there is numbered, judged and named, and
// nothing is put.
func (v *visit) read(ctx context.Context) error {
	j := v.job.clone()
	kinds, odd, err := v.kinds(ctx)
	switch {
	case err != nil:
		return err
	case j.Kind == "":
		return v.readActor(ctx, j, kinds, odd)
	}
	most := v.engine.options.Batch
	items, last, err := v.batch(ctx, j.Kind, j.After, most)
	if errors.Is(err, errRereadAll) {
		items, last, err = v.sweep(ctx, j, most, func(page []Item) ([]Item, error) { return v.unstaged(ctx, page) })
	}
	if err != nil {
		return err
	}
	if err := v.expect(ctx, &j); err != nil {
		return err
	}
	j.tally(StageRead, j.Kind).Met += int64(len(items))
	if err := v.endless(j); err != nil {
		return err
	}
	change, err := v.stage(ctx, &j, items)
	if err != nil {
		return err
	}
	if !last {
		j.After = items[len(items)-1].Next
		return v.done(ctx, j, change)
	}
	return v.done(ctx, nextKind(j, kinds), change)
}

// nextKind leads a job behind the end of a kind.
func nextKind(j Job, kinds []Kind) Job {
	all := Kinds()
	for _, k := range all[slices.Index(all, j.Kind)+1:] {
		if slices.Contains(kinds, k) {
			j.Kind, j.After = k, ""
			return j
		}
	}
	return advance(j)
}

// readActor begins to read a source: it must be of the account that it was before.
func (v *visit) readActor(ctx context.Context, j Job, kinds, odd []Kind) error {
	if j.Old == "" && v.actor != nil {
		j.Old = v.actor.ID() // of which it must be from now on, see visit.sameAccount
	}
	var change Change
	for _, k := range odd {
		ref := Ref{Kind: k, ID: "*"}
		known, err := v.engine.store.Known(ctx, v.id, []Ref{ref})
		if err != nil {
			return err
		}
		e, there := known[ref]
		if !there {
			e = Entry{Ref: ref, No: j.Next, Stage: StageRest}
			j.Next++
		}
		e.State, e.Reason, e.Run = Skipped, Unsupported, j.Run
		change.Entries = append(change.Entries, e)
	}
	if len(kinds) == 0 {
		return v.done(ctx, advance(j), change)
	}
	j.Kind, j.After = kinds[0], ""
	return v.done(ctx, j, change)
}

// sameAccount makes sure, whenever the source is opened to be read, that it is of the
// account that the job is about.
func (v *visit) sameAccount(j Job) error {
	if j.Old == "" || v.actor == nil || v.actor.ID() == "" || v.actor.ID() == j.Old {
		return nil
	}
	return ofEnd("read the actor", &RefusedJobError{Ground: GroundOtherAccount, Text: "the source is of another account"})
}

// expect asks, at the beginning of a kind, how many items there may be.
func (v *visit) expect(ctx context.Context, j *Job) error {
	counter, ok := v.source.(Counter)
	if !ok || j.After != "" || j.counted(StageRead, j.Kind).Total != 0 {
		return nil
	}
	t := j.tally(StageRead, j.Kind)
	return v.during(ctx, func(ctx context.Context) (err error) {
		t.Total, t.Exact, err = counter.Count(ctx, j.Kind)
		return ofEnd("count "+string(j.Kind), err)
	})
}

// unstaged returns those items that were not met in this run.
func (v *visit) unstaged(ctx context.Context, items []Item) ([]Item, error) {
	known, sums, err := v.known(ctx, v.job, items)
	if err != nil {
		return nil, err
	}
	var left []Item
	for n, i := range items {
		ref := refOf(v.job, i)
		e, there := known[ref]
		_, twin := known[twinOf(ref, sums[n])]
		if !there || e.Run != v.job.Run || e.Digest != sums[n] && !twin {
			left = append(left, i)
		}
	}
	return left, nil
}

// known returns what is known of items, and of their twins: other items under the
// same names; and the digests of the items.
func (v *visit) known(ctx context.Context, j Job, items []Item) (map[Ref]Entry, [][32]byte, error) {
	refs, sums := make([]Ref, len(items)), make([][32]byte, len(items))
	spread(len(items), func(n int) { refs[n], sums[n] = refOf(j, items[n]), content(items[n]) })
	known, err := v.engine.store.Known(ctx, v.id, refs)
	if err != nil {
		return nil, nil, err
	}
	var twins []Ref
	for n, ref := range refs {
		if e, there := known[ref]; there && e.Digest != sums[n] {
			twins = append(twins, twinOf(ref, sums[n]))
		}
	}
	if len(twins) == 0 {
		return known, sums, nil
	}
	others, err := v.engine.store.Known(ctx, v.id, twins)
	maps.Copy(known, others)
	return known, sums, err
}

// refOf names an item in the journal. One without a name gets one that nothing else
// has; it is never put.
func refOf(j Job, i Item) Ref {
	if i.ID != "" {
		return i.Ref
	}
	sum := content(i)
	if i.Object == nil && len(i.Raw) == 0 {
		sum = [32]byte{}
		copy(sum[:], i.Next)
	}
	return Ref{Kind: i.Kind, ID: "(no id) " + hex.EncodeToString(sum[:12])}
}

// twinOf names another item that has the same name.
func twinOf(ref Ref, sum [32]byte) Ref {
	return Ref{Kind: ref.Kind, ID: ref.ID + " (another, " + hex.EncodeToString(sum[:8]) + ")"}
}

// namesOf returns the IRIs that an item has been known by: only those on the host
// of the old account, which alone could give them.
func namesOf(j Job, i Item) []vocab.IRI {
	switch i.Kind {
	case Actor, Content, Outbox, History:
	default:
		return nil
	}
	names := []vocab.IRI{vocab.IRI(i.ID)}
	if i.Object != nil {
		names = append(names, i.Object.IRIs(vocab.URL)...)
		names = append(names, i.Object.IRI(vocab.AtomURI))
	}
	if i.Activity != nil {
		names = append(names, i.Activity.ID())
	}
	var own []vocab.IRI
	for _, n := range names {
		if n.IsHTTP() && n.Host() == j.Old.Host() && !slices.Contains(own, n) && len(own) < mostNames {
			own = append(own, n)
		}
	}
	return own
}

// mostNames is how many IRIs one item may have been known by.
const mostNames = 16
