package afterlife_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/portability/afterlife"
	"codeberg.org/godwit/godwit/vocab"
)

// places are what stands at new places: a document, or an error. It notes what is asked.
type places struct {
	at    map[vocab.IRI]any
	asked *[]vocab.IRI
}

func (p places) Fetch(ctx context.Context, id vocab.IRI) (*vocab.Object, error) {
	if p.asked != nil {
		*p.asked = append(*p.asked, id)
	}
	switch at := p.at[id].(type) {
	case *vocab.Object:
		return at, ctx.Err()
	case error:
		return nil, &actor.FetchError{ID: id, Err: at}
	}
	return nil, &actor.FetchError{ID: id, Err: actor.ErrNotFound}
}

// heldBy is an account that names another as its own.
func heldBy(t *testing.T, id, old vocab.IRI, more ...object) *vocab.Object {
	o := object{"id": id, "type": "Person", "inbox": id + "/inbox", "alsoKnownAs": []vocab.IRI{old}}
	for _, m := range more {
		for name, value := range m {
			o[name] = value
		}
	}
	return document(t, o)
}

func newPost(n int) vocab.IRI { return "https://new.example/notes/" + vocab.IRI(rune('0'+n)) }

func ledPost(n int) portability.Mapping {
	return mapping(vocab.IRI(status(n)), newPost(n), portability.ForPublic)
}

func TestCheckForgetsWhatTheNewPlaceSaysIsGone(t *testing.T) {
	path := doorPath(t)
	x := index(t, ledPost(1), ledPost(2), ledPost(3))
	door, _ := built(t, path, &afterlife.Options{Maps: []afterlife.Map{x}}, afterlife.Account{Source: aShelf(t), MovedTo: there})
	forgotten := tombstones(t, path+".forgotten")
	var asked []vocab.IRI
	here := places{map[vocab.IRI]any{there: heldBy(t, there, alice),
		newPost(1): document(t, note(string(newPost(1)), public)), newPost(2): actor.ErrGone, newPost(3): actor.ErrUnavailable}, &asked}
	found, err := afterlife.Check(t.Context(), door, forgotten, here, nil)
	require.NoError(t, err)
	assert.Equal(t, afterlife.Checked{Accounts: 1, Asked: 3, Forgotten: 1, Failed: 1}, found)
	assert.Equal(t, there, asked[0], "whose place it is comes first")
	h := afterlife.Handler(door, forgotten, nil)
	assert.Equal(t, 301, ask(t, h, status(1), forPage).status)
	assert.Equal(t, 410, ask(t, h, status(2), forPage).status)
	assert.Equal(t, 301, ask(t, h, status(3), forPage).status)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = afterlife.Check(ctx, door, forgotten, here, nil)
	require.ErrorIs(t, err, context.Canceled)
}

// The new place answers 410 for every post, as whoever has its name now.
func TestCheckOfANewPlaceThatDoesNotSayThatItIsTheirs(t *testing.T) {
	for name, c := range map[string]struct {
		at       any
		why      afterlife.Reason
		believed bool
	}{
		"it names another account as its own": {at: heldBy(t, there, old+"/users/bob"), why: afterlife.NotLinked},
		"it names none":                       {at: document(t, actorOf(there, "alice")), why: afterlife.NotLinked},
		"it is a note":                        {at: document(t, note(string(there), public)), why: afterlife.NotAccount},
		"it has another id":                   {at: heldBy(t, "https://new.example/users/mallory", alice), why: afterlife.NotAccount},
		"it shows a page to everybody":        {at: actor.ErrContentType, why: afterlife.NotAccount},
		"there is nothing":                    {at: actor.ErrNotFound, why: afterlife.NotFound},
		"it cannot be reached":                {at: actor.ErrUnavailable},
		"it hides":                            {at: actor.ErrForbidden},
		"it was given up":                     {at: actor.ErrGone, why: afterlife.Deleted, believed: true},
		"it is a tombstone":                   {at: document(t, object{"id": there, "type": "Tombstone"}), why: afterlife.Deleted, believed: true},
		"it moved on, and names it still":     {at: heldBy(t, there, alice, object{"movedTo": "https://third.example/alice"}), why: afterlife.MovedOn, believed: true},
	} {
		t.Run(name, func(t *testing.T) {
			path := doorPath(t)
			door, _ := built(t, path, &afterlife.Options{Maps: []afterlife.Map{index(t, ledPost(1))}}, afterlife.Account{Source: aShelf(t), MovedTo: there})
			forgotten := tombstones(t, afterlife.TombstonesPath(path))
			found, err := afterlife.Check(t.Context(), door, forgotten, places{at: map[vocab.IRI]any{there: c.at, newPost(1): actor.ErrGone}}, nil)
			require.NoError(t, err)
			want, status1 := afterlife.Checked{Accounts: 1}, 301
			if c.why != "" {
				want.Doubted = []afterlife.Doubt{{Account: alice, New: there, Reason: c.why}}
			} else {
				want.Failed = 1
			}
			if c.believed {
				want.Asked, want.Forgotten, status1 = 1, 1, 410
			}
			assert.Equal(t, want, found)
			assert.Equal(t, status1, ask(t, afterlife.Handler(door, forgotten, nil), status(1), forActivity).status)
		})
	}
}

// A map knows a post by all addresses that it had; the archive has it not.
func TestCheckAsksForEachPostOnce(t *testing.T) {
	id := vocab.IRI(status(9))
	by := func(at vocab.IRI) portability.Mapping {
		m := mapping(at, newPost(9), portability.ForPublic)
		m.ID = id
		return m
	}
	path := doorPath(t)
	x := index(t, by(id), by(old+"/@alice/9"), by(old+"/web/statuses/9"), ledPost(1))
	door, _ := built(t, path, &afterlife.Options{Maps: []afterlife.Map{x}}, afterlife.Account{Source: aShelf(t), MovedTo: there})
	require.Equal(t, 301, ask(t, afterlife.Handler(door, nil, nil), old+"/@alice/9", forPage).status)
	var asked []vocab.IRI
	here := places{map[vocab.IRI]any{there: heldBy(t, there, alice)}, &asked}
	found, err := afterlife.Check(t.Context(), door, tombstones(t, afterlife.TombstonesPath(path)), here, nil)
	require.NoError(t, err)
	assert.ElementsMatch(t, []vocab.IRI{there, newPost(1), newPost(9)}, asked)
	assert.EqualValues(t, 2, found.Asked)
}

// Only where the account went counts, as its owner said it last.
func TestCheckAsksTheAccountThatWasClaimed(t *testing.T) {
	path, third := doorPath(t), vocab.IRI("https://third.example/users/alice")
	said := claims(t, path)
	var secret string
	door, _ := built(t, path, &afterlife.Options{Claims: said, Hand: func(_ vocab.IRI, s string) error { secret = s; return nil }},
		afterlife.Account{Source: aShelf(t), MovedTo: there})
	here := places{at: map[vocab.IRI]any{third: heldBy(t, third, alice)}}
	_, err := said.Claim(t.Context(), door, nil, here, afterlife.Claim{Account: alice, New: third, Secret: secret})
	require.NoError(t, err)
	forgotten := tombstones(t, afterlife.TombstonesPath(path))
	found, err := afterlife.Check(t.Context(), door, forgotten, here, &afterlife.CheckOptions{Claims: said})
	require.NoError(t, err)
	assert.Equal(t, afterlife.Checked{Accounts: 1}, found, "there is no doubt about it")
	require.NoError(t, forgotten.Forget(door, alice))
	found, err = afterlife.Check(t.Context(), door, forgotten, here, &afterlife.CheckOptions{Claims: said})
	require.NoError(t, err)
	assert.Equal(t, afterlife.Checked{}, found, "of a forgotten account nobody is asked")
}

// The person claimed that they went on to another place; the first deletes what it had.
func TestCheckOfAPlaceThatNobodyIsLedTo(t *testing.T) {
	path := doorPath(t)
	x := index(t, ledPost(1))
	third := vocab.IRI("https://third.example/users/alice")
	door, _ := built(t, path, &afterlife.Options{Maps: []afterlife.Map{x}}, afterlife.Account{Source: aShelf(t), MovedTo: third})
	forgotten := tombstones(t, afterlife.TombstonesPath(path))
	h := afterlife.Handler(door, forgotten, nil)
	require.Equal(t, 200, ask(t, h, status(1), forActivity).status, "nobody is led to new.example")
	here := places{at: map[vocab.IRI]any{third: heldBy(t, third, alice), newPost(1): actor.ErrGone}}
	c, err := afterlife.Check(t.Context(), door, forgotten, here, nil)
	require.NoError(t, err)
	assert.Equal(t, afterlife.Checked{Accounts: 1}, c)
	assert.Equal(t, 200, ask(t, h, status(1), forActivity).status)
}

// What was for fewer than everybody is led nowhere, counted nowhere, and asked for nowhere.
func TestCheckCountsNothingHidden(t *testing.T) {
	hidden := []portability.Mapping{
		mapping(vocab.IRI(status(4)), newPost(4), portability.ForFollowers),
		mapping(vocab.IRI(status(5)), newPost(5), portability.ForMentioned),
	}
	x := index(t, append(hidden, ledPost(1), ledPost(3))...)
	path := doorPath(t)
	door, _ := built(t, path, &afterlife.Options{Maps: []afterlife.Map{x}}, afterlife.Account{Source: aShelf(t), MovedTo: there})
	var asked []vocab.IRI
	here := places{map[vocab.IRI]any{there: heldBy(t, there, alice)}, &asked}
	found, err := afterlife.Check(t.Context(), door, tombstones(t, afterlife.TombstonesPath(path)), here, nil)
	require.NoError(t, err)
	assert.EqualValues(t, 2, found.Asked)
	assert.ElementsMatch(t, []vocab.IRI{there, newPost(1), newPost(3)}, asked)
	h := afterlife.Handler(door, nil, nil)
	assert.Contains(t, string(ask(t, h, string(alice)+"/outbox", forActivity).body), `"totalItems":4`, "two public posts, one unlisted, one share")
	assert.Equal(t, 404, ask(t, h, status(4), forActivity).status)
}

// A map that calls public what its archive does not: the narrower counts.
func TestAMapThatCallsPublicWhatWasNot(t *testing.T) {
	path := doorPath(t)
	x := index(t, ledPost(1), ledPost(4), ledPost(5))
	door, report := built(t, path, &afterlife.Options{Maps: []afterlife.Map{x}}, afterlife.Account{Source: aShelf(t), MovedTo: there})
	assert.EqualValues(t, 4, report.LeftOut[afterlife.NotPublic], "two in the archive, and two in the map")
	h := afterlife.Handler(door, nil, nil)
	for _, n := range []int{4, 5} {
		assert.Equal(t, 404, ask(t, h, status(n), forActivity).status, "post %d", n)
	}
	var asked []vocab.IRI
	here := places{map[vocab.IRI]any{there: heldBy(t, there, alice)}, &asked}
	_, err := afterlife.Check(t.Context(), door, tombstones(t, afterlife.TombstonesPath(path)), here, nil)
	require.NoError(t, err)
	assert.ElementsMatch(t, []vocab.IRI{there, newPost(1)}, asked)
}
