package sqlstore_test

import (
	"context"
	"database/sql"
	"fmt"
	"log"
	"os"
	"path/filepath"

	_ "modernc.org/sqlite"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/portability/consent"
	"codeberg.org/godwit/godwit/portability/sqlstore"
	"codeberg.org/godwit/godwit/vocab"
)

func copyAccount(ctx context.Context, db *sql.DB, ends portability.Opener, f actor.Fetcher, old, new vocab.IRI) error {
	store, err := sqlstore.Open(ctx, db, nil) // SQLite or PostgreSQL, in tables of its own
	if err != nil {
		return err
	}
	defer store.Close()
	// Does the old account say that the new one is theirs?
	standing, _, err := consent.Prove(ctx, f, old, new, nil)
	if err != nil {
		return err
	}
	engine := portability.NewEngine(store, ends, nil)
	job, err := engine.Begin(ctx, portability.JobSpec{ID: "alice", Account: new, Old: old, Standing: standing})
	if err != nil {
		return err
	}
	// Or Step, from any queue; or Serve, in any number of processes.
	if job, err = engine.Run(ctx, job.ID); err != nil {
		return err
	}
	if job.State != portability.JobDone { // it rests, and says why: Resume it when that is mended
		return fmt.Errorf("the copy is %s: %s", job.State, job.Trouble)
	}
	report, err := engine.Report(ctx, job.ID)
	if err != nil {
		return err
	}
	return report.Ready() // nil: everything is there, and the Move may be announced
}

const (
	exampleOld = "https://old.example/users/alice"
	exampleNew = "https://new.example/users/alice"
)

// exampleEnds are an account in memory, and an empty one.
type exampleEnds struct{ from, to *portability.Memory }

func (e exampleEnds) Open(context.Context, portability.Job) (portability.Source, portability.Sink, error) {
	return e.from, e.to, nil
}

// exampleNetwork has the old actor, who names the new one.
type exampleNetwork struct{}

func (exampleNetwork) Fetch(context.Context, vocab.IRI) (*vocab.Object, error) {
	return vocab.Parse([]byte(`{"id":"` + exampleOld + `","type":"Person","alsoKnownAs":["` + exampleNew + `"]}`))
}

func exampleItem(k portability.Kind, id, members string) portability.Item {
	o, err := vocab.Parse([]byte(`{"id":"` + id + `",` + members + `}`))
	if err != nil {
		log.Fatal(err)
	}
	return portability.Item{Ref: portability.Ref{Kind: k, ID: id}, Object: o}
}

// An account is copied, and may move then.
func Example() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "godwit")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	db, err := sql.Open("sqlite", "file:"+filepath.Join(dir, "copies.db")+"?_pragma=journal_mode(WAL)&_pragma=busy_timeout(10000)")
	if err != nil {
		log.Fatal(err)
	}
	defer db.Close()
	ends := exampleEnds{portability.NewMemory(nil), portability.NewMemory(nil)}
	_, err = ends.from.Put(ctx, []portability.Item{
		exampleItem(portability.Actor, exampleOld, `"type":"Person"`),
		exampleItem(portability.Content, exampleOld+"/1", `"type":"Note","attributedTo":"`+exampleOld+`","to":"as:Public","content":"hi","published":"2026-01-01T00:00:00Z"`),
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("not ready because:", copyAccount(ctx, db, ends, exampleNetwork{}, exampleOld, exampleNew))
	n, _, err := ends.to.Count(ctx, portability.Content)
	fmt.Println("posts there:", n, err)
	// Output:
	// not ready because: <nil>
	// posts there: 1 <nil>
}
