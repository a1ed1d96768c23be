package dialect

import (
	"context"
	"fmt"
	"iter"
	"net/url"
	"slices"
	"strings"

	"codeberg.org/godwit/godwit/internal/jsonitems"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

// mastodonArchive reads what the program mastodon-archive fetches for a person
// over the client API: one object with an array for each sort of thing, in
// <domain>.user.<name>.json, and beside it a folder of the same name with the
// files, under the paths of their URLs.
func mastodonArchive() Dialect {
	return Dialect{
		Name: "mastodon-archive",
		Match: func(ctx context.Context, v *View) (bool, error) {
			names, err := archivesOf(ctx, v)
			return len(names) > 0, err
		},
		Read: readMastodonArchive,
	}
}

const mostCandidates = 64

// archivesOf lists the entries that are such objects. The account comes first in
// them, and its members are told by their names.
func archivesOf(ctx context.Context, v *View) ([]string, error) {
	candidates := v.Glob("*.json")
	if lone := v.Lone(); lone != "" {
		candidates = []string{lone}
	}
	var found []string
	for _, name := range candidates[:min(len(candidates), mostCandidates)] {
		head, err := v.Head(ctx, name)
		if err != nil {
			return nil, err
		}
		begins := strings.HasPrefix(strings.TrimLeft(string(head), " \t\r\n\ufeff"), "{")
		ok, err := v.HeadHas(ctx, name, `"account"`, `"acct"`, `"username"`, `"statuses"`)
		if err != nil {
			return nil, err
		}
		if ok && begins {
			found = append(found, name)
		}
	}
	return found, nil
}

// maArrays are the members of the object that hold arrays.
var maArrays = []string{
	"statuses", "favourites", "bookmarks", "mentions", "followers", "following", "mutes", "blocks", "notes", "lists",
}

// A maExport is one object of mastodon-archive, opened.
type maExport struct {
	view  *View
	entry string
	files string // the folder of files
	host  string
	first *vocab.Object // status
	owner *vocab.Object // as the API has it
	list  func(array string) list
	api   *API
}

func readMastodonArchive(ctx context.Context, v *View) (*Account, error) {
	names, err := archivesOf(ctx, v)
	if err != nil {
		return nil, err
	}
	if len(names) > 1 {
		return nil, &Refusal{Dialect: "mastodon-archive", Reason: TwoOutboxes, Where: names[1]}
	}
	account := &Account{}
	m := &maExport{view: v, entry: names[0], files: strings.TrimSuffix(names[0], ".json")}
	m.list = func(array string) list {
		return list{account: account, view: v, entry: m.entry, array: array, arrays: maArrays}
	}
	if err := m.begin(ctx); err != nil {
		return nil, err
	}
	if m.owner == nil {
		return nil, &Refusal{Dialect: "mastodon-archive", Reason: NotReadable, Where: m.entry + "#account"}
	}
	if account.Doc, err = APIActor(m.owner, m.actorID()); err != nil {
		return nil, fmt.Errorf("read %q: account: %w", m.entry, err)
	}
	m.api = &API{Owner: portability.ReadershipOf(account.Doc), Number: number(m.owner, "id")}
	account.Parts = m.parts(account.Doc)
	account.Media = openByPath(v)
	account.Problems = m.problems()
	return account, nil
}

// begin reads the account, and the first status.
func (m *maExport) begin(ctx context.Context) error {
	for e, err := range m.view.Elements(ctx, m.entry, &jsonitems.Options{Arrays: maArrays}) {
		if err != nil {
			return fmt.Errorf("read %q: %w", m.entry, err)
		}
		switch {
		case e.Member == "account" && e.Data != nil:
			m.owner, err = m.view.Parse(e.Data)
		case e.Array == "statuses" && e.Data != nil && m.first == nil:
			m.first, _ = m.view.Parse(e.Data)
		}
		if err != nil {
			return fmt.Errorf("read %q: account: %w", m.entry, err)
		}
		if m.owner != nil && m.first != nil {
			break
		}
	}
	if m.owner != nil {
		m.host = vocab.IRI(m.owner.Text("url")).Host()
	}
	return nil
}

// actorID is the account's id: as it says, or as the ids of its statuses are made
// of it, or as Mastodon makes it of the name.
func (m *maExport) actorID() vocab.IRI {
	if m.first != nil {
		if id := ActorOfStatus(statusID(m.first)); id != "" {
			return id
		}
	}
	page := vocab.IRI(m.owner.Text("url"))
	if name := m.owner.Text("username"); name != "" && page.Origin() != "" {
		return vocab.IRI(page.Origin() + "/users/" + url.PathEscape(name))
	}
	return ""
}

func (m *maExport) parts(doc *vocab.Object) []Part {
	statuses := m.list("statuses")
	known := &numbers{lists: []list{m.list("mentions"), m.list("favourites"), m.list("bookmarks"), statuses}, own: m.api.Number}
	m.api.URI = known.of
	sorted := known.before(statuses.oldestFirst("created_at"))
	people := func(k portability.Kind, array string) Part {
		return m.list(array).part(reading{kind: k, rest: true, make: func(o *vocab.Object) (portability.Item, bool) {
			return APIRelation(k, o, m.host), true
		}})
	}
	marked := func(k portability.Kind, array string) Part {
		return m.list(array).part(reading{kind: k, rest: true, make: func(o *vocab.Object) (portability.Item, bool) {
			return APIReference(k, o), true
		}})
	}
	return []Part{
		people(portability.Blocked, "blocks"), people(portability.Muted, "mutes"),
		actorPart(m.actorItem(doc)),
		statuses.part(reading{kind: portability.Content, rest: true, from: sorted, make: m.status(portability.Content)}),
		statuses.part(reading{kind: portability.Outbox, from: sorted, make: m.status(portability.Outbox)}),
		marked(portability.Liked, "favourites"), marked(portability.Bookmarks, "bookmarks"),
		statuses.part(reading{kind: portability.Featured, make: flagged(portability.Featured, "pinned")}),
		m.preferences(),
		m.list("mentions").part(reading{kind: portability.Inbox, rest: true, make: APIReceived}),
		people(portability.Followers, "followers"), people(portability.Following, "following"),
		m.list("notes").part(reading{kind: portability.Unknown, rest: true}),
		m.list("lists").part(reading{kind: portability.Unknown, rest: true}),
		m.others(), leftovers(m.view, m.uses),
	}
}

// status makes the items of one kind out of statuses, which hold two.
func (m *maExport) status(k portability.Kind) func(o *vocab.Object) (portability.Item, bool) {
	return func(o *vocab.Object) (portability.Item, bool) {
		item := m.api.Status(o)
		return locate(m.view, item, m.file), item.Kind == k
	}
}

// flagged makes references of those statuses that have a mark of the account's.
func flagged(k portability.Kind, mark vocab.Property) func(o *vocab.Object) (portability.Item, bool) {
	return func(o *vocab.Object) (portability.Item, bool) {
		if !o.Bool(mark) {
			return portability.Item{}, false
		}
		return APIReference(k, o), true
	}
}

// file is the entry that a URL was fetched into.
func (m *maExport) file(medium portability.Medium) string {
	u, err := url.Parse(string(medium.URL))
	if err != nil {
		return ""
	}
	return m.files + u.EscapedPath()
}

// actorItem is the actor, with the account's own pictures.
func (m *maExport) actorItem(doc *vocab.Object) portability.Item {
	item := actorItem(doc)
	for _, member := range []vocab.Property{"avatar", "header"} {
		if at := m.owner.Text(member); at != "" {
			item.Media = append(item.Media, portability.Medium{URL: vocab.IRI(at), Size: -1})
		}
	}
	return locate(m.view, item, m.file)
}

// preferences are what the account says of its posts to come.
func (m *maExport) preferences() Part {
	part := Part{Kind: portability.Preferences, Name: m.entry + "#account", Said: -1, Each: Just()}
	source := m.owner.Child("source")
	if source == nil {
		return part
	}
	var doc maker
	audiences := map[string]string{"public": "public", "unlisted": "unlisted", "private": "followers", "direct": "direct"}
	doc.put("audience", audiences[source.Text("privacy")])
	doc.put("language", source.Text("language"))
	doc.value(vocab.Sensitive, boolean(source, "sensitive"))
	part.Each = Just(doc.finish(portability.Item{Ref: portability.Ref{Kind: portability.Preferences, ID: "preferences"}}, source))
	return part
}

// others yields the members that are not known, byte for byte.
func (m *maExport) others() Part {
	return Part{Kind: portability.Unknown, Name: m.entry, Said: -1, Each: unknownMembers(m.view, m.entry, maArrays, "account")}
}

func (m *maExport) uses(name string) bool {
	return name == m.entry || isToolSecret(name) || strings.HasPrefix(name, m.files+"/")
}

// isToolSecret reports whether an entry is one of the program's tokens.
func isToolSecret(name string) bool { return strings.HasSuffix(name, ".secret") }

func (m *maExport) problems() []Problem {
	var all []Problem
	for _, name := range m.view.Names() {
		if isToolSecret(name) {
			all = append(all, Problem{Reason: SecretInside, Where: name, Detail: "a token of the client API; it is not read"})
		}
	}
	if m.owner.Text("uri") == "" {
		all = append(all, Problem{Reason: Lacks, Where: m.entry + "#account", Detail: "the id of the actor; it was made from those of the statuses"})
	}
	return append(all, Problem{Reason: Lacks, Where: m.entry, Detail: "keys, collections and former versions of posts"})
}

// unknownMembers yields the members of an object that are neither of the arrays nor
// of the names.
func unknownMembers(v *View, entry string, arrays []string, names ...string) func(context.Context) iter.Seq2[portability.Item, error] {
	return func(ctx context.Context) iter.Seq2[portability.Item, error] {
		return func(yield func(portability.Item, error) bool) {
			for e, err := range v.Elements(ctx, entry, &jsonitems.Options{Arrays: arrays}) {
				if err == nil {
					err = ctx.Err()
				}
				if err != nil {
					yield(portability.Item{}, err)
					return
				}
				if e.Member == "" || slices.Contains(names, e.Member) || e.Fault == jsonitems.Repeated {
					continue
				}
				item := portability.Item{Ref: portability.Ref{Kind: portability.Unknown, ID: entry + "#" + e.Member}, Raw: e.Data}
				if e.Data == nil {
					item.Problems = []portability.Problem{{Reason: portability.TooLarge, Detail: string(e.Fault), Fatal: true}}
				}
				if !yield(item, nil) {
					return
				}
			}
		}
	}
}
