package main

import (
	"bytes"
	"database/sql"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/backup"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/portability/portabilitytest"
)

func alice(t *testing.T) account {
	db, err := sql.Open("sqlite", filepath.Join(t.TempDir(), "server"))
	require.NoError(t, err)
	t.Cleanup(func() { db.Close() })
	_, err = db.ExecContext(t.Context(), server)
	require.NoError(t, err)
	return account{db, "alice"}
}

func TestTablesAreASource(t *testing.T) {
	want := portabilitytest.Want{
		Items: map[portability.Kind]int{portability.Actor: 1, portability.Content: 365, portability.Following: 2},
		Files: 1,
	}
	portabilitytest.TestSource(t, func(t *testing.T) portability.Source { return alice(t) }, want)
}

func TestArchiveHasWhatTheTablesHave(t *testing.T) {
	out := filepath.Join(t.TempDir(), "alice.tar.zst")
	report, err := export(t.Context(), alice(t), out)
	require.NoError(t, err)
	assert.True(t, report.Whole())
	assert.EqualValues(t, 365, report.Count(portability.Content, portability.Copied))

	archive, err := backup.Open(t.Context(), out, nil)
	require.NoError(t, err)
	defer archive.Close()
	again := portability.NewMemory(nil)
	_, err = portability.Copy(t.Context(), alice(t), again, nil)
	require.NoError(t, err)
	back, err := portability.Copy(t.Context(), archive, again, &portability.CopyOptions{
		Kinds: []portability.Kind{portability.Actor, portability.Content, portability.Following},
	})
	require.NoError(t, err)
	assert.EqualValues(t, 368, back.Count(portability.Actor)+back.Count(portability.Content)+back.Count(portability.Following))
	for _, result := range back.Examples {
		assert.Equal(t, portability.Skipped, result.State, "%s is what the tables have", result.ID)
	}
}

func TestAnInterruptedExportGoesOn(t *testing.T) {
	whole := filepath.Join(t.TempDir(), "alice.tar.zst")
	_, err := export(t.Context(), alice(t), whole)
	require.NoError(t, err)

	out := filepath.Join(t.TempDir(), "alice.tar.zst")
	broken := alice(t)
	_, err = broken.db.ExecContext(t.Context(), `ALTER TABLE follows RENAME TO elsewhere`)
	require.NoError(t, err)
	_, err = export(t.Context(), broken, out)
	require.ErrorContains(t, err, "follows")
	assert.NoFileExists(t, out, "what is not whole does not stand under its name")
	_, err = export(t.Context(), alice(t), out)
	require.NoError(t, err)

	assert.True(t, bytes.Equal(read(t, whole), read(t, out)), "as if it had never stopped")
}

func TestTheExampleIsShort(t *testing.T) {
	assert.LessOrEqual(t, bytes.Count(read(t, "main.go"), []byte("\n")), 150)
}

func read(t *testing.T, name string) []byte {
	data, err := os.ReadFile(name)
	require.NoError(t, err)
	return data
}
