// Package closing ends a server without losing anybody: one job over all of its
// accounts that can be stopped and continued at any moment.
//
// An admin calls [Open] with a [Server], which lists the accounts and opens each
// as a portability.Source, and with the [Steps] to be done for each: export it, map
// its addresses, tell the person, begin their Move. [Job.Estimate] tells what disk
// and time that takes before anything is done; [Job.Run] does what is due; it is
// called again when more people have chosen where to go, and at last builds the door
// file, from which godwit afterlife answers.
//
// What a step is, and where it writes, is its host's: package backup writes archives,
// portability/afterlife door files, and one move.Announcer paces the Moves of all
// accounts together, by host. The command godwit close joins them. A step may be
// repeated after a crash, never left out: each is given what makes it idempotent.
package closing

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"time"

	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

// A Server is what closes.
type Server interface {
	// Accounts yields every account by name, beginning behind after. A later call
	// tells of choices that were made since. An error is the last thing yielded.
	Accounts(ctx context.Context, after string) iter.Seq2[Account, error]
	// Open opens an account's data. If it is an io.Closer, it is closed after use.
	Open(ctx context.Context, name string) (portability.Source, error)
}

// An Account is one of a server's.
type Account struct {
	Name string    // unique on the server; what it is listed by
	ID   vocab.IRI // the actor
	New  vocab.IRI // where the person goes; "" while they have not chosen
	// Bytes is about how large its export will be; 0 if that is not known.
	Bytes int64
}

// A Task is one thing that is done for an account. The words are stable.
type Task string

// The tasks, in their order.
const (
	Export Task = "export" // its data are written
	Tell   Task = "tell"   // the person is told that the server closes, and later where they are led
	Map    Task = "map"    // where its addresses lead is written; once the person has chosen
	Move   Task = "move"   // its Move is begun; once the person has chosen
)

// Steps are what a job does for each account. One that is nil is not done. Each may
// be called again for the same account after a crash, and with another New after the
// person has chosen anew; what it returns an error for is tried again by the next Run.
type Steps struct {
	// Export writes everything that the source has, and returns where, and how much.
	Export func(ctx context.Context, a Account, from portability.Source) (Exported, error)
	// Tell tells the person. A letter that is sent twice has the same ID.
	Tell func(ctx context.Context, a Account, l Letter) error
	// Map writes where the account's addresses lead from now on.
	Map func(ctx context.Context, a Account) error
	// Move begins the account's Move, after Door. Nothing need be sent when it returns: handing
	// all to one announcer paces them together.
	Move func(ctx context.Context, a Account) error
	// Door builds what answers after the end, out of all exports. It is called when
	// there is an export, or a choice, that the last one did not have, or had otherwise:
	// a choice that was changed or withdrawn leads nobody on.
	Door func(ctx context.Context, accounts iter.Seq2[Done, error]) error
}

// Exported is what was written of an account.
type Exported struct {
	Path  string `json:"path,omitempty"`
	Bytes int64  `json:"bytes"`
	Items int64  `json:"items"`
}

// A Letter is what a person is told of.
type Letter struct {
	ID     string    `json:"id"`              // stable: a mail server that knows it need not send it again
	Kind   string    `json:"kind"`            // "closing", or "chosen" after a choice
	Export string    `json:"export"`          // where their data lie
	New    vocab.IRI `json:"new,omitempty"`   // what they chose; "" while they have not
	Until  time.Time `json:"until,omitempty"` // when the server ends, if that is known
}

// Done is an account with what was done of it.
type Done struct {
	Account
	Exported Exported
	// Mapped: Map is done for what the person has chosen, so that links may lead there.
	Mapped bool
}

// Options adjusts [Open]. A nil *Options is the same as a zero one.
type Options struct {
	// Workers is how many accounts are exported at once. Default 2.
	Workers int
	// Until is when the server ends; for letters.
	Until time.Time
	// Now is the clock. Default time.Now.
	Now func() time.Time
	// Progress, if not nil, is told of every task that ended; err is nil if it is done.
	// Calls do not overlap.
	Progress func(a Account, t Task, err error)
}

// A Job closes one server. It is used by one process at a time.
type Job struct {
	server  Server
	steps   Steps
	options Options
	log     *log
}

// Open begins a job, or continues it, whose state lies in a file. Another process that
// has it is [ErrInUse]. The caller closes it.
func Open(path string, server Server, steps Steps, options *Options) (*Job, error) {
	j := &Job{server: server, steps: steps}
	if options != nil {
		j.options = *options
	}
	if j.options.Workers <= 0 {
		j.options.Workers = 2
	}
	if j.options.Now == nil {
		j.options.Now = time.Now
	}
	var err error
	if j.log, err = openLog(path); err != nil {
		return nil, fmt.Errorf("open closing job: %w", err)
	}
	return j, nil
}

// Close lets go of the job's file. The job can be opened again.
func (j *Job) Close() error { return j.log.close() }

// Status is where an account is.
type Status struct {
	Account
	Exported Exported
	Done     []Task // of what is due: what is done
	Due      []Task // what is not
	Trouble  string // why the last try of one failed; "" if none did
}

// Status yields where every account is, by name.
func (j *Job) Status(ctx context.Context) iter.Seq2[Status, error] {
	return func(yield func(Status, error) bool) {
		for a, err := range j.server.Accounts(ctx, "") {
			if err != nil {
				yield(Status{}, fmt.Errorf("list accounts: %w", err))
				return
			}
			if !yield(j.status(a), nil) {
				return
			}
		}
	}
}

func (j *Job) status(a Account) Status {
	s := Status{Account: a, Exported: j.log.exported(a.Name), Trouble: j.log.trouble(a.Name)}
	for _, t := range j.tasks(a) {
		if j.log.has(a, t) {
			s.Done = append(s.Done, t)
		} else {
			s.Due = append(s.Due, t)
		}
	}
	return s
}

// Undecided yields the accounts whose people have not chosen where to go.
func (j *Job) Undecided(ctx context.Context) iter.Seq2[Account, error] {
	return func(yield func(Account, error) bool) {
		for a, err := range j.server.Accounts(ctx, "") {
			if err != nil {
				yield(a, fmt.Errorf("list accounts: %w", err))
				return
			}
			if a.New == "" && !yield(a, nil) {
				return
			}
		}
	}
}

// tasks are those that an account is to have by now.
func (j *Job) tasks(a Account) []Task {
	var due []Task
	for _, t := range []struct {
		task Task
		has  bool
	}{
		{Export, j.steps.Export != nil},
		{Tell, j.steps.Tell != nil},
		{Map, j.steps.Map != nil && a.New != ""},
		{Move, j.steps.Move != nil && a.New != ""},
	} {
		if t.has {
			due = append(due, t.task)
		}
	}
	return due
}

// closed closes a source if that is to be closed.
func closed(s portability.Source, err error) error {
	if c, ok := s.(io.Closer); ok {
		return errors.Join(err, c.Close())
	}
	return err
}
