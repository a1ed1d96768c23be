package vectors_test

import (
	"context"
	"crypto/ed25519"
	"fmt"
	"iter"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/actor/client"
	"codeberg.org/godwit/godwit/internal/vectors"
	"codeberg.org/godwit/godwit/move"
	"codeberg.org/godwit/godwit/vocab"
)

// The cases of account moves that a vector cannot express. The number of the
// case stands in the name; move/vectors/README.md has the whole table.

const (
	oldID vocab.IRI = "https://old.example/users/al"
	newID vocab.IRI = "https://new.example/users/al"
	fayID vocab.IRI = "https://here.example/users/fay"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func person(id vocab.IRI, more string) vectors.Answers {
	return vectors.Answers{{Status: 200, Body: fmt.Sprintf(
		`{"@context":"https://www.w3.org/ns/activitystreams","id":%q,"type":"Person","preferredUsername":"al","inbox":"%s/inbox"%s}`, id, id, more)}}
}

// movedWorld is one in which al has moved.
func movedWorld(t *testing.T) *vectors.Peers {
	peers := vectors.NewPeers(noon)
	require.NoError(t, peers.Set(map[string]vectors.Answers{
		string(oldID): person(oldID, fmt.Sprintf(`,"movedTo":%q`, newID)),
		string(newID): person(newID, fmt.Sprintf(`,"alsoKnownAs":[%q]`, oldID)),
	}))
	return peers
}

func delivery(t *testing.T, n int, target vocab.IRI) move.Delivery {
	activity, err := vocab.Parse(fmt.Appendf(nil,
		`{"@context":"https://www.w3.org/ns/activitystreams","id":"%s#moves/%d","type":"Move","actor":%q,"object":%q,"target":%q}`, oldID, n, oldID, oldID, target))
	require.NoError(t, err)
	return move.Delivery{Activity: activity, Signature: &actor.Signature{Owner: oldID, KeyID: oldID + "#main-key", At: noon}}
}

// follower is a server with one person who follows the old account.
type follower struct {
	mu       sync.Mutex
	followed []vocab.IRI
}

func (f *follower) Parties(_ context.Context, _, after vocab.IRI) iter.Seq2[vocab.IRI, error] {
	return func(yield func(vocab.IRI, error) bool) {
		if after == "" {
			yield(fayID, nil)
		}
	}
}

func (f *follower) Relation(context.Context, vocab.IRI, vocab.IRI, vocab.IRI) (move.Relation, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return move.Relation{FollowsOld: true, PendingNew: len(f.followed) > 0}, nil
}

func (f *follower) Follow(_ context.Context, _ string, _, target vocab.IRI) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.followed = append(f.followed, target)
	return nil
}

func (f *follower) Undo(context.Context, string, vocab.IRI, vocab.IRI) error { return nil }

func receiverOver(peers *vectors.Peers, store move.Store, f *follower) *move.Receiver {
	fetcher := client.New(&client.Options{Transport: peers, Clock: peers.Now})
	return move.NewReceiver(fetcher, store, f, &move.ReceiverOptions{Rules: move.Rules{Now: peers.Now}})
}

func TestCase56FloodOfTargetsIsBounded(t *testing.T) {
	const flood = 500
	peers := movedWorld(t)
	receiver := receiverOver(peers, move.NewMemory(), &follower{})
	for n := range flood {
		verdict, err := receiver.Receive(t.Context(), delivery(t, n, vocab.IRI(fmt.Sprintf("https://victim.example/users/%d", n))))
		require.NoError(t, err)
		assert.NotEqual(t, move.Accept, verdict.Outcome, "a target that is not there")
	}
	fetches := 0
	for n := range flood {
		fetches += peers.Fetches(fmt.Sprintf("https://victim.example/users/%d", n))
	}
	assert.NotZero(t, fetches, "nothing was looked at")
	assert.Less(t, fetches, 50, "an account that names a new target each time makes us fetch them all")

	peers.Advance(noon.Add(time.Hour))
	verdict, err := receiver.Receive(t.Context(), delivery(t, flood, newID))
	require.NoError(t, err)
	assert.Equal(t, move.Accept, verdict.Outcome, "after the flood the account can still move")
}

// guarded shows an account only to whoever signs the request.
type guarded struct {
	*vectors.Peers
	verifier *client.Client
	signers  []vocab.IRI
}

func (g *guarded) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Host != newID.Host() {
		return g.Peers.RoundTrip(r)
	}
	asked := r.Clone(r.Context())
	asked.Host, asked.RequestURI = r.URL.Host, r.URL.RequestURI()
	v, err := g.verifier.Verify(r.Context(), asked, nil)
	if err != nil {
		return &http.Response{StatusCode: http.StatusUnauthorized, Header: http.Header{}, Body: http.NoBody, Request: r}, nil
	}
	g.signers = append(g.signers, v.Owner)
	return g.Peers.RoundTrip(r)
}

func TestCase58TargetDemandsSignedRequests(t *testing.T) {
	peers := movedWorld(t)
	public, private, err := ed25519.GenerateKey(nil)
	require.NoError(t, err)
	key := actor.Key{ID: fayID + "#main-key", Owner: fayID, Public: public}
	require.NoError(t, peers.Set(map[string]vectors.Answers{
		string(fayID): person(fayID, fmt.Sprintf(`,"publicKey":{"id":%q,"owner":%q,"publicKeyPem":%q}`, key.ID, fayID, key.PEM())),
	}))
	world := &guarded{Peers: peers, verifier: client.New(&client.Options{Transport: peers, Clock: peers.Now, PublicOrigin: newID.Origin()})}
	signer, err := client.NewSigner(actor.PrivateKey{ID: key.ID, Owner: fayID, Signer: private})
	require.NoError(t, err)
	verify := func(signer client.Signer) error {
		options := &client.Options{Transport: world, Clock: peers.Now}
		if signer != nil {
			options.Signer = signer
		}
		_, err := move.Verify(t.Context(), client.New(options), delivery(t, 1, newID), &move.Rules{Now: peers.Now})
		return err
	}
	require.NoError(t, verify(signer), "the follower's own key opens the new account")
	assert.Contains(t, world.signers, fayID)
	var deferred *move.DeferredError
	assert.ErrorAs(t, verify(nil), &deferred, "a target that hides from strangers is not one that refuses")
}

func TestCase69FiftyInboxesAtOnce(t *testing.T) {
	peers, people, store := movedWorld(t), &follower{}, move.NewMemory()
	receiver := receiverOver(peers, store, people)
	outcomes := make(chan move.Outcome, 50)
	var inboxes sync.WaitGroup
	for n := range 50 {
		d := delivery(t, n, newID)
		inboxes.Go(func() {
			verdict, err := receiver.Receive(t.Context(), d)
			assert.NoError(t, err)
			outcomes <- verdict.Outcome
		})
	}
	inboxes.Wait()
	close(outcomes)
	counts := map[move.Outcome]int{}
	for outcome := range outcomes {
		counts[outcome]++
	}
	assert.Equal(t, 1, counts[move.Accept], "one execution: %v", counts)
	for range 100 {
		_, err := receiver.Work(t.Context())
		require.NoError(t, err)
	}
	assert.Equal(t, []vocab.IRI{newID}, people.followed, "one Follow")
}

func TestCase88SuccessorIsKnown(t *testing.T) {
	peers, store := movedWorld(t), move.NewMemory()
	_, err := receiverOver(peers, store, &follower{}).Receive(t.Context(), delivery(t, 1, newID))
	require.NoError(t, err)
	stranger := vocab.IRI("https://stranger.example/users/xi")
	_, err = receiverOver(peers, store, &follower{}).Receive(t.Context(), delivery(t, 2, stranger))
	require.NoError(t, err)

	// What a server asks before it accepts the new account's Follow of one of
	// its own, who had accepted the old account's.
	predecessors := func(follower vocab.IRI) (verified []vocab.IRI) {
		cases, err := store.About(t.Context(), move.In, follower)
		require.NoError(t, err)
		for _, c := range cases {
			if c.New == follower && !c.Begun.IsZero() {
				verified = append(verified, c.Old)
			}
		}
		return verified
	}
	assert.Equal(t, []vocab.IRI{oldID}, predecessors(newID), "whom the new account succeeds")
	assert.Empty(t, predecessors(stranger), "whoever was only named succeeds nobody")
}

func TestDocumentsAreReadUpToOneMebibyte(t *testing.T) {
	for size, want := range map[int]move.Reason{1 << 20: "", 1<<20 + 1: move.TooLarge} {
		peers := movedWorld(t)
		body := person(newID, fmt.Sprintf(`,"alsoKnownAs":[%q]`, oldID))[0].Body
		padded := vectors.Answers{{Status: 200, Body: body + strings.Repeat(" ", size-len(body))}}
		require.NoError(t, peers.Set(map[string]vectors.Answers{string(newID): padded}))
		verdict, err := receiverOver(peers, move.NewMemory(), &follower{}).Receive(t.Context(), delivery(t, 1, newID))
		require.NoError(t, err)
		assert.Equal(t, want, verdict.Reason, "%d bytes", size)
	}
}
