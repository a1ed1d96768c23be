package consent

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"codeberg.org/godwit/godwit/portability"
)

// Quiet is how long nobody is told again of the same that the rules have decided about one
// old account, whoever asks in its name.
const Quiet = 24 * time.Hour

// MostClaims is how many who prove nothing may be under way for one old account, each of
// whom somebody has to look at.
const MostClaims = 8

// rivals returns the arrivals of the same old account that have not ended.
func (r *Reception) rivals(ctx context.Context, a Arrival) (rivals []Arrival, err error) {
	for other, err := range r.store.Arrivals(ctx, ArrivalFilter{Old: a.Old}, "") {
		if err != nil {
			return nil, fmt.Errorf("ask to come: %w", err)
		}
		if other.ID != a.ID && !other.State.Ended() {
			rivals = append(rivals, other)
		}
	}
	return rivals, nil
}

func isProved(a Arrival) bool { return a.Standing == portability.Proved }

// runningOf returns the arrival that the same person has under way, unless they come with
// a proof now and had none before.
func runningOf(a Arrival, rivals []Arrival) (Arrival, bool) {
	at := slices.IndexFunc(rivals, func(other Arrival) bool { return a.Asker != "" && other.Asker == a.Asker })
	if at < 0 || isProved(a) && givesWay(rivals[at]) {
		return Arrival{}, false
	}
	return rivals[at], true
}

// givesWay reports whether an arrival ends when somebody comes who has proved that the
// account is theirs.
func givesWay(a Arrival) bool {
	return !isProved(a) && (a.State == ArrivalAsked || a.State == ArrivalWaiting || a.State == ArrivalApproved && a.Decision.By == "")
}

// joined returns the arrival that the same person has begun at the same time.
func (r *Reception) joined(ctx context.Context, a Arrival) (Reply, error) {
	rivals, err := r.rivals(ctx, a)
	if err != nil {
		return Reply{}, err
	}
	for _, other := range rivals {
		if other.Asker == a.Asker {
			return Reply{Arrival: other, Decision: other.Decision}, nil
		}
	}
	return Reply{}, fmt.Errorf("ask to come: %w", ErrRunning)
}

// giveWay ends the arrivals of which nothing shows that the account is theirs, where this
// one shows it. What somebody moves on at the same moment stays.
func (r *Reception) giveWay(ctx context.Context, a Arrival, rivals []Arrival) error {
	for _, other := range rivals {
		if !isProved(a) || !givesWay(other) {
			continue
		}
		s, d := ArrivalRefused, Decision{Verdict: Refuse, Ground: GroundProvedByAnother}
		if a.Asker != "" && other.Asker == a.Asker { // it is the same person, who can show it now
			s, d = ArrivalWithdrawn, Decision{Verdict: Allow}
		}
		d.At, d.Matter, d.Person, d.Other = r.now(), MatterArrival, other.Old, other.New
		reply, err := r.step(ctx, other, s, d)
		if err != nil && reply.Arrival.State != s && !errors.Is(err, portability.ErrOverwritten) {
			return fmt.Errorf("end what is not proved: %w", err)
		}
	}
	return nil
}

// turnAway refuses somebody who has just asked. The first time in a while that is an
// arrival, of which they are told; after that it is a word and a record.
func (r *Reception) turnAway(ctx context.Context, a Arrival, d Decision) (Reply, error) {
	first, err := r.mayTell(ctx, a, NoticeRefused)
	if err != nil {
		return Reply{}, err
	}
	if first {
		return r.step(ctx, a, ArrivalRefused, d)
	}
	d.Of = ""
	d.ID = idOf(d, "again")
	if err := r.store.Record(ctx, d); err != nil {
		return Reply{Decision: d}, fmt.Errorf("record decision: %w", err)
	}
	return Reply{Decision: d}, nil
}

// mayTell reports whether it is this arrival of whose decision by the rules people are
// told: of all that concern one account, with a proof or without, the first in a while.
// Asking again for the same arrival gives the same answer.
func (r *Reception) mayTell(ctx context.Context, a Arrival, kind NoticeKind) (bool, error) {
	now := r.now()
	slot := fmt.Sprintf("told %s %s %s", kind, a.Standing, a.Old) // no name has a space
	_, ok, err := r.store.Reserve(ctx, Reservation{Name: slot, By: a.ID, Until: now.Add(Quiet)}, now)
	if err != nil {
		return false, fmt.Errorf("keep who was told: %w", err)
	}
	return ok, nil
}

// abandon lets go of the name of an arrival that was not stored, unless another one of the
// same person has it.
func (r *Reception) abandon(ctx context.Context, a Arrival) error {
	if a.Name == "" {
		return nil
	}
	if _, err := r.store.Arrival(ctx, a.ID); !errors.Is(err, ErrNoArrival) {
		return err
	}
	return r.release(ctx, a)
}
