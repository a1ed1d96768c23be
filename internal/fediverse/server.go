// Package fediverse is a set of small real ActivityPub servers: accounts,
// follows, moves, posts that were brought from elsewhere, and nothing else, each
// with a SQLite file of its own, speaking signed HTTP to each other and to anybody.
//
// The main job, the tests and `godwit peer` are made of them. [Open] makes one;
// its Handler is mounted wherever it listens, and Run does its work. How such a
// server uses godwit is in relations.go, home.go and the files named after the
// shelf; the rest is what a server has anyway.
package fediverse

import (
	"context"
	"database/sql"
	_ "embed"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"sync"
	"time"

	_ "modernc.org/sqlite" // the database of these servers

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/actor/client"
	"codeberg.org/godwit/godwit/move"
	"codeberg.org/godwit/godwit/move/movesql"
	"codeberg.org/godwit/godwit/portability/redirect"
	"codeberg.org/godwit/godwit/portability/sqlstore"
	"codeberg.org/godwit/godwit/vocab"
	"codeberg.org/godwit/godwit/vocab/expand"
)

//go:embed schema.sql
var schema string

// Config describes one server.
type Config struct {
	// Base is the public URL that ids begin with, such as
	// "http://127.0.0.1:9101" or "https://old.test"; without a final slash.
	Base string
	// File is the SQLite file. It is made if it is not there.
	File string
	// Trusted are the exact host:port pairs that may be reached although they
	// are not on the public network.
	Trusted []string
	// Title is what its pages are headed with. Default: the host.
	Title string
	// Rules say which Moves are honoured.
	Rules move.Rules
	// Discover honours moves that are seen without a Move.
	Discover bool
	// Hold is how long a confirmed move waits. Zero or negative: not at all.
	Hold time.Duration
	// AliasAge is how old the alias must be before a Move is sent. Zero:
	// [move.AliasAge]; negative: any.
	AliasAge time.Duration
	// Retry is the pause after the first failed delivery; it doubles with each.
	// Default 2 s.
	Retry time.Duration
	// Reader is the name of the account that signs what is fetched, for servers
	// that show nothing to strangers; it is made on Open. "": nothing is signed.
	Reader string
	// Former is the software that was at this address before, if another was: what is
	// restored goes on answering at the addresses that it gave.
	Former redirect.Software
	// RSA makes the RSA keys of accounts; nil: [actor.GenerateRSA]. Tests of what is not
	// about keys have [SpareKeys].
	RSA func(owner vocab.IRI) (actor.PrivateKey, error)
	// Transport replaces the guarded connection, in tests.
	Transport http.RoundTripper
	// Log, if not nil, is told what fails in the background.
	Log *slog.Logger
}

// A Server is one host with its accounts. It is safe for concurrent use.
type Server struct {
	config    Config
	base      *url.URL
	db        *sql.DB
	store     *movesql.Store
	copies    *sqlstore.Store
	maps      *redirect.ObjectMaps
	client    *client.Client
	receiver  *move.Receiver
	announcer *move.Announcer
	signers   sync.Map // account id → *client.KeySigner
	manners   manners
	formerly  formerPlaces
	wake      chan struct{}
	handler   http.Handler
}

// Open opens a server's file and makes what is missing in it. It listens
// nowhere and sends nothing before Run.
func Open(ctx context.Context, config Config) (*Server, error) {
	base, err := url.Parse(config.Base)
	if err != nil || base.Host == "" || base.Path != "" {
		return nil, fmt.Errorf("open server: %q is no base URL", config.Base)
	}
	if config.Title == "" {
		config.Title = base.Host
	}
	if config.Retry == 0 {
		config.Retry = 2 * time.Second
	}
	if config.Hold == 0 {
		config.Hold = -1
	}
	db, err := openFile(ctx, config.File)
	if err != nil {
		return nil, fmt.Errorf("open server: %s: %w", config.File, err)
	}
	store, err := movesql.Open(ctx, db)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open server: %s: %w", config.File, err), db.Close())
	}
	copies, err := sqlstore.Open(ctx, db, nil)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open server: %s: %w", config.File, err), store.Close(), db.Close())
	}
	s := &Server{config: config, base: base, db: db, store: store, copies: copies, wake: make(chan struct{}, 1)}
	if err := errors.Join(s.recall(ctx), s.join()); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	if config.Reader == "" {
		return s, nil
	}
	if _, err := s.Create(ctx, config.Reader, false); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// join puts godwit's pieces together.
func (s *Server) join() (err error) {
	s.client = client.New(&client.Options{
		PublicOrigin: s.config.Base, Trusted: s.config.Trusted, Transport: s.config.Transport,
		Signer: s.reader(), Signers: s.signer, Memory: s.store, Normalize: expand.Normalize, CacheFor: 5 * time.Second,
	})
	rules := s.config.Rules
	rules.Ours, rules.Keys, rules.Blocked = s.ours, s.store, s.isFenced
	s.maps = &redirect.ObjectMaps{Map: s.copies, Keep: 5 * time.Second}
	s.receiver = move.NewReceiver(s.client, s.store, s, &move.ReceiverOptions{
		Rules: rules, Discover: s.config.Discover, Lease: 10 * time.Second, Backoff: s.pause, Failed: s.failed,
	})
	s.announcer = move.NewAnnouncer(s.client, s.client, s.store, s, &move.AnnouncerOptions{
		Hold: s.config.Hold, AliasAge: s.config.AliasAge, Local: s.receiver, Lease: 10 * time.Second, Backoff: s.pause, Failed: s.failed,
	})
	s.handler, err = s.withRedirects(s.routes())
	return err
}

// openFile opens a database in which a kill leaves nothing half-written.
func openFile(ctx context.Context, file string) (*sql.DB, error) {
	query := url.Values{"_txlock": {"immediate"}, "_pragma": {"busy_timeout(10000)", "journal_mode(WAL)", "synchronous(NORMAL)"}}
	db, err := sql.Open("sqlite", "file:"+(&url.URL{Path: file}).EscapedPath()+"?"+query.Encode())
	if err != nil {
		return nil, err
	}
	if _, err := db.ExecContext(ctx, schema); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// Close ends the use of the file. Run must have returned.
func (s *Server) Close() error {
	s.client.CloseIdleConnections()
	return errors.Join(s.store.Close(), s.copies.Close(), s.db.Close())
}

// Base is the public URL that the server's ids begin with.
func (s *Server) Base() string { return s.config.Base }

// Client is what the server reads others with.
func (s *Server) Client() *client.Client { return s.client }

// Receiver is what honours Moves here.
func (s *Server) Receiver() *move.Receiver { return s.receiver }

// Announcer is what sends Moves from here.
func (s *Server) Announcer() *move.Announcer { return s.announcer }

// Run does what falls due until ctx is done: deliveries, moving followers,
// announcing. What is under way when it ends is taken up by the next Run.
func (s *Server) Run(ctx context.Context) {
	const poll = 250 * time.Millisecond
	var all sync.WaitGroup
	all.Go(func() { s.sendAll(ctx, poll) })
	all.Go(func() { _ = s.receiver.Serve(ctx, poll) })
	all.Go(func() { _ = s.announcer.Serve(ctx, poll) })
	all.Wait()
}

func (s *Server) failed(err error) {
	if s.config.Log != nil && !errors.Is(err, context.Canceled) {
		s.config.Log.Warn("will be tried again", "server", s.base.Host, "err", err)
	}
}

func (s *Server) ours(id vocab.IRI) bool { return id.Origin() == s.config.Base }
