package afterlife

import (
	"cmp"
	"slices"
	"strings"

	"codeberg.org/godwit/godwit/vocab"
)

// A LostName is an account that is not found by its name, for another has the same: the
// one whose id has the name in it, else the one that was given first.
type LostName struct {
	Account vocab.IRI `json:"account"`
	Name    string    `json:"name"` // user@host
	Holder  vocab.IRI `json:"holder"`
}

// name is what an account is found by, without regard to case; "" if nobody can ask.
func (a *accountEntry) name() string {
	if a.User == "" {
		return ""
	}
	return strings.ToLower(a.User) + "@" + a.ID.Host()
}

// isNamed reports whether the id of an account has its name in it.
func (a *accountEntry) isNamed() bool {
	return slices.ContainsFunc(claimantOf(a.ID), func(own address) bool {
		return strings.EqualFold(own.path, "/@"+a.User) || strings.EqualFold(own.path, "/users/"+a.User)
	})
}

// outranks reports whether an account takes its name from one that was given before.
func (a *accountEntry) outranks(first *accountEntry) bool { return a.isNamed() && !first.isNamed() }

// names are the accounts that have one, as building goes on.
type names struct {
	holders map[string]accountEntry
	lost    []accountEntry
}

// take gives an account its name, unless another has a better claim to it.
func (n *names) take(a accountEntry) {
	if n.holders == nil {
		n.holders = map[string]accountEntry{}
	}
	first, taken := n.holders[a.name()]
	switch {
	case a.name() == "":
	case !taken:
		n.holders[a.name()] = accountEntry{ID: a.ID, User: a.User}
	case a.outranks(&first):
		n.lost = append(n.lost, first)
		n.holders[a.name()] = accountEntry{ID: a.ID, User: a.User}
	default:
		n.lost = append(n.lost, a)
	}
}

// report tells of those that lost, in the order of their names.
func (n *names) report() []LostName {
	var all []LostName
	for i := range n.lost {
		a := &n.lost[i]
		all = append(all, LostName{Account: a.ID, Name: a.User + "@" + a.ID.Host(), Holder: n.holders[a.name()].ID})
	}
	slices.SortFunc(all, func(a, b LostName) int {
		return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(string(a.Account), string(b.Account)))
	})
	return all
}
