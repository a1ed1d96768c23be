package peer

import (
	"fmt"
	"strings"
	"time"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/vocab"
)

// A Shape is how one family of servers moves an account away: what it sends, in
// which order, to whom, and what the old account shows meanwhile.
type Shape struct {
	Name  string `json:"name"`
	About string `json:"about"`
	// Honoured says by whom it can be honoured: strict (receivers that read
	// movedTo, and all others), lenient (receivers that do not), pull (those
	// that take a Move from the new account), or nobody.
	Honoured string `json:"honoured"`
	// Update says whether, and when, an Update of the old account is sent.
	Update When `json:"update"`
	// MovedTo says whether, and when, the old account shows movedTo.
	MovedTo When `json:"movedTo"`
	// Personal: one Move for each follower, to their own inbox.
	Personal bool `json:"personal,omitzero"`
	// Pull: the new account sends it.
	Pull bool `json:"pull,omitzero"`
	// KeyPath: the key's id is a path.
	KeyPath bool `json:"keyPath,omitzero"`
	// redirect: the old account's document answers 308 afterwards.
	redirect bool
	members  func(m mover) []vocab.Member
}

// When says when something is done with respect to the Move.
type When string

// Times.
const (
	Never  When = "never"
	Before When = "before"
	After  When = "after"
)

// A mover is what a Move is made of.
type mover struct {
	old, new  vocab.IRI
	follower  vocab.IRI // in Personal shapes
	at        time.Time
	followers vocab.IRI
}

func (m mover) host() string { return m.old.Origin() }

// serial is a number that rises from Move to Move.
func (m mover) serial() string { return fmt.Sprint(m.at.UnixMilli()) }

// Shapes returns the table of all shapes but "godwit", which is the library's
// own announcer. What is written there was read in each software's source, or
// logged on the wire; ids of accounts stay those of this host.
func Shapes() []Shape {
	return []Shape{
		{Name: "mastodon", About: "Update, then Move; no audience", Honoured: "strict", Update: Before, MovedTo: Before, members: func(m mover) []vocab.Member {
			return base(m, m.old+"#moves/"+vocab.IRI(m.serial()), member(vocab.Context, []string{vocab.ContextAS, actor.ContextSecurity}))
		}},
		{Name: "gotosocial", About: "no Update; to the followers, cc Public; the key's id is a path", Honoured: "strict", Update: Never, MovedTo: Before, KeyPath: true, members: func(m mover) []vocab.Member {
			return base(m, m.old+"/moves/"+ulid(m.at), member(vocab.To, m.followers), member(vocab.CC, vocab.Public))
		}},
		{Name: "misskey", About: "Update, then Move; an id made of both accounts, a large inline context, no audience", Honoured: "strict", Update: Before, MovedTo: Before, members: func(m mover) []vocab.Member {
			return base(m, vocab.IRI(m.host()+"/moves/"+last(m.old)+"/"+last(m.new)), member(vocab.Context, misskeyContext()))
		}},
		{Name: "pixelfed", About: "no Update; to the followers", Honoured: "strict", Update: Never, MovedTo: Before, members: func(m mover) []vocab.Member {
			return base(m, m.old+"#moves/"+vocab.IRI(m.serial()), member(vocab.To, m.followers))
		}},
		{Name: "pixelfed-2024", About: "actor, object and id are the new account and the target the old one, which signs", Honoured: "nobody", Update: Never, MovedTo: Before, members: func(m mover) []vocab.Member {
			return base(m, m.new+"#moves/"+vocab.IRI(m.serial()), member(vocab.Actor, m.new), member(vocab.ObjectProperty, m.new), member(vocab.Target, m.old))
		}},
		{Name: "wordpress-old", About: "the object is the target, the old account stands in origin", Honoured: "nobody", Update: After, MovedTo: Before, members: func(m mover) []vocab.Member {
			return base(m, m.old+"#activity-move-"+vocab.IRI(m.serial()), member(vocab.ObjectProperty, m.new), member(vocab.Origin, m.old), member(vocab.To, []vocab.IRI{vocab.Public}))
		}},
		{Name: "wordpress", About: "Move, then Update; origin beside the object, Public", Honoured: "strict", Update: After, MovedTo: Before, members: func(m mover) []vocab.Member {
			return base(m, m.old+"#activity-move-"+vocab.IRI(m.serial()), member(vocab.Origin, m.old), member(vocab.To, []vocab.IRI{vocab.Public}), member(vocab.CC, []vocab.IRI{m.followers}))
		}},
		{Name: "emissary", About: "no id, one Move for each follower; afterwards the old account redirects to the new", Honoured: "lenient", Update: Never, MovedTo: Never, Personal: true, redirect: true, members: func(m mover) []vocab.Member {
			return base(m, nil, member(vocab.To, []vocab.IRI{m.follower}))
		}},
		{Name: "akkoma", About: "no Update and never movedTo; a context with a language", Honoured: "lenient", Update: Never, MovedTo: Never, members: func(m mover) []vocab.Member {
			context := []any{vocab.ContextAS, m.host() + "/schemas/litepub-0.1.jsonld", map[string]string{"@language": "und"}}
			return base(m, m.host()+"/activities/"+m.serial(), member(vocab.Context, context), member(vocab.To, []vocab.IRI{m.followers}),
				member(vocab.CC, []vocab.IRI{}), member(vocab.Published, m.at.UTC().Format(time.RFC3339)))
		}},
		{Name: "mitra-push", About: "no Update and never movedTo; a random id, Public", Honoured: "lenient", Update: Never, MovedTo: Never, members: func(m mover) []vocab.Member {
			return base(m, m.host()+"/activities/move/"+m.serial(), member(vocab.To, []vocab.IRI{vocab.Public}), member(vocab.CC, []vocab.IRI{m.followers}))
		}},
		{Name: "mitra-pull", About: "the new account sends it, to its followers; the old one shows movedTo", Honoured: "pull", Update: Never, MovedTo: Before, Pull: true, members: func(m mover) []vocab.Member {
			return base(m, m.new.Origin()+"/activities/move/"+m.serial(), member(vocab.Actor, m.new), member(vocab.CC, []vocab.IRI{m.new + "/followers"}))
		}},
		{Name: "snac", About: "no movedTo, no audience; one Move for each follower, to their own inboxes", Honoured: "lenient", Update: Never, MovedTo: Never, Personal: true, members: func(m mover) []vocab.Member {
			return base(m, m.old+"/d/"+vocab.IRI(m.serial())+".000000/Move")
		}},
		{Name: "hollo", About: "no Update; always the same id, several contexts, no audience", Honoured: "strict", Update: Never, MovedTo: Before, members: func(m mover) []vocab.Member {
			return base(m, m.old+"#move", member(vocab.Context, []string{
				"https://w3id.org/identity/v1", vocab.ContextAS, "https://w3id.org/security/data-integrity/v1", "https://gotosocial.org/ns",
			}))
		}},
		{Name: "bridgyfed", About: "no Update; movedTo only after the Move is sent; Public", Honoured: "strict", Update: Never, MovedTo: After, members: func(m mover) []vocab.Member {
			return base(m, m.old+"#move-"+m.new, member(vocab.To, []vocab.IRI{vocab.Public}))
		}},
		{Name: "vutuv", About: "no Update; to the followers", Honoured: "strict", Update: Never, MovedTo: Before, members: func(m mover) []vocab.Member {
			return base(m, m.old+"#moves/"+vocab.IRI(m.serial()), member(vocab.To, []vocab.IRI{m.followers}))
		}},
		{Name: "vernissage", About: "no Update; to the followers", Honoured: "strict", Update: Never, MovedTo: Before, members: func(m mover) []vocab.Member {
			return base(m, m.old+"#move/"+vocab.IRI(m.serial()), member(vocab.To, []vocab.IRI{m.followers}))
		}},
		{Name: "bookwyrm", About: "no Update; origin beside the object", Honoured: "strict", Update: Never, MovedTo: Before, members: func(m mover) []vocab.Member {
			return base(m, m.old+"#move/"+vocab.IRI(m.serial()), member(vocab.Origin, m.old))
		}},
	}
}

// godwit is the shape that the library's announcer sends.
const godwit = "godwit"

var godwitShape = Shape{
	Name: godwit, Honoured: "strict", Update: Before, MovedTo: Before,
	About: "the library's announcer: the alias read afresh and 6 s old, Update, then Move; retried, paced, with a ledger that survives a restart",
}

func findShape(name string) (Shape, bool) {
	for _, s := range append(Shapes(), godwitShape) {
		if s.Name == name {
			return s, true
		}
	}
	return Shape{}, false
}

// base are the members that every Move has, with changes.
func base(m mover, id any, changes ...vocab.Member) []vocab.Member {
	members := []vocab.Member{
		member(vocab.Context, vocab.ContextAS), member(vocab.ID, id), member(vocab.Type, vocab.TypeMove),
		member(vocab.Actor, m.old), member(vocab.ObjectProperty, m.old), member(vocab.Target, m.new),
	}
	return replace(members, changes)
}

// replace puts changes in the place of the members that they name, or behind
// them.
func replace(members, changes []vocab.Member) []vocab.Member {
	for _, c := range changes {
		replaced := false
		for i := range members {
			if members[i].Name == c.Name {
				members[i], replaced = c, true
			}
		}
		if !replaced {
			members = append(members, c)
		}
	}
	return members
}

// last is the last part of an id.
func last(id vocab.IRI) string { return string(id)[strings.LastIndexByte(string(id), '/')+1:] }

// ulid is a name of 26 letters that sorts by time, as GoToSocial gives them; its
// random part is zero.
func ulid(at time.Time) vocab.IRI {
	const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
	ms := at.UnixMilli()
	name := []byte("00000000000000000000000000")
	for i := 9; i >= 0; i-- {
		name[i] = alphabet[ms&31]
		ms >>= 5
	}
	return vocab.IRI(name)
}

func misskeyContext() []any {
	return []any{vocab.ContextAS, actor.ContextSecurity, map[string]string{
		"Key": "sec:Key", "manuallyApprovesFollowers": "as:manuallyApprovesFollowers", "sensitive": "as:sensitive",
		"Hashtag": "as:Hashtag", "quoteUrl": "as:quoteUrl", "toot": "http://joinmastodon.org/ns#", "Emoji": "toot:Emoji",
		"featured": "toot:featured", "discoverable": "toot:discoverable", "schema": "http://schema.org#",
		"PropertyValue": "schema:PropertyValue", "value": "schema:value", "misskey": "https://misskey-hub.net/ns#",
		"_misskey_content": "misskey:_misskey_content", "isCat": "misskey:isCat", "vcard": "http://www.w3.org/2006/vcard/ns#",
	}}
}
