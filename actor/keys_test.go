package actor_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/vocab"
)

func TestKeys(t *testing.T) {
	pem := fmt.Sprintf("%q", fepRSA(t).PEM())
	rsaID, edID := string(alice)+"#main-key", string(alice)+"#ed25519-key"
	legacy := `{"id":"` + rsaID + `","owner":"` + string(alice) + `","publicKeyPem":` + pem + `}`
	multi := func(id, rest string) string {
		return `{"id":"` + id + `","type":"Multikey","publicKeyMultibase":"` + fep521aEd25519 + `"` + rest + `}`
	}
	controlled := `,"controller":"` + string(alice) + `"`
	ed := multi(edID, controlled)
	for _, c := range []struct {
		name, members string
		want          []string
		problems      []error
	}{
		{"none", ``, nil, nil},
		{"publicKey as an object", `"publicKey":` + legacy, []string{rsaID}, nil},
		{"publicKey as an array", `"publicKey":[` + legacy + `]`, []string{rsaID}, nil},
		{"publicKey under a prefix", `"sec:publicKey":` + legacy, []string{rsaID}, nil},
		{"publicKey under its full IRI", `"https://w3id.org/security#publicKey":` + legacy, []string{rsaID}, nil},
		{"publicKey that leaves its owner out", `"publicKey":{"id":"` + rsaID + `","publicKeyPem":` + pem + `}`, []string{rsaID}, nil},
		{"publicKey as a bare IRI", `"publicKey":"` + rsaID + `"`, nil, []error{actor.ErrKeyElse}},
		{"publicKey is null", `"publicKey":null`, nil, nil},
		{"publicKey is a number", `"publicKey":7`, nil, []error{actor.ErrKeyFormat}},
		{"assertionMethod as an object", `"assertionMethod":` + ed, []string{edID}, nil},
		{"assertionMethod as an array", `"assertionMethod":[` + ed + `]`, []string{edID}, nil},
		{"assertionMethod as a bare IRI, and in an array",
			`"assertionMethod":["` + edID + `",` + ed + `]`, []string{edID}, []error{actor.ErrKeyElse}},
		{"both, in order", `"assertionMethod":` + ed + `,"publicKey":` + legacy, []string{rsaID, edID}, nil},
		{"assertionMethod without a controller", `"assertionMethod":` + multi(edID, ""), nil, []error{actor.ErrKeyOwner}},
		{"of another controller", `"assertionMethod":` + multi(edID, `,"controller":"https://server.example/users/bob"`),
			nil, []error{actor.ErrKeyOwner}},
		{"of two controllers", `"assertionMethod":` + multi(edID, `,"controller":["`+string(alice)+`","https://server.example/users/bob"]`),
			nil, []error{actor.ErrKeyOwner}},
		{"of an owner and another controller", `"assertionMethod":` + multi(edID, controlled+`,"owner":"https://server.example/users/bob"`),
			nil, []error{actor.ErrKeyOwner}},
		{"publicKey of another owner", `"publicKey":` + strings.ReplaceAll(legacy, `"owner":"`+string(alice), `"owner":"https://evil.example/u`),
			nil, []error{actor.ErrKeyOwner}},
		{"publicKey whose owner is a number", `"publicKey":{"id":"` + rsaID + `","owner":5,"publicKeyPem":` + pem + `}`,
			nil, []error{actor.ErrKeyOwner}},
		{"on another origin", `"assertionMethod":` + multi("https://evil.example/key", controlled), nil, []error{actor.ErrKeyOrigin}},
		{"on another scheme", `"assertionMethod":` + multi("http://server.example/key", controlled), nil, []error{actor.ErrKeyOrigin}},
		{"elsewhere on its own origin", `"assertionMethod":` + multi("https://server.example/keys/1", controlled),
			[]string{"https://server.example/keys/1"}, nil},
		{"without an id", `"assertionMethod":` + strings.Replace(ed, `"id"`, `"name"`, 1), nil, []error{actor.ErrKeyID}},
		{"without the key itself", `"publicKey":{"id":"` + rsaID + `","owner":"` + string(alice) + `"}`, nil, []error{actor.ErrKeyFormat}},
		{"one bad, one good", `"publicKey":[{"id":"` + rsaID + `","owner":"` + string(alice) + `","publicKeyPem":"x"},` + legacy + `]`,
			[]string{rsaID}, []error{actor.ErrKeyFormat}},
		{"PEM and Multikey that differ", `"assertionMethod":` + multi(edID, controlled+`,"publicKeyPem":`+pem), nil, []error{actor.ErrKeyFormat}},
		{"an expiry that cannot be read", `"assertionMethod":` + multi(edID, controlled+`,"expires":"soon"`), nil, []error{actor.ErrKeyExpiry}},
	} {
		t.Run(c.name, func(t *testing.T) {
			document := `{"id":"` + string(alice) + `"`
			if c.members != "" {
				document += "," + c.members
			}
			keys, problems := actor.Keys(parse(t, document+`}`))
			var ids []string
			for _, k := range keys {
				ids = append(ids, string(k.ID))
				assert.Equal(t, alice, k.Owner)
				assert.NotEmpty(t, k.Fingerprint())
			}
			assert.Equal(t, c.want, ids)
			require.Len(t, problems, len(c.problems), "%v", problems)
			for i, p := range problems {
				assert.ErrorIs(t, p, c.problems[i])
			}
		})
	}
}

func TestKeys_expiry(t *testing.T) {
	o := parse(t, `{"id":"https://server.example/users/alice","assertionMethod":{
		"id":"https://server.example/users/alice#k","controller":"https://server.example/users/alice","publicKeyMultibase":"`+fep521aEd25519+`",
		"expires":"2027-01-01T00:00:00Z","revoked":"2026-12-01T00:00:00Z"}}`)
	keys, problems := actor.Keys(o)
	require.Empty(t, problems)
	require.Len(t, keys, 1, "an expired key is still listed")
	assert.True(t, keys[0].Expires.Equal(time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)), "the earlier end counts")
}

func TestKeys_readsNoMoreThanItSays(t *testing.T) {
	entry := `"https://server.example/users/alice#k",`
	o := parse(t, `{"id":"https://server.example/users/alice","publicKey":[`+strings.Repeat(entry, 10_000)+`5]}`)
	keys, problems := actor.Keys(o)
	assert.Empty(t, keys)
	require.Len(t, problems, actor.MaxKeys+1)
	assert.ErrorIs(t, problems[actor.MaxKeys], actor.ErrTooManyKeys)
	assert.Len(t, actor.Elsewhere(problems), actor.MaxKeys)
}

func TestKeysIn(t *testing.T) {
	pem := fmt.Sprintf("%q", fepRSA(t).PEM())
	const gts vocab.IRI = "https://gts1.test/users/al"
	for _, c := range []struct {
		name, document string
		id, owner      vocab.IRI
	}{
		{"GoToSocial's stub actor", `{"@context":["https://w3id.org/security/v1","https://www.w3.org/ns/activitystreams"],
			"id":"https://gts1.test/users/al","preferredUsername":"al","type":"Person","publicKey":{"id":"https://gts1.test/users/al/main-key",
			"owner":"https://gts1.test/users/al","publicKeyPem":` + pem + `}}`, gts + "/main-key", gts},
		{"a bare publicKey", `{"id":"https://gts1.test/users/al#main-key","type":"Key","owner":"https://gts1.test/users/al","publicKeyPem":` + pem + `}`,
			gts + "#main-key", gts},
		{"a bare Multikey", `{"id":"https://gts1.test/k","type":"Multikey","controller":"https://gts1.test/users/al","publicKeyMultibase":"` + fep521aRSA + `"}`,
			"https://gts1.test/k", gts},
	} {
		t.Run(c.name, func(t *testing.T) {
			keys, problems := actor.KeysIn(parse(t, c.document))
			require.Empty(t, problems)
			key, found := actor.FindKey(keys, c.id)
			require.True(t, found)
			assert.Equal(t, c.owner, key.Owner)
			assert.True(t, key.Equal(fepRSA(t)))
		})
	}
	for name, c := range map[string]struct {
		document string
		want     error
	}{
		"a bare key without an owner":     {`{"id":"https://a.example/k","publicKeyPem":` + pem + `}`, actor.ErrKeyOwner},
		"a bare key of a foreign owner":   {`{"id":"https://a.example/k","owner":"https://b.example/u","publicKeyPem":` + pem + `}`, actor.ErrKeyOrigin},
		"a bare key with two owners":      {`{"id":"https://a.example/k","owner":["https://a.example/u","https://a.example/v"],"publicKeyPem":` + pem + `}`, actor.ErrKeyOwner},
		"a bare key without an id of any": {`{"owner":"https://a.example/u","publicKeyPem":` + pem + `}`, actor.ErrKeyID},
	} {
		keys, problems := actor.KeysIn(parse(t, c.document))
		assert.Empty(t, keys, name)
		require.Len(t, problems, 1, name)
		assert.ErrorIs(t, problems[0], c.want, name)
	}
	_, found := actor.FindKey(nil, "")
	assert.False(t, found)
}

func TestNamesKey(t *testing.T) {
	o := parse(t, `{"id":"https://a.example/u","publicKey":"https://a.example/k1","assertionMethod":[{"id":"https://a.example/k2"}]}`)
	assert.True(t, actor.NamesKey(o, "https://a.example/k1"), "by a bare IRI")
	assert.True(t, actor.NamesKey(o, "https://a.example/k2"), "by an object")
	assert.False(t, actor.NamesKey(o, "https://a.example/k3"), "a key of someone else")
	assert.False(t, actor.NamesKey(o, ""), "no id")
}

func TestWithKeys(t *testing.T) {
	o := parse(t, "{\n  \"@context\": [\"https://www.w3.org/ns/activitystreams\", {\"toot\" : \"http://joinmastodon.org/ns#\"}],\n  \"id\": \""+string(alice)+"\",\n  \"x\": [1.0 ]\n}")
	shown, err := actor.WithKeys(o, fepRSA(t), fepEd25519(t))
	require.NoError(t, err)
	assert.Contains(t, shown.String(), `"x": [1.0 ]`, "the rest stays as it was")
	assert.Contains(t, shown.String(), `["https://www.w3.org/ns/activitystreams","https://w3id.org/security/v1",{"toot" : "http://joinmastodon.org/ns#"},"https://www.w3.org/ns/cid/v1"]`)
	keys, problems := actor.Keys(shown)
	require.Empty(t, problems)
	require.Len(t, keys, 3, "RSA in both places, Ed25519 in assertionMethod only")
	assert.Equal(t, []vocab.IRI{alice + "#main-key", alice + "#main-key", alice + "#ed25519-key"}, []vocab.IRI{keys[0].ID, keys[1].ID, keys[2].ID})
	assert.True(t, keys[0].Equal(keys[1]))
	assert.Equal(t, 1, len(shown.Children(vocab.PublicKey)))

	again, err := actor.WithKeys(shown, fepRSA(t), fepEd25519(t))
	require.NoError(t, err)
	assert.Equal(t, shown.String(), again.String(), "publishing the same keys changes nothing")

	none, err := actor.WithKeys(shown)
	require.NoError(t, err)
	assert.False(t, none.Has(vocab.PublicKey) || none.Has(vocab.AssertionMethod), "without keys")

	bare, err := actor.WithKeys(parse(t, `{"id":"`+string(alice)+`"}`), fepEd25519(t))
	require.NoError(t, err)
	assert.JSONEq(t, `{"id":"https://server.example/users/alice","@context":["https://www.w3.org/ns/activitystreams","https://www.w3.org/ns/cid/v1"],
		"assertionMethod":[{"id":"https://server.example/users/alice#ed25519-key","type":"Multikey",
		"controller":"https://server.example/users/alice","publicKeyMultibase":"`+fep521aEd25519+`"}]}`, bare.String())
}

func TestWithKeys_refuses(t *testing.T) {
	o := parse(t, `{"id":"`+string(alice)+`"}`)
	good := fepEd25519(t)
	for name, c := range map[string]struct {
		change func(*actor.Key)
		want   error
	}{
		"no id":             {func(k *actor.Key) { k.ID = "" }, actor.ErrKeyID},
		"someone else's":    {func(k *actor.Key) { k.Owner = "https://server.example/users/bob" }, actor.ErrKeyOwner},
		"on another origin": {func(k *actor.Key) { k.ID = "https://evil.example/k" }, actor.ErrKeyOrigin},
		"no key":            {func(k *actor.Key) { k.Public = nil }, actor.ErrKeyKind},
	} {
		key := good
		c.change(&key)
		_, err := actor.WithKeys(o, key)
		assert.True(t, errors.Is(err, c.want), "%s: got %v", name, err)
	}
}
