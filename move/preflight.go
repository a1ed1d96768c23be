package move

import (
	"context"
	"time"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/vocab"
)

// PreflightOptions adjusts [Preflight]. A nil *PreflightOptions is the same as
// a zero one.
type PreflightOptions struct {
	// Software is the NodeInfo name of the old account's server, such as
	// "akkoma". "" is unknown, and taken to publish movedTo and to give its Move
	// an id.
	Software string
	// NewSoftware is that of the new account's server; "" is unknown.
	NewSoftware string
	// Resolve asks WebFinger which actor a handle ("al@new.example") leads to.
	// An error that is temporary, or wraps actor.ErrForbidden, says nothing of the
	// account. Nil: nobody is asked, and WebFinger is taken to work.
	Resolve func(ctx context.Context, handle string) (vocab.IRI, error)
	// Now is the clock. Nil: time.Now.
	Now func() time.Time
}

// A Prediction is what some software is expected to make of a move. The words
// are stable.
type Prediction string

// The predictions.
const (
	Honoured   Prediction = "honoured"    // every rule holds
	Ignored    Prediction = "ignored"     // a rule fails
	NotifyOnly Prediction = "notify-only" // people are told, and move by hand
	CannotTell Prediction = "cannot-tell" // a rule needs what the accounts' servers hide from us
)

// A Failure is a rule that does not hold, or that could not be looked at.
type Failure struct {
	Rule   RuleName
	Remedy string // one sentence for a person
}

// An Outlook is what is expected of one family of software.
type Outlook struct {
	Family     string // as [Families] has it
	Prediction Prediction
	// Failing are the rules that fail (Ignored, NotifyOnly) or that cannot be
	// decided (CannotTell), in the order in which the software asks.
	Failing []Failure
	// Notes say what to expect beside the prediction.
	Notes []string
	// stays says why nobody moves although the Move is honoured.
	stays string
}

// A Forecast is what [Preflight] found. It holds for the moment in which the
// accounts were read.
type Forecast struct {
	Old, New vocab.IRI // the canonical ids
	// Sender is what the old account's own server is expected to do when it is
	// asked to move the account; nil if its software is not known.
	Sender *Outlook
	// Outlooks has one entry for each of [Families], in that order.
	Outlooks []Outlook
	// Refusal is what [Verify] under strict rules would say; nil if it would
	// accept the Move, or cannot tell.
	Refusal *RefusedError
	// Assumed is what the predictions take for granted, Unseen what nobody can
	// see before the move; a sentence each.
	Assumed, Unseen []string

	waits bool // the new account approves followers by hand
}

// Preflight predicts, for each family of receiving software, whether a move from
// old to new would be honoured if it were announced now. It reads both accounts
// through f (past its caches, if it is an actor.FreshFetcher) and changes
// nothing. That the old account does not say movedTo yet is as it should be.
//
// What a server hides from strangers makes a prediction [CannotTell], never
// Ignored. The error says that an account cannot be read just now, or that ctx
// ended; an account that will not be readable later either is a finding.
func Preflight(ctx context.Context, f actor.Fetcher, old, new vocab.IRI, o *PreflightOptions) (*Forecast, error) {
	s, err := look(ctx, f, old, new, o)
	if err != nil {
		return nil, err
	}
	forecast := &Forecast{
		Old: s.old.id, New: s.new.id,
		Sender: s.sender(), Assumed: s.assumed(), Unseen: unseen(), waits: s.new.locked(),
	}
	for _, f := range families() {
		forecast.Outlooks = append(forecast.Outlooks, f.predict(s))
	}
	own, refusal, err := s.strict(ctx)
	if err != nil {
		return nil, err
	}
	forecast.Outlooks = append(forecast.Outlooks, own)
	forecast.Refusal = refusal
	return forecast, nil
}

// unseen is what no reading of two accounts can show.
func unseen() []string {
	return []string{
		"what receiving servers have cached of both accounts",
		"which servers and people block either account",
		"cool-downs that earlier moves of either account have started",
		"which people have switched off that they follow moved accounts",
	}
}

// assumed is what the predictions take for granted about these two accounts.
func (s *sight) assumed() []string {
	var all []string
	if s.old.document != nil && s.old.document.IRI(vocab.MovedTo) == "" && s.sends().movedTo {
		all = append(all, s.text("movedTo of {old} will be set to {new} by the move, before the Move is sent"))
	}
	if s.options.Resolve == nil {
		all = append(all, s.text("WebFinger leads from the handle of {new} to its id (it was not asked)"))
	}
	if _, known := FamilyOf(s.options.Software); !known {
		all = append(all, s.text("the server of {old} publishes movedTo and gives its Move an id (its software is not known)"))
	}
	all = append(all, s.text("the Move is sent by {old} to every follower, signed with the key that it publishes, while that key and the account stay readable"))
	return all
}

// predict applies the rules of a family.
func (f family) predict(s *sight) Outlook {
	o := Outlook{Family: f.name, Prediction: f.best, Notes: f.remarks(s), stays: f.stays}
	o.judge(s, append(everyone(), f.rules...))
	return o
}

// judge looks at each rule. A rule that fails outweighs any that cannot be
// decided.
func (o *Outlook) judge(s *sight, rules []check) {
	var failing, hidden []Failure
	for _, rule := range rules {
		switch found := rule(s); {
		case found.rule == "":
		case found.hidden:
			hidden = appendNew(hidden, s.failure(found))
		default:
			failing = appendNew(failing, s.failure(found))
		}
	}
	switch {
	case len(failing) > 0:
		o.Prediction, o.Failing = Ignored, failing
	case len(hidden) > 0:
		o.Prediction, o.Failing = CannotTell, hidden
	}
}

// appendNew leaves out a failure that is told already.
func appendNew(failures []Failure, f Failure) []Failure {
	for _, known := range failures {
		if known == f {
			return failures
		}
	}
	return append(failures, f)
}
