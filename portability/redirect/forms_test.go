package redirect_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/portability/redirect"
	"codeberg.org/godwit/godwit/vocab"
)

const (
	ulid   = "01HZ2Y3X4W5V6T7S8R9QPNMKJH"
	object = "b6a4e6a3-8e7d-4c86-9c2a-7c5c3d1f2e10"
)

// What a map knows is on the right; all on the left lead to it.
func TestNormalize(t *testing.T) {
	for _, c := range []struct {
		software redirect.Software
		shape    redirect.Shape
		key      string
		others   []string
	}{
		{redirect.Mastodon, redirect.Post, "/users/al/statuses/109", []string{"/@al/109", "/@AL/109", "/users/al/statuses/109/activity",
			"/deck/@al/109", "/web/@al/109", "/@al/109/embed", "/@al/109/quotes", "/@al/109/", "/%40al/109", "/@al/109?x=y",
			"/@al@s.example/109", "/users/al/statuses/109?page=true", "/@al/109#top"}},
		{redirect.Mastodon, redirect.Post, "/@al/109", []string{"/users/al/statuses/109", "/users/al/statuses/109/activity"}},
		{redirect.Mastodon, redirect.Post, "/ap/users/116/statuses/109", []string{"/ap/users/116/statuses/109/activity", "/ap/users/116/statuses/109?a"}},
		{redirect.Mastodon, redirect.Profile, "/@al", []string{"/users/al", "/web/@al", "/deck/@al", "/@al/with_replies", "/@al/media",
			"/@al.rss", "/@al@s.example", "/users/al.rss", "/@al/"}},
		{redirect.Mastodon, redirect.Profile, "/users/al", []string{"/@al", "/deck/@Al"}},
		{redirect.Mastodon, redirect.Profile, "/ap/users/116", []string{"/web/accounts/116"}},
		{redirect.Mastodon, redirect.File, "/system/media_attachments/files/105/9/original/a.png", []string{
			"/media_attachments/files/105/9/original/a.png", "/system/media_attachments/files/105/9/small/a.png",
			"/bucket/media_attachments/files/105/9/small/a.png"}},
		{redirect.Mastodon, redirect.File, "/bucket/media_attachments/files/105/9/original/a.png", []string{
			"/bucket/media_attachments/files/105/9/small/a.png"}},
		{redirect.GoToSocial, redirect.Post, "/users/al/statuses/" + ulid, []string{"/@al/statuses/" + ulid, "/users/al/statuses/" + ulid + "/activity"}},
		{redirect.GoToSocial, redirect.Post, "/@al/statuses/" + ulid, []string{"/users/al/statuses/" + ulid}},
		{redirect.GoToSocial, redirect.Profile, "/users/al", []string{"/@al", "/@al/feed.rss"}},
		{redirect.GoToSocial, redirect.File, "/fileserver/A/attachment/original/B.jpg", []string{"/fileserver/A/attachment/small/B.jpg"}},
		{redirect.Misskey, redirect.Post, "/notes/9abcdef", []string{"/notes/9abcdef/activity", "/embed/notes/9abcdef", "/notes/9abcdef?x"}},
		{redirect.Misskey, redirect.Profile, "/@al", []string{"/@al/notes", "/@al.atom", "/@al@s.example"}},
		{redirect.Misskey, redirect.Profile, "/users/9zz", []string{"/users/9zz/", "/embed/user-timeline/9zz"}},
		{redirect.Misskey, redirect.File, "/files/" + object, []string{"/files/thumbnail-" + object, "/files/webpublic-" + object}},
		{redirect.Misskey, redirect.File, "/files/webpublic-" + object, []string{"/files/" + object}},
		{redirect.Pleroma, redirect.Post, "/objects/" + object, []string{"/objects/" + object + "?x", "/objects/" + object + "/"}},
		{redirect.Pleroma, redirect.Post, "/notice/AbC9", []string{"/notice/AbC9/embed_player", "/@al/posts/AbC9", "/embed/AbC9"}},
		{redirect.Pleroma, redirect.Post, "/activities/" + object, []string{"/activities/" + object + "?x"}},
		{redirect.Pleroma, redirect.Profile, "/users/al", []string{"/al", "/@al", "/users/al/feed.atom"}},
		{redirect.Pleroma, redirect.File, "/media/0abc.png", []string{"/media/0abc.png?name=me.png"}},
		{redirect.Pixelfed, redirect.Post, "/p/al/512", []string{"/p/al/512/activity", "/p/al/512/embed", "/p/al/512?x"}},
		{redirect.Pixelfed, redirect.Profile, "/users/al", []string{"/al", "/@al", "/users/al.atom"}},
		{redirect.Pixelfed, redirect.File, "/storage/m/_v2/1/a/b/c.jpg", []string{"/storage/m/_v2/1/a/b/c_thumb.jpg"}},
		{redirect.WordPress, redirect.Post, "/?p=12", []string{"/?utm=x&p=12", "/index.php?p=12", "/?p=12&preview=true"}},
		{redirect.WordPress, redirect.Post, "/2024/05/hello/", []string{"/2024/05/hello/amp/", "/2024/05/hello/feed", "/2024/05/hello/comment-page-2/"}},
		{redirect.WordPress, "", "/2024/05/hello/", []string{"/2024/05/hello", "/2024/05/hello/?utm_source=x"}},
		{redirect.WordPress, "", "/2024/05/%e4%bd%a0/", []string{"/2024/05/%E4%BD%A0/"}},
		{redirect.WordPress, redirect.Profile, "/?author=3", []string{"/?author=3&x=y", "/wp-json/activitypub/1.0/actors/3"}},
		{redirect.WordPress, redirect.Profile, "/author/al/", []string{"/author/al", "/@al", "/author/al/feed/"}},
		{redirect.WordPress, redirect.File, "/wp-content/uploads/2024/05/a.jpg", []string{"/wp-content/uploads/2024/05/a-300x200.jpg",
			"/wp-content/uploads/2024/05/a-scaled.jpg"}},
	} {
		for _, other := range c.others {
			form, _ := redirect.Parse(c.software, vocab.IRI("https://s.example"+other))
			assert.Equal(t, c.shape, form.Shape, "%s: %s", c.software, other)
			for _, software := range []redirect.Software{c.software, ""} {
				got := redirect.Normalize(software, vocab.IRI("https://s.example"+other))
				assert.EqualValues(t, "https://s.example"+other, got[0], "what was asked for comes first")
				assert.Contains(t, got, vocab.IRI("https://s.example"+c.key), "%q: %s", software, other)
				assert.LessOrEqual(t, len(got), 32)
			}
		}
	}
}

func TestNormalize_leavesOthersAlone(t *testing.T) {
	for name, c := range map[string]struct{ url, not vocab.IRI }{
		"a post of another server, as seen here": {"https://s.example/@al@far.example/1", "https://s.example/@al/1"},
		"another server's profile":               {"https://s.example/@al@far.example", "https://s.example/@al"},
		"a slash that was encoded":               {"https://s.example/%2F%40al/1", "https://s.example/@al/1"},
		"dots":                                   {"https://s.example/x/../@al/1", "https://s.example/@al/1"},
		"a query that was encoded":               {"https://s.example/%3Fp=1", "https://s.example/?p=1"},
		"percent that was encoded twice":         {"https://s.example/%2540al/1", "https://s.example/@al/1"},
		"a number that is none":                  {"https://s.example/@al/1x/embed", "https://s.example/@al/1x"},
		"no URL":                                 {"acct:al@s.example", "https://s.example/@al"},
	} {
		assert.NotContains(t, redirect.Normalize(redirect.Mastodon, c.url), c.not, name)
	}
	assert.Len(t, redirect.Normalize("", vocab.IRI("https://s.example/"+string(make([]byte, 5000)))), 1)
}

func TestParse_kept(t *testing.T) {
	for software, paths := range map[redirect.Software][]string{
		redirect.Mastodon:   {"/users/al/inbox", "/users/al/outbox", "/users/al/followers", "/users/al/following", "/users/al/collections/featured", "/ap/users/1/inbox", "/ap/users/1/collections/tags", "/actor"},
		redirect.GoToSocial: {"/users/al/inbox", "/users/al/liked", "/users/al/main-key", "/users/al/collections/featured"},
		redirect.Misskey:    {"/users/9z/inbox", "/users/9z/publickey", "/users/9z/collections/featured", "/users/9z/followers/"},
		redirect.Pleroma:    {"/users/al/inbox", "/users/al/collections/featured", "/internal/fetch"},
		redirect.Pixelfed:   {"/users/al/inbox", "/users/al/outbox", "/f/inbox"},
		redirect.WordPress:  {"/wp-json/activitypub/1.0/actors/1/inbox", "/wp-json/activitypub/1.0/users/1/followers", "/wp-json/activitypub/1.0/actors/1/collections/featured"},
	} {
		for _, path := range paths {
			form, ok := redirect.Parse(software, vocab.IRI("https://s.example"+path))
			require.True(t, ok, path)
			assert.Equal(t, redirect.Kept, form.Shape, path)
			assert.NotEmpty(t, form.Name, path)
		}
	}
	form, ok := redirect.Parse(redirect.Mastodon, "https://s.example/users/al/collections/featured")
	require.True(t, ok)
	assert.Equal(t, "featured", form.Name)
	assert.Equal(t, "al", form.User)
	_, ok = redirect.Parse(redirect.Mastodon, "https://s.example/notes/1")
	assert.False(t, ok, "it is Misskey's")
}

// Given the id and the page of a post, every address by which it was reached follows.
func TestForms(t *testing.T) {
	const s = vocab.IRI("https://s.example")
	for name, c := range map[string]struct {
		software redirect.Software
		id       vocab.IRI
		urls     []vocab.IRI
		want     []vocab.IRI
	}{
		"Mastodon": {redirect.Mastodon, s + "/users/al/statuses/9", []vocab.IRI{s + "/@al/9"},
			[]vocab.IRI{s + "/users/al/statuses/9/activity", s + "/web/statuses/9", s + "/statuses/9", s + "/deck/@al/9", s + "/@al/9/embed"}},
		"Mastodon 4.5": {redirect.Mastodon, s + "/ap/users/116/statuses/9", []vocab.IRI{s + "/@al/9"},
			[]vocab.IRI{s + "/ap/users/116/statuses/9/activity", s + "/users/al/statuses/9", s + "/web/statuses/9", s + "/web/@al/9"}},
		"GoToSocial": {redirect.GoToSocial, s + "/users/al/statuses/" + ulid, nil, []vocab.IRI{s + "/@al/statuses/" + ulid}},
		"Misskey":    {redirect.Misskey, s + "/notes/9a", nil, []vocab.IRI{s + "/notes/9a/activity"}},
		"Pleroma": {redirect.Pleroma, s + "/objects/" + object, []vocab.IRI{s + "/notice/Ab", s + "/@al/posts/Ab"},
			[]vocab.IRI{s + "/notice/Ab/embed_player"}},
		"Pixelfed": {redirect.Pixelfed, s + "/p/al/5", []vocab.IRI{"https://cdn.example/p/al/6"},
			[]vocab.IRI{s + "/i/web/post/5", s + "/p/al/5/activity"}},
		"WordPress":  {redirect.WordPress, s + "/?p=5", []vocab.IRI{s + "/2024/a/"}, []vocab.IRI{s + "/2024/a"}},
		"an account": {redirect.Mastodon, s + "/ap/users/116", []vocab.IRI{s + "/@al"}, []vocab.IRI{s + "/users/al", s + "/web/accounts/116", s + "/@al.rss"}},
	} {
		got := redirect.Forms(c.software, c.id, c.urls)
		assert.Equal(t, append([]vocab.IRI{c.id}, c.urls...), got[:1+len(c.urls)], name)
		assert.Subset(t, got, c.want, name)
		seen := map[vocab.IRI]bool{}
		for _, form := range got {
			assert.False(t, seen[form], "%s: %s stands twice", name, form)
			seen[form] = true
			if form != "https://cdn.example/p/al/6" {
				assert.Equal(t, s.Origin(), form.Origin(), name)
			}
		}
	}
}

func TestExpand(t *testing.T) {
	known := post("9", portability.ForPublic)
	all := redirect.Expand(redirect.Mastodon, known)
	assert.Equal(t, known, all[:2])
	olds := map[vocab.IRI]portability.Mapping{}
	for _, m := range all {
		olds[m.Old] = m
	}
	assert.Len(t, olds, len(all), "each once")
	reached := olds["https://old.example/web/statuses/9"]
	assert.Equal(t, known[0].New, reached.New)
	assert.Equal(t, known[0].ID, reached.ID)
	assert.Empty(t, redirect.Expand(redirect.Mastodon, nil))
}

// In real takeouts, a post's id, its page and its Create all lead to each other.
func TestNormalize_samples(t *testing.T) {
	for _, sample := range []string{"2022-v3.5", "2023-v4.0/archive"} {
		path := filepath.Join("..", "..", "..", "shared", "samples", "mastodon-takeouts", filepath.FromSlash(sample), "outbox.json")
		data, err := os.ReadFile(filepath.Clean(path))
		if err != nil {
			require.Empty(t, os.Getenv("GODWIT_CI"), "%v", err)
			t.Skipf("the sample is not here: %v", err)
		}
		var outbox struct {
			OrderedItems []struct {
				ID     vocab.IRI
				Type   string
				Object json.RawMessage
			}
		}
		require.NoError(t, json.Unmarshal(data, &outbox))
		posts := 0
		for _, item := range outbox.OrderedItems {
			var note struct {
				ID  vocab.IRI
				URL vocab.IRI
			}
			if item.Type != "Create" || json.Unmarshal(item.Object, &note) != nil {
				continue
			}
			posts++
			for _, software := range []redirect.Software{redirect.Mastodon, ""} {
				assert.Contains(t, redirect.Normalize(software, note.URL), note.ID)
				assert.Contains(t, redirect.Normalize(software, note.ID), note.URL)
				assert.Contains(t, redirect.Normalize(software, item.ID), note.ID)
			}
			assert.Contains(t, redirect.Forms(redirect.Mastodon, note.ID, []vocab.IRI{note.URL}), item.ID)
		}
		assert.Greater(t, posts, 700, "posts of %s", sample)
	}
}
