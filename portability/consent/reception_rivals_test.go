package consent_test

import (
	"context"
	"fmt"
	"iter"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/portability/consent"
	"codeberg.org/godwit/godwit/vocab"
)

// stranger is somebody who names an account of which nothing shows that it is theirs.
func (d *receptionDesk) stranger(t *testing.T, old vocab.IRI, asker string) consent.Reply {
	t.Helper()
	asking := receptionAsking(t, old, "alice")
	asking.Asker, asking.Standing, asking.Evidence = asker, portability.Claimed, consent.Evidence{Why: consent.NotNamed}
	reply, err := d.Ask(t.Context(), asking)
	require.NoError(t, err)
	return reply
}

func TestAStrangerDoesNotJoinAnArrival(t *testing.T) {
	for name, asker := range map[string]string{"nobody knows who": "", "another session": "mallory"} {
		t.Run(name, func(t *testing.T) {
			d := newReceptionDesk(t, consent.Policy{Who: consent.Anyone, Unproved: consent.Allow}, consent.ReceptionOptions{})
			mine := d.asks(t, lockAlice, "alice")
			theirs := d.stranger(t, lockAlice, asker)
			assert.NotEqual(t, mine.Arrival.ID, theirs.Arrival.ID)
			assert.Equal(t, portability.Claimed, theirs.Arrival.Standing)
			assert.Equal(t, consent.GroundProvedByAnother, theirs.Decision.Ground)
			stored, err := d.store.Arrival(t.Context(), mine.Arrival.ID)
			require.NoError(t, err)
			assert.Equal(t, consent.ArrivalApproved, stored.State, "hers goes on")
		})
	}
}

func TestAStrangerWhoIsFirstHoldsNobodyUp(t *testing.T) {
	for name, policy := range map[string]consent.Policy{
		"they wait":    {Who: consent.Anyone},
		"they came in": {Who: consent.Anyone, Unproved: consent.Allow, Every: 48 * time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			d := newReceptionDesk(t, policy, consent.ReceptionOptions{})
			theirs := d.stranger(t, lockAlice, "mallory")
			mine := d.asks(t, lockAlice, "alice")
			assert.Equal(t, portability.Proved, mine.Arrival.Standing)
			assert.Equal(t, consent.ArrivalApproved, mine.Arrival.State, "%s", mine.Decision.Ground)
			assert.Equal(t, "alice", mine.Arrival.Name, "and has her name")
			stored, err := d.store.Arrival(t.Context(), theirs.Arrival.ID)
			require.NoError(t, err)
			assert.Equal(t, consent.ArrivalRefused, stored.State)
			assert.Equal(t, consent.GroundProvedByAnother, stored.Decision.Ground)
		})
	}
}

func TestWhoWasLetInByHandKeepsTheirTurn(t *testing.T) {
	d := newReceptionDesk(t, consent.Policy{Who: consent.Anyone}, consent.ReceptionOptions{})
	first := d.stranger(t, lockAlice, "a").Arrival
	_, err := d.Approve(t.Context(), first.ID, "moderator", "")
	require.NoError(t, err)
	second := d.asks(t, lockAlice, "alice")
	assert.Equal(t, consent.GroundNameReserved, second.Decision.Ground, "somebody has looked: it is theirs to undo")
	_, err = d.Refuse(t.Context(), first.ID, "moderator", "it was not you")
	require.NoError(t, err)
	assert.Equal(t, consent.ArrivalApproved, d.asks(t, lockAlice, "alice").Arrival.State)
}

func TestNobodyApprovesAClaimBesideAProof(t *testing.T) {
	d := newReceptionDesk(t, consent.Policy{Who: consent.Anyone}, consent.ReceptionOptions{})
	theirs := d.stranger(t, lockAlice, "mallory").Arrival
	mine := receptionAsking(t, lockAlice, "alice2")
	mine.New = lockNew
	raced := consent.NewReception(receptionUnseen{d.store}, &consent.ReceptionOptions{Now: func() time.Time { return lockNoon }})
	_, err := raced.Ask(t.Context(), mine)
	require.NoError(t, err)
	reply, err := d.Approve(t.Context(), theirs.ID, "moderator", "")
	require.NoError(t, err)
	assert.Equal(t, consent.GroundProvedByAnother, reply.Decision.Ground)
	assert.Equal(t, consent.ArrivalWaiting, reply.Arrival.State)
}

func TestWhoCanProveItLaterNeedNotWait(t *testing.T) {
	d := newReceptionDesk(t, consent.Policy{Who: consent.Anyone}, consent.ReceptionOptions{})
	first := d.stranger(t, lockAlice, "her session").Arrival
	assert.Equal(t, consent.ArrivalWaiting, first.State)
	assert.Equal(t, first.ID, d.stranger(t, lockAlice, "her session").Arrival.ID, "who asks again finds where they are")
	asking := receptionAsking(t, lockAlice, "alice")
	asking.Asker = "her session"
	reply, err := d.Ask(t.Context(), asking)
	require.NoError(t, err)
	assert.Equal(t, consent.ArrivalApproved, reply.Arrival.State)
	assert.Equal(t, "alice", reply.Arrival.Name)
	stored, err := d.store.Arrival(t.Context(), first.ID)
	require.NoError(t, err)
	assert.Equal(t, consent.ArrivalWithdrawn, stored.State)
}

// Who knows nothing but somebody's id knows nothing of their arrival.
func TestAnArrivalCannotBeGuessed(t *testing.T) {
	one := newReceptionDesk(t, consent.Policy{Who: consent.Anyone}, consent.ReceptionOptions{})
	two := newReceptionDesk(t, consent.Policy{Who: consent.Anyone}, consent.ReceptionOptions{})
	a, b := one.asks(t, lockAlice, "alice").Arrival, two.asks(t, lockAlice, "alice").Arrival
	require.GreaterOrEqual(t, len(a.ID), 26, "128 bits in base 32")
	assert.NotEqual(t, a.ID, b.ID, "it is another one on every server")
	_, err := one.Withdraw(t.Context(), b.ID)
	assert.ErrorIs(t, err, consent.ErrNoArrival)
}

func TestAnArrivalIsTheirsWhoAsked(t *testing.T) {
	d := newReceptionDesk(t, consent.Policy{Who: consent.Anyone}, consent.ReceptionOptions{})
	asking := receptionAsking(t, lockAlice, "alice")
	asking.Asker = "a secret cookie"
	reply, err := d.Ask(t.Context(), asking)
	require.NoError(t, err)
	a := reply.Arrival
	assert.NotContains(t, fmt.Sprintf("%+v", a), "cookie", "the word itself is not kept")
	_, err = d.Confirm(t.Context(), a.ID, "")
	require.NoError(t, err)
	reply, err = d.Complete(t.Context(), a.ID, lockNew)
	require.NoError(t, err)
	for _, a := range []consent.Arrival{a, reply.Arrival} {
		assert.True(t, a.AskedBy("a secret cookie"), "%s", a.State)
		assert.False(t, a.AskedBy("another cookie"))
		assert.False(t, a.AskedBy(""))
	}
	assert.False(t, d.asks(t, "https://old.example/users/bob", "bob").Arrival.AskedBy(""), "of whom nobody knows who they are")
}

// A receptionUnseen shows nothing that is under way, as to one who looks too early.
type receptionUnseen struct{ consent.ReceptionStore }

func (receptionUnseen) Arrivals(context.Context, consent.ArrivalFilter, string) iter.Seq2[consent.Arrival, error] {
	return func(func(consent.Arrival, error) bool) {}
}

func TestWhoIsRefusedAgainAndAgainIsToldOnce(t *testing.T) {
	for name, c := range map[string]struct {
		policy   consent.Policy
		standing portability.Standing
		size     consent.Size
	}{
		"nobody may come":            {consent.Policy{Who: consent.Nobody}, portability.Proved, consent.Size{}},
		"it brings too much":         {consent.Policy{Who: consent.Anyone, Items: 5}, portability.Proved, consent.Size{Known: true, Items: 6}},
		"what is not proved may not": {consent.Policy{Who: consent.Anyone, Unproved: consent.Refuse}, portability.Claimed, consent.Size{}},
	} {
		t.Run(name, func(t *testing.T) {
			d := newReceptionDesk(t, c.policy, consent.ReceptionOptions{})
			for day := range 3 {
				for i := range 30 {
					asking := receptionAsking(t, lockAlice, fmt.Sprintf("alice%d_%d", day, i))
					asking.Asker, asking.Standing, asking.Size = fmt.Sprint("session ", day, i), c.standing, c.size
					reply, err := d.Ask(t.Context(), asking)
					require.NoError(t, err)
					assert.Equal(t, consent.Refuse, reply.Decision.Verdict)
					assert.NotEmpty(t, reply.Decision.Hint(), "every answer says what can be done")
				}
				require.NoError(t, d.Remind(t.Context()))
				d.now = d.now.Add(consent.Quiet)
			}
			assert.Equal(t, []consent.NoticeKind{consent.NoticeRefused, consent.NoticeRefused, consent.NoticeRefused}, d.kinds(), "one each day")
			assert.Len(t, recordOf(t, d.store, lockAlice), 6, "recorded once for the arrival, and once for all that came after")
		})
	}
}

func TestManyWhoAreRefusedAtOnceAreToldOnce(t *testing.T) {
	d := newReceptionDesk(t, consent.Policy{Who: consent.Nobody}, consent.ReceptionOptions{})
	var busy sync.WaitGroup
	for range 12 {
		asking := receptionAsking(t, lockAlice, "alice")
		busy.Go(func() {
			_, err := d.Ask(t.Context(), asking)
			assert.NoError(t, err)
		})
	}
	busy.Wait()
	assert.Len(t, d.told, 1)
	assert.Equal(t, consent.GroundClosed, d.asks(t, "https://old.example/users/bob", "bob").Decision.Ground)
	assert.Len(t, d.told, 2, "another account is another matter")
}

// Strangers who say that an account is theirs fill neither the waiting room nor a mailbox.
func TestOneAccountIsClaimedByAFewAtOnce(t *testing.T) {
	d := newReceptionDesk(t, consent.Policy{Who: consent.Anyone}, consent.ReceptionOptions{})
	waiting := 0
	for i := range 3 * consent.MostClaims {
		asking := receptionAsking(t, lockAlice, fmt.Sprintf("alice%d", i))
		asking.Standing = portability.Claimed
		reply, err := d.Ask(t.Context(), asking)
		require.NoError(t, err)
		if reply.Arrival.State == consent.ArrivalWaiting {
			waiting++
			continue
		}
		assert.Equal(t, consent.GroundTooManyClaims, reply.Decision.Ground)
	}
	assert.Equal(t, consent.MostClaims, waiting)
	assert.Equal(t, []consent.NoticeKind{consent.NoticeWaiting, consent.NoticeRefused}, d.kinds(), "one of each kind")
	assert.Equal(t, consent.ArrivalApproved, d.asks(t, lockAlice, "alice").Arrival.State, "who has a proof is not held up")
	for a, err := range d.store.Arrivals(t.Context(), consent.ArrivalFilter{Old: lockAlice}, "") {
		require.NoError(t, err)
		assert.NotEqual(t, consent.ArrivalWaiting, a.State, "and nobody need look at the others")
	}
}

// What an arrival that has ended still has to let go of is not taken from the next one.
func TestWhoComesAgainKeepsTheNameWhenTheFirstIsTidiedUp(t *testing.T) {
	d := newReceptionDesk(t, consent.Policy{Who: consent.Anyone}, consent.ReceptionOptions{})
	broken := &receptionBroken{ReceptionStore: d.store}
	desk := consent.NewReception(broken, &consent.ReceptionOptions{Now: func() time.Time { return lockNoon }})
	asking := receptionAsking(t, lockAlice, "alice")
	asking.Asker = "her session"
	first, err := desk.Ask(t.Context(), asking)
	require.NoError(t, err)
	broken.left = 2 // stored, and not let go of
	_, err = desk.Withdraw(t.Context(), first.Arrival.ID)
	require.ErrorIs(t, err, errReceptionBroken)
	require.NotEmpty(t, d.whose(t, "alice"))

	second, err := desk.Ask(t.Context(), asking)
	require.NoError(t, err)
	require.Equal(t, "alice", second.Arrival.Name, "it is still theirs")
	require.NoError(t, desk.Remind(t.Context()))
	assert.Equal(t, second.Arrival.Asker, d.whose(t, "alice"))
}

func TestANameIsFreeWhoseArrivalWasNotStored(t *testing.T) {
	d := newReceptionDesk(t, consent.Policy{Who: consent.Anyone}, consent.ReceptionOptions{})
	failed := 0
	for failing := 1; failing < 10; failing++ {
		broken := &receptionBroken{ReceptionStore: d.store, left: failing}
		desk := consent.NewReception(broken, &consent.ReceptionOptions{Now: func() time.Time { return lockNoon }})
		reply, err := desk.Ask(t.Context(), receptionAsking(t, lockAlice, fmt.Sprint("alice", failing)))
		if err == nil || reply.Arrival.ID != "" {
			continue // it is stored, whatever was not done then
		}
		failed++
		assert.Empty(t, d.whose(t, fmt.Sprint("alice", failing)), "failure %d", failing)
	}
	assert.GreaterOrEqual(t, failed, 3, "it failed at several calls before anything was stored")
}
