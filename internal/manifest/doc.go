// Package manifest reads and writes the manifest of an archive after FEP-6fcd
// (Universal Backup Container, version 0.1).
//
// [Parse] reads any manifest: it gives what the FEP has words for as a [Manifest],
// and all that stands in it as a tree of [Node]. [Layout] writes the manifest of
// the archives that package backup writes, and [Format] any tree.
//
// YAML is read as text: scalars are what is written, never numbers, dates or
// booleans, and what makes YAML a language (anchors, aliases, merge keys, tags,
// further documents) is refused. Nothing here opens an archive or compares the
// list with what is there; package dialect does.
package manifest
