package dialect

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"codeberg.org/godwit/godwit/internal/container"
	"codeberg.org/godwit/godwit/internal/jsonitems"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

// A takeout is an export in the shape that Mastodon gave to it: an outbox and an
// actor beside each other, other collections, and the files of the posts.
type takeout struct {
	view    *View
	account *Account
	root    string // the folder of the outbox, with its slash
	files   *takeoutFiles
}

const (
	outboxName = "outbox.json"
	actorName  = "actor.json"
)

// takeoutRoot finds the folder of the only outbox; ok is false if there is none.
// Several are a refusal.
func takeoutRoot(v *View) (root string, ok bool, err error) {
	found := ""
	for _, name := range slices.Concat(v.Names(), leftOut(v)) {
		if path.Base(name) != outboxName {
			continue
		}
		if found != "" {
			return "", true, &Refusal{Dialect: "mastodon", Reason: TwoOutboxes, Where: name}
		}
		found = name
	}
	return strings.TrimSuffix(found, outboxName), found != "", nil
}

// leftOut lists the links and devices of a container.
func leftOut(v *View) []string {
	var names []string
	for _, p := range v.Oddities() {
		if p.Reason == container.ReasonLink || p.Reason == container.ReasonSpecial {
			names = append(names, p.Entry)
		}
	}
	return names
}

// openTakeout reads what is small: the actor, if there is one.
func openTakeout(ctx context.Context, v *View, dialect, root string) (*takeout, error) {
	t := &takeout{view: v, root: root, account: &Account{}}
	for _, name := range leftOut(v) {
		if base := strings.TrimPrefix(name, root); base == outboxName || base == actorName {
			return nil, &Refusal{Dialect: dialect, Reason: LinkReferenced, Where: name}
		}
	}
	outbox := collection{view: v, account: t.account, entry: root + outboxName}
	t.files = newTakeoutFiles(v, root, outbox)
	t.account.Media = t.files.open
	t.secrets()
	if !v.Has(root + actorName) {
		t.account.note(MissingFile, root+actorName, "")
		return t, t.guess(ctx, outbox)
	}
	return t, t.actor(ctx, dialect)
}

// note is Note for what is known when the account is opened.
func (a *Account) note(r Reason, where, detail string) {
	if len(a.Problems) < mostOdd {
		a.Problems = append(a.Problems, Problem{Reason: r, Where: where, Detail: detail})
	}
}

// secrets says which entries hold private keys. They are not read.
func (t *takeout) secrets() {
	for _, name := range t.view.Names() {
		if isSecret(name) {
			t.account.note(SecretInside, name, "a private key")
		}
	}
}

// actor reads the actor's document. Without it nobody knows whose the rest is.
func (t *takeout) actor(ctx context.Context, dialect string) error {
	name := t.root + actorName
	o, err := t.view.damagedDocument(ctx, t.account, name)
	switch {
	case err == nil:
		t.account.Doc, t.account.Owner = marksOfActor.restored(o), portability.ReadershipOf(o)
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	case !t.view.Salvage:
		return &Refusal{Dialect: dialect, Reason: NotReadable, Where: name, Err: err}
	}
	t.account.note(PartlyRead, name, "it cannot be read")
	return t.guess(ctx, collection{view: t.view, account: t.account, entry: t.root + outboxName})
}

// damagedDocument reads an entry that is one document, in any coding, with what is
// no text in it replaced. What is odd is noted.
func (v *View) damagedDocument(ctx context.Context, a *Account, name string) (*vocab.Object, error) {
	r, err := v.Open(ctx, name)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	e, err := jsonitems.Value(r, &jsonitems.Options{MaxItem: v.MaxItem, MaxDepth: v.MaxDepth})
	switch {
	case err != nil:
		return nil, err
	case e.Data == nil:
		return nil, errors.New(string(e.Fault))
	case e.Fault != "":
		a.Note(Problem{Reason: TextFault, Where: name, Detail: string(e.Fault)})
	}
	return v.Parse(e.Data)
}

// mostGuessed is how many elements are looked at to tell whose an outbox is.
const mostGuessed = 100

// guess takes the actor of the first activity, or the author of the first object,
// for the owner of an outbox that comes without an actor.
func (t *takeout) guess(ctx context.Context, outbox collection) error {
	n := 0
	for e, err := range outbox.elements(ctx) {
		if err != nil {
			return err
		}
		if o, err := t.view.Parse(e.Data); err == nil {
			owner := cmp.Or(o.IRI(vocab.Actor), o.IRI(vocab.AttributedTo))
			if owner.IsHTTP() {
				t.account.Owner.Actor = owner
				return nil
			}
		}
		if n++; n == mostGuessed {
			return nil
		}
	}
	return nil
}

// A named collection is an entry, and what it is a collection of.
type named struct {
	name string
	kind portability.Kind
}

var (
	likes     = named{"likes.json", portability.Liked}
	bookmarks = named{"bookmarks.json", portability.Bookmarks}
	followers = named{"followers.json", portability.Followers}
	following = named{"following.json", portability.Following}
)

// parts lists the parts: the actor with its pictures, the outbox, the collections
// beside it that are there, and what nothing names.
func (t *takeout) parts(others ...named) []Part {
	parts := []Part{}
	used := map[string]bool{}
	if doc := t.account.Doc; doc != nil {
		actor := t.actorItem(doc)
		for _, m := range actor.Media {
			used[m.Path] = true
		}
		parts = append(parts, actorPart(actor))
	}
	parts = append(parts, t.collection(outboxName).outbox()...)
	parts = append(parts, t.collection(outboxName).headPart())
	known := []string{t.root + outboxName, t.root + actorName}
	for _, other := range others {
		if t.view.Has(t.root + other.name) {
			parts = append(parts, t.collection(other.name).named(other.kind), t.collection(other.name).headPart())
			known = append(known, t.root+other.name)
		}
	}
	return append(parts, t.files.part(used), leftovers(t.view, func(name string) bool {
		return isFile(name) || isSecret(name) || slices.Contains(known, name)
	}))
}

func (t *takeout) collection(name string) collection {
	return collection{view: t.view, account: t.account, entry: t.root + name, attach: t.files.attach, takeout: true}
}

// actorItem is the actor, with the pictures that stand beside it.
func (t *takeout) actorItem(doc *vocab.Object) portability.Item {
	item := actorItem(doc)
	if icon := doc.Child(vocab.Icon); icon != nil {
		t.picture(&item, readAttachment(icon), "avatar")
	}
	if image := doc.Child(vocab.Image); image != nil {
		t.picture(&item, readAttachment(image), "header")
	}
	return item
}

func (t *takeout) picture(item *portability.Item, a attachment, name string) {
	if len(a.urls) == 0 {
		return
	}
	m := portability.Medium{URL: vocab.IRI(a.urls[0]), Type: a.mediaType, Size: -1}
	if entry := t.root + strings.TrimPrefix(a.urls[0], "/"); t.view.Has(entry) && isFile(entry) {
		m.Path = entry
	} else if all := t.view.Glob(t.root + name + ".*"); len(all) == 1 && isFile(all[0]) {
		m.Path = all[0]
	}
	if m.Path != "" {
		m.Size = t.view.Size(m.Path)
	} else {
		item.Problems = append(item.Problems, portability.Problem{Reason: portability.MissingMedia, Detail: fmt.Sprintf("%s of the actor", name)})
	}
	item.Media = append(item.Media, m)
}
