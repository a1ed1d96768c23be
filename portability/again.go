package portability

// again returns the entry of an item that was met in an earlier run, from what is
// known and what it is now.
func (s *staging) again(before, now Entry) Entry {
	_, updates := s.v.sink.(Updater)
	inDoubt := before.Was != nil && before.Intended // it may have been updated already
	before = before.back()
	switch same := before.Digest == now.Digest && !inDoubt; {
	case before.wasDeleted():
		return before
	case !before.wasPut():
		return afresh(before, now)
	case same && !(updates && before.lacksFile()):
		return before
	case !updates:
		// It keeps the old digest, so that it differs still when the sink can update.
		before.State, before.Reason = Conflicting, Differs
		return before
	}
	return restage(before, now)
}

// afresh returns an entry that is staged anew, under its number and name.
func afresh(before, now Entry) Entry {
	now.No, now.Rank, now.NewID, now.URLs = before.No, before.Rank, before.NewID, before.URLs
	now.Intended, now.Put, now.Was = before.Intended, before.Put, before.Was
	if before.Intended && before.Reason == AlreadyThere {
		now.Reason = AlreadyThere
	}
	return now
}

// restage returns the entry of an item that is at the sink, and is to be updated there. If
// it cannot be any more, the two differ.
func restage(before, now Entry) Entry {
	if now.State != "" {
		before = before.back()
		before.State, before.Reason, before.Digest = Conflicting, now.Reason, now.Digest
		return before
	}
	if before.Was == nil {
		before.Was = &Ended{State: before.State, Reason: before.Reason, Audience: before.Audience, Digest: before.Digest, Size: before.Size}
		before.Intended = false
	}
	now = afresh(before, now)
	now.Reason = Differs // see visit.putBatch
	return now
}

// back returns an entry that was staged for an update as it was before.
func (e Entry) back() Entry {
	if e.Was == nil {
		return e
	}
	was := *e.Was
	e.State, e.Reason, e.Audience, e.Digest, e.Size = was.State, was.Reason, was.Audience, was.Digest, was.Size
	e.Was, e.Intended = nil, false
	return e
}

// wasPut reports whether an entry's item is at the sink, as far as is known.
func (e Entry) wasPut() bool {
	switch e.State {
	case Copied, Changed:
		return true
	case Conflicting:
		return e.Reason != DuplicateID
	case Skipped:
		return e.Reason == AlreadyThere
	}
	return e.State == "" && e.Was != nil
}

// wasDeleted reports whether somebody has deleted at the sink what was put there.
func (e Entry) wasDeleted() bool { return e.State == Skipped && e.Reason == DeletedHere }

// isThere reports whether an entry's item is at the sink as its source has it.
func (e Entry) isThere() bool {
	return e.State == Copied || e.State == Changed || e.State == Skipped && e.Reason == AlreadyThere
}

// lacksFile reports whether an item was put without one of its files.
func (e Entry) lacksFile() bool {
	return e.State == Changed && (e.Reason == MissingMedia || e.Reason == BadMedia || e.Reason == NoPlace || e.Reason == Unavailable)
}

// isOurs reports whether the job has put an entry's item, and may take it out.
func (e Entry) isOurs() bool { return e.Put > 0 && e.State != Removed }
