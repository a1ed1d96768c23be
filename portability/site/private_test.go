package site_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/portability/site"
)

// canary is a text that is nowhere else.
func canary(name, what string) string { return "canary" + digestOf(name + what)[:24] }

// audiences are posts for all sorts of readers.
var audiences = map[string]object{
	"public":            {"to": []string{public}, "cc": []string{}},
	"unlisted":          {"to": []string{alice + "/followers"}, "cc": []string{public}},
	"followers":         {"to": []string{alice + "/followers"}, "cc": []string{}},
	"direct":            {"to": []string{"https://friends.example/users/bob"}, "cc": []string{}},
	"nobody":            {"to": []string{}, "cc": []string{}},
	"unknown":           {"to": nil, "cc": nil},
	"somebody's fans":   {"to": []string{"https://friends.example/users/bob/followers"}, "cc": []string{}},
	"hidden recipients": {"to": nil, "cc": nil, "bcc": []string{"https://friends.example/users/bob"}},
	"herself":           {"to": []string{alice}, "cc": []string{}},
	"narrower outside":  {},
	"somebody else's":   {"attributedTo": "https://friends.example/users/bob"},
	"a deleted thing":   {"type": "Tombstone"},
}

// ownWords are words that servers have of their own for what is not for strangers,
// whatever a post is addressed to.
var ownWords = map[string]object{
	"local":                     {"localOnly": true},
	"local, in another word":    {"local_only": true},
	"not federated":             {"federated": false},
	"for followers":             {"visibility": "followers"},
	"a direct message":          {"directMessage": true},
	"the people of one server":  {"audience": "https://old.example/#Public"},
	"words with other meanings": {"@context": object{"@vocab": "https://x.example/#"}},
}

func TestWhatIsNotForOthersByItsOwnWordsIsInNoFile(t *testing.T) {
	for name, words := range ownWords {
		t.Run(name, func(t *testing.T) {
			with := func(o object) object { maps.Copy(o, words); return o }
			a := &account{}
			a.add(t, portability.Actor, theActor(nil))
			a.add(t, portability.Content, note(1, nil), note(2, with(object{"content": canary(name, "post")})))
			share := func(what string, o object) {
				target := "https://friends.example/" + canary(name, what)
				if inner, ok := o["object"].(object); ok {
					inner["id"] = target
				} else {
					o["object"] = target
				}
				maps.Copy(o, object{"id": "https://old.example/shares/" + what, "type": "Announce", "actor": alice})
				a.add(t, portability.Outbox, o)
			}
			share("boost", with(object{"to": public}))
			share("boosted", object{"to": public, "object": with(object{"type": "Note", "to": public})})
			share("boosted, without addresses", object{"to": public, "object": with(object{"type": "Note", "to": []string{}})})
			share("boost for all", object{"to": public})
			react := func(what string, o object) {
				maps.Copy(o, object{"id": "https://friends.example/" + what, "actor": "https://friends.example/users/" + canary(name, what)})
				a.add(t, portability.Received, o)
			}
			react("reply", with(object{"type": "Note", "to": public, "content": canary(name, "reply"), "inReplyTo": alice + "/statuses/1"}))
			react("received boost", with(object{"type": "Announce", "object": alice + "/statuses/1"}))
			react("received boost for all", object{"type": "Announce", "object": alice + "/statuses/1"})
			dir, _ := a.made(t, &site.Options{ShowReceived: true, KeepPaths: true})
			var all strings.Builder
			for path, text := range tree(t, dir) {
				all.WriteString(path + "\x00" + text + "\x00")
			}
			for _, what := range []string{"post", "boost", "boosted", "boosted, without addresses", "reply", "received boost"} {
				assert.NotContains(t, all.String(), canary(name, what), what)
			}
			assert.Contains(t, all.String(), canary(name, "boost for all"), "what is for everybody is there")
			assert.Contains(t, all.String(), canary(name, "received boost for all"), "what is for everybody is there")
		})
	}
}

// secretive is an account with canaries in everything, and those that are nobody
// else's and for followers beside its posts.
func secretive(t *testing.T) (a *account, private, forFollowers []string) {
	a = &account{files: map[string]string{}}
	a.add(t, portability.Actor, theActor(nil))
	names := slices.Sorted(maps.Keys(audiences))
	for i, name := range names {
		a.addCanaries(t, i, name)
	}
	for i, to := range [][]string{{alice}, {"https://friends.example/users/bob/followers"}, nil} {
		text, boost := canary(fmt.Sprint("reply ", i), "content"), canary(fmt.Sprint("boost ", i), "content")
		private, forFollowers = append(private, text), append(forFollowers, boost)
		reply := object{"id": "https://friends.example/" + text, "type": "Note", "attributedTo": "https://friends.example/users/" + text,
			"inReplyTo": alice + "/" + canary("public", "id"), "content": text, "to": to}
		a.add(t, portability.Received, reply, object{"id": "https://friends.example/create/" + text, "type": "Create", "object": reply, "to": to})
		share := func(name string, to []string, what any) {
			a.add(t, portability.Outbox, object{"id": "https://old.example/shares/" + name + text, "type": "Announce", "actor": alice, "to": to, "object": what})
		}
		share("private", []string{alice}, "https://old.example/"+text)
		share("followers", []string{alice + "/followers"}, "https://old.example/"+boost)
		share("inline", []string{public}, object{"id": "https://old.example/" + boost, "type": "Note", "to": []string{alice + "/followers"}})
	}
	for _, k := range []portability.Kind{portability.Inbox, portability.Bookmarks, portability.Liked, portability.Following,
		portability.Followers, portability.Blocked, portability.Muted, portability.Lists, portability.History, portability.Media} {
		text := canary(string(k), "item")
		private = append(private, text)
		a.add(t, k, object{"id": "https://friends.example/" + text, "content": text, "to": []string{public}, "attributedTo": alice})
	}
	return a, private, forFollowers
}

func (a *account) addCanaries(t *testing.T, i int, name string) {
	t.Helper()
	picture := "https://old.example/f/" + canary(name, "file name")
	a.files[picture] = "\x89PNG\r\n\x1a\n" + canary(name, "picture")
	with := object{"content": canary(name, "content"), "summary": canary(name, "summary"), "name": canary(name, "title"),
		"id": alice + "/" + canary(name, "id"), "url": "https://old.example/@alice/" + canary(name, "url"),
		"tag":        []object{{"type": "Hashtag", "name": "#" + canary(name, "tag")}},
		"attachment": []object{{"type": "Document", "url": picture, "name": canary(name, "alt")}},
		"oneOf":      []object{{"type": "Note", "name": canary(name, "option")}}}
	maps.Copy(with, audiences[name])
	a.add(t, portability.Content, note(i, with))
	if name == "narrower outside" {
		last := &a.items[len(a.items)-1]
		last.Activity = document(t, object{"type": "Create", "to": []string{"https://friends.example/users/bob"}})
	}
	a.add(t, portability.Received, object{"id": "https://friends.example/" + canary(name, "reaction"), "type": "Like",
		"actor": "https://friends.example/users/" + canary(name, "liker"), "object": with["id"]})
}

func TestWhatIsNotForOthersIsInNoFile(t *testing.T) {
	a, private, forFollowers := secretive(t)
	tests := []struct {
		name      string
		options   *site.Options
		followers bool
	}{
		{"by default", &site.Options{ShowReceived: true, KeepPaths: true}, false},
		{"followers' posts too", &site.Options{ShowReceived: true,
			Audiences: []portability.Audience{portability.ForPublic, portability.ForUnlisted, portability.ForFollowers}}, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			dir, _ := a.made(t, test.options)
			files := tree(t, dir)
			var everything strings.Builder
			for name, text := range files {
				everything.WriteString(name + "\x00" + text + "\x00")
			}
			has := func(text string) bool { return strings.Contains(everything.String(), text) }
			for audience := range audiences {
				shown := audience == "public" || audience == "unlisted" || audience == "followers" && test.followers
				for _, what := range []string{"content", "summary", "title", "id", "url", "tag", "alt", "option", "picture", "liker"} {
					if what != "id" || !shown { // ids are in the feeds alone, and only of the newest
						assert.Equal(t, shown, has(canary(audience, what)), "%s of a post for %s", what, audience)
					}
				}
				picture := digestOf("\x89PNG\r\n\x1a\n" + canary(audience, "picture"))
				_, there := files["media/"+picture[:2]+"/"+picture+".png"]
				assert.Equal(t, shown, there, "the picture of a post for %s", audience)
			}
			for _, text := range private {
				assert.False(t, has(text), "%s is nobody else's", text)
			}
			for _, text := range forFollowers {
				assert.Equal(t, test.followers, has(text), "%s is for followers", text)
			}
		})
	}
}

func TestDirectMessagesAreRefusedWhoeverAsks(t *testing.T) {
	for _, audience := range []portability.Audience{portability.ForMentioned, portability.ForAuthor, "everybody", ""} {
		_, err := site.Create(t.TempDir()+"/site", &site.Options{Audiences: []portability.Audience{portability.ForPublic, audience}})
		assert.ErrorIs(t, err, site.ErrAudience, "%q", audience)
	}
}

// TestReasons has what a site has no place for told why, the second time too.
func TestReasons(t *testing.T) {
	tests := []struct {
		name   string
		kind   portability.Kind
		with   object
		reason portability.Reason
	}{
		{"a direct message", portability.Content, audiences["direct"], portability.NoPlace},
		{"what says nothing of its readers", portability.Content, audiences["unknown"], portability.NoAudience},
		{"somebody else's post", portability.Content, audiences["somebody else's"], portability.NotOwn},
		{"a deleted post", portability.Content, audiences["a deleted thing"], portability.NoPlace},
		{"an activity that is no boost", portability.Outbox, object{"type": "Follow", "actor": alice, "to": public}, portability.NoPlace},
		{"a like given", portability.Liked, nil, portability.NoPlace},
		{"a reply for few", portability.Received, object{"inReplyTo": alice, "to": []string{alice}}, portability.NoPlace},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s, err := site.Create(t.TempDir()+"/site", nil)
			require.NoError(t, err)
			defer s.Close()
			a := &account{}
			a.add(t, portability.Actor, theActor(nil))
			a.add(t, test.kind, note(1, test.with))
			for range 2 {
				results, err := s.Put(t.Context(), a.items)
				require.NoError(t, err)
				assert.Equal(t, portability.Skipped, results[1].State)
				assert.Equal(t, test.reason, results[1].Reason)
				assert.Empty(t, results[1].URLs)
			}
		})
	}
}
