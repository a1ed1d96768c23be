package fediverse

import (
	"context"
	"database/sql"
	"errors"
	"sync"
	"time"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/vocab"
)

// maxTries is how often a delivery is tried before it counts as failed.
const maxTries = 16

// A letter is one activity for one inbox.
type letter struct {
	key      string
	account  vocab.IRI
	inbox    vocab.IRI
	body     *vocab.Object
	follows  vocab.IRI // a Follow: whom
	due      time.Time // zero: at once
	attempts int
}

// enqueue stores a letter for sending, and reports whether its key is new.
func enqueue(ctx context.Context, tx *sql.Tx, l letter) (fresh bool, err error) {
	result, err := tx.ExecContext(ctx, `INSERT INTO outgoing (key, account, inbox, body, follows, state, due)
		VALUES (?, ?, ?, ?, ?, 'due', ?) ON CONFLICT DO NOTHING`,
		l.key, l.account, l.inbox, l.body.String(), l.follows, max(0, l.due.UnixMilli()))
	if err != nil {
		return false, err
	}
	n, err := result.RowsAffected()
	return n > 0, err
}

// rouse makes the queue look for letters now.
func (s *Server) rouse() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// sendAll sends what is due until ctx is done.
func (s *Server) sendAll(ctx context.Context, poll time.Duration) {
	ticker := time.NewTicker(poll)
	defer ticker.Stop()
	for ctx.Err() == nil {
		n, err := s.sendDue(ctx)
		if err != nil {
			s.failed(err)
		}
		if n > 0 && err == nil {
			continue
		}
		select {
		case <-ctx.Done():
		case <-s.wake:
		case <-ticker.C:
		}
	}
}

// sendDue sends one batch side by side.
func (s *Server) sendDue(ctx context.Context) (int, error) {
	rows, err := s.db.QueryContext(ctx, `SELECT key, account, inbox, body, follows, attempts FROM outgoing
		WHERE state = 'due' AND due <= ? ORDER BY due LIMIT 16`, time.Now().UnixMilli())
	if err != nil {
		return 0, err
	}
	due, err := scanAll(rows, scanLetter)
	if err != nil {
		return 0, err
	}
	var all sync.WaitGroup
	results := make([]error, len(due))
	for i := range due {
		all.Go(func() { results[i] = s.send(ctx, due[i]) })
	}
	all.Wait()
	return len(due), errors.Join(results...)
}

func scanLetter(r row) (letter, error) {
	var l letter
	var body string
	if err := r.Scan(&l.key, &l.account, &l.inbox, &body, &l.follows, &l.attempts); err != nil {
		return l, err
	}
	var err error
	l.body, err = vocab.Parse([]byte(body))
	return l, err
}

// send delivers one letter and stores what came of it.
func (s *Server) send(ctx context.Context, l letter) error {
	status, err := 0, s.mayReach(ctx, l.inbox)
	if err == nil {
		status, err = s.client.Deliver(ctx, l.account, l.inbox, l.body)
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	state, due := "sent", time.Now()
	if err != nil {
		failed, ok := errors.AsType[*actor.DeliveryError](err)
		l.attempts++
		state = "failed"
		if ok && failed.Temporary() && l.attempts < maxTries {
			state, due = "due", due.Add(max(failed.RetryAfter, s.pause(l.attempts)))
		}
	}
	if _, err := s.db.ExecContext(ctx, `UPDATE outgoing SET state = ?, due = ?, attempts = ?, status = ? WHERE key = ?`,
		state, due.UnixMilli(), l.attempts, status, l.key); err != nil {
		return err
	}
	if state == "failed" && l.follows != "" {
		return s.refused(ctx, l.account, l.follows)
	}
	return nil
}

// pause doubles with every try, up to a minute.
func (s *Server) pause(attempts int) time.Duration {
	return min(s.config.Retry<<(attempts-1), time.Minute)
}

// Queued returns how many activities were ever queued for others.
func (s *Server) Queued(ctx context.Context) (n int, err error) {
	err = s.db.QueryRowContext(ctx, `SELECT count(*) FROM outgoing`).Scan(&n)
	return n, err
}
