package movetest_test

import (
	"testing"

	"codeberg.org/godwit/godwit/move"
	"codeberg.org/godwit/godwit/move/movetest"
)

func TestMemory(t *testing.T) {
	movetest.TestStore(t, func(*testing.T) move.Store { return move.NewMemory() })
}
