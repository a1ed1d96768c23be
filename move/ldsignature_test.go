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
	"codeberg.org/godwit/godwit/vocab"
)

// Whether a signature is good is told by vectors. What is told here is when it
// is asked about, and with which key.
func TestLDSignaturesAreAskedAbout(t *testing.T) {
	key, err := actor.GenerateRSA(old)
	require.NoError(t, err)
	public := key.Public()
	moved := func(more string) string {
		return fmt.Sprintf(`{"id":%q,"type":"Person","inbox":"https://old.example/inbox","movedTo":%q,
			"publicKey":{"id":%q,"owner":%q,"publicKeyPem":%q%s}}`, old, next, public.ID, old, public.PEM(), more)
	}
	signature := func(creator, more string) string {
		return fmt.Sprintf(`,"signature":{"type":"RsaSignature2017","creator":%q,"signatureValue":"AAAA"%s}`, creator, more)
	}
	mine := string(public.ID)
	for situation, test := range map[string]struct {
		rest    string // of the Move
		profile string
		answer  error
		asked   bool
		reason  move.Reason // "": accepted
		from    vocab.IRI   // the Move's actor; "": the old account
	}{
		"made now":                       {signature(mine, `,"created":"2026-11-22T12:00:00Z"`), moved(""), nil, true, "", ""},
		"made two days ago":              {signature(mine, `,"created":"2026-11-20T12:00:00Z"`), moved(""), nil, true, "", ""},
		"made a moment longer ago":       {signature(mine, `,"created":"2026-11-20T11:59:59.9Z"`), moved(""), nil, false, move.Unsigned, ""},
		"made in five minutes":           {signature(mine, `,"created":"2026-11-22T12:05:00Z"`), moved(""), nil, true, "", ""},
		"made later than that":           {signature(mine, `,"created":"2026-11-22T12:05:01Z"`), moved(""), nil, false, move.Unsigned, ""},
		"not dated":                      {signature(mine, ``), moved(""), nil, false, move.Unsigned, ""},
		"dated as nobody can read":       {signature(mine, `,"created":"today"`), moved(""), nil, false, move.Unsigned, ""},
		"not yet at its end":             {signature(mine, `,"created":"2026-11-22T11:00:00Z","expires":"2026-11-22T11:55:00Z"`), moved(""), nil, true, "", ""},
		"past its end":                   {signature(mine, `,"created":"2026-11-22T11:00:00Z","expires":"2026-11-22T11:54:59Z"`), moved(""), nil, false, move.Unsigned, ""},
		"with an end nobody can read":    {signature(mine, `,"created":"2026-11-22T11:00:00Z","expires":"soon"`), moved(""), nil, false, move.Unsigned, ""},
		"found broken":                   {signature(mine, `,"created":"2026-11-22T12:00:00Z"`), moved(""), errors.New("broken"), true, move.Unsigned, ""},
		"by a key that has expired":      {signature(mine, `,"created":"2026-11-22T11:00:00Z"`), moved(`,"expires":"2026-11-22T12:00:00Z"`), nil, false, move.Unsigned, ""},
		"by a key that is not published": {signature(string(old)+"#other", `,"created":"2026-11-22T12:00:00Z"`), moved(""), nil, false, move.Unsigned, ""},
		"by a colleague":                 {signature("https://old.example/users/bo#main-key", `,"created":"2026-11-22T12:00:00Z"`), moved(""), nil, false, move.Unsigned, ""},
		"by another server":              {signature(string(next)+"#main-key", `,"created":"2026-11-22T12:00:00Z"`), moved(""), nil, false, move.Unsigned, ""},
		"by an identity key":             {signature("did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK", `,"created":"2026-11-22T12:00:00Z"`), moved(""), nil, false, move.Unsigned, ""},
		"none":                           {``, moved(""), nil, false, move.Unsigned, ""},
		"in pull mode":                   {signature(mine, `,"created":"2026-11-22T12:00:00Z"`), moved(""), nil, false, move.Unsigned, next},
	} {
		t.Run(situation, func(t *testing.T) {
			world := documents{old: test.profile, next: fmt.Sprintf(`{"id":%q,"type":"Person","inbox":"https://new.example/inbox","alsoKnownAs":[%q]}`, next, old)}
			if test.from == "" {
				test.from = old
			}
			activity := fmt.Sprintf(`{"@context":"https://www.w3.org/ns/activitystreams","type":"Move","actor":%q,"object":%q,"target":%q`, test.from, old, next)
			var asked []actor.Key
			got, err := move.Verify(t.Context(), world, move.Delivery{Activity: parse(t, activity+test.rest+"}")}, &move.Rules{
				Now: func() time.Time { return noon }, Pull: true,
				LDSignature: func(_ *vocab.Object, key actor.Key) error {
					asked = append(asked, key)
					return test.answer
				},
			})
			assert.Equal(t, test.asked, len(asked) == 1, "asked %d times", len(asked))
			if test.asked {
				assert.Equal(t, public.ID, asked[0].ID)
				assert.True(t, public.Equal(asked[0]))
			}
			if test.reason != "" {
				refused, ok := errors.AsType[*move.RefusedError](err)
				require.True(t, ok, "%v", err)
				assert.Equal(t, test.reason, refused.Reason)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, move.ByProof, got.Evidence.By)
			assert.Equal(t, old, got.Evidence.Signer)
			assert.Equal(t, public.Fingerprint(), got.Evidence.Fingerprint)
			created, _ := parse(t, activity+test.rest+"}").Child(vocab.Signature).Time("created")
			assert.Equal(t, created, got.Evidence.At, "the time at which it was signed")
		})
	}
}
