package backup_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/backup"
	"codeberg.org/godwit/godwit/portability"
)

func TestBlindRecipientsAreLeftOutEverywhere(t *testing.T) {
	for _, c := range []struct {
		situation   string
		kind        portability.Kind
		given, kept string
	}{
		{"a post that is pinned", portability.Featured, `"bcc":"BOB","type":"Note"`, `"type":"Note"`},
		{"an activity of one's own", portability.Shared, `"type":"Announce","bto":["BOB"]`, `"type":"Announce"`},
		{"a list of objects, which all stay", portability.Outbox, `"type":"Announce","object":[{"id":"y","bto":"BOB"},{"bcc":"BOB","id":"z"}]`,
			`"type":"Announce","object":[{"id":"y"},{"id":"z"}]`},
		{"an object in an object", portability.Outbox, `"type":"Announce","object":{"type":"Create","object":{"bcc":"BOB"}}`,
			`"type":"Announce","object":{"type":"Create","object":{}}`},
		{"answers in a post", portability.Received, `"replies":{"items":[ {"bto":"BOB", "bcc":"BOB", "id":"q"} ]}`, `"replies":{"items":[ {"id":"q"} ]}`},
		{"a former state", portability.History, `"content":"was","https://www.w3.org/ns/activitystreams#bto":"BOB"`, `"content":"was"`},
		{"a name that is written with escapes", portability.Liked, `"b\u0063c":"BOB"`, ``},
		{"what was not understood", portability.Unknown, `"type":"Odd","as:bcc":"BOB"`, `"type":"Odd"`},
	} {
		t.Run(c.situation, func(t *testing.T) {
			id := fmt.Sprintf(`{"id":%q`, aliceID+"/1")
			results, u := written(t, &backup.WriteOptions{Created: aDay}, portability.Item{Ref: portability.Ref{Kind: c.kind, ID: aliceID + "/1"},
				Object: doc(t, "%s", id+","+c.given+"}")})
			assert.Equal(t, portability.Changed, results[0].State)
			assert.Equal(t, portability.HiddenRecipients, results[0].Reason)
			all := ""
			for _, body := range u.body {
				all += body
			}
			assert.NotContains(t, all, "BOB")
			want := strings.TrimSuffix(id+","+c.kept, ",") + "}"
			if c.kind == portability.Unknown {
				quoted, err := json.Marshal(want)
				require.NoError(t, err)
				want = string(quoted)
			}
			if c.kept == "" {
				want = fmt.Sprintf("%q", aliceID+"/1")
			}
			assert.Contains(t, all, want, "all else is as it was")
		})
	}
}

func TestBlindRecipientsOfWhatIsNoDocument(t *testing.T) {
	item := portability.Item{Ref: portability.Ref{Kind: portability.Outbox, ID: "outbox.json#1"}, Raw: []byte(`[{"bcc":"BOB"}, 1]`)}
	results, u := written(t, &backup.WriteOptions{Created: aDay}, item)
	assert.Equal(t, portability.HiddenRecipients, results[0].Reason)
	assert.Contains(t, u.body["activitypub/objects/unknown.jsonl"], `"text":"[{}, 1]"`)
}

// Taking bto and bcc out of one of two documents must not leave the word to the other.
func TestHiddenRecipientsDoNotWiden(t *testing.T) {
	actor := itemOf(t, portability.Actor, aliceID, `{"id":%q,"type":"Person","followers":%q}`, aliceID, aliceID+"/followers")
	const hidden, wide = `"bto":["https://x.example/bob"]`, `"to":"as:Public"`
	for situation, c := range map[string]struct{ object, activity string }{
		"the activity has nobody else": {wide, hidden},
		"the object has nobody else":   {hidden, wide},
		"an empty list remains":        {wide, `"to":[],` + hidden},
	} {
		t.Run(situation, func(t *testing.T) {
			post := itemOf(t, portability.Content, aliceID+"/1", `{"id":%q,"type":"Note","attributedTo":%q,%s}`, aliceID+"/1", aliceID, c.object)
			post.Activity = doc(t, `{"id":%q,"type":"Create","actor":%q,%s,"object":%s}`, aliceID+"/1/a", aliceID, c.activity, post.Object.Bytes())
			_, u := written(t, &backup.WriteOptions{Created: aDay}, actor, post)
			assert.Equal(t, map[string]int{"author": 1}, reportIn(t, u).Account.Audience["content"])
			w := writeTakeout(t, backup.TakeoutZip, func(t *testing.T, takeout *backup.Takeout) {
				results := putItems(t, takeout, actor, post)
				assert.Equal(t, portability.HiddenRecipients, results[1].Reason)
			})
			assert.NotContains(t, string(w.files["outbox.json"]), "Public", "neither half says it to importers")
			assert.NotContains(t, string(w.files["outbox.json"]), "bob")
		})
	}
}

func TestKeysInWhatWasNotUnderstood(t *testing.T) {
	for situation, text := range map[string]string{
		"a JWK":                               `{"id":"a","kty":"OKP","d":"SECRET"}`,
		"a name with a prefix":                `{"id":"a","sec:privateKeyPem":"SECRET"}`,
		"a name with escapes":                 `{"id":"a","private\u004beyPem":"SECRET"}`,
		"a secret key of age":                 `AGE-SECRET-KEY-1SECRET`,
		"a JWK in a list that is no document": `[[{"d":"SECRET","kty":"EC"}]]`,
	} {
		results, u := written(t, &backup.WriteOptions{Created: aDay},
			portability.Item{Ref: portability.Ref{Kind: portability.Unknown, ID: "a"}, Raw: []byte(text)})
		assert.Equal(t, portability.SecretWithheld, results[0].Reason, situation)
		for name, body := range u.body {
			assert.NotContains(t, body, "SECRET", "%s: %s", situation, name)
		}
	}
}

// Fifty thousand secrets are left out in one pass; going through the document anew for
// each would take a quarter of an hour.
func TestManySecretsTakeOnePass(t *testing.T) {
	text := fmt.Sprintf(`{"id":%q,"type":"Person","x":[%s{}]}`, aliceID, strings.Repeat(`{"privateKey":1},`, 50_000))
	results, u := written(t, &backup.WriteOptions{Created: aDay},
		portability.Item{Ref: portability.Ref{Kind: portability.Actor, ID: aliceID}, Object: doc(t, "%s", text)})
	assert.Equal(t, portability.SecretWithheld, results[0].Reason)
	assert.Equal(t, strings.ReplaceAll(text, `"privateKey":1`, ""), u.body["activitypub/actor.json"])
}
