package move

import (
	"context"
	"time"

	"codeberg.org/godwit/godwit/vocab"
)

// ldSkew is how far the clock of whoever made an LD signature may be ahead.
const ldSkew = 5 * time.Minute

// proveByLDSignature takes the LD signature of a Move that is sent in the old
// account's own name and has no better proof. A broken or unknown signature
// counts as none.
func (v *verification) proveByLDSignature(ctx context.Context) error {
	activity := v.d.Activity
	if v.rules.LDSignature == nil || v.proof != nil || v.move.Actor != v.move.Old {
		return nil
	}
	entry := activity.Child(vocab.Signature)
	if entry == nil {
		return nil
	}
	created, timely := v.timely(entry)
	creator := vocab.IRI(entry.Text("creator"))
	if !timely || !creator.IsHTTP() {
		return nil
	}
	key, _, err := v.proofKey(ctx, creator)
	if err != nil {
		return err
	}
	if key.Public == nil || key.Expired(v.now) || v.rules.LDSignature(activity, key) != nil {
		return nil
	}
	v.proof = &provenance{key: key, created: created}
	return nil
}

// timely reads when a signature was made, and reports whether that is neither
// too long ago nor to come, and whether it still holds. What these members say
// is believed once the signature is verified.
func (v *verification) timely(entry *vocab.Object) (created time.Time, ok bool) {
	created, ok = entry.Time("created")
	if entry.Has(vocab.Expires) {
		expires, dated := entry.Time(vocab.Expires)
		ok = ok && dated && !v.now.After(expires.Add(ldSkew))
	}
	return created, ok && !created.After(v.now.Add(ldSkew)) && v.now.Sub(created) <= LDSignatureWindow
}
