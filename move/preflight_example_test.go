package move_test

import (
	"context"
	"fmt"

	"codeberg.org/godwit/godwit/move"
	"codeberg.org/godwit/godwit/vocab"
)

// What a person is shown before they confirm: who would ignore the move, what
// to do about it, and how many of their followers that concerns.
func ExamplePreflight() {
	servers := documents{
		"https://old.example/users/al": person("https://old.example/users/al"),
		// A single alias outside an array, as some servers write it.
		"https://new.example/users/al": person("https://new.example/users/al", `"alsoKnownAs":"https://old.example/users/al"`),
	}
	forecast, err := move.Preflight(context.Background(), servers, "https://old.example/users/al", "https://new.example/users/al", &move.PreflightOptions{
		// Mostly a call of webfinger.Lookup.
		Resolve: func(_ context.Context, handle string) (vocab.IRI, error) { return "https://new.example/users/al", nil },
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, o := range forecast.Outlooks {
		for _, failing := range o.Failing {
			fmt.Printf("%s: %s: %s\n", o.Family, o.Prediction, failing.Remedy)
		}
	}
	reach := forecast.Reach(map[string]int{"mastodon": 120, "snac": 4, "bookwyrm": 2, "lemmy": 1})
	fmt.Printf("%d move, %d are told, %d are not reached, %d unknown\n", reach.Moved, reach.Told, reach.Missed, reach.Unknown)
	// Output:
	// snac: ignored: write alsoKnownAs of https://new.example/users/al as an array, even of one; adding any second alias does it
	// 120 move, 2 are told, 4 are not reached, 1 unknown
}
