package stories_test

import (
	"context"
	"iter"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/backup"
	"codeberg.org/godwit/godwit/internal/fediverse"
	"codeberg.org/godwit/godwit/move"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

// picture is a GIF of one pixel.
const picture = "GIF89a\x01\x00\x01\x00\x80\x00\x00\xff\xff\xff\x00\x00\x00!\xf9\x04\x00\x00\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;"

// A move is what the stories 1A to 1C begin with: Alice at Alpha, whom Chris at Gamma
// follows, has moved with everything to Delta.
type aMove struct {
	*town
	old, new, chris *person
	// for everybody, one of them unlisted; and not
	public, private []vocab.IRI
}

func alice(t *testing.T) aMove {
	w := found(t, nil, "alpha", "delta", "gamma")
	m := aMove{town: w, old: w.joins("alice", "alpha"), new: w.joins("alice", "delta"), chris: w.joins("chris", "gamma")}
	m.chris.follows(m.old)
	first := m.old.writes("Hello, world")
	m.public = []vocab.IRI{
		first,
		m.old.publishes(fediverse.Draft{Text: "<p>and this is a bird</p>", InReplyTo: first, Picture: []byte(picture)}),
		m.old.confides(portability.ForUnlisted, "quietly said"),
	}
	m.private = []vocab.IRI{
		m.old.confides(portability.ForFollowers, "for my friends"),
		m.old.publishes(fediverse.Draft{Text: "<p>for Chris</p>", For: portability.ForMentioned, To: m.chris.id}),
	}
	m.old.isAlso(m.new)
	m.copied(m.old, m.new)
	m.old.movesTo(m.new, m.chris)
	return m
}

func aSignAtTheOldAccount(t *testing.T) {
	m := alice(t)
	m.old.does("puts up a sign", m.old.server().ShowSign(m.ctx, m.old.name, true))

	never := m.old.id + "/posts/0000000000000000"
	unknown := m.opens(never, asBrowser)
	for _, address := range slices.Concat([]vocab.IRI{m.old.id}, m.public, m.private) {
		sign := m.opens(address, asBrowser)
		assert.Equal(t, http.StatusOK, sign.status, "a person sees a page at %s", address)
		assert.Contains(t, string(sign.body), "alice does not live here any more", "and can read what it says")
		assert.Contains(t, string(sign.body), `href="`+string(m.new.id)+`"`, "and where she lives now")
		assert.Equal(t, unknown.body, sign.body, "which is the same everywhere: it tells nothing of what there was")
	}
	assert.Equal(t, m.new.id, m.reads(m.old.id).IRI(vocab.MovedTo), "servers still read her document, which says so to them")
	m.seesNoPrivate(m.private)
}

// seesNoPrivate checks that no server is shown what was not for everybody.
func (w *town) seesNoPrivate(addresses []vocab.IRI) {
	w.t.Helper()
	require.NotEmpty(w.t, addresses)
	for _, address := range addresses {
		_, a := w.arrives(address, asServer)
		assert.Equal(w.t, http.StatusNotFound, a.status, "%s is not for strangers", address)
	}
}

func allLinksLeadHome(t *testing.T) {
	m := alice(t)
	m.old.does("has all links led home", m.old.server().ForwardHome(m.ctx, m.old.name))

	for _, address := range append([]vocab.IRI{m.old.id}, m.public...) {
		at, home := m.arrives(address, asBrowser)
		assert.Equal(t, m.new.id, at, "%s leads to her new home page", address)
		assert.Equal(t, http.StatusOK, home.status, "which is there")
		assert.Equal(t, http.StatusMovedPermanently, m.opens(address, asBrowser).status, "for good")
	}
	m.seesNothing(m.private...)
}

func eachLinkLeadsToTheSame(t *testing.T) {
	m := alice(t)
	before := map[vocab.IRI]*vocab.Object{}
	for _, address := range m.public {
		before[address] = m.reads(address)
		require.NotEmpty(t, before[address].Text(vocab.Content), "the old server still has %s", address)
	}
	m.old.leavesAForwardingAddress(m.new)

	for _, address := range m.public {
		assert.Equal(t, http.StatusMovedPermanently, m.opens(address, asServer).status, "an old link is led on for good")
		at, there := m.arrives(address, asServer)
		require.Equal(t, http.StatusOK, there.status, "to something")
		assert.Truef(t, vocab.SameOrigin(at, m.new.id), "at the new server: %s", at)
		post, err := vocab.Parse(there.body)
		require.NoError(t, err, "which is a document")
		m.isTheSame(before[address], post)
		assert.Equal(t, m.new.id, post.IRI(vocab.AttributedTo), "by her new account")
		page, browsed := m.arrives(address, asBrowser)
		assert.Equal(t, at, page, "a browser is led there, too")
		assert.Equal(t, http.StatusOK, browsed.status)
	}
	reply := m.landed(m.public[1])
	assert.Equal(t, m.landed(m.public[0]).ID(), reply.IRI(vocab.InReplyTo), "the thread hangs together at the new place")
	bird := m.opens(reply.Children(vocab.Attachment)[0].IRI(vocab.URL), "image/*")
	assert.Equal(t, picture, string(bird.body), "and the picture came along")
	at, page := m.arrives(m.old.id, asBrowser)
	assert.Equal(t, m.new.id, at, "the old profile leads to the new one")
	assert.Equal(t, http.StatusOK, page.status)
	m.seesNothing(m.private...)
}

// landed is the post to which an old link leads.
func (w *town) landed(address vocab.IRI) *vocab.Object {
	w.t.Helper()
	_, there := w.arrives(address, asServer)
	post, err := vocab.Parse(there.body)
	require.NoError(w.t, err, "the post to which %s leads", address)
	return post
}

// isTheSame compares what two posts say.
func (w *town) isTheSame(before, now *vocab.Object) {
	w.t.Helper()
	assert.Equal(w.t, before.Text(vocab.Content), now.Text(vocab.Content), "it says the same")
	assert.Equal(w.t, before.Text(vocab.Published), now.Text(vocab.Published), "as of the same time")
	assert.Equal(w.t, before.Type(), now.Type())
	assert.Len(w.t, now.Children(vocab.Attachment), len(before.Children(vocab.Attachment)), "with as many pictures")
}

func aSecondAccount(t *testing.T) {
	w := found(t, nil, "alpha", "delta", "gamma")
	personal, professional, chris := w.joins("alice", "alpha"), w.joins("alice-works", "delta"), w.joins("chris", "gamma")
	chris.follows(personal)
	talk := personal.writes("I gave a talk about birds")
	personal.writes("my cat")
	paper := personal.writes("I wrote a paper about birds")
	personal.isAlso(professional)

	file := personal.backsUp()
	report := w.copies(passage{old: personal, new: professional, from: func(ctx context.Context) (portability.Source, error) {
		all, err := backup.Open(ctx, file, nil)
		return chosen{all, []vocab.IRI{talk, paper}}, err
	}})
	assert.EqualValues(t, 2, report.Count(portability.Content, portability.Copied), "she chose two posts")
	personal.does("says that she has a second account", personal.server().CopyTo(w.ctx, personal.name, professional.id))
	w.waits("Chris has heard of it", func() bool {
		notices, err := chris.server().Notices(w.ctx, chris.name)
		return err == nil && len(notices) == 1 && notices[0].New == professional.id && notices[0].Reason == move.CopiedOnly
	})
	personal.writes("my cat again")

	shown := w.reads(personal.id)
	assert.Equal(t, []vocab.IRI{professional.id}, shown.IRIs(vocab.CopiedTo), "the old account names the second one")
	assert.Empty(t, shown.IRI(vocab.MovedTo), "and has not moved")
	assert.Equal(t, map[string]int{
		"<p>I gave a talk about birds</p>": 1, "<p>my cat</p>": 1, "<p>I wrote a paper about birds</p>": 1, "<p>my cat again</p>": 1,
	}, w.posts(personal), "it keeps all its posts, and can write more")
	assert.Equal(t, map[string]int{"<p>I gave a talk about birds</p>": 1, "<p>I wrote a paper about birds</p>": 1}, w.posts(professional), "the second one has what she chose")
	for id := range w.lists(professional, "outbox") {
		before := w.reads(id).IRIs("previously")
		require.Len(t, before, 1, "each copy says where it was first")
		assert.Contains(t, []vocab.IRI{talk, paper}, before[0])
	}
	assert.Equal(t, http.StatusOK, w.opens(talk, asServer).status, "old links stay where they are")
	assert.Equal(t, map[vocab.IRI]bool{personal.id: true}, w.lists(chris, "following"), "nobody was moved who did not choose to")
}

// chosen is what somebody has chosen of their posts.
type chosen struct {
	*backup.Reader
	posts []vocab.IRI
}

// Kinds implements portability.Source.
func (c chosen) Kinds(context.Context) ([]portability.Kind, error) {
	return []portability.Kind{portability.Content}, nil
}

// Items implements portability.Source.
func (c chosen) Items(ctx context.Context, k portability.Kind, after string) iter.Seq2[portability.Item, error] {
	return func(yield func(portability.Item, error) bool) {
		for item, err := range c.Reader.Items(ctx, k, after) {
			if err == nil && !slices.Contains(c.posts, vocab.IRI(item.ID)) {
				continue
			}
			if !yield(item, err) {
				return
			}
		}
	}
}

func blocksAndMutesComeAlong(t *testing.T) {
	w := found(t, nil, "alpha", "delta", "gamma")
	old, new := w.joins("alice", "alpha"), w.joins("alice", "delta")
	mallory, bore, bob := w.joins("mallory", "gamma"), w.joins("bore", "gamma"), w.joins("bob", "gamma")
	old.blocks(mallory.id)
	old.mutes(bore.id)
	old.isAlso(new)

	w.copied(old, new)

	mallory.asks(new)
	bob.follows(new)
	w.waits("Mallory was told no", func() bool {
		n, err := mallory.server().Waiting(w.ctx)
		return err == nil && n == 0 && mallory.isRejected(new)
	})
	assert.Equal(t, map[vocab.IRI]bool{bob.id: true}, w.lists(new, "followers"), "a stranger sees Bob among the followers, and not Mallory")
	assert.Empty(t, w.lists(mallory, "following"))
	// A mute is seen by nobody but its owner: it stands in what she takes along the next time.
	assert.Equal(t, []string{string(bore.id)}, new.has(portability.Muted))
	assert.Equal(t, []string{string(mallory.id)}, new.has(portability.Blocked))
}

// isRejected reports whether a Reject of theirs came in.
func (p *person) isRejected(by *person) bool {
	came, err := p.server().Received(p.town.ctx, 0)
	return err == nil && slices.ContainsFunc(came, func(in fediverse.Received) bool {
		return in.Type == vocab.TypeReject && in.Actor == by.id && strings.Contains(in.Body, string(p.id))
	})
}

// has lists what the next export of an account would have of a kind.
func (p *person) has(k portability.Kind) []string {
	p.town.t.Helper()
	home, err := p.live(p.town.ctx)
	p.does("opens the household", err)
	var all []string
	for item, err := range home.Items(p.town.ctx, k, "") {
		p.does("reads it", err)
		all = append(all, item.ID)
	}
	return all
}

func theListOfTheServerComesAlong(t *testing.T) {
	w := found(t, nil, "alpha", "delta", "gamma", "trolls")
	old, new := w.joins("alice", "alpha"), w.joins("alice", "delta")
	mallory, bob, neighbour := w.joins("mallory", "trolls"), w.joins("bob", "gamma"), w.joins("neighbour", "delta")
	old.does("as admin, blocks a server", old.server().Fence(w.ctx, w.at["trolls"]))
	old.isAlso(new)

	// She runs both servers: the list is theirs.
	runs := func(h *fediverse.Household) { h.Runs = true }
	home, err := old.server().Household(w.ctx, old.name)
	require.NoError(t, err)
	runs(home)
	file := old.writesArchive(home, &backup.WriteOptions{})
	report := w.copies(passage{old: old, new: new, from: archived(file), household: runs})
	assert.EqualValues(t, 1, report.Count(portability.BlockedDomains, portability.Copied))

	bob.follows(new)
	bob.follows(neighbour)
	mallory.asks(neighbour)
	mallory.asks(new)
	w.waits("both were refused at the door", func() bool {
		n, err := mallory.server().Waiting(w.ctx)
		return err == nil && n == 0
	})
	assert.Equal(t, map[vocab.IRI]bool{bob.id: true}, w.lists(new, "followers"), "nobody from there follows her")
	assert.Equal(t, map[vocab.IRI]bool{bob.id: true}, w.lists(neighbour, "followers"), "nor anybody else on her server")
	assert.Empty(t, w.lists(mallory, "following"))
	fences, err := new.server().Fences(w.ctx)
	require.NoError(t, err)
	assert.Equal(t, []string{w.at["trolls"]}, fences)
}
