package backup_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"testing"

	"filippo.io/age"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/backup"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

func openBytes(t *testing.T, data []byte) (*backup.Reader, error) {
	r, err := backup.OpenAt(t.Context(), bytes.NewReader(data), int64(len(data)), nil)
	if err == nil {
		t.Cleanup(func() { require.NoError(t, r.Close()) })
	}
	return r, err
}

// What a writer seals, its owner opens, and nobody else.
func TestSealedThereAndBack(t *testing.T) {
	me := newIdentity(t)
	secret, err := backup.SecretOf(*aliceKey())
	require.NoError(t, err)
	data := copied(t, smallAccount(t), &backup.WriteOptions{
		Created: aDay, InboxRecipients: []age.Recipient{me.Recipient()},
		Secrets: &backup.Secrets{Keys: []*vocab.Object{secret}, Recipients: []age.Recipient{toPassphrase(t, theSecret)}},
	})
	r, err := openBytes(t, data)
	require.NoError(t, err)
	var names []string
	for e, err := range backup.Sealed(t.Context(), r) {
		require.NoError(t, err)
		names = append(names, e.Name)
		assert.Equal(t, e.Key, e.Passphrase, "the key has a passphrase, the inbox a key")
	}
	assert.ElementsMatch(t, []string{"received/inbox.json.age", "key/1.json.age"}, names)

	doc, err := r.Actor(t.Context())
	require.NoError(t, err)
	key, err := backup.UnlockKey(t.Context(), r, "key/1.json.age", doc, []age.Identity{withPassphrase(t, theSecret)}, nil)
	require.NoError(t, err)
	assert.True(t, key.Public().Equal(aliceKey().Public()))

	var inbox []portability.Item
	for item, err := range backup.UnlockInbox(t.Context(), r, []age.Identity{me}, nil) {
		require.NoError(t, err)
		inbox = append(inbox, item)
	}
	require.Len(t, inbox, 1)
	assert.Equal(t, "https://else.example/4", inbox[0].ID)
	assert.NotContains(t, string(data), inbox[0].Object.String(), "it does not stand there in clear")
}

func zipOfNames(t *testing.T, files map[string]string) []byte {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for name, body := range files {
		f, err := w.Create(name)
		require.NoError(t, err)
		_, err = f.Write([]byte(body))
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	return b.Bytes()
}

// Archives of X that people packed again have backslashes in their names; no other
// archive may.
func TestBackslashes(t *testing.T) {
	followers := `window.YTD.follower.part0 = [ { "follower" : { "accountId" : "1" } } ]`
	r, err := openBytes(t, zipOfNames(t, map[string]string{`twitter\data\follower.js`: followers, `twitter\data\other.js`: "x()"}))
	require.NoError(t, err)
	assert.Equal(t, "x", r.Format().Dialect)
	n, _, err := r.Count(t.Context(), portability.Followers)
	require.NoError(t, err)
	assert.EqualValues(t, 1, n)

	for name, files := range map[string]map[string]string{
		"of another software":        {`a\outbox.json`: `{"type":"OrderedCollection","orderedItems":[]}`},
		"of X, and out of it":        {`data\follower.js`: followers, `..\..\evil.js`: "x"},
		"of nothing that is known":   {`a\b`: "x"},
		"of X, with a drive's names": {`C:\data\follower.js`: followers},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := openBytes(t, zipOfNames(t, files))
			_, ok := errors.AsType[*backup.Refusal](err)
			assert.True(t, ok, "%v", err)
		})
	}
}
