package dialect

import (
	"bytes"
	"context"
	"iter"
	"path"
	"regexp"
	"slices"
	"strings"

	"codeberg.org/godwit/godwit/internal/jsonitems"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

// holloFolder is where wallet-export-ts puts files, under the numbers that they
// have in Hollo.
const holloFolder = "media/"

// isAPIAccount tells the Account of Mastodon's client API from an actor.
func isAPIAccount(o *vocab.Object) bool {
	return o.Has("username") && o.Has("acct") && !o.Has(vocab.Inbox) && !o.Has(vocab.Username)
}

// isAPIOutbox tells an array of Statuses of the client API from an outbox.
func (f *fepArchive) isAPIOutbox(ctx context.Context, entry string) (bool, error) {
	head, err := f.view.Head(ctx, entry)
	if err != nil {
		return false, err
	}
	if !bytes.HasPrefix(bytes.TrimLeft(head, "\ufeff \t\r\n"), []byte("[")) {
		return false, nil
	}
	return f.view.HeadHas(ctx, entry, `"created_at"`, `"visibility"`, `"uri"`)
}

// hollo adds the parts of an outbox as Hollo has it: newest first, with the
// numbers of its database in place of the ids of what is answered.
func (f *fepArchive) hollo(ctx context.Context, entry string) error {
	statuses := list{account: f.account, view: f.view, entry: entry}
	api := &API{Owner: f.account.Owner}
	if original := f.original(); original != nil {
		api.Number = number(original, "id")
	}
	known := &numbers{lists: []list{statuses}}
	api.URI = known.of
	sorted := known.before(statuses.oldestFirst("created_at"))
	files := f.holloFiles()
	status := func(k portability.Kind) func(*vocab.Object) (portability.Item, bool) {
		return func(o *vocab.Object) (portability.Item, bool) {
			item := api.Status(o)
			if item.Kind != k {
				return item, false
			}
			return locate(f.view, item, func(m portability.Medium) string { return files[numberOfFile(o, m.URL)] }), true
		}
	}
	f.account.Parts = append(f.account.Parts,
		statuses.part(reading{kind: portability.Content, rest: true, from: sorted, make: status(portability.Content)}),
		statuses.part(reading{kind: portability.Outbox, from: sorted, make: status(portability.Outbox)}))
	f.holloMedia(files)
	return f.holloRelations(ctx)
}

// original is the account as the export has it.
func (f *fepArchive) original() *vocab.Object {
	if f.account.Doc == nil {
		return nil
	}
	return f.account.Doc.Child(OriginalMember)
}

// holloFiles are the files, by their numbers.
func (f *fepArchive) holloFiles() map[string]string {
	files := map[string]string{}
	for _, name := range f.view.Names() {
		if strings.HasPrefix(name, holloFolder) && f.has(name) {
			base := path.Base(name)
			files[strings.TrimSuffix(base, path.Ext(base))] = name
		}
	}
	return files
}

// numberOfFile is the number of the attachment that has a URL.
func numberOfFile(status *vocab.Object, url vocab.IRI) string {
	for _, a := range status.Children("media_attachments") {
		if url != "" && (a.Text(vocab.URL) == string(url) || a.Text("remote_url") == string(url)) {
			return number(a, "id")
		}
	}
	return ""
}

func (f *fepArchive) holloMedia(files map[string]string) {
	if len(files) == 0 {
		return
	}
	var all []kept
	for _, name := range f.view.Names() {
		if base := path.Base(name); files[strings.TrimSuffix(base, path.Ext(base))] == name {
			all = append(all, kept{entry: name})
		}
	}
	f.account.Parts = append(f.account.Parts, mediaPart(f.view, holloFolder, someFiles(all...)))
}

// holloRelations says what is not in such an export, and adds the relations that
// can be told: where a server names others by the numbers of its database, nobody
// else knows whom it means.
func (f *fepArchive) holloRelations(ctx context.Context) error {
	lacks := func(detail string) { f.note(Lacks, "", detail) }
	lacks("keys, inbox and aliases of the actor, and its followers collection")
	if f.has(f.folder + "lists.json") {
		lacks("members of lists")
	}
	for _, e := range fepEntries() {
		if !slices.ContainsFunc(e.names, func(name string) bool { return f.has(f.folder + name) }) {
			lacks(string(e.kind))
		}
	}
	copied, err := f.isCopyOfFollowers(ctx)
	if err != nil {
		return f.damaged(f.folder+"following.json", err)
	}
	if copied {
		f.used[f.folder+"following.json"] = true
		lacks(string(portability.Following) + ": following.json holds the followers")
	}
	return nil
}

var nameOfFollowers = regexp.MustCompile(`^\s*\{[^{\[]*"id"\s*:\s*"followers\.json"`)

// isCopyOfFollowers tells the fault of wallet-export-ts: it writes the followers
// into both files.
func (f *fepArchive) isCopyOfFollowers(ctx context.Context) (bool, error) {
	head, err := f.view.Head(ctx, f.folder+"following.json")
	return nameOfFollowers.Match(head) && f.has(f.folder+"followers.json"), err
}

// holloParts read a collection of which Hollo names the elements in its own way:
// what has a name that others know is of the kind, and the rest is kept as it is.
func (f *fepArchive) holloParts(k portability.Kind, entry string) []Part {
	c := f.collection(entry)
	return []Part{
		{Kind: k, Name: entry, Said: -1, Each: c.each(func(c collection, _ context.Context, e jsonitems.Element) (portability.Item, bool) {
			return f.holloNamed(c, k, e)
		})},
		{Kind: portability.Unknown, Name: entry, Said: -1, Each: c.each(func(c collection, _ context.Context, e jsonitems.Element) (portability.Item, bool) {
			if _, named := f.holloNamed(c, k, e); named {
				return portability.Item{}, false
			}
			f.note(Lacks, entry, "names: things are called by the numbers of a database")
			return Unreadable(portability.Unknown, c.where(e), e.Data, portability.NoID), true
		})},
	}
}

// holloNamed makes the item of an element, and reports whether it has a name.
func (f *fepArchive) holloNamed(c collection, k portability.Kind, e jsonitems.Element) (portability.Item, bool) {
	item := c.reference(k, e)
	o := item.Object
	if o == nil || vocab.IRI(item.ID).IsHTTP() {
		return item, true
	}
	host := f.account.Owner.Actor.Host()
	switch {
	case k == portability.Lists && o.Text("title") != "":
		return holloList(o), true
	case o.Has("content") && o.Has("uri"):
		item = APIReference(k, o)
	case o.Has("acct"):
		item = APIRelation(k, o, host)
	default:
		return item, false
	}
	_, fatal := item.Fatal()
	return item, !fatal
}

// holloList makes the document of a list. Its members are not in the export.
func holloList(o *vocab.Object) portability.Item {
	var m maker
	m.put("title", o.Text("title"))
	m.value("exclusive", boolean(o, "exclusive"))
	m.put("replies", o.Text("replies_policy"))
	return m.finish(portability.Item{Ref: portability.Ref{Kind: portability.Lists, ID: o.Text("title")}}, o)
}

// mapItems changes each item of a sequence.
func mapItems(each func(context.Context) iter.Seq2[portability.Item, error], change func(portability.Item) portability.Item) func(context.Context) iter.Seq2[portability.Item, error] {
	return func(ctx context.Context) iter.Seq2[portability.Item, error] {
		return func(yield func(portability.Item, error) bool) {
			for item, err := range each(ctx) {
				if err == nil {
					item = change(item)
				}
				if !yield(item, err) {
					return
				}
			}
		}
	}
}
