package backup

import (
	"bytes"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

// element returns an item as it stands in its collection.
func element(item portability.Item) ([]byte, error) {
	text := item.Object.Value().Raw()
	switch {
	case item.Kind == portability.Actor:
		return text, nil
	case item.Kind != portability.Content:
		return bare(item.Object, text), nil
	case item.Activity == nil:
		return wrapped(text), nil
	case sameObject(item.Activity.Child(vocab.ObjectProperty), item.Object):
		return item.Activity.Value().Raw(), nil
	}
	around, err := item.Activity.With(vocab.ObjectProperty, item.Object)
	if err != nil {
		return nil, err
	}
	return around.Value().Raw(), nil
}

// wrapped is content as its Create would bring it, were there one.
func wrapped(text []byte) []byte {
	around := make([]byte, 0, len(text)+32)
	around = append(around, `{"type":"Create","object":`...)
	return append(append(around, text...), '}')
}

// bare is the id alone, of a document that is nothing else.
func bare(o *vocab.Object, text []byte) []byte {
	if o.Len() != 1 {
		return text
	}
	for name, value := range o.Members() {
		if name == string(vocab.ID) && value.Kind() == vocab.String {
			return value.Raw()
		}
	}
	return text
}

// unbare reads an element back as the document that it was made of.
func unbare(k portability.Kind, text []byte) (*vocab.Object, error) {
	if len(text) > 0 && text[0] == '"' {
		text = append(append([]byte(`{"id":`), text...), '}')
	}
	o, err := vocab.ParseWith(text, &vocab.Limits{Bytes: mostElement + 64, Depth: 128, AllowDuplicateNames: true})
	if err != nil || k != portability.Content {
		return o, err
	}
	return o.Child(vocab.ObjectProperty), nil
}

func sameObject(a, b *vocab.Object) bool {
	if a == nil || b == nil {
		return a == b
	}
	if bytes.Equal(a.Value().Raw(), b.Value().Raw()) {
		return true
	}
	one, errOne := actor.Canonical(a.Bytes())
	two, errTwo := actor.Canonical(b.Bytes())
	return errOne == nil && errTwo == nil && bytes.Equal(one, two)
}

// published is when an item was, for the order of content and outbox.
func published(item portability.Item) int64 {
	for _, o := range []*vocab.Object{item.Activity, item.Object} {
		if o == nil {
			continue
		}
		if at := recordTime(o.Time(vocab.Published)); at != unknownTime {
			return at
		}
	}
	return unknownTime
}

// unknownLine is a line of objects/unknown.jsonl.
func unknownLine(item portability.Item) []byte {
	data := item.Raw
	if item.Object != nil {
		data = item.Object.Bytes()
	}
	line := append([]byte(`{"kind":`), quote(string(item.Kind))...)
	line = append(append(line, `,"id":`...), quote(item.ID)...)
	if utf8.Valid(data) {
		line = append(append(line, `,"text":`...), quote(string(data))...)
	} else {
		line = append(append(line, `,"base64":`...), quote(inBase64(data))...)
	}
	return append(line, "}\n"...)
}

// quote writes text as JSON, with no escapes but those that RFC 8259 wants.
// Invalid UTF-8 becomes U+FFFD.
func quote(text string) []byte {
	quoted, _ := jsontext.AppendQuote(nil, text)
	return quoted
}
