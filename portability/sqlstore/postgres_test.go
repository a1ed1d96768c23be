package sqlstore_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/internal/pgtest"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/portability/portabilitytest"
	"codeberg.org/godwit/godwit/portability/sqlstore"
)

func TestStoreOnPostgreSQL(t *testing.T) {
	pgtest.URL(t) // so that without a server all of it is skipped at once
	portabilitytest.TestStore(t, func(t *testing.T) portability.Store {
		return openOver(t, pgtest.Open(t))
	})
}

func TestDurableStoreOnPostgreSQL(t *testing.T) {
	pgtest.URL(t)
	addresses := map[string]string{} // by the folder that the suite knows it by
	portabilitytest.TestDurableStore(t, func(t *testing.T, dir string) (portability.Store, func() error) {
		if addresses[dir] == "" {
			addresses[dir] = pgtest.URL(t)
		}
		db := pgtest.OpenURL(t, addresses[dir])
		store, err := sqlstore.Open(t.Context(), db, nil)
		require.NoError(t, err)
		return store, func() error {
			assert.NoError(t, store.Close())
			return db.Close()
		}
	})
}
