package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/backup"
	"codeberg.org/godwit/godwit/internal/fediverse"
	"codeberg.org/godwit/godwit/portability"
)

// bring puts what the account has onto the old server, as its own, and makes a backup
// of the account from there.
func (w *world) bring(ctx context.Context, show *progress) error {
	have, shelf, err := w.old(ctx)
	if err != nil {
		return err
	}
	defer have.close()
	if !w.noted("brought.json") {
		report, err := portability.Copy(ctx, have, shelf, nil)
		if err != nil {
			return err
		}
		show.say("the old account has: %d posts, %d files", report.Count(portability.Content), report.Files)
		if err := w.note("brought.json", report); err != nil {
			return err
		}
	}
	return w.backUp(ctx, shelf, show)
}

// tryArchive finds an archive that cannot be read before anything is begun.
func (o options) tryArchive(ctx context.Context) error {
	have, err := o.belongings(ctx)
	if err != nil {
		return err
	}
	return have.close()
}

// old opens what the account has, and where it is on the old server. The caller closes
// the former.
func (w *world) old(ctx context.Context) (belongings, *fediverse.Shelf, error) {
	have, err := w.options.belongings(ctx)
	if err != nil {
		return have, nil, err
	}
	shelf, err := w.servers[oldHost].Shelf(ctx, "alice", have.owner)
	if err != nil {
		return have, nil, errors.Join(err, have.close())
	}
	return have, shelf, nil
}

func (w *world) backupFile() string { return filepath.Join(w.options.dir, "alice.tar.zst") }

// backUp writes everything that the old server has of the account. Interrupted, it
// goes on where it was.
func (w *world) backUp(ctx context.Context, shelf *fediverse.Shelf, show *progress) error {
	if _, err := os.Stat(w.backupFile()); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	key, err := shelf.Key(ctx)
	if err != nil {
		return err
	}
	to, err := backup.Create(w.backupFile(), &backup.WriteOptions{
		Created: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), Compression: backup.Zstd, Key: &key,
	})
	if err != nil {
		return err
	}
	report, err := portability.Copy(ctx, shelf, to, &portability.CopyOptions{After: to.After(), Checkpoint: to.Checkpoint})
	if err := errors.Join(err, to.Close()); err != nil {
		return err
	}
	show.say("backup of the old account: %d posts, %d files", report.Count(portability.Content), report.Files)
	return nil
}

// brought: what the account had stands on the old server, and the backup has it all.
func (s stranger) brought(ctx context.Context, r *results) error {
	have, shelf, err := s.world.old(ctx)
	if err != nil {
		return err
	}
	defer have.close()
	if err := s.stands(ctx, r, have, shelf); err != nil {
		return err
	}
	return s.backedUp(ctx, r, shelf)
}

// stands: everything of it that can be used is on the old server.
func (s stranger) stands(ctx context.Context, r *results, have portability.Source, shelf *fediverse.Shelf) error {
	here, err := countAll(ctx, shelf)
	if err != nil {
		return err
	}
	usable := map[portability.Kind]int{}
	for _, k := range portability.Kinds() {
		seen := map[string]bool{}
		for item, err := range have.Items(ctx, k, "") {
			if err != nil {
				return err
			}
			if _, fatal := item.Fatal(); !fatal && !seen[item.ID] {
				seen[item.ID] = true
				usable[k]++
			}
		}
	}
	for _, k := range []portability.Kind{portability.Content, portability.Outbox, portability.Liked, portability.Bookmarks} {
		if usable[k] > 0 {
			r.add(fmt.Sprintf("%s of the account on the old server", k), usable[k] == here[k], "%d of %d", here[k], usable[k])
		}
	}
	return nil
}

func countAll(ctx context.Context, from portability.Counter) (map[portability.Kind]int, error) {
	counts := map[portability.Kind]int{}
	for _, k := range portability.Kinds() {
		n, _, err := from.Count(ctx, k)
		if err != nil {
			return nil, err
		}
		counts[k] = int(n)
	}
	return counts, nil
}

// backedUp: the backup is whole, signed by the account's key as it is published,
// and has what the server has.
func (s stranger) backedUp(ctx context.Context, r *results, shelf *fediverse.Shelf) error {
	w := s.world
	published, err := s.client.Fetch(ctx, w.from)
	if err != nil {
		return err
	}
	keys, _ := actor.Keys(published)
	key, ok := actor.FindKey(keys, actor.Ed25519KeyID(w.from))
	if !ok {
		return errors.New("the old account publishes no Ed25519 key")
	}
	verdict, err := backup.Verify(ctx, w.backupFile(), &backup.VerifyOptions{Key: &key})
	if err != nil {
		return err
	}
	r.add("the backup is whole, and signed by the account", verdict.Whole() && verdict.Trust == backup.KnownKey, "%d entries", verdict.Entries)
	back, err := backup.Open(ctx, w.backupFile(), nil)
	if err != nil {
		return err
	}
	defer back.Close()
	same, all := 0, 0
	for _, k := range []portability.Kind{portability.Content, portability.Outbox, portability.Liked, portability.Bookmarks} {
		here, err := sums(ctx, shelf, k)
		if err != nil {
			return err
		}
		there, err := sums(ctx, back, k)
		if err != nil {
			return err
		}
		all += max(len(here), len(there))
		for id, sum := range here {
			same += count(there[id] == sum)
		}
	}
	r.add("read back, the backup has what the old server has", same == all, "%d of %d", same, all)
	return nil
}

// sums are digests of all items of a kind, by their ids.
func sums(ctx context.Context, from portability.Source, k portability.Kind) (map[string][sha256.Size]byte, error) {
	all := map[string][sha256.Size]byte{}
	for item, err := range from.Items(ctx, k, "") {
		if err != nil {
			return nil, err
		}
		if item.Object == nil {
			all[item.ID] = sha256.Sum256(item.Raw)
			continue
		}
		canonical, err := actor.Canonical(item.Object.Bytes())
		if err != nil {
			canonical = item.Object.Bytes()
		}
		all[item.ID] = sha256.Sum256(canonical)
	}
	return all, nil
}
