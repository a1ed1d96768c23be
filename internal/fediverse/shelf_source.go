package fediverse

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strconv"

	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

var (
	_ portability.Sink        = (*Shelf)(nil)
	_ portability.MediaSink   = (*Shelf)(nil)
	_ portability.Source      = (*Shelf)(nil)
	_ portability.MediaSource = (*Shelf)(nil)
	_ portability.Counter     = (*Shelf)(nil)
	_ portability.Live        = (*Shelf)(nil)
)

// Live implements portability.Live: it is the server itself that is read.
func (b *Shelf) Live() bool { return true }

// Actor implements portability.Source.
func (b *Shelf) Actor(ctx context.Context) (*vocab.Object, error) {
	a, err := b.server.Account(ctx, b.name)
	if err != nil {
		return nil, err
	}
	return a.Document(b.server.config.Base)
}

// Kinds implements portability.Source. Followers and followed accounts are those
// that the server has now.
func (b *Shelf) Kinds(ctx context.Context) ([]portability.Kind, error) {
	kinds := []portability.Kind{portability.Actor}
	for _, k := range portability.Kinds() {
		if n, _, err := b.Count(ctx, k); err != nil {
			return nil, err
		} else if n > 0 && k != portability.Actor {
			kinds = append(kinds, k)
		}
	}
	return kinds, nil
}

// Count implements portability.Counter.
func (b *Shelf) Count(ctx context.Context, k portability.Kind) (int64, bool, error) {
	var n int64
	switch k {
	case portability.Actor:
		return 1, true, nil
	case portability.Followers, portability.Following:
		ids, err := b.related(ctx, k)
		return int64(len(ids)), true, err
	}
	err := b.server.db.QueryRowContext(ctx, `SELECT count(*) FROM items WHERE account = ? AND kind = ?`, b.account, k).Scan(&n)
	return n, true, err
}

func (b *Shelf) related(ctx context.Context, k portability.Kind) ([]vocab.IRI, error) {
	list := b.server.Followers
	if k == portability.Following {
		list = b.server.Following
	}
	ids, err := list(ctx, b.name)
	slices.Sort(ids)
	return ids, err
}

// Items implements portability.Source. A position is the number of a row, or the id
// of an account.
func (b *Shelf) Items(ctx context.Context, k portability.Kind, after string) iter.Seq2[portability.Item, error] {
	switch k {
	case portability.Actor:
		return b.listed(ctx, k, after, func() ([]portability.Item, error) {
			o, err := b.Actor(ctx)
			if err != nil {
				return nil, err
			}
			return []portability.Item{{Ref: portability.Ref{Kind: k, ID: string(o.ID())}, Object: o}}, nil
		})
	case portability.Followers, portability.Following:
		return b.listed(ctx, k, after, func() ([]portability.Item, error) { return b.accounts(ctx, k) })
	}
	return b.rows(ctx, k, after)
}

func (b *Shelf) accounts(ctx context.Context, k portability.Kind) ([]portability.Item, error) {
	ids, err := b.related(ctx, k)
	items := make([]portability.Item, len(ids))
	for i, id := range ids {
		if items[i].Object, err = vocab.Build(vocab.Member{Name: vocab.ID, Value: id}); err != nil {
			return nil, err
		}
		items[i].Ref = portability.Ref{Kind: k, ID: string(id)}
	}
	return items, err
}

// listed yields a short list. A position is the item's id.
func (b *Shelf) listed(ctx context.Context, k portability.Kind, after string, list func() ([]portability.Item, error)) iter.Seq2[portability.Item, error] {
	return func(yield func(portability.Item, error) bool) {
		items, err := list()
		i := 0
		if after != "" {
			i = slices.IndexFunc(items, func(item portability.Item) bool { return item.ID == after }) + 1
		}
		switch {
		case err == nil && ctx.Err() != nil:
			err = ctx.Err()
		case err == nil && after != "" && i == 0:
			err = portability.ErrChanged
		}
		if err != nil {
			yield(portability.Item{}, fmt.Errorf("read %s: %w", k, err))
			return
		}
		for _, item := range items[i:] {
			if err := ctx.Err(); err != nil {
				yield(portability.Item{}, fmt.Errorf("read %s: %w", k, err))
				return
			}
			if item.Next = item.ID; !yield(item, nil) {
				return
			}
		}
	}
}

// rows yields what is stored, a hundred rows at a time.
func (b *Shelf) rows(ctx context.Context, k portability.Kind, after string) iter.Seq2[portability.Item, error] {
	return func(yield func(portability.Item, error) bool) {
		for {
			page, err := b.page(ctx, k, after)
			if err == nil && after != "" && (len(page) == 0 || page[0].Next != after) {
				err = portability.ErrChanged
			}
			if err != nil {
				yield(portability.Item{}, fmt.Errorf("read %s: %w", k, err))
				return
			}
			if after != "" {
				page = page[1:]
			}
			if len(page) == 0 {
				return
			}
			for _, item := range page {
				if after = item.Next; !yield(item, nil) {
					return
				}
			}
		}
	}
}

// page reads rows from a position on.
func (b *Shelf) page(ctx context.Context, k portability.Kind, from string) ([]portability.Item, error) {
	number, _ := strconv.ParseInt(from, 10, 64)
	rows, err := b.server.db.QueryContext(ctx, `SELECT n, coalesce(nullif(id, ''), ref), document, raw, files FROM items
		WHERE account = ? AND kind = ? AND n >= ? ORDER BY n LIMIT 100`, b.account, k, number)
	if err != nil {
		return nil, err
	}
	return scanAll(rows, func(r row) (portability.Item, error) { return b.scan(k, r) })
}

func (b *Shelf) scan(k portability.Kind, r row) (portability.Item, error) {
	item := portability.Item{Ref: portability.Ref{Kind: k}}
	var document, files []byte
	if err := r.Scan(&item.Next, &item.ID, &document, &item.Raw, &files); err != nil {
		return item, err
	}
	var digests []string
	if err := json.Unmarshal(files, &digests); err != nil {
		return item, err
	}
	for _, digest := range digests {
		if digest != "" {
			item.Media = append(item.Media, portability.Medium{URL: b.fileURL(digest), Path: digest, Digest: digest, Size: -1})
		}
	}
	if document == nil {
		return item, nil
	}
	var err error
	item.Object, err = vocab.ParseWith(document, &vocab.Limits{Bytes: 16 << 20, AllowDuplicateNames: true})
	return item, err
}

// OpenMedia implements portability.MediaSource.
func (b *Shelf) OpenMedia(ctx context.Context, m portability.Medium) (io.ReadCloser, portability.Medium, error) {
	data, kind, err := b.server.file(ctx, m.Path)
	m.Type, m.Size = kind, int64(len(data))
	return io.NopCloser(bytes.NewReader(data)), m, err
}

func (s *Server) file(ctx context.Context, digest string) (data []byte, kind string, err error) {
	err = s.db.QueryRowContext(ctx, `SELECT bytes, type FROM files WHERE digest = ?`, digest).Scan(&data, &kind)
	if errors.Is(err, sql.ErrNoRows) {
		err = portability.ErrNoMedium
	}
	return data, kind, err
}
