package consent

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

// A ReceptionStore is what a [Reception] keeps. Package portability/sqlstore has one,
// [NewMemory] is one in memory.
type ReceptionStore interface {
	Policies
	Reservations
	Decisions
	Arrivals
}

// NameKept is how long a name is reserved for somebody of whom nothing more is heard.
const NameKept = 7 * 24 * time.Hour

// ReceptionOptions adjusts a [Reception]. A nil *ReceptionOptions is the same as a zero
// one.
type ReceptionOptions struct {
	// Names is what the server takes for a name.
	Names Names
	// Taken tells which of some names accounts here have. Nil: the host has none that
	// anybody could clash with.
	Taken func(ctx context.Context, names []string) (map[string]bool, error)
	// Reserve replaces [NameKept].
	Reserve time.Duration
	// Keep is how long a name is kept from others after its arrival is complete. Default
	// 0: that is the new account's own matter.
	Keep time.Duration
	// Notify tells the person, and for waiting arrivals also those who decide. What could
	// not be told is told again by [Reception.Remind]. Of what the rules decide about one
	// old account, each kind is told once in [Quiet]: anybody may ask in anybody's name.
	// Nil tells nobody.
	Notify Notify
	// Now is the clock. Default time.Now.
	Now func() time.Time
}

// A Reception is the receiving server's side of consent: who may come, under which name,
// who has to look at it, and where somebody who has asked is. The server author calls
// Ask from the page where people arrive, Weigh when the account was read, Approve and
// Refuse from the page of those who decide, Confirm from the page where the person says
// yes once more, Complete when the copy is done; and Remind now and then.
//
// It copies nothing and makes no account. It is safe for concurrent use.
type Reception struct {
	store   ReceptionStore
	options ReceptionOptions
}

// NewReception returns a Reception. It performs no I/O.
func NewReception(store ReceptionStore, options *ReceptionOptions) *Reception {
	r := &Reception{store: store}
	if options != nil {
		r.options = *options
	}
	if r.options.Reserve <= 0 {
		r.options.Reserve = NameKept
	}
	if r.options.Now == nil {
		r.options.Now = time.Now
	}
	return r
}

func (r *Reception) now() time.Time { return r.options.Now().UTC().Truncate(time.Microsecond) }

// An Asking is what somebody wants who comes.
type Asking struct {
	// Asker is the person, in a word of the server's own that nobody else has: the id of
	// their session or sign-up, or a random cookie. Who asks again with it for the same
	// accounts finds the arrival that they have begun. It is kept as a hash, which hides
	// only what cannot be guessed. With "", every asking is by somebody else: two of one
	// person are two, and after a crash the name stays reserved for the first.
	Asker string
	// Old is the old actor's document, as it was read at its own origin, or as it stands
	// in an archive.
	Old *vocab.Object
	// New is the account here into which it shall be merged; "" for an account to be made.
	New vocab.IRI
	// Name is the name that it shall have; "" for the one that it had. It is not looked at
	// where New is set.
	Name string
	// Standing and Evidence are what [Prove] has found.
	Standing portability.Standing
	Evidence Evidence
	// Size is how much it brings, if that is known.
	Size Size
}

// A Reply is how an arrival stands.
type Reply struct {
	// Arrival is the zero one where nothing was begun, as the name cannot be had.
	Arrival  Arrival
	Decision Decision
	// Suggestions are names that are free now, where the one that was wanted is not.
	Suggestions []string
}

// Ask begins an arrival, or returns the one that the same person, by [Asking].Asker, has
// begun already. The name is reserved for it from now on. Where the rules let it in and
// its size is known, it is approved at once; where the size is not known, it stays asked
// until [Reception.Weigh].
//
// Whose account it is counts: one that nothing proves is refused while somebody who has
// proved the same account is under way, and gives way to them if nobody has let it in by
// hand.
//
// Somebody who was refused may ask again, and is judged again. In the [Quiet] time after,
// another refusal begins no arrival and tells nobody: it is in the Reply, and recorded
// once a day for each ground.
//
// An error beside an arrival says that it is stored as it stands there, and that somebody
// could not be told yet, see [Reception.Remind]. This goes for all that follow.
func (r *Reception) Ask(ctx context.Context, asking Asking) (Reply, error) {
	if asking.Old == nil {
		return Reply{}, fmt.Errorf("ask to come: no actor document")
	}
	a := r.begin(asking)
	rivals, err := r.rivals(ctx, a)
	if err != nil {
		return Reply{}, err
	}
	if own, found := runningOf(a, rivals); found {
		return Reply{Arrival: own, Decision: own.Decision}, nil
	}
	reply, err := r.receive(ctx, a, asking.Name, rivals)
	if !errors.Is(err, ErrRunning) {
		return reply, err
	}
	return r.joined(ctx, a) // they have asked twice at once
}

func (r *Reception) receive(ctx context.Context, a Arrival, name string, rivals []Arrival) (Reply, error) {
	policy, past, err := r.rules(ctx, a)
	if err != nil {
		return Reply{}, err
	}
	d, err := r.judge(ctx, a, policy, past)
	if err != nil {
		return Reply{}, err
	}
	if d.Verdict == Refuse {
		return r.turnAway(ctx, a, d)
	}
	if err := r.giveWay(ctx, a, rivals); err != nil {
		return Reply{}, err
	}
	if a.New == "" {
		if reply, ok, err := r.name(ctx, &a, cmp.Or(name, a.Profile.Username)); err != nil || !ok {
			return reply, err
		}
	}
	reply, err := r.settle(ctx, a, policy, d)
	if err != nil && reply.Arrival.ID == "" {
		err = errors.Join(err, r.abandon(ctx, a))
	}
	return reply, err
}

// begin makes an arrival that is not stored yet.
func (r *Reception) begin(asking Asking) Arrival {
	a := Arrival{
		ID: rand.Text(), Old: asking.Old.ID(), New: asking.New, Asker: hashAsker(asking.Old.ID(), asking.New, asking.Asker),
		Profile: actor.ProfileOf(asking.Old), Standing: asking.Standing, Evidence: asking.Evidence, Size: asking.Size, Asked: r.now(),
	}
	if a.Standing != portability.Proved {
		a.Standing = portability.Claimed
	}
	return a
}

// Weigh tells how much an arrival brings, after the account was read, and judges it
// again.
func (r *Reception) Weigh(ctx context.Context, id string, s Size) (Reply, error) {
	a, err := r.at(ctx, id, ArrivalAsked)
	if err != nil {
		return Reply{Arrival: a, Decision: a.Decision}, err
	}
	policy, past, err := r.rules(ctx, a)
	if err != nil {
		return Reply{}, err
	}
	a.Size, a.Size.Known = s, true
	d, err := r.judge(ctx, a, policy, past)
	if err != nil {
		return Reply{}, err
	}
	return r.settle(ctx, a, policy, d)
}

// Approve lets somebody in by hand, who has waited. What the rules refuse by now stays
// where it is, and the Decision says why: they are to be changed, or it is to be
// refused.
func (r *Reception) Approve(ctx context.Context, id, by, text string) (Reply, error) {
	a, err := r.at(ctx, id, ArrivalWaiting)
	if err != nil {
		return Reply{Arrival: a, Decision: a.Decision}, err
	}
	policy, past, err := r.rules(ctx, a)
	if err != nil {
		return Reply{}, err
	}
	d, err := r.judge(ctx, a, policy, past)
	if err != nil {
		return Reply{}, err
	}
	if d.By, d.Text = by, text; d.Verdict == Refuse {
		return Reply{Arrival: a, Decision: d}, nil
	}
	d.Verdict, d.Ground = Allow, GroundByHand
	return r.admit(ctx, a, policy, d)
}

// Refuse turns somebody away by hand, and says why. It may be called until everything
// is here.
func (r *Reception) Refuse(ctx context.Context, id, by, text string) (Reply, error) {
	return r.end(ctx, id, ArrivalRefused, Decision{Verdict: Refuse, Ground: GroundByHand, By: by, Text: text})
}

// Withdraw is the person's word that they do not want to come any more. The caller has
// made sure that it is theirs, see [Arrival.AskedBy].
func (r *Reception) Withdraw(ctx context.Context, id string) (Reply, error) {
	return r.end(ctx, id, ArrivalWithdrawn, Decision{Verdict: Allow})
}

func (r *Reception) end(ctx context.Context, id string, s ArrivalState, d Decision) (Reply, error) {
	a, err := r.store.Arrival(ctx, id)
	if err != nil {
		return Reply{}, fmt.Errorf("end arrival: %w", err)
	}
	d.At, d.Matter, d.Person, d.Other = r.now(), MatterArrival, a.Old, a.New
	return r.step(ctx, a, s, d)
}

// Confirm is the person's yes after the approval, when they have seen name and profile:
// what is copied then is what they want here. The caller has made sure that it is theirs,
// see [Arrival.AskedBy]. Name is another name than the one that was reserved, or "". What
// has been blocked since is refused.
func (r *Reception) Confirm(ctx context.Context, id, name string) (Reply, error) {
	a, err := r.at(ctx, id, ArrivalApproved)
	if err != nil {
		return Reply{Arrival: a, Decision: a.Decision}, err
	}
	policy, err := r.store.Policy(ctx)
	if err != nil {
		return Reply{}, fmt.Errorf("read policy: %w", err)
	}
	d := Decision{At: r.now(), Matter: MatterArrival, Verdict: Allow, Person: a.Old, Other: a.New}
	switch rules, err := policy.compile(); {
	case err != nil:
		d.Ground = GroundPolicyBroken
	default:
		d.Ground = rules.blocks(a)
	}
	if d.Ground != "" {
		d.Verdict = Refuse
		return r.step(ctx, a, ArrivalRefused, d)
	}
	before := a.Name
	if a.New == "" {
		if reply, ok, err := r.name(ctx, &a, cmp.Or(name, a.Name)); err != nil || !ok {
			return reply, err
		}
	}
	reply, err := r.step(ctx, a, ArrivalCopying, d)
	if err != nil || before == a.Name || before == "" {
		return reply, err
	}
	return reply, r.store.ReleaseName(ctx, before, a.holder())
}

// Complete says that everything is here, in the account new.
func (r *Reception) Complete(ctx context.Context, id string, new vocab.IRI) (Reply, error) {
	a, err := r.at(ctx, id, ArrivalCopying)
	if err != nil {
		return Reply{Arrival: a, Decision: a.Decision}, err
	}
	a.New = new
	d := Decision{At: r.now(), Matter: MatterArrival, Verdict: Allow, Person: a.Old, Other: new}
	return r.step(ctx, a, ArrivalComplete, d)
}

// Released says that what an arrival has brought is not kept unseen any more.
func (r *Reception) Released(ctx context.Context, id string) error {
	a, err := r.store.Arrival(ctx, id)
	if err != nil || !a.Quarantined {
		return err
	}
	a.Quarantined, a.Updated = false, r.now()
	_, err = r.store.PutArrival(ctx, a, Ration{})
	return err
}

// at returns an arrival that is in a state. One that is not is returned with
// [ErrOutOfTurn].
func (r *Reception) at(ctx context.Context, id string, s ArrivalState) (Arrival, error) {
	a, err := r.store.Arrival(ctx, id)
	switch {
	case err != nil:
		return a, fmt.Errorf("look for arrival: %w", err)
	case a.State != s:
		return a, fmt.Errorf("arrival is %s, not %s: %w", a.State, s, ErrOutOfTurn)
	}
	return a, nil
}
