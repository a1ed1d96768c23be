package gofed_test

import (
	"context"
	"fmt"

	asvocab "github.com/go-fed/activity/streams/vocab"

	"codeberg.org/godwit/godwit/vocab"
	"codeberg.org/godwit/godwit/vocab/gofed"
)

// A post is edited through go-fed's types; what go-fed does not keep stays.
func ExampleFromType() {
	ctx := context.Background()
	original, err := vocab.Parse([]byte(`{"@context":["https://www.w3.org/ns/activitystreams",{"toot":"http://joinmastodon.org/ns#","votersCount":"toot:votersCount"}],
 "id":"https://a.example/n/1","type":"Note","summary":null,"to":["https://b.example/"],"content":"Hi","contentMap":{"en":"Hi"},"votersCount":3}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	value, err := gofed.ToType(ctx, original)
	if err != nil {
		fmt.Println(err)
		return
	}
	value.(asvocab.ActivityStreamsNote).GetActivityStreamsContent().At(0).SetXMLSchemaString("Hello")
	edited, err := gofed.FromType(ctx, value, original)
	fmt.Println(edited, err)
	// Output:
	// {"@context":["https://www.w3.org/ns/activitystreams",{"toot":"http://joinmastodon.org/ns#","votersCount":"toot:votersCount"}],
	//  "id":"https://a.example/n/1","type":"Note","summary":null,"to":["https://b.example/"],"content":"Hello","contentMap":{"en":"Hello"},"votersCount":3} <nil>
}
