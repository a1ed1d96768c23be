package portability_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

func TestAudienceOf(t *testing.T) {
	const public = `"https://www.w3.org/ns/activitystreams#Public"`
	const followers = `"https://a.example/users/alice/followers"`
	const other = `"https://b.example/users/bob"`
	for name, c := range map[string]struct {
		object, activity string
		want             portability.Audience
		unsaid           bool
	}{
		"public in to":                          {object: `"to":[` + public + `],"cc":[` + followers + `]`, want: portability.ForPublic},
		"public under its short name":           {object: `"to":"as:Public"`, want: portability.ForPublic},
		"public in cc":                          {object: `"to":` + followers + `,"cc":` + public, want: portability.ForUnlisted},
		"followers and people":                  {object: `"to":` + followers + `,"cc":` + other, want: portability.ForFollowers},
		"people":                                {object: `"to":[` + other + `]`, want: portability.ForMentioned},
		"followers of somebody else":            {object: `"to":"https://b.example/users/bob/followers"`, want: portability.ForMentioned},
		"oneself":                               {object: `"to":"https://a.example/users/alice"`, want: portability.ForAuthor},
		"empty":                                 {object: `"to":[]`, want: portability.ForAuthor, unsaid: true},
		"hidden copies count":                   {object: `"to":` + followers + `,"bcc":[` + other + `]`, want: portability.ForFollowers},
		"the activity is narrower":              {object: `"to":` + public, activity: `"to":` + followers, want: portability.ForFollowers},
		"the activity is wider":                 {object: `"to":` + followers, activity: `"to":` + public, want: portability.ForFollowers},
		"only the activity says":                {object: `"type":"Note"`, activity: `"to":` + public, want: portability.ForPublic},
		"the object is to nobody":               {object: `"to":[],"cc":[]`, activity: `"to":` + public, want: portability.ForAuthor},
		"the activity is to nobody":             {object: `"to":` + public, activity: `"to":[],"cc":[]`, want: portability.ForAuthor},
		"to nobody, and a copy to all":          {object: `"to":[],"cc":` + public, activity: `"to":[],"cc":` + public, want: portability.ForUnlisted},
		"the activity says nothing, the object": {object: `"to":` + public, activity: `"type":"Create"`, want: portability.ForPublic},
		"local, and addressed to all":           {object: `"to":` + public + `,"localOnly":true`, want: portability.ForAuthor},
		"local by the activity":                 {object: `"to":` + public, activity: `"to":` + public + `,"federated":false`, want: portability.ForAuthor},
		"local by the activity that says no to": {object: `"to":` + public, activity: `"toot:local_only":"true"`, want: portability.ForAuthor},
		"local, and addressed to nobody":        {object: `"type":"Note","localOnly":true`, want: portability.ForAuthor},
		"a word for all, and no address":        {object: `"type":"Note","visibility":"public","localOnly":false`, want: portability.ForAuthor, unsaid: true},
		"for followers by a word":               {object: `"to":` + public + `,"visibility":"followers"`, want: portability.ForFollowers},
		"wider by a word":                       {object: `"to":` + followers + `,"visibility":"public"`, want: portability.ForFollowers},
		"a direct message by a word":            {object: `"to":` + public + `,"directMessage":true`, want: portability.ForMentioned},
		"the people of one server":              {object: `"to":` + public + `,"audience":"https://a.example/#Public"`, want: portability.ForAuthor},
		"words of other meanings":               {object: `"@context":{"to":"https://x.example/#to"},"to":` + public, want: portability.ForAuthor},
		"other meanings around it":              {object: `"to":` + public, activity: `"@context":{"to":"https://x.example/#to"},"to":` + public, want: portability.ForAuthor},
	} {
		t.Run(name, func(t *testing.T) {
			item := portability.Item{Object: said(t, c.object)}
			if c.activity != "" {
				item.Activity = said(t, c.activity)
			}
			alice := portability.Readership{Actor: "https://a.example/users/alice", Followers: "https://a.example/users/alice/followers"}
			got, ok := alice.AudienceOf(item)
			assert.Equal(t, c.want, got)
			assert.Equal(t, c.unsaid, !ok, "whether anything was said")
			guessed, _ := portability.Readership{Actor: alice.Actor}.AudienceOf(item)
			assert.Equal(t, c.want, guessed, "with the followers collection only guessed")
		})
	}
}

// Who writes addresses anew would else take wide addresses over narrow ones.
func TestAddressedTo(t *testing.T) {
	const public, followers = `"as:Public"`, `"https://a.example/users/alice/followers"`
	alice := portability.Readership{Actor: "https://a.example/users/alice", Followers: "https://a.example/users/alice/followers"}
	item := portability.Item{Object: said(t, `"to":`+public+`,"localOnly":true`), Activity: said(t, `"to":`+followers+`,"federated":false`)}
	got, ok := alice.AddressedTo(item)
	assert.True(t, ok)
	assert.Equal(t, portability.ForFollowers, got, "words beside the addresses do not count")
	_, ok = alice.AddressedTo(portability.Item{Object: said(t, `"localOnly":true`)})
	assert.False(t, ok, "it is addressed to nobody")
}

func said(t *testing.T, members string) *vocab.Object {
	t.Helper()
	o, err := vocab.Parse([]byte("{" + members + "}"))
	require.NoError(t, err)
	return o
}
