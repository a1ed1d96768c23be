package fediverse

import (
	"context"
	"errors"
	"fmt"
	"time"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/vocab"
)

// A Decision is what moderators have decided of a post.
type Decision string

// The decisions.
const (
	Remove Decision = "removed" // nobody sees it any more
	Permit Decision = "allowed" // somebody has looked, and it stays
)

// A Record is one decision, as a server tells it.
type Record struct {
	Post     vocab.IRI
	Decision Decision
}

// ErrRecords says that records of moderation are not what they say they are.
var ErrRecords = errors.New("the moderation records are not signed by their server with a key known to be its own")

// Moderate records a decision, and does what it says. The post stays its owner's, and
// goes along with a backup.
func (s *Server) Moderate(ctx context.Context, post vocab.IRI, d Decision) error {
	_, err := s.db.ExecContext(ctx, `UPDATE items SET hidden = ? WHERE id = ?`, d == Remove, post)
	if err != nil {
		return err
	}
	_, err = s.db.ExecContext(ctx, `INSERT INTO moderation VALUES (?, ?, ?)
		ON CONFLICT DO UPDATE SET decision = excluded.decision, at = excluded.at`, post, string(d), time.Now().Unix())
	return err
}

// ModerationRecords is what was decided of an account's posts, signed with the key of
// the server's own account ([Config].Reader).
func (s *Server) ModerationRecords(ctx context.Context, name string) (*vocab.Object, error) {
	owner, err := s.Account(ctx, s.config.Reader)
	if err != nil {
		return nil, fmt.Errorf("sign records: the server's own account: %w", err)
	}
	_, key, err := owner.keys()
	if err != nil {
		return nil, err
	}
	rows, err := s.db.QueryContext(ctx, `SELECT post, decision FROM moderation
		WHERE post IN (SELECT id FROM items WHERE account = ?) ORDER BY post`, s.config.Base+"/users/"+name)
	if err != nil {
		return nil, err
	}
	all, err := scanAll(rows, func(r row) (found Record, err error) { return found, r.Scan(&found.Post, &found.Decision) })
	if err != nil {
		return nil, err
	}
	o, err := s.recordsOf(owner.ID, name, all)
	if err != nil {
		return nil, err
	}
	return actor.SignProof(o, key, time.Now(), nil)
}

func (s *Server) recordsOf(owner vocab.IRI, name string, all []Record) (*vocab.Object, error) {
	items := []map[string]string{}
	for _, r := range all {
		items = append(items, map[string]string{"object": string(r.Post), "decision": string(r.Decision)})
	}
	return vocab.Build(
		vocab.Member{Name: vocab.Context, Value: []any{
			vocab.ContextAS, "https://w3id.org/security/data-integrity/v1", map[string]string{"decision": "https://codeberg.org/godwit/ns#decision"},
		}},
		vocab.Member{Name: vocab.ID, Value: s.config.Base + "/moderation/" + name},
		vocab.Member{Name: vocab.Type, Value: vocab.TypeCollection},
		vocab.Member{Name: vocab.AttributedTo, Value: owner},
		vocab.Member{Name: vocab.Items, Value: items},
	)
}

// ReadRecords returns what another server's records say, if they are signed with a key
// that is remembered of that server's own account: the server may be gone.
func (s *Server) ReadRecords(ctx context.Context, by vocab.IRI, o *vocab.Object) ([]Record, error) {
	known, err := s.store.Keys(ctx, by)
	if err != nil {
		return nil, err
	}
	for _, k := range known {
		key, err := k.Key()
		if err == nil && k.Withdrawn.IsZero() && o.IRI(vocab.AttributedTo) == by && actor.VerifyProof(o, key, nil) == nil {
			return recordsIn(o, by), nil
		}
	}
	return nil, ErrRecords
}

func recordsIn(o *vocab.Object, by vocab.IRI) []Record {
	var all []Record
	for _, item := range o.Children(vocab.Items) {
		// A server has nothing to say of what stands on another one.
		if post := item.IRI(vocab.ObjectProperty); vocab.SameOrigin(post, by) {
			all = append(all, Record{Post: post, Decision: Decision(item.Text("decision"))})
		}
	}
	return all
}
