package main

import (
	"context"
	"fmt"

	"codeberg.org/godwit/godwit/backup"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/portability/consent"
)

// job is the name of the copy in the new server's journal.
const job = "alice"

// carry copies the account, out of its backup, to the new server. Killed at any moment,
// it goes on where it was; nobody is told anything.
func (w *world) carry(ctx context.Context, show *progress) error {
	if err := w.noteQueued(ctx, "before-the-copy.json"); err != nil {
		return err
	}
	engine := w.engine(show)
	if !w.noted("copied.json") {
		// The old account says that the new one is theirs: that proves the copy.
		standing, evidence, err := consent.Prove(ctx, w.servers[newHost].Client(), w.from, w.to, nil)
		if err != nil {
			return err
		}
		why := "the old account names the new one"
		if evidence.Why != "" {
			why = string(evidence.Why)
		}
		show.say("the copy is %s: %s", standing, why)
		_, err = engine.Begin(ctx, portability.JobSpec{
			ID: job, Account: w.to, Old: w.from, Standing: standing,
			Options: portability.JobOptions{Breadcrumbs: true},
		})
		if err != nil {
			return err
		}
		if _, err := engine.Run(ctx, job); err != nil {
			return err
		}
		if err := w.noteQueued(ctx, "after-the-copy.json"); err != nil {
			return err
		}
	}
	report, err := engine.Report(ctx, job)
	if err != nil {
		return err
	}
	// The gate: whoever has not everything there does not move.
	if err := report.Ready(); err != nil {
		return fmt.Errorf("copy: %w%s", err, w.why(report))
	}
	show.say("copied to the new server: %d posts, %d files", report.Count(portability.Content, portability.Copied, portability.Changed), report.Files)
	return w.note("copied.json", report)
}

// why names the first items that keep the gate shut.
func (w *world) why(report *portability.JobReport) string {
	text := ""
	for _, e := range report.Examples {
		if e.State == portability.Failed || e.State == portability.Conflicting {
			text += fmt.Sprintf("\n  %s %s: %s, %s", e.Kind, e.ID, e.State, e.Reason)
		}
	}
	if report.Job.Trouble != "" {
		text += "\n  " + report.Job.Trouble
	}
	return text
}

// engine is what copies to the new server. It has one name, since only one process at a
// time has this folder's ports: so it needs not wait for the lease of one that was killed.
func (w *world) engine(show *progress) *portability.Engine {
	return portability.NewEngine(w.servers[newHost].Copies(), w, &portability.EngineOptions{
		Worker: "migration", Batch: 200,
		Events: func(e portability.Event) {
			if show != nil && e.State == portability.JobRunning && e.Kind != "" {
				show.copied(e)
			}
		},
	})
}

// Open implements portability.Opener.
func (w *world) Open(ctx context.Context, _ portability.Job) (portability.Source, portability.Sink, error) {
	shelf, err := w.servers[newHost].Shelf(ctx, "alice", portability.Readership{})
	if err != nil {
		return nil, nil, err
	}
	from, err := backup.Open(ctx, w.backupFile(), nil)
	if err != nil {
		return nil, nil, err
	}
	return from, shelf, nil
}

// noteQueued notes how many activities the two servers have ever queued for others, once.
func (w *world) noteQueued(ctx context.Context, name string) error {
	if w.noted(name) {
		return nil
	}
	queued := 0
	for _, host := range []int{oldHost, newHost} {
		n, err := w.servers[host].Queued(ctx)
		if err != nil {
			return err
		}
		queued += n
	}
	return w.note(name, queued)
}

// lead hands the old server the map of where everything is now, and lets the new one
// publish it.
func (w *world) lead(ctx context.Context, show *progress) error {
	if w.noted("led.json") {
		return nil
	}
	all := w.servers[newHost].Copies().Mappings(ctx, w.from, "")
	if err := w.servers[oldHost].Forward(ctx, "alice", all); err != nil {
		return err
	}
	if err := w.servers[newHost].Welcome(ctx, "alice", w.from); err != nil {
		return err
	}
	show.say("the old server leads old links to the new one")
	return w.note("led.json", true)
}
