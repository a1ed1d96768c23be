package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestAfterlifeClaimOfAForgottenAccount(t *testing.T) {
	archive, key := departing(t)
	door := filepath.Join(t.TempDir(), "door")
	followers := filepath.Join(t.TempDir(), "followers.json")
	w := &web{delivered: map[string][]string{}, documents: map[string]string{
		"https://new.example/users/alice": account("https://new.example/users/alice", `,"alsoKnownAs":["https://old.example/users/alice"]`),
		"https://one.example/users/f":     account("https://one.example/users/f", `,"endpoints":{"sharedInbox":"https://one.example/inbox"}`),
	}}
	require.NoError(t, os.WriteFile(followers, []byte(followersExport), 0o600))
	status, said := w.said(t, "", "afterlife", "build", archive, "-o", door)
	require.Equal(t, statusDone, status, said)
	secret := strings.Fields(strings.SplitN(said, "\n", 2)[0])[2]
	status, said = w.said(t, "", "afterlife", "forget", door, "https://old.example/users/alice")
	require.Equal(t, statusDone, status, said)
	status, said = w.said(t, secret+"\n", "afterlife", "claim", door, "https://old.example/users/alice", "https://new.example/users/alice",
		"-key", "https://old.example/users/alice="+key, "-followers", followers)
	assert.NotEqual(t, statusDone, status, said)
	assert.Empty(t, w.delivered, "nothing is sent for an account that is forgotten")
	status, said = w.said(t, "", "afterlife", "secret", door, "https://old.example/users/alice")
	assert.NotEqual(t, statusDone, status, said)
}
