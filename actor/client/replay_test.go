package client_test

import (
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

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
	k.Pass(64 * time.Minute)
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
