package peer

import _ "embed"

// Manual is API.md.
//
//go:embed API.md
var Manual string
