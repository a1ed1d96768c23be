package dialect_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/internal/container"
	"codeberg.org/godwit/godwit/internal/dialect"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

const xDay = "2023-08-20T11:06:14.174Z"

// xErrorOf opens an export and reads it to the end: what is refused late is
// refused.
func xErrorOf(t *testing.T, o *dialect.Options, data []byte) error {
	a, err := openExport(t, o, data)
	if err != nil {
		return err
	}
	for _, k := range portability.Kinds() {
		for _, err := range a.Items(t.Context(), k, "") {
			if err != nil {
				return err
			}
		}
	}
	return nil
}

func TestXRefused(t *testing.T) {
	two := xPart("follower", 0, xFollower("1"))
	manifest := func(lines ...string) entry { return entry{"data/manifest.js", xManifest(xDay, "", lines...)} }
	for _, c := range []struct {
		name    string
		entries []entry
		reason  dialect.Reason
		where   string
	}{
		{"a call in place of data", []entry{{"follower.js", "window.YTD.follower.part0 = alert(1)"}}, dialect.CodeNotData, "follower.js"},
		{"a function around data", []entry{{"follower.js", "window.YTD.follower.part0 = (function(){return [])()"}}, dialect.CodeNotData, "follower.js"},
		{"a call behind the data", []entry{{"follower.js", two + ";alert(1)"}}, dialect.CodeNotData, "follower.js"},
		{"a second assignment", []entry{{"follower.js", two + "\n" + two}}, dialect.CodeNotData, "follower.js"},
		{"an object in place of a list", []entry{{"follower.js", `window.YTD.follower.part0 = {"follower":{}}`}}, dialect.CodeNotData, "follower.js"},
		{"code in a file that the manifest lists", []entry{manifest("follower data/follower.js 1"), {"data/follower.js", "alert(1)"}}, dialect.CodeNotData, "data/follower.js"},
		{"code in the manifest", []entry{{"data/manifest.js", "window.__THAR_CONFIG = {get x(){alert(1)}}"}}, dialect.CodeNotData, "data/manifest.js"},
		{"code behind the manifest", []entry{{"data/manifest.js", xManifest(xDay, "") + ";alert(1)"}}, dialect.CodeNotData, "data/manifest.js"},
		{"a list for a manifest", []entry{{"data/manifest.js", `window.__THAR_CONFIG = {"dataTypes":[]}`}}, dialect.NotReadable, "data/manifest.js"},
		{"a manifest of two megabytes", []entry{{"data/manifest.js", "window.__THAR_CONFIG = {" + counting(200_000) + "}"}}, dialect.EntryTooLarge, "data/manifest.js"},
		{"the second part is missing", []entry{manifest("follower data/follower.js 1", "follower data/follower-part1.js 1"), {"data/follower.js", two}}, dialect.MissingPart, "data/follower-part1.js"},
		{"the first part is missing", []entry{manifest("follower data/follower.js 1", "follower data/follower-part1.js 1"), {"data/follower-part1.js", two}}, dialect.MissingPart, "data/follower.js"},
		{"a part under a name that leaves the archive", []entry{manifest("follower ../../data/follower.js 1", "follower data/follower.js 1"), {"data/follower.js", two}}, "", ""},
		{"a part with a name that leads nowhere", []entry{manifest("follower ../../etc/passwd 1", "follower data/follower.js 1"), {"data/follower.js", two}}, dialect.MissingPart, "../../etc/passwd"},
		{"two exports without manifests", []entry{{"a/follower.js", two}, {"b/follower.js", two}, {"readme.txt", "x"}}, dialect.TwoOutboxes, "b/follower.js"},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := xErrorOf(t, nil, zipOfEntries(c.entries...))
			if c.reason == "" {
				require.NoError(t, err)
				return
			}
			refusal, ok := errors.AsType[*dialect.Refusal](err)
			require.True(t, ok, "%v", err)
			assert.Equal(t, c.reason, refusal.Reason)
			assert.Equal(t, c.where, refusal.Where)
		})
	}
	t.Run("salvage takes the parts that are there", func(t *testing.T) {
		a := openAs(t, "x", &dialect.Options{Salvage: true}, zipOfEntries(
			manifest("follower data/follower.js 1", "follower data/follower-part1.js 1"), entry{"data/follower-part1.js", two + ";x"}))
		assert.Equal(t, 1, counted(t, a)["followers"])
		assert.Equal(t, "data/follower.js", oddOf(a, dialect.MissingPart)[0].Where)
		assert.Len(t, oddOf(a, dialect.TextFault), 1, "what stands behind the data is told")
	})
	t.Run("no archive of X at all", func(t *testing.T) {
		_, err := openExport(t, nil, zipOfEntries(entry{"app.js", "var follower = [1]"}, entry{"b.js", "alert('window.YTD.follower.part0 = []')"}))
		assert.ErrorIs(t, err, dialect.ErrUnknown)
	})
}

func TestXOdd(t *testing.T) {
	row := xPart("follower", 0, xFollower("1"))
	for _, c := range []struct {
		name    string
		entries []entry
		reason  dialect.Reason
		where   string
		count   int
	}{
		{"two exports: the newest", []entry{
			{"old/data/manifest.js", xManifest("2021-01-01T00:00:00.000Z", "", "follower data/follower.js 9")}, {"old/data/follower.js", xPart("follower", 0, xFollower("8"), xFollower("9"))},
			{"new/data/manifest.js", xManifest(xDay, "", "follower data/follower.js 1")}, {"new/data/follower.js", row}},
			dialect.NewestTaken, "old/data/manifest.js", 1},
		{"a part of an archive", []entry{{"data/manifest.js", xManifest(xDay, `,"isPartialArchive":true`, "follower data/follower.js 1", "follower data/follower-part1.js 1")}, {"data/follower.js", row}},
			dialect.VolumeMissing, "data/manifest.js", 1},
		{"fewer rows than are counted", []entry{{"data/manifest.js", xManifest(xDay, "", "follower data/follower.js 2")}, {"data/follower.js", row}}, dialect.CountMismatch, "data/follower.js", 1},
		{"a count that is a number", []entry{{"data/manifest.js", strings.ReplaceAll(xManifest(xDay, "", "follower data/follower.js 2"), `"2"`, "2")}, {"data/follower.js", row}}, dialect.CountMismatch, "data/follower.js", 1},
		{"a file that the manifest does not name", []entry{{"data/manifest.js", xManifest(xDay, "", "follower data/follower.js 1")}, {"data/follower.js", row}, {"data/follower-part9.js", row}},
			dialect.Unlisted, "data/follower-part9.js", 1},
		{"a file cut short", []entry{{"follower.js", xPart("follower", 0, xFollower("1"), xFollower("2"))[:150]}}, dialect.PartlyRead, "follower.js", 1},
		{"commas where none belong", []entry{{"follower.js", strings.Replace(row, "\n]", ",\n]", 1)}}, dialect.TextFault, "follower.js", 1},
		{"in UTF-16", []entry{{"follower.js", utf16Of(row)}}, dialect.TextFault, "follower.js", 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := openAs(t, "x", nil, zipOfEntries(c.entries...))
			assert.Len(t, itemsOf(t, a, portability.Followers), c.count)
			odd := oddOf(a, c.reason)
			require.NotEmpty(t, odd, "%v", a.Odd())
			assert.Equal(t, c.where, odd[0].Where)
		})
	}
}

// counting is text that does not compress to nothing.
func counting(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "\"%d\":%d,", i, i)
	}
	return b.String()
}

func utf16Of(ascii string) string {
	var b strings.Builder
	b.WriteString("\xff\xfe")
	for i := range len(ascii) {
		b.WriteByte(ascii[i])
		b.WriteByte(0)
	}
	return b.String()
}

func TestXRows(t *testing.T) {
	for _, c := range []struct {
		name, row string
		id        string // "" if none is made
		reason    portability.Reason
	}{
		{"beyond 2^53", `{"follower":{"accountId":"9007199254740993"}}`, "9007199254740993", ""},
		{"as a number, beyond 2^53", `{"follower":{"accountId":9007199254740993}}`, "9007199254740993", ""},
		{"a number with an exponent", `{"follower":{"accountId":1e3}}`, "", portability.NoID},
		{"no digits", `{"follower":{"accountId":"../../1"}}`, "", portability.NoID},
		{"digits of another script", `{"follower":{"accountId":"١٢"}}`, "", portability.NoID},
		{"negative", `{"follower":{"accountId":"-1"}}`, "", portability.NoID},
		{"beyond 2^64", `{"follower":{"accountId":"18446744073709551616"}}`, "", portability.NoID},
		{"zeros before it", `{"follower":{"accountId":"007"}}`, "", portability.NoID},
		{"only a link", `{"follower":{"userLink":"https://twitter.com/intent/user?user_id=7"}}`, "7", ""},
		{"only a link to another host", `{"follower":{"userLink":"https://twitter.com.evil.example/intent/user?user_id=7"}}`, "", portability.NoID},
		{"a link with a script", `{"follower":{"accountId":"7","userLink":"javascript:alert(1)"}}`, "7", portability.ForeignHost},
		{"a link to another host", `{"follower":{"accountId":"7","userLink":"https://evil.example/intent/user?user_id=7"}}`, "7", portability.ForeignHost},
		{"a link with user information", `{"follower":{"accountId":"7","userLink":"https://twitter.com@evil.example/intent/user?user_id=7"}}`, "7", portability.ForeignHost},
		{"a link to another account", `{"follower":{"accountId":"7","userLink":"https://twitter.com/intent/user?user_id=8"}}`, "7", portability.ForeignHost},
		{"a list", `[1]`, "", portability.Unreadable},
		{"nothing", `null`, "", portability.Unreadable},
		{"a wrapper with nothing", `{"follower":null}`, "", portability.NoID},
		{"half a letter", `{"follower":{"accountId":"7","userLink":"https://twitter.com/intent/user?user_id=7","x":"\ud800"}}`, "7", portability.Unreadable},
		{"too large", `{"follower":{"accountId":"7","x":"` + strings.Repeat("x", 1<<16) + `"}}`, "", portability.TooLarge},
		{"too deep", `{"follower":` + strings.Repeat(`{"a":`, 100) + "1" + strings.Repeat("}", 101), "", portability.Unreadable},
	} {
		t.Run(c.name, func(t *testing.T) {
			text := xPart("follower", 0, xFollower("1"), c.row, xFollower("2"))
			items := itemsOf(t, openAs(t, "x", &dialect.Options{MaxItem: 1 << 12}, []byte(text)), portability.Followers)
			require.Len(t, items, 3, "the rows around it are read")
			item := items[1]
			if c.id == "" {
				assert.Nil(t, item.Object)
			} else if assert.NotNil(t, item.Object) {
				assert.Equal(t, "https://x.com/i/user/"+c.id, item.ID)
				assert.Equal(t, item.ID, string(item.Object.ID()))
			}
			if c.reason == "" {
				assert.Empty(t, item.Problems)
			} else if assert.NotEmpty(t, item.Problems) {
				assert.Equal(t, c.reason, item.Problems[0].Reason)
			}
		})
	}
}

// What a post says cannot become more than text and links.
func TestXPostsHostile(t *testing.T) {
	at := "Tue Mar 21 20:50:14 +0000 2006"
	open := func(t *testing.T, rows ...string) []portability.Item {
		t.Helper()
		a := openAs(t, "x", nil, zipOfEntries(
			entry{"data/account.js", xPart("account", 0, `{"account":{"accountId":"12","username":"a\"><script>"}}`)},
			entry{"data/protected-history.js", xPart("protected_history", 0)},
			entry{"data/tweets.js", xPart("tweets", 0, rows...)}, entry{"data/secret.txt", "x"}))
		return itemsOf(t, a, portability.Content)
	}
	t.Run("links that are none", func(t *testing.T) {
		html := open(t, xTweet("30", at, `see https://t.co/js https://t.co/data @eve #x\"`, `,"entities":{"urls":[
			{"url":"https://t.co/js","expanded_url":"javascript:alert(1)"},{"url":"https://t.co/data","expanded_url":"data:text/html,<script>"}],
			"user_mentions":[{"screen_name":"eve","id_str":"1\" onclick=\"x"}],"hashtags":[{"text":"x\" onclick=\"y"}]}`))[0].Object.Text(vocab.Content)
		assert.Equal(t, `<p>see https://t.co/js https://t.co/data <a href="https://x.com/eve" class="u-url mention">@eve</a> #x\&#34;</p>`, html)
	})
	t.Run("a name that is none is not part of an address", func(t *testing.T) {
		assert.False(t, open(t, xTweet("30", at, "x", ""))[0].Object.Has(vocab.URL))
	})
	t.Run("files from elsewhere", func(t *testing.T) {
		item := open(t, xTweet("30", at, "x", `,"extended_entities":{"media":[{"type":"photo","media_url_https":"file:///etc/passwd"},
			{"type":"photo","media_url_https":"https://x.example/../../secret.txt"},{"type":"photo","media_url_https":"https://x.example/a/.."},{"type":"photo","media_url_https":"http://x.example/"}]}`))[0]
		for _, m := range item.Media {
			assert.Empty(t, m.Path, "%s", m.URL)
		}
		assert.NotContains(t, item.Object.Get(vocab.Attachment).String(), "file:")
	})
	t.Run("dates", func(t *testing.T) {
		items := open(t, xTweet("30", "yesterday", "a", ""), xTweet("31", "", "b", ""), xTweet("1600000000000000000", "Tue Mar 21 20:50:14 +0000 0000", "c", ""))
		require.Len(t, items, 3)
		assert.Equal(t, portability.BadDate, items[0].Problems[0].Reason)
		assert.False(t, items[0].Object.Has(vocab.Published))
		assert.Equal(t, "2022-12-06T05:31:41Z", items[2].Object.Text(vocab.Published), "the number tells")
	})
	t.Run("the same number twice", func(t *testing.T) {
		items := open(t, xTweet("30", at, "a", ""), xTweet("30", at, "b", ""))
		assert.Empty(t, items[0].Problems)
		assert.Equal(t, portability.DuplicateID, items[1].Problems[0].Reason)
	})
	t.Run("members of other types", func(t *testing.T) {
		for _, row := range []string{
			`{"tweet":{"id_str":"30","entities":"x"}}`, `{"tweet":{"id_str":{},"full_text":[]}}`, `{"tweet":[]}`, `{"tweet":null}`, `7`,
			`{"tweet":{"id_str":"30","edit_info":{"initial":{"editTweetIds":["x","y"]}}}}`,
			`{"tweet":{"id_str":"30","full_text":7,"lang":[],"extended_entities":{"media":[{}]}}}`,
		} {
			items := open(t, row)
			require.Len(t, items, 1, row)
			assert.True(t, items[0].Object != nil || len(items[0].Raw) > 0, row)
		}
	})
	t.Run("many long texts of one second", func(t *testing.T) {
		var posts, notes []string
		for i := range 600 {
			posts = append(posts, xTweet(fmt.Sprint(1600000000000000000+i), "", fmt.Sprintf("number %d and…", i), ""))
			notes = append(notes, fmt.Sprintf(`{"noteTweet":{"createdAt":"2022-12-06T05:31:41.000Z","core":{"text":"number %d and so on"}}}`, i))
		}
		a := openAs(t, "x", nil, zipOfEntries(entry{"tweets.js", xPart("tweets", 0, posts...)}, entry{"note-tweet.js", xPart("note_tweet", 0, notes...)}))
		long := 0
		for _, item := range itemsOf(t, a, portability.Content) {
			if strings.Contains(item.Object.Text(vocab.Content), "so on") {
				long++
			}
		}
		assert.Equal(t, 600, long+len(itemsOf(t, a, portability.Unknown)), "each is with its post, or by itself")
	})
	hostile(t, nil, xWhole()[:14])
}

// Whatever the text, reading ends, names what it yields after the numbers in it and
// nothing else, and yields the same again.
func FuzzX(f *testing.F) {
	f.Add(xPart("follower", 0, xFollower("1"), `{"follower":{"accountId":"x"}}`))
	f.Add(xPart("tweets", 0, xTweet("1600000000000000007", "Tue Dec 06 05:16:40 +0000 2022", "a https://t.co/pic1 @Bob #Birds\n\nx", xPhoto)) + ";")
	f.Add(xPart("note_tweet", 0, `{"noteTweet":{"createdAt":"2022-12-06T05:31:41.000Z","core":{"text":"long"}}}`))
	f.Add(xManifest(xDay, "", "follower data/follower.js 1"))
	f.Add("Grailbird.data.tweets_2013_02 = \n [ {\"id_str\":\"3\",\"text\":\"second\",\"created_at\":\"2013-02-03 10:00:00 +0000\"}]")
	f.Add(`var user_details = {"id":"3"}`)
	f.Add(xPart("like", 0, `{"like":{"tweetId":"7"}}`) + "alert(1)")
	f.Fuzz(func(t *testing.T, text string) {
		c, err := container.OpenAt(t.Context(), strings.NewReader(text), int64(len(text)), nil)
		if err != nil {
			return
		}
		defer c.Close()
		a, err := dialect.Open(t.Context(), c, nil)
		if err != nil || a.Name != "x" {
			return
		}
		first, errFirst := xNames(t.Context(), t, a)
		again, errAgain := xNames(t.Context(), t, a)
		assert.Equal(t, first, again)
		assert.Equal(t, errFirst == nil, errAgain == nil)
	})
}

func xNames(ctx context.Context, t *testing.T, a *dialect.Account) (names []string, err error) {
	for _, k := range portability.Kinds() {
		for item, err := range a.Items(ctx, k, "") {
			if err != nil {
				return names, err
			}
			names = append(names, item.ID)
			if item.Object != nil && k != portability.Lists && k != portability.History {
				digits := item.ID[strings.LastIndex(item.ID, "/")+1:]
				assert.Equal(t, "", strings.Trim(digits, "0123456789"), "%s %q", k, item.ID)
				assert.True(t, strings.HasPrefix(item.ID, "https://x.com/i/"), "%s %q", k, item.ID)
			}
			html := item.Object
			if html != nil {
				assert.NotContains(t, strings.ToLower(html.Text(vocab.Content)), "<script", "%s", item.ID)
			}
		}
	}
	return names, nil
}
