//go:build unix

package sqlstore_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"iter"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/portability/sqlstore"
	"codeberg.org/godwit/godwit/vocab"
)

// An importJob is what one process of [BenchmarkImport] does.
type importJob struct {
	Driver, Source string
	Posts          int64
	Bare           string // of an import that is done: the database that its rows are inserted into
}

// A figure is what it took.
type figure struct {
	Wall, CPU time.Duration // the processor time is of this process, and of its PostgreSQL backends
	Rows      int64
	Bytes     int64
	Peak      int64
}

func (j importJob) run(ctx context.Context) error {
	db, err := sql.Open(j.Driver, j.Source)
	if err != nil {
		return err
	}
	defer db.Close()
	db.SetMaxOpenConns(4)
	work := importPosts
	if j.Bare != "" {
		work = insertBare
	}
	f, err := work(ctx, db, j)
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(f)
}

// A watch measures what passes between its beginnings and ends.
type watch struct {
	figure
	backends func() time.Duration
	began    time.Time
	cpu      time.Duration
}

func (w *watch) begin() { w.began, w.cpu = time.Now(), w.processor() }

func (w *watch) end() {
	w.Wall += time.Since(w.began)
	w.CPU += w.processor() - w.cpu
}

func (w *watch) processor() time.Duration {
	var usage syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &usage) // it cannot fail for this process
	return time.Duration(usage.Utime.Nano()+usage.Stime.Nano()) + w.backends()
}

// backendsOf returns the processor time of the PostgreSQL server's processes that work
// for a database's connections; nothing where they are on another machine, and for SQLite.
func backendsOf(ctx context.Context, db *sql.DB, driver string) func() time.Duration {
	return func() (all time.Duration) {
		if driver == "sqlite" {
			return 0
		}
		rows, err := db.QueryContext(ctx, "SELECT pid FROM pg_stat_activity WHERE application_name = current_setting('application_name')")
		if err != nil {
			return 0
		}
		defer rows.Close()
		for rows.Next() {
			var pid int
			if rows.Scan(&pid) != nil {
				continue
			}
			text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
			if _, fields, ok := strings.Cut(string(text), ") "); ok {
				const user, system, tick = 11, 12, 10 * time.Millisecond
				list := strings.Fields(fields)
				for _, i := range []int{user, system} {
					n, _ := strconv.ParseInt(list[i], 10, 64)
					all += time.Duration(n) * tick
				}
			}
		}
		return all
	}
}

// importPosts copies a made-up account by an engine, into a sink in the same database.
func importPosts(ctx context.Context, db *sql.DB, j importJob) (figure, error) {
	store, err := sqlstore.Open(ctx, db, nil)
	if err != nil {
		return figure{}, err
	}
	defer store.Close()
	sink, err := newNotes(ctx, db, j.Driver)
	if err != nil {
		return figure{}, err
	}
	engine := portability.NewEngine(store, importEnds{madeUp(j.Posts), sink}, nil)
	w := watch{backends: backendsOf(ctx, db, j.Driver)}
	w.begin()
	job, err := engine.Begin(ctx, portability.JobSpec{ID: "import", Account: "https://new.example/users/alice", Old: alice, Standing: portability.Proved})
	if err != nil {
		return figure{}, err
	}
	job, err = engine.Run(ctx, job.ID)
	w.end()
	if err == nil && job.State != portability.JobDone {
		err = fmt.Errorf("the job is %s: %s", job.State, job.Trouble)
	}
	return w.figure, err
}

// madeUp is a source of so many posts.
type madeUp int64

var text = strings.Repeat("A post as they are: some words, a <a href=\"https://elsewhere.example/\">link</a>, and more words. ", 7)

var quotedText = strconv.Quote(text)

func document(format string, args ...any) *vocab.Object {
	o, err := vocab.Parse(fmt.Appendf(nil, format, args...))
	if err != nil {
		panic(err) // it is made here
	}
	return o
}

func (madeUp) Actor(context.Context) (*vocab.Object, error) {
	return document(`{"id":%q,"type":"Person","preferredUsername":"alice","followers":%q}`, alice, alice+"/followers"), nil
}

func (madeUp) Kinds(context.Context) ([]portability.Kind, error) {
	return []portability.Kind{portability.Actor, portability.Content}, nil
}

func (m madeUp) Items(ctx context.Context, k portability.Kind, after string) iter.Seq2[portability.Item, error] {
	return func(yield func(portability.Item, error) bool) {
		if k == portability.Actor {
			o, err := m.Actor(ctx)
			if after == "" {
				yield(portability.Item{Ref: portability.Ref{Kind: k, ID: string(alice)}, Object: o, Next: "1"}, err)
			}
			return
		}
		n := int64(0)
		if after != "" {
			n, _ = strconv.ParseInt(after, 10, 64)
		}
		for ; n < int64(m) && k == portability.Content; n++ {
			if !yield(m.post(n), ctx.Err()) {
				return
			}
		}
	}
}

// post puts a document together by hand: formatting took a tenth of an import's time.
func (madeUp) post(n int64) portability.Item {
	ref, url := post(n).Ref, oldURL(n)
	at := start.Add(time.Duration(n-100_000_000) * time.Second).Format(time.RFC3339)
	o, err := vocab.Parse([]byte(`{"@context":"https://www.w3.org/ns/activitystreams","id":"` + ref.ID + `","type":"Note","attributedTo":"` + string(alice) +
		`","published":"` + at + `","url":"` + string(url) + `","to":["` + string(vocab.Public) + `"],"cc":["` + string(alice) + `/followers"],"content":` +
		quotedText + `,"conversation":"tag:old.example,2026:objectId=` + strconv.FormatInt(n, 10) + `:objectType=Conversation"}`))
	if err != nil {
		panic(err) // it is made here
	}
	return portability.Item{Ref: ref, Next: strconv.FormatInt(n+1, 10), Object: o}
}

type importEnds struct {
	source madeUp
	sink   *notes
}

func (e importEnds) Open(context.Context, portability.Job) (portability.Source, portability.Sink, error) {
	return e.source, e.sink, nil
}

// notes is a sink that keeps documents in a table, in the store's database.
type notes struct {
	db     *sql.DB
	insert *sql.Stmt // of notesAtOnce
	one    *sql.Stmt
}

const notesAtOnce = 50

// columnTypes are what a database calls bytes, and the numbers that rows are kept by.
type columnTypes struct{ bytes, number string }

func typesOf(driver string) columnTypes {
	if driver == "sqlite" {
		return columnTypes{"BLOB", "INTEGER"}
	}
	return columnTypes{"BYTEA", "BIGINT"}
}

func newNotes(ctx context.Context, db *sql.DB, driver string) (*notes, error) {
	n := &notes{db: db}
	if _, err := db.ExecContext(ctx, "CREATE TABLE notes (ref TEXT PRIMARY KEY, id TEXT NOT NULL, document "+typesOf(driver).bytes+")"); err != nil {
		return nil, err
	}
	put := "INSERT INTO notes VALUES ($1, $2, $3) ON CONFLICT DO NOTHING"
	rows := make([]string, notesAtOnce)
	for i := range rows {
		rows[i] = fmt.Sprintf("($%d, $%d, $%d)", 3*i+1, 3*i+2, 3*i+3)
	}
	var err error
	if n.one, err = db.PrepareContext(ctx, put); err != nil {
		return nil, err
	}
	n.insert, err = db.PrepareContext(ctx, strings.Replace(put, "($1, $2, $3)", strings.Join(rows, ", "), 1))
	return n, err
}

func (n *notes) Database() *sql.DB { return n.db }

// Mint implements portability.Minter: what a post is called follows from its old id.
func (n *notes) Mint(_ context.Context, items []portability.Item) ([]portability.Minted, error) {
	minted := make([]portability.Minted, len(items))
	for i, item := range items {
		minted[i] = called(item.Ref)
	}
	return minted, nil
}

func called(ref portability.Ref) portability.Minted {
	name := ref.ID[strings.LastIndexByte(ref.ID, '/')+1:]
	return portability.Minted{ID: vocab.IRI("https://new.example/notes/" + name), URLs: []vocab.IRI{vocab.IRI("https://new.example/@alice/" + name)}}
}

func (n *notes) Put(ctx context.Context, items []portability.Item) ([]portability.Result, error) {
	return n.PutTx(ctx, items, func(*sql.Tx, []portability.Result) error { return nil })
}

func (n *notes) PutTx(ctx context.Context, items []portability.Item, also func(*sql.Tx, []portability.Result) error) ([]portability.Result, error) {
	tx, err := n.db.BeginTx(ctx, nil)
	if err != nil {
		return nil, err
	}
	defer tx.Rollback()
	results := make([]portability.Result, len(items))
	var args []any
	for i, item := range items {
		m := called(item.Ref)
		results[i] = portability.Result{Ref: item.Ref, NewID: m.ID, URLs: m.URLs, State: portability.Copied}
		args = append(args, item.ID, string(m.ID), item.Placed.Object.Bytes())
	}
	if err := n.store(ctx, tx, args); err != nil {
		return nil, err
	}
	if err := also(tx, results); err != nil {
		return nil, err
	}
	return results, tx.Commit()
}

func (n *notes) store(ctx context.Context, tx *sql.Tx, args []any) error {
	for len(args) > 0 {
		stmt, width := n.one, 3
		if len(args) >= 3*notesAtOnce {
			stmt, width = n.insert, 3*notesAtOnce
		}
		if _, err := tx.StmtContext(ctx, stmt).ExecContext(ctx, args[:width]...); err != nil {
			return err
		}
		args = args[width:]
	}
	return nil
}
