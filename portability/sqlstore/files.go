package sqlstore

import (
	"cmp"
	"context"
	"database/sql"
	"iter"
	"slices"
	"time"

	"codeberg.org/godwit/godwit/internal/sqldb"
	"codeberg.org/godwit/godwit/portability"
)

// filesAtOnce is how many files are read at a time.
const filesAtOnce = 1000

func scanFile(rows *sql.Rows) (f portability.JobFile, err error) {
	var packed []byte
	err = rows.Scan(&f.No, &packed, &f.State, &f.Reason, &f.URL, &f.Digest, &f.Bytes, &f.Tries, sqldb.Time(&f.Due))
	if err != nil {
		return f, err
	}
	f.Place, f.Medium, err = unpackMedium(packed)
	return f, err
}

// stageFiles stores files whose place is not known yet.
func stageFiles(tx *sqldb.Tx, job int64, files []portability.JobFile) error {
	rows, seen := [][]any{}, map[string]bool{}
	for _, f := range files {
		if seen[f.Place] {
			continue
		}
		seen[f.Place] = true
		rows = append(rows, []any{
			job, f.No, key(f.Place), packMedium(f.Place, f.Medium), string(f.State), string(f.Reason), string(f.URL), f.Digest,
			f.Bytes, int64(f.Tries), micros(f.Due),
		})
	}
	_, err := insert(tx, "file_stage", rows)
	return err
}

// filesAgain lets files that ended in some states be copied again.
func filesAgain(tx *sqldb.Tx, job int64, again []portability.State) error {
	if len(again) == 0 {
		return nil
	}
	_, err := tx.Exec("files_again", job, states(again))
	return err
}

// ClaimFiles implements [portability.JobFiles].
func (s *Store) ClaimFiles(ctx context.Context, job, worker string, now, until time.Time, n int) (files []portability.JobFile, err error) {
	no, err := s.number(ctx, job)
	if err != nil || n <= 0 {
		return nil, err
	}
	err = s.batcher.Do(ctx, func(tx *sqldb.Tx) error {
		files = nil
		return tx.Page("files_claim", func(rows *sql.Rows) error {
			f, err := scanFile(rows)
			files = append(files, f)
			return err
		}, no, worker, micros(now), micros(until), int64(n), micros(now.Add(farthest)))
	})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(files, func(a, b portability.JobFile) int { return cmp.Compare(a.No, b.No) })
	return files, nil
}

// farthest is how far ahead a lease can end, or a file be due.
const farthest = 24 * time.Hour

// RenewFiles implements [portability.JobFiles].
func (s *Store) RenewFiles(ctx context.Context, job, worker string, until time.Time, places []string) (ours []string, err error) {
	no, err := s.number(ctx, job)
	if err != nil {
		return nil, err
	}
	err = s.batcher.Do(ctx, func(tx *sqldb.Tx) error {
		ours = nil
		for _, place := range places {
			renewed, err := tx.Exec("file_renew", no, key(place), worker, micros(until))
			if err != nil {
				return err
			}
			if renewed > 0 {
				ours = append(ours, place)
			}
		}
		return nil
	})
	return ours, err
}

// SettleFiles implements [portability.JobFiles].
func (s *Store) SettleFiles(ctx context.Context, job, worker string, files []portability.JobFile) error {
	no, err := s.number(ctx, job)
	if err != nil {
		return err
	}
	return s.batcher.Do(ctx, func(tx *sqldb.Tx) error {
		for _, f := range files {
			_, err := tx.Exec("file_settle", no, key(f.Place), worker, packMedium(f.Place, f.Medium), string(f.State),
				string(f.Reason), string(f.URL), f.Digest, f.Bytes, int64(f.Tries), micros(f.Due))
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// Files implements [portability.JobFiles].
func (s *Store) Files(ctx context.Context, job string, after int64) iter.Seq2[portability.JobFile, error] {
	return pages(func(last *portability.JobFile) (page []portability.JobFile, err error) {
		no, err := s.number(ctx, job)
		if err != nil {
			return nil, err
		}
		if last != nil {
			after = last.No
		}
		err = s.statements.Page(ctx, "files", func(rows *sql.Rows) error {
			f, err := scanFile(rows)
			page = append(page, f)
			return err
		}, no, after, int64(filesAtOnce))
		return page, err
	})
}

// Found implements [portability.JobFiles].
func (s *Store) Found(ctx context.Context, job string, places []string) (map[string]portability.JobFile, error) {
	no, err := s.number(ctx, job)
	if err != nil {
		return nil, err
	}
	found := make(map[string]portability.JobFile, len(places))
	err = s.statements.Query(ctx, "files_found", func(rows *sql.Rows) error {
		f, err := scanFile(rows)
		found[f.Place] = f
		return err
	}, no, keys(places))
	if err != nil {
		return nil, err
	}
	return found, nil
}

// Unsettled implements [portability.JobFiles].
func (s *Store) Unsettled(ctx context.Context, job string) (n int64, due time.Time, err error) {
	no, err := s.number(ctx, job)
	if err != nil {
		return 0, time.Time{}, err
	}
	err = s.statements.Query(ctx, "files_unsettled", func(rows *sql.Rows) error {
		return rows.Scan(&n, sqldb.Time(&due))
	}, no)
	return n, due, err
}
