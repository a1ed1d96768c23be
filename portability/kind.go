package portability

import "slices"

// A Kind is one sort of thing that belongs to an account. The words are stable:
// archives, reports and tools use them.
type Kind string

// The kinds. Those marked "objects" are ActivityStreams documents, kept verbatim;
// those marked "accounts" are collections of actor ids with options as further
// members (see the schema of each in DESIGN.md).
const (
	Actor    Kind = "actor"    // the actor document; one
	Keys     Kind = "keys"     // public keys, as Multikeys (FEP-521a)
	Content  Kind = "content"  // objects: posts and what else was written, in their present state
	Outbox   Kind = "outbox"   // objects: activities that are not told by content, such as shares
	History  Kind = "history"  // objects: former states of content
	Media    Kind = "media"    // uploaded files
	Liked    Kind = "liked"    // objects that the account likes
	Shared   Kind = "shared"   // objects that the account has shared
	Featured Kind = "featured" // pinned content
	Received Kind = "received" // replies, likes and shares by others on own content
	Inbox    Kind = "inbox"    // what was received otherwise; the owner's alone

	Followers Kind = "followers" // accounts
	Following Kind = "following" // accounts
	Pending   Kind = "pending"   // accounts: requests without an answer yet, both ways
	Blocked   Kind = "blocked"   // accounts
	Muted     Kind = "muted"     // accounts

	BlockedDomains Kind = "blocked-domains"
	Bookmarks      Kind = "bookmarks"
	Lists          Kind = "lists"
	Filters        Kind = "filters"
	FeaturedTags   Kind = "featured-tags"
	Preferences    Kind = "preferences"

	Unknown Kind = "unknown" // what was not understood, byte for byte
)

// order is the order in which an account is rebuilt: what protects people comes
// before what can be seen, and content before what points at it.
var order = []Kind{
	Blocked, Muted, BlockedDomains, Actor, Keys, Media, Content, History, Outbox, Received,
	Liked, Shared, Bookmarks, Featured, Lists, Filters, FeaturedTags, Preferences, Inbox,
	Followers, Following, Pending, Unknown,
}

// Kinds returns every kind, in the order in which [Copy] takes them.
func Kinds() []Kind { return slices.Clone(order) }

// Known reports whether k is one of them.
func (k Kind) Known() bool { return slices.Contains(order, k) }
