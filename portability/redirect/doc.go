// Package redirect keeps old links alive after an account has moved.
//
// The old server wraps its handler with [New]: posts and profile pages lead to their
// new places by the URI map, and whatever federation needs of the old actor stays
// where it is. [MovedInbox] answers for the inboxes of accounts that are gone. The new
// server mounts a [Resolver], which finds old ids that arrive in the form of LOLA. Who
// restores an account at the same domain under other software uses [Router], and who
// changes a domain, for a person or for a whole server, [Rehoming]; forms of
// old URLs are told apart by [Parse], [Normalize] and [Forms].
//
// Servers that meet redirects from outside use an [Observer], and read the map that
// a new server publishes (FEP-1580) with [ReadObjectMap] and a [Checker];
// [ObjectMap] publishes one.
//
// The package answers requests and sends none. It makes no URI map: for that, see
// package portability; nor does it announce or verify moves: see package move. What
// serves the documents of a server that is gone is portability/afterlife.
package redirect
