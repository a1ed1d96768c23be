package consent

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

// An Evidence is what shows that an account and another are the same person's, or why
// nothing does.
type Evidence struct {
	By Proof `json:"by,omitempty"` // "" if nothing shows it
	// Why says what speaks against it; "" where By is set.
	Why Unproven  `json:"why,omitempty"`
	At  time.Time `json:"at,omitzero"`
	// Key is the fingerprint of the key, for ByKey.
	Key string `json:"key,omitempty"`
	// Vouched is who has made sure that the old domain is in the same hands, where nothing
	// else shows it.
	Vouched string `json:"vouched,omitempty"`
}

// A Proof is what shows that two accounts are one person's. The words are stable.
type Proof string

// The proofs.
const (
	ByGrant   Proof = "grant"    // the old server let this one read the account, for this person
	ByAlias   Proof = "alias"    // the old actor, live, names the new one as itself
	ByMovedTo Proof = "moved-to" // the old actor, live, says that it has moved to the new one
	ByKey     Proof = "key"      // signed with a key that was held for the old actor before
)

// An Unproven is why nothing shows it. The words are stable.
type Unproven string

// Why nothing shows it.
const (
	NotNamed      Unproven = "not-named"       // the old actor, live, does not name the new one
	NamesAnother  Unproven = "names-another"   // it says that it has moved to somebody else
	AnotherID     Unproven = "another-id"      // what answers is another account
	OldGone       Unproven = "gone"            // the old actor was deleted
	OldHidden     Unproven = "hidden"          // the old server refuses to show it
	NotReadable   Unproven = "not-readable"    // what answers is no actor
	KeyUnknown    Unproven = "key-unknown"     // nobody held the key for the old actor
	KeyNotTrusted Unproven = "key-not-trusted" // it was held, but is too new, or was withdrawn or over
	ForAnother    Unproven = "for-another"     // what was signed names another new account, or none
	OtherHands    Unproven = "other-hands"     // it says so live, without a key that was held: its domain may have changed hands
)

// A Signed is something that was signed, and whose signature has been checked: a
// statement of identity (FEP-c390) that the new account carries, a Move with a proof, or
// whatever else names it. An archive by itself is none: whoever has copied it has it.
type Signed interface {
	Key() actor.Key
	At() time.Time // as the signature says
	// For is the account that the signed text itself names as its signer's new one.
	For() vocab.IRI
}

// ProveOptions is what else speaks for a person. A nil *ProveOptions is the same as a
// zero one.
type ProveOptions struct {
	// Granted is the actor that the old server named when it let this server read the
	// account, for the person who asks. The caller has it from that server, over a
	// channel of its own (LOLA).
	Granted vocab.IRI
	// Signed are things that the person brings.
	Signed []Signed
	// Keys is what is remembered of keys. Without it no signature counts: a key that
	// stands beside what it signs proves nothing. Nor is it noticed then that a domain
	// has changed hands.
	Keys actor.KeyMemory
	// SameHands is an administrator who has made sure, in ways of their own, that the old
	// account is still in the hands that it was in: then what the old server says counts
	// without a key that was held. It is recorded in the Evidence. "" is nobody; it is for
	// one person who has come with [OtherHands], never for all.
	SameHands string
	// Now is the clock. Default time.Now.
	Now func() time.Time
}

// Prove tells what a copy of old into new rests on: [portability.Proved] by a grant of the
// old server; by the old actor, read anew at its own origin, naming new as an alias or in
// movedTo; or by something that names new, signed with a key that was held for the old
// actor before. Whatever was signed, an old actor proves nothing that says live that it has
// moved to somebody else, or names others as itself and not the new one.
//
// Where keys of the old actor are remembered, what its server says counts only if it
// comes from the same hands: the old actor still has a key that is good by
// [actor.Continuous], one that was held before or came in by a chain of rotations; and
// where its server was dark for longer than [actor.OutageLimit] until less than
// [actor.KeyTrial] ago, something is signed with one, since anybody can put up an old public
// key. Otherwise it is claimed, for the reason [OtherHands]. An administrator who has looked
// either takes the account as claimed, by [Reception.Approve], or vouches for it, by
// ProveOptions.SameHands.
//
// Everything else is [portability.Claimed], and the Evidence says why. An error is no
// refusal: the old actor or the memory could not be read, which may be better later; an
// [actor.FetchError] has a Temporary. A server that is gone for good is one as well, so
// that the caller chooses how long to try before taking the copy as claimed.
func Prove(ctx context.Context, f actor.Fetcher, old, new vocab.IRI, options *ProveOptions) (portability.Standing, Evidence, error) {
	p := prover{fetcher: f, old: old, new: new}
	if options != nil {
		p.options = *options
	}
	p.now = time.Now
	if p.options.Now != nil {
		p.now = p.options.Now
	}
	if !old.IsHTTP() || !new.IsHTTP() || old == new {
		return portability.Claimed, Evidence{Why: AnotherID}, nil
	}
	// What reading the actor adds to the memory is no earlier sight of its keys.
	var err error
	if p.held, err = p.remembered(ctx); err != nil {
		return portability.Claimed, Evidence{}, err
	}
	granted := p.options.Granted == old
	if granted && !p.held.known {
		return portability.Proved, p.by(ByGrant), nil
	}
	return p.prove(ctx, granted)
}

type prover struct {
	fetcher  actor.Fetcher
	old, new vocab.IRI
	options  ProveOptions
	now      func() time.Time
	held     heldKeys
}

func (p prover) by(proof Proof) Evidence { return Evidence{By: proof, At: p.now().UTC()} }

func (p prover) prove(ctx context.Context, granted bool) (portability.Standing, Evidence, error) {
	doc, said, unread := p.live(ctx)
	if unread != nil && ctx.Err() != nil {
		return portability.Claimed, Evidence{}, unread
	}
	if granted {
		said = p.by(ByGrant)
	}
	if said.By != "" {
		return p.sameHands(doc, said, unread)
	}
	if said.Why == NamesAnother || said.Why == NotNamed && p.namesOthers(doc) || len(p.options.Signed) == 0 {
		return portability.Claimed, said, unread
	}
	signed := p.signed()
	if signed.By != "" {
		return portability.Proved, signed, nil
	}
	return portability.Claimed, signed, unread
}

// sameHands tells whether what the old server says comes from the hands that it was in.
func (p prover) sameHands(doc *vocab.Object, said Evidence, unread error) (portability.Standing, Evidence, error) {
	if p.held.shownBy(p, doc) {
		return portability.Proved, said, nil
	}
	if signed := p.signed(); signed.By != "" {
		return portability.Proved, signed, nil
	}
	if p.options.SameHands != "" {
		said.Vouched = p.options.SameHands
		return portability.Proved, said, nil
	}
	if unread != nil {
		return portability.Claimed, Evidence{}, unread
	}
	return portability.Claimed, Evidence{Why: OtherHands}, nil
}

// live reads the old actor past every cache.
func (p prover) live(ctx context.Context) (*vocab.Object, Evidence, error) {
	fetch := p.fetcher.Fetch
	if fresh, ok := p.fetcher.(actor.FreshFetcher); ok {
		fetch = fresh.FetchFresh
	}
	doc, err := fetch(ctx, p.old)
	switch {
	case errors.Is(err, actor.ErrGone):
		return nil, Evidence{Why: OldGone}, nil
	case errors.Is(err, actor.ErrForbidden):
		return nil, Evidence{Why: OldHidden}, nil
	case errors.Is(err, actor.ErrRedirected):
		return nil, Evidence{Why: AnotherID}, nil
	case err != nil:
		return nil, Evidence{}, fmt.Errorf("prove account: %w", err)
	case doc == nil:
		return nil, Evidence{Why: NotReadable}, nil
	case doc.ID() != p.old:
		return nil, Evidence{Why: AnotherID}, nil
	}
	return doc, p.read(doc), nil
}

// read tells what the old actor's document says of the new one.
func (p prover) read(doc *vocab.Object) Evidence {
	standing := actor.StandingOf(doc)
	switch {
	case standing.State == actor.Malformed:
		return Evidence{Why: NotReadable}
	case standing.MovedTo == p.new:
		return p.by(ByMovedTo)
	case standing.MovedTo != "":
		return Evidence{Why: NamesAnother}
	case actor.Claims(doc, p.new):
		return p.by(ByAlias)
	case standing.State == actor.Gone:
		return Evidence{Why: OldGone}
	}
	return Evidence{Why: NotNamed}
}

// namesOthers reports whether the old actor calls other accounts itself.
func (p prover) namesOthers(doc *vocab.Object) bool {
	return slices.ContainsFunc(actor.Aliases(doc), func(alias string) bool {
		other := vocab.IRI(alias)
		return other.IsHTTP() && personOf(other) != personOf(p.old) && other != doc.IRI(vocab.URL)
	})
}
