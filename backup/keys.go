package backup

import (
	"context"
	"fmt"
	"io"
	"iter"

	"filippo.io/age"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/internal/jsonitems"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

// Members of a Multikey with its private half. FEP-6fcd has privateKeyMultibase,
// Controlled Identifiers secretKeyMultibase; RSA has a form in PEM alone.
const (
	secretMultibase  vocab.Property = "secretKeyMultibase"
	privateMultibase vocab.Property = "privateKeyMultibase"
	privatePEM       vocab.Property = "privateKeyPem"
)

const contextMultikey = "https://w3id.org/security/multikey/v1"

// SecretOf writes a private key as a Multikey, for [Secrets]. It fails for a key
// that cannot be given away, as one in a hardware module.
func SecretOf(key actor.PrivateKey) (*vocab.Object, error) {
	name := secretMultibase
	secret, err := key.SecretMultikey()
	if err != nil {
		name = privatePEM
		secret, err = key.PEM()
	}
	if err != nil {
		return nil, fmt.Errorf("write private key: %w", err)
	}
	return vocab.Build(
		vocab.Member{Name: vocab.Context, Value: []any{contextMultikey, map[string]string{string(privatePEM): "https://w3id.org/security#privateKeyPem"}}},
		vocab.Member{Name: vocab.Type, Value: "Multikey"},
		vocab.Member{Name: vocab.ID, Value: key.ID},
		vocab.Member{Name: vocab.Controller, Value: key.Owner},
		vocab.Member{Name: vocab.PublicKeyMultibase, Value: key.Public().Encode()},
		vocab.Member{Name: name, Value: secret},
	)
}

// UnlockKey opens a sealed private key. It is the account's own only if the
// account's document lists its public half: any other key is a [*Refusal], for
// whoever made the archive could have put it there. The ids of the key and its owner
// are those of that document. Errors are as for [Unlock], and none holds anything of
// the key.
func UnlockKey(ctx context.Context, from Entries, name string, doc *vocab.Object, with []age.Identity, l *SealLimits) (actor.PrivateKey, error) {
	r, err := unlock(ctx, from, name, with, l.orDefault(mostKeyBytes))
	if err != nil {
		return actor.PrivateKey{}, err
	}
	defer r.Close()
	text, err := io.ReadAll(r)
	defer clear(text)
	if err != nil {
		return actor.PrivateKey{}, err
	}
	key, ok := parseSecret(text)
	if !ok {
		return actor.PrivateKey{}, &Refusal{Reason: SecretUnclear, Where: name, Hint: hint(SecretUnclear)}
	}
	return asPublished(key, name, doc)
}

// asPublished gives a private key the names under which the account publishes it.
func asPublished(key actor.PrivateKey, name string, doc *vocab.Object) (actor.PrivateKey, error) {
	if doc != nil {
		published, _ := actor.Keys(doc)
		for _, p := range published {
			if p.Equal(key.Public()) {
				key.ID, key.Owner = p.ID, p.Owner
				return key, nil
			}
		}
	}
	return actor.PrivateKey{}, &Refusal{Reason: SecretStranger, Where: name, Hint: hint(SecretStranger)}
}

// parseSecret reads a private key in any of its forms. Why it cannot be read is not
// said: the reason could tell of the key.
func parseSecret(text []byte) (actor.PrivateKey, bool) {
	o, err := vocab.ParseWith(text, &vocab.Limits{Bytes: mostKeyBytes, Depth: 16})
	if err != nil {
		return actor.PrivateKey{}, false
	}
	for _, p := range []vocab.Property{secretMultibase, privateMultibase} {
		if o.Has(p) {
			key, err := actor.ParseSecretMultikey(o.ID(), o.IRI(vocab.Controller), o.Text(p))
			return key, err == nil
		}
	}
	key, err := actor.ParsePrivatePEM(o.ID(), o.IRI(vocab.Owner), o.Text(privatePEM))
	return key, err == nil
}

// UnlockInbox opens what the account received, and yields it item by item. It is for
// the owner's eyes: others' words that were meant for nobody else. An error is the
// last thing yielded, as for [Unlock]; an archive without a sealed inbox yields
// nothing.
func UnlockInbox(ctx context.Context, from Entries, with []age.Identity, l *SealLimits) iter.Seq2[portability.Item, error] {
	return func(yield func(portability.Item, error) bool) {
		if !hasEntry(from, sealedInbox) {
			return
		}
		r, err := Unlock(ctx, from, sealedInbox, with, l)
		if err != nil {
			yield(portability.Item{}, err)
			return
		}
		defer r.Close()
		n := 0
		for e, err := range jsonitems.Read(r, nil) {
			if err == nil {
				err = ctx.Err()
			}
			if err == nil && e.Data == nil && e.Fault == jsonitems.Truncated {
				err = &Refusal{Reason: SealDamaged, Where: sealedInbox, Hint: hint(SealDamaged)}
			}
			if err != nil {
				yield(portability.Item{}, err)
				return
			}
			if e.Member != "" || e.Data == nil && e.Fault != jsonitems.TooLarge && e.Fault != jsonitems.TooDeep {
				continue
			}
			n++
			if !yield(inboxItem(e, n), nil) {
				return
			}
		}
	}
}

const sealedInbox = "received/inbox.json.age"

func hasEntry(from Entries, name string) bool {
	for e := range from.Entries() {
		if e.Name == name {
			return true
		}
	}
	return false
}

func inboxItem(e jsonitems.Element, n int) portability.Item {
	item := portability.Item{Ref: portability.Ref{Kind: portability.Inbox, ID: fmt.Sprintf("%s#%d", sealedInbox, n)}}
	item.Next = item.ID
	o, err := vocab.ParseWith(e.Data, &vocab.Limits{Bytes: 16 << 20, Depth: 64, AllowDuplicateNames: true})
	switch {
	case e.Data == nil:
		item.Problems = []portability.Problem{{Reason: portability.TooLarge, Detail: item.ID, Fatal: true}}
	case err != nil:
		item.Raw = e.Data
		item.Problems = []portability.Problem{{Reason: portability.Unreadable, Detail: item.ID}}
	default:
		item.Object = o
		if id := o.ID(); id != "" {
			item.ID = string(id)
		}
	}
	return item
}
