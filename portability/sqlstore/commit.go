package sqlstore

import (
	"context"
	"database/sql"
	"fmt"

	"codeberg.org/godwit/godwit/internal/sqldb"
	"codeberg.org/godwit/godwit/portability"
)

// Commit implements [portability.Journal].
func (s *Store) Commit(ctx context.Context, j portability.Job, c portability.Change) (next portability.Job, err error) {
	err = s.batcher.Do(ctx, func(tx *sqldb.Tx) (err error) {
		next, err = commit(tx, j, c)
		return err
	})
	if err != nil {
		return portability.Job{}, err
	}
	return next, nil
}

// commit takes the job on first: of two who do, one finds its version gone before it
// has written anything.
func commit(tx *sqldb.Tx, j portability.Job, c portability.Change) (portability.Job, error) {
	body, err := packJob(j)
	if err != nil {
		return portability.Job{}, err
	}
	if err := checkNumbers(c); err != nil {
		return portability.Job{}, fmt.Errorf("commit job %q: %w", j.ID, err)
	}
	no := int64(-1)
	err = tx.Query("job_commit", func(rows *sql.Rows) error { return rows.Scan(&no) },
		key(j.ID), j.Version, key(j.Account), string(j.State), string(j.Stage), body)
	switch {
	case err != nil:
		return portability.Job{}, err
	case no < 0:
		return portability.Job{}, notCommitted(tx, j.ID)
	}
	j.Version++
	return kept(j), change(tx, no, c)
}

// checkNumbers makes sure that a job can have the numbers of a change, while nothing
// is written yet.
func checkNumbers(c portability.Change) error {
	var numbers []int64
	for _, e := range c.Entries {
		numbers = append(numbers, e.No)
	}
	for _, h := range c.Hold {
		numbers = append(numbers, h.No)
	}
	for _, r := range c.Ranks {
		numbers = append(numbers, r.No)
	}
	for _, no := range numbers {
		if no < 0 || no >= perJob {
			return fmt.Errorf("a job has no number %d", no)
		}
	}
	return nil
}

// notCommitted says why a job was not found with its version.
func notCommitted(tx *sqldb.Tx, id string) error {
	reason := portability.ErrNoJob
	err := tx.Query("job", func(*sql.Rows) error { reason = portability.ErrStale; return nil }, key(id))
	if err != nil {
		return err
	}
	return fmt.Errorf("commit job %q: %w", id, reason)
}

func change(tx *sqldb.Tx, job int64, c portability.Change) error {
	if err := putEntries(tx, job, c.Entries); err != nil {
		return err
	}
	if err := putNames(tx, job, c.Names); err != nil {
		return err
	}
	if err := filesAgain(tx, job, c.Refile); err != nil {
		return err
	}
	if err := stageFiles(tx, job, c.Files); err != nil {
		return err
	}
	if err := order(tx, job, c); err != nil {
		return err
	}
	_, err := putMappings(tx, c.Mappings)
	return err
}
