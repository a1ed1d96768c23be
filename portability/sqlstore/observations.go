package sqlstore

import (
	"context"
	"database/sql"
	"fmt"

	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

var _ portability.Observations = (*Store)(nil)

// Observation implements [portability.Observations].
func (s *Store) Observation(ctx context.Context, old vocab.IRI) (o portability.Observation, found bool, err error) {
	err = s.statements.Query(ctx, "observations_get", func(rows *sql.Rows) (err error) {
		found = true
		o.Version, err = scanRecord(rows, &o)
		return err
	}, key(old))
	return o, found && err == nil, err
}

// Observe implements [portability.Observations].
func (s *Store) Observe(ctx context.Context, o portability.Observation) error {
	if err := portability.CheckTimes(o.First, o.Last, o.Revoked); err != nil {
		return fmt.Errorf("keep observation: %w", err)
	}
	o.First, o.Last, o.Revoked = micro(o.First), micro(o.Last), micro(o.Revoked)
	statement, args := "observations_add", []any{key(o.Old), inJSON(o)}
	if o.Version > 0 {
		statement, args = "observations_put", []any{key(o.Old), o.Version, inJSON(o)}
	}
	if err := s.putRecord(ctx, statement, args); err != nil {
		return fmt.Errorf("keep observation: %w", err)
	}
	return nil
}
