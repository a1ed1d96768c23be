// Package httpsig signs and verifies HTTP requests between servers, in the two
// ways that the fediverse uses: draft-cavage-http-signatures-12 and RFC 9421
// with RFC 9530 digests.
//
// A sender calls [Sign] last, on the request that goes out: a signature is
// good for about an hour, so nothing signed is ever stored. A receiver calls
// [Parse], which checks everything but the key (what is covered, the clock, the
// digest of the body), gets the key that [Signature.KeyID] names, and calls
// [Signature.Verify].
//
// The package reaches no network. Fetching keys, deciding whose they are, and
// remembering which peer wants which scheme is the work of actor/client.
//
// Signing after draft-cavage goes through github.com/go-fed/httpsig; sign.go
// tells how it is fenced. Its verifier is not used: it compares (created) and
// (expires) with the wall clock and not with the caller's, takes the decoded
// path for the one that was sent, reads neither spaces after commas nor commas
// in quotes, and writes into the request's header. The tests hold the two
// against each other.
package httpsig

// A Scheme is a way of signing.
type Scheme string

const (
	Cavage  Scheme = "draft-cavage" // draft-cavage-http-signatures-12
	RFC9421 Scheme = "rfc9421"      // RFC 9421
)

const (
	maxHeader  = 16 << 10 // bytes of signature header lines that are read
	maxCovered = 64       // components under one signature
)
