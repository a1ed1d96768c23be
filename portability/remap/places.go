package remap

import "codeberg.org/godwit/godwit/vocab"

// A role is what a member is to its object, and so what may stand in it.
type role uint8

const (
	unknown    role = iota // not looked at, but for hidden recipients
	untouched              // not looked at
	identity               // what the object is called
	reference              // names of things, and things themselves
	address                // where something is found: addresses, and Links
	attached               // address, of what may be a field of a profile
	field                  // the HTML of such a field
	target                 // the href of a Link: as the member that the Link stands in
	quoted                 // reference, that a stamp is given for
	stamp                  // of a quote (FEP-044f)
	collection             // of what others did with the object
	page                   // of such a collection
	hypertext              // HTML
	languages              // HTML by language
	proof                  // of the object as it stands
	hidden                 // recipients that are told to nobody
	wrapper                // what the member around it holds
)

// roles has the members in which something stands that this package knows, under
// every name in use for them.
var roles = buildRoles()

func buildRoles() map[string]role {
	table := map[string]role{}
	add := func(r role, names ...vocab.Property) {
		for _, name := range names {
			for _, spelling := range name.Spellings() {
				table[spelling] = r
			}
		}
	}
	add(identity, vocab.ID)
	add(reference, vocab.Actor, vocab.ObjectProperty, vocab.Target, vocab.Origin, vocab.Result, vocab.AttributedTo,
		vocab.InReplyTo, vocab.Tag, vocab.Items, vocab.OrderedItems, vocab.Subject,
		vocab.AtomURI, vocab.InReplyToAtomURI, vocab.Conversation)
	add(reference, vocab.Inbox, vocab.Outbox, vocab.Followers, vocab.Following, vocab.Liked, vocab.Streams,
		vocab.Featured, vocab.FeaturedTags, vocab.Endpoints, vocab.SharedInbox)
	add(address, vocab.URL, vocab.Icon, vocab.Image)
	add(attached, vocab.Attachment)
	add(field, vocab.FieldValue)
	add(target, vocab.Href)
	add(collection, vocab.Replies, vocab.Likes, vocab.Shares)
	add(page, vocab.First, vocab.Last, vocab.Next, vocab.Prev, vocab.PartOf)
	add(hypertext, vocab.Content, vocab.Summary)
	add(proof, vocab.Proof, vocab.Signature)
	add(hidden, vocab.Bto, vocab.Bcc)
	add(untouched, vocab.Context, vocab.To, vocab.CC, vocab.Audience)
	addUnlisted(table)
	return table
}

// addUnlisted adds members that package vocab has no names for.
func addUnlisted(table map[string]role) {
	add := func(r role, local string, prefixes ...string) {
		table[local] = r
		for _, prefix := range prefixes {
			table[prefix+local] = r
		}
	}
	for _, name := range []string{"context", "instrument", "preview", "describes", "oneOf", "anyOf"} {
		add(reference, name, "as:", vocab.NamespaceAS)
	}
	add(page, "current", "as:", vocab.NamespaceAS)
	add(languages, "contentMap", "as:", vocab.NamespaceAS)
	add(languages, "summaryMap", "as:", vocab.NamespaceAS)
	add(reference, "contextHistory", "https://w3id.org/fep/171b/")
	add(reference, "thread", "thr:", "https://purl.archive.org/socialweb/thread#")
	add(quoted, "quote", "fep044f:", "https://w3id.org/fep/044f#")
	add(stamp, "quoteAuthorization", "fep044f:", "https://w3id.org/fep/044f#")
	add(quoted, "quoteUrl", "as:", vocab.NamespaceAS)
	add(quoted, "quoteUri", "fedibird:", "http://fedibird.com/ns#")
	add(quoted, "_misskey_quote", "misskey:", "https://misskey-hub.net/ns#", "https://misskey-hub.net/ns/")
	// Of the kinds that ActivityStreams has no words for, see package portability's DESIGN.md.
	add(reference, "statuses", "godwit:", "https://codeberg.org/godwit/ns#")
	add(reference, "members", "godwit:", "https://codeberg.org/godwit/ns#")
	for _, keyword := range []string{"@set", "@list", "@graph", "@value"} {
		table[keyword] = wrapper
	}
}

// within returns what a member is to an object that stands where in says.
func within(in role, name []byte) role {
	r := roles[string(name)]
	switch {
	case in == unknown && r != hidden && r != untouched:
		return unknown
	case r == wrapper:
		return in
	case r == field && in == attached:
		return hypertext
	case r == field:
		return unknown
	case r == target && (in == address || in == attached):
		return address
	case r == target:
		return reference
	}
	return r
}
