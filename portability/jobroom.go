package portability

import (
	"context"
	"errors"
	"fmt"
	"hash"
	"io"
	"math"
	"sync"
	"time"
)

// errNoRoom says that a file is more than the account may have.
var errNoRoom = errors.New("no room for the file")

// hashing counts and hashes what is read, keeps what went wrong with reading, and stops
// above a limit.
type hashing struct {
	r    io.Reader
	sum  hash.Hash
	n    int64
	most int64 // of one file; 0: no limit
	room int64 // that the account has left
	err  error
}

// fits fails if a file of a size has no place. One of an unknown size, below 0, may have.
func (h *hashing) fits(size int64) error {
	switch {
	case h.most > 0 && size > h.most:
		return fmt.Errorf("%w: its size", ErrNoPlace)
	case h.room <= 0 && size != 0, size > h.room:
		return errNoRoom
	}
	return nil
}

func (h *hashing) Read(p []byte) (int, error) {
	n, err := h.r.Read(p)
	h.n += int64(n)
	_, _ = h.sum.Write(p[:n])
	if tooLarge := h.fits(h.n); tooLarge != nil {
		err = tooLarge
	}
	if err != nil && !errors.Is(err, io.EOF) {
		h.err = err
	}
	return n, err
}

// knownFiles is what an engine knows of the files of the jobs that it works on, so that
// they are not counted at each step.
type knownFiles struct {
	mu  sync.Mutex
	all map[string]fileCount // by job
}

// A fileCount is what was counted, and what this engine has done since.
type fileCount struct {
	at    time.Time // when it was counted
	left  int64     // files that are not settled
	bytes int64     // of those that are at the sink, or will be as far as is known
}

// countFiles returns what is known of a job's files. What other workers have done is
// known after a part of a lease.
func (v *visit) countFiles(ctx context.Context) (fileCount, error) {
	e := v.engine
	if c, known := e.files.of(v.id); known && !e.slow(c.at) {
		return c, nil
	}
	c := fileCount{at: e.now()}
	var err error
	if c.left, _, err = e.store.Unsettled(ctx, v.id); err != nil {
		return c, err
	}
	if v.options.Limits.Bytes > 0 {
		for f, err := range e.store.Files(ctx, v.id, -1) {
			if err != nil {
				return c, err
			}
			c.bytes += f.reserved()
		}
	}
	e.files.set(v.id, c)
	return c, nil
}

// reserved is how many bytes a file takes, or will, as far as is known.
func (f JobFile) reserved() int64 {
	switch f.State {
	case "":
		return max(f.Medium.Size, 0)
	case Copied:
		return f.Bytes
	}
	return 0
}

// room returns how large a file may be for the account to have no more than it may.
func (v *visit) room(ctx context.Context, f JobFile) (int64, error) {
	most := v.options.Limits.Bytes
	if most <= 0 {
		return math.MaxInt64, nil
	}
	known, err := v.countFiles(ctx)
	return most - (known.bytes - f.reserved()), err
}

func (k *knownFiles) of(job string) (fileCount, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	c, known := k.all[job]
	return c, known
}

func (k *knownFiles) set(job string, c fileCount) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.all == nil || len(k.all) >= mostKnown {
		k.all = map[string]fileCount{}
	}
	k.all[job] = c
}

// mostKnown is of how many jobs the files are known at once.
const mostKnown = 1000

// settled notes what became of a file.
func (k *knownFiles) settled(job string, before, after JobFile) {
	k.mu.Lock()
	defer k.mu.Unlock()
	c, known := k.all[job]
	if !known {
		return
	}
	if after.State != "" {
		c.left--
	}
	c.bytes += after.reserved() - before.reserved()
	k.all[job] = c
}

func (k *knownFiles) forget(job string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.all, job)
}
