// Package uriindex is a file in which a server finds where an old IRI leads to: a
// [portability.URIMap] as it is served, read-only, mapped into memory, with no
// database behind it.
//
// Who has a map calls [Build] whenever it has changed, and [Open] again. Who serves
// calls [Index.Find]: it takes about as long as hashing the IRI, and memory is that
// of the pages of the file that were touched, which the system takes back when it
// needs them. Two files built of the same mappings have the same bytes.
//
// A file that is damaged is refused by Open, or by [Index.Verify], which reads all
// of it; or Find says of the mappings that are damaged that they are not known, and
// [Index.Damage] counts that. A file is never changed: Build makes a new one and
// renames it. Nothing else should write to one that is open; where that happens, or
// the disk fails, Find says that it knows nothing, and the process goes on.
//
// Whether strangers may be led to what is found is [portability.Mapping.Seen]; the
// redirects themselves are made by package portability/redirect.
package uriindex
