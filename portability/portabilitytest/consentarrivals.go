package portabilitytest

import (
	"context"
	"fmt"
	"iter"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/portability/consent"
	"codeberg.org/godwit/godwit/vocab"
)

func consentArrival(id string, old vocab.IRI, s consent.ArrivalState) consent.Arrival {
	return consent.Arrival{ID: id, Old: old, Name: "alice", State: s, Asked: consentNoon, Updated: consentNoon}
}

var arrivalSituations = []consentSituation[consent.Arrivals]{
	{"an arrival comes back as it was", func(t *testing.T, store consent.Arrivals) {
		whole := consentArrival("a1", consentAlice, consent.ArrivalApproved)
		whole.Asker = "somebody"
		whole.New, whole.Standing = "https://new.example/users/alice", portability.Proved
		whole.Profile = actor.Profile{ID: consentAlice, Name: "Älice", Fields: []actor.Field{{Name: "a", Value: "<b>"}}, Aliases: []string{"acct:a@b"}}
		whole.Evidence = consent.Evidence{By: consent.ByAlias, At: consentNoon, Key: "sha256:00"}
		whole.Size = consent.Size{Known: true, Items: 1 << 40, Bytes: 3, Largest: 2}
		whole.Decision = consentDecision("d", consentAlice)
		whole.Quarantined, whole.Told, whole.Admitted = true, consent.ArrivalAsked, consentNoon.Add(time.Microsecond)
		for _, a := range []consent.Arrival{whole, {ID: "a2"}} {
			stored, err := store.PutArrival(t.Context(), a, consent.Ration{})
			require.NoError(t, err)
			a.Version = 1
			assert.Equal(t, a, stored)
			found, err := store.Arrival(t.Context(), a.ID)
			require.NoError(t, err)
			assert.Equal(t, a, found)
		}
		_, err := store.Arrival(t.Context(), "none")
		require.ErrorIs(t, err, consent.ErrNoArrival)
	}},
	{"nobody overwrites what was changed since", func(t *testing.T, store consent.Arrivals) {
		first, err := store.PutArrival(t.Context(), consentArrival("a", consentAlice, consent.ArrivalAsked), consent.Ration{})
		require.NoError(t, err)
		_, err = store.PutArrival(t.Context(), consentArrival("a", consentBob, consent.ArrivalAsked), consent.Ration{})
		require.ErrorIs(t, err, portability.ErrOverwritten)
		_, err = store.PutArrival(t.Context(), first, consent.Ration{})
		require.NoError(t, err)
		_, err = store.PutArrival(t.Context(), first, consent.Ration{})
		require.ErrorIs(t, err, portability.ErrOverwritten)
	}},
	{"one of those that are under way for the same asker", func(t *testing.T, store consent.Arrivals) {
		first := consentArrival("a1", consentAlice, consent.ArrivalAsked)
		first.Asker = "somebody"
		first, err := store.PutArrival(t.Context(), first, consent.Ration{})
		require.NoError(t, err)
		second := consentArrival("a2", consentAlice, consent.ArrivalWaiting)
		second.Asker = "somebody"
		_, err = store.PutArrival(t.Context(), second, consent.Ration{})
		require.ErrorIs(t, err, consent.ErrRunning)
		_, err = store.Arrival(t.Context(), "a2")
		require.ErrorIs(t, err, consent.ErrNoArrival)
		first.State = consent.ArrivalApproved
		first, err = store.PutArrival(t.Context(), first, consent.Ration{})
		require.NoError(t, err, "it goes on itself")
		_, err = store.PutArrival(t.Context(), second, consent.Ration{})
		require.ErrorIs(t, err, consent.ErrRunning, "and still is the one")
		first.State = consent.ArrivalWithdrawn
		_, err = store.PutArrival(t.Context(), first, consent.Ration{})
		require.NoError(t, err)
		_, err = store.PutArrival(t.Context(), second, consent.Ration{})
		require.NoError(t, err, "when it has ended, there may be another")
		for _, id := range []string{"b1", "b2"} {
			_, err = store.PutArrival(t.Context(), consentArrival(id, consentAlice, consent.ArrivalAsked), consent.Ration{})
			require.NoError(t, err, "those of whom nobody knows who has asked")
		}
	}},
	{"one of those that the same asker begins at once", func(t *testing.T, store consent.Arrivals) {
		var stored atomic.Int32
		var busy sync.WaitGroup
		for i := range 12 {
			a := consentArrival(fmt.Sprintf("a%02d", i), consentAlice, consent.ArrivalAsked)
			a.Asker = "somebody"
			busy.Go(func() {
				switch _, err := store.PutArrival(t.Context(), a, consent.Ration{}); err {
				case nil:
					stored.Add(1)
				default:
					assert.ErrorIs(t, err, consent.ErrRunning)
				}
			})
		}
		busy.Wait()
		assert.EqualValues(t, 1, stored.Load())
	}},
	{"chosen by account, state, time and what was told", func(t *testing.T, store consent.Arrivals) {
		for i, a := range []consent.Arrival{
			consentArrival("a0", consentAlice, consent.ArrivalRefused), consentArrival("a1", consentAlice, consent.ArrivalWaiting),
			consentArrival("a2", consentBob, consent.ArrivalWaiting), consentArrival("a3", consentBob, consent.ArrivalComplete),
		} {
			if i%2 == 1 {
				a.Told, a.Admitted = a.State, consentNoon.Add(time.Duration(i)*time.Hour)
			}
			_, err := store.PutArrival(t.Context(), a, consent.Ration{})
			require.NoError(t, err)
		}
		for name, c := range map[string]struct {
			filter consent.ArrivalFilter
			after  string
			want   []string
		}{
			"all":          {want: []string{"a0", "a1", "a2", "a3"}},
			"all behind":   {after: "a1", want: []string{"a2", "a3"}},
			"of Alice":     {filter: consent.ArrivalFilter{Old: consentAlice}, want: []string{"a0", "a1"}},
			"waiting":      {filter: consent.ArrivalFilter{State: consent.ArrivalWaiting}, want: []string{"a1", "a2"}},
			"not told":     {filter: consent.ArrivalFilter{Untold: true}, want: []string{"a0", "a2"}},
			"since":        {filter: consent.ArrivalFilter{Since: consentNoon.Add(3 * time.Hour)}, want: []string{"a3"}},
			"both waiting": {filter: consent.ArrivalFilter{Old: consentBob, State: consent.ArrivalWaiting}, want: []string{"a2"}},
			"none":         {filter: consent.ArrivalFilter{Old: "https://else.example/"}},
		} {
			var ids []string
			for _, a := range collected(t, store.Arrivals(t.Context(), c.filter, c.after)) {
				ids = append(ids, a.ID)
			}
			assert.Equal(t, c.want, ids, name)
		}
		failsWithContext(t, func(ctx context.Context) iter.Seq2[consent.Arrival, error] {
			return store.Arrivals(ctx, consent.ArrivalFilter{}, "")
		})
	}},
	{"no more are admitted than may, however many come at once", func(t *testing.T, store consent.Arrivals) {
		ration := consent.Ration{Accounts: 3, Since: consentNoon}
		var admitted atomic.Int32
		var busy sync.WaitGroup
		for i := range 12 {
			busy.Go(func() {
				a := consentArrival(fmt.Sprintf("a%02d", i), consentAlice, consent.ArrivalAsked)
				a, err := store.PutArrival(t.Context(), a, consent.Ration{})
				if !assert.NoError(t, err) {
					return
				}
				a.State, a.Admitted = consent.ArrivalApproved, consentNoon.Add(time.Duration(i)*time.Second)
				switch _, err := store.PutArrival(t.Context(), a, ration); err {
				case nil:
					admitted.Add(1)
				default:
					assert.ErrorIs(t, err, consent.ErrFull)
				}
			})
		}
		busy.Wait()
		assert.Equal(t, int32(3), admitted.Load())
		found := collected(t, store.Arrivals(t.Context(), consent.ArrivalFilter{State: consent.ArrivalApproved}, ""))
		require.Len(t, found, 3)
		_, err := store.PutArrival(t.Context(), found[0], ration)
		require.NoError(t, err, "who is in goes on")
		late := consentArrival("b", consentBob, consent.ArrivalApproved)
		late.Admitted = consentNoon.Add(25 * time.Hour)
		_, err = store.PutArrival(t.Context(), late, consent.Ration{Accounts: 3, Since: consentNoon.Add(time.Hour)})
		require.NoError(t, err, "those who came before count no more")
	}},
}
