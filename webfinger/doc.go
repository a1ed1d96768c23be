// Package webfinger finds the actor behind a handle such as
// @alice@example.org, and answers others who ask (RFC 7033).
//
// Whoever looks for an account calls [Lookup]. Whoever was shown an actor
// document that claims a handle calls [Confirm], which asks the handle's own
// domain (FEP-2c59). A server mounts a [Handler] over a [Finder] of its own;
// [Domains] is one for people who own a domain and have their account
// elsewhere.
//
// The package opens no connection itself: requests go through a [Doer], and
// the guard against private addresses, the redirect policy and the limits of
// the connection are the Doer's. It reads no actor document; for that, see
// package actor/client.
package webfinger
