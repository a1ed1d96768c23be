package client_test

import (
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/actor/client"
)

func TestSeen(t *testing.T) {
	c, _, k := setup(client.Options{})
	assert.False(t, c.Seen("https://a.example/1", []byte("x")))
	assert.True(t, c.Seen("https://a.example/1", []byte("x")), "a replay")
	assert.True(t, c.As(nil).Seen("https://a.example/1", []byte("x")), "also to another signer's Client")
	assert.False(t, c.Seen("https://a.example/1", []byte("y")), "another body")
	assert.False(t, c.Seen("https://a.example/2", []byte("x")), "another activity")
	c.Forget("https://a.example/1", []byte("x"))
	assert.False(t, c.Seen("https://a.example/1", []byte("x")), "after Forget")
	k.Pass(124 * time.Minute)
	assert.True(t, c.Seen("https://a.example/1", []byte("x")), "within the window")
	k.Pass(2 * time.Minute)
	assert.False(t, c.Seen("https://a.example/1", []byte("x")), "outside it no signature verifies")

	var news sync.Map
	var all sync.WaitGroup
	for i := range 50 {
		all.Go(func() {
			if !c.Seen("https://a.example/3", []byte("x")) {
				news.Store(i, true)
			}
		})
	}
	all.Wait()
	n := 0
	news.Range(func(any, any) bool { n++; return true })
	assert.Equal(t, 1, n, "of many at once, one is first")
}

func TestReplaysBySendersWhoseClockIsAhead(t *testing.T) {
	c, w, k := setup(client.Options{})
	p := newPerson(t, alice, 0)
	w.document(string(alice), p.document())
	r, sent := arriving(t, p.signer, k.Now().Add(59*time.Minute), client.Cavage, body)
	for _, passed := range []time.Duration{0, 66 * time.Minute, 57 * time.Minute} {
		k.Pass(passed)
		_, err := c.Verify(t.Context(), r, sent)
		require.NoError(t, err, "the signature is good for two hours: the test shows nothing")
		assert.Equal(t, passed > 0, c.Seen("https://a.example/1", sent), passed)
	}
	k.Pass(2 * time.Minute)
	_, err := c.Verify(t.Context(), r, sent)
	assert.Equal(t, client.Stale, reason(t, err))
}
