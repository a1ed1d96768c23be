//go:build unix

package bench_test

import (
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
)

// A vocabulary is several thousand words that can be pronounced, the nth of them
// used about 1/n as often as the first (Zipf).
type vocabulary struct {
	words [][]byte
	drawn []uint16 // words, as often as they are used
}

func newVocabulary() vocabulary {
	const size, draws = 6000, 1 << 16
	v := vocabulary{}
	r := rand.New(rand.NewPCG(7, 7))
	known := map[string]bool{}
	for len(v.words) < size {
		if w := pronounceable(r, 1+len(v.words)/250); !known[w] {
			known[w] = true
			v.words = append(v.words, []byte(w))
		}
	}
	sum := 0.0
	for n := range size {
		sum += 1 / float64(n+2)
	}
	for n := range size {
		for range max(1, int(math.Round(draws/(float64(n+2)*sum)))) {
			v.drawn = append(v.drawn, uint16(n))
		}
	}
	r.Shuffle(len(v.drawn), func(i, j int) { v.drawn[i], v.drawn[j] = v.drawn[j], v.drawn[i] })
	return v
}

// pronounceable makes a word of one to four syllables; frequent ones are short.
func pronounceable(r *rand.Rand, longest int) string {
	pick := func(from string) string {
		all := strings.Fields(from)
		return all[r.IntN(len(all))]
	}
	var b strings.Builder
	for range 1 + r.IntN(min(longest, 4)) {
		b.WriteString(pick("b br c ch d dr f fl g gr h j k l m n p pl qu r s sh st t th tr v w z"))
		b.WriteString(pick("a a e e e i i o o u ai ea ee ie oo ou ä ö"))
		if r.IntN(2) == 0 {
			b.WriteString(pick("n r s t l m ck nd ng rt st"))
		}
	}
	return b.String()
}

// word is the nth word; where there are too few it gets a number.
func (v *vocabulary) word(n int) []byte {
	if n < len(v.words) {
		return []byte(ascii.Replace(string(v.words[n])))
	}
	return strconv.AppendInt([]byte("u"), int64(n), 10)
}

var ascii = strings.NewReplacer("ä", "ae", "ö", "oe")

func (v *vocabulary) draw(d dice) []byte { return v.words[v.drawn[d.below(len(v.drawn))]] }

func (v *vocabulary) sentence(b []byte, d dice, words int) []byte {
	for n := range words {
		if n > 0 {
			b = append(b, ' ')
		}
		b = append(b, v.draw(d)...)
	}
	return b
}

// markup is HTML as Mastodon writes it into JSON.
var markup = strings.NewReplacer("<", `\u003c`, ">", `\u003e`, `"`, `\"`, "&", `\u0026`)

var (
	paragraph    = markup.Replace("<p>")
	paragraphEnd = markup.Replace("</p>")
	newParagraph = markup.Replace("</p><p>")
	lineBreak    = markup.Replace("<br />")
	mentionBegin = markup.Replace(`<span class="h-card" translate="no"><a href="`)
	mentionName  = markup.Replace(`" class="u-url mention">@<span>`)
	mentionEnd   = markup.Replace(`</span></a></span> `)
	tagBegin     = markup.Replace(` <a href="https://old.example/tags/`)
	tagName      = markup.Replace(`" class="mention hashtag" rel="tag">#<span>`)
	tagEnd       = markup.Replace(`</span></a>`)
	linkBegin    = markup.Replace(` <a href="https://`)
	linkName     = markup.Replace(`" target="_blank" rel="nofollow noopener noreferrer" translate="no"><span class="invisible">https://</span><span class="ellipsis">`)
	linkEnd      = markup.Replace(`</span></a>`)
)

// content appends the text of a post, between one word and about ninety, and to
// tags what it names.
func (a *account) content(b, tags []byte, d dice, mention bool) (text, named []byte) {
	b = append(b, paragraph...)
	if mention {
		b, tags = a.mention(b, tags, d)
	}
	length := 1 + d.below(1+d.below(90))
	for n := range length {
		switch {
		case n == 0:
		case d.one(40):
			b = append(b, newParagraph...)
		case d.one(60):
			b = append(b, lineBreak...)
		case d.one(9):
			b = append(b, ", "...)
		case d.one(12):
			b = append(b, ". "...)
		default:
			b = append(b, ' ')
		}
		b = append(b, a.words.draw(d)...)
	}
	if d.one(6) {
		b = append(b, linkBegin...)
		begin := len(b)
		b = append(append(b, a.words.word(d.below(1+d.below(2000)))...), ".example/"...)
		b = a.words.sentence(b, d, 1)
		b = strconv.AppendUint(append(b, '-'), d.r.Uint64()>>40, 10)
		name := string(b[begin:])
		b = append(append(append(b, linkName...), name...), linkEnd...)
	}
	for d.one(4) {
		b, tags = a.hashtag(b, tags, d)
	}
	return append(b, paragraphEnd...), tags
}

func (a *account) mention(b, tags []byte, d dice) (text, named []byte) {
	who := a.stranger(d)
	host, name, _ := strings.Cut(strings.TrimPrefix(who, "https://"), "/users/")
	b = append(append(append(b, mentionBegin...), "https://"+host+"/@"+name...), mentionName...)
	b = append(append(b, name...), mentionEnd...)
	if len(tags) > 0 {
		tags = append(tags, ',')
	}
	return b, append(tags, `{"type":"Mention","href":"`+who+`","name":"@`+name+"@"+host+`"}`...)
}

func (a *account) hashtag(b, tags []byte, d dice) (text, named []byte) {
	name := string(a.words.word(30 + d.below(1+d.below(900))))
	b = append(append(append(b, tagBegin...), name...), tagName...)
	b = append(append(b, name...), tagEnd...)
	if len(tags) > 0 {
		tags = append(tags, ',')
	}
	return b, append(tags, `{"type":"Hashtag","href":"https://old.example/tags/`+name+`","name":"#`+name+`"}`...)
}
