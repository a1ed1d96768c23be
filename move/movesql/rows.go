package movesql

import (
	"database/sql"
	"encoding/json"
	"time"

	"codeberg.org/godwit/godwit/internal/sqldb"
	"codeberg.org/godwit/godwit/move"
)

// micro returns t as it is kept: in UTC, to the microsecond.
func micro(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }

// caseArgs are the columns of a case, in the order of the statements.
func caseArgs(c *move.Case) []any {
	return []any{
		text(c.ID), string(c.Side), text(c.Old), text(c.New), text(c.Claimed), int64(c.Generation),
		blob(c.Activity), blob(c.Update), text(c.Evidence.By), text(c.Evidence.Signer), text(c.Evidence.KeyID),
		text(c.Evidence.Fingerprint), sqldb.Micros(c.Evidence.At), sqldb.Micros(c.Evidence.Delivered),
		text(c.Secret), sqldb.Micros(c.Opened), sqldb.Micros(c.Begun), sqldb.Micros(c.Cancelled),
	}
}

// blob returns bytes as they are stored, NULL for none.
func blob(data []byte) any {
	if len(data) == 0 {
		return nil
	}
	return data
}

func scanCase(rows *sql.Rows) (c move.Case, err error) {
	err = rows.Scan(
		asText(&c.ID), &c.Side, asText(&c.Old), asText(&c.New), asText(&c.Claimed), &c.Generation,
		&c.Activity, &c.Update, asText(&c.Evidence.By), asText(&c.Evidence.Signer), asText(&c.Evidence.KeyID),
		asText(&c.Evidence.Fingerprint), sqldb.Time(&c.Evidence.At), sqldb.Time(&c.Evidence.Delivered),
		asText(&c.Secret), sqldb.Time(&c.Opened), sqldb.Time(&c.Begun), sqldb.Time(&c.Cancelled),
	)
	return c, err
}

// keptCase returns a new case as it will be read.
func keptCase(c move.Case) move.Case {
	c.Evidence.At, c.Evidence.Delivered = micro(c.Evidence.At), micro(c.Evidence.Delivered)
	c.Opened, c.Begun, c.Cancelled = micro(c.Opened), micro(c.Begun), micro(c.Cancelled)
	return c
}

// ownStep returns the own step of a new case as it will be read.
func ownStep(s move.Step, c *move.Case) move.Step {
	s.Case, s.Side, s.Party, s.Version = c.ID, c.Side, "", 1
	s.Due, s.Since = micro(s.Due), micro(s.Since)
	return s
}

// scanStep reads a step and, if there are more columns, those into more.
func scanStep(rows *sql.Rows, more ...any) (s move.Step, err error) {
	dest := append([]any{
		asText(&s.Case), asText(&s.Party), &s.Side, asText(&s.Host), asText(&s.State), sqldb.Time(&s.Due), &s.Attempts, &s.Status,
		asText(&s.Reason), asText(&s.From), asText(&s.Cursor), sqldb.Time(&s.Since), &s.Version,
	}, more...)
	err = rows.Scan(dest...)
	return s, err
}

// addStep adds a step of the case with a number unless it is there.
func addStep(tx *sqldb.Tx, number int64, s *move.Step) error {
	_, err := tx.Exec("step_add", stepArgs(number, s)...)
	return err
}

// stepArgs are the columns of a new step but for its version. The case is given
// by its number or its id, as the statement wants it.
func stepArgs(of any, s *move.Step) []any {
	return []any{
		of, text(s.Party), string(s.Side), text(s.Host), text(s.State), sqldb.Micros(s.Due), int64(s.Attempts),
		int64(s.Status), text(s.Reason), text(s.From), text(s.Cursor), sqldb.Micros(s.Since),
	}
}

// page returns steps as the statement that adds them all at once takes them, if there
// is one.
func (s *Store) page(side move.Side, steps []move.Step) (page string, ok bool) {
	if !s.whole {
		return "", false
	}
	rows := make([][]any, len(steps))
	for i := range steps {
		step := steps[i]
		step.Side = side
		rows[i] = stepArgs(nil, &step)[1:]
	}
	data, err := json.Marshal(rows)
	return string(data), err == nil
}
