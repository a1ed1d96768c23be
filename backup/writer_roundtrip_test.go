package backup_test

import (
	"bytes"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/backup"
	"codeberg.org/godwit/godwit/portability"
)

func TestArchiveOfAnArchive(t *testing.T) {
	o := &backup.WriteOptions{Created: aDay, Key: aliceKey()}
	first := copied(t, smallAccount(t), o)
	r, err := backup.OpenAt(t.Context(), bytes.NewReader(first), int64(len(first)), nil)
	require.NoError(t, err)
	second := copied(t, r, o)
	require.NoError(t, r.Close())
	a, b := unpack(t, first), unpack(t, second)
	for _, name := range a.names {
		switch name {
		case "godwit/report.json", "godwit/integrity.jsonl", "godwit/proof.json": // no inbox was there to be left out
			assert.NotEmpty(t, b.body[name], name)
		default:
			assert.Equal(t, a.body[name], b.body[name], name)
		}
	}
	r, err = backup.OpenAt(t.Context(), bytes.NewReader(second), int64(len(second)), nil)
	require.NoError(t, err)
	third := copied(t, r, o)
	require.NoError(t, r.Close())
	assertSame(t, second, third, "an archive that is read and written again")
}

func TestIncrementOnAnArchive(t *testing.T) {
	path := filepath.Join(t.TempDir(), "alice.tar")
	w, err := backup.Create(path, &backup.WriteOptions{Created: aDay})
	require.NoError(t, err)
	_, err = portability.Copy(t.Context(), smallAccount(t), w, nil)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	r, err := backup.Open(t.Context(), path, nil)
	require.NoError(t, err)
	list := unpack(t, readFile(t, path)).body["godwit/integrity.jsonl"]
	u := unpack(t, copied(t, smallAccount(t), &backup.WriteOptions{Created: aDay, Base: &backup.Base{Integrity: sha(list), Items: r}}))
	require.NoError(t, r.Close())
	assert.Zero(t, countOf(t, u, "activitypub/outbox.json"))
	assert.Empty(t, u.body["godwit/removed.jsonl"])
	assert.NotContains(t, u.body["godwit/integrity.jsonl"], "attachments/")
}
