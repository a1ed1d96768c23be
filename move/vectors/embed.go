// Package vectors holds the test vectors for account moves as files: see
// README.md beside them for the format, which needs no Go to read. Package
// internal/vectors, and "godwit vectors DIR", run them.
package vectors

import "embed"

// FS has one file for each behaviour, all in its root.
//
//go:embed *.json
var FS embed.FS
