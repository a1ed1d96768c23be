package actor_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/vocab"
)

const day = 24 * time.Hour

var memoryStart = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)

func TestKeyMemoryRecords(t *testing.T) {
	m, ctx := actor.NewKeyMemory(), t.Context()
	alice := vocab.IRI("https://a.example/alice")
	first := actor.KeyRecord{ID: alice + "#k", Owner: alice, Fingerprint: "1", FirstSeen: memoryStart.Add(day)}
	require.NoError(t, m.Remember(ctx, first))
	older := actor.KeyRecord{ID: alice + "#k", Owner: alice, Fingerprint: "2", FirstSeen: memoryStart}
	require.NoError(t, m.Remember(ctx, older))

	again := first
	again.FirstSeen, again.Vouched, again.Withdrawn = memoryStart.Add(9*day), true, memoryStart.Add(9*day)
	require.NoError(t, m.Remember(ctx, again))
	again.Vouched, again.Withdrawn = false, time.Time{}
	require.NoError(t, m.Remember(ctx, again))

	records, err := m.Keys(ctx, alice)
	require.NoError(t, err)
	first.Vouched = true
	assert.Equal(t, []actor.KeyRecord{older, first}, records, "oldest first; FirstSeen stays, vouched stays, withdrawn can end")
	records[0].Fingerprint = "changed"
	kept, _ := m.Keys(ctx, alice)
	assert.Equal(t, "2", kept[0].Fingerprint, "a caller changed the memory through the slice it was given")
}

func TestKeyMemoryRemembersTheLastEndOfAKey(t *testing.T) {
	m, ctx := actor.NewKeyMemory(), t.Context()
	key, err := actor.GenerateEd25519("https://a.example/alice")
	require.NoError(t, err)
	public := key.Public()
	record := actor.KeyRecord{ID: public.ID, Owner: "https://a.example/alice", Fingerprint: public.Fingerprint(), Encoded: public.Encode()}
	for situation, end := range map[string]time.Time{"an end": memoryStart, "a later end": memoryStart.Add(day), "none any more": {}} {
		record.Expires = end
		require.NoError(t, m.Remember(ctx, record))
		records, err := m.Keys(ctx, record.Owner)
		require.NoError(t, err)
		require.Len(t, records, 1)
		got, err := records[0].Key()
		require.NoError(t, err)
		assert.Equal(t, actor.Key{ID: public.ID, Owner: record.Owner, Public: public.Public, Expires: end}, got, situation)
	}
	_, err = actor.KeyRecord{Encoded: "z6Mk"}.Key()
	require.ErrorIs(t, err, actor.ErrKeyKind, "a record of a kind that is not known here")
}

func TestKeyMemoryOthersOnOrigin(t *testing.T) {
	m, ctx := actor.NewKeyMemory(), t.Context()
	others := func(origin string, except vocab.IRI) bool {
		_, others, err := m.Origin(ctx, origin, except)
		require.NoError(t, err)
		return others
	}
	assert.False(t, others("https://a.example", "https://a.example/alice"), "an origin never seen")
	require.NoError(t, m.Remember(ctx, actor.KeyRecord{Owner: "https://a.example/alice", Fingerprint: "1"}))
	assert.False(t, others("https://a.example", "https://a.example/alice"), "only the actor herself")
	assert.True(t, others("https://a.example", "https://a.example/bob"), "alice is another than bob")
	assert.False(t, others("https://b.example", "https://b.example/bob"), "another origin")
}

func TestKeyMemoryOutages(t *testing.T) {
	at := func(days float64) time.Time { return memoryStart.Add(time.Duration(days * float64(day))) }
	type answer struct {
		day      float64
		answered bool
	}
	for situation, c := range map[string]struct {
		answers []answer
		want    actor.OriginRecord
	}{
		"always there":                {[]answer{{0, true}, {30, true}}, actor.OriginRecord{LastReached: at(30)}},
		"away exactly a week":         {[]answer{{0, true}, {1, false}, {8, true}}, actor.OriginRecord{LastReached: at(8)}},
		"away longer than a week":     {[]answer{{0, true}, {1, false}, {8.01, true}}, actor.OriginRecord{LastReached: at(8.01), OutageFrom: at(1), OutageTo: at(8.01)}},
		"still away":                  {[]answer{{0, true}, {1, false}, {5, false}, {9, false}}, actor.OriginRecord{LastReached: at(0), OutageFrom: at(1)}},
		"two short absences":          {[]answer{{0, false}, {5, true}, {6, false}, {10, true}}, actor.OriginRecord{LastReached: at(10)}},
		"back, and short away again":  {[]answer{{0, false}, {9, true}, {10, false}, {11, true}}, actor.OriginRecord{LastReached: at(11), OutageFrom: at(0), OutageTo: at(9)}},
		"never there":                 {[]answer{{0, false}, {8, false}}, actor.OriginRecord{OutageFrom: at(0)}},
		"news that comes late":        {[]answer{{10, true}, {1, false}, {11, true}}, actor.OriginRecord{LastReached: at(11)}},
		"the last of two long ones":   {[]answer{{0, false}, {9, true}, {20, false}, {30, true}}, actor.OriginRecord{LastReached: at(30), OutageFrom: at(20), OutageTo: at(30)}},
		"a failure after an outage":   {[]answer{{0, false}, {9, true}, {20, false}}, actor.OriginRecord{LastReached: at(9), OutageFrom: at(0), OutageTo: at(9)}},
		"not asked for a long while":  {[]answer{{0, true}, {100, true}}, actor.OriginRecord{LastReached: at(100)}},
		"asked again after a failure": {[]answer{{0, true}, {1, false}, {100, true}}, actor.OriginRecord{LastReached: at(100), OutageFrom: at(1), OutageTo: at(100)}},
	} {
		t.Run(situation, func(t *testing.T) {
			m := actor.NewKeyMemory()
			for _, a := range c.answers {
				require.NoError(t, m.Reached(t.Context(), "https://a.example", at(a.day), a.answered))
			}
			got, _, err := m.Origin(t.Context(), "https://a.example", "")
			require.NoError(t, err)
			assert.Equal(t, c.want, got)
		})
	}
}

func TestKeyMemoryIsBounded(t *testing.T) {
	m, ctx := actor.NewKeyMemory(), t.Context()
	alice := vocab.IRI("https://a.example/alice")
	for i := range 70 {
		record := actor.KeyRecord{Owner: alice, Fingerprint: fmt.Sprint(i), FirstSeen: memoryStart.Add(time.Duration(i))}
		if i > 0 && i < 5 {
			record.Withdrawn = memoryStart.Add(day - time.Duration(i))
		}
		require.NoError(t, m.Remember(ctx, record))
	}
	records, err := m.Keys(ctx, alice)
	require.NoError(t, err)
	assert.Len(t, records, 64)
	assert.Equal(t, "0", records[0].Fingerprint, "a key that stands was forgotten before withdrawn ones")
	assert.Equal(t, "5", records[1].Fingerprint, "the withdrawn ones go first")

	for i := range 100_001 {
		require.NoError(t, m.Remember(ctx, actor.KeyRecord{Owner: vocab.IRI(fmt.Sprintf("https://flood.example/%d", i)), Fingerprint: "x"}))
	}
	records, err = m.Keys(ctx, alice)
	require.NoError(t, err)
	assert.Empty(t, records, "the owner longest unheard of goes")
	_, others, err := m.Origin(ctx, "https://a.example", "")
	require.NoError(t, err)
	assert.False(t, others, "nothing of a forgotten owner stays")
}

func TestWhoIsAskedForIsNotWashedOut(t *testing.T) {
	m, ctx := actor.NewKeyMemory(), t.Context()
	const alice, bob = "https://a.example/alice", "https://b.example/bob"
	remember := func(owner vocab.IRI) {
		require.NoError(t, m.Remember(ctx, actor.KeyRecord{Owner: owner, Fingerprint: "x"}))
	}
	known := func(owner vocab.IRI) int {
		records, err := m.Keys(ctx, owner)
		require.NoError(t, err)
		return len(records)
	}
	remember(alice)
	remember(bob)
	require.NoError(t, m.Reached(ctx, "https://a.example", memoryStart, true))
	for i := range 150_000 {
		remember(vocab.IRI(fmt.Sprintf("https://flood.example/%d", i)))
		require.NoError(t, m.Reached(ctx, fmt.Sprintf("https://%d.example", i), memoryStart, true))
		if i%50_000 == 0 {
			require.Equal(t, 1, known(alice), "her mail is verified all the time")
			_, _, err := m.Origin(ctx, "https://a.example", alice)
			require.NoError(t, err)
		}
	}
	assert.Equal(t, 1, known(alice))
	assert.Zero(t, known(bob), "nobody asked for his keys")
	record, _, err := m.Origin(ctx, "https://a.example", alice)
	require.NoError(t, err)
	assert.Equal(t, memoryStart, record.LastReached, "her origin was asked about")
}

func TestNobodyWashesOutAnActorsFirstKey(t *testing.T) {
	m, ctx := actor.NewKeyMemory(), t.Context()
	alice := vocab.IRI("https://a.example/alice")
	taken := memoryStart.Add(365 * day)
	remember := func(r actor.KeyRecord) {
		r.Owner = alice
		require.NoError(t, m.Remember(ctx, r))
	}
	remember(actor.KeyRecord{Fingerprint: "hers", FirstSeen: memoryStart, Withdrawn: taken})
	for i := range 200 {
		at := taken.Add(time.Duration(i) * time.Second)
		remember(actor.KeyRecord{Fingerprint: fmt.Sprint(i), FirstSeen: at})
		remember(actor.KeyRecord{Fingerprint: fmt.Sprint(i), Withdrawn: at.Add(time.Second)})
	}
	remember(actor.KeyRecord{Fingerprint: "theirs", FirstSeen: taken.Add(day)})
	records, err := m.Keys(ctx, alice)
	require.NoError(t, err)
	assert.Equal(t, "hers", records[0].Fingerprint, "the key that was held for a year was forgotten")
	for _, r := range records[1:] {
		ok, why := actor.Continuous(records, r.Fingerprint, actor.OriginRecord{LastReached: taken}, true, taken.Add(2*day))
		assert.False(t, ok, "%s passes for the actor's first key: %s", r.Fingerprint, why)
	}
}
