package sqlstore_test

import (
	"context"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/internal/pgtest"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/portability/consent"
	"codeberg.org/godwit/godwit/portability/sqlstore"
	"codeberg.org/godwit/godwit/vocab"
)

// One person who asks several processes at once comes once, and is told once of what is
// refused; strangers who name the same account neither join nor stop them.
func testReceptionShared(t *testing.T, open func(t *testing.T) *sqlstore.Store) {
	var desks []*consent.Reception
	var told atomic.Int32
	for range 4 {
		desks = append(desks, consent.NewReception(open(t), &consent.ReceptionOptions{
			Notify: func(context.Context, consent.Notice) error { told.Add(1); return nil },
			Now:    func() time.Time { return time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC) },
		}))
	}
	store := open(t)
	policy, err := store.SetPolicy(t.Context(), consent.Policy{Who: consent.Anyone})
	require.NoError(t, err)
	doc, err := vocab.Parse([]byte(`{"id":"https://old.example/users/alice","type":"Person","preferredUsername":"alice"}`))
	require.NoError(t, err)

	asking := consent.Asking{Asker: "her session", Old: doc, Standing: portability.Proved, Size: consent.Size{Known: true}}
	var ids sync.Map
	var busy sync.WaitGroup
	for i := range 16 {
		busy.Go(func() {
			reply, err := desks[i%4].Ask(t.Context(), asking)
			if assert.NoError(t, err) && assert.NotEmpty(t, reply.Arrival.ID, "%s", reply.Decision.Ground) {
				ids.Store(reply.Arrival.ID, true)
			}
		})
	}
	busy.Wait()
	arrivals := 0
	ids.Range(func(any, any) bool { arrivals++; return true })
	assert.Equal(t, 1, arrivals, "one arrival for one person")

	policy.Who = consent.Nobody
	_, err = store.SetPolicy(t.Context(), policy)
	require.NoError(t, err)
	before := told.Load()
	for i := range 16 {
		stranger := consent.Asking{Asker: fmt.Sprint("session ", i), Old: doc, Standing: portability.Claimed}
		busy.Go(func() {
			reply, err := desks[i%4].Ask(t.Context(), stranger)
			assert.NoError(t, err)
			assert.Equal(t, consent.GroundClosed, reply.Decision.Ground)
		})
	}
	busy.Wait()
	assert.EqualValues(t, 1, told.Load()-before, "refusals that people are told of")
}

func TestReceptionIsSharedByProcesses(t *testing.T) {
	path := filepath.Join(t.TempDir(), "copies.db")
	testReceptionShared(t, func(t *testing.T) *sqlstore.Store {
		db := openDB(t, path, hasty)
		t.Cleanup(func() { assert.NoError(t, db.Close()) })
		return openOver(t, db)
	})
}

func TestReceptionIsSharedByProcessesOnPostgreSQL(t *testing.T) {
	address := pgtest.URL(t)
	testReceptionShared(t, func(t *testing.T) *sqlstore.Store { return openOver(t, pgtest.OpenURL(t, address)) })
}
