// Package actor models what an ActivityPub actor publishes: its profile, its
// aliases and whether it has moved (FEP-e965), its keys (FEP-521a), and proofs
// made with them (FEP-8b32, FEP-c390).
//
// Who is about to believe an account calls [StandingOf] and [Claims] on its
// document, [Keys] or [KeysIn] on what stands behind a key's id, [VerifyProof]
// and [OwnerOf] on what is signed, [IdentityProofs] on who it says it also is,
// and [Continuous] before acting on a Move. Who publishes an account calls
// [GenerateRSA], [GenerateEd25519], [WithKeys], [SignProof] and [SignIdentity].
// [ProfileOf] copies out what a person sees.
//
// The package reaches no network: what it needs from there it asks of a
// [Fetcher], and actor/client has one, as it has HTTP signatures. Whether two
// accounts that name each other may be moved is decided in package move.
package actor
