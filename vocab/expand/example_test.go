package expand_test

import (
	"fmt"

	"codeberg.org/godwit/godwit/vocab"
	"codeberg.org/godwit/godwit/vocab/expand"
)

// A reader of documents from strangers looks at the context first.
func ExampleNormalize() {
	o, err := vocab.Parse([]byte(`{
		"@context": ["https://www.w3.org/ns/activitystreams", {"now": {"@id": "as:movedTo", "@type": "@id"}}],
		"now": "https://new.example/alice"
	}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	if o.ContextKind() == vocab.ContextOdd {
		if o, err = expand.Normalize(o); err != nil {
			fmt.Println(err)
			return
		}
	}
	fmt.Println(o.IRI(vocab.MovedTo))
	// Output: https://new.example/alice
}
