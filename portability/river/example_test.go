package river_test

import (
	"context"
	"database/sql"
	"log"

	"github.com/jackc/pgx/v5/pgxpool"
	_ "github.com/jackc/pgx/v5/stdlib"

	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/portability/river"
	"codeberg.org/godwit/godwit/portability/sqlstore"
)

// Each process of a server does this; any of them takes jobs in.
func Example() {
	ctx := context.Background()
	const address = "postgres://godwit@db.example/godwit"

	db, err := sql.Open("pgx", address)
	if err != nil {
		log.Fatal(err)
	}
	db.SetMaxOpenConns(8)
	store, err := sqlstore.Open(ctx, db, nil)
	if err != nil {
		log.Fatal(err)
	}
	var ends portability.Opener // yours: it opens the source and the sink of a job
	engine := portability.NewEngine(store, ends, nil)

	pool, err := pgxpool.New(ctx, address+"?pool_max_conns=4")
	if err != nil {
		log.Fatal(err)
	}
	if err := river.Migrate(ctx, pool); err != nil {
		log.Fatal(err)
	}
	queue, err := river.New(pool, engine, nil)
	if err != nil {
		log.Fatal(err)
	}
	if err := queue.Start(ctx); err != nil {
		log.Fatal(err)
	}

	// When somebody has asked for a copy:
	job, err := engine.Begin(ctx, portability.JobSpec{ID: "alice-1", Account: "https://new.example/users/alice"})
	if err != nil {
		log.Fatal(err)
	}
	if err := queue.Insert(ctx, job.ID); err != nil {
		log.Fatal(err)
	}
}
