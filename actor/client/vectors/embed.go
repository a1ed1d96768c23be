// Package vectors embeds test vectors for HTTP signatures between fediverse
// servers: requests as real peers send them and as others forge them, with what
// a receiver must conclude. README.md specifies the format for implementers in
// any language. The vectors are in the public domain (CC0).
package vectors

import "embed"

// FS holds the vectors, one behaviour per file.
//
//go:embed *.json
var FS embed.FS
