package fediverse

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"time"

	"codeberg.org/godwit/godwit/move"
	"codeberg.org/godwit/godwit/vocab"
)

var (
	_ move.Relations  = (*Server)(nil)
	_ move.Notifier   = (*Server)(nil)
	_ move.Carrier    = (*Server)(nil)
	_ move.LocalMover = (*Server)(nil)
)

// Kinds of relation.
const (
	follows  = "follows"
	follower = "follower"
	blocks   = "blocks"
	mutes    = "mutes"
)

// Parties is [move.Relations.Parties].
func (s *Server) Parties(ctx context.Context, old, after vocab.IRI) iter.Seq2[vocab.IRI, error] {
	return pages(after, func(after vocab.IRI) ([]vocab.IRI, error) {
		rows, err := s.db.QueryContext(ctx, `SELECT DISTINCT account FROM relations
			WHERE other = ? AND kind IN ('follows', 'blocks', 'mutes') AND account > ? ORDER BY account LIMIT 200`, old, after)
		if err != nil {
			return nil, err
		}
		return scanAll(rows, func(r row) (id vocab.IRI, err error) { return id, r.Scan(&id) })
	}, func(id vocab.IRI) vocab.IRI { return id })
}

// pages yields what next finds behind the last item's position, until there is
// nothing more. No query is open while the caller works.
func pages[T any](after vocab.IRI, next func(after vocab.IRI) ([]T, error), position func(T) vocab.IRI) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for {
			items, err := next(after)
			if err != nil {
				var none T
				yield(none, err)
				return
			}
			for _, item := range items {
				if !yield(item, nil) {
					return
				}
			}
			if len(items) == 0 {
				return
			}
			after = position(items[len(items)-1])
		}
	}
}

// Relation is [move.Relations.Relation].
func (s *Server) Relation(ctx context.Context, party, old, new vocab.IRI) (move.Relation, error) {
	rows, err := s.db.QueryContext(ctx, `SELECT other, kind, state FROM relations
		WHERE account = ? AND other IN (?, ?, ?)`, party, old, new, new.Host())
	if err != nil {
		return move.Relation{}, err
	}
	found, err := scanAll(rows, func(r row) (f struct{ other, kind, state string }, err error) {
		return f, r.Scan(&f.other, &f.kind, &f.state)
	})
	var now move.Relation
	for _, f := range found {
		isOld := f.other == string(old)
		switch {
		case f.kind == follows && isOld:
			now.FollowsOld, now.PendingOld = f.state == "accepted", f.state != "accepted"
		case f.kind == follows:
			now.FollowsNew, now.PendingNew = f.state == "accepted", f.state != "accepted"
		case f.kind == blocks && isOld:
			now.BlocksOld = true
		case f.kind == blocks:
			now.BlocksNew = true
		case f.kind == mutes && isOld:
			now.MutesOld = true
		}
	}
	return now, err
}

// Follow is [move.Relations.Follow]: the request and the activity that makes it
// are stored together.
func (s *Server) Follow(ctx context.Context, id string, party, target vocab.IRI) error {
	return s.followAt(ctx, time.Time{}, id, party, target)
}

// followAt is [Server.Follow], sent no sooner than due.
func (s *Server) followAt(ctx context.Context, due time.Time, id string, party, target vocab.IRI) error {
	to, err := s.lookUp(ctx, target)
	if err != nil {
		return err
	}
	activity := vocab.IRI(s.config.Base + "/activities/" + id)
	body, err := build(activity, vocab.TypeFollow, party, target, target)
	if err != nil {
		return err
	}
	defer s.rouse()
	return s.transact(ctx, func(tx *sql.Tx) error {
		fresh, err := enqueue(ctx, tx, letter{key: id, account: party, inbox: to.inbox, body: body, follows: target, due: due})
		if err != nil || !fresh {
			return err
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO relations (account, other, kind, state, follow, inbox, shared, at)
			VALUES (?, ?, 'follows', 'pending', ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
			party, target, activity, to.inbox, to.shared, time.Now().Unix())
		return err
	})
}

// Undo is [move.Relations.Undo]. That the other server hears of it is left to
// the queue: one that is gone holds nothing back.
func (s *Server) Undo(ctx context.Context, id string, party, target vocab.IRI) error {
	defer s.rouse()
	return s.transact(ctx, func(tx *sql.Tx) error {
		var activity, inbox vocab.IRI
		err := tx.QueryRowContext(ctx, `SELECT follow, inbox FROM relations
			WHERE account = ? AND other = ? AND kind = 'follows'`, party, target).Scan(&activity, &inbox)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		body, err := undo(vocab.IRI(s.config.Base+"/activities/"+id), activity, party, target)
		if err != nil {
			return err
		}
		if _, err := enqueue(ctx, tx, letter{key: id, account: party, inbox: inbox, body: body}); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `DELETE FROM relations WHERE account = ? AND other = ? AND kind = 'follows'`, party, target)
		return err
	})
}

// CarryBlock is [move.Carrier.CarryBlock].
func (s *Server) CarryBlock(ctx context.Context, _ string, party, _, new vocab.IRI) error {
	return s.relate(ctx, party, new, blocks)
}

// CarryMute is [move.Carrier.CarryMute].
func (s *Server) CarryMute(ctx context.Context, _ string, party, _, new vocab.IRI) error {
	return s.relate(ctx, party, new, mutes)
}

// CarryFollow is [move.Carrier.CarryFollow]. A follow here has nothing to it.
func (s *Server) CarryFollow(context.Context, string, vocab.IRI, vocab.IRI, vocab.IRI) error {
	return nil
}

// MoveLocal is [move.LocalMover.MoveLocal]. An account that approves followers by
// hand is not asked again: its owner has just moved there.
func (s *Server) MoveLocal(ctx context.Context, _ string, party, old, new vocab.IRI) error {
	return s.transact(ctx, func(tx *sql.Tx) error {
		for _, query := range []string{
			`UPDATE OR REPLACE relations SET other = ?3, state = 'accepted' WHERE account = ?1 AND other = ?2 AND kind = 'follows'`,
			`UPDATE OR REPLACE relations SET account = ?3, state = 'accepted' WHERE account = ?2 AND other = ?1 AND kind = 'follower'`,
		} {
			if _, err := tx.ExecContext(ctx, query, party, old, new); err != nil {
				return err
			}
		}
		return nil
	})
}

// Block makes an account block another, or a whole host.
func (s *Server) Block(ctx context.Context, name string, other vocab.IRI) error {
	return s.relate(ctx, s.idOf(name), other, blocks)
}

// Mute makes an account mute another.
func (s *Server) Mute(ctx context.Context, name string, other vocab.IRI) error {
	return s.relate(ctx, s.idOf(name), other, mutes)
}

func (s *Server) relate(ctx context.Context, account, other vocab.IRI, kind string) error {
	_, err := s.db.ExecContext(ctx, `INSERT INTO relations (account, other, kind, state, at)
		VALUES (?, ?, ?, 'accepted', ?) ON CONFLICT DO NOTHING`, account, other, kind, time.Now().Unix())
	return err
}

// Notify is [move.Notifier.Notify].
func (s *Server) Notify(ctx context.Context, n move.Notice) error {
	_, err := s.db.ExecContext(ctx, `INSERT INTO notices (id, account, old, new, reason, at)
		VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`, n.ID, n.Party, n.Old, n.New, string(n.Reason), time.Now().Unix())
	return err
}

// Notices returns what an account was told, oldest first.
func (s *Server) Notices(ctx context.Context, name string) ([]move.Notice, error) {
	rows, err := s.db.QueryContext(ctx, `SELECT id, account, old, new, reason FROM notices
		WHERE account = ? ORDER BY at, id`, s.idOf(name))
	if err != nil {
		return nil, err
	}
	return scanAll(rows, func(r row) (n move.Notice, err error) {
		return n, r.Scan(&n.ID, &n.Party, &n.Old, &n.New, &n.Reason)
	})
}

// transact runs do in a transaction.
func (s *Server) transact(ctx context.Context, do func(*sql.Tx) error) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := do(tx); err != nil {
		return errors.Join(err, ignoreDone(tx.Rollback()))
	}
	return tx.Commit()
}

func ignoreDone(err error) error {
	if errors.Is(err, sql.ErrTxDone) {
		return nil
	}
	return err
}

// address is where an actor takes mail.
type address struct{ inbox, shared vocab.IRI }

// lookUp finds out where an actor takes mail.
func (s *Server) lookUp(ctx context.Context, id vocab.IRI) (address, error) {
	if err := s.mayReach(ctx, id); err != nil {
		return address{}, err
	}
	document, err := s.client.Fetch(ctx, id)
	if err != nil {
		return address{}, err
	}
	to := address{inbox: document.IRI(vocab.Inbox)}
	if endpoints := document.Child(vocab.Endpoints); endpoints != nil {
		to.shared = endpoints.IRI(vocab.SharedInbox)
	}
	if to.inbox == "" {
		return to, fmt.Errorf("look up %s: it has no inbox", id.Origin())
	}
	return to, nil
}
