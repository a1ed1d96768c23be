package gofed

import (
	"math"
	"strings"

	"codeberg.org/godwit/godwit/vocab"
)

const maxFloat = math.MaxFloat64

// prefixes stand before names that go-fed knows without them.
var prefixes = []string{
	"as:", vocab.NamespaceAS, "http://www.w3.org/ns/activitystreams#",
	"toot:", vocab.NamespaceToot,
	"sec:", "security:", vocab.NamespaceSecurity,
	"ldp:", vocab.NamespaceLDP,
	"fep7628:", "https://w3id.org/fep/7628#",
}

// shortName returns the name under which go-fed, or the maps of properties
// that it does not know, has a member or a type.
func shortName(name string) string {
	switch name {
	case "@id", "@type":
		return name[1:]
	}
	for _, prefix := range prefixes {
		if rest, found := strings.CutPrefix(name, prefix); found && rest != "" && rest[0] != '@' {
			return rest
		}
	}
	return name
}

// shortTypes does the same for the value of "type".
func shortTypes(value any) any {
	switch v := value.(type) {
	case string:
		return shortName(v)
	case []any:
		for i := range v {
			if text, ok := v[i].(string); ok {
				v[i] = shortName(text)
			}
		}
	}
	return value
}

// plural holds the properties of ActivityStreams that may have several values,
// of which go-fed writes a single one without its array.
var plural = map[string]bool{
	"type": true, "actor": true, "object": true, "target": true, "origin": true, "result": true, "instrument": true,
	"to": true, "bto": true, "cc": true, "bcc": true, "audience": true,
	"attachment": true, "attributedTo": true, "context": true, "generator": true, "icon": true, "image": true,
	"inReplyTo": true, "location": true, "preview": true, "tag": true, "url": true, "rel": true,
	"items": true, "orderedItems": true, "anyOf": true, "oneOf": true, "closed": true, "formerType": true,
	"name": true, "summary": true, "content": true,
}
