package site

import (
	"context"
	"encoding/binary"
	"errors"
	"iter"

	"codeberg.org/godwit/godwit/vocab"
)

// writePosts goes over the posts in the order of time: a page for each, and the
// pages of the years. Posts are read one after the other, rendered some at once,
// and taken up in order again for the pages of many.
func (b *builder) writePosts(ctx context.Context) error {
	ties, stop := iter.Pull2(b.ties.All())
	defer stop()
	w := postWriter{builder: b, ties: tieReader{next: ties}, years: yearWriter{builder: b}}
	err := w.read(ctx)
	for len(w.waiting) > 0 { // even after an error: they are at work
		err = errors.Join(err, w.take())
	}
	if err != nil {
		return errors.Join(err, b.pages.wait())
	}
	w.years.end()
	return errors.Join(w.search.end(b.pages), b.pages.wait(), b.entries.flush(), release(&b.spots))
}

type postWriter struct {
	*builder
	ties    tieReader
	years   yearWriter
	batch   []*entry
	waiting []chan []*entry // batches that are being rendered, in order
	search  searchWriter
}

func (w *postWriter) read(ctx context.Context) error {
	var seq uint32
	var before *entry
	for r, err := range w.spots.All() {
		if err := errors.Join(err, ctx.Err()); err != nil {
			return err
		}
		one, err := w.entry(seq, parseSpot(r))
		if err != nil {
			return err
		}
		if before != nil {
			before.newer, one.older = one.Post.Path, before.Post.Path
			if err := w.page(before); err != nil {
				return err
			}
		}
		before = one
		seq++
	}
	if before != nil {
		w.batch = append(w.batch, before)
	}
	w.start()
	return nil
}

const (
	batchSize   = 64
	mostWaiting = 4
)

// page adds an entry to the batch. A full one is begun, and the oldest taken up
// if too many are waiting.
func (w *postWriter) page(e *entry) error {
	if w.batch = append(w.batch, e); len(w.batch) < batchSize {
		return nil
	}
	w.start()
	if len(w.waiting) < mostWaiting {
		return nil
	}
	return w.take()
}

// start has a batch rendered beside what goes on.
func (w *postWriter) start() {
	batch, done := w.batch, make(chan []*entry, 1)
	w.batch, w.waiting = nil, append(w.waiting, done)
	w.pages.later(func() error {
		defer close(done)
		for _, e := range batch {
			if err := w.pages.post(e); err != nil {
				return err
			}
		}
		done <- batch
		return nil
	})
}

// take waits for the oldest batch. What went wrong with it, wait tells.
func (w *postWriter) take() error {
	batch, ok := <-w.waiting[0]
	w.waiting = w.waiting[1:]
	if !ok {
		return w.pages.wait()
	}
	for _, e := range batch {
		w.years.add(e)
		if err := w.elsewhere(e); err != nil {
			return err
		}
	}
	return nil
}

// entry reads a post and all that belongs around it, and notes where else it
// will stand.
func (w *postWriter) entry(seq uint32, at spot) (*entry, error) {
	e := &entry{root: at.id, seq: seq}
	if err := w.site.spool.read(at.offset, int64(at.length), &e.Post); err != nil {
		return nil, err
	}
	e.Post.Path = at.path
	inThread, err := w.tied(e, seq)
	if err != nil {
		return nil, err
	}
	if _, err := w.roots.WriteAt(e.root[:], int64(seq)*int64(len(e.root))); err != nil {
		return nil, err
	}
	if inThread {
		e.thread = threadPath(e.root, 1)
	}
	if err := w.pages.files(&e.Post); err != nil {
		return nil, err
	}
	w.note(e)
	return e, errors.Join(w.search.add(w.pages, e), w.redirect(&e.Post))
}

// tied adds what is tied to the post, and reports whether it is in a thread of
// the account's own.
func (w *postWriter) tied(e *entry, seq uint32) (bool, error) {
	inThread := false
	for t, err := range w.ties.of(seq) {
		if err != nil {
			return false, err
		}
		switch t.sort {
		case toChild:
			inThread = true
			if e.childCount++; len(e.children) < mostReactions {
				e.children = append(e.children, neighbour{t.path, timeOf(t.when)})
			}
		case toParent:
			e.parent = t.path
			if t.other < seq {
				inThread = true
				if _, err := w.roots.ReadAt(e.root[:], int64(t.other)*int64(len(e.root))); err != nil {
					return false, err
				}
			}
		case toLink:
			if e.local == nil {
				e.local = local{}
			}
			e.local[t.name] = t.path
		case toReaction:
			var r reaction
			if err := w.site.spool.read(t.at, int64(t.size), &r); err != nil {
				return false, err
			}
			e.react(r)
		}
	}
	return inThread, nil
}

// note keeps what the front page and the feeds show.
func (w *postWriter) note(e *entry) {
	if rank, pinned := w.pinned[e.seq]; pinned {
		w.pins[rank] = e
	}
	if e.aside() {
		return
	}
	w.latest = append(w.latest, e)
	if n := max(w.site.options.PerPage, feedItems); len(w.latest) > 2*n {
		w.latest = append([]*entry(nil), w.latest[len(w.latest)-n:]...)
	}
}

// elsewhere keeps the post as it was rendered for the page of a thread or tag.
func (w *postWriter) elsewhere(e *entry) error {
	if e.thread == "" && len(e.Post.Tags) == 0 {
		return nil
	}
	where, err := w.entries.add(e.rendered)
	if err != nil {
		return err
	}
	if e.thread != "" {
		record := binary.BigEndian.AppendUint32(append([]byte(nil), e.root[:]...), e.seq)
		err = w.threads.Add(where.append(record))
	}
	for _, tag := range e.Post.Tags {
		if _, pinned := w.pinTags[foldTag(tag)]; pinned {
			w.pinTags[foldTag(tag)] = true
		}
		record := binary.BigEndian.AppendUint32(append([]byte(foldTag(tag)), 0), ^e.seq)
		err = errors.Join(err, w.tags.Add(append(where.append(record), tag...)))
	}
	return err
}

// redirect notes the old paths of a post that lead elsewhere now.
func (b *builder) redirect(p *post) error {
	if !b.site.options.KeepPaths {
		return nil
	}
	for _, u := range []string{p.URL, p.ID} {
		from, ok := oldPath(vocab.IRI(u), b.site.host())
		if !ok {
			if vocab.IRI(u).Host() == b.site.host() && u != "" {
				b.refuse(u, "more than its path tells it from others")
			}
			continue
		}
		to := b.site.options.basePath() + address(p.Path)
		if from+"/" == to || from == to {
			continue
		}
		if err := b.redirects.Add(pair{from, to}.append(nil)); err != nil {
			return err
		}
	}
	return nil
}

func (b *builder) refuse(from, why string) {
	b.report.Refused++
	if len(b.report.Examples) < 10 {
		b.report.Examples = append(b.report.Examples, Refusal{from, why})
	}
}

// A tieReader yields the ties of one post after the other.
type tieReader struct {
	next func() ([]byte, error, bool)
	held *tie
}

func (r *tieReader) of(seq uint32) iter.Seq2[tie, error] {
	return func(yield func(tie, error) bool) {
		for {
			if r.held == nil {
				record, err, more := r.next()
				if !more {
					return
				}
				if err != nil {
					yield(tie{}, err)
					return
				}
				t := parseTie(record)
				r.held = &t
			}
			if r.held.seq != seq {
				return
			}
			t := *r.held
			r.held = nil
			if !yield(t, nil) {
				return
			}
		}
	}
}
