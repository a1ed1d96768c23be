package portabilitytest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

// engineJudged are items, and how each must end.
var engineJudged = []struct {
	name   string
	kind   portability.Kind
	id     string
	text   string // ID and HOME are filled in
	around string // the activity that brought it
	state  portability.State
	reason portability.Reason
}{
	{"an own post", portability.Content, home + "/1", `{"id":"ID","type":"Note","attributedTo":"HOME","published":"2020-01-01T00:00:00Z","to":["as:Public"]}`, "", portability.Copied, ""},
	{"a post by two, of whom one is the account", portability.Content, home + "/2", `{"id":"ID","type":"Note","attributedTo":["HOME","https://old.example/groups/1"],"published":"2020-01-01T00:00:00Z","to":["as:Public"]}`, "", portability.Copied, ""},
	{"a post by somebody else on the same server", portability.Content, home + "/3", `{"id":"ID","type":"Note","attributedTo":"https://old.example/users/bob"}`, "", portability.Skipped, portability.NotOwn},
	{"somebody else's post that an own activity brings", portability.Content, home + "/4", `{"id":"ID","type":"Note","attributedTo":"https://old.example/users/bob"}`, `{"id":"ID/a","type":"Create","actor":"HOME"}`, portability.Skipped, portability.NotOwn},
	{"an own post that somebody else's activity brings", portability.Content, home + "/5", `{"id":"ID","type":"Note","attributedTo":"HOME"}`, `{"id":"ID/a","type":"Create","actor":"https://old.example/users/bob"}`, portability.Skipped, portability.NotOwn},
	{"a post that an activity of another sort brings", portability.Content, home + "/6", `{"id":"ID","type":"Note","attributedTo":"HOME"}`, `{"id":"ID/a","type":"Announce","actor":"HOME"}`, portability.Skipped, portability.WrongKind},
	{"a post whose id is a victim's", portability.Content, "https://victim.example/posts/1", `{"id":"ID","type":"Note","attributedTo":"HOME"}`, "", portability.Skipped, portability.ForeignHost},
	{"a Tombstone", portability.Content, home + "/7", `{"id":"ID","type":"Tombstone"}`, "", portability.Skipped, portability.WrongKind},
	{"an actor among the posts", portability.Content, home + "/8", `{"id":"ID","type":"Person"}`, "", portability.Skipped, portability.WrongKind},
	{"an activity among the posts", portability.Content, home + "/9", `{"id":"ID","type":"Delete","actor":"HOME","object":"HOME"}`, "", portability.Skipped, portability.WrongKind},
	{"a post of year 9999", portability.Content, home + "/10", `{"id":"ID","type":"Note","attributedTo":"HOME","published":"9999-12-31T00:00:00Z","to":["as:Public"]}`, "", portability.Copied, portability.BadDate},
	{"a post of year 0", portability.Content, home + "/11", `{"id":"ID","type":"Note","attributedTo":"HOME","published":"0000-01-01T00:00:00Z","to":["as:Public"]}`, "", portability.Copied, portability.BadDate},
	{"a post of the epoch", portability.Content, home + "/12", `{"id":"ID","type":"Note","attributedTo":"HOME","published":"1970-01-01T00:00:00Z","to":["as:Public"]}`, "", portability.Copied, portability.BadDate},
	{"a post of next week", portability.Content, home + "/13", `{"id":"ID","type":"Note","attributedTo":"HOME","published":"2026-11-30T00:00:00Z","to":["as:Public"]}`, "", portability.Copied, portability.BadDate},
	{"a post that says nothing of its readers", portability.Content, home + "/14", `{"id":"ID","type":"Note","attributedTo":"HOME","published":"2020-01-01T00:00:00Z"}`, "", portability.Copied, portability.NoAudience},
	{"a post that answers itself", portability.Content, home + "/15", `{"id":"ID","type":"Note","attributedTo":"HOME","inReplyTo":"ID","published":"2020-01-01T00:00:00Z","to":["as:Public"]}`, "", portability.Copied, portability.CutCycle},
	{"a share", portability.Outbox, home + "/a1", `{"id":"ID","type":"Announce","actor":"HOME","object":"https://friends.example/1"}`, "", portability.Copied, ""},
	{"somebody else's share", portability.Outbox, home + "/a2", `{"id":"ID","type":"Announce","actor":"https://old.example/users/bob","object":"https://friends.example/1"}`, "", portability.Skipped, portability.NotOwn},
	{"a share that brings a private post along", portability.Outbox, home + "/a3", `{"id":"ID","type":"Announce","actor":"HOME","object":{"id":"https://friends.example/2","attributedTo":"https://friends.example/users/1","to":["https://friends.example/users/1/followers"],"content":"secret"}}`, "", portability.Skipped, portability.NotOwn},
	{"a Create of somebody else's post", portability.Outbox, home + "/a4", `{"id":"ID","type":"Create","actor":"HOME","object":{"id":"https://friends.example/3","attributedTo":"https://friends.example/users/1","content":"x","to":["as:Public"]}}`, "", portability.Skipped, portability.NotOwn},
	{"a Move in the outbox", portability.Outbox, home + "/a5", `{"id":"ID","type":"Move","actor":"HOME","object":"HOME"}`, "", portability.Skipped, portability.WrongKind},
	{"a Follow in the outbox", portability.Outbox, home + "/a6", `{"id":"ID","type":"Follow","actor":"HOME","object":"https://friends.example/users/1"}`, "", portability.Skipped, portability.WrongKind},
	{"a Flag in the outbox", portability.Outbox, home + "/a7", `{"id":"ID","type":"Flag","actor":"HOME","object":"https://friends.example/users/1"}`, "", portability.Skipped, portability.WrongKind},
	{"an Update in the outbox", portability.Outbox, home + "/a8", `{"id":"ID","type":"Update","actor":"HOME","object":"HOME"}`, "", portability.Skipped, portability.WrongKind},
	{"a Delete in the outbox", portability.Outbox, home + "/a9", `{"id":"ID","type":"Delete","actor":"HOME","object":"HOME/1"}`, "", portability.Skipped, portability.WrongKind},
	{"another actor", portability.Actor, "https://old.example/users/bob", `{"id":"ID","type":"Person"}`, "", portability.Skipped, portability.NotOwn},
	{"a public key", portability.Keys, home + "#key", `{"id":"ID","type":"Multikey","controller":"HOME","publicKeyMultibase":"z6Mk"}`, "", portability.Copied, ""},
	{"somebody else's key", portability.Keys, "https://old.example/users/bob#key", `{"id":"ID","type":"Multikey","controller":"https://old.example/users/bob","publicKeyMultibase":"z6Mk"}`, "", portability.Skipped, portability.NotOwn},
	{"a private key", portability.Keys, home + "#secret", `{"id":"ID","type":"Multikey","controller":"HOME","secretKeyMultibase":"z3u2"}`, "", portability.Skipped, portability.SecretWithheld},
	{"a kind of later days", "holograms", home + "/h1", `{"id":"ID"}`, "", portability.Skipped, portability.Unsupported},
}

var engineJudgements = []engineSituation{
	{"each item ends as it must, with the reason", func(t *testing.T, open func() portability.Store) {
		w := newEngineWorld(open(), newEngineAccount())
		for _, c := range engineJudged {
			fill := func(s string) string { return strings.NewReplacer("ID", c.id, "HOME", home).Replace(s) }
			item := portability.Item{Ref: portability.Ref{Kind: c.kind, ID: c.id}, Object: engineDocument(fill(c.text))}
			if c.around != "" {
				item.Activity = engineDocument(fill(c.around))
			}
			w.account.add(item)
		}
		w.copy(t)
		for _, c := range engineJudged {
			ref := portability.Ref{Kind: c.kind, ID: c.id}
			if !c.kind.Known() {
				ref.ID = "*"
			}
			e := w.entry(t, ref)
			assert.Equal(t, c.state, e.State, c.name)
			assert.Equal(t, c.reason, e.Reason, c.name)
			assert.Equal(t, c.state == portability.Copied, w.server.items[ref] != nil, "%s: at the server", c.name)
		}
		assert.Empty(t, w.server.wrong)
	}},
	{"of two items with one name the first is kept, and the other is told", func(t *testing.T, open func() portability.Store) {
		for _, far := range []int{0, 5} { // in one batch, and in two
			w := newEngineWorld(open(), newEngineAccount())
			w.account.add(enginePost(1, `,"summary":"first"`))
			for n := range far {
				w.account.add(enginePost(10+n, enginePublic(n, -1)))
			}
			w.account.add(enginePost(1, `,"summary":"second"`))
			w.copy(t)
			assert.Contains(t, w.server.items[enginePost(1, "").Ref].given, `"first"`)
			r := w.report(t)
			assert.EqualValues(t, 1, r.Counts[portability.Content][portability.Conflicting][portability.DuplicateID])
			assertGate(t, portability.GateConflicting, r.Ready())
			assert.NoError(t, r.Ready(portability.DuplicateID), "the person lets it be")
		}
	}},
	{"nobody's name is taken by another item that says it has it", func(t *testing.T, open func() portability.Store) {
		for _, thiefFirst := range []bool{true, false} {
			w := newEngineWorld(open(), newEngineAccount())
			victim, thief := enginePost(1, enginePublic(1, -1)), enginePost(2, enginePublic(2, -1))
			o, err := thief.Object.With(vocab.URL, []string{victim.ID, "https://victim.example/", home})
			require.NoError(t, err)
			thief.Object = o
			posts := []portability.Item{victim, thief}
			if thiefFirst {
				slices.Reverse(posts)
			}
			w.account.add(posts...)
			w.copy(t)
			found, err := w.store.Find(context.Background(), []vocab.IRI{vocab.IRI(victim.ID), "https://victim.example/", home})
			require.NoError(t, err)
			assert.Equal(t, w.server.name(victim.Ref), found[vocab.IRI(victim.ID)].New)
			assert.EqualValues(t, newHome, found[home].New)
			assert.NotContains(t, found, vocab.IRI("https://victim.example/"))
		}
	}},
	{"circles are cut, and each post is put behind what it answers", func(t *testing.T, open func() portability.Store) {
		w := newEngineWorld(open(), newEngineAccount())
		w.account.add(enginePost(3, enginePublic(3, 2)), enginePost(2, enginePublic(2, 1)), enginePost(1, enginePublic(1, 3)),
			enginePost(0, enginePublic(0, 3)))
		w.copy(t)
		assert.Equal(t, []string{"1", "2", "3", "0"}, w.server.posts())
		assert.Equal(t, portability.CutCycle, w.entry(t, enginePost(1, "").Ref).Reason, "the oldest of the circle")
		assert.NoError(t, w.report(t).Ready())
	}},
	{"what is the newest first at the source is put the oldest first", func(t *testing.T, open func() portability.Store) {
		w := newEngineWorld(open(), newEngineAccount())
		for n := range 20 {
			w.account.add(enginePost(19-n, enginePublic(19-n, -1)))
		}
		w.copy(t)
		require.Len(t, w.server.posts(), 20)
		for n, post := range w.server.posts() {
			assert.Equal(t, fmt.Sprint(n), post)
		}
	}},
	{"a source that lies about how much it has is copied to its end", func(t *testing.T, open func() portability.Store) {
		for _, lie := range []int64{1, 1 << 40, -5} {
			account := steadyAccount()
			account.counts = lie
			w := newEngineWorld(open(), account)
			w.copy(t)
			assert.Len(t, w.server.posts(), 9, "it says %d", lie)
		}
	}},
	{"an archive that names a victim stays claimed: unseen, and mapped nowhere", func(t *testing.T, open func() portability.Store) {
		w := newEngineWorld(open(), steadyAccount())
		w.stand = portability.Claimed
		w.copy(t)
		assert.Empty(t, w.server.wrong)
		for m, err := range w.store.Mappings(t.Context(), "", "") {
			require.NoError(t, err)
			assert.Fail(t, "a mapping of a claimed copy", "%v", m)
		}
		assertGate(t, portability.GateClaimed, w.report(t).Ready())
		_, err := w.engine().Release(t.Context(), engineJob)
		require.NoError(t, err)
		for ref, h := range w.server.items {
			assert.True(t, h.seen, "%s is released", ref)
		}
		assertGate(t, portability.GateClaimed, w.report(t).Ready())
	}},
	{"another account's archive is refused for a job of this one", func(t *testing.T, open func() portability.Store) {
		w := newEngineWorld(open(), steadyAccount())
		spec := w.spec()
		spec.Old = "https://old.example/users/bob"
		_, err := w.engine().Begin(t.Context(), spec)
		require.NoError(t, err)
		j := w.finish(t)
		assert.Equal(t, portability.JobRefused, j.State)
		assert.Contains(t, j.Trouble, string(portability.GroundOtherAccount))
		assert.NotEmpty(t, (&portability.RefusedJobError{Ground: portability.GroundOtherAccount}).Hint())
		assert.Empty(t, w.server.items)
	}},
	{"posts of nobody in particular are nobody's", func(t *testing.T, open func() portability.Store) {
		w := newEngineWorld(open(), newEngineAccount())
		w.account.actor, w.stand, w.old = nil, portability.Claimed, ""
		w.account.items = map[portability.Kind][]portability.Item{}
		w.account.add(enginePost(1, enginePublic(1, -1)))
		w.copy(t)
		assert.Equal(t, portability.NotOwn, w.entry(t, enginePost(1, "").Ref).Reason, "a source without an actor")
	}},
}

// entry returns what the journal knows of an item.
func (w *engineWorld) entry(t engineT, ref portability.Ref) portability.Entry {
	t.Helper()
	known, err := w.store.Known(context.Background(), engineJob, []portability.Ref{ref})
	require.NoError(t, err)
	require.Contains(t, known, ref)
	return known[ref]
}

// posts returns the last parts of the posts' ids, in the order in which they came.
func (s *engineServer) posts() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var posts []string
	for _, ref := range s.order {
		if ref.Kind == portability.Content {
			posts = append(posts, ref.ID[strings.LastIndex(ref.ID, "/")+1:])
		}
	}
	return posts
}

func assertGate(t *testing.T, want portability.Gate, err error) {
	t.Helper()
	var shut *portability.GateError
	require.ErrorAs(t, err, &shut)
	assert.Equal(t, want, shut.Gate)
	assert.NotEmpty(t, shut.Hint())
}
