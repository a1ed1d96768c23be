package portability

import (
	"context"
	"time"

	"codeberg.org/godwit/godwit/vocab"
)

// putCommit puts items and records it in one transaction, where the store can. The
// bool is false if it cannot.
func (v *visit) putCommit(ctx context.Context, j Job, puts []*putting, names *naming) (bool, error) {
	atomic, ok := v.engine.store.(Atomic)
	if !ok {
		return false, nil
	}
	all := make([]putting, len(puts))
	for i, p := range puts {
		all[i] = *p
	}
	owners, err := v.owners(ctx, j, all, names)
	if err != nil {
		return false, err
	}
	var wrong error
	var recorded Change
	putting, spoil := context.WithCancelCause(ctx)
	defer spoil(nil)
	stop := v.keepLease(ctx, spoil)
	defer func() { _ = stop() }()
	stored, done, err := atomic.PutCommit(putting, v.sink, itemsOf(puts), func(results []Result) (Job, Change) {
		_ = stop() // who has the job by then is told by its version
		by := map[Ref]Result{}
		if wrong = collect(by, itemsOf(puts), results, putEnds, nil); wrong != nil {
			return v.leased(v.job), Change{}
		}
		next, change := v.ends(j, all, by, owners)
		next = v.leased(v.timed(cleared(next)))
		next.Version = v.job.Version
		recorded = change
		return next, change
	})
	if spoilt := stop(); err != nil && spoilt != nil {
		err = spoilt
	}
	switch {
	case err != nil && !stale(err) && ctx.Err() == nil:
		return false, &endError{what: "put items", err: err, ofPut: true}
	case err != nil || !done:
		return false, err
	}
	v.recorded(stored, recorded)
	if wrong != nil {
		return true, &endError{what: "put items", err: wrong, ofPut: true}
	}
	return true, nil
}

// cleared returns a job that has no trouble.
func cleared(j Job) Job {
	j.Tries, j.Trouble, j.Due = 0, "", time.Time{}
	return j
}

// settle returns what the journal is to know after a batch was put.
func (v *visit) settle(ctx context.Context, j Job, all []putting, results map[Ref]Result, names *naming) (Job, Change, error) {
	owners, err := v.owners(ctx, j, all, names)
	if err != nil {
		return j, Change{}, err
	}
	next, change := v.ends(j, all, results, owners)
	return next, change, nil
}

// ends makes the entries and mappings of items from their results.
func (v *visit) ends(j Job, all []putting, results map[Ref]Result, owners map[vocab.IRI]Ref) (Job, Change) {
	j = j.clone()
	var c Change
	for _, p := range all {
		e := p.entry
		if e.State == "" {
			e = v.end(p, results[p.item.Ref])
		}
		c.Entries = append(c.Entries, e)
		t := j.tally(e.Stage, e.Kind)
		t.Done++
		t.Bytes += e.Size
		c.Mappings = append(c.Mappings, v.mappings(j, p.item, e, owners)...)
		c.Mappings = append(c.Mappings, v.fileMappings(j, p, e)...)
	}
	return j, c
}

// end is the entry of an item that was put.
func (v *visit) end(p putting, r Result) Entry {
	e := p.entry
	if e.Was != nil {
		return endOfUpdate(p, r)
	}
	there := r.State == Skipped && r.Reason == AlreadyThere
	warning := e.Reason
	e.State, e.Reason, e.Intended = r.State, r.Reason, false
	switch {
	case there && p.again && e.Put > 0:
		// It was put by this job, which did not come to write it down.
		e.State, e.Reason = v.asPut(p.item)
		e.Put = v.job.Run
	case r.State == Copied, r.State == Changed:
		e.Put = v.job.Run
	case r.State == Conflicting && r.Reason == Differs && p.again && e.Put > 0:
		// So it was, and the source has changed it since.
	default:
		e.Put = 0
	}
	if e.State == Copied && warning != AlreadyThere {
		e.Reason = warning
	}
	e = e.named(r)
	if p.item.Placed != nil && e.wasPut() {
		e.Audience = p.item.Placed.Audience
	}
	return e
}

// endOfUpdate is the entry of an item that was put again since it had changed at the
// source. What the sink has not taken is there as it was before, and what it has failed
// to take is tried again by the next run.
func endOfUpdate(p putting, r Result) Entry {
	e, was := p.entry, *p.entry.Was
	e.Was, e.Intended = nil, false
	switch {
	case r.Reason == NotHere:
		e.State, e.Reason, e.Put = Skipped, DeletedHere, 0
	case r.State == Copied, r.State == Changed, r.State == Skipped && r.Reason == AlreadyThere:
		e.State, e.Reason = Changed, fileProblem(p.item)
		if p.item.Placed != nil {
			e.Audience = p.item.Placed.Audience
		}
		return e.named(r)
	case r.State == Conflicting:
		e.State, e.Reason = Conflicting, r.Reason
	default:
		e.State, e.Reason, e.Digest, e.Size = Conflicting, r.Reason, was.Digest, was.Size
	}
	e.Audience = was.Audience
	return e
}

// named returns an entry with the names that the sink has told with a result, if any.
func (e Entry) named(r Result) Entry {
	if r.NewID != "" {
		e.NewID, e.URLs = r.NewID, r.URLs
	}
	return e
}

// asPut is how the sink said an item ended when nobody wrote it down.
func (v *visit) asPut(i Item) (State, Reason) {
	if _, state, reason := v.limits.Fit(i); state == Changed {
		return state, reason
	}
	if reason := fileProblem(i); reason != "" {
		return Changed, reason
	}
	return Copied, ""
}

// fileProblem returns what is wrong with any of an item's files; "" if nothing is.
func fileProblem(i Item) Reason {
	for _, p := range i.Problems {
		switch p.Reason {
		case MissingMedia, BadMedia, NoPlace, TooMany, Unavailable:
			return mediaProblem(i)
		}
	}
	return ""
}

// owners returns which items the names of some belong to.
func (v *visit) owners(ctx context.Context, j Job, all []putting, names *naming) (map[vocab.IRI]Ref, error) {
	if j.Standing != Proved {
		return nil, nil
	}
	var olds []vocab.IRI
	for _, p := range all {
		olds = append(olds, namesOf(j, p.item)...)
	}
	if len(olds) == 0 {
		return nil, nil
	}
	entries, err := names.find(ctx, olds)
	owners := make(map[vocab.IRI]Ref, len(entries))
	for name, e := range entries {
		owners[name] = e.Ref
	}
	return owners, err
}

// mappings lead an item's old names to its new place. A copy that is only claimed has
// none.
func (v *visit) mappings(j Job, i Item, e Entry, owners map[vocab.IRI]Ref) []Mapping {
	if j.Standing != Proved || !e.isThere() || e.NewID == "" {
		return nil
	}
	m := Mapping{
		ID: vocab.IRI(i.ID), New: e.NewID, Kind: i.Kind, From: j.Old, To: j.Account,
		Audience: e.Audience, At: v.engine.now(),
	}
	if i.Kind == Actor {
		m.Audience = ForPublic
	}
	if len(e.URLs) > 0 {
		m.URL = e.URLs[0]
	}
	var all []Mapping
	for _, name := range namesOf(j, i) {
		if m.Old = name; owners[name] == e.Ref && name != m.New && !v.claimant().isAnothers(name) {
			all = append(all, m)
		}
	}
	return all
}

// fileMappings lead the old addresses of an item's files to where they stand now. Only
// files of what strangers may read have one, for a file may be used by several items.
//
// Where a post was for them, and is no more, theirs say so at once.
func (v *visit) fileMappings(j Job, p putting, e Entry) []Mapping {
	shown := isForStrangers(e.Audience) || p.entry.Was != nil && isForStrangers(p.entry.Was.Audience)
	if j.Standing != Proved || !e.isThere() || e.Kind != Content || !shown {
		return nil
	}
	var all []Mapping
	for i, at := range p.files {
		old := p.item.Media[i].URL
		if at == "" || at == old || !vocab.SameOrigin(old, j.Old) || v.claimant().isAnothers(old) {
			continue
		}
		all = append(all, Mapping{
			Old: old, ID: vocab.IRI(e.ID), New: at, Kind: Media, From: j.Old, To: j.Account,
			Audience: e.Audience, At: v.engine.now(),
		})
	}
	return all
}

func isForStrangers(a Audience) bool { return a == ForPublic || a == ForUnlisted }
