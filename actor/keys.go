package actor

import (
	"crypto"
	"errors"
	"fmt"
	"time"

	"codeberg.org/godwit/godwit/vocab"
)

// MaxKeys is how many entries of publicKey and assertionMethod are read.
const MaxKeys = 32

// A KeyProblem is an entry that gives no key.
type KeyProblem struct {
	ID  vocab.IRI // "" if the entry has none
	Err error     // wraps one of the errors of keys
}

func (p KeyProblem) Error() string {
	where := p.ID.Origin()
	if where == "" {
		where = "a key without an HTTP id"
	}
	return fmt.Sprintf("read key: %s: %v", where, p.Err)
}

// Unwrap returns the reason.
func (p KeyProblem) Unwrap() error { return p.Err }

// Keys lists the public keys in an actor's document: publicKey first, then
// assertionMethod (FEP-521a), each as an object or an array of them, expired
// ones too (see [Key.Expired]). The document is taken at its word about what is
// in it, not about others: a key that names another owner, or whose id is on
// another origin than the actor's, is a problem and no key.
//
// An entry that is a bare IRI is a problem that wraps [ErrKeyElse]; its ID says
// what to fetch and give to [KeysIn]. A key may be listed twice under one id.
func Keys(o *vocab.Object) ([]Key, []KeyProblem) {
	r := keyReader{owner: o.ID()}
	for v := range o.All(vocab.PublicKey) {
		if !r.read(v, false) {
			break
		}
	}
	for v := range o.All(vocab.AssertionMethod) {
		if !r.read(v, true) {
			break
		}
	}
	return r.keys, r.problems
}

// KeysIn lists the public keys in whatever stands behind a key's id: an actor,
// the stub of one (as GoToSocial serves it), a bare publicKey or a bare
// Multikey. The Owner of a bare one is what it claims: it holds only if that
// actor's own document names the key's id, see [NamesKey].
func KeysIn(o *vocab.Object) ([]Key, []KeyProblem) {
	if !o.Has(vocab.PublicKeyPem) && !o.Has(vocab.PublicKeyMultibase) {
		return Keys(o)
	}
	r := keyReader{owner: keyOwner(o)}
	r.readObject(o, true)
	return r.keys, r.problems
}

// NamesKey reports whether an actor's document lists a key id, in full or by a
// bare IRI, in publicKey or assertionMethod.
func NamesKey(o *vocab.Object, id vocab.IRI) bool {
	if id == "" {
		return false
	}
	for _, p := range []vocab.Property{vocab.PublicKey, vocab.AssertionMethod} {
		for v := range o.All(p) {
			if v.IRI() == id {
				return true
			}
		}
	}
	return false
}

type keyReader struct {
	owner    vocab.IRI
	keys     []Key
	problems []KeyProblem
	entries  int
}

// read takes in one entry. It returns false when enough were read.
func (r *keyReader) read(v vocab.Value, controlled bool) bool {
	if r.entries++; r.entries > MaxKeys {
		r.refuse("", ErrTooManyKeys)
		return false
	}
	o, ok := v.Object()
	switch id := v.IRI(); {
	case ok:
		r.readObject(o, controlled)
	case id != "":
		r.refuse(id, ErrKeyElse)
	default:
		r.refuse("", ErrKeyFormat)
	}
	return true
}

// readObject takes in one key. Entries of publicKey may leave their owner out,
// those of assertionMethod must name their controller (FEP-521a).
func (r *keyReader) readObject(o *vocab.Object, controlled bool) {
	id, owner := o.ID(), keyOwner(o)
	if owner == "" && !controlled && !o.Has(vocab.Owner) && !o.Has(vocab.Controller) {
		owner = r.owner
	}
	switch {
	case id == "":
		r.refuse(id, ErrKeyID)
		return
	case owner == "" || owner != r.owner:
		r.refuse(id, ErrKeyOwner)
		return
	case !vocab.SameOrigin(id, owner) && id.Document() != owner.Document():
		r.refuse(id, ErrKeyOrigin)
		return
	}
	expires, err := expiry(o)
	if err != nil {
		r.refuse(id, err)
		return
	}
	public, err := material(o)
	if err != nil {
		r.refuse(id, err)
		return
	}
	r.keys = append(r.keys, Key{ID: id, Owner: owner, Public: public, Expires: expires})
}

func (r *keyReader) refuse(id vocab.IRI, err error) {
	r.problems = append(r.problems, KeyProblem{ID: id, Err: err})
}

// keyOwner returns the only actor that owner and controller name, or "".
func keyOwner(o *vocab.Object) vocab.IRI {
	owner, controller := o.IRI(vocab.Owner), o.IRI(vocab.Controller)
	switch {
	case !o.Has(vocab.Controller):
		return owner
	case !o.Has(vocab.Owner) || owner == controller:
		return controller
	}
	return ""
}

// material reads the key itself. One that is written in both forms must be the
// same in both.
func material(o *vocab.Object) (crypto.PublicKey, error) {
	var found []crypto.PublicKey
	if text := o.Text(vocab.PublicKeyMultibase); text != "" {
		public, err := ParseMultikey(text)
		if err != nil {
			return nil, err
		}
		found = append(found, public)
	}
	if text := o.Text(vocab.PublicKeyPem); text != "" {
		public, err := ParsePEM(text)
		if err != nil {
			return nil, err
		}
		found = append(found, public)
	}
	switch {
	case len(found) == 0:
		return nil, ErrKeyFormat
	case len(found) == 2 && !(Key{Public: found[0]}).Equal(Key{Public: found[1]}):
		return nil, ErrKeyFormat
	}
	return found[0], nil
}

// revoked is the other word for the end of a key (Controlled Identifiers).
const revoked vocab.Property = "revoked"

// expiry returns the earlier of expires and revoked, zero if neither stands
// there. A time that cannot be read is an error: the key must not live on
// because of it.
func expiry(o *vocab.Object) (time.Time, error) {
	var end time.Time
	for _, p := range []vocab.Property{vocab.Expires, revoked} {
		if v := o.Get(p); v.IsZero() || v.Kind() == vocab.Null {
			continue
		}
		t, ok := o.Time(p)
		if !ok {
			return end, ErrKeyExpiry
		}
		if end.IsZero() || t.Before(end) {
			end = t
		}
	}
	return end, nil
}

// FindKey returns the key with this id.
func FindKey(keys []Key, id vocab.IRI) (Key, bool) {
	for _, k := range keys {
		if k.ID == id {
			return k, true
		}
	}
	return Key{}, false
}

// Elsewhere lists the ids of keys that stand in documents of their own.
func Elsewhere(problems []KeyProblem) []vocab.IRI {
	var ids []vocab.IRI
	for _, p := range problems {
		if errors.Is(p.Err, ErrKeyElse) {
			ids = append(ids, p.ID)
		}
	}
	return ids
}
