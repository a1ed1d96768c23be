package move

import (
	"context"
	"errors"
	"iter"
	"time"

	"codeberg.org/godwit/godwit/vocab"
)

// An Entry is a line of the ledger: what is known of one inbox, or of one
// follower who was seen to arrive. It belongs to the mover alone, and goes with
// the account.
type Entry struct {
	Party vocab.IRI // an inbox, or (Observed) a follower
	// State is Announce or Update (queued), Answered, Observed or Unknown.
	State    State
	Status   int       // the last HTTP status, 0 if none; 2xx says only that the inbox took it
	Attempts int       // failed tries of what is still queued
	Since    time.Time // when State was entered
	Due      time.Time // the next try of what is queued
}

// Ledger yields what is known of each party of a departure, in the order of
// their ids, beginning behind after.
func (a *Announcer) Ledger(ctx context.Context, caseID string, after vocab.IRI) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		for s, err := range a.store.List(ctx, caseID, after) {
			if !yield(entryOf(s), err) {
				return
			}
		}
	}
}

// Observed notes that a follower's Undo was seen at the old account, or their
// Follow at the new one, after old's latest departure. Nothing else is taken for
// the Move's having worked. It is no error if there was no departure.
func (a *Announcer) Observed(ctx context.Context, old, follower vocab.IRI) error {
	cases, err := a.store.About(ctx, Out, old)
	if err != nil {
		return err
	}
	for _, c := range cases {
		if c.Old != old || c.Begun.IsZero() {
			continue
		}
		own, err := a.store.Find(ctx, c.ID, "")
		if err != nil {
			return err
		}
		seen := Step{Case: c.ID, Side: Out, Party: follower, Host: follower.Host(), State: Observed, Since: a.options.Now()}
		return a.store.Add(ctx, c.ID, []Step{seen}, own.Cursor)
	}
	return nil
}

// A Left is a follower who is still at the old account after a departure, and
// what is known of the inbox that the Move for them went to.
type Left struct {
	Recipient
	Entry Entry // its State is "" if their inbox is not in the ledger
}

// Left yields the followers whom a departure has not moved so far: those that
// the home still lists and who were not observed, in the order of their ids. They may
// yet come, for as long as their own server waits for an answer. To whom the
// Move says nothing (see [Forecast.Reach]), the mover may want to say goodbye in
// words of their own; godwit never does so unasked.
func (a *Announcer) Left(ctx context.Context, caseID string) iter.Seq2[Left, error] {
	return func(yield func(Left, error) bool) {
		c, err := a.store.Case(ctx, caseID)
		if err != nil {
			yield(Left{}, err)
			return
		}
		for to, err := range a.home.Recipients(ctx, c.Old, "") {
			if err != nil {
				yield(Left{}, err)
				return
			}
			left, observed, err := a.left(ctx, caseID, to)
			if observed && err == nil {
				continue
			}
			if !yield(left, err) || err != nil {
				return
			}
		}
	}
}

// left looks up one recipient in the ledger.
func (a *Announcer) left(ctx context.Context, caseID string, to Recipient) (l Left, observed bool, err error) {
	l.Recipient = to
	if _, err := a.store.Find(ctx, caseID, to.ID); !errors.Is(err, ErrNoCase) {
		return l, true, err
	}
	s, err := a.store.Find(ctx, caseID, to.inbox())
	if errors.Is(err, ErrNoCase) {
		return l, false, nil
	}
	l.Entry = entryOf(s)
	return l, false, err
}

// entryOf is a step as the ledger shows it.
func entryOf(s Step) Entry {
	return Entry{Party: s.Party, State: s.State, Status: s.Status, Attempts: s.Attempts, Since: s.Since, Due: s.Due}
}

// Repeat queues a departure's Move once more for every inbox whose answer is
// at least [RepeatGap] old, except those of which only says no. It returns how
// many it queued.
func (a *Announcer) Repeat(ctx context.Context, caseID string, only func(Entry) bool) (int, error) {
	c, err := a.store.Case(ctx, caseID)
	if err != nil {
		return 0, err
	}
	if c.Begun.IsZero() || !c.Cancelled.IsZero() {
		return 0, errors.New("repeat a move: it was not announced")
	}
	n, now := 0, a.options.Now()
	for s, err := range a.store.List(ctx, caseID, "") {
		if err != nil {
			return n, err
		}
		e := entryOf(s)
		answered := s.State == Answered || s.State == Unknown
		if !answered || s.Status/100 == 2 && now.Sub(s.Since).Abs() < RepeatGap || only != nil && !only(e) {
			continue
		}
		s.State, s.Due, s.Attempts, s.Since = Update, now, 0, now
		switch err := a.store.Advance(ctx, s); {
		case err == nil:
			n++
		case !errors.Is(err, ErrStale): // else somebody has queued it just now
			return n, err
		}
	}
	a.Wake()
	return n, nil
}
