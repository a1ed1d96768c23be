package portability_test

import (
	"testing"

	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/portability/portabilitytest"
)

func TestEngine(t *testing.T) {
	portabilitytest.TestEngine(t, func(*testing.T) portability.Store { return portability.NewMemoryStore() })
}
