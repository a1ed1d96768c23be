package dialect

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"time"

	"codeberg.org/godwit/godwit/backup/csvlist"
	"codeberg.org/godwit/godwit/internal/jsonitems"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

// activitiesNext reads the archives that activities.next makes of one actor: a
// takeout in Mastodon's shape, newest first, with lists, former states of posts and
// a manifest that counts.
func activitiesNext() Dialect {
	return Dialect{Name: "activities.next", Match: matchActivitiesNext, Read: readActivitiesNext}
}

const (
	nextManifest = "manifest.json"
	nextHistory  = "status_history.json"
	nextVersion  = 1
)

func matchActivitiesNext(ctx context.Context, v *View) (bool, error) {
	if !v.Has(outboxName) {
		return false, nil
	}
	return v.HeadHas(ctx, nextManifest, `"actor-archive"`, `"counts"`)
}

func readActivitiesNext(ctx context.Context, v *View) (*Account, error) {
	manifest, err := v.Document(ctx, nextManifest)
	if err != nil {
		return nil, &Refusal{Dialect: "activities.next", Reason: NotReadable, Where: nextManifest, Err: err}
	}
	t, err := openTakeout(ctx, v, "activities.next", "")
	if err != nil {
		return nil, err
	}
	n := nextExport{takeout: t, counts: manifest.Child("counts")}
	if version, ok := manifest.Int64("version"); !ok || version != nextVersion {
		t.account.note(UnknownDialect, nextManifest, "another version than 1")
	}
	if warnings := len(slices.Collect(manifest.All("warnings"))); warnings > 0 {
		t.account.note(MissingFile, nextManifest, fmt.Sprintf("%d warnings of the server that made it; they are kept", warnings))
	}
	t.account.note(Lacks, "", "lists, blocks, mutes, filters, pins")
	n.parts()
	return t.account, nil
}

// A nextExport is an archive while it is read.
type nextExport struct {
	takeout *takeout
	counts  *vocab.Object // nil if the manifest has none
}

// nextLists are the lists that are read, and
// what the manifest calls their number.
var nextLists = []struct {
	name  string
	typ   csvlist.Type
	count vocab.Property
}{
	{"following_accounts.csv", csvlist.Following, "following"},
	{"followers.csv", csvlist.Followers, "followers"},
}

func (n nextExport) parts() {
	t := n.takeout
	parts := t.parts(likes, bookmarks)
	known := []string{outboxName, actorName, likes.name, bookmarks.name, nextHistory}
	for i, p := range parts {
		switch p.Kind {
		case portability.Liked:
			parts[i].Each = n.counted(p, "likes")
		case portability.Bookmarks:
			parts[i].Each = n.counted(p, "bookmarks")
		}
	}
	n.oldestFirst(parts)
	for _, l := range nextLists {
		if t.view.Has(l.name) {
			part := csvPart(t.account, t.view, l.name, l.typ)
			part.Each = n.counted(part, l.count)
			parts, known = append(parts, part), append(known, l.name)
		}
	}
	if t.view.Has(nextHistory) {
		parts = append(parts, Part{Kind: portability.History, Name: nextHistory, Said: -1, Each: n.history})
	}
	parts = slices.DeleteFunc(parts, func(p Part) bool { return p.Kind == portability.Unknown })
	t.account.Parts = append(parts, leftovers(t.view, func(name string) bool {
		return isSecret(name) || slices.Contains(known, name) || isFile(name) && tail(name) != "" || name == n.picture("avatar") || name == n.picture("header")
	}))
}

// picture is the entry of a picture of the actor.
func (n nextExport) picture(name string) string {
	if found := n.takeout.view.Glob(name + ".*"); len(found) == 1 {
		return found[0]
	}
	return ""
}

// oldestFirst turns the outbox, which has the newest first.
func (n nextExport) oldestFirst(parts []Part) {
	c := n.takeout.collection(outboxName)
	in := &order{elements: n.statuses(c), scratch: c.view.Scratch, account: c.account, entry: c.entry, date: func(e jsonitems.Element) time.Time {
		o, err := c.view.Parse(e.Data)
		if err != nil {
			return time.Time{}
		}
		return moment(o, vocab.Published)
	}}
	for i, p := range parts {
		read := map[portability.Kind]func(context.Context, jsonitems.Element) (portability.Item, bool){
			portability.Content: c.content, portability.Outbox: c.activity,
		}[p.Kind]
		if read == nil {
			continue
		}
		parts[i].Each = func(ctx context.Context) iter.Seq2[portability.Item, error] {
			return markRepeated(itemsOf(ctx, in.each(ctx), func(e jsonitems.Element) (portability.Item, bool) { return read(ctx, e) }))
		}
	}
}

// statuses are the elements of the outbox, counted.
func (n nextExport) statuses(c collection) func(context.Context) iter.Seq2[jsonitems.Element, error] {
	return func(ctx context.Context) iter.Seq2[jsonitems.Element, error] {
		return func(yield func(jsonitems.Element, error) bool) {
			total := int64(0)
			for e, err := range c.elements(ctx) {
				if !yield(e, err) {
					return
				}
				total++
			}
			n.compare(outboxName, "statuses", total)
		}
	}
}

// counted compares the number of items with the manifest's, once all were read.
func (n nextExport) counted(p Part, what vocab.Property) func(context.Context) iter.Seq2[portability.Item, error] {
	return func(ctx context.Context) iter.Seq2[portability.Item, error] {
		return func(yield func(portability.Item, error) bool) {
			total := int64(0)
			for item, err := range p.Each(ctx) {
				if !yield(item, err) || err != nil {
					return
				}
				total++
			}
			n.compare(p.Name, what, total)
		}
	}
}

func (n nextExport) compare(entry string, what vocab.Property, total int64) {
	if n.counts == nil {
		return
	}
	if said, ok := n.counts.Int64(what); ok && said != total {
		n.takeout.account.Note(Problem{Reason: CountMismatch, Where: entry, Detail: fmt.Sprintf("the manifest says %d, it has %d", said, total)})
	}
}

// history yields the former states of posts. Their text is what the person wrote,
// before it was made into HTML.
func (n nextExport) history(ctx context.Context) iter.Seq2[portability.Item, error] {
	return markRepeated(func(yield func(portability.Item, error) bool) {
		v, some := n.takeout.view, false
		for e, err := range v.Elements(ctx, nextHistory, &jsonitems.Options{Arrays: []string{" "}}) {
			switch {
			case err != nil:
				yield(portability.Item{}, err)
				return
			case e.Fault == jsonitems.WrongShape && some:
				continue // it is no array, and need not be
			case e.Data == nil || e.Member == "":
				n.takeout.account.Note(Problem{Reason: reasonOfText(e.Fault), Where: nextHistory, Detail: string(e.Fault)})
				continue
			}
			some = true
			for _, item := range n.revisions(ctx, e) {
				if !yield(item, nil) {
					return
				}
			}
		}
	})
}

func (n nextExport) revisions(ctx context.Context, e jsonitems.Element) []portability.Item {
	around, err := n.takeout.view.Parse(slices.Concat([]byte(`{"revisions":`), e.Data, []byte(`}`)))
	if err != nil {
		return []portability.Item{Unreadable(portability.History, nextHistory+"#"+e.Member, e.Data, portability.Unreadable)}
	}
	var items []portability.Item
	for _, r := range around.Children("revisions") {
		items = append(items, n.revision(ctx, e.Member, r))
	}
	return items
}

func (n nextExport) revision(ctx context.Context, id string, r *vocab.Object) portability.Item {
	item := portability.Item{Ref: portability.Ref{Kind: portability.History}}
	var m maker
	m.put(vocab.ID, id)
	m.put(vocab.Type, vocab.TypeNote)
	m.value(vocab.Summary, text(r, "summary"))
	m.value(vocab.Sensitive, boolean(r, "sensitive"))
	if source := text(r, "text"); !source.IsZero() {
		m.put(vocab.Source, map[string]any{"content": source, "mediaType": "text/markdown"})
	}
	m.value(vocab.Attachment, only(r.Get("attachments"), vocab.Array))
	item = m.finish(item, r)
	if item.Object != nil {
		item.ID = nameOfState(item.Object) // when it was made is not said, but when it was replaced
		n.takeout.files.attach(ctx, &item)
	}
	return item
}
