package sqlstore

import (
	"context"
	"crypto/rand"
	"database/sql"
	"fmt"
	"iter"

	"codeberg.org/godwit/godwit/internal/sqldb"
	"codeberg.org/godwit/godwit/portability/consent"
	"codeberg.org/godwit/godwit/vocab"
)

// consentLock makes those wait who count before they write.
func consentLock(tx *sqldb.Tx) error {
	return tx.Query("consent_lock", func(*sql.Rows) error { return nil })
}

// Record implements [consent.Decisions]. The numbers rise as decisions are
// committed: who reads on behind one misses none.
func (s *Store) Record(ctx context.Context, d consent.Decision) error {
	if err := d.CheckTimes(); err != nil {
		return fmt.Errorf("record decision: %w", err)
	}
	if d.ID == "" {
		d.ID = rand.Text()
	}
	d.At = micro(d.At)
	return s.batcher.Do(ctx, func(tx *sqldb.Tx) error {
		if err := consentLock(tx); err != nil {
			return err
		}
		_, err := tx.Exec("decisions_add", key(d.ID), key(d.Person), inJSON(d))
		return err
	})
}

// Decisions implements [consent.Decisions].
func (s *Store) Decisions(ctx context.Context, person vocab.IRI, after int64) iter.Seq2[consent.Decision, error] {
	return pages(func(last *consent.Decision) (page []consent.Decision, err error) {
		if last != nil {
			after = last.No
		}
		err = s.statements.Query(ctx, "decisions_of", func(rows *sql.Rows) error {
			var d consent.Decision
			no, err := scanRecord(rows, &d)
			d.No = no
			page = append(page, d)
			return err
		}, key(person), after, int64(consentAtOnce))
		return page, err
	})
}

// ForgetDecisions implements [consent.Decisions].
func (s *Store) ForgetDecisions(ctx context.Context, person vocab.IRI) error {
	return s.batcher.Do(ctx, func(tx *sqldb.Tx) error {
		_, err := tx.Exec("decisions_forget", key(person))
		return err
	})
}
