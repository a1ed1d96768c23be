package stories_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The stories rely on hearing what a copy says.
func TestTheTownHears(t *testing.T) {
	w := found(t, nil, "alpha", "gamma")
	ann, chris := w.joins("ann", "alpha"), w.joins("chris", "gamma")
	assert.NoError(t, w.listens(func() { ann.writes("a post is told to nobody here") }))

	err := w.listens(func() { ann.asks(chris) })
	require.Error(t, err, "somebody was asked something")
	w.waits("it is tried again when it may be delivered", func() bool { return w.lists(ann, "following")[chris.id] })

	err = w.listens(func() {
		chris.asks(ann)
		w.waits("it was delivered, or tried", func() bool {
			w.mu.Lock()
			defer w.mu.Unlock()
			return len(w.breaches) > 0
		})
	})
	assert.ErrorContains(t, err, "alpha /users/ann/inbox", "and where it went")
}
