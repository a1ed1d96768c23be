package dialect

import (
	"context"
	"hash/maphash"
	"iter"
	"slices"
	"strings"
	"time"

	"codeberg.org/godwit/godwit/internal/jsonitems"
	"codeberg.org/godwit/godwit/portability"
)

// Types of data that hold posts, and the one that holds the whole text of long ones.
const (
	xCircle = "twitter_circle_tweet"
	xNotes  = "note_tweet"
)

var xPosts = []string{"tweet", "tweets", "community_tweet", xCircle, xGrailbird}

// An xSort is what a post becomes.
type xSort int

const (
	xOwn    xSort = iota // content; what cannot be read is that, too
	xShared              // an Announce: of those whose object is named
	xFormer              // a state of a post before it was edited
	xNote                // the text of a long post
)

// sorted yields the elements of some sorts, oldest first. Their Offset tells the
// script, see xExport.rowOf.
func (x *xExport) sorted(a *Account, sorts ...xSort) *order {
	return &order{scratch: x.view.Scratch, account: a, date: x.dateOf, elements: func(ctx context.Context) iter.Seq2[jsonitems.Element, error] {
		return func(yield func(jsonitems.Element, error) bool) {
			for i, f := range x.scripts {
				for e, err := range x.elements(ctx, a, f) {
					if err == nil && !slices.Contains(sorts, x.sortOf(f, e)) {
						continue
					}
					e.Offset = int64(i)<<xLineBits | e.Line
					if !yield(e, err) || err != nil {
						return
					}
				}
			}
		}
	}}
}

const xLineBits = 40

func (x *xExport) rowOf(e jsonitems.Element) (xRow, xFile) {
	f := x.scripts[e.Offset>>xLineBits]
	e.Line = e.Offset & (1<<xLineBits - 1)
	return x.row(f, e), f
}

func (x *xExport) sortOf(f xFile, e jsonitems.Element) xSort {
	if f.kind == xNotes {
		return xNote
	}
	p, ok := xReadBrief(e.Data)
	switch {
	case !ok:
		return xOwn
	case p.shares() != "":
		return xShared
	case p.latest() != "":
		return xFormer
	}
	return xOwn
}

// dateOf is when a post was first published.
func (x *xExport) dateOf(e jsonitems.Element) time.Time {
	if x.scripts[e.Offset>>xLineBits].kind == xNotes {
		n, _ := xReadNote(e.Data)
		return n.at()
	}
	p, _ := xReadBrief(e.Data)
	return p.first()
}

// posts makes items of the posts of one sort.
func (x *xExport) posts(a *Account, k portability.Kind, sort xSort) Part {
	sorts := []xSort{sort}
	if len(x.files[xNotes]) > 0 && sort != xShared {
		sorts = append(sorts, xNote)
	}
	in := x.sorted(a, sorts...)
	return Part{Kind: k, Name: "posts", Said: x.said(sort), Each: func(ctx context.Context) iter.Seq2[portability.Item, error] {
		return func(yield func(portability.Item, error) bool) {
			seen := repeats{seed: maphash.MakeSeed()}
			for pair, err := range x.joined(in.each(ctx)) {
				switch {
				case err != nil:
					yield(portability.Item{}, err)
					return
				case pair.post.where == "":
				case !yield(seen.mark(x.post(pair, k)), nil):
					return
				}
			}
		}
	}}
}

// said is how many posts the manifest counts, of which it knows one sort.
func (x *xExport) said(sort xSort) int64 {
	total := int64(0)
	for _, f := range x.scripts {
		if f.said < 0 || sort != xOwn {
			return -1
		}
		if f.kind != xNotes {
			total += f.said
		}
	}
	return total
}

// orphans are the long texts that belong to no post here, byte for byte.
func (x *xExport) orphans(a *Account) Part {
	in := x.sorted(a, xOwn, xFormer, xNote)
	return Part{Kind: portability.Unknown, Name: xNotes, Said: -1, Each: func(ctx context.Context) iter.Seq2[portability.Item, error] {
		return func(yield func(portability.Item, error) bool) {
			for pair, err := range x.joined(in.each(ctx)) {
				switch {
				case err != nil:
					yield(portability.Item{}, err)
					return
				case pair.post.where != "":
					continue
				}
				item := pair.note.item(portability.Unknown)
				if pair.note.object != nil {
					item.Problems[0] = portability.Problem{Reason: portability.MissingParent, Detail: pair.note.where}
				}
				if !yield(item, nil) {
					return
				}
			}
		}
	}}
}

// An xPair is a post, and its whole text where that stands by itself; or such a text
// alone.
type xPair struct {
	post, note xRow
	file       xFile
	read       xPost // the post
	readable   bool
	at         time.Time
}

// xWindow is how far apart a post and its text are made, and xMostHeld how many
// are looked at for that.
const (
	xWindow   = 2 * time.Second
	xMostHeld = 256
)

// joined puts long texts to their posts. Nothing in them names the other: both are
// made in the same second, and the post has the beginning of the text. So in the
// order of time they stand side by side.
func (x *xExport) joined(in iter.Seq2[jsonitems.Element, error]) iter.Seq2[xPair, error] {
	return func(yield func(xPair, error) bool) {
		var held xHeld
		for e, err := range in {
			if err != nil {
				yield(xPair{}, err)
				return
			}
			next := x.pair(e)
			for _, pair := range held.before(next.at) {
				if !yield(pair, nil) {
					return
				}
			}
			held.add(next)
		}
		for _, pair := range held.rest() {
			if !yield(pair, nil) {
				return
			}
		}
	}
}

// pair reads an element that has not found its other half.
func (x *xExport) pair(e jsonitems.Element) xPair {
	row, file := x.rowOf(e)
	if file.kind == xNotes {
		return xPair{note: row, file: file, at: x.dateOf(e)}
	}
	p, ok := xReadPost(row.data)
	return xPair{post: row, file: file, read: p, readable: ok, at: p.first()}
}

// xHeld are the posts and texts that may yet find each other.
type xHeld struct{ posts, notes []xPair }

func (h *xHeld) add(pair xPair) {
	if pair.file.kind == xNotes {
		h.notes = append(h.notes, pair)
		return
	}
	// A post for a circle stays one, wherever else it stands.
	for i := range h.posts {
		if !pair.readable || h.posts[i].read.number() != pair.read.number() {
			continue
		}
		if h.posts[i].file.kind == xCircle {
			pair.file = h.posts[i].file
		}
		if pair.file.kind == xCircle {
			h.posts[i].file = pair.file
		}
	}
	h.posts = append(h.posts, pair)
}

// before lets go of what is too old for what comes at a time, oldest first, and of
// texts once no post that is held can be theirs.
func (h *xHeld) before(at time.Time) []xPair {
	var gone []xPair
	old := at.Add(-xWindow)
	for len(h.posts) > 0 && (h.posts[0].at.Before(old) || len(h.posts) >= xMostHeld) {
		gone = append(gone, h.next())
	}
	for len(h.notes) > 0 && (len(h.posts) == 0 && h.notes[0].at.Before(old) || len(h.notes) >= xMostHeld) {
		gone = append(gone, h.notes[0])
		h.notes = h.notes[1:]
	}
	return gone
}

func (h *xHeld) rest() []xPair {
	var gone []xPair
	for len(h.posts) > 0 {
		gone = append(gone, h.next())
	}
	return append(gone, h.notes...)
}

// next takes the oldest post, with its text if that is held.
func (h *xHeld) next() xPair {
	pair := h.posts[0]
	h.posts = h.posts[1:]
	i := slices.IndexFunc(h.notes, func(n xPair) bool {
		return n.at.Sub(pair.at).Abs() <= xWindow && n.begins(pair.read)
	})
	if i >= 0 {
		pair.note = h.notes[i].note
		h.notes = slices.Delete(h.notes, i, i+1)
	}
	return pair
}

// begins reports whether a post is the beginning of a long text.
func (n xPair) begins(p xPost) bool {
	note, ok := xReadNote(n.note.data)
	short, long := xBare(p.text()), xBare(string(note.Core.Text))
	return ok && short != "" && strings.HasPrefix(long, short)
}
