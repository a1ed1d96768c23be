package gofed

import (
	"maps"
	"slices"

	"codeberg.org/godwit/godwit/vocab"
)

const contextSecurity = "https://w3id.org/security/v1"

// Names that servers write and that the context of ActivityStreams leaves
// undefined, by the prefix that their definitions need.
var (
	plainTerms = map[string]any{
		"alsoKnownAs":               reference("as:alsoKnownAs"),
		"movedTo":                   reference("as:movedTo"),
		"copiedTo":                  reference("as:copiedTo"),
		"manuallyApprovesFollowers": "as:manuallyApprovesFollowers",
		"sensitive":                 "as:sensitive",
		"Hashtag":                   "as:Hashtag",
	}
	tootTerms = map[string]any{
		"featured":           reference("toot:featured"),
		"discoverable":       "toot:discoverable",
		"votersCount":        "toot:votersCount",
		"blurhash":           "toot:blurhash",
		"signatureAlgorithm": "toot:signatureAlgorithm",
		"signatureValue":     "toot:signatureValue",
		"Emoji":              "toot:Emoji",
		"IdentityProof":      "toot:IdentityProof",
	}
)

// securityTerms are defined by the context of the security vocabulary.
var securityTerms = []string{"publicKey", "publicKeyPem", "owner"}

func reference(id string) map[string]any { return map[string]any{"@id": id, "@type": "@id"} }

// namesIn collects the names of members and types at every depth.
func namesIn(value any) map[string]bool {
	names := map[string]bool{}
	var walk func(any)
	walk = func(value any) {
		switch v := value.(type) {
		case []any:
			for _, element := range v {
				walk(element)
			}
		case map[string]any:
			for key, inner := range v {
				names[key] = true
				walk(inner)
			}
			types, ok := v["type"].([]any)
			if !ok {
				types = []any{v["type"]}
			}
			for _, t := range types {
				if text, ok := t.(string); ok {
					names[text] = true
				}
			}
		}
	}
	walk(value)
	return names
}

// definitions returns what @context must hold for the names, beside
// ActivityStreams.
func definitions(names map[string]bool) []any {
	var list []any
	if slices.ContainsFunc(securityTerms, func(name string) bool { return names[name] }) {
		list = append(list, contextSecurity)
	}
	inline := map[string]any{}
	for name := range names {
		if definition, found := plainTerms[name]; found {
			inline[name] = definition
		}
		if definition, found := tootTerms[name]; found {
			inline[name], inline["toot"] = definition, vocab.NamespaceToot
		}
	}
	if len(inline) > 0 {
		list = append(list, inline)
	}
	return list
}

// define adds to the @context of a changed document what the change needs and
// the context does not have. A document without one stays without.
func define(raw []byte, before, after map[string]any) ([]byte, error) {
	c, err := open(raw)
	if err != nil {
		return nil, err
	}
	at := c.find("@context")
	if at < 0 {
		return raw, nil
	}
	names, old := namesIn(after), namesIn(before)
	maps.DeleteFunc(names, func(name string, _ bool) bool { return old[name] })
	if err := leaveDefined(names, c.valueOf(at)); err != nil {
		return nil, err
	}
	more := definitions(names)
	if len(more) == 0 {
		return raw, nil
	}
	extended, err := extend(c.valueOf(at), more)
	if err != nil {
		return nil, err
	}
	c.set(at, extended)
	return c.bytes(), nil
}

// leaveDefined takes out of names those that a context defines.
func leaveDefined(names map[string]bool, context []byte) error {
	value, err := decode(context)
	if err != nil {
		return err
	}
	list, ok := value.([]any)
	if !ok {
		list = []any{value}
	}
	for _, element := range list {
		if element == any(contextSecurity) {
			maps.DeleteFunc(names, func(name string, _ bool) bool { return slices.Contains(securityTerms, name) })
		}
		inline, _ := element.(map[string]any)
		for name := range inline {
			delete(names, name)
		}
	}
	return nil
}

// extend appends to a context.
func extend(context []byte, more []any) ([]byte, error) {
	if context[0] != '[' {
		context = slices.Concat([]byte("["), context, []byte("]"))
	}
	c, err := open(context)
	if err != nil {
		return nil, err
	}
	written := make([][]byte, len(more))
	for i := range more {
		if written[i], err = encode(more[i]); err != nil {
			return nil, err
		}
	}
	c.added = written
	return c.bytes(), nil
}
