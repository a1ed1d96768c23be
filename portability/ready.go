package portability

import (
	"context"
	"fmt"
	"slices"

	"codeberg.org/godwit/godwit/vocab"
)

// ready returns items as the sink gets them: with what became of their files, reduced
// to references where they are others' words, and placed. One that cannot be placed has
// ended.
func (v *visit) ready(ctx context.Context, j Job, todo []putting, names *naming) ([]putting, error) {
	files, err := v.found(ctx, todo)
	if err != nil {
		return nil, err
	}
	ready := slices.Clone(todo)
	var open []*putting
	for n := range ready {
		p := &ready[n]
		p.files = places(p.item, files)
		p.item = v.withFiles(p.item, files)
		if p.item.Kind == Received {
			p.item = reference(p.item)
		}
		if p.entry.State == "" {
			open = append(open, p)
		}
	}
	if len(open) == 0 {
		return ready, nil
	}
	return ready, v.placeAll(ctx, j, open, files, names)
}

// placeAll asks what items become at the sink: of all at once, or one by one if one of
// them cannot be.
func (v *visit) placeAll(ctx context.Context, j Job, open []*putting, files map[string]JobFile, names *naming) error {
	options, err := v.chosen(ctx)
	if err != nil {
		return err
	}
	p, lost := v.placeable(j, options, open, files, names)
	var out []Item
	err = v.during(ctx, func(ctx context.Context) (err error) {
		out, err = v.engine.place(ctx, p, itemsOf(open))
		return err
	})
	switch {
	case stale(err), isOfEnd(err):
		return err
	case *lost != nil:
		return *lost
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil && len(open) > 1:
		for n := range open {
			if err := v.placeAll(ctx, j, open[n:n+1], files, names); err != nil {
				return err
			}
		}
		return nil
	case err != nil:
		open[0].entry.State, open[0].entry.Reason = Failed, Unreadable
		return nil
	}
	for n := range out {
		open[n].item = v.within(j, out[n])
	}
	return nil
}

// chosen returns the options of the copy as far as they hold now: an account may have
// approved its followers by hand when the copy was begun, and no more in a later run.
func (v *visit) chosen(ctx context.Context) (JobOptions, error) {
	o := v.options.JobOptions
	approver, knows := v.sink.(Approver)
	if !knows || !o.FollowersOnly || !o.ByHand {
		return o, nil
	}
	err := v.during(ctx, func(ctx context.Context) (err error) {
		o.ByHand, err = approver.ApprovesByHand(ctx)
		return ofEnd("ask the sink how its account approves followers", err)
	})
	return o, err
}

// placeable is what placing is told. The error, if any, is the store's.
func (v *visit) placeable(j Job, options JobOptions, open []*putting, files map[string]JobFile, names *naming) (placeable, *error) {
	var lost error
	entries := map[Ref]Entry{}
	for _, p := range open {
		entries[p.item.Ref] = p.entry
	}
	return placeable{
		job: j, options: options, actor: v.actor, entries: entries, files: files,
		find: func(ctx context.Context, olds []vocab.IRI) (map[vocab.IRI]Entry, error) {
			named, err := names.find(ctx, olds)
			lost = err
			return named, err
		},
	}, &lost
}

// within holds what an item is to be to what a copy may be at all.
func (v *visit) within(j Job, i Item) Item {
	at := Placed{}
	if i.Placed != nil {
		at = *i.Placed
	}
	at.Standing = j.Standing
	at.Quarantined = v.options.quarantined(j.Standing)
	if i.Kind == Inbox {
		at.Audience, at.Object = ForAuthor, nil
	}
	i.Placed = &at
	return i
}

// found returns what became of the files that items use.
func (v *visit) found(ctx context.Context, todo []putting) (map[string]JobFile, error) {
	var places []string
	for _, p := range todo {
		for _, m := range p.item.Media {
			places = append(places, placeOf(m))
		}
	}
	if len(places) == 0 || !v.takesFiles() {
		return nil, nil
	}
	return v.engine.store.Found(ctx, v.id, places)
}

// places returns where an item's files stand at the sink, in their order.
func places(i Item, files map[string]JobFile) []vocab.IRI {
	at := make([]vocab.IRI, len(i.Media))
	for n, m := range i.Media {
		if f := files[placeOf(m)]; f.State == Copied {
			at[n] = f.URL
		}
	}
	return at
}

// withFiles says of an item's files what is known of them now, and what is wrong.
func (v *visit) withFiles(i Item, files map[string]JobFile) Item {
	if len(i.Media) == 0 || !v.takesFiles() {
		return i
	}
	i = i.clone()
	missing := i.count(MissingMedia) // which the source has told
	for n, m := range i.Media {
		f := files[placeOf(m)]
		reason := f.Reason
		switch {
		case f.State == Copied:
			i.Media[n].Digest, i.Media[n].Size = f.Digest, f.Bytes
			continue
		case f.State == "":
			reason = MissingMedia
		}
		if reason == MissingMedia && missing > 0 {
			missing--
			continue
		}
		i.Problems = append(i.Problems, Problem{Reason: reason, Detail: fmt.Sprintf("file %d", n)})
	}
	return i
}

// referenced are the members that a reference to others' words keeps. What they said
// is theirs.
var referenced = []vocab.Property{
	vocab.ID, vocab.Type, vocab.Actor, vocab.AttributedTo, vocab.ObjectProperty, vocab.InReplyTo, vocab.Published, vocab.URL,
}

// reference returns an item that says who did what to which post, and no more.
func reference(i Item) Item {
	i.Activity, i.Raw, i.Media = nil, nil, nil
	if i.Object == nil {
		return i
	}
	var members []vocab.Member
	for _, p := range referenced {
		if !i.Object.Has(p) {
			continue
		}
		switch p {
		case vocab.Type, vocab.Published:
			members = append(members, vocab.Member{Name: p, Value: i.Object.Get(p)})
		default:
			members = append(members, vocab.Member{Name: p, Value: idsOf(i.Object, p)})
		}
	}
	if o, err := vocab.Build(members...); err == nil {
		i.Object = o
	}
	return i
}

// idsOf returns the identifiers in a property as its value: one, or a list.
func idsOf(o *vocab.Object, p vocab.Property) any {
	ids := o.IRIs(p)
	if len(ids) == 1 {
		return ids[0]
	}
	return ids
}
