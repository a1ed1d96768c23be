package consent_test

import (
	"cmp"
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/portability/consent"
	"codeberg.org/godwit/godwit/vocab"
)

// A provePlace answers for the old actor, and has an older answer in its cache.
type provePlace struct {
	document string
	err      error
	cached   string
	fresh    int
}

func (p *provePlace) Fetch(context.Context, vocab.IRI) (*vocab.Object, error) {
	return vocab.Parse([]byte(p.cached))
}

func (p *provePlace) FetchFresh(_ context.Context, id vocab.IRI) (*vocab.Object, error) {
	p.fresh++
	if p.err != nil {
		return nil, &actor.FetchError{ID: id, Err: p.err}
	}
	return vocab.Parse([]byte(p.document))
}

// A proveSigned is a statement that names the new account.
type proveSigned struct {
	key actor.Key
	at  time.Time
	to  vocab.IRI
}

func (s proveSigned) For() vocab.IRI { return s.to }

func (s proveSigned) Key() actor.Key { return s.key }
func (s proveSigned) At() time.Time  { return s.at }

func proveKey(t *testing.T, seed byte) actor.Key {
	t.Helper()
	private := ed25519.NewKeyFromSeed(append([]byte{seed}, make([]byte, 31)...))
	return actor.Key{ID: lockAlice + "#key", Owner: lockAlice, Public: private.Public()}
}

const proveNames = `{"id":"https://old.example/users/alice","type":"Person","alsoKnownAs":["https://new.example/users/alice"]}`

func TestProveByTheLiveActor(t *testing.T) {
	actorSaying := func(rest string) string {
		return fmt.Sprintf(`{"id":%q,"type":"Person"%s}`, lockAlice, rest)
	}
	for name, c := range map[string]struct {
		document string
		by       consent.Proof
		why      consent.Unproven
	}{
		"it names the new one":                  {proveNames, consent.ByAlias, ""},
		"it has moved there":                    {actorSaying(`,"movedTo":"https://new.example/users/alice"`), consent.ByMovedTo, ""},
		"a tombstone that says where":           {fmt.Sprintf(`{"id":%q,"type":["Person","Tombstone"],"movedTo":"https://new.example/users/alice"}`, lockAlice), consent.ByMovedTo, ""},
		"it says nothing":                       {actorSaying(``), "", consent.NotNamed},
		"it names a neighbour":                  {actorSaying(`,"alsoKnownAs":"https://new.example/users/alice2"`), "", consent.NotNamed},
		"it names the handle":                   {actorSaying(`,"alsoKnownAs":"acct:alice@new.example"`), "", consent.NotNamed},
		"it has moved elsewhere":                {actorSaying(`,"movedTo":"https://else.example/a"`), "", consent.NamesAnother},
		"it has moved elsewhere, with an alias": {actorSaying(`,"movedTo":"https://else.example/a","alsoKnownAs":"https://new.example/users/alice"`), "", consent.NamesAnother},
		"another account answers":               {`{"id":"https://old.example/users/bob","alsoKnownAs":"https://new.example/users/alice"}`, "", consent.AnotherID},
		"no id at all":                          {`{"type":"Person","alsoKnownAs":"https://new.example/users/alice"}`, "", consent.AnotherID},
		"a tombstone":                           {fmt.Sprintf(`{"id":%q,"type":"Tombstone"}`, lockAlice), "", consent.OldGone},
		"it contradicts itself":                 {actorSaying(`,"movedTo":"https://new.example/users/alice","copiedTo":"https://else.example/a"`), "", consent.NotReadable},
	} {
		t.Run(name, func(t *testing.T) {
			place := &provePlace{document: c.document, cached: proveNames}
			if c.by != "" {
				place.cached = actorSaying(``)
			}
			standing, evidence, err := consent.Prove(t.Context(), place, lockAlice, lockNew, nil)
			require.NoError(t, err)
			assert.Equal(t, c.by != "", standing == portability.Proved)
			assert.Equal(t, c.by, evidence.By)
			assert.Equal(t, c.why, evidence.Why)
			assert.Equal(t, 1, place.fresh, "past every cache")
		})
	}
}

func TestProveTellsAFailureFromARefusal(t *testing.T) {
	for name, c := range map[string]struct {
		err       error
		why       consent.Unproven
		fails     bool
		temporary bool
	}{
		"it answers that it is gone":     {actor.ErrGone, consent.OldGone, false, false},
		"it refuses to show it":          {actor.ErrForbidden, consent.OldHidden, false, false},
		"somebody else's origin answers": {actor.ErrRedirected, consent.AnotherID, false, false},
		"it is down":                     {actor.ErrUnavailable, "", true, true},
		"it cannot be reached":           {actor.ErrConnection, "", true, true},
		"it does not exist":              {actor.ErrNotFound, "", true, false},
	} {
		standing, evidence, err := consent.Prove(t.Context(), &provePlace{err: c.err}, lockAlice, lockNew, nil)
		assert.Equal(t, portability.Claimed, standing, name)
		assert.Equal(t, c.why, evidence.Why, name)
		if !c.fails {
			assert.NoError(t, err, name)
			continue
		}
		failed, ok := errors.AsType[*actor.FetchError](err)
		require.True(t, ok, name)
		assert.Equal(t, c.temporary, failed.Temporary(), name)
	}
}

func TestProveByGrant(t *testing.T) {
	down := &provePlace{err: actor.ErrConnection}
	standing, evidence, err := consent.Prove(t.Context(), down, lockAlice, lockNew, &consent.ProveOptions{Granted: lockAlice})
	require.NoError(t, err)
	assert.Equal(t, portability.Proved, standing)
	assert.Equal(t, consent.ByGrant, evidence.By)
	standing, _, err = consent.Prove(t.Context(), down, lockAlice, lockNew, &consent.ProveOptions{Granted: "https://old.example/users/bob"})
	require.Error(t, err)
	assert.Equal(t, portability.Claimed, standing, "a grant for another account is none for this")
	for _, same := range [][2]vocab.IRI{{lockAlice, lockAlice}, {"", lockNew}, {lockAlice, "acct:a@b"}} {
		standing, _, err = consent.Prove(t.Context(), down, same[0], same[1], &consent.ProveOptions{Granted: same[0]})
		require.NoError(t, err)
		assert.Equal(t, portability.Claimed, standing)
	}
}

func TestProveByAKeyThatWasHeld(t *testing.T) {
	year := 365 * 24 * time.Hour
	held := func(change func(*actor.KeyRecord)) actor.KeyRecord {
		key := proveKey(t, 1)
		r := actor.KeyRecord{ID: key.ID, Owner: lockAlice, Fingerprint: key.Fingerprint(), Encoded: key.Encode(), FirstSeen: lockNoon.Add(-year)}
		if change != nil {
			change(&r)
		}
		return r
	}
	silent := &provePlace{err: actor.ErrConnection}
	for name, c := range map[string]struct {
		place   *provePlace
		records []actor.KeyRecord
		outage  bool
		alone   bool // nobody else of that server is known
		key     byte
		at      time.Time
		by      consent.Proof
		to      vocab.IRI // whom it names; "" for the new account
		why     consent.Unproven
		fails   bool
	}{
		"held, and what was signed names a thief": {place: silent, records: []actor.KeyRecord{held(nil)}, key: 1, to: "https://new.example/users/thief",
			why: consent.ForAnother, fails: true},
		"held, and what was signed names nobody, as a stolen archive": {place: silent, records: []actor.KeyRecord{held(nil)}, key: 1, to: "-",
			why: consent.ForAnother, fails: true},
		"held for a year, the server is dark": {place: silent, records: []actor.KeyRecord{held(nil)}, key: 1, by: consent.ByKey},
		"held, the account was deleted":       {place: &provePlace{err: actor.ErrGone}, records: []actor.KeyRecord{held(nil)}, key: 1, by: consent.ByKey},
		"held, the actor says nothing":        {place: &provePlace{document: fmt.Sprintf(`{"id":%q}`, lockAlice)}, records: []actor.KeyRecord{held(nil)}, key: 1, by: consent.ByKey},
		"held, the actor is somewhere else": {place: &provePlace{document: fmt.Sprintf(`{"id":%q,"movedTo":"https://else.example/a"}`, lockAlice)},
			records: []actor.KeyRecord{held(nil)}, key: 1, why: consent.NamesAnother},
		"never held":                     {place: silent, key: 1, why: consent.KeyUnknown, fails: true},
		"another key was held":           {place: silent, records: []actor.KeyRecord{held(nil)}, key: 2, why: consent.KeyUnknown, fails: true},
		"held for somebody else":         {place: silent, records: []actor.KeyRecord{held(func(r *actor.KeyRecord) { r.Owner = "https://old.example/users/bob" })}, key: 1, why: consent.KeyUnknown, fails: true},
		"withdrawn before it signed":     {place: silent, records: []actor.KeyRecord{held(func(r *actor.KeyRecord) { r.Withdrawn = lockNoon.Add(-48 * time.Hour) })}, key: 1, why: consent.KeyNotTrusted, fails: true},
		"withdrawn after it signed":      {place: silent, records: []actor.KeyRecord{held(func(r *actor.KeyRecord) { r.Withdrawn = lockNoon.Add(-time.Hour) })}, key: 1, by: consent.ByKey},
		"over before it signed":          {place: silent, records: []actor.KeyRecord{held(func(r *actor.KeyRecord) { r.Expires = lockNoon.Add(-48 * time.Hour) })}, key: 1, why: consent.KeyNotTrusted, fails: true},
		"signed in the future":           {place: silent, records: []actor.KeyRecord{held(nil)}, key: 1, at: lockNoon.Add(time.Hour), why: consent.KeyNotTrusted, fails: true},
		"first seen now":                 {place: silent, records: []actor.KeyRecord{held(func(r *actor.KeyRecord) { r.FirstSeen = lockNoon })}, key: 1, why: consent.KeyNotTrusted, fails: true},
		"a new key beside the old":       {place: silent, records: []actor.KeyRecord{held(nil), second(t, lockNoon.Add(-time.Hour))}, key: 2, why: consent.KeyNotTrusted, fails: true},
		"a new key after the domain was": {place: silent, records: []actor.KeyRecord{second(t, lockNoon.Add(-time.Hour))}, outage: true, key: 2, why: consent.KeyNotTrusted, fails: true},
		"first seen now, of a new server": {place: silent, records: []actor.KeyRecord{held(func(r *actor.KeyRecord) { r.FirstSeen = lockNoon })}, alone: true, key: 1,
			why: consent.KeyNotTrusted, fails: true},
		"never shown, signed long ago": {place: silent, records: []actor.KeyRecord{held(func(r *actor.KeyRecord) { r.Withdrawn = r.FirstSeen.Add(-time.Second) })},
			key: 1, at: lockNoon.Add(-2 * year), why: consent.KeyNotTrusted, fails: true},
		"announced and never shown": {place: silent, records: []actor.KeyRecord{held(func(r *actor.KeyRecord) { r.Withdrawn = r.FirstSeen.Add(-time.Second) })},
			key: 1, why: consent.KeyNotTrusted, fails: true},
	} {
		t.Run(name, func(t *testing.T) {
			memory := proveMemory{records: c.records, alone: c.alone}
			if c.outage {
				memory.origin = actor.OriginRecord{OutageFrom: lockNoon.Add(-90 * 24 * time.Hour), OutageTo: lockNoon.Add(-24 * time.Hour)}
			}
			if c.at.IsZero() {
				c.at = lockNoon.Add(-24 * time.Hour)
			}
			o := &consent.ProveOptions{
				Keys: memory, Signed: []consent.Signed{proveSigned{proveKey(t, c.key), c.at, cmp.Or(c.to, lockNew)}}, Now: func() time.Time { return lockNoon },
			}
			standing, evidence, err := consent.Prove(t.Context(), c.place, lockAlice, lockNew, o)
			assert.Equal(t, c.fails, err != nil, "%v", err)
			assert.Equal(t, c.by != "", standing == portability.Proved)
			assert.Equal(t, c.by, evidence.By)
			assert.Equal(t, c.why, evidence.Why)
		})
	}
	o := &consent.ProveOptions{Signed: []consent.Signed{proveSigned{proveKey(t, 1), lockNoon, lockNew}}}
	_, evidence, err := consent.Prove(t.Context(), &provePlace{err: actor.ErrGone}, lockAlice, lockNew, o)
	require.NoError(t, err)
	assert.Equal(t, consent.KeyUnknown, evidence.Why, "without a memory no key was held")
}

func second(t *testing.T, seen time.Time) actor.KeyRecord {
	key := proveKey(t, 2)
	return actor.KeyRecord{ID: key.ID, Owner: lockAlice, Fingerprint: key.Fingerprint(), Encoded: key.Encode(), FirstSeen: seen}
}

// A proveMemory remembers what it is given.
type proveMemory struct {
	actor.KeyMemory
	records []actor.KeyRecord
	origin  actor.OriginRecord
	alone   bool
}

func (m proveMemory) Keys(context.Context, vocab.IRI) ([]actor.KeyRecord, error) {
	return m.records, nil
}

func (m proveMemory) Origin(context.Context, string, vocab.IRI) (actor.OriginRecord, bool, error) {
	return m.origin, !m.alone, nil
}
