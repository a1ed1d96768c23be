package site

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"

	"codeberg.org/godwit/godwit/internal/scratch"
	"codeberg.org/godwit/godwit/portability"
)

// ErrExists is returned for a directory that has something in it already.
var ErrExists = errors.New("the directory is not empty")

// ErrFinished is returned for what comes after Finish.
var ErrFinished = errors.New("the site is finished")

// ErrUnfinished is returned for the remains of an unfinished site that cannot be
// continued.
var ErrUnfinished = errors.New("the unfinished site is of another version or of other options; remove it to begin again")

// ErrInUse is returned while another process, or another Site of this one, makes a
// site of the same directory.
var ErrInUse = errors.New("another site is being made there")

// A Site is a web site that is being written: a portability.Sink, MediaSink,
// Finisher and Limited. It is safe for concurrent use.
type Site struct {
	dir      string // where the site will stand
	work     string // where it is made until then
	options  Options
	sanitize sanitizer
	received atomic.Int64 // how many files

	mu       sync.Mutex
	lock     io.Closer
	folder   *scratch.Folder
	spool    *spool // nil once the site is finished or closed
	profile  profile
	finished bool
	report   Report
}

var (
	_ portability.Sink      = (*Site)(nil)
	_ portability.MediaSink = (*Site)(nil)
	_ portability.Finisher  = (*Site)(nil)
	_ portability.Limited   = (*Site)(nil)
)

// A Report says what stands in a site that was finished.
type Report struct {
	Posts, Boosts, Reactions int64
	Pages, Files             int64 // files of the account's own; Pages counts all documents in HTML
	// Redirects are the old paths that are led on, Refused those that some web
	// server's rules cannot say, or that two posts share. Examples are some of
	// these, at most ten.
	Redirects, Refused int64
	Examples           []Refusal
}

// A Refusal is an old path for which there is no redirect.
type Refusal struct {
	From string
	Why  string
}

// Create begins a site that will stand in dir, or goes on with one that was not
// finished. Until Finish the directory is not there, or stays empty: everything
// is made in one beside it, named like it with ".unfinished" behind. It survives
// that the process ends at any moment; whoever creates the site again with the
// same options goes on there. Two at a time are [ErrInUse], but on systems that have
// no locks on files.
//
// What was begun is closed by Finish, or by [Site.Close].
func Create(dir string, o *Options) (*Site, error) {
	options, err := o.settled()
	if err != nil {
		return nil, fmt.Errorf("create site: %w", err)
	}
	dir = filepath.Clean(dir)
	s := &Site{dir: dir, work: dir + ".unfinished", options: options, sanitize: newSanitizer()}
	if err := s.begin(); err != nil {
		return nil, fmt.Errorf("create site: %w", err)
	}
	return s, nil
}

func (s *Site) begin() error {
	switch there, err := os.ReadDir(s.dir); {
	case err == nil && len(there) > 0:
		return fmt.Errorf("%s: %w", s.dir, ErrExists)
	case err != nil && !errors.Is(err, os.ErrNotExist):
		return err
	}
	if err := os.MkdirAll(filepath.Join(s.work, "media"), 0o700); err != nil {
		return err
	}
	lock, err := scratch.Lock(s.work)
	if errors.Is(err, scratch.ErrInUse) {
		return fmt.Errorf("%s: %w", s.dir, ErrInUse)
	}
	if err != nil {
		return err
	}
	if s.folder, err = scratch.Open(s.work); err != nil {
		return errors.Join(err, lock.Close())
	}
	if err := s.open(); err != nil {
		return errors.Join(err, s.folder.Close(), lock.Close())
	}
	s.lock = lock
	return nil
}

// Close leaves a site unfinished; Create goes on with it. Closing a finished one
// does nothing.
func (s *Site) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.spool == nil {
		return nil
	}
	return s.release()
}

// release ends the use of the directory where the site is made.
func (s *Site) release() error {
	err := errors.Join(s.spool.close(), s.folder.Close(), s.lock.Close())
	s.spool = nil
	return err
}

// Report returns what stands in the site; it is for after Finish.
func (s *Site) Report() Report {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.report
}

// kinds are those of which a page shows anything.
var kinds = []portability.Kind{portability.Actor, portability.Content, portability.Outbox, portability.Received,
	portability.Featured, portability.FeaturedTags}

// Limits implements [portability.Limited].
func (s *Site) Limits(context.Context) (portability.Limits, error) {
	return portability.Limits{Kinds: append([]portability.Kind(nil), kinds...), Audiences: s.options.Audiences}, nil
}
