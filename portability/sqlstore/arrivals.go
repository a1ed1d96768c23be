package sqlstore

import (
	"context"
	"database/sql"
	"fmt"
	"iter"
	"time"

	"codeberg.org/godwit/godwit/internal/sqldb"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/portability/consent"
)

// keptArrival returns an arrival as it is read back.
func keptArrival(a consent.Arrival) consent.Arrival {
	for _, t := range []*time.Time{&a.Asked, &a.Admitted, &a.Updated, &a.Evidence.At, &a.Decision.At} {
		*t = micro(*t)
	}
	return a
}

// Arrival implements [consent.Arrivals].
func (s *Store) Arrival(ctx context.Context, id string) (a consent.Arrival, err error) {
	found := false
	err = s.statements.Query(ctx, "arrivals_get", func(rows *sql.Rows) (err error) {
		found = true
		a, err = scanArrival(rows)
		return err
	}, key(id))
	if err == nil && !found {
		err = fmt.Errorf("arrival: %w", consent.ErrNoArrival)
	}
	return a, err
}

func scanArrival(rows *sql.Rows) (a consent.Arrival, err error) {
	version, err := scanRecord(rows, &a)
	a.Version = version
	return a, err
}

// PutArrival implements [consent.Arrivals].
func (s *Store) PutArrival(ctx context.Context, a consent.Arrival, r consent.Ration) (consent.Arrival, error) {
	if err := a.CheckTimes(); err != nil {
		return consent.Arrival{}, fmt.Errorf("keep arrival: %w", err)
	}
	a = keptArrival(a)
	err := s.batcher.Do(ctx, func(tx *sqldb.Tx) error {
		if err := admits(tx, a, r); err != nil {
			return err
		}
		return putArrival(tx, a)
	})
	if err != nil {
		return consent.Arrival{}, fmt.Errorf("keep arrival: %w", err)
	}
	a.Version++
	return a, nil
}

// admits makes sure that one more may come, where one does.
func admits(tx *sqldb.Tx, a consent.Arrival, r consent.Ration) error {
	if a.Admitted.IsZero() || r.Accounts <= 0 {
		return nil
	}
	if err := consentLock(tx); err != nil {
		return err
	}
	var before consent.Arrival
	err := tx.Query("arrivals_get", func(rows *sql.Rows) (err error) {
		before, err = scanArrival(rows)
		return err
	}, key(a.ID))
	switch {
	case err != nil:
		return err
	case before.Version != a.Version:
		return portability.ErrOverwritten
	case !before.Admitted.IsZero():
		return nil
	}
	all, own := 0, 0
	err = tx.Query("arrivals_others", func(rows *sql.Rows) error { return rows.Scan(&all, &own) }, key(a.ID), micros(r.Since))
	if err == nil && all-own >= r.Accounts {
		return consent.ErrFull
	}
	return err
}

func putArrival(tx *sqldb.Tx, a consent.Arrival) error {
	statement := "arrivals_put"
	if a.Version == 0 {
		statement = "arrivals_add"
	}
	touched, err := tx.Exec(statement, key(a.ID), a.Version, key(a.Old), string(a.State), flag(a.Told != a.State),
		sqldb.Micros(a.Admitted), inJSON(a), a.Running())
	if err != nil || touched > 0 {
		return err
	}
	return notPut(tx, a)
}

// notPut tells why an arrival was not stored.
func notPut(tx *sqldb.Tx, a consent.Arrival) error {
	there := false
	err := tx.Query("arrivals_get", func(rows *sql.Rows) (err error) {
		there = true
		_, err = scanArrival(rows)
		return err
	}, key(a.ID))
	switch {
	case err != nil:
		return err
	case a.Version == 0 && !there:
		return consent.ErrRunning
	}
	return portability.ErrOverwritten
}

// Arrivals implements [consent.Arrivals].
func (s *Store) Arrivals(ctx context.Context, f consent.ArrivalFilter, after string) iter.Seq2[consent.Arrival, error] {
	statement, args := arrivalsBy(f)
	all := pages(func(last *consent.Arrival) (page []consent.Arrival, err error) {
		if last != nil {
			after = last.ID
		}
		err = s.statements.Query(ctx, statement, func(rows *sql.Rows) error {
			a, err := scanArrival(rows)
			page = append(page, a)
			return err
		}, append([]any{key(after), int64(consentAtOnce)}, args...)...)
		return page, err
	})
	return func(yield func(consent.Arrival, error) bool) {
		for a, err := range all {
			if (err != nil || f.Passes(a)) && !yield(a, err) {
				return
			}
		}
	}
}

// arrivalsBy returns the statement that reads the fewest rows, and what it asks for
// beside position and number.
func arrivalsBy(f consent.ArrivalFilter) (statement string, args []any) {
	switch {
	case f.Old != "":
		return "arrivals_of", []any{key(f.Old)}
	case f.Untold:
		return "arrivals_untold", nil
	case f.State != "":
		return "arrivals_in", []any{string(f.State)}
	case !f.Since.IsZero():
		return "arrivals_since", []any{micros(f.Since)}
	}
	return "arrivals_all", nil
}
