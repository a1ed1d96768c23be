package actor_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/vocab"
)

func TestProfileOf(t *testing.T) {
	o := parse(t, `{"@context":["https://www.w3.org/ns/activitystreams",{"toot":"http://joinmastodon.org/ns#","PropertyValue":"schema:PropertyValue","schema":"http://schema.org#","value":"schema:value"}],
		"id":"https://a.example/users/al","type":"Person","preferredUsername":"al","webfinger":"@al@example.org","name":"Al","summary":"<p>Hi</p>",
		"icon":{"type":"Image","mediaType":"image/png","url":"https://a.example/al.png","name":"a bird"},"image":{"type":"Image","url":[{"type":"Link","href":"https://a.example/h.jpg"}]},
		"attachment":[{"type":"PropertyValue","name":"web","value":"<a>x</a>"},{"type":"Note","name":"no"},7,{"type":"schema:PropertyValue","name":"two","http://schema.org#value":"2"}],
		"url":["https://a.example/@al",{"type":"Link","href":"https://a.example/al.html"},5],
		"inbox":"https://a.example/users/al/inbox","outbox":"https://a.example/users/al/outbox","followers":{"id":"https://a.example/users/al/followers","type":"Collection"},
		"following":"https://a.example/users/al/following","liked":"https://a.example/users/al/liked","toot:featured":"https://a.example/users/al/featured",
		"endpoints":{"sharedInbox":"https://a.example/inbox"},"manuallyApprovesFollowers":true,"discoverable":true,
		"movedTo":"https://b.example/u","alsoKnownAs":["https://c.example/u"]}`)
	assert.Equal(t, actor.Profile{
		ID: "https://a.example/users/al", Type: "Person", Username: "al", Handle: "al@example.org", Name: "Al", Bio: "<p>Hi</p>",
		Icon:   actor.Picture{URL: "https://a.example/al.png", MediaType: "image/png", Description: "a bird"},
		Header: actor.Picture{URL: "https://a.example/h.jpg"},
		Fields: []actor.Field{{Name: "web", Value: "<a>x</a>"}, {Name: "two", Value: "2"}},
		Links:  []vocab.IRI{"https://a.example/@al", "https://a.example/al.html"},
		Inbox:  "https://a.example/users/al/inbox", SharedInbox: "https://a.example/inbox", Outbox: "https://a.example/users/al/outbox",
		Followers: "https://a.example/users/al/followers", Following: "https://a.example/users/al/following",
		Liked: "https://a.example/users/al/liked", Featured: "https://a.example/users/al/featured",
		Locked: true, Discoverable: true,
		Standing: actor.Standing{State: actor.Moved, MovedTo: "https://b.example/u"},
		Aliases:  []string{"https://c.example/u"},
	}, actor.ProfileOf(o))
}

func TestProfileOf_poorAndHostile(t *testing.T) {
	assert.Equal(t, actor.Profile{Standing: actor.Standing{State: actor.Active}}, actor.ProfileOf(parse(t, `{}`)), "an empty document")
	assert.Equal(t, "Person", actor.ProfileOf(parse(t, `{"type":["Tombstone","Person"]}`)).Type, "gone, and what it was")
	assert.Equal(t, "Person", actor.ProfileOf(parse(t, `{"type":"Tombstone","formerType":"Person"}`)).Type, "gone, and what it was")
	assert.Equal(t, actor.Picture{URL: "https://a.example/x.png"}, actor.ProfileOf(parse(t, `{"icon":[7,{"type":"Image"},"https://a.example/x.png"]}`)).Icon, "a bare IRI")
	assert.EqualValues(t, "https://a.example/in", actor.ProfileOf(parse(t, `{"sharedInbox":"https://a.example/in"}`)).SharedInbox, "at the top, as older servers have it")

	wrong := `{"id":1,"type":2,"name":[],"summary":{},"icon":3,"image":[[]],"attachment":"x","url":{},"inbox":["https://a.example/1","https://a.example/2"],"endpoints":5,"manuallyApprovesFollowers":"true"}`
	assert.Equal(t, actor.Profile{Standing: actor.Standing{State: actor.Active}}, actor.ProfileOf(parse(t, wrong)), "everything of the wrong type")

	flood := actor.ProfileOf(parse(t, `{"name":"`+strings.Repeat("é", 5_000)+`x","summary":"`+strings.Repeat("b", 200_000)+`",
		"attachment":[`+strings.Repeat(`{"type":"PropertyValue"},`, 5_000)+`1],"url":["`+strings.Repeat(`https://a.example/","`, 5_000)+`"],
		"alsoKnownAs":["`+strings.Repeat(`https://a.example/","`, 5_000)+`"]}`))
	assert.Equal(t, 1<<10, len(flood.Name))
	assert.True(t, utf8.ValidString(flood.Name), "cut between characters")
	assert.Equal(t, 64<<10, len(flood.Bio))
	assert.Len(t, flood.Fields, 64)
	assert.Len(t, flood.Links, 64)
	assert.Len(t, flood.Aliases, actor.MaxAliases)
}
