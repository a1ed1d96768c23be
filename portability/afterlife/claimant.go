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
		if a, ok := addressOf(u); ok && a.path != "/" {
			own = append(own, a)
		}
	}
	return own
}

// owns reports whether an address is the id, a page that is called by its name, or lies
// under one of them.
func (c claimant) owns(a address) bool {
	for i, own := range c {
		switch {
		case i > 0 && !isByName(own.path):
		case a == own, a.isUnder(own) && !isShared(own.path):
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
// of whoever is called so, and where the posts of all are.
func isShared(path string) bool {
	first, rest, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	switch {
	case isByName(path):
		return false
	case slices.Contains(ofPeople, first):
		return rest == "" // "/users", in place of "/users/alice"
	}
	return slices.Contains(ofAll, first)
}

// ofPeople are folders in which each account has one of its own, and ofAll those in which
// it has not, by the first part of their paths. An id that stands elsewhere, as "/alice" or
// "/u/alice", has what is below it.
var (
	ofPeople = []string{"users", "author"}
	ofAll    = []string{"objects", "activities", "notice", "notes", "statuses", "posts", "post", "comment", "p", "s", "t", "i", "f", "c", "a",
		"web", "deck", "embed", "api", "media", "system", "files", "file", "fileserver", "storage", "proxy", "cache", "static", "assets",
		"emoji", "avatars", "headers", "images", "uploads", "wp-content", "tags", "tag", "tagged", "explore", "search", "internal", "relay",
		"actor", "inbox", "outbox", "followers", "following", "videos", "articles", "attachments", "collections", "likes", "follows"}
)

// rank says how good a claim is, the lowest is the best: what lies under the claimant's own
// id or name, what else the old software made of that, what its archive says, what was
// guessed from that, and what only a map knows.
func (c claimant) rank(r *record) byte {
	switch {
	case c.owns(r.address):
		return 0
	case slices.Contains(c, r.address):
		return 1
	case r.role == isForm:
		return 3
	case r.role == isMapped:
		return 4
	}
	return 2
}
