// Package backup reads and writes archives of an account.
//
// [Open] reads the exports of every fediverse software that godwit knows, told by
// their content, and is a portability.Source; [Create] writes the standard archive,
// FEP-6fcd, and is a portability.Sink, and so is [CreateTakeout], which writes what
// Mastodon writes. Converting is portability.Copy from one to the other:
//
//	from, err := backup.Open(ctx, "archive.zip", nil)
//	…
//	to, err := backup.Create("alice.tar.gz", &backup.WriteOptions{…})
//	…
//	report, err := portability.Copy(ctx, from, to, nil)
//
// [Inspect] tells what is inside of any Source, [Verify] derives an archive anew and
// tells what does not hold, [WriteCSVs] writes the lists that servers import, and
// what is sealed in an archive is opened by [Unlock].
//
// Nothing in an archive is believed: what is wrong with an item is said with the
// item, what is wrong with the whole by [Reader.Problems], and what cannot be read
// safely is a [*Refusal]. Memory stays bounded whatever an archive holds, nothing is
// written to disk under a name from inside, and no network is touched. The layout is
// in DESIGN.md beside this file; lists as CSV are package csvlist's.
package backup
