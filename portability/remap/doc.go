// Package remap leads the references in a document to other places, and changes
// nothing else.
//
// Whoever copies an account calls [Read], asks [Document.References] of many documents
// for everything that can be led elsewhere, looks all of it up at once, and calls
// [Document.Lead] with what was found. [Object] is for who knows that already. What is led where is the caller's decision: every IRI is asked for once at
// each place where it stands and never followed further, so that maps with loops end.
//
// A reference is known by where it stands, never by what it looks like: text that
// happens to hold an id is left alone, and so is the source text of a post. "to",
// "cc" and "audience" say to whom something went, and stay as a record (LOLA 0.3,
// Saving Content). Every byte that does not name what was led elsewhere is kept as
// it was, inside HTML too.
//
// Signing the result is package actor's, and deciding who may read it package
// portability's. The package does no I/O.
package remap
