package dialect

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"

	"codeberg.org/godwit/godwit/internal/jsonitems"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

// bookwyrm reads BookWyrm's export: archive.json, which is the actor document with
// more members in it, above all the books with what was written about each, and
// beside it the avatar and the covers.
func bookwyrm() Dialect {
	return Dialect{
		Name: "bookwyrm",
		Match: func(ctx context.Context, v *View) (bool, error) {
			name, err := bookwyrmFile(ctx, v)
			return name != "", err
		},
		Read: readBookwyrm,
	}
}

// bookwyrmFile finds the document. The database puts its members in the order of
// their names' lengths, so that the books may come before what else tells it.
func bookwyrmFile(ctx context.Context, v *View) (string, error) {
	if _, is, _ := takeoutRoot(v); is {
		return "", nil // a takeout, whose actor may have come from BookWyrm
	}
	candidates := v.Glob("*.json")
	if lone := v.Lone(); lone != "" {
		candidates = []string{lone}
	}
	for _, name := range candidates[:min(len(candidates), mostCandidates)] {
		head, err := v.Head(ctx, name)
		if err != nil {
			return "", err
		}
		text := strings.TrimLeft(string(head), " \t\r\n\ufeff")
		has := func(word string) bool { return strings.Contains(text, word) }
		if strings.HasPrefix(text, "{") && (has(`"bookwyrmUser"`) || has(`"books":`) && has(`"edition"`) && has(`"work"`)) {
			return name, nil
		}
	}
	return "", nil
}

// bookwyrmArrays are the members that hold arrays and are not the actor's.
var bookwyrmArrays = []string{"books", "goals", "saved_lists", "follows", "blocks"}

// A bookwyrmExport is one that was opened.
type bookwyrmExport struct {
	view     *View
	account  *Account
	entry    string
	settings vocab.Value
}

func readBookwyrm(ctx context.Context, v *View) (*Account, error) {
	entry, err := bookwyrmFile(ctx, v)
	if err != nil {
		return nil, err
	}
	b := &bookwyrmExport{view: v, account: &Account{}, entry: entry}
	if err := b.actor(ctx); err != nil {
		return nil, err
	}
	b.account.Owner = portability.ReadershipOf(b.account.Doc)
	b.account.Media = openByPath(v)
	b.account.note(Lacks, "", "followers, mutes, posts that are about no book, what was liked and shared, keys")
	b.account.Parts = b.parts()
	return b.account, nil
}

// actor makes the actor document of the members that are its own, each as it
// stands.
func (b *bookwyrmExport) actor(ctx context.Context) error {
	var m maker
	for e, err := range b.view.Elements(ctx, b.entry, &jsonitems.Options{Arrays: bookwyrmArrays}) {
		if err != nil {
			return fmt.Errorf("read %q: %w", b.entry, err)
		}
		if e.Member == "" || e.Data == nil {
			continue
		}
		value, ok := valueOf(b.view, e.Data)
		switch {
		case !ok:
			b.account.note(TextFault, b.entry, "a member that cannot be read")
		case e.Member == "settings":
			b.settings = value
		default:
			name := vocab.Property(e.Member)
			m.members = slices.DeleteFunc(m.members, func(had vocab.Member) bool { return had.Name == name })
			m.value(name, value)
		}
	}
	o, err := m.build()
	if err != nil {
		return &Refusal{Dialect: "bookwyrm", Reason: NotReadable, Where: b.entry, Err: err}
	}
	b.account.Doc = o
	return nil
}

// valueOf reads any JSON value, within the limits of the export.
func valueOf(v *View, data []byte) (vocab.Value, bool) {
	o, err := v.Parse(slices.Concat([]byte(`{"v":`), data, []byte(`}`)))
	if err != nil {
		return vocab.Value{}, false
	}
	return o.Get("v"), true
}

func (b *bookwyrmExport) list(array string) list {
	return list{account: b.account, view: b.view, entry: b.entry, array: array, arrays: bookwyrmArrays}
}

func (b *bookwyrmExport) parts() []Part {
	named := func(k portability.Kind, array string) Part {
		return b.list(array).part(reading{kind: k, rest: true, value: idItem(k)})
	}
	actor, avatar := b.actorItem()
	parts := []Part{
		named(portability.Blocked, "blocks"), actorPart(actor), mediaPart(b.view, b.entry+"#books", b.covers),
		b.written(), named(portability.Bookmarks, "saved_lists"), b.preferences(), named(portability.Following, "follows"),
		b.list("books").part(reading{kind: portability.Unknown, rest: true}),
		b.list("goals").part(reading{kind: portability.Unknown, rest: true}),
	}
	return append(parts, leftovers(b.view, func(name string) bool {
		return name == b.entry || name == avatar || isPicture(name)
	}))
}

// idItem makes the item for a thing that is named by its id alone.
func idItem(k portability.Kind) func(string) portability.Item {
	return func(id string) portability.Item {
		item := portability.Item{Ref: portability.Ref{Kind: k, ID: id}, Object: idAlone(id)}
		if id == "" {
			item.Problems = []portability.Problem{{Reason: portability.NoID, Fatal: true}}
		}
		return item
	}
}

// actorItem is the actor with its avatar, whose address the export has replaced by
// the path of the file.
func (b *bookwyrmExport) actorItem() (portability.Item, string) {
	item := actorItem(b.account.Doc)
	icon := b.account.Doc.Child(vocab.Icon)
	if icon == nil || icon.Text(vocab.URL) == "" {
		return item, ""
	}
	said := icon.Text(vocab.URL)
	m := portability.Medium{URL: vocab.IRI(said), Path: b.picture(said), Size: -1}
	if m.Path == "" {
		item.Problems = append(item.Problems, portability.Problem{Reason: portability.MissingMedia, Detail: "icon"})
	}
	m.Size = b.view.Size(m.Path)
	item.Media = append(item.Media, m)
	return item, m.Path
}

// picture is the entry of a picture by its path in the document. BookWyrm puts the
// folder "images" before it with a slash in the document, and without one in the
// tar; older versions had no such folder.
func (b *bookwyrmExport) picture(said string) string {
	bare := strings.TrimPrefix(said, "images/")
	for _, name := range []string{said, bare, "images" + bare, "images/" + bare} {
		if b.view.Has(name) && isPicture(name) {
			return name
		}
	}
	return ""
}

// isPicture reports whether an entry may be a picture of the export.
func isPicture(name string) bool {
	switch strings.ToLower(path.Ext(name)) {
	case ".jpg", ".jpeg", ".png", ".gif", ".webp", ".svg", ".avif", ".bmp":
		return true
	}
	return false
}

// preferences are the settings: the audience of posts to come, and the rest under
// the name of the host.
func (b *bookwyrmExport) preferences() Part {
	part := Part{Kind: portability.Preferences, Name: b.entry + "#settings", Said: -1, Each: Just()}
	settings, ok := b.settings.Object()
	if !ok {
		return part
	}
	item := portability.Item{Ref: portability.Ref{Kind: portability.Preferences, ID: "preferences"}}
	var m maker
	switch word := settings.Text("default_post_privacy"); word {
	case "public", "unlisted", "followers", "direct":
		m.put("audience", word)
	}
	if host := b.account.Doc.ID().Host(); host != "" {
		m.put(vocab.Property(host), settings)
	}
	part.Each = Just(m.finish(item, settings))
	return part
}
