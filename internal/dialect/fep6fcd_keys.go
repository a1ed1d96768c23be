package dialect

import (
	"context"
	"slices"
	"strings"

	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

// secretMembers hold the private half of a key, in the forms that are in use: of
// Multikeys, of JSON Web Keys, and of PEM in documents.
func secretMembers() []vocab.Property {
	return []vocab.Property{
		"secretKeyMultibase", "privateKeyMultibase", "https://w3id.org/security#secretKeyMultibase",
		"https://w3id.org/security#privateKeyMultibase", "secretKeyJwk", "privateKeyJwk", "privateKeyPem",
		"privateKeyBase58", "privateKeyHex", "privateKey", "d",
	}
}

// keysPart reads the collection of keys, without private halves, should there be
// any.
func (f *fepArchive) keysPart(k portability.Kind, entry string) Part {
	part := f.keyedPart(k, entry)
	each := part.Each
	part.Each = mapItems(each, func(item portability.Item) portability.Item { return f.publicHalf(item, entry) })
	return part
}

// keyFiles are the keys that the FEP's example has: one in each file, with the
// private half in clear. Only the public half goes further.
func (f *fepArchive) keyFiles(ctx context.Context) ([]Part, error) {
	var parts []Part
	for _, name := range f.view.Names() {
		switch {
		case isSecret(name):
			f.note(SecretInside, name, "it is not read")
			continue
		case !strings.HasPrefix(name, "key/") || !strings.HasSuffix(name, ".json") || !f.has(name):
			continue
		}
		f.used[name] = true
		o, err := f.view.Document(ctx, name)
		if err != nil {
			f.note(NotReadable, name, "a file of keys; it is not passed on")
			continue
		}
		item := portability.Item{Ref: portability.Ref{Kind: portability.Keys, ID: string(o.ID())}, Object: o}
		if item.ID == "" {
			item.ID = name
			item.Problems = []portability.Problem{{Reason: portability.NoID, Detail: name, Fatal: true}}
		}
		parts = append(parts, Part{Kind: portability.Keys, Name: name, Said: 1, Each: Just(f.publicHalf(item, name))})
	}
	return parts, ctx.Err()
}

// publicHalf takes the private half out of a key. A key that has one anywhere else
// is not passed on at all.
func (f *fepArchive) publicHalf(item portability.Item, where string) portability.Item {
	if item.Object == nil || !holdsSecret(item.Object) {
		return item
	}
	f.note(SecretInside, where, "the private half of a key; it is not passed on")
	public := item.Object
	for _, p := range secretMembers() {
		var err error
		if public, err = public.Without(p); err != nil {
			break
		}
	}
	gone := public == nil || holdsSecret(public)
	if item.Object = public; gone {
		item.Object = nil
	}
	item.Problems = append(item.Problems, portability.Problem{Reason: portability.SecretWithheld, Detail: where, Fatal: gone})
	return item
}

// holdsSecret reports whether a private half stands anywhere in a document.
func holdsSecret(o *vocab.Object) bool {
	for name := range o.Members() {
		if slices.Contains(secretMembers(), vocab.Property(name)) {
			return true
		}
		if slices.ContainsFunc(o.Children(vocab.Property(name)), holdsSecret) {
			return true
		}
	}
	return false
}
