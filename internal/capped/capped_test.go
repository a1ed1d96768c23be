package capped_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/internal/capped"
)

// inChild tells the children of TestCap from a plain run of the tests.
const inChild = "GODWIT_CAPPED_MEBIBYTES"

// TestTake takes memory, and uses every page of it.
func TestTake(t *testing.T) {
	for name, mebibytes := range map[string]int{"little": 16, "much": 200} {
		t.Run(name, func(t *testing.T) {
			if os.Getenv(inChild) == "" {
				t.Skip("this runs as a child of TestCap")
			}
			taken := make([]byte, mebibytes<<20)
			for i := 0; i < len(taken); i += 4096 {
				taken[i] = 1
			}
			assert.Equal(t, byte(1), taken[len(taken)-4096])
		})
	}
}

func TestCap(t *testing.T) {
	t.Setenv(inChild, "1")
	capped.Run(t, "TestTake", []string{"little"})

	out, err := capped.Child(t.Context(), "TestTake", "much")
	require.Error(t, err, "200 MiB are refused")
	died := []string{"out of memory", "cannot allocate", "SIGSEGV"} // the last where the collector itself gets none
	assert.True(t, slices.ContainsFunc(died, func(word string) bool { return strings.Contains(out, word) }), "for that reason: %.500s", out)

	_, err = capped.Child(t.Context(), "TestTake", "nothing")
	assert.Error(t, err, "a case that is not there is no success")
}
