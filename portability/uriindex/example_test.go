package uriindex_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"time"

	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/portability/uriindex"
)

// A server builds its index from the store that has the map, and serves from it.
func Example() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "uriindex-*")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	var store portability.URIMap = someMap{}

	path := filepath.Join(dir, "uris.idx")
	stats, err := uriindex.Build(ctx, path, store.Mappings(ctx, "", ""), nil)
	if err != nil {
		log.Fatal(err)
	}
	index, err := uriindex.Open(path)
	if err != nil {
		log.Fatal(err)
	}
	defer index.Close()

	found, known := index.Find("https://old.example/users/alice/statuses/1")
	fmt.Println(stats.Entries, known, found.Seen(), found.Place(), found.At.Format(time.DateOnly))
	// Output: 3 true true https://new.example/@alice/1 2026-05-01
}
