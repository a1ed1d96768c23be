package sqldb

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"runtime"
	"sync"
)

// A Batcher writes. Writes that are asked for while another transaction runs
// are gathered into the next one, so that many small ones share a commit, which
// costs far more than they do. It has no goroutine of its own: whoever finds
// nobody writing writes for all who wait.
type Batcher struct {
	statements *Statements
	lock       string

	mu      sync.Mutex
	waiting []*write
	writing bool
}

// maxBatch bounds how long the first of a batch waits for the last.
const maxBatch = 256

// A write is one call of Do.
type write struct {
	ctx  context.Context
	work func(*Tx) error
	err  error
	done chan struct{} // closed when err is set
	lead chan struct{} // closed when it is this one's turn to write for all
}

// NewBatcher returns a Batcher over prepared statements. The statement named
// lock is run first in every transaction: one that writes without changing
// anything. SQLite waits for its lock only when the first statement of a
// transaction writes; one that reads first and writes later can fail at once.
// On PostgreSQL it locks a table or an advisory lock, and so keeps other
// processes from writing what this one has read. It is held until the commit.
func NewBatcher(s *Statements, lock string) *Batcher {
	return &Batcher{statements: s, lock: lock}
}

// NewReader returns a Batcher whose transactions only read: one look at the
// database, which costs as much as a small query, serves all who wait for one.
// It sees what was committed before Do was called. A read that is alone has
// no transaction, nor has any on PostgreSQL, where each has a connection.
func NewReader(s *Statements) *Batcher { return &Batcher{statements: s} }

// Do calls work in a transaction, and returns its error after that was
// committed. What work wrote is undone only if one of its statements failed,
// which is returned if work returns no error itself, or the commit; an error
// that work returns for another reason is handed on, and what it wrote before
// is kept. It may be called more than once, the last time counting, as
// another's failure in the same transaction undoes it too.
//
// When ctx ends before work was called, Do returns its error, and work is not
// called any more. From then on ctx has no effect.
func (b *Batcher) Do(ctx context.Context, work func(*Tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if b.lock == "" && b.statements.dialect.parallel {
		return work(b.alone(ctx))
	}
	w := &write{ctx: ctx, work: work, done: make(chan struct{}), lead: make(chan struct{})}
	if b.enqueue(w) {
		b.write(w)
		return w.err
	}
	select {
	case <-w.done:
		return w.err
	case <-w.lead:
	case <-ctx.Done():
		if b.withdraw(w) {
			return ctx.Err()
		}
		select {
		case <-w.done:
			return w.err
		case <-w.lead:
		}
	}
	b.write(w)
	return w.err
}

// enqueue reports whether w is to write, as nobody else does.
func (b *Batcher) enqueue(w *write) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.waiting = append(b.waiting, w)
	leads := !b.writing
	b.writing = true
	return leads
}

// withdraw reports whether w was still waiting, and now is not.
func (b *Batcher) withdraw(w *write) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	for i, other := range b.waiting {
		select {
		case <-w.lead:
			return false
		default:
		}
		if other == w {
			b.waiting = append(b.waiting[:i], b.waiting[i+1:]...)
			return true
		}
	}
	return false
}

// write does what is waiting, of which leader is the first, and hands over to
// the next that came meanwhile.
func (b *Batcher) write(leader *write) {
	defer b.handOver()
	if b.lock == "" {
		b.read(leader)
		return
	}
	conn, err := b.statements.db.Conn(leader.ctx)
	if err != nil {
		// The others need not fail because the one who writes for them gave up.
		b.finish(b.take(1), []error{errorOf(leader.ctx, "connect", err)})
		return
	}
	defer conn.Close()
	// Those who are about to write get the processor first, and so come along:
	// under load a batch has ten times as many writes by this.
	runtime.Gosched()
	batch := b.take(maxBatch)
	errs := make([]error, len(batch))
	for i := range errs {
		errs[i] = errUnfinished
	}
	defer b.finish(batch, errs)
	run(context.WithoutCancel(leader.ctx), b, conn, batch, errs)
}

// read does what is waiting, of which leader is the first.
func (b *Batcher) read(leader *write) {
	runtime.Gosched()
	batch := b.take(maxBatch)
	errs := make([]error, len(batch))
	for i := range errs {
		errs[i] = errUnfinished
	}
	defer b.finish(batch, errs)
	if len(batch) > 1 {
		conn, err := b.statements.db.Conn(leader.ctx)
		if err == nil {
			defer conn.Close()
			run(context.WithoutCancel(leader.ctx), b, conn, batch, errs)
			return
		}
	}
	for i, w := range batch {
		errs[i] = w.work(b.alone(w.ctx))
	}
}

// alone returns what runs statements without a transaction.
func (b *Batcher) alone(ctx context.Context) *Tx {
	return &Tx{ctx: ctx, statements: b.statements, bound: map[string]*sql.Stmt{}}
}

// errUnfinished is what the rest of a batch is told when a write panics.
var errUnfinished = errors.New("database: another write of the same transaction panicked")

func (b *Batcher) take(n int) []*write {
	b.mu.Lock()
	defer b.mu.Unlock()
	n = min(len(b.waiting), n)
	batch := b.waiting[:n:n]
	b.waiting = b.waiting[n:]
	return batch
}

func (b *Batcher) finish(batch []*write, errs []error) {
	for i, w := range batch {
		w.err = errs[i]
		close(w.done)
	}
}

func (b *Batcher) handOver() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.waiting) == 0 {
		b.waiting = nil
		b.writing = false
		return
	}
	close(b.waiting[0].lead)
}

// run gives every write of the batch its error. If a statement fails, each is
// done again, in a transaction of its own.
func run(ctx context.Context, b *Batcher, conn *sql.Conn, batch []*write, errs []error) {
	failed, err := b.transact(ctx, conn, batch, errs)
	if err == nil {
		return
	}
	for i := range batch {
		errs[i] = err
		if failed && len(batch) > 1 {
			run(ctx, b, conn, batch[i:i+1], errs[i:i+1])
		}
	}
}

// transact does a batch in one transaction, and fails if that was not
// committed. It reports whether it was a statement of one of the batch that
// failed.
func (b *Batcher) transact(ctx context.Context, conn *sql.Conn, batch []*write, errs []error) (failed bool, err error) {
	tx, err := conn.BeginTx(ctx, &sql.TxOptions{Isolation: b.statements.dialect.isolation, ReadOnly: b.lock == ""})
	if err != nil {
		return false, errorOf(ctx, "begin", err)
	}
	defer tx.Rollback()
	t := &Tx{ctx: ctx, tx: tx, statements: b.statements, bound: map[string]*sql.Stmt{}}
	if b.lock != "" {
		if _, err := t.Exec(b.lock); err != nil {
			return false, err
		}
	}
	results := make([]error, len(batch))
	for i, w := range batch {
		if results[i] = w.ctx.Err(); results[i] != nil {
			continue
		}
		if results[i] = w.work(t); t.failed != nil {
			return true, cmp.Or(results[i], t.failed)
		}
	}
	if err := tx.Commit(); err != nil {
		return false, errorOf(ctx, "commit", err)
	}
	copy(errs, results)
	return false, nil
}
