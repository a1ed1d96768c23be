package backup_test

import (
	"archive/zip"
	"context"
	"fmt"
	"os"
	"path/filepath"

	"codeberg.org/godwit/godwit/backup"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

// someone is an account with one post, one followed person and one filter.
func someone(ctx context.Context) (*portability.Memory, error) {
	account := portability.NewMemory(nil)
	var items []portability.Item
	for _, one := range []struct {
		kind     portability.Kind
		document string
	}{
		{portability.Content, `{"id":"https://old.example/1","type":"Note","attributedTo":"https://old.example/users/alice",` +
			`"published":"2026-01-01T00:00:00Z","to":["as:Public"],"content":"<p>hello</p>"}`},
		{portability.Following, `{"id":"https://friends.example/users/bob","notify":true}`},
	} {
		o, err := vocab.Parse([]byte(one.document))
		if err != nil {
			return nil, err
		}
		items = append(items, portability.Item{Ref: portability.Ref{Kind: one.kind, ID: string(o.ID())}, Object: o})
	}
	_, err := account.Put(ctx, items)
	return account, err
}

// A person takes their posts to software that imports Mastodon's takeouts. Whom they
// follow has no place in one, and is told.
func ExampleCreateTakeout() {
	ctx := context.Background()
	folder, err := os.MkdirTemp("", "example-")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(folder)
	account, err := someone(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	path := filepath.Join(folder, "alice.zip")
	takeout, err := backup.CreateTakeout(path, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer takeout.Close()
	report, err := portability.Copy(ctx, account, takeout, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("posts:", report.Count(portability.Content, portability.Copied))
	fmt.Println("followed, left out:", report.Count(portability.Following, portability.Skipped))
	files, err := zip.OpenReader(path)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer files.Close()
	for _, f := range files.File {
		fmt.Println(f.Name)
	}
	// Output:
	// posts: 1
	// followed, left out: 1
	// outbox.json
	// likes.json
	// bookmarks.json
}

func ExampleWriteCSVs() {
	ctx := context.Background()
	folder, err := os.MkdirTemp("", "example-")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(folder)
	account, err := someone(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	report, err := backup.WriteCSVs(ctx, account, folder, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, f := range report.Files {
		text, err := os.ReadFile(filepath.Join(folder, f.Name))
		fmt.Printf("%s: %d\n%s%v\n", f.Name, f.Rows, text, err)
	}
	// Output:
	// following_accounts.csv: 1
	// Account address,Show boosts,Notify on new posts,Languages
	// bob@friends.example,,true,
	// <nil>
}
