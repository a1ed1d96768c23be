package backup_test

import (
	"fmt"
	"strings"

	"codeberg.org/godwit/godwit/backup"
)

// exportsOfX are archives of X, whole and cut down to the lists of accounts.
func exportsOfX() []export {
	known, alone := &backup.ReadOptions{Handle: "alice"}, []exportBox{exportAlone, exportGz}
	protected := exportOfX()
	protected.name, protected.in = "X: an account that was protected", []exportBox{exportZip, exportFolder}
	protected.want["content for followers"] = protected.want["content for public"]
	protected.want["outbox for followers"] = 1
	delete(protected.want, "content for public")
	delete(protected.want, "outbox for public")
	for i, f := range protected.entries {
		f.body = strings.ReplaceAll(strings.ReplaceAll(f.body, exportSeen, exportFollowers), `protected-history.js","globalName":"YTD.x.part0","count":"0"`, `protected-history.js","globalName":"YTD.x.part0","count":"1"`)
		if f.name == "data/protected-history.js" {
			f.body = exportXPart("protected_history", 0, `{"protectedHistory":{"protectedAt":"2009-06-23T13:04:14.000Z","action":"Protect"}}`)
		}
		protected.entries[i] = f
	}
	return []export{
		exportOfX(), protected,
		{name: "X: follower.js alone", dialect: "x", known: known, in: alone, want: exportCounts{"followers": 2}, entries: []exportFile{{"follower.js", exportXPart("follower", 0, exportXAccount("follower", "71758338"), exportXAccount("follower", "9007199254740993"))}}},
		{name: "X: following.js alone", dialect: "x", known: known, in: alone, want: exportCounts{"following": 1}, entries: []exportFile{{"following.js", exportXPart("following", 0, exportXAccount("following", "7"))}}},
	}
}

func exportXPart(kind string, part int, elements ...string) string {
	return fmt.Sprintf("window.YTD.%s.part%d = [\n  %s\n]", kind, part, strings.Join(elements, ",\n  "))
}

func exportXAccount(kind, number string) string {
	return fmt.Sprintf(`{"%s":{"accountId":"%s","userLink":"https://twitter.com/intent/user?user_id=%[2]s"}}`, kind, number)
}

func exportXPost(number, at, text, more string) string {
	return fmt.Sprintf(`{"tweet":{"edit_info":{"initial":{"editTweetIds":["%[1]s"]}},"id":"%[1]s","id_str":"%[1]s","created_at":"%[2]s","full_text":"%[3]s","favorite_count":"3","lang":"en","truncated":false%[4]s}}`, number, at, text, more)
}

// exportXManifest counts the files that it names, by type.
func exportXManifest(files ...[3]string) string {
	types := map[string][]string{}
	var names []string
	for _, f := range files {
		if types[f[0]] == nil {
			names = append(names, f[0])
		}
		types[f[0]] = append(types[f[0]], fmt.Sprintf(`{"fileName":"data/%s","globalName":"YTD.x.part0","count":"%s"}`, f[1], f[2]))
	}
	var all []string
	for _, name := range names {
		all = append(all, fmt.Sprintf(`"%s":{"mediaDirectory":"data/%[1]s_media","files":[%s]}`, name, strings.Join(types[name], ",")))
	}
	return `window.__THAR_CONFIG = {"userInfo":{"accountId":"12","userName":"alice","displayName":"Alice"},"archiveInfo":{"sizeBytes":"1","generationDate":"2023-08-20T11:06:14.174Z","isPartialArchive":false},"dataTypes":{` + strings.Join(all, ",") + `}}`
}

// exportOfX has posts and followers in two parts, an edited post, a long one, a
// share that is named, and pictures of which one is missing.
func exportOfX() export {
	picture := `,"extended_entities":{"media":[{"url":"https://t.co/p","media_url_https":"https://pbs.twimg.com/media/Abc.png","type":"photo","ext_alt_text":"a cat"},` +
		`{"url":"https://t.co/p","media_url_https":"https://pbs.twimg.com/media/Gone.png","type":"photo"}]}`
	answer := `,"entities":{"user_mentions":[{"screen_name":"Bob","id_str":"34"}],"hashtags":[{"text":"Birds"}]},"in_reply_to_status_id_str":"1590000000000000000","in_reply_to_screen_name":"bob","possibly_sensitive":true`
	first, second := "1580000000000000100", "1580000500000000000"
	both := `["` + first + `","` + second + `"]`
	edited := []string{
		strings.Replace(exportXPost(first, "Wed Oct 12 00:58:49 +0000 2022", "said wrong", ""), `["`+first+`"]`, both, 1),
		strings.Replace(exportXPost(second, "Wed Oct 12 01:00:48 +0000 2022", exportSeen, ""), `{"initial":{"editTweetIds":["`+second+`"]}}`, `{"edit":{"initialTweetId":"`+first+`","editControlInitial":{"editTweetIds":`+both+`}}}`, 1),
	}
	return export{name: "X: a whole archive", dialect: "x", in: []exportBox{exportZip, exportTarGz, exportFolder}, files: [2]int64{2, 1}, takeout: []string{"liked .https://codeberg.org/godwit/ns#original lost"},
		standard: []string{"media .usedBy made"},
		want:     exportCounts{"actor": 1, "blocked": 1, "muted": 1, "following": 1, "followers": 3, "media": 1, "content": 4, "content for public": 4, "outbox": 1, "outbox for public": 1, "history": 1, "liked": 2, "lists": 1, "unknown": 2},
		entries: []exportFile{
			{"data/manifest.js", exportXManifest([3]string{"account", "account.js", "1"}, [3]string{"profile", "profile.js", "1"}, [3]string{"protectedHistory", "protected-history.js", "0"}, [3]string{"block", "block.js", "1"},
				[3]string{"mute", "mute.js", "1"}, [3]string{"following", "following.js", "1"}, [3]string{"follower", "follower.js", "2"}, [3]string{"follower", "follower-part1.js", "1"}, [3]string{"tweets", "tweets.js", "2"},
				[3]string{"tweets", "tweets-part1.js", "4"}, [3]string{"noteTweet", "note-tweet.js", "1"}, [3]string{"like", "like.js", "2"}, [3]string{"listsCreated", "lists-created.js", "1"}, [3]string{"savedSearch", "saved-search.js", "1"})},
			{"data/account.js", exportXPart("account", 0, `{"account":{"email":"alice@mail.example","username":"alice","accountId":"12","createdAt":"2009-06-23T13:04:14.000Z","accountDisplayName":"Alice"}}`)},
			{"data/profile.js", exportXPart("profile", 0, `{"profile":{"description":{"bio":"Likes birds","website":"https://alice.example/","location":"Rome"},"avatarMediaUrl":"https://pbs.twimg.com/profile_images/99/me.jpg"}}`)},
			{"data/profile_media/12-me.jpg", exportJPEG}, {"data/protected-history.js", exportXPart("protected_history", 0)},
			{"data/block.js", exportXPart("block", 0, exportXAccount("blocking", "1679751657051546497"))}, {"data/mute.js", exportXPart("mute", 0, exportXAccount("muting", "5"))},
			{"data/following.js", exportXPart("following", 0, exportXAccount("following", "7"))}, {"data/follower.js", exportXPart("follower", 0, exportXAccount("follower", "71758338"), exportXAccount("follower", "9007199254740993"))},
			{"data/follower-part1.js", exportXPart("follower", 1, exportXAccount("follower", "18446744073709551615"))},
			{"data/tweets.js", exportXPart("tweets", 0, exportXPost("1600000000000000007", "Tue Dec 06 05:31:41 +0000 2022", exportSeen+" https://t.co/p", picture), exportXPost("1595000000000000000", "Tue Nov 22 10:23:28 +0000 2022", "@Bob hi #birds", answer))},
			{"data/tweets-part1.js", exportXPart("tweets", 1, exportXPost("1627000000000000000", "Sat Feb 18 17:40:02 +0000 2023", "The beginning… https://t.co/more", ""), edited[0], edited[1],
				`{"id_str":"20","id":"20","created_at":"Tue Mar 21 20:50:14 +0000 2006","full_text":"just setting up","retweeted_status":{"id_str":"19"}}`)},
			{"data/note-tweet.js", exportXPart("note_tweet", 0, `{"noteTweet":{"noteTweetId":"1626999999900000000","createdAt":"2023-02-18T17:40:02.000Z","core":{"text":"The beginning goes on and on","urls":[],"mentions":[],"hashtags":[]}}}`)},
			{"data/like.js", exportXPart("like", 0, `{"like":{"tweetId":"111","fullText":"said by bob","expandedUrl":"https://twitter.com/i/web/status/111"}}`, `{"like":{"tweetId":"112"}}`)},
			{"data/lists-created.js", exportXPart("lists_created", 0, `{"userListInfo":{"url":"https://twitter.com/alice/lists/friends"}}`)}, {"data/saved-search.js", exportXPart("saved_search", 0, `{"savedSearch":{"query":"godwits"}}`)},
			{"data/tweets_media/1600000000000000007-Abc.png", exportPNG},
		}}
}
