// Package consent holds what people and servers agree to before an account is copied or
// moves: types and rules, which a server author binds to pages of their own.
//
// Where people leave: a [Lock] keeps every account locked until its owner unlocks it, for
// one [Destination] and a limited time. What serves the account's data asks
// [Lock.MayCopy]; what announces a move asks [Lock.MayMove], which wants the owner's
// second word, [Lock.Confirm].
//
// Where people arrive: a [Reception] says by a [Policy] who may come, keeps their name
// while they do, and knows where each [Arrival] is: it begins with [Reception.Ask] and goes
// on through a person's approval, who looks at a [Sample] of [TakeSample], and the newcomer's
// yes. [Prove] tells whether the old account is theirs, [Policy.Spec] begins the copy so
// that it keeps to what was decided, and [Keeping] decides whether ids may stay as they
// were.
//
// For whoever it concerns: every [Decision] is recorded, with a stable [Ground] and a hint,
// and a [Notify] hook carries each [Notice] to the person.
//
// All of it is kept in [Memory], or in package portability/sqlstore; package
// portability/portabilitytest has the suites that every store must pass. Copying is package
// portability's, and announcing a Move is package move's. Nothing here reads the network,
// but for the actor.Fetcher that Prove is given.
package consent
