package fediverse

import (
	"context"
	"io"

	"codeberg.org/godwit/godwit/portability"
)

// A lent source is one that an engine, which closes what it was given to open after
// every step, leaves open: its caller goes on reading it. It has files, and can count,
// if what it lends can.
type lent struct{ portability.Source }

var (
	_ portability.MediaSource = lent{}
	_ portability.Counter     = lent{}
)

// OpenMedia implements portability.MediaSource.
func (l lent) OpenMedia(ctx context.Context, m portability.Medium) (io.ReadCloser, portability.Medium, error) {
	files, ok := l.Source.(portability.MediaSource)
	if !ok {
		return nil, m, portability.ErrNoMedium
	}
	return files.OpenMedia(ctx, m)
}

// Count implements portability.Counter. What cannot be counted is not exactly none.
func (l lent) Count(ctx context.Context, k portability.Kind) (n int64, exact bool, err error) {
	counter, ok := l.Source.(portability.Counter)
	if !ok {
		return 0, false, nil
	}
	return counter.Count(ctx, k)
}
