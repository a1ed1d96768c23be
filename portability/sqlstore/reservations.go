package sqlstore

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"codeberg.org/godwit/godwit/internal/sqldb"
	"codeberg.org/godwit/godwit/portability/consent"
)

// Reserve implements [consent.Reservations].
func (s *Store) Reserve(ctx context.Context, r consent.Reservation, now time.Time) (held consent.Reservation, ok bool, err error) {
	if err := r.CheckTimes(); err != nil {
		return consent.Reservation{}, false, fmt.Errorf("keep reservation: %w", err)
	}
	r.Until = micro(r.Until)
	err = s.batcher.Do(ctx, func(tx *sqldb.Tx) error {
		for {
			touched, err := tx.Exec("reservations_put", key(r.Name), key(r.By), micros(r.Until), inJSON(r), micros(now))
			if err != nil {
				return err
			}
			if held, ok = r, touched > 0; ok {
				return nil
			}
			found := false
			err = tx.Query("reservations_get", func(rows *sql.Rows) error {
				found = true
				held, err = scanReservation(rows)
				return err
			}, key(r.Name))
			if err != nil || found {
				return err
			}
			// It was let go between the two: it is free now.
		}
	})
	return held, ok && err == nil, err
}

func scanReservation(rows *sql.Rows) (r consent.Reservation, err error) {
	var text []byte
	if err := rows.Scan(&text); err != nil {
		return r, err
	}
	return r, json.Unmarshal(text, &r)
}

// ReleaseName implements [consent.Reservations].
func (s *Store) ReleaseName(ctx context.Context, name, by string) error {
	return s.batcher.Do(ctx, func(tx *sqldb.Tx) error {
		_, err := tx.Exec("reservations_drop", key(name), key(by))
		return err
	})
}

// Reserved implements [consent.Reservations].
func (s *Store) Reserved(ctx context.Context, names []string, now time.Time) (map[string]consent.Reservation, error) {
	found := make(map[string]consent.Reservation, len(names))
	err := s.statements.Query(ctx, "reservations_found", func(rows *sql.Rows) error {
		r, err := scanReservation(rows)
		found[r.Name] = r
		return err
	}, keys(names), micros(now))
	if err != nil {
		return nil, err
	}
	return found, nil
}
