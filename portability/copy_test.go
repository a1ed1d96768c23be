package portability_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

func TestCopyTakesEverything(t *testing.T) {
	from, to := alice(t), portability.NewMemory(nil)
	report, err := portability.Copy(t.Context(), from, to, nil)
	require.NoError(t, err)
	assert.Equal(t, dump(t, from), dump(t, to))
	assert.True(t, report.Whole())
	for k, n := range map[portability.Kind]int64{portability.Actor: 1, portability.Content: 23, portability.Following: 12, portability.Lists: 0} {
		assert.Equal(t, n, report.Count(k), "%s: every item has one end", k)
	}
	assert.EqualValues(t, 22, report.Count(portability.Content, portability.Copied))
	assert.EqualValues(t, 1, report.Count(portability.Content, portability.Changed), "the post whose file is missing")
	assert.EqualValues(t, 1, report.Problems[portability.Content][portability.MissingMedia])
	assert.EqualValues(t, 4, report.Files, "each file once")
	assert.EqualValues(t, 4*len("picture 0"), report.Bytes)
	assert.Len(t, report.Examples, 1)
}

func TestCopyAgainChangesNothing(t *testing.T) {
	from, to := alice(t), portability.NewMemory(nil)
	_, err := portability.Copy(t.Context(), from, to, nil)
	require.NoError(t, err)
	before := dump(t, to)
	report, err := portability.Copy(t.Context(), from, to, nil)
	require.NoError(t, err)
	assert.Equal(t, before, dump(t, to))
	assert.EqualValues(t, 23, report.Count(portability.Content, portability.Skipped))
	assert.EqualValues(t, 23, report.Counts[portability.Content][portability.Skipped][portability.AlreadyThere])
}

// Protection comes before what can be seen, a file before what uses it, and the
// last word last.
func TestCopyOrder(t *testing.T) {
	for _, batch := range []int{0, 1, 7} {
		t.Run(fmt.Sprint("batches of ", batch), func(t *testing.T) {
			var said []string
			to := &faulty{to: portability.NewMemory(nil), said: &said}
			_, err := portability.Copy(t.Context(), alice(t), to, &portability.CopyOptions{Batch: batch})
			require.NoError(t, err)
			var kinds, files []string
			for _, line := range said {
				what, which, _ := strings.Cut(line, " ")
				switch {
				case what == "file":
					files = append(files, which)
				case len(kinds) == 0 || kinds[len(kinds)-1] != line:
					kinds = append(kinds, line)
				}
			}
			assert.Equal(t, []string{"put blocked", "put actor", "put media", "put content", "put following", "put unknown", "finish"}, kinds)
			assert.Equal(t, []string{"0.png", "1.png", "2.png", "3.png"}, files, "each once")
		})
	}
}

func TestCopyPutsFilesBeforeWhatUsesThem(t *testing.T) {
	var said []string
	to := &faulty{to: portability.NewMemory(nil), said: &said}
	_, err := portability.Copy(t.Context(), alice(t), to, &portability.CopyOptions{Kinds: []portability.Kind{portability.Content}})
	require.NoError(t, err)
	assert.Equal(t, []string{"file 0.png", "file 1.png", "file 2.png", "put content", "finish"}, said,
		"three files are used by posts, and no other kind was asked for")
}

func TestCopyReportsWhatIsAllProblem(t *testing.T) {
	from := &scripted{kind: portability.Content, items: []portability.Item{
		{Ref: portability.Ref{Kind: portability.Content, ID: "a"}, Next: "1",
			Problems: []portability.Problem{{Reason: portability.TooLarge, Fatal: true}},
			Media:    []portability.Medium{{Path: "not asked for"}}},
		document(t, portability.Content, "b", `{"id":%q}`),
	}}
	to := portability.NewMemory(nil)
	report, err := portability.Copy(t.Context(), from, to, nil)
	require.NoError(t, err)
	assert.Len(t, held(t, to, portability.Content), 1)
	assert.EqualValues(t, 1, report.Counts[portability.Content][portability.Failed][portability.TooLarge])
	assert.EqualValues(t, 1, report.Problems[portability.Content][portability.TooLarge])
	assert.EqualValues(t, 2, report.Count(portability.Content))
	assert.EqualValues(t, 1, report.Problems["no-such-kind"][portability.Unsupported], "what Copy does not know is named")
	assert.False(t, report.Whole())
	require.Len(t, report.Examples, 1)
	assert.Equal(t, "a", report.Examples[0].ID)
}

func TestCopyGoesOnWithoutADamagedFile(t *testing.T) {
	for name, outcome := range map[string]struct {
		opening error
		reason  portability.Reason
	}{
		"missing":              {portability.ErrNoMedium, portability.MissingMedia},
		"damaged":              {portability.ErrBadMedium, portability.BadMedia},
		"unfit for the target": {portability.ErrNoPlace, portability.NoPlace},
	} {
		t.Run(name, func(t *testing.T) {
			post := document(t, portability.Content, "a", `{"id":%q}`)
			post.Media = []portability.Medium{{Path: "x", Size: -1}}
			post.Problems = []portability.Problem{{Reason: portability.BadDate}}
			from := &scripted{kind: portability.Content, items: []portability.Item{post}, media: outcome.opening}
			to := portability.NewMemory(nil)
			report, err := portability.Copy(t.Context(), from, to, nil)
			require.NoError(t, err)
			assert.Equal(t, map[portability.Reason]int64{outcome.reason: 1, portability.BadDate: 1}, report.Problems[portability.Content])
			kept := held(t, to, portability.Content)
			require.Len(t, kept, 1)
			assert.Len(t, kept[0].Problems, 2, "its own, and that of its file")
			assert.EqualValues(t, 1, report.Counts[portability.Content][portability.Changed][outcome.reason], "the sink was told why")
			assert.Zero(t, report.Files)
		})
	}
}

func TestCopyRefusesASinkThatAnswersForOthers(t *testing.T) {
	for name, results := range map[string][]portability.Result{
		"too few":         {},
		"of another item": {{Ref: portability.Ref{Kind: portability.Content, ID: "c"}, State: portability.Copied}},
	} {
		t.Run(name, func(t *testing.T) {
			from := &scripted{kind: portability.Content, items: []portability.Item{document(t, portability.Content, "b", `{"id":%q}`)}}
			report, err := portability.Copy(t.Context(), from, answering(results), &portability.CopyOptions{
				Checkpoint: func(portability.Kind, string) error { t.Error("nothing is safe there"); return nil },
			})
			require.Error(t, err)
			assert.Zero(t, report.Count(portability.Content))
		})
	}
}

// The memory of a copy is bounded: it forgets the first file of very many, and
// the sink knows it by its digest.
func TestCopyRemembersABoundedNumberOfFiles(t *testing.T) {
	const most = 1 << 16
	gives := func(n int) int64 {
		items := make([]portability.Item, n, n+1)
		for i := range items {
			items[i].Ref = portability.Ref{Kind: portability.Media, ID: fmt.Sprint(i)}
			items[i].Media = []portability.Medium{{Path: fmt.Sprint(i), Size: -1}}
		}
		from := &scripted{kind: portability.Media, items: append(items, items[0])}
		report, err := portability.Copy(t.Context(), from, discarding{}, nil)
		require.NoError(t, err)
		require.EqualValues(t, n+1, report.Count(portability.Media))
		return report.Files
	}
	assert.EqualValues(t, most, gives(most), "the first is remembered")
	assert.EqualValues(t, most+2, gives(most+1), "the first is forgotten, and given again")
}

// scripted is a source of one kind. Every file of it says where it stands, or
// fails to open.
type scripted struct {
	kind  portability.Kind
	items []portability.Item
	media error
	portability.Source
}

func (s *scripted) Kinds(context.Context) ([]portability.Kind, error) {
	return []portability.Kind{s.kind, "no-such-kind"}, nil
}

func (s *scripted) Items(context.Context, portability.Kind, string) iter.Seq2[portability.Item, error] {
	return func(yield func(portability.Item, error) bool) {
		for _, item := range s.items {
			if !yield(item, nil) {
				return
			}
		}
	}
}

func (s *scripted) OpenMedia(_ context.Context, m portability.Medium) (io.ReadCloser, portability.Medium, error) {
	return io.NopCloser(strings.NewReader(m.Path)), m, s.media
}

type answering []portability.Result

func (a answering) Put(context.Context, []portability.Item) ([]portability.Result, error) {
	return a, nil
}

// discarding takes everything and keeps nothing.
type discarding struct{}

func (discarding) Put(_ context.Context, items []portability.Item) ([]portability.Result, error) {
	results := make([]portability.Result, len(items))
	for i, item := range items {
		results[i] = portability.Result{Ref: item.Ref, State: portability.Copied}
	}
	return results, nil
}

func (discarding) PutMedia(_ context.Context, _ portability.Medium, r io.Reader) (vocab.IRI, error) {
	_, err := io.Copy(io.Discard, r)
	return "", err
}

// dump tells all that an account has, so that two can be compared.
func dump(t *testing.T, m *portability.Memory) []string {
	t.Helper()
	var lines []string
	for _, k := range portability.Kinds() {
		for _, item := range held(t, m, k) {
			line := fmt.Sprint(item.Ref, item.Object, string(item.Raw))
			for _, f := range item.Media {
				r, known, err := m.OpenMedia(t.Context(), f)
				if errors.Is(err, portability.ErrNoMedium) {
					line += " missing " + f.Path
					continue
				}
				require.NoError(t, err)
				data, err := io.ReadAll(r)
				require.NoError(t, err)
				line += fmt.Sprint(" ", known, string(data))
			}
			lines = append(lines, line)
		}
	}
	require.NotEmpty(t, lines)
	return lines
}

// A source may know that a file is missing before anybody opens it.
func TestAFileThatIsMissingIsOneProblem(t *testing.T) {
	from := portability.NewMemory(nil)
	post := document(t, portability.Content, "https://a.example/1", `{"id":%q}`)
	post.Media = []portability.Medium{{URL: "https://a.example/1.png", Size: -1}, {URL: "https://a.example/2.png", Size: -1}}
	post.Problems = []portability.Problem{{Reason: portability.MissingMedia}}
	report, err := portability.Copy(t.Context(), and{from, post}, portability.NewMemory(nil), &portability.CopyOptions{})
	require.NoError(t, err)
	assert.Zero(t, report.Problems, "of a kind that the source does not have")

	_, err = from.Put(t.Context(), []portability.Item{document(t, portability.Content, "https://a.example/0", `{"id":%q}`)})
	require.NoError(t, err)
	report, err = portability.Copy(t.Context(), and{from, post}, portability.NewMemory(nil), nil)
	require.NoError(t, err)
	assert.EqualValues(t, 2, report.Problems[portability.Content][portability.MissingMedia], "two files, one of them known to be missing")
}

func TestCopyHoldsFewLargeDocumentsAtOnce(t *testing.T) {
	const large, n = 3 << 20, 30
	text := bytes.Repeat([]byte("x"), large)
	from := &scripted{kind: portability.Unknown}
	for i := range n {
		from.items = append(from.items, portability.Item{Ref: portability.Ref{Kind: portability.Unknown, ID: fmt.Sprint(i)}, Raw: text})
	}
	to := &weighing{}
	report, err := portability.Copy(t.Context(), from, to, nil)
	require.NoError(t, err)
	assert.EqualValues(t, n, report.Count(portability.Unknown, portability.Copied))
	assert.LessOrEqual(t, to.most, 8<<20+large, "a hundred of them would be 300 MiB")
	assert.Greater(t, to.most, large, "they are put together as far as that goes")
}

// weighing is told how much it is given at once.
type weighing struct {
	discarding
	most int
}

func (w *weighing) Put(ctx context.Context, items []portability.Item) ([]portability.Result, error) {
	size := 0
	for _, item := range items {
		size += len(item.Raw)
	}
	w.most = max(w.most, size)
	return w.discarding.Put(ctx, items)
}
