// Package movetest holds the tests that every [move.Store] must pass.
//
// An author of a store calls [TestStore] from a test of their own, and, if the
// store outlives the process, [TestDurable] too:
//
//	func TestStore(t *testing.T) {
//		movetest.TestStore(t, func(t *testing.T) move.Store { return mystore.Open(t.TempDir()) })
//	}
//
// The names of the subtests are the situations that the contract in package
// move speaks of. What moving does with a store is tested in package move.
package movetest

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/move"
	"codeberg.org/godwit/godwit/vocab"
)

// A situation is one test of a store that is empty at first.
type situation struct {
	name string
	test func(t *testing.T, store move.Store)
}

// TestStore runs the suite, with [TestPruner] if the store is one. Open returns
// an empty store, and releases it with t.Cleanup. Each store is used by several
// goroutines at once.
func TestStore(t *testing.T, open func(t *testing.T) move.Store) {
	for _, part := range [][]situation{
		openSituations, beginSituations, windowSituations, cancelSituations, aboutSituations,
		addSituations, claimSituations, leaseSituations, clockSituations, advanceSituations, nextSituations,
		listSituations, ofSituations, valueSituations, contextSituations,
	} {
		for _, s := range part {
			t.Run(s.name, func(t *testing.T) { s.test(t, open(t)) })
		}
	}
	if _, ok := open(t).(move.Pruner); ok {
		TestPruner(t, open)
	}
}

// start is when the stories begin.
var start = time.Date(2026, 11, 22, 12, 0, 0, 123_456_000, time.UTC)

const (
	window = 7 * 24 * time.Hour
	lease  = time.Minute
	many   = 1 << 20 // more than any test stores
)

const (
	alice = vocab.IRI("https://old.example/users/alice")
	bob   = vocab.IRI("https://old.example/users/bob")
	home  = vocab.IRI("https://new.example/users/alice")
	other = vocab.IRI("https://other.example/users/alice")
)

// moving returns a case that was not begun.
func moving(side move.Side, old, target vocab.IRI) move.Case {
	return move.Case{
		ID:   move.CaseID(side, old, target, 1),
		Side: side, Old: old, New: target, Claimed: target, Generation: 1,
		Activity: []byte(`{"type":"Move"}`),
		Opened:   start,
	}
}

// begun returns a case that is begun at a time.
func begun(side move.Side, old, target vocab.IRI, at time.Time) move.Case {
	c := moving(side, old, target)
	c.Begun = at
	return c
}

func ownStep(state move.State, due time.Time) move.Step {
	return move.Step{Host: "old.example", State: state, Due: due, Since: start}
}

// party returns the step of follower number i at a host.
func party(host string, i int, due time.Time) move.Step {
	return move.Step{
		Party: vocab.IRI(fmt.Sprintf("https://%s/users/%04d", host, i)),
		Host:  host, State: move.Queued, Due: due, Since: start,
	}
}

// opened puts a case, whose own step never falls due, and steps of it into the
// store.
func opened(t *testing.T, store move.Store, c move.Case, steps ...move.Step) move.Case {
	t.Helper()
	kept, _, created, err := store.Open(t.Context(), c, ownStep(move.Settled, time.Time{}))
	require.NoError(t, err, "open the case")
	require.True(t, created, "the case is new")
	require.NoError(t, store.Add(t.Context(), c.ID, steps, ""), "add the steps")
	return kept
}

func claim(t *testing.T, store move.Store, now time.Time, n, perHost int) []move.Step {
	t.Helper()
	steps, err := store.Claim(t.Context(), move.In, now, lease, n, perHost)
	require.NoError(t, err, "claim")
	return steps
}

func find(t *testing.T, store move.Store, id string, party vocab.IRI) move.Step {
	t.Helper()
	s, err := store.Find(t.Context(), id, party)
	require.NoError(t, err, "find the step of %q", party)
	return s
}

func list(t *testing.T, store move.Store, id string, after vocab.IRI) []move.Step {
	t.Helper()
	var steps []move.Step
	for s, err := range store.List(t.Context(), id, after) {
		require.NoError(t, err, "list")
		steps = append(steps, s)
	}
	return steps
}

func parties(steps []move.Step) []vocab.IRI {
	names := []vocab.IRI{}
	for _, s := range steps {
		names = append(names, s.Party)
	}
	return names
}

func ids(cases []move.Case) []string {
	names := []string{}
	for _, c := range cases {
		names = append(names, c.ID)
	}
	return names
}

// sameCase compares what is kept, for which an empty activity is none.
func sameCase(t *testing.T, want, got move.Case, situation string) {
	t.Helper()
	assert.Equal(t, string(want.Activity), string(got.Activity), "%s: the Move", situation)
	assert.Equal(t, string(want.Update), string(got.Update), "%s: the Update", situation)
	want.Activity, want.Update, got.Activity, got.Update = nil, nil, nil, nil
	assert.Equal(t, want, got, situation)
}
