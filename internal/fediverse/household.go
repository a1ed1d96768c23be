package fediverse

import (
	"context"
	"database/sql"
	"iter"
	"slices"

	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/portability/sqlstore"
	"codeberg.org/godwit/godwit/vocab"
)

// A Household is a [Shelf] with what protects the account: whom it blocks and mutes, and
// the hosts that it blocks, or that its server does. It is both ends of a copy, too: what
// is put holds from then on. It tells nobody.
type Household struct {
	*Shelf
	// Runs: the account's owner runs the server, so that blocked hosts are the server's
	// own list, on both ends.
	Runs bool
	// Shows are the types of posts that this server can show; empty for all.
	Shows []string
	// Keeps: posts of other types are kept for the owner, unseen, and come out with
	// everything else. Otherwise they are said to have no place.
	Keeps bool
}

var (
	_ portability.Source  = (*Household)(nil)
	_ portability.Counter = (*Household)(nil)
	_ portability.Limited = (*Household)(nil)
	_ portability.Remover = (*Household)(nil)
	_ sqlstore.TxSink     = (*Household)(nil)
)

// Household opens everything of an account.
func (s *Server) Household(ctx context.Context, name string) (*Household, error) {
	shelf, err := s.Shelf(ctx, name, portability.Readership{})
	return &Household{Shelf: shelf}, err
}

// Limits implements portability.Limited.
func (h *Household) Limits(context.Context) (portability.Limits, error) {
	if h.Keeps {
		return portability.Limits{}, nil
	}
	return portability.Limits{Types: h.Shows}, nil
}

// protects lists what protects the account, in a kind.
func (h *Household) protects(ctx context.Context, k portability.Kind) ([]string, error) {
	if k == portability.BlockedDomains && h.Runs {
		return h.server.Fences(ctx)
	}
	kind := map[portability.Kind]string{portability.Muted: mutes}[k]
	if kind == "" {
		kind = blocks
	}
	ids, err := h.server.related(ctx, h.account, kind, "accepted")
	var all []string
	for _, id := range ids {
		if isHost := !id.IsHTTP(); isHost == (k == portability.BlockedDomains) {
			all = append(all, string(id))
		}
	}
	return all, err
}

func isProtection(k portability.Kind) bool {
	return slices.Contains([]portability.Kind{portability.Blocked, portability.Muted, portability.BlockedDomains}, k)
}

// Kinds implements portability.Source.
func (h *Household) Kinds(ctx context.Context) ([]portability.Kind, error) {
	kinds, err := h.Shelf.Kinds(ctx)
	kinds = slices.DeleteFunc(kinds, isProtection)
	for _, k := range portability.Kinds() {
		if !isProtection(k) || err != nil {
			continue
		}
		var all []string
		if all, err = h.protects(ctx, k); len(all) > 0 {
			kinds = append(kinds, k)
		}
	}
	return kinds, err
}

// Count implements portability.Counter.
func (h *Household) Count(ctx context.Context, k portability.Kind) (int64, bool, error) {
	if !isProtection(k) {
		return h.Shelf.Count(ctx, k)
	}
	all, err := h.protects(ctx, k)
	return int64(len(all)), true, err
}

// Items implements portability.Source.
func (h *Household) Items(ctx context.Context, k portability.Kind, after string) iter.Seq2[portability.Item, error] {
	if !isProtection(k) {
		return h.Shelf.Items(ctx, k, after)
	}
	return h.listed(ctx, k, after, func() ([]portability.Item, error) {
		all, err := h.protects(ctx, k)
		items := make([]portability.Item, len(all))
		for i, id := range all {
			name := vocab.ID
			if k == portability.BlockedDomains {
				name = "domain"
			}
			if items[i].Object, err = vocab.Build(vocab.Member{Name: name, Value: id}); err != nil {
				return nil, err
			}
			items[i].Ref = portability.Ref{Kind: k, ID: id}
		}
		return items, err
	})
}

// Put implements portability.Sink.
func (h *Household) Put(ctx context.Context, items []portability.Item) ([]portability.Result, error) {
	return h.PutTx(ctx, items, func(*sql.Tx, []portability.Result) error { return nil })
}

// PutTx implements sqlstore.TxSink: what protects the account holds from the moment at
// which it is stored.
func (h *Household) PutTx(ctx context.Context, items []portability.Item, also func(*sql.Tx, []portability.Result) error) ([]portability.Result, error) {
	return h.each(ctx, items, also, func(ctx context.Context, tx *sql.Tx, item portability.Item) (portability.Result, error) {
		if !h.shows(item) {
			if !h.Keeps {
				return portability.Result{State: portability.Skipped, Reason: portability.NoPlace}, nil
			}
			item = unseen(item)
		}
		result, err := h.put(ctx, tx, item)
		if err == nil && (result.State == portability.Copied || result.Reason == portability.AlreadyThere) {
			err = h.protect(ctx, tx, item.Ref)
		}
		return result, err
	})
}

// shows reports whether this server can show an item.
func (h *Household) shows(item portability.Item) bool {
	return len(h.Shows) == 0 || item.Kind != portability.Content || item.Object == nil || item.Object.Is(h.Shows...)
}

// unseen keeps an item from everybody's eyes.
func unseen(item portability.Item) portability.Item {
	if item.Placed != nil {
		placed := *item.Placed
		placed.Quarantined = true
		item.Placed = &placed
	}
	return item
}

func (h *Household) protect(ctx context.Context, tx *sql.Tx, ref portability.Ref) error {
	if !isProtection(ref.Kind) {
		return nil
	}
	if ref.Kind == portability.BlockedDomains && h.Runs {
		_, err := tx.ExecContext(ctx, `INSERT INTO fences VALUES (?) ON CONFLICT DO NOTHING`, ref.ID)
		return err
	}
	kind := blocks
	if ref.Kind == portability.Muted {
		kind = mutes
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO relations (account, other, kind, state, at)
		VALUES (?, ?, ?, 'accepted', 0) ON CONFLICT DO NOTHING`, h.account, ref.ID, kind)
	return err
}

// Remove implements portability.Remover. A server's own list stays as it is.
func (h *Household) Remove(ctx context.Context, refs []portability.Ref) ([]portability.Result, error) {
	results, err := h.Shelf.Remove(ctx, refs)
	for _, r := range results {
		if err != nil || !isProtection(r.Kind) || r.State != portability.Removed {
			continue
		}
		kind := blocks
		if r.Kind == portability.Muted {
			kind = mutes
		}
		_, err = h.server.db.ExecContext(ctx, `DELETE FROM relations WHERE account = ? AND other = ? AND kind = ?`,
			h.account, r.ID, kind)
	}
	return results, err
}
