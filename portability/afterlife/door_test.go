package afterlife_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/portability/afterlife"
)

// Somebody else made the door file, and its checksums are right.
func TestForgedDoorFile(t *testing.T) {
	secret := filepath.Join(t.TempDir(), "secret")
	require.NoError(t, os.WriteFile(secret, []byte("LOCAL FILE"), 0o600))
	for name, digest := range map[string]string{"short": "a", "climbs": "../../../../../../../../../.." + secret} {
		t.Run(name, func(t *testing.T) {
			path := doorPath(t)
			built(t, path, nil, account(aShelf(t)))
			require.NoError(t, afterlife.Forge(t.Context(), path, "https://old.example/system/one.png", digest))
			forged, err := afterlife.Open(path)
			require.NoError(t, err)
			defer forged.Close()
			assert.NotPanics(t, func() {
				a := ask(t, afterlife.Handler(forged, nil, nil), whole("/system/one.png"), "")
				assert.Equal(t, 500, a.status)
				assert.NotContains(t, string(a.body), "LOCAL FILE")
			})
			assert.NotPanics(t, func() { require.ErrorIs(t, forged.Verify(t.Context()), afterlife.ErrDamaged) })
			assert.NotPanics(t, func() {
				_, err := afterlife.WriteStatic(t.Context(), forged, filepath.Join(t.TempDir(), "s"), nil)
				require.ErrorIs(t, err, afterlife.ErrDamaged)
			})
		})
	}
}
