// Package actor models what an ActivityPub actor publishes: its profile, its
// aliases and whether it has moved (FEP-e965), its keys (FEP-521a), and proofs
// made with them (FEP-8b32, FEP-c390).
//
// The package reaches no network: what it needs from there it asks of a
// [Fetcher], and actor/client has one.
package actor
