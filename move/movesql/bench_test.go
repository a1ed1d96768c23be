package movesql_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/internal/pgtest"
	"codeberg.org/godwit/godwit/internal/sqldb"
	"codeberg.org/godwit/godwit/move"
	"codeberg.org/godwit/godwit/move/movesql"
	"codeberg.org/godwit/godwit/vocab"
)

var now = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// received returns the case of an inbound Move.
func received(i int) (move.Case, move.Step) {
	old := vocab.IRI(fmt.Sprintf("https://old%d.example/users/alice", i))
	target := vocab.IRI(fmt.Sprintf("https://new%d.example/users/alice", i%1000))
	c := move.Case{
		ID: move.CaseID(move.In, old, target, 1), Side: move.In, Old: old, New: target, Claimed: target, Generation: 1,
		Activity: []byte(fmt.Sprintf(`{"@context":"https://www.w3.org/ns/activitystreams","id":"%s#move","type":"Move",`+
			`"actor":"%[1]s","object":"%[1]s","target":"%s","to":"%[1]s/followers","cc":"https://www.w3.org/ns/activitystreams#Public"}`, old, target)),
		Evidence: move.Evidence{By: "http", Signer: old, KeyID: old + "#main-key", Fingerprint: "0123456789abcdef0123456789abcdef", At: now, Delivered: now},
		Opened:   now, Begun: now,
	}
	return c, move.Step{Host: "old.example", State: move.Verified, Since: now}
}

// takeIn is all that one Move with one follower asks of a store: looking for
// earlier ones, beginning, gathering, and four changes of the follower's step.
func takeIn(ctx context.Context, store *movesql.Store, i int) error {
	c, own := received(i)
	if _, err := store.About(ctx, move.In, c.Old); err != nil {
		return err
	}
	_, own, _, err := store.Begin(ctx, c, own, now.Add(-window))
	if err != nil {
		return err
	}
	follower := move.Step{Party: "https://here.example/users/f", Host: "new.example", State: move.Queued, Due: now, Since: now}
	if err := store.Add(ctx, c.ID, []move.Step{follower}, "end"); err != nil {
		return err
	}
	own.State = move.Settled
	if err := store.Advance(ctx, own); err != nil {
		return err
	}
	claimed, err := store.Claim(ctx, move.In, now, time.Minute, 1, 1)
	if err != nil {
		return err
	}
	for i := range claimed {
		claimed[i].State, claimed[i].Due = move.Moved, time.Time{}
	}
	return store.Advance(ctx, claimed...)
}

const window = 7 * 24 * time.Hour

// A fresh gives the address of an empty database.
type fresh func(b *testing.B) string

// onEachDatabase runs a benchmark on each.
func onEachDatabase(b *testing.B, bench func(b *testing.B, address fresh)) {
	b.Run("sqlite", func(b *testing.B) {
		bench(b, func(b *testing.B) string { return inFolder(b.TempDir(), pragmas) })
	})
	b.Run("postgres", func(b *testing.B) {
		bench(b, func(b *testing.B) string { return pgtest.URL(b) })
	})
}

func BenchmarkInbound(b *testing.B) { onEachDatabase(b, benchmarkInbound) }

func benchmarkInbound(b *testing.B, address fresh) {
	each := func(work func(context.Context, *movesql.Store, int) error) func(b *testing.B) {
		return func(b *testing.B) {
			store, _ := openStore(b, address(b), 4)
			var number atomic.Int64
			b.SetParallelism(32)
			b.ResetTimer()
			b.RunParallel(func(p *testing.PB) {
				for p.Next() {
					if err := work(b.Context(), store, int(number.Add(1))); err != nil {
						b.Error(err)
						return
					}
				}
			})
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "moves/s")
		}
	}
	b.Run("begin", each(func(ctx context.Context, store *movesql.Store, i int) error {
		c, own := received(i)
		_, _, _, err := store.Begin(ctx, c, own, now.Add(-window))
		return err
	}))
	b.Run("about", each(func(ctx context.Context, store *movesql.Store, i int) error {
		c, _ := received(i)
		_, err := store.About(ctx, move.In, c.Old, c.New)
		return err
	}))
	b.Run("whole", each(takeIn))
}

// BenchmarkAnnounce adds, claims and advances 100,000 inboxes on 5,000 hosts,
// and inserts the same rows without a store, for comparison.
func BenchmarkAnnounce(b *testing.B) { onEachDatabase(b, benchmarkAnnounce) }

func benchmarkAnnounce(b *testing.B, address fresh) {
	const inboxes, hosts, page = 100_000, 5_000, 1_000
	pages := make([][]move.Step, inboxes/page)
	for i := range inboxes {
		host := fmt.Sprintf("h%d.example", i%hosts)
		pages[i/page] = append(pages[i/page], move.Step{
			Party: vocab.IRI(fmt.Sprintf("https://%s/users/%d/inbox", host, i)), Host: host, State: move.Announce, Due: now, Since: now,
		})
	}
	rate := func(b *testing.B) { b.ReportMetric(float64(b.N)*inboxes/b.Elapsed().Seconds(), "inboxes/s") }
	add := func(b *testing.B, store *movesql.Store, id string) {
		for _, steps := range pages {
			require.NoError(b, store.Add(b.Context(), id, steps, "cursor"))
		}
	}
	b.Run("bare insert", func(b *testing.B) {
		for range b.N {
			bareInsert(b, address, pages)
		}
		rate(b)
	})
	b.Run("add", func(b *testing.B) {
		b.StopTimer()
		for range b.N {
			store, id := openCase(b, address)
			b.StartTimer()
			add(b, store, id)
			b.StopTimer()
		}
		rate(b)
	})
	b.Run("claim and advance", func(b *testing.B) {
		b.StopTimer()
		for range b.N {
			store, id := openCase(b, address)
			add(b, store, id)
			b.StartTimer()
			require.Equal(b, inboxes, drain(b, store, 2))
			b.StopTimer()
		}
		rate(b)
	})
}

// BenchmarkOneHost claims and advances 20,000 followers who are all waiting for
// one host, ten at a time.
func BenchmarkOneHost(b *testing.B) { onEachDatabase(b, benchmarkOneHost) }

func benchmarkOneHost(b *testing.B, address fresh) {
	const all = 20_000
	for range b.N {
		b.StopTimer()
		store, id := openCase(b, address)
		steps := followers(all)
		for i := range steps {
			steps[i].Due = now
		}
		require.NoError(b, store.Add(b.Context(), id, steps, "end"))
		b.StartTimer()
		require.Equal(b, all, drain(b, store, 10))
	}
	b.ReportMetric(float64(b.N)*all/b.Elapsed().Seconds(), "steps/s")
}

// openCase returns a new store with a case that is being announced, and its id.
func openCase(b *testing.B, address fresh) (*movesql.Store, string) {
	store, _ := openStore(b, address(b), 4)
	c, own := received(1)
	c.Side = move.Out
	_, _, _, err := store.Open(b.Context(), c, own)
	require.NoError(b, err)
	return store, c.ID
}

// bareInsert inserts the rows of steps into a table with its key alone.
func bareInsert(b *testing.B, address fresh, pages [][]move.Step) {
	b.StopTimer()
	_, db := openStore(b, address(b), 1)
	dialect, err := sqldb.Detect(b.Context(), db)
	require.NoError(b, err)
	number := map[string]string{"sqlite": "INTEGER", "postgres": "BIGINT GENERATED ALWAYS AS IDENTITY"}[dialect.Name]
	_, err = db.Exec("CREATE TABLE bare (no " + number + ` PRIMARY KEY, case_id TEXT, party TEXT, side TEXT, host TEXT, state TEXT,
		due BIGINT, leased BIGINT, attempts BIGINT, status BIGINT, reason TEXT, from_id TEXT, cursor TEXT, since BIGINT,
		version BIGINT, UNIQUE (case_id, party))`)
	require.NoError(b, err)
	b.StartTimer()
	for _, steps := range pages {
		tx, err := db.Begin()
		require.NoError(b, err)
		insert, err := tx.Prepare(dialect.Statement(`INSERT INTO bare (case_id, party, side, host, state, due, attempts, status, reason, from_id, cursor, since, version)
			VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, 1)`))
		require.NoError(b, err)
		for _, s := range steps {
			_, err := insert.Exec("0123456789abcdef0123456789abcdef", string(s.Party), "out", s.Host, string(s.State), s.Due.UnixMicro(), 0, 0, "", "", "", s.Since.UnixMicro())
			require.NoError(b, err)
		}
		require.NoError(b, tx.Commit())
	}
}

// drain claims and advances until nothing is due, and returns how many steps
// it was given.
func drain(b *testing.B, store *movesql.Store, perHost int) int {
	done := 0
	for {
		steps, err := store.Claim(b.Context(), move.Out, now, time.Minute, 200, perHost)
		require.NoError(b, err)
		if len(steps) == 0 {
			return done
		}
		done += len(steps)
		for i := range steps {
			steps[i].State, steps[i].Status, steps[i].Due = move.Answered, 202, time.Time{}
		}
		require.NoError(b, store.Advance(b.Context(), steps...))
	}
}
