package dialect

import (
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

// OriginalMember holds, in a document that was made from something that is no
// ActivityStreams, what it was made from, value by value as it stood.
const OriginalMember = "https://codeberg.org/godwit/ns#original"

// WithOriginal puts what a document was made from into it, so that nothing is lost
// by making it.
func WithOriginal(made, original *vocab.Object) (*vocab.Object, error) {
	return made.With(OriginalMember, original)
}

// Unreadable is the item for an element that is no document: byte for byte, under
// where it stood.
func Unreadable(k portability.Kind, where string, data []byte, reason portability.Reason) portability.Item {
	return portability.Item{
		Ref:      portability.Ref{Kind: k, ID: where},
		Raw:      data,
		Problems: []portability.Problem{{Reason: reason, Detail: where}},
	}
}
