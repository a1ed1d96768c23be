package container

import "strings"

// wrapper returns the folder, with its slash, that all entries share, if what an
// archive is known by lies directly below it.
func (x *index) wrapper() string {
	if len(x.entries) == 0 {
		return ""
	}
	first, _, found := strings.Cut(x.entries[0].name, "/")
	if !found {
		return ""
	}
	prefix, known := first+"/", false
	for i := range x.entries {
		below, ok := strings.CutPrefix(x.entries[i].name, prefix)
		if !ok {
			return ""
		}
		known = known || mark(below)
	}
	if !known {
		return ""
	}
	return prefix
}

// mark says whether a file of this name stands at the root of some archive.
func mark(name string) bool {
	switch name {
	case "manifest.yaml", "manifest.yml", "manifest.json", "outbox.json", "actor.json",
		"data/manifest.js", "data/account.js", "data/follower.js", "data/following.js":
		return true
	}
	return false
}
