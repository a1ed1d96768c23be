package dialect

import (
	"net/url"
	"strings"

	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

// xRelations are the types of data that list accounts, and the name around each.
var xRelations = []struct {
	kind   string
	of     portability.Kind
	around vocab.Property
}{
	{"block", portability.Blocked, "blocking"},
	{"mute", portability.Muted, "muting"},
	{"follower", portability.Followers, "follower"},
	{"following", portability.Following, "following"},
}

func xAccountIRI(number xText) vocab.IRI { return vocab.IRI("https://x.com/i/user/" + string(number)) }

func xStatusIRI(number xText) vocab.IRI {
	return vocab.IRI("https://x.com/i/web/status/" + string(number))
}

// xRelation makes an account of a row such as
// {"follower": {"accountId": "12", "userLink": "https://twitter.com/intent/user?user_id=12"}}.
// The link is believed only where it names the same account, or the row has no
// other name for it.
func xRelation(row xRow, k portability.Kind, around vocab.Property) portability.Item {
	inner := within(row.object, around)
	number := xMember(inner, "accountId")
	link := xMember(inner, "userLink")
	linked := xLinked(string(link))
	if number == "" {
		number = linked
	}
	if _, ok := number.number(); !ok {
		return Unreadable(k, row.where, row.object.Bytes(), portability.NoID)
	}
	item := portability.Item{Ref: portability.Ref{Kind: k, ID: string(xAccountIRI(number))}}
	if link != "" && linked != number {
		item.Problems = append(item.Problems, portability.Problem{
			Reason: portability.ForeignHost, Detail: row.where + ": the link does not lead to the account",
		})
	}
	var m maker
	m.put(vocab.ID, item.ID)
	return m.finish(item, row.object)
}

func xMember(o *vocab.Object, p vocab.Property) xText {
	if s, ok := o.Get(p).Text(); ok {
		return xText(s)
	}
	digits, _ := o.Get(p).Number()
	return xText(digits)
}

// xLinked returns the number in a link to an account, "" if it is none of those
// that X writes.
func xLinked(link string) xText {
	u, err := url.Parse(link)
	if err != nil || u.Scheme != "https" || u.User != nil {
		return ""
	}
	switch u.Host {
	case "twitter.com", "x.com", "www.twitter.com", "www.x.com", "mobile.twitter.com", "mobile.x.com":
	default:
		return ""
	}
	number := xText(u.Query().Get("user_id"))
	if u.Path != "/intent/user" {
		number = xText(strings.TrimPrefix(u.Path, "/i/user/"))
	}
	if _, ok := number.number(); !ok {
		return ""
	}
	return number
}

// xPointed makes an item of a row that points to a post: a like or a bookmark. What
// the post says is somebody else's word, and stands in the original alone.
func xPointed(row xRow, k portability.Kind, around vocab.Property) portability.Item {
	inner := within(row.object, around)
	number := xMember(inner, "tweetId")
	if _, ok := number.number(); !ok {
		return Unreadable(k, row.where, row.object.Bytes(), portability.NoID)
	}
	item := portability.Item{Ref: portability.Ref{Kind: k, ID: string(xStatusIRI(number))}}
	var m maker
	m.put(vocab.ID, item.ID)
	if k == portability.Bookmarks {
		m.put(vocab.Published, date(inner, "bookmarkedAt"))
	}
	return m.finish(item, row.object)
}

// xList makes a list of a row such as
// {"userListInfo": {"url": "https://twitter.com/alice/lists/friends"}}, which tells
// its name, if it does, and not who is on it.
func xList(row xRow, k portability.Kind) portability.Item {
	inner := within(row.object, "userListInfo")
	title := xListTitle(string(xMember(inner, vocab.URL)))
	if title == "" {
		return Unreadable(k, row.where, row.object.Bytes(), portability.Unsupported)
	}
	var m maker
	m.put("title", title)
	return m.finish(portability.Item{Ref: portability.Ref{Kind: k, ID: title}}, row.object)
}

func xListTitle(link string) string {
	u, err := url.Parse(link)
	if err != nil || u.Host != "twitter.com" && u.Host != "x.com" {
		return ""
	}
	parts := strings.Split(strings.Trim(u.Path, "/"), "/")
	if len(parts) != 3 || parts[0] == "i" || parts[1] != "lists" {
		return ""
	}
	return parts[2]
}
