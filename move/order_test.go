package move_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/move"
	"codeberg.org/godwit/godwit/vocab"
)

// Whom there was nothing to tell has still a block to carry.
func TestBlocksAreCarriedOnceTheMoveIsConfirmed(t *testing.T) {
	w := newWorld(t)
	w.people.follow(fay, old)
	w.people.block(foe, old)
	pointing := w.peers[old]
	w.peers[old] = account(old, "")
	require.Equal(t, move.Defer, w.hears().Outcome)
	w.settle(noon.Add(3 * time.Hour))
	require.Equal(t, []string{"notify " + string(fay) + " not-moved"}, w.people.effects)

	w.at(48 * time.Hour)
	w.peers[old] = pointing
	w.deliver(updateOf(t, old, w.now))
	w.settle(w.now)
	assert.Equal(t, []vocab.IRI{next}, w.people.state()[fay])
	assert.Contains(t, w.people.state()["blocks "+foe], next, "the block was not carried")
}

// chained is a story of a follower whom two moves take further, killed at one
// of its calls.
func chained(t *testing.T, left int) (*world, int) {
	w := newWorld(t)
	w.people.follow(fay, old)
	w.people.locked[next] = true
	w.hears()
	w.settle(noon)
	w.at(time.Hour)
	w.peers[next] = account(next, fmt.Sprintf(`,"alsoKnownAs":[%q],"movedTo":%q`, old, far))
	w.peers[far] = account(far, fmt.Sprintf(`,"alsoKnownAs":[%q]`, next))
	w.fuse.calls, w.fuse.left = 0, left
	w.deliver(moveOf(t, next, far, w.now))
	w.settle(noon.Add(12 * time.Hour))
	return w, w.fuse.calls
}

func TestCrashWhileALaterMoveOvertakes(t *testing.T) {
	_, calls := chained(t, -1)
	require.Greater(t, calls, 10)
	for left := range calls {
		w, _ := chained(t, left)
		require.Equal(t, []vocab.IRI{far}, w.people.state()[fay], "killed at call %d", left)
	}
}

func asked(t *testing.T, left int) (*world, int) {
	w := newWorld(t)
	w.people.follows[fay] = map[vocab.IRI]bool{old: false}
	w.fuse.left = left
	w.hears()
	w.settle(noon.Add(12 * time.Hour))
	return w, w.fuse.calls
}

func TestCrashWhileARequestIsTakenFurther(t *testing.T) {
	_, calls := asked(t, -1)
	for left := range calls {
		w, _ := asked(t, left)
		require.Equal(t, []vocab.IRI{next}, w.people.state()[fay], "killed at call %d", left)
	}
}

// The account in the middle accepts while the follower is being led past it.
func TestTheAccountInTheMiddleAcceptsLate(t *testing.T) {
	for _, first := range []string{"the Accept is worked on first", "the later move is worked on first"} {
		t.Run(first, func(t *testing.T) {
			w := newWorld(t)
			w.people.follow(fay, old)
			w.people.locked[next] = true
			w.hears()
			w.settle(noon)
			w.at(time.Hour)
			w.peers[next] = account(next, fmt.Sprintf(`,"alsoKnownAs":[%q],"movedTo":%q`, old, far))
			w.peers[far] = account(far, fmt.Sprintf(`,"alsoKnownAs":[%q]`, next))
			r := w.receiver()
			accept := func() {
				w.people.follow(fay, next)
				require.NoError(t, r.Accepted(t.Context(), fay, next))
			}
			if first == "the Accept is worked on first" {
				_, err := r.Receive(t.Context(), moveOf(t, next, far, w.now))
				require.NoError(t, err)
				accept()
			} else {
				accept()
				_, err := r.Receive(t.Context(), moveOf(t, next, far, w.now))
				require.NoError(t, err)
			}
			w.settle(noon.Add(48 * time.Hour))
			assert.Equal(t, []vocab.IRI{far}, w.people.state()[fay])
		})
	}
}

// An account that has moved on rejects who asks it.
func TestTheAccountInTheMiddleRejects(t *testing.T) {
	w := newWorld(t)
	w.people.follow(fay, old)
	w.people.locked[next] = true
	w.hears()
	w.settle(noon)
	w.at(time.Hour)
	w.peers[next] = account(next, fmt.Sprintf(`,"alsoKnownAs":[%q],"movedTo":%q`, old, far))
	w.peers[far] = account(far, fmt.Sprintf(`,"alsoKnownAs":[%q]`, next))
	r := w.receiver()
	_, err := r.Receive(t.Context(), moveOf(t, next, far, w.now))
	require.NoError(t, err)
	delete(w.people.follows[fay], next)
	require.NoError(t, r.Rejected(t.Context(), fay, next))
	w.settle(noon.Add(time.Hour))
	assert.Equal(t, []vocab.IRI{far}, w.people.state()[fay])
}

// Who is only to be told of a Move that nobody verified is not moved by a later
// one of its target.
func TestALaterMoveDoesNotUndoForAnUnverifiedOne(t *testing.T) {
	w := newWorld(t)
	w.people.follow(fay, old, next)
	memory, _ := remembering(t)
	w.rules.Keys = memory
	require.Equal(t, move.Hold, w.deliver(signedBy(moveOf(t, old, next, w.now), old, "the buyer's")).Outcome)
	r := w.receiver()
	n, err := r.Work(t.Context()) // gathers, and tells nobody yet
	require.NoError(t, err)
	require.Equal(t, 1, n)
	steps, err := w.store.Of(t.Context(), move.In, fay)
	require.NoError(t, err)
	require.Equal(t, move.Queued, steps[0].State)
	steps[0].Due = w.now.Add(time.Hour)
	require.NoError(t, w.store.Advance(t.Context(), steps[0]))

	w.peers[next] = account(next, fmt.Sprintf(`,"alsoKnownAs":[%q],"movedTo":%q`, old, far))
	w.peers[far] = account(far, fmt.Sprintf(`,"alsoKnownAs":[%q]`, next))
	w.rules.Keys = nil
	w.deliver(moveOf(t, next, far, w.now))
	w.settle(noon.Add(30 * time.Minute))
	assert.Equal(t, []vocab.IRI{far, old}, w.people.state()[fay], "the old follow belongs to a move that was held")
}

// A failure of our own is no verdict about the Move.
func TestFailingToAskAboutASuspensionIsAnError(t *testing.T) {
	w := newWorld(t)
	w.rules.Suspended = func(context.Context, vocab.IRI) (bool, error) { return false, errors.New("database is locked") }
	_, err := w.receiver().Receive(t.Context(), moveOf(t, old, next, w.now))
	require.Error(t, err)
	_, err = move.Verify(t.Context(), w.peers, moveOf(t, old, next, w.now), &w.rules)
	require.Error(t, err)
	_, refused := errors.AsType[*move.RefusedError](err)
	assert.False(t, refused)
}

// A Move of an account here waits for its target like any other.
func TestALocalMoveIsTriedAgain(t *testing.T) {
	w := newWorld(t)
	w.people.follow(fay, old)
	w.rules.Ours = func(id vocab.IRI) bool { return id.Host() == old.Host() || id.Host() == fay.Host() }
	there := w.peers[next]
	delete(w.peers, next)
	verdict, err := w.receiver().ReceiveLocal(t.Context(), moveOf(t, old, next, w.now).Activity)
	require.NoError(t, err)
	require.Equal(t, move.Defer, verdict.Outcome)
	w.peers[next] = there
	w.settle(noon.Add(2 * time.Hour))
	assert.Equal(t, []vocab.IRI{next}, w.people.state()[fay])
}

// interrupted is a fetcher during whose work something else happens, once.
type interrupted struct {
	documents
	at   vocab.IRI
	once *sync.Once
	do   func()
	err  error
}

func (i interrupted) Fetch(ctx context.Context, id vocab.IRI) (*vocab.Object, error) {
	failed := false
	if id == i.at {
		i.once.Do(func() { failed = true; i.do() })
	}
	if failed {
		return nil, i.err
	}
	return i.documents.Fetch(ctx, id)
}

// Of two deliveries at once one fails to read the target, and ends last.
func TestASlowFailureDoesNotOverrideAVerifiedMove(t *testing.T) {
	w := newWorld(t)
	w.people.follow(fay, old)
	peers := interrupted{documents: w.peers, at: next, once: &sync.Once{}, err: &actor.FetchError{ID: next, Err: actor.ErrTimeout}}
	peers.do = func() { require.Equal(t, move.Accept, w.hears().Outcome) }
	r := move.NewReceiver(peers, w.store, w.people, &move.ReceiverOptions{Rules: move.Rules{Now: func() time.Time { return w.now }}})
	_, err := r.Receive(t.Context(), moveOf(t, old, next, w.now))
	require.NoError(t, err)
	w.settle(noon.Add(2 * time.Hour))
	assert.Equal(t, []vocab.IRI{next}, w.people.state()[fay])
}

// asides is people during the listing of whom something else happens, once.
type asides struct {
	*people
	behind vocab.IRI
	once   *sync.Once
	do     func()
}

func (a asides) Parties(ctx context.Context, id, after vocab.IRI) iter.Seq2[vocab.IRI, error] {
	if after >= a.behind {
		a.once.Do(a.do)
	}
	return a.people.Parties(ctx, id, after)
}

// The old account confirms while everybody is still being told that it did not.
func TestConfirmedWhilePeopleAreBeingGathered(t *testing.T) {
	w := newWorld(t)
	w.people.follow(fay, old)
	pointing := w.peers[old]
	w.peers[old] = account(old, "")
	a := asides{people: w.people, behind: fay, once: &sync.Once{}}
	r := move.NewReceiver(w.peers, w.store, &a, &move.ReceiverOptions{Rules: move.Rules{Now: func() time.Time { return w.now }}})
	a.do = func() {
		w.work(w.receiver()) // another worker tells whom it finds
		w.peers[old] = pointing
		_, err := r.Receive(t.Context(), updateOf(t, old, w.now))
		require.NoError(t, err)
	}
	require.Equal(t, move.Defer, w.hears().Outcome)
	for range 50 {
		due, err := r.Next(t.Context())
		require.NoError(t, err)
		if due.IsZero() {
			break
		}
		w.now = slices.MaxFunc([]time.Time{due, w.now}, time.Time.Compare)
		_, err = r.Work(t.Context())
		require.NoError(t, err)
	}
	assert.Equal(t, []vocab.IRI{next}, w.people.state()[fay])
}

// telling is people who are being told when something else happens, once.
type telling struct {
	*people
	once *sync.Once
	do   func()
}

func (p telling) Notify(ctx context.Context, n move.Notice) error {
	p.once.Do(p.do)
	return p.people.Notify(ctx, n)
}

// The old account confirms while a follower is just being told that it did not.
func TestConfirmedWhileAFollowerIsBeingTold(t *testing.T) {
	w := newWorld(t)
	w.people.follow(fay, old)
	pointing := w.peers[old]
	w.peers[old] = account(old, "")
	p := telling{people: w.people, once: &sync.Once{}}
	p.do = func() {
		w.peers[old] = pointing
		w.deliver(updateOf(t, old, w.now))
		w.settle(w.now)
	}
	r := move.NewReceiver(w.peers, w.store, &p, &move.ReceiverOptions{Rules: move.Rules{Now: func() time.Time { return w.now }}})
	require.Equal(t, move.Defer, w.hears().Outcome)
	for range 50 {
		due, err := r.Next(t.Context())
		require.NoError(t, err)
		if due.IsZero() {
			break
		}
		w.now = slices.MaxFunc([]time.Time{due, w.now}, time.Time.Compare)
		_, err = r.Work(t.Context())
		require.NoError(t, err)
	}
	assert.Equal(t, []vocab.IRI{next}, w.people.state()[fay])
}

// An account that moved to one, then names another that cannot be reached, and
// takes its pointer back: what waits must come to an end.
func TestCancellingLeavesNothingThatRunsForEver(t *testing.T) {
	w := newWorld(t)
	w.people.follow(fay, old)
	require.Equal(t, move.Accept, w.hears().Outcome)
	w.settle(noon)
	w.at(8 * 24 * time.Hour)
	require.Equal(t, move.Defer, w.deliver(moveOf(t, old, far, w.now)).Outcome)
	w.peers[old] = account(old, "")
	w.deliver(updateOf(t, old, w.now))
	w.settle(noon.Add(60 * 24 * time.Hour))
	due, err := w.store.Next(t.Context(), move.In)
	require.NoError(t, err)
	assert.True(t, due.IsZero(), "something is due for ever: %s", due)
}

// A Move that waits for its target is overtaken by another of the same account.
func TestADeferredMoveEndsWhenAnotherWins(t *testing.T) {
	w := newWorld(t)
	w.rules.Lenient = true
	w.people.follow(fay, old)
	w.peers[old] = account(old, "")
	require.Equal(t, move.Defer, w.deliver(moveOf(t, old, far, w.now)).Outcome, "far answers 404")
	require.Equal(t, move.Accept, w.hears().Outcome)
	w.peers[far] = account(far, fmt.Sprintf(`,"alsoKnownAs":[%q]`, old))
	w.settle(noon.Add(30 * 24 * time.Hour))
	assert.Equal(t, []vocab.IRI{next}, w.people.state()[fay])
	due, err := w.store.Next(t.Context(), move.In)
	require.NoError(t, err)
	assert.True(t, due.IsZero(), "the Move that lost is tried for ever")
}

// The account names in the end the first of two targets that it announced.
func TestALateSightCompletesTheMoveItNames(t *testing.T) {
	w := newWorld(t)
	w.people.follow(fay, old)
	pointing := w.peers[old]
	w.peers[old] = account(old, "")
	w.peers[far] = account(far, fmt.Sprintf(`,"alsoKnownAs":[%q]`, old))
	w.hears()
	w.settle(noon.Add(3 * time.Hour))
	w.deliver(moveOf(t, old, far, w.at(4*time.Hour)))
	w.settle(noon.Add(8 * time.Hour))
	w.at(48 * time.Hour)
	w.peers[old] = pointing
	w.deliver(updateOf(t, old, w.now))
	w.settle(w.now)
	assert.Equal(t, []vocab.IRI{next}, w.people.state()[fay])
}

// What was blocked since cannot be confirmed by hand.
func TestConfirmAsksTheServersBlocks(t *testing.T) {
	w := newWorld(t)
	w.people.follow(fay, old)
	w.peers[old] = account(old, "")
	w.hears()
	w.settle(noon.Add(3 * time.Hour))
	w.rules.Blocked = func(_ context.Context, id vocab.IRI) (bool, error) { return id == next, nil }
	err := w.receiver().Confirm(t.Context(), fay, old)
	refused, ok := errors.AsType[*move.RefusedError](err)
	require.True(t, ok, "confirmed a move to a server that is blocked here: %v", err)
	assert.Equal(t, move.Blocked, refused.Reason)
}

// An account whose server never shows movedTo has taken nothing back when it
// changes its profile.
func TestAProfileChangeIsNoCancellation(t *testing.T) {
	for name, document := range map[string]string{
		"its server shows no movedTo": account(old, ""),
		"it was deleted meanwhile":    strings.Replace(account(old, ""), "Person", "Tombstone", 1),
		"its document makes no sense": account(old, `,"movedTo":5`),
		"it still names the new one":  account(old, fmt.Sprintf(`,"movedTo":%q`, next)),
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.rules.Lenient = true
			w.people.follow(fay, old)
			if strings.Contains(name, "its server") {
				w.peers[old] = account(old, "")
			}
			verdict := w.hears()
			require.Equal(t, move.Accept, verdict.Outcome)
			w.peers[old] = document
			w.deliver(updateOf(t, old, w.at(time.Minute)))
			c, err := w.store.Case(t.Context(), verdict.Case)
			require.NoError(t, err)
			assert.Zero(t, c.Cancelled)
			w.settle(w.now)
			assert.Equal(t, []vocab.IRI{next}, w.people.state()[fay])
		})
	}
}

// Whoever takes a move back at once keeps the followers for whom nothing was
// sent yet.
func TestCancellingKeepsWhoWasNotAsked(t *testing.T) {
	w := newWorld(t)
	w.people.follow(fay, old)
	require.Equal(t, move.Accept, w.hears().Outcome)
	w.peers[old] = account(old, "")
	w.deliver(updateOf(t, old, w.at(time.Minute)))
	w.settle(noon.Add(time.Hour))
	assert.Equal(t, []vocab.IRI{old}, w.people.state()[fay])
	assert.Empty(t, w.people.effects)
}

// Not every server can fetch its own documents.
func TestALocalMoveNeedsNoFetchOfItself(t *testing.T) {
	w := newWorld(t)
	w.people.follow(fay, old)
	w.rules.Ours = func(id vocab.IRI) bool { return id.Host() == old.Host() }
	delete(w.peers, old)
	verdict, err := w.receiver().ReceiveLocal(t.Context(), moveOf(t, old, next, w.now).Activity)
	require.NoError(t, err)
	assert.Equal(t, move.Accept, verdict.Outcome)
}

// The old account's own word, once it gives it, outweighs what was announced in
// its name before.
func TestConfirmAsksTheOldAccount(t *testing.T) {
	w := newWorld(t)
	w.people.follow(fay, old)
	w.peers[old] = account(old, "")
	w.hears()
	w.settle(noon.Add(3 * time.Hour))
	w.peers[old] = account(old, fmt.Sprintf(`,"movedTo":%q`, far))
	err := w.receiver().Confirm(t.Context(), fay, old)
	refused, ok := errors.AsType[*move.RefusedError](err)
	require.True(t, ok, "confirmed a move elsewhere: %v", err)
	assert.Equal(t, move.MovedElsewhere, refused.Reason)

	delete(w.peers, old)
	require.NoError(t, w.receiver().Confirm(t.Context(), fay, old), "who is silent contradicts nobody")
	w.settle(w.now)
	assert.Equal(t, []vocab.IRI{next}, w.people.state()[fay])
}
