package portability_test

import (
	"testing"

	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/portability/portabilitytest"
)

func TestMemoryConsent(t *testing.T) {
	portabilitytest.TestGrants(t, func(*testing.T) portability.Grants { return portability.NewMemoryConsent() })
	portabilitytest.TestPolicies(t, func(*testing.T) portability.Policies { return portability.NewMemoryConsent() })
	portabilitytest.TestReservations(t, func(*testing.T) portability.Reservations { return portability.NewMemoryConsent() })
	portabilitytest.TestDecisions(t, func(*testing.T) portability.Decisions { return portability.NewMemoryConsent() })
	portabilitytest.TestArrivals(t, func(*testing.T) portability.Arrivals { return portability.NewMemoryConsent() })
}
