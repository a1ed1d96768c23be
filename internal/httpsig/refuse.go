package httpsig

import "fmt"

// Reasons why a signature is refused. They are stable: test vectors and
// programs compare them.
const (
	Unsigned  = "unsigned"  // there is none, or none that verifies
	Uncovered = "uncovered" // a part that must be signed is not
	Digest    = "digest"    // the body is not the one that was signed
	Stale     = "stale"     // outside the window, expired, or without a time
	Ambiguous = "ambiguous" // more than one signature
)

// A RefusedError is returned by [Parse] and [Signature.Verify] for a request
// that must not be believed. The same request will not be better later, except
// that another key may verify what this one did not.
type RefusedError struct {
	Reason string // one of the constants above
	Detail string // what is wrong; holds no header value and no query
}

func (e *RefusedError) Error() string {
	return fmt.Sprintf("http signature: %s: %s", e.Reason, e.Detail)
}

// Hint says what the sender can do about it.
func (e *RefusedError) Hint() string {
	switch e.Reason {
	case Uncovered:
		return "cover (request-target), host, date and digest, or @method, @target-uri and content-digest"
	case Digest:
		return "send the SHA-256 of exactly the bytes of the body, in Digest or Content-Digest"
	case Stale:
		return "sign when sending, with the right time, and sign again for every retry"
	case Ambiguous:
		return "send one signature"
	default:
		return "sign with the key that the actor publishes, over the request as it is sent"
	}
}

func refuse(reason, format string, args ...any) *RefusedError {
	return &RefusedError{Reason: reason, Detail: fmt.Sprintf(format, args...)}
}

// printable bounds what a peer can put into an error text.
func printable(name string) string {
	if len(name) > 40 {
		name = name[:40] + "…"
	}
	return fmt.Sprintf("%q", name)
}
