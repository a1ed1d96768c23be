package main

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/internal/fediverse"
	"codeberg.org/godwit/godwit/move"
	"codeberg.org/godwit/godwit/vocab"
)

func atOnce(set *settings) { set.hold = -1 }

func create(t *testing.T, host *fediverse.Host, name string) vocab.IRI {
	t.Helper()
	id, err := host.Create(t.Context(), name, false)
	require.NoError(t, err, "create %s", name)
	return id
}

// followers are asked for as a stranger would.
func follower(t *testing.T, host *fediverse.Host, name string, id vocab.IRI) bool {
	t.Helper()
	all, err := host.Followers(t.Context(), name)
	require.NoError(t, err)
	return slices.Contains(all, id)
}

func TestFollowersOfWhoMovesComeAlong(t *testing.T) {
	small, others := start(t)
	here, old, next := small[0], others[0], others[1]
	tell(t, here, "fan join")
	from, to := create(t, old, "al"), create(t, next, "al")
	tell(t, here, "fan follow "+string(from))
	eventually(t, here, "fan", "follows "+string(from)+"\n")

	require.NoError(t, next.Alias(t.Context(), "al", from))
	_, err := old.Depart(t.Context(), "al", to)
	require.NoError(t, err)
	eventually(t, here, "fan", "follows "+string(to)+"\n")
	require.Eventually(t, func() bool { return !shows(t, here, "fan", "follows "+string(from)) }, 30*time.Second, 20*time.Millisecond,
		"the old follow has ended")
	fan := vocab.IRI(here.userID("fan"))
	require.Eventually(t, func() bool { return !follower(t, old, "al", fan) }, 30*time.Second, 20*time.Millisecond,
		"the old server knows it")
	assert.True(t, follower(t, next, "al", fan), "the new server has the follower")
}

func TestFollowerWhoIsRejectedStaysAndIsTold(t *testing.T) {
	small, others := start(t)
	here, old, next := small[0], others[0], others[1]
	tell(t, here, "fan join")
	from, to := create(t, old, "al"), create(t, next, "al")
	tell(t, here, "fan follow "+string(from))
	eventually(t, here, "fan", "follows "+string(from)+"\n")

	next.Reject(vocab.IRI(here.userID("fan")))
	require.NoError(t, next.Alias(t.Context(), "al", from))
	_, err := old.Depart(t.Context(), "al", to)
	require.NoError(t, err)
	eventually(t, here, "fan", "notice "+string(from)+" moved to "+string(to)+": rejected")
	assert.True(t, shows(t, here, "fan", "follows "+string(from)+"\n"), "the old follow is kept")
}

func TestUserLeavesWithAllFollowers(t *testing.T) {
	small, others := start(t, atOnce)
	here, beside, elsewhere, next := small[0], small[1], others[0], others[1]
	tell(t, here, "al join")
	tell(t, here, "neighbour join")
	tell(t, beside, "fan join")
	bea, al := create(t, elsewhere, "bea"), vocab.IRI(here.userID("al"))
	tell(t, here, "neighbour follow "+string(al))
	tell(t, beside, "fan follow "+string(al))
	require.NoError(t, elsewhere.FollowAs(t.Context(), "bea", al))
	followers := []vocab.IRI{vocab.IRI(here.userID("neighbour")), vocab.IRI(beside.userID("fan")), bea}
	for _, id := range followers {
		eventually(t, here, "al", "follower "+string(id)+"\n")
	}

	to := create(t, next, "al")
	require.Error(t, here.do(t.Context(), "al move "+string(to), nil), "the new account does not name the old one yet")
	require.NoError(t, next.Alias(t.Context(), "al", al))
	tell(t, here, "al move "+string(to))
	for _, id := range followers {
		require.Eventually(t, func() bool { return follower(t, next, "al", id) }, 60*time.Second, 50*time.Millisecond,
			"%s follows the new account", id)
	}
	require.Eventually(t, func() bool { return !strings.Contains(tell(t, here, "al show"), "follower ") }, 30*time.Second, 50*time.Millisecond,
		"nobody follows the old account any more")
	document, err := elsewhere.Client().FetchFresh(t.Context(), al)
	require.NoError(t, err)
	assert.Equal(t, to, document.IRI(vocab.MovedTo), "the old account says where it went")
	assert.Equal(t, vocab.ContextPlain, document.ContextKind(), "and every name in it means what it should")
}

func TestUserArrives(t *testing.T) {
	small, others := start(t)
	here, old, elsewhere := small[0], others[0], others[1]
	tell(t, here, "al join")
	from, bea := create(t, old, "al"), create(t, elsewhere, "bea")
	require.NoError(t, elsewhere.FollowAs(t.Context(), "bea", from))
	require.Eventually(t, func() bool { return follower(t, old, "al", bea) }, 30*time.Second, 20*time.Millisecond, "bea follows")

	to := vocab.IRI(here.userID("al"))
	_, err := old.Depart(t.Context(), "al", to)
	require.Error(t, err, "the new account does not name the old one yet")
	tell(t, here, "al alias "+string(from))
	_, err = old.Depart(t.Context(), "al", to)
	require.NoError(t, err)
	eventually(t, here, "al", "follower "+string(bea)+"\n")
}

func TestWhoDidNotMeanToLeaveStays(t *testing.T) {
	small, others := start(t)
	here, next := small[0], others[0]
	tell(t, here, "al join")
	require.ErrorIs(t, here.do(t.Context(), "al stay word", nil), move.ErrNoCase, "nothing was begun")
	al, to := vocab.IRI(here.userID("al")), create(t, next, "al")
	require.NoError(t, next.Alias(t.Context(), "al", al))
	tell(t, here, "al move "+string(to))
	notice := tell(t, here, "al show")
	require.Contains(t, notice, "you leave for "+string(to))
	_, token, _ := strings.Cut(strings.TrimSpace(notice), "say: stay ")

	id, _, _ := strings.Cut(token, "/")
	require.ErrorIs(t, here.do(t.Context(), "al stay "+id+"/word", nil), move.ErrWrongToken)
	tell(t, here, "al stay "+token)
	departure, err := here.moves.store.Case(t.Context(), id)
	require.NoError(t, err)
	assert.False(t, departure.Cancelled.IsZero(), "it was stopped")
	assert.True(t, departure.Begun.IsZero(), "before anybody heard of it")
	document, err := next.Client().FetchFresh(t.Context(), al)
	require.NoError(t, err)
	assert.False(t, document.Has(vocab.MovedTo), "the account stays what it was")
}

func TestNobodyElseMovesAUser(t *testing.T) {
	small, others := start(t)
	here, there := small[0], others[0]
	tell(t, here, "al join")
	tell(t, here, "fan join")
	tell(t, here, "fan follow "+here.userID("al"))
	eventually(t, here, "fan", "follows "+here.userID("al")+"\n")
	al, mallory := vocab.IRI(here.userID("al")), create(t, there, "mallory")
	require.NoError(t, there.Alias(t.Context(), "mallory", al))

	for sender, want := range map[vocab.IRI]int{al: 400, mallory: 202} { // not the sender's; its own, and refused
		forged, err := vocab.Build(
			vocab.Member{Name: vocab.Context, Value: vocab.ContextAS},
			vocab.Member{Name: vocab.ID, Value: sender + "#forged"},
			vocab.Member{Name: vocab.Type, Value: vocab.TypeMove},
			vocab.Member{Name: vocab.Actor, Value: sender},
			vocab.Member{Name: vocab.ObjectProperty, Value: al},
			vocab.Member{Name: vocab.Target, Value: mallory},
		)
		require.NoError(t, err)
		status, _ := there.Client().Deliver(t.Context(), mallory, al+"/inbox", forged)
		assert.Equal(t, want, status, "a Move said to be by %s", sender)
	}
	cases, err := here.moves.store.About(t.Context(), move.In, al)
	require.NoError(t, err)
	assert.Empty(t, cases, "nothing was begun")
	assert.Equal(t, "follows "+string(al)+"\n", tell(t, here, "fan show"))
}
