package portability

import (
	"context"
	"fmt"
	"strings"

	"codeberg.org/godwit/godwit/portability/remap"
	"codeberg.org/godwit/godwit/vocab"
)

// placeAll says what items become at the new server: it fills in their Placed. Where each
// of their references leads is asked for once for all of them. It has no effects.
func placeAll(ctx context.Context, p placeable, items []Item) ([]Item, error) {
	l, err := newPlacer(p)
	if err != nil {
		return nil, fmt.Errorf("place items: %w", err)
	}
	read := readAll(items)
	if len(items) > 0 {
		if l.found, err = p.find(ctx, l.references(read)); err != nil {
			return nil, fmt.Errorf("place items: %w", err)
		}
	}
	out, errs := make([]Item, len(items)), make([]error, len(items))
	spread(len(items), func(i int) {
		out[i] = items[i]
		out[i].Placed, errs[i] = l.place(items[i], read[i])
	})
	for i, err := range errs {
		if err != nil {
			return nil, fmt.Errorf("place items: %s: %w", items[i].Kind, err)
		}
	}
	return out, nil
}

// A placer places the items of one job.
type placer struct {
	placeable
	hidden bool // in quarantine
	who    Readership
	self   map[vocab.IRI]bool // what the old account was called
	found  map[vocab.IRI]Entry
}

func newPlacer(p placeable) (*placer, error) {
	stored, err := optionsOf(p.job)
	if err != nil {
		return nil, err
	}
	stored.JobOptions = p.options
	l := &placer{placeable: p, hidden: stored.quarantined(p.job.Standing), who: ReadershipOf(p.actor), self: map[vocab.IRI]bool{}}
	if l.who.Actor == "" {
		l.who.Actor = p.job.Old
	}
	l.self[l.who.Actor] = l.who.Actor != ""
	if p.actor != nil && l.who.Actor == p.job.Old {
		claims := claimantOf(p.job.Old, p.actor)
		for _, page := range p.actor.IRIs(vocab.URL) {
			l.self[page] = vocab.SameOrigin(page, l.who.Actor) && !claims.isAnothers(page)
		}
	}
	return l, nil
}

// readAll reads those of the items that lead elsewhere at the new server; nil stands
// for the others.
func readAll(items []Item) []*remap.Document {
	read := make([]*remap.Document, len(items))
	spread(len(items), func(i int) {
		if isRemapped(items[i]) {
			read[i] = remap.Read(items[i].Object)
		}
	})
	return read
}

// references lists what documents refer to that may be the account's own: what is on
// its host, and names that are on none.
func (l *placer) references(documents []*remap.Document) []vocab.IRI {
	var ids []vocab.IRI
	seen := map[vocab.IRI]bool{}
	home := l.who.Actor.Origin()
	add := func(id vocab.IRI) {
		if seen[id] {
			return
		}
		seen[id] = true
		if !strings.HasPrefix(string(id), "http") || id.Origin() == home {
			ids = append(ids, id)
		}
	}
	add(l.who.Actor)
	for _, d := range documents {
		if d == nil {
			continue
		}
		for _, id := range d.References() {
			add(id)
		}
	}
	return ids
}

// isRemapped reports whether an item is a document that leads elsewhere at the new
// server.
func isRemapped(item Item) bool {
	if item.Object == nil {
		return false
	}
	switch item.Kind {
	case Actor, Content, History, Outbox, Received, Liked, Shared, Featured, Bookmarks, Lists, Filters:
		return true
	}
	return false
}

func (l *placer) place(item Item, read *remap.Document) (*Placed, error) {
	e := l.entries[item.Ref]
	p := &Placed{
		ID: e.NewID, URLs: e.URLs, Audience: l.audience(item),
		Standing: l.job.Standing, Quarantined: l.hidden,
	}
	if read == nil {
		return p, nil
	}
	var err error
	if p.Object, err = read.Lead(l.names(item), &remap.Options{Shown: true, NoCrumbs: true, Before: l.before(item)}); err != nil {
		return nil, err
	}
	switch item.Kind {
	case Actor:
		p.Object, err = profile(p.Object)
	case Content, History:
		p.Object, err = l.written(p.Object, p)
	case Outbox:
		p.Object, err = l.done(p.Object, p)
	default:
		return p, nil // these are never shown alone
	}
	if err == nil {
		p.Object, err = standingAlone(p.Object)
	}
	return p, err
}

// standingAlone says what the names in a document mean, which in an export its collection
// often says for all. What is signed stays as it is.
func standingAlone(o *vocab.Object) (*vocab.Object, error) {
	if o.Has(vocab.Context) || o.Has(vocab.Proof) || o.Has("signature") {
		return o, nil
	}
	return o.With(vocab.Context, vocab.ContextFor(o, nil))
}

// names returns where the references of an item lead: its files to theirs, the account
// to the new one, and what else was the account's own to what it is called now. Where ids
// are kept, so is every other address.
func (l *placer) names(item Item) func(vocab.IRI) (remap.Place, bool) {
	files := l.filesOf(item)
	return func(old vocab.IRI) (remap.Place, bool) {
		if at, found := files[old]; found {
			return remap.Place{URL: at}, true
		}
		if l.options.KeepIDs && (!l.self[old] || l.job.Account == l.who.Actor) {
			return remap.Place{}, false // it is where it was
		}
		e := l.found[old]
		if l.self[old] {
			e = l.found[l.who.Actor]
			return remap.Place{ID: l.job.Account, URL: firstOf(e.URLs)}, true
		}
		if !e.isOwn() || e.NewID == "" || e.State == Failed || e.State == Removed {
			return remap.Place{}, false
		}
		return remap.Place{ID: e.NewID, URL: firstOf(e.URLs)}, true
	}
}

// isOwn reports whether an entry is of something that the account made. What it only
// knows of keeps its name.
func (e Entry) isOwn() bool { return e.Kind == Content || e.Kind == Outbox || e.Kind == History }

func firstOf(urls []vocab.IRI) vocab.IRI {
	if len(urls) == 0 {
		return ""
	}
	return urls[0]
}

// filesOf returns where the files that an item uses are now.
func (l *placer) filesOf(item Item) map[vocab.IRI]vocab.IRI {
	files := map[vocab.IRI]vocab.IRI{}
	for _, m := range item.Media {
		// Its digest may be known only since it was copied.
		for _, known := range []Medium{m, {Path: m.Path, URL: m.URL}, {URL: m.URL}} {
			if f := l.files[placeOf(known)]; f.URL != "" && m.URL != "" && files[m.URL] == "" {
				files[m.URL] = f.URL
			}
		}
	}
	return files
}

// before returns what a copy says of where it was, if it may.
func (l *placer) before(item Item) *remap.Before {
	said := l.options.Breadcrumbs && l.job.Standing == Proved && !l.options.KeepIDs
	if !said || item.Kind != Content && item.Kind != Outbox {
		return nil
	}
	// The time of the job is the same however often an item is put.
	return &remap.Before{ID: vocab.IRI(item.ID), Actor: l.who.Actor, At: l.job.Created}
}

// written makes a remapped post the new account's.
func (l *placer) written(o *vocab.Object, p *Placed) (*vocab.Object, error) {
	o, err := l.named(o, p)
	if err != nil {
		return nil, err
	}
	if !o.Has(vocab.AttributedTo) && !o.Has(vocab.Actor) {
		if o, err = o.With(vocab.AttributedTo, string(l.job.Account)); err != nil {
			return nil, err
		}
	}
	if at := firstOf(p.URLs); at != "" && !o.Has(vocab.URL) {
		return o.With(vocab.URL, string(at))
	}
	return o, nil
}

// done makes a remapped activity the new account's. It names what it is about, and does
// not bring it along: that may be somebody else's, and not for everybody who sees this.
func (l *placer) done(o *vocab.Object, p *Placed) (*vocab.Object, error) {
	o, err := l.named(o, p)
	if err != nil {
		return nil, err
	}
	if !o.Has(vocab.Actor) && !o.Has(vocab.AttributedTo) {
		if o, err = o.With(vocab.Actor, string(l.job.Account)); err != nil {
			return nil, err
		}
	}
	if o.Is(vocab.TypeCreate) || len(o.Children(vocab.ObjectProperty)) == 0 {
		return o, nil
	}
	ids := o.IRIs(vocab.ObjectProperty)
	for _, brought := range o.Children(vocab.ObjectProperty) {
		if brought.Value().IRI() == "" {
			p.Audience = ForAuthor
		}
	}
	switch len(ids) {
	case 0:
		return o.Without(vocab.ObjectProperty)
	case 1:
		return o.With(vocab.ObjectProperty, string(ids[0]))
	}
	return o.With(vocab.ObjectProperty, ids)
}

// named takes away the names that a copy had at the old server, where the new one names
// it only as it is put.
func (l *placer) named(o *vocab.Object, p *Placed) (*vocab.Object, error) {
	if p.ID != "" {
		return o, nil
	}
	return without(o, vocab.ID, vocab.URL, vocab.AtomURI, vocab.Replies, vocab.Likes, vocab.Shares)
}

// profile leaves out of an actor's document what is only the old account's: its keys,
// its boxes and collections, where it has moved, and what else it is known as.
func profile(o *vocab.Object) (*vocab.Object, error) {
	o, err := without(o, vocab.PublicKey, vocab.AssertionMethod, vocab.Inbox, vocab.Outbox, vocab.Followers,
		vocab.Following, vocab.Liked, vocab.Featured, vocab.FeaturedTags, vocab.Streams, vocab.Endpoints,
		vocab.Blocked, vocab.Blocks, vocab.PendingFollowers, vocab.PendingFollowing, vocab.Gateways,
		vocab.MovedTo, vocab.CopiedTo, vocab.AlsoKnownAs, vocab.Migration, vocab.Moves, vocab.MigrationComplete,
		vocab.WebFinger, vocab.Likes, vocab.Shares, "bookmarks", "devices")
	if err != nil {
		return nil, err
	}
	var fields []vocab.Value
	for v := range o.All(vocab.Attachment) {
		if field, ok := v.Object(); !ok || !field.Is(vocab.TypeIdentityStatement) {
			fields = append(fields, v)
		}
	}
	if len(fields) == countOf(o, vocab.Attachment) {
		return o, nil
	}
	return o.With(vocab.Attachment, append([]vocab.Value{}, fields...))
}

func countOf(o *vocab.Object, p vocab.Property) int {
	n := 0
	for range o.All(p) {
		n++
	}
	return n
}

func without(o *vocab.Object, properties ...vocab.Property) (*vocab.Object, error) {
	for _, p := range properties {
		var err error
		if o, err = o.Without(p); err != nil {
			return nil, err
		}
	}
	return o, nil
}
