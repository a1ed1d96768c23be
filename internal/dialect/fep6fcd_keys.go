package dialect

import (
	"context"
	"iter"
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
// private half in clear. Only the public half goes further. They are read once to
// say so of the archive, and not held.
func (f *fepArchive) keyFiles(ctx context.Context) ([]Part, error) {
	var names []string
	for _, name := range f.view.Names() {
		switch {
		case isSecret(name):
			f.note(SecretInside, name, "it is not read")
		case strings.HasPrefix(name, "key/") && strings.HasSuffix(name, ".json") && f.has(name):
			f.used[name] = true
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return nil, ctx.Err()
	}
	part := Part{Kind: portability.Keys, Name: "key", Said: -1, Each: func(ctx context.Context) iter.Seq2[portability.Item, error] {
		return f.keyItems(ctx, names)
	}}
	for _, err := range part.Each(ctx) {
		if err != nil {
			return nil, err
		}
	}
	return []Part{part}, nil
}

// keyItems reads files with one key in each. One that cannot be read is noted: it
// may hold a private half, and is not passed on.
func (f *fepArchive) keyItems(ctx context.Context, names []string) iter.Seq2[portability.Item, error] {
	return func(yield func(portability.Item, error) bool) {
		for _, name := range names {
			o, err := f.view.Document(ctx, name)
			if ctx.Err() != nil {
				yield(portability.Item{}, ctx.Err())
				return
			}
			if err != nil {
				f.note(NotReadable, name, "a file of keys; it is not passed on")
				continue
			}
			item := portability.Item{Ref: portability.Ref{Kind: portability.Keys, ID: string(o.ID())}, Object: o}
			if item.ID == "" {
				item.ID = name
				item.Problems = []portability.Problem{{Reason: portability.NoID, Detail: name, Fatal: true}}
			}
			if !yield(f.publicHalf(item, name), nil) {
				return
			}
		}
	}
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
