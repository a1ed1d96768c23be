package move

import (
	"strings"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/vocab"
)

// A Delivery is an activity as it came in, and who is known to have sent it.
// Nothing in the activity itself is believed because of it.
type Delivery struct {
	Activity *vocab.Object
	// Signature is the valid HTTP signature of the request, as actor/client
	// verified it; nil if there was none. Its Fingerprint is needed where
	// [Rules].Keys is set.
	Signature *actor.Signature
}

// A Claim is what an activity of type Move says.
type Claim struct {
	ID     vocab.IRI // "" if the activity has none
	Actor  vocab.IRI
	Old    vocab.IRI
	Target vocab.IRI
}

// Pull reports whether the new account says it, not the old one (FEP-7628,
// pull mode).
func (c Claim) Pull() bool { return c.Actor == c.Target && c.Actor != c.Old }

// Read reads a Move. It is refused with [Malformed], [NoContext], [Ambiguous]
// or [ForeignID].
func Read(activity *vocab.Object) (Claim, error) {
	c := Claim{}
	refuse := func(r Reason) (Claim, error) {
		return c, &RefusedError{Reason: r, Old: c.Old, New: c.Target}
	}
	problem := Reason("")
	only := func(p vocab.Property) vocab.IRI {
		id, r := single(activity, p)
		if r == Malformed || problem == "" {
			problem = r
		}
		return id
	}
	c.Actor, c.Old, c.Target = only(vocab.Actor), only(vocab.ObjectProperty), only(vocab.Target)
	id := activity.Get(vocab.ID)
	c.ID = activity.ID()
	switch {
	case !activity.Is(vocab.TypeMove), problem == Malformed, c.ID == "" && !id.IsZero() && id.Kind() != vocab.Null:
		return refuse(Malformed)
	case !activity.Has(vocab.Context):
		return refuse(NoContext)
	case problem != "":
		return refuse(problem)
	case c.ID != "" && !vocab.SameOrigin(c.ID, c.Actor):
		return refuse(ForeignID)
	}
	return c, nil
}

// single returns the one identifier in p.
func single(o *vocab.Object, p vocab.Property) (vocab.IRI, Reason) {
	var id vocab.IRI
	n := 0
	for v := range o.All(p) {
		if n++; n == 1 {
			id = v.IRI()
		}
	}
	switch {
	case n == 0, scheme(id) == "":
		return "", Malformed
	case n > 1:
		return id, Ambiguous
	}
	return id, ""
}

// scheme returns the scheme of an absolute IRI in lower case, else "". It is
// looked for by hand: "ap://did:key:z6Mk…/actor" is an IRI, but no URL that
// net/url reads.
func scheme(id vocab.IRI) string {
	name, rest, found := strings.Cut(string(id), ":")
	if !found || rest == "" || name == "" {
		return ""
	}
	for i, c := range []byte(strings.ToLower(name)) {
		letter := c >= 'a' && c <= 'z'
		if !letter && (i == 0 || !strings.ContainsRune("0123456789+-.", rune(c))) {
			return ""
		}
	}
	name = strings.ToLower(name)
	if (name == "http" || name == "https") && !id.IsHTTP() {
		return ""
	}
	return name
}
