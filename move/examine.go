package move

import (
	"context"
	"errors"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/vocab"
)

// examine reads both accounts, and those behind the new one.
func (v *verification) examine(ctx context.Context) error {
	for _, check := range []func(context.Context) error{v.examineNew, v.examineOld, v.examineKeys, v.walk} {
		if err := check(ctx); err != nil {
			return err
		}
	}
	return nil
}

// examineNew reads the target and checks that it is an account that claims the
// old one. A target that names another id is read once more there.
func (v *verification) examineNew(ctx context.Context) error {
	m := &v.move
	if s := scheme(m.Target); s != "http" && s != "https" {
		return refuse(UnsupportedScheme)
	}
	document, err := v.fetch(ctx, m.Target)
	if err != nil {
		return missed(err)
	}
	if id := document.ID(); id != m.Target {
		if document, err = v.fetch(ctx, id); err != nil {
			return missed(err)
		}
		if document.ID() != id || !actor.Claims(document, m.Old) {
			return refuse(Redirected)
		}
		m.New = id
	}
	m.NewActor = document
	return v.fitTarget(ctx, document)
}

// fitTarget checks what the new account's document says of itself.
func (v *verification) fitTarget(ctx context.Context, document *vocab.Object) error {
	standing := actor.StandingOf(document)
	switch {
	case v.move.New == v.move.Old:
		return refuse(SameAccount)
	case standing.State == actor.Malformed:
		return refuse(Malformed)
	case standing.State == actor.Gone:
		return refuse(Gone)
	case standing.Suspended:
		return refuse(Suspended)
	case !isActor(document):
		return refuse(WrongType)
	case actor.Claims(document, v.move.Old):
		return nil
	case vocab.SameOrigin(v.move.Old, v.move.New):
		return v.rekeyedOr(ctx, NotLinked)
	}
	return refuse(NotLinked)
}

// isActor goes by properties, as new types of actor appear (FEP-2277).
func isActor(o *vocab.Object) bool { return o.IRI(vocab.Inbox) != "" }

// rekeyedOr tells a new id for the same handle from other refusals, both being
// on one server.
func (v *verification) rekeyedOr(ctx context.Context, otherwise Reason) error {
	old, err := v.fetch(ctx, v.move.Old)
	if err == nil && v.sameHandle(old) {
		return refuse(Rekeyed)
	}
	return refuse(otherwise)
}

// sameHandle reports whether the old account, as it is read now, is the new one
// under its former id.
func (v *verification) sameHandle(old *vocab.Object) bool {
	if !vocab.SameOrigin(v.move.Old, v.move.New) {
		return false
	}
	name := old.Text(vocab.Username)
	return old.ID() == v.move.New || name != "" && name == v.move.NewActor.Text(vocab.Username)
}

// examineOld reads the old account and checks where it points.
func (v *verification) examineOld(ctx context.Context) error {
	document, err := v.fetch(ctx, v.move.Old)
	if withdrawnErr := v.lookForKey(ctx); withdrawnErr != nil {
		return withdrawnErr
	}
	switch {
	case err != nil && v.rules.Local && ctx.Err() == nil:
		return v.absent() // not every server can reach itself
	case errors.Is(err, actor.ErrGone):
		return v.gone()
	case err != nil && v.move.Pull() && v.proof != nil && ctx.Err() == nil:
		return v.absent()
	case err != nil:
		return missed(err)
	case v.sameHandle(document):
		return refuse(Rekeyed)
	case document.ID() != v.move.Old:
		return v.absent()
	}
	v.move.OldActor = document
	return v.pointer(actor.StandingOf(document))
}

// lookForKey finds out whether the key that signed has been withdrawn, as the
// fetch just now may have shown. The old account's movedTo outweighs that; where
// it is absent, a key that was lost to somebody must not do.
func (v *verification) lookForKey(ctx context.Context) error {
	if v.rules.Keys == nil || v.move.Evidence.Fingerprint == "" {
		return nil
	}
	records, err := v.rules.Keys.Keys(ctx, v.move.Old)
	for _, record := range records {
		if record.Fingerprint == v.move.Evidence.Fingerprint && !record.Withdrawn.IsZero() {
			v.withdrawn = true
		}
	}
	return err
}

// pointer judges what the old account says of where it went.
func (v *verification) pointer(standing actor.Standing) error {
	switch {
	case standing.State == actor.Malformed:
		return refuse(Malformed)
	case standing.State == actor.Copied:
		return refuse(CopiedOnly)
	case standing.MovedTo == v.move.New:
		return nil
	case standing.MovedTo != "" && v.move.New != v.move.Target:
		return refuse(Redirected)
	case standing.MovedTo != "":
		return refuse(MovedElsewhere)
	case standing.State == actor.Gone:
		return v.gone()
	}
	return v.absent()
}

// gone judges a Move of an account that is deleted and points nowhere.
func (v *verification) gone() error {
	if v.lenient() || v.move.Pull() && v.proof != nil {
		return v.absent()
	}
	return refuse(Gone)
}

// lenient reports whether the Move may do without the old account's movedTo.
// One that a proof carries is always strict.
func (v *verification) lenient() bool {
	e := v.move.Evidence
	return v.rules.Lenient && e.By == ByHTTP && !v.move.Pull() && !v.cancelled && !v.withdrawn && e.Delivered.Sub(e.At) <= SignatureWindow
}

// absent judges a Move that the old account's document does not confirm.
func (v *verification) absent() error {
	err := v.without()
	v.unpointed = err == nil
	return err
}

func (v *verification) without() error {
	m := v.move
	if m.NewActor != nil && m.New != m.Target {
		return refuse(Redirected)
	}
	switch {
	case m.Pull() && v.proof != nil && !v.proof.created.After(v.since):
		return refuse(Replayed)
	case m.Pull() && v.proof != nil && v.proof.identity:
		return nil
	case m.Pull():
		return refuse(NotMoved)
	case m.Evidence.By == ByLocal:
		return nil
	case v.lenient():
		return nil
	}
	return &stop{outcome: Defer, reason: NotMoved}
}

// examineKeys checks the keys that the old account publishes, where no key of
// its own vouched for the Move: whoever took over a lapsed domain can publish
// movedTo there.
func (v *verification) examineKeys(ctx context.Context) error {
	m := v.move
	switch {
	case m.Evidence.Fingerprint != "" && !m.Pull():
		return nil
	case v.proof != nil:
		return v.believe(ctx, v.proof.key.Fingerprint())
	case m.OldActor == nil:
		return nil
	}
	keys, _ := actor.Keys(m.OldActor)
	var fingerprints []string
	for _, key := range keys {
		fingerprints = append(fingerprints, key.Fingerprint())
	}
	if err := v.believe(ctx, fingerprints...); err != nil {
		return err
	}
	return v.undisturbed(ctx)
}

// walk follows the new account's own moves, each link claimed from both ends,
// and concludes on the last.
func (v *verification) walk(ctx context.Context) error {
	seen := map[vocab.IRI]bool{v.move.Old: true, v.move.New: true}
	at, document := v.move.New, v.move.NewActor
	for hops := 1; ; hops++ {
		next := actor.StandingOf(document).MovedTo
		switch {
		case next == "":
			return v.end(ctx, at, document, hops)
		case seen[next]:
			return refuse(Cycle)
		case hops == MaxHops:
			return refuse(MovedFurther)
		}
		found, err := v.fetch(ctx, next)
		if err != nil {
			return v.lostTrack(err)
		}
		if found.ID() != next || !actor.Claims(found, at) {
			return refuse(MovedFurther)
		}
		seen[next] = true
		at, document = next, found
	}
}

// lostTrack judges a link of the chain that could not be read.
func (v *verification) lostTrack(err error) error {
	if s, ok := errors.AsType[*stop](missed(err)); ok && (s.outcome != Defer || s.lasting) {
		return refuse(MovedFurther)
	}
	return missed(err)
}

// end concludes on the last account of a chain.
func (v *verification) end(ctx context.Context, at vocab.IRI, document *vocab.Object, hops int) error {
	if hops == 1 {
		return nil
	}
	standing := actor.StandingOf(document)
	if standing.Suspended || standing.State == actor.Gone || standing.State == actor.Malformed || !isActor(document) {
		return refuse(MovedFurther)
	}
	v.move.New, v.move.NewActor = at, document
	return v.permitted(ctx, v.move.Old, at)
}
