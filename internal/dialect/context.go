package dialect

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"

	"codeberg.org/godwit/godwit/internal/jsonitems"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

// ContextOfObjects is the JSON-LD context of collections of objects in archives of
// the own layout. It defines all that Mastodon defines at the head of an outbox, in
// any version, so that what inherited its words from there means the same under it.
const ContextOfObjects = `["https://www.w3.org/ns/activitystreams","https://w3id.org/security/v1",{` +
	`"toot":"http://joinmastodon.org/ns#","ostatus":"http://ostatus.org#","schema":"http://schema.org#",` +
	`"sensitive":"as:sensitive","Hashtag":"as:Hashtag","manuallyApprovesFollowers":"as:manuallyApprovesFollowers",` +
	`"movedTo":{"@id":"as:movedTo","@type":"@id"},"alsoKnownAs":{"@id":"as:alsoKnownAs","@type":"@id"},` +
	`"atomUri":"ostatus:atomUri","inReplyToAtomUri":"ostatus:inReplyToAtomUri","conversation":"ostatus:conversation",` +
	`"Emoji":"toot:Emoji","blurhash":"toot:blurhash","votersCount":"toot:votersCount",` +
	`"focalPoint":{"@id":"toot:focalPoint","@container":"@list"},` +
	`"featured":{"@id":"toot:featured","@type":"@id"},"featuredTags":{"@id":"toot:featuredTags","@type":"@id"},` +
	`"discoverable":"toot:discoverable","indexable":"toot:indexable","memorial":"toot:memorial","suspended":"toot:suspended",` +
	`"attributionDomains":{"@id":"toot:attributionDomains","@type":"@id"},` +
	`"PropertyValue":"schema:PropertyValue","value":"schema:value",` +
	`"Device":"toot:Device","Ed25519Signature":"toot:Ed25519Signature","Ed25519Key":"toot:Ed25519Key",` +
	`"Curve25519Key":"toot:Curve25519Key","EncryptedMessage":"toot:EncryptedMessage","publicKeyBase64":"toot:publicKeyBase64",` +
	`"deviceId":"toot:deviceId","claim":{"@id":"toot:claim","@type":"@id"},"fingerprintKey":{"@id":"toot:fingerprintKey","@type":"@id"},` +
	`"identityKey":{"@id":"toot:identityKey","@type":"@id"},"devices":{"@id":"toot:devices","@type":"@id"},` +
	`"messageFranking":"toot:messageFranking","messageType":"toot:messageType","cipherText":"toot:cipherText",` +
	`"litepub":"http://litepub.social/ns#","directMessage":"litepub:directMessage",` +
	`"quote":{"@id":"https://w3id.org/fep/044f#quote","@type":"@id"},"quoteUri":"http://fedibird.com/ns#quoteUri",` +
	`"_misskey_quote":"https://misskey-hub.net/ns#_misskey_quote",` +
	`"quoteAuthorization":{"@id":"https://w3id.org/fep/044f#quoteAuthorization","@type":"@id"},` +
	`"gts":"https://gotosocial.org/ns#","interactionPolicy":{"@id":"gts:interactionPolicy","@type":"@id"},` +
	`"canQuote":{"@id":"gts:canQuote","@type":"@id"},"automaticApproval":{"@id":"gts:automaticApproval","@type":"@id"},` +
	`"manualApproval":{"@id":"gts:manualApproval","@type":"@id"},` +
	`"godwit":"https://codeberg.org/godwit/ns#"}]`

var contextOfObjects = func() *vocab.Object {
	o, err := vocab.Parse([]byte(`{"@context":` + ContextOfObjects + `}`))
	if err != nil {
		panic(err) // it is a constant
	}
	return o
}()

// headPart keeps, byte for byte, what the head of a collection says of itself and
// nothing else tells: a context that defines other words than [ContextOfObjects]
// does, or others in their place, and members that nobody knows. Only what stands
// before the first element is looked at.
func (c collection) headPart() Part {
	return Part{Kind: portability.Unknown, Name: c.entry + "#head", Said: -1, Each: func(ctx context.Context) iter.Seq2[portability.Item, error] {
		return func(yield func(portability.Item, error) bool) {
			for e, err := range c.view.Elements(ctx, c.entry, nil) {
				switch {
				case err != nil:
					yield(portability.Item{}, err)
					return
				case e.Data == nil, e.Member != "" && isTold(e):
				case e.Member == "": // the first element
					return
				case !yield(c.member(e), nil):
					return
				}
			}
		}
	}}
}

func (c collection) member(e jsonitems.Element) portability.Item {
	return portability.Item{
		Ref: portability.Ref{Kind: portability.Unknown, ID: fmt.Sprintf("%s#%s", c.where(e), e.Member)},
		Raw: e.Data,
	}
}

// isTold reports whether a member of a collection says nothing that would be lost
// with it.
func isTold(e jsonitems.Element) bool {
	switch vocab.Property(e.Member) {
	case vocab.ID, vocab.Type, vocab.TotalItems:
		return true
	case vocab.Context:
		o, err := vocab.ParseWith(slices.Concat([]byte(`{"@context":`), e.Data, []byte(`}`)), &vocab.Limits{AllowDuplicateNames: true})
		return err == nil && definesNoMore(o)
	}
	return false
}

// definesNoMore reports whether all that a document's context defines is defined
// likewise in ContextOfObjects. It compares texts, and expands nothing.
func definesNoMore(o *vocab.Object) bool {
	for v := range o.All(vocab.Context) {
		name, isName := v.Text()
		terms, isMap := v.Object()
		switch {
		case isName && isKnownContext(name):
		case !isMap:
			return false
		default:
			for term, meaning := range terms.Members() {
				if !sameMeaning(knownTerms().Get(vocab.Property(term)), meaning) {
					return false
				}
			}
		}
	}
	return true
}

func isKnownContext(name string) bool {
	for v := range contextOfObjects.All(vocab.Context) {
		if known, ok := v.Text(); ok && strings.TrimSuffix(name, "#") == known {
			return true
		}
	}
	return false
}

func knownTerms() *vocab.Object {
	for v := range contextOfObjects.All(vocab.Context) {
		if terms, ok := v.Object(); ok {
			return terms
		}
	}
	return nil
}

// sameMeaning compares two definitions of a term: texts, or objects of texts in any
// order.
func sameMeaning(a, b vocab.Value) bool {
	one, isText := a.Text()
	if two, ok := b.Text(); isText || ok {
		return isText && ok && one == two
	}
	x, okX := a.Object()
	y, okY := b.Object()
	if !okX || !okY || x.Len() != y.Len() {
		return false
	}
	for name, value := range x.Members() {
		one, okOne := value.Text()
		two, okTwo := y.Get(vocab.Property(name)).Text()
		if !okOne || !okTwo || one != two {
			return false
		}
	}
	return true
}
