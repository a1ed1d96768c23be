package webfinger_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"

	"codeberg.org/godwit/godwit/webfinger"
)

func ExampleLookup() {
	// A server uses the guarded client of package actor/client here.
	client := fediverse()
	account, err := webfinger.Lookup(context.Background(), client, "@me@alice.example", nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(account.Handle)
	fmt.Println(account.Actors[0])
	// Output:
	// @alice@social.example
	// https://social.example/users/alice
}

// The owner of a domain gives every name on it to an account elsewhere.
func ExampleDomains() {
	mux := http.NewServeMux()
	mux.Handle("/.well-known/", &webfinger.Handler{Finder: webfinger.Domains{
		"alice.example": {"*": {
			Actor:  "https://social.example/users/alice",
			Handle: webfinger.Handle{User: "alice", Host: "social.example"},
		}},
	}})
	answer := httptest.NewRecorder()
	mux.ServeHTTP(answer, httptest.NewRequest("GET", "https://alice.example/.well-known/webfinger?resource=acct:me@alice.example", nil))
	fmt.Println(answer.Body)
	// Output:
	// {"subject":"acct:alice@social.example","aliases":["https://social.example/users/alice"],"links":[{"rel":"self","type":"application/activity+json","href":"https://social.example/users/alice"}]}
}
