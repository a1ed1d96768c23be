package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/backup"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/portability/afterlife"
	"codeberg.org/godwit/godwit/portability/closing"
	"codeberg.org/godwit/godwit/vocab"
)

// The Moves of those who chose are signed with the keys that are there, and sent once
// the old account is seen to say that it moved.
func TestCloseSendsTheMoves(t *testing.T) {
	archive, key := departing(t)
	dir := t.TempDir()
	exports, out, choices := filepath.Join(dir, "exports"), filepath.Join(dir, "out"), filepath.Join(dir, "choices.csv")
	require.NoError(t, os.Mkdir(exports, 0o700))
	require.NoError(t, writeFollowed(t.Context(), archive, filepath.Join(exports, "alice.tar")))
	require.NoError(t, os.WriteFile(choices, []byte("@alice@old.example,https://new.example/users/alice\n"), 0o600))
	keys := filepath.Join(dir, "keys")
	require.NoError(t, os.Mkdir(keys, 0o700))
	text, err := os.ReadFile(key)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(keys, "alice.pem"), text, 0o600))
	w := &web{delivered: map[string][]string{}, documents: map[string]string{
		"https://old.example/users/alice": account("https://old.example/users/alice", `,"movedTo":"https://new.example/users/alice"`),
		"https://new.example/users/alice": account("https://new.example/users/alice", `,"alsoKnownAs":["https://old.example/users/alice"]`),
		"https://one.example/users/f":     account("https://one.example/users/f", `,"endpoints":{"sharedInbox":"https://one.example/inbox"}`),
		"https://one.example/users/g":     account("https://one.example/users/g", `,"endpoints":{"sharedInbox":"https://one.example/inbox"}`),
		"https://two.example/users/h":     account("https://two.example/users/h", ""),
	}}
	for run := range 2 {
		status, said := w.said(t, "", "close", exports, out, "-choices", choices, "-network", "-keys", keys)
		require.Equal(t, statusDone, status, "run %d: %s", run, said)
		assert.NotContains(t, said, "unsigned")
	}
	require.Len(t, w.delivered, 2)
	for inbox, all := range w.delivered {
		moves := 0
		for _, one := range all {
			moves += strings.Count(one, `"type":"Move"`)
		}
		assert.Equal(t, 1, moves, "%s is told once, however often the command is run", inbox)
	}
}

// writeFollowed writes an archive of an account that has followers.
func writeFollowed(ctx context.Context, export, to string) error {
	from := portability.NewMemory(nil)
	document, err := os.ReadFile(filepath.Join(export, "actor.json"))
	if err != nil {
		return err
	}
	texts := map[portability.Ref]string{{Kind: portability.Actor, ID: "https://old.example/users/alice"}: string(document)}
	for _, id := range []string{"https://one.example/users/f", "https://one.example/users/g", "https://two.example/users/h", "https://gone.example/users/i"} {
		texts[portability.Ref{Kind: portability.Followers, ID: id}] = fmt.Sprintf(`{"id":%q}`, id)
	}
	for ref, text := range texts {
		object, err := vocab.Parse([]byte(text))
		if err != nil {
			return err
		}
		if _, err := from.Put(ctx, []portability.Item{{Ref: ref, Object: object}}); err != nil {
			return err
		}
	}
	w, err := backup.Create(to, &backup.WriteOptions{Created: time.Date(2026, 5, 4, 3, 2, 1, 0, time.UTC)})
	if err != nil {
		return err
	}
	_, err = portability.Copy(ctx, from, w, nil)
	return errors.Join(err, w.Close())
}

// A Move for which there is no key, or no list of followers, is the old server's to
// send, and is never sent to nobody and called done.
func TestCloseNamesWhoseMoveTheOldServerMustSend(t *testing.T) {
	archive, key := departing(t)
	dir := t.TempDir()
	exports, out, choices := filepath.Join(dir, "exports"), filepath.Join(dir, "out"), filepath.Join(dir, "choices.csv")
	require.NoError(t, os.Mkdir(exports, 0o700))
	require.NoError(t, os.Rename(archive, filepath.Join(exports, "alice"))) // as a takeout, it has no followers
	require.NoError(t, writeSmallExport(filepath.Join(exports, "bob"), "bob"))
	require.NoError(t, os.WriteFile(choices, []byte("alice,https://new.example/users/alice\nbob,https://new.example/users/bob\n"), 0o600))
	require.NoError(t, os.Rename(key, filepath.Join(filepath.Dir(key), "alice.pem")))
	w := &web{delivered: map[string][]string{}, documents: map[string]string{
		"https://new.example/users/alice": account("https://new.example/users/alice", `,"alsoKnownAs":["https://old.example/users/alice"]`),
		"https://new.example/users/bob":   account("https://new.example/users/bob", `,"alsoKnownAs":["https://old.example/users/bob"]`),
	}}
	status, said := w.said(t, "", "close", exports, out, "-choices", choices, "-network", "-keys", filepath.Dir(key))
	require.Equal(t, statusFailed, status, said)
	assert.Contains(t, said, "unsigned   2, whose Move the old server must send")
	assert.Contains(t, said, errNoKey.Error())
	assert.Contains(t, said, errNoFollowers.Error())
	assert.Empty(t, w.delivered)
	unsigned, err := os.ReadFile(filepath.Join(out, "unsigned.csv"))
	require.NoError(t, err)
	assert.Equal(t, "https://old.example/users/alice,https://new.example/users/alice,alice\nhttps://old.example/users/bob,https://new.example/users/bob,bob\n", string(unsigned))
}

// TestCloseIsKilled kills the command at several moments, and runs it again to its end.
func TestCloseIsKilled(t *testing.T) {
	if testing.Short() {
		t.Skip("hundreds of archives take a while")
	}
	const people = 200
	dir := t.TempDir()
	exports, out, tell := filepath.Join(dir, "exports"), filepath.Join(dir, "out"), filepath.Join(dir, "tell")
	for n := range people {
		require.NoError(t, writeSmallExport(filepath.Join(exports, fmt.Sprintf("p%03d", n)), fmt.Sprintf("p%03d", n)))
	}
	require.NoError(t, os.WriteFile(tell, []byte("#!/bin/sh\ncat > \"$(mktemp '"+dir+"/letters/XXXXXXXX')\"\n"), 0o700))
	require.NoError(t, os.Mkdir(filepath.Join(dir, "letters"), 0o700))
	kills := 0
	for _, lines := range []int{20, 90, 170, 260, 350} {
		c := newChild(t, "close", exports, out, "-tell", tell)
		require.NoError(t, c.Start())
		ended := make(chan error, 1)
		go func() { ended <- c.Wait() }()
		require.Eventually(t, func() bool {
			data, err := os.ReadFile(filepath.Join(out, "job.jsonl"))
			return err == nil && strings.Count(string(data), "\n") > lines
		}, time.Minute, 2*time.Millisecond, "the job does not go on")
		select {
		case err := <-ended:
			require.Fail(t, "it ended before it was killed", "%v: %s", err, c.stderr.String())
		default:
		}
		require.NoError(t, c.Process.Kill())
		require.Error(t, <-ended)
		kills++
	}
	require.Equal(t, 5, kills)
	last := newChild(t, "close", exports, out, "-tell", tell)
	require.Equal(t, statusDone, last.status(t), last.stderr.String())
	assert.Contains(t, last.stdout.String(), fmt.Sprintf("done       %d of %d accounts\n", people, people))
	assertClosedWhole(t, out, people)
	ids := map[string]bool{}
	for _, name := range namesIn(t, filepath.Join(dir, "letters")) {
		data, err := os.ReadFile(filepath.Join(dir, "letters", name))
		require.NoError(t, err)
		var l closing.Letter
		if json.Unmarshal(data, &l) == nil { // what was cut off when it was killed is sent again
			ids[l.ID] = true
		}
	}
	assert.Len(t, ids, people, "a letter that was sent again has the id that it had")
}

// assertClosedWhole looks at what is left in the job's folder.
func assertClosedWhole(t *testing.T, out string, people int) {
	t.Helper()
	archives := namesIn(t, filepath.Join(out, "archives"))
	assert.Len(t, archives, people, "no work folder is left, and no archive is missing")
	for _, name := range archives {
		r, err := backup.Open(t.Context(), filepath.Join(out, "archives", name), nil)
		require.NoError(t, err, name)
		document, err := r.Actor(t.Context())
		require.NoError(t, err, name)
		assert.Equal(t, "https://old.example/users/"+strings.TrimSuffix(name, ".tar.zst"), string(document.ID()))
		require.NoError(t, r.Close())
	}
	f, err := os.Open(filepath.Join(out, "secrets.csv"))
	require.NoError(t, err)
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	require.NoError(t, err)
	owners := map[string]bool{}
	for _, row := range rows {
		owners[row[0]] = true
	}
	assert.Len(t, owners, people, "everybody has a claim secret")
}

// writeSmallExport writes an export with one post into a folder that it makes.
func writeSmallExport(folder, name string) error {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	for file, text := range map[string]string{"actor.json": departedActor, "outbox.json": departedOutbox} {
		text = strings.ReplaceAll(strings.ReplaceAll(text, "/alice", "/"+name), `"alice"`, `"`+name+`"`)
		text = strings.ReplaceAll(text, "@alice", "@"+name)
		if err := os.WriteFile(filepath.Join(folder, file), []byte(text), 0o600); err != nil {
			return err
		}
	}
	return nil
}

func TestCloseIsRefusedWhereTheDiskIsTooSmall(t *testing.T) {
	dir := t.TempDir()
	exports, out := filepath.Join(dir, "exports"), filepath.Join(dir, "out")
	require.NoError(t, writeSmallExport(filepath.Join(exports, "alice"), "alice"))
	var said, errs bytes.Buffer
	small := world{transport: &web{}, free: func(string) (int64, error) { return 1000, nil }}
	status := small.run(t.Context(), []string{"close", exports, out}, strings.NewReader(""), &said, &errs)
	require.Equal(t, statusContinue, status, errs.String())
	assert.Contains(t, errs.String(), "there is too little room")
	assert.Contains(t, errs.String(), "hint: make room")
	assert.NoDirExists(t, out, "nothing is written before")
}

// The door file leads to where people want to go by now, and nowhere else.
func TestCloseDoorFollowsChoicesThatAreChangedOrWithdrawn(t *testing.T) {
	dir := t.TempDir()
	exports, out, choices := filepath.Join(dir, "exports"), filepath.Join(dir, "out"), filepath.Join(dir, "choices.csv")
	require.NoError(t, writeSmallExport(filepath.Join(exports, "alice"), "alice"))
	claims := `,"alsoKnownAs":["https://old.example/users/alice"]`
	w := &web{delivered: map[string][]string{}, documents: map[string]string{
		"https://new.example/users/alice":   account("https://new.example/users/alice", claims),
		"https://other.example/users/alice": account("https://other.example/users/alice", claims),
		"https://third.example/users/alice": account("https://third.example/users/alice", ""),
	}}
	for _, run := range []struct {
		name   string
		chosen string
		status int
		led    vocab.IRI
	}{
		{"a choice", "https://new.example/users/alice", statusDone, "https://new.example/users/alice"},
		{"another", "https://other.example/users/alice", statusDone, "https://other.example/users/alice"},
		{"withdrawn", "", statusDone, ""},
		{"the first again", "https://new.example/users/alice", statusDone, "https://new.example/users/alice"},
		{"one that does not claim the old account", "https://third.example/users/alice", statusFailed, ""},
	} {
		require.NoError(t, os.WriteFile(choices, []byte("old,new\nalice,"+run.chosen+"\n"), 0o600))
		status, said := w.said(t, "", "close", exports, out, "-choices", choices, "-network")
		require.Equal(t, run.status, status, "%s: %s", run.name, said)
		door, err := afterlife.Open(filepath.Join(out, "door"))
		require.NoError(t, err, run.name)
		document, err := door.Actor("https://old.example/users/alice", nil)
		require.NoError(t, err, run.name)
		assert.Equal(t, run.led, document.IRI(vocab.MovedTo), run.name)
		require.NoError(t, door.Close())
	}
}
