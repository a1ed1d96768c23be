package afterlife

import (
	"slices"
	"strings"

	"codeberg.org/godwit/godwit/portability/redirect"
	"codeberg.org/godwit/godwit/vocab"
)

// A claimant is an account as far as its id alone says which addresses are its own.
// Everything else of an archive its owner could have written about somebody else.
type claimant []address

// claimantOf returns the addresses that follow from an id: the id, and what the old
// software made of its name.
func claimantOf(id vocab.IRI) claimant {
	var own claimant
	for _, u := range redirect.Forms("", id, nil) {
		if a, ok := addressOf(u); ok && a.path != "/" {
			own = append(own, a)
		}
	}
	return own
}

// owns reports whether an address is one of those, or lies under one.
func (c claimant) owns(a address) bool {
	return slices.ContainsFunc(c, func(own address) bool {
		return a.host == own.host && (a == own || own.query == "" && strings.HasPrefix(a.path, own.path+"/"))
	})
}

// rank says how good a claim is, the lowest is the best: what lies under the claimant's own
// id, what its archive says, what was guessed from that, and what only a map knows.
func (c claimant) rank(r *record) byte {
	switch {
	case c.owns(r.address):
		return 0
	case r.role == isForm:
		return 2
	case r.role == isMapped:
		return 3
	}
	return 1
}
