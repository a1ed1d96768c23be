package fediverse

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"

	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/portability/sqlstore"
	"codeberg.org/godwit/godwit/vocab"
)

// What an engine that copies asks of a shelf besides taking items.
var (
	_ portability.Minter     = (*Shelf)(nil)
	_ portability.Updater    = (*Shelf)(nil)
	_ portability.Holder     = (*Shelf)(nil)
	_ portability.Remover    = (*Shelf)(nil)
	_ portability.Quarantine = (*Shelf)(nil)
	_ sqlstore.TxSink        = (*Shelf)(nil)
)

// Mint implements portability.Minter: what is shown to others gets a name that
// follows from its old one.
func (b *Shelf) Mint(_ context.Context, items []portability.Item) ([]portability.Minted, error) {
	minted := make([]portability.Minted, len(items))
	for i, item := range items {
		if item.Kind == portability.Content || item.Kind == portability.Outbox {
			minted[i].ID = b.idFor(item.ID)
		}
	}
	return minted, nil
}

// Update implements portability.Updater.
func (b *Shelf) Update(ctx context.Context, items []portability.Item) ([]portability.Result, error) {
	return b.each(ctx, items, func(*sql.Tx, []portability.Result) error { return nil }, b.update)
}

func (b *Shelf) update(ctx context.Context, tx *sql.Tx, item portability.Item) (portability.Result, error) {
	given := digest(item)
	known, err := b.known(ctx, tx, item.Ref, given)
	switch {
	case err != nil:
		return known, err
	case known.State == "":
		return portability.Result{State: portability.Skipped, Reason: portability.NotHere}, nil
	}
	edited, err := b.edited(ctx, tx, item.Ref)
	if err != nil || edited {
		return known, err
	}
	saysTheSame := known.State == portability.Skipped
	one, err := b.copyOf(ctx, tx, item)
	if errors.Is(err, errUnfit) {
		return portability.Result{State: portability.Failed, Reason: portability.Unreadable}, nil
	}
	if err != nil {
		return portability.Result{}, err
	}
	if same, err := b.isShown(ctx, tx, item.Ref, one); err != nil || saysTheSame && same {
		return known, err
	}
	_, err = tx.ExecContext(ctx, `UPDATE items SET audience = ?, document = ?, raw = ?, files = ?, given = ? WHERE account = ? AND kind = ? AND ref = ?`,
		one.audience, bytesOf(one.document), item.Raw, one.files, given, b.account, item.Kind, item.ID)
	return portability.Result{NewID: known.NewID, State: portability.Copied}, err
}

// isShown reports whether an item is shown already to those whom a copy is for, with its
// files: the activity around a post can narrow it, and a file can come later.
func (b *Shelf) isShown(ctx context.Context, tx *sql.Tx, ref portability.Ref, one copied) (same bool, err error) {
	err = tx.QueryRowContext(ctx, `SELECT audience IS ? AND files IS ? FROM items WHERE account = ? AND kind = ? AND ref = ?`,
		one.audience, one.files, b.account, ref.Kind, ref.ID).Scan(&same)
	return same, err
}

func (b *Shelf) edited(ctx context.Context, tx *sql.Tx, ref portability.Ref) (edited bool, err error) {
	err = tx.QueryRowContext(ctx, `SELECT edited FROM items WHERE account = ? AND kind = ? AND ref = ?`,
		b.account, ref.Kind, ref.ID).Scan(&edited)
	return edited, err
}

// Database is the one that the shelf stores in, beside the journals of copies.
func (b *Shelf) Database() *sql.DB { return b.server.db }

// Edit is what the account's owner does to a post here.
func (b *Shelf) Edit(ctx context.Context, id vocab.IRI, content string) error {
	return b.server.inTx(ctx, func(tx *sql.Tx) error {
		var text []byte
		err := tx.QueryRowContext(ctx, `SELECT document FROM items WHERE account = ? AND id = ?`, b.account, id).Scan(&text)
		if errors.Is(err, sql.ErrNoRows) {
			return ErrNoAccount
		}
		if err != nil {
			return err
		}
		o, err := vocab.Parse(text)
		if err == nil {
			o, err = o.With(vocab.Content, content)
		}
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `UPDATE items SET document = ?, edited = 1 WHERE account = ? AND id = ?`, o.Bytes(), b.account, id)
		return err
	})
}

// Delete is what the account's owner does to a post here.
func (b *Shelf) Delete(ctx context.Context, id vocab.IRI) error {
	done, err := b.server.db.ExecContext(ctx, `DELETE FROM items WHERE account = ? AND id = ?`, b.account, id)
	if err != nil {
		return err
	}
	if n, err := done.RowsAffected(); n == 0 {
		return errors.Join(ErrNoAccount, err)
	}
	return nil
}

// Holds implements portability.Holder.
func (b *Shelf) Holds(ctx context.Context, refs []portability.Ref) ([]bool, error) {
	held := make([]bool, len(refs))
	for i, ref := range refs {
		var n int
		err := b.server.db.QueryRowContext(ctx, `SELECT count(*) FROM items WHERE account = ? AND kind = ? AND ref = ?`,
			b.account, ref.Kind, ref.ID).Scan(&n)
		if err != nil {
			return nil, err
		}
		held[i] = n > 0
	}
	return held, nil
}

// Remove implements portability.Remover. What its owner has changed here stays.
func (b *Shelf) Remove(ctx context.Context, refs []portability.Ref) ([]portability.Result, error) {
	return b.each(ctx, named(refs), func(*sql.Tx, []portability.Result) error { return nil }, b.remove)
}

func named(refs []portability.Ref) []portability.Item {
	items := make([]portability.Item, len(refs))
	for i, ref := range refs {
		items[i].Ref = ref
	}
	return items
}

func (b *Shelf) remove(ctx context.Context, tx *sql.Tx, item portability.Item) (portability.Result, error) {
	known, err := b.known(ctx, tx, item.Ref, nil)
	if err != nil || known.State == "" {
		return portability.Result{State: portability.Skipped, Reason: portability.NotHere}, err
	}
	edited, err := b.edited(ctx, tx, item.Ref)
	if err != nil || edited {
		return known, err // in conflict
	}
	var files []byte
	err = tx.QueryRowContext(ctx, `DELETE FROM items WHERE account = ? AND kind = ? AND ref = ? RETURNING files`,
		b.account, item.Kind, item.ID).Scan(&files)
	if err != nil {
		return portability.Result{}, err
	}
	return portability.Result{NewID: known.NewID, State: portability.Removed}, dropUnused(ctx, tx, files)
}

// dropUnused removes those of the files that no item uses any more.
func dropUnused(ctx context.Context, tx *sql.Tx, files []byte) error {
	var digests []string
	if err := json.Unmarshal(files, &digests); err != nil {
		return err
	}
	for _, digest := range digests {
		for _, table := range []string{"files", "file_places"} {
			_, err := tx.ExecContext(ctx, `DELETE FROM `+table+` WHERE digest = ?1 AND NOT EXISTS
				(SELECT 1 FROM items WHERE instr(files, ?1) > 0)`, digest)
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// Release implements portability.Quarantine.
func (b *Shelf) Release(ctx context.Context, refs []portability.Ref) ([]portability.Result, error) {
	return b.each(ctx, named(refs), func(*sql.Tx, []portability.Result) error { return nil }, b.release)
}

func (b *Shelf) release(ctx context.Context, tx *sql.Tx, item portability.Item) (portability.Result, error) {
	known, err := b.known(ctx, tx, item.Ref, nil)
	if err != nil || known.State == "" {
		return portability.Result{State: portability.Skipped, Reason: portability.NotHere}, err
	}
	done, err := tx.ExecContext(ctx, `UPDATE items SET hidden = 0 WHERE account = ? AND kind = ? AND ref = ? AND hidden`,
		b.account, item.Kind, item.ID)
	if err != nil {
		return portability.Result{}, err
	}
	if n, err := done.RowsAffected(); err != nil || n == 0 {
		return portability.Result{NewID: known.NewID, State: portability.Skipped, Reason: portability.AlreadyThere}, err
	}
	return portability.Result{NewID: known.NewID, State: portability.Changed}, nil
}
