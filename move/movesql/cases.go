package movesql

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"codeberg.org/godwit/godwit/internal/sqldb"
	"codeberg.org/godwit/godwit/move"
	"codeberg.org/godwit/godwit/vocab"
)

// An entry is a case with its own step.
type entry struct {
	move.Case
	own     move.Step
	created bool
}

// enter writes a case, and returns what is kept of it.
func (s *Store) enter(ctx context.Context, write func(*sqldb.Tx) (entry, error)) (move.Case, move.Step, bool, error) {
	var e entry
	err := s.batcher.Do(ctx, func(tx *sqldb.Tx) (err error) {
		e, err = write(tx)
		return err
	})
	if err != nil {
		return move.Case{}, move.Step{}, false, err
	}
	return e.Case, e.own, e.created, nil
}

// Open implements [move.Cases].
func (s *Store) Open(ctx context.Context, c move.Case, own move.Step) (move.Case, move.Step, bool, error) {
	c.Begun = time.Time{}
	return s.enter(ctx, func(tx *sqldb.Tx) (entry, error) {
		added, err := tx.Exec("case_open", caseArgs(&c)...)
		switch {
		case err != nil:
			return entry{}, err
		case added > 0:
			return addOwn(tx, c, own)
		}
		return readEntry(tx, c.ID)
	})
}

// Begin implements [move.Cases].
func (s *Store) Begin(ctx context.Context, c move.Case, own move.Step, notBefore time.Time) (move.Case, move.Step, bool, error) {
	if c.Begun.IsZero() {
		return move.Case{}, move.Step{}, false, fmt.Errorf("begin case: %s: the time of beginning is not set", c.ID)
	}
	return s.enter(ctx, func(tx *sqldb.Tx) (entry, error) {
		begun, err := tx.Exec("case_begin", append(caseArgs(&c), micros(notBefore), string(move.Cancelled))...)
		switch {
		case err != nil:
			return entry{}, err
		case begun == 0:
			return notBegun(tx, c.ID)
		}
		return beginOwn(tx, c, ownStep(own, &c))
	})
}

// beginOwn stores the own step of a case that was just begun. Its version tells
// whether the case was added by that or had been opened before.
func beginOwn(tx *sqldb.Tx, c move.Case, own move.Step) (entry, error) {
	e := entry{Case: keptCase(c), created: true}
	err := tx.Query("step_begin", func(rows *sql.Rows) (err error) {
		e.own, err = scanStep(rows)
		return err
	}, stepArgs(text(c.ID), &own)...)
	if err != nil || e.own.Version == 1 {
		return e, err
	}
	e.Case, err = readCase(tx, c.ID)
	return e, err
}

// notBegun returns a case that was begun or cancelled already, or says that
// another one is too recent.
func notBegun(tx *sqldb.Tx, id string) (entry, error) {
	kept, err := readEntry(tx, id)
	switch {
	case err != nil && !errors.Is(err, move.ErrNoCase):
		return entry{}, err
	case err == nil && (!kept.Begun.IsZero() || !kept.Cancelled.IsZero() || kept.own.State == move.Cancelled):
		return kept, nil
	}
	return entry{}, fmt.Errorf("begin case: %s: %w", id, move.ErrCooldown)
}

// micros is for comparing: there the zero time is before all others.
func micros(t time.Time) int64 { return t.UnixMicro() }

// addOwn adds the own step of a case that was just added.
func addOwn(tx *sqldb.Tx, c move.Case, own move.Step) (entry, error) {
	own = ownStep(own, &c)
	_, err := tx.Exec("step_add_own", stepArgs(text(c.ID), &own)...)
	return entry{keptCase(c), own, true}, err
}

func readCase(tx *sqldb.Tx, id string) (c move.Case, err error) {
	found := false
	err = tx.Query("case", func(rows *sql.Rows) (err error) {
		found = true
		c, err = scanCase(rows)
		return err
	}, text(id))
	if err == nil && !found {
		err = fmt.Errorf("case: %s: %w", id, move.ErrNoCase)
	}
	return c, err
}

func readEntry(tx *sqldb.Tx, id string) (e entry, err error) {
	if e.Case, err = readCase(tx, id); err != nil {
		return entry{}, err
	}
	err = tx.Query("step", func(rows *sql.Rows) (err error) {
		e.own, err = scanStep(rows)
		return err
	}, text(id), "")
	return e, err
}

// Cancel implements [move.Cases].
func (s *Store) Cancel(ctx context.Context, id string, at time.Time) error {
	return s.batcher.Do(ctx, func(tx *sqldb.Tx) error {
		found, err := tx.Exec("case_cancel", text(id), sqldb.Micros(at))
		if err == nil && found == 0 {
			err = fmt.Errorf("cancel case: %s: %w", id, move.ErrNoCase)
		}
		return err
	})
}

// Case implements [move.Cases].
func (s *Store) Case(ctx context.Context, id string) (c move.Case, err error) {
	err = s.reader.Do(ctx, func(tx *sqldb.Tx) (err error) {
		c, err = readCase(tx, id)
		return err
	})
	return c, err
}

// aboutAtOnce is how many actors the statement takes.
const aboutAtOnce = 2

// About implements [move.Cases].
func (s *Store) About(ctx context.Context, side move.Side, actors ...vocab.IRI) ([]move.Case, error) {
	var found []move.Case
	err := s.reader.Do(ctx, func(tx *sqldb.Tx) (err error) {
		found, err = about(tx, side, actors)
		return err
	})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(found, func(a, b move.Case) int {
		return cmp.Or(b.Opened.Compare(a.Opened), cmp.Compare(a.ID, b.ID))
	})
	return found, nil
}

func about(tx *sqldb.Tx, side move.Side, actors []vocab.IRI) (found []move.Case, err error) {
	seen := map[string]bool{}
	for some := range slices.Chunk(actors, aboutAtOnce) {
		args := []any{string(side)}
		for i := range aboutAtOnce {
			args = append(args, text(some[min(i, len(some)-1)]))
		}
		err := tx.Query("cases_about", func(rows *sql.Rows) error {
			c, err := scanCase(rows)
			if err == nil && !seen[c.ID] {
				seen[c.ID] = true
				found = append(found, c)
			}
			return err
		}, args...)
		if err != nil {
			return nil, err
		}
	}
	return found, nil
}
