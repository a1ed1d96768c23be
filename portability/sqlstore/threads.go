package sqlstore

import (
	"context"
	"database/sql"
	"iter"

	"codeberg.org/godwit/godwit/internal/sqldb"
	"codeberg.org/godwit/godwit/portability"
)

// Links implements [portability.Threads].
func (s *Store) Links(ctx context.Context, job string) iter.Seq2[portability.Link, error] {
	return pages(func(last *portability.Link) (page []portability.Link, err error) {
		no, err := s.number(ctx, job)
		if err != nil {
			return nil, err
		}
		after := int64(-1)
		if last != nil {
			after = last.No
		}
		from, to := behind(no, after)
		err = s.statements.Page(ctx, "links", func(rows *sql.Rows) error {
			link, err := scanLink(rows)
			page = append(page, link)
			return err
		}, from, to, int64(entriesAtOnce))
		return page, err
	})
}

func scanLink(rows *sql.Rows) (portability.Link, error) {
	var at int64
	var parent sql.NullInt64
	link := portability.Link{Parent: -1}
	err := rows.Scan(&at, &parent, sqldb.Time(&link.Published))
	link.No = number(at)
	if parent.Valid {
		link.Parent = number(parent.Int64)
	}
	return link, err
}

// Of what is held so many items are read at a time, or about so many bytes of them.
const (
	heldAtOnce = 100
	heldBytes  = 4 << 20
)

// Held implements [portability.Threads].
func (s *Store) Held(ctx context.Context, job string, after int64) iter.Seq2[portability.HeldItem, error] {
	return pages(func(last *portability.HeldItem) (page []portability.HeldItem, err error) {
		no, err := s.number(ctx, job)
		if err != nil {
			return nil, err
		}
		rank, at := after, place(no+1, 0)
		if last != nil {
			rank, at = last.Rank, place(no, last.No)
		}
		bytes := 0
		err = s.statements.Page(ctx, "held", func(rows *sql.Rows) error {
			h, n, err := scanHeld(rows)
			if err != nil {
				return err
			}
			page = append(page, h)
			if bytes += n; bytes > heldBytes {
				return sqldb.ErrEnough
			}
			return nil
		}, no, rank, at, int64(heldAtOnce))
		return page, err
	})
}

// scanHeld reads an item that is held, and tells how many bytes it has.
func scanHeld(rows *sql.Rows) (h portability.HeldItem, n int, err error) {
	var packed []byte
	if err := rows.Scan(&h.No, &h.Rank, &packed); err != nil {
		return h, 0, err
	}
	h.No = number(h.No)
	h.Item, err = unpackItem(packed)
	return h, len(packed), err
}

// order stores ranks, and what waits for its turn.
func order(tx *sqldb.Tx, job int64, c portability.Change) error {
	if c.Drop {
		from, to := behind(job, -1)
		for _, statement := range []string{"turns_drop", "held_drop"} {
			if _, err := tx.Exec(statement, from, to); err != nil {
				return err
			}
		}
	}
	if err := hold(tx, job, c.Hold); err != nil {
		return err
	}
	return rank(tx, job, c.Ranks)
}

func hold(tx *sqldb.Tx, job int64, items []portability.HeldItem) error {
	turns, held, ats := [][]any{}, [][]any{}, []int64{}
	for _, h := range lastOf(items, func(h portability.HeldItem) int64 { return h.No }) {
		at := place(job, h.No)
		turns, held = append(turns, []any{at, job, int64(0)}), append(held, []any{at, packItem(h.Item)})
		ats = append(ats, at)
	}
	if len(ats) == 0 {
		return nil
	}
	if _, err := insert(tx, "held_put", held); err != nil {
		return err
	}
	if _, err := insert(tx, "turn_begin", turns); err != nil {
		return err
	}
	_, err := tx.Exec("turns_follow", inJSON(ats))
	return err
}

func rank(tx *sqldb.Tx, job int64, ranks []portability.Rank) error {
	pairs, ats := [][2]int64{}, []int64{}
	for _, r := range lastOf(ranks, func(r portability.Rank) int64 { return r.No }) {
		pairs, ats = append(pairs, [2]int64{place(job, r.No), r.Rank}), append(ats, place(job, r.No))
	}
	if len(ats) == 0 {
		return nil
	}
	if _, err := tx.Exec("ranks_put", inJSON(pairs), inJSON(ats)); err != nil {
		return err
	}
	_, err := tx.Exec("turns_follow", inJSON(ats))
	return err
}
