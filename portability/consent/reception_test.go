package consent_test

import (
	"context"
	"errors"
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

// A receptionDesk is a receiving server whose clock the test sets.
type receptionDesk struct {
	*consent.Reception
	store  *consent.Memory
	now    time.Time
	taken  map[string]bool
	told   []consent.Notice
	silent error
}

func newReceptionDesk(t *testing.T, p consent.Policy, o consent.ReceptionOptions) *receptionDesk {
	t.Helper()
	d := &receptionDesk{store: consent.NewMemory(), now: lockNoon, taken: map[string]bool{}}
	o.Now = func() time.Time { return d.now }
	o.Taken = func(context.Context, []string) (map[string]bool, error) { return d.taken, nil }
	o.Notify = func(_ context.Context, n consent.Notice) error {
		if d.silent == nil {
			d.told = append(d.told, n)
		}
		return d.silent
	}
	_, err := d.store.SetPolicy(t.Context(), p)
	require.NoError(t, err)
	d.Reception = consent.NewReception(d.store, &o)
	return d
}

func (d *receptionDesk) policy(t *testing.T, change func(*consent.Policy)) {
	t.Helper()
	p, err := d.store.Policy(t.Context())
	require.NoError(t, err)
	change(&p)
	_, err = d.store.SetPolicy(t.Context(), p)
	require.NoError(t, err)
}

// asks is somebody who wants to come with a proof, and whose size is known.
func (d *receptionDesk) asks(t *testing.T, old vocab.IRI, name string) consent.Reply {
	t.Helper()
	reply, err := d.Ask(t.Context(), receptionAsking(t, old, name))
	require.NoError(t, err)
	return reply
}

func receptionAsking(t *testing.T, old vocab.IRI, name string) consent.Asking {
	t.Helper()
	doc, err := vocab.Parse(fmt.Appendf(nil, `{"id":%q,"type":"Person","preferredUsername":"Alice","name":"Alice A."}`, old))
	require.NoError(t, err)
	return consent.Asking{Old: doc, Name: name, Standing: portability.Proved, Size: consent.Size{Known: true, Items: 10}}
}

func (d *receptionDesk) kinds() (kinds []consent.NoticeKind) {
	for _, n := range d.told {
		kinds = append(kinds, n.Kind)
	}
	return kinds
}

// whose returns who has a name.
func (d *receptionDesk) whose(t *testing.T, name string) string {
	t.Helper()
	held, err := d.store.Reserved(t.Context(), []string{name}, d.now)
	require.NoError(t, err)
	return held[name].By
}

func TestSomebodyComes(t *testing.T) {
	d := newReceptionDesk(t, consent.Policy{Who: consent.Anyone}, consent.ReceptionOptions{})
	asking := receptionAsking(t, lockAlice, "")
	asking.Asker, asking.Size = "a session of hers", consent.Size{}
	reply, err := d.Ask(t.Context(), asking)
	require.NoError(t, err)
	a := reply.Arrival
	assert.Equal(t, consent.ArrivalAsked, a.State)
	assert.Equal(t, "alice", a.Name, "the name comes along")
	assert.Equal(t, "Alice A.", a.Profile.Name, "and the profile")
	assert.Equal(t, a.Asker, d.whose(t, "alice"))

	again, err := d.Ask(t.Context(), asking)
	require.NoError(t, err)
	assert.Equal(t, a.ID, again.Arrival.ID, "who asks again finds where they are")

	reply, err = d.Weigh(t.Context(), a.ID, consent.Size{Items: 5})
	require.NoError(t, err)
	assert.Equal(t, consent.ArrivalApproved, reply.Arrival.State)
	assert.Equal(t, d.now, reply.Arrival.Admitted)
	_, err = d.Complete(t.Context(), a.ID, lockNew)
	require.ErrorIs(t, err, consent.ErrOutOfTurn, "the new server asks once more")
	reply, err = d.Confirm(t.Context(), a.ID, "")
	require.NoError(t, err)
	assert.Equal(t, consent.ArrivalCopying, reply.Arrival.State)
	assert.Equal(t, a.Asker, d.whose(t, "alice"), "reserved while it runs")
	d.now = d.now.Add(6 * 24 * time.Hour)
	still, err := d.Prolong(t.Context(), a.ID)
	require.NoError(t, err)
	assert.True(t, still)
	d.now = d.now.Add(6 * 24 * time.Hour)
	assert.Equal(t, a.Asker, d.whose(t, "alice"))
	reply, err = d.Complete(t.Context(), a.ID, lockNew)
	require.NoError(t, err)
	assert.Equal(t, lockNew, reply.Arrival.New)
	assert.Empty(t, d.whose(t, "alice"), "the account has it now")
	assert.Equal(t, []consent.NoticeKind{consent.NoticeApproved, consent.NoticeComplete}, d.kinds())
	assert.Len(t, recordOf(t, d.store, lockAlice), 4, "asked, approved, confirmed, complete")
}

func TestANameIsKeptAfterwardsIfAsked(t *testing.T) {
	d := newReceptionDesk(t, consent.Policy{Who: consent.Anyone}, consent.ReceptionOptions{Keep: 30 * 24 * time.Hour})
	a := d.asks(t, lockAlice, "").Arrival
	_, err := d.Confirm(t.Context(), a.ID, "")
	require.NoError(t, err)
	_, err = d.Complete(t.Context(), a.ID, lockNew)
	require.NoError(t, err)
	d.now = d.now.Add(29 * 24 * time.Hour)
	assert.Equal(t, consent.GroundNameReserved, d.asks(t, "https://else.example/alice", "").Decision.Ground)

	kept, err := d.KeepName(t.Context(), "Bob", "https://new.example/users/bob", time.Hour)
	require.NoError(t, err)
	assert.True(t, kept, "of somebody who has left")
	assert.Equal(t, consent.GroundNameReserved, d.asks(t, "https://else.example/bob", "bob").Decision.Ground)
	d.now = d.now.Add(time.Hour)
	assert.Empty(t, d.asks(t, "https://else.example/bob", "bob").Decision.Ground)
}

func TestAClashIsToldAtTheStart(t *testing.T) {
	d := newReceptionDesk(t, consent.Policy{Who: consent.Anyone}, consent.ReceptionOptions{})
	d.taken["alice"], d.taken["alice2"] = true, true
	first := d.asks(t, "https://else.example/x", "alice_old")
	require.Equal(t, consent.ArrivalApproved, first.Arrival.State)

	reply := d.asks(t, lockAlice, "")
	assert.Equal(t, consent.GroundNameTaken, reply.Decision.Ground)
	assert.Equal(t, []string{"alice3", "alice4", "alice5"}, reply.Suggestions, "what is taken or reserved is not suggested")
	assert.Zero(t, reply.Arrival, "nothing was begun")
	assert.Equal(t, consent.GroundNameReserved, d.asks(t, lockAlice, "ALICE_old").Decision.Ground)
	bad := d.asks(t, lockAlice, "Älice!")
	assert.Equal(t, consent.GroundBadName, bad.Decision.Ground)
	require.Len(t, bad.Suggestions, 3)
	reply = d.asks(t, lockAlice, bad.Suggestions[0])
	assert.Equal(t, consent.ArrivalApproved, reply.Arrival.State, "what was suggested can be had")
	found := recordOf(t, d.store, lockAlice)
	assert.Len(t, found, 4, "three clashes and an approval")
}

func TestANameIsChangedAtTheSecondAsking(t *testing.T) {
	d := newReceptionDesk(t, consent.Policy{Who: consent.Anyone}, consent.ReceptionOptions{})
	a := d.asks(t, lockAlice, "").Arrival
	d.taken["alice2"] = true
	reply, err := d.Confirm(t.Context(), a.ID, "alice2")
	require.NoError(t, err)
	assert.Equal(t, consent.GroundNameTaken, reply.Decision.Ground)
	assert.Equal(t, consent.ArrivalApproved, reply.Arrival.State, "it stays where it is")
	reply, err = d.Confirm(t.Context(), a.ID, "Alice3")
	require.NoError(t, err)
	assert.Equal(t, "alice3", reply.Arrival.Name)
	assert.Equal(t, a.ID, d.whose(t, "alice3"))
	assert.Empty(t, d.whose(t, "alice"), "the first is free again")
}

func TestAReservationThatRanOutIsTold(t *testing.T) {
	d := newReceptionDesk(t, consent.Policy{Who: consent.Anyone}, consent.ReceptionOptions{})
	a := d.asks(t, lockAlice, "").Arrival
	d.now = d.now.Add(8 * 24 * time.Hour)
	require.Equal(t, consent.ArrivalApproved, d.asks(t, "https://else.example/alice", "").Arrival.State)
	reply, err := d.Confirm(t.Context(), a.ID, "")
	require.NoError(t, err)
	assert.Equal(t, consent.GroundNameReserved, reply.Decision.Ground)
	assert.NotEmpty(t, reply.Suggestions)
}

func TestSomebodyLooks(t *testing.T) {
	d := newReceptionDesk(t, consent.Policy{Who: consent.Anyone, Approval: true, Quarantine: true}, consent.ReceptionOptions{})
	a := d.asks(t, lockAlice, "").Arrival
	assert.Equal(t, consent.ArrivalWaiting, a.State)
	assert.Equal(t, consent.GroundNeedsApproval, a.Decision.Ground)
	_, err := d.Confirm(t.Context(), a.ID, "")
	require.ErrorIs(t, err, consent.ErrOutOfTurn)
	reply, err := d.Approve(t.Context(), a.ID, "moderator", "welcome")
	require.NoError(t, err)
	assert.Equal(t, consent.ArrivalApproved, reply.Arrival.State)
	assert.True(t, reply.Arrival.Quarantined)
	require.NoError(t, d.Released(t.Context(), a.ID))
	stored, err := d.store.Arrival(t.Context(), a.ID)
	require.NoError(t, err)
	assert.False(t, stored.Quarantined)
	found := recordOf(t, d.store, lockAlice)
	require.Len(t, found, 2)
	assert.Equal(t, "moderator", found[1].By)
	assert.Equal(t, "welcome", found[1].Text)

	b := d.asks(t, "https://else.example/bob", "bob").Arrival
	reply, err = d.Refuse(t.Context(), b.ID, "moderator", "we are full of Bobs")
	require.NoError(t, err)
	assert.Equal(t, consent.ArrivalRefused, reply.Arrival.State)
	assert.Equal(t, "we are full of Bobs", d.told[len(d.told)-1].Decision.Text, "a refusal says why")
	assert.Empty(t, d.whose(t, "bob"))
	_, err = d.Approve(t.Context(), b.ID, "moderator", "")
	require.ErrorIs(t, err, consent.ErrOutOfTurn)
	assert.Equal(t, []consent.NoticeKind{consent.NoticeWaiting, consent.NoticeApproved, consent.NoticeWaiting, consent.NoticeRefused}, d.kinds())
}

func TestWhatIsBlockedMeanwhileDoesNotComeIn(t *testing.T) {
	d := newReceptionDesk(t, consent.Policy{Who: consent.Anyone, Approval: true}, consent.ReceptionOptions{})
	waiting := d.asks(t, lockAlice, "").Arrival
	approved := d.asks(t, "https://old.example/users/bob", "bob").Arrival
	_, err := d.Approve(t.Context(), approved.ID, "moderator", "")
	require.NoError(t, err)
	d.policy(t, func(p *consent.Policy) { p.BlockedDomains = []string{"old.example"} })
	reply, err := d.Approve(t.Context(), waiting.ID, "moderator", "")
	require.NoError(t, err)
	assert.Equal(t, consent.GroundBlockedDomain, reply.Decision.Ground)
	assert.Equal(t, consent.ArrivalWaiting, reply.Arrival.State)
	reply, err = d.Confirm(t.Context(), approved.ID, "")
	require.NoError(t, err)
	assert.Equal(t, consent.ArrivalRefused, reply.Arrival.State)
	assert.Equal(t, consent.GroundBlockedDomain, reply.Decision.Ground)
	assert.Empty(t, d.whose(t, "bob"))
}

func TestHowManyAndHowOften(t *testing.T) {
	d := newReceptionDesk(t, consent.Policy{Who: consent.Anyone, Accounts: 2, Every: 48 * time.Hour}, consent.ReceptionOptions{})
	first := d.asks(t, lockAlice, "").Arrival
	require.Equal(t, consent.ArrivalApproved, first.State)
	require.Equal(t, consent.ArrivalApproved, d.asks(t, "https://old.example/b", "b").Arrival.State)
	third := d.asks(t, "https://old.example/c", "c")
	assert.Equal(t, consent.GroundTooManyAccounts, third.Decision.Ground)
	assert.Equal(t, consent.ArrivalRefused, third.Arrival.State)
	d.now = d.now.Add(25 * time.Hour)
	again := d.asks(t, "https://old.example/c", "c")
	assert.Equal(t, consent.ArrivalApproved, again.Arrival.State, "the next day")
	assert.NotEqual(t, third.Arrival.ID, again.Arrival.ID)

	_, err := d.Withdraw(t.Context(), first.ID)
	require.NoError(t, err)
	assert.Equal(t, consent.GroundTooOften, d.asks(t, lockAlice, "").Decision.Ground)
	d.now = d.now.Add(24 * time.Hour)
	assert.Equal(t, consent.ArrivalApproved, d.asks(t, lockAlice, "").Arrival.State)
}

func TestNoMoreComeThanMayHoweverManyAskAtOnce(t *testing.T) {
	d := newReceptionDesk(t, consent.Policy{Who: consent.Anyone, Accounts: 3}, consent.ReceptionOptions{})
	desk := consent.NewReception(d.store, &consent.ReceptionOptions{Now: func() time.Time { return lockNoon }})
	var mu sync.Mutex
	states := map[consent.ArrivalState]int{}
	var busy sync.WaitGroup
	for i := range 12 {
		asking := receptionAsking(t, vocab.IRI(fmt.Sprintf("https://old.example/%d", i)), fmt.Sprintf("n%d", i))
		busy.Go(func() {
			reply, err := desk.Ask(t.Context(), asking)
			if assert.NoError(t, err) {
				mu.Lock()
				states[reply.Arrival.State]++
				mu.Unlock()
			}
		})
	}
	busy.Wait()
	assert.Equal(t, map[consent.ArrivalState]int{consent.ArrivalApproved: 3, consent.ArrivalRefused: 9}, states)
}

// A receptionBlind counts before the others have come in, as one does who is late.
type receptionBlind struct{ consent.ReceptionStore }

func (b receptionBlind) Arrivals(ctx context.Context, f consent.ArrivalFilter, after string) iter.Seq2[consent.Arrival, error] {
	if !f.Since.IsZero() {
		return func(func(consent.Arrival, error) bool) {}
	}
	return b.ReceptionStore.Arrivals(ctx, f, after)
}

func TestWhoCountsTooEarlyLetsNoMoreIn(t *testing.T) {
	d := newReceptionDesk(t, consent.Policy{Who: consent.Anyone, Accounts: 1, Approval: true}, consent.ReceptionOptions{})
	desk := consent.NewReception(receptionBlind{d.store}, &consent.ReceptionOptions{Now: func() time.Time { return lockNoon }})
	first, second := d.asks(t, lockAlice, "").Arrival, d.asks(t, "https://old.example/b", "b").Arrival
	reply, err := desk.Approve(t.Context(), first.ID, "moderator", "")
	require.NoError(t, err)
	require.Equal(t, consent.ArrivalApproved, reply.Arrival.State)
	reply, err = desk.Approve(t.Context(), second.ID, "moderator", "")
	require.NoError(t, err)
	assert.Equal(t, consent.GroundTooManyAccounts, reply.Decision.Ground)
	assert.Equal(t, consent.ArrivalWaiting, reply.Arrival.State, "the moderator can let them in tomorrow")
	d.policy(t, func(p *consent.Policy) { p.Approval = false })
	third, err := desk.Ask(t.Context(), receptionAsking(t, "https://old.example/c", "c"))
	require.NoError(t, err)
	assert.Equal(t, consent.ArrivalRefused, third.Arrival.State)
	assert.Zero(t, third.Arrival.Admitted)
}

func TestOnePersonWhoAsksManyTimesAtOnceComesOnce(t *testing.T) {
	d := newReceptionDesk(t, consent.Policy{Who: consent.Anyone}, consent.ReceptionOptions{})
	desk := consent.NewReception(d.store, &consent.ReceptionOptions{Now: func() time.Time { return lockNoon }})
	asking := receptionAsking(t, lockAlice, "")
	asking.Asker = "a session of hers"
	var ids sync.Map
	var busy sync.WaitGroup
	for range 12 {
		busy.Go(func() {
			reply, err := desk.Ask(t.Context(), asking)
			if assert.NoError(t, err) {
				ids.Store(reply.Arrival.ID, true)
			}
		})
	}
	busy.Wait()
	n := 0
	ids.Range(func(id, _ any) bool { n++; return assert.NotEmpty(t, id) })
	assert.Equal(t, 1, n)
}

func TestSeveralOldAccountsComeIntoOneNew(t *testing.T) {
	d := newReceptionDesk(t, consent.Policy{Home: "https://new.example/"}, consent.ReceptionOptions{})
	for _, old := range []vocab.IRI{"https://new.example/users/alice-art", "https://new.example/users/alice-cats"} {
		asking := receptionAsking(t, old, "")
		asking.New = lockNew
		reply, err := d.Ask(t.Context(), asking)
		require.NoError(t, err)
		assert.Equal(t, consent.ArrivalApproved, reply.Arrival.State, "%s", reply.Decision.Ground)
		assert.Empty(t, reply.Arrival.Name, "it has a name")
		_, err = d.Confirm(t.Context(), reply.Arrival.ID, "")
		require.NoError(t, err)
		_, err = d.Complete(t.Context(), reply.Arrival.ID, lockNew)
		require.NoError(t, err)
	}
}

func TestPeopleAreToldInTheEnd(t *testing.T) {
	d := newReceptionDesk(t, consent.Policy{Who: consent.Anyone, Approval: true}, consent.ReceptionOptions{})
	d.silent = errors.New("the mail server is down")
	reply, err := d.Ask(t.Context(), receptionAsking(t, lockAlice, ""))
	require.ErrorIs(t, err, d.silent)
	assert.Equal(t, consent.ArrivalWaiting, reply.Arrival.State, "it is stored nevertheless")
	require.ErrorIs(t, d.Remind(t.Context()), d.silent)
	reply, err = d.Refuse(t.Context(), reply.Arrival.ID, "moderator", "no")
	require.ErrorIs(t, err, d.silent)
	assert.Equal(t, consent.ArrivalRefused, reply.Arrival.State)
	d.silent = nil
	require.NoError(t, d.Remind(t.Context()))
	require.NoError(t, d.Remind(t.Context()))
	assert.Equal(t, []consent.NoticeKind{consent.NoticeRefused}, d.kinds(), "once, and what counts")
	assert.Len(t, recordOf(t, d.store, lockAlice), 2, "both decisions are recorded")
}

func TestWhoProvesNothingWaitsAndIsQuarantined(t *testing.T) {
	d := newReceptionDesk(t, consent.Policy{Who: consent.Anyone}, consent.ReceptionOptions{})
	asking := receptionAsking(t, lockAlice, "")
	asking.Standing = ""
	reply, err := d.Ask(t.Context(), asking)
	require.NoError(t, err)
	assert.Equal(t, portability.Claimed, reply.Arrival.Standing)
	assert.Equal(t, consent.GroundUnproved, reply.Decision.Ground)
	reply, err = d.Approve(t.Context(), reply.Arrival.ID, "moderator", "")
	require.NoError(t, err)
	assert.True(t, reply.Arrival.Quarantined)
}

// Wherever a store fails, whoever tries again gets as far as they would have.
func TestAStoreThatFailsAnywhereLosesNobody(t *testing.T) {
	for failing := 1; ; failing++ {
		d := newReceptionDesk(t, consent.Policy{Who: consent.Anyone, Approval: true, Accounts: 1}, consent.ReceptionOptions{})
		broken := &receptionBroken{ReceptionStore: d.store, left: failing}
		desk := consent.NewReception(broken, &consent.ReceptionOptions{Now: func() time.Time { return lockNoon }})
		asking := receptionAsking(t, lockAlice, "")
		asking.Asker = "a session of hers"
		var id string
		for _, step := range []func() (consent.Reply, error){
			func() (consent.Reply, error) { return desk.Ask(t.Context(), asking) },
			func() (consent.Reply, error) { return desk.Approve(t.Context(), id, "moderator", "") },
			func() (consent.Reply, error) { return desk.Confirm(t.Context(), id, "") },
			func() (consent.Reply, error) { return desk.Complete(t.Context(), id, lockNew) },
		} {
			reply, err := step()
			if err != nil {
				require.ErrorIs(t, err, errReceptionBroken)
				if reply, err = step(); !errors.Is(err, consent.ErrOutOfTurn) {
					require.NoError(t, err)
				}
			}
			require.NotEmpty(t, reply.Arrival.ID, "failure %d", failing)
			id = reply.Arrival.ID
		}
		a, err := d.store.Arrival(t.Context(), id)
		require.NoError(t, err)
		require.Equal(t, consent.ArrivalComplete, a.State, "failure %d", failing)
		require.NoError(t, desk.Remind(t.Context()))
		require.Empty(t, d.whose(t, "alice"), "failure %d", failing)
		require.NotEmpty(t, recordOf(t, d.store, lockAlice))
		if broken.left > 0 {
			require.Greater(t, failing, 10, "it failed at many calls")
			return
		}
	}
}

var errReceptionBroken = errors.New("the disk is full")

// A receptionBroken fails once, at one of its calls.
type receptionBroken struct {
	consent.ReceptionStore
	left int
}

func (b *receptionBroken) fails() error {
	if b.left--; b.left == 0 {
		return errReceptionBroken
	}
	return nil
}

func (b *receptionBroken) Policy(ctx context.Context) (consent.Policy, error) {
	if err := b.fails(); err != nil {
		return consent.Policy{}, err
	}
	return b.ReceptionStore.Policy(ctx)
}

func (b *receptionBroken) Reserve(ctx context.Context, r consent.Reservation, now time.Time) (consent.Reservation, bool, error) {
	if err := b.fails(); err != nil {
		return r, false, err
	}
	return b.ReceptionStore.Reserve(ctx, r, now)
}

func (b *receptionBroken) ReleaseName(ctx context.Context, name, by string) error {
	if err := b.fails(); err != nil {
		return err
	}
	return b.ReceptionStore.ReleaseName(ctx, name, by)
}

func (b *receptionBroken) Record(ctx context.Context, d consent.Decision) error {
	if err := b.fails(); err != nil {
		return err
	}
	return b.ReceptionStore.Record(ctx, d)
}

func (b *receptionBroken) PutArrival(ctx context.Context, a consent.Arrival, r consent.Ration) (consent.Arrival, error) {
	if err := b.fails(); err != nil {
		return a, err
	}
	return b.ReceptionStore.PutArrival(ctx, a, r)
}
