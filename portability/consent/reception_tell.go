package consent

import (
	"context"
	"errors"
	"fmt"

	"codeberg.org/godwit/godwit/portability"
)

// arrivalNotices is what people are told in each state.
var arrivalNotices = map[ArrivalState]NoticeKind{
	ArrivalWaiting:  NoticeWaiting,
	ArrivalApproved: NoticeApproved,
	ArrivalRefused:  NoticeRefused,
	ArrivalComplete: NoticeComplete,
}

// finish does what a state brings with it. What fails is done by Remind.
func (r *Reception) finish(ctx context.Context, a Arrival) (Arrival, error) {
	if a.State.Ended() {
		if err := r.letGo(ctx, a); err != nil {
			return a, err
		}
	}
	return r.tell(ctx, a)
}

// tell records the decision about an arrival and tells the person.
func (r *Reception) tell(ctx context.Context, a Arrival) (Arrival, error) {
	if err := r.store.Record(ctx, a.Decision); err != nil {
		return a, fmt.Errorf("record decision: %w", err)
	}
	kind, tells := arrivalNotices[a.State]
	if tells && r.options.Notify != nil && a.Decision.By == "" && isRepeatable(a, kind) {
		var err error
		if tells, err = r.mayTell(ctx, a, kind); err != nil {
			return a, err
		}
	}
	if tells && r.options.Notify != nil {
		n := Notice{Kind: kind, At: a.Decision.At, Person: a.Old, Other: a.New, Of: a.ID, Decision: a.Decision}
		if err := r.options.Notify(ctx, n); err != nil {
			return a, fmt.Errorf("tell the person: %w", err)
		}
	}
	told := a
	told.Told = a.State
	stored, err := r.store.PutArrival(ctx, told, Ration{})
	if errors.Is(err, portability.ErrOverwritten) { // it went on meanwhile, and is told of that
		return a, nil
	}
	if err != nil {
		return a, fmt.Errorf("keep arrival: %w", err)
	}
	return stored, nil
}

// isRepeatable reports whether strangers could have somebody told the same for ever.
func isRepeatable(a Arrival, kind NoticeKind) bool {
	return kind == NoticeRefused || kind == NoticeWaiting || kind == NoticeApproved && !isProved(a)
}

// Remind tells people what they were not told, because somebody crashed or could not
// reach them. It goes on after a failure, and returns all of them.
func (r *Reception) Remind(ctx context.Context) error {
	var untold []Arrival
	for a, err := range r.store.Arrivals(ctx, ArrivalFilter{Untold: true}, "") {
		if err != nil {
			return fmt.Errorf("read arrivals: %w", err)
		}
		untold = append(untold, a)
	}
	var errs []error
	for _, a := range untold {
		_, err := r.finish(ctx, a)
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}
