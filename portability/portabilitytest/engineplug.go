package portabilitytest

import (
	"context"
	"errors"
	"io"
	"iter"
	"sync"
	"time"

	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

var errEngineFault = errors.New("somebody pulled the plug")

// enginePlug is pulled at one call of all that an engine makes of its store and its
// ends: before the effect of the call or after it, as an error or as a death.
type enginePlug struct {
	mu    sync.Mutex
	calls int
	fail  int // the number of the call; 0: none
	after bool
	death bool
	from  int // if not 0, every call from this on fails until to
	to    int
}

// pull makes the call. The number of results that count is none: an error replaces
// them.
func (p *enginePlug) pull(call func() error) error {
	p.mu.Lock()
	p.calls++
	hit := p.calls == p.fail || p.from > 0 && p.calls >= p.from && p.calls < p.to
	p.mu.Unlock()
	if hit && !p.after {
		return p.out()
	}
	err := call()
	if hit {
		return errors.Join(p.out(), err)
	}
	return err
}

func (p *enginePlug) out() error {
	if p.death {
		panic(errEngineFault)
	}
	return errEngineFault
}

func (p *enginePlug) count() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.calls
}

// enginePages passes on a sequence, of which each element is a call.
func enginePages[T any](p *enginePlug, seq iter.Seq2[T, error]) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for one, err := range seq {
			if err == nil {
				err = p.pull(func() error { return nil })
			}
			if !yield(one, err) || err != nil {
				return
			}
		}
	}
}

// pluggedStore is a store behind a plug.
type pluggedStore struct {
	portability.Store
	plug *enginePlug
}

func (s pluggedStore) Job(ctx context.Context, id string) (j portability.Job, err error) {
	err = s.plug.pull(func() error { j, err = s.Store.Job(ctx, id); return err })
	return j, err
}

func (s pluggedStore) Commit(ctx context.Context, j portability.Job, c portability.Change) (stored portability.Job, err error) {
	err = s.plug.pull(func() error { stored, err = s.Store.Commit(ctx, j, c); return err })
	return stored, err
}

func (s pluggedStore) Entries(ctx context.Context, job string, after int64, f portability.EntryFilter) iter.Seq2[portability.Entry, error] {
	return enginePages(s.plug, s.Store.Entries(ctx, job, after, f))
}

func (s pluggedStore) Known(ctx context.Context, job string, refs []portability.Ref) (m map[portability.Ref]portability.Entry, err error) {
	err = s.plug.pull(func() error { m, err = s.Store.Known(ctx, job, refs); return err })
	return m, err
}

func (s pluggedStore) Owners(ctx context.Context, job string, olds []vocab.IRI) (m map[vocab.IRI]portability.Ref, err error) {
	err = s.plug.pull(func() error { m, err = s.Store.Owners(ctx, job, olds); return err })
	return m, err
}

func (s pluggedStore) Links(ctx context.Context, job string) iter.Seq2[portability.Link, error] {
	return enginePages(s.plug, s.Store.Links(ctx, job))
}

func (s pluggedStore) Held(ctx context.Context, job string, after int64) iter.Seq2[portability.HeldItem, error] {
	return enginePages(s.plug, s.Store.Held(ctx, job, after))
}

func (s pluggedStore) ClaimFiles(ctx context.Context, job, worker string, now, until time.Time, n int) (files []portability.JobFile, err error) {
	err = s.plug.pull(func() error { files, err = s.Store.ClaimFiles(ctx, job, worker, now, until, n); return err })
	return files, err
}

func (s pluggedStore) SettleFiles(ctx context.Context, job, worker string, files []portability.JobFile) error {
	return s.plug.pull(func() error { return s.Store.SettleFiles(ctx, job, worker, files) })
}

func (s pluggedStore) Found(ctx context.Context, job string, places []string) (m map[string]portability.JobFile, err error) {
	err = s.plug.pull(func() error { m, err = s.Store.Found(ctx, job, places); return err })
	return m, err
}

func (s pluggedStore) Unsettled(ctx context.Context, job string) (n int64, due time.Time, err error) {
	err = s.plug.pull(func() error { n, due, err = s.Store.Unsettled(ctx, job); return err })
	return n, due, err
}

func (s pluggedStore) Mappings(ctx context.Context, from, after vocab.IRI) iter.Seq2[portability.Mapping, error] {
	return enginePages(s.plug, s.Store.Mappings(ctx, from, after))
}

// pluggedSource is an account behind a plug.
type pluggedSource struct {
	*engineAccount
	plug *enginePlug
}

func (s pluggedSource) Actor(ctx context.Context) (o *vocab.Object, err error) {
	err = s.plug.pull(func() error { o, err = s.engineAccount.Actor(ctx); return err })
	return o, err
}

func (s pluggedSource) Kinds(ctx context.Context) (kinds []portability.Kind, err error) {
	err = s.plug.pull(func() error { kinds, err = s.engineAccount.Kinds(ctx); return err })
	return kinds, err
}

func (s pluggedSource) Items(ctx context.Context, k portability.Kind, after string) iter.Seq2[portability.Item, error] {
	return enginePages(s.plug, s.engineAccount.Items(ctx, k, after))
}

func (s pluggedSource) Count(ctx context.Context, k portability.Kind) (n int64, exact bool, err error) {
	err = s.plug.pull(func() error { n, exact, err = s.engineAccount.Count(ctx, k); return err })
	return n, exact, err
}

func (s pluggedSource) OpenMedia(ctx context.Context, m portability.Medium) (r io.ReadCloser, known portability.Medium, err error) {
	err = s.plug.pull(func() error { r, known, err = s.engineAccount.OpenMedia(ctx, m); return err })
	return r, known, err
}

// pluggedSink is a server behind a plug.
type pluggedSink struct {
	*engineServer
	plug *enginePlug
}

func (s pluggedSink) Limits(ctx context.Context) (l portability.Limits, err error) {
	err = s.plug.pull(func() error { l, err = s.engineServer.Limits(ctx); return err })
	return l, err
}

func (s pluggedSink) Mint(ctx context.Context, items []portability.Item) (m []portability.Minted, err error) {
	err = s.plug.pull(func() error { m, err = s.engineServer.Mint(ctx, items); return err })
	return m, err
}

func (s pluggedSink) Put(ctx context.Context, items []portability.Item) (r []portability.Result, err error) {
	err = s.plug.pull(func() error { r, err = s.engineServer.Put(ctx, items); return err })
	return r, err
}

func (s pluggedSink) Update(ctx context.Context, items []portability.Item) (r []portability.Result, err error) {
	err = s.plug.pull(func() error { r, err = s.engineServer.Update(ctx, items); return err })
	return r, err
}

func (s pluggedSink) Remove(ctx context.Context, refs []portability.Ref) (r []portability.Result, err error) {
	err = s.plug.pull(func() error { r, err = s.engineServer.Remove(ctx, refs); return err })
	return r, err
}

func (s pluggedSink) Holds(ctx context.Context, refs []portability.Ref) (held []bool, err error) {
	err = s.plug.pull(func() error { held, err = s.engineServer.Holds(ctx, refs); return err })
	return held, err
}

func (s pluggedSink) PutMedia(ctx context.Context, m portability.Medium, r io.Reader) (where vocab.IRI, err error) {
	err = s.plug.pull(func() error { where, err = s.engineServer.PutMedia(ctx, m, r); return err })
	return where, err
}

func (s pluggedSink) Finish(ctx context.Context) error {
	return s.plug.pull(func() error { return s.engineServer.Finish(ctx) })
}
