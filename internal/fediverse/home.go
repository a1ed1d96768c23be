package fediverse

import (
	"context"
	"database/sql"
	"iter"
	"time"

	"codeberg.org/godwit/godwit/move"
	"codeberg.org/godwit/godwit/vocab"
)

var _ move.Home = (*Server)(nil)

// Depart moves an account away: it builds the announcement from both documents
// as they are now, and takes the departure on. Nobody hears of it before the
// hold is over.
func (s *Server) Depart(ctx context.Context, name string, new vocab.IRI) (move.Departing, error) {
	a, err := s.Account(ctx, name)
	if err != nil {
		return move.Departing{}, err
	}
	here, err := a.Document(s.config.Base)
	if err != nil {
		return move.Departing{}, err
	}
	there, err := s.client.FetchFresh(ctx, new)
	if err != nil {
		return move.Departing{}, err
	}
	announcement, err := move.New(here, there, nil)
	if err != nil {
		return move.Departing{}, err
	}
	return s.announcer.Depart(ctx, move.Departure{Announcement: *announcement})
}

// Point is [move.Home.Point].
func (s *Server) Point(ctx context.Context, old, new vocab.IRI) error {
	return s.change(ctx, `UPDATE accounts SET moved_to = ? WHERE id = ?`, new, old)
}

// Recipients is [move.Home.Recipients].
func (s *Server) Recipients(ctx context.Context, old, after vocab.IRI) iter.Seq2[move.Recipient, error] {
	return pages(after, func(after vocab.IRI) ([]move.Recipient, error) {
		rows, err := s.db.QueryContext(ctx, `SELECT other, inbox, shared FROM relations
			WHERE account = ? AND kind = 'follower' AND state = 'accepted' AND other > ?
			AND other NOT IN (SELECT id FROM accounts) ORDER BY other LIMIT 200`, old, after)
		if err != nil {
			return nil, err
		}
		return scanAll(rows, func(r row) (to move.Recipient, err error) {
			return to, r.Scan(&to.ID, &to.Inbox, &to.SharedInbox)
		})
	}, func(to move.Recipient) vocab.IRI { return to.ID })
}

// FollowAs makes an account ask another to accept it as a follower. Asking twice
// is asking once.
func (s *Server) FollowAs(ctx context.Context, name string, target vocab.IRI) error {
	party := s.idOf(name)
	return s.Follow(ctx, move.ActivityID("first", party, "follow", target), party, target)
}

// Answer accepts or rejects a request that waits for an account's word.
func (s *Server) Answer(ctx context.Context, name string, requester vocab.IRI, accept bool) error {
	account := s.idOf(name)
	var follow, inbox vocab.IRI
	err := s.db.QueryRowContext(ctx, `SELECT follow, inbox FROM relations
		WHERE account = ? AND other = ? AND kind = 'follower'`, account, requester).Scan(&follow, &inbox)
	if err != nil {
		return err
	}
	return s.settle(ctx, request{account: account, by: requester, follow: follow, to: address{inbox: inbox}}, accept)
}

// Relations of one account, by the other's id.
func (s *Server) related(ctx context.Context, account vocab.IRI, kind, state string) ([]vocab.IRI, error) {
	rows, err := s.db.QueryContext(ctx, `SELECT other FROM relations
		WHERE account = ? AND kind = ? AND state = ? ORDER BY other`, account, kind, state)
	if err != nil {
		return nil, err
	}
	return scanAll(rows, func(r row) (id vocab.IRI, err error) { return id, r.Scan(&id) })
}

// Followers are the accepted followers of an account.
func (s *Server) Followers(ctx context.Context, name string) ([]vocab.IRI, error) {
	return s.related(ctx, s.idOf(name), follower, "accepted")
}

// Requests are those who wait to become followers of an account.
func (s *Server) Requests(ctx context.Context, name string) ([]vocab.IRI, error) {
	return s.related(ctx, s.idOf(name), follower, "pending")
}

// Following are those whom an account follows.
func (s *Server) Following(ctx context.Context, name string) ([]vocab.IRI, error) {
	return s.related(ctx, s.idOf(name), follows, "accepted")
}

// A request is a Follow that came in.
type request struct {
	account vocab.IRI // ours
	by      vocab.IRI
	follow  vocab.IRI // its id
	to      address   // of by
}

// settle answers a request. The answer and what it says are stored together.
func (s *Server) settle(ctx context.Context, r request, accept bool) error {
	kind := vocab.TypeAccept
	if !accept {
		kind = vocab.TypeReject
	}
	key := move.ActivityID(string(r.follow), r.by, kind, r.account)
	body, err := answer(vocab.IRI(s.config.Base+"/activities/"+key), kind, r.follow, r.by, r.account)
	if err != nil {
		return err
	}
	defer s.rouse()
	return s.transact(ctx, func(tx *sql.Tx) error {
		if _, err := enqueue(ctx, tx, letter{key: key, account: r.account, inbox: r.to.inbox, body: body}); err != nil {
			return err
		}
		if !accept {
			_, err := tx.ExecContext(ctx, `DELETE FROM relations WHERE account = ? AND other = ? AND kind = 'follower'`, r.account, r.by)
			return err
		}
		return recordFollower(ctx, tx, r, "accepted")
	})
}

// recordFollower stores a follower, or one who asks to be.
func recordFollower(ctx context.Context, tx *sql.Tx, r request, state string) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO relations (account, other, kind, state, follow, inbox, shared, at)
		VALUES (?, ?, 'follower', ?, ?, ?, ?, ?)
		ON CONFLICT DO UPDATE SET state = excluded.state, follow = excluded.follow, inbox = excluded.inbox,
			shared = CASE excluded.shared WHEN '' THEN shared ELSE excluded.shared END`,
		r.account, r.by, state, r.follow, r.to.inbox, r.to.shared, time.Now().Unix())
	return err
}
