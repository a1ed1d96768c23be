package afterlife

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/go-json-experiment/json"

	"codeberg.org/godwit/godwit/internal/scratch"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

// assemble makes the files of the door file of what was read, and puts them in place.
func (b *build) assemble(ctx context.Context) error {
	sorter := b.folder.Sorter()
	defer sorter.Close()
	m := manifest{Format: formatName, Version: formatVersion, Created: b.created()}
	if err := b.sources(ctx, sorter, &m); err != nil {
		return err
	}
	used, err := b.folder.Map("used", 1, 0)
	if err != nil {
		return err
	}
	err = b.merge(ctx, sorter, &m, used)
	if err == nil {
		err = b.commit(&m, used)
	}
	return errors.Join(err, used.Close())
}

// sources sorts what the accounts and the maps say of addresses.
func (b *build) sources(ctx context.Context, sorter *scratch.Sorter, m *manifest) (err error) {
	if b.hidden, err = b.folder.Map("hidden", 1, 0); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.hidden.Close()) }()
	if err := b.gather(ctx, sorter, m); err != nil {
		return err
	}
	return b.mapped(ctx, sorter)
}

// gather joins the documents of all accounts, and sorts what refers to them.
func (b *build) gather(ctx context.Context, sorter *scratch.Sorter, m *manifest) error {
	documents, err := createPart(b.work("documents"))
	if err != nil {
		return err
	}
	accounts, err := createPart(b.work("accounts"))
	if err != nil {
		return errors.Join(err, documents.file.Close())
	}
	g := gathering{build: b, documents: documents, accounts: accounts, sorter: sorter}
	for n, segment := range b.segments {
		if err = errors.Join(err, ctx.Err()); err != nil {
			break
		}
		err = g.segment(uint32(n), segment)
	}
	var ends error
	m.Documents, ends = documents.finish("documents")
	err = errors.Join(err, ends)
	m.Accounts, ends = accounts.finish("accounts")
	return errors.Join(err, ends)
}

type gathering struct {
	build               *build
	documents, accounts *part
	sorter              *scratch.Sorter
	order               uint64
	last                int64 // where the last document is
	actor               span
	led                 portability.Mapping // where the present item is now
	claimant            claimant            // the present account
}

func (g *gathering) segment(n uint32, path string) error {
	g.claimant = claimantOf(g.build.ids[n])
	for mark, payload := range readSegment(path) {
		var err error
		switch mark {
		case markDocument:
			g.last = g.documents.size
			err = g.documents.write(appendFrame(nil, payload))
		case markNames:
			err = g.names(n, payload)
		case markRecord:
			err = g.record(n, payload)
		case markHidden:
			err = g.hidden(payload)
		case markAccount:
			err = g.account(payload)
		case markReport:
		default:
			err = errSegment
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (g *gathering) hidden(payload []byte) error {
	if len(payload) != len(key{}) {
		return errSegment
	}
	return g.build.hidden.Put(scratch.Key(payload), []byte{1})
}

func (g *gathering) names(n uint32, payload []byte) error {
	var olds []vocab.IRI
	err := json.Unmarshal(payload, &olds)
	g.led = g.build.lead(olds, g.build.ids[n])
	return err
}

func (g *gathering) record(n uint32, payload []byte) error {
	r, err := parseRecord(payload)
	if err != nil {
		return err
	}
	r.account, r.body.offset = n, g.last
	if r.role == isActor {
		g.actor = r.body
	}
	for i := range r.users {
		r.users[i].account = n
	}
	if !r.item.isZero() {
		r.to, r.page, r.mover = g.build.location(g.led.New, g.led), g.build.location(g.led.Place(), g.led), g.led.To
	}
	g.order++
	return g.sorter.Add(sortable(r, g.claimant.rank(r), g.order))
}

// sortable is a record behind what it is sorted by: its address, how good the claim
// is, whose came first, and what it is.
func sortable(r *record, rank byte, order uint64) []byte {
	k := r.key()
	b := binary.BigEndian.AppendUint32(append(k[:len(k):len(k)], rank), r.account)
	b = append(b, byte(r.role))
	return r.append(binary.BigEndian.AppendUint64(b, order))
}

const sortableHead = len(key{}) + 1 + 4 + 1 + 8

func (g *gathering) account(payload []byte) error {
	var a accountEntry
	if err := json.Unmarshal(payload, &a); err != nil {
		return err
	}
	a.Offset, a.Length = g.actor.offset, g.actor.length
	if led := g.build.lead(append([]vocab.IRI{a.ID}, a.Pages...), a.ID); led.Kind == portability.Actor && led.To == a.MovedTo {
		a.NewPage = led.Place()
	}
	line, err := json.Marshal(a)
	if err != nil {
		return err
	}
	return g.accounts.write(append(line, '\n'))
}

// mapped adds the addresses that only the maps know.
func (b *build) mapped(ctx context.Context, sorter *scratch.Sorter) error {
	order := uint64(1) << 62
	var from vocab.IRI // of the mapping before: those of one account come mostly together
	var claims claimant
	for _, known := range b.o.Maps {
		for m, err := range known.All() {
			if err := errors.Join(err, ctx.Err()); err != nil {
				return err
			}
			if !m.Seen() || m.Kind == portability.Actor {
				continue
			}
			a, why, err := b.mappedAddress(m)
			if err != nil {
				return err
			}
			if why != "" {
				b.report.leave(why)
				continue
			}
			if order++; m.From != from {
				from, claims = m.From, claimantOf(m.From)
			}
			r := &record{address: a, role: isMapped, account: b.seen[m.From], item: itemKey(m.ID), to: b.location(m.New, m), page: b.location(m.Place(), m), mover: m.To, total: -1}
			if err := sorter.Add(sortable(r, claims.rank(r), order)); err != nil {
				return err
			}
		}
	}
	return nil
}

// mappedAddress is the address of which a mapping tells, or why nobody is told.
func (b *build) mappedAddress(m portability.Mapping) (address, Reason, error) {
	a, ok := addressOf(m.Old)
	_, here := b.seen[m.From]
	switch {
	case !here:
		return a, Stranger, nil
	case !ok || m.Old.Document() != m.Old || a.host != m.From.Host():
		return a, Unsayable, nil
	case !b.leads(m):
		return a, BadTarget, nil
	}
	if hidden, err := b.hides(m); hidden || err != nil {
		return a, NotPublic, err
	}
	return a, "", nil
}

// merge writes one record for each address, and the index of them.
func (b *build) merge(ctx context.Context, sorter *scratch.Sorter, m *manifest, used *scratch.Map) error {
	records, err := createPart(b.work("records"))
	if err != nil {
		return err
	}
	index, err := createPart(b.work("index"))
	if err != nil {
		return errors.Join(err, records.file.Close())
	}
	err = b.mergeInto(ctx, sorter, records, index, used)
	var ends error
	m.Records, ends = records.finish("records")
	err = errors.Join(err, ends)
	m.Index, ends = index.finish("index")
	m.Entries = m.Index.Size / int64(entrySize)
	b.report.Addresses = m.Entries
	return errors.Join(err, ends)
}

func (b *build) mergeInto(ctx context.Context, sorter *scratch.Sorter, records, index *part, used *scratch.Map) error {
	var best *record
	write := func() error {
		if best == nil {
			return nil
		}
		return b.writeRecord(best, records, index, used)
	}
	for data, err := range sorter.All() {
		if err := errors.Join(err, ctx.Err()); err != nil {
			return err
		}
		r, err := parseRecord(data[sortableHead:])
		if err != nil {
			return err
		}
		k := r.key()
		if best != nil && best.key() == k {
			b.join(best, r)
			continue
		}
		if err := write(); err != nil {
			return err
		}
		best = r
	}
	return write()
}

// join decides between two that claim one address: the first stays. Several may use
// one file.
func (b *build) join(best, other *record) {
	switch {
	case best.role == isMedium && other.role == isMedium && best.digest == other.digest:
		for _, u := range other.users {
			best.use(u)
		}
	case best.account == other.account && best.item == other.item, best.role == isInbox && other.role == isInbox,
		other.role == isForm, other.role == isMapped:
	default:
		b.report.leave(Taken)
	}
}

func (b *build) writeRecord(r *record, records, index *part, used *scratch.Map) error {
	if r.to != "" {
		b.report.Led++
	}
	switch {
	case r.role != isMedium:
	case b.o.Tombstones.covers(r, func(n uint32) vocab.IRI { return b.ids[n] }):
		r.mediaType = "" // the file goes, and its address is told to be gone
	default:
		if err := used.Put(scratch.Key(digestKey(r.digest)), []byte{1}); err != nil {
			return err
		}
	}
	k := r.key()
	if err := index.write(binary.BigEndian.AppendUint64(k[:len(k):len(k)], uint64(records.size))); err != nil {
		return err
	}
	return records.write(appendFrame(nil, r.append(nil)))
}

// commit puts the new door file in the place of the old.
func (b *build) commit(m *manifest, used *scratch.Map) error {
	if err := os.MkdirAll(filepath.Join(b.path, mediaFolder), 0o755); err != nil {
		return err
	}
	if err := b.moveMedia(used); err != nil {
		return err
	}
	for _, f := range []*manifestFile{&m.Accounts, &m.Index, &m.Records, &m.Documents} {
		plain := f.Name
		f.Name = plain + "-" + f.SHA256[:16]
		if err := os.Rename(b.work(plain), filepath.Join(b.path, f.Name)); err != nil {
			return err
		}
	}
	data, err := m.bytes()
	if err != nil {
		return err
	}
	if err := writeSafely(b.work(manifestName), data); err != nil {
		return err
	}
	if err := errors.Join(syncFolder(b.path), rename(b.work(manifestName), filepath.Join(b.path, manifestName))); err != nil {
		return err
	}
	return b.sweep(m, used)
}

func writeSafely(path string, data []byte) error {
	f, err := os.OpenFile(filepath.Clean(path), os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	return errors.Join(err, f.Sync(), f.Close())
}

// moveMedia moves the files that are used to where they are served from.
func (b *build) moveMedia(used *scratch.Map) error {
	return eachMedium(b.work(mediaFolder), func(path, digest string) error {
		if _, is, err := used.Get(scratch.Key(digestKey(digest))); err != nil || !is {
			return errors.Join(err, os.Remove(path))
		}
		folder := filepath.Join(b.path, mediaFolder, digest[:2])
		if err := os.MkdirAll(folder, 0o755); err != nil {
			return err
		}
		return os.Rename(path, filepath.Join(folder, digest))
	})
}

// sweep removes what belongs to the door file that was there before, and is used no
// more: above all, files that are forgotten.
func (b *build) sweep(m *manifest, used *scratch.Map) error {
	keep := map[string]bool{manifestName: true, mediaFolder: true}
	for _, f := range m.files() {
		keep[f.Name] = true
	}
	entries, err := os.ReadDir(b.path)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if !keep[e.Name()] && isOurs(e.Name()) {
			if err := os.Remove(filepath.Join(b.path, e.Name())); err != nil {
				return err
			}
		}
	}
	return eachMedium(filepath.Join(b.path, mediaFolder), func(path, digest string) error {
		_, is, err := used.Get(scratch.Key(digestKey(digest)))
		if err != nil || is {
			return err
		}
		return os.Remove(path)
	})
}

// isOurs reports whether a file of a door file has a name that Build gives.
func isOurs(name string) bool {
	for _, one := range []string{"accounts-", "index-", "records-", "documents-"} {
		if bytes.HasPrefix([]byte(name), []byte(one)) {
			return true
		}
	}
	return false
}

// eachMedium calls f for the files that are named by their digest.
func eachMedium(root string, f func(path, digest string) error) error {
	return filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || len(d.Name()) != 64 {
			return err
		}
		return f(path, d.Name())
	})
}
