package fediverse

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

// A Shelf is what an account has besides its followers: posts, files, likes, lists
// and so on. It is both ends of a copy: a portability.Sink for what is brought from
// elsewhere, which gets ids of this server, and a Source for a backup. It sends
// nothing to anybody.
type Shelf struct {
	server   *Server
	account  vocab.IRI
	name     string
	stranger portability.Readership // whose the items are before they come here
}

// Shelf opens what an account has. The readership is of the account that items are
// brought from; it is not needed for reading.
func (s *Server) Shelf(ctx context.Context, name string, from portability.Readership) (*Shelf, error) {
	a, err := s.Account(ctx, name)
	if err != nil {
		return nil, err
	}
	return &Shelf{server: s, account: a.ID, name: name, stranger: from}, nil
}

// most is how large a file this server takes.
const most = 64 << 20

// PutMedia implements portability.MediaSink.
func (b *Shelf) PutMedia(ctx context.Context, m portability.Medium, r io.Reader) (vocab.IRI, error) {
	data, err := io.ReadAll(io.LimitReader(r, most+1))
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(data)
	digest := hex.EncodeToString(sum[:])
	switch {
	case len(data) > most:
		return "", fmt.Errorf("%w: over %d bytes", portability.ErrNoPlace, most)
	case m.Digest != "" && m.Digest != digest, m.Size >= 0 && m.Size != int64(len(data)):
		return "", portability.ErrBadMedium
	}
	err = b.server.inTx(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO files VALUES (?, ?, ?) ON CONFLICT DO NOTHING`, digest, http.DetectContentType(data), data)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO file_places VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET digest = excluded.digest`,
			b.account, place(m), digest)
		return err
	})
	return b.fileURL(digest), err
}

func place(m portability.Medium) string { return m.Path + "\x00" + string(m.URL) }

func (b *Shelf) fileURL(digest string) vocab.IRI {
	return vocab.IRI(b.server.config.Base + "/media/" + digest)
}

// Put implements portability.Sink. A batch is stored whole, or not at all.
func (b *Shelf) Put(ctx context.Context, items []portability.Item) ([]portability.Result, error) {
	results := make([]portability.Result, len(items))
	err := b.server.inTx(ctx, func(tx *sql.Tx) error {
		for i, item := range items {
			result, err := b.put(ctx, tx, item)
			if err != nil {
				return err
			}
			result.Ref = item.Ref
			results[i] = result
		}
		return nil
	})
	return results, err
}

func (b *Shelf) put(ctx context.Context, tx *sql.Tx, item portability.Item) (portability.Result, error) {
	if p, fatal := item.Fatal(); fatal {
		return portability.Result{State: portability.Failed, Reason: p.Reason}, nil
	}
	if item.Kind == portability.Actor {
		return portability.Result{State: portability.Skipped, Reason: portability.NoPlace}, nil // the server has its own
	}
	given := sha256.Sum256(append([]byte(item.Kind), said(item)...))
	known, err := b.known(ctx, tx, item.Ref, given[:])
	if err != nil || known.State != "" {
		return known, err
	}
	files, err := b.files(ctx, tx, item)
	if err != nil {
		return portability.Result{}, err
	}
	here, id, err := b.here(item, files)
	if err != nil {
		return portability.Result{State: portability.Failed, Reason: portability.Unreadable}, nil
	}
	listed, err := json.Marshal(files)
	if err != nil {
		return portability.Result{}, err
	}
	audience := portability.Audience("")
	if item.Kind == portability.Content {
		audience, _ = b.stranger.AudienceOf(item)
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO items (account, kind, ref, id, audience, document, raw, files, given) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		b.account, item.Kind, item.ID, id, audience, bytesOf(here), item.Raw, listed, given[:])
	return portability.Result{NewID: id, State: portability.Copied}, err
}

func said(item portability.Item) []byte {
	if item.Object == nil {
		return item.Raw
	}
	return item.Object.Bytes()
}

func bytesOf(o *vocab.Object) []byte {
	if o == nil {
		return nil
	}
	return o.Bytes()
}

// known returns how an item ends that is there already; a zero State if it is not.
func (b *Shelf) known(ctx context.Context, tx *sql.Tx, ref portability.Ref, given []byte) (portability.Result, error) {
	var id vocab.IRI
	var before []byte
	err := tx.QueryRowContext(ctx, `SELECT id, given FROM items WHERE account = ? AND kind = ? AND ref = ?`,
		b.account, ref.Kind, ref.ID).Scan(&id, &before)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return portability.Result{}, nil
	case err != nil:
		return portability.Result{}, err
	case string(before) != string(given):
		return portability.Result{NewID: id, State: portability.Conflicting, Reason: portability.Differs}, nil
	}
	return portability.Result{NewID: id, State: portability.Skipped, Reason: portability.AlreadyThere}, nil
}

// files returns the digests of the files that an item uses; "" for one that never
// came.
func (b *Shelf) files(ctx context.Context, tx *sql.Tx, item portability.Item) ([]string, error) {
	digests := make([]string, len(item.Media))
	for i, m := range item.Media {
		err := tx.QueryRowContext(ctx, `SELECT digest FROM file_places WHERE account = ? AND place = ?`,
			b.account, place(m)).Scan(&digests[i])
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return nil, err
		}
	}
	return digests, nil
}

func (s *Server) inTx(ctx context.Context, work func(*sql.Tx) error) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := work(tx); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}

// Key is the Ed25519 key of the account, which its document lists: for signing its
// backup.
func (b *Shelf) Key(ctx context.Context) (actor.PrivateKey, error) {
	a, err := b.server.Account(ctx, b.name)
	if err != nil {
		return actor.PrivateKey{}, err
	}
	_, second, err := a.keys()
	return second, err
}
