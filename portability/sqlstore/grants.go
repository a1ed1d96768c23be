package sqlstore

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"iter"
	"time"

	"codeberg.org/godwit/godwit/internal/sqldb"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/portability/consent"
	"codeberg.org/godwit/godwit/vocab"
)

var (
	_ consent.Grants         = (*Store)(nil)
	_ consent.ReceptionStore = (*Store)(nil)
)

// consentAtOnce is how many records are read at a time.
const consentAtOnce = 200

// scanRecord reads a version and a body.
func scanRecord(rows *sql.Rows, record any) (version int64, err error) {
	var text []byte
	if err := rows.Scan(&version, &text); err != nil {
		return 0, err
	}
	return version, json.Unmarshal(text, record)
}

// keptGrant returns a grant as it is read back.
func keptGrant(g consent.Grant) consent.Grant {
	for _, t := range []*time.Time{&g.Opened, &g.Expires, &g.Confirmed, &g.Used, &g.Revoked, &g.Seen} {
		*t = micro(*t)
	}
	return g
}

// Grant implements [consent.Grants].
func (s *Store) Grant(ctx context.Context, id string) (g consent.Grant, err error) {
	found := false
	err = s.statements.Query(ctx, "grants_get", func(rows *sql.Rows) (err error) {
		found = true
		g.Version, err = scanRecord(rows, &g)
		return err
	}, key(id))
	if err == nil && !found {
		err = fmt.Errorf("grant: %w", consent.ErrNoGrant)
	}
	return g, err
}

// PutGrant implements [consent.Grants].
func (s *Store) PutGrant(ctx context.Context, g consent.Grant) (consent.Grant, error) {
	if err := g.CheckTimes(); err != nil {
		return consent.Grant{}, fmt.Errorf("keep grant: %w", err)
	}
	g = keptGrant(g)
	args := []any{key(g.ID), key(g.Owner), inJSON(g)}
	statement := "grants_add"
	if g.Version > 0 {
		statement, args = "grants_put", []any{key(g.ID), g.Version, key(g.Owner), inJSON(g)}
	}
	if err := s.putRecord(ctx, statement, args); err != nil {
		return consent.Grant{}, fmt.Errorf("keep grant: %w", err)
	}
	g.Version++
	return g, nil
}

// putRecord runs a statement that must touch one row, unless somebody else has.
func (s *Store) putRecord(ctx context.Context, statement string, args []any) error {
	touched := int64(0)
	err := s.batcher.Do(ctx, func(tx *sqldb.Tx) (err error) {
		touched, err = tx.Exec(statement, args...)
		return err
	})
	if err == nil && touched == 0 {
		return portability.ErrOverwritten
	}
	return err
}

// Grants implements [consent.Grants].
func (s *Store) Grants(ctx context.Context, owner vocab.IRI) iter.Seq2[consent.Grant, error] {
	return pages(func(last *consent.Grant) (page []consent.Grant, err error) {
		after := ""
		if last != nil {
			after = last.ID
		}
		err = s.statements.Query(ctx, "grants_of", func(rows *sql.Rows) (err error) {
			var g consent.Grant
			g.Version, err = scanRecord(rows, &g)
			page = append(page, g)
			return err
		}, key(owner), key(after), int64(consentAtOnce))
		return page, err
	})
}

// Policy implements [consent.Policies].
func (s *Store) Policy(ctx context.Context) (p consent.Policy, err error) {
	err = s.statements.Query(ctx, "policy_get", func(rows *sql.Rows) (err error) {
		p.Version, err = scanRecord(rows, &p)
		return err
	})
	return p, err
}

// SetPolicy implements [consent.Policies].
func (s *Store) SetPolicy(ctx context.Context, p consent.Policy) (consent.Policy, error) {
	statement, args := "policy_add", []any{inJSON(p)}
	if p.Version > 0 {
		statement, args = "policy_put", []any{p.Version, inJSON(p)}
	}
	if err := s.putRecord(ctx, statement, args); err != nil {
		return consent.Policy{}, fmt.Errorf("set policy: %w", err)
	}
	p.Version++
	return p, nil
}
