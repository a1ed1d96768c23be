package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"strings"
	"sync"
	"time"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/actor/client"
	"codeberg.org/godwit/godwit/move"
	"codeberg.org/godwit/godwit/move/movesql"
	"codeberg.org/godwit/godwit/vocab"
)

// moves joins the server with godwit: it tells of the users, and does for them,
// what has to be done when somebody moves.
type moves struct {
	s         *server
	store     *movesql.Store // in tables of its own in the server's database
	client    *client.Client
	receiver  *move.Receiver
	announcer *move.Announcer
}

var (
	_ move.Relations = (*moves)(nil) // others move
	_ move.Notifier  = (*moves)(nil)
	_ move.Home      = (*moves)(nil) // a user moves
)

func openMoves(ctx context.Context, s *server) (*moves, error) {
	store, err := movesql.Open(ctx, s.db)
	if err != nil {
		return nil, err
	}
	m := &moves{s: s, store: store}
	m.client = client.New(&client.Options{PublicOrigin: s.origin, Trusted: s.trusted, Memory: store, Signers: m.signer})
	m.receiver = move.NewReceiver(m.client, store, m, &move.ReceiverOptions{Rules: move.Rules{Keys: store, Ours: m.ours}})
	m.announcer = move.NewAnnouncer(m.client, m.client, store, m, &move.AnnouncerOptions{Hold: s.hold, Alert: m.alert, Local: m.receiver})
	return m, nil
}

// run does what falls due until ctx is done; wait returns when it has ended.
func (m *moves) run(ctx context.Context) (wait func()) {
	var both sync.WaitGroup
	both.Go(func() { _ = m.receiver.Serve(ctx, time.Second) })
	both.Go(func() { _ = m.announcer.Serve(ctx, time.Second) })
	return both.Wait
}

func (m *moves) ours(id vocab.IRI) bool { return id.Origin() == m.s.origin }

// signer signs as a user, with the key that the server has.
func (m *moves) signer(ctx context.Context, owner vocab.IRI) (client.Signer, error) {
	key, err := m.s.key(ctx, string(owner))
	if err != nil {
		return nil, err
	}
	return client.NewSigner(actor.PrivateKey{ID: actor.MainKeyID(owner), Owner: owner, Signer: key})
}

// take looks at what came in for what concerns a move.
func (m *moves) take(ctx context.Context, sender *client.Verified, body []byte) error {
	activity, err := vocab.Parse(body)
	if err != nil {
		return nil // the server has judged it
	}
	if _, err := m.client.Introduced(ctx, sender, activity); err != nil && !errors.Is(err, client.ErrNotIntroduced) {
		return err
	}
	_, err = m.receiver.Receive(ctx, move.Delivery{Activity: activity, Signature: sender.Signature()})
	return err
}

// answered passes on what somebody said to the Follow of a user.
func (m *moves) answered(ctx context.Context, follower, by vocab.IRI, yes bool) error {
	if yes {
		return m.receiver.Accepted(ctx, follower, by)
	}
	return m.receiver.Rejected(ctx, follower, by)
}

// Parties is [move.Relations.Parties].
func (m *moves) Parties(ctx context.Context, old, after vocab.IRI) iter.Seq2[vocab.IRI, error] {
	return all(ctx, m.s.db, func(rows *sql.Rows) (id vocab.IRI, err error) { return id, rows.Scan(&id) },
		`SELECT follower FROM follows JOIN users ON id = follower WHERE followed = ? AND follower > ? ORDER BY follower`, old, after)
}

// Relation is [move.Relations.Relation]. The server has no blocks and mutes.
func (m *moves) Relation(ctx context.Context, party, old, new vocab.IRI) (now move.Relation, err error) {
	err = m.s.db.QueryRowContext(ctx, `SELECT
		count(*) FILTER (WHERE followed = ?2 AND accepted) > 0, count(*) FILTER (WHERE followed = ?2 AND NOT accepted) > 0,
		count(*) FILTER (WHERE followed = ?3 AND accepted) > 0, count(*) FILTER (WHERE followed = ?3 AND NOT accepted) > 0
		FROM follows WHERE follower = ?1`, party, old, new).
		Scan(&now.FollowsOld, &now.PendingOld, &now.FollowsNew, &now.PendingNew)
	return now, err
}

// Follow is [move.Relations.Follow].
func (m *moves) Follow(ctx context.Context, id string, party, target vocab.IRI) error {
	return m.s.follow(ctx, m.s.activityID(id), string(party), string(target))
}

// Undo is [move.Relations.Undo].
func (m *moves) Undo(ctx context.Context, id string, party, target vocab.IRI) error {
	return m.s.unfollow(ctx, m.s.activityID(id), string(party), string(target))
}

// Notify is [move.Notifier.Notify].
func (m *moves) Notify(ctx context.Context, n move.Notice) error {
	return m.s.notify(ctx, n.ID, string(n.Party), fmt.Sprintf("%s moved to %s: %s; %s", n.Old, n.New, n.Reason, n.Reason.Hint(n.Old, n.New)))
}

// do is what users can ask for since they can move.
func (m *moves) do(ctx context.Context, verb string, user vocab.IRI, what string) error {
	switch verb {
	case "alias":
		_, err := m.s.db.ExecContext(ctx, `INSERT INTO moved (user, says, other) VALUES (?, 'alsoKnownAs', ?) ON CONFLICT DO NOTHING`, user, what)
		return err
	case "move":
		return m.leave(ctx, user, vocab.IRI(what))
	case "stay":
		departure, token, _ := strings.Cut(what, "/")
		return m.announcer.Cancel(ctx, departure, token)
	case "confirm":
		return m.receiver.Confirm(ctx, user, vocab.IRI(what))
	}
	return fmt.Errorf("%q is nothing that can be done", verb)
}

// leave moves a user to a new account elsewhere, as soon as the hold is over.
func (m *moves) leave(ctx context.Context, user, to vocab.IRI) error {
	old, err := m.client.FetchFresh(ctx, user)
	if err != nil {
		return err
	}
	new, err := m.client.FetchFresh(ctx, to)
	if err != nil {
		return err
	}
	announcement, err := move.New(old, new, nil)
	if err != nil {
		return err
	}
	_, err = m.announcer.Depart(ctx, move.Departure{Announcement: *announcement})
	return err
}

// alert tells a user who is about to leave how to stop it. A server that knows
// their mail address writes there too.
func (m *moves) alert(ctx context.Context, old, new vocab.IRI, d move.Departing) error {
	return m.s.notify(ctx, d.Token, string(old), fmt.Sprintf("you leave for %s at %s; to stop it, say: stay %s/%s", new, d.At.Format(time.RFC3339), d.Case, d.Token))
}

// describe adds to a user's document what it says of moves.
func (m *moves) describe(ctx context.Context, id string, person map[string]any) error {
	var aliases, target string
	err := m.s.db.QueryRowContext(ctx, `SELECT json_group_array(other) FILTER (WHERE says = 'alsoKnownAs'),
		coalesce(max(other) FILTER (WHERE says = 'movedTo'), '') FROM moved WHERE user = ?`, id).Scan(&aliases, &target)
	if err != nil {
		return err
	}
	person["@context"] = append(person["@context"].([]any), json.RawMessage(
		`{"alsoKnownAs":{"@id":"as:alsoKnownAs","@type":"@id"},"movedTo":{"@id":"as:movedTo","@type":"@id"}}`))
	person["alsoKnownAs"] = json.RawMessage(aliases)
	if target != "" {
		person["movedTo"] = target
	}
	return nil
}

// Point is [move.Home.Point].
func (m *moves) Point(ctx context.Context, old, new vocab.IRI) error {
	_, err := m.s.db.ExecContext(ctx, `DELETE FROM moved WHERE user = ?1 AND says = 'movedTo' AND other <> ?2;
		INSERT INTO moved (user, says, other) VALUES (?1, 'movedTo', ?2) ON CONFLICT DO NOTHING`, old, new)
	return err
}

// Recipients is [move.Home.Recipients].
func (m *moves) Recipients(ctx context.Context, old, after vocab.IRI) iter.Seq2[move.Recipient, error] {
	return all(ctx, m.s.db, func(rows *sql.Rows) (to move.Recipient, err error) { return to, rows.Scan(&to.ID, &to.Inbox) },
		`SELECT follower, inbox FROM follows WHERE followed = ? AND accepted AND follower > ?
			AND follower NOT IN (SELECT id FROM users) ORDER BY follower`, old, after)
}

// all yields the rows of a query.
func all[T any](ctx context.Context, db *sql.DB, scan func(*sql.Rows) (T, error), query string, args ...any) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		rows, err := db.QueryContext(ctx, query, args...)
		if err != nil {
			yield(none, err)
			return
		}
		defer rows.Close()
		for rows.Next() {
			if item, err := scan(rows); !yield(item, err) || err != nil {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(none, err)
		}
	}
}
