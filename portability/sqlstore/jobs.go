package sqlstore

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"time"

	"codeberg.org/godwit/godwit/internal/sqldb"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

// jobBody is a job as it is stored. A position is its source's alone, and need not
// be text.
type jobBody struct {
	portability.Job
	After    []byte
	Progress []tallyBody
}

type tallyBody struct {
	portability.Tally
	Took time.Duration `json:"took,omitzero"`
}

// kept returns a job as it is read back.
func kept(j portability.Job) portability.Job {
	for _, t := range []*time.Time{&j.Until, &j.Due, &j.Created, &j.Updated, &j.Finished} {
		*t = micro(*t)
	}
	return j
}

func packJob(j portability.Job) (string, error) {
	body := jobBody{Job: kept(j), After: []byte(j.After)}
	for _, t := range j.Progress {
		body.Progress = append(body.Progress, tallyBody{t, t.Took})
	}
	text, err := json.Marshal(body)
	if err != nil {
		return "", fmt.Errorf("store job %q: %w", j.ID, err)
	}
	return string(text), nil
}

// A storedJob is a job with its number.
type storedJob struct {
	portability.Job
	no int64
}

func scanJob(rows *sql.Rows) (storedJob, error) {
	var no, version int64
	var text []byte
	var body jobBody
	if err := rows.Scan(&no, &version, &text); err != nil {
		return storedJob{}, err
	}
	if err := json.Unmarshal(text, &body); err != nil {
		return storedJob{}, err
	}
	j := body.Job
	j.Version, j.After, j.Progress = version, string(body.After), nil
	for _, t := range body.Progress {
		t.Tally.Took = t.Took
		j.Progress = append(j.Progress, t.Tally)
	}
	return storedJob{j, no}, nil
}

// Create implements [portability.Journal].
func (s *Store) Create(ctx context.Context, j portability.Job) (portability.Job, bool, error) {
	there, err := s.Job(ctx, j.ID)
	if !errors.Is(err, portability.ErrNoJob) {
		return there, false, err
	}
	body, err := packJob(j)
	if err != nil {
		return portability.Job{}, false, err
	}
	added := int64(0)
	err = s.batcher.Do(ctx, func(tx *sqldb.Tx) (err error) {
		added, err = tx.Exec("job_create", key(j.ID), key(j.Account), string(j.State), string(j.Stage), body)
		return err
	})
	if err != nil {
		return portability.Job{}, false, err
	}
	stored, err := s.Job(ctx, j.ID)
	return stored, added > 0 && err == nil, err
}

// Job implements [portability.Journal].
func (s *Store) Job(ctx context.Context, id string) (portability.Job, error) {
	stored, err := s.job(ctx, id)
	return stored.Job, err
}

func (s *Store) job(ctx context.Context, id string) (stored storedJob, err error) {
	found := false
	err = s.statements.Query(ctx, "job", func(rows *sql.Rows) (err error) {
		found = true
		stored, err = scanJob(rows)
		return err
	}, key(id))
	switch {
	case err != nil:
		return storedJob{}, err
	case !found:
		return storedJob{}, fmt.Errorf("job %q: %w", id, portability.ErrNoJob)
	}
	s.numbers.Store(id, stored.no)
	return stored, nil
}

// number returns the number of a job.
func (s *Store) number(ctx context.Context, id string) (int64, error) {
	if no, ok := s.numbers.Load(id); ok {
		return no.(int64), ctx.Err()
	}
	stored, err := s.job(ctx, id)
	return stored.no, err
}

// jobsAtOnce is how many jobs are read at a time.
const jobsAtOnce = 100

// Jobs implements [portability.Store].
func (s *Store) Jobs(ctx context.Context, account vocab.IRI, after string) iter.Seq2[portability.Job, error] {
	return pages(func(last *portability.Job) (page []portability.Job, err error) {
		if last != nil {
			after = last.ID
		}
		statement, args := "jobs", []any{key(after), int64(jobsAtOnce)}
		if account != "" {
			statement, args = "jobs_of", append(args, key(account))
		}
		err = s.statements.Page(ctx, statement, func(rows *sql.Rows) error {
			stored, err := scanJob(rows)
			page = append(page, stored.Job)
			return err
		}, args...)
		return page, err
	})
}

// Underway implements [portability.Store].
func (s *Store) Underway(ctx context.Context) iter.Seq2[portability.Job, error] {
	after := ""
	return pages(func(last *portability.Job) (page []portability.Job, err error) {
		if last != nil {
			after = last.ID
		}
		err = s.statements.Page(ctx, "jobs_underway", func(rows *sql.Rows) error {
			stored, err := scanJob(rows)
			page = append(page, stored.Job)
			return err
		}, key(after), int64(jobsAtOnce))
		return page, err
	})
}

// pages yields what fetch returns page by page, each behind the last of the one
// before. Between pages nothing is held of the database, which can be written to.
func pages[T any](fetch func(last *T) ([]T, error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var last *T
		for {
			page, err := fetch(last)
			for _, one := range page {
				if !yield(one, nil) {
					return
				}
			}
			if err != nil {
				var none T
				yield(none, err)
				return
			}
			if len(page) == 0 {
				return
			}
			last = &page[len(page)-1]
		}
	}
}
