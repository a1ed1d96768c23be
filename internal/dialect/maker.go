package dialect

import (
	"errors"
	"reflect"
	"regexp"
	"time"

	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

// madeContext is the context of documents that are made here, written once.
var madeContext = writtenContext()

func writtenContext() vocab.Value {
	o, err := vocab.Build(vocab.Member{Name: vocab.Context, Value: []any{vocab.ContextAS, map[string]any{
		"toot":           vocab.NamespaceToot,
		"misskey":        "https://misskey-hub.net/ns#",
		"schema":         "http://schema.org#",
		"sensitive":      "as:sensitive",
		"Hashtag":        "as:Hashtag",
		"quoteUrl":       "as:quoteUrl",
		"Emoji":          "toot:Emoji",
		"blurhash":       "toot:blurhash",
		"votersCount":    "toot:votersCount",
		"discoverable":   "toot:discoverable",
		"_misskey_quote": "misskey:_misskey_quote",
		"PropertyValue":  "schema:PropertyValue",
		"value":          "schema:value",
		"focalPoint":     map[string]any{"@id": "toot:focalPoint", "@container": "@list"},

		"manuallyApprovesFollowers": "as:manuallyApprovesFollowers",
		"movedTo":                   map[string]any{"@id": "as:movedTo", "@type": "@id"},
		"alsoKnownAs":               map[string]any{"@id": "as:alsoKnownAs", "@type": "@id"},
	}}})
	if err != nil {
		panic(err) // it is a constant
	}
	return o.Get(vocab.Context)
}

// A maker collects the members of a document that is made of something else.
type maker struct{ members []vocab.Member }

// put adds a member, unless its value is empty: "", nil or a list of nothing.
func (m *maker) put(p vocab.Property, value any) {
	if value == nil {
		return
	}
	switch v := reflect.ValueOf(value); v.Kind() {
	case reflect.String, reflect.Slice, reflect.Map:
		if v.Len() == 0 {
			return
		}
	}
	m.members = append(m.members, vocab.Member{Name: p, Value: value})
}

// value adds a value as it stands, unless there is none.
func (m *maker) value(p vocab.Property, v vocab.Value) {
	if !v.IsZero() {
		m.members = append(m.members, vocab.Member{Name: p, Value: v})
	}
}

func (m *maker) build() (*vocab.Object, error) { return vocab.Build(m.members...) }

// finish makes the document of an item, with what it was made from in it. What
// cannot be made stays as it is.
func (m *maker) finish(item portability.Item, original *vocab.Object) portability.Item {
	// All in one go, unless the original names a member twice, as Build does not
	// allow.
	made, err := vocab.Build(append(m.members, vocab.Member{Name: OriginalMember, Value: original})...)
	if errors.Is(err, vocab.ErrDuplicateName) {
		if made, err = m.build(); err == nil {
			made, err = WithOriginal(made, original)
		}
	}
	if err != nil {
		item.Raw = original.Bytes()
		item.Problems = append(item.Problems, portability.Problem{Reason: portability.Unreadable, Fatal: true})
		return item
	}
	item.Object = made
	return item
}

// text is a member that is a string, as it stands; nothing if it is none.
func text(o *vocab.Object, p vocab.Property) vocab.Value { return only(o.Get(p), vocab.String) }

// boolean likewise.
func boolean(o *vocab.Object, p vocab.Property) vocab.Value { return only(o.Get(p), vocab.Bool) }

func only(v vocab.Value, kind vocab.Kind) vocab.Value {
	if v.Kind() != kind {
		return vocab.Value{}
	}
	return v
}

// number is an id in a server's database, which some clients wrote as a number.
func number(o *vocab.Object, p vocab.Property) string {
	v := o.Get(p)
	if digits, ok := v.Number(); ok {
		return digits
	}
	s, _ := v.Text()
	return s
}

// date is a member that is an xsd:dateTime, as it is written; "" if it is none.
func date(o *vocab.Object, p vocab.Property) string {
	if _, ok := o.Time(p); !ok {
		return ""
	}
	return o.Text(p)
}

// moment is a date for putting things in order; the zero time if there is none.
func moment(o *vocab.Object, p vocab.Property) time.Time {
	t, _ := o.Time(p)
	return t
}

var languageTag = regexp.MustCompile(`^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$`)

// languageMap is the content under its language, as Mastodon says it.
func languageMap(o *vocab.Object) any {
	content, language := text(o, "content"), o.Text("language")
	if content.IsZero() || !languageTag.MatchString(language) {
		return nil
	}
	return map[string]vocab.Value{language: content}
}
