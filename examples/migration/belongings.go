package main

import (
	"context"
	"fmt"
	"strings"

	"codeberg.org/godwit/godwit/backup"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

// belongings are what the account has on the old server: what -archive brings, or else
// a few posts that are made up.
type belongings struct {
	portability.Source
	portability.MediaSource
	owner portability.Readership
	close func() error
}

// belongings opens them. The caller closes them.
func (o options) belongings(ctx context.Context) (belongings, error) {
	if o.archive == "" {
		return madeUp(ctx)
	}
	archive, err := backup.Open(ctx, o.archive, nil)
	if err != nil {
		return belongings{}, fmt.Errorf("-archive %s: %w", o.archive, err)
	}
	return belongings{archive, archive, archive.Owner(), archive.Close}, nil
}

// author is who wrote what is made up.
const author = "https://earlier.example/users/alice"

// picture is a GIF of one pixel.
const picture = "GIF89a\x01\x00\x01\x00\x80\x00\x00\xff\xff\xff\x00\x00\x00!\xf9\x04\x00\x00\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;"

// madeUp is an account with posts for everybody and for fewer, a thread, pictures, a
// share, a like and a bookmark.
func madeUp(ctx context.Context) (belongings, error) {
	m := portability.NewMemory(nil)
	if _, err := m.PutMedia(ctx, bird, strings.NewReader(picture)); err != nil {
		return belongings{}, err
	}
	items := []portability.Item{
		item(portability.Actor, author, `"type":"Person","preferredUsername":"alice","followers":"`+author+`/followers"`),
		item(portability.Outbox, author+"/shares/1", `"type":"Announce","actor":"`+author+`","published":"2026-02-01T00:00:00Z",`+
			`"to":["https://www.w3.org/ns/activitystreams#Public"],"object":"https://friends.example/notes/7"`),
		item(portability.Liked, "https://friends.example/notes/8", `"type":"Note"`),
		item(portability.Bookmarks, "https://friends.example/notes/9", `"published":"2026-02-02T00:00:00Z"`),
	}
	for i := range 40 {
		items = append(items, madeUpPost(i))
	}
	_, err := m.Put(ctx, items)
	owner := portability.Readership{Actor: author, Followers: author + "/followers"}
	return belongings{m, m, owner, func() error { return nil }}, err
}

var bird = portability.Medium{URL: "https://earlier.example/media/bird.gif", Path: "bird.gif", Type: "image/gif", Size: -1}

// madeUpPost is one of forty: every fifth has a picture, every third goes on with the
// one before and links to it, and some are unlisted, for followers, or for bob alone.
func madeUpPost(i int) portability.Item {
	const public = `"https://www.w3.org/ns/activitystreams#Public"`
	to, cc := public, `"`+author+`/followers"`
	switch i % 10 {
	case 7:
		to, cc = cc, public
	case 8:
		to, cc = cc, ""
	case 9:
		to, cc = `"https://friends.example/users/bob"`, ""
	}
	id := fmt.Sprintf("%s/notes/%02d", author, i)
	content, more := fmt.Sprintf("<p>Post %d of forty</p>", i), ""
	if i%3 == 2 {
		before := fmt.Sprintf("%s/notes/%02d", author, i-1)
		content = fmt.Sprintf(`<p>Post %d goes on with <a href=\"%s\">the one before</a></p>`, i, before)
		more = `,"inReplyTo":"` + before + `"`
	}
	if i%5 == 0 {
		more += `,"attachment":[{"type":"Image","mediaType":"image/gif","url":"` + string(bird.URL) + `","name":"a bird"}]`
	}
	post := item(portability.Content, id, fmt.Sprintf(`"type":"Note","attributedTo":"%s","published":"2026-01-01T00:%02d:00Z","to":[%s],"cc":[%s],"content":"%s"%s`,
		author, i, to, cc, content, more))
	if i%5 == 0 {
		post.Media = []portability.Medium{bird}
	}
	return post
}

func item(k portability.Kind, id, members string) portability.Item {
	o, err := vocab.Parse([]byte(`{"@context":"` + vocab.ContextAS + `","id":"` + id + `",` + members + `}`))
	if err != nil {
		panic(err) // it is written above
	}
	return portability.Item{Ref: portability.Ref{Kind: k, ID: id}, Object: o}
}
