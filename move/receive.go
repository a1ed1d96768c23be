package move

import (
	"context"
	"errors"
	"time"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/vocab"
)

// Window is how long after a verified Move another one of the same account is
// refused.
const Window = 7 * 24 * time.Hour

// ReceiverOptions adjusts a [Receiver]. A nil *ReceiverOptions is the same as a
// zero one.
type ReceiverOptions struct {
	// Rules say what is accepted. Their Local is not used.
	Rules Rules
	// Window replaces the cool-down of [Window].
	Window time.Duration
	// Discover moves followers also when no Move came, but the old account
	// was seen to point at a new one that claims it. Off by default.
	Discover bool
	// Lease is how long one worker may take for one step. Default 2 minutes.
	Lease time.Duration
	// Backoff replaces [Backoff] between tries of what the host could not do. More
	// than a day is a day.
	Backoff func(failures int) time.Duration
	// Concluded, if not nil, is called after each conclusion about a Move that
	// was taken in or deferred before. The ones made at once are Receive's
	// results.
	Concluded func(context.Context, Verdict)
	// Failed, if not nil, is told of errors that Serve goes on after.
	Failed func(error)
}

// A Receiver honours Moves for the accounts of a server: it verifies them,
// again and again where they cannot be decided at once, and moves each follower,
// from the follow of the new account over its acceptance to the undo of the
// old. Any number of Receivers, in any number of processes, may share a store.
//
// Receive or Take, and the methods named after events, are for inbox handlers; Work does
// what has fallen due, and is called by [Receiver.Serve] or by a queue.
//
// A Receiver forgets nothing. The host makes a store that is a [Pruner] do so
// now and then, say once a day what was over for half a year: for that long
// people can say by hand what becomes of a move.
type Receiver struct {
	fetcher   actor.Fetcher
	store     Store
	relations Relations
	options   ReceiverOptions
	sent      throttle // by the actor who signed
	relayed   throttle // by the origins that are named, as nobody has signed
	seen      throttle // documents looked at again, by their actor
	wake      chan struct{}
}

// NewReceiver returns a Receiver. It performs no I/O and starts nothing.
func NewReceiver(f actor.Fetcher, s Store, r Relations, options *ReceiverOptions) *Receiver {
	var o ReceiverOptions
	if options != nil {
		o = *options
	}
	o.Rules = o.Rules.orDefault()
	o.Rules.Local = false
	if o.Window == 0 {
		o.Window = Window
	}
	if o.Lease == 0 {
		o.Lease = 2 * time.Minute
	}
	if o.Backoff == nil {
		o.Backoff = Backoff
	}
	o.Backoff = atMostADay(o.Backoff)
	return &Receiver{
		fetcher: f, store: s, relations: r, options: o, wake: make(chan struct{}, 1),
		sent: throttle{burst: burst}, relayed: throttle{burst: relayedBurst}, seen: throttle{burst: burst},
	}
}

// A Verdict is what was concluded about one Move.
type Verdict struct {
	Outcome  Outcome
	Reason   Reason    // "" for Accept
	Case     string    // "" where nothing is stored, as it concerns nobody here
	Old, New vocab.IRI // New is the end of the chain for Accept
	Due      time.Time // Defer: when it is tried again; zero if it is not
}

// Err returns a [RefusedError] if the Move was refused, else nil.
func (v Verdict) Err() error {
	if v.Outcome != Refuse {
		return nil
	}
	return &RefusedError{Reason: v.Reason, Old: v.Old, New: v.New}
}

// Receive takes in an activity. A Move is verified at once and, if it holds,
// recorded, so that the next Work moves the first followers; the actor's
// own Update may complete, cancel or reveal one; anything else is [Noop]. A Move
// that holds is recorded in any case; of others, only those of accounts with
// whom somebody here has to do.
//
// The error is about this server alone (its store, its context): the activity
// may be given to Receive again. The sender is answered 202 whatever the
// verdict is, as ActivityPub's inboxes do.
func (r *Receiver) Receive(ctx context.Context, d Delivery) (Verdict, error) {
	switch {
	case d.Activity.Is(vocab.TypeMove):
		return r.receive(ctx, d, r.options.Rules, r.decide)
	case d.Activity.Is(vocab.TypeUpdate):
		return Verdict{Outcome: Noop}, r.updated(ctx, d)
	}
	return Verdict{Outcome: Noop}, nil
}

// ReceiveLocal takes in the Move of an account of this server, for the
// followers that it has here; those elsewhere are [Announcer]'s, which calls
// this if it is given the Receiver. Nobody's signature is asked for: the caller
// knows that the Move is the account's own.
func (r *Receiver) ReceiveLocal(ctx context.Context, activity *vocab.Object) (Verdict, error) {
	rules := r.options.Rules
	rules.Local = true
	return r.receive(ctx, Delivery{Activity: activity}, rules, r.decide)
}

// receive does everything that comes before the two accounts are examined, and
// leaves the rest to next.
func (r *Receiver) receive(ctx context.Context, d Delivery, rules Rules,
	next func(context.Context, *verification, *past) (Verdict, error)) (Verdict, error) {
	v := newVerification(r.fetcher, d, rules)
	if err := v.read(ctx); err != nil {
		return r.conclude(ctx, v, nil, err)
	}
	past, err := r.past(ctx, v)
	if err != nil {
		return Verdict{}, err
	}
	if err := r.check(ctx, v, past); err != nil {
		// It changes nothing that is stored: anybody can send such a Move.
		return r.conclude(ctx, v, nil, err)
	}
	if past.same(v) && v.now.Sub(past.pending.Since) < retryAtOnce {
		return past.verdict(v), nil
	}
	if v.direct() && !r.sent.allow(string(v.move.Actor), v.now) {
		return r.conclude(ctx, v, nil, refuse(Cooldown))
	}
	if err := v.continuous(ctx); err != nil {
		return r.conclude(ctx, v, past, err)
	}
	return next(ctx, v, past)
}

// decide examines both accounts.
func (r *Receiver) decide(ctx context.Context, v *verification, p *past) (Verdict, error) {
	return r.conclude(ctx, v, p, v.examine(ctx))
}

// retryAtOnce is how long after a try that did not decide a Move the same Move
// is not tried again, however often it is delivered.
const retryAtOnce = 5 * time.Second

// check is everything that comes before the two accounts are examined.
func (r *Receiver) check(ctx context.Context, v *verification, past *past) error {
	if v.searches() && !r.allowSearch(v) {
		return refuse(Unsigned)
	}
	if err := v.authenticate(ctx); err != nil {
		return err
	}
	if err := v.admit(ctx); err != nil {
		return err
	}
	if past.done {
		return &stop{outcome: Noop}
	}
	if past.recent(v.now.Add(-r.options.Window)) {
		return refuse(Cooldown)
	}
	return nil
}

// allowSearch bounds what Moves that their actor did not send make us fetch
// from the origins that they name.
func (r *Receiver) allowSearch(v *verification) bool {
	old, by := v.move.Old.Origin(), v.move.Actor.Origin()
	allowed := r.relayed.allow(old, v.now)
	if by != old {
		allowed = r.relayed.allow(by, v.now) && allowed
	}
	return allowed
}

// conclude stores what a verification found.
func (r *Receiver) conclude(ctx context.Context, v *verification, p *past, err error) (Verdict, error) {
	if err == nil {
		return r.begin(ctx, v, p)
	}
	s, ok := errors.AsType[*stop](err)
	if !ok {
		return Verdict{}, err
	}
	verdict := Verdict{Outcome: s.outcome, Reason: s.reason, Old: v.move.Old, New: v.move.Target}
	switch {
	case s.outcome == Noop, p == nil:
		return verdict, nil
	case p.guarded(v) && s.outcome == Defer:
		return p.verdict(v), nil
	case p.guarded(v):
		return verdict, nil
	case s.outcome == Defer:
		return r.deferred(ctx, v, p, s)
	case s.outcome == Hold:
		return r.tell(ctx, v, p, verdict, Held, KeyChanged)
	case p.pending != nil || tells(s.reason):
		return r.tell(ctx, v, p, verdict, Refused, s.reason)
	}
	return verdict, nil
}

// tells reports whether people are told of a refusal. Of others they are not:
// whoever sends a false Move would reach them by it.
func tells(r Reason) bool { return r == Rekeyed || r == UnsupportedScheme || r == CopiedOnly }

// begin records a verified Move, unless another one won.
func (r *Receiver) begin(ctx context.Context, v *verification, p *past) (Verdict, error) {
	verdict := Verdict{Outcome: Accept, Old: v.move.Old, New: v.move.New}
	c := v.newCase(p)
	c.New, c.Begun, verdict.Case = v.move.New, v.now, c.ID
	own := Step{Case: c.ID, Side: In, Host: c.Old.Host(), State: Verified, Due: v.now, Since: v.now}
	if v.unpointed {
		own.Reason = NotMoved
	}
	_, _, created, err := r.store.Begin(ctx, c, own, v.now.Add(-r.options.Window))
	switch {
	case errors.Is(err, ErrCooldown):
		return Verdict{Outcome: Refuse, Reason: Cooldown, Old: v.move.Old, New: v.move.Target}, nil
	case err != nil:
		return Verdict{}, err
	case !created:
		verdict.Outcome = Noop
	}
	r.Wake()
	return verdict, nil
}

// newCase is the case that a verification is about.
func (v *verification) newCase(p *past) Case {
	return Case{
		ID: CaseID(In, v.move.Old, v.move.Target, p.generation), Side: In, Generation: p.generation,
		Old: v.move.Old, New: v.move.Target, Claimed: v.move.Target,
		Activity: v.d.Activity.Bytes(), Evidence: v.move.Evidence, Opened: v.now,
	}
}

// deferred stores that a Move must be verified again.
func (r *Receiver) deferred(ctx context.Context, v *verification, p *past, s *stop) (Verdict, error) {
	verdict := Verdict{Outcome: Defer, Reason: s.reason, Old: v.move.Old, New: v.move.Target}
	next, end := ladder(p.pending, v, s)
	if end != "" {
		verdict.Outcome, verdict.Reason = end, s.reason
		if end == Refuse {
			return r.tell(ctx, v, p, verdict, Refused, s.reason)
		}
		return r.tell(ctx, v, p, verdict, Unconfirmed, NotMoved)
	}
	next.Case = p.caseID(v)
	kept, err := r.keep(ctx, v, p, next)
	if kept {
		verdict.Case, verdict.Due = next.Case, next.Due
	}
	return verdict, err
}

// tell stores a conclusion of which followers are to be told, if they are.
func (r *Receiver) tell(ctx context.Context, v *verification, p *past, verdict Verdict, state State, reason Reason) (Verdict, error) {
	own := Step{Case: p.caseID(v), Side: In, Host: v.move.Old.Host(), State: state, Reason: reason, Due: v.now, Since: v.now}
	if state == Refused && !tells(reason) {
		own.Due = time.Time{}
	}
	defer r.Wake()
	kept, err := r.keep(ctx, v, p, own)
	if kept {
		verdict.Case = own.Case
	}
	return verdict, err
}

// keep stores the own step of a case that is not begun, if it concerns anybody
// here: else a flood of Moves by accounts that nobody knows would fill the store.
func (r *Receiver) keep(ctx context.Context, v *verification, p *past, own Step) (bool, error) {
	if concerned, err := r.concerned(ctx, v, p); err != nil || !concerned {
		return false, err
	}
	for {
		c, kept, created, err := r.store.Open(ctx, v.newCase(p), own)
		switch {
		case err != nil, created, !c.Begun.IsZero(), !c.Cancelled.IsZero():
			return true, err // whoever verified it meanwhile is right
		case kept.State == own.State && own.State != Deferred:
			return true, nil
		case p.claimed && kept.Version != p.pending.Version:
			return true, nil // it is to be looked at again, or another worker does
		}
		own.Version, own.Cursor = kept.Version, fromTheStart(kept.Cursor)
		if err := r.store.Advance(ctx, own); !errors.Is(err, ErrStale) {
			return true, err
		}
	}
}

// concerned reports whether somebody here has to do with the old account, or did
// when the case was opened.
func (r *Receiver) concerned(ctx context.Context, v *verification, p *past) (bool, error) {
	if p.pending != nil {
		return true, nil
	}
	for _, err := range r.relations.Parties(ctx, v.move.Old, "") {
		return err == nil, err
	}
	return false, nil
}

// unlessStale forgets that somebody else was faster. It is for work that is done again
// if that left anything to do; for what comes once there is [Receiver.change].
func unlessStale(err error) error {
	if errors.Is(err, ErrStale) {
		return nil
	}
	return err
}

// Wake makes [Receiver.Serve] look for work now.
func (r *Receiver) Wake() {
	select {
	case r.wake <- struct{}{}:
	default:
	}
}
