package portability

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"time"
)

// stepFiles copies a few files, which any number of workers do at once.
func (v *visit) stepFiles(ctx context.Context, j Job) (Job, error) {
	e := v.engine
	v.job = j
	if err := v.open(ctx); err != nil {
		return v.after(ctx, err) // before any file is kept from others
	}
	now := e.now()
	claimed, err := e.store.ClaimFiles(ctx, v.id, e.options.Worker, now, now.Add(e.options.Lease), e.options.Files)
	switch {
	case err != nil:
		return j, err
	case len(claimed) == 0:
		return v.afterFiles(ctx, j)
	}
	for _, f := range claimed {
		f, failed := v.copyFile(ctx, f)
		if err := ctx.Err(); err != nil {
			return j, fmt.Errorf("step job %q: %w", v.id, err)
		}
		if err := e.store.SettleFiles(ctx, v.id, e.options.Worker, []JobFile{f}); err != nil {
			return j, err
		}
		if failed != nil {
			return v.trouble(ctx, failed)
		}
		if f.State == Failed {
			v.problem = f.Reason
		}
	}
	return v.tellFiles(ctx, j)
}

// afterFiles leads a job on whose files are all settled, or tells when to ask again.
func (v *visit) afterFiles(ctx context.Context, j Job) (Job, error) {
	n, due, err := v.engine.store.Unsettled(ctx, v.id)
	switch {
	case err != nil:
		return j, err
	case n == 0:
		return v.after(ctx, v.done(ctx, advance(j), Change{}))
	}
	j.Due = due
	if soon := v.engine.now().Add(time.Second); due.Before(soon) {
		j.Due = soon
	}
	return j, nil
}

func (v *visit) tellFiles(ctx context.Context, j Job) (Job, error) {
	n, _, err := v.engine.store.Unsettled(ctx, v.id)
	if err != nil {
		return j, err
	}
	all := j.counted(StageFiles, Media).Total
	v.engine.tell(j, Event{Stage: StageFiles, Kind: Media, Done: max(all-n, 0), Total: all, Left: -1, Reason: v.problem})
	j.Due = time.Time{}
	return j, nil
}

// copyFile takes one file to the sink. The error is about the sink as a whole, and the
// file is not settled then.
func (v *visit) copyFile(ctx context.Context, f JobFile) (JobFile, *endError) {
	e := v.engine
	moved, err := v.moveFile(ctx, f)
	reason, ofFile := mediaReason(err)
	switch {
	case err == nil:
		moved.State, moved.Due = Copied, time.Time{}
		return moved, nil
	case ofFile:
		f.State, f.Reason = Failed, reason
		return f, nil
	}
	if e.options.Log != nil {
		e.options.Log.WarnContext(ctx, "a file was not copied", "job", v.id, "file", f.No, "error", err)
	}
	f.Tries++
	f.Due = e.now().Add(backoff(f.Tries, err))
	_, ofSource := errors.AsType[*sourceError](err)
	temporary, said := isTemporary(err)
	final := said && !temporary || f.Tries >= e.options.Attempts
	switch {
	case final && ofSource:
		f.State, f.Reason, f.Due = Failed, Unavailable, time.Time{}
	case final:
		f.Due = time.Time{} // when somebody lets the job go on
		return f, &endError{what: "put a file", err: err, final: true}
	}
	return f, nil
}

// A sourceError is what went wrong where a file came from.
type sourceError struct{ err error }

func (e *sourceError) Error() string { return "read file: " + e.err.Error() }
func (e *sourceError) Unwrap() error { return e.err }

func (v *visit) moveFile(ctx context.Context, f JobFile) (JobFile, error) {
	source, have := v.source.(MediaSource)
	sink, take := v.sink.(MediaSink)
	if !have || !take {
		return f, ErrNoPlace
	}
	if most := v.options.Limits.MediaBytes; most > 0 && f.Medium.Size > most || !v.options.Limits.takesType(f.Medium.Type) {
		return f, ErrNoPlace
	}
	r, known, err := source.OpenMedia(ctx, f.Medium)
	if err != nil {
		return f, &sourceError{err}
	}
	known.URL, known.Path = f.Medium.URL, f.Medium.Path
	sum := sha256.New()
	through := &hashing{r: r, most: v.options.Limits.MediaBytes, sum: sum}
	where, err := sink.PutMedia(ctx, known, through)
	closed := r.Close()
	switch {
	case through.err != nil:
		return f, &sourceError{through.err}
	case err != nil:
		return f, fmt.Errorf("put file: %w", err)
	case closed != nil:
		return f, &sourceError{closed}
	}
	f.URL, f.Bytes, f.Digest = where, through.n, hex.EncodeToString(sum.Sum(nil))
	return f, nil
}

// hashing counts and hashes what is read, keeps what went wrong with reading, and stops
// above a limit.
type hashing struct {
	r    io.Reader
	sum  io.Writer
	n    int64
	most int64 // 0: no limit
	err  error
}

func (h *hashing) Read(p []byte) (int, error) {
	n, err := h.r.Read(p)
	h.n += int64(n)
	_, _ = h.sum.Write(p[:n])
	if h.most > 0 && h.n > h.most {
		err = fmt.Errorf("%w: its size", ErrNoPlace)
	}
	if err != nil && !errors.Is(err, io.EOF) {
		h.err = err
	}
	return n, err
}
