package consent

import (
	"context"
	"errors"
	"fmt"
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
	// stands beside what it signs proves nothing.
	Keys actor.KeyMemory
	// Now is the clock. Default time.Now.
	Now func() time.Time
}

// Prove tells what a copy of old into new rests on: [portability.Proved] by a grant of the old
// server; by the old actor, read anew at its own origin, naming new as an alias or in
// movedTo; or by something that names new, signed with a key that was held for the old
// actor before. Whatever was signed, an old actor that says live that it has moved to
// somebody else proves nothing.
//
// Everything else is [portability.Claimed], and the Evidence says why. An error is no refusal: the
// old actor or the memory could not be read, which may be better later; an
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
	if p.options.Granted == old {
		return portability.Proved, p.by(ByGrant), nil
	}
	return p.prove(ctx)
}

type prover struct {
	fetcher  actor.Fetcher
	old, new vocab.IRI
	options  ProveOptions
	now      func() time.Time
}

func (p prover) by(proof Proof) Evidence { return Evidence{By: proof, At: p.now().UTC()} }

func (p prover) prove(ctx context.Context) (portability.Standing, Evidence, error) {
	live, unread := p.live(ctx)
	if unread != nil && ctx.Err() != nil {
		return portability.Claimed, Evidence{}, unread
	}
	if live.By != "" {
		return portability.Proved, live, nil
	}
	if live.Why == NamesAnother || len(p.options.Signed) == 0 {
		return portability.Claimed, live, unread
	}
	signed, err := p.signed(ctx)
	switch {
	case err != nil:
		return portability.Claimed, Evidence{}, err
	case signed.By != "":
		return portability.Proved, signed, nil
	case unread != nil:
		return portability.Claimed, signed, unread
	}
	return portability.Claimed, signed, nil
}

// live reads the old actor past every cache.
func (p prover) live(ctx context.Context) (Evidence, error) {
	fetch := p.fetcher.Fetch
	if fresh, ok := p.fetcher.(actor.FreshFetcher); ok {
		fetch = fresh.FetchFresh
	}
	doc, err := fetch(ctx, p.old)
	switch {
	case errors.Is(err, actor.ErrGone):
		return Evidence{Why: OldGone}, nil
	case errors.Is(err, actor.ErrForbidden):
		return Evidence{Why: OldHidden}, nil
	case errors.Is(err, actor.ErrRedirected):
		return Evidence{Why: AnotherID}, nil
	case err != nil:
		return Evidence{}, fmt.Errorf("prove account: %w", err)
	case doc == nil:
		return Evidence{Why: NotReadable}, nil
	case doc.ID() != p.old:
		return Evidence{Why: AnotherID}, nil
	}
	return p.read(doc), nil
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

// signed looks for a signature by a key that was held for the old actor.
func (p prover) signed(ctx context.Context) (Evidence, error) {
	if p.options.Keys == nil {
		return Evidence{Why: KeyUnknown}, nil
	}
	records, err := p.options.Keys.Keys(ctx, p.old)
	if err != nil {
		return Evidence{}, fmt.Errorf("prove account: remembered keys: %w", err)
	}
	origin, others, err := p.options.Keys.Origin(ctx, p.old.Origin(), p.old)
	if err != nil {
		return Evidence{}, fmt.Errorf("prove account: remembered keys: %w", err)
	}
	why := KeyUnknown
	for _, s := range p.options.Signed {
		if s.For() != p.new {
			if why == KeyUnknown {
				why = ForAnother
			}
			continue
		}
		held, good := p.trusts(s, records, origin, others)
		if good {
			e := p.by(ByKey)
			e.Key = s.Key().Fingerprint()
			return e, nil
		}
		if held {
			why = KeyNotTrusted
		}
	}
	return Evidence{Why: why}, nil
}

// clockSkew is how far another's clock may be ahead.
const clockSkew = 5 * time.Minute

// trusts reports whether a key was held for the old actor, and may be believed: its
// owner published or vouched for it before now, it was neither withdrawn nor over when it
// signed, and it comes from the same hands as those before (see [actor.Continuous]).
func (p prover) trusts(s Signed, records []actor.KeyRecord, origin actor.OriginRecord, others bool) (held, good bool) {
	key, now := s.Key(), p.now()
	print := key.Fingerprint()
	if print == "" {
		return false, false
	}
	for _, r := range records {
		if r.Fingerprint != print || r.Owner != p.old {
			continue
		}
		held = true
		withdrawn := !r.Withdrawn.IsZero() && !s.At().Before(r.Withdrawn)
		over := !r.Expires.IsZero() && !s.At().Before(r.Expires)
		if !r.Shown() && !r.Vouched || withdrawn || over || !r.FirstSeen.Before(now) {
			continue
		}
		if s.At().IsZero() || s.At().After(now.Add(clockSkew)) {
			continue
		}
		if ok, _ := actor.Continuous(records, print, origin, others, now); ok {
			return true, true
		}
	}
	return held, false
}
