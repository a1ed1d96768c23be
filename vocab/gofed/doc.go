// Package gofed joins godwit to servers that are built on
// github.com/go-fed/activity v1.0.0.
//
// [ToType] gives go-fed's value for a document and [FromType] the document for
// a value. go-fed keeps less than it is given (inline term definitions of
// @context, contentMap beside content, nulls, arrays of one, fractions of
// seconds, the digits of numbers), so the original document travels beside the
// value and FromType writes into its bytes only what really changed.
//
// go-fed has no alsoKnownAs and no movedTo; [IRIs] and [SetIRIs] reach them on
// its values.
//
// A server on go-fed's pub puts an [Inbox] before its PostInbox, plugs [Moves]
// into its FederatingProtocol, and keeps what [Record] returns; [Transport] sends
// through godwit's client. Program examples/gofed is such a server.
//
// The package is apart from vocab because go-fed is large: it adds about a
// minute to a cold build and 18 MB to a binary.
package gofed
