// Package move announces, checks and carries out account moves (ActivityPub's
// Move; FEP-7628, FEP-e965, FEP-fe34).
//
// A server that only wants to know whether to believe a Move calls [Verify]. A
// server that honours Moves for the people on it makes a [Receiver]: it is
// handed what comes into the inbox, and moves each follower, from the follow of
// the new account over its acceptance to the end of the old follow; it asks the
// server's own lists before every step, and can be killed at any moment. A
// server whose people leave builds their [Announcement] with [New] and gives it
// to an [Announcer], which waits for the owner's second thoughts, sends the Move
// to every inbox once, and keeps the ledger of what became of it. Who has yet to
// decide asks [Preflight].
//
// What a server must supply is small: [Relations] to receive, [Home] to send, a
// [Store] for the state (in memory here, in SQL in package move/movesql), and
// an actor.Fetcher and a [Deliverer], which actor/client both is.
//
// The package reaches no network itself, and knows nothing of posts: copying
// those is package portability's. What is refused, and why, is told by stable
// words, see [Reason]; the folder vectors holds the behaviour as test vectors
// for implementations in any language.
package move
