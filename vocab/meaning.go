package vocab

// Namespaces whose terms godwit reads.
const (
	NamespaceAS        = "https://www.w3.org/ns/activitystreams#"
	NamespaceSecurity  = "https://w3id.org/security#"
	NamespaceToot      = "http://joinmastodon.org/ns#"
	NamespaceLDP       = "http://www.w3.org/ns/ldp#"
	NamespaceFEP7628   = "https://w3id.org/fep/7628#"
	namespaceFEP5711   = "https://w3id.org/fep/5711#"
	namespaceFEP1580   = "https://w3id.org/fep/1580#"
	namespaceFEP       = "https://w3id.org/fep#"
	namespaceBlocked   = "https://purl.archive.org/socialweb/blocked#"
	namespacePending   = "https://purl.archive.org/socialweb/pending#"
	namespaceWebFinger = "https://purl.archive.org/socialweb/webfinger#"
	namespaceSchema    = "http://schema.org#"
	namespaceOStatus   = "http://ostatus.org#"
)

// ContextAS is the ActivityStreams context.
const ContextAS = "https://www.w3.org/ns/activitystreams"

// namespaceOf has the prefixes that contexts in use define, each with all the
// namespaces that it is seen for, the usual one first.
var namespaceOf = map[string][]string{
	"as":       {NamespaceAS},
	"sec":      {NamespaceSecurity},
	"security": {NamespaceSecurity},
	"toot":     {NamespaceToot},
	"ldp":      {NamespaceLDP},
	"fep7628":  {NamespaceFEP7628},
	"fep":      {namespaceFEP},
	"bl":       {namespaceBlocked},
	"pdg":      {namespacePending},
	"wf":       {namespaceWebFinger},
	"schema":   {namespaceSchema, "http://schema.org/", "https://schema.org/", "https://schema.org#"},
	"ostatus":  {namespaceOStatus},
}

// prefixes has the prefixes in a fixed order, of two for one namespace the one
// that godwit writes first.
var prefixes = [...]string{"as", "sec", "security", "toot", "ldp", "fep7628", "fep", "bl", "pdg", "wf", "schema", "ostatus"}

// A meaning tells what a compact name stands for: the IRI that godwit writes,
// then all others that it reads.
type meaning struct {
	iris   []string
	ref    bool // its strings are IRIs
	core   bool // the ActivityStreams context defines it
	inList bool // it is written as a list
}

func (m meaning) has(iri string) bool {
	for _, known := range m.iris {
		if known == iri {
			return true
		}
	}
	return false
}

var (
	propertyMeanings = buildPropertyMeanings()
	typeMeanings     = buildTypeMeanings()
	spellings        = buildSpellings()
	propertyOf       = reversed[Property](propertyMeanings)
	typeOf           = buildTypeOf()
)

func buildPropertyMeanings() map[string]meaning {
	table := map[string]meaning{
		"id":   {iris: []string{"@id"}, ref: true, core: true},
		"type": {iris: []string{"@type"}, core: true},
	}
	coreProperties(table)
	extensionProperties(table)
	return table
}

// define adds names whose IRIs are in any of the namespaces.
func define(table map[string]meaning, like meaning, namespaces []string, names ...Property) {
	for _, name := range names {
		m := like
		for _, namespace := range namespaces {
			m.iris = append(m.iris, namespace+string(name))
		}
		table[string(name)] = m
	}
}

func coreProperties(table map[string]meaning) {
	as := []string{NamespaceAS}
	define(table, meaning{core: true, ref: true}, as, Actor, ObjectProperty, Target, Origin, Result, To, CC, Bto, Bcc, Audience,
		AttributedTo, InReplyTo, Attachment, Tag, Icon, Image, URL, Href, Generator, Outbox, Followers, Following, Liked,
		Likes, Shares, Replies, Streams, Endpoints, SharedInbox, Items, First, Last, Next, Prev, PartOf, FormerType)
	define(table, meaning{core: true}, as, Published, Updated, Deleted, Name, Summary, Content, Source, Rel, MediaType, Username, TotalItems)
	define(table, meaning{core: true, ref: true}, []string{NamespaceLDP, NamespaceAS}, Inbox)
	define(table, meaning{core: true, ref: true}, []string{NamespaceAS, namespaceFEP}, Subject)
	table[string(OrderedItems)] = meaning{
		iris: []string{NamespaceAS + "orderedItems", NamespaceAS + "items"}, ref: true, core: true, inList: true,
	}
}

func extensionProperties(table map[string]meaning) {
	as, toot, sec := []string{NamespaceAS}, []string{NamespaceToot}, []string{NamespaceSecurity}
	define(table, meaning{}, as, ManualApprove, Sensitive)
	define(table, meaning{ref: true}, as, AlsoKnownAs) // came late to the ActivityStreams context; copies held by peers lack it
	define(table, meaning{ref: true}, []string{NamespaceAS, NamespaceFEP7628}, MovedTo)
	define(table, meaning{ref: true}, []string{NamespaceFEP7628, NamespaceAS}, CopiedTo)
	define(table, meaning{ref: true}, toot, Featured, FeaturedTags, AttributionDomains)
	define(table, meaning{}, toot, Suspended, Discoverable, Indexable, Memorial)
	define(table, meaning{ref: true}, sec, PublicKey, Owner, AssertionMethod, VerificationMethod, Controller, Proof)
	define(table, meaning{}, sec, PublicKeyPem, PublicKeyMultibase, Signature)
	table[string(Expires)] = meaning{iris: []string{NamespaceSecurity + "expiration", NamespaceSecurity + "expires"}}
	define(table, meaning{}, []string{namespaceWebFinger}, WebFinger)
	define(table, meaning{ref: true, inList: true}, []string{"https://w3id.org/fep/ef61/"}, Gateways)
	define(table, meaning{}, namespaceOf["schema"], FieldValue)
	define(table, meaning{}, []string{namespaceOStatus}, AtomURI, InReplyToAtomURI, Conversation)
	define(table, meaning{ref: true}, []string{namespaceBlocked}, Blocked, Blocks)
	define(table, meaning{ref: true}, []string{namespacePending}, PendingFollowers, PendingFollowing)
	define(table, meaning{ref: true}, []string{namespaceFEP5711},
		LikesOf, SharesOf, RepliesOf, InboxOf, OutboxOf, FollowersOf, FollowingOf, LikedOf)
	fep1580 := []string{namespaceFEP1580, "https://w3id.org/fep/1580/"}
	define(table, meaning{ref: true}, fep1580, Migration, Moves, Actors, MigratedFrom)
	define(table, meaning{}, fep1580, MigrationComplete, MigratedAt)
}

func buildTypeMeanings() map[string]meaning {
	table := map[string]meaning{
		TypeCryptographicKey:  {iris: []string{NamespaceSecurity + "Key", NamespaceSecurity + "CryptographicKey"}},
		TypeIdentityStatement: {iris: []string{"https://w3id.org/fep/c390/VerifiableIdentityStatement"}},
	}
	define(table, meaning{core: true}, []string{NamespaceAS}, TypePerson, TypeService, TypeApplication, TypeGroup,
		TypeOrganization, TypeTombstone, TypeMove, TypeUpdate, TypeCreate, TypeDelete, TypeFollow, TypeUndo, TypeAccept,
		TypeReject, TypeTentativeAccept, TypeTentativeReject, TypeAdd, TypeRemove, TypeAnnounce, TypeLike, TypeBlock,
		TypeFlag, TypeOffer, TypeCollection, TypeOrderedCollection, TypeCollectionPage, TypeOrderedCollectionPage,
		TypeNote, TypeArticle, TypeQuestion, TypeDocument, TypeImage, TypeVideo, TypeAudio, TypePage, TypeEvent,
		TypeLink, TypeMention)
	define(table, meaning{}, []string{NamespaceAS}, TypeHashtag)
	define(table, meaning{}, []string{NamespaceToot}, TypeEmoji)
	define(table, meaning{}, namespaceOf["schema"], TypePropertyValue)
	define(table, meaning{}, []string{NamespaceSecurity}, TypeMultikey, TypeDataIntegrityProof)
	return table
}

// buildSpellings lists, for a compact name, every other name it is written
// under. "@context" has one name only.
func buildSpellings() map[Property][]string {
	table := map[Property][]string{}
	for name, m := range propertyMeanings {
		table[Property(name)] = otherNames(m)
	}
	// as:items is the IRI of both, but orderedItems means the other name.
	table[OrderedItems] = []string{NamespaceAS + "orderedItems", "as:orderedItems"}
	return table
}

func otherNames(m meaning) []string {
	var names []string
	for _, iri := range m.iris {
		names = append(names, iri)
		for _, prefix := range prefixes {
			if local, found := cutPrefix(iri, namespaceOf[prefix][0]); found {
				names = append(names, prefix+":"+local)
			}
		}
	}
	return names
}

func reversed[T ~string](table map[string]meaning) map[string]T {
	names := map[string]T{}
	for name, m := range table {
		for _, iri := range m.iris {
			if !m.inList || names[iri] == "" {
				names[iri] = T(name)
			}
		}
	}
	return names
}

func buildTypeOf() map[string]string {
	names := map[string]string{}
	for name, m := range typeMeanings {
		for _, spelling := range otherNames(m) {
			names[spelling] = name
		}
	}
	return names
}

func cutPrefix(s, prefix string) (string, bool) {
	if len(s) > len(prefix) && s[:len(prefix)] == prefix {
		return s[len(prefix):], true
	}
	return s, false
}
