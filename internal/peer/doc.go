// Package peer is a set of test accounts on several hosts, for other people's
// test suites: followers that honour Moves, movers good and bad, and hosts that
// are unkind on request.
//
// [Open] starts the hosts, each a server of package fediverse with a stage
// before it; [Peer.API] is the handler by which they are driven and read. API.md
// describes it for those who write tests in any language; `godwit peer` is the
// command. What there is to ask for stands in three tables: [Attacks], [Shapes]
// and [Unkindnesses]. A new attack is one more row.
//
// An attack is a good move with one thing wrong. It is sent as its sender's own
// software would never send it, so everything hostile is made here and not by
// the library that is tested elsewhere.
package peer
