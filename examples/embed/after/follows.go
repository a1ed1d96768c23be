package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"

	"codeberg.org/godwit/godwit/vocab"
)

// An activity is what servers send each other.
type activity struct {
	Context any             `json:"@context,omitempty"`
	ID      string          `json:"id"`
	Type    string          `json:"type"`
	Actor   string          `json:"actor"`
	Object  json.RawMessage `json:"object"`
	To      any             `json:"to,omitempty"`
}

// newActivity writes an activity about a thing, or about the id of one.
func newActivity(id, kind, actor string, object any, to string) (activity, error) {
	raw, err := json.Marshal(object)
	return activity{
		Context: "https://www.w3.org/ns/activitystreams",
		ID:      id, Type: kind, Actor: actor, Object: raw, To: []string{to},
	}, err
}

// follow asks somebody to accept a user as a follower. Doing it again under the
// same id does nothing.
func (s *server) follow(ctx context.Context, id, follower, followed string) error {
	there, err := s.fetch(ctx, followed)
	if err != nil {
		return err
	}
	a, err := newActivity(id, "Follow", follower, followed, followed)
	if err != nil {
		return err
	}
	return s.transact(ctx, func(tx *sql.Tx) error {
		fresh, err := s.enqueue(ctx, tx, there.Inbox, a)
		if err != nil || !fresh {
			return err
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO follows (follower, followed, accepted, activity, inbox)
			VALUES (?, ?, false, ?, ?) ON CONFLICT DO NOTHING`, follower, followed, id, there.Inbox)
		return err
	})
}

// unfollow ends a follow, or takes back the question.
func (s *server) unfollow(ctx context.Context, id, follower, followed string) error {
	return s.transact(ctx, func(tx *sql.Tx) error {
		asked := activity{Type: "Follow", Actor: follower}
		var inbox string
		err := tx.QueryRowContext(ctx, `DELETE FROM follows WHERE follower = ? AND followed = ? RETURNING activity, inbox`,
			follower, followed).Scan(&asked.ID, &inbox)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		if asked.Object, err = json.Marshal(followed); err != nil {
			return err
		}
		a, err := newActivity(id, "Undo", follower, asked, followed)
		if err != nil {
			return err
		}
		_, err = s.enqueue(ctx, tx, inbox, a)
		return err
	})
}

// accept takes in the Follow of a user here.
func (s *server) accept(ctx context.Context, asked activity) error {
	var followed string
	if err := json.Unmarshal(asked.Object, &followed); err != nil {
		return nil // none of our users
	}
	there, err := s.fetch(ctx, asked.Actor)
	if err != nil {
		return err
	}
	a, err := newActivity(asked.ID+"#accepted", "Accept", followed, asked, asked.Actor)
	if err != nil {
		return err
	}
	a.ID = s.activityID(digest(a.ID))
	return s.transact(ctx, func(tx *sql.Tx) error {
		done, err := tx.ExecContext(ctx, `INSERT INTO follows (follower, followed, accepted, activity, inbox)
			SELECT ?, id, true, ?, ? FROM users WHERE id = ?
			ON CONFLICT DO UPDATE SET accepted = true, activity = excluded.activity`,
			asked.Actor, asked.ID, there.Inbox, followed)
		if err != nil {
			return err
		}
		if n, err := done.RowsAffected(); err != nil || n == 0 {
			return err
		}
		_, err = s.enqueue(ctx, tx, there.Inbox, a)
		return err
	})
}

// answered takes in what somebody says to the Follow of a user.
func (s *server) answered(ctx context.Context, id, by string, yes bool) error {
	query := `DELETE FROM follows WHERE activity = ? AND followed = ? RETURNING follower`
	if yes {
		query = `UPDATE follows SET accepted = true WHERE activity = ? AND followed = ? RETURNING follower`
	}
	var follower string
	err := s.db.QueryRowContext(ctx, query, id, by).Scan(&follower)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err == nil && !yes {
		err = s.notify(ctx, id, follower, by+" did not accept you")
	}
	if err != nil {
		return err
	}
	return s.moves.answered(ctx, vocab.IRI(follower), vocab.IRI(by), yes)
}

// unfollowed takes in that somebody follows a user no more.
func (s *server) unfollowed(ctx context.Context, follower, followed string) error {
	_, err := s.db.ExecContext(ctx, `DELETE FROM follows WHERE follower = ? AND followed = ?`, follower, followed)
	if err != nil {
		return err
	}
	return s.moves.announcer.Observed(ctx, vocab.IRI(followed), vocab.IRI(follower))
}

// notify tells a user something, once.
func (s *server) notify(ctx context.Context, id, user, text string) error {
	_, err := s.db.ExecContext(ctx, `INSERT INTO notices (id, user, text) VALUES (?, ?, ?) ON CONFLICT DO NOTHING`, id, user, text)
	return err
}

func (s *server) transact(ctx context.Context, do func(*sql.Tx) error) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := do(tx); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	defer s.rouse()
	return tx.Commit()
}
