// Package fedify_test runs a server made with Fedify beside ours, and lets
// accounts move between them in both directions.
//
// ./install brings Fedify, from npm. Without it these tests are skipped, and in
// CI they fail. What the other server does is in server.js and the files beside
// it.
package fedify_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/actor/client"
	"codeberg.org/godwit/godwit/move"
	"codeberg.org/godwit/godwit/vocab"
)

// Both directions, under each way in which two servers come to a scheme.
func TestMovesBothWays(t *testing.T) {
	for _, tt := range []struct {
		name        string
		first       client.Scheme // that Fedify begins with
		here, there client.Scheme // that each server insists on; "" takes any
		theirs      client.Scheme // that Fedify's requests are in, once let in
		ours        client.Scheme // that ours are in
	}{
		{"both begin with draft-cavage", client.Cavage, "", "", client.Cavage, client.Cavage},
		{"Fedify begins with RFC 9421 and wants it", client.RFC9421, "", client.RFC9421, client.RFC9421, client.RFC9421},
		{"Fedify begins with RFC 9421, ours wants draft-cavage", client.RFC9421, client.Cavage, "", client.Cavage, client.Cavage},
		{"Fedify begins with draft-cavage, ours wants RFC 9421", client.Cavage, client.RFC9421, "", client.RFC9421, client.Cavage},
	} {
		t.Run(tt.name, func(t *testing.T) {
			there := startPeer(t, tt.first)
			homes := startHomes(t, there, tt.here, 2)
			here, near := homes[0], homes[1]
			there.insistOn(t, tt.there)

			moveHere(t, here, there)
			moveThere(t, here, near, there)

			assertKnocks(t, here.knocks(), tt.theirs, tt.first != tt.theirs)
			assertProofs(t, here)
			assertVerified(t, here, there, tt.ours, tt.there == client.RFC9421)
			assert.Empty(t, order[[]string](t, there, "failures", nil), "Fedify could send all it had")
		})
	}
}

// moveHere moves an account from Fedify to us.
func moveHere(t *testing.T, here *home, there *peer) {
	t.Helper()
	old := there.create(t, "stork")
	next := here.create(t, "stork")
	fan, otherFan := here.create(t, "heron"), there.create(t, "rail")
	require.NoError(t, here.FollowAs(t.Context(), "heron", old), "follow the account at Fedify")
	there.follow(t, "rail", old)
	eventually(t, "the account at Fedify has both followers", func() bool {
		return same(there.relations(t, "stork").Followers, fan, otherFan) &&
			same(list(t, here.Following, "heron"), old) && same(there.relations(t, "rail").Following, old)
	})
	require.NoError(t, here.Alias(t.Context(), "stork", old), "claim the account at Fedify")

	there.move(t, "stork", next)

	eventually(t, "both followers come over to us", func() bool { return same(list(t, here.Followers, "stork"), fan, otherFan) })
	eventually(t, "and leave the account at Fedify", func() bool { return len(there.relations(t, "stork").Followers) == 0 })
	assert.Equal(t, []vocab.IRI{next}, list(t, here.Following, "heron"), "our follower follows the new account alone")
	assert.Equal(t, relations{Followers: []vocab.IRI{}, Following: []vocab.IRI{next}, Pending: []vocab.IRI{}},
		there.relations(t, "rail"), "Fedify's follower follows the new account alone")
}

// moveThere moves an account from us to Fedify. Its follower on our side is on
// a server near it.
func moveThere(t *testing.T, here, near *home, there *peer) {
	t.Helper()
	old := here.create(t, "crane")
	next := there.create(t, "crane", old)
	fan, otherFan := near.create(t, "egret"), there.create(t, "coot")
	require.NoError(t, near.FollowAs(t.Context(), "egret", old), "follow our account")
	there.follow(t, "coot", old)
	eventually(t, "our account has both followers", func() bool {
		return same(list(t, here.Followers, "crane"), fan, otherFan) &&
			same(list(t, near.Following, "egret"), old) && same(there.relations(t, "coot").Following, old)
	})

	_, err := here.Depart(t.Context(), "crane", next)
	require.NoError(t, err, "depart")

	eventually(t, "both followers go over to Fedify", func() bool { return same(there.relations(t, "crane").Followers, fan, otherFan) })
	eventually(t, "and leave our account", func() bool { return len(list(t, here.Followers, "crane")) == 0 })
	assert.Equal(t, []vocab.IRI{next}, list(t, near.Following, "egret"), "our follower follows the new account alone")
	assert.Equal(t, relations{Followers: []vocab.IRI{}, Following: []vocab.IRI{next}, Pending: []vocab.IRI{}},
		there.relations(t, "coot"), "Fedify's follower follows the new account alone")
	assertAnnounced(t, there.announced(t), old, next)
}

func TestMoveToAnAccountThatDoesNotClaimIt(t *testing.T) {
	there := startPeer(t, client.RFC9421)
	here := startHomes(t, there, "", 1)[0]
	old, next := there.create(t, "stork"), here.create(t, "stork")
	here.create(t, "heron")
	require.NoError(t, here.FollowAs(t.Context(), "heron", old), "follow the account at Fedify")
	eventually(t, "we follow the account at Fedify", func() bool { return same(list(t, here.Following, "heron"), old) })

	there.move(t, "stork", next)

	var verdicts []string
	eventually(t, "the Move arrives", func() bool {
		verdicts = verdictsOf(t, here, old)
		return len(verdicts) > 0
	})
	assert.Equal(t, []string{string(move.Refuse) + " " + string(move.NotLinked)}, verdicts, "what we make of it")
	assert.Equal(t, []vocab.IRI{old}, list(t, here.Following, "heron"), "our follower stays")
	assert.Empty(t, list(t, here.Requests, "stork"), "and asks for nothing")
	assert.Empty(t, list(t, here.Followers, "stork"))
}

// verdictsOf lists what we concluded about the Moves of an account.
func verdictsOf(t *testing.T, here *home, old vocab.IRI) []string {
	t.Helper()
	received, err := here.Received(t.Context(), 0)
	require.NoError(t, err)
	var verdicts []string
	for _, in := range received {
		if in.Type == vocab.TypeMove && in.Actor == old {
			verdicts = append(verdicts, in.Verdict)
		}
	}
	return verdicts
}

// assertAnnounced checks what Fedify's vocabulary read in what we sent.
func assertAnnounced(t *testing.T, read []activity, old, next vocab.IRI) {
	t.Helper()
	var kinds []string
	for _, a := range read {
		if a.Actor != old {
			continue
		}
		kinds = append(kinds, a.Type)
		assert.Equal(t, old, a.Object, "the object of the %s", a.Type)
		assert.Equal(t, old.Document(), a.ID.Document(), "the id of the %s", a.Type)
		if a.Type == vocab.TypeMove {
			assert.Equal(t, next, a.Target, "the target of the Move")
			assert.Contains(t, append(a.To, a.CC...), old+"/followers", "whom the Move is for")
		}
	}
	assert.Contains(t, kinds, vocab.TypeMove, "Fedify read our Move")
}

// assertKnocks checks that Fedify's signatures verify here, all in one scheme
// once Fedify knows it.
func assertKnocks(t *testing.T, knocks []knock, want client.Scheme, refusedFirst bool) {
	t.Helper()
	methods := map[string]int{}
	refused := 0
	for _, k := range knocks {
		if k.refused {
			refused++
			continue
		}
		methods[k.method]++
		assert.NoError(t, k.err, "the signature of %s %s verifies", k.method, k.path)
		assert.Equal(t, want, k.scheme, "the scheme of %s %s", k.method, k.path)
	}
	assert.GreaterOrEqual(t, methods["POST"], 5, "Follow, Accept, Move and Undo came from Fedify, signed")
	assert.NotZero(t, methods["GET"], "Fedify read us with signed requests")
	assert.Equal(t, refusedFirst, refused > 0, "Fedify had to knock twice")
	assert.Less(t, refused, methods["POST"], "and remembered how")
}

// assertVerified checks that Fedify reports our signatures as good, all in one
// scheme once we know it.
func assertVerified(t *testing.T, here *home, there *peer, want client.Scheme, refusedFirst bool) {
	t.Helper()
	posts := 0
	for _, v := range there.signatures(t) {
		if v.Method != "POST" || v.KeyID.Origin() != here.Base() {
			continue
		}
		posts++
		assert.True(t, v.Verified, "Fedify verifies the signature of POST %s: %s", v.Path, v.Reason)
		assert.Equal(t, want, v.Scheme, "the scheme of POST %s", v.Path)
	}
	assert.GreaterOrEqual(t, posts, 5, "Follow, Accept, Move and Undo came from us, signed")
	refused := order[int](t, there, "refused", nil)
	assert.Equal(t, refusedFirst, refused > 0, "we had to knock twice")
	assert.Less(t, refused, posts, "and remembered how")
}

// same compares without regard to order.
func same(have []vocab.IRI, want ...vocab.IRI) bool {
	return slices.Equal(slices.Sorted(slices.Values(have)), slices.Sorted(slices.Values(want)))
}
