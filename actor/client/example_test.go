package client_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/actor/client"
	"codeberg.org/godwit/godwit/vocab"
)

// An inbox that takes only what its sender signed, once.
func ExampleClient_Verify() {
	receive := func(c *client.Client) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<20))
			if err != nil {
				http.Error(w, "too large", http.StatusRequestEntityTooLarge)
				return
			}
			sender, err := c.Verify(r.Context(), r, body)
			if err != nil {
				w.WriteHeader(client.Status(err))
				return
			}
			activity, err := vocab.Parse(body)
			if err != nil || activity.IRI(vocab.Actor) != sender.Owner {
				http.Error(w, "not the sender's activity", http.StatusBadRequest)
				return
			}
			w.WriteHeader(http.StatusAccepted)
			if !c.Seen(activity.ID(), body) {
				fmt.Println("a", activity.Type(), "signed by its actor")
			}
		}
	}

	// Two servers on loopback, which the guard must be told of by name.
	var published string
	old := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/activity+json")
		io.WriteString(w, published)
	}))
	defer old.Close()
	options := &client.Options{Trusted: []string{strings.TrimPrefix(old.URL, "http://")}}
	inbox := httptest.NewServer(receive(client.New(options)))
	defer inbox.Close()

	alice := vocab.IRI(old.URL + "/alice")
	key, err := actor.GenerateEd25519(alice)
	if err != nil {
		panic(err)
	}
	published = fmt.Sprintf(`{"id":%q,"type":"Person","assertionMethod":{"id":%q,"type":"Multikey","controller":%q,"publicKeyMultibase":%q}}`,
		alice, key.ID, alice, key.Public().Encode())
	signer, err := client.NewSigner(key)
	if err != nil {
		panic(err)
	}
	like, err := vocab.Parse(fmt.Appendf(nil, `{"id":"%s/likes/1","type":"Like","actor":%q}`, alice, alice))
	if err != nil {
		panic(err)
	}
	sender := client.New(&client.Options{Signer: signer, Trusted: []string{strings.TrimPrefix(inbox.URL, "http://")}})
	for range 2 {
		status, err := sender.Deliver(context.Background(), alice, vocab.IRI(inbox.URL), like)
		fmt.Println(status, err)
	}
	// Output:
	// a Like signed by its actor
	// 202 <nil>
	// 202 <nil>
}

// A refusal of the network, of the origin, and of the guard are told apart.
func ExampleClient_Fetch() {
	c := client.New(nil)
	_, err := c.Fetch(context.Background(), "http://127.0.0.1:8080/users/alice")
	fmt.Println(err)
	// Output:
	// fetch from http://127.0.0.1:8080: the address is not on the public network
}
