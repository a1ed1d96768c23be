package backup_test

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
)

const hostileThem = "https://evil.example/users/mallory"

// hostileBetween is a takeout with elements between two good posts.
func hostileBetween(fault, want string, docs ...hostileDoc) hostileCase {
	return hostileCase{fault: fault, want: want, input: func(*hostileWorld) hostileInput {
		return hostileBytes(hostileTar(hostileTakeoutFiles(hostileOutbox(hostileAround(docs...)...))...))
	}}
}

// hostileForgeries say that somebody else's is the account's.
func hostileForgeries() []hostileCase {
	forged := hostileNote(5).with("content", hostileForged)
	theirs := forged.with("id", hostileThem+"/1", "attributedTo", hostileThem)
	private := theirs.with("to", []string{hostileMe}, "cc", nil)
	shared := hostileNote(5).done("Announce").with("object", "https://else.example/1")
	cases := []hostileCase{
		hostileBetween("forged-actor", "actor 1; content 2 of 3 (not-own 1)", forged.create().with("actor", hostileThem)),
		hostileBetween("forged-author", "actor 1; content 2 of 3 (not-own 1)", forged.with("attributedTo", hostileThem).create()),
		hostileBetween("forged-actor-and-author", "actor 1; content 2 of 3 (not-own 1)", forged.with("attributedTo", hostileThem).create().with("actor", hostileThem)),
		hostileBetween("forged-author-of-a-bare-note", "actor 1; content 2 of 3 (not-own 1)", forged.with("attributedTo", hostileThem)),
		hostileBetween("forged-create-around-anothers-note", "actor 1; content 2 of 3 (foreign-host 1, not-own 1)", theirs.create().with("id", hostileMe+"/activity")),
		hostileBetween("forged-id-on-another-host", "actor 1; content 2 of 3 (foreign-host 1)", forged.with("id", hostileThem+"/1").create()),
		hostileBetween("forged-id-of-the-activity-on-another-host", "actor 1; content 2 of 3 (foreign-host 1)", forged.create().with("id", hostileThem+"/1")),
		hostileBetween("forged-id-on-a-host-that-looks-alike", "actor 1; content 2 of 3 (foreign-host 1)", forged.with("id", "https://old.example.evil.example/1").create()),
		hostileBetween("forged-id-with-a-user-that-looks-like-the-host", "actor 1; content 2 of 3 (foreign-host 1)", forged.with("id", "https://old.example@evil.example/1").create()),
		hostileBetween("forged-id-on-another-port", "actor 1; content 2 of 3 (foreign-host 1)", forged.with("id", "https://old.example:8443/1").create()),
		hostileBetween("forged-create-of-an-actor", "actor 1; content 2 of 3 (bad-date 1, wrong-kind 1)", forged.with("object", hostileActor().with("summary", hostileForged)).create().with("object", hostileActor().with("summary", hostileForged))),
		hostileBetween("forged-share-with-a-private-post-inside", "actor 1; content 2; outbox 0 of 1 (not-own 1)", shared.with("object", private)),
		hostileBetween("forged-share-by-another", "actor 1; content 2; outbox 0 of 1 (not-own 1)", shared.with("actor", hostileThem, "object", theirs)),
		hostileBetween("share-of-a-private-post-of-ones-own", "actor 1; content 2; outbox 1", hostileNote(6).done("Announce").with("id", hostileMe+"/shares/1",
			"object", hostileNote(6).with("to", []string{hostileMe + "/followers"}, "cc", nil, "content", hostilePrivate))),
	}
	for _, kind := range []string{"Update", "Delete", "Move", "Follow", "Undo", "Accept", "Add", "Remove", "Block", "Flag"} {
		cases = append(cases, hostileBetween("activity-"+kind+"-in-the-outbox", "actor 1; content 2; outbox 0 of 1 (wrong-kind 1)", forged.done(kind).with("target", hostileThem)))
	}
	return cases
}

// hostileAudiences are posts for fewer than they seem to be for.
func hostileAudiences() []hostileCase {
	post := hostileNote(5).with("content", hostilePrivate)
	to := func(fault, want string, to, cc any, more ...any) hostileCase {
		d := post.with("to", to, "cc", cc).with(more...)
		return hostileBetween(fault, want, d.create())
	}
	list := func(ids ...string) []string { return ids }
	shown := func(c hostileCase) hostileCase {
		c.check = func(t *testing.T, made hostileMade) {
			assert.True(t, bytes.Contains(made.archive, []byte("post 5")), "it is in the archive")
			assert.Contains(t, hostileTextOf(t, made.site), "post 5", "it is on the site")
		}
		return c
	}
	open := hostileNote(5)
	return []hostileCase{
		to("audience-empty", "actor 1; content 3 (author 1, no-audience 1)", list(), list()),
		to("audience-missing", "actor 1; content 3 (author 1, no-audience 1)", nil, nil),
		to("audience-null", "actor 1; content 3 (author 1, no-audience 1)", []any{nil}, ""),
		shown(hostileBetween("audience-as-public", "actor 1; content 3", open.with("to", "as:Public").create())),
		shown(hostileBetween("audience-public-alone", "actor 1; content 3", open.with("to", "Public").create())),
		shown(hostileBetween("audience-unlisted", "actor 1; content 3 (unlisted 1)", open.with("to", hostileMe+"/followers", "cc", hostilePublic).create())),
		to("audience-public-in-another-case", "actor 1; content 3 (author 1)", "https://www.w3.org/ns/activitystreams#public", nil),
		to("audience-public-of-another-vocabulary", "actor 1; content 3 (author 1)", "https://evil.example/ns/activitystreams#Public", nil),
		to("audience-followers-of-somebody-else", "actor 1; content 3 (direct 1)", hostileThem+"/followers", nil),
		to("audience-followers", "actor 1; content 3 (followers 1)", hostileMe+"/followers", nil),
		to("audience-mentioned", "actor 1; content 3 (direct 1)", hostileThem, nil),
		to("audience-blind", "actor 1; content 3 (direct 1)", nil, nil, "bto", hostileThem, "bcc", list(hostileThem+"/2")),
		hostileBetween("audience-wider-in-the-activity", "actor 1; content 3 (followers 1)", post.with("to", hostileMe+"/followers", "cc", nil).create().with("to", hostilePublic)),
		hostileBetween("audience-wider-in-the-object", "actor 1; content 3 (followers 1)", post.create().with("to", hostileMe+"/followers", "cc", nil)),
		hostileBetween("audience-wider-in-the-object-of-a-wrapper", "actor 1; content 3 (direct 1)", post.create().with("id", nil, "actor", nil, "to", hostileThem, "cc", nil)),
		{fault: "audience-followers-without-an-actor", want: "content 3 (followers 1)", input: func(*hostileWorld) hostileInput {
			return hostileBytes([]byte(hostileOutbox(hostileAround(post.with("to", hostileMe+"/followers", "cc", nil).create())...)))
		}},
		{fault: "audience-blind-is-not-passed-on", want: "actor 1; content 1", input: func(*hostileWorld) hostileInput {
			return hostileTakeout(hostileOutbox(hostileNote(5).with("bto", hostileThem).create().with("bcc", hostileThem).String()))
		}, check: func(t *testing.T, made hostileMade) {
			assert.NotContains(t, string(made.archive), hostileThem)
		}},
	}
}

// hostileThreads are posts that answer each other oddly, or stand twice.
func hostileThreads() []hostileCase {
	answers := func(n, to int) hostileDoc {
		return hostileNote(n).with("inReplyTo", hostileNote(to)["id"])
	}
	return []hostileCase{
		hostileBetween("thread-of-one-that-answers-itself", "actor 1; content 3", answers(5, 5).create()),
		hostileBetween("thread-in-a-circle-of-two", "actor 1; content 4", answers(5, 6).create(), answers(6, 5).create()),
		hostileBetween("thread-in-a-circle-of-three", "actor 1; content 5", answers(5, 7).create(), answers(6, 5).create(), answers(7, 6).create()),
		hostileBetween("thread-without-its-first-post", "actor 1; content 3", answers(5, 4).create()),
		hostileBetween("thread-that-answers-several", "actor 1; content 3", hostileNote(5).with("inReplyTo", []any{hostileNote(1)["id"], nil, hostileDoc{"id": 7}}).create()),
		hostileBetween("id-twice-with-other-words", "actor 1; content 4 (duplicate-id 1)", hostileNote(5).create(), hostileNote(5).with("content", "other").create()),
		hostileBetween("id-twice-with-the-same-words", "actor 1; content 4 (repeated 1)", hostileNote(5).create(), hostileNote(5).create()),
		hostileBetween("id-missing", "actor 1; content 2 of 3 (no-id 1)", hostileNote(5).with("id", nil).create().with("id", hostileMe+"/activity")),
		hostileBetween("id-of-100-kilobytes", "actor 1; content 3", hostileNote(5).with("id", hostileMe+"/"+string(bytes.Repeat([]byte("a"), 100_000))).create()),
		hostileBetween("id-with-spaces-and-markup", "actor 1; content 3", hostileNote(5).with("id", "https://old.example/<script>alert(1)</script> \n\x00").create()),
		hostileBetween("id-that-is-a-script", "actor 1; content 2 of 3 (foreign-host 1)", hostileNote(5).with("id", "javascript:alert(1)").create().with("id", hostileMe+"/activity")),
		{fault: "thread-10000-deep", want: "content 10000", input: func(*hostileWorld) hostileInput {
			return hostileRows(`{"id":"https://old.example/users/alice/outbox","type":"OrderedCollection","orderedItems":[`, 10_000, func(n int) string {
				note := fmt.Sprintf(`{"id":"%s/statuses/%05d","type":"Note","attributedTo":%[1]q,"published":"2020-01-01T%02[3]d:%02[4]d:%02[5]dZ","to":%[6]q,"inReplyTo":"%[1]s/statuses/%05[7]d"}`,
					hostileMe, n+1, n/3600, n/60%60, n%60, hostilePublic, n)
				comma := ","
				if n == 9_999 {
					comma = " "
				}
				return note + comma
			}, "]}")
		}},
		hostileBetween("date-of-the-year-0", "actor 1; content 3 (bad-date 1)", hostileNote(5).with("published", "0000-01-01T00:00:00Z").create()),
		hostileBetween("date-of-the-year-9999", "actor 1; content 3 (bad-date 1)", hostileNote(5).with("published", "9999-12-31T23:59:59Z").create()),
		hostileBetween("date-in-the-future", "actor 1; content 3 (bad-date 1)", hostileNote(5).with("published", "2100-01-01T00:00:00Z").create()),
		hostileBetween("date-without-zone", "actor 1; content 3 (bad-date 1)", hostileNote(5).with("published", "2020-01-01T00:00:00").create()),
		hostileBetween("date-of-a-leap-second", "actor 1; content 3 (bad-date 1)", hostileNote(5).with("published", "2016-12-31T23:59:60Z").create()),
		hostileBetween("date-of-the-epoch", "actor 1; content 3 (bad-date 1)", hostileNote(5).with("published", "1970-01-01T00:00:00Z").create()),
		hostileBetween("date-updated-before-published", "actor 1; content 3 (bad-date 1)", hostileNote(5).with("updated", "2019-01-01T00:00:00Z").create()),
		hostileBetween("date-that-is-a-number", "actor 1; content 3 (bad-date 1)", hostileNote(5).with("published", 1577836800).create()),
		hostileBetween("date-missing", "actor 1; content 3 (bad-date 1)", hostileNote(5).with("published", nil).create()),
	}
}
