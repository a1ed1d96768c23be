// Package client goes to the network for package actor: it fetches documents,
// delivers activities, and verifies the HTTP signatures of requests that come
// in.
//
// A server makes one [Client] with [New] and gives it to whoever asks for an
// [actor.Fetcher] or a deliverer. Its inbox handler calls [Client.Verify] with
// the request and the body that it has read, asks [Client.Seen] whether an
// activity that its actor sent has been here before, and answers an error with
// [Status]. When an Update of an actor comes in, [Client.Introduced] lets the
// sender's old key vouch for a new one. [Client.Software] asks what a server
// runs.
//
// Both schemes of HTTP signatures are spoken, draft-cavage and RFC 9421, and
// which of them an origin takes is remembered. Connections are guarded against
// private addresses. Documents are believed about what is on the origin that
// served them and about nothing else (FEP-fe34). FEP-521a keys, FEP-844e
// advertisements and the handles of FEP-2c59 are understood.
//
// The package keeps its caches in memory, each of them bounded; what must
// outlive a restart goes to an [actor.KeyMemory]. It queues and retries
// nothing: that is for package move, or for the host.
package client
