package peer_test

import (
	"net"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/internal/peer"
	"codeberg.org/godwit/godwit/move"
)

// What is asked wrongly is said in JSON, in words that need no source of godwit.
func TestRefusalsAreJSONInPlainWords(t *testing.T) {
	l := open(t, move.Rules{})
	al := l.create(0, "al", nil)
	for what, c := range map[string]struct {
		status             int
		method, path, want string
		body               any
	}{
		"no such call":                 {404, "GET", "/v1/nonsense", "there is no such call", nil},
		"nothing under the root":       {404, "GET", "/", "there is no such call", nil},
		"another method":               {405, "DELETE", "/v1/accounts", "this path takes GET, HEAD, POST", nil},
		"a misspelt filter":            {400, "GET", "/v1/received?tpye=Move", `unknown query member "tpye"; this call takes: since, host`, nil},
		"a filter where there is none": {400, "GET", "/v1/hosts?name=old", `unknown query member "name"; this call takes: none`, nil},
		"a string for a list":          {400, "PATCH", "/v1/accounts/" + al.Handle, "/aliases is a string, and should be an array", map[string]any{"aliases": "x"}},
		"a number for a name":          {400, "POST", "/v1/accounts", "/name is a number, and should be a string", map[string]any{"name": 7}},
		"a misspelt member":            {400, "POST", "/v1/accounts", "unknown member /nmae", map[string]any{"nmae": "bo"}},
	} {
		var problem struct{ Error string }
		assert.Equal(t, c.status, l.call(c.method, c.path, c.body, &problem), what)
		assert.Contains(t, problem.Error, c.want, what)
		assert.NotContains(t, problem.Error, "Go ", what)
		assert.NotContains(t, problem.Error, "API.md", what)
	}
}

// Where nobody follows the old account, nothing was tested.
func TestAttackWithoutFollowersConcludesNothing(t *testing.T) {
	l := open(t, move.Rules{})
	old := l.create(0, "al", nil)
	var run struct {
		N     int
		Sound *bool
		Why   string
	}
	fan, err := l.tested.Create(t.Context(), "fan", false)
	require.NoError(t, err)
	inbox := string(fan) + "/inbox"
	l.must("POST", "/v1/attacks", map[string]any{"attack": "not-linked", "old": old.Handle, "inbox": inbox}, &run)
	assert.Nil(t, run.Sound)
	assert.Contains(t, run.Why, "no followers")
	assert.Equal(t, 200, l.call("GET", "/v1/attacks/1", nil, &run))
	assert.Nil(t, run.Sound)
}

func TestUnlinkedDepartureSaysHowItCanBeSent(t *testing.T) {
	l := open(t, move.Rules{})
	old, next := l.create(0, "al", nil), l.create(1, "al", nil)
	for _, shape := range []string{"godwit", "mastodon"} {
		var problem struct{ Error, Hint string }
		status := l.call("POST", "/v1/accounts/"+old.Handle+"/depart", map[string]any{"to": next.Handle, "shape": shape}, &problem)
		assert.Equal(t, 409, status, shape)
		assert.Contains(t, problem.Error, "not-linked", shape)
		assert.Contains(t, problem.Hint, "add "+string(old.ID)+" to the aliases", shape)
		assert.Contains(t, problem.Hint, `name a shape other than godwit, and "unlinked": true`, shape)
	}
	l.must("POST", "/v1/accounts/"+old.Handle+"/depart", map[string]any{"to": next.Handle, "shape": "mastodon", "unlinked": true}, nil)
}

func TestTwoHostsOfOneNameAreRefused(t *testing.T) {
	for _, bases := range [][2]string{
		{"https://old.test", "https://old.test"},
		{"https://old.test", "https://OLD.test"},
		{"https://old.test", "http://old.test"},
		{"https://old.test", "https://old.test:443"},
	} {
		config := peer.Config{Dir: t.TempDir()}
		for _, base := range bases {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			require.NoError(t, err)
			config.Hosts = append(config.Hosts, peer.HostConfig{Base: base, Listener: l})
		}
		_, err := peer.Open(t.Context(), config)
		require.ErrorContains(t, err, "two hosts are named", "%v", bases)
	}
}
