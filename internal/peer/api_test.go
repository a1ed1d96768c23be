package peer_test

import (
	"fmt"
	"net/http"
	"net/url"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/internal/peer"
	"codeberg.org/godwit/godwit/move"
	"codeberg.org/godwit/godwit/vocab"
)

// A server that does what an attack wants it to do is found out.
func TestFooledServersAreFoundOut(t *testing.T) {
	for what, fooled := range map[string]func(l *lab, run outcome){
		"it follows the new account": func(l *lab, run outcome) {
			require.NoError(l.t, l.tested.FollowAs(l.t.Context(), "fan", run.New))
		},
		"it leaves the old account": func(l *lab, run outcome) {
			require.NoError(l.t, l.tested.Undo(l.t.Context(), "leave", vocab.IRI(l.tested.Base()+"/users/fan"), run.Old))
		},
	} {
		t.Run(what, func(t *testing.T) {
			l := open(t, move.Rules{})
			old := l.create(0, "al", nil)
			l.join("fan", old)
			var run outcome
			l.must("POST", "/v1/attacks", map[string]any{"attack": "not-linked", "old": old.Handle}, &run)
			assert.True(t, run.Sound, "nothing has happened yet")

			fooled(l, run)

			status := l.call("GET", fmt.Sprintf("/v1/attacks/%d?within=20s", run.N), nil, &run)
			assert.Equal(t, http.StatusConflict, status)
			assert.False(t, run.Sound)
			assert.Equal(t, 1, len(run.Left)+len(run.Arrived))
		})
	}
}

// A server that can be led to a private address is found out, though it moves
// nobody.
func TestTrappedServersAreFoundOut(t *testing.T) {
	l := open(t, move.Rules{})
	old := l.create(0, "al", nil)
	l.join("fan", old)
	var run struct {
		outcome
		Sent []struct{ Body string }
	}
	l.must("POST", "/v1/attacks", map[string]any{"attack": "target-private", "old": old.Handle}, &run)
	sent, err := vocab.Parse([]byte(run.Sent[0].Body))
	require.NoError(t, err)
	require.Zero(t, run.Trapped)

	answer, err := http.Get(string(sent.IRI(vocab.Target)))
	require.NoError(t, err, "the trap is open")
	answer.Body.Close()

	status := l.call("GET", fmt.Sprintf("/v1/attacks/%d?within=20s", run.N), nil, &run)
	assert.Equal(t, http.StatusConflict, status)
	assert.Equal(t, 1, run.Trapped)
}

// Where pull mode is switched on, the sound kind of it is honoured, and theft is
// not.
func TestPullMode(t *testing.T) {
	l := open(t, move.Rules{Pull: true})
	for i, attack := range []string{"pull-theft", "pull-mutual-aliases", "pull"} {
		old := l.create(0, fmt.Sprintf("al%d", i), nil)
		fan := l.join(fmt.Sprintf("fan%d", i), old)
		_, before := l.verdicts(0)
		var run outcome
		l.must("POST", "/v1/attacks", map[string]any{"attack": attack, "old": old.Handle}, &run)
		words, _ := l.verdicts(before)
		if attack == "pull" {
			assert.Equal(t, []string{"accept"}, words)
			l.must("GET", fmt.Sprintf("/v1/attacks/%d?within=20s", run.N), nil, &run)
			assert.Equal(t, []vocab.IRI{fan}, run.Arrived)
			continue
		}
		assert.Equal(t, []string{"refuse not-moved"}, words, attack)
		assert.True(t, run.Sound, attack)
	}
}

// People move from the tested server, and followers here come along, or are told.
func TestFollowers(t *testing.T) {
	l := open(t, move.Rules{})
	ctx := t.Context()
	old, err := l.tested.Create(ctx, "al", false)
	require.NoError(t, err)
	next, err := l.tested.Create(ctx, "next", false)
	require.NoError(t, err)
	require.NoError(t, l.tested.Alias(ctx, "next", old))
	keen, wary := l.create(0, "keen", nil), l.create(1, "wary", nil)
	for _, a := range []account{keen, wary} {
		l.must("POST", "/v1/accounts/"+a.Handle+"/follow", map[string]any{"target": "@al@" + old.Host()}, nil)
		l.expects(a, "follows", string(old))
	}
	l.must("POST", "/v1/accounts/"+wary.Handle+"/block", map[string]any{"target": next}, nil)

	_, err = l.tested.Depart(ctx, "al", next)
	require.NoError(t, err)

	l.expects(keen, "follows", string(next))
	l.expects(keen, "not.follows", string(old))
	l.expects(wary, "notice", "blocked")
	l.expects(wary, "follows", string(old))

	l.must("POST", "/v1/accounts/"+keen.Handle+"/unfollow", map[string]any{"target": next}, nil)
	l.expects(keen, "not.follows", string(next))
	l.eventually("the Undo arrives", func() bool {
		ids, err := l.tested.Followers(ctx, "next")
		return err == nil && len(ids) == 0
	})
}

// What comes in is noted, with what its signature says.
func TestReceived(t *testing.T) {
	l := open(t, move.Rules{})
	al := l.create(0, "al", map[string]any{"locked": true})
	fan, err := l.tested.Create(t.Context(), "fan", false)
	require.NoError(t, err)
	require.NoError(t, l.tested.FollowAs(t.Context(), "fan", al.ID))

	var entries []peer.Entry
	query := url.Values{"type": {"Follow"}, "actor": {string(fan)}, "within": {"20s"}}
	l.must("GET", "/v1/received?"+query.Encode(), nil, &entries)

	require.Len(t, entries, 1)
	e := entries[0]
	assert.Equal(t, l.hosts[0], e.Host)
	assert.Equal(t, al.ID, e.Object)
	require.NotNil(t, e.Signature)
	assert.Equal(t, peer.Signature{
		Scheme: "draft-cavage", KeyID: string(actor.MainKeyID(fan)), Verdict: "good", Owner: fan,
		Covered: []string{"(request-target)", "host", "date", "digest", "content-type"},
	}, *e.Signature)
	query.Set("since", fmt.Sprint(e.Number))
	query.Del("within")
	l.must("GET", "/v1/received?"+query.Encode(), nil, &entries)
	assert.Empty(t, entries)

	l.expects(al, "request", string(fan))
	l.must("POST", "/v1/accounts/"+al.Handle+"/accept", map[string]any{"target": fan}, nil)
	l.eventually("the Accept arrives", func() bool { return contains(l.following("fan"), al.ID) })
	l.must("POST", "/v1/accounts/"+al.Handle+"/reject", map[string]any{"target": fan}, nil)
	l.eventually("a later Reject ends the follow", func() bool { return !contains(l.following("fan"), al.ID) })
	assert.Equal(t, 409, l.call("POST", "/v1/accounts/"+al.Handle+"/accept", map[string]any{"target": fan}, nil))
}

func TestDocuments(t *testing.T) {
	l := open(t, move.Rules{})
	al := l.create(0, "al", nil)
	document := "/v1/accounts/" + al.Handle + "/document"
	read := func() (*vocab.Object, error) { return l.tested.Client().FetchFresh(t.Context(), al.ID) }

	body := fmt.Sprintf(`{"id":%q,"type":"Tombstone"}`, al.ID)
	l.must("PUT", document, map[string]any{"body": body}, nil)
	o, err := read()
	require.NoError(t, err)
	assert.Equal(t, body, o.String(), "byte for byte")

	l.must("PUT", document, map[string]any{"status": 410}, nil)
	_, err = read()
	assert.ErrorIs(t, err, actor.ErrGone)

	l.must("DELETE", document, nil, nil)
	o, err = read()
	require.NoError(t, err)
	assert.True(t, o.Is(vocab.TypePerson))
	assert.Equal(t, 400, l.call("PUT", document, map[string]any{"status": 99}, nil))
}

func TestChangesReachFollowersByUpdate(t *testing.T) {
	l := open(t, move.Rules{})
	al := l.create(0, "al", nil)
	l.join("fan", al)
	l.must("POST", "/v1/accounts/"+al.Handle+"/rekey", nil, nil)
	l.must("PATCH", "/v1/accounts/"+al.Handle, map[string]any{"aliases": []string{"https://old.example/al"}, "locked": true}, nil)
	var lines []peer.LedgerLine
	l.must("POST", "/v1/accounts/"+al.Handle+"/update", nil, &lines)
	require.Len(t, lines, 1)
	assert.Equal(t, 202, lines[0].Status)
	in, err := l.tested.Received(t.Context(), 0)
	require.NoError(t, err)
	last := in[len(in)-1]
	assert.Equal(t, "Update", last.Type)
	assert.Contains(t, last.Body, "https://old.example/al")
}

func TestNonsenseIsRefused(t *testing.T) {
	l := open(t, move.Rules{})
	al := l.create(0, "al", nil)
	for what, c := range map[string]struct {
		status       int
		method, path string
		body         any
	}{
		"an account that is there":      {409, "POST", "/v1/accounts", map[string]any{"host": l.hosts[0], "name": "al"}},
		"a name with a slash":           {400, "POST", "/v1/accounts", map[string]any{"name": "a/b"}},
		"no name":                       {400, "POST", "/v1/accounts", map[string]any{}},
		"a host elsewhere":              {404, "POST", "/v1/accounts", map[string]any{"host": "elsewhere.test", "name": "bo"}},
		"a misspelt member":             {400, "POST", "/v1/accounts", map[string]any{"nmae": "bo"}},
		"no object":                     {400, "POST", "/v1/accounts", []int{1}},
		"an account that is not there":  {404, "GET", "/v1/accounts/bo@" + l.hosts[0], nil},
		"an account elsewhere":          {404, "GET", "/v1/accounts/bo@elsewhere.test", nil},
		"an attack without followers":   {400, "POST", "/v1/attacks", map[string]any{"attack": "not-linked", "old": al.Handle}},
		"an attack on a private inbox":  {502, "POST", "/v1/attacks", map[string]any{"attack": "not-linked", "old": al.Handle, "inbox": "http://10.1.2.3/inbox"}},
		"an attack on no inbox":         {400, "POST", "/v1/attacks", map[string]any{"attack": "not-linked", "old": al.Handle, "inbox": "inbox"}},
		"a run that was not made":       {404, "GET", "/v1/attacks/99", nil},
		"a run without a number":        {400, "GET", "/v1/attacks/x", nil},
		"a departure that was not made": {404, "GET", "/v1/departures/1", nil},
		"an expectation of nothing":     {400, "GET", "/v1/accounts/" + al.Handle + "/expect", nil},
		"a wait of an hour":             {400, "GET", "/v1/accounts/" + al.Handle + "/expect?follows=x&within=1h", nil},
		"a follow of nobody":            {400, "POST", "/v1/accounts/" + al.Handle + "/follow", nil},
		"a follow of no handle":         {400, "POST", "/v1/accounts/" + al.Handle + "/follow", map[string]any{"target": "nobody"}},
		"a follow on a private host":    {502, "POST", "/v1/accounts/" + al.Handle + "/follow", map[string]any{"target": "http://10.1.2.3/users/x"}},
		"a confirmation of nothing":     {409, "POST", "/v1/accounts/" + al.Handle + "/confirm", map[string]any{"target": "https://old.example/al"}},
	} {
		var problem struct{ Error string }
		assert.Equal(t, c.status, l.call(c.method, c.path, c.body, &problem), what)
		assert.NotEmpty(t, problem.Error, "%s: nothing says why", what)
	}
}

// A web page that a person has open must not drive the hosts.
func TestWebPagesAreRefused(t *testing.T) {
	l := open(t, move.Rules{})
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, l.api+"/v1/hosts", nil)
	require.NoError(t, err)
	r.Header.Set("Origin", "https://page.example")
	answer, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	defer answer.Body.Close()
	assert.Equal(t, http.StatusForbidden, answer.StatusCode)
}
