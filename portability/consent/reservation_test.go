package consent_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"codeberg.org/godwit/godwit/portability/consent"
	"codeberg.org/godwit/godwit/vocab"
)

func TestNamesHaveOneSpelling(t *testing.T) {
	for name, c := range map[string]struct {
		want   string
		ground consent.Ground
	}{
		"alice":                 {"alice", ""},
		" @Alice ":              {"alice", ""},
		"a.l-i_ce9":             {"a.l-i_ce9", ""},
		"_":                     {"_", ""},
		"":                      {"", consent.GroundBadName},
		".alice":                {"", consent.GroundBadName},
		"alice-":                {"", consent.GroundBadName},
		"al ice":                {"", consent.GroundBadName},
		"alice@old.example":     {"", consent.GroundBadName},
		"../alice":              {"", consent.GroundBadName},
		"аlice":                 {"", consent.GroundBadName}, // the first letter is Cyrillic
		"\u212aate":             {"", consent.GroundBadName}, // it begins with the Kelvin sign
		"al\u200bice":           {"", consent.GroundBadName},
		"\xffalice":             {"", consent.GroundBadName},
		strings.Repeat("a", 31): {"", consent.GroundBadName},
		"Admin":                 {"admin", consent.GroundNameReserved},
	} {
		got, ground := consent.Names{}.Canonical(name)
		assert.Equal(t, c.want, got, "%q", name)
		assert.Equal(t, c.ground, ground, "%q", name)
	}
	got, ground := consent.Names{Longest: 40, Never: []string{}}.Canonical("ADMIN" + strings.Repeat("1", 35))
	assert.Equal(t, "admin"+strings.Repeat("1", 35), got)
	assert.Empty(t, ground)
}

func TestSuggestionsAreNames(t *testing.T) {
	assert.Equal(t, []string{"alice_old", "alice2", "alice3"}, consent.Names{}.Suggestions("Alice", "https://old.example/users/alice")[:3])
	assert.Equal(t, []string{"lice", "lice_mein_server", "lice2"}, consent.Names{}.Suggestions("Älice", "https://mein-server.example/")[:3])
	assert.Equal(t, "admin2", consent.Names{}.Suggestions("admin", "https://[::1]/")[0])
}

func FuzzSuggestions(f *testing.F) {
	f.Add("alice", "https://old.example/")
	f.Add("…", "acct:x")
	f.Add(strings.Repeat("a", 40), "https://"+strings.Repeat("b", 60)+".example/")
	f.Fuzz(func(t *testing.T, name, old string) {
		var names consent.Names
		all := names.Suggestions(name, vocab.IRI("https://"+old+"/"))
		seen := map[string]bool{}
		for _, s := range all {
			canonical, ground := names.Canonical(s)
			if canonical != s || ground != "" || seen[s] {
				t.Errorf("%q for %q: %q %q", s, name, canonical, ground)
			}
			seen[s] = true
		}
		if len(all) < 3 {
			t.Errorf("%d suggestions for %q", len(all), name)
		}
	})
}

// Whoever reserves, prolongs and lets go, in whatever spelling, while clocks jump: at no
// moment have two people been told that one name is theirs, and it still is.
func TestTwoPeopleNeverHoldOneName(t *testing.T) {
	people := []string{"ann", "ben", "cem"}
	spellings := []string{"alice", "ALICE", "@Alice", "bob", "BoB"}
	rapid.Check(t, func(r *rapid.T) {
		store, now, ctx := consent.NewMemory(), lockNoon, context.Background()
		believes := map[string]map[string]time.Time{} // name, person: until when
		check := func(r *rapid.T) {
			for name, holders := range believes {
				held, err := store.Reserved(ctx, []string{name}, now)
				require.NoError(r, err)
				valid := 0
				for person, until := range holders {
					if now.Before(until) && held[name].By == person {
						valid++
					}
				}
				require.LessOrEqual(r, valid, 1, "%s", name)
			}
		}
		r.Repeat(map[string]func(*rapid.T){
			"": check,
			"reserve": func(r *rapid.T) {
				name, _ := consent.Names{}.Canonical(rapid.SampledFrom(spellings).Draw(r, "name"))
				person := rapid.SampledFrom(people).Draw(r, "person")
				until := now.Add(time.Duration(rapid.IntRange(-5, 60).Draw(r, "minutes")) * time.Minute)
				before, err := store.Reserved(ctx, []string{name}, now)
				require.NoError(r, err)
				held, ok, err := store.Reserve(ctx, consent.Reservation{Name: name, By: person, Until: until}, now)
				require.NoError(r, err)
				if !ok {
					require.NotEqual(r, person, held.By)
					require.Equal(r, before[name], held, "it was refused for somebody")
					return
				}
				if other, found := before[name]; found {
					require.Equal(r, other.By, person, "it was taken from somebody")
				}
				if believes[name] == nil {
					believes[name] = map[string]time.Time{}
				}
				believes[name][person] = until
			},
			"release": func(r *rapid.T) {
				name, _ := consent.Names{}.Canonical(rapid.SampledFrom(spellings).Draw(r, "name"))
				person := rapid.SampledFrom(people).Draw(r, "person")
				require.NoError(r, store.ReleaseName(ctx, name, person))
				delete(believes[name], person)
			},
			"the clock jumps": func(r *rapid.T) {
				now = now.Add(time.Duration(rapid.IntRange(-90, 90).Draw(r, "minutes")) * time.Minute)
			},
		})
	})
}

func ExampleNames_Suggestions() {
	var names consent.Names
	fmt.Println(names.Suggestions("Alice", "https://old.example/users/alice")[:3])
	// Output: [alice_old alice2 alice3]
}
