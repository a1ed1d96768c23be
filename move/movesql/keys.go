package movesql

import (
	"context"
	"database/sql"
	"sync"
	"time"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/internal/sqldb"
	"codeberg.org/godwit/godwit/vocab"
)

// maxKeys is how many keys of one actor are remembered. Beyond it the ones
// withdrawn first are forgotten, then the newest, so that nobody can fill the
// database, or push out the key that they had from the first.
const maxKeys = 64

// Keys implements [actor.KeyMemory].
func (s *Store) Keys(ctx context.Context, owner vocab.IRI) (records []actor.KeyRecord, err error) {
	err = s.reader.Do(ctx, func(tx *sqldb.Tx) error {
		records = nil
		return tx.Query("keys", func(rows *sql.Rows) error {
			var r actor.KeyRecord
			err := rows.Scan(asText(&r.ID), asText(&r.Owner), asText(&r.Fingerprint), asText(&r.Encoded), sqldb.Time(&r.FirstSeen), &r.Vouched, sqldb.Time(&r.Withdrawn), sqldb.Time(&r.Expires))
			records = append(records, r)
			return err
		}, text(owner))
	})
	return records, err
}

// Remember implements [actor.KeyMemory].
func (s *Store) Remember(ctx context.Context, r actor.KeyRecord) error {
	return s.batcher.Do(ctx, func(tx *sqldb.Tx) error {
		vouched := int64(0)
		if r.Vouched {
			vouched = 1
		}
		_, err := tx.Exec("key_remember", text(r.Owner), text(r.Fingerprint), text(r.ID), text(r.Owner.Origin()), text(r.Encoded),
			sqldb.Micros(r.FirstSeen), vouched, sqldb.Micros(r.Withdrawn), sqldb.Micros(r.Expires))
		if err != nil {
			return err
		}
		_, err = tx.Exec("key_forget", text(r.Owner), int64(maxKeys))
		return err
	})
}

// Origin implements [actor.KeyMemory].
func (s *Store) Origin(ctx context.Context, origin string, except vocab.IRI) (record actor.OriginRecord, others bool, err error) {
	err = s.reader.Do(ctx, func(tx *sqldb.Tx) error {
		return tx.Query("origin", func(rows *sql.Rows) error {
			return rows.Scan(sqldb.Time(&record.LastReached), sqldb.Time(&record.OutageFrom), sqldb.Time(&record.OutageTo), &others)
		}, text(origin), text(except))
	})
	return record, others, err
}

// reachedAgain is how soon after an answer further ones are not written: an
// origin is read many times a minute, and outages are told apart by days.
const reachedAgain = time.Minute

// Reached implements [actor.KeyMemory]. LastReached is kept to the minute.
func (s *Store) Reached(ctx context.Context, origin string, at time.Time, answered bool) error {
	if answered && s.reached.recently(origin, at) {
		return ctx.Err()
	}
	statement := "origin_failed"
	if answered {
		statement = "origin_answered"
	}
	err := s.batcher.Do(ctx, func(tx *sqldb.Tx) error {
		_, err := tx.Exec(statement, text(origin), micros(at), actor.OutageLimit.Microseconds())
		return err
	})
	if err == nil {
		s.reached.note(origin, at, answered)
	}
	return err
}

// A reached remembers which answers were just written. The zero value is ready.
type reached struct {
	mu sync.Mutex
	at map[string]time.Time
}

// maxReached bounds what is remembered; beyond it all is written once more.
const maxReached = 10_000

func (r *reached) recently(origin string, at time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	last, ok := r.at[origin]
	return ok && at.Sub(last) < reachedAgain
}

func (r *reached) note(origin string, at time.Time, answered bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !answered {
		delete(r.at, origin)
		return
	}
	if r.at == nil || len(r.at) >= maxReached {
		r.at = map[string]time.Time{}
	}
	r.at[origin] = at
}
