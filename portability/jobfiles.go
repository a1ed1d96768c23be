package portability

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
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
	failed, err := v.copyFiles(ctx, claimed)
	switch {
	case err != nil:
		return j, err
	case failed != nil:
		return v.trouble(ctx, failed)
	case j.Tries > 0:
		if err := v.done(ctx, j, Change{}); err != nil && !stale(err) {
			return j, err
		}
		j = cleared(j)
	}
	return v.tellFiles(ctx, j)
}

// copyFiles copies files one after the other, and hands back those that there is no
// time for. The endError is about the sink as a whole.
func (v *visit) copyFiles(ctx context.Context, claimed []JobFile) (*endError, error) {
	began := v.engine.now()
	for n := range claimed {
		if n > 0 && v.engine.slow(began) {
			return nil, v.settleFiles(ctx, claimed[n:])
		}
		f, failed, err := v.copyLeased(ctx, claimed[n:])
		switch {
		case ranOut(ctx):
			return nil, v.fileTooLate(ctx, f, failed, claimed[n+1:])
		case err != nil:
			return nil, err
		case failed != nil:
			return failed, v.settleFiles(ctx, append([]JobFile{f}, claimed[n+1:]...))
		}
		if err := v.settleFiles(ctx, []JobFile{f}); err != nil {
			return nil, err
		}
		v.engine.files.settled(v.id, claimed[n], f)
		if f.State == Failed {
			v.problem = f.Reason
		}
	}
	return nil, nil
}

func (v *visit) settleFiles(ctx context.Context, files []JobFile) error {
	return v.engine.store.SettleFiles(ctx, v.id, v.engine.options.Worker, files)
}

// copyLeased copies the first of some files, all of which are kept from others
// meanwhile. One that somebody else has taken by then is theirs.
func (v *visit) copyLeased(ctx context.Context, files []JobFile) (f JobFile, failed *endError, err error) {
	room, err := v.room(ctx, files[0])
	if err != nil {
		return files[0], nil, err
	}
	err = v.engine.meanwhile(ctx, v.renewFiles(files), func(ctx context.Context) error {
		f, failed = v.copyFile(ctx, files[0], room)
		return nil
	})
	switch {
	case err == nil && ranOut(ctx):
		return f, failed, nil
	case ctx.Err() != nil:
		return files[0], nil, fmt.Errorf("step job %q: %w", v.id, ctx.Err())
	case err != nil && f.State != Copied:
		return files[0], nil, nil // to settle it as it was does nothing
	}
	return f, failed, nil
}

// renewFiles is the [renewal] of files. It is for nothing if the first is not ours.
func (v *visit) renewFiles(files []JobFile) renewal {
	places := make([]string, len(files))
	for n, f := range files {
		places[n] = f.Place
	}
	return func(ctx context.Context) (bool, error) {
		e := v.engine
		ours, err := e.store.RenewFiles(ctx, v.id, e.options.Worker, e.now().Add(e.options.Lease), places)
		if err != nil || len(ours) > 0 && ours[0] == places[0] {
			return true, nil // of a failure of the store nothing is known: it is tried again
		}
		return false, errTaken
	}
}

// errTaken says that somebody else copies a file by now.
var errTaken = errors.New("another worker has the file")

// afterFiles leads a job on whose files are all settled, or tells when to ask again.
func (v *visit) afterFiles(ctx context.Context, j Job) (Job, error) {
	n, due, err := v.engine.store.Unsettled(ctx, v.id)
	switch {
	case err != nil:
		return j, err
	case n == 0:
		v.engine.files.forget(v.id)
		return v.after(ctx, v.done(ctx, advance(j), Change{}))
	}
	now := v.engine.now()
	j.Due = due
	if soon := now.Add(time.Second); due.Before(soon) || due.After(now.Add(longest)) {
		j.Due = soon
	}
	return j, nil
}

// tellFiles tells those who watch how far it is.
func (v *visit) tellFiles(ctx context.Context, j Job) (Job, error) {
	j.Due = time.Time{}
	if v.engine.options.Events == nil {
		return j, nil
	}
	known, err := v.countFiles(ctx)
	if err != nil {
		return j, err
	}
	all := j.counted(StageFiles, Media).Total
	v.engine.tell(j, Event{Stage: StageFiles, Kind: Media, Done: max(all-known.left, 0), Total: all, Left: -1, Reason: v.problem})
	return j, nil
}

// copyFile takes one file to the sink, where there is so much room. The error is about
// the sink as a whole, and the file is not settled then.
func (v *visit) copyFile(ctx context.Context, f JobFile, room int64) (JobFile, *endError) {
	e := v.engine
	moved, err := v.moveFile(ctx, f, room)
	reason, ofFile := mediaReason(err)
	switch {
	case err == nil:
		moved.State, moved.Due = Copied, time.Time{}
		return moved, nil
	case errors.Is(err, errNoRoom):
		f.State, f.Reason = Failed, TooMany
		return f, nil
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

func (v *visit) moveFile(ctx context.Context, f JobFile, room int64) (JobFile, error) {
	source, have := v.source.(MediaSource)
	sink, take := v.sink.(MediaSink)
	limits := v.options.Limits
	if !have || !take || !limits.takesType(f.Medium.Type) {
		return f, ErrNoPlace
	}
	through := &hashing{most: limits.MediaBytes, room: room, sum: sha256.New()}
	if err := through.fits(f.Medium.Size); err != nil {
		return f, err
	}
	r, known, err := source.OpenMedia(ctx, f.Medium)
	if err != nil {
		return f, &sourceError{err}
	}
	known.URL, known.Path = f.Medium.URL, f.Medium.Path
	if err := through.fits(known.Size); err != nil {
		return f, errors.Join(err, r.Close())
	}
	through.r = r
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
	f.URL, f.Bytes, f.Digest = where, through.n, hex.EncodeToString(through.sum.Sum(nil))
	return f, nil
}
