package redirect_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"time"

	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/portability/redirect"
	"codeberg.org/godwit/godwit/vocab"
)

// The old server wraps its own handler. Posts lead on; the actor stays.
func ExampleNew() {
	server := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprint(w, "the actor") })
	var accounts redirect.AccountTable
	accounts.Put(redirect.MovedAccount{
		Old: "https://old.example/users/alice", Pages: []vocab.IRI{"https://old.example/@alice"},
		New: "https://new.example/users/alice", NewPage: "https://new.example/@alice",
	})
	links := uriMap{} // a server has a portability.URIMap here
	links.add(portability.Mapping{
		Old: "https://old.example/users/alice/statuses/1", ID: "https://old.example/users/alice/statuses/1",
		New: "https://new.example/notes/a", URL: "https://new.example/@alice/a", Kind: portability.Content,
		From: "https://old.example/users/alice", To: "https://new.example/users/alice", Audience: portability.ForPublic,
	})
	h, err := redirect.New(server, &redirect.Options{
		Finder: links, Accounts: &accounts, Origins: []string{"https://old.example"}, Software: redirect.Mastodon,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, target := range []string{"/@alice/1", "/deck/@alice/1", "/@alice", "/@alice/2", "/users/alice"} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "https://old.example"+target, nil))
		fmt.Printf("%s %d %q\n", target, w.Code, w.Header().Get("Location"))
	}
	// Output:
	// /@alice/1 301 "https://new.example/@alice/a"
	// /deck/@alice/1 301 "https://new.example/@alice/a"
	// /@alice 301 "https://new.example/@alice"
	// /@alice/2 200 ""
	// /users/alice 200 ""
}

// One post has many addresses.
func ExampleNormalize() {
	for _, key := range redirect.Normalize(redirect.Mastodon, "https://old.example/web/@alice/109") {
		fmt.Println(key)
	}
	// Output:
	// https://old.example/web/@alice/109
	// https://old.example/web/@alice/109/
	// https://old.example/users/alice/statuses/109
	// https://old.example/@alice/109
}

// A post that went from one server to the next, and from there to a third, is led
// to the third when the second has gone.
func ExampleCompose() {
	first := portability.Mapping{Old: "https://a.example/1", ID: "https://a.example/1", New: "https://b.example/1",
		From: "https://a.example/u", To: "https://b.example/u", Audience: portability.ForPublic}
	second := portability.Mapping{Old: "https://b.example/1", ID: "https://b.example/1", New: "https://c.example/1",
		From: "https://b.example/u", To: "https://c.example/u", Audience: portability.ForUnlisted}
	joined, err := redirect.Compose(first, second)
	fmt.Println(joined.Old, joined.New, joined.Audience, err)
	// Output: https://a.example/1 https://c.example/1 unlisted <nil>
}

// A third server sees an account forwarded, day after day.
func ExampleObserver() {
	const old, now = vocab.IRI("https://old.example/users/alice"), vocab.IRI("https://new.example/users/alice")
	clock := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	o := &redirect.Observer{
		Store: &redirect.MemoryObservations{}, Verifier: always{},
		Continuous: func(context.Context, vocab.IRI, vocab.IRI) (bool, error) { return true, nil },
		Now:        func() time.Time { return clock },
	}
	for day := range 31 {
		clock = clock.Add(24 * time.Hour)
		is, err := o.Seen(context.Background(), old, now)
		if day == 0 || day == 30 {
			fmt.Println(is.State, err)
		}
	}
	at, err := o.Where(context.Background(), old)
	fmt.Println(at, err)
	// Output:
	// possible <nil>
	// permanent <nil>
	// https://new.example/users/alice <nil>
}
