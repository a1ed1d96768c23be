package portability

import (
	"context"

	"codeberg.org/godwit/godwit/vocab"
)

// Signing signs the copy of something that an account wrote or did, as that account
// (FEP-8b32; [codeberg.org/godwit/godwit/actor.SignProof] does it). A copy may be signed
// more than once, and must come out the same each time. An error says that nothing can be
// signed now, and is tried again later.
type Signing func(ctx context.Context, account vocab.IRI, o *vocab.Object) (*vocab.Object, error)

// signedBy places items and has those signed that have a name at the new server; what is
// named only as it is put, its server signs then.
func signedBy(sign Signing) placing {
	return func(ctx context.Context, p placeable, items []Item) ([]Item, error) {
		items, err := placeAll(ctx, p, items)
		if err != nil {
			return nil, err
		}
		for _, item := range items {
			now := item.Placed
			if now.ID == "" || now.Object == nil || item.Kind != Content && item.Kind != Outbox {
				continue
			}
			if now.Object, err = sign(ctx, p.job.Account, now.Object); err != nil {
				return nil, ofEnd("sign copies of "+string(item.Kind), err)
			}
		}
		return items, nil
	}
}
