package move

import (
	"context"
	"errors"
	"time"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/vocab"
)

// MaxHops is how many links a chain of moves may have, the link from the old
// account to the Move's own target being the first.
const MaxHops = 10

// SignatureWindow is how old a signature by HTTP may be for [Rules.Lenient] to
// count.
const SignatureWindow = 65 * time.Minute

// LDSignatureWindow is how long ago an LD signature may have been made for
// [Rules.LDSignature] to be asked about it.
const LDSignatureWindow = 48 * time.Hour

// Rules says what a receiving server accepts. The zero Rules are strict, and
// what nil stands for.
type Rules struct {
	// Lenient accepts a Move that the old account signed by HTTP although its
	// document does not say movedTo, as most senders' is late or never does.
	// It is not for a pair that was once seen cancelled.
	Lenient bool
	// Pull accepts a Move sent by the new account, where the old one confirms
	// it now or did so by a proof (FEP-7628, pull mode).
	Pull bool
	// Ours reports whether an account is on this server. Nil: none is.
	Ours func(vocab.IRI) bool
	// Blocked reports whether this server blocks an account or its host, and
	// Suspended whether it has suspended the account. Nil: none is.
	Blocked, Suspended func(context.Context, vocab.IRI) (bool, error)
	// Keys remembers which keys were seen when. All that comes in must feed it,
	// not only Moves: a key of which a Like told last year is no new one today.
	// So the host verifies its whole inbox through one client
	// (actor/client.Options.Memory) that has the same memory. Nil leaves out the
	// check of key continuity, which only a server that never kept a key should do.
	Keys actor.KeyMemory
	// LDSignature checks that a key made the LD signature (RsaSignature2017) in
	// an activity, and that it covers the Move; vocab/ldsig has the one to use.
	// With it, a Move that somebody else sends on counts as proved by the old
	// account, if one of the account's own keys signed it no more than
	// [LDSignatureWindow] ago. Nil: LD signatures are not looked at.
	LDSignature func(activity *vocab.Object, key actor.Key) error
	// Local marks a delivery as made by an account of this server itself, for
	// which Ours and the signature are not asked.
	Local bool
	// Now is the clock. Nil: time.Now.
	Now func() time.Time
}

func (r *Rules) orDefault() Rules {
	var rules Rules
	if r != nil {
		rules = *r
	}
	if rules.Now == nil {
		rules.Now = time.Now
	}
	return rules
}

// A Move that was verified: Old points at New, and New claims Old.
type Move struct {
	Claim
	New vocab.IRI // the end of the chain, if the target has itself moved on
	// Evidence says who vouched for it, and when.
	Evidence Evidence
	// OldActor and NewActor are the documents that decided it, as they were at
	// Evidence.Delivered. OldActor is nil where it could not be read and was not needed.
	OldActor, NewActor *vocab.Object
}

// Verify checks a delivered Move against both accounts, fetched now through f
// (past its caches, if it is an actor.FreshFetcher).
//
// It is for activities of type Move. It returns a [RefusedError] for one that
// must be ignored, with the reason [KeyChanged] where only the key is too new to
// be believed; a [DeferredError] for one that cannot be decided now; and any
// other error when something of ours failed.
//
// It follows and undoes nothing, and remembers nothing of Moves: one that is
// held is judged anew when it is delivered again, and cool-downs, deferral and
// what is done for each follower are [Receiver]'s.
func Verify(ctx context.Context, f actor.Fetcher, d Delivery, rules *Rules) (*Move, error) {
	v := newVerification(f, d, rules.orDefault())
	for _, check := range []func(context.Context) error{v.read, v.authenticate, v.admit, v.continuous, v.examine} {
		if err := check(ctx); err != nil {
			return nil, v.explain(err)
		}
	}
	return &v.move, nil
}

// A DeferredError says that a Move can be neither honoured nor refused yet.
type DeferredError struct {
	Reason     Reason        // NotMoved, Unreachable
	RetryAfter time.Duration // what the origin asked for, if it did
	Old, New   vocab.IRI
	Err        error // nil for NotMoved
}

func (e *DeferredError) Error() string {
	text := "move deferred: " + string(e.Reason)
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

func (e *DeferredError) Unwrap() error { return e.Err }

// InboxStatus is what an inbox answers: 202. It is for the receiver to look again.
func (e *DeferredError) InboxStatus() int { return accepted }

// Temporary reports true: the same Move may be verified later.
func (e *DeferredError) Temporary() bool { return true }

// verification is one look at one delivery.
type verification struct {
	fetcher actor.Fetcher
	rules   Rules
	d       Delivery
	now     time.Time
	move    Move
	// since, if not zero, is the latest Move known for either account: a proof
	// must be younger.
	since time.Time
	// cancelled: this pair was once seen cancelled.
	cancelled bool
	// withdrawn: the key that signed stands no more in the old account's document.
	withdrawn bool
	// unpointed: it was accepted although the old account names nobody.
	unpointed bool
	proof     *provenance
	// shown is the old account as proofs were looked for, or hidden why not.
	shown  *vocab.Object
	hidden error
}

func newVerification(f actor.Fetcher, d Delivery, rules Rules) *verification {
	return &verification{fetcher: f, rules: rules, d: d, now: rules.Now()}
}

// stop ends a verification. It is an error so that checks read down the left
// margin; explain makes of it what callers see.
type stop struct {
	outcome Outcome
	reason  Reason
	after   time.Duration // Defer: what the origin asked for
	lasting bool          // Defer: once, then refused
	err     error
}

func (s *stop) Error() string { return string(s.outcome) + ": " + string(s.reason) }

func refuse(r Reason) error { return &stop{outcome: Refuse, reason: r} }

func (v *verification) explain(err error) error {
	s, ok := errors.AsType[*stop](err)
	switch {
	case !ok:
		return err
	case s.outcome == Defer:
		return &DeferredError{Reason: s.reason, RetryAfter: s.after, Old: v.move.Old, New: v.move.Target, Err: s.err}
	}
	return &RefusedError{Reason: s.reason, Old: v.move.Old, New: v.move.Target}
}

func (v *verification) read(context.Context) error {
	claim, err := Read(v.d.Activity)
	v.move.Claim, v.move.New = claim, claim.Target
	if refused, ok := errors.AsType[*RefusedError](err); ok {
		return refuse(refused.Reason)
	}
	return err
}

// admit applies what needs no fetching.
func (v *verification) admit(ctx context.Context) error {
	m := v.move
	switch {
	case m.Actor != m.Old && m.Actor != m.Target:
		return refuse(WrongActor)
	case v.d.Activity.Has(vocab.Origin) && !v.names(v.d.Activity.IRI(vocab.Origin)):
		return refuse(WrongActor)
	case v.rules.Ours != nil && v.rules.Ours(m.Old) && !v.rules.Local:
		return refuse(OwnAccount)
	case m.Old == m.Target:
		return refuse(SameAccount)
	}
	if err := v.permitted(ctx, m.Old, m.Target); err != nil {
		return err
	}
	if m.Pull() && !v.rules.Pull {
		return refuse(PullDisabled)
	}
	return nil
}

// names reports whether an origin is the actor, or, in pull mode, the old account
// (FEP-1580 writes it so).
func (v *verification) names(origin vocab.IRI) bool {
	return origin == v.move.Actor || v.move.Pull() && origin == v.move.Old
}

// permitted asks the server's own blocks and suspensions.
func (v *verification) permitted(ctx context.Context, old, new vocab.IRI) error {
	for _, id := range []vocab.IRI{old, new} {
		blocked, err := ask(ctx, v.rules.Blocked, id)
		if err != nil {
			return err
		}
		if blocked {
			return &stop{outcome: Noop, reason: Blocked}
		}
	}
	if suspended, err := ask(ctx, v.rules.Suspended, old); err != nil {
		return err
	} else if suspended {
		return &stop{outcome: Noop, reason: Blocked}
	}
	suspended, err := ask(ctx, v.rules.Suspended, new)
	if err == nil && suspended {
		return refuse(Suspended)
	}
	return err
}

func ask(ctx context.Context, question func(context.Context, vocab.IRI) (bool, error), id vocab.IRI) (bool, error) {
	if question == nil {
		return false, nil
	}
	return question(ctx, id)
}

// continuous checks that the key was known before (design: key continuity).
// Where no key vouches for the Move itself, examine checks the old account's.
func (v *verification) continuous(ctx context.Context) error {
	e := v.move.Evidence
	switch {
	case v.rules.Keys == nil || v.rules.Local:
		return nil
	case e.By == ByOrigin && v.proof == nil:
		// No key vouches for it, and whoever took over a lapsed domain can serve
		// any Move there.
		return &stop{outcome: Hold, reason: KeyChanged}
	case v.move.Pull() || e.Fingerprint == "":
		return nil
	}
	return v.believe(ctx, e.Fingerprint)
}

// undisturbed stops with Hold if the old account's server has come back from an
// outage less than a key's trial ago. Whoever takes over a lapsed domain can
// show the old keys there, though not sign with them; so where no signature is
// at hand, what is shown counts as young as the server.
func (v *verification) undisturbed(ctx context.Context) error {
	if v.rules.Keys == nil || v.rules.Local {
		return nil
	}
	origin, _, err := v.rules.Keys.Origin(ctx, v.move.Old.Origin(), v.move.Old)
	if err != nil {
		return err
	}
	back, delivered := origin.OutageTo, v.move.Evidence.Delivered
	if !origin.OutageFrom.IsZero() && back.Sub(origin.OutageFrom) > actor.OutageLimit && delivered.Sub(back) < actor.KeyTrial {
		return &stop{outcome: Hold, reason: KeyChanged}
	}
	return nil
}

// believe stops with Hold unless one of the keys of the old account is
// continuous.
func (v *verification) believe(ctx context.Context, fingerprints ...string) error {
	if v.rules.Keys == nil || v.rules.Local {
		return nil
	}
	records, err := v.rules.Keys.Keys(ctx, v.move.Old)
	if err != nil {
		return err
	}
	origin, others, err := v.rules.Keys.Origin(ctx, v.move.Old.Origin(), v.move.Old)
	if err != nil {
		return err
	}
	for _, fingerprint := range fingerprints {
		if ok, _ := actor.Continuous(records, fingerprint, origin, others, v.move.Evidence.Delivered); ok {
			return nil
		}
	}
	return &stop{outcome: Hold, reason: KeyChanged}
}
