package webfinger_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/webfinger"
)

const mastodonJRD = `{"subject":"acct:alice@social.example",
 "aliases":["https://social.example/@alice","https://social.example/users/alice"],
 "links":[
  {"rel":"http://webfinger.net/rel/profile-page","type":"text/html","href":"https://social.example/@alice"},
  {"rel":"self","type":"application/activity+json","href":"https://social.example/users/alice"},
  {"rel":"http://ostatus.org/schema/1.0/subscribe","template":"https://social.example/authorize_interaction?uri={uri}"}]}`

func TestParseJRDOfMastodon(t *testing.T) {
	j, err := webfinger.ParseJRD([]byte(mastodonJRD))
	require.NoError(t, err)
	assert.Equal(t, "acct:alice@social.example", j.Subject)
	assert.Len(t, j.Aliases, 2)
	assert.Equal(t, []string{"https://social.example/users/alice"}, j.Actors())
	assert.Equal(t, "https://social.example/@alice", j.Profile())
	require.Len(t, j.Links, 3)
	assert.Equal(t, "https://social.example/authorize_interaction?uri={uri}", j.Links[2].Template)

	data, err := j.Bytes()
	require.NoError(t, err)
	assert.JSONEq(t, mastodonJRD, string(data), "nothing is lost on the way back")
}

func TestParseJRDKeepsNamesAndProperties(t *testing.T) {
	const doc = `{"properties":{"http://a.example/p":null,"http://a.example/q":"v"},
	 "links":[{"rel":"author","titles":{"en":"Alice","und":"A"},"properties":{"http://a.example/r":null}}]}`
	j, err := webfinger.ParseJRD([]byte(doc))
	require.NoError(t, err)
	data, err := j.Bytes()
	require.NoError(t, err)
	assert.JSONEq(t, doc, string(data))
}

func TestActorLinks(t *testing.T) {
	for _, c := range []struct {
		situation, link string
		found           bool
	}{
		{"the usual type", `{"rel":"self","type":"application/activity+json","href":"https://a.example/u"}`, true},
		{"JSON-LD with the profile", `{"rel":"self","type":"application/ld+json; profile=\"https://www.w3.org/ns/activitystreams\"","href":"https://a.example/u"}`, true},
		{"the profile without a space", `{"rel":"self","type":"application/ld+json;profile=\"https://www.w3.org/ns/activitystreams\"","href":"https://a.example/u"}`, true},
		{"one profile of several", `{"rel":"self","type":"application/ld+json; profile=\"https://x.example https://www.w3.org/ns/activitystreams\"","href":"https://a.example/u"}`, true},
		{"a type in capitals", `{"rel":"self","type":"Application/Activity+JSON","href":"https://a.example/u"}`, true},
		{"JSON-LD of no profile", `{"rel":"self","type":"application/ld+json","href":"https://a.example/u"}`, false},
		{"JSON-LD of another profile", `{"rel":"self","type":"application/ld+json; profile=\"https://x.example\"","href":"https://a.example/u"}`, false},
		{"no type", `{"rel":"self","href":"https://a.example/u"}`, false},
		{"a page", `{"rel":"self","type":"text/html","href":"https://a.example/u"}`, false},
		{"another relation", `{"rel":"alternate","type":"application/activity+json","href":"https://a.example/u"}`, false},
		{"no address", `{"rel":"self","type":"application/activity+json"}`, false},
		{"an address that is a list", `{"rel":"self","type":"application/activity+json","href":["https://a.example/u"]}`, false},
	} {
		j, err := webfinger.ParseJRD([]byte(`{"links":[` + c.link + `]}`))
		require.NoError(t, err, c.situation)
		assert.Equal(t, c.found, len(j.Actors()) == 1, c.situation)
	}
}

func TestParseJRDForgives(t *testing.T) {
	for situation, doc := range map[string]string{
		"one link instead of a list": `{"links":{"rel":"self","type":"application/activity+json","href":"https://a.example/u"}}`,
		"wrong types everywhere": `{"subject":7,"aliases":{"a":1},"properties":[],"expires":{},
			"links":[null,1,"x",[],{"rel":5},{"rel":"self","type":"application/activity+json","href":"https://a.example/u","titles":3,"properties":"p"}]}`,
		"the same link twice": `{"links":[{"rel":"self","type":"application/activity+json","href":"https://a.example/u"},
			{"rel":"self","type":"application/activity+json","href":"https://a.example/u"}]}`,
	} {
		j, err := webfinger.ParseJRD([]byte(doc))
		require.NoError(t, err, situation)
		assert.Equal(t, []string{"https://a.example/u"}, j.Actors(), situation)
		assert.Empty(t, j.Subject, situation)
		assert.Empty(t, j.Aliases, situation)
	}
	j, err := webfinger.ParseJRD([]byte(`{"aliases":"https://a.example/u","Subject":"acct:x@y.example"}`))
	require.NoError(t, err)
	assert.Equal(t, []string{"https://a.example/u"}, j.Aliases, "one alias instead of a list")
	assert.Empty(t, j.Subject, "a member in capitals is another member")
}

func TestParseJRDRefuses(t *testing.T) {
	for situation, doc := range map[string]string{
		"nothing":             ``,
		"a page":              `<!doctype html><title>hello</title>`,
		"a list":              `[]`,
		"null":                `null`,
		"two documents":       `{} {}`,
		"half a document":     `{"subject":"acct:a@b.example"`,
		"two subjects":        `{"subject":"acct:a@b.example","subject":"acct:c@d.example"}`,
		"text that is broken": "{\"subject\":\"\xff\"}",
		"no bottom":           strings.Repeat(`{"links":[`, 100_000),
		"a deep whole":        strings.Repeat(`{"a":`, 50_000) + `1` + strings.Repeat(`}`, 50_000),
	} {
		_, err := webfinger.ParseJRD([]byte(doc))
		assert.ErrorIs(t, err, webfinger.ErrMalformed, situation)
	}
}

// What was read is written, and read again as the same.
func FuzzParseJRD(f *testing.F) {
	for _, seed := range []string{
		mastodonJRD, `{}`, `{"links":{"rel":"self"}}`, `{"properties":{"a":null,"b":"c","d":1}}`,
		`{"links":[{"rel":"a","titles":{"en":"x"},"properties":{"p":null}}],"aliases":"x"}`,
		`{"subject":"\ud800","aliases":[["x"]]}`, `{"links":[{"rel":"self","type":"application/ld+json; profile=\"","href":"\u0000"}]}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		j, err := webfinger.ParseJRD(data)
		if err != nil {
			require.ErrorIs(t, err, webfinger.ErrMalformed)
			return
		}
		written, err := j.Bytes()
		require.NoError(t, err, "what was read can be written")
		again, err := webfinger.ParseJRD(written)
		require.NoError(t, err, "what was written can be read")
		require.Equal(t, j, again, "the descriptor changed on the way")
		require.LessOrEqual(t, len(j.Actors()), len(j.Links))
	})
}
