package dialect

import (
	"bytes"
	"cmp"
	"context"
	"iter"
	"path"
	"slices"
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

// readAccount reads the actor, and lists the parts.
func (f *fepArchive) readAccount(ctx context.Context) error {
	f.folder = apFolder
	if !f.has(apFolder+"actor.json") && !f.has(apFolder+"outbox.json") && (f.has("actor.json") || f.has("outbox.json")) {
		f.folder = ""
	}
	if err := f.readActor(ctx); err != nil {
		return err
	}
	if err := f.oneOutbox(); err != nil {
		return err
	}
	if err := f.outboxParts(ctx); err != nil {
		return err
	}
	for _, e := range fepEntries() {
		f.add(e)
	}
	f.addReceived()
	for _, parts := range []func(context.Context) ([]Part, error){f.csvParts, f.keyFiles, f.unknownParts} {
		more, err := parts(ctx)
		if err != nil {
			return err
		}
		f.account.Parts = append(f.account.Parts, more...)
	}
	f.sealed()
	f.account.Parts = append(f.account.Parts, leftovers(f.view, f.isUsed))
	return nil
}

// readActor reads the actor, as ActivityStreams or as servers' clients have it.
func (f *fepArchive) readActor(ctx context.Context) error {
	name := f.folder + "actor.json"
	if !f.has(name) {
		if f.manifest == nil || f.own() {
			f.note(MissingFile, name, "")
		}
		return nil
	}
	data, err := f.view.Bytes(ctx, name, int64(f.view.MaxItem))
	if err != nil {
		return f.damaged(name, err)
	}
	o, err := f.view.Parse(data)
	switch {
	case err != nil:
		f.note(NotReadable, name, "")
		return nil
	case o.Len() == 0:
		f.used[name] = true
		return nil
	case isAPIAccount(o):
		o, err = APIActor(o, vocab.IRI(o.Text(vocab.URL)))
	}
	f.used[name] = true
	f.account.Doc, f.account.Owner = o, portability.ReadershipOf(o)
	return err
}

// oneOutbox refuses an archive with two: nobody knows which is the account's.
func (f *fepArchive) oneOutbox() error {
	for _, name := range f.view.Names() {
		if path.Base(name) == outboxName && name != f.folder+outboxName && f.has(f.folder+outboxName) &&
			!strings.HasPrefix(name, OriginFolder) {
			return f.refuse(TwoOutboxes, name, nil)
		}
	}
	return nil
}

// outboxParts adds the outbox and the files: as godwit lays them out, as Hollo has
// them, or else as they are in the FEP's example, which says nothing of how posts
// name their files.
func (f *fepArchive) outboxParts(ctx context.Context) error {
	c := f.collection(f.folder + outboxName)
	api, err := f.isAPIOutbox(ctx, c.entry)
	if err != nil {
		return f.damaged(c.entry, err)
	}
	f.account.Media = openByPath(f.view)
	switch {
	case f.has(MediaEntry):
		media := f.newMedia(newTakeoutFiles(f.view, f.folder, c))
		f.account.Media, c.attach = media.open, media.attach
		f.used[MediaEntry] = true
		f.account.Parts = append(f.account.Parts, f.mediaLines())
	case api:
		f.api, f.used[c.entry] = true, true
		return f.hollo(ctx, c.entry)
	default:
		files := newTakeoutFiles(f.view, f.folder, c)
		c.attach = files.attach
		f.account.Parts = append(f.account.Parts, mediaPart(f.view, f.folder+"attachments", f.attachments(files)))
	}
	if !f.has(c.entry) {
		return nil
	}
	f.used[c.entry] = true
	f.account.Parts = append(f.account.Parts, c.outbox()...)
	if f.account.Doc != nil {
		return nil
	}
	t := takeout{view: f.view, account: f.account}
	return f.given(c.entry, t.guess(ctx, c))
}

// given is damaged for what may be no error at all.
func (f *fepArchive) given(name string, err error) error {
	if err == nil {
		return nil
	}
	return f.damaged(name, err)
}

// attachments are the files that no post names.
func (f *fepArchive) attachments(files *takeoutFiles) func(context.Context) iter.Seq2[kept, error] {
	return func(ctx context.Context) iter.Seq2[kept, error] {
		return func(yield func(kept, error) bool) {
			all := files.unused(nil)
			if !f.has(f.folder + outboxName) {
				all = someFiles(f.allMedia()...)
			}
			for file, err := range all(ctx) {
				if err == nil && (!f.isMedium(file.entry) || !f.has(file.entry)) {
					continue
				}
				if !yield(file, err) {
					return
				}
			}
		}
	}
}

func (f *fepArchive) allMedia() []kept {
	var all []kept
	for _, name := range f.view.Names() {
		if f.isMedium(name) && f.has(name) {
			all = append(all, kept{entry: name, url: name, kind: typeByName(name)})
		}
	}
	return all
}

// isMedium tells files that were uploaded from those that nobody knows.
func (f *fepArchive) isMedium(name string) bool {
	known := strings.HasPrefix(name, f.folder+"attachments/") || strings.HasPrefix(name, holloFolder) || typeByName(name) != ""
	return known && isFile(name)
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
		o, bad := c.parse(k, e)
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

// csvParts are the lists of which there is no collection.
func (f *fepArchive) csvParts(ctx context.Context) ([]Part, error) {
	var parts []Part
	for _, entry := range f.view.Glob(f.folder + "*.csv") {
		if !f.has(entry) {
			continue
		}
		found, err := lookAtList(ctx, f.view, entry)
		if err != nil {
			if err := f.damaged(entry, err); err != nil {
				return nil, err
			}
			continue
		}
		k, known := kindOfCSV(found.usual)
		if known && slices.ContainsFunc(f.account.Parts, func(p Part) bool { return p.Kind == k }) {
			f.used[entry] = true
			continue
		}
		if found.isList && known && found.agree {
			f.used[entry] = true
			parts = append(parts, csvPart(f.account, f.view, entry, found.usual))
		} else if part, ok := found.part(f.account, f.view); ok {
			f.used[entry] = true
			parts = append(parts, part)
		}
	}
	return parts, nil
}

// isUsed reports whether an entry is no item of its own: it is read otherwise, says
// something of the archive, or is none of it.
func (f *fepArchive) isUsed(name string) bool {
	switch {
	case f.used[name], !f.has(name), name == f.info.ManifestName, isSecret(name), f.isMedium(name),
		strings.HasPrefix(name, "godwit/"), strings.HasSuffix(name, ".age"),
		f.has(MediaEntry) && strings.HasPrefix(name, f.folder+"attachments/"):
		return true
	}
	return false
}
