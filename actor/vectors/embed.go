// Package vectors holds test vectors for what an actor's document says of the
// account: whether it is active, moved, copied or gone (FEP-e965), and which
// aliases it lists.
//
// Any implementation may run them; README.md specifies the format. Here
// "godwit vectors" and the tests run them against package actor.
package vectors

import "embed"

// FS holds the vectors, one behaviour a file.
//
//go:embed *.json
var FS embed.FS
