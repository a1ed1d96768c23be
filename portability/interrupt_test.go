package portability_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

var errPulled = errors.New("somebody pulled the plug")

// faulty passes on to a source and a sink, and fails at one call of all that
// are made: before it has an effect, or after.
type faulty struct {
	from *portability.Memory
	to   *portability.Memory
	said *[]string

	fail  int // the number of the call; 0: none
	after bool
	calls int
}

// call reports whether this call fails before its effect, and after it.
func (f *faulty) call() (before, after error) {
	f.calls++
	switch {
	case f.calls != f.fail:
		return nil, nil
	case f.after:
		return nil, errPulled
	}
	return errPulled, nil
}

func (f *faulty) say(line string) {
	if f.said != nil {
		*f.said = append(*f.said, line)
	}
}

func (f *faulty) Actor(ctx context.Context) (*vocab.Object, error) { return f.from.Actor(ctx) }

func (f *faulty) Kinds(ctx context.Context) ([]portability.Kind, error) {
	before, after := f.call()
	kinds, err := f.from.Kinds(ctx)
	return kinds, errors.Join(before, err, after)
}

func (f *faulty) Items(ctx context.Context, k portability.Kind, at string) iter.Seq2[portability.Item, error] {
	return func(yield func(portability.Item, error) bool) {
		for item, err := range f.from.Items(ctx, k, at) {
			before, after := f.call()
			if before != nil {
				yield(portability.Item{}, before)
				return
			}
			if !yield(item, err) {
				return
			}
			if after != nil {
				yield(portability.Item{}, after)
				return
			}
		}
	}
}

func (f *faulty) OpenMedia(ctx context.Context, m portability.Medium) (io.ReadCloser, portability.Medium, error) {
	before, after := f.call()
	if before != nil {
		return nil, m, before
	}
	r, known, err := f.from.OpenMedia(ctx, m)
	if err != nil {
		return nil, known, cmp.Or(after, err)
	}
	return torn{r, after}, known, nil
}

// torn fails when it is closed.
type torn struct {
	io.ReadCloser
	err error
}

func (t torn) Close() error { return t.err }

func (f *faulty) PutMedia(ctx context.Context, m portability.Medium, r io.Reader) (vocab.IRI, error) {
	f.say("file " + m.Path)
	before, after := f.call()
	if before != nil {
		return "", before
	}
	where, err := f.to.PutMedia(ctx, m, r)
	return where, errors.Join(err, after)
}

func (f *faulty) Put(ctx context.Context, items []portability.Item) ([]portability.Result, error) {
	f.say("put " + string(items[0].Kind))
	before, after := f.call()
	if before != nil {
		return nil, before
	}
	results, err := f.to.Put(ctx, items)
	return results, errors.Join(err, after)
}

func (f *faulty) Finish(context.Context) error {
	before, after := f.call()
	if before == nil {
		f.say("finish")
	}
	return errors.Join(before, after)
}

// positions is a journal that may fail too.
type positions struct {
	*faulty
	at map[portability.Kind]string
}

func (p positions) checkpoint(k portability.Kind, after string) error {
	before, late := p.call()
	if before == nil {
		p.at[k] = after
	}
	return errors.Join(before, late)
}

func (p positions) copy(ctx context.Context, batch int) (*portability.Report, error) {
	return portability.Copy(ctx, p.faulty, p.faulty, &portability.CopyOptions{
		Batch: batch, After: maps.Clone(p.at), Checkpoint: p.checkpoint,
	})
}

// Whatever fails, going on from the last checkpoint ends with what an
// undisturbed copy has, in the same order.
func TestCopyGoesOnAfterAnyFailure(t *testing.T) {
	from := alice(t)
	want := portability.NewMemory(nil)
	_, err := portability.Copy(t.Context(), from, want, nil)
	require.NoError(t, err)
	undisturbed := dump(t, want)
	for _, batch := range []int{1, 5, 100} {
		count := &faulty{from: from, to: portability.NewMemory(nil)}
		_, err := positions{count, map[portability.Kind]string{}}.copy(t.Context(), batch)
		require.NoError(t, err)
		require.Greater(t, count.calls, 50, "calls that can fail")
		for fail := 1; fail <= count.calls; fail++ {
			for _, after := range []bool{false, true} {
				t.Run(fmt.Sprintf("batches of %d, call %d, after its effect %t", batch, fail, after), func(t *testing.T) {
					var said []string
					f := &faulty{from: from, to: portability.NewMemory(nil), said: &said, fail: fail, after: after}
					journal := positions{f, map[portability.Kind]string{}}
					_, err := journal.copy(t.Context(), batch)
					require.ErrorIs(t, err, errPulled)
					for k, at := range journal.at {
						assertSafe(t, from, f.to, k, at)
					}
					_, err = journal.copy(t.Context(), batch)
					require.NoError(t, err)
					assert.Equal(t, undisturbed, dump(t, f.to))
					assert.Equal(t, "finish", said[len(said)-1], "the last word is last")
				})
			}
		}
	}
}

// assertSafe checks that the sink has all that stands before a checkpoint.
func assertSafe(t *testing.T, from, to *portability.Memory, k portability.Kind, at string) {
	t.Helper()
	there := map[portability.Ref]bool{}
	for _, item := range held(t, to, k) {
		there[item.Ref] = true
	}
	for _, item := range held(t, from, k) {
		require.True(t, there[item.Ref], "%s stands before the checkpoint, and is not there", item.Ref)
		if item.Next == at {
			return
		}
	}
	require.Fail(t, "the checkpoint is no position of the source")
}

func TestCopyDoesNotFinishWhatFailed(t *testing.T) {
	var said []string
	f := &faulty{from: alice(t), to: portability.NewMemory(nil), said: &said, fail: 20}
	_, err := portability.Copy(t.Context(), f, f, nil)
	require.ErrorIs(t, err, errPulled)
	assert.NotContains(t, said, "finish")
}

func TestCopyStopsWhenItIsCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	from, to := alice(t), portability.NewMemory(nil)
	at := map[portability.Kind]string{}
	options := &portability.CopyOptions{Batch: 5, After: at, Checkpoint: func(k portability.Kind, after string) error {
		if at[k] = after; k == portability.Content {
			cancel()
		}
		return nil
	}}
	_, err := portability.Copy(ctx, from, to, options)
	require.ErrorIs(t, err, context.Canceled)
	require.Len(t, held(t, to, portability.Content), 5, "one batch")
	_, err = portability.Copy(t.Context(), from, to, options)
	require.NoError(t, err)
	assert.Equal(t, dump(t, from), dump(t, to))
}

func TestCopyKeepsWhatItReadBeforeTheSourceFailed(t *testing.T) {
	f := &faulty{from: alice(t), to: portability.NewMemory(nil), fail: 1 + 10} // the kinds, and ten that are followed
	at := map[portability.Kind]string{}
	report, err := positions{f, at}.copyKinds(t.Context(), portability.Unknown, portability.Following)
	require.ErrorIs(t, err, errPulled)
	following := held(t, f.from, portability.Following)
	assert.Len(t, held(t, f.to, portability.Following), 9)
	assert.EqualValues(t, 9, report.Count(portability.Following))
	assert.Equal(t, following[8].Next, at[portability.Following], "the checkpoint stands behind the last that is safe")
}

func (p positions) copyKinds(ctx context.Context, kinds ...portability.Kind) (*portability.Report, error) {
	return portability.Copy(ctx, p.faulty, p.faulty, &portability.CopyOptions{Kinds: kinds, Checkpoint: p.checkpoint})
}

func TestCopyGivesACheckpointBehindEachBatch(t *testing.T) {
	from := alice(t)
	var given []string
	_, err := portability.Copy(t.Context(), from, portability.NewMemory(nil), &portability.CopyOptions{
		Batch: 10, Kinds: []portability.Kind{portability.Content},
		Checkpoint: func(_ portability.Kind, after string) error { given = append(given, after); return nil },
	})
	require.NoError(t, err)
	posts := held(t, from, portability.Content)
	assert.Equal(t, []string{posts[9].Next, posts[19].Next, posts[22].Next}, given)
}

func TestCopyBeginsAgainWhereThePositionNoLongerHolds(t *testing.T) {
	from, to := alice(t), portability.NewMemory(nil)
	report, err := portability.Copy(t.Context(), from, to, &portability.CopyOptions{
		After: map[portability.Kind]string{portability.Content: "a position of last year"},
	})
	require.NoError(t, err)
	assert.Equal(t, dump(t, from), dump(t, to))
	assert.EqualValues(t, 23, report.Count(portability.Content), "each has one end")
}
