package main

import (
	"context"
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"net"
	"net/http"
	"time"

	"codeberg.org/godwit/godwit/move"
	"codeberg.org/godwit/godwit/vocab"
)

//go:embed stay.html
var stayText string

var stayTemplate = template.Must(template.New("stay").Parse(stayText))

// stay leaves the servers up until ctx is done, with a page for people.
func (w *world) stay(ctx context.Context, stderr io.Writer) error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	web := &http.Server{Handler: http.HandlerFunc(w.page), ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = web.Serve(l) }()
	fmt.Fprintf(stderr, "\nthe servers stay up; look at http://%s/ and end with Ctrl-C\n", l.Addr())
	<-ctx.Done()
	return web.Close()
}

// A view is what the page shows.
type view struct {
	Old, New column
	Ledger   []line
}

type column struct {
	ID                             vocab.IRI
	Followers, Requests, Following []vocab.IRI
}

type line struct {
	move.Entry
	When string
}

func (w *world) page(out http.ResponseWriter, r *http.Request) {
	v, err := w.view(r.Context())
	if err != nil {
		http.Error(out, err.Error(), http.StatusInternalServerError)
		return
	}
	out.Header().Set("Content-Type", "text/html; charset=utf-8")
	out.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
	_ = stayTemplate.Execute(out, v)
}

func (w *world) view(ctx context.Context) (v view, err error) {
	if v.Old, err = w.column(ctx, oldHost, w.from); err != nil {
		return v, err
	}
	if v.New, err = w.column(ctx, newHost, w.to); err != nil {
		return v, err
	}
	announcer := w.servers[oldHost].Announcer()
	for entry, err := range announcer.Ledger(ctx, move.CaseID(move.Out, w.from, w.to, 1), "") {
		if err != nil {
			return v, err
		}
		v.Ledger = append(v.Ledger, line{entry, entry.Since.Format("15:04:05.000")})
	}
	return v, nil
}

func (w *world) column(ctx context.Context, host int, id vocab.IRI) (c column, err error) {
	c.ID = id
	if c.Followers, err = w.servers[host].Followers(ctx, "alice"); err != nil {
		return c, err
	}
	if c.Requests, err = w.servers[host].Requests(ctx, "alice"); err != nil {
		return c, err
	}
	c.Following, err = w.servers[host].Following(ctx, "alice")
	return c, err
}
