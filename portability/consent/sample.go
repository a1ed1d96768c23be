package consent

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"html"
	"iter"
	"math"
	"regexp"
	"slices"
	"strings"
	"time"

	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

// A Sample is what those who decide of an arrival look at: what it would be, by kind and
// size, and a few posts. It shows nothing that strangers could not read at the old
// server.
type Sample struct {
	Size     Size
	Forecast *portability.Forecast
	// Posts are chosen by chance among the public and unlisted ones, so that nobody can
	// put the good ones in front; oldest first.
	Posts []SamplePost
}

// A SamplePost is one post, as far as it must be seen. All of it is by strangers.
type SamplePost struct {
	ID        vocab.IRI
	Type      string
	Published time.Time
	// Text is plain text, cut to 500 characters.
	Text  string
	Files int
}

const sampleRunes = 500

// TakeSample reads an account and returns at most n of its posts with the forecast of what a
// sink with these limits makes of it. It opens no file, and holds no more than n posts
// in memory.
func TakeSample(ctx context.Context, from portability.Source, l portability.Limits, n int) (*Sample, error) {
	s := &sampler{Source: from, n: max(n, 0), seed: rand.Text()}
	if doc, err := from.Actor(ctx); err == nil {
		s.who = portability.ReadershipOf(doc)
	}
	forecast, err := portability.Preview(ctx, s, l)
	if err != nil {
		return nil, err
	}
	sample := &Sample{Forecast: forecast, Size: Size{Known: true, Bytes: s.bytes, Largest: s.largest, Items: s.items}}
	for _, c := range s.chosen {
		sample.Posts = append(sample.Posts, c.post)
	}
	slices.SortFunc(sample.Posts, func(a, b SamplePost) int {
		return cmp.Or(a.Published.Compare(b.Published), cmp.Compare(a.ID, b.ID))
	})
	return sample, nil
}

// sampler is a source that looks at what passes. What the sink would leave out for its
// size counts, too: it is what the account brings.
type sampler struct {
	portability.Source
	who            portability.Readership
	n              int
	seed           string
	files          passedFiles
	items          int64
	bytes, largest int64
	chosen         []chosenPost // the n with the least lots
}

type chosenPost struct {
	lot  string
	post SamplePost
}

func (s *sampler) Items(ctx context.Context, k portability.Kind, after string) iter.Seq2[portability.Item, error] {
	return func(yield func(portability.Item, error) bool) {
		for item, err := range s.Source.Items(ctx, k, after) {
			if err == nil {
				s.see(item)
			}
			if !yield(item, err) {
				return
			}
		}
	}
}

func (s *sampler) see(item portability.Item) {
	s.items++
	for _, m := range item.Media {
		if s.files.passed(m) {
			continue
		}
		size := max(m.Size, 0)
		s.bytes += min(size, math.MaxInt64-s.bytes) // what a source says may be anything
		s.largest = max(s.largest, size)
	}
	audience, _ := s.who.AudienceOf(item)
	if item.Kind != portability.Content || item.Object == nil || audience != portability.ForPublic && audience != portability.ForUnlisted {
		return
	}
	lot := sha256.Sum256([]byte(s.seed + item.ID))
	s.draw(hex.EncodeToString(lot[:]), item)
}

// passedFiles knows the files that have passed lately, in bounded memory: one that comes
// again much later counts twice.
type passedFiles struct {
	now, before map[[16]byte]bool
}

const mostPassed = 1 << 15

// passed reports whether a file has passed, and remembers it.
func (f *passedFiles) passed(m portability.Medium) bool {
	sum := sha256.Sum256([]byte(m.Path + "\x00" + string(m.URL)))
	key := [16]byte(sum[:16])
	if f.now[key] || f.before[key] {
		return true
	}
	if f.now == nil || len(f.now) >= mostPassed {
		f.now, f.before = map[[16]byte]bool{}, f.now
	}
	f.now[key] = true
	return false
}

func (s *sampler) draw(lot string, item portability.Item) {
	at, _ := slices.BinarySearchFunc(s.chosen, lot, func(c chosenPost, lot string) int { return cmp.Compare(c.lot, lot) })
	if at >= s.n {
		return
	}
	o := item.Object
	published, _ := o.Time(vocab.Published)
	post := SamplePost{
		ID: o.ID(), Type: shortened(o.Type(), 64), Published: published, Files: len(item.Media),
		Text: shortened(plainText(o.Text(vocab.Content)), sampleRunes),
	}
	s.chosen = slices.Insert(s.chosen, at, chosenPost{lot, post})
	s.chosen = s.chosen[:min(len(s.chosen), s.n)]
}

var (
	hiddenMarkup = regexp.MustCompile(`(?is)<(script|style)\b.*?</(script|style)\s*>`)
	anyTag       = regexp.MustCompile(`<[^>]*>?`)
)

// plainText is what a reader sees of HTML. It is no markup any more, and whoever shows it
// escapes it as any text.
func plainText(markup string) string {
	text := anyTag.ReplaceAllString(hiddenMarkup.ReplaceAllString(markup, " "), " ")
	return strings.Join(strings.Fields(html.UnescapeString(text)), " ")
}
