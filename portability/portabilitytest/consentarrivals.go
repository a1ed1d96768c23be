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
	"codeberg.org/godwit/godwit/vocab"
)

func consentArrival(id string, old vocab.IRI, s portability.ArrivalState) portability.Arrival {
	return portability.Arrival{ID: id, Old: old, Name: "alice", State: s, Asked: consentNoon, Updated: consentNoon}
}

var arrivalSituations = []consentSituation[portability.Arrivals]{
	{"an arrival comes back as it was", func(t *testing.T, store portability.Arrivals) {
		whole := consentArrival("a1", consentAlice, portability.ArrivalApproved)
		whole.New, whole.Standing = "https://new.example/users/alice", portability.Proved
		whole.Profile = actor.Profile{ID: consentAlice, Name: "Älice", Fields: []actor.Field{{Name: "a", Value: "<b>"}}, Aliases: []string{"acct:a@b"}}
		whole.Evidence = portability.Evidence{By: portability.ByAlias, At: consentNoon, Key: "sha256:00"}
		whole.Size = portability.Size{Known: true, Items: 1 << 40, Bytes: 3, Largest: 2}
		whole.Decision = consentDecision("d", consentAlice)
		whole.Quarantined, whole.Told, whole.Admitted = true, portability.ArrivalAsked, consentNoon.Add(time.Microsecond)
		for _, a := range []portability.Arrival{whole, {ID: "a2"}} {
			stored, err := store.PutArrival(t.Context(), a, portability.Ration{})
			require.NoError(t, err)
			a.Version = 1
			assert.Equal(t, a, stored)
			found, err := store.Arrival(t.Context(), a.ID)
			require.NoError(t, err)
			assert.Equal(t, a, found)
		}
		_, err := store.Arrival(t.Context(), "none")
		require.ErrorIs(t, err, portability.ErrNoArrival)
	}},
	{"nobody overwrites what was changed since", func(t *testing.T, store portability.Arrivals) {
		first, err := store.PutArrival(t.Context(), consentArrival("a", consentAlice, portability.ArrivalAsked), portability.Ration{})
		require.NoError(t, err)
		_, err = store.PutArrival(t.Context(), consentArrival("a", consentBob, portability.ArrivalAsked), portability.Ration{})
		require.ErrorIs(t, err, portability.ErrOverwritten)
		_, err = store.PutArrival(t.Context(), first, portability.Ration{})
		require.NoError(t, err)
		_, err = store.PutArrival(t.Context(), first, portability.Ration{})
		require.ErrorIs(t, err, portability.ErrOverwritten)
	}},
	{"chosen by account, state, time and what was told", func(t *testing.T, store portability.Arrivals) {
		for i, a := range []portability.Arrival{
			consentArrival("a0", consentAlice, portability.ArrivalRefused), consentArrival("a1", consentAlice, portability.ArrivalWaiting),
			consentArrival("a2", consentBob, portability.ArrivalWaiting), consentArrival("a3", consentBob, portability.ArrivalComplete),
		} {
			if i%2 == 1 {
				a.Told, a.Admitted = a.State, consentNoon.Add(time.Duration(i)*time.Hour)
			}
			_, err := store.PutArrival(t.Context(), a, portability.Ration{})
			require.NoError(t, err)
		}
		for name, c := range map[string]struct {
			filter portability.ArrivalFilter
			after  string
			want   []string
		}{
			"all":          {want: []string{"a0", "a1", "a2", "a3"}},
			"all behind":   {after: "a1", want: []string{"a2", "a3"}},
			"of Alice":     {filter: portability.ArrivalFilter{Old: consentAlice}, want: []string{"a0", "a1"}},
			"waiting":      {filter: portability.ArrivalFilter{State: portability.ArrivalWaiting}, want: []string{"a1", "a2"}},
			"not told":     {filter: portability.ArrivalFilter{Untold: true}, want: []string{"a0", "a2"}},
			"since":        {filter: portability.ArrivalFilter{Since: consentNoon.Add(3 * time.Hour)}, want: []string{"a3"}},
			"both waiting": {filter: portability.ArrivalFilter{Old: consentBob, State: portability.ArrivalWaiting}, want: []string{"a2"}},
			"none":         {filter: portability.ArrivalFilter{Old: "https://else.example/"}},
		} {
			var ids []string
			for _, a := range collected(t, store.Arrivals(t.Context(), c.filter, c.after)) {
				ids = append(ids, a.ID)
			}
			assert.Equal(t, c.want, ids, name)
		}
		failsWithContext(t, func(ctx context.Context) iter.Seq2[portability.Arrival, error] {
			return store.Arrivals(ctx, portability.ArrivalFilter{}, "")
		})
	}},
	{"no more are admitted than may, however many come at once", func(t *testing.T, store portability.Arrivals) {
		ration := portability.Ration{Accounts: 3, Since: consentNoon}
		var admitted atomic.Int32
		var busy sync.WaitGroup
		for i := range 12 {
			busy.Go(func() {
				a := consentArrival(fmt.Sprintf("a%02d", i), consentAlice, portability.ArrivalAsked)
				a, err := store.PutArrival(t.Context(), a, portability.Ration{})
				if !assert.NoError(t, err) {
					return
				}
				a.State, a.Admitted = portability.ArrivalApproved, consentNoon.Add(time.Duration(i)*time.Second)
				switch _, err := store.PutArrival(t.Context(), a, ration); err {
				case nil:
					admitted.Add(1)
				default:
					assert.ErrorIs(t, err, portability.ErrFull)
				}
			})
		}
		busy.Wait()
		assert.Equal(t, int32(3), admitted.Load())
		found := collected(t, store.Arrivals(t.Context(), portability.ArrivalFilter{State: portability.ArrivalApproved}, ""))
		require.Len(t, found, 3)
		_, err := store.PutArrival(t.Context(), found[0], ration)
		require.NoError(t, err, "who is in goes on")
		late := consentArrival("b", consentBob, portability.ArrivalApproved)
		late.Admitted = consentNoon.Add(25 * time.Hour)
		_, err = store.PutArrival(t.Context(), late, portability.Ration{Accounts: 3, Since: consentNoon.Add(time.Hour)})
		require.NoError(t, err, "those who came before count no more")
	}},
}
