package fediverse

import (
	"context"
	"errors"
	"time"

	"github.com/go-json-experiment/json"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/vocab"
)

// Choices are what an account's owner, or the moderators of its server, have decided.
type Choices struct {
	// Sign: the account has moved, and whoever opens one of its old pages sees a sign
	// that says so.
	Sign bool
	// Restricted: it can write nothing more. Its owner can still log in, take a backup,
	// and leave.
	Restricted bool
	// CopiedTo are accounts elsewhere that it has as well (FEP-7628).
	CopiedTo []vocab.IRI
	identity string
}

// ErrRestricted says that an account may write nothing more.
var ErrRestricted = errors.New("the account is restricted")

// ShowSign has a sign shown at the pages of an account that has moved.
func (s *Server) ShowSign(ctx context.Context, name string, show bool) error {
	return s.choose(ctx, name, "sign", show)
}

// Restrict is what moderators do to an account.
func (s *Server) Restrict(ctx context.Context, name string, restricted bool) error {
	return s.choose(ctx, name, "restricted", restricted)
}

// Identify makes an account show that its owner holds a key outside any server
// (FEP-c390).
func (s *Server) Identify(ctx context.Context, name string, key actor.PrivateKey) error {
	a, err := s.Account(ctx, name)
	if err != nil {
		return err
	}
	statement, err := actor.SignIdentity(a.ID, key, time.Now())
	if err != nil {
		return err
	}
	return s.choose(ctx, name, "identity", statement.String())
}

func (a Account) withIdentity(document *vocab.Object) (*vocab.Object, error) {
	statement, err := vocab.Parse([]byte(a.identity))
	if err != nil {
		return nil, err
	}
	return actor.WithIdentity(document, statement)
}

func (s *Server) copiedTo(ctx context.Context, name string, all []vocab.IRI) error {
	text, err := json.Marshal(all)
	if err != nil {
		return err
	}
	return s.choose(ctx, name, "copied_to", string(text))
}

// choose stores a choice; column is one of this file's.
func (s *Server) choose(ctx context.Context, name, column string, value any) error {
	a, err := s.Account(ctx, name)
	if err != nil {
		return err
	}
	_, err = s.db.ExecContext(ctx, `INSERT INTO choices (account, `+column+`) VALUES (?, ?)
		ON CONFLICT DO UPDATE SET `+column+` = excluded.`+column, a.ID, value)
	return err
}
