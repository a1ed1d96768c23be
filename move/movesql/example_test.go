package movesql_test

import (
	"context"
	"database/sql"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"codeberg.org/godwit/godwit/move"
	"codeberg.org/godwit/godwit/move/movesql"
)

func ExampleOpen() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "godwit")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)

	// The driver is yours to import: here, modernc.org/sqlite.
	db, err := sql.Open("sqlite", "file:"+filepath.Join(dir, "moves.db")+
		"?_pragma=journal_mode(WAL)&_pragma=busy_timeout(5000)&_pragma=synchronous(NORMAL)")
	if err != nil {
		log.Fatal(err)
	}
	defer db.Close()
	store, err := movesql.Open(ctx, db)
	if err != nil {
		log.Fatal(err)
	}
	defer store.Close()

	next, err := store.Next(ctx, move.In)
	fmt.Println("nothing to do:", next.IsZero(), err)
	// Output: nothing to do: true <nil>
}
