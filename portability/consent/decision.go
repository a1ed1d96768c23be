package consent

import (
	"context"
	"iter"
	"time"

	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

// A Verdict is what was decided of somebody's wish. The words are stable.
type Verdict string

// The verdicts.
const (
	Allow  Verdict = "allow"
	Refuse Verdict = "refuse"
	Ask    Verdict = "ask" // a person has to decide
)

// A Matter is what a decision is about. The words are stable.
type Matter string

// The matters.
const (
	MatterUnlock  Matter = "unlock"  // may the account be unlocked for this destination
	MatterCopy    Matter = "copy"    // may this destination read the account
	MatterMove    Matter = "move"    // may the account move there
	MatterArrival Matter = "arrival" // may the account come here
	MatterName    Matter = "name"    // may it have this name here
	MatterKeepIDs Matter = "keep-ids"
)

// A Decision is an answer to a wish, with what a person needs to understand it. It
// is recorded for the one whom it concerns.
type Decision struct {
	// ID is the same for the same decision made again, which is recorded once. One
	// without is recorded every time, under an ID that the store gives it.
	ID      string    `json:"id,omitempty"`
	No      int64     `json:"no,omitzero"` // given by the store, increasing
	At      time.Time `json:"at,omitzero"`
	Matter  Matter    `json:"matter"`
	Verdict Verdict   `json:"verdict"`
	Ground  Ground    `json:"ground,omitempty"` // "" where nothing had to be said
	// Person is the account that it concerns, and Other the account or origin at the
	// other end.
	Person vocab.IRI `json:"person,omitempty"`
	Other  vocab.IRI `json:"other,omitempty"`
	// Of is the id of the grant or arrival that it is about.
	Of string `json:"of,omitempty"`
	// By is who decided by hand; "" for the rules.
	By string `json:"by,omitempty"`
	// Text is what that one had to say to the person.
	Text string `json:"text,omitempty"`
}

// Allowed reports whether the wish is granted.
func (d Decision) Allowed() bool { return d.Verdict == Allow }

// Hint says in one sentence what the person can do about it.
func (d Decision) Hint() string { return d.Ground.Hint() }

// Refusal is the decision as what refuses a copy by [portability.EngineOptions].Allow; nil
// where the wish is granted.
func (d Decision) Refusal() error {
	if d.Allowed() {
		return nil
	}
	if d.Verdict == Ask {
		return portability.ErrAwaiting
	}
	return &portability.RefusedJobError{Ground: portability.Ground(d.Ground), Text: d.Text, Advice: d.Hint()}
}

// Decisions is the record of what was decided, for the people whom it concerns. It is
// safe for concurrent use.
type Decisions interface {
	// Record stores a decision, and gives it its number. One whose ID is there already
	// changes nothing.
	Record(ctx context.Context, d Decision) error
	// Decisions yields what concerns a person, by number, behind after (0 for all).
	Decisions(ctx context.Context, person vocab.IRI, after int64) iter.Seq2[Decision, error]
	// ForgetDecisions takes out what concerns a person, when nobody needs to know any
	// more.
	ForgetDecisions(ctx context.Context, person vocab.IRI) error
}

// A NoticeKind is what a person is told. The words are stable.
type NoticeKind string

// The notices.
const (
	NoticeUnlocked  NoticeKind = "unlocked"  // the account is open for a destination; Token locks it again
	NoticeConfirmed NoticeKind = "confirmed" // a Move was confirmed; Token stops it
	NoticeLocked    NoticeKind = "locked"    // the account is locked again, before its time
	NoticeWaiting   NoticeKind = "waiting"   // somebody has to decide of the arrival
	NoticeApproved  NoticeKind = "approved"  // the account may come; its owner is asked once more
	NoticeRefused   NoticeKind = "refused"   // it may not, see the decision
	NoticeComplete  NoticeKind = "complete"  // everything is here
)

// A Notice is something that a person must be told, by mail or otherwise.
type Notice struct {
	Kind NoticeKind
	At   time.Time
	// Person is the account: its owner is told at every address that is known of
	// them, not only at the one that was changed last.
	Person   vocab.IRI
	Other    vocab.IRI // the account or origin at the other end
	Of       string    // the id of the grant or arrival
	Decision Decision
	// Token undoes it, for which one link is enough, see [Lock.Stop]; "" where nothing
	// is to be undone. It is a secret: it stands in the message and nowhere else.
	Token string
	// Until is when the grant ends; zero for arrivals.
	Until time.Time
}

// Notify tells a person. It may be called again with the same notice, after a crash.
type Notify func(ctx context.Context, n Notice) error
