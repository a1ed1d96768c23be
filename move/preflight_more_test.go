package move_test

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/move"
	"codeberg.org/godwit/godwit/vocab"
)

// outlook returns what is expected of one family.
func outlook(t *testing.T, f *move.Forecast, family string) move.Outlook {
	t.Helper()
	i := slices.IndexFunc(f.Outlooks, func(o move.Outlook) bool { return o.Family == family })
	require.GreaterOrEqual(t, i, 0, "no outlook for %s", family)
	return f.Outlooks[i]
}

// between predicts a move between two documents at other addresses than usual.
func between(t *testing.T, from, to vocab.IRI, world map[vocab.IRI]string) *move.Forecast {
	t.Helper()
	forecast, err := move.Preflight(t.Context(), documents(world), from, to, nil)
	require.NoError(t, err)
	return forecast
}

func TestPreflightListsEachFamilyInItsOrder(t *testing.T) {
	require.Equal(t, strings.Fields(everybody), move.Families())
	var got []string
	for _, o := range (leaving{}).forecast(t).Outlooks {
		got = append(got, o.Family)
	}
	assert.Equal(t, move.Families(), got)
}

func TestPreflightSaysTheSameTwice(t *testing.T) {
	l := leaving{old: members{"movedTo": far}, new: members{"alsoKnownAs": old, "manuallyApprovesFollowers": true}}
	assert.Equal(t, l.forecast(t), l.forecast(t))
}

func TestPreflightGoesByTheIDsThatTheDocumentsName(t *testing.T) {
	pageOld, pageNew := vocab.IRI("https://old.example/@al"), vocab.IRI("https://new.example/@al")
	claiming := person(next, `"alsoKnownAs":["`+string(old)+`"]`)
	forecast := between(t, pageOld, pageNew, map[vocab.IRI]string{pageOld: person(old), old: person(old), pageNew: claiming, next: claiming})
	assert.Equal(t, old, forecast.Old)
	assert.Equal(t, next, forecast.New)
	assert.Equal(t, "honoured", said(outlook(t, forecast, "mastodon")))
	assert.Nil(t, forecast.Refusal)

	t.Run("but not by one that does not answer for itself", func(t *testing.T) {
		forecast := between(t, old, pageNew, map[vocab.IRI]string{old: person(old), pageNew: claiming, next: person(far)})
		assert.Equal(t, "ignored redirected", said(outlook(t, forecast, "mastodon")))
		require.NotNil(t, forecast.Refusal)
		assert.Equal(t, move.Redirected, forecast.Refusal.Reason)
	})
	t.Run("nor by a document without any", func(t *testing.T) {
		forecast := between(t, old, next, map[vocab.IRI]string{old: person(old), next: `{"type":"Person"}`})
		assert.Equal(t, "ignored unreachable", said(outlook(t, forecast, "mastodon")))
	})
}

func TestPreflightOfAnAccountToItself(t *testing.T) {
	forecast := between(t, old, old, map[vocab.IRI]string{old: person(old, `"alsoKnownAs":["`+string(old)+`"]`)})
	for _, o := range forecast.Outlooks {
		assert.Equal(t, move.Ignored, o.Prediction, o.Family)
		assert.Equal(t, move.RuleName(move.SameAccount), o.Failing[0].Rule, o.Family)
	}
	require.NotNil(t, forecast.Refusal)
	assert.Equal(t, move.SameAccount, forecast.Refusal.Reason)
}

func TestPreflightWithoutAnHTTPAddress(t *testing.T) {
	forecast := between(t, old, "did:key:z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2", map[vocab.IRI]string{old: person(old)})
	for _, o := range forecast.Outlooks {
		assert.Equal(t, "ignored unsupported-scheme", said(o), o.Family)
	}
}

func TestPreflightOfAddressesThatSomeReadWrongly(t *testing.T) {
	t.Run("a query in the id", func(t *testing.T) {
		query := vocab.IRI("https://new.example/?author=7")
		forecast := between(t, old, query, map[vocab.IRI]string{old: person(old), query: person(query, `"alsoKnownAs":["`+string(old)+`"]`)})
		assert.Equal(t, "ignored query-in-id", said(outlook(t, forecast, "pixelfed")))
		assert.Equal(t, "honoured", said(outlook(t, forecast, "mastodon")))
	})
	t.Run("capital letters", func(t *testing.T) {
		capital := vocab.IRI("https://old.example/users/Al")
		forecast := between(t, capital, next, map[vocab.IRI]string{capital: person(capital), next: person(next, `"alsoKnownAs":["`+string(capital)+`"]`)})
		assert.Equal(t, "ignored alias-case", said(outlook(t, forecast, "pixelfed")))
		assert.Equal(t, "honoured", said(outlook(t, forecast, "mastodon")))
	})
	t.Run("the same handle under a new id", func(t *testing.T) {
		again := vocab.IRI("https://old.example/ap/1")
		forecast := between(t, old, again, map[vocab.IRI]string{old: person(old), again: person(again, `"alsoKnownAs":["`+string(old)+`"]`)})
		assert.Equal(t, "ignored rekeyed", said(outlook(t, forecast, "godwit")))
		assert.Equal(t, "honoured", said(outlook(t, forecast, "mastodon")))
	})
}

// A proven common identity is an alias to Mitra, and to nobody else.
func TestPreflightOfOneIdentity(t *testing.T) {
	key, err := actor.GenerateEd25519("https://identity.example/al")
	require.NoError(t, err)
	proving := func(id vocab.IRI) string {
		o, err := vocab.Parse([]byte(person(id)))
		require.NoError(t, err)
		statement, err := actor.SignIdentity(id, key, noon)
		require.NoError(t, err)
		o, err = actor.WithIdentity(o, statement)
		require.NoError(t, err)
		return string(o.Bytes())
	}
	forecast := leaving{
		new: members{"alsoKnownAs": nil}, others: map[vocab.IRI]string{old: proving(old), next: proving(next)},
	}.forecast(t)
	assert.Equal(t, "honoured", said(outlook(t, forecast, "mitra")))
	assert.Equal(t, "ignored not-linked", said(outlook(t, forecast, "akkoma")))
	assert.Equal(t, "ignored not-linked", said(outlook(t, forecast, "godwit")))

	forecast = leaving{others: map[vocab.IRI]string{old: proving(old), next: person(next)}}.forecast(t)
	assert.Equal(t, "ignored not-linked", said(outlook(t, forecast, "mitra")), "one side alone proves nothing")
}

func TestPreflightOfWhatCannotBeReadNow(t *testing.T) {
	for name, id := range map[string]vocab.IRI{"old": old, "new": next} {
		t.Run(name, func(t *testing.T) {
			l := leaving{broken: map[vocab.IRI]error{id: actor.ErrUnavailable}}
			_, err := move.Preflight(t.Context(), l, old, next, nil)
			failed, ok := errors.AsType[*actor.FetchError](err)
			require.True(t, ok, "an account that is down for now is no finding: %v", err)
			assert.True(t, failed.Temporary())
		})
	}
	t.Run("further along the chain", func(t *testing.T) {
		forecast := leaving{new: members{"movedTo": far}, broken: map[vocab.IRI]error{far: actor.ErrTimeout}}.forecast(t)
		assert.Equal(t, "cannot-tell unreachable", said(outlook(t, forecast, "godwit")))
		assert.Contains(t, outlook(t, forecast, "godwit").Failing[0].Remedy, string(far))
		assert.Nil(t, forecast.Refusal)
	})
}

func TestPreflightStopsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	_, err := move.Preflight(ctx, leaving{}, old, next, &move.PreflightOptions{
		Resolve: func(context.Context, string) (vocab.IRI, error) { cancel(); return "", context.Canceled },
	})
	assert.ErrorIs(t, err, context.Canceled)
}

// fresh answers only past caches.
type fresh struct{ leaving }

func (f fresh) Fetch(context.Context, vocab.IRI) (*vocab.Object, error) {
	return nil, errors.New("an old answer was believed")
}

func (f fresh) FetchFresh(ctx context.Context, id vocab.IRI) (*vocab.Object, error) {
	return f.leaving.Fetch(ctx, id)
}

func TestPreflightGoesPastCaches(t *testing.T) {
	_, err := move.Preflight(t.Context(), fresh{}, old, next, nil)
	assert.NoError(t, err)
}

func TestPreflightOfALockedAccount(t *testing.T) {
	forecast := leaving{new: members{"manuallyApprovesFollowers": true}}.forecast(t)
	neither := string(next) + " approves followers by hand: until it does, a follower follows neither account"
	for family, note := range map[string]string{
		"gotosocial": neither, "mastodon": neither,
		"vutuv":  string(next) + " approves followers by hand: the old follow is kept until it does",
		"godwit": string(next) + " approves followers by hand: the old follow is kept until it does",
		"hollo":  string(next) + " approves followers by hand: each follow waits until it does, the old one stays",
	} {
		assert.Contains(t, outlook(t, forecast, family).Notes, note, family)
		assert.Equal(t, move.Honoured, outlook(t, forecast, family).Prediction, family)
	}
	for _, o := range (leaving{}).forecast(t).Outlooks {
		assert.NotContains(t, strings.Join(o.Notes, "\n"), "by hand", "%s: the account is not locked", o.Family)
	}
}

func TestPreflightNotesOfMovedOnAccounts(t *testing.T) {
	forecast := leaving{
		new:    members{"movedTo": far},
		others: map[vocab.IRI]string{far: person(far, `"alsoKnownAs":["`+string(next)+`"]`)},
	}.forecast(t)
	assert.Contains(t, outlook(t, forecast, "akkoma").Notes, string(next)+" has itself moved on to "+string(far)+": its server may refuse new followers")
	assert.Equal(t, []string{"follows " + string(far) + ", where the new account has moved on to"}, outlook(t, forecast, "godwit").Notes)
}

func TestPreflightSaysWhatItAssumes(t *testing.T) {
	everything := strings.Join(between(t, old, next, map[vocab.IRI]string{old: person(old), next: person(next)}).Assumed, "\n")
	assert.Contains(t, everything, "movedTo of "+string(old)+" will be set to "+string(next)+" by the move")
	assert.Contains(t, everything, "it was not asked")
	assert.Contains(t, everything, "its software is not known")

	known := leaving{old: members{"movedTo": next}, options: move.PreflightOptions{Software: "mastodon"}}.forecast(t)
	nothing := strings.Join(known.Assumed, "\n")
	assert.NotContains(t, nothing, "will be set")
	assert.NotContains(t, nothing, "not asked")
	assert.NotContains(t, nothing, "not known")
	assert.NotContains(t, strings.Join(leaving{options: move.PreflightOptions{Software: "akkoma"}}.forecast(t).Assumed, "\n"), "will be set")

	unseen := strings.Join(known.Unseen, "\n")
	for _, what := range []string{"cached", "block", "cool-downs"} {
		assert.Contains(t, unseen, what)
	}
}

// The old account's own server has rules before it sends anything.
func TestPreflightOfTheSender(t *testing.T) {
	assert.Nil(t, leaving{}.forecast(t).Sender, "unknown software has no rules to predict")
	bare := members{"alsoKnownAs": old}
	for situation, c := range map[string]struct {
		leaving
		software, want string
	}{
		"all is well":                           {leaving{}, "mastodon", "honoured"},
		"Misskey takes a bare string to pieces": {leaving{new: bare}, "sharkey", "ignored alias-list"},
		"Pixelfed wants an array":               {leaving{new: bare}, "pixelfed", "ignored alias-list"},
		"Mastodon takes a bare string":          {leaving{new: bare}, "mastodon", "honoured"},
		"Mastodon asks WebFinger":               {leaving{options: move.PreflightOptions{Resolve: leadsTo(far)}}, "mastodon", "ignored webfinger"},
		"GoToSocial looks at 20 aliases":        {leaving{new: members{"alsoKnownAs": fillers(20)}}, "gotosocial", "ignored alias-position"},
		"GoToSocial wants a settled account": {
			leaving{new: members{"movedTo": far}, others: map[vocab.IRI]string{far: person(far)}}, "gotosocial", "ignored moved-further",
		},
		"Mitra asks for nothing": {leaving{new: members{"alsoKnownAs": nil}}, "mitra", "honoured"},
	} {
		t.Run(situation, func(t *testing.T) {
			c.options.Software = c.software
			sender := c.forecast(t).Sender
			require.NotNil(t, sender)
			assert.Equal(t, c.want, said(*sender))
		})
	}
	plain := vocab.IRI("http://new.example/users/al")
	forecast, err := move.Preflight(t.Context(), documents{old: person(old), plain: person(plain, `"alsoKnownAs":["`+string(old)+`"]`)}, old, plain, &move.PreflightOptions{Software: "vutuv"})
	require.NoError(t, err)
	assert.Equal(t, "ignored https-only", said(*forecast.Sender))
}

func TestFamilyOf(t *testing.T) {
	for software, want := range map[string]string{
		"mastodon": "mastodon", "GoToSocial": "gotosocial", "Sharkey": "misskey", "pleroma": "akkoma", "bridgy-fed": "bridgyfed", "godwit": "godwit",
	} {
		family, known := move.FamilyOf(software)
		assert.True(t, known, software)
		assert.Equal(t, want, family, software)
	}
	for _, software := range []string{"", "lemmy", "mastodon2"} {
		family, known := move.FamilyOf(software)
		assert.False(t, known, software)
		assert.Empty(t, family, software)
	}
}

func TestReach(t *testing.T) {
	followers := map[string]int{
		"mastodon": 100, "Sharkey": 20, "snac": 3, "bookwyrm": 5, "wordpress": 2, "lemmy": 7, "gotosocial": 0, "akkoma": -1,
	}
	reach := leaving{new: members{"alsoKnownAs": old}}.forecast(t).Reach(followers)
	assert.Equal(t, 120, reach.Moved)
	assert.Equal(t, 5, reach.Told)
	assert.Equal(t, 5, reach.Missed, "snac wants an array, and WordPress moves nobody")
	assert.Equal(t, 7, reach.Unknown)
	assert.Equal(t, 17, reach.Left())
	assert.Zero(t, reach.Waiting)
	var people int
	parts := map[string]move.Part{}
	for _, p := range reach.Parts {
		people += p.People
		parts[p.Software] = p
		assert.Equal(t, p.Prediction == move.Honoured, p.Why == "", "%s: whoever stays is told why", p.Software)
	}
	assert.Equal(t, reach.Moved+reach.Left(), people, "nobody is counted twice or forgotten")
	assert.Equal(t, []string{"Sharkey", "bookwyrm", "lemmy", "mastodon", "snac", "wordpress"}, slices.Sorted(maps.Keys(parts)))
	assert.Contains(t, parts["snac"].Why, "alias-list: ")
	assert.Equal(t, "misskey", parts["Sharkey"].Family)
	assert.Empty(t, parts["lemmy"].Family)

	locked := leaving{new: members{"manuallyApprovesFollowers": true}}.forecast(t).Reach(map[string]int{"mastodon": 4, "bookwyrm": 1})
	assert.Equal(t, 4, locked.Waiting)

	hidden := leaving{broken: map[vocab.IRI]error{next: actor.ErrForbidden}}.forecast(t).Reach(map[string]int{"mastodon": 4})
	assert.Equal(t, 4, hidden.Unknown, "what is hidden is not missed")
}
