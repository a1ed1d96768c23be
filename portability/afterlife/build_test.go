package afterlife_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/internal/scratch"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/portability/afterlife"
	"codeberg.org/godwit/godwit/vocab"
)

var made = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func TestSameAccountsSameBytes(t *testing.T) {
	o := &afterlife.Options{Created: made}
	one, two := doorPath(t), doorPath(t)
	built(t, one, o, account(aShelf(t)))
	built(t, two, o, account(aShelf(t)))
	assert.Equal(t, strings.ReplaceAll(string(everything(t, one)), one, ""), strings.ReplaceAll(string(everything(t, two)), two, ""))
	built(t, one, o, account(aShelf(t)))
	assert.Equal(t, strings.ReplaceAll(string(everything(t, one)), one, ""), strings.ReplaceAll(string(everything(t, two)), two, ""), "built over itself")
}

var errCut = errors.New("the power is cut")

// TestBuildInterruptedAtEveryStep ends reading behind each item, and goes on.
func TestBuildInterruptedAtEveryStep(t *testing.T) {
	whole := doorPath(t)
	bob := func() afterlife.Account {
		s := newShelf(t, old+"/users/bob", "bob")
		return afterlife.Account{Source: s, Fingerprint: "bob"}
	}
	o := &afterlife.Options{Created: made}
	built(t, whole, o, bob(), afterlife.Account{Source: aShelf(t), Fingerprint: "alice"})
	want := strings.ReplaceAll(string(everything(t, whole)), whole, "")
	for step := 1; ; step++ {
		path, n := doorPath(t), 0
		first, second := newShelf(t, old+"/users/bob", "bob"), aShelf(t)
		second.after = func(portability.Item) error {
			if n++; n == step {
				return errCut
			}
			return nil
		}
		accounts := each(afterlife.Account{Source: first, Fingerprint: "bob"}, afterlife.Account{Source: second, Fingerprint: "alice"})
		_, err := afterlife.Build(t.Context(), path, accounts, o)
		if err == nil {
			assert.Greater(t, step, 10, "it was interrupted often")
			return
		}
		require.ErrorIs(t, err, errCut)
		_, err = afterlife.Open(path)
		require.ErrorIs(t, err, afterlife.ErrNoDoor, "nothing is there before it is whole")
		assert.DirExists(t, path+".unfinished")
		read := first.opens
		second.after = nil
		built(t, path, o, afterlife.Account{Source: first, Fingerprint: "bob"}, afterlife.Account{Source: second, Fingerprint: "alice"})
		assert.Equal(t, read, first.opens, "what was read whole is not read again")
		assert.Equal(t, want, strings.ReplaceAll(string(everything(t, path)), path, ""), "interrupted behind item %d", step)
	}
}

func TestBuildOverOneThatIsServed(t *testing.T) {
	path := doorPath(t)
	before, _ := built(t, path, nil, account(aShelf(t)))
	h := afterlife.Handler(before, nil, nil)
	failing := aShelf(t)
	failing.after = func(portability.Item) error { return errCut }
	_, err := afterlife.Build(t.Context(), path, each(account(failing)), nil)
	require.ErrorIs(t, err, errCut)
	again, err := afterlife.Open(path)
	require.NoError(t, err, "a failure leaves what was there")
	require.NoError(t, again.Verify(t.Context()))
	require.NoError(t, again.Close())
	after, _ := built(t, path, nil, account(newShelf(t, old+"/users/bob", "bob")))
	assert.Equal(t, 200, ask(t, h, status(2), forActivity).status, "who has it open goes on")
	assert.Equal(t, 404, ask(t, afterlife.Handler(after, nil, nil), status(2), forActivity).status)
	entries, err := os.ReadDir(path)
	require.NoError(t, err)
	assert.Len(t, entries, 6, "nothing of the one before is left")
}

func TestBuildIsAlone(t *testing.T) {
	path := doorPath(t)
	s := aShelf(t)
	s.after = func(portability.Item) error {
		_, err := afterlife.Build(t.Context(), path, each(account(newShelf(t, alice, "alice"))), nil)
		return err
	}
	_, err := afterlife.Build(t.Context(), path, each(account(s)), nil)
	require.ErrorIs(t, err, scratch.ErrInUse)
}

func TestBuildEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s := aShelf(t)
	s.after = func(portability.Item) error { cancel(); return nil }
	_, err := afterlife.Build(ctx, doorPath(t), each(account(s)), nil)
	require.ErrorIs(t, err, context.Canceled)
	broken := iter.Seq2[afterlife.Account, error](func(yield func(afterlife.Account, error) bool) { yield(afterlife.Account{}, errCut) })
	_, err = afterlife.Build(t.Context(), doorPath(t), broken, nil)
	require.ErrorIs(t, err, errCut)
	_, err = afterlife.Build(t.Context(), doorPath(t), each(), &afterlife.Options{Claims: claims(t, doorPath(t))})
	require.ErrorIs(t, err, afterlife.ErrHand)
}

func TestAccountsThatAreNone(t *testing.T) {
	nobody, odd, twice := newShelf(t, alice, "alice"), newShelf(t, alice, "alice"), aShelf(t)
	nobody.actor = nil
	odd.actor = document(t, object{"id": "acct:alice@old.example", "type": "Person"})
	door, report := built(t, doorPath(t), nil, account(nobody), account(odd), account(aShelf(t)), account(twice))
	assert.EqualValues(t, 1, report.Accounts)
	assert.EqualValues(t, 2, report.LeftOut[afterlife.NoActor])
	assert.EqualValues(t, 1, report.LeftOut[afterlife.SameID])
	n := 0
	for id := range door.Accounts() {
		assert.Equal(t, alice, id)
		n++
	}
	assert.Equal(t, 1, n)
	empty, _ := built(t, doorPath(t), nil)
	assert.Equal(t, 404, ask(t, afterlife.Handler(empty, nil, nil), string(alice), "").status)
	require.NoError(t, empty.Verify(t.Context()))
}

// TestDamage changes each byte of a small door file in turn: it is not opened, or
// Verify says so.
func TestDamage(t *testing.T) {
	path := doorPath(t)
	built(t, path, &afterlife.Options{Created: made}, account(newShelf(t, alice, "alice")))
	changed := 0
	require.NoError(t, filepath.WalkDir(path, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || d.Name() == "door.json" {
			return err
		}
		data, err := os.ReadFile(name)
		require.NoError(t, err)
		for i := 0; i < len(data); i += 1 + len(data)/40 {
			data[i] ^= 0x10
			require.NoError(t, os.WriteFile(name, data, 0o600))
			door, err := afterlife.Open(path)
			if err == nil {
				err = door.Verify(t.Context())
				for _, u := range []string{string(alice), old + "/@alice", string(alice) + "/outbox"} {
					ask(t, afterlife.Handler(door, nil, nil), u, forActivity) // it does not panic
				}
				require.NoError(t, door.Close())
			}
			require.ErrorIs(t, err, afterlife.ErrDamaged, "byte %d of %s", i, d.Name())
			data[i] ^= 0x10
			changed++
		}
		require.NoError(t, os.WriteFile(name, data[:len(data)-1], 0o600))
		_, err = afterlife.Open(path)
		require.ErrorIs(t, err, afterlife.ErrDamaged, "%s is cut", d.Name())
		return os.WriteFile(name, data, 0o600)
	}))
	assert.Greater(t, changed, 100)
	for text, want := range map[string]error{`{"format":"godwit-door","version":2}`: afterlife.ErrVersion, `{}`: afterlife.ErrDamaged, `{`: afterlife.ErrDamaged,
		`{"format":"godwit-door","version":1,"accounts":{"name":"../x"}}`: afterlife.ErrDamaged} {
		require.NoError(t, os.WriteFile(filepath.Join(path, "door.json"), []byte(text), 0o600))
		_, err := afterlife.Open(path)
		require.ErrorIs(t, err, want, text)
	}
}

func TestKeysInDocumentsOfTheirOwn(t *testing.T) {
	s := newShelf(t, alice, "alice")
	key, err := actor.GenerateRSA(alice)
	require.NoError(t, err)
	published := key.Public()
	published.ID = alice + "/main-key"
	s.actor, err = actor.WithKeys(s.actor, published)
	require.NoError(t, err)
	door, _ := built(t, doorPath(t), nil, afterlife.Account{Source: s, MovedTo: there})
	got := ask(t, afterlife.Handler(door, nil, nil), string(published.ID), forPage)
	assert.Equal(t, 200, got.status, "a key is never led away")
	o, err := vocab.Parse([]byte(got.body))
	require.NoError(t, err)
	keys, problems := actor.KeysIn(o)
	assert.Empty(t, problems)
	require.NotEmpty(t, keys)
	assert.Equal(t, published.Fingerprint(), keys[0].Fingerprint())
	assert.Equal(t, alice, keys[0].Owner)
}

func TestAccountThatWasGivenUp(t *testing.T) {
	door, _ := built(t, doorPath(t), nil, afterlife.Account{Source: newShelf(t, alice, "alice"), MovedTo: there, Deleted: made})
	o, err := vocab.Parse([]byte(ask(t, afterlife.Handler(door, nil, nil), string(alice), forActivity).body))
	require.NoError(t, err)
	assert.Equal(t, []string{"Person", "Tombstone"}, o.Types(), "behind the actor's type (FEP-e965)")
	assert.Equal(t, there, o.IRI(vocab.MovedTo))
	assert.Equal(t, "2026-11-22T12:00:00Z", o.Text(vocab.Deleted))
}

func TestMapsAreHeldToTheAccount(t *testing.T) {
	const other = vocab.IRI("https://else.example/users/x")
	elsewhere := mapping(vocab.IRI(status(2)), other+"/1", portability.ForPublic)
	elsewhere.To = other
	foreign := mapping(vocab.IRI(status(3)), "https://new.example/3", portability.ForPublic)
	foreign.From = old + "/users/bob"
	gone := mapping(vocab.IRI(status(1)), "https://new.example/1", portability.ForPublic)
	gone.Gone = true
	more := mapping(old+"/only/in/the/map", "https://new.example/9", portability.ForUnlisted)
	hidden := mapping(old+"/hidden/in/the/map", "https://new.example/10", portability.ForFollowers)
	door, report := built(t, doorPath(t), &afterlife.Options{Maps: []afterlife.Map{index(t, elsewhere, foreign, gone, more, hidden)}}, afterlife.Account{Source: aShelf(t), MovedTo: there})
	h := afterlife.Handler(door, nil, nil)
	assert.Equal(t, 200, ask(t, h, status(2), forPage).status, "the account went to another place than the map says")
	assert.Equal(t, 200, ask(t, h, status(3), forPage).status, "a map of another account")
	assert.Equal(t, 200, ask(t, h, status(1), forPage).status, "a copy that was taken back")
	assert.Equal(t, "https://new.example/9", ask(t, h, old+"/only/in/the/map", forPage).location)
	assert.Equal(t, 404, ask(t, h, old+"/hidden/in/the/map", forPage).status)
	assert.NotZero(t, report.LeftOut[afterlife.BadTarget]+report.LeftOut[afterlife.Stranger])
}

// TestManyAccounts has more posts than are held at once.
func TestManyAccounts(t *testing.T) {
	accounts := func(yield func(afterlife.Account, error) bool) {
		for n := range 200 {
			id := vocab.IRI(fmt.Sprintf("%s/users/u%d", old, n))
			s := newShelf(t, id, fmt.Sprintf("u%d", n))
			for i := range 20 {
				post := note(fmt.Sprintf("%s/statuses/%d", id, i), public)
				post["attributedTo"] = id
				s.add(portability.Content, post)
			}
			if !yield(account(s), nil) {
				return
			}
		}
	}
	path := doorPath(t)
	report, err := afterlife.Build(t.Context(), path, accounts, nil)
	require.NoError(t, err)
	assert.EqualValues(t, 200, report.Accounts)
	assert.EqualValues(t, 4000, report.Objects)
	door, err := afterlife.Open(path)
	require.NoError(t, err)
	defer door.Close()
	require.NoError(t, door.Verify(t.Context()))
	h := afterlife.Handler(door, nil, nil)
	for n := range 200 {
		u := fmt.Sprintf("%s/users/u%d", old, n)
		require.True(t, bytes.Contains([]byte(ask(t, h, u, forActivity).body), []byte(u)))
		require.Equal(t, 200, ask(t, h, fmt.Sprintf("%s/statuses/%d", u, n%20), forActivity).status)
		require.Equal(t, 404, ask(t, h, fmt.Sprintf("%s/statuses/%d", u, 20+n), forActivity).status)
	}
}
