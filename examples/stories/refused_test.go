package stories_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/backup"
	"codeberg.org/godwit/godwit/internal/fediverse"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/portability/consent"
	"codeberg.org/godwit/godwit/vocab"
)

// signsAndPulls has every server sign what it reads, and honour Moves that the new
// account sends.
func signsAndPulls(_ string, c *fediverse.Config) {
	c.Reader, c.Rules.Pull = "relay", true
}

func aRestrictedAccountMoves(t *testing.T) {
	t.Run("and, before that, to a server that Alpha talks to", aRestrictedAccountLeavesInPeace)
	w := found(t, signsAndPulls, "alpha", "beta", "gamma")
	old, carol, lee := w.joins("bob", "alpha"), w.joins("carol", "gamma"), w.joins("lee", "beta")
	key := old.holdsAKey()
	carol.follows(old)
	lee.follows(old) // so Beta knows his key, from before Alpha broke with it
	first := old.writes("I said this at Alpha")
	secret := old.confides(portability.ForFollowers, "between us")
	old.does("is restricted by its moderators", old.server().Restrict(w.ctx, old.name, true))
	old.does("is on a server that breaks with Beta", old.server().Fence(w.ctx, w.at["beta"]))
	_, err := old.server().Write(w.ctx, old.name, fediverse.Draft{Text: "one more"})
	require.ErrorIs(t, err, fediverse.ErrRestricted, "he can write nothing more")

	file := old.backsUp() // but he can log in, and take his things
	new := w.joins("bob", "beta")
	new.claims(old)
	_, err = new.server().Client().FetchFresh(w.ctx, old.id)
	require.ErrorIs(t, err, actor.ErrForbidden, "Alpha tells Beta nothing")
	new.isGenuine(file, old.id)
	report := w.copies(passage{old: old, new: new, from: archived(file), prove: new.states(key)})
	require.NoError(t, report.Ready(), "the report lets the account move")
	new.does("calls his followers", new.server().Pull(w.ctx, new.name, old.id, key, w.listed(file, portability.Followers)))
	carol.hasGoneAlong(old, new)
	lee.hasGoneAlong(old, new)

	assert.Equal(t, map[string]int{"<p>I said this at Alpha</p>": 1}, w.posts(new), "everybody can read at Beta what was for everybody")
	assert.True(t, w.lists(new, "followers")[carol.id], "and sees his followers there")
	assert.Equal(t, http.StatusOK, w.opens(first, asServer).status, "Alpha still shows what it had")
	w.seesNoPrivate([]vocab.IRI{secret})
	came, err := old.server().Received(w.ctx, 0)
	require.NoError(t, err)
	require.NotEmpty(t, came)
	for _, in := range came {
		if !vocab.SameOrigin(in.Actor, new.id) {
			continue
		}
		assert.Equal(t, lee.id, in.Actor, "Alpha has taken in nothing from Beta")
		assert.Equal(t, vocab.TypeFollow, in.Type, "but what was before they broke")
	}
}

// The gentler case, which FEP-73cd has as its own: Alpha lets him go in its usual way.
func aRestrictedAccountLeavesInPeace(t *testing.T) {
	w := found(t, nil, "alpha", "delta", "gamma")
	old, new, carol := w.joins("bob", "alpha"), w.joins("bob", "delta"), w.joins("carol", "gamma")
	carol.follows(old)
	post := old.writes("I said this at Alpha")
	old.does("is restricted by its moderators", old.server().Restrict(w.ctx, old.name, true))
	old.isAlso(new)
	w.copied(old, new)
	old.movesTo(new, carol)
	old.leavesAForwardingAddress(new)

	assert.Equal(t, map[string]int{"<p>I said this at Alpha</p>": 1}, w.posts(new))
	assert.Equal(t, map[vocab.IRI]bool{carol.id: true}, w.lists(new, "followers"))
	assert.Equal(t, new.id, w.landed(post).IRI(vocab.AttributedTo), "his old links lead to the new place")
}

func contentFromAServerThatDoesNotTalk(t *testing.T) {
	w := found(t, signsAndPulls, "alpha", "beta")
	old := w.joins("bob", "alpha")
	old.writes("first")
	old.publishes(fediverse.Draft{Text: "<p>second</p>", Picture: []byte(picture)})
	secret := old.confides(portability.ForFollowers, "between us")
	old.does("is on a server that breaks with Beta", old.server().Fence(w.ctx, w.at["beta"]))
	file := old.backsUp()

	// Beta has nothing to do with Alpha either: nothing shows that this was his.
	gate := w.hosts("beta", consent.Policy{Who: consent.Anyone, Unproved: consent.Ask, Approval: true})
	arrival := gate.asks(file, portability.Claimed)
	require.Equal(t, consent.ArrivalWaiting, arrival.State, "somebody has to look first")
	new := w.joins("bob", "beta")
	new.does("is on a server that breaks with Alpha", new.server().Fence(w.ctx, w.at["alpha"]))
	gate.letsIn(arrival)
	passage := passage{old: old, new: new, from: archived(file)}
	report := w.copies(passage)
	assert.Equal(t, portability.Claimed, report.Job.Standing)
	assert.EqualValues(t, 3, report.Count(portability.Content, portability.Copied, portability.Changed), "everything has come")
	assert.Empty(t, w.posts(new), "and nobody sees it yet")
	assert.ErrorContains(t, report.Ready(), "claimed", "nor may the account be said to have moved")
	_, err := passage.engine().Release(w.ctx, passage.id())
	require.NoError(t, err, "the moderators of Beta have looked")
	gate.isDone(arrival, new)

	assert.Equal(t, map[string]int{"<p>first</p>": 1, "<p>second</p>": 1}, w.posts(new), "now everybody can read it")
	for id := range w.lists(new, "outbox") {
		assert.False(t, w.reads(id).Has("previously"), "and it claims no other place")
	}
	w.seesNoPrivate([]vocab.IRI{secret})
	for post := range new.server().Copies().Mappings(w.ctx, old.id, "") {
		assert.Fail(t, "no link of others is led to what is only claimed", "%s", post.Old)
	}
	for _, p := range []*person{old, new} {
		came, err := p.server().Received(w.ctx, 0)
		require.NoError(t, err)
		assert.Empty(t, came, "%s has heard nothing from anybody", p.at)
	}
}

// A gate is the reception of a server.
type gate struct {
	town *town
	desk *consent.Reception
}

// hosts sets who may come to a server.
func (w *town) hosts(server string, policy consent.Policy) gate {
	w.t.Helper()
	store, ok := w.servers[server].Copies().(consent.ReceptionStore)
	require.True(w.t, ok, "the server keeps its arrivals beside its copies")
	_, err := store.SetPolicy(w.ctx, policy)
	require.NoError(w.t, err, "set the policy")
	return gate{w, consent.NewReception(store, nil)}
}

// asks is somebody's wish to come with an archive.
func (g gate) asks(file string, standing portability.Standing) consent.Arrival {
	g.town.t.Helper()
	archive, err := backup.Open(g.town.ctx, file, nil)
	require.NoError(g.town.t, err, "open the archive")
	defer archive.Close()
	document, err := archive.Actor(g.town.ctx)
	require.NoError(g.town.t, err, "read who it is")
	content, _, err := archive.Count(g.town.ctx, portability.Content)
	require.NoError(g.town.t, err, "count the posts")
	reply, err := g.desk.Ask(g.town.ctx, consent.Asking{
		Old: document, Standing: standing, Size: consent.Size{Known: true, Items: content},
	})
	require.NoError(g.town.t, err, "ask to come")
	return reply.Arrival
}

// letsIn is what a moderator says after a look, and the person after that.
func (g gate) letsIn(a consent.Arrival) {
	g.town.t.Helper()
	if a.State == consent.ArrivalWaiting {
		reply, err := g.desk.Approve(g.town.ctx, a.ID, "a moderator", "welcome")
		require.NoError(g.town.t, err, "let them in")
		a = reply.Arrival
	}
	require.Equal(g.town.t, consent.ArrivalApproved, a.State, "they may come: %s", a.Decision.Ground)
	reply, err := g.desk.Confirm(g.town.ctx, a.ID, "")
	require.NoError(g.town.t, err, "the person says yes once more")
	require.Equal(g.town.t, consent.ArrivalCopying, reply.Arrival.State)
}

func (g gate) isDone(a consent.Arrival, new *person) {
	g.town.t.Helper()
	reply, err := g.desk.Complete(g.town.ctx, a.ID, new.id)
	require.NoError(g.town.t, err, "everything is here")
	require.Equal(g.town.t, consent.ArrivalComplete, reply.Arrival.State)
}
