package afterlife

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"time"

	"codeberg.org/godwit/godwit/internal/scratch"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/portability/redirect"
	"codeberg.org/godwit/godwit/vocab"
)

// A build is one door file while it is made.
type build struct {
	path   string
	o      Options
	folder *scratch.Folder
	lock   io.Closer
	report Report

	segments []string // of the accounts, in their order
	ids      []vocab.IRI
	seen     map[vocab.IRI]uint32
	hands    []vocab.IRI // who has no secret yet
	hidden   *scratch.Map
	names    names
}

// ErrHand is returned by [Build] if there are claims and nobody to hand secrets to.
var ErrHand = errors.New("there is nobody to hand claim secrets to")

// Build makes a door file of accounts: a folder at path. An error among the accounts,
// or of one of their sources, ends it, and so does ctx. It works in a folder beside
// it, path and ".unfinished", which stays after an error: run again with the same
// accounts, it does not read those again that it has read whole and that have a
// Fingerprint. Two at once is scratch.ErrInUse for the second.
//
// The door file that was there before is replaced at once when the new one is safe on
// the disk, and goes on serving who has it open. Memory stays bounded for any number
// of posts and files; an account takes some 500 bytes.
//
// A folder with something else in it, or a file, is [ErrExists].
//
// Accounts of which one lies inside of another are a [*NestedError], before anything is
// replaced.
func Build(ctx context.Context, path string, accounts iter.Seq2[Account, error], o *Options) (*Report, error) {
	b := &build{path: filepath.Clean(path), seen: map[vocab.IRI]uint32{}}
	if o != nil {
		b.o = *o
	}
	err := b.run(ctx, accounts)
	if err != nil {
		return nil, fmt.Errorf("build door file: %s: %w", filepath.Base(path), err)
	}
	return &b.report, nil
}

func (b *build) run(ctx context.Context, accounts iter.Seq2[Account, error]) (err error) {
	if b.o.Claims != nil && b.o.Hand == nil {
		return ErrHand
	}
	if err := doorOrNothing(b.path); err != nil {
		return err
	}
	if err := b.begin(); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.end(err == nil)) }()
	for account, err := range accounts {
		if err := errors.Join(err, ctx.Err()); err != nil {
			return err
		}
		if err := b.take(ctx, account); err != nil {
			return err
		}
	}
	if err := refuseNested(b.ids); err != nil {
		return err
	}
	b.report.LostNames = b.names.report()
	if err := b.assemble(ctx); err != nil {
		return err
	}
	return b.handOut()
}

// doorOrNothing refuses a place where there is something else than a door file.
func doorOrNothing(path string) error {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil
	case err != nil:
		return err
	case !info.IsDir():
		return ErrExists
	}
	_, err = readManifest(path)
	if !errors.Is(err, ErrNoDoor) {
		return err
	}
	entries, err := os.ReadDir(path)
	if err == nil && len(entries) > 0 {
		return ErrExists
	}
	return err
}

// begin opens the work folder.
func (b *build) begin() error {
	work := b.path + ".unfinished"
	for _, dir := range []string{work, filepath.Join(work, mediaFolder)} {
		if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, os.ErrExist) {
			return err
		}
	}
	var err error
	if b.lock, err = scratch.Lock(work); err != nil {
		return err
	}
	if b.folder, err = scratch.Open(work); err != nil {
		return errors.Join(err, b.lock.Close())
	}
	return nil
}

func (b *build) end(done bool) error {
	if done {
		b.folder.Discard()
	}
	return errors.Join(b.folder.Close(), b.lock.Close())
}

// work is a place in the work folder.
func (b *build) work(parts ...string) string {
	return filepath.Join(append([]string{b.path + ".unfinished"}, parts...)...)
}

// take reads an account, unless that was done before.
func (b *build) take(ctx context.Context, account Account) error {
	segment := b.work(segmentName(account.Fingerprint))
	if b.fingerprint(account) == "" {
		segment = b.work(fmt.Sprintf("segment-%d", len(b.segments)))
	}
	entry, so, whole := wholeSegment(segment, b.fingerprint(account))
	if !whole {
		var err error
		var found bool
		if found, so, err = b.read(ctx, account, segment); err != nil {
			return err
		}
		if !found {
			b.report.add(so)
			return nil
		}
		if entry, _, err = endOf(segment); err != nil {
			return err
		}
	}
	if _, twice := b.seen[entry.ID]; twice {
		b.report.leave(SameID)
		return nil
	}
	b.seen[entry.ID] = uint32(len(b.segments))
	b.segments, b.ids = append(b.segments, segment), append(b.ids, entry.ID)
	b.report.add(so)
	b.names.take(entry)
	if b.o.Claims != nil && !b.o.Claims.hasSecret(entry.ID) {
		b.hands = append(b.hands, entry.ID)
	}
	if b.o.Progress != nil {
		b.o.Progress(entry.ID, so)
	}
	return nil
}

// fingerprint tells what a segment holds apart, its version first; "" if that cannot be told.
func (b *build) fingerprint(a Account) string {
	if a.Fingerprint == "" {
		return ""
	}
	return fmt.Sprintf("2 %s %s %d %d", a.Fingerprint, a.MovedTo, a.Deleted.Unix(), b.o.Tombstones.Len())
}

// handOut gives a claim secret to each who has none yet, and is not forgotten.
func (b *build) handOut() error {
	for _, id := range b.hands {
		if b.o.Tombstones.has(accountKey(id)) {
			continue
		}
		if err := b.o.Claims.Renew(id, b.o.Hand); err != nil {
			return err
		}
	}
	return nil
}

// lead finds where something is now. A mapping that nobody may be led by is left out.
func (b *build) lead(olds []vocab.IRI, account vocab.IRI) portability.Mapping {
	for _, m := range b.o.Maps {
		for _, old := range olds {
			found, known := m.Find(old)
			switch {
			case !known || !found.Seen():
			case found.From != account || !b.leads(found):
				b.report.leave(BadTarget)
			default:
				return found
			}
		}
	}
	return portability.Mapping{}
}

// leads reports whether people may be led by a mapping: it stays on the new actor's
// origin.
func (b *build) leads(m portability.Mapping) bool {
	return b.location(m.New, m) != "" && b.location(m.Place(), m) != ""
}

// location is a place of a mapping as people are led there, "" if they may not be.
func (b *build) location(u vocab.IRI, m portability.Mapping) vocab.IRI {
	if u == "" {
		return ""
	}
	location, err := redirect.Location(u, m.To, b.o.Trusted)
	if err != nil {
		return ""
	}
	return vocab.IRI(location)
}

func (b *build) created() time.Time {
	if b.o.Created.IsZero() {
		return time.Now().UTC().Truncate(time.Second)
	}
	return b.o.Created.UTC()
}

func hexOf(k key) string { return hex.EncodeToString(k[:]) }

// rename moves a file that is safe on the disk to where it counts.
func rename(from, to string) error {
	if err := os.Rename(from, to); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(to))
}
