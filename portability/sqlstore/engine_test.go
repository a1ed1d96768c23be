package sqlstore_test

import (
	"testing"

	"codeberg.org/godwit/godwit/internal/pgtest"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/portability/portabilitytest"
)

func TestEngine(t *testing.T) {
	portabilitytest.TestEngine(t, func(t *testing.T) portability.Store {
		store, _ := openStore(t, 4, hasty)
		return store
	})
}

func TestEngineOnPostgreSQL(t *testing.T) {
	pgtest.URL(t)
	portabilitytest.TestEngine(t, func(t *testing.T) portability.Store {
		return openOver(t, pgtest.Open(t))
	})
}
