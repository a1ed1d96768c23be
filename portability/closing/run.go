package closing

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"sync"

	"codeberg.org/godwit/godwit/vocab"
)

// A Report is how a run ended.
type Report struct {
	Accounts  int          // all of the server
	Whole     int          // of those: with nothing left to do
	Undecided int          // of those: who have not chosen
	Failed    map[Task]int // tries that failed in this run
	Door      bool         // the door file was built anew
}

// Run does what is due, for every account, then builds the door file, and then begins
// the Moves: nobody believes a Move before the old account leads to the new one. What
// fails for one account does not stop the others: it is in the report, and [Job.Status]
// says why. The error is about the whole: the list of accounts, the job's file, the
// door, ctx. It can be stopped at any moment, and called again.
func (j *Job) Run(ctx context.Context) (Report, error) {
	r := runner{job: j, report: Report{Failed: map[Task]int{}}}
	if err := errors.Join(r.all(ctx, r.before), j.log.settle()); err != nil {
		return r.report, fmt.Errorf("close server: %w", err)
	}
	if err := j.door(ctx, &r.report); err != nil {
		return r.report, fmt.Errorf("close server: door file: %w", err)
	}
	if err := errors.Join(r.all(ctx, r.behind), j.log.settle()); err != nil {
		return r.report, fmt.Errorf("close server: %w", err)
	}
	return r.report, nil
}

// A runner is one run.
type runner struct {
	job *Job

	mu     sync.Mutex
	report Report
}

// all takes the accounts in their order, several at once.
func (r *runner) all(ctx context.Context, account func(context.Context, Account) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	accounts := make(chan Account)
	var workers sync.WaitGroup
	for range r.job.options.Workers {
		workers.Go(func() {
			for a := range accounts {
				if err := account(ctx, a); err != nil {
					cancel(err)
				}
			}
		})
	}
	err := r.list(ctx, accounts)
	close(accounts)
	workers.Wait()
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	return err
}

func (r *runner) list(ctx context.Context, to chan<- Account) error {
	for a, err := range r.job.server.Accounts(ctx, "") {
		if err != nil {
			return fmt.Errorf("list accounts: %w", err)
		}
		select {
		case to <- a:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// before does what is due for one account before the door file is built.
func (r *runner) before(ctx context.Context, a Account) error {
	for _, t := range r.job.tasks(a) {
		if t == Move || r.job.log.has(a, t) {
			continue
		}
		if done, err := r.task(ctx, a, t); !done {
			return err // what comes later builds on it
		}
	}
	return nil
}

// behind begins the Move of one account that is mapped, and counts.
func (r *runner) behind(ctx context.Context, a Account) error {
	whole := true
	for _, t := range r.job.tasks(a) {
		if r.job.log.has(a, t) {
			continue
		}
		if t != Move || !whole {
			whole = false
			break
		}
		done, err := r.task(ctx, a, t)
		if err != nil {
			return err
		}
		whole = done
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.report.Accounts++
	if a.New == "" {
		r.report.Undecided++
	}
	if whole {
		r.report.Whole++
	}
	return nil
}

// task does one task, and notes how it ended. Its error is one that stops the run.
func (r *runner) task(ctx context.Context, a Account, t Task) (done bool, err error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	exported, failed := r.job.do(ctx, a, t)
	if ctx.Err() != nil {
		return false, ctx.Err() // what was interrupted has not failed
	}
	return failed == nil, r.ended(a, t, exported, failed)
}

// ended notes how a task ended, and tells of it.
func (r *runner) ended(a Account, t Task, e Exported, err error) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	entry := record{Account: a.Name, Task: t, New: a.New, At: r.job.options.Now().UTC(), Exported: e}
	if err != nil {
		entry.Trouble = err.Error()
		r.report.Failed[t]++
	}
	if r.job.options.Progress != nil {
		r.job.options.Progress(a, t, err)
	}
	return r.job.log.append(entry)
}

// do does one task.
func (j *Job) do(ctx context.Context, a Account, t Task) (Exported, error) {
	switch t {
	case Export:
		return j.export(ctx, a)
	case Tell:
		return Exported{}, j.steps.Tell(ctx, a, j.letter(a))
	case Map:
		return Exported{}, j.steps.Map(ctx, a)
	default:
		return Exported{}, j.steps.Move(ctx, a)
	}
}

func (j *Job) export(ctx context.Context, a Account) (Exported, error) {
	source, err := j.server.Open(ctx, a.Name)
	if err != nil {
		return Exported{}, fmt.Errorf("open %s: %w", a.Name, err)
	}
	e, err := j.steps.Export(ctx, a, source)
	return e, closed(source, err)
}

func (j *Job) letter(a Account) Letter {
	l := Letter{Kind: "closing", Export: j.log.exported(a.Name).Path, New: a.New, Until: j.options.Until}
	if a.New != "" {
		l.Kind = "chosen"
	}
	sum := sha256.Sum256([]byte(a.Name + "\x00" + string(a.ID) + "\x00" + l.Kind + "\x00" + string(a.New)))
	l.ID = hex.EncodeToString(sum[:12])
	return l
}

// after reports whether a task is done anew when the person chooses anew.
func (t Task) after(choice vocab.IRI) vocab.IRI {
	if t == Export {
		return ""
	}
	return choice
}
