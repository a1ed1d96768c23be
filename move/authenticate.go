package move

import (
	"context"
	"errors"
	"time"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/vocab"
)

// How a Move was authenticated, in [Evidence].
const (
	ByHTTP   = "http"   // signed request
	ByProof  = "proof"  // FEP-8b32 proof, or LD signature, in the activity
	ByOrigin = "origin" // read at its own id
	BySight  = "sight"  // no Move at all: seen in the old account's document
	ByLocal  = "local"  // made on this server
)

// provenance is a proof that verified.
type provenance struct {
	key     actor.Key
	created time.Time
	// identity: the key is not the actor's own but one that it had proved to
	// share an identity with (FEP-c390).
	identity bool
}

// authenticate finds who vouches for the Move. The signature of the request
// comes first; a relayed Move needs a proof by the old account, or must be
// found at its own id.
func (v *verification) authenticate(ctx context.Context) error {
	e := &v.move.Evidence
	e.Delivered = v.now
	if s := v.d.Signature; s != nil && !s.Received.IsZero() {
		e.Delivered = s.Received
	}
	s, m := v.d.Signature, v.move
	if v.searches() {
		if err := v.prove(ctx); err != nil {
			return err
		}
		if err := v.proveByLDSignature(ctx); err != nil {
			return err
		}
	}
	party := m.Actor == m.Old || m.Actor == m.Target
	switch {
	case v.rules.Local:
		e.By, e.Signer, e.At = ByLocal, m.Actor, v.now
		return nil
	case v.direct():
		e.By, e.Signer, e.KeyID, e.Fingerprint, e.At = ByHTTP, s.Owner, s.KeyID, s.Fingerprint, s.At
		return nil
	case v.proof != nil && (!v.proof.identity || m.Pull()):
		e.By, e.Signer, e.KeyID, e.At = ByProof, v.proof.key.Owner, v.proof.key.ID, v.proof.created
		e.Fingerprint = v.proof.key.Fingerprint()
		return nil
	case party && v.atItsOrigin(ctx):
		e.By, e.Signer, e.At = ByOrigin, m.Actor, v.now
		return nil
	case s == nil:
		return refuse(Unsigned)
	}
	return refuse(WrongActor)
}

// direct reports whether the Move's actor sent it.
func (v *verification) direct() bool {
	return v.rules.Local || v.d.Signature != nil && v.d.Signature.Owner == v.move.Actor
}

// searches reports whether authenticating the Move may take fetching: a proof
// is looked for where its actor did not send it, and in pull mode.
func (v *verification) searches() bool {
	proofs := v.d.Activity.Has(vocab.Proof)
	return !v.direct() || !v.rules.Local && v.move.Pull() && v.rules.Pull && proofs
}

// atItsOrigin reports whether the server of the Move's actor serves the same
// Move at its id.
func (v *verification) atItsOrigin(ctx context.Context) bool {
	if v.move.ID == "" || !v.move.ID.IsHTTP() {
		return false
	}
	found, err := v.fetch(ctx, v.move.ID)
	if err != nil {
		return false
	}
	claim, err := Read(found)
	return err == nil && claim == v.move.Claim
}

// prove looks for an FEP-8b32 proof by a key of the old account: one that it
// publishes, or an identity key (FEP-c390) that was verified on it before. A
// broken or unknown proof counts as none.
func (v *verification) prove(ctx context.Context) error {
	for _, proof := range actor.Proofs(v.d.Activity) {
		key, identity, err := v.proofKey(ctx, proof.VerificationMethod)
		if err != nil {
			return err
		}
		if key.Public == nil || actor.VerifyProof(v.d.Activity, key, &actor.ProofOptions{Now: v.now}) != nil {
			continue
		}
		v.proof = &provenance{key: key, created: proof.Created, identity: identity}
		return nil
	}
	return nil
}

// proofKey returns the key behind a verification method if it is the old
// account's; the zero Key if it is not, or cannot be had.
func (v *verification) proofKey(ctx context.Context, method vocab.IRI) (key actor.Key, identity bool, err error) {
	if !method.IsHTTP() {
		key, err = v.heldKey(ctx, method)
		return key, true, err
	}
	if !vocab.SameOrigin(method, v.move.Old) {
		return actor.Key{}, false, nil
	}
	document, err := v.publisher(ctx)
	switch {
	case ctx.Err() != nil:
		return actor.Key{}, false, ctx.Err()
	case err != nil:
		key, err = v.heldKey(ctx, method)
		return key, false, err
	case document.ID() != v.move.Old:
		return actor.Key{}, false, nil
	}
	keys, _ := actor.Keys(document)
	key, _ = actor.FindKey(keys, method)
	return key, false, nil
}

// publisher reads the old account once, however many proofs name it.
func (v *verification) publisher(ctx context.Context) (*vocab.Object, error) {
	if v.shown == nil && v.hidden == nil {
		v.shown, v.hidden = v.fetch(ctx, v.move.Old)
	}
	return v.shown, v.hidden
}

// heldKey returns a key of the old account that was seen before and not
// withdrawn since.
func (v *verification) heldKey(ctx context.Context, id vocab.IRI) (actor.Key, error) {
	if v.rules.Keys == nil {
		return actor.Key{}, nil
	}
	records, err := v.rules.Keys.Keys(ctx, v.move.Old)
	if err != nil {
		return actor.Key{}, err
	}
	for _, record := range records {
		if record.ID != id || !record.Withdrawn.IsZero() {
			continue
		}
		if key, err := record.Key(); err == nil {
			return key, nil
		}
	}
	return actor.Key{}, nil
}

// fetch reads a document as it is now.
func (v *verification) fetch(ctx context.Context, id vocab.IRI) (*vocab.Object, error) {
	if fresh, ok := v.fetcher.(actor.FreshFetcher); ok {
		return fresh.FetchFresh(ctx, id)
	}
	return v.fetcher.Fetch(ctx, id)
}

// missed makes a failed fetch into what it means for the Move.
func missed(err error) error {
	failed, ok := errors.AsType[*actor.FetchError](err)
	switch {
	case !ok, errors.Is(err, context.Canceled):
		return err
	case errors.Is(err, actor.ErrPrivate):
		return refuse(PrivateAddress)
	case errors.Is(err, actor.ErrScheme):
		return refuse(UnsupportedScheme)
	case errors.Is(err, actor.ErrTooLarge):
		return refuse(TooLarge)
	case errors.Is(err, actor.ErrRedirected):
		return refuse(Redirected)
	case errors.Is(err, actor.ErrGone):
		return refuse(Gone)
	}
	return &stop{outcome: Defer, reason: Unreachable, after: failed.RetryAfter, lasting: !failed.Temporary(), err: err}
}
