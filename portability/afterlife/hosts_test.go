package afterlife_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/portability/afterlife"
	"codeberg.org/godwit/godwit/vocab"
)

// The same path means one thing at one host and another at the other.
func TestStaticRedirectsOfSeveralHosts(t *testing.T) {
	const others = "https://other.example/users/alice"
	ours := mapping("https://old.example/users/alice/statuses/1", "https://new.example/n/1", portability.ForPublic)
	theirs := mapping(others+"/statuses/1", "https://elsewhere.example/n/1", portability.ForPublic)
	theirs.From, theirs.To = others, "https://elsewhere.example/users/someone"
	door, _ := built(t, doorPath(t), &afterlife.Options{Maps: []afterlife.Map{index(t, ours, theirs)}},
		afterlife.Account{Source: newShelf(t, alice, "alice"), MovedTo: "https://new.example/users/alice"},
		afterlife.Account{Source: newShelf(t, others, "alice"), MovedTo: theirs.To})
	dir := filepath.Join(t.TempDir(), "site")
	_, err := afterlife.WriteStatic(t.Context(), door, dir, nil)
	require.NoError(t, err)
	assert.NoFileExists(t, filepath.Join(dir, "_redirects"), "which would lead one of them to the other's place")
	for host, places := range map[string][2]string{"old.example": {"https://new.example/n/1", "elsewhere"}, "other.example": {"https://elsewhere.example/n/1", "new.example"}} {
		data, err := os.ReadFile(filepath.Join(dir, "server", "_redirects-"+host))
		require.NoError(t, err)
		assert.Contains(t, string(data), "/users/alice/statuses/1 "+places[0]+" 301\n", host)
		assert.NotContains(t, string(data), places[1], host)
	}
}

func TestOutboxTellsNoNumberOnceSomethingIsForgotten(t *testing.T) {
	path := doorPath(t)
	door, _ := built(t, path, nil, account(aShelf(t)))
	forgotten := tombstones(t, afterlife.TombstonesPath(path))
	h := afterlife.Handler(door, forgotten, nil)
	assert.Contains(t, string(ask(t, h, string(alice)+"/outbox", forActivity).body), "totalItems")
	require.NoError(t, forgotten.Forget(door, vocab.IRI(status(1))))
	assert.NotContains(t, string(ask(t, h, string(alice)+"/outbox", forActivity).body), "totalItems")
	rebuilt, _ := built(t, path, &afterlife.Options{Tombstones: forgotten}, account(aShelf(t)))
	assert.NotContains(t, string(ask(t, afterlife.Handler(rebuilt, forgotten, nil), string(alice)+"/outbox", forActivity).body), "totalItems")
}
