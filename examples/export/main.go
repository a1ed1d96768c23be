// Command export shows how a server gives an account out: its tables are made a
// portability.Source, and the backup is one copy from there to an archive.
//
//	go run ./examples/export -out alice.tar.zst
package main

import (
	"bytes"
	"cmp"
	"context"
	"database/sql"
	_ "embed"
	"errors"
	"flag"
	"fmt"
	"io"
	"iter"
	"log"
	"strconv"
	"time"

	_ "modernc.org/sqlite"

	"codeberg.org/godwit/godwit/backup"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

//go:embed server.sql
var server string // the tables of a small server

func main() {
	out := flag.String("out", "alice.tar.zst", "the archive to write")
	flag.Parse()
	ctx := context.Background()
	db, err := sql.Open("sqlite", "file:server?mode=memory&cache=shared")
	if err == nil {
		_, err = db.ExecContext(ctx, server)
	}
	if err != nil {
		log.Fatal(err)
	}
	report, err := export(ctx, account{db, "alice"}, *out)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s: %d posts, %d files\n", *out, report.Count(portability.Content), report.Files)
}

// export writes everything of an account to a file. Killed at any instant, it goes on
// where it was when it is called again.
func export(ctx context.Context, from account, out string) (*portability.Report, error) {
	to, err := backup.Create(out, &backup.WriteOptions{
		Created:     time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), // when the person asked for it: the same at every try
		Compression: backup.Zstd,
	})
	if err != nil {
		return nil, err
	}
	report, err := portability.Copy(ctx, from, to, &portability.CopyOptions{After: to.After(), Checkpoint: to.Checkpoint})
	return report, cmp.Or(err, to.Close())
}

// An account is what the server's tables have of one person: a portability.Source.
type account struct {
	db   *sql.DB
	name string
}

// queries yield a number that grows, the id, the document, and a file with its address.
var queries = map[portability.Kind]string{
	portability.Actor: `SELECT n, id, document, 0, '' FROM accounts WHERE name = ? AND n >= ? LIMIT 100`,
	portability.Content: `SELECT n, id, document, file, coalesce(document ->> '$.attachment[0].url', '')
		FROM posts WHERE author = ? AND n >= ? ORDER BY n LIMIT 100`,
	portability.Following: `SELECT n, followed, json_object('id', followed), 0, ''
		FROM follows WHERE follower = ? AND n >= ? ORDER BY n LIMIT 100`,
}

func (a account) Kinds(context.Context) ([]portability.Kind, error) {
	return []portability.Kind{portability.Actor, portability.Content, portability.Following}, nil
}

func (a account) Actor(ctx context.Context) (*vocab.Object, error) {
	for item, err := range a.Items(ctx, portability.Actor, "") {
		return item.Object, err
	}
	return nil, portability.ErrNoActor
}

// Items reads a hundred rows at a time. A position is a row's number, which must still be there.
func (a account) Items(ctx context.Context, k portability.Kind, after string) iter.Seq2[portability.Item, error] {
	return func(yield func(portability.Item, error) bool) {
		for {
			page, err := a.page(ctx, k, after)
			if err == nil && after != "" && (len(page) == 0 || page[0].Next != after) {
				err = portability.ErrChanged
			}
			if err != nil {
				yield(portability.Item{}, fmt.Errorf("read %s: %w", k, err))
				return
			}
			if after != "" {
				page = page[1:]
			}
			if len(page) == 0 {
				return
			}
			for _, item := range page {
				if after = item.Next; !yield(item, nil) {
					return
				}
			}
		}
	}
}

// page reads the rows from a position on.
func (a account) page(ctx context.Context, k portability.Kind, from string) (page []portability.Item, err error) {
	number, _ := strconv.ParseInt(from, 10, 64)
	rows, err := a.db.QueryContext(ctx, cmp.Or(queries[k], `SELECT 1 WHERE ? <> '' AND ? < 0`), a.name, number)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		item, file, document := portability.Item{Ref: portability.Ref{Kind: k}}, portability.Medium{Size: -1}, []byte(nil)
		if err := rows.Scan(&item.Next, &item.ID, &document, &file.Path, &file.URL); err != nil {
			return nil, err
		}
		if item.Object, err = vocab.Parse(document); err != nil {
			item.Raw = document
		}
		if file.Path != "0" {
			item.Media = []portability.Medium{file}
		}
		page = append(page, item)
	}
	return page, rows.Err()
}

// OpenMedia makes the account a portability.MediaSource.
func (a account) OpenMedia(ctx context.Context, m portability.Medium) (io.ReadCloser, portability.Medium, error) {
	var data []byte
	err := a.db.QueryRowContext(ctx, `SELECT type, bytes FROM files WHERE n = ?`, m.Path).Scan(&m.Type, &data)
	if errors.Is(err, sql.ErrNoRows) {
		err = portability.ErrNoMedium
	}
	m.Size = int64(len(data))
	return io.NopCloser(bytes.NewReader(data)), m, err
}
