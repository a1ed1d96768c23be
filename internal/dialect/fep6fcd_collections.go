package dialect

import (
	"bytes"
	"cmp"
	"context"
	"strings"

	"codeberg.org/godwit/godwit/internal/jsonitems"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

// A fepEntry is a file of the layout: its names, the first of which is godwit's,
// and how it becomes items; nil for a collection of things that have names
// elsewhere.
type fepEntry struct {
	kind  portability.Kind
	names []string
	part  func(f *fepArchive, k portability.Kind, entry string) Part
}

// fepEntries are the collections. The names are the FEP's, Mastodon's and
// wallet-export-ts's.
func fepEntries() []fepEntry {
	return []fepEntry{
		{portability.History, []string{"history.json"}, (*fepArchive).historyPart},
		{portability.Liked, []string{"likes.json", "liked.json"}, nil},
		{portability.Shared, []string{"shares.json", "shared.json"}, nil},
		{portability.Bookmarks, []string{"bookmarks.json"}, nil},
		{portability.Featured, []string{"featured.json"}, nil},
		{portability.Following, []string{"following.json", "following_accounts.json"}, nil},
		{portability.Followers, []string{"followers.json"}, nil},
		{portability.Pending, []string{"pending.json"}, nil},
		{portability.Blocked, []string{"blocked.json", "blocks.json", "blocked_accounts.json"}, nil},
		{portability.Muted, []string{"muted.json", "mutes.json", "muted_accounts.json"}, nil},
		{portability.BlockedDomains, []string{"blocked_domains.json"}, (*fepArchive).keyedPart},
		{portability.Lists, []string{"lists.json"}, (*fepArchive).keyedPart},
		{portability.Filters, []string{"filters.json"}, (*fepArchive).keyedPart},
		{portability.FeaturedTags, []string{"featured_tags.json"}, (*fepArchive).keyedPart},
		{portability.Preferences, []string{"preferences.json"}, (*fepArchive).keyedPart},
		{portability.Keys, []string{"keys.json"}, (*fepArchive).keysPart},
	}
}

// add adds a collection, if it is there.
func (f *fepArchive) add(e fepEntry) {
	for _, name := range e.names {
		entry := f.folder + name
		if !f.has(entry) || f.used[entry] {
			continue
		}
		f.used[entry] = true
		switch {
		case f.api && (e.part == nil || e.kind == portability.Lists):
			f.account.Parts = append(f.account.Parts, f.holloParts(e.kind, entry)...)
		case e.part == nil:
			f.account.Parts = append(f.account.Parts, f.collection(entry).named(e.kind))
		default:
			f.account.Parts = append(f.account.Parts, e.part(f, e.kind, entry))
		}
		return
	}
}

// addReceived adds what others wrote, which stands in a tree of its own.
func (f *fepArchive) addReceived() {
	const entry = "received/received.json"
	if f.has(entry) {
		f.used[entry] = true
		f.account.Parts = append(f.account.Parts, f.keyedPart(portability.Received, entry))
	}
}

func (f *fepArchive) collection(entry string) collection {
	return collection{view: f.view, account: f.account, entry: entry}
}

// keyedPart reads documents verbatim, under the name that portability/DESIGN.md
// gives things of their kind.
func (f *fepArchive) keyedPart(k portability.Kind, entry string) Part {
	return f.verbatim(k, entry, func(o *vocab.Object) string { return nameOf(k, o) })
}

func (f *fepArchive) verbatim(k portability.Kind, entry string, name func(*vocab.Object) string) Part {
	c := f.collection(entry)
	return Part{Kind: k, Name: entry, Said: -1, Each: c.each(func(c collection, _ context.Context, e jsonitems.Element) (portability.Item, bool) {
		if bytes.HasPrefix(e.Data, []byte(`"`)) {
			return c.lone(k, e), true
		}
		o, bad := c.parse(k, &e)
		if bad != nil {
			return *bad, true
		}
		item := portability.Item{Ref: portability.Ref{Kind: k, ID: name(o)}, Object: o}
		if item.ID == "" {
			item.ID = c.where(e)
			item.Problems = []portability.Problem{{Reason: portability.NoID, Detail: c.where(e), Fatal: true}}
		}
		return item, true
	})}
}

// nameOf is the Ref.ID of a document.
func nameOf(k portability.Kind, o *vocab.Object) string {
	switch k {
	case portability.BlockedDomains:
		return strings.ToLower(o.Text("domain"))
	case portability.Lists, portability.Filters:
		return o.Text("title")
	case portability.FeaturedTags:
		return strings.ToLower(strings.TrimPrefix(o.Text(vocab.Name), "#"))
	case portability.Preferences:
		return "preferences"
	}
	return string(o.ID())
}

func (f *fepArchive) historyPart(k portability.Kind, entry string) Part {
	return f.verbatim(k, entry, nameOfState)
}

// nameOfState names a former state of content: by its id, and when it was made, or
// by its digest where it does not say when.
func nameOfState(o *vocab.Object) string {
	id, when := string(o.ID()), cmp.Or(o.Text(vocab.Updated), o.Text(vocab.Published), "sha256:"+hexSum(o.Value().Raw()))
	if id == "" {
		return ""
	}
	return id + "#" + when
}
