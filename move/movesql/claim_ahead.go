package movesql

import (
	"database/sql"
	"time"

	"codeberg.org/godwit/godwit/internal/sqldb"
	"codeberg.org/godwit/godwit/move"
)

// expire ends the leases that are over, and those of a clock that was ahead, and has no
// step wait longer than [move.Step.DueBy] says.
func (c claim) expire(lease time.Duration) error {
	most := c.now + (lease + move.ClockSlack).Microseconds()
	if _, err := c.tx.Exec("claim_expire", c.side, c.now, most); err != nil {
		return err
	}
	due, err := c.ahead()
	for no, at := range due {
		if _, err := c.tx.Exec("claim_forward", no, micros(at)); err != nil {
			return err
		}
	}
	return err
}

// ahead returns when some of the steps are due that wait too long, by their numbers.
func (c claim) ahead() (map[int64]time.Time, error) {
	now, due := time.UnixMicro(c.now), map[int64]time.Time{}
	err := c.tx.Query("claim_ahead", func(rows *sql.Rows) error {
		s, no := move.Step{}, int64(0)
		if err := rows.Scan(&no, &s.Side, asText(&s.Party), sqldb.Time(&s.Due), sqldb.Time(&s.Since)); err != nil {
			return err
		}
		at := s.DueBy(now)
		if at.Equal(s.Due) {
			return nil
		}
		due[no] = at
		return nil
	}, c.side, c.now+move.ClockSlack.Microseconds(), c.n)
	return due, err
}
