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

// claimantOf returns the addresses that follow from an id: the id, which is the first, and
// what the old software made of its name.
func claimantOf(id vocab.IRI) claimant {
	var own claimant
	for _, u := range redirect.Forms("", id, nil) {
		if a, ok := addressOf(u); ok {
			own = append(own, a)
		}
	}
	return own
}

// owns reports whether an address is the id, a page that is called by its name, or lies
// under one of them. An id that may be a post of anybody's says nothing.
func (c claimant) owns(a address) bool {
	for i, own := range c {
		switch {
		case i > 0 && !isByName(own.path), isShared(own.path):
		case a == own, a.isUnder(own):
			return true
		}
	}
	return false
}

func (a address) isUnder(folder address) bool {
	return a.host == folder.host && folder.query == "" && strings.HasPrefix(a.path, folder.path+"/")
}

// isByName reports whether a path ends in a name with an "@", as "/web/@alice" does. No
// server keeps there what is somebody else's.
func isByName(path string) bool {
	last := path[strings.LastIndexByte(path, '/')+1:]
	return len(last) > 1 && last[0] == '@'
}

// isShared reports whether what is everybody's may lie under a path. "/objects" is a page
// of whoever is called so, and where the posts of all are. An id that stands elsewhere, as
// "/users/objects", "/alice" or "/u/alice", has what is below it.
func isShared(path string) bool {
	first, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	return !isByName(path) && slices.Contains(shared, first)
}

// shared are the first parts of paths below which servers keep posts, files and pages of all.
var shared = []string{
	"objects", "activities", "notice", "notes", "statuses", "posts", "post", "comment", "item", "display", "videos", "articles", "p", "i",
	"media", "system", "files", "fileserver", "storage", "wp-content", "uploads", "images", "emoji", "avatars", "headers", "proxy", "static",
	"web", "deck", "embed", "api", "tags", "tag", "tagged", "explore", "search", "internal", "relay", "actor", "inbox",
}

// rank says how good a claim is, the lowest is the best: what lies under the claimant's own
// id or name, what else the old software made of that, what its archive says, what was
// guessed from that, and what only a map knows.
func (c claimant) rank(r *record) byte {
	switch {
	case c.owns(r.address):
		return 0
	case slices.Contains(c, r.address) && !isShared(r.address.path):
		return 1
	case r.role == isForm:
		return 3
	case r.role == isMapped:
		return 4
	}
	return 2
}
