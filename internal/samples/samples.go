// Package samples holds documents in the shape that Mastodon gives them, for
// benchmarks that compare parsers.
//
// The documents are written by hand and describe nobody.
package samples

import _ "embed"

// Actor is a profile with fields, aliases, custom emoji and a picture (about
// 3.3 KB); Note is a Create with a post in it (about 2.9 KB); Move is a move
// without a signature.
var (
	//go:embed actor.json
	Actor []byte
	//go:embed note.json
	Note []byte
	//go:embed move.json
	Move []byte
)
