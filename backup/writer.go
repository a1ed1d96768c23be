package backup

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"sync"
	"time"

	"codeberg.org/godwit/godwit/internal/scratch"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

var (
	_ portability.Sink      = (*Writer)(nil)
	_ portability.MediaSink = (*Writer)(nil)
	_ portability.Finisher  = (*Writer)(nil)
)

// Errors of writers.
var (
	// ErrClosed says that a writer was closed, or has finished.
	ErrClosed = errors.New("the writer is closed")
	// ErrInUse says that another writer has the work folder.
	ErrInUse = errors.New("another writer is at work there")
)

// A Writer makes an archive: a [portability.Sink] that takes everything, and that
// [portability.Copy] finishes. It is safe for concurrent use.
//
// What is put goes to files, and is written as an archive by Finish, since a tar
// wants to know sizes first. Memory does not grow with the account.
type Writer struct {
	options WriteOptions
	to      string    // path of the archive; "" for one that goes to out
	out     io.Writer // where to is ""
	disk    *disk
	folder  *scratch.Folder // the same
	lock    io.Closer
	base    *baseTable
	known   known

	files   sync.Mutex // held while a file is taken; before mu
	fillBuf []byte     // that a file is taken through

	mu      sync.Mutex
	spools  map[string]*spool
	spare   map[string][]byte // of the batch before, to be written over
	state                     // what is known of what was put
	actor   *vocab.Object
	unsaved int64     // bytes that were put since the state was saved
	saved   time.Time // when it was
	broken  error     // no further call can be served
	closed  bool
	done    bool
	seals   bool // what is sealed in the work folder was sealed here
}

// Create writes an archive to a file. Until Finish has returned, everything lies in
// a work folder beside it, named path and ".partial", which only its owner can read;
// the file appears when it is whole. There must be no file of that name.
//
// Where a work folder is there already, Create goes on from it, with the same
// options: [Writer.After] says from where to copy. See [Writer.Put] for what is put
// twice. A Writer that is not finished must be closed.
func Create(path string, o *WriteOptions) (*Writer, error) {
	return create(path, o, nil)
}

func create(path string, o *WriteOptions, fail func(string) error) (*Writer, error) {
	opts, err := o.orDefault()
	if err != nil {
		return nil, fmt.Errorf("create archive: %w", err)
	}
	w := newWriter(opts, &disk{dir: path + ".partial", fail: fail})
	w.to = path
	if err := w.begin(); err != nil {
		return nil, fmt.Errorf("create archive: %w", errors.Join(err, w.release()))
	}
	return w, nil
}

// NewWriter writes an archive to a stream, all of it when Finish is called. Until
// then everything lies in a private temporary folder, which Finish and Close
// remove; it cannot be continued by another process, and has no volumes. The stream
// stays the caller's to close.
func NewWriter(out io.Writer, o *WriteOptions) (*Writer, error) {
	opts, err := o.orDefault()
	if err == nil && opts.VolumeBytes != 0 {
		err = fmt.Errorf("volumes on a stream: %w", ErrBadOption)
	}
	if err != nil {
		return nil, fmt.Errorf("write archive: %w", err)
	}
	dir, err := os.MkdirTemp(opts.Scratch, "godwit-write-*")
	if err != nil {
		return nil, fmt.Errorf("write archive: %w", diskError("the work folder", err))
	}
	w := newWriter(opts, &disk{dir: dir})
	w.out = out
	if err := w.openTables(); err != nil {
		return nil, fmt.Errorf("write archive: %w", errors.Join(err, w.release(), os.RemoveAll(dir)))
	}
	return w, nil
}

func newWriter(opts WriteOptions, d *disk) *Writer {
	return &Writer{options: opts, disk: d, spools: map[string]*spool{}, state: newState(), saved: time.Now()}
}

// begin makes the work folder, or goes on from the one that is there.
func (w *Writer) begin() error {
	if _, err := os.Stat(w.disk.path(stateFile)); errors.Is(err, fs.ErrNotExist) {
		if err := w.free(1); err != nil {
			return err // before there is a folder
		}
	}
	if err := os.MkdirAll(w.disk.dir, 0o700); err != nil {
		return diskError("the work folder", err)
	}
	var err error
	if w.lock, err = lockFolder(w.disk.dir); err != nil {
		return err
	}
	if err := w.goOn(); err != nil {
		return err
	}
	if err := w.free(1); err != nil {
		return err
	}
	if err := w.openTables(); err != nil {
		return err
	}
	return w.save()
}

// goOn takes up the state that an earlier writer saved, if there was one.
func (w *Writer) goOn() error {
	print, err := w.options.fingerprint()
	if err != nil {
		return err
	}
	found, err := w.disk.load()
	switch {
	case errors.Is(err, fs.ErrNotExist):
		w.Options, w.Created = print, w.options.Created
	case err != nil:
		return err
	case found.Options != print:
		return fmt.Errorf("%s: %w", filepath.Base(w.disk.dir), ErrOtherOptions)
	default:
		w.state = found
	}
	return nil
}

// free makes sure that nothing is written over, in a set of so many volumes. Only
// the files of a set that was being put in place when it was interrupted may be
// there.
func (w *Writer) free(volumes int) error {
	if w.Placing {
		return nil
	}
	paths := []string{w.to}
	for n := range volumes {
		paths = append(paths, volumePath(w.to, n))
	}
	for _, path := range paths {
		switch _, err := os.Lstat(path); {
		case err == nil:
			return fmt.Errorf("%s: %w", filepath.Base(path), fs.ErrExist)
		case !errors.Is(err, fs.ErrNotExist):
			return diskError("the archive", err)
		}
	}
	return nil
}

func (w *Writer) openTables() error {
	var err error
	if w.folder, err = scratch.Open(w.disk.dir); err != nil {
		return diskError("the work folder", err)
	}
	if w.known, err = openKnown(w.folder, w.disk, w.Names); err != nil {
		return err
	}
	w.actor, err = w.storedActor()
	return err
}

// storedActor reads the account's document, if it was put before.
func (w *Writer) storedActor() (*vocab.Object, error) {
	s, err := w.spool(string(portability.Actor))
	if err != nil {
		return nil, err
	}
	r := newRecords(s)
	if _, ok, err := r.peek(); err != nil || !ok {
		return nil, err
	}
	text, err := r.text()
	if err != nil {
		return nil, err
	}
	return unbare(portability.Actor, text)
}

// spool opens a spool when it is first wanted.
func (w *Writer) spool(name string) (*spool, error) {
	if s := w.spools[name]; s != nil {
		return s, nil
	}
	s, err := openSpool(w.disk, name+".spool", "the spool of "+name, w.Ends[name])
	if err != nil {
		return nil, err
	}
	w.spools[name] = s
	return s, nil
}

// endOf is how long a spool is.
func (w *Writer) endOf(name string) int64 {
	if s := w.spools[name]; s != nil {
		return s.end
	}
	return w.Ends[name]
}

// usable says why nothing can be done, if that is so.
func (w *Writer) usable() error {
	switch {
	case w.broken != nil:
		return w.broken
	case w.closed || w.done:
		return ErrClosed
	}
	return nil
}

// After returns the positions from which a copy goes on, for CopyOptions.After: of
// each kind the last one that was given to Checkpoint and is safe.
func (w *Writer) After() map[portability.Kind]string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return maps.Clone(w.Positions)
}

// Complete reports whether everything was put, and an earlier writer was stopped
// only while it made the archive: then Finish is all that is left, and needs no
// source.
func (w *Writer) Complete() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.Assembling
}

// How much may be copied again after a crash.
const (
	saveBytes = 1 << 20
	saveEvery = 2 * time.Second
)

// Checkpoint takes note of a position behind which the source was not read yet, as
// CopyOptions.Checkpoint. Positions are saved together with what was put, in one
// step, as soon as there is a MiB of it or two seconds have passed, and by Close;
// what was put since, a killed process copies again.
func (w *Writer) Checkpoint(k portability.Kind, after string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.usable(); err != nil {
		return fmt.Errorf("save position: %w", err)
	}
	w.Positions[k] = after
	if w.to == "" || w.unsaved < saveBytes && time.Since(w.saved) < saveEvery {
		return nil
	}
	if err := w.save(); err != nil {
		return fmt.Errorf("save position: %w", err)
	}
	return nil
}

// Close releases everything. Of an archive that is not finished it leaves the work
// folder, from which Create goes on; what went to a stream is gone. To call it twice
// does no harm.
func (w *Writer) Close() error {
	w.files.Lock()
	defer w.files.Unlock()
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return nil
	}
	var err error
	if w.to != "" && !w.done && w.broken == nil {
		err = w.save()
	}
	err = errors.Join(err, w.release())
	if w.to == "" || w.done {
		err = errors.Join(err, os.RemoveAll(w.disk.dir))
	}
	return err
}

// Discard closes the writer and removes the work folder. What is finished stays.
func (w *Writer) Discard() error {
	err := w.Close()
	return errors.Join(err, os.RemoveAll(w.disk.dir))
}

// release closes all that is open.
func (w *Writer) release() error {
	w.closed = true
	var failed []error
	for _, s := range w.spools {
		failed = append(failed, s.file.Close())
	}
	if w.known.all != nil {
		failed = append(failed, w.known.all.Close())
	}
	failed = append(failed, w.base.close())
	if w.folder != nil {
		failed = append(failed, w.folder.Close())
	}
	if w.lock != nil {
		failed = append(failed, w.lock.Close())
	}
	return errors.Join(failed...)
}
