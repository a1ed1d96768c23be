package vocab_test

import (
	"fmt"

	"codeberg.org/godwit/godwit/vocab"
)

// An edit leaves every other byte as it was, the odd spaces too.
func ExampleObject_With() {
	o, err := vocab.Parse([]byte(`{ "id": "https://old.example/alice",  "as:movedTo": null, "n": 1.0 }`))
	if err != nil {
		fmt.Println(err)
		return
	}
	moved, err := o.With(vocab.MovedTo, "https://new.example/alice")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(moved)
	// Output: { "id": "https://old.example/alice",  "as:movedTo": "https://new.example/alice", "n": 1.0 }
}

// All shapes and spellings of a property are read together.
func ExampleObject_IRIs() {
	o, err := vocab.Parse([]byte(`{
		"alsoKnownAs": "https://a.example/alice",
		"https://www.w3.org/ns/activitystreams#alsoKnownAs": [{"id": "https://b.example/alice"}]
	}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(o.IRIs(vocab.AlsoKnownAs))
	// Output: [https://a.example/alice https://b.example/alice]
}

// A document to send says itself what its names mean.
func ExampleContextFor() {
	o, err := vocab.Build(
		vocab.Member{Name: vocab.ID, Value: "https://old.example/alice"},
		vocab.Member{Name: vocab.Type, Value: vocab.TypePerson},
		vocab.Member{Name: vocab.MovedTo, Value: "https://new.example/alice"},
	)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(vocab.ContextFor(o, nil))
	// Output: ["https://www.w3.org/ns/activitystreams",{"movedTo":{"@id":"as:movedTo","@type":"@id"}}]
}
