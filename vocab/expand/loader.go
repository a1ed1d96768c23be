package expand

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/piprate/json-gold/ld"

	"codeberg.org/godwit/godwit/internal/jsonld"
	"codeberg.org/godwit/godwit/vocab"
)

// A loader puts known contexts in the place of their URLs. It also is the
// processor's DocumentLoader, for URLs that only the processor comes to see.
type loader struct {
	unknown []string
	entries int
}

var _ ld.DocumentLoader = (*loader)(nil)

// LoadDocument answers from the tables; what is not there is empty.
func (l *loader) LoadDocument(url string) (*ld.RemoteDocument, error) {
	known, err := l.named(url)
	if err != nil {
		return nil, err
	}
	var context any = known
	if len(known) == 1 {
		context = known[0] // "@import" takes no list
	}
	return &ld.RemoteDocument{DocumentURL: url, Document: map[string]any{"@context": context}}, nil
}

// resolve returns the value of an "@context" as a list without URLs. The
// processor would take a URL that stands there twice for a circle.
func (l *loader) resolve(context vocab.Value) ([]any, error) {
	list := []any{}
	if context.Kind() == vocab.Null {
		return append(list, nil), nil
	}
	for v := range all(context) {
		switch v.Kind() {
		case vocab.Null:
			list = append(list, nil)
		case vocab.String:
			url, _ := v.Text()
			named, err := l.named(url)
			if err != nil {
				return nil, err
			}
			list = append(list, named...)
		case vocab.Record:
			o, _ := v.Object()
			local, err := l.inline(o)
			if err != nil {
				return nil, err
			}
			list = append(list, local)
		default:
			return nil, fmt.Errorf("%w: %w", ErrContext, errNotAContext)
		}
	}
	return list, nil
}

// all yields the elements of an array or the value itself, null included.
func all(v vocab.Value) func(func(vocab.Value) bool) {
	if v.Kind() == vocab.Array {
		return v.Elements()
	}
	return func(yield func(vocab.Value) bool) { yield(v) }
}

// named returns the context behind a URL, and before it what it builds on.
func (l *loader) named(url string) ([]any, error) {
	if l.entries++; l.entries > maxEntries {
		return nil, ErrTooMany
	}
	known, found := jsonld.Lookup(url)
	if !found {
		if !slices.Contains(l.unknown, url) {
			l.unknown = append(l.unknown, url)
		}
		return []any{map[string]any{}}, nil
	}
	var list []any
	for _, before := range known.Before {
		more, err := l.named(before)
		if err != nil {
			return nil, err
		}
		list = append(list, more...)
	}
	return append(list, known.Local()), nil
}

// inline returns definitions as the processor takes them, with the contexts
// inside them resolved.
func (l *loader) inline(o *vocab.Object) (map[string]any, error) {
	local := make(map[string]any, o.Len())
	for name, v := range o.Members() {
		if name == "" {
			return nil, fmt.Errorf("%w: a term without a name", ErrContext)
		}
		definition, isObject := v.Object()
		if !isObject {
			local[name] = decoded(v)
			continue
		}
		def := make(map[string]any, definition.Len())
		for key, inner := range definition.Members() {
			if key != string(vocab.Context) {
				def[key] = decoded(inner)
				continue
			}
			context, err := l.resolve(inner)
			if err != nil {
				return nil, err
			}
			def[key] = context
		}
		local[name] = def
	}
	return local, nil
}

// decoded returns a part of a context as encoding/json would. The only number
// that a context may hold is its version.
func decoded(v vocab.Value) any {
	var out any
	if err := json.Unmarshal(v.Raw(), &out); err != nil {
		return nil
	}
	return out
}
