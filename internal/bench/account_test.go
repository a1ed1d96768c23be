//go:build unix

package bench_test

import (
	"context"
	"fmt"
	"io"
	"iter"
	"math/rand/v2"
	"strconv"
	"time"

	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

// An account has posts made up as they are asked for, always the same: text of
// words as frequent as in a language, in lengths that posts have, answers, mentions,
// tags, polls, warnings, edits, shares, and files with one post in five. It is a
// portability.Source that has nothing in memory but its vocabulary.
type account struct {
	posts int // shares among them
	words vocabulary
	// files is what stands before the path of a file: a server for a live
	// account, nothing for a takeout of Mastodon.
	files string
}

func newAccount(posts int) *account {
	return &account{posts: posts, words: newVocabulary(), files: "https://files.old.example"}
}

const (
	owner     = "https://old.example/users/alice"
	timeStart = 1_480_000_000 // November 2016
	timeSpan  = 9 * 365 * 86_400
)

// dice are what a post is thrown with.
type dice struct{ r *rand.PCG }

func (a *account) dice(post int) dice { return dice{rand.NewPCG(20161123, uint64(post))} }

// below is a number below n, and one says "once in n".
func (d dice) below(n int) int { return int(d.r.Uint64() >> 11 % uint64(n)) }
func (d dice) one(n int) bool  { return d.below(n) == 0 }

// isShare says of a post whether it is only a share of another's.
func (a *account) isShare(post int) bool { return a.dice(post).one(6) }

// isEdited says of a post whether it has a former state.
func (a *account) isEdited(post int) bool { return post%40 == 7 && !a.isShare(post) }

func (a *account) published(post int) string {
	at := timeStart + int64(float64(timeSpan)*float64(post)/float64(a.posts)) + int64(post%17)
	return time.Unix(at, 0).UTC().Format(time.RFC3339)
}

// number is the id of a post: the milliseconds of its time and some more, as
// Mastodon makes them.
func (a *account) number(post int) string {
	at := timeStart + int64(float64(timeSpan)*float64(post)/float64(a.posts)) + int64(post%17)
	return strconv.FormatInt(at*1000<<16|int64(post*2654435761&0xffff), 10)
}

func (a *account) id(post int) string { return owner + "/statuses/" + a.number(post) }

// activity appends the document of a post, as it stands in an outbox.
func (a *account) activity(b []byte, post int) []byte {
	d := a.dice(post)
	if d.one(6) {
		return a.share(b, d, post)
	}
	id, at := a.id(post), a.published(post)
	to, cc := audience(d)
	b = fmt.Appendf(b, `{"id":"%s/activity","type":"Create","actor":"%s","published":"%s","to":%s,"cc":%s,"object":`, id, owner, at, to, cc)
	b = a.object(b, d, post, to, cc)
	return append(b, '}')
}

const public = "https://www.w3.org/ns/activitystreams#Public"

// audience is public for two posts in three.
func audience(d dice) (to, cc string) {
	switch d.below(12) {
	case 0, 1:
		return `["` + owner + `/followers"]`, `["` + public + `"]`
	case 2:
		return `["` + owner + `/followers"]`, `[]`
	case 3:
		return `["https://social1.example/users/bob"]`, `[]`
	}
	return `["` + public + `"]`, `["` + owner + `/followers"]`
}

func (a *account) share(b []byte, d dice, post int) []byte {
	return fmt.Appendf(b, `{"id":"%s/activity","type":"Announce","actor":"%s","published":"%s","to":["%s"],"cc":["%s/followers"],"object":"%s/statuses/%d"}`,
		a.id(post), owner, a.published(post), public, owner, a.stranger(d), 100_000_000_000_000_000+d.r.Uint64()>>9)
}

// stranger is somebody else, some of them much more often than others.
func (a *account) stranger(d dice) string {
	n := d.below(1 + d.below(3000))
	return "https://social" + strconv.Itoa(n%157) + ".example/users/" + string(a.words.word(n+40))
}

// object appends the post itself.
func (a *account) object(b []byte, d dice, post int, to, cc string) []byte {
	id, at, number := a.id(post), a.published(post), a.number(post)
	poll, kind := d.one(40), "Note"
	if poll {
		kind = "Question"
	}
	b = fmt.Appendf(b, `{"id":"%s","type":"%s","summary":`, id, kind)
	warned := d.one(15)
	if warned {
		b = a.words.sentence(append(b, '"'), d, 1+d.below(4))
		b = append(b, '"')
	} else {
		b = append(b, "null"...)
	}
	b = append(b, `,"inReplyTo":`...)
	answers := a.answered(d, post)
	b = append(b, answers...)
	b = fmt.Appendf(b, `,"published":"%s","url":"https://old.example/@alice/%s","attributedTo":"%s","to":%s,"cc":%s,"sensitive":%t,"atomUri":"%s","inReplyToAtomUri":%s`,
		at, number, owner, to, cc, warned, id, answers)
	b = fmt.Appendf(b, `,"conversation":"tag:old.example,%s:objectId=%d:objectType=Conversation","content":"`, at[:10], 1000+post*3)
	begin := len(b)
	var tags []byte
	b, tags = a.content(b, tags, d, answers != "null" && d.below(3) > 0)
	end := len(b)
	b = append(b, `","contentMap":{"`...)
	b = append(b, languages[d.below(len(languages))]...)
	b = append(b, `":"`...)
	b = append(b, b[begin:end]...)
	b = append(b, `"}`...)
	if poll {
		b = a.poll(b, d, at)
	}
	if a.isEdited(post) {
		b = fmt.Appendf(b, `,"updated":"%s"`, at[:17]+"59Z")
	}
	b = append(b, `,"attachment":[`...)
	for n := range a.attachments(post) {
		if n > 0 {
			b = append(b, ',')
		}
		b = a.attachment(b, d, post, n)
	}
	b = append(append(append(b, `],"tag":[`...), tags...), ']')
	return fmt.Appendf(b, `,"replies":{"id":"%[1]s/replies","type":"Collection","first":{"type":"CollectionPage","next":"%[1]s/replies?only_other_accounts=true\u0026page=true","partOf":"%[1]s/replies","items":[]}}}`, id)
}

var languages = []string{"en", "en", "en", "de", "de", "fr"}

// answered is what a post answers: a stranger's, an own one before, or nothing.
func (a *account) answered(d dice, post int) string {
	switch n := d.below(10); {
	case n < 4:
		return fmt.Sprintf(`"%s/statuses/%d"`, a.stranger(d), 100_000_000_000_000_000+d.r.Uint64()>>9)
	case n == 4 && post > 0 && !a.isShare(post-1):
		return `"` + a.id(post-1) + `"`
	}
	return "null"
}

func (a *account) poll(b []byte, d dice, at string) []byte {
	b = fmt.Appendf(b, `,"endTime":"%[1]s","closed":"%[1]s","votersCount":%[2]d,"oneOf":[`, at, d.below(90))
	for n := range 2 + d.below(3) {
		if n > 0 {
			b = append(b, ',')
		}
		b = a.words.sentence(append(b, `{"type":"Note","name":"`...), d, 1+d.below(5))
		b = fmt.Appendf(b, `","replies":{"type":"Collection","totalItems":%d}}`, d.below(40))
	}
	return append(b, ']')
}

// attachments is how many files a post has; one in five has any.
func (a *account) attachments(post int) int {
	d := dice{rand.NewPCG(5, uint64(post))}
	if !d.one(5) || a.isShare(post) {
		return 0
	}
	return 1 + d.below(1+d.below(4))
}

func (a *account) attachment(b []byte, d dice, post, n int) []byte {
	b = fmt.Appendf(b, `{"type":"Document","mediaType":"image/jpeg","url":"%s/%s","name":`, a.files, filePath(post, n))
	if d.one(3) {
		b = append(b, "null"...)
	} else {
		b = a.words.sentence(append(b, '"'), d, 4+d.below(20))
		b = append(b, '"')
	}
	b = append(b, `,"blurhash":"U`...)
	for range 35 {
		b = append(b, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz#$%*+,-.:;=?@[]^_{|}~"[d.below(83)])
	}
	return fmt.Appendf(b, `","focalPoint":[0.0,0.0],"width":%d,"height":%d}`, 400+d.below(3000), 300+d.below(2000))
}

// filePath is as Mastodon has it.
func filePath(post, n int) string {
	id := fmt.Sprintf("%018d", 109_000_000_000_000_000+post*4+n)
	return fmt.Sprintf("media_attachments/files/%s/%s/%s/%s/%s/%s/original/%016x.jpeg",
		id[:3], id[3:6], id[6:9], id[9:12], id[12:15], id[15:], uint64(post*4+n+1)*0x9e3779b97f4a7c15)
}

// fileSize is between 2 and 32 KB, so that all files together are about as large as
// all posts; real ones are larger.
func fileSize(post, n int) int64 {
	d := dice{rand.NewPCG(6, uint64(post*4+n))}
	return 2_000<<d.below(5) - int64(d.below(900))
}

// file is a picture by its first bytes, and then noise, which no compressor makes
// smaller, as with real pictures.
func file(post, n int) io.Reader {
	noise := rand.NewChaCha8([32]byte{byte(post), byte(post >> 8), byte(post >> 16), byte(n)})
	return io.LimitReader(io.MultiReader(&magic{text: "\xff\xd8\xff\xe0\x00\x10JFIF\x00"}, noise), fileSize(post, n))
}

type magic struct{ text string }

func (m *magic) Read(p []byte) (int, error) {
	n := copy(p, m.text)
	m.text = m.text[n:]
	if n == 0 {
		return 0, io.EOF
	}
	return n, nil
}

// Source.

var (
	_ portability.Source      = (*account)(nil)
	_ portability.MediaSource = (*account)(nil)
)

// Actor implements portability.Source.
func (a *account) Actor(context.Context) (*vocab.Object, error) { return vocab.Parse(actorText("")) }

func actorText(more string) []byte {
	return fmt.Appendf(nil, `{"@context":["https://www.w3.org/ns/activitystreams","https://w3id.org/security/v1"],"id":"%[1]s","type":"Person",`+
		`"following":"%[1]s/following","followers":"%[1]s/followers","inbox":"%[1]s/inbox","outbox":"%[1]s/outbox","preferredUsername":"alice",`+
		`"name":"Alice","summary":"","url":"https://old.example/@alice"%[2]s}`, owner, more)
}

// Kinds implements portability.Source.
func (a *account) Kinds(context.Context) ([]portability.Kind, error) {
	return []portability.Kind{portability.Actor, portability.Content, portability.History, portability.Outbox, portability.Liked, portability.Following}, nil
}

// Items implements portability.Source. A position is the number of the next post.
func (a *account) Items(ctx context.Context, k portability.Kind, after string) iter.Seq2[portability.Item, error] {
	return func(yield func(portability.Item, error) bool) {
		from := 0
		if after != "" {
			var err error
			if from, err = strconv.Atoi(after); err != nil {
				yield(portability.Item{}, portability.ErrChanged)
				return
			}
		}
		for n := from; n < a.many(k); n++ {
			item, ok, err := a.item(k, n)
			if err == nil {
				err = ctx.Err()
			}
			if err != nil {
				yield(portability.Item{}, err)
				return
			}
			item.Next = strconv.Itoa(n + 1)
			if ok && !yield(item, nil) {
				return
			}
		}
	}
}

func (a *account) many(k portability.Kind) int {
	switch k {
	case portability.Actor:
		return 1
	case portability.Content, portability.History, portability.Outbox:
		return a.posts
	case portability.Liked, portability.Following:
		return a.posts / 20
	}
	return 0
}

// item makes the nth of a kind, if there is one.
func (a *account) item(k portability.Kind, n int) (portability.Item, bool, error) {
	item := portability.Item{Ref: portability.Ref{Kind: k, ID: owner}}
	var err error
	switch {
	case k == portability.Actor:
		item.Object, err = vocab.Parse(actorText(""))
	case k == portability.Content && !a.isShare(n), k == portability.Outbox && a.isShare(n):
		return a.post(item, n)
	case k == portability.History && a.isEdited(n):
		item.ID = a.id(n) + "#" + a.published(n)
		item.Object, err = vocab.Parse(a.object(nil, a.dice(n+a.posts), n, `[]`, `[]`))
	case k == portability.Liked, k == portability.Following:
		item.ID = a.stranger(a.dice(-n))
		if k == portability.Liked {
			item.ID += "/statuses/" + strconv.Itoa(1000+n)
		} else {
			item.ID += strconv.Itoa(n)
		}
		item.Object, err = vocab.Parse([]byte(`{"id":"` + item.ID + `"}`))
	default:
		return item, false, nil
	}
	return item, err == nil, err
}

func (a *account) post(item portability.Item, n int) (portability.Item, bool, error) {
	activity, err := vocab.Parse(a.activity(make([]byte, 0, 4096), n))
	if err != nil {
		return item, false, err
	}
	if item.Kind == portability.Outbox {
		item.ID, item.Object = string(activity.ID()), activity
		return item, true, nil
	}
	item.Activity, item.Object = activity, activity.Child(vocab.ObjectProperty)
	item.ID = string(item.Object.ID())
	for i := range a.attachments(n) {
		item.Media = append(item.Media, portability.Medium{URL: vocab.IRI(a.files + "/" + filePath(n, i)), Path: fmt.Sprintf("%d/%d", n, i), Type: "image/jpeg", Size: fileSize(n, i)})
	}
	return item, true, nil
}

// OpenMedia implements portability.MediaSource.
func (a *account) OpenMedia(_ context.Context, m portability.Medium) (io.ReadCloser, portability.Medium, error) {
	var post, n int
	if _, err := fmt.Sscanf(m.Path, "%d/%d", &post, &n); err != nil {
		return nil, m, portability.ErrNoMedium
	}
	return io.NopCloser(file(post, n)), m, nil
}
