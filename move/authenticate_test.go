package move_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/move"
)

func TestAHeldKeyProvesNothingPastItsEnd(t *testing.T) {
	key, err := actor.GenerateEd25519(old)
	require.NoError(t, err)
	activity, err := actor.SignProof(parse(t, fmt.Sprintf(`{"@context":"https://www.w3.org/ns/activitystreams","type":"Move","actor":%q,"object":%q,"target":%q}`,
		old, old, next)), key, noon, nil)
	require.NoError(t, err)
	for situation, test := range map[string]struct {
		expires time.Time
		holds   bool
	}{
		"no end": {time.Time{}, true}, "an end to come": {noon.Add(time.Second), true}, "its end": {noon, false}, "an end long past": {noon.AddDate(0, 0, -3), false},
	} {
		t.Run(situation, func(t *testing.T) {
			public, memory := key.Public(), actor.NewKeyMemory()
			require.NoError(t, memory.Remember(t.Context(), actor.KeyRecord{
				ID: public.ID, Owner: old, Fingerprint: public.Fingerprint(), Encoded: public.Encode(),
				FirstSeen: noon.AddDate(-1, 0, 0), Expires: test.expires,
			}))
			world := documents{next: fmt.Sprintf(`{"id":%q,"type":"Person","inbox":"https://new.example/inbox","alsoKnownAs":[%q]}`, next, old)}
			_, err := move.Verify(t.Context(), world, move.Delivery{Activity: activity}, &move.Rules{
				Now: func() time.Time { return noon }, Keys: memory,
			})
			if test.holds {
				deferred, ok := errors.AsType[*move.DeferredError](err)
				require.True(t, ok, "%v", err)
				assert.Equal(t, move.Unreachable, deferred.Reason, "who sent it is known, and the old account cannot be asked")
				return
			}
			refused, ok := errors.AsType[*move.RefusedError](err)
			require.True(t, ok, "%v", err)
			assert.Equal(t, move.Unsigned, refused.Reason)
		})
	}
}
