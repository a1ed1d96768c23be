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
	return b.PutTx(ctx, items, func(*sql.Tx, []portability.Result) error { return nil })
}

// PutTx is Put with a last word in the same transaction, which a journal beside it
// in the file uses for its own record.
func (b *Shelf) PutTx(ctx context.Context, items []portability.Item, also func(*sql.Tx, []portability.Result) error) ([]portability.Result, error) {
	return b.each(ctx, items, also, b.put)
}

// each does one thing with every item in one transaction.
func (b *Shelf) each(ctx context.Context, items []portability.Item, also func(*sql.Tx, []portability.Result) error,
	do func(context.Context, *sql.Tx, portability.Item) (portability.Result, error),
) ([]portability.Result, error) {
	results := make([]portability.Result, len(items))
	err := b.server.inTx(ctx, func(tx *sql.Tx) error {
		for i, item := range items {
			result, err := do(ctx, tx, item)
			if err != nil {
				return err
			}
			result.Ref = item.Ref
			results[i] = result
		}
		return also(tx, results)
	})
	return results, err
}

func (b *Shelf) put(ctx context.Context, tx *sql.Tx, item portability.Item) (portability.Result, error) {
	if p, fatal := item.Fatal(); fatal {
		return portability.Result{State: portability.Failed, Reason: p.Reason}, nil
	}
	switch {
	case item.Kind == portability.Actor, !item.Kind.Known(): // the server has its own
		return portability.Result{State: portability.Skipped, Reason: portability.NoPlace}, nil
	case item.ID == "":
		return portability.Result{State: portability.Failed, Reason: portability.NoID}, nil
	case item.Object == nil && len(item.Raw) == 0 && item.Kind != portability.Media:
		return portability.Result{State: portability.Failed, Reason: portability.Unreadable}, nil
	}
	given := digest(item)
	known, err := b.known(ctx, tx, item.Ref, given)
	if err != nil || known.State != "" {
		return known, err
	}
	one, err := b.copyOf(ctx, tx, item)
	if errors.Is(err, errUnfit) {
		return portability.Result{State: portability.Failed, Reason: portability.Unreadable}, nil
	}
	if err != nil {
		return portability.Result{}, err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO items (account, kind, ref, id, audience, document, raw, files, given, hidden)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		b.account, item.Kind, item.ID, one.id, one.audience, bytesOf(one.document), item.Raw, one.files, given, one.hidden)
	return portability.Result{NewID: one.id, State: portability.Copied}, err
}

// digest is of what an item says, in whatever order its members stand.
func digest(item portability.Item) []byte {
	text := said(item)
	if canonical, err := actor.Canonical(text); item.Object != nil && err == nil {
		text = canonical
	}
	sum := sha256.Sum256(append([]byte(item.Kind), text...))
	return sum[:]
}

// A copied item is an item as it stands here.
type copied struct {
	id       vocab.IRI
	audience portability.Audience
	document *vocab.Object
	files    []byte // a list of digests
	hidden   bool
}

// copyOf makes an item fit to stand here: as an engine has placed it, or, where it
// comes without one, as the account's own.
func (b *Shelf) copyOf(ctx context.Context, tx *sql.Tx, item portability.Item) (copied, error) {
	files, err := b.files(ctx, tx, item)
	if err != nil {
		return copied{}, err
	}
	var one copied
	if one.files, err = json.Marshal(files); err != nil {
		return one, err
	}
	if p := item.Placed; p != nil {
		one.id, one.document, one.hidden = p.ID, p.Object, p.Quarantined
		if item.Kind == portability.Content {
			one.audience = p.Audience
		}
		if one.document == nil {
			one.document = item.Object
		}
		return one, nil
	}
	if item.Kind == portability.Content {
		one.audience, _ = b.stranger.AudienceOf(item)
	}
	if one.document, one.id, err = b.here(item, files); err != nil {
		return one, errUnfit
	}
	return one, nil
}

// errUnfit says that a document cannot be made to stand here.
var errUnfit = errors.New("the document cannot be changed")

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
