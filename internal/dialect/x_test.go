package dialect_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/internal/container"
	"codeberg.org/godwit/godwit/internal/dialect"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/portability/portabilitytest"
	"codeberg.org/godwit/godwit/vocab"
)

// The shapes follow the real manifest and relations in the samples, and for posts
// what readers of such archives parse.

func xPart(kind string, part int, elements ...string) string {
	return fmt.Sprintf("window.YTD.%s.part%d = [\n  %s\n]", kind, part, strings.Join(elements, ",\n  "))
}

func xFollower(number string) string {
	return fmt.Sprintf(`{"follower":{"accountId":%q,"userLink":"https://twitter.com/intent/user?user_id=%s"}}`, number, number)
}

func xTweet(number, at, text, more string) string {
	return fmt.Sprintf(`{"tweet":{"edit_info":{"initial":{"editTweetIds":[%q]}},"id":%q,"id_str":%q,"created_at":%q,"full_text":%q,
	"favorite_count":"3","lang":"en","truncated":false%s}}`, number, number, number, at, text, more)
}

// xManifest lists files of types, each as "type: file count" with one line for each file.
func xManifest(generated, more string, lines ...string) string {
	files, names := map[string][]string{}, []string{}
	for _, line := range lines {
		fields := strings.Fields(line)
		if files[fields[0]] == nil {
			names = append(names, fields[0])
		}
		files[fields[0]] = append(files[fields[0]], fmt.Sprintf(`{"fileName":%q,"globalName":"YTD.x.part0","count":%q}`, fields[1], fields[2]))
	}
	var types []string
	for _, name := range names {
		types = append(types, fmt.Sprintf(`%q:{"mediaDirectory":"data/%s_media","files":[%s]}`, name, name, strings.Join(files[name], ",")))
	}
	return fmt.Sprintf(`window.__THAR_CONFIG = {"userInfo":{"accountId":"12","userName":"alice","displayName":"Alice <3"},
	"archiveInfo":{"sizeBytes":"1","generationDate":%q,"isPartialArchive":false%s},"dataTypes":{%s}}`, generated, more, strings.Join(types, ","))
}

const (
	xPhoto = `,"entities":{"media":[{"url":"https://t.co/pic1","media_url_https":"https://pbs.twimg.com/media/Abc.jpg","type":"photo"}]},
	"extended_entities":{"media":[
		{"url":"https://t.co/pic1","media_url_https":"https://pbs.twimg.com/media/Abc.jpg","type":"photo","ext_alt_text":"a cat","sizes":{"large":{"w":"800","h":"600"}}},
		{"url":"https://t.co/pic1","media_url_https":"https://pbs.twimg.com/media/Gone.png","type":"photo"}]}`
	xFilm = `,"extended_entities":{"media":[{"url":"https://t.co/film","media_url_https":"https://pbs.twimg.com/thumb/film.jpg","type":"video",
		"video_info":{"variants":[{"content_type":"application/x-mpegURL","url":"https://video.twimg.com/1/pl/a.m3u8?tag=1"},
		{"bitrate":"288000","url":"https://video.twimg.com/1/vid/low.mp4?tag=1"},{"bitrate":"2176000","url":"https://video.twimg.com/1/vid/high.mp4?tag=1"}]}}]}`
	xMarked = `,"entities":{"urls":[{"url":"https://t.co/abc","expanded_url":"https://example.org/?a=1&b=2","display_url":"example.org"}],
		"user_mentions":[{"screen_name":"Bob","id_str":"34","id":"34","name":"Bob"},{"screen_name":"gone","id_str":"-1"}],"hashtags":[{"text":"Birds"}]},
		"in_reply_to_status_id_str":"1590000000000000000","in_reply_to_screen_name":"bob","possibly_sensitive":true`
)

// xWhole is an archive with what real ones have.
func xWhole() []entry {
	return []entry{
		{"data/manifest.js", xManifest("2023-08-20T11:06:14.174Z", "",
			"account data/account.js 1", "profile data/profile.js 1", "protectedHistory data/protected-history.js 0",
			"block data/block.js 1", "mute data/mute.js 1", "following data/following.js 1",
			"follower data/follower.js 2", "follower data/follower-part1.js 1",
			"tweets data/tweets.js 4", "tweets data/tweets-part1.js 4", "noteTweet data/note-tweet.js 2", "tweetHeaders data/tweet-headers.js 8",
			"like data/like.js 2", "listsCreated data/lists-created.js 2", "directMessages data/direct-messages.js 7",
			"deviceToken data/device-token.js 3", "savedSearch data/saved-search.js 1", "ipAudit data/ip-audit.js 12", "adEngagements data/ad-engagements.js 0")},
		{"data/account.js", xPart("account", 0, `{"account":{"email":"alice@mail.example","createdVia":"web","username":"alice","accountId":"12","createdAt":"2009-06-23T13:04:14.000Z","accountDisplayName":"Alice <3"}}`)},
		{"data/profile.js", xPart("profile", 0, `{"profile":{"description":{"bio":"Likes birds & <b>","website":"https://alice.example/","location":"Rome"},"avatarMediaUrl":"https://pbs.twimg.com/profile_images/99/me.jpg"}}`)},
		{"data/profile_media/12-me.jpg", "the face"},
		{"data/protected-history.js", xPart("protected_history", 0)},
		{"data/block.js", xPart("block", 0, `{"blocking":{"accountId":"1679751657051546497","userLink":"https://twitter.com/intent/user?user_id=1679751657051546497"}}`)},
		{"data/mute.js", xPart("mute", 0, `{"muting":{"accountId":"5","userLink":"https://x.com/intent/user?user_id=5"}}`)},
		{"data/following.js", xPart("following", 0, `{"following":{"accountId":"7","userLink":"https://x.com/i/user/7"}}`)},
		{"data/follower.js", xPart("follower", 0, xFollower("71758338"), xFollower("9007199254740993"))},
		{"data/follower-part1.js", xPart("follower", 1, xFollower("18446744073709551615"))},
		{"data/tweets.js", xPart("tweets", 0,
			xTweet("1600000000000000007", "Tue Dec 06 05:31:41 +0000 2022", "a cat https://t.co/pic1", xPhoto),
			xTweet("1600000000000000006", "Tue Dec 06 05:31:41 +0000 2022", "a film https://t.co/film", xFilm),
			xTweet("1595000000000000000", "Tue Nov 22 10:23:28 +0000 2022", "@Bob @gone hi &lt;3 see https://t.co/abc\n\n#birds &amp; <script>", xMarked),
			xTweet("1594000000000000000", "Sat Nov 19 16:09:49 +0000 2022", "RT @bob: what bob said", ""))},
		{"data/tweets-part1.js", xPart("tweets", 1,
			xTweet("1627000000000000000", "Sat Feb 18 17:40:02 +0000 2023", "@bob The beginning of a very long text that goes… https://t.co/more", ""),
			strings.Replace(xTweet("1580000000000000100", "Wed Oct 12 00:58:49 +0000 2022", "first said wrong", ""), `["1580000000000000100"]`, `["1580000000000000100","1580000500000000000"]`, 1),
			strings.Replace(xTweet("1580000500000000000", "Wed Oct 12 01:00:48 +0000 2022", "then said right", ""), `{"initial":{"editTweetIds":["1580000500000000000"]}}`,
				`{"edit":{"initialTweetId":"1580000000000000100","editControlInitial":{"editTweetIds":["1580000000000000100","1580000500000000000"]}}}`, 1),
			`{"id_str":"20","id":"20","created_at":"Tue Mar 21 20:50:14 +0000 2006","full_text":"just setting up","retweeted_status":{"id_str":"19"}}`)},
		{"data/note-tweet.js", xPart("note_tweet", 0,
			`{"noteTweet":{"noteTweetId":"1626999999900000000","createdAt":"2023-02-18T17:40:02.000Z","core":{"text":"The beginning of a very long text that goes on and on https://t.co/long #end","urls":[{"shortUrl":"https://t.co/long","expandedUrl":"https://example.org/long"}],"mentions":[],"hashtags":[{"text":"end"}]}}}`,
			`{"noteTweet":{"noteTweetId":"1626999999900000001","createdAt":"2023-02-18T17:40:02.000Z","core":{"text":"Of a post that is gone","urls":[]}}}`)},
		{"data/tweet-headers.js", xPart("tweet_headers", 0, `{"tweet":{"tweet_id":"20"}}`)},
		{"data/like.js", xPart("like", 0, `{"like":{"tweetId":"111","fullText":"said by bob","expandedUrl":"https://twitter.com/i/web/status/111"}}`, `{"like":{"tweetId":"112"}}`)},
		{"data/lists-created.js", xPart("lists_created", 0, `{"userListInfo":{"url":"https://twitter.com/alice/lists/friends"}}`, `{"userListInfo":{"url":"https://twitter.com/i/lists/123"}}`)},
		{"data/direct-messages.js", xPart("direct_messages", 0, `{"dmConversation":{"messages":[{"messageCreate":{"text":"PRIVATE"}}]}}`)},
		{"data/device-token.js", xPart("device_token", 0, `{"deviceToken":{"token":"SECRET"}}`)},
		{"data/ip-audit.js", xPart("ip_audit", 0, `{"ipAudit":{"loginIp":"SECRET"}}`)},
		{"data/saved-search.js", xPart("saved_search", 0, `{"savedSearch":{"query":"godwits"}}`)},
		{"data/ad-engagements.js", xPart("ad_engagements", 0)},
		{"data/tweets_media/1600000000000000007-Abc.jpg", "a cat"},
		{"data/tweets_media/1600000000000000006-high.mp4", "a film"},
		{"data/tweets_media/1500000000000000000-old.png", "of a post that is gone"},
		{"data/direct_messages_media/1-2.jpg", "PRIVATE"},
		{"assets/js/app.js", "function evil() {}"},
		{"Your archive.html", "<html>"},
	}
}

func xItems() map[string]int {
	return map[string]int{
		"actor": 1, "blocked": 1, "muted": 1, "following": 1, "followers": 3, "media": 2,
		"content": 6, "content for public": 6, "outbox": 1, "outbox for public": 1, "history": 1,
		"liked": 2, "lists": 2, "unknown": 3,
	}
}

func TestXWhole(t *testing.T) {
	a := openAs(t, "x", nil, zipOfEntries(xWhole()...))
	assert.Equal(t, xItems(), counted(t, a))
	suite(t, nil, zipOfEntries(xWhole()...), portabilitytest.Want{Items: kindsOf(xItems()), Files: 4, Missing: 1})

	content := itemsOf(t, a, portability.Content)
	assert.Equal(t, []string{"1580000500000000000", "1594000000000000000", "1595000000000000000",
		"1600000000000000006", "1600000000000000007", "1627000000000000000"}, idsOf(content), "oldest first, over all parts")
	for _, item := range content {
		assert.Equal(t, vocab.IRI("https://x.com/i/user/12"), item.Object.IRI(vocab.AttributedTo))
		assert.True(t, item.Object.Has(dialect.OriginalMember), "%s", item.ID)
	}

	t.Run("an edited post", func(t *testing.T) {
		assert.Equal(t, "<p>then said right</p>", content[0].Object.Text(vocab.Content))
		assert.Equal(t, "2022-10-12T00:58:49Z", content[0].Object.Text(vocab.Published), "of the first state, by its number")
		assert.True(t, content[0].Object.Has(vocab.Updated))
		former := itemsOf(t, a, portability.History)[0]
		assert.True(t, strings.HasPrefix(former.ID, content[0].ID+"#2022-10-12T00:58:49"), "%s", former.ID)
		assert.Equal(t, content[0].ID, string(former.Object.ID()))
		assert.Equal(t, "<p>first said wrong</p>", former.Object.Text(vocab.Content))
	})
}

func TestXPosts(t *testing.T) {
	a := openAs(t, "x", nil, zipOfEntries(xWhole()...))
	content := itemsOf(t, a, portability.Content)
	require.Len(t, content, 6)
	t.Run("a shared post that X does not name", func(t *testing.T) {
		assert.Equal(t, "<p>RT @bob: what bob said</p>", content[1].Object.Text(vocab.Content))
	})
	t.Run("a shared post that is named", func(t *testing.T) {
		shared := itemsOf(t, a, portability.Outbox)[0]
		assert.Equal(t, "Announce", shared.Object.Type())
		assert.Equal(t, vocab.IRI("https://x.com/i/web/status/19"), shared.Object.IRI(vocab.ObjectProperty))
		assert.Equal(t, "2006-03-21T20:50:14Z", shared.Object.Text(vocab.Published))
	})
	t.Run("text with links, mentions, tags and code", func(t *testing.T) {
		note := content[2].Object
		assert.Equal(t, `<p><a href="https://x.com/i/user/34" class="u-url mention">@Bob</a> <a href="https://x.com/gone" class="u-url mention">@gone</a> hi &lt;3 see `+
			`<a href="https://example.org/?a=1&amp;b=2" rel="nofollow noopener">https://example.org/?a=1&amp;b=2</a></p>`+
			`<p><a href="https://x.com/hashtag/birds" class="mention hashtag" rel="tag">#birds</a> &amp; &lt;script&gt;</p>`, note.Text(vocab.Content))
		assert.Equal(t, vocab.IRI("https://x.com/i/web/status/1590000000000000000"), note.IRI(vocab.InReplyTo))
		assert.True(t, note.Bool(vocab.Sensitive))
		assert.Equal(t, "https://x.com/alice/status/1595000000000000000", note.Text(vocab.URL))
		assert.Equal(t, note.Text(vocab.Content), note.Child("contentMap").Text("en"))
		assert.Len(t, note.Children(vocab.Tag), 3)
	})
	t.Run("films and pictures", func(t *testing.T) {
		film, cat := content[3], content[4]
		assert.Equal(t, "<p>a film</p>", film.Object.Text(vocab.Content), "the address of what is attached is left out")
		require.Len(t, film.Media, 1)
		assert.Equal(t, "data/tweets_media/1600000000000000006-high.mp4", film.Media[0].Path, "the best variant")
		assert.Equal(t, "video/mp4", film.Media[0].Type)
		require.Len(t, cat.Media, 2)
		assert.EqualValues(t, 5, cat.Media[0].Size)
		assert.Equal(t, "a cat", cat.Object.Children(vocab.Attachment)[0].Text(vocab.Name), "the alt text")
		assert.Empty(t, cat.Media[1].Path)
		assert.Equal(t, portability.MissingMedia, cat.Problems[0].Reason)
	})
	t.Run("a long post", func(t *testing.T) {
		assert.Equal(t, `<p>@bob The beginning of a very long text that goes on and on <a href="https://example.org/long" rel="nofollow noopener">https://example.org/long</a> `+
			`<a href="https://x.com/hashtag/end" class="mention hashtag" rel="tag">#end</a></p>`, content[5].Object.Text(vocab.Content))
		assert.Equal(t, "1626999999900000000", content[5].Object.Child(dialect.OriginalMember).Child("noteTweet").Text("noteTweetId"))
	})
}

func TestXOthers(t *testing.T) {
	a := openAs(t, "x", nil, zipOfEntries(xWhole()...))
	t.Run("a long text without its post, and what nothing is made of", func(t *testing.T) {
		var all []string
		for _, item := range itemsOf(t, a, portability.Unknown) {
			all = append(all, item.ID)
			assert.NotContains(t, string(item.Raw), "SECRET")
			assert.NotContains(t, string(item.Raw), "PRIVATE")
		}
		assert.ElementsMatch(t, []string{"data/note-tweet.js#2", "data/manifest.js", "data/saved-search.js"}, all)
	})
	t.Run("numbers stay digits", func(t *testing.T) {
		assert.Equal(t, []string{"71758338", "9007199254740993", "18446744073709551615"}, idsOf(itemsOf(t, a, portability.Followers)))
	})
	t.Run("the actor", func(t *testing.T) {
		assert.Equal(t, "alice", a.Doc.Text(vocab.Username))
		assert.Equal(t, "Alice <3", a.Doc.Text(vocab.Name))
		assert.Equal(t, "<p>Likes birds &amp; &lt;b&gt;</p>", a.Doc.Text(vocab.Summary))
		assert.Equal(t, "https://x.com/alice", a.Doc.Text(vocab.URL))
		assert.NotContains(t, a.Doc.String(), "mail.example", "an address for mail is not for everybody")
		assert.False(t, a.Doc.Bool(vocab.ManualApprove))
	})
	t.Run("likes point, and keep whose words they are in the original", func(t *testing.T) {
		liked := itemsOf(t, a, portability.Liked)[0]
		assert.Equal(t, "https://x.com/i/web/status/111", liked.ID)
		assert.False(t, liked.Object.Has(vocab.Content))
		assert.Contains(t, liked.Object.String(), "said by bob")
	})
	t.Run("lists with and without a name", func(t *testing.T) {
		lists := itemsOf(t, a, portability.Lists)
		assert.Equal(t, "friends", lists[0].Object.Text("title"))
		assert.Equal(t, portability.Unsupported, lists[1].Problems[0].Reason)
	})
	t.Run("what is left out is named", func(t *testing.T) {
		assert.Contains(t, oddOf(a, dialect.Lacks), dialect.Problem{Reason: dialect.Lacks, Where: "data/direct-messages.js",
			Detail: "7 not passed on: words of others, meant for the account alone"})
		assert.Len(t, oddOf(a, dialect.ForeignRecord), 4, "device tokens, addresses, headers and files of messages: %v", oddOf(a, dialect.ForeignRecord))
		assert.Empty(t, oddOf(a, dialect.CountMismatch), "of what was read all counts are right")
	})
}

func TestXContainers(t *testing.T) {
	wrapped := func(with func(string) string) []entry {
		all := xWhole()
		for i := range all {
			all[i].name = with(all[i].name)
		}
		return all
	}
	want := xItems()
	for _, c := range []struct {
		name    string
		entries []entry
		box     *container.Options
	}{
		{"in a folder", wrapped(func(n string) string { return "twitter-2023-08-20/" + n }), nil},
		{"in two folders, with what a system adds", append(wrapped(func(n string) string { return "a/b/" + n }), entry{"__MACOSX/a/._data", "x"}), nil},
		{"with backslashes", wrapped(func(n string) string { return strings.ReplaceAll("a/"+n, "/", `\`) }), &container.Options{Backslashes: true}},
		{"the folder data alone", wrapped(func(n string) string { return strings.TrimPrefix(n, "data/") }), nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			box, err := container.OpenAt(t.Context(), strings.NewReader(string(zipOfEntries(c.entries...))), int64(len(zipOfEntries(c.entries...))), c.box)
			require.NoError(t, err)
			defer box.Close()
			a, err := dialect.Open(t.Context(), box, nil)
			require.NoError(t, err)
			assert.Equal(t, "x", a.Name)
			assert.Equal(t, want, counted(t, a))
		})
	}
}

func TestXLone(t *testing.T) {
	followers := xPart("follower", 0, xFollower("1"), xFollower("2"))
	for _, c := range []struct {
		name, text string
		want       map[string]int
	}{
		{"a file", followers, map[string]int{"followers": 2}},
		{"of no rows", xPart("follower", 0), map[string]int{}},
		{"with a byte order mark and a semicolon", "\ufeff" + followers + " ;\n", map[string]int{"followers": 2}},
		{"with carriage returns", strings.ReplaceAll(followers, "\n", "\r\n"), map[string]int{"followers": 2}},
		{"as of 2020", "window.YTD.follower.part0 = [ {\n  \"follower\" : {\n    \"accountId\" : \"1\"\n  }\n}, {\n  \"follower\" : {\n    \"accountId\" : \"2\"\n  }\n} ]", map[string]int{"followers": 2}},
		{"without window", strings.TrimPrefix(followers, "window."), map[string]int{"followers": 2}},
		{"of a later part", xPart("block", 3, `{"blocking":{"accountId":"4"}}`), map[string]int{"blocked": 1}},
		{"posts of 2019, without a wrapper", `window.YTD.tweet.part0 = [ {"id_str":"20","created_at":"Tue Mar 21 20:50:14 +0000 2006","full_text":"hi"} ]`,
			map[string]int{"content": 1, "content for author": 1}},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := openAs(t, "x", nil, []byte(c.text))
			assert.Equal(t, c.want, counted(t, a))
			assert.NotEmpty(t, oddOf(a, dialect.Lacks), "whose it is is not known")
		})
	}
	t.Run("several in a zip, under other names", func(t *testing.T) {
		a := openAs(t, "x", &dialect.Options{Handle: "@alice@x.com"}, zipOfEntries(
			entry{"my followers (2).js", xPart("follower", 1, xFollower("3"))}, entry{"my followers.js", followers},
			entry{"tweets.js", xPart("tweets", 0, xTweet("30", "Tue Mar 21 20:50:14 +0000 2006", "hi", ""))}))
		assert.Equal(t, []string{"1", "2", "3"}, idsOf(itemsOf(t, a, portability.Followers)), "in the order of the parts")
		assert.Equal(t, "https://x.com/alice/status/30", itemsOf(t, a, portability.Content)[0].Object.Text(vocab.URL))
		assert.Empty(t, oddOf(a, dialect.MissingPart))
	})
	t.Run("the first part is not there", func(t *testing.T) {
		assert.Len(t, oddOf(openAs(t, "x", nil, []byte(xPart("follower", 1, xFollower("3")))), dialect.MissingPart), 1)
	})
}

// Who may read the posts is never guessed.
func TestXProtected(t *testing.T) {
	history := func(rows ...string) entry {
		return entry{"data/protected-history.js", xPart("protected_history", 0, rows...)}
	}
	turned := func(at, action string) string {
		return fmt.Sprintf(`{"protectedHistory":{"protectedAt":%q,"action":%q}}`, at, action)
	}
	post := entry{"data/tweets.js", xPart("tweets", 0, xTweet("30", "Tue Mar 21 20:50:14 +0000 2006", "hi", ""))}
	circle := entry{"data/twitter-circle-tweet.js", xPart("twitter_circle_tweet", 0, xTweet("31", "Tue Mar 21 20:50:14 +0000 2006", "hi", ""))}
	account := entry{"data/account.js", xPart("account", 0, `{"account":{"accountId":"12","username":"alice"}}`)}
	for _, c := range []struct {
		name    string
		entries []entry
		want    portability.Audience
	}{
		{"never", []entry{post, account, history()}, portability.ForPublic},
		{"since", []entry{post, account, history(turned("2020-01-01T00:00:00.000Z", "Protect"))}, portability.ForFollowers},
		{"no longer, in any order", []entry{post, account, history(turned("2021-01-01T00:00:00.000Z", "Unprotect"), turned("2020-01-01T00:00:00.000Z", "Protect"))}, portability.ForPublic},
		{"an action that is not known", []entry{post, account, history(turned("2020-01-01T00:00:00.000Z", "Seal"))}, portability.ForAuthor},
		{"a row that cannot be read", []entry{post, account, history(turned("long ago", "Unprotect"))}, portability.ForAuthor},
		{"the file is not there", []entry{post, account}, portability.ForAuthor},
		{"protected, and whose is not known", []entry{post, history(turned("2020-01-01T00:00:00.000Z", "Protect"))}, portability.ForAuthor},
		{"for a circle", []entry{circle, account, history()}, portability.ForAuthor},
		{"for a circle, and among the others too", []entry{{"data/twitter-circle-tweet.js", strings.ReplaceAll(circle.body, "31", "30")}, post, account, history()}, portability.ForAuthor},
		{"among the others, and for a circle too", []entry{{"data/a.js", post.body}, {"data/b.js", strings.ReplaceAll(circle.body, "31", "30")}, account, history()}, portability.ForAuthor},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := openAs(t, "x", nil, zipOfEntries(c.entries...))
			items := itemsOf(t, a, portability.Content)
			require.NotEmpty(t, items)
			for _, item := range items {
				audience, _ := a.Owner.AudienceOf(item)
				assert.Equal(t, c.want, audience, "%s", item.ID)
			}
		})
	}
}

func TestXGrailbird(t *testing.T) {
	user := `"user":{"id_str":"12","screen_name":"alice","protected":true}`
	a := openAs(t, "x", nil, zipOfEntries(
		entry{"data/js/user_details.js", `var user_details =  {"expanded_url":"http://alice.example","screen_name":"alice","full_name":"Alice","bio":"hi","id":"12","created_at":"2009-06-23 13:04:14 +0000"}`},
		entry{"data/js/tweet_index.js", `var tweet_index = []`},
		entry{"data/js/tweets/2013_02.js", "Grailbird.data.tweets_2013_02 = \n [ " +
			`{"id":298000000000000000,"id_str":"298000000000000000","text":"second","created_at":"2013-02-03 10:00:00 +0000",` + user + `},` +
			`{"id":297900000000000000,"id_str":"297900000000000000","text":"RT @b: x","created_at":"2013-02-03 09:00:00 +0000","retweeted_status":{"id_str":"55"},` + user + `}]`},
		entry{"data/js/tweets/2012_12.js", "Grailbird.data.tweets_2012_12 = [" + `{"id_str":"280000000000000000","text":"first","created_at":"Sat Dec 15 17:00:00 +0000 2012",` + user + `}]`}))
	assert.Equal(t, map[string]int{"actor": 1, "content": 2, "content for followers": 2, "outbox": 1, "outbox for followers": 1}, counted(t, a))
	assert.Equal(t, []string{"280000000000000000", "298000000000000000"}, idsOf(itemsOf(t, a, portability.Content)))
	assert.Equal(t, "2009-06-23T13:04:14Z", a.Doc.Text(vocab.Published))
	assert.True(t, a.Doc.Bool(vocab.ManualApprove))
	assert.Empty(t, oddOf(a, dialect.MissingPart), "months are not parts")
}

// The relations of a real account, and a manifest that counts more than its owner
// published.
func TestXSample(t *testing.T) {
	dir := filepath.Join("..", "..", "..", "shared", "samples", "x-archive", "2023")
	if _, err := os.Stat(dir); err != nil {
		require.Empty(t, os.Getenv("GODWIT_CI"), "the samples must be there in CI")
		t.Skip("no samples beside the project")
	}
	c, err := container.Open(t.Context(), dir, nil)
	require.NoError(t, err)
	defer c.Close()
	a, err := dialect.Open(t.Context(), c, nil)
	require.NoError(t, err)
	assert.Equal(t, "x", a.Name)
	assert.Equal(t, map[string]int{"actor": 1, "blocked": 10, "muted": 3, "followers": 764, "following": 79, "unknown": 1}, counted(t, a))
	assert.Empty(t, oddOf(a, dialect.CountMismatch))
	assert.Contains(t, oddOf(a, dialect.MissingFile), dialect.Problem{Reason: dialect.MissingFile, Where: "data/tweets.js", Detail: "the manifest counts 3456 of tweets"})
	for _, item := range itemsOf(t, a, portability.Followers) {
		assert.Empty(t, item.Problems, "%s", item.ID)
	}
}
