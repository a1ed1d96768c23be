package move_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/internal/samples"
	"codeberg.org/godwit/godwit/move"
	"codeberg.org/godwit/godwit/vocab"
)

// claiming is the new account, which claims the old one.
var claiming = account(next, fmt.Sprintf(`,"alsoKnownAs":[%q]`, old))

func TestNewRefusesWhatReceiversWould(t *testing.T) {
	tombstone := fmt.Sprintf(`{"@context":"https://www.w3.org/ns/activitystreams","id":%q,"type":"Tombstone","formerType":"Person","inbox":"https://x.example/i"}`, next)
	for name, c := range map[string]struct {
		old, new string
		want     move.Reason
	}{
		"no alias":                            {account(old, ""), account(next, ""), move.NotLinked},
		"alias of a stranger":                 {account(old, ""), account(next, fmt.Sprintf(`,"alsoKnownAs":%q`, far)), move.NotLinked},
		"the two are one":                     {account(old, ""), account(old, fmt.Sprintf(`,"alsoKnownAs":%q`, old)), move.SameAccount},
		"the old account has no id":           {`{"type":"Person","inbox":"https://old.example/i"}`, claiming, move.Malformed},
		"two movedTo":                         {account(old, fmt.Sprintf(`,"movedTo":[%q,%q]`, next, far)), claiming, move.Malformed},
		"the new account is no web address":   {account(old, ""), account("ap://did:key:z6Mk/actor", fmt.Sprintf(`,"alsoKnownAs":%q`, old)), move.UnsupportedScheme},
		"the new account is a note":           {account(old, ""), fmt.Sprintf(`{"@context":"https://www.w3.org/ns/activitystreams","id":%q,"type":"Note","alsoKnownAs":%q}`, next, old), move.WrongType},
		"the new account is deleted":          {account(old, ""), tombstone, move.Gone},
		"the new account is suspended":        {account(old, ""), account(next, fmt.Sprintf(`,"alsoKnownAs":%q,"suspended":true`, old)), move.Suspended},
		"same handle, another id":             {account("https://old.example/users/1", `,"preferredUsername":"al"`), account("https://old.example/users/2", `,"preferredUsername":"al","alsoKnownAs":"https://old.example/users/1"`), move.Rekeyed},
		"the old account is copied":           {account(old, fmt.Sprintf(`,"copiedTo":%q`, next)), claiming, move.CopiedOnly},
		"the old account has moved elsewhere": {account(old, fmt.Sprintf(`,"movedTo":%q`, far)), claiming, move.MovedElsewhere},
		"the new account has moved on":        {account(old, ""), account(next, fmt.Sprintf(`,"alsoKnownAs":%q,"movedTo":%q`, old, far)), move.MovedFurther},
		"the new account points back":         {account(old, ""), account(next, fmt.Sprintf(`,"alsoKnownAs":%q,"movedTo":%q`, old, old)), move.Cycle},
	} {
		t.Run(name, func(t *testing.T) {
			built, err := move.New(parse(t, c.old), parse(t, c.new), nil)
			refused, ok := errors.AsType[*move.RefusedError](err)
			require.True(t, ok, "got %v", err)
			assert.Nil(t, built)
			assert.Equal(t, c.want, refused.Reason)
			assert.NotEmpty(t, refused.Hint(), "a person can act on it")
		})
	}
}

func TestNewWritesForTheStrictestReader(t *testing.T) {
	built, err := move.New(parse(t, account(old, "")), parse(t, claiming), &move.BuildOptions{At: noon})
	require.NoError(t, err)
	m := built.Move
	assert.True(t, m.Is(vocab.TypeMove))
	assert.True(t, m.ID().IsHTTP(), "an id of its own")
	assert.True(t, vocab.SameOrigin(m.ID(), old), "on the old account's server")
	assert.NotEqual(t, old, m.ID())
	assert.Equal(t, old, m.IRI(vocab.Actor))
	assert.Equal(t, old, m.IRI(vocab.ObjectProperty))
	assert.Equal(t, next, m.IRI(vocab.Target))
	assert.Contains(t, m.String(), fmt.Sprintf(`"to":[%q]`, old+"/followers"))
	assert.Contains(t, m.String(), fmt.Sprintf(`"cc":[%q]`, vocab.Public))
	assert.Equal(t, "2026-11-22T12:00:00Z", m.Text(vocab.Published))

	u := built.Update
	assert.True(t, u.Is(vocab.TypeUpdate))
	assert.NotEqual(t, m.ID(), u.ID())
	assert.Equal(t, next, actor.StandingOf(u.Child(vocab.ObjectProperty)).MovedTo, "the Update shows where to")
	assert.Equal(t, next, actor.StandingOf(built.Actor).MovedTo)

	claim, err := move.Read(m)
	require.NoError(t, err, "what we write we take")
	assert.Equal(t, move.Claim{ID: m.ID(), Actor: old, Old: old, Target: next}, claim)
}

// Two moves between the same accounts, a year apart, are two.
func TestIDs(t *testing.T) {
	build := func(o *move.BuildOptions) *move.Announcement {
		built, err := move.New(parse(t, account(old, "")), parse(t, claiming), o)
		require.NoError(t, err)
		return built
	}
	first, again := build(&move.BuildOptions{At: noon}), build(&move.BuildOptions{At: noon})
	assert.Equal(t, first.Move.ID(), again.Move.ID(), "the same decision has the same id")
	later := build(&move.BuildOptions{At: noon.AddDate(1, 0, 0)})
	assert.NotEqual(t, first.Move.ID(), later.Move.ID())
	own := build(&move.BuildOptions{MoveID: "https://old.example/activities/1", UpdateID: "https://old.example/activities/2"})
	assert.Equal(t, vocab.IRI("https://old.example/activities/1"), own.Move.ID())
	assert.Equal(t, vocab.IRI("https://old.example/activities/2"), own.Update.ID())
}

// movedTo means as:movedTo whatever the actor's own context says, and nothing
// else of the document changes, byte for byte.
func TestPointingChangesNothingElse(t *testing.T) {
	const as = `"https://www.w3.org/ns/activitystreams"`
	term := `{"movedTo":{"@id":"https://www.w3.org/ns/activitystreams#movedTo","@type":"@id"}}`
	rest := `"id":"https://old.example/users/al", "type":"Person","inbox" : "https://old.example/i","x":1.0e1,"y":"\u00e9 <b>","toot:z":null`
	for name, c := range map[string]struct{ context, want string }{
		"one context":            {as, `[` + as + `,` + term + `]`},
		"a list":                 {`[` + as + `,"https://w3id.org/security/v1"]`, `[` + as + `,"https://w3id.org/security/v1",` + term + `]`},
		"a list that defines it": {`[` + as + `,{"movedTo" : {"@id":"as:movedTo","@type":"@id"}}]`, `[` + as + `,{"movedTo" : {"@id":"as:movedTo","@type":"@id"}}]`},
		"a list that takes it for something else": {`[` + as + `,{"movedTo":"https://x.example/moved"}]`, `[` + as + `,{"movedTo":"https://x.example/moved"},` + term + `]`},
		"a list that defines others":              {`[` + as + `,{"toot":"http://joinmastodon.org/ns#"}]`, `[` + as + `,{"toot":"http://joinmastodon.org/ns#"},` + term + `]`},
	} {
		t.Run(name, func(t *testing.T) {
			pointing, err := move.Pointing(parse(t, `{"@context":`+c.context+`, `+rest+`}`), next)
			require.NoError(t, err)
			text := pointing.String()
			added := fmt.Sprintf(`"movedTo":%q`, next)
			require.Equal(t, 1, strings.Count(text, added), text)
			without := strings.Replace(strings.Replace(text, ","+added, "", 1), added+",", "", 1)
			assert.Equal(t, `{"@context":`+c.want+`, `+rest+`}`, without)
		})
	}
	t.Run("pointing twice is pointing once", func(t *testing.T) {
		once, err := move.Pointing(parse(t, `{"@context":`+as+`,`+rest+`}`), next)
		require.NoError(t, err)
		twice, err := move.Pointing(once, next)
		require.NoError(t, err)
		assert.Equal(t, once.String(), twice.String())
	})
	t.Run("no context at all", func(t *testing.T) {
		pointing, err := move.Pointing(parse(t, `{`+rest+`}`), next)
		require.NoError(t, err)
		assert.True(t, pointing.Has(vocab.Context), "readers refuse documents without one")
	})
	t.Run("a real account", func(t *testing.T) {
		person := parse(t, string(samples.Actor))
		pointing, err := move.Pointing(person, next)
		require.NoError(t, err)
		back, err := pointing.Without(vocab.MovedTo)
		require.NoError(t, err)
		assert.True(t, bytes.Equal(person.Bytes(), back.Bytes()), "its context defines movedTo already")
	})
}

// The keys in the document stay what they are until the move is over.
func TestNewKeepsTheKeys(t *testing.T) {
	person := parse(t, string(samples.Actor))
	to := account("https://new.example/users/alice", fmt.Sprintf(`,"alsoKnownAs":[%q]`, person.ID()))
	built, err := move.New(person, parse(t, to), nil)
	require.NoError(t, err)
	before, problems := actor.Keys(person)
	require.Empty(t, problems)
	require.NotEmpty(t, before)
	after, _ := actor.Keys(built.Actor)
	assert.Equal(t, before, after)
	updated, _ := actor.Keys(built.Update.Child(vocab.ObjectProperty))
	assert.Equal(t, before, updated, "in the Update too")
}
