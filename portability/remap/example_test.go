package remap_test

import (
	"fmt"

	"codeberg.org/godwit/godwit/portability/remap"
	"codeberg.org/godwit/godwit/vocab"
)

// A post answers another of the same person. Both have moved.
func ExampleObject() {
	post, err := vocab.Parse([]byte(`{
  "id": "https://old.example/users/alice/2",
  "inReplyTo": "https://old.example/users/alice/1",
  "to": ["https://old.example/users/alice/followers"],
  "content": "<p>As I said in <a href=\"https://old.example/users/alice/1\">https://old.example/users/alice/1</a></p>"
}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("asked for:", len(remap.References(post)))
	known := map[vocab.IRI]remap.Place{
		"https://old.example/users/alice/1": {ID: "https://new.example/o/7", URL: "https://new.example/@alice/7"},
		"https://old.example/users/alice/2": {ID: "https://new.example/o/8", URL: "https://new.example/@alice/8"},
	}
	moved, err := remap.Object(post, func(old vocab.IRI) (remap.Place, bool) {
		place, found := known[old]
		return place, found
	}, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(moved)
	// Output:
	// asked for: 2
	// {
	//   "id": "https://new.example/o/8",
	//   "inReplyTo": "https://new.example/o/7",
	//   "to": ["https://old.example/users/alice/followers"],
	//   "content": "<p>As I said in <a href=\"https://new.example/@alice/7\">https://old.example/users/alice/1</a></p>"
	// }
}
