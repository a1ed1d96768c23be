package portabilitytest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"iter"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"sync"

	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

// engineAccount is a source that is as well or badly behaved as a test wants it.
type engineAccount struct {
	mu    sync.Mutex
	actor *vocab.Object
	items map[portability.Kind][]portability.Item
	files map[string]string // by path

	archive  bool  // it is what was kept of an account, and not the account
	restless bool  // no position holds
	counts   int64 // what it says that there are, if not 0
	onItem   func(portability.Kind, int)
	broken   string // the path of a file that cannot be read now
}

func newEngineAccount() *engineAccount {
	a := &engineAccount{items: map[portability.Kind][]portability.Item{}, files: map[string]string{}}
	a.actor = engineDocument(fmt.Sprintf(`{"id":%q,"type":"Person","preferredUsername":"alice","url":"https://old.example/@alice",`+
		`"followers":%q,"inbox":%q,"outbox":%q}`, home, home+"/followers", home+"/inbox", home+"/outbox"))
	a.add(portability.Item{Ref: portability.Ref{Kind: portability.Actor, ID: home}, Object: a.actor})
	return a
}

// engineDocument parses a document of a test, which is well-formed.
func engineDocument(text string) *vocab.Object {
	o, err := vocab.Parse([]byte(text))
	if err != nil {
		panic(err)
	}
	return o
}

func (a *engineAccount) add(items ...portability.Item) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, i := range items {
		a.items[i.Kind] = append(a.items[i.Kind], i)
	}
}

// replace puts another item in the place of that with its Ref.
func (a *engineAccount) replace(item portability.Item) {
	a.mu.Lock()
	defer a.mu.Unlock()
	items := slices.Clone(a.items[item.Kind])
	for n := range items {
		if items[n].Ref == item.Ref {
			items[n] = item
		}
	}
	a.items[item.Kind] = items
}

func (a *engineAccount) drop(ref portability.Ref) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.items[ref.Kind] = slices.DeleteFunc(slices.Clone(a.items[ref.Kind]), func(i portability.Item) bool { return i.Ref == ref })
}

func (a *engineAccount) Actor(ctx context.Context) (*vocab.Object, error) {
	if a.actor == nil {
		return nil, portability.ErrNoActor
	}
	return a.actor, ctx.Err()
}

// Live implements [portability.Live].
func (a *engineAccount) Live() bool { return !a.archive }

func (a *engineAccount) Kinds(ctx context.Context) ([]portability.Kind, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	var kinds []portability.Kind
	for k, items := range a.items {
		if len(items) > 0 {
			kinds = append(kinds, k)
		}
	}
	slices.Sort(kinds)
	return kinds, ctx.Err()
}

func (a *engineAccount) Items(ctx context.Context, k portability.Kind, after string) iter.Seq2[portability.Item, error] {
	return func(yield func(portability.Item, error) bool) {
		a.mu.Lock()
		items := a.items[k]
		a.mu.Unlock()
		at, err := a.find(items, after)
		if err != nil {
			yield(portability.Item{}, err)
			return
		}
		for n, item := range items[at:] {
			if err := ctx.Err(); err != nil {
				yield(portability.Item{}, err)
				return
			}
			if a.onItem != nil {
				a.onItem(k, at+n)
			}
			item.Next = fmt.Sprintf("%d %s", at+n+1, item.ID)
			if !yield(item, nil) {
				return
			}
		}
	}
}

// find returns where a position leads.
func (a *engineAccount) find(items []portability.Item, after string) (int, error) {
	if after == "" {
		return 0, nil
	}
	number, id, _ := strings.Cut(after, " ")
	at, _ := strconv.Atoi(number)
	if a.restless || at < 1 || at > len(items) || items[at-1].ID != id {
		return 0, portability.ErrChanged
	}
	return at, nil
}

func (a *engineAccount) Count(ctx context.Context, k portability.Kind) (int64, bool, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.counts != 0 {
		return a.counts, false, ctx.Err()
	}
	return int64(len(a.items[k])), true, ctx.Err()
}

func (a *engineAccount) OpenMedia(ctx context.Context, m portability.Medium) (io.ReadCloser, portability.Medium, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	data, ok := a.files[m.Path]
	if !ok {
		return nil, m, portability.ErrNoMedium
	}
	if m.Path == a.broken {
		return nil, m, errEngineFault
	}
	m.Size = int64(len(data))
	return io.NopCloser(strings.NewReader(data)), m, ctx.Err()
}

// post returns a post of the account; members are added to it as they are.
func enginePost(n int, members string) portability.Item {
	id := fmt.Sprintf("%s/posts/%d", home, n)
	o := engineDocument(fmt.Sprintf(`{"id":%q,"type":"Note","attributedTo":%q,"url":"https://old.example/@alice/%d","content":"post %d"%s}`,
		id, home, n, n, members))
	return portability.Item{Ref: portability.Ref{Kind: portability.Content, ID: id}, Object: o}
}

// enginePublic are the members of a public post of some day of 2020, in reply to
// another unless that is negative.
func enginePublic(day, parent int) string {
	members := fmt.Sprintf(`,"published":"2020-%02d-%02dT12:00:00Z","to":[%q],"cc":[%q]`,
		1+day/28%12, 1+day%28, vocab.Public, home+"/followers")
	if parent >= 0 {
		members += fmt.Sprintf(`,"inReplyTo":"%s/posts/%d"`, home, parent)
	}
	return members
}

// randomAccount has something of everything, good and bad, in an order of its own.
func randomAccount(r *rand.Rand) *engineAccount {
	a := newEngineAccount()
	posts := r.IntN(14)
	audiences := []string{
		fmt.Sprintf(`,"to":[%q]`, vocab.Public), fmt.Sprintf(`,"cc":[%q]`, vocab.Public),
		fmt.Sprintf(`,"to":["%s/followers"]`, home), `,"to":["https://friends.example/users/1"]`, ``,
	}
	var items []portability.Item
	for n := range posts {
		members := fmt.Sprintf(`,"published":"2020-01-%02dT12:00:00Z"`, 1+r.IntN(28)) + audiences[r.IntN(len(audiences))]
		if r.IntN(2) == 0 {
			members += fmt.Sprintf(`,"inReplyTo":"%s/posts/%d"`, home, r.IntN(posts))
		}
		item := enginePost(n, members)
		for range r.IntN(3) {
			item.Media = append(item.Media, a.file(r.IntN(4)))
		}
		items = append(items, item)
	}
	items = append(items, oddItems(r)...)
	r.Shuffle(len(items), func(i, j int) { items[i], items[j] = items[j], items[i] })
	a.add(items...)
	for _, k := range []portability.Kind{portability.Blocked, portability.Muted, portability.Followers, portability.Following, portability.Pending} {
		for n := range r.IntN(4) {
			id := fmt.Sprintf("https://friends.example/users/%d", n)
			a.add(portability.Item{Ref: portability.Ref{Kind: k, ID: id}, Object: engineDocument(fmt.Sprintf(`{"id":%q}`, id))})
		}
	}
	a.add(othersWords(r)...)
	return a
}

// file returns a file of the account; the last is missing.
func (a *engineAccount) file(n int) portability.Medium {
	path := fmt.Sprintf("files/%d.png", n)
	if n < 3 {
		a.files[path] = strings.Repeat("picture ", n+1)
	}
	return portability.Medium{Path: path, Type: "image/png", Size: -1}
}

// oddItems are posts that are not to be copied, or not without a word.
func oddItems(r *rand.Rand) []portability.Item {
	foreign := enginePost(100, "")
	foreign.Object = engineDocument(`{"id":"` + foreign.ID + `","type":"Note","attributedTo":"https://old.example/users/bob","content":"x"}`)
	elsewhere := enginePost(101, "")
	elsewhere.ID = "https://victim.example/posts/1"
	elsewhere.Object = engineDocument(`{"id":"https://victim.example/posts/1","type":"Note","attributedTo":"` + home + `","content":"x"}`)
	all := []portability.Item{
		foreign, elsewhere,
		{Ref: portability.Ref{Kind: portability.Content, ID: home + "/posts/102"}, Raw: []byte("{broken"),
			Problems: []portability.Problem{{Reason: portability.Unreadable, Fatal: true}}},
		{Ref: portability.Ref{Kind: portability.Content}, Object: engineDocument(`{"type":"Note","attributedTo":"` + home + `"}`)},
		enginePost(103, `,"summary":"one"`), enginePost(103, `,"summary":"another"`),
		enginePost(104, `,"published":"9999-01-01T00:00:00Z"`),
	}
	return all[:r.IntN(len(all)+1)]
}

// othersWords are what others said, what the account received, and what it did.
func othersWords(r *rand.Rand) []portability.Item {
	all := []portability.Item{
		{Ref: portability.Ref{Kind: portability.Received, ID: "https://friends.example/replies/1"},
			Object: engineDocument(`{"id":"https://friends.example/replies/1","type":"Note","attributedTo":"https://friends.example/users/1",` +
				`"inReplyTo":"` + home + `/posts/0","content":"their words"}`)},
		{Ref: portability.Ref{Kind: portability.Outbox, ID: home + "/shares/1"},
			Object: engineDocument(`{"id":"` + home + `/shares/1","type":"Announce","actor":"` + home + `","object":"https://friends.example/posts/1"}`)},
		{Ref: portability.Ref{Kind: portability.Outbox, ID: home + "/moves/1"},
			Object: engineDocument(`{"id":"` + home + `/moves/1","type":"Move","actor":"` + home + `","object":"` + home + `"}`)},
		{Ref: portability.Ref{Kind: portability.Liked, ID: "https://friends.example/posts/2"},
			Object: engineDocument(`{"id":"https://friends.example/posts/2"}`)},
		{Ref: portability.Ref{Kind: portability.Inbox, ID: "https://friends.example/secrets/1"},
			Object: engineDocument(`{"id":"https://friends.example/secrets/1","type":"Note","content":"for alice only"}`)},
		{Ref: portability.Ref{Kind: portability.Unknown, ID: "odd.bin"}, Raw: []byte("odd")},
		{Ref: portability.Ref{Kind: portability.BlockedDomains, ID: "bad.example"}, Object: engineDocument(`{"domain":"bad.example"}`)},
	}
	return all[:r.IntN(len(all)+1)]
}

func engineDigest(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// engineRead reads a file of a test.
func engineRead(r io.Reader) ([]byte, error) {
	var b bytes.Buffer
	_, err := b.ReadFrom(r)
	return b.Bytes(), err
}
