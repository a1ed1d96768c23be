package main

import (
	"bytes"
	"context"
	"crypto/rsa"
	"crypto/x509"
	"database/sql"
	"encoding/json"
	"encoding/pem"
	"errors"
	"log"
	"net/http"
	"time"
)

// maxTries is how often a letter is sent before it is given up.
const maxTries = 12

// A letter is one activity for one inbox.
type letter struct {
	id, inbox, sender, body string
	tries                   int
}

// enqueue stores an activity for sending, and reports whether it is new.
func (s *server) enqueue(ctx context.Context, tx *sql.Tx, inbox string, a activity) (bool, error) {
	body, err := json.Marshal(a)
	if err != nil {
		return false, err
	}
	done, err := tx.ExecContext(ctx, `INSERT INTO letters (activity, inbox, sender, body, due) VALUES (?, ?, ?, ?, 0)
		ON CONFLICT DO NOTHING`, a.ID, inbox, a.Actor, string(body))
	if err != nil {
		return false, err
	}
	n, err := done.RowsAffected()
	return n > 0, err
}

func (s *server) rouse() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// run sends letters until ctx is done.
func (s *server) run(ctx context.Context) {
	defer s.moves.run(ctx)()
	for ctx.Err() == nil {
		sent, err := s.sendNext(ctx)
		if err != nil && ctx.Err() == nil {
			log.Print("small: ", err)
		}
		if sent && err == nil {
			continue
		}
		select {
		case <-ctx.Done():
		case <-s.wake:
		case <-time.After(time.Second):
		}
	}
}

// sendNext sends the letter that has been due for longest, if there is one.
func (s *server) sendNext(ctx context.Context) (sent bool, err error) {
	var l letter
	err = s.db.QueryRowContext(ctx, `SELECT activity, inbox, sender, body, tries FROM letters WHERE due <= ? ORDER BY due LIMIT 1`,
		time.Now().UnixMilli()).Scan(&l.id, &l.inbox, &l.sender, &l.body, &l.tries)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	status, err := s.deliver(ctx, l)
	if ctx.Err() != nil {
		return false, ctx.Err()
	}
	l.tries++
	again := err != nil || status == http.StatusTooManyRequests || status >= 500
	switch {
	case again && l.tries < maxTries:
		due := time.Now().Add(time.Second << l.tries).UnixMilli()
		_, err = s.db.ExecContext(ctx, `UPDATE letters SET tries = ?, due = ? WHERE activity = ? AND inbox = ?`, l.tries, due, l.id, l.inbox)
		return true, err
	case again || status >= 300:
		if err := s.lost(ctx, l); err != nil {
			return false, err
		}
	}
	_, err = s.db.ExecContext(ctx, `UPDATE letters SET due = NULL WHERE activity = ? AND inbox = ?`, l.id, l.inbox)
	return true, err
}

// lost takes a Follow that could not be delivered for rejected.
func (s *server) lost(ctx context.Context, l letter) error {
	var a activity
	var followed string
	if json.Unmarshal([]byte(l.body), &a) != nil || a.Type != "Follow" || json.Unmarshal(a.Object, &followed) != nil {
		return nil
	}
	return s.answered(ctx, a.ID, followed, false)
}

func (s *server) deliver(ctx context.Context, l letter) (status int, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, l.inbox, bytes.NewReader([]byte(l.body)))
	if err != nil {
		return 0, err
	}
	r.Header.Set("Content-Type", "application/activity+json")
	key, err := s.key(ctx, l.sender)
	if err != nil {
		return 0, err
	}
	if err := sign(r, l.sender+"#main-key", key, []byte(l.body)); err != nil {
		return 0, err
	}
	response, err := s.web.Do(r)
	if err != nil {
		return 0, err
	}
	return response.StatusCode, response.Body.Close()
}

// key returns the private key of a user.
func (s *server) key(ctx context.Context, id string) (*rsa.PrivateKey, error) {
	var text string
	if err := s.db.QueryRowContext(ctx, `SELECT key FROM users WHERE id = ?`, id).Scan(&text); err != nil {
		return nil, err
	}
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return nil, errors.New("the key of a user is damaged")
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, err
	}
	return key.(*rsa.PrivateKey), nil
}
