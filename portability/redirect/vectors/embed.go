// Package vectors holds the test vectors for redirects of moved accounts as files: see
// README.md beside them for the format, which needs no Go to read. The tests of package
// portability/redirect run them.
package vectors

import "embed"

// FS has one file for each behaviour, all in its root.
//
//go:embed *.json
var FS embed.FS
