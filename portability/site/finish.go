package site

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// Finish implements [portability.Finisher]: it writes the pages, and the
// directory appears. Memory stays the same whatever the number of posts; what
// must be brought in order is sorted on disk. If it fails, it can be called again.
func (s *Site) Finish(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.finished {
		return nil
	}
	if s.spool == nil {
		return fmt.Errorf("finish site: %w", ErrFinished)
	}
	if err := s.finish(ctx); err != nil {
		return fmt.Errorf("finish site: %w", err)
	}
	return nil
}

func (s *Site) finish(ctx context.Context) error {
	top := filepath.Join(s.work, "site")
	if err := clearPages(top); err != nil {
		return err
	}
	b, err := newBuilder(s, top)
	if err != nil {
		return err
	}
	err = b.build(ctx)
	if err := errors.Join(err, b.close()); err != nil {
		return err
	}
	s.report = b.report
	return s.appear(top)
}

// clearPages removes what an earlier Finish left, but for files: those were
// moved there, and are used still.
func clearPages(top string) error {
	left, err := os.ReadDir(top)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	for _, one := range left {
		if one.Name() == "media" || one.Name() == "files" {
			continue
		}
		if err := os.RemoveAll(filepath.Join(top, one.Name())); err != nil {
			return err
		}
	}
	return os.MkdirAll(top, 0o755)
}

// appear moves the site to its place and removes what it was made from.
func (s *Site) appear(top string) error {
	if err := os.Remove(s.dir); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("%w: %w", ErrExists, err)
	}
	if err := os.Rename(top, s.dir); err != nil {
		return err
	}
	s.finished = true
	s.folder.Discard()
	return s.release()
}
