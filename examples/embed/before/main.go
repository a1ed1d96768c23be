package main

import (
	"bufio"
	"context"
	"crypto/rand"
	"flag"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"strings"
	"time"
)

func main() {
	listen := flag.String("listen", "127.0.0.1:8080", "address to listen on")
	trust := flag.String("trust", "", "host:port pairs on private networks to talk to, comma-separated")
	var set settings
	flag.StringVar(&set.origin, "origin", "http://127.0.0.1:8080", "where others reach this server")
	flag.StringVar(&set.file, "file", "small.db", "the database")
	flag.Parse()
	set.trusted = strings.Split(*trust, ",")
	ctx := context.Background()
	s, err := open(ctx, set)
	if err != nil {
		log.Fatal(err)
	}
	go s.run(ctx)
	go s.listen(ctx, os.Stdin, os.Stdout)
	log.Fatal((&http.Server{Addr: *listen, Handler: s.handler(), ReadHeaderTimeout: 10 * time.Second}).ListenAndServe())
}

func (s *server) listen(ctx context.Context, in io.Reader, out io.Writer) {
	for lines := bufio.NewScanner(in); lines.Scan(); {
		if err := s.do(ctx, lines.Text(), out); err != nil {
			fmt.Fprintln(out, "error:", err)
		}
	}
}

// do does what a user asks for.
func (s *server) do(ctx context.Context, line string, out io.Writer) error {
	name, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
	verb, what, _ := strings.Cut(rest, " ")
	id := s.userID(name)
	switch verb {
	case "join":
		return s.join(ctx, name)
	case "follow":
		return s.follow(ctx, s.activityID(rand.Text()), id, what)
	case "unfollow":
		return s.unfollow(ctx, s.activityID(rand.Text()), id, what)
	case "post":
		return s.post(ctx, s.activityID(rand.Text()), id, what)
	case "show":
		return s.show(ctx, id, out)
	}
	return fmt.Errorf("%q is nothing that can be done", verb)
}

func (s *server) show(ctx context.Context, id string, out io.Writer) error {
	rows, err := s.db.QueryContext(ctx, `
		SELECT iif(accepted, 'follows', 'asked'), followed FROM follows WHERE follower = ?1
		UNION ALL SELECT 'follower', follower FROM follows WHERE followed = ?1 AND accepted
		UNION ALL SELECT 'notice', text FROM notices WHERE user = ?1
		UNION ALL SELECT 'post', author || ': ' || text FROM posts
			WHERE author = ?1 OR author IN (SELECT followed FROM follows WHERE follower = ?1)`, id)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var what, text string
		if err := rows.Scan(&what, &text); err != nil {
			return err
		}
		fmt.Fprintln(out, what, text)
	}
	return rows.Err()
}
