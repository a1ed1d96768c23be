package move_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/actor/client"
	"codeberg.org/godwit/godwit/move"
	"codeberg.org/godwit/godwit/vocab"
)

// verifyMove tells whether the Move in a request is to be believed.
func verifyMove(ctx context.Context, c *client.Client, keys actor.KeyMemory, r *http.Request, body []byte) (*move.Move, error) {
	sender, err := c.Verify(ctx, r, body) // draft-cavage or RFC 9421
	if err != nil {
		return nil, err
	}
	activity, err := vocab.Parse(body)
	if err != nil {
		return nil, err
	}
	// Both accounts are read now, each at its own server.
	return move.Verify(ctx, c, move.Delivery{
		Activity:  activity,
		Signature: sender.Signature(),
	}, &move.Rules{Keys: keys})
}

// An inbox handler that verifies a Move, and the server of somebody who moves.
func ExampleVerify() {
	documents := map[string]string{}
	people := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/activity+json")
		io.WriteString(w, documents[r.URL.Path])
	}))
	defer people.Close()
	keys := actor.NewKeyMemory() // a server takes package movesql's, which outlives it
	receiver := client.New(&client.Options{
		Memory: keys, CacheFor: -1,
		Trusted: []string{strings.TrimPrefix(people.URL, "http://")}, // loopback is let through by name only
	})
	inbox := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<20))
		if err != nil {
			http.Error(w, "too large", http.StatusRequestEntityTooLarge)
			return
		}
		moved, err := verifyMove(r.Context(), receiver, keys, r, body)
		refused, isRefused := errors.AsType[*move.RefusedError](err)
		switch {
		case err == nil:
			fmt.Println("moved, signed", moved.Evidence.By)
		case isRefused:
			fmt.Println("refused:", refused.Reason)
		default:
			fmt.Println(err)
		}
		w.WriteHeader(http.StatusAccepted)
	}))
	defer inbox.Close()

	old, new := vocab.IRI(people.URL+"/al"), vocab.IRI(people.URL+"/alice")
	key, err := actor.GenerateEd25519(old)
	if err != nil {
		panic(err)
	}
	signer, err := client.NewSigner(key)
	if err != nil {
		panic(err)
	}
	person, err := vocab.Parse(fmt.Appendf(nil, `{"id":%q,"type":"Person","inbox":"%s/inbox","movedTo":%q}`, old, old, new))
	if err != nil {
		panic(err)
	}
	if person, err = actor.WithKeys(person, key.Public()); err != nil {
		panic(err)
	}
	documents["/al"] = person.String()
	activity, err := vocab.Parse(fmt.Appendf(nil, `{"@context":%q,"id":"%s#moves/1","type":"Move","actor":%q,"object":%q,"target":%q}`,
		vocab.ContextAS, old, old, old, new))
	if err != nil {
		panic(err)
	}
	sender := client.New(&client.Options{Signer: signer, Trusted: []string{strings.TrimPrefix(inbox.URL, "http://")}})
	for _, alias := range []vocab.IRI{"https://elsewhere.example/al", old} {
		documents["/alice"] = fmt.Sprintf(`{"id":%q,"type":"Person","inbox":"%s/inbox","alsoKnownAs":[%q]}`, new, new, alias)
		if _, err := sender.Deliver(context.Background(), old, vocab.IRI(inbox.URL), activity); err != nil {
			panic(err)
		}
	}
	// Output:
	// refused: not-linked
	// moved, signed http
}

// What an account publishes when it moves; a move that others would ignore is
// refused before anybody hears of it.
func ExampleNew() {
	parse := func(text string) *vocab.Object {
		o, err := vocab.Parse([]byte(text))
		if err != nil {
			panic(err)
		}
		return o
	}
	old := parse(`{"@context":"https://www.w3.org/ns/activitystreams","id":"https://old.example/al","type":"Person",
		"inbox":"https://old.example/al/inbox","followers":"https://old.example/al/followers"}`)
	new := parse(`{"@context":"https://www.w3.org/ns/activitystreams","id":"https://new.example/al","type":"Person",
		"inbox":"https://new.example/al/inbox"}`)

	_, err := move.New(old, new, nil)
	refused, _ := errors.AsType[*move.RefusedError](err)
	fmt.Println(refused.Reason)
	fmt.Println("hint:", refused.Hint())

	new = parse(strings.Replace(new.String(), "{", `{"alsoKnownAs":["https://old.example/al"],`, 1))
	announcement, err := move.New(old, new, &move.BuildOptions{
		MoveID: "https://old.example/moves/1", At: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC),
	})
	if err != nil {
		panic(err)
	}
	fmt.Println(announcement.Actor.IRI(vocab.MovedTo))
	fmt.Println(announcement.Move.ID(), announcement.Move.IRI(vocab.Target))
	// Output:
	// not-linked
	// hint: add https://old.example/al to the aliases (alsoKnownAs) of https://new.example/al
	// https://new.example/al
	// https://old.example/moves/1 https://new.example/al
}
