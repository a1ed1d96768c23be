package move_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/move"
	"codeberg.org/godwit/godwit/vocab"
)

const (
	stranger vocab.IRI = "https://stranger.example/users/xi"
	foe      vocab.IRI = "https://here.example/users/foe"
)

// signedBy replaces who sent a delivery.
func signedBy(d move.Delivery, owner vocab.IRI, fingerprint string) move.Delivery {
	s := *d.Signature
	s.Owner, s.KeyID, s.Fingerprint = owner, owner+"#main-key", fingerprint
	d.Signature = &s
	return d
}

// updateOf is an Update of an account by itself.
func updateOf(t testing.TB, id vocab.IRI, at time.Time) move.Delivery {
	t.Helper()
	text := fmt.Sprintf(`{"@context":"https://www.w3.org/ns/activitystreams","id":%q,"type":"Update","actor":%q,"object":%q}`, id+"#update", id, id)
	return move.Delivery{Activity: parse(t, text), Signature: &actor.Signature{Owner: id, KeyID: id + "#main-key", At: at, Received: at}}
}

func (w *world) at(d time.Duration) time.Time {
	w.now = noon.Add(d)
	return w.now
}

// hears delivers a Move that the old account signs now.
func (w *world) hears() move.Verdict { return w.deliver(moveOf(w.t, old, next, w.now)) }

// work does what is due now, and nothing later.
func (w *world) work(r *move.Receiver) {
	w.t.Helper()
	for {
		n, err := r.Work(w.t.Context())
		require.NoError(w.t, err, "work")
		if n == 0 {
			return
		}
	}
}

// Anybody can send a Move that names two accounts. It must not end the honest
// one that waits for the old account's word.
func TestForgeriesDoNotEndADeferredMove(t *testing.T) {
	garbage := `,"proof":{"type":"DataIntegrityProof","cryptosuite":"eddsa-jcs-2022","verificationMethod":"` + string(old) + `#x","proofPurpose":"assertionMethod","proofValue":"z1"}}`
	forged := map[string]func(*world) move.Delivery{
		"unsigned": func(w *world) move.Delivery {
			return move.Delivery{Activity: moveOf(t, old, next, w.now).Activity}
		},
		"with a proof that is none": func(w *world) move.Delivery {
			text := moveOf(t, old, next, w.now).Activity.String()
			return move.Delivery{Activity: parse(t, strings.TrimSuffix(text, "}")+garbage)}
		},
		"signed by a stranger": func(w *world) move.Delivery {
			return signedBy(moveOf(t, old, next, w.now), stranger, "")
		},
		"sent by the new account": func(w *world) move.Delivery {
			text := fmt.Sprintf(`{"@context":"https://www.w3.org/ns/activitystreams","type":"Move","actor":%q,"object":%q,"target":%q}`, next, old, next)
			return signedBy(move.Delivery{Activity: parse(t, text), Signature: &actor.Signature{At: w.now}}, next, "")
		},
	}
	for name, forge := range forged {
		for _, pull := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, pull %t", name, pull), func(t *testing.T) {
				w := newWorld(t)
				w.rules.Pull = pull
				w.people.follow(fay, old)
				pointing := w.peers[old]
				w.peers[old] = account(old, "")
				require.Equal(t, move.Defer, w.hears().Outcome)
				w.at(20 * time.Second)
				w.deliver(forge(w))
				w.peers[old] = pointing
				w.settle(noon.Add(2 * time.Hour))
				assert.Equal(t, []vocab.IRI{next}, w.people.state()[fay], "the honest Move was forgotten")
			})
		}
	}
}

// A flood in somebody's name must not make them look like a flood.
func TestFloodsAreChargedToWhoSendsThem(t *testing.T) {
	w := newWorld(t)
	w.rules.Pull = true
	w.people.follow(fay, old)
	r := w.receiver()
	thief := vocab.IRI("https://thief.example/users/eve")
	w.peers[thief] = account(thief, fmt.Sprintf(`,"alsoKnownAs":[%q]`, old))
	text := fmt.Sprintf(`{"@context":"https://www.w3.org/ns/activitystreams","type":"Move","actor":%q,"object":%q,"target":%q}`, thief, old, thief)
	for range 50 {
		verdict, err := r.Receive(t.Context(), signedBy(move.Delivery{Activity: parse(t, text), Signature: &actor.Signature{At: w.now}}, thief, ""))
		require.NoError(t, err)
		require.NotEqual(t, move.Accept, verdict.Outcome)
	}
	verdict, err := r.Receive(t.Context(), moveOf(t, old, next, w.now))
	require.NoError(t, err)
	assert.Equal(t, move.Accept, verdict.Outcome, "the honest Move was refused: %s", verdict.Reason)
}

// fetchCounter counts what is fetched.
type fetchCounter struct {
	documents
	n int
}

func (c *fetchCounter) Fetch(ctx context.Context, id vocab.IRI) (*vocab.Object, error) {
	c.n++
	return c.documents.Fetch(ctx, id)
}

// Whoever can reach the inbox must not make the server fetch whatever it likes,
// as often as it likes.
func TestUnsignedMovesFetchLittle(t *testing.T) {
	w := newWorld(t)
	peers := &fetchCounter{documents: w.peers}
	r := move.NewReceiver(peers, w.store, w.people, &move.ReceiverOptions{Rules: move.Rules{Now: func() time.Time { return w.now }}})
	var proofs []string
	for i := range 16 {
		proofs = append(proofs, fmt.Sprintf(`{"type":"DataIntegrityProof","cryptosuite":"eddsa-jcs-2022","verificationMethod":"https://old.example/k%d","proofPurpose":"assertionMethod","proofValue":"z1"}`, i))
	}
	send := func(i int) {
		victim := fmt.Sprintf("https://old.example/users/%d", i)
		text := fmt.Sprintf(`{"@context":"https://www.w3.org/ns/activitystreams","id":%q,"type":"Move","actor":%q,"object":%q,"target":%q,"proof":[%s]}`,
			victim+"/moves/1", victim, victim, next, strings.Join(proofs, ","))
		verdict, err := r.Receive(t.Context(), move.Delivery{Activity: parse(t, text)})
		require.NoError(t, err)
		require.Equal(t, move.Unsigned, verdict.Reason)
	}
	send(0)
	assert.LessOrEqual(t, peers.n, 2, "one Move with many proofs")
	for i := range 1000 {
		send(i)
	}
	assert.LessOrEqual(t, peers.n, 200, "a thousand Moves that name accounts of one server")
}

// remembering is a memory that has held a key of the old account for a year.
func remembering(t *testing.T) (actor.KeyMemory, actor.Key) {
	t.Helper()
	private, err := actor.GenerateEd25519(old)
	require.NoError(t, err)
	key := private.Public()
	memory := actor.NewKeyMemory()
	remember(t, memory, key, noon.Add(-365*24*time.Hour))
	return memory, key
}

func remember(t *testing.T, memory actor.KeyMemory, key actor.Key, since time.Time) {
	t.Helper()
	require.NoError(t, memory.Remember(t.Context(), actor.KeyRecord{
		ID: key.ID, Owner: old, Fingerprint: key.Fingerprint(), Encoded: key.Encode(), FirstSeen: since,
	}))
}

// The buyer of a lapsed domain can sign an Update as well as a Move.
func TestAnUpdateDoesNotLiftAHold(t *testing.T) {
	w := newWorld(t)
	w.people.follow(fay, old)
	w.rules.Keys, _ = remembering(t)
	r := w.receiver()
	verdict, err := r.Receive(t.Context(), signedBy(moveOf(t, old, next, w.now), old, "the buyer's"))
	require.NoError(t, err)
	require.Equal(t, move.Hold, verdict.Outcome)
	w.settle(noon)

	w.at(time.Hour)
	_, err = r.Receive(t.Context(), signedBy(updateOf(t, old, w.now), old, "the buyer's"))
	require.NoError(t, err)
	require.NoError(t, r.Saw(t.Context(), old))
	w.settle(noon.Add(time.Hour))
	assert.Equal(t, []vocab.IRI{old}, w.people.state()[fay], "moved without a key that was held before")
}

// Public keys are public: the buyer of a lapsed domain can show the old ones
// there, and only cannot sign with them.
func TestAKeyThatIsOnlyShownIsNoSignature(t *testing.T) {
	memory, key := remembering(t)
	require.NoError(t, memory.Reached(t.Context(), old.Origin(), noon.Add(-20*24*time.Hour), false))
	require.NoError(t, memory.Reached(t.Context(), old.Origin(), noon.Add(-time.Hour), true))
	buyer := parse(t, account(old, fmt.Sprintf(`,"movedTo":%q`, next)))
	shown, err := actor.WithKeys(buyer, key)
	require.NoError(t, err)
	for name, bring := range map[string]func(*move.Receiver){
		"the Move stands at its id": func(r *move.Receiver) {
			_, err := r.Receive(t.Context(), move.Delivery{Activity: moveOf(t, old, next, noon).Activity})
			require.NoError(t, err)
		},
		"the new account sends it": func(r *move.Receiver) {
			text := fmt.Sprintf(`{"@context":"https://www.w3.org/ns/activitystreams","type":"Move","actor":%q,"object":%q,"target":%q}`, next, old, next)
			_, err := r.Receive(t.Context(), signedBy(move.Delivery{Activity: parse(t, text), Signature: &actor.Signature{At: noon}}, next, "the new one's"))
			require.NoError(t, err)
		},
		"it is seen": func(r *move.Receiver) { require.NoError(t, r.Saw(t.Context(), old)) },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.people.follow(fay, old)
			w.rules.Keys, w.rules.Pull = memory, true
			w.rules.Now = func() time.Time { return w.now }
			w.peers[old] = shown.String()
			activity := moveOf(t, old, next, noon).Activity
			w.peers[activity.ID()] = activity.String()
			r := move.NewReceiver(w.peers, w.store, w.people, &move.ReceiverOptions{Rules: w.rules, Discover: true})
			bring(r)
			w.work(r)
			assert.Equal(t, []vocab.IRI{old}, w.people.state()[fay], "moved by whoever serves the old domain now")
		})
	}
}

// A copy that somebody sends on, with a key that is too new, must not end what
// the account's own delivery has begun.
func TestAHeldCopyDoesNotEndADeferredMove(t *testing.T) {
	memory, held := remembering(t)
	fresh, err := actor.GenerateEd25519(old)
	require.NoError(t, err)
	fresh.ID = old + "#second"
	w := newWorld(t)
	w.people.follow(fay, old)
	w.rules.Keys = memory
	both, err := actor.WithKeys(parse(t, account(old, "")), held, fresh.Public())
	require.NoError(t, err)
	w.peers[old] = both.String()
	require.Equal(t, move.Defer, w.deliver(signedBy(moveOf(t, old, next, w.now), old, held.Fingerprint())).Outcome)

	w.at(20 * time.Second)
	remember(t, memory, fresh.Public(), w.now)
	copied, err := actor.SignProof(moveOf(t, old, next, noon).Activity, fresh, noon, nil)
	require.NoError(t, err)
	require.Equal(t, move.Hold, w.deliver(move.Delivery{Activity: copied}).Outcome)

	pointing, err := both.With(vocab.MovedTo, next)
	require.NoError(t, err)
	w.peers[old] = pointing.String()
	w.settle(noon.Add(2 * time.Hour))
	assert.Equal(t, []vocab.IRI{next}, w.people.state()[fay], "the honest Move was put on hold by a copy")
}

// In lenient mode only the account's own delivery does without movedTo; a copy
// that comes first must not take its place.
func TestACopyThatComesFirstDoesNotHideTheMove(t *testing.T) {
	w := newWorld(t)
	w.rules.Lenient = true
	w.people.follow(fay, old)
	w.peers[old] = account(old, "")
	activity := moveOf(t, old, next, noon).Activity
	w.peers[activity.ID()] = activity.String()
	require.Equal(t, move.Defer, w.deliver(move.Delivery{Activity: activity}).Outcome, "a copy is strict")
	w.at(time.Second)
	assert.Equal(t, move.Accept, w.hears().Outcome)
}

// A key that was lost to somebody, and withdrawn for that, signs no Move that
// nothing else confirms.
func TestAWithdrawnKeyIsNotTakenLeniently(t *testing.T) {
	for _, withdrawn := range []bool{false, true} {
		memory, key := remembering(t)
		w := newWorld(t)
		w.rules.Keys, w.rules.Lenient = memory, true
		w.people.follow(fay, old)
		w.peers[old] = account(old, "")
		record := actor.KeyRecord{ID: key.ID, Owner: old, Fingerprint: key.Fingerprint(), Encoded: key.Encode()}
		want := move.Accept
		if withdrawn {
			record.Withdrawn, want = noon.Add(-time.Hour), move.Defer
		}
		require.NoError(t, memory.Remember(t.Context(), record))
		assert.Equal(t, want, w.deliver(signedBy(moveOf(t, old, next, w.now), old, key.Fingerprint())).Outcome, "withdrawn: %t", withdrawn)
	}
}

// Accounts that nobody here knows can fill nobody's store, nor have it ask
// others again and again.
func TestMovesThatConcernNobodyAreNotKept(t *testing.T) {
	memory, _ := remembering(t)
	for name, set := range map[string]func(*world){
		"deferred":       func(w *world) { delete(w.peers, next) },
		"held":           func(w *world) { w.rules.Keys = memory },
		"told otherwise": func(w *world) { w.peers[old] = account(old, fmt.Sprintf(`,"copiedTo":%q`, next)) },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			set(w)
			verdict := w.deliver(signedBy(moveOf(t, old, next, w.now), old, "new"))
			require.NotEqual(t, move.Accept, verdict.Outcome)
			assert.Empty(t, verdict.Case)
			assert.Zero(t, verdict.Due)
			cases, err := w.store.About(t.Context(), move.In, old, next)
			require.NoError(t, err)
			assert.Empty(t, cases)
		})
	}
}
