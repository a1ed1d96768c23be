package portability_test

import (
	"testing"

	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/portability/portabilitytest"
)

func TestMemoryStore(t *testing.T) {
	portabilitytest.TestStore(t, func(*testing.T) portability.Store { return portability.NewMemoryStore() })
}
