// Package csvlist reads and writes the lists that servers give out beside an
// archive: who is followed, who follows, who is blocked or muted, the members of
// lists, bookmarks, blocked domains, a server's own lists of domains, all as CSV,
// and filters as JSON.
//
// Who imports calls [NewReader], asks [Reader.Type] what the file is, and ranges
// over [Reader.Rows]; a row that cannot be used is reported by its line and a
// stable [Reason], and the next one is read. Who exports calls [NewWriter] with a
// [Dialect]; [Lost] lists what a dialect cannot hold of a row. Filters have
// [ReadFilters] and [WriteFilters].
//
// The file's name is never asked what the file is: a list of friends that is
// imported as a list of blocks cannot be taken back. Where neither header nor
// content tells, the reader says so and the caller decides.
//
// Nothing here looks an account up or compares two. An internationalised domain
// stays as it was written; for its ASCII form and the actor behind an address,
// see packages webfinger and actor/client. The lossless form of all this is the
// archive that package backup writes.
package csvlist
