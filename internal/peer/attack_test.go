package peer_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/internal/peer"
	"codeberg.org/godwit/godwit/move"
	"codeberg.org/godwit/godwit/vocab"
)

type outcome struct {
	N                int
	Old, New         vocab.IRI
	Sent             []struct{ Status int }
	Left, Arrived    []vocab.IRI
	Trapped, Fetched int
	Sound            bool
}

// mostFetches bounds what attacks that are meant to cause fetches may cause.
var mostFetches = map[string]int{"context-bomb": 4, "long-chain": 16, "flood-of-targets": 20, "flood-naming-a-victim": 20}

// Every attack is made on a server that honours Moves strictly. It concludes
// what the table says, and moves nobody whom it must not.
func TestAttacks(t *testing.T) {
	l := open(t, move.Rules{})
	attacks := peer.Attacks()
	require.NotEmpty(t, attacks)
	runs := map[string]outcome{}
	for i, a := range attacks {
		t.Run(a.Name, func(t *testing.T) {
			old := l.create(i%2, fmt.Sprintf("al%d", i), nil)
			l.join("fan", old)
			_, before := l.verdicts(0)

			var run outcome
			l.must("POST", "/v1/attacks", map[string]any{"attack": a.Name, "old": old.Handle}, &run)
			require.NotEmpty(t, run.Sent, "nothing was sent")
			runs[a.Name] = run
			words, _ := l.verdicts(before)
			l.concluded(t, a.Want, run, words)
			if most, bounded := mostFetches[a.Name]; bounded {
				assert.LessOrEqual(t, run.Fetched, most, "documents were fetched")
			}
		})
	}
	for name := range mostFetches {
		assert.NotEmpty(t, runs[name].Sent, "there is no attack %s to bound", name)
	}
	l.barrier()
	for _, a := range attacks {
		run := runs[a.Name]
		if a.Want.Outcome == string(move.Accept) {
			l.must("GET", fmt.Sprintf("/v1/attacks/%d?within=20s", run.N), nil, &run)
			l.eventually("followers move: "+a.Name, func() bool { return !contains(l.following("fan"), run.Old) })
			continue
		}
		l.must("GET", fmt.Sprintf("/v1/attacks/%d", run.N), nil, &run)
		assert.True(t, run.Sound, a.Name)
		assert.Contains(t, l.following("fan"), run.Old, "%s: the old account is not followed any more", a.Name)
		assert.NotContains(t, l.following("fan"), run.New, "%s: the new account is followed", a.Name)
	}
}

// concluded compares what the tested server made of an attack with the table.
func (l *lab) concluded(t *testing.T, want peer.Want, run outcome, words []string) {
	t.Helper()
	last := run.Sent[len(run.Sent)-1].Status
	switch want.Outcome {
	case peer.Unauthorized:
		assert.Equal(t, 401, last)
		assert.Contains(t, l.lastSaid(), want.Reason)
		assert.Empty(t, words, "a Move was looked at")
	case peer.Unreadable:
		assert.Contains(t, []int{0, 400, 413}, last, "0 is a connection that was closed before all was sent")
		assert.Empty(t, words, "a Move was looked at")
	case string(move.Noop):
		assert.Equal(t, 202, last)
		assert.Empty(t, words, "a Move was looked at")
	default:
		assert.Equal(t, 202, last)
		require.NotEmpty(t, words, "no Move was looked at")
		if want.Reason == "" {
			assert.True(t, slices.ContainsFunc(words, func(w string) bool { return strings.HasPrefix(w, want.Outcome) }), "%q", words)
			return
		}
		assert.Equal(t, want.Outcome+" "+want.Reason, words[len(words)-1])
	}
}

// barrier moves another follower properly. All that was to be done before is
// done then.
func (l *lab) barrier() {
	l.t.Helper()
	old := l.create(0, "last", nil)
	next := l.create(1, "last", map[string]any{"aliases": []string{old.Handle}})
	l.join("patient", old)
	l.must("POST", "/v1/accounts/"+old.Handle+"/depart", map[string]any{"to": next.Handle}, nil)
	l.eventually("a good move is honoured", func() bool {
		return contains(l.following("patient"), next.ID) && !contains(l.following("patient"), old.ID)
	})
}

func TestAttacksAreDescribed(t *testing.T) {
	names := map[string]bool{}
	for _, a := range peer.Attacks() {
		assert.False(t, names[a.Name], "two attacks are named %s", a.Name)
		names[a.Name] = true
		assert.NotEmpty(t, a.About, a.Name)
		assert.Contains(t, []string{peer.Stay, peer.Move, peer.MayMove}, a.Want.Followers, a.Name)
		assert.NotEmpty(t, a.Want.Outcome, a.Name)
	}
	assert.NotEmpty(t, names)
}
