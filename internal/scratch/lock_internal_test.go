//go:build unix

package scratch

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// A lock on a file that another writer has removed with its folder, between opening
// and locking, is none.
func TestLockOnAFileThatIsGone(t *testing.T) {
	name := filepath.Join(t.TempDir(), "lock")
	held, err := os.Create(name)
	require.NoError(t, err)
	defer held.Close()
	require.NoError(t, stillThere(held))
	require.NoError(t, os.Remove(name))
	require.ErrorIs(t, stillThere(held), ErrInUse, "it is gone")
	require.NoError(t, os.WriteFile(name, nil, 0o600))
	require.ErrorIs(t, stillThere(held), ErrInUse, "another stands there")
}
