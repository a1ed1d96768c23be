package dialect_test

import (
	"bytes"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/internal/dialect"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

// The shapes are those of Mastodon's REST serializers, and of Pixelfed's and
// Hollo's that differ from them.

var apiOwner = portability.Readership{Actor: "https://a.example/users/alice"}

const apiPublic = "https://www.w3.org/ns/activitystreams#Public"

func parsed(t *testing.T, text string) *vocab.Object {
	t.Helper()
	o, err := vocab.ParseWith([]byte(text), &vocab.Limits{AllowDuplicateNames: true})
	require.NoError(t, err, text)
	return o
}

func alicesAPI() *dialect.API { return &dialect.API{Owner: apiOwner, Number: "1"} }

func reasonsOf(item portability.Item) []portability.Reason {
	var all []portability.Reason
	for _, p := range item.Problems {
		all = append(all, p.Reason)
	}
	return all
}

func TestAPIStatusVisibility(t *testing.T) {
	const bob = `"mentions":[{"id":"7","acct":"bob@b.example","url":"https://b.example/@bob"}]`
	for name, c := range map[string]struct {
		status string
		want   portability.Audience
		said   bool
	}{
		"public":                             {`"visibility":"public"`, portability.ForPublic, true},
		"unlisted":                           {`"visibility":"unlisted"`, portability.ForUnlisted, true},
		"followers":                          {`"visibility":"private"`, portability.ForFollowers, true},
		"followers and somebody":             {`"visibility":"private",` + bob, portability.ForFollowers, true},
		"direct":                             {`"visibility":"direct",` + bob, portability.ForMentioned, true},
		"direct to nobody":                   {`"visibility":"direct"`, portability.ForAuthor, true},
		"a word of another server":           {`"visibility":"mutuals_only",` + bob, portability.ForAuthor, false},
		"a draft of Pixelfed":                {`"visibility":"draft"`, portability.ForAuthor, false},
		"none":                               {bob, portability.ForAuthor, false},
		"null":                               {`"visibility":null`, portability.ForAuthor, false},
		"a number":                           {`"visibility":1`, portability.ForAuthor, false},
		"an array with the word":             {`"visibility":["public"]`, portability.ForAuthor, false},
		"in capitals":                        {`"visibility":"PUBLIC"`, portability.ForAuthor, false},
		"for the own server":                 {`"visibility":"public","local_only":true`, portability.ForAuthor, false},
		"a mention that is everyone":         {`"visibility":"direct","mentions":[{"acct":"x","url":"` + apiPublic + `"}]`, portability.ForAuthor, true},
		"a mention that is all followers":    {`"visibility":"direct","mentions":[{"acct":"x","url":"https://a.example/users/alice/followers"}]`, portability.ForAuthor, true},
		"a mention that is no address":       {`"visibility":"direct","mentions":[{"acct":"x","url":"Public"}]`, portability.ForAuthor, true},
		"the visibility stands twice":        {`"visibility":"public","visibility":"direct"`, portability.ForAuthor, true},
		"the original has an audience of it": {`"visibility":"direct","to":"as:Public","cc":["as:Public"]`, portability.ForAuthor, true},
	} {
		t.Run(name, func(t *testing.T) {
			item := alicesAPI().Status(parsed(t, `{"id":"5","uri":"https://a.example/users/alice/statuses/5",`+
				`"account":{"id":"1"},"created_at":"2020-01-02T03:04:05.000Z",`+c.status+`}`))
			require.NotNil(t, item.Object)
			audience, said := apiOwner.AudienceOf(item)
			assert.Equal(t, c.want, audience, "%s", item.Object)
			assert.Equal(t, c.said, said, "%s", item.Object)
			assert.Equal(t, !c.said, slices.Contains(reasonsOf(item), portability.NoAudience), "%v", item.Problems)
		})
	}
}

func TestAPIStatusMembers(t *testing.T) {
	status := `{"id":110,"uri":"https://a.example/users/alice/statuses/110","url":"https://a.example/@alice/110",
		"created_at":"2020-01-02T03:04:05.000Z","edited_at":"2020-01-03T03:04:05.000Z","account":{"id":1},
		"in_reply_to_id":"109","visibility":"public","sensitive":true,"spoiler_text":"plot","language":"de","content":"<p>Hallo</p>",
		"mentions":[{"id":"7","acct":"bob@b.example","url":"https://b.example/@bob"}],
		"tags":[{"name":"birds","url":"https://a.example/tags/birds"}],
		"emojis":[{"shortcode":"owl","url":"https://a.example/owl.png"}],
		"quote":{"state":"accepted","quoted_status":{"uri":"https://b.example/users/bob/statuses/3"}},
		"media_attachments":[{"id":"4","type":"image","url":"https://a.example/4.png","description":"an owl","blurhash":"UE",
			"meta":{"focus":{"x":-0.10,"y":0.5},"original":{"width":1200,"height":800}}},{"id":"6","type":"gifv","url":null,"remote_url":null}],
		"poll":{"id":"2","expires_at":"2020-01-04T03:04:05.000Z","expired":true,"multiple":true,"voters_count":4,
			"options":[{"title":"yes","votes_count":3},{"title":"no","votes_count":null}]},
		"card":{"url":"https://news.example/"},"application":{"name":"Web"}}`
	api := alicesAPI()
	api.URI = func(n string) vocab.IRI { return vocab.IRI("https://a.example/users/alice/statuses/" + n) }
	item := api.Status(parsed(t, status))
	require.Empty(t, item.Problems)
	o := item.Object
	assert.Equal(t, portability.Ref{Kind: portability.Content, ID: "https://a.example/users/alice/statuses/110"}, item.Ref)
	assert.NotEqual(t, vocab.ContextOdd, o.ContextKind(), "what is made is read as it stands")
	for member, want := range map[vocab.Property]string{
		vocab.Type: `"Question"`, vocab.Summary: `"plot"`, vocab.Sensitive: `true`, vocab.Content: `"<p>Hallo</p>"`,
		"contentMap": `{"de":"<p>Hallo</p>"}`, vocab.InReplyTo: `"https://a.example/users/alice/statuses/109"`,
		vocab.Published: `"2020-01-02T03:04:05.000Z"`, vocab.Updated: `"2020-01-03T03:04:05.000Z"`,
		vocab.URL: `"https://a.example/@alice/110"`, vocab.AttributedTo: `"https://a.example/users/alice"`,
		"quoteUrl": `"https://b.example/users/bob/statuses/3"`, "votersCount": `4`,
		"endTime": `"2020-01-04T03:04:05.000Z"`, "closed": `"2020-01-04T03:04:05.000Z"`,
		"anyOf": `[{"type":"Note","name":"yes","replies":{"totalItems":3,"type":"Collection"}},{"type":"Note","name":"no"}]`,
		vocab.Attachment: `[{"type":"Image","url":"https://a.example/4.png","name":"an owl","blurhash":"UE",` +
			`"focalPoint":[-0.10,0.5],"width":1200,"height":800},{"type":"Video"}]`,
		vocab.Tag: `[{"type":"Mention","name":"@bob@b.example","href":"https://b.example/@bob"},` +
			`{"type":"Hashtag","name":"#birds","href":"https://a.example/tags/birds"},` +
			`{"type":"Emoji","name":":owl:","icon":{"type":"Image","url":"https://a.example/owl.png"}}]`,
		dialect.OriginalMember: status,
	} {
		assert.Equal(t, want, o.Get(member).String(), "%s", member)
	}
	assert.Equal(t, []portability.Medium{{URL: "https://a.example/4.png", Size: -1}}, item.Media)
}

func TestAPIStatusThatIsNotOwnOrHasNoName(t *testing.T) {
	for name, c := range map[string]struct {
		status string
		want   portability.Reason
		fatal  bool
	}{
		"of another account":               {`{"id":"5","uri":"https://a.example/users/bob/statuses/5","account":{"id":"2"},"created_at":"2020-01-02T03:04:05Z","visibility":"public"}`, portability.NotOwn, true},
		"on another server":                {`{"id":"5","uri":"https://b.example/users/bob/statuses/5","account":{"id":"1"},"created_at":"2020-01-02T03:04:05Z","visibility":"public"}`, portability.ForeignHost, true},
		"without an id and a page":         {`{"id":"5","created_at":"2020-01-02T03:04:05Z","visibility":"public"}`, portability.NoID, true},
		"without a date":                   {`{"uri":"https://a.example/5","visibility":"public"}`, portability.BadDate, false},
		"with a date that is none":         {`{"uri":"https://a.example/5","visibility":"public","created_at":"yesterday"}`, portability.BadDate, false},
		"answering what nobody knows":      {`{"uri":"https://a.example/5","visibility":"public","created_at":"2020-01-02T03:04:05Z","in_reply_to_id":"99"}`, portability.MissingParent, false},
		"sharing what has no name":         {`{"uri":"https://a.example/5","visibility":"public","created_at":"2020-01-02T03:04:05Z","reblog":{"id":"7"}}`, portability.MissingParent, true},
		"an empty object":                  {`{}`, portability.NoID, true},
		"everything is of another type":    {`{"uri":5,"url":[],"created_at":{},"mentions":"x","tags":4,"poll":"y","media_attachments":null,"account":"z","reblog":true,"emojis":{}}`, portability.NoID, true},
		"everything in lists is of a kind": {`{"uri":"https://a.example/5","created_at":"2020-01-02T03:04:05Z","mentions":[1,null,[]],"tags":[{"name":1}],"media_attachments":[2],"visibility":{},"poll":{"options":[3,{"title":{}}]}}`, portability.NoAudience, false},
	} {
		t.Run(name, func(t *testing.T) {
			item := alicesAPI().Status(parsed(t, c.status))
			assert.Contains(t, reasonsOf(item), c.want)
			_, fatal := item.Fatal()
			assert.Equal(t, c.fatal, fatal, "%v", item.Problems)
			require.NotNil(t, item.Object)
			assert.Equal(t, c.status, item.Object.Get(dialect.OriginalMember).String(), "the original is kept")
		})
	}
}

func TestAPIStatusOfOStatus(t *testing.T) {
	item := alicesAPI().Status(parsed(t, `{"id":"5","uri":"tag:a.example,2017-04-01:objectId=5:objectType=Status","account":{"id":"1"},"created_at":"2017-04-01T03:04:05Z","visibility":"public"}`))
	assert.Empty(t, item.Problems, "its authority is the account's host")
	item = alicesAPI().Status(parsed(t, `{"id":"5","uri":"tag:b.example,2017-04-01:objectId=5:objectType=Status","created_at":"2017-04-01T03:04:05Z","visibility":"public"}`))
	assert.Equal(t, []portability.Reason{portability.ForeignHost}, reasonsOf(item))
}

func TestAPIReblogIsAnAnnounce(t *testing.T) {
	item := alicesAPI().Status(parsed(t, `{"id":"5","uri":"https://a.example/users/alice/statuses/5/activity","account":{"id":"1"},
		"created_at":"2020-01-02T03:04:05.000Z","visibility":"unlisted","content":"<p>theirs</p>",
		"reblog":{"id":"9","uri":"https://b.example/users/bob/statuses/9","visibility":"public","content":"<p>theirs</p>"}}`))
	require.Empty(t, item.Problems)
	assert.Equal(t, portability.Outbox, item.Kind)
	assert.Equal(t, vocab.TypeAnnounce, item.Object.Type())
	assert.Equal(t, vocab.IRI("https://b.example/users/bob/statuses/9"), item.Object.IRI(vocab.ObjectProperty))
	assert.Equal(t, apiOwner.Actor, item.Object.IRI(vocab.Actor))
	assert.False(t, item.Object.Has(vocab.Content), "others' words are not the owner's")
	audience, said := apiOwner.AudienceOf(item)
	assert.Equal(t, portability.ForUnlisted, audience)
	assert.True(t, said)
}

func TestAPIFollowersOfAHostileActor(t *testing.T) {
	owner := portability.Readership{Actor: "https://a.example/users/alice", Followers: "as:Public"}
	item := (&dialect.API{Owner: owner}).Status(parsed(t, `{"uri":"https://a.example/5","visibility":"private","created_at":"2020-01-02T03:04:05Z"}`))
	audience, _ := owner.AudienceOf(item)
	assert.Equal(t, portability.ForAuthor, audience, "%s", item.Object)
}

func TestAPIActor(t *testing.T) {
	account := `{"id":"1","username":"alice","acct":"alice","display_name":"Alice","locked":true,"bot":true,"discoverable":null,
		"created_at":"2017-04-01T00:00:00.000Z","note":"<p>hi</p>","url":"https://a.example/@alice",
		"avatar":"https://a.example/a.png","header":"","fields":[{"name":"site","value":"<a>x</a>","verified_at":null}],
		"moved":{"uri":"https://c.example/users/alice"},"source":{"privacy":"private"}}`
	o, err := dialect.APIActor(parsed(t, account), "https://a.example/users/alice")
	require.NoError(t, err)
	assert.NotEqual(t, vocab.ContextOdd, o.ContextKind())
	for member, want := range map[vocab.Property]string{
		vocab.ID: `"https://a.example/users/alice"`, vocab.Type: `"Service"`, vocab.Username: `"alice"`, vocab.Name: `"Alice"`,
		vocab.Summary: `"<p>hi</p>"`, vocab.ManualApprove: `true`, vocab.Icon: `{"type":"Image","url":"https://a.example/a.png"}`,
		vocab.Image: ``, vocab.Attachment: `[{"type":"PropertyValue","name":"site","value":"<a>x</a>"}]`, vocab.Discoverable: ``,
		vocab.MovedTo: `"https://c.example/users/alice"`, vocab.Followers: ``, dialect.OriginalMember: account,
	} {
		assert.Equal(t, want, o.Get(member).String(), "%s", member)
	}
	o, err = dialect.APIActor(parsed(t, `{"uri":"https://a.example/ap/users/1"}`), "https://a.example/users/alice")
	require.NoError(t, err)
	assert.Equal(t, vocab.IRI("https://a.example/ap/users/1"), o.ID(), "what the server says comes first")
}

func TestAPIRelation(t *testing.T) {
	for name, c := range map[string]struct{ account, want string }{
		"with its id":             {`{"uri":"https://b.example/users/bob","acct":"bob@b.example"}`, "https://b.example/users/bob"},
		"elsewhere":               {`{"acct":"bob@b.example"}`, "acct:bob@b.example"},
		"on the same server":      {`{"acct":"bob"}`, "acct:bob@a.example"},
		"nobody":                  {`{"acct":""}`, ""},
		"a name that is a number": {`{"acct":5}`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			item := dialect.APIRelation(portability.Following, parsed(t, c.account), "a.example")
			assert.Equal(t, c.want, item.ID)
			_, fatal := item.Fatal()
			assert.Equal(t, c.want == "", fatal)
			assert.Equal(t, c.account, item.Object.Get(dialect.OriginalMember).String())
		})
	}
}

func TestActorOfStatus(t *testing.T) {
	assert.Equal(t, vocab.IRI("https://a.example/users/alice"), dialect.ActorOfStatus("https://a.example/users/alice/statuses/5"))
	assert.Empty(t, dialect.ActorOfStatus("https://a.example/objects/5"))
	assert.Empty(t, dialect.ActorOfStatus("tag:a.example,2017/statuses/5"))
}

// FuzzAPIStatus holds two promises whatever a status says: it stays in the item
// byte for byte, and nobody can read it whom its visibility does not name.
func FuzzAPIStatus(f *testing.F) {
	f.Add([]byte(`{"uri":"https://a.example/5","visibility":"private","mentions":[{"acct":"b","url":"as:Public"}]}`))
	f.Add([]byte(`{"uri":"https://a.example/5","visibility":"direct","reblog":{"uri":"https://b.example/1","visibility":"public"},"to":["as:Public"]}`))
	f.Add([]byte(`{"visibility":"unlisted","poll":{"options":[{"title":"x","votes_count":-1}]},"media_attachments":[{"meta":{"focus":{"x":1e400,"y":0}}}]}`))
	f.Add([]byte(`{"visibility":"public","visibility":"direct","https://www.w3.org/ns/activitystreams#to":"as:Public","language":"en","content":"\ud800"}`))
	widest := map[string]portability.Audience{
		"public": portability.ForPublic, "unlisted": portability.ForUnlisted,
		"private": portability.ForFollowers, "direct": portability.ForMentioned,
	}
	order := []portability.Audience{portability.ForAuthor, portability.ForMentioned, portability.ForFollowers, portability.ForUnlisted, portability.ForPublic}
	f.Fuzz(func(t *testing.T, data []byte) {
		o, err := vocab.ParseWith(data, &vocab.Limits{AllowDuplicateNames: true})
		if err != nil {
			return
		}
		item := alicesAPI().Status(o)
		kept := bytes.TrimSpace(item.Raw)
		if item.Object != nil {
			kept = item.Object.Get(dialect.OriginalMember).Raw()
		}
		if want := bytes.TrimSpace(data); !bytes.Equal(kept, want) {
			t.Errorf("the original changed:\n got %q\nwant %q", kept, want)
		}
		allowed, known := widest[o.Text("visibility")]
		if !known {
			allowed = portability.ForAuthor
		}
		if got, _ := apiOwner.AudienceOf(item); slices.Index(order, got) > slices.Index(order, allowed) {
			t.Errorf("%q became readable for %q:\n%s", o.Text("visibility"), got, item.Object)
		}
	})
}
