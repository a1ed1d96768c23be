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
	Result        Property = "result"
	To            Property = "to"
	CC            Property = "cc"
	Bto           Property = "bto"
	Bcc           Property = "bcc"
	Audience      Property = "audience"
	Published     Property = "published"
	Updated       Property = "updated"
	AttributedTo  Property = "attributedTo"
	InReplyTo     Property = "inReplyTo"
	Attachment    Property = "attachment"
	Tag           Property = "tag"
	Name          Property = "name"
	Summary       Property = "summary"
	Content       Property = "content"
	Source        Property = "source"
	Icon          Property = "icon"
	Image         Property = "image"
	URL           Property = "url"
	Href          Property = "href"
	Rel           Property = "rel"
	MediaType     Property = "mediaType"
	Generator     Property = "generator"
	Inbox         Property = "inbox"
	Outbox        Property = "outbox"
	Followers     Property = "followers"
	Following     Property = "following"
	Liked         Property = "liked"
	Likes         Property = "likes"
	Shares        Property = "shares"
	Replies       Property = "replies"
	Streams       Property = "streams"
	Endpoints     Property = "endpoints"
	SharedInbox   Property = "sharedInbox"
	Username      Property = "preferredUsername"
	Items         Property = "items"
	OrderedItems  Property = "orderedItems"
	TotalItems    Property = "totalItems"
	First         Property = "first"
	Last          Property = "last"
	Next          Property = "next"
	Prev          Property = "prev"
	PartOf        Property = "partOf"
	FormerType    Property = "formerType"
	Deleted       Property = "deleted"
	AlsoKnownAs   Property = "alsoKnownAs"
	MovedTo       Property = "movedTo"
	CopiedTo      Property = "copiedTo"
	ManualApprove Property = "manuallyApprovesFollowers"
	Sensitive     Property = "sensitive"

	Featured           Property = "featured"
	FeaturedTags       Property = "featuredTags"
	Suspended          Property = "suspended"
	Discoverable       Property = "discoverable"
	Indexable          Property = "indexable"
	Memorial           Property = "memorial"
	AttributionDomains Property = "attributionDomains"

	PublicKey          Property = "publicKey"
	PublicKeyPem       Property = "publicKeyPem"
	Owner              Property = "owner"
	AssertionMethod    Property = "assertionMethod"
	VerificationMethod Property = "verificationMethod"
	PublicKeyMultibase Property = "publicKeyMultibase"
	Controller         Property = "controller"
	Expires            Property = "expires"
	Proof              Property = "proof"
	Signature          Property = "signature"
	Subject            Property = "subject"

	WebFinger Property = "webfinger"
	Gateways  Property = "gateways"

	// FieldValue is the value of a PropertyValue, a profile field.
	FieldValue Property = "value"

	AtomURI          Property = "atomUri"
	InReplyToAtomURI Property = "inReplyToAtomUri"
	Conversation     Property = "conversation"

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

	Migration         Property = "migration"
	Moves             Property = "moves"
	Actors            Property = "actors"
	MigrationComplete Property = "migrationComplete"
	MigratedAt        Property = "migratedAt"
	MigratedFrom      Property = "migratedFrom"
)

// ObjectProperty is ActivityStreams' "object"; [Object] is the document.
const ObjectProperty Property = "object"

// Public is the collection of everyone; [IRI.IsPublic] knows its other names.
const Public IRI = "https://www.w3.org/ns/activitystreams#Public"

// Spellings returns every name that p is read under, the compact one first.
func (p Property) Spellings() []string {
	return append([]string{string(p)}, spellings[p]...)
}

// IRI returns the full IRI that p is published under, "@id" and "@type" for
// [ID] and [Type], and "" for a property that has none here.
func (p Property) IRI() string {
	if m, found := propertyMeanings[string(p)]; found {
		return m.iris[0]
	}
	return ""
}

// PropertyNamed returns the property that is read under a member's name, if it
// is one of those listed here: compact, prefixed or a full IRI.
func PropertyNamed(name string) (Property, bool) {
	if _, found := propertyMeanings[name]; found {
		return Property(name), true
	}
	return PropertyFor((*contextScope)(nil).expand(name, 0))
}

// Means reports whether iri is one of those that p stands for.
func (p Property) Means(iri string) bool { return propertyMeanings[string(p)].has(iri) }

// Definition returns the term definition that gives p its meaning in a
// context, with full IRIs, and the zero Value for a property that has none here.
func (p Property) Definition() Value {
	m, found := propertyMeanings[string(p)]
	if !found {
		return Value{}
	}
	iri := m.iris[0]
	if p == OrderedItems {
		iri = m.iris[1]
	}
	return Value{raw: []byte(definition(iri, m))}
}

// PropertyFor returns the property that stands for a full IRI.
func PropertyFor(iri string) (Property, bool) {
	p, found := propertyOf[iri]
	return p, found
}
