package afterlife_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/portability/afterlife"
	"codeberg.org/godwit/godwit/vocab"
)

// Whoever has an archive can write a movedTo into it.
func TestAnArchiveAloneSaysNotWhereItsAccountWent(t *testing.T) {
	const thief = vocab.IRI("https://thief.example/users/mallory")
	for name, c := range map[string]struct {
		says, verified vocab.IRI
	}{
		"nobody has verified it":             {says: thief},
		"it is verified that it was another": {says: thief, verified: there},
		"it is verified, and not said":       {verified: there},
	} {
		t.Run(name, func(t *testing.T) {
			s := aShelf(t)
			if c.says != "" {
				o, err := s.actor.With(vocab.MovedTo, c.says)
				require.NoError(t, err)
				s.actor = o
			}
			door, _ := built(t, doorPath(t), nil, afterlife.Account{Source: s, MovedTo: c.verified})
			document, err := door.Actor(alice, nil)
			require.NoError(t, err)
			assert.Equal(t, c.verified, document.IRI(vocab.MovedTo))
		})
	}
}
