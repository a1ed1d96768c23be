package portabilitytest

import (
	"context"
	"io"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/portability"
)

// A turn is a context whose deadline a test brings about.
type turn struct {
	context.Context
	end context.CancelFunc
}

func newTurn(t *testing.T) turn {
	ctx, end := context.WithCancel(t.Context())
	return turn{ctx, end}
}

// Err implements context.Context.
func (c turn) Err() error {
	if c.Context.Err() != nil {
		return context.DeadlineExceeded
	}
	return nil
}

// inTurns runs a job in turns, of which each may be over while something is copied, until it
// has ended, but at most so many. Between two of them time passes.
func (w *engineWorld) inTurns(t *testing.T, e *portability.Engine, now *turn, most int) (j portability.Job, troubles []string) {
	t.Helper()
	for range most {
		*now = newTurn(t)
		_, err := e.Run(*now, engineJob)
		if now.Err() == nil {
			require.NoError(t, err)
		} else {
			require.ErrorIs(t, err, context.DeadlineExceeded)
		}
		now.end()
		j, err = w.store.Job(t.Context(), engineJob)
		require.NoError(t, err)
		if j.Trouble != "" && !slices.Contains(troubles, j.Trouble) {
			troubles = append(troubles, j.Trouble)
		}
		if j.State.Ended() {
			break
		}
		w.clock.move(2 * time.Hour)
	}
	return j, troubles
}

// endlessFile is an account one of whose files takes longer than any turn.
type endlessFile struct {
	*engineAccount
	is   func(portability.Medium) bool
	turn *turn
}

func (s endlessFile) OpenMedia(ctx context.Context, m portability.Medium) (io.ReadCloser, portability.Medium, error) {
	r, known, err := s.engineAccount.OpenMedia(ctx, m)
	if err == nil && s.is(m) {
		return endlessReader{r, ctx, s.turn}, known, nil
	}
	return r, known, err
}

type endlessReader struct {
	io.ReadCloser
	ctx  context.Context
	turn *turn
}

func (r endlessReader) Read([]byte) (int, error) {
	r.turn.end()
	<-r.ctx.Done()
	return 0, r.ctx.Err()
}

// overdueSink is a server that does not put one post before the turn is over.
type overdueSink struct {
	*engineServer
	slow portability.Ref
	turn *turn
}

func (s overdueSink) Put(ctx context.Context, items []portability.Item) ([]portability.Result, error) {
	if slices.ContainsFunc(items, func(i portability.Item) bool { return i.Ref == s.slow }) {
		s.turn.end()
		<-ctx.Done()
		return nil, ctx.Err()
	}
	return s.engineServer.Put(ctx, items)
}

var engineTurns = []engineSituation{
	{"a file that takes longer than any turn is told of, and holds up nothing for ever", func(t *testing.T, open func() portability.Store) {
		w, now := newEngineWorld(open(), steadyAccount()), &turn{}
		slow := ""
		source := endlessFile{w.account, func(m portability.Medium) bool {
			if slow == "" {
				slow = string(m.URL) + m.Path + m.Digest
			}
			return slow == string(m.URL)+m.Path+m.Digest
		}, now}
		e := w.with(source, w.server, nil)
		w.begin(t)
		j, troubles := w.inTurns(t, e, now, 30)
		require.Equal(t, portability.JobDone, j.State)
		assert.Equal(t, []string{"copy a file within the time of one turn failed"}, troubles)
		r, err := e.Report(t.Context(), engineJob)
		require.NoError(t, err)
		assert.EqualValues(t, 1, r.FileStates[portability.Failed][portability.Unavailable])
		all := newEngineWorld(open(), steadyAccount())
		all.copy(t)
		assert.Equal(t, all.report(t).FileStates[portability.Copied][""]-1, r.FileStates[portability.Copied][""], "%v", r.FileStates)
	}},
	{"a post that takes longer than any turn is told of, and pauses the copy", func(t *testing.T, open func() portability.Store) {
		w, now := posting(open(), 4), &turn{}
		e := w.with(w.account, overdueSink{w.server, enginePost(2, "").Ref, now}, nil)
		w.begin(t)
		j, troubles := w.inTurns(t, e, now, 30)
		assert.Equal(t, portability.JobPaused, j.State)
		assert.Equal(t, []string{"put items within the time of one turn failed"}, troubles)
		assert.Contains(t, w.server.posts(), "1", "those before it are put, one by one")
		e = w.with(w.account, w.server, nil)
		_, err := e.Resume(t.Context(), engineJob)
		require.NoError(t, err)
		j, err = e.Run(t.Context(), engineJob)
		require.NoError(t, err)
		assert.Equal(t, portability.JobDone, j.State)
		assert.Len(t, w.server.posts(), 4)
	}},
	{"a process that is stopped has no trouble", func(t *testing.T, open func() portability.Store) {
		w := newEngineWorld(open(), steadyAccount())
		ctx, stop := context.WithCancel(t.Context())
		e := w.with(endlessFile{w.account, func(portability.Medium) bool { return true }, &turn{ctx, stop}}, w.server, nil)
		w.begin(t)
		_, err := e.Run(ctx, engineJob)
		require.ErrorIs(t, err, context.Canceled)
		j, err := w.store.Job(t.Context(), engineJob)
		require.NoError(t, err)
		assert.Empty(t, j.Trouble)
		assert.Zero(t, j.Tries)
	}},
}
