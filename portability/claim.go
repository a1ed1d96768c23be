package portability

import (
	"slices"
	"strings"

	"codeberg.org/godwit/godwit/vocab"
)

// closeness tells how near an address is to an actor: 0 if nothing shows that it is the
// actor's; 1 for a page that is called by the actor's name; more for what is under its
// id, the more the longer that is. An actor below another is nearer to what is below it.
func closeness(actor, address vocab.IRI) int {
	switch {
	case isUnder(address, actor):
		return 1 + len(actor)
	case nameIn(address) != "" && nameIn(address) == lastName(actor) && vocab.SameOrigin(actor, address):
		return 1
	}
	return 0
}

// isUnder reports whether an address is an actor's id, or begins with it.
func isUnder(address, actor vocab.IRI) bool {
	rest, found := strings.CutPrefix(string(address), string(actor))
	return found && actor != "" && (rest == "" || strings.HasSuffix(string(actor), "/") || strings.ContainsRune("/?#", rune(rest[0])))
}

// nameIn returns the name of the person whose page or post an address is, after the form
// that most servers give to these, "/@name", and Pixelfed's "/p/name"; "" for any other.
func nameIn(address vocab.IRI) string {
	parts := pathOf(address)
	switch {
	case len(parts) > 0 && strings.HasPrefix(parts[0], "@"):
		return strings.TrimPrefix(parts[0], "@")
	case len(parts) > 2 && parts[0] == "p":
		return parts[1]
	}
	return ""
}

// lastName returns the last part of an actor's id, which on most servers is a name.
func lastName(actor vocab.IRI) string {
	parts := pathOf(actor)
	if len(parts) == 0 {
		return ""
	}
	return strings.TrimPrefix(parts[len(parts)-1], "@")
}

// pathOf returns the parts of an address's path.
func pathOf(address vocab.IRI) []string {
	_, rest, _ := strings.Cut(string(address), "://")
	if end := strings.IndexAny(rest, "?#"); end >= 0 {
		rest = rest[:end]
	}
	_, path, _ := strings.Cut(rest, "/")
	return slices.DeleteFunc(strings.Split(path, "/"), func(part string) bool { return part == "" })
}

// A claimant is the old account, as one that says of addresses on its host that they
// are its own.
type claimant struct {
	actor vocab.IRI
	name  string // what it says it is called; "" if it says nothing
}

func claimantOf(old vocab.IRI, actor *vocab.Object) claimant {
	c := claimant{actor: old}
	if actor != nil && actor.ID() == old {
		c.name = actor.Text("preferredUsername")
	}
	return c
}

// claimant returns who the job's old account is.
func (v *visit) claimant() claimant { return claimantOf(v.job.Old, v.actor) }

// isAnothers reports whether an address is evidently somebody else's: a page that is
// called by another name, or under an id that stands beside the actor's own, as
// "/users/bob" does beside "/users/alice".
func (c claimant) isAnothers(address vocab.IRI) bool {
	if closeness(c.actor, address) > 0 {
		return false
	}
	if name := nameIn(address); name != "" {
		return name != c.name
	}
	own, at := pathOf(c.actor), pathOf(address)
	beside := len(own) - 1
	return beside > 0 && len(at) > beside && slices.Equal(own[:beside], at[:beside])
}
