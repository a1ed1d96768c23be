package portability

// again returns the entry of an item that was met in an earlier run, from what is
// known and what it is now.
func (s *staging) again(before, now Entry) Entry {
	_, updates := s.v.sink.(Updater)
	switch same := before.Digest == now.Digest; {
	case !before.wasPut():
		return afresh(before, now)
	case same && !(updates && before.lacksFile()):
		return before
	case !updates:
		// It keeps the old digest, so that it differs still when the sink can update.
		before.State, before.Reason, before.Intended = Conflicting, Differs, before.isOurs()
		return before
	case now.State != "":
		before.State, before.Reason, before.Digest = Conflicting, now.Reason, now.Digest
		return before
	}
	now = afresh(before, now)
	now.Reason = Differs // it is to be updated, see visit.putBatch
	return now
}

// afresh returns an entry that is staged anew, under its number and name.
func afresh(before, now Entry) Entry {
	now.No, now.Rank, now.NewID, now.URLs, now.Intended = before.No, before.Rank, before.NewID, before.URLs, before.Intended
	if before.Intended && before.Reason == AlreadyThere {
		now.Reason = AlreadyThere
	}
	return now
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
	return false
}

// lacksFile reports whether an item was put without one of its files.
func (e Entry) lacksFile() bool {
	return e.State == Changed && (e.Reason == MissingMedia || e.Reason == BadMedia || e.Reason == NoPlace || e.Reason == Unavailable)
}

// isOurs reports whether the job has put an entry's item, or may have.
func (e Entry) isOurs() bool {
	switch {
	case e.State == Copied, e.State == Changed:
		return true
	case e.State == Conflicting:
		return e.Intended // it has changed at the source, and the sink cannot take that
	}
	return e.State == "" && e.Intended && e.Reason != AlreadyThere
}
