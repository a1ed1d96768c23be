package move

import (
	"context"
	"errors"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/vocab"
)

// strict asks [Verify]'s own checks, under strict rules, about the Move that the
// old account will send.
func (s *sight) strict(ctx context.Context) (Outlook, *RefusedError, error) {
	v := newVerification(s.snapshot, Delivery{}, (&Rules{Now: s.options.Now}).orDefault())
	v.move.Claim = Claim{Actor: s.old.id, Old: s.old.id, Target: s.new.id}
	v.move.New = s.new.id
	v.move.Evidence = Evidence{By: ByHTTP, Signer: s.old.id, Delivered: s.now}
	if s.sends().movedTo {
		// What ByLocal leaves out is the wait for movedTo, which the move sets.
		v.move.Evidence.By = ByLocal
	}
	err := v.explain(s.examined(ctx, v))
	refused, isRefused := errors.AsType[*RefusedError](err)
	deferred, isDeferred := errors.AsType[*DeferredError](err)
	switch {
	case err == nil:
		return Outlook{Family: own, Prediction: Honoured, Notes: s.follows(v.move.New)}, nil, nil
	case isDeferred && deferred.Reason != NotMoved && !unreadableForGood(deferred):
		return Outlook{Family: own, Prediction: CannotTell, Failing: []Failure{s.unread(deferred)}}, nil, nil
	case isDeferred:
		refused = &RefusedError{Reason: deferred.Reason, Old: s.old.id, New: s.new.id}
	case !isRefused:
		return Outlook{}, nil, err
	}
	o := Outlook{Family: own, Prediction: Ignored, Failing: []Failure{{RuleName(refused.Reason), refused.Hint()}}}
	if refused.Reason == NotMoved {
		o.Prediction = NotifyOnly // people are told in the end, and may confirm by hand
	}
	return o, refused, nil
}

// follows notes who is followed at the end of a chain.
func (s *sight) follows(end vocab.IRI) []string {
	if end != s.new.id {
		return []string{"follows " + string(end) + ", where the new account has moved on to"}
	}
	return s.remarks(onAccept)
}

// examined is what decides before and after the signature is known.
func (s *sight) examined(ctx context.Context, v *verification) error {
	switch found := keyed(s); {
	case s.old.id == s.new.id:
		return refuse(SameAccount)
	case found.rule == RuleNoKey:
		return refuse(Unsigned)
	case s.new.err != nil:
		return missed(s.new.err)
	case s.old.err != nil && !s.old.hidden():
		return missed(s.old.err)
	}
	return v.examine(ctx)
}

// unreadableForGood reports whether a document will be as unreadable later, for everyone.
func unreadableForGood(d *DeferredError) bool {
	failed, ok := errors.AsType[*actor.FetchError](d.Err)
	return ok && !failed.Temporary() && !errors.Is(failed, actor.ErrForbidden)
}

func (s *sight) unread(d *DeferredError) Failure {
	id := s.new.id
	if failed, ok := errors.AsType[*actor.FetchError](d.Err); ok && failed.ID != "" {
		id = failed.ID
	}
	if errors.Is(d.Err, actor.ErrForbidden) {
		return s.failure(account{id: id}.missing())
	}
	return s.failure(finding{rule: RuleName(Unreachable), it: string(id)})
}
