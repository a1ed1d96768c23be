package afterlife_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/portability/afterlife"
	"codeberg.org/godwit/godwit/vocab"
)

func claims(t testing.TB, door string) *afterlife.Claims {
	t.Helper()
	c, err := afterlife.OpenClaims(afterlife.ClaimsPath(door))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, c.Close()) })
	return c
}

// withSecret is a door file of one account that did not say where it went, whose map
// knows where a post is.
func withSecret(t *testing.T) (door *afterlife.Door, c *afterlife.Claims, secret, path string) {
	path = doorPath(t)
	c = claims(t, path)
	posts := index(t, mapping(vocab.IRI(status(1)), "https://new.example/notes/1", portability.ForPublic))
	door, _ = built(t, path, &afterlife.Options{Maps: []afterlife.Map{posts}, Claims: c, Hand: func(account vocab.IRI, s string) error {
		assert.Equal(t, alice, account)
		secret = s
		return nil
	}}, account(aShelf(t)))
	require.Len(t, secret, 43)
	return door, c, secret, path
}

func TestClaim(t *testing.T) {
	door, c, secret, path := withSecret(t)
	h := afterlife.Handler(door, nil, &afterlife.HandlerOptions{Claims: c})
	assert.NotContains(t, ask(t, h, string(alice), forActivity).body, "movedTo")
	assert.Equal(t, 200, ask(t, h, status(1), forPage).status, "nobody is led to a place of which nobody said that the account is there")
	n := &network{documents: map[vocab.IRI]*vocab.Object{there: movedActor(t, there, string(alice)), "https://new.example/users/eve": movedActor(t, "https://new.example/users/eve")}}
	for name, wrong := range map[string]struct {
		claim afterlife.Claim
		want  error
	}{
		"another secret":      {afterlife.Claim{Account: alice, New: there, Secret: secret[:42] + "_"}, afterlife.ErrSecret},
		"no secret":           {afterlife.Claim{Account: alice, New: there}, afterlife.ErrSecret},
		"another account":     {afterlife.Claim{Account: old + "/users/bob", New: there, Secret: secret}, afterlife.ErrSecret},
		"no alias":            {afterlife.Claim{Account: alice, New: "https://new.example/users/eve", Secret: secret}, afterlife.ErrNotClaimed},
		"itself":              {afterlife.Claim{Account: alice, New: alice, Secret: secret}, actor.ErrNotFound},
		"a place that is not": {afterlife.Claim{Account: alice, New: "https://new.example/nobody", Secret: secret}, actor.ErrNotFound},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := c.Claim(t.Context(), door, nil, n, wrong.claim)
			require.ErrorIs(t, err, wrong.want)
			assert.NotContains(t, err.Error(), secret[:20])
			assert.NotContains(t, ask(t, h, string(alice), forActivity).body, "movedTo")
		})
	}
	_, err := c.Claim(t.Context(), door, nil, n, afterlife.Claim{Account: alice, New: there, Secret: secret})
	require.NoError(t, err)
	check := func(when string, h http.Handler) {
		o, err := vocab.Parse([]byte(ask(t, h, string(alice), forActivity).body))
		require.NoError(t, err)
		assert.Equal(t, there, o.IRI(vocab.MovedTo), when)
		assert.Equal(t, string(there), ask(t, h, old+"/@alice", forPage).location, when)
		assert.Equal(t, "https://new.example/notes/1", ask(t, h, status(1), forPage).location, when)
	}
	check("at once", h)
	again := claims(t, path)
	check("after a restart", afterlife.Handler(door, nil, &afterlife.HandlerOptions{Claims: again}))
	hands := 0
	rebuilt, _ := built(t, path, &afterlife.Options{Maps: []afterlife.Map{index(t, mapping(vocab.IRI(status(1)), "https://new.example/notes/1", portability.ForPublic))},
		Claims: again, Hand: func(vocab.IRI, string) error { hands++; return nil }}, account(aShelf(t)))
	assert.Zero(t, hands, "who has a secret keeps it")
	check("when it was built again", afterlife.Handler(rebuilt, nil, &afterlife.HandlerOptions{Claims: again}))
	data, err := os.ReadFile(afterlife.ClaimsPath(path))
	require.NoError(t, err)
	assert.NotContains(t, string(data), secret, "the secret is kept nowhere")
	assert.NotContains(t, string(everything(t, path)), secret)
}

func TestSecretIsRenewed(t *testing.T) {
	door, c, secret, _ := withSecret(t)
	n := &network{documents: map[vocab.IRI]*vocab.Object{there: movedActor(t, there, string(alice))}}
	require.ErrorIs(t, c.Renew(alice, func(vocab.IRI, string) error { return errCut }), errCut)
	second := ""
	require.NoError(t, c.Renew(alice, func(_ vocab.IRI, s string) error { second = s; return nil }))
	_, err := c.Claim(t.Context(), door, nil, n, afterlife.Claim{Account: alice, New: there, Secret: secret})
	require.ErrorIs(t, err, afterlife.ErrSecret, "the old one is no good")
	_, err = c.Claim(t.Context(), door, nil, n, afterlife.Claim{Account: alice, New: there, Secret: second})
	require.NoError(t, err)
}

func TestClaimPage(t *testing.T) {
	door, c, secret, path := withSecret(t)
	forgotten := tombstones(t, path+".forgotten")
	n := &network{documents: map[vocab.IRI]*vocab.Object{there: movedActor(t, there, string(alice)), "https://new.example/eve": movedActor(t, "https://new.example/eve")}}
	h := afterlife.Handler(door, forgotten, &afterlife.HandlerOptions{Claims: c, Network: n})
	const page = old + "/.godwit/claim"
	form := ask(t, h, page, forPage)
	assert.Equal(t, 200, form.status)
	assert.Contains(t, form.body, `name="secret"`)
	assert.Contains(t, form.header.Get("Content-Security-Policy"), "default-src 'none'")
	send := func(account, to, secret string) (int, string) {
		r := httptest.NewRequest(http.MethodPost, page, strings.NewReader(url.Values{"account": {account}, "new": {to}, "secret": {secret}}.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w.Code, w.Body.String()
	}
	for name, one := range map[string]struct {
		account, to, secret string
		status              int
	}{
		"a wrong secret":   {string(alice), string(there), "x", 403},
		"an unknown":       {old + "/users/nobody", string(there), secret, 403},
		"no alias":         {string(alice), "https://new.example/eve", secret, 409},
		"nothing is there": {string(alice), "https://new.example/nobody", secret, 502},
		"nothing at all":   {"", "", "", 403},
	} {
		status, body := send(one.account, one.to, one.secret)
		assert.Equal(t, one.status, status, name)
		assert.NotContains(t, body, secret, name)
	}
	status, _ := send(string(alice), string(there), secret)
	assert.Equal(t, 200, status)
	assert.Contains(t, ask(t, h, string(alice), forActivity).body, `"movedTo":"`+string(there))
	require.NoError(t, forgotten.Forget(door, alice))
	status, _ = send(string(alice), string(there), secret)
	assert.Equal(t, 410, status, "forgetting outranks answering")
}
