package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/backup"
	"codeberg.org/godwit/godwit/internal/fediverse"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

// bring puts what -archive has onto the old server, as the account's own, and makes
// a backup of the account from there.
func (w *world) bring(ctx context.Context, show *progress) error {
	if w.options.archive == "" {
		return nil
	}
	archive, shelf, err := w.openArchive(ctx)
	if err != nil {
		return err
	}
	defer archive.Close()
	if !w.noted("brought.json") {
		report, err := portability.Copy(ctx, archive, shelf, nil)
		if err != nil {
			return err
		}
		show.say("brought from the archive: %d posts, %d files", report.Count(portability.Content), report.Files)
		if err := w.note("brought.json", report); err != nil {
			return err
		}
	}
	return w.backUp(ctx, shelf, show)
}

// openArchive opens what is brought. The caller closes it.
func (o options) openArchive(ctx context.Context) (*backup.Reader, error) {
	archive, err := backup.Open(ctx, o.archive, nil)
	if err != nil {
		return nil, fmt.Errorf("-archive %s: %w", o.archive, err)
	}
	return archive, nil
}

// tryArchive finds an archive that cannot be read before anything is begun.
func (o options) tryArchive(ctx context.Context) error {
	if o.archive == "" {
		return nil
	}
	archive, err := o.openArchive(ctx)
	if err != nil {
		return err
	}
	return archive.Close()
}

// openArchive opens what is brought, and where it goes on the old server. The caller
// closes the archive.
func (w *world) openArchive(ctx context.Context) (*backup.Reader, *fediverse.Shelf, error) {
	archive, err := w.options.openArchive(ctx)
	if err != nil {
		return nil, nil, err
	}
	shelf, err := w.servers[oldHost].Shelf(ctx, "alice", archive.Owner())
	if err != nil {
		return nil, nil, errors.Join(err, archive.Close())
	}
	return archive, shelf, nil
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

// brought: what was in the archive stands on the old server, strangers see what is
// for everybody and nothing else, and the backup has it all.
func (s stranger) brought(ctx context.Context, r *results) error {
	w := s.world
	if w.options.archive == "" {
		return nil
	}
	archive, shelf, err := w.openArchive(ctx)
	if err != nil {
		return err
	}
	defer archive.Close()
	for _, look := range []func(context.Context, *results, *backup.Reader, *fediverse.Shelf) error{s.stands, s.shown, s.backedUp} {
		if err := look(ctx, r, archive, shelf); err != nil {
			return err
		}
	}
	return nil
}

// stands: every item of the archive that can be used is on the old server.
func (s stranger) stands(ctx context.Context, r *results, archive *backup.Reader, shelf *fediverse.Shelf) error {
	here, err := countAll(ctx, shelf)
	if err != nil {
		return err
	}
	usable := map[portability.Kind]int{}
	for _, k := range portability.Kinds() {
		seen := map[string]bool{}
		for item, err := range archive.Items(ctx, k, "") {
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
			r.add(fmt.Sprintf("%s of the archive on the old server", k), usable[k] == here[k], "%d of %d", here[k], usable[k])
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

// shown: posts for everybody answer a stranger, and no other does.
func (s stranger) shown(ctx context.Context, r *results, archive *backup.Reader, shelf *fediverse.Shelf) error {
	public, err := s.list(ctx, s.world.from, "outbox")
	if err != nil {
		return err
	}
	answered, hidden, leaked := 0, 0, 0
	for item, err := range shelf.Items(ctx, portability.Content, "") {
		if err != nil {
			return err
		}
		status, err := s.status(ctx, item.ID)
		if err != nil {
			return err
		}
		switch {
		case public[vocab.IRI(item.ID)]:
			answered += count(status == http.StatusOK)
		default:
			hidden++
			leaked += count(status != http.StatusNotFound)
		}
	}
	r.add("posts for everybody answer a stranger", answered == len(public), "%d of %d", answered, len(public))
	r.add("posts for fewer answer nobody", leaked == 0, "%d hidden", hidden)
	return nil
}

func (s stranger) status(ctx context.Context, url string) (int, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return 0, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, err
	}
	return response.StatusCode, response.Body.Close()
}

// backedUp: the backup is whole, signed by the account's key as it is published,
// and has what the server has.
func (s stranger) backedUp(ctx context.Context, r *results, archive *backup.Reader, shelf *fediverse.Shelf) error {
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
