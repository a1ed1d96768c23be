package movesql

import (
	"context"
	"database/sql"
	"fmt"
	"iter"
	"time"

	"codeberg.org/godwit/godwit/internal/sqldb"
	"codeberg.org/godwit/godwit/move"
	"codeberg.org/godwit/godwit/vocab"
)

// Add implements [move.Steps].
func (s *Store) Add(ctx context.Context, id string, steps []move.Step, cursor string) error {
	return s.batcher.Do(ctx, func(tx *sqldb.Tx) error {
		var number int64
		var side move.Side
		err := tx.Query("step_cursor", func(rows *sql.Rows) error { return rows.Scan(&number, &side) }, text(id), text(cursor))
		switch {
		case err != nil:
			return err
		case number == 0:
			return fmt.Errorf("add steps: case %s: %w", id, move.ErrNoCase)
		}
		return s.addSteps(tx, number, side, steps)
	})
}

func (s *Store) addSteps(tx *sqldb.Tx, number int64, side move.Side, steps []move.Step) error {
	if page, ok := s.page(side, steps); ok {
		_, err := tx.Exec("steps_add", number, page)
		return err
	}
	for _, step := range steps {
		step.Side = side
		if err := addStep(tx, number, &step); err != nil {
			return err
		}
	}
	return nil
}

// Advance implements [move.Steps].
func (s *Store) Advance(ctx context.Context, steps ...move.Step) error {
	return s.batcher.Do(ctx, func(tx *sqldb.Tx) error {
		stale := 0
		for i := range steps {
			stored, err := advance(tx, &steps[i])
			if err != nil {
				return err
			}
			if !stored {
				stale++
			}
		}
		if stale > 0 {
			return fmt.Errorf("advance: %d of %d steps: %w", stale, len(steps), move.ErrStale)
		}
		return nil
	})
}

func advance(tx *sqldb.Tx, s *move.Step) (stored bool, err error) {
	n, err := tx.Exec("step_advance",
		text(s.Case), text(s.Party), s.Version, text(s.Host), text(s.State), sqldb.Micros(s.Due), int64(s.Attempts),
		int64(s.Status), text(s.Reason), text(s.From), text(s.Cursor), sqldb.Micros(s.Since))
	return n > 0, err
}

// Next implements [move.Steps].
func (s *Store) Next(ctx context.Context, side move.Side) (next time.Time, err error) {
	err = s.statements.Query(ctx, "step_next", func(rows *sql.Rows) error {
		return rows.Scan(sqldb.Time(&next))
	}, string(side))
	return next, err
}

// listPage is how many steps are read at once. No connection is held while the
// caller has them.
const listPage = 500

// List implements [move.Steps].
func (s *Store) List(ctx context.Context, id string, after vocab.IRI) iter.Seq2[move.Step, error] {
	return func(yield func(move.Step, error) bool) {
		for {
			var page []move.Step
			err := s.statements.Page(ctx, "steps_list", into(&page), text(id), text(after), int64(listPage))
			if err != nil {
				yield(move.Step{}, err)
				return
			}
			for _, step := range page {
				if !yield(step, nil) {
					return
				}
			}
			if len(page) < listPage {
				return
			}
			after = page[len(page)-1].Party
		}
	}
}

// Find implements [move.Steps].
func (s *Store) Find(ctx context.Context, id string, party vocab.IRI) (move.Step, error) {
	found, err := s.steps(ctx, "step", text(id), text(party))
	switch {
	case err != nil:
		return move.Step{}, err
	case len(found) == 0:
		return move.Step{}, fmt.Errorf("find step: case %s: %w", id, move.ErrNoCase)
	}
	return found[0], nil
}

// Of implements [move.Steps].
func (s *Store) Of(ctx context.Context, side move.Side, party vocab.IRI) ([]move.Step, error) {
	return s.steps(ctx, "steps_of", string(side), text(party))
}

func (s *Store) steps(ctx context.Context, statement string, args ...any) (steps []move.Step, err error) {
	err = s.reader.Do(ctx, func(tx *sqldb.Tx) error {
		steps = nil
		return tx.Query(statement, into(&steps), args...)
	})
	return steps, err
}

// into returns what reads each row as one more step.
func into(steps *[]move.Step) func(*sql.Rows) error {
	return func(rows *sql.Rows) error {
		step, err := scanStep(rows)
		*steps = append(*steps, step)
		return err
	}
}
