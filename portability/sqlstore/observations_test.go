package sqlstore_test

import (
	"testing"

	"codeberg.org/godwit/godwit/internal/pgtest"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/portability/portabilitytest"
)

func TestObservations(t *testing.T) {
	portabilitytest.TestObservations(t, func(t *testing.T) portability.Observations {
		store, _ := openStore(t, 8, hasty)
		return store
	})
}

func TestObservationsOnPostgreSQL(t *testing.T) {
	pgtest.URL(t)
	portabilitytest.TestObservations(t, func(t *testing.T) portability.Observations { return openOver(t, pgtest.Open(t)) })
}
