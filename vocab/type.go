package vocab

import (
	"bytes"
	"slices"
	"strings"
)

// Names of types, as [Object.Types] returns them.
const (
	TypePerson       = "Person"
	TypeService      = "Service"
	TypeApplication  = "Application"
	TypeGroup        = "Group"
	TypeOrganization = "Organization"
	TypeTombstone    = "Tombstone"

	TypeMove            = "Move"
	TypeUpdate          = "Update"
	TypeCreate          = "Create"
	TypeDelete          = "Delete"
	TypeFollow          = "Follow"
	TypeUndo            = "Undo"
	TypeAccept          = "Accept"
	TypeReject          = "Reject"
	TypeTentativeAccept = "TentativeAccept"
	TypeTentativeReject = "TentativeReject"
	TypeAdd             = "Add"
	TypeRemove          = "Remove"
	TypeAnnounce        = "Announce"
	TypeLike            = "Like"
	TypeBlock           = "Block"
	TypeFlag            = "Flag"
	TypeOffer           = "Offer"

	TypeCollection            = "Collection"
	TypeOrderedCollection     = "OrderedCollection"
	TypeCollectionPage        = "CollectionPage"
	TypeOrderedCollectionPage = "OrderedCollectionPage"

	TypeNote     = "Note"
	TypeArticle  = "Article"
	TypeQuestion = "Question"
	TypeDocument = "Document"
	TypeImage    = "Image"
	TypeVideo    = "Video"
	TypeAudio    = "Audio"
	TypePage     = "Page"
	TypeEvent    = "Event"
	TypeLink     = "Link"
	TypeMention  = "Mention"
	TypeHashtag  = "Hashtag"
	TypeEmoji    = "Emoji"

	TypePropertyValue      = "PropertyValue"
	TypeCryptographicKey   = "CryptographicKey"
	TypeMultikey           = "Multikey"
	TypeDataIntegrityProof = "DataIntegrityProof"
	TypeIdentityStatement  = "VerifiableIdentityStatement"
)

// ActorTypes returns the types of actors after ActivityStreams §3.
func ActorTypes() []string {
	return []string{TypePerson, TypeService, TypeApplication, TypeGroup, TypeOrganization}
}

// IsActor reports whether o has one of the [ActorTypes]. Software with types
// of its own is told by the inbox and outbox instead (FEP-2277).
func (o *Object) IsActor() bool {
	return o.Is(TypePerson, TypeService, TypeApplication, TypeGroup, TypeOrganization)
}

// isType reports whether v names one of the types.
func (v Value) isType(types []string) bool {
	if v.Kind() != String {
		return false
	}
	if inner := v.raw[1 : len(v.raw)-1]; bytes.IndexByte(inner, ':') < 0 && !hasEscape(inner) {
		return slices.ContainsFunc(types, func(want string) bool { return want == string(inner) })
	}
	return slices.Contains(types, CompactType(unquote(v.raw)))
}

// IsCollection reports whether o is a collection or a page of one.
func (o *Object) IsCollection() bool {
	return o.Is(TypeCollection, TypeOrderedCollection, TypeCollectionPage, TypeOrderedCollectionPage)
}

// TypeIRI returns the full IRI of a type that is named here, and "" for any
// other.
func TypeIRI(name string) string {
	if m, found := typeMeanings[name]; found {
		return m.iris[0]
	}
	return ""
}

// TypeFor returns the name of the type that stands for a full IRI.
func TypeFor(iri string) (string, bool) {
	name, found := typeOf[iri]
	return name, found && typeMeanings[name].has(iri)
}

// CompactType returns the name that [Object.Types] has for a type written as a
// full IRI or with a known prefix; any other is returned as it is.
func CompactType(name string) string {
	if strings.IndexByte(name, ':') < 0 {
		return name
	}
	if compact, found := typeOf[name]; found {
		return compact
	}
	for _, prefix := range [...]string{NamespaceAS, "as:", NamespaceSecurity, "sec:", "security:"} {
		if rest, found := strings.CutPrefix(name, prefix); found && rest != "" {
			return rest
		}
	}
	return name
}
