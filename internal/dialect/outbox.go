package dialect

import (
	"bytes"
	"context"
	"regexp"

	"codeberg.org/godwit/godwit/portability"
)

// outbox is an outbox without an actor: one file, or a folder or archive that has
// one.
func outbox() Dialect {
	return Dialect{Name: "outbox", Match: isOutbox, Read: readOutbox}
}

func isOutbox(ctx context.Context, v *View) (bool, error) {
	lone := v.Lone()
	if lone == "" {
		_, ok, err := takeoutRoot(v)
		return ok || err != nil, ctx.Err()
	}
	head, err := v.Head(ctx, lone)
	if err != nil {
		return false, err
	}
	return isCollection(head), nil
}

var (
	collectionWord = regexp.MustCompile(`"(Ordered)?Collection"|"orderedItems"`)
	activityWord   = regexp.MustCompile(`"(actor|attributedTo)"\s*:\s*["{]`)
)

// isCollection reports whether a text begins as a collection does, or as an array
// of activities or objects.
func isCollection(head []byte) bool {
	head = bytes.ReplaceAll(head, []byte{0}, nil) // of UTF-16, what is ASCII
	head = bytes.TrimLeft(head, "\ufeff\xff\xfe \t\r\n")
	switch {
	case bytes.HasPrefix(head, []byte("{")):
		return collectionWord.Match(head)
	case bytes.HasPrefix(head, []byte("[")):
		return activityWord.Match(head)
	}
	return false
}

// loneKinds are collections that a server names after their kind, by the end of
// their id. Any other is an outbox.
var loneKinds = []struct {
	id   *regexp.Regexp
	kind portability.Kind
}{
	{loneID("likes"), portability.Liked},
	{loneID("bookmarks"), portability.Bookmarks},
	{loneID("followers"), portability.Followers},
	{loneID("following"), portability.Following},
}

func loneID(name string) *regexp.Regexp {
	return regexp.MustCompile(`^\s*\{[^{}\[]*"id"\s*:\s*"([^"]*/)?` + name + `(\.json)?"`)
}

func readOutbox(ctx context.Context, v *View) (*Account, error) {
	lone := v.Lone()
	if lone == "" {
		return readOutboxBesideFiles(ctx, v)
	}
	a := &Account{}
	c := collection{view: v, account: a, entry: lone, takeout: true}
	a.note(MissingFile, actorName, "")
	head, err := v.Head(ctx, lone)
	if err != nil {
		return nil, err
	}
	for _, known := range loneKinds {
		if known.id.Match(head) {
			a.Parts = []Part{c.named(known.kind), c.headPart()}
			return a, nil
		}
	}
	t := &takeout{view: v, account: a}
	if err := t.guess(ctx, c); err != nil {
		return nil, err
	}
	t.files = newTakeoutFiles(v, "", c)
	c.attach = t.files.attach
	a.Parts = append(c.outbox(), c.headPart())
	return a, nil
}

func readOutboxBesideFiles(ctx context.Context, v *View) (*Account, error) {
	root, _, err := takeoutRoot(v)
	if err != nil {
		return nil, err
	}
	t, err := openTakeout(ctx, v, "outbox", root)
	if err != nil {
		return nil, err
	}
	t.account.Parts = t.parts(likes, bookmarks)
	return t.account, nil
}
