// Package portability copies an account's data from one place to another.
//
// Everything is a [Source] or a [Sink]: backup is the host's Source to
// backup.Writer; restore is backup.Reader to the host's Sink; converting is a
// Reader to a Writer; a web site is one more Sink. [Copy] takes any pair, in the
// order in which an account must be rebuilt, and its [Report] says what became
// of every item, by stable reasons.
//
// A host implements Source to give its accounts out and Sink to take others in;
// further abilities (media, counting, undo, limits, a last word) are small
// interfaces of their own, found by type assertion. [Memory] is both ends at
// once, for tests; package portability/portabilitytest has the suites that every
// end must pass.
//
// An [Engine] makes a copy durable: it is begun with [Engine.Begin], carried out by
// [Engine.Run], [Engine.Serve] or, from any queue, [Engine.Step], and can be paused,
// cancelled, undone and run again. What it knows is in a [Store]: [NewMemoryStore], or
// package portability/sqlstore. [JobReport.Ready] says whether a Move may follow. A sink
// that is for an Engine reads [Item.Placed]: its Object is what to show and its Audience to
// whom, while [Item.Object] is the document of record. Besides Put it should be
//
//   - a [Minter], or references to what comes later stay as they were;
//   - a [Holder], or an undo after a kill leaves behind what was being put;
//   - a [Remover], or nothing can be undone or mirrored;
//   - an [Updater], or what changes at the source later is in conflict;
//   - a [MediaSink], or files stay where they were;
//   - a [Quarantine], or what nothing proves is visible at once unless it reads
//     [Placed.Quarantined];
//   - [Limited], or what it cannot hold is found out only by putting it.
//
// Copying sends nothing to anybody and moves nobody: for that, see package move. Who may
// leave and who may come is package portability/consent's.
// The package reaches neither the network nor the disk.
package portability
