package blobdir

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"

	"codeberg.org/godwit/godwit/internal/scratch"
	"codeberg.org/godwit/godwit/portability"
)

var _ interface {
	portability.Blobs
	portability.BlobStater
	portability.BlobLister
	portability.BlobRanger
	portability.BlobCreator
	portability.BlobMover
} = (*Dir)(nil)

// ErrForeign says that a directory has something else in it than blobs, or blobs of
// another version of this package.
var ErrForeign = errors.New("the directory is not one of blobs of this version")

// ErrFull says that the disk is full, or the quota used up. Nothing was stored. It is
// temporary: what is missing is room.
var ErrFull error = fullError{}

type fullError struct{}

func (fullError) Error() string   { return "the disk is full" }
func (fullError) Temporary() bool { return true }

// A Dir is a directory of blobs. It is safe for concurrent use.
type Dir struct {
	root *os.Root
	work *scratch.Folder // where this process writes
	lock io.Closer
	temp string // the same, from root
	n    atomic.Int64

	mu      sync.Mutex
	lasting map[string]bool // folders that this process knows to be safe on the disk
}

const (
	tempName    = "~temp"
	versionName = "~blobs"
	version     = "godwit blobs 1\n"
)

// Open opens a directory of blobs, or makes it, with the folders above it. Only its
// owner can look into what is made. One that has anything else in it is [ErrForeign].
// The caller closes it.
func Open(dir string) (*Dir, error) {
	d, err := open(filepath.Clean(dir))
	if err != nil {
		return nil, fmt.Errorf("open blobs: %w", said(err))
	}
	return d, nil
}

func open(dir string) (*Dir, error) {
	if err := makeRoot(dir); err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	d := &Dir{root: root}
	if err := d.prepare(dir); err != nil {
		return nil, errors.Join(err, root.Close())
	}
	return d, nil
}

// makeRoot makes the directory, and makes it last with all above it that it had to make.
func makeRoot(dir string) error {
	var holders []string
	for at := dir; ; at = filepath.Dir(at) {
		if _, err := os.Stat(at); err == nil || at == filepath.Dir(at) {
			break
		}
		holders = append(holders, filepath.Dir(at))
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	for _, holder := range holders {
		// One that may be written to and not read cannot be made to last by us.
		if err := syncFolder(holder); err != nil && !errors.Is(err, fs.ErrPermission) {
			return err
		}
	}
	return nil
}

func (d *Dir) prepare(dir string) error {
	if err := d.check(); err != nil {
		return err
	}
	if err := d.root.MkdirAll(tempName, 0o700); err != nil {
		return err
	}
	if err := sweep(filepath.Join(dir, tempName)); err != nil {
		return err
	}
	if err := d.begin(filepath.Join(dir, tempName)); err != nil {
		return err
	}
	if err := d.sayVersion(); err != nil {
		return errors.Join(err, d.end())
	}
	return nil
}

// check looks at the version, and says it in a directory that has nothing.
func (d *Dir) check() error {
	// What is there is looked at first: another process may be making the directory.
	entries, err := fs.ReadDir(d.root.FS(), ".")
	if err != nil {
		return err
	}
	said, err := d.root.ReadFile(versionName)
	switch {
	case err == nil && string(said) == version:
		return nil
	case err == nil:
		return fmt.Errorf("%s: %.40q: %w", versionName, said, ErrForeign)
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	for _, e := range entries {
		if e.Name() != tempName {
			return fmt.Errorf("%.80q: %w", e.Name(), ErrForeign)
		}
	}
	return nil
}

// sayVersion writes the version whole, for others may be about to read it.
func (d *Dir) sayVersion() error {
	if _, err := d.root.Stat(versionName); err == nil {
		return nil
	}
	name := d.temp + "/" + versionName
	if err := d.write(name, strings.NewReader(version)); err != nil {
		return err
	}
	return errors.Join(d.root.Rename(name, versionName), d.sync("."))
}

// begin makes the folder where this process writes.
func (d *Dir) begin(temp string) error {
	var err error
	for range 100 {
		if err = d.tryBegin(temp); err == nil || gone(err) != nil {
			return err
		}
		// Another process took the folder for one that was left.
	}
	return err
}

func (d *Dir) tryBegin(temp string) error {
	work, err := scratch.New(temp)
	if err != nil {
		return err
	}
	lock, err := scratch.Lock(work.Path())
	if err != nil {
		_ = work.Close() // somebody else removes it, or it is removed with the next one
		return err
	}
	d.work, d.lock, d.temp = work, lock, tempName+"/"+filepath.Base(work.Path())
	return nil
}

// gone drops the errors that come of a folder that was removed meanwhile.
func gone(err error) error {
	if errors.Is(err, scratch.ErrInUse) || errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// sweep removes what processes have left that are no more. The lock of a process
// ends with it.
func sweep(temp string) error {
	entries, err := os.ReadDir(temp)
	if err != nil {
		return err
	}
	for _, e := range entries {
		path := filepath.Join(temp, e.Name())
		if !e.IsDir() || !isStale(e) {
			continue
		}
		lock, err := scratch.Lock(path)
		if err != nil {
			if err = gone(err); err != nil {
				return err
			}
			continue
		}
		if err := errors.Join(os.RemoveAll(path), lock.Close()); err != nil {
			return err
		}
	}
	return nil
}

// Close ends the use of the directory. What is being put by then fails.
func (d *Dir) Close() error { return errors.Join(d.end(), d.root.Close()) }

// end removes the folder where this process writes.
func (d *Dir) end() error {
	var err error
	if runtime.GOOS == "windows" { // which does not remove what is open
		err = d.lock.Close()
	}
	err = errors.Join(err, d.work.Close())
	if runtime.GOOS != "windows" {
		err = errors.Join(err, d.lock.Close())
	}
	return err
}

// use looks at what every method is given.
func use(ctx context.Context, key string) error {
	if err := portability.CheckBlobKey(key); err != nil {
		return err
	}
	return ctx.Err()
}

// said drops the path from an error of the system: whoever asks knows the key. It
// names a disk that is full.
func said(err error) error {
	if isFull(err) {
		return fmt.Errorf("%w: %w", ErrFull, cause(err))
	}
	return cause(err)
}

func cause(err error) error {
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		return p.Err
	}
	if l, ok := errors.AsType[*os.LinkError](err); ok {
		return l.Err
	}
	return err
}

const fanOut = 2

// place returns the file of a key, and its folder.
func place(key string) (folder, file string) {
	dir, name := "", key
	if i := strings.LastIndexByte(key, '/'); i >= 0 {
		dir, name = key[:i+1], key[i+1:]
	}
	folder = dir + "~" + head(name) + "~"
	return folder, folder + "/" + name + "~"
}

// head is what the names in one folder begin with.
func head(name string) string { return name[:min(fanOut, len(name))] }
