package dialect

import (
	"context"
	"fmt"
	"iter"
	"strings"

	"codeberg.org/godwit/godwit/internal/jsonitems"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

// pixelfed reads what Pixelfed lets a person download, one file after another:
// the actor document, followers and followed accounts as lists of URLs, muted and
// blocked ones, and the statuses in the form of its client API, without the files.
func pixelfed() Dialect {
	return Dialect{
		Name: "pixelfed",
		Match: func(ctx context.Context, v *View) (bool, error) {
			found, err := pixelfedFiles(ctx, v)
			return found.statuses != "" || found.muted != "" && (found.actor != "" || found.following != "" || found.followers != ""), err
		},
		Read: readPixelfed,
	}
}

// A pixelfedSet is the entries of an export by what is in them.
type pixelfedSet struct{ actor, statuses, muted, following, followers string }

func pixelfedFiles(ctx context.Context, v *View) (pixelfedSet, error) {
	var found pixelfedSet
	if takeout, err := isMastodon(ctx, v); takeout || err != nil {
		return found, err // whose posts may have come from Pixelfed
	}
	candidates := v.Glob("*.json")
	if lone := v.Lone(); lone != "" {
		candidates = []string{lone}
	}
	for _, name := range candidates[:min(len(candidates), mostCandidates)] {
		head, err := v.Head(ctx, name)
		if err != nil {
			return found, err
		}
		if place := found.placeOf(name, strings.TrimLeft(string(head), " \t\r\n\ufeff")); place != nil && *place == "" {
			*place = name
		}
	}
	return found, nil
}

// placeOf tells a file by how it begins. Lists of URLs differ by nothing but the
// name under which they were saved.
func (p *pixelfedSet) placeOf(name, text string) *string {
	has := func(words ...string) bool {
		for _, word := range words {
			if !strings.Contains(text, word) {
				return false
			}
		}
		return true
	}
	isList := strings.HasPrefix(text, "[") && strings.HasPrefix(strings.TrimLeft(text[1:], " \t\r\n,"), `"http`)
	switch {
	case has(`"pf_type"`, `"visibility"`):
		return &p.statuses
	case strings.HasPrefix(text, "{") && has(`"preferredUsername"`, `"inbox"`):
		return &p.actor
	case strings.HasPrefix(text, "{") && has(`"muted"`, `"blocked"`):
		return &p.muted
	case isList && strings.Contains(name, "following"):
		return &p.following
	case isList && strings.Contains(name, "followers"):
		return &p.followers
	}
	return nil
}

// A pixelfedExport is one that was opened.
type pixelfedExport struct {
	pixelfedSet
	view    *View
	account *Account
	api     *API
}

func readPixelfed(ctx context.Context, v *View) (*Account, error) {
	found, err := pixelfedFiles(ctx, v)
	if err != nil {
		return nil, err
	}
	p := &pixelfedExport{pixelfedSet: found, view: v, account: &Account{}}
	if p.actor != "" {
		if p.account.Doc, err = v.Document(ctx, p.actor); err != nil {
			return nil, &Refusal{Dialect: "pixelfed", Reason: NotReadable, Where: p.actor, Err: err}
		}
	}
	first, err := p.first(ctx)
	if err != nil {
		return nil, err
	}
	if p.account.Doc == nil && first != nil {
		if p.account.Doc, err = APIActor(first, pixelfedActor(vocab.IRI(first.Text("url")), "")); err != nil {
			return nil, fmt.Errorf("read %q: account: %w", p.statuses, err)
		}
	}
	p.api = &API{Owner: portability.ReadershipOf(p.account.Doc)}
	if first != nil {
		p.api.Number = number(first, "id")
	}
	p.account.Parts = p.parts()
	p.account.Problems = p.problems()
	return p.account, nil
}

// first is the account as the first status has it.
func (p *pixelfedExport) first(ctx context.Context) (*vocab.Object, error) {
	if p.statuses == "" {
		return nil, nil
	}
	for e, err := range p.each(ctx) {
		if err != nil {
			return nil, fmt.Errorf("read %q: %w", p.statuses, err)
		}
		if o, err := p.view.Parse(e.Data); err == nil && o.Child("account") != nil {
			return o.Child("account"), nil
		}
	}
	return nil, nil
}

// each yields the statuses. Pixelfed writes them as one array, as an object with
// the array as "data", or as an array of such objects with a thousand in each.
func (p *pixelfedExport) each(ctx context.Context) iter.Seq2[jsonitems.Element, error] {
	return func(yield func(jsonitems.Element, error) bool) {
		for e, err := range p.chunks(ctx) {
			inner, isChunk := p.chunk(e)
			if err != nil || !isChunk {
				if !yield(e, err) {
					return
				}
				continue
			}
			for value := range inner.Elements() {
				if !yield(jsonitems.Element{Data: value.Raw(), Offset: e.Offset, Fault: e.Fault}, nil) {
					return
				}
				e.Offset++ // names an element that cannot be read
			}
		}
	}
}

func (p *pixelfedExport) chunks(ctx context.Context) iter.Seq2[jsonitems.Element, error] {
	l := p.list("")
	l.maxItem = 4 * p.view.MaxItem
	return func(yield func(jsonitems.Element, error) bool) {
		for _, array := range []string{"", "data"} {
			l.array = array
			for e, err := range l.elements(ctx) {
				if !yield(e, err) || err != nil {
					return
				}
			}
		}
	}
}

// chunk returns the statuses of an element that holds many.
func (p *pixelfedExport) chunk(e jsonitems.Element) (vocab.Value, bool) {
	if len(e.Data) == 0 || e.Data[0] != '{' {
		return vocab.Value{}, false
	}
	o, err := vocab.ParseWith(e.Data, &vocab.Limits{Bytes: 4 * p.view.MaxItem, Depth: p.view.MaxDepth + 2, AllowDuplicateNames: true})
	if err != nil || o.Has("id") || o.Get("data").Kind() != vocab.Array {
		return vocab.Value{}, false
	}
	return o.Get("data"), true
}

func (p *pixelfedExport) list(array string) list {
	return list{account: p.account, view: p.view, entry: p.statuses, array: array, arrays: []string{"data"}}
}

func (p *pixelfedExport) parts() []Part {
	var parts []Part
	if p.statuses != "" {
		l := p.list("")
		sorted := l.sortedBy("created_at", p.each)
		parts = append(parts,
			l.part(reading{kind: portability.Content, rest: true, from: sorted, make: p.status(portability.Content)}),
			l.part(reading{kind: portability.Outbox, from: sorted, make: p.status(portability.Outbox)}),
			l.part(reading{kind: portability.Liked, from: p.each, make: flagged(portability.Liked, "favourited")}),
			l.part(reading{kind: portability.Bookmarks, from: p.each, make: flagged(portability.Bookmarks, "bookmarked")}),
			l.part(reading{kind: portability.Featured, from: p.each, make: flagged(portability.Featured, "pinned")}))
	}
	people := func(k portability.Kind, entry, array string, arrays ...string) {
		if entry != "" {
			l := list{account: p.account, view: p.view, entry: entry, array: array, arrays: arrays}
			parts = append(parts, l.part(reading{kind: k, rest: true, value: p.person(k)}))
		}
	}
	people(portability.Following, p.following, "")
	people(portability.Followers, p.followers, "")
	people(portability.Muted, p.muted, "muted", "muted", "blocked")
	people(portability.Blocked, p.muted, "blocked", "muted", "blocked")
	return append(parts, leftovers(p.view, func(name string) bool {
		return name == p.actor || name == p.statuses || name == p.muted || name == p.following || name == p.followers
	}))
}

// status makes the items of one kind. Older versions gave ActivityStreams here,
// which stays as it is. A share is there without what is shared.
func (p *pixelfedExport) status(k portability.Kind) func(o *vocab.Object) (portability.Item, bool) {
	return func(o *vocab.Object) (portability.Item, bool) {
		if o.Has(vocab.Context) && o.ID() != "" {
			return portability.Item{Ref: portability.Ref{Kind: portability.Content, ID: string(o.ID())}, Object: o}, k == portability.Content
		}
		item := p.api.Status(o)
		if o.Text("pf_type") == "share" && item.Kind == portability.Content {
			item = p.api.announce(o)
		}
		return item, item.Kind == k
	}
}

// person names an account by its URL, which for those of the own server is a page.
func (p *pixelfedExport) person(k portability.Kind) func(string) portability.Item {
	return func(url string) portability.Item {
		id := pixelfedActor(vocab.IRI(url), p.api.Owner.Actor.Origin())
		item := portability.Item{Ref: portability.Ref{Kind: k, ID: string(id)}}
		if !id.IsHTTP() {
			item.Problems = []portability.Problem{{Reason: portability.NoID, Detail: "no URL of an account", Fatal: true}}
		}
		var m maker
		m.put(vocab.ID, id)
		if string(id) != url {
			m.put(vocab.URL, url)
		}
		item.Object, _ = m.build()
		return item
	}
}

// pixelfedActor is the id of an account of a Pixelfed server by its page: Pixelfed
// has the page at /name and the actor at /users/name. Other addresses, and those of
// other servers than origin, unless it is "", stay as they are.
func pixelfedActor(page vocab.IRI, origin string) vocab.IRI {
	own := page.Origin()
	name, found := strings.CutPrefix(string(page), own+"/")
	if own == "" || !found || origin != "" && own != origin || name == "" || strings.ContainsAny(name, "/?#@") {
		return page
	}
	return vocab.IRI(own + "/users/" + name)
}

func (p *pixelfedExport) problems() []Problem {
	var all []Problem
	for _, missing := range []struct{ entry, name string }{
		{p.actor, "account.json"}, {p.statuses, "pixelfed-statuses.json"}, {p.following, "pixelfed-following.json"},
		{p.followers, "pixelfed-followers.json"}, {p.muted, "muted-and-blocked-accounts.json"},
	} {
		if missing.entry == "" {
			all = append(all, Problem{Reason: MissingFile, Where: missing.name})
		}
	}
	return append(all, Problem{Reason: Lacks, Detail: "files, likes, what was shared and collections"})
}
