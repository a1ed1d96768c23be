package backup_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"time"

	"codeberg.org/godwit/godwit/backup"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

// A server gives an account out: its Source is copied to a Writer. Had the process
// been stopped before, the same lines would go on from there.
func ExampleCreate() {
	ctx := context.Background()
	post, err := vocab.Parse([]byte(`{"id":"https://old.example/1","type":"Note","published":"2026-01-02T03:04:05Z","content":"Hello"}`))
	if err != nil {
		log.Fatal(err)
	}
	source := portability.NewMemory(nil) // in place of the server's own
	if _, err := source.Put(ctx, []portability.Item{{Ref: portability.Ref{Kind: portability.Content, ID: "https://old.example/1"}, Object: post}}); err != nil {
		log.Fatal(err)
	}

	dir, err := os.MkdirTemp("", "example-*")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "alice.tar.gz")

	w, err := backup.Create(path, &backup.WriteOptions{
		Created:     time.Date(2026, 5, 4, 3, 2, 1, 0, time.UTC),
		Compression: backup.Gzip,
	})
	if err != nil {
		log.Fatal(err)
	}
	defer w.Close()
	report, err := portability.Copy(ctx, source, w, &portability.CopyOptions{After: w.After(), Checkpoint: w.Checkpoint})
	if err != nil {
		log.Fatal(err)
	}
	files, err := backup.Files(path)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(report.Count(portability.Content, portability.Copied), "post in", filepath.Base(files[0]))
	// Output: 1 post in alice.tar.gz
}
