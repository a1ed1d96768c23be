package site_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/portability/site"
	"codeberg.org/godwit/godwit/vocab"
)

// An account becomes a site by copying it there, from whatever source.
func ExampleCreate() {
	account := portability.NewMemory(nil)
	post, err := vocab.Parse([]byte(`{"id":"https://old.example/notes/1","type":"Note","content":"<p>Hello</p>",
		"published":"2023-04-01T10:00:00Z","to":"https://www.w3.org/ns/activitystreams#Public"}`))
	if err != nil {
		panic(err)
	}
	ctx := context.Background()
	item := portability.Item{Ref: portability.Ref{Kind: portability.Content, ID: "https://old.example/notes/1"}, Object: post}
	if _, err := account.Put(ctx, []portability.Item{item}); err != nil {
		panic(err)
	}

	home, err := os.MkdirTemp("", "example")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(home)
	s, err := site.Create(filepath.Join(home, "alice"), &site.Options{Title: "Alice, 2023"})
	if err != nil {
		panic(err)
	}
	if _, err := portability.Copy(ctx, account, s, nil); err != nil {
		panic(err)
	}
	_, err = os.Stat(filepath.Join(home, "alice", "index.html"))
	fmt.Println(s.Report().Posts, "post;", "index.html is there:", err == nil)
	// Output: 1 post; index.html is there: true
}
