package site

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"codeberg.org/godwit/godwit/internal/scratch"
)

// A builder writes the pages of a site from its spool, in three passes: over the
// spool, to bring the posts in the order of time; over all names, to tie
// together what names each other; and over the posts, to write them.
type builder struct {
	site    *Site
	pages   *pages
	report  Report
	entries *entries

	spots     *scratch.Sorter // of spot, in the order of time
	names     *scratch.Sorter // of named
	ties      *scratch.Sorter // of tie
	threads   *scratch.Sorter // root, number, place
	tags      *scratch.Sorter // tag, newest first, place
	boosts    *scratch.Sorter // newest first
	redirects *scratch.Sorter // by the old path
	roots     *scratch.Temp   // the root of each post's thread, by its number

	pinned  map[uint32]int  // their rank, by their number
	pinTags map[string]bool // whether the tags that the profile shows have posts
	pinList []string
	pins    []*entry
	latest  []*entry // posts that answer nobody else, newest last
	archive archive
}

// sortedAtOnce is what each sorter holds, in bytes: there are several.
const sortedAtOnce = 1 << 20

// Of what stands once on a page, so that no page grows without end.
const (
	mostPins      = 50
	mostPinTags   = 100
	mostReactions = 500
)

func newBuilder(s *Site, top string) (*builder, error) {
	b := &builder{site: s, pinned: map[uint32]int{}, pinTags: map[string]bool{}, archive: newArchive()}
	for _, sorter := range []**scratch.Sorter{&b.spots, &b.names, &b.ties, &b.threads, &b.tags, &b.boosts, &b.redirects} {
		*sorter = s.folder.SmallSorter(sortedAtOnce)
	}
	var err error
	if b.roots, err = s.folder.Temp(); err != nil {
		return nil, errors.Join(err, b.close())
	}
	if b.entries, err = newEntries(s.folder); err != nil {
		return nil, errors.Join(err, b.close())
	}
	if b.pages, err = newPages(s, top); err != nil {
		return nil, errors.Join(err, b.close())
	}
	return b, nil
}

func (b *builder) close() error {
	var err error
	for _, sorter := range []**scratch.Sorter{&b.spots, &b.names, &b.ties, &b.threads, &b.tags, &b.boosts, &b.redirects} {
		err = errors.Join(err, release(sorter))
	}
	if b.roots != nil {
		err = errors.Join(err, b.roots.Close())
	}
	if b.entries != nil {
		err = errors.Join(err, b.entries.close())
	}
	return err
}

// release frees what a sorter took, once.
func release(sorter **scratch.Sorter) error {
	if *sorter == nil {
		return nil
	}
	err := (*sorter).Close()
	*sorter = nil
	return err
}

func (b *builder) build(ctx context.Context) error {
	for _, step := range []struct {
		what string
		do   func(context.Context) error
	}{
		{"read what was put", b.collect},
		{"order posts", b.number},
		{"tie posts together", b.tie},
		{"write posts", b.writePosts},
		{"write threads", b.writeThreads},
		{"write tags", b.writeTags},
		{"write boosts", b.writeBoosts},
		{"write redirects", b.writeRedirects},
		{"write feeds", b.writeFeeds},
		{"write front pages", b.writeFront},
	} {
		if err := step.do(ctx); err != nil {
			return fmt.Errorf("%s: %w", step.what, err)
		}
	}
	var err error
	b.report.Pages = b.pages.written.Load()
	b.report.Files, err = b.pages.count()
	return err
}

// collect goes over the spool.
func (b *builder) collect(ctx context.Context) error {
	var record []byte
	for l, err := range b.site.spool.lines() {
		if err := errors.Join(err, ctx.Err()); err != nil {
			return err
		}
		switch l.mark {
		case markPost:
			err = b.collectPost(l, record[:0])
		case markReaction:
			var r struct {
				Target string `json:"target"`
			}
			if err = decode(l.document, &r); err == nil {
				n := named{name: nameKey(r.Target), role: isReaction, at: l.offset, size: uint32(l.length)}
				err = b.names.Add(n.append(record[:0]))
			}
		case markBoost:
			var one boost
			if err = decode(l.document, &one); err == nil {
				n := named{name: nameKey(one.Target), role: isBoost, when: instant(one.Published), text: one.Target}
				err = b.names.Add(n.append(record[:0]))
				b.report.Boosts++
				b.pages.menu.Boosts = true
			}
		case markPin, markTag:
			err = b.collectPin(l, record[:0])
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func nameKey(id string) key { return keyOf("name", id) }

func (b *builder) collectPost(l spooled, record []byte) error {
	var p struct {
		ID        string    `json:"id"`
		URL       string    `json:"url"`
		Path      string    `json:"path"`
		Answers   string    `json:"answers"`
		Published time.Time `json:"published"`
		Tags      []string  `json:"tags"`
		Links     []string  `json:"links"`
	}
	if err := decode(l.document, &p); err != nil {
		return err
	}
	one := spot{when: instant(p.Published), id: nameKey(p.ID), url: nameKey(p.ID), offset: l.offset,
		length: uint32(l.length), path: p.Path}
	if p.URL != "" {
		one.url = nameKey(p.URL)
	}
	if p.Answers != "" {
		one.parent = nameKey(p.Answers)
	}
	for _, u := range p.Links {
		one.links = append(one.links, nameKey(u))
	}
	b.report.Posts++
	b.pages.menu.Tags = b.pages.menu.Tags || len(p.Tags) > 0
	b.archive.count(one.when)
	return b.spots.Add(one.append(record))
}

func (b *builder) collectPin(l spooled, record []byte) error {
	if l.mark == markTag {
		var t tagged
		if err := decode(l.document, &t); err != nil {
			return err
		}
		if name := strings.TrimLeft(t.Name, "#"); len(b.pinList) < mostPinTags && name != "" {
			b.pinList = append(b.pinList, name)
			b.pinTags[foldTag(name)] = false
		}
		return nil
	}
	var p pin
	if err := decode(l.document, &p); err != nil {
		return err
	}
	if len(b.pins) == mostPins {
		return nil
	}
	b.pins = append(b.pins, nil)
	return b.names.Add(named{name: nameKey(p.Target), role: isPin, seq: uint32(len(b.pins) - 1)}.append(record))
}

// number gives each post its number in the order of time, under its names.
func (b *builder) number(ctx context.Context) error {
	var seq uint32
	var record []byte
	for r, err := range b.spots.All() {
		if err := errors.Join(err, ctx.Err()); err != nil {
			return err
		}
		one := parseSpot(r)
		n := named{name: one.id, role: isPost, seq: seq, text: one.path}
		err := b.names.Add(n.append(record[:0]))
		if n.name = one.url; one.distinct {
			err = errors.Join(err, b.names.Add(n.append(record[:0])))
		}
		if one.parent != (key{}) {
			n = named{name: one.parent, role: isReply, seq: seq, when: one.when, text: one.path}
			err = errors.Join(err, b.names.Add(n.append(record[:0])))
		}
		for _, name := range one.links {
			n = named{name: name, role: isLink, seq: seq}
			err = errors.Join(err, b.names.Add(n.append(record[:0])))
		}
		if err != nil {
			return err
		}
		seq++
	}
	return nil
}

// tie finds, for all that points at a name, the post that has it.
func (b *builder) tie(ctx context.Context) error {
	var holder named
	for r, err := range b.names.All() {
		if err := errors.Join(err, ctx.Err()); err != nil {
			return err
		}
		n := parseNamed(r)
		if n.role == isPost {
			if n.name != holder.name || holder.text == "" {
				holder = n
			}
			continue
		}
		if n.name != holder.name {
			holder = named{name: n.name}
		}
		if err := b.point(n, holder); err != nil {
			return err
		}
	}
	return release(&b.names)
}

// point ties what points at a name to the post that has it, if any has: its text
// is "" otherwise.
func (b *builder) point(n, holder named) error {
	there := holder.text != ""
	switch {
	case n.role == isBoost:
		return b.boosts.Add(boosted{when: n.when, target: n.text, path: holder.text}.append(nil))
	case !there:
		return nil
	case n.role == isReaction:
		b.report.Reactions++
		return b.ties.Add(tie{seq: holder.seq, sort: toReaction, at: n.at, size: n.size}.append(nil))
	case n.role == isLink:
		return b.ties.Add(tie{seq: n.seq, sort: toLink, name: n.name, path: holder.text}.append(nil))
	case n.role == isPin:
		b.pinned[holder.seq] = int(n.seq)
		return nil
	}
	err := b.ties.Add(tie{seq: n.seq, sort: toParent, other: holder.seq, path: holder.text}.append(nil))
	// What answers something later than itself, or itself, is in no thread: so
	// there are no circles.
	if holder.seq < n.seq {
		err = errors.Join(err, b.ties.Add(tie{seq: holder.seq, sort: toChild, when: n.when, path: n.text}.append(nil)))
	}
	return err
}
