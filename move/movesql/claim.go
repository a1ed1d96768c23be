package movesql

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"slices"
	"time"

	"codeberg.org/godwit/godwit/internal/sqldb"
	"codeberg.org/godwit/godwit/move"
)

// Claim implements [move.Steps].
func (s *Store) Claim(ctx context.Context, side move.Side, now time.Time, lease time.Duration, n, perHost int) (steps []move.Step, err error) {
	if n <= 0 || perHost <= 0 {
		return nil, ctx.Err()
	}
	err = s.batcher.Do(ctx, func(tx *sqldb.Tx) (err error) {
		c := claim{tx, string(side), micros(now), int64(n), int64(perHost)}
		if err := c.expire(lease); err != nil {
			return err
		}
		steps, err = c.take(micros(now.Add(lease)))
		return err
	})
	return steps, err
}

type claim struct {
	tx         *sqldb.Tx
	side       string
	now        int64
	n, perHost int64
}

func (c claim) take(until int64) ([]move.Step, error) {
	numbers, all, err := c.longestDue()
	if err == nil && !all && int64(len(numbers)) < c.n {
		numbers, err = c.ofEachHost()
	}
	if err != nil || len(numbers) == 0 {
		return nil, err
	}
	return c.lease(numbers, until)
}

// lookAhead is how many times as many steps as are wanted are read in the hope
// that enough of them are of different hosts.
const lookAhead = 4

// longestDue chooses among the steps that are due longest. It reports whether
// it saw all that are due.
func (c claim) longestDue() (numbers []int64, all bool, err error) {
	limit := c.n * lookAhead
	if c.perHost >= c.n {
		limit = c.n
	}
	seen, count := int64(0), map[string]int64{}
	err = c.tx.Page("claim_due", func(rows *sql.Rows) error {
		var no int64
		var host string
		if err := rows.Scan(&no, &host); err != nil {
			return err
		}
		seen++
		if count[host]++; count[host] <= c.perHost && int64(len(numbers)) < c.n {
			numbers = append(numbers, no)
		}
		if int64(len(numbers)) == c.n {
			return sqldb.ErrEnough
		}
		return nil
	}, c.side, c.now, limit)
	return numbers, seen < limit, err
}

// ofEachHost chooses the same, at a cost that grows with the number of hosts
// rather than with the number of steps.
func (c claim) ofEachHost() (numbers []int64, err error) {
	err = c.tx.Query("claim_fair", func(rows *sql.Rows) error {
		var no int64
		var host string
		err := rows.Scan(&no, &host)
		numbers = append(numbers, no)
		return err
	}, c.side, c.now, c.n, c.perHost)
	return numbers, err
}

func (c claim) lease(numbers []int64, until int64) ([]move.Step, error) {
	list, err := json.Marshal(numbers)
	if err != nil {
		return nil, err
	}
	type numbered struct {
		move.Step
		no int64
	}
	claimed := make([]numbered, 0, len(numbers))
	err = c.tx.Query("claim_lease", func(rows *sql.Rows) (err error) {
		var s numbered
		s.Step, err = scanStep(rows, &s.no)
		claimed = append(claimed, s)
		return err
	}, string(list), until)
	slices.SortFunc(claimed, func(a, b numbered) int { return cmp.Or(a.Due.Compare(b.Due), cmp.Compare(a.no, b.no)) })
	steps := make([]move.Step, len(claimed))
	for i, s := range claimed {
		steps[i] = s.Step
	}
	return steps, err
}
