package fediverse

import (
	"cmp"
	"context"
	"crypto/ed25519"
	"crypto/rsa"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/portability/consent"
	"codeberg.org/godwit/godwit/portability/redirect"
	"codeberg.org/godwit/godwit/vocab"
)

// ErrTaken says that another account here has the name or the id already.
var ErrTaken = errors.New("another account here has it")

// A KeepError says that something may not come back under the id that it had.
type KeepError struct {
	ID       vocab.IRI
	Decision consent.Decision
}

func (e *KeepError) Error() string {
	return fmt.Sprintf("keep %s: %s", e.ID, e.Decision.Ground)
}

// An Adoption brings an account back to its own address, where other software was that
// made it: under its id, its name, its addresses and, where the operator has them, its keys.
type Adoption struct {
	// Operator is who runs the server and has asked for it.
	Operator string
	// Actor is the account's document, as the former software showed it.
	Actor *vocab.Object
	// Keys are those of the operator's export, called as the document calls them. What is
	// missing, one of RSA or one of Ed25519, is made anew.
	Keys []actor.PrivateKey
}

// former is what an adopted account was before.
type former struct {
	before             *vocab.Object // nil if it was made here
	mainKey, secondKey vocab.IRI     // what its keys are called; "" for the usual
}

func (f *former) parse(text string) (err error) {
	if text != "" {
		f.before, err = vocab.Parse([]byte(text))
	}
	return err
}

// Adopt takes an account in. Adopting it again changes nothing. What belongs to another
// account here, or to another server, is refused.
func (s *Server) Adopt(ctx context.Context, a Adoption) (Account, error) {
	id, name := a.Actor.ID(), a.Actor.Text(vocab.Username)
	if there, err := s.account(ctx, id); err == nil && there.Name == name && there.before != nil {
		return there, nil
	}
	if err := s.mayAdopt(ctx, a, name); err != nil {
		return Account{}, fmt.Errorf("adopt account: %w", err)
	}
	main, second, err := a.keys()
	if err != nil {
		return Account{}, fmt.Errorf("adopt account: %w", err)
	}
	if err := s.inTx(ctx, func(tx *sql.Tx) error { return a.store(ctx, tx, main, second) }); err != nil {
		return Account{}, fmt.Errorf("adopt account: %w", err)
	}
	adopted, err := s.account(ctx, id)
	if err == nil {
		s.formerly.add(s.config, adopted)
	}
	return adopted, err
}

// mayAdopt asks for the account itself and for every address of its own.
func (s *Server) mayAdopt(ctx context.Context, a Adoption, name string) error {
	id := a.Actor.ID()
	for _, taken := range []vocab.IRI{id, s.idOf(name)} {
		if _, err := s.account(ctx, taken); !errors.Is(err, ErrNoAccount) {
			return cmp.Or(err, ErrTaken)
		}
	}
	k := s.keeping(a.Operator, id)
	for _, address := range append([]vocab.IRI{id}, addressesOf(a.Actor)...) {
		if address != id && address.Origin() != s.config.Base {
			continue // a page elsewhere
		}
		if err := s.keep(ctx, s.db, k, name, address); err != nil {
			return err
		}
	}
	return s.copies.Record(ctx, consent.Decision{
		ID: "keep-ids " + string(id), At: time.Now(), Matter: consent.MatterKeepIDs, Verdict: consent.Allow, Person: id, Other: id, By: a.Operator,
	})
}

// keeping is what an operator asks for an account that comes back.
func (s *Server) keeping(operator string, account vocab.IRI) consent.Keeping {
	return consent.Keeping{
		Operator: operator, Home: vocab.IRI(s.config.Base + "/"), Account: account, Old: account, Standing: portability.Proved,
	}
}

// keep is a KeepError if an id may not be kept for the account with a name.
func (s *Server) keep(ctx context.Context, q asker, k consent.Keeping, name string, id vocab.IRI) (err error) {
	k.ID = id
	if k.Owner, err = s.owner(ctx, q, k.Account, name, id); err != nil {
		return err
	}
	if d := k.Judge(time.Now()); !d.Allowed() {
		return &KeepError{id, d}
	}
	return nil
}

// An asker is a database or a transaction.
type asker interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// owner returns the account, if another than this one, that has something under an id,
// whose addresses begin it, or whose name it says, be that account here or still to come.
func (s *Server) owner(ctx context.Context, q asker, account vocab.IRI, name string, id vocab.IRI) (owner vocab.IRI, err error) {
	form, _ := redirect.Parse(s.config.Former, id)
	if form.User != "" && !strings.EqualFold(form.User, name) {
		return s.idOf(form.User), nil
	}
	err = q.QueryRowContext(ctx, `
		SELECT account FROM items WHERE id = ?1 AND id <> '' AND account <> ?2
		UNION ALL SELECT account FROM addresses WHERE address = ?1 AND account <> ?2
		UNION ALL SELECT id FROM accounts WHERE id <> ?2
			AND (id = ?1 OR substr(?1, 1, length(id) + 1) IN (id || '/', id || '#', id || '?'))
		LIMIT 1`, id, account).Scan(&owner)
	if errors.Is(err, sql.ErrNoRows) {
		return s.formerly.other(id, account), nil
	}
	return owner, err
}

// keys returns the keys that the account goes on with.
func (a Adoption) keys() (main, second actor.PrivateKey, err error) {
	for _, k := range a.Keys {
		switch k.Signer.Public().(type) {
		case *rsa.PublicKey:
			main = k
		case ed25519.PublicKey:
			second = k
		}
	}
	if main.Signer == nil {
		main, err = actor.GenerateRSA(a.Actor.ID())
	}
	if second.Signer == nil && err == nil {
		second, err = actor.GenerateEd25519(a.Actor.ID())
	}
	return main, second, err
}

func (a Adoption) store(ctx context.Context, tx *sql.Tx, main, second actor.PrivateKey) error {
	rsaPEM, err := main.PEM()
	if err != nil {
		return err
	}
	edPEM, err := second.PEM()
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO accounts (id, name, rsa_pem, ed_pem, locked, bio, created) VALUES (?, ?, ?, ?, ?, ?, ?)`,
		a.Actor.ID(), a.Actor.Text(vocab.Username), rsaPEM, edPEM, a.Actor.Bool(vocab.ManualApprove), a.Actor.Text(vocab.Summary), time.Now().Unix())
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO adopted VALUES (?, ?, ?, ?)`, a.Actor.ID(), a.Actor.String(), main.ID, second.ID)
	return err
}

// ownAddresses are the properties of an actor that are addresses of its own.
var ownAddresses = []vocab.Property{vocab.URL, vocab.Inbox, vocab.Outbox, vocab.Followers, vocab.Following, vocab.Featured}

// addressesOf returns them. Takeouts have names of files in the place of some.
func addressesOf(o *vocab.Object) []vocab.IRI {
	var all []vocab.IRI
	for _, p := range ownAddresses {
		if at := o.IRI(p); at.IsHTTP() {
			all = append(all, at)
		}
	}
	return all
}

// asBefore gives an adopted account the addresses that it had.
func (a Account) asBefore(members []vocab.Member) []vocab.Member {
	if a.before == nil {
		return members
	}
	for i, m := range members {
		switch at := a.before.IRI(m.Name); {
		case m.Name == vocab.Type && a.before.IsActor():
			members[i].Value = a.before.Type()
		case m.Name == vocab.Name && a.before.Text(vocab.Name) != "":
			members[i].Value = a.before.Text(vocab.Name)
		case isOwnAddress(m.Name) && at.IsHTTP():
			members[i].Value = at
		}
	}
	for _, p := range carried {
		if a.before.Has(p) && !a.isFile(p) {
			members = append(members, vocab.Member{Name: p, Value: a.before.Get(p)})
		}
	}
	return members
}

// carried is what an account shows besides.
var carried = []vocab.Property{
	vocab.Featured, vocab.Published, vocab.Icon, vocab.Image, vocab.Attachment, vocab.Tag, vocab.Discoverable, vocab.Indexable,
}

// isFile reports whether a property names a file, as in takeouts, in place of an address.
func (f *former) isFile(p vocab.Property) bool {
	at := f.before.IRI(p)
	switch p {
	case vocab.Icon, vocab.Image:
		if picture := f.before.Child(p); picture != nil {
			at = picture.IRI(vocab.URL)
		}
		return !at.IsHTTP()
	case vocab.Featured:
		return !at.IsHTTP()
	}
	return false
}

func isOwnAddress(p vocab.Property) bool {
	for _, own := range ownAddresses {
		if p == own {
			return true
		}
	}
	return false
}

// page is where people find the account.
func (a Account) page() vocab.IRI {
	if a.before != nil && a.before.IRI(vocab.URL).IsHTTP() {
		return a.before.IRI(vocab.URL)
	}
	return a.ID
}
