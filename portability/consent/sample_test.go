package consent_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/portability/consent"
	"codeberg.org/godwit/godwit/vocab"
)

// A sampleSource has whatever it is told to.
type sampleSource struct {
	items []portability.Item
	err   error
}

func (s sampleSource) Actor(context.Context) (*vocab.Object, error) {
	return vocab.Parse([]byte(`{"id":"https://old.example/users/alice","followers":"https://old.example/users/alice/followers"}`))
}

func (s sampleSource) Kinds(context.Context) ([]portability.Kind, error) {
	return []portability.Kind{portability.Content}, nil
}

func (s sampleSource) Items(_ context.Context, k portability.Kind, _ string) iter.Seq2[portability.Item, error] {
	return func(yield func(portability.Item, error) bool) {
		for _, item := range s.items {
			if item.Kind == k && !yield(item, nil) {
				return
			}
		}
		if s.err != nil {
			yield(portability.Item{}, s.err)
		}
	}
}

func samplePost(t *testing.T, no int, to, text string) portability.Item {
	t.Helper()
	o, err := vocab.Build(
		vocab.Member{Name: vocab.ID, Value: fmt.Sprintf("https://old.example/notes/%d", no)},
		vocab.Member{Name: vocab.Type, Value: "Note"},
		vocab.Member{Name: vocab.To, Value: to}, vocab.Member{Name: vocab.Content, Value: text},
		vocab.Member{Name: vocab.Published, Value: fmt.Sprintf("2026-01-01T00:%02d:00Z", no%60)},
	)
	require.NoError(t, err)
	return portability.Item{Ref: portability.Ref{Kind: portability.Content, ID: string(o.ID())}, Object: o}
}

func TestASampleShowsNothingPrivate(t *testing.T) {
	source := sampleSource{}
	for i, to := range []string{
		string(vocab.Public), "https://old.example/users/alice/followers", "https://old.example/users/bob", "", string(vocab.Public),
	} {
		source.items = append(source.items, samplePost(t, i, to, fmt.Sprintf("post %d", i)))
	}
	sample, err := consent.TakeSample(t.Context(), source, portability.Limits{}, 10)
	require.NoError(t, err)
	require.Len(t, sample.Posts, 2)
	assert.Equal(t, []string{"post 0", "post 4"}, []string{sample.Posts[0].Text, sample.Posts[1].Text})
	assert.Equal(t, consent.Size{Known: true, Items: 5}, sample.Size)
	assert.Equal(t, int64(5), sample.Forecast.States[portability.Content][portability.Copied])
}

func TestASampleIsBoundedAndByChance(t *testing.T) {
	source := sampleSource{}
	for i := range 500 {
		source.items = append(source.items, samplePost(t, i, string(vocab.Public), strings.Repeat("ä", 2000)))
	}
	chosen := map[vocab.IRI]bool{}
	for range 20 {
		sample, err := consent.TakeSample(t.Context(), source, portability.Limits{}, 5)
		require.NoError(t, err)
		require.Len(t, sample.Posts, 5)
		for i, post := range sample.Posts {
			assert.Len(t, []rune(post.Text), 500)
			assert.False(t, i > 0 && post.Published.Before(sample.Posts[i-1].Published), "oldest first")
			chosen[post.ID] = true
		}
	}
	assert.Greater(t, len(chosen), 50, "nobody can know beforehand which")
	none, err := consent.TakeSample(t.Context(), source, portability.Limits{}, 0)
	require.NoError(t, err)
	assert.Empty(t, none.Posts)
}

func TestWhatALyingSourceSaysOfSizes(t *testing.T) {
	item := samplePost(t, 0, string(vocab.Public), "x")
	for i := range 3 {
		item.Media = append(item.Media, portability.Medium{Path: fmt.Sprint(i), Size: math.MaxInt64 - 1})
	}
	item.Media = append(item.Media, portability.Medium{Path: "unknown", Size: -1}, portability.Medium{Path: "0", Size: 7})
	sample, err := consent.TakeSample(t.Context(), sampleSource{items: []portability.Item{item}}, portability.Limits{}, 1)
	require.NoError(t, err)
	assert.Equal(t, consent.Size{Known: true, Items: 1, Bytes: math.MaxInt64, Largest: math.MaxInt64 - 1}, sample.Size)
	assert.Equal(t, 5, sample.Posts[0].Files)
	d := consent.Policy{Who: consent.Anyone, Bytes: 1 << 40}.Judge(consent.Arrival{Old: lockAlice, Standing: portability.Proved, Size: sample.Size}, lockNoon, consent.Past{})
	assert.Equal(t, consent.GroundTooManyBytes, d.Ground)
}

func TestASampleIsPlainText(t *testing.T) {
	for markup, want := range map[string]string{
		"<p>one</p><p>two</p>":                        "one two",
		"a &lt;b&gt; &amp; c":                         "a <b> & c",
		"<script>alert(1)</script>x<style>y</style >": "x",
		"<img src=x onerror=alert(1)":                 "",
		"a<br>b":                                      "a b",
	} {
		sample, err := consent.TakeSample(t.Context(), sampleSource{items: []portability.Item{samplePost(t, 0, string(vocab.Public), markup)}}, portability.Limits{}, 1)
		require.NoError(t, err)
		assert.Equal(t, want, sample.Posts[0].Text)
	}
}

func TestASampleOfASourceThatFails(t *testing.T) {
	broken := errors.New("the archive is cut off")
	_, err := consent.TakeSample(t.Context(), sampleSource{err: broken}, portability.Limits{}, 1)
	require.ErrorIs(t, err, broken)
}
