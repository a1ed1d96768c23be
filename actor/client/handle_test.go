package client_test

import (
	"io"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/actor/client"
	"codeberg.org/godwit/godwit/webfinger"
)

func TestCheckHandle(t *testing.T) {
	for situation, c := range map[string]struct {
		document string
		want     string
		err      error
	}{
		"by its username":               {`{"id":"https://a.example/alice","preferredUsername":"alice"}`, "@alice@a.example", nil},
		"by its webfinger property":     {`{"id":"https://a.example/alice","preferredUsername":"x","webfinger":"alice@person.example"}`, "@alice@person.example", nil},
		"a handle that leads elsewhere": {`{"id":"https://evil.example/eve","webfinger":"alice@person.example"}`, "", webfinger.ErrUnconfirmed},
		"a handle that nobody knows":    {`{"id":"https://a.example/alice","webfinger":"bob@a.example"}`, "", webfinger.ErrNotFound},
		"no handle":                     {`{"id":"https://a.example/alice"}`, "", client.ErrNoHandle},
		"a handle that is none":         {`{"id":"https://a.example/alice","webfinger":"alice"}`, "", webfinger.ErrHandle},
	} {
		t.Run(situation, func(t *testing.T) {
			cl, w, _ := setup(client.Options{})
			w.answer("https://a.example/.well-known/webfinger?resource=acct%3Aalice%40a.example", jrd("alice@a.example"))
			w.answer("https://person.example/.well-known/webfinger?resource=acct%3Aalice%40person.example", jrd("alice@person.example"))
			handle, err := cl.CheckHandle(t.Context(), parse(t, c.document))
			if c.err != nil {
				require.ErrorIs(t, err, c.err)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, c.want, handle.String())
		})
	}
}

func jrd(handle string) http.HandlerFunc {
	return func(out http.ResponseWriter, _ *http.Request) {
		out.Header().Set("Content-Type", "application/jrd+json")
		io.WriteString(out, `{"subject":"acct:`+handle+`","links":[{"rel":"self","type":"application/activity+json","href":"https://a.example/alice"}]}`)
	}
}

func TestDoIsGuarded(t *testing.T) {
	c := client.New(nil)
	r, err := http.NewRequestWithContext(t.Context(), "GET", "http://127.0.0.1:9/?resource=secret", nil)
	require.NoError(t, err)
	_, err = c.Do(r)
	require.Error(t, err)
	assert.False(t, fetchError(t, err).Temporary())
	assert.NotContains(t, err.Error(), "secret")
	r.Method = "POST"
	_, err = c.Do(r)
	require.Error(t, err)
}
