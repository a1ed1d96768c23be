package river_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"fmt"
	"io"
	"iter"
	"os"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/portability/river"
	"codeberg.org/godwit/godwit/portability/sqlstore"
	"codeberg.org/godwit/godwit/vocab"
)

// A size is what each account has.
type size struct{ posts, files int }

var small = size{posts: 60, files: 30}

// pageOf is how many items a source gives at once.
const pageOf = 100

// A world is one process: its engine, over a database that it shares with others. In
// the same database is the server that is copied to, which notes who did what.
type world struct {
	db      *sql.DB
	pool    *pgxpool.Pool
	store   *sqlstore.Store
	engine  *portability.Engine
	size    size
	latency time.Duration // of each page and file of the source
}

// serverTables are what the server that is copied to keeps.
const serverTables = `
CREATE TABLE IF NOT EXISTS server_items (owner TEXT, kind TEXT, id TEXT, pid INT, PRIMARY KEY (owner, kind, id));
CREATE TABLE IF NOT EXISTS server_files (owner TEXT, digest TEXT, pid INT, PRIMARY KEY (owner, digest))`

func openWorld(ctx context.Context, address string, of size, lease, latency time.Duration) (*world, error) {
	db, err := sql.Open("pgx", address)
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(8)
	db.SetMaxIdleConns(8)
	w := &world{db: db, size: of, latency: latency}
	if w.store, err = sqlstore.Open(ctx, db, nil); err != nil {
		return nil, err
	}
	if w.pool, err = pgxpool.New(ctx, address); err != nil {
		return nil, err
	}
	w.engine = portability.NewEngine(w.store, w, &portability.EngineOptions{Lease: lease, Batch: max(10, of.posts/10), Files: 4})
	return w, river.Migrate(ctx, w.pool)
}

func (w *world) close() error {
	w.pool.Close()
	if err := w.store.Close(); err != nil {
		return err
	}
	return w.db.Close()
}

// begin begins a copy of each of some accounts.
func (w *world) begin(ctx context.Context, ids ...string) error {
	for _, id := range ids {
		_, err := w.engine.Begin(ctx, portability.JobSpec{
			ID: id, Account: vocab.IRI("https://new.example/" + id), Old: vocab.IRI("https://old.example/" + id), Standing: portability.Proved,
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// Open implements [portability.Opener].
func (w *world) Open(ctx context.Context, j portability.Job) (portability.Source, portability.Sink, error) {
	memory, err := account(ctx, j.ID, w.size)
	return slow{memory, w.latency}, server{w.db, j.ID}, err
}

// account returns the whole account of one name, the same each time.
func account(ctx context.Context, name string, of size) (*portability.Memory, error) {
	m := portability.NewMemory(nil)
	actor := "https://old.example/" + name
	items := []portability.Item{document(portability.Actor, actor, `"type":"Person","preferredUsername":"`+name+`"`)}
	for n := range of.posts {
		item := document(portability.Content, fmt.Sprintf("%s/%d", actor, n), fmt.Sprintf(
			`"type":"Note","attributedTo":%q,"content":"%d","published":%q,"to":"https://www.w3.org/ns/activitystreams#Public"`,
			actor, n, time.Date(2026, 1, 1, 0, n, 0, 0, time.UTC).Format(time.RFC3339)))
		if n < of.files {
			data := fmt.Appendf(nil, "file %d of %s", n, name)
			medium := portability.Medium{Digest: fmt.Sprintf("%x", sha256.Sum256(data)), Type: "image/png", Size: int64(len(data))}
			if _, err := m.PutMedia(ctx, medium, bytes.NewReader(data)); err != nil {
				return nil, err
			}
			item.Media = []portability.Medium{medium}
		}
		items = append(items, item)
	}
	_, err := m.Put(ctx, items)
	return m, err
}

func document(kind portability.Kind, id, members string) portability.Item {
	o, err := vocab.Parse(fmt.Appendf(nil, `{"@context":"https://www.w3.org/ns/activitystreams","id":%q,%s}`, id, members))
	if err != nil {
		panic(err)
	}
	return portability.Item{Ref: portability.Ref{Kind: kind, ID: id}, Object: o}
}

// slow is a source far away.
type slow struct {
	*portability.Memory
	latency time.Duration
}

func (s slow) OpenMedia(ctx context.Context, m portability.Medium) (io.ReadCloser, portability.Medium, error) {
	if err := s.wait(ctx); err != nil {
		return nil, m, err
	}
	return s.Memory.OpenMedia(ctx, m)
}

func (s slow) Items(ctx context.Context, k portability.Kind, after string) iter.Seq2[portability.Item, error] {
	return func(yield func(portability.Item, error) bool) {
		n := 0
		for item, err := range s.Memory.Items(ctx, k, after) {
			if n%pageOf == 0 && err == nil {
				err = s.wait(ctx)
			}
			if n++; !yield(item, err) || err != nil {
				return
			}
		}
	}
}

func (s slow) wait(ctx context.Context) error {
	timer := time.NewTimer(s.latency)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// server is one account of the server that is copied to.
type server struct {
	db    *sql.DB
	owner string
}

func (s server) Put(ctx context.Context, items []portability.Item) ([]portability.Result, error) {
	results := make([]portability.Result, len(items))
	for n, i := range items {
		added, err := s.keep(ctx, "INSERT INTO server_items VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING", s.owner, string(i.Kind), i.ID, os.Getpid())
		if err != nil {
			return nil, err
		}
		results[n] = portability.Result{Ref: i.Ref, NewID: vocab.IRI("https://new.example/" + s.owner + "/" + i.ID), State: portability.Copied}
		if !added {
			results[n].State, results[n].Reason = portability.Skipped, portability.AlreadyThere
		}
	}
	return results, nil
}

func (s server) PutMedia(ctx context.Context, m portability.Medium, r io.Reader) (vocab.IRI, error) {
	hash := sha256.New()
	if _, err := io.Copy(hash, r); err != nil {
		return "", err
	}
	digest := fmt.Sprintf("%x", hash.Sum(nil))
	_, err := s.keep(ctx, "INSERT INTO server_files VALUES ($1, $2, $3) ON CONFLICT DO NOTHING", s.owner, digest, os.Getpid())
	return vocab.IRI("https://new.example/files/" + digest), err
}

func (s server) keep(ctx context.Context, statement string, args ...any) (added bool, err error) {
	result, err := s.db.ExecContext(ctx, statement, args...)
	if err != nil {
		return false, err
	}
	n, err := result.RowsAffected()
	return n > 0, err
}
