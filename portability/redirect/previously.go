package redirect

import (
	"context"
	"fmt"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

// A Breadcrumb is where an object was before, and whose it was there, as its copy says
// (LOLA's "previously").
type Breadcrumb struct {
	ID    vocab.IRI
	Actor vocab.IRI // "" if it does not say
}

// maxBreadcrumbs is how many are looked at; the others stay unverified.
const maxBreadcrumbs = 32

// Breadcrumbs lists those of an object, the newest first, as they stand: objects with an id
// and an actor, and bare ids.
func Breadcrumbs(o *vocab.Object) []Breadcrumb {
	var all []Breadcrumb
	for v := range o.All("previously") {
		crumb := Breadcrumb{ID: v.IRI()}
		if from, ok := v.Object(); ok {
			crumb = Breadcrumb{ID: from.ID(), Actor: from.IRI(vocab.Actor)}
			if crumb.Actor == "" {
				crumb.Actor = from.IRI(vocab.AttributedTo)
			}
		}
		if crumb.ID.IsHTTP() {
			all = append(all, crumb)
		}
	}
	return all
}

// Previously returns the breadcrumbs of an object, fetched from its origin, that hold: each
// on the origin of its actor, whose moves lead hop by hop to the actor that the object is
// attributed to now. Where an account cannot be asked, what the observer knows of it counts.
// The others are to be ignored, and kept with the object.
func (o *Observer) Previously(ctx context.Context, object *vocab.Object) ([]Breadcrumb, error) {
	at := actor.OwnerOf(object)
	if !vocab.SameOrigin(object.ID(), at) {
		return nil, nil
	}
	var held []Breadcrumb
	for i, crumb := range Breadcrumbs(object) {
		if i == maxBreadcrumbs {
			break
		}
		whose, err := o.whose(ctx, crumb)
		if err != nil {
			return nil, err
		}
		if !vocab.SameOrigin(crumb.ID, whose) {
			continue
		}
		moved, err := o.leads(ctx, whose, at)
		if err != nil {
			return nil, err
		}
		if !moved {
			break // what is older can only be reached through this one
		}
		at = whose
		held = append(held, Breadcrumb{crumb.ID, whose})
	}
	return held, nil
}

// whose returns the actor of a breadcrumb, "" if it is not told, or told otherwise by what
// is held here.
func (o *Observer) whose(ctx context.Context, crumb Breadcrumb) (vocab.IRI, error) {
	if o.Holding == nil {
		return crumb.Actor, nil
	}
	owner, known, err := o.Holding.AttributedTo(ctx, crumb.ID)
	switch {
	case err != nil:
		return "", fmt.Errorf("previously: %w", err)
	case known && crumb.Actor != "" && owner != crumb.Actor:
		return "", nil
	case known:
		return owner, nil
	}
	return crumb.Actor, nil
}

// leads reports whether one hop holds. Within one account there is none.
func (o *Observer) leads(ctx context.Context, from, to vocab.IRI) (bool, error) {
	if from == to {
		return true, nil
	}
	moved, err := o.Verifier.Moved(ctx, from, to)
	if err == nil {
		return moved, nil
	}
	if ctx.Err() != nil {
		return false, ctx.Err()
	}
	is, known, err := o.Store.Observation(ctx, from)
	if err != nil {
		return false, fmt.Errorf("previously: %w", err)
	}
	return known && is.New == to && is.State != portability.Seen, nil
}
