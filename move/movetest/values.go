package movetest

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/move"
	"codeberg.org/godwit/godwit/vocab"
)

// names are identifiers that a careless store stumbles over.
var names = map[string]vocab.IRI{
	"quotes":            `https://a.example/o'brien"` + "`;--",
	"unicode":           "https://bücher.example/users/ä/🐦",
	"percent":           "https://a.example/%25%27%00/_%",
	"a wildcard":        "https://a.example/%",
	"a question mark":   "https://a.example/?a=$1&b=:c&d=@e",
	"upper case":        "https://A.example/USERS/Alice",
	"space at the end":  "https://a.example/ ",
	"two kilobytes":     vocab.IRI("https://a.example/" + strings.Repeat("x", 2048)),
	"a number":          "0123",
	"a did":             "did:key:z6Mk",
	"a decomposed name": "https://a.example/u\u0308",
	"a composed name":   "https://a.example/\u00fc",
	"a zero byte":       "https://a.example/\x00",
	"a zero byte alone": "\x00",
	"no UTF-8":          "https://a.example/\xff",
	"half a character":  "https://a.example/\xc3",
	"no character":      "\uffff00",
	"as if replaced":    "https://a.example/\ufffd",
}

var valueSituations = []situation{
	{"everything that a case says is kept", func(t *testing.T, store move.Store) {
		want := move.Case{
			ID: "full", Side: move.In, Old: alice, New: home, Claimed: other, Generation: 3,
			Activity: []byte("the Move"), Update: []byte("the Update"),
			Evidence: move.Evidence{
				By: "http", Signer: alice, KeyID: alice + "#main-key", Fingerprint: "f00",
				At: start.Add(-time.Second), Delivered: start.Add(time.Microsecond),
			},
			Secret: "hash", Opened: start, Begun: start.Add(time.Hour), Cancelled: start.Add(2 * time.Hour),
		}
		unbegun := want
		unbegun.Begun, unbegun.Cancelled = time.Time{}, time.Time{}
		opened(t, store, unbegun)
		_, _, _, err := store.Begin(t.Context(), want, ownStep(move.Verified, start), start)
		require.NoError(t, err)
		require.NoError(t, store.Cancel(t.Context(), "full", want.Cancelled))
		got, err := store.Case(t.Context(), "full")
		require.NoError(t, err)
		sameCase(t, want, got, "read one by one")
		found, err := store.About(t.Context(), move.In, other)
		require.NoError(t, err)
		require.Len(t, found, 1)
		want.Activity, want.Update = nil, nil
		assert.Equal(t, want, found[0], "found by an actor, all but what is large")
	}},
	{"everything that a step says is kept", func(t *testing.T, store move.Store) {
		want := move.Step{
			Party: bob, Host: "h.example", State: move.Requested, Due: start, Attempts: 7, Status: 202,
			Reason: move.Repointed, From: alice, Cursor: "c", Since: start.Add(-time.Hour),
		}
		c := opened(t, store, moving(move.In, alice, home), want)
		got := find(t, store, c.ID, bob)
		want.Case, want.Side, want.Version = c.ID, move.In, got.Version
		assert.Equal(t, want, got, "found")
		assert.Equal(t, []move.Step{want}, list(t, store, c.ID, ""), "listed")
		of, err := store.Of(t.Context(), move.In, bob)
		require.NoError(t, err)
		assert.Equal(t, []move.Step{want}, of, "found by its party")
		want.Version = got.Version + 1
		assert.Equal(t, []move.Step{want}, claim(t, store, start, 1, 1), "claimed")
	}},
	{"what is empty stays empty", func(t *testing.T, store move.Store) {
		want := move.Case{ID: "bare", Side: move.In}
		kept, own, _, err := store.Open(t.Context(), want, move.Step{})
		require.NoError(t, err)
		sameCase(t, want, kept, "as returned")
		kept, err = store.Case(t.Context(), "bare")
		require.NoError(t, err)
		sameCase(t, want, kept, "as read")
		assert.Empty(t, kept.Activity)
		assert.Equal(t, move.Step{Case: "bare", Side: move.In, Version: own.Version}, find(t, store, "bare", ""))
	}},
	{"an activity is kept byte for byte", func(t *testing.T, store move.Store) {
		c := moving(move.Out, alice, home)
		for i := range 256 {
			c.Activity = append(c.Activity, byte(i))
		}
		c.Update = bytes.Repeat([]byte("{\r\n\t\"a\": 1.0e+2 }\xff"), 60_000)
		opened(t, store, c)
		got, err := store.Case(t.Context(), c.ID)
		require.NoError(t, err)
		assert.True(t, bytes.Equal(c.Activity, got.Activity), "bytes that are no text")
		assert.True(t, bytes.Equal(c.Update, got.Update), "a megabyte")
	}},
	{"what is returned or given can be changed without harm", func(t *testing.T, store move.Store) {
		c := moving(move.In, alice, home)
		kept := opened(t, store, c)
		c.Activity[0], kept.Activity[0] = 'X', 'Y'
		got, err := store.Case(t.Context(), c.ID)
		require.NoError(t, err)
		assert.Equal(t, `{"type":"Move"}`, string(got.Activity))
	}},
	{"times are kept to the microsecond, in UTC", func(t *testing.T, store move.Store) {
		zone := time.FixedZone("far", -11*3600)
		for name, at := range map[string]time.Time{
			"of another zone":   start.In(zone),
			"before 1970":       time.Date(1969, 7, 20, 20, 17, 40, 999_999_000, time.UTC),
			"the epoch":         time.Unix(0, 0),
			"with nanoseconds":  start.Add(789),
			"with a monotone":   time.Now(),
			"of the far future": time.Date(9999, 12, 31, 23, 59, 59, 999_999_000, time.UTC),
		} {
			c := moving(move.In, alice, home+vocab.IRI(name))
			c.Opened = at
			kept := opened(t, store, c, party("a.example", 1, at))
			got, err := store.Case(t.Context(), c.ID)
			require.NoError(t, err)
			assert.Equal(t, kept.Opened, got.Opened, "what was returned is what is read, %s", name)
			assert.Equal(t, time.UTC, got.Opened.Location(), name)
			assert.Equal(t, at.Truncate(time.Microsecond).UTC(), got.Opened.Truncate(time.Microsecond), name)
			due := find(t, store, c.ID, party("a.example", 1, at).Party).Due
			assert.Equal(t, at.Truncate(time.Microsecond).UTC(), due.Truncate(time.Microsecond), "due %s", name)
		}
	}},
	{"strange names are kept and kept apart", func(t *testing.T, store move.Store) {
		for what, name := range names {
			c := moving(move.In, name, home)
			opened(t, store, c, move.Step{Party: name, Host: string(name), State: move.Queued, From: name, Cursor: string(name)})
			found, err := store.About(t.Context(), move.In, name)
			require.NoError(t, err, what)
			require.Equal(t, []string{c.ID}, ids(found), what)
			assert.Equal(t, name, found[0].Old, what)
			of, err := store.Of(t.Context(), move.In, name)
			require.NoError(t, err, what)
			require.Len(t, of, 1, what)
			assert.Equal(t, []string{string(name), string(name), string(name)}, []string{of[0].Host, string(of[0].From), of[0].Cursor}, what)
		}
	}},
}

var contextSituations = []situation{
	{"whoever has given up is told so, and nothing happens", func(t *testing.T, store move.Store) {
		c := opened(t, store, moving(move.In, alice, home), party("a.example", 1, start))
		s := find(t, store, c.ID, party("a.example", 1, start).Party)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		for name, err := range everyMethod(ctx, store, s) {
			assert.ErrorIs(t, err, context.Canceled, name)
		}
		assert.Equal(t, s, find(t, store, c.ID, s.Party))
		kept, err := store.Case(t.Context(), c.ID)
		require.NoError(t, err)
		sameCase(t, c, kept, "not begun, not cancelled")
		assert.Len(t, claim(t, store, start, many, many), 1, "not leased")
	}},
}

// everyMethod calls each method with a step that is there, and returns the
// errors by name.
func everyMethod(ctx context.Context, store move.Store, s move.Step) map[string]error {
	errs := map[string]error{}
	_, _, _, errs["Open"] = store.Open(ctx, moving(move.In, bob, home), ownStep(move.Deferred, start))
	_, _, _, errs["Begin"] = store.Begin(ctx, begun(move.In, alice, home, start), ownStep(move.Verified, start), start)
	errs["Cancel"] = store.Cancel(ctx, s.Case, start)
	_, errs["About"] = store.About(ctx, move.In, alice)
	_, errs["Case"] = store.Case(ctx, s.Case)
	errs["Add"] = store.Add(ctx, s.Case, []move.Step{party("b.example", 2, start)}, "cursor")
	_, errs["Claim"] = store.Claim(ctx, move.In, start, lease, 1, 1)
	errs["Advance"] = store.Advance(ctx, s)
	_, errs["Next"] = store.Next(ctx, move.In)
	for _, err := range store.List(ctx, s.Case, "") {
		errs["List"] = err
	}
	_, errs["Find"] = store.Find(ctx, s.Case, s.Party)
	_, errs["Of"] = store.Of(ctx, move.In, s.Party)
	return errs
}
