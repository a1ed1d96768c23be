package portabilitytest

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/portability/consent"
)

// farTimes are too far away, one only for who asks what year it is in UTC.
var farTimes = []time.Time{
	time.Date(12000, 1, 1, 0, 0, 0, 0, time.UTC),
	time.Date(-1, 12, 31, 23, 59, 59, 0, time.UTC),
	time.Date(9999, 12, 31, 23, 0, 0, 0, time.FixedZone("west", -2*3600)),
	time.Date(1<<40, 1, 1, 0, 0, 0, 0, time.UTC),
}

// endsOfTime are just near enough.
var endsOfTime = []time.Time{
	time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(9999, 12, 31, 23, 59, 59, 999_999_000, time.UTC),
}

// refusesFarTimes puts records with each of these times, which some must keep, and others
// refuse.
func refusesFarTimes(t *testing.T, times int, put func(id string, which int, at time.Time) error) {
	t.Helper()
	for which := range times {
		for n, at := range farTimes {
			assert.ErrorIs(t, put(fmt.Sprint("far ", which, n), which, at), portability.ErrFarTime, "time %d: %s", which, at)
		}
		for n, at := range endsOfTime {
			assert.NoError(t, put(fmt.Sprint("near ", which, n), which, at), "time %d: %s", which, at)
		}
	}
}

const refusingFarTimes = "a time that is too far away is refused, the first and the last are kept"

var grantTimes = []consentSituation[consent.Grants]{{refusingFarTimes, func(t *testing.T, store consent.Grants) {
	refusesFarTimes(t, 6, func(id string, which int, at time.Time) error {
		g := consent.Grant{ID: id, Owner: consentAlice}
		*[]*time.Time{&g.Opened, &g.Expires, &g.Confirmed, &g.Used, &g.Revoked, &g.Seen}[which] = at
		stored, err := store.PutGrant(t.Context(), g)
		if err == nil {
			kept, err := store.Grant(t.Context(), id)
			require.NoError(t, err)
			assert.Equal(t, stored, kept)
		}
		return err
	})
	assert.Len(t, collected(t, store.Grants(t.Context(), consentAlice)), 12, "those that were refused are not there")
}}}

var reservationTimes = []consentSituation[consent.Reservations]{{refusingFarTimes, func(t *testing.T, store consent.Reservations) {
	refusesFarTimes(t, 1, func(id string, _ int, at time.Time) error {
		_, ok, err := store.Reserve(t.Context(), reserved(id, "one", at), endsOfTime[0].Add(-time.Second))
		assert.Equal(t, err == nil, ok)
		found, failed := store.Reserved(t.Context(), []string{id}, endsOfTime[0].Add(-time.Second))
		require.NoError(t, failed)
		assert.Equal(t, ok, len(found) == 1, "what is refused is free")
		return err
	})
}}}

var decisionTimes = []consentSituation[consent.Decisions]{{refusingFarTimes, func(t *testing.T, store consent.Decisions) {
	refusesFarTimes(t, 1, func(id string, _ int, at time.Time) error {
		return store.Record(t.Context(), consent.Decision{ID: id, Person: consentAlice, At: at})
	})
	found := collected(t, store.Decisions(t.Context(), consentAlice, 0))
	require.Len(t, found, 2, "those that were refused are not there")
	assert.Equal(t, endsOfTime, []time.Time{found[0].At, found[1].At})
}}}

var arrivalTimes = []consentSituation[consent.Arrivals]{{refusingFarTimes, func(t *testing.T, store consent.Arrivals) {
	refusesFarTimes(t, 5, func(id string, which int, at time.Time) error {
		a := consentArrival(id, consentAlice, consent.ArrivalComplete)
		*[]*time.Time{&a.Asked, &a.Admitted, &a.Updated, &a.Evidence.At, &a.Decision.At}[which] = at
		stored, err := store.PutArrival(t.Context(), a, consent.Ration{})
		if err == nil {
			kept, err := store.Arrival(t.Context(), id)
			require.NoError(t, err)
			assert.Equal(t, stored, kept)
		}
		return err
	})
	assert.Len(t, collected(t, store.Arrivals(t.Context(), consent.ArrivalFilter{}, "")), 10, "those that were refused are not there")
}}}
