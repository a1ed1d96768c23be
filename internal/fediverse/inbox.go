package fediverse

import (
	"context"
	"database/sql"
	"errors"
	"io"
	"net/http"
	"time"

	"codeberg.org/godwit/godwit/actor/client"
	"codeberg.org/godwit/godwit/move"
	"codeberg.org/godwit/godwit/vocab"
)

const maxBody = 1 << 20

// errForbidden says that an activity is not its sender's to send.
var errForbidden = errors.New("the activity is not its sender's to send")

// inbox takes in one activity.
func (s *Server) inbox(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		http.Error(w, "the activity is too large", http.StatusRequestEntityTooLarge)
		return
	}
	activity, err := vocab.Parse(body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	if err := s.mayReach(r.Context(), activity.IRI(vocab.Actor)); err != nil {
		s.refuse(w, err)
		return
	}
	d := move.Delivery{Activity: activity}
	sender, err := s.client.Verify(r.Context(), r, body)
	switch {
	case err == nil:
		d.Signature = sender.Signature()
	case !activity.Has(vocab.Proof):
		http.Error(w, err.Error(), client.Status(err))
		return
	}
	// What somebody else sends on must not pass for what its actor will send.
	own := sender != nil && sender.Owner == activity.IRI(vocab.Actor)
	if own && s.client.Seen(activity.ID(), body) {
		w.WriteHeader(http.StatusAccepted)
		return
	}
	verdict, err := s.take(r.Context(), d, sender)
	if err != nil || verdict.Outcome == move.Refuse {
		s.client.Forget(activity.ID(), body) // it may be sent again
	}
	if err != nil {
		s.refuse(w, err)
		return
	}
	w.WriteHeader(http.StatusAccepted)
}

func (s *Server) refuse(w http.ResponseWriter, err error) {
	if errors.Is(err, errForbidden) || errors.Is(err, ErrFenced) {
		http.Error(w, err.Error(), http.StatusForbidden)
		return
	}
	s.failed(err)
	http.Error(w, "try again later", http.StatusServiceUnavailable)
}

// take does what an activity asks for, and returns what was concluded if it is
// a Move. A Move may be vouched for by a proof
// inside it; everything else is its sender's own.
func (s *Server) take(ctx context.Context, d move.Delivery, sender *client.Verified) (verdict move.Verdict, err error) {
	by := d.Activity.IRI(vocab.Actor)
	if !d.Activity.Is(vocab.TypeMove) && (d.Signature == nil || d.Signature.Owner != by) {
		return verdict, errForbidden
	}
	switch {
	case d.Activity.Is(vocab.TypeMove) && s.manners.hasty.Load() != nil:
		verdict, err = s.hurry(ctx, d)
	case d.Activity.Is(vocab.TypeMove):
		verdict, err = s.receiver.Receive(ctx, d)
	case d.Activity.Is(vocab.TypeUpdate):
		if _, err := s.client.Introduced(ctx, sender, d.Activity); err != nil && !errors.Is(err, client.ErrNotIntroduced) {
			return verdict, err
		}
		if verdict, err = s.receiver.Receive(ctx, d); err == nil {
			err = s.heardOfCopy(ctx, by, d.Activity)
		}
	case d.Activity.Is(vocab.TypeFollow):
		err = s.followed(ctx, by, d.Activity)
	case d.Activity.Is(vocab.TypeUndo):
		err = s.unfollowed(ctx, by, d.Activity)
	case d.Activity.Is(vocab.TypeAccept):
		err = s.accepted(ctx, by, d.Activity)
	case d.Activity.Is(vocab.TypeReject):
		err = s.rejected(ctx, by, d.Activity)
	}
	if err != nil {
		return verdict, err
	}
	return verdict, s.log(ctx, by, d.Activity, verdict)
}

// log keeps what came in, for those who test their server against this one.
func (s *Server) log(ctx context.Context, by vocab.IRI, activity *vocab.Object, verdict move.Verdict) error {
	word := string(verdict.Outcome)
	if verdict.Reason != "" {
		word += " " + string(verdict.Reason)
	}
	_, err := s.db.ExecContext(ctx, `INSERT INTO received (actor, type, body, verdict, at) VALUES (?, ?, ?, ?, ?)`,
		by, activity.Type(), activity.String(), word, time.Now().UnixMilli())
	return err
}

// followed takes in a Follow of an account here.
func (s *Server) followed(ctx context.Context, by vocab.IRI, activity *vocab.Object) error {
	account, err := s.account(ctx, activity.IRI(vocab.ObjectProperty))
	if errors.Is(err, ErrNoAccount) {
		return nil
	}
	if err != nil {
		return err
	}
	to, err := s.lookUp(ctx, by)
	if err != nil {
		return err
	}
	r := request{account: account.ID, by: by, follow: activity.ID(), to: to}
	blocked, err := s.blocks(ctx, account.ID, by)
	switch {
	case err != nil:
		return err
	case account.MovedTo != "", blocked:
		return s.settle(ctx, r, false)
	}
	switch answer := s.manners.answer(by); {
	case answer == No:
		return s.settle(ctx, r, false)
	case answer == None, answer == "" && account.Locked:
		return s.transact(ctx, func(tx *sql.Tx) error { return recordFollower(ctx, tx, r, "pending") })
	}
	return s.settle(ctx, r, true)
}

func (s *Server) blocks(ctx context.Context, account, other vocab.IRI) (bool, error) {
	var n int
	err := s.db.QueryRowContext(ctx, `SELECT count(*) FROM relations
		WHERE account = ? AND kind = 'blocks' AND other IN (?, ?)`, account, other, other.Host()).Scan(&n)
	return n > 0, err
}

// follow returns the two ends of the Follow that an Undo, Accept or Reject is
// about, be it embedded or only named. None of it is believed: the caller
// compares the ends with its own relations.
func (s *Server) follow(ctx context.Context, activity *vocab.Object) (by, target vocab.IRI, err error) {
	if inner := activity.Child(vocab.ObjectProperty); inner != nil && inner.Is(vocab.TypeFollow) {
		return inner.IRI(vocab.Actor), inner.IRI(vocab.ObjectProperty), nil
	}
	err = s.db.QueryRowContext(ctx, `SELECT iif(kind = 'follows', account, other), iif(kind = 'follows', other, account)
		FROM relations WHERE follow = ? AND kind IN ('follows', 'follower')`, activity.IRI(vocab.ObjectProperty)).Scan(&by, &target)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return by, target, err
}

// unfollowed takes in an Undo. After a move it is a sign that the Move arrived.
func (s *Server) unfollowed(ctx context.Context, by vocab.IRI, activity *vocab.Object) error {
	follower, target, err := s.follow(ctx, activity)
	if err != nil || follower != by || !s.ours(target) {
		return err
	}
	if err := s.announcer.Observed(ctx, target, by); err != nil {
		return err
	}
	_, err = s.db.ExecContext(ctx, `DELETE FROM relations WHERE account = ? AND other = ? AND kind = 'follower'`, target, by)
	return err
}

// accepted takes in an Accept of a Follow by an account here.
func (s *Server) accepted(ctx context.Context, by vocab.IRI, activity *vocab.Object) error {
	party, target, err := s.follow(ctx, activity)
	if err != nil || target != by || !s.ours(party) {
		return err
	}
	if _, err := s.db.ExecContext(ctx, `UPDATE relations SET state = 'accepted'
		WHERE account = ? AND other = ? AND kind = 'follows'`, party, target); err != nil {
		return err
	}
	return s.receiver.Accepted(ctx, party, target)
}

// rejected takes in a Reject, which may also end a follow that was accepted
// once.
func (s *Server) rejected(ctx context.Context, by vocab.IRI, activity *vocab.Object) error {
	party, target, err := s.follow(ctx, activity)
	if err != nil || target != by || !s.ours(party) {
		return err
	}
	return s.refused(ctx, party, target)
}

func (s *Server) refused(ctx context.Context, party, target vocab.IRI) error {
	if _, err := s.db.ExecContext(ctx, `DELETE FROM relations
		WHERE account = ? AND other = ? AND kind = 'follows'`, party, target); err != nil {
		return err
	}
	return s.receiver.Rejected(ctx, party, target)
}
