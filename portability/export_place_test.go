package portability

import (
	"context"

	"codeberg.org/godwit/godwit/vocab"
)

// A Placing is what placing is asked with, for tests.
type Placing struct {
	Job     Job
	Options JobOptions
	Actor   *vocab.Object
	Entries map[Ref]Entry
	Files   map[string]JobFile
	Find    func(context.Context, []vocab.IRI) (map[vocab.IRI]Entry, error)
	Sign    Signing
}

// Place places items as an engine does.
func (p Placing) Place(ctx context.Context, items ...Item) ([]Item, error) {
	asked := placeable{job: p.Job, options: p.Options, actor: p.Actor, entries: p.Entries, files: p.Files, find: p.Find}
	if p.Sign != nil {
		return signedBy(p.Sign)(ctx, asked, items)
	}
	return placeAll(ctx, asked, items)
}
