package actor

import "codeberg.org/godwit/godwit/vocab"

// MaxAliases is how many entries of alsoKnownAs [Claims] looks at. An alias
// further back is not seen, by godwit as by Mastodon; other servers stop sooner.
const MaxAliases = 256

// Aliases returns what stands in alsoKnownAs, under all its spellings, in order
// and as it stands: HTTP ids, profile pages, "acct:", "did:" and whatever else
// people put there. An object counts by its id; what is neither a string nor
// an object with an id is left out.
func Aliases(o *vocab.Object) []string {
	var aliases []string
	for v := range o.All(vocab.AlsoKnownAs) {
		if text, ok := v.Text(); ok {
			aliases = append(aliases, text)
		} else if id := v.IRI(); id != "" {
			aliases = append(aliases, string(id))
		}
	}
	return aliases
}

// Claims reports whether the document claims id as one of its own names:
// whether id is among the first [MaxAliases] entries of alsoKnownAs, counting
// all, and is an http or https IRI. The strings must be the same; neither case
// nor a trailing slash nor the scheme is forgiven, since two servers may give
// both spellings to two people.
func Claims(o *vocab.Object, id vocab.IRI) bool {
	if !id.IsHTTP() {
		return false
	}
	seen := 0
	for v := range o.All(vocab.AlsoKnownAs) {
		if seen++; seen > MaxAliases {
			return false
		}
		if v.IRI() == id {
			return true
		}
	}
	return false
}
