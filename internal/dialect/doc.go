// Package dialect reads the exports of fediverse software. Each dialect is a
// [Dialect], in a file named after it: how to tell it by content, and how to open
// it as an [Account], which is a portability.Source. [Open] finds the dialect of a
// container.
//
// To add one, write a file with a function that returns a Dialect, and a line in
// [All]. Match looks at a [View]: names, and the beginnings of files, never the
// name of the archive. Read lists the parts of the account: a Part is one kind, in
// one file, as a sequence that can be begun again any number of times. Positions,
// counting, resuming and concurrency are Account's.
//
// What is wrong with an item stands in its Problems; what is wrong with the whole
// in Account.Problems. A document that is no ActivityStreams is made into some, and
// carries what it was made from, see [WithOriginal].
package dialect
