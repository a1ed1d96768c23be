package vocab

// A Property is the compact name of a member, as servers usually write it.
// An [Object] also finds it under its full IRI and under the prefixed names
// in use for it; a name that is not listed here is found as it stands.
type Property string

// Properties that have more than one spelling, or that godwit reads.
const (
	ID      Property = "id"
	Type    Property = "type"
	Context Property = "@context"

	Actor         Property = "actor"
	Target        Property = "target"
	Origin        Property = "origin"
	To            Property = "to"
	CC            Property = "cc"
	Published     Property = "published"
	Updated       Property = "updated"
	AttributedTo  Property = "attributedTo"
	Attachment    Property = "attachment"
	Name          Property = "name"
	Summary       Property = "summary"
	Icon          Property = "icon"
	Image         Property = "image"
	URL           Property = "url"
	Inbox         Property = "inbox"
	Outbox        Property = "outbox"
	Followers     Property = "followers"
	Following     Property = "following"
	Liked         Property = "liked"
	Endpoints     Property = "endpoints"
	SharedInbox   Property = "sharedInbox"
	Username      Property = "preferredUsername"
	Items         Property = "items"
	OrderedItems  Property = "orderedItems"
	TotalItems    Property = "totalItems"
	First         Property = "first"
	Next          Property = "next"
	PartOf        Property = "partOf"
	FormerType    Property = "formerType"
	Deleted       Property = "deleted"
	AlsoKnownAs   Property = "alsoKnownAs"
	MovedTo       Property = "movedTo"
	CopiedTo      Property = "copiedTo"
	ManualApprove Property = "manuallyApprovesFollowers"

	Featured     Property = "featured"
	Suspended    Property = "suspended"
	Discoverable Property = "discoverable"

	PublicKey          Property = "publicKey"
	PublicKeyPem       Property = "publicKeyPem"
	Owner              Property = "owner"
	AssertionMethod    Property = "assertionMethod"
	PublicKeyMultibase Property = "publicKeyMultibase"
	Controller         Property = "controller"
	Expires            Property = "expires"
	Proof              Property = "proof"
	Signature          Property = "signature"
	Subject            Property = "subject"

	WebFinger Property = "webfinger"

	Blocked          Property = "blocked"
	Blocks           Property = "blocks"
	PendingFollowers Property = "pendingFollowers"
	PendingFollowing Property = "pendingFollowing"

	LikesOf     Property = "likesOf"
	SharesOf    Property = "sharesOf"
	RepliesOf   Property = "repliesOf"
	InboxOf     Property = "inboxOf"
	OutboxOf    Property = "outboxOf"
	FollowersOf Property = "followersOf"
	FollowingOf Property = "followingOf"
	LikedOf     Property = "likedOf"
)

// ObjectProperty is ActivityStreams' "object"; [Object] is the document.
const ObjectProperty Property = "object"

// Public is the collection of everyone.
const Public IRI = "https://www.w3.org/ns/activitystreams#Public"

// Namespaces whose terms godwit reads.
const (
	NamespaceAS        = "https://www.w3.org/ns/activitystreams#"
	NamespaceSecurity  = "https://w3id.org/security#"
	NamespaceToot      = "http://joinmastodon.org/ns#"
	NamespaceLDP       = "http://www.w3.org/ns/ldp#"
	namespaceFEP7628   = "https://w3id.org/fep/7628#"
	namespaceFEP5711   = "https://w3id.org/fep/5711#"
	namespaceFEP       = "https://w3id.org/fep#"
	namespaceBlocked   = "https://purl.archive.org/socialweb/blocked#"
	namespacePending   = "https://purl.archive.org/socialweb/pending#"
	namespaceWebFinger = "https://purl.archive.org/socialweb/webfinger#"
)

// ContextAS is the ActivityStreams context.
const ContextAS = "https://www.w3.org/ns/activitystreams"

// spellings lists, for a compact name, every other name it is written under.
// A property in no list is an ActivityStreams one ("as:" and its full IRI).
var spellings = buildSpellings()

func buildSpellings() map[Property][]string {
	table := map[Property][]string{
		ID:   {"@id"},
		Type: {"@type"},
		Inbox: {
			NamespaceLDP + "inbox", "ldp:inbox", NamespaceAS + "inbox", "as:inbox",
		},
		Context: nil,
	}
	add := func(prefix, namespace string, properties ...Property) {
		for _, p := range properties {
			if prefix != "" {
				table[p] = append(table[p], prefix+":"+string(p))
			}
			table[p] = append(table[p], namespace+string(p))
		}
	}
	add("as", NamespaceAS, MovedTo, CopiedTo, AlsoKnownAs)
	add("fep7628", namespaceFEP7628, MovedTo, CopiedTo)
	add("toot", NamespaceToot, Featured, Suspended, Discoverable)
	for _, prefix := range []string{"sec", "security"} {
		add(prefix, NamespaceSecurity, PublicKey, PublicKeyPem, Owner, AssertionMethod,
			PublicKeyMultibase, Controller, Expires, Proof, Signature)
	}
	add("fep", namespaceFEP, Subject)
	add("wf", namespaceWebFinger, WebFinger)
	add("bl", namespaceBlocked, Blocked, Blocks)
	add("pdg", namespacePending, PendingFollowers, PendingFollowing)
	add("", namespaceFEP5711, LikesOf, SharesOf, RepliesOf, InboxOf, OutboxOf, FollowersOf, FollowingOf, LikedOf)
	for _, p := range []Property{
		Actor, ObjectProperty, Target, Origin, To, CC, Published, Updated, AttributedTo, Attachment, Name,
		Summary, Icon, Image, URL, Outbox, Followers, Following, Liked, Endpoints, SharedInbox, Username,
		Items, OrderedItems, TotalItems, First, Next, PartOf, FormerType, Deleted, ManualApprove,
	} {
		add("as", NamespaceAS, p)
	}
	return table
}

// Spellings returns every name that p is read under, the compact one first.
func (p Property) Spellings() []string {
	return append([]string{string(p)}, spellings[p]...)
}

// compactType strips what servers put before an ActivityStreams or security
// type name.
func compactType(name string) string {
	for _, prefix := range []string{NamespaceAS, "as:", NamespaceSecurity, "sec:", "security:"} {
		if rest, found := cutPrefix(name, prefix); found {
			return rest
		}
	}
	return name
}

func cutPrefix(s, prefix string) (string, bool) {
	if len(s) > len(prefix) && s[:len(prefix)] == prefix {
		return s[len(prefix):], true
	}
	return s, false
}
