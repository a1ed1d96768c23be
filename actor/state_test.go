package actor_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/vocab"
)

func TestStandingOf(t *testing.T) {
	const b, c = "https://b.example/u", "https://c.example/u"
	malformed := func(f actor.Fault) actor.Standing { return actor.Standing{State: actor.Malformed, Fault: f} }
	moved := actor.Standing{State: actor.Moved, MovedTo: b}
	copied := actor.Standing{State: actor.Copied, CopiedTo: []vocab.IRI{b}}
	active := actor.Standing{State: actor.Active}
	for _, test := range []struct {
		name, members string
		want          actor.Standing
	}{
		{"neither", `"type":"Person"`, active},
		{"nothing at all", ``, active},
		{"moved", `"movedTo":"` + b + `"`, moved},
		{"moved, in an array", `"movedTo":["` + b + `"]`, moved},
		{"moved, as an object", `"movedTo":{"type":"Person","id":"` + b + `"}`, moved},
		{"moved, said twice in two spellings", `"movedTo":"` + b + `","as:movedTo":{"id":"` + b + `"}`, moved},
		{"moved, under the FEP's IRI", `"https://w3id.org/fep/7628#movedTo":"` + b + `"`, moved},
		{"moved, under Mastodon's IRI", `"https://www.w3.org/ns/activitystreams#movedTo":"` + b + `"`, moved},
		{"moved to two places by two spellings", `"movedTo":"` + b + `","as:movedTo":"` + c + `"`, malformed(actor.SeveralTargets)},
		{"moved to two places", `"movedTo":["` + b + `","` + c + `"]`, malformed(actor.SeveralTargets)},
		{"moved and not moved", `"movedTo":["","` + b + `"]`, malformed(actor.SeveralTargets)},
		{"moved to a DID", `"movedTo":"did:key:z6Mk"`, actor.Standing{State: actor.Moved, MovedTo: "did:key:z6Mk"}},
		{"moved is empty", `"movedTo":""`, active},
		{"moved is an array with nothing but the empty string", `"movedTo":[""]`, active},
		{"moved is null", `"movedTo":null`, active},
		{"moved is an empty array", `"movedTo":[]`, active},
		{"moved is a word", `"movedTo":"Tombstone"`, malformed(actor.NotAbsolute)},
		{"moved is a path", `"movedTo":"/users/b"`, malformed(actor.NotAbsolute)},
		{"moved is without a scheme", `"movedTo":"//b.example/u"`, malformed(actor.NotAbsolute)},
		{"moved is a handle", `"movedTo":"@u@b.example"`, malformed(actor.NotAbsolute)},
		{"moved is https without a host", `"movedTo":"https:///u"`, malformed(actor.NotAbsolute)},
		{"moved has a space in it", `"movedTo":"https://b.example/u "`, malformed(actor.NotAbsolute)},
		{"moved is a number", `"movedTo":7`, malformed(actor.NotAbsolute)},
		{"moved is false", `"movedTo":false`, malformed(actor.NotAbsolute)},
		{"moved is an object without id", `"movedTo":{"type":"Person"}`, malformed(actor.NotAbsolute)},
		{"moved is an array in an array", `"movedTo":[["` + b + `"]]`, malformed(actor.NotAbsolute)},
		{"moved is an array of null", `"movedTo":[null]`, malformed(actor.NotAbsolute)},
		{"copied", `"copiedTo":"` + b + `"`, copied},
		{"copied, beside an empty movedTo", `"movedTo":"","copiedTo":"` + b + `"`, copied},
		{"copied, beside a null movedTo", `"movedTo":null,"copiedTo":["` + b + `"]`, copied},
		{"copied to two places, one said twice", `"copiedTo":["` + c + `","` + b + `","` + c + `"]`,
			actor.Standing{State: actor.Copied, CopiedTo: []vocab.IRI{c, b}}},
		{"copied to two places by two spellings", `"copiedTo":"` + b + `","fep7628:copiedTo":"` + c + `"`,
			actor.Standing{State: actor.Copied, CopiedTo: []vocab.IRI{b, c}}},
		{"copied, one is no URI", `"copiedTo":["` + b + `","Tombstone"]`, malformed(actor.NotAbsolute)},
		{"copied is empty", `"copiedTo":""`, malformed(actor.NotAbsolute)},
		{"copied is an empty array", `"copiedTo":[]`, active},
		{"both", `"movedTo":"` + b + `","copiedTo":"` + c + `"`, malformed(actor.MovedAndCopied)},
		{"both, in other spellings", `"as:movedTo":"` + b + `","https://w3id.org/fep/7628#copiedTo":"` + b + `"`, malformed(actor.MovedAndCopied)},
		{"a tombstone", `"type":"Tombstone"`, actor.Standing{State: actor.Gone}},
		{"a tombstone beside a type", `"type":["Person","as:Tombstone"]`, actor.Standing{State: actor.Gone}},
		{"a tombstone that points on", `"type":["Person","Tombstone"],"movedTo":"` + b + `"`, actor.Standing{State: actor.Gone, MovedTo: b}},
		{"a tombstone with an empty movedTo", `"type":"Tombstone","movedTo":""`, actor.Standing{State: actor.Gone}},
		{"a tombstone that is copied", `"type":["Person","Tombstone"],"copiedTo":"` + b + `"`, malformed(actor.TombstoneAndCopy)},
		{"a tombstone that points nowhere sensible", `"type":"Tombstone","movedTo":"gone"`, malformed(actor.NotAbsolute)},
		{"suspended", `"suspended":true`, actor.Standing{State: actor.Active, Suspended: true}},
		{"suspended by prefix, and moved", `"toot:suspended":true,"movedTo":"` + b + `"`, actor.Standing{State: actor.Moved, MovedTo: b, Suspended: true}},
		{"not suspended", `"suspended":false`, active},
		{"suspended is a word", `"suspended":"true"`, active},
	} {
		t.Run(test.name, func(t *testing.T) {
			assert.Equal(t, test.want, actor.StandingOf(parse(t, "{"+test.members+"}")))
		})
	}
	assert.Equal(t, malformed(actor.NoDocument), actor.StandingOf(nil), "no document")
}

func TestClaims(t *testing.T) {
	const old vocab.IRI = "https://old.example/users/al"
	list := func(n int, at int) string {
		entries := make([]string, n)
		for i := range entries {
			entries[i] = fmt.Sprintf("%q", fmt.Sprintf("acct:%d@x.example", i))
		}
		entries[at] = fmt.Sprintf("%q", old)
		return `{"alsoKnownAs":[` + strings.Join(entries, ",") + `]}`
	}
	for _, test := range []struct {
		name, document string
		id             vocab.IRI
		want           bool
	}{
		{"an array", `{"alsoKnownAs":["https://old.example/users/al"]}`, old, true},
		{"a bare string", `{"alsoKnownAs":"https://old.example/users/al"}`, old, true},
		{"an object", `{"alsoKnownAs":[{"id":"https://old.example/users/al"}]}`, old, true},
		{"under its full IRI", `{"https://www.w3.org/ns/activitystreams#alsoKnownAs":"https://old.example/users/al"}`, old, true},
		{"in the second of two spellings", `{"alsoKnownAs":"acct:al@old.example","as:alsoKnownAs":"https://old.example/users/al"}`, old, true},
		{"among other schemes and other things", `{"alsoKnownAs":["acct:al@old.example","at://x","did:key:z",5,null,{},["x"],"https://old.example/users/al"]}`, old, true},
		{"escaped in the JSON", `{"alsoKnownAs":"https:\/\/old.example\/users\/\u0061l"}`, old, true},
		{"none", `{}`, old, false},
		{"null", `{"alsoKnownAs":null}`, old, false},
		{"a stranger's", `{"alsoKnownAs":["https://old.example/users/bob"]}`, old, false},
		{"http is not https", `{"alsoKnownAs":["http://old.example/users/al"]}`, old, false},
		{"case counts", `{"alsoKnownAs":["https://OLD.example/users/al"]}`, old, false},
		{"a slash counts", `{"alsoKnownAs":["https://old.example/users/al/"]}`, old, false},
		{"white space counts", `{"alsoKnownAs":[" https://old.example/users/al"]}`, old, false},
		{"a part of a string does not count", `{"alsoKnownAs":"https://old.example/users/al, https://x.example/"}`, old, false},
		{"a DID claims nothing", `{"alsoKnownAs":"did:key:z6Mk"}`, "did:key:z6Mk", false},
		{"no id is never claimed", `{"alsoKnownAs":[""]}`, "", false},
		{"the 250th of 300", list(300, 249), old, true},
		{"the 256th", list(300, 255), old, true},
		{"the 257th is beyond the cap", list(300, 256), old, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			assert.Equal(t, test.want, actor.Claims(parse(t, test.document), test.id))
		})
	}
}

func TestAliases(t *testing.T) {
	o := parse(t, `{"as:alsoKnownAs":"acct:a@b","alsoKnownAs":["https://b.example/u","HTTPS://B.example/u",{"id":"did:x"},5,null,"","https://b.example/u"]}`)
	assert.Equal(t, []string{"https://b.example/u", "HTTPS://B.example/u", "did:x", "", "https://b.example/u", "acct:a@b"},
		actor.Aliases(o), "as they stand")
	assert.Empty(t, actor.Aliases(parse(t, `{}`)))
}

func FuzzStandingOf(f *testing.F) {
	for _, members := range []string{
		``, `"movedTo":"https://b.example/u"`, `"movedTo":["did:x",{"id":"ap://did:key:z/actor"}]`, `"copiedTo":["https://b.example/u",""]`,
		`"type":["Person","as:Tombstone"],"movedTo":"https://b.example/u"`, `"as:movedTo":[[]],"toot:suspended":true`, `"movedTo":":","copiedTo":"a:"`,
	} {
		f.Add([]byte("{" + members + "}"))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		o, err := vocab.Parse(data)
		if err != nil {
			return
		}
		s := actor.StandingOf(o)
		wrong := map[actor.State]bool{
			actor.Active:    s.MovedTo != "" || s.CopiedTo != nil || s.Fault != "" || o.Is("Tombstone"),
			actor.Moved:     s.MovedTo == "" || s.CopiedTo != nil || s.Fault != "" || o.Is("Tombstone"),
			actor.Copied:    s.MovedTo != "" || len(s.CopiedTo) == 0 || s.Fault != "" || o.Is("Tombstone"),
			actor.Gone:      s.CopiedTo != nil || s.Fault != "" || !o.Is("Tombstone"),
			actor.Malformed: s.MovedTo != "" || s.CopiedTo != nil || s.Fault == "",
		}
		if contradicts, known := wrong[s.State]; !known || contradicts {
			t.Errorf("%s\n%+v", o, s)
		}
		for _, id := range append(s.CopiedTo, s.MovedTo) {
			if id != "" && (!strings.Contains(string(id), ":") || !strings.Contains(fmt.Sprint(o.IRIs(vocab.MovedTo), o.IRIs(vocab.CopiedTo)), string(id))) {
				t.Errorf("%q is not in the document: %s", id, o)
			}
		}
		aliases := actor.Aliases(o)
		for i, alias := range aliases {
			if id := vocab.IRI(alias); id.IsHTTP() && i < 1 && !actor.Claims(o, id) {
				t.Errorf("lists %q first and does not claim it", alias)
			}
		}
		if actor.Claims(o, "https://nobody.example/not-in-any-document") && !strings.Contains(o.String(), "nobody") && !strings.Contains(o.String(), `\`) {
			t.Error("claims what it does not say")
		}
	})
}
