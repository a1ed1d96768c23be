package backup_test

import (
	"io"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/backup"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/portability/portabilitytest"
)

func TestWriterIsASink(t *testing.T) {
	t.Run("to a file", func(t *testing.T) {
		portabilitytest.TestSink(t, func(t *testing.T) portability.Sink {
			w, err := backup.Create(filepath.Join(t.TempDir(), "alice.tar"), &backup.WriteOptions{Created: aDay})
			require.NoError(t, err)
			t.Cleanup(func() { assert.NoError(t, w.Discard()) })
			return w
		})
	})
	t.Run("to a stream", func(t *testing.T) {
		portabilitytest.TestSink(t, func(t *testing.T) portability.Sink {
			w, err := backup.NewWriter(io.Discard, &backup.WriteOptions{Created: aDay, Scratch: t.TempDir()})
			require.NoError(t, err)
			t.Cleanup(func() { assert.NoError(t, w.Close()) })
			return w
		})
	})
}
