package main

import (
	"context"
	"database/sql"
	"encoding/json"
)

// A note is a post.
type note struct {
	ID           string `json:"id"`
	Type         string `json:"type"`
	AttributedTo string `json:"attributedTo"`
	Content      string `json:"content"`
}

// post tells the followers of a user something.
func (s *server) post(ctx context.Context, id, author, text string) error {
	n := note{ID: id + "/note", Type: "Note", AttributedTo: author, Content: text}
	a, err := newActivity(id, "Create", author, n, author+"/followers")
	if err != nil {
		return err
	}
	return s.transact(ctx, func(tx *sql.Tx) error {
		if err := keep(ctx, tx, n); err != nil {
			return err
		}
		inboxes, err := s.inboxes(ctx, tx, author)
		for _, inbox := range inboxes {
			if _, err := s.enqueue(ctx, tx, inbox, a); err != nil {
				return err
			}
		}
		return err
	})
}

// inboxes lists where the followers of a user take mail.
func (s *server) inboxes(ctx context.Context, tx *sql.Tx, author string) (inboxes []string, err error) {
	rows, err := tx.QueryContext(ctx, `SELECT DISTINCT inbox FROM follows WHERE followed = ? AND accepted`, author)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var inbox string
		if err := rows.Scan(&inbox); err != nil {
			return nil, err
		}
		inboxes = append(inboxes, inbox)
	}
	return inboxes, rows.Err()
}

// read takes in a post of somebody whom a user here follows.
func (s *server) read(ctx context.Context, a activity) error {
	var n note
	if err := json.Unmarshal(a.Object, &n); err != nil || n.Type != "Note" || n.AttributedTo != a.Actor {
		return nil
	}
	return s.transact(ctx, func(tx *sql.Tx) error {
		var wanted bool
		err := tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM follows WHERE followed = ? AND accepted)`, a.Actor).Scan(&wanted)
		if err != nil || !wanted {
			return err
		}
		return keep(ctx, tx, n)
	})
}

func keep(ctx context.Context, tx *sql.Tx, n note) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO posts (id, author, text) VALUES (?, ?, ?) ON CONFLICT DO NOTHING`,
		n.ID, n.AttributedTo, n.Content)
	return err
}
