package stories_test

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/backup"
	"codeberg.org/godwit/godwit/internal/fediverse"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/portability/consent"
)

// A passage is how an account is copied to its new place.
type passage struct {
	job      string // default: the new account's id
	from     func(context.Context) (portability.Source, error)
	old, new *person
	// household adjusts what the new server can hold.
	household func(*fediverse.Household)
	prove     *consent.ProveOptions
	now       func() time.Time // default the present
	options   portability.JobOptions
	again     bool // it was copied before
}

// Open implements portability.Opener.
func (c passage) Open(ctx context.Context, _ portability.Job) (portability.Source, portability.Sink, error) {
	to, err := c.new.server().Household(ctx, c.new.name)
	if err != nil {
		return nil, nil, err
	}
	if c.household != nil {
		c.household(to)
	}
	from, err := c.from(ctx)
	return from, to, err
}

func (c passage) id() string {
	if c.job != "" {
		return c.job
	}
	return string(c.new.id)
}

func (c passage) engine() *portability.Engine {
	return portability.NewEngine(c.new.server().Copies(), c, &portability.EngineOptions{Now: c.now})
}

// copies carries an account over, and tells nobody.
func (w *town) copies(c passage) *portability.JobReport {
	w.t.Helper()
	standing, evidence, err := consent.Prove(w.ctx, c.new.server().Client(), c.old.id, c.new.id, c.prove)
	if standing != portability.Proved && err != nil {
		w.t.Logf("the old account cannot be asked: %v", err)
	}
	w.t.Logf("the copy is %s (%s%s)", standing, evidence.By, evidence.Why)
	var report *portability.JobReport
	w.inSilence(func() { report = w.carries(c, standing) })
	return report
}

func (w *town) carries(c passage, standing portability.Standing) *portability.JobReport {
	w.t.Helper()
	engine := c.engine()
	if c.again {
		_, err := engine.Again(w.ctx, c.id())
		require.NoError(w.t, err, "run the copy again")
	}
	c.options.Breadcrumbs = !c.options.KeepIDs
	_, err := engine.Begin(w.ctx, portability.JobSpec{ID: c.id(), Account: c.new.id, Old: c.old.id, Standing: standing, Options: c.options})
	require.NoError(w.t, err, "begin the copy")
	_, err = engine.Run(w.ctx, c.id())
	require.NoError(w.t, err, "copy")
	report, err := engine.Report(w.ctx, c.id())
	require.NoError(w.t, err, "report")
	require.Equal(w.t, portability.JobDone, report.Job.State, "the copy has ended well: %s", report.Job.Trouble)
	return report
}

// copied carries an account over, by a backup, that is ready to move then.
func (w *town) copied(old, new *person) *portability.JobReport {
	w.t.Helper()
	report := w.copies(passage{from: archived(old.backsUp()), old: old, new: new})
	require.NoError(w.t, report.Ready(), "the report lets the account move")
	return report
}

// live is the account as its server has it now.
func (p *person) live(ctx context.Context) (portability.Source, error) {
	return p.server().Household(ctx, p.name)
}

// archived is the account as an archive has it.
func archived(file string) func(context.Context) (portability.Source, error) {
	return func(ctx context.Context) (portability.Source, error) { return backup.Open(ctx, file, nil) }
}

// backsUp writes an archive of everything, signed with the account's key.
func (p *person) backsUp() string {
	p.town.t.Helper()
	return p.backsUpWith(&backup.WriteOptions{})
}

func (p *person) backsUpWith(o *backup.WriteOptions) string {
	p.town.t.Helper()
	home, err := p.live(p.town.ctx)
	p.does("opens the household", err)
	return p.writesArchive(home, o)
}

func (p *person) writesArchive(from portability.Source, o *backup.WriteOptions) string {
	p.town.t.Helper()
	shelf, err := p.server().Shelf(p.town.ctx, p.name, portability.Readership{})
	p.does("opens the shelf", err)
	key, err := shelf.Key(p.town.ctx)
	p.does("has a key", err)
	o.Created, o.Key = time.Now(), &key
	file := filepath.Join(p.town.dir, fmt.Sprintf("%s@%s-%d.tar.gz", p.name, p.at, p.backups))
	p.backups++
	o.Compression = backup.Gzip
	to, err := backup.Create(file, o)
	p.does("begins an archive", err)
	p.town.inSilence(func() { _, err = portability.Copy(p.town.ctx, from, to, nil) })
	p.does("takes a backup", err)
	p.does("closes the archive", to.Close())
	return file
}
