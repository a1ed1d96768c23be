package safehttp_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/internal/safehttp"
)

func TestDo(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/from" {
			http.Redirect(w, r, "/to", http.StatusFound)
			return
		}
		w.WriteHeader(http.StatusTeapot)
		io.WriteString(w, "hello from "+r.URL.Path)
	}))
	defer server.Close()
	host := strings.TrimPrefix(server.URL, "http://")
	c := safehttp.New(&safehttp.Options{Trusted: []string{host}})
	defer c.CloseIdleConnections()

	request := func(method, address string) *http.Request {
		r, err := http.NewRequestWithContext(t.Context(), method, address, nil)
		require.NoError(t, err)
		return r
	}
	answer, err := c.Do(request(http.MethodGet, server.URL+"/from"))
	require.NoError(t, err)
	body, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	require.NoError(t, answer.Body.Close())
	assert.Equal(t, "hello from /to", string(body))
	assert.Equal(t, http.StatusTeapot, answer.StatusCode)
	assert.Equal(t, "/to", answer.Request.URL.Path, "the address that answered")

	_, err = c.Do(request(http.MethodPost, server.URL+"/to"))
	assert.ErrorIs(t, err, errors.ErrUnsupported, "a POST")

	_, err = safehttp.New(nil).Do(request(http.MethodGet, server.URL+"/to"))
	refused, ok := errors.AsType[*safehttp.Error](err)
	require.True(t, ok, "the guard holds: %v", err)
	assert.ErrorIs(t, refused, safehttp.ErrPrivate)
	assert.False(t, refused.Temporary(), "a private address stays one")

	server.Close()
	_, err = c.Do(request(http.MethodGet, server.URL+"/to"))
	down, ok := errors.AsType[*safehttp.Error](err)
	require.True(t, ok, "a server that is down: %v", err)
	assert.True(t, down.Temporary(), "a server that is down may come back")
}
