package portability

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"

	"codeberg.org/godwit/godwit/vocab"
)

// An Opener opens the two ends of a job. Any process that works on a job can open
// them, as often as it likes, and gets the same account each time.
type Opener interface {
	// Open returns the ends. Either one that is an io.Closer is closed by the engine,
	// and the same that is both once. Of a job that is undone, or released, only the
	// sink is used: where the old server is gone by then, the source may be nil.
	Open(ctx context.Context, j Job) (Source, Sink, error)
}

// An Engine copies accounts by steps, each of which is recorded, so that a copy can be
// stopped at any instant, and continued by anybody, without a loss or a duplicate.
// It sends nothing to anybody. It is safe for concurrent use, and any number of
// engines, in any number of processes, can share a [Store].
type Engine struct {
	store   Store
	ends    Opener
	options EngineOptions
	place   placing

	mu   sync.Mutex
	busy map[string]bool // jobs that this engine is working on, but for their files

	files knownFiles
}

// A placing decides what items become at the sink: it fills in Item.Placed. Find
// returns the entries that old IRIs stand for.
type placing func(ctx context.Context, p placeable, items []Item) ([]Item, error)

// placeable is what placing needs to know of a job.
type placeable struct {
	job     Job
	options JobOptions
	actor   *vocab.Object // of the source; nil if it has none
	entries map[Ref]Entry // of the items
	files   map[string]JobFile
	find    func(context.Context, []vocab.IRI) (map[vocab.IRI]Entry, error)
}

// EngineOptions adjusts [NewEngine]. A nil *EngineOptions is the same as a zero one.
type EngineOptions struct {
	// Worker names this engine among all that share its store. Two must never have
	// the same name at once. Default: random.
	Worker string
	// Lease is for how long a job or a file is kept from other workers, so how long it
	// rests if this one dies. It is renewed while a call of the source or the sink lasts.
	// If it is over all the same, as in a process that was stopped for a while, work is
	// done twice, but never with another result. Default a minute, at most a day.
	Lease time.Duration
	// Batch is how many items are read or put in one step. Default 1000; fewer where
	// their documents are large, so that about 8 MiB of them are held.
	Batch int
	// Files is how many files are copied in one step. Default 8.
	Files int
	// Attempts is how often something that fails is tried before it is given up: a
	// file or an item fails then, if others do not; else the job is paused. Between
	// them are 5 seconds at first, and twice as long each time, up to an hour.
	// Default 10; at least 2, for what fails with others is tried alone.
	Attempts int
	// Now is the clock. Default time.Now.
	Now func() time.Time
	// Wait waits for a time to pass, for Run and Serve. Default: by a timer.
	Wait func(ctx context.Context, d time.Duration) error
	// Meanwhile waits beside a call of the source or the sink, until the lease is to be
	// renewed or ctx is over, whose error it returns then. It is called by a goroutine of
	// its own, for each call. Default: by a timer.
	Meanwhile func(ctx context.Context, d time.Duration) error
	// Events, if not nil, is told of progress after each step, by the one who makes it.
	Events func(Event)
	// Allow, if not nil, is asked once everything is read and nothing put. The
	// forecast is made of what was read; its Rules are empty ([Engine.DryRun]). A
	// [*RefusedJobError] ends the job as refused, ErrAwaiting pauses it until somebody
	// has looked; any other error is tried again later.
	Allow func(ctx context.Context, j Job, f *Forecast) error
	// Keep says which ids are kept, for copies that are to keep them. If it is nil, no
	// such copy is begun.
	Keep KeepIDs
	// Sign, if not nil, signs copies as the new account, where the sink names them before
	// they are put ([Minter]).
	Sign Signing
	// Log, if not nil, gets what goes wrong in full, which may hold what the job's
	// Trouble leaves out.
	Log *slog.Logger
}

// ErrAwaiting is what Allow returns if somebody has to look first.
var ErrAwaiting = errors.New("the copy waits for somebody's approval")

// A Ground is why a copy may not be. The words are stable: the engine's own, and those of
// whoever was asked by Allow, such as package portability/consent.
type Ground string

// A RefusedJobError says why a copy may not be.
type RefusedJobError struct {
	// Ground is the reason, in a stable word.
	Ground Ground
	// Text is for people, and holds nothing private.
	Text string
	// Advice is what a person can do about it; "" where nothing is to be done.
	Advice string
}

func (e *RefusedJobError) Error() string {
	if e.Text == "" {
		return "the copy is refused: " + string(e.Ground)
	}
	return "the copy is refused: " + string(e.Ground) + ": " + e.Text
}

// Hint says what a person can do about it; "" where nothing is to be done.
func (e *RefusedJobError) Hint() string {
	switch e.Ground {
	case GroundOtherAccount:
		return "choose the archive or the server of the account that was named"
	case GroundEndless:
		return "export the account at the old server, and copy it from the archive, or allow more items if it has so many"
	}
	return e.Advice
}

// NewEngine returns an engine over a store.
func NewEngine(store Store, ends Opener, options *EngineOptions) *Engine {
	e := &Engine{store: store, ends: ends, busy: map[string]bool{}, place: placeAll}
	if options != nil {
		e.options = *options
	}
	o := &e.options
	if o.Sign != nil {
		e.place = signedBy(o.Sign)
	}
	if o.Worker == "" {
		o.Worker = rand.Text()
	}
	if o.Lease <= 0 {
		o.Lease = time.Minute
	}
	o.Lease = min(o.Lease, longest)
	if o.Batch <= 0 {
		o.Batch = 1000
	}
	if o.Files <= 0 {
		o.Files = 8
	}
	if o.Attempts <= 0 {
		o.Attempts = 10
	}
	o.Attempts = max(o.Attempts, 2)
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Wait == nil {
		o.Wait = wait
	}
	if o.Meanwhile == nil {
		o.Meanwhile = wait
	}
	return e
}

// longest is how far ahead anything may be due, and a lease end. What is further off was
// written by a clock that was wrong, and is due now.
const longest = 24 * time.Hour

func wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// now is the time as stores keep it.
func (e *Engine) now() time.Time { return e.options.Now().UTC().Truncate(time.Microsecond) }

// occupy keeps a job from other goroutines of this engine. The bool is false if one
// has it.
func (e *Engine) occupy(id string) (free func(), ok bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.busy[id] {
		return nil, false
	}
	e.busy[id] = true
	return func() {
		e.mu.Lock()
		defer e.mu.Unlock()
		delete(e.busy, id)
	}, true
}

// An endError is what went wrong with the source or the sink, not with the store.
type endError struct {
	what  string
	err   error
	ofPut bool // of putting or taking out: perhaps one item's fault
	final bool // it was tried as often as it may be
}

func (e *endError) Error() string { return e.what + ": " + e.err.Error() }
func (e *endError) Unwrap() error { return e.err }

func ofEnd(what string, err error) error {
	if err == nil {
		return nil
	}
	return &endError{what: what, err: err}
}

func isOfEnd(err error) bool {
	_, is := errors.AsType[*endError](err)
	return is
}

// isTemporary tells what an error says of itself: whether trying again may help, and
// whether it says anything.
func isTemporary(err error) (temporary, said bool) {
	var t interface{ Temporary() bool }
	if errors.As(err, &t) {
		return t.Temporary(), true
	}
	return false, false
}

func closeEnd(end any) error {
	if c, ok := end.(io.Closer); ok {
		return c.Close()
	}
	return nil
}

// stale reports whether somebody else has taken a job on.
func stale(err error) bool { return errors.Is(err, ErrStale) }

func jobError(what, id string, err error) error {
	return fmt.Errorf("%s: job %q: %w", what, id, err)
}
