package backup

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"

	"codeberg.org/godwit/godwit/internal/canonical"
	"codeberg.org/godwit/godwit/internal/manifest"
	"codeberg.org/godwit/godwit/portability"
)

// An assembly makes the archive of what was put.
type assembly struct {
	w      *Writer
	ctx    context.Context
	drafts []*draft // open, to be closed at the end

	sealedInbox, sealedKeys []entry
	csvs, origins           []entry
	gonesList               entry
	csv                     map[string]csvReport
	removed                 int64
	media                   *listing
	listed                  int64 // lines of media
	files                   slice // those that lie in the archive
	whole                   *accountReport
}

// prepare makes everything whose size has to be known.
func (a *assembly) prepare() error {
	var err error
	if a.media, err = a.listing(); err != nil {
		return err
	}
	a.csv = map[string]csvReport{}
	for _, s := range sheets() {
		e, err := a.sheet(s)
		if err != nil {
			return err
		}
		a.csvs = append(a.csvs, e)
	}
	if a.sealedInbox, err = a.inbox(); err != nil {
		return err
	}
	if a.sealedKeys, err = a.keys(); err != nil {
		return err
	}
	if a.gonesList, err = a.gone(); err != nil {
		return err
	}
	if err := a.origin(); err != nil {
		return err
	}
	a.whole, err = a.account()
	return err
}

// origin takes the files along that belong to the archive this one is made from.
func (a *assembly) origin() error {
	for _, f := range a.w.options.Origin {
		e, err := a.drafted(originEntries+f.Name, func(to io.Writer) error {
			r, err := f.Open(a.ctx)
			if err != nil {
				return fmt.Errorf("read %q of the origin: %w", f.Name, err)
			}
			_, err = io.Copy(to, r)
			return errors.Join(err, r.Close())
		})
		if err != nil {
			return err
		}
		a.origins = append(a.origins, e)
	}
	return nil
}

// close closes the drafts from the n-th on.
func (a *assembly) close(n int) error {
	var failed []error
	for _, d := range a.drafts[n:] {
		failed = append(failed, d.file.Close())
	}
	a.drafts = a.drafts[:n]
	return errors.Join(failed...)
}

// records reads a spool from its beginning.
func (a *assembly) records(name string) (*records, error) {
	s, err := a.w.spool(name)
	if err != nil {
		return nil, err
	}
	return newRecords(s), nil
}

// measured is how much there is in a spool of records.
func (a *assembly) measured(name string) slice {
	n := a.w.Counts[countName("records", name)]
	return slice{items: n, bytes: a.w.endOf(name) - n*recordHead}
}

// sequences are what is shared out among the volumes.
type sequences struct{ outbox, history, unknown, received sequence }

func (a *assembly) sequences() (sequences, error) {
	var all [5]*records
	for i, k := range []portability.Kind{
		portability.Content, portability.Outbox, portability.History, portability.Unknown, portability.Received,
	} {
		var err error
		if all[i], err = a.records(string(k)); err != nil {
			return sequences{}, err
		}
	}
	return sequences{outbox: &merged{first: all[0], second: all[1]}, history: all[2], unknown: all[3], received: all[4]}, nil
}

// firstBytes is how much of the first volume is taken by what stands whole in it.
func (a *assembly) firstBytes() int64 {
	total := inTar(a.gonesList.size)
	for _, c := range wholeCollections() {
		total += inTar(a.w.endOf(string(c.kind)))
	}
	for _, more := range [][]entry{a.csvs, a.sealedInbox, a.sealedKeys, a.origins} {
		for _, e := range more {
			total += inTar(e.size) + int64(len(e.name))
		}
	}
	return total
}

// A binder writes the volumes of a set, one after the other.
type binder struct {
	*assembly
	sequences
	lines, bodies *listing
	set           string
	prev          string // digest of the integrity list of the volume before
	sealer        *sealer
	buf           []byte // that files are copied through
}

func (a *assembly) binder() (*binder, error) {
	s, err := a.sequences()
	return &binder{assembly: a, sequences: s, lines: a.media.again(), bodies: a.media.again(), set: a.w.set()}, err
}

// set tells which volumes belong together.
func (w *Writer) set() string {
	id := ""
	if w.actor != nil {
		id = string(w.actor.ID())
	}
	return digestOf([]byte(id + "\x00" + w.created()))[:32]
}

// bind writes one volume.
func (b *binder) bind(v volume, to io.Writer) error {
	mark := len(b.drafts)
	list, err := b.draft(integrityEntry)
	if err != nil {
		return err
	}
	b.sealer = &sealer{to: canonical.NewWriter(attentive{b.ctx, to}, b.w.options.around(), nil), list: list}
	for _, part := range []func(volume) error{b.begin, b.collections, b.attachments, b.own} {
		if err := part(v); err != nil {
			return errors.Join(err, b.close(mark))
		}
	}
	b.prev, err = b.sealer.end(b.w.prove)
	return errors.Join(err, b.close(mark))
}

func (b *binder) add(entries ...entry) error {
	for _, e := range entries {
		if err := b.sealer.add(e); err != nil {
			return err
		}
	}
	return nil
}

func (b *binder) begin(volume) error {
	o := b.w.options
	meta := &manifest.Meta{Created: b.w.created(), Controller: string(o.Controller), Spec: manifest.SpecOfLayout(),
		Client: manifest.Client{Name: o.Client.Name, URL: o.Client.URL}}
	actor := []byte("{}")
	if b.w.actor != nil {
		actor = b.w.actor.Value().Raw()
		if meta.Controller == "" {
			meta.Controller = string(b.w.actor.ID())
		}
	}
	return b.add(bytesEntry(manifestEntry, manifest.Layout(meta)), bytesEntry(actorEntry, actor))
}

// collections writes what stands between the actor and the files.
func (b *binder) collections(v volume) error {
	err := b.add(collectionEntry(outboxCollection, b.outbox, v.outbox), collectionEntry(historyCollection, b.history, v.history))
	if err != nil {
		return err
	}
	for _, c := range wholeCollections() {
		if err := b.collection(c, v); err != nil {
			return err
		}
	}
	for i, s := range sheets() {
		e := b.csvs[i]
		if v.n > 0 {
			if e, err = b.emptySheet(s); err != nil {
				return err
			}
		}
		if err := b.add(e); err != nil {
			return err
		}
	}
	if err := b.add(entry{name: unknownEntry, size: v.unknown.bytes, write: func(to io.Writer) error {
		return writeLines(to, b.unknown, v.unknown.items)
	}}); err != nil {
		return err
	}
	if err := b.add(collectionEntry(receivedCollection, b.received, v.received)); err != nil || v.n > 0 {
		return err
	}
	return errors.Join(b.add(b.sealedInbox...), b.add(b.sealedKeys...))
}

// collection writes one that stands whole in the first volume, and empty in others.
func (b *binder) collection(c collection, v volume) error {
	if v.n > 0 {
		return b.add(collectionEntry(c, newRecords(nil), slice{}))
	}
	r, err := b.records(string(c.kind))
	if err != nil {
		return err
	}
	return b.add(collectionEntry(c, r, b.measured(string(c.kind))))
}

func collectionEntry(c collection, s sequence, n slice) entry {
	return entry{name: c.name, size: c.size(n), write: func(to io.Writer) error {
		return writeCollection(to, c, s, n.items)
	}}
}

// attachments writes the files of a volume.
func (b *binder) attachments(v volume) error {
	for range v.media.items {
		f, err := b.bodies.peek()
		if err != nil {
			return err
		}
		b.bodies.skip()
		if f.path == "" {
			continue
		}
		err = b.add(b.file(f.path, f.at, f.size))
		if err != nil {
			return err
		}
	}
	return nil
}

// file is the entry of a file. It must have the digest that is its name: what was
// spooled may have lain on a bad disk for days.
func (b *binder) file(path string, at, size int64) entry {
	if b.buf == nil {
		b.buf = make([]byte, fillLength)
	}
	return entry{
		name: path, size: size,
		digest: path[len(attachments):][:2*sha256.Size], damaged: diskError("the spool of "+filesSpool, ErrDamaged),
		write: func(to io.Writer) error {
			_, err := io.CopyBuffer(struct{ io.Writer }{to}, struct{ io.Reader }{b.media.files.section(at, size)}, b.buf)
			return err
		},
	}
}

// own writes what godwit has of its own.
func (b *binder) own(v volume) error {
	report, err := b.report(v)
	if err != nil {
		return err
	}
	lines := entry{name: mediaEntry, size: v.media.bytes, write: func(to io.Writer) error {
		return b.mediaLines(to, v.media.items)
	}}
	if err := b.add(lines, bytesEntry(urimapEntry, nil), bytesEntry(volumeEntry, b.volume(v))); err != nil {
		return err
	}
	removed := bytesEntry(removedEntry, nil)
	if v.n == 0 {
		removed = b.gonesList
	}
	if err := b.add(removed); err != nil {
		return err
	}
	if v.n == 0 {
		if err := b.add(b.origins...); err != nil {
			return err
		}
	}
	return b.add(bytesEntry(reportEntry, report))
}

func (b *binder) mediaLines(to io.Writer, n int64) error {
	for range n {
		f, err := b.lines.peek()
		if err != nil {
			return err
		}
		if _, err := to.Write(f.line); err != nil {
			return err
		}
		b.lines.skip()
	}
	return nil
}

// volume says where a volume stands in its set.
func (b *binder) volume(v volume) []byte {
	text := fmt.Sprintf(`{"set":%q,"n":%d,"last":%t`, b.set, v.n, v.last)
	if b.prev != "" {
		text += fmt.Sprintf(`,"prev":%q`, b.prev)
	}
	if b.w.options.Base != nil {
		text += fmt.Sprintf(`,"base":%q`, b.w.options.Base.Integrity)
	}
	return []byte(text + "}\n")
}
