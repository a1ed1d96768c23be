package portability_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

const (
	placeOld       = "https://old.example/users/alice"
	placeNew       = "https://new.example/users/al"
	placeFollowers = placeOld + "/followers"
	placePublic    = "https://www.w3.org/ns/activitystreams#Public"
)

func placeDoc(t require.TestingT, text string) *vocab.Object {
	o, err := vocab.Parse([]byte(text))
	require.NoError(t, err, "the document of the test: %s", text)
	return o
}

// aPlacing is that of a proved copy between two servers, which knows two posts.
func aPlacing(t require.TestingT) portability.Placing {
	p := portability.Placing{
		Job: portability.Job{
			ID: "j", Account: placeNew, Old: placeOld, Standing: portability.Proved,
			Created: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC),
		},
		Actor:   placeDoc(t, `{"id":"`+placeOld+`","type":"Person","url":["https://old.example/@alice","https://victim.example/@bob"],"followers":"`+placeFollowers+`"}`),
		Entries: map[portability.Ref]portability.Entry{},
		Files:   map[string]portability.JobFile{},
	}
	names := map[vocab.IRI]portability.Entry{}
	for _, id := range []string{"1", "2"} {
		e := portability.Entry{
			Ref: portability.Ref{Kind: portability.Content, ID: placeOld + "/" + id}, State: portability.Copied, Audience: portability.ForPublic,
			NewID: vocab.IRI("https://new.example/o/" + id), URLs: []vocab.IRI{vocab.IRI("https://new.example/@al/" + id)},
		}
		p.Entries[e.Ref] = e
		names[vocab.IRI(e.ID)] = e
		names[vocab.IRI("https://old.example/@alice/"+id)] = e
	}
	names["https://old.example/replies/9"] = portability.Entry{
		Ref: portability.Ref{Kind: portability.Received, ID: "https://old.example/replies/9"}, State: portability.Copied, NewID: "https://new.example/o/9",
	}
	names["https://old.example/users/alice/failed"] = portability.Entry{
		Ref: portability.Ref{Kind: portability.Content, ID: "https://old.example/users/alice/failed"}, State: portability.Failed, NewID: "https://new.example/o/f",
	}
	p.Find = func(_ context.Context, olds []vocab.IRI) (map[vocab.IRI]portability.Entry, error) {
		found := map[vocab.IRI]portability.Entry{}
		for _, old := range olds {
			if e, there := names[old]; there {
				found[old] = e
			}
		}
		return found, nil
	}
	return p
}

func placeOne(t require.TestingT, p portability.Placing, item portability.Item) *portability.Placed {
	items, err := p.Place(context.Background(), item)
	require.NoError(t, err)
	require.Len(t, items, 1)
	require.NotNil(t, items[0].Placed)
	assert.Same(t, item.Object, items[0].Object, "the document of record stays as it is")
	return items[0].Placed
}

func placeItem(t require.TestingT, kind portability.Kind, id, text string) portability.Item {
	return portability.Item{Ref: portability.Ref{Kind: kind, ID: id}, Object: placeDoc(t, text)}
}

func TestPlace_documents(t *testing.T) {
	const post = placeOld + "/1"
	for name, c := range map[string]struct {
		kind     portability.Kind
		id       string
		from, to string
		change   func(*portability.Placing, *portability.Item)
	}{
		"a post": {kind: portability.Content, id: post,
			from: `{"id":"` + post + `","url":"https://old.example/@alice/1","attributedTo":"` + placeOld + `","inReplyTo":"` + placeOld + `/2","to":["` + placePublic + `"],"published":"2020-01-01T00:00:00Z","updated":"2021-01-01T00:00:00Z","signature":{}}`,
			to:   `{"id":"https://new.example/o/1","url":"https://new.example/@al/1","attributedTo":"` + placeNew + `","inReplyTo":"https://new.example/o/2","to":["` + placePublic + `"],"published":"2020-01-01T00:00:00Z","updated":"2021-01-01T00:00:00Z"}`},
		"a post that names neither its author nor its page": {kind: portability.Content, id: post,
			from: `{"id":"` + post + `"}`,
			to:   `{"id":"https://new.example/o/1","attributedTo":"` + placeNew + `","url":"https://new.example/@al/1"}`},
		"hidden recipients": {kind: portability.Content, id: post,
			from: `{"id":"` + post + `","url":"x:1","attributedTo":"` + placeOld + `","bto":"x:2","bcc":["x:3"]}`,
			to:   `{"id":"https://new.example/o/1","url":"x:1","attributedTo":"` + placeNew + `"}`},
		"links to the profile, but not to one that it claims elsewhere": {kind: portability.Content, id: post,
			from: `{"id":"` + post + `","url":"x:1","attributedTo":"` + placeOld + `","content":"<a href='https://old.example/@alice'>me</a><a href='https://victim.example/@bob'>bob</a>"}`,
			to:   `{"id":"https://new.example/o/1","url":"x:1","attributedTo":"` + placeNew + `","content":"<a href='` + placeNew + `'>me</a><a href='https://victim.example/@bob'>bob</a>"}`},
		"others' words and what was not copied keep their names": {kind: portability.Content, id: post,
			from: `{"id":"` + post + `","url":"x:1","attributedTo":"` + placeOld + `","inReplyTo":"https://old.example/replies/9","quoteUrl":"` + placeOld + `/failed","context":"` + placeOld + `/3"}`,
			to:   `{"id":"https://new.example/o/1","url":"x:1","attributedTo":"` + placeNew + `","inReplyTo":"https://old.example/replies/9","quoteUrl":"` + placeOld + `/failed","context":"` + placeOld + `/3"}`},
		"consent is neither given nor taken": {kind: portability.Content, id: post,
			from: `{"id":"` + post + `","url":"x:1","attributedTo":"` + placeOld + `","indexable":false,"searchableBy":["` + placeFollowers + `"],"interactionPolicy":{"canQuote":{"automaticApproval":["` + placeFollowers + `"]}}}`,
			to:   `{"id":"https://new.example/o/1","url":"x:1","attributedTo":"` + placeNew + `","indexable":false,"searchableBy":["` + placeFollowers + `"],"interactionPolicy":{"canQuote":{"automaticApproval":["` + placeFollowers + `"]}}}`},
		"files": {kind: portability.Content, id: post,
			from: `{"id":"` + post + `","url":"x:1","attributedTo":"` + placeOld + `","attachment":[{"url":"/files/cat.png"},{"url":"https://old.example/dog.png"},{"url":"/files/lost.png"}]}`,
			to:   `{"id":"https://new.example/o/1","url":"x:1","attributedTo":"` + placeNew + `","attachment":[{"url":"https://new.example/f/cat"},{"url":"https://new.example/f/dog"},{"url":"/files/lost.png"}]}`,
			change: func(p *portability.Placing, item *portability.Item) {
				item.Media = []portability.Medium{
					{URL: "/files/cat.png", Path: "files/cat.png", Digest: "known since"}, {URL: "https://old.example/dog.png", Digest: "d"}, {URL: "/files/lost.png", Path: "files/lost.png"}}
				p.Files["path:files/cat.png"] = portability.JobFile{URL: "https://new.example/f/cat"}
				p.Files["sha256:d"] = portability.JobFile{URL: "https://new.example/f/dog"}
				p.Files["path:files/lost.png"] = portability.JobFile{State: portability.Failed}
			}},
		"a post that the server names as it is put": {kind: portability.Content, id: placeOld + "/3",
			from: `{"id":"` + placeOld + `/3","url":"https://old.example/@alice/3","atomUri":"x:1","attributedTo":"` + placeOld + `","likes":"x:2","inReplyTo":"` + post + `"}`,
			to:   `{"attributedTo":"` + placeNew + `","inReplyTo":"https://new.example/o/1"}`},
		"a former state of it": {kind: portability.History, id: post + "#2020",
			from: `{"id":"` + post + `","url":"x:1","attributedTo":"` + placeOld + `"}`,
			to:   `{"id":"https://new.example/o/1","url":"x:1","attributedTo":"` + placeNew + `"}`,
			change: func(p *portability.Placing, item *portability.Item) {
				p.Entries[item.Ref] = portability.Entry{Ref: item.Ref, NewID: "https://new.example/o/1"}
			}},
		"a share of one's own post": {kind: portability.Outbox, id: post,
			from: `{"id":"` + post + `","type":"Announce","actor":"` + placeOld + `","object":"` + placeOld + `/2"}`,
			to:   `{"id":"https://new.example/o/1","type":"Announce","actor":"` + placeNew + `","object":"https://new.example/o/2"}`},
		"a share that brings a post along": {kind: portability.Outbox, id: post,
			from: `{"id":"` + post + `","type":"Announce","object":{"id":"` + placeOld + `/2","content":"for followers"}}`,
			to:   `{"id":"https://new.example/o/1","type":"Announce","object":"https://new.example/o/2","actor":"` + placeNew + `"}`},
		"a like that brings several": {kind: portability.Outbox, id: post,
			from: `{"id":"` + post + `","type":"Like","actor":"` + placeOld + `","object":[{"id":"x:1","content":"x"},"x:2"]}`,
			to:   `{"id":"https://new.example/o/1","type":"Like","actor":"` + placeNew + `","object":["x:1","x:2"]}`},
		"one's own Create": {kind: portability.Outbox, id: post,
			from: `{"id":"` + post + `","type":"Create","actor":"` + placeOld + `","object":{"type":"Note","name":"yes","inReplyTo":"x:1"}}`,
			to:   `{"id":"https://new.example/o/1","type":"Create","actor":"` + placeNew + `","object":{"type":"Note","name":"yes","inReplyTo":"x:1"}}`},
		"somebody's answer": {kind: portability.Received, id: "x:9",
			from: `{"id":"x:9","inReplyTo":"` + post + `","attributedTo":"x:bob","bto":"x"}`,
			to:   `{"id":"x:9","inReplyTo":"https://new.example/o/1","attributedTo":"x:bob"}`},
		"a bookmark of one's own post": {kind: portability.Bookmarks, id: post,
			from: `{"id":"` + post + `","published":"2020-01-01T00:00:00Z"}`,
			to:   `{"id":"https://new.example/o/1","published":"2020-01-01T00:00:00Z"}`},
		"a filter": {kind: portability.Filters, id: "f",
			from: `{"title":"` + post + `","statuses":["` + post + `","x:1"]}`,
			to:   `{"title":"` + post + `","statuses":["https://new.example/o/1","x:1"]}`},
		"a profile": {kind: portability.Actor, id: placeOld,
			from: `{"id":"` + placeOld + `","name":"Al","inbox":"x:1","followers":"x:2","publicKey":{},"movedTo":"x:3","alsoKnownAs":[],"icon":{"url":"avatar.png"},"indexable":false,"attachment":[{"type":"PropertyValue","value":"<a href=\"https://old.example/@alice/1\">x</a>"},{"type":"VerifiableIdentityStatement","proof":{}}]}`,
			to:   `{"id":"` + placeNew + `","name":"Al","icon":{"url":"https://new.example/f/a"},"indexable":false,"attachment":[{"type":"PropertyValue","value":"<a href=\"https://new.example/@al/1\">x</a>"}]}`,
			change: func(p *portability.Placing, item *portability.Item) {
				item.Media = []portability.Medium{{URL: "avatar.png", Path: "avatar.png"}}
				p.Files["path:avatar.png"] = portability.JobFile{URL: "https://new.example/f/a"}
			}},
	} {
		t.Run(name, func(t *testing.T) {
			p := aPlacing(t)
			item := placeItem(t, c.kind, c.id, c.from)
			if c.kind == portability.Outbox {
				p.Entries[item.Ref] = portability.Entry{Ref: item.Ref, NewID: "https://new.example/o/1"}
			}
			if c.change != nil {
				c.change(&p, &item)
			}
			at := placeOne(t, p, item)
			require.NotNil(t, at.Object)
			assert.Equal(t, c.to, placeWithout(t, at.Object, item))
			assert.Equal(t, p.Entries[item.Ref].NewID, at.ID)
			assert.Equal(t, p.Entries[item.Ref].URLs, at.URLs)
		})
	}
}

func TestPlace_withoutDocument(t *testing.T) {
	for _, k := range portability.Kinds() {
		switch k {
		case portability.Followers, portability.Following, portability.Pending, portability.Blocked, portability.Muted,
			portability.BlockedDomains, portability.Preferences, portability.FeaturedTags, portability.Keys,
			portability.Media, portability.Inbox, portability.Unknown:
			at := placeOne(t, aPlacing(t), placeItem(t, k, "x:1", `{"id":"`+placeOld+`"}`))
			assert.Nil(t, at.Object, "%s is no document to be shown", k)
		default:
			at := placeOne(t, aPlacing(t), placeItem(t, k, "x:1", `{"id":"`+placeOld+`"}`))
			assert.NotNil(t, at.Object, "%s", k)
			at = placeOne(t, aPlacing(t), portability.Item{Ref: portability.Ref{Kind: k, ID: "x:1"}, Raw: []byte("?")})
			assert.Nil(t, at.Object, "%s that could not be read", k)
			if k != portability.Actor {
				assert.Equal(t, portability.ForAuthor, at.Audience, "%s that could not be read", k)
			}
		}
	}
}

func TestPlace_breadcrumbs(t *testing.T) {
	const crumb = `"previously":[{"actor":"` + placeOld + `","id":"` + placeOld + `/1"}],"migratedFrom":"` + placeOld + `/1","migratedAt":"2026-11-22T12:00:00Z"`
	for name, c := range map[string]struct {
		change func(*portability.Placing)
		kind   portability.Kind
		want   bool
	}{
		"a proved copy of a post":      {func(*portability.Placing) {}, portability.Content, true},
		"a proved copy of a share":     {func(*portability.Placing) {}, portability.Outbox, true},
		"somebody else's answer":       {func(*portability.Placing) {}, portability.Received, false},
		"a pin":                        {func(*portability.Placing) {}, portability.Featured, false},
		"a claimed copy":               {func(p *portability.Placing) { p.Job.Standing = portability.Claimed }, portability.Content, false},
		"a person who wants none":      {func(p *portability.Placing) { p.Options.Breadcrumbs = false }, portability.Content, false},
		"a restore that keeps all ids": {func(p *portability.Placing) { p.Options.KeepIDs = true }, portability.Content, false},
	} {
		t.Run(name, func(t *testing.T) {
			p := aPlacing(t)
			p.Options.Breadcrumbs = true
			c.change(&p)
			at := placeOne(t, p, placeItem(t, c.kind, placeOld+"/1", `{"id":"`+placeOld+`/1","type":"Announce","actor":"`+placeOld+`"}`))
			if c.want {
				assert.Contains(t, at.Object.String(), crumb)
				return
			}
			assert.NotContains(t, at.Object.String(), "previously")
			assert.NotContains(t, at.Object.String(), "migrated")
		})
	}
}

func TestPlace_forgedBreadcrumbs(t *testing.T) {
	const forged = `"previously":[{"id":"https://victim.example/1"}],"https://w3id.org/fep/1580#migratedFrom":"https://victim.example/1","migratedAt":"2020-01-01T00:00:00Z"`
	for name, change := range map[string]func(*portability.Placing){
		"a proved copy":                             func(*portability.Placing) {},
		"a proved copy with breadcrumbs":            func(p *portability.Placing) { p.Options.Breadcrumbs = true },
		"a claimed copy":                            func(p *portability.Placing) { p.Job.Standing = portability.Claimed },
		"a restore that keeps all ids":              func(p *portability.Placing) { p.Options.KeepIDs = true },
		"a copy of what is named only as it is put": func(p *portability.Placing) { p.Entries = nil },
	} {
		p := aPlacing(t)
		change(&p)
		for _, kind := range []portability.Kind{portability.Actor, portability.Content, portability.Outbox, portability.History, portability.Received, portability.Featured} {
			item := placeItem(t, kind, placeOld+"/1", `{"id":"`+placeOld+`/1","type":"Announce",`+forged+`}`)
			at := placeOne(t, p, item)
			assert.NotContains(t, at.Object.String(), "victim", "%s, %s", name, kind)
			assert.NotContains(t, at.Object.String(), "2020-01-01", "%s, %s", name, kind)
			assert.Contains(t, item.Object.String(), "victim", "the document of record stays")
		}
	}
}

func TestPlace_keepsIDs(t *testing.T) {
	p := aPlacing(t)
	p.Job.Account, p.Options.KeepIDs = placeOld, true
	p.Find = func(context.Context, []vocab.IRI) (map[vocab.IRI]portability.Entry, error) {
		return map[vocab.IRI]portability.Entry{placeOld + "/1": {Ref: portability.Ref{Kind: portability.Content, ID: placeOld + "/1"}, NewID: placeOld + "/1"}}, nil
	}
	ref := portability.Ref{Kind: portability.Content, ID: placeOld + "/1"}
	p.Entries[ref] = portability.Entry{Ref: ref, NewID: placeOld + "/1"}
	const text = `{"id":"` + placeOld + `/1","attributedTo":"` + placeOld + `","likes":"` + placeOld + `/1/likes","proof":{}}`
	at := placeOne(t, p, placeItem(t, portability.Content, placeOld+"/1", text))
	assert.Equal(t, text, at.Object.String(), "nothing changes its name, and proofs still hold")

	const page = "https://old.example/@alice/1"
	p.Find = func(context.Context, []vocab.IRI) (map[vocab.IRI]portability.Entry, error) {
		return map[vocab.IRI]portability.Entry{page: {Ref: ref, NewID: placeOld + "/1"}}, nil
	}
	const linked = `{"id":"` + placeOld + `/1","url":"` + page + `","attributedTo":"` + placeOld + `","content":"<a href=\"` + page + `\">before</a>"}`
	item := placeItem(t, portability.Content, placeOld+"/1", linked)
	at = placeOne(t, p, item)
	assert.Equal(t, linked, placeWithout(t, at.Object, item), "pages stay where people know them")
}

// placeWithout is a copy without the context that it got because its document had none.
func placeWithout(t *testing.T, o *vocab.Object, from portability.Item) string {
	t.Helper()
	switch from.Kind {
	case portability.Actor, portability.Content, portability.History, portability.Outbox:
	default:
		return o.String()
	}
	if from.Object.Has(vocab.Context) {
		return o.String()
	}
	require.True(t, o.Has(vocab.Context), "a copy says what its names mean")
	bare, err := o.Without(vocab.Context)
	require.NoError(t, err)
	return bare.String()
}

func TestPlace_saysWhatNamesMean(t *testing.T) {
	p := aPlacing(t)
	const post = placeOld + "/1"
	at := placeOne(t, p, placeItem(t, portability.Content, post,
		`{"id":"`+post+`","attributedTo":"`+placeOld+`","sensitive":true,"tag":[{"type":"Emoji","name":":x:"}]}`))
	assert.Contains(t, at.Object.Get(vocab.Context).String(), `"toot"`, "in a takeout, the collection says it for all")
	assert.Equal(t, vocab.ContextPlain, at.Object.ContextKind())
	const said = `["https://www.w3.org/ns/activitystreams",{"odd":"https://odd.example/ns#odd"}]`
	at = placeOne(t, p, placeItem(t, portability.Content, post, `{"@context":`+said+`,"id":"`+post+`","attributedTo":"`+placeOld+`"}`))
	assert.Equal(t, said, at.Object.Get(vocab.Context).String(), "what a document says itself stays")
}

func TestPlace_quarantine(t *testing.T) {
	for name, c := range map[string]struct {
		standing portability.Standing
		options  portability.JobOptions
		want     bool
	}{
		"proved":            {portability.Proved, portability.JobOptions{}, false},
		"proved, but asked": {portability.Proved, portability.JobOptions{Quarantine: true}, true},
		"claimed":           {portability.Claimed, portability.JobOptions{}, true},
	} {
		t.Run(name, func(t *testing.T) {
			p := aPlacing(t)
			p.Job.Standing, p.Options = c.standing, c.options
			at := placeOne(t, p, placeItem(t, portability.Content, placeOld+"/1", `{"id":"`+placeOld+`/1"}`))
			assert.Equal(t, c.want, at.Quarantined)
			assert.Equal(t, c.standing, at.Standing)
		})
	}
}

func TestPlace_asksOnce(t *testing.T) {
	p := aPlacing(t)
	var asked []vocab.IRI
	find := p.Find
	times := 0
	p.Find = func(ctx context.Context, olds []vocab.IRI) (map[vocab.IRI]portability.Entry, error) {
		asked = append(asked, olds...)
		times++
		return find(ctx, olds)
	}
	_, err := p.Place(t.Context(),
		placeItem(t, portability.Content, placeOld+"/1", `{"id":"`+placeOld+`/1","inReplyTo":"https://else.example/1","conversation":"tag:x"}`),
		placeItem(t, portability.Content, placeOld+"/2", `{"id":"`+placeOld+`/2","inReplyTo":"`+placeOld+`/1"}`))
	require.NoError(t, err)
	assert.Equal(t, 1, times, "one look-up for all items")
	assert.Equal(t, []vocab.IRI{placeOld, placeOld + "/1", "tag:x", placeOld + "/2"}, asked, "each once, and none of another host")

	none, err := p.Place(t.Context())
	require.NoError(t, err)
	assert.Empty(t, none)
	assert.Equal(t, 1, times, "nothing is looked up for nothing")
}

func TestPlace_failing(t *testing.T) {
	item := placeItem(t, portability.Content, placeOld+"/1", `{"id":"`+placeOld+`/1"}`)
	broken := errors.New("the store is broken")
	p := aPlacing(t)
	p.Find = func(context.Context, []vocab.IRI) (map[vocab.IRI]portability.Entry, error) { return nil, broken }
	_, err := p.Place(t.Context(), item)
	require.ErrorIs(t, err, broken)

	p = aPlacing(t)
	p.Sign = func(context.Context, vocab.IRI, *vocab.Object) (*vocab.Object, error) { return nil, broken }
	_, err = p.Place(t.Context(), item)
	require.ErrorIs(t, err, broken)
	assert.NotContains(t, err.Error(), placeOld, "no error names a post")
}
