package fediverse

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/go-json-experiment/json"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/actor/client"
	"codeberg.org/godwit/godwit/vocab"
)

// ErrNoAccount says that there is no such account here.
var ErrNoAccount = errors.New("no such account")

// An Account is one account of a server.
type Account struct {
	ID      vocab.IRI
	Name    string
	Locked  bool // approves followers by hand
	MovedTo vocab.IRI
	Aliases []vocab.IRI
	Bio     string
	Came    vocab.IRI // the account that has moved to this one
	Choices
	former
	rsa, ed string
}

// Create makes an account, with keys of its own. One that is there is left as
// it is.
func (s *Server) Create(ctx context.Context, name string, locked bool) (vocab.IRI, error) {
	id := s.idOf(name)
	if there, err := s.account(ctx, id); !errors.Is(err, ErrNoAccount) {
		if err == nil && there.Name != name {
			err = ErrTaken
		}
		return id, err
	}
	rsaPEM, edPEM, err := s.newKeys(id)
	if err != nil {
		return id, fmt.Errorf("create account: %s: %w", name, err)
	}
	_, err = s.db.ExecContext(ctx, `INSERT INTO accounts (id, name, rsa_pem, ed_pem, locked, created)
		VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`, id, name, rsaPEM, edPEM, locked, time.Now().Unix())
	return id, err
}

func (s *Server) newKeys(id vocab.IRI) (rsaPEM, edPEM string, err error) {
	main, err := s.config.newRSA(id)
	if err != nil {
		return "", "", err
	}
	second, err := actor.GenerateEd25519(id)
	if err != nil {
		return "", "", err
	}
	if rsaPEM, err = main.PEM(); err != nil {
		return "", "", err
	}
	edPEM, err = second.PEM()
	return rsaPEM, edPEM, err
}

// Account returns an account by its name.
func (s *Server) Account(ctx context.Context, name string) (Account, error) {
	return s.account(ctx, s.idOf(name))
}

// Accounts returns all of them, in the order of their ids.
func (s *Server) Accounts(ctx context.Context) ([]Account, error) {
	rows, err := s.db.QueryContext(ctx, accountColumns+` ORDER BY id`)
	if err != nil {
		return nil, err
	}
	return scanAll(rows, scanAccount)
}

const accountColumns = `SELECT id, name, rsa_pem, ed_pem, locked, moved_to, aliases, bio, came,
	coalesce(sign, 0), coalesce(restricted, 0), coalesce(copied_to, '[]'), coalesce(identity, ''),
	coalesce(document, ''), coalesce(main_key, ''), coalesce(second_key, '')
	FROM accounts LEFT JOIN choices ON choices.account = id LEFT JOIN adopted ON adopted.account = id`

func (s *Server) account(ctx context.Context, id vocab.IRI) (Account, error) {
	a, err := scanAccount(s.db.QueryRowContext(ctx, accountColumns+` WHERE id = ?`, id))
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrNoAccount
	}
	return a, err
}

// A row is one row of a result.
type row interface{ Scan(...any) error }

func scanAccount(r row) (Account, error) {
	var a Account
	var aliases, copied, before string
	if err := r.Scan(&a.ID, &a.Name, &a.rsa, &a.ed, &a.Locked, &a.MovedTo, &aliases, &a.Bio, &a.Came,
		&a.Sign, &a.Restricted, &copied, &a.identity, &before, &a.mainKey, &a.secondKey); err != nil {
		return a, err
	}
	if err := a.parse(before); err != nil {
		return a, err
	}
	return a, errors.Join(json.Unmarshal([]byte(aliases), &a.Aliases), json.Unmarshal([]byte(copied), &a.CopiedTo))
}

// scanAll reads every row and closes them.
func scanAll[T any](rows *sql.Rows, scan func(row) (T, error)) ([]T, error) {
	defer rows.Close()
	var all []T
	for rows.Next() {
		one, err := scan(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, rows.Err()
}

// Alias makes an account claim others as its own (alsoKnownAs).
func (s *Server) Alias(ctx context.Context, name string, aliases ...vocab.IRI) error {
	text, err := json.Marshal(aliases)
	if err != nil {
		return err
	}
	return s.change(ctx, `UPDATE accounts SET aliases = ? WHERE name = ?`, string(text), name)
}

// SetMovedTo makes an account point at another, or, with "", at none. Nobody is
// told; see [Server.Depart].
func (s *Server) SetMovedTo(ctx context.Context, name string, to vocab.IRI) error {
	return s.change(ctx, `UPDATE accounts SET moved_to = ? WHERE name = ?`, to, name)
}

// Rekey gives an account new keys, as a new owner of a domain has to.
func (s *Server) Rekey(ctx context.Context, name string) error {
	id := s.idOf(name)
	rsaPEM, edPEM, err := s.newKeys(id)
	if err != nil {
		return err
	}
	s.signers.Delete(id)
	return s.change(ctx, `UPDATE accounts SET rsa_pem = ?, ed_pem = ? WHERE name = ?`, rsaPEM, edPEM, name)
}

func (s *Server) change(ctx context.Context, query string, args ...any) error {
	result, err := s.db.ExecContext(ctx, query, args...)
	if err != nil {
		return err
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		return errors.Join(err, ErrNoAccount)
	}
	return nil
}

func (a Account) keys() (main, second actor.PrivateKey, err error) {
	if main, err = actor.ParsePrivatePEM(cmp.Or(a.mainKey, actor.MainKeyID(a.ID)), a.ID, a.rsa); err != nil {
		return main, second, err
	}
	second, err = actor.ParsePrivatePEM(cmp.Or(a.secondKey, actor.Ed25519KeyID(a.ID)), a.ID, a.ed)
	return main, second, err
}

// signer signs as one of the accounts here.
func (s *Server) signer(ctx context.Context, owner vocab.IRI) (client.Signer, error) {
	if known, ok := s.signers.Load(owner); ok {
		return known.(*client.KeySigner), nil
	}
	a, err := s.account(ctx, owner)
	if err != nil {
		return nil, err
	}
	main, _, err := a.keys()
	if err != nil {
		return nil, err
	}
	signer, err := client.NewSigner(main)
	if err != nil {
		return nil, err
	}
	s.signers.Store(owner, signer)
	return signer, nil
}

// Document is the account as others see it.
func (a Account) Document(base string) (*vocab.Object, error) {
	member := func(p vocab.Property, value any) vocab.Member { return vocab.Member{Name: p, Value: value} }
	members := []vocab.Member{
		member(vocab.ID, a.ID),
		member(vocab.Type, vocab.TypePerson),
		member(vocab.Username, a.Name),
		member(vocab.Name, a.Name),
		member(vocab.Summary, a.Bio),
		member(vocab.URL, a.ID),
		member(vocab.Inbox, a.ID+"/inbox"),
		member(vocab.Outbox, a.ID+"/outbox"),
		member(vocab.Followers, a.ID+"/followers"),
		member(vocab.Following, a.ID+"/following"),
		member(vocab.ManualApprove, a.Locked),
		member(vocab.Endpoints, map[string]string{"sharedInbox": base + "/inbox"}),
	}
	if len(a.Aliases) > 0 {
		members = append(members, member(vocab.AlsoKnownAs, a.Aliases))
	}
	if a.MovedTo != "" {
		members = append(members, member(vocab.MovedTo, a.MovedTo))
	}
	if len(a.CopiedTo) > 0 {
		members = append(members, member(vocab.CopiedTo, a.CopiedTo))
	}
	members = a.asBefore(members)
	bare, err := vocab.Build(members...)
	if err != nil {
		return nil, err
	}
	document, err := vocab.Build(append([]vocab.Member{member(vocab.Context, vocab.ContextFor(bare, nil))}, members...)...)
	if err != nil {
		return nil, err
	}
	main, second, err := a.keys()
	if err != nil {
		return nil, err
	}
	document, err = actor.WithKeys(document, main.Public(), second.Public())
	if err != nil || a.identity == "" {
		return document, err
	}
	return a.withIdentity(document)
}
