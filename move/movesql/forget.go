package movesql

import (
	"context"
	"database/sql"
	"encoding/json"
	"time"

	"codeberg.org/godwit/godwit/internal/sqldb"
	"codeberg.org/godwit/godwit/move"
)

var _ move.Pruner = (*Store)(nil)

// Forget implements [move.Pruner].
func (s *Store) Forget(ctx context.Context, before time.Time, n int) (forgotten int, err error) {
	if n <= 0 {
		return 0, ctx.Err()
	}
	err = s.batcher.Do(ctx, func(tx *sqldb.Tx) error {
		steps, err := tx.Exec("steps_forget", micros(before), int64(n))
		if err != nil {
			return err
		}
		cases, err := forgetCases(tx, before, int64(n)-steps)
		forgotten = int(steps + cases)
		return err
	})
	return forgotten, err
}

func forgetCases(tx *sqldb.Tx, before time.Time, n int64) (int64, error) {
	numbers := []int64{}
	err := tx.Query("cases_over", func(rows *sql.Rows) error {
		var no int64
		err := rows.Scan(&no)
		numbers = append(numbers, no)
		return err
	}, micros(before), n)
	if err != nil || len(numbers) == 0 {
		return 0, err
	}
	list, err := json.Marshal(numbers)
	if err != nil {
		return 0, err
	}
	if _, err := tx.Exec("steps_forget_own", string(list)); err != nil {
		return 0, err
	}
	return tx.Exec("cases_forget", string(list))
}
