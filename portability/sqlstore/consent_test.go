package sqlstore_test

import (
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/internal/pgtest"
	"codeberg.org/godwit/godwit/portability/consent"
	"codeberg.org/godwit/godwit/portability/portabilitytest"
	"codeberg.org/godwit/godwit/portability/sqlstore"
	"codeberg.org/godwit/godwit/vocab"
)

func testConsent(t *testing.T, open func(t *testing.T) *sqlstore.Store) {
	portabilitytest.TestGrants(t, func(t *testing.T) consent.Grants { return open(t) })
	portabilitytest.TestPolicies(t, func(t *testing.T) consent.Policies { return open(t) })
	portabilitytest.TestReservations(t, func(t *testing.T) consent.Reservations { return open(t) })
	portabilitytest.TestDecisions(t, func(t *testing.T) consent.Decisions { return open(t) })
	portabilitytest.TestArrivals(t, func(t *testing.T) consent.Arrivals { return open(t) })
}

func TestConsent(t *testing.T) {
	for name, connections := range map[string]int{"one connection": 1, "several connections": 8} {
		t.Run(name, func(t *testing.T) {
			testConsent(t, func(t *testing.T) *sqlstore.Store {
				store, _ := openStore(t, connections, hasty)
				return store
			})
		})
	}
}

func TestConsentOnPostgreSQL(t *testing.T) {
	pgtest.URL(t) // so that without a server all of it is skipped at once
	testConsent(t, func(t *testing.T) *sqlstore.Store { return openOver(t, pgtest.Open(t)) })
}

// Several processes share what one has promised: each name is one person's, and no more
// come than may.
func testConsentShared(t *testing.T, open func(t *testing.T) *sqlstore.Store) {
	noon := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	var names, came atomic.Int32
	var busy sync.WaitGroup
	var stores []*sqlstore.Store
	for range 4 {
		stores = append(stores, open(t))
	}
	for process, store := range stores {
		for i := range 5 {
			who := fmt.Sprintf("%d-%d", process, i)
			busy.Go(func() {
				_, ok, err := store.Reserve(t.Context(), consent.Reservation{Name: "alice", By: who, Until: noon.Add(time.Hour)}, noon)
				assert.NoError(t, err)
				if ok {
					names.Add(1)
				}
				a := consent.Arrival{ID: who, Old: "https://old.example/a", State: consent.ArrivalApproved, Admitted: noon}
				_, err = store.PutArrival(t.Context(), a, consent.Ration{Accounts: 3, Since: noon})
				if err == nil {
					came.Add(1)
				} else {
					assert.ErrorIs(t, err, consent.ErrFull)
				}
				assert.NoError(t, store.Record(t.Context(), consent.Decision{ID: "same", Person: "https://old.example/a"}))
			})
		}
	}
	busy.Wait()
	assert.Equal(t, int32(1), names.Load())
	assert.Equal(t, int32(3), came.Load())
	recorded := 0
	for _, err := range open(t).Decisions(t.Context(), "https://old.example/a", 0) {
		require.NoError(t, err)
		recorded++
	}
	assert.Equal(t, 1, recorded)
}

func TestConsentIsSharedByProcesses(t *testing.T) {
	path := filepath.Join(t.TempDir(), "copies.db")
	testConsentShared(t, func(t *testing.T) *sqlstore.Store {
		db := openDB(t, path, hasty)
		t.Cleanup(func() { assert.NoError(t, db.Close()) })
		return openOver(t, db)
	})
}

func TestConsentIsSharedByProcessesOnPostgreSQL(t *testing.T) {
	for range 5 {
		address := pgtest.URL(t)
		testConsentShared(t, func(t *testing.T) *sqlstore.Store { return openOver(t, pgtest.OpenURL(t, address)) })
	}
}

func TestConsentOutlivesTheProcess(t *testing.T) {
	path := filepath.Join(t.TempDir(), "copies.db")
	noon := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	odd := vocab.IRI("https://old.example/\x00" + string(make([]byte, 3000)))
	for round := range 2 {
		db := openDB(t, path, pragmas)
		store, err := sqlstore.Open(t.Context(), db, nil)
		require.NoError(t, err)
		if round == 0 {
			_, err := store.PutGrant(t.Context(), consent.Grant{ID: "g", Owner: odd, For: consent.To("https://new.example/a"), Opened: noon})
			require.NoError(t, err)
			_, err = store.SetPolicy(t.Context(), consent.Policy{Who: consent.Anyone})
			require.NoError(t, err)
			_, _, err = store.Reserve(t.Context(), consent.Reservation{Name: "alice", By: "one", Until: noon.Add(time.Hour)}, noon)
			require.NoError(t, err)
			require.NoError(t, store.Record(t.Context(), consent.Decision{ID: "d", Person: odd}))
			_, err = store.PutArrival(t.Context(), consent.Arrival{ID: "a", Old: odd, State: consent.ArrivalWaiting}, consent.Ration{})
			require.NoError(t, err)
		} else {
			outlived(t, store, odd, noon)
		}
		require.NoError(t, store.Close())
		require.NoError(t, db.Close())
	}
}

func outlived(t *testing.T, store *sqlstore.Store, odd vocab.IRI, noon time.Time) {
	grants := 0
	for g, err := range store.Grants(t.Context(), odd) {
		require.NoError(t, err)
		assert.Equal(t, odd, g.Owner)
		grants++
	}
	assert.Equal(t, 1, grants)
	p, err := store.Policy(t.Context())
	require.NoError(t, err)
	assert.Equal(t, consent.Anyone, p.Who)
	held, ok, err := store.Reserve(t.Context(), consent.Reservation{Name: "alice", By: "two", Until: noon.Add(time.Hour)}, noon)
	require.NoError(t, err)
	assert.False(t, ok)
	assert.Equal(t, "one", held.By)
	decisions := 0
	for _, err := range store.Decisions(t.Context(), odd, 0) {
		require.NoError(t, err)
		decisions++
	}
	assert.Equal(t, 1, decisions)
	a, err := store.Arrival(t.Context(), "a")
	require.NoError(t, err)
	assert.Equal(t, consent.ArrivalWaiting, a.State)
}
