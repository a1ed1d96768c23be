package consent_test

import (
	"testing"

	"codeberg.org/godwit/godwit/portability/consent"
	"codeberg.org/godwit/godwit/portability/portabilitytest"
)

func TestMemory(t *testing.T) {
	portabilitytest.TestGrants(t, func(*testing.T) consent.Grants { return consent.NewMemory() })
	portabilitytest.TestPolicies(t, func(*testing.T) consent.Policies { return consent.NewMemory() })
	portabilitytest.TestReservations(t, func(*testing.T) consent.Reservations { return consent.NewMemory() })
	portabilitytest.TestDecisions(t, func(*testing.T) consent.Decisions { return consent.NewMemory() })
	portabilitytest.TestArrivals(t, func(*testing.T) consent.Arrivals { return consent.NewMemory() })
}
