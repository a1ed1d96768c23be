package consent_test

import (
	"crypto/x509"
	"encoding/pem"
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

// proveActor is the old actor, who names the new one and may show a key.
func proveActor(t *testing.T, shows []actor.Key) string {
	t.Helper()
	if len(shows) == 0 {
		return proveNames
	}
	der, err := x509.MarshalPKIXPublicKey(shows[0].Public)
	require.NoError(t, err)
	block := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
	text := fmt.Sprintf(`{"id":%q,"type":"Person","alsoKnownAs":[%q],"publicKey":{"id":%q,"owner":%q,"publicKeyPem":%q}}`,
		lockAlice, lockNew, shows[0].ID, lockAlice, block)
	doc, err := vocab.Parse([]byte(text))
	require.NoError(t, err)
	found, _ := actor.Keys(doc)
	require.Len(t, found, 1)
	require.Equal(t, shows[0].Fingerprint(), found[0].Fingerprint())
	return text
}

func proveRecord(t *testing.T, seed byte, seen time.Time) actor.KeyRecord {
	t.Helper()
	key := proveKey(t, seed)
	return actor.KeyRecord{ID: key.ID, Owner: lockAlice, Fingerprint: key.Fingerprint(), Encoded: key.Encode(), FirstSeen: seen}
}

// Whoever buys a domain can say what they like there, and show any public key; they cannot
// sign with it.
func TestProveAtADomainThatMayHaveChangedHands(t *testing.T) {
	day := 24 * time.Hour
	year := 365 * day
	old, newer := proveKey(t, 1), proveKey(t, 2)
	held := proveRecord(t, 1, lockNoon.Add(-year))
	vouched := proveRecord(t, 2, lockNoon.Add(-day))
	vouched.Vouched = true
	dark := actor.OriginRecord{OutageFrom: lockNoon.Add(-90 * day), OutageTo: lockNoon.Add(-day)}
	sign := func(key actor.Key) []consent.Signed {
		return []consent.Signed{proveSigned{key, lockNoon.Add(-time.Hour), lockNew}}
	}
	for name, c := range map[string]struct {
		shows   []actor.Key
		records []actor.KeyRecord
		origin  actor.OriginRecord
		signed  []consent.Signed
		granted vocab.IRI
		vouches string
		by      consent.Proof
		why     consent.Unproven
	}{
		"nobody knew it before":                      {by: consent.ByAlias},
		"it was first seen this moment":              {shows: []actor.Key{old}, records: []actor.KeyRecord{proveRecord(t, 1, lockNoon)}, by: consent.ByAlias},
		"it shows the key that was held":             {shows: []actor.Key{old}, records: []actor.KeyRecord{held}, by: consent.ByAlias},
		"it shows none":                              {records: []actor.KeyRecord{held}, why: consent.OtherHands},
		"it shows another":                           {shows: []actor.Key{newer}, records: []actor.KeyRecord{held}, why: consent.OtherHands},
		"another, that was seen lately":              {shows: []actor.Key{newer}, records: []actor.KeyRecord{held, proveRecord(t, 2, lockNoon.Add(-day))}, why: consent.OtherHands},
		"another, by a chain of rotations":           {shows: []actor.Key{newer}, records: []actor.KeyRecord{held, vouched}, by: consent.ByAlias},
		"another, that has been there for long":      {shows: []actor.Key{newer}, records: []actor.KeyRecord{held, proveRecord(t, 2, lockNoon.Add(-60*day))}, by: consent.ByAlias},
		"another, and signed with the one that was":  {shows: []actor.Key{newer}, records: []actor.KeyRecord{held}, signed: sign(old), by: consent.ByKey},
		"another, and signed with it":                {shows: []actor.Key{newer}, records: []actor.KeyRecord{held}, signed: sign(newer), why: consent.OtherHands},
		"dark for 89 days, and the key is not there": {records: []actor.KeyRecord{held}, origin: dark, why: consent.OtherHands},
		"dark for 89 days, and the key is put up":    {shows: []actor.Key{old}, records: []actor.KeyRecord{held}, origin: dark, why: consent.OtherHands},
		"dark for 89 days, and signed":               {shows: []actor.Key{old}, records: []actor.KeyRecord{held}, origin: dark, signed: sign(old), by: consent.ByKey},
		"dark until this moment":                     {shows: []actor.Key{old}, records: []actor.KeyRecord{held}, origin: actor.OriginRecord{OutageFrom: lockNoon.Add(-90 * day)}, why: consent.OtherHands},
		"dark for 89 days, a month ago": {shows: []actor.Key{old}, records: []actor.KeyRecord{held},
			origin: actor.OriginRecord{OutageFrom: lockNoon.Add(-120 * day), OutageTo: lockNoon.Add(-30 * day)}, by: consent.ByAlias},
		"away for a weekend": {shows: []actor.Key{old}, records: []actor.KeyRecord{held},
			origin: actor.OriginRecord{OutageFrom: lockNoon.Add(-3 * day), OutageTo: lockNoon.Add(-day)}, by: consent.ByAlias},
		"it grants, and shows another":            {shows: []actor.Key{newer}, records: []actor.KeyRecord{held}, granted: lockAlice, why: consent.OtherHands},
		"it grants, and shows the key":            {shows: []actor.Key{old}, records: []actor.KeyRecord{held}, granted: lockAlice, by: consent.ByGrant},
		"an administrator has looked":             {shows: []actor.Key{newer}, records: []actor.KeyRecord{held}, origin: dark, vouches: "root", by: consent.ByAlias},
		"what was held is of somebody else there": {records: []actor.KeyRecord{{ID: held.ID, Owner: "https://old.example/users/bob", Fingerprint: held.Fingerprint, FirstSeen: held.FirstSeen}}, by: consent.ByAlias},
	} {
		t.Run(name, func(t *testing.T) {
			o := &consent.ProveOptions{
				Keys: proveMemory{records: c.records, origin: c.origin}, Signed: c.signed, Granted: c.granted, SameHands: c.vouches,
				Now: func() time.Time { return lockNoon },
			}
			standing, evidence, err := consent.Prove(t.Context(), &provePlace{document: proveActor(t, c.shows)}, lockAlice, lockNew, o)
			require.NoError(t, err)
			assert.Equal(t, c.by != "", standing == portability.Proved)
			assert.Equal(t, c.by, evidence.By)
			assert.Equal(t, c.why, evidence.Why)
			assert.Equal(t, c.vouches, evidence.Vouched, "who vouched is recorded")
		})
	}
}

// A withdrawn key is nobody's word any more, and an administrator's word is for what is said.
func TestProveTakesNoWordForWhatNobodySays(t *testing.T) {
	held := proveRecord(t, 1, lockNoon.Add(-365*24*time.Hour))
	held.Withdrawn = lockNoon.Add(-time.Hour)
	o := &consent.ProveOptions{Keys: proveMemory{records: []actor.KeyRecord{held}}, Now: func() time.Time { return lockNoon }}
	standing, evidence, err := consent.Prove(t.Context(), &provePlace{document: proveActor(t, []actor.Key{proveKey(t, 1)})}, lockAlice, lockNew, o)
	require.NoError(t, err)
	assert.Equal(t, portability.Claimed, standing)
	assert.Equal(t, consent.OtherHands, evidence.Why, "it was withdrawn, and is put up again")

	o.SameHands = "root"
	silent := &provePlace{document: fmt.Sprintf(`{"id":%q,"type":"Person"}`, lockAlice)}
	standing, evidence, err = consent.Prove(t.Context(), silent, lockAlice, lockNew, o)
	require.NoError(t, err)
	assert.Equal(t, portability.Claimed, standing)
	assert.Equal(t, consent.NotNamed, evidence.Why)

	o.SameHands, o.Granted = "", lockAlice
	standing, _, err = consent.Prove(t.Context(), &provePlace{err: actor.ErrConnection}, lockAlice, lockNew, o)
	_, unread := errors.AsType[*actor.FetchError](err)
	assert.True(t, unread, "whether it is in the same hands may be known later")
	assert.Equal(t, portability.Claimed, standing)
}

// Who lives under other names by now is not whoever has an old signature of theirs.
func TestProveWhereTheOldActorNamesOthers(t *testing.T) {
	held := proveRecord(t, 1, lockNoon.Add(-365*24*time.Hour))
	o := &consent.ProveOptions{
		Keys: proveMemory{records: []actor.KeyRecord{held}}, Now: func() time.Time { return lockNoon },
		Signed: []consent.Signed{proveSigned{proveKey(t, 1), lockNoon.Add(-time.Hour), lockNew}},
	}
	for rest, proved := range map[string]bool{
		``: true,
		`,"alsoKnownAs":["https://real.example/alice"]`:                                         false,
		`,"alsoKnownAs":["acct:alice@old.example","https://old.example/users/alice"]`:           true,
		`,"alsoKnownAs":["did:key:z6Mk"]`:                                                       true,
		`,"url":"https://old.example/@alice","alsoKnownAs":["https://old.example/@alice"]`:      true,
		`,"alsoKnownAs":["https://old.example/users/alice","https://old.example/users/alice2"]`: false,
	} {
		doc := fmt.Sprintf(`{"id":%q,"type":"Person"%s}`, lockAlice, rest)
		standing, evidence, err := consent.Prove(t.Context(), &provePlace{document: doc}, lockAlice, lockNew, o)
		require.NoError(t, err)
		assert.Equal(t, proved, standing == portability.Proved, "%s", rest)
		if !proved {
			assert.Equal(t, consent.NotNamed, evidence.Why, "%s", rest)
		}
	}
}
