package main

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"database/sql"
	_ "embed"
	"encoding/json"
	"encoding/pem"
	"errors"
	"net/http"
	"net/url"
	"time"

	_ "modernc.org/sqlite" // the database of this server
)

//go:embed schema.sql
var schema string

type settings struct {
	origin  string   // where others reach the server, such as https://small.example
	file    string   // the database
	trusted []string // host:port pairs on private networks that may be talked to
	hold    time.Duration
}

type server struct {
	settings
	db   *sql.DB
	web  *http.Client
	wake chan struct{} // there are letters to send

	moves *moves
}

func open(ctx context.Context, set settings) (*server, error) {
	query := url.Values{"_txlock": {"immediate"}, "_pragma": {"busy_timeout(10000)", "journal_mode(WAL)", "synchronous(NORMAL)"}}
	db, err := sql.Open("sqlite", "file:"+(&url.URL{Path: set.file}).EscapedPath()+"?"+query.Encode())
	if err != nil {
		return nil, err
	}
	s := &server{settings: set, db: db, web: guarded(set.trusted), wake: make(chan struct{}, 1)}
	if _, err := db.ExecContext(ctx, schema); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	if s.moves, err = openMoves(ctx, s); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return s, nil
}

func (s *server) close() error { return errors.Join(s.moves.store.Close(), s.db.Close()) }

func (s *server) userID(name string) string     { return s.origin + "/users/" + url.PathEscape(name) }
func (s *server) activityID(name string) string { return s.origin + "/activities/" + name }

// join makes a user.
func (s *server) join(ctx context.Context, name string) error {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return err
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
	_, err = s.db.ExecContext(ctx, `INSERT INTO users (id, name, key) VALUES (?, ?, ?)`, s.userID(name), name, string(text))
	return err
}

func (s *server) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/webfinger", s.finger)
	mux.HandleFunc("GET /users/{name}", s.person)
	mux.HandleFunc("GET /users/{name}/followers", s.followers)
	mux.HandleFunc("POST /users/{name}/inbox", s.inbox)
	return mux
}

// document is a user as other servers see it.
func (s *server) document(ctx context.Context, id string) (map[string]any, error) {
	var name string
	if err := s.db.QueryRowContext(ctx, `SELECT name FROM users WHERE id = ?`, id).Scan(&name); err != nil {
		return nil, err
	}
	key, err := s.key(ctx, id)
	if err != nil {
		return nil, err
	}
	der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		return nil, err
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
	person := map[string]any{
		"@context": []any{"https://www.w3.org/ns/activitystreams", "https://w3id.org/security/v1"},
		"id":       id, "type": "Person", "preferredUsername": name,
		"inbox": id + "/inbox", "outbox": id + "/outbox", "followers": id + "/followers",
		"publicKey": map[string]string{"id": id + "#main-key", "owner": id, "publicKeyPem": string(text)},
	}
	return person, s.moves.describe(ctx, id, person)
}

func (s *server) person(w http.ResponseWriter, r *http.Request) {
	document, err := s.document(r.Context(), s.origin+r.URL.EscapedPath())
	write(w, "application/activity+json", document, err)
}

// followers lists the accepted followers of a user.
func (s *server) followers(w http.ResponseWriter, r *http.Request) {
	rows, err := s.db.QueryContext(r.Context(), `SELECT follower FROM follows WHERE followed = ? AND accepted ORDER BY follower`,
		s.userID(r.PathValue("name")))
	if err != nil {
		write(w, "", nil, err)
		return
	}
	defer rows.Close()
	items := []string{}
	for rows.Next() {
		var id string
		err = errors.Join(err, rows.Scan(&id))
		items = append(items, id)
	}
	write(w, "application/activity+json", map[string]any{
		"@context": "https://www.w3.org/ns/activitystreams", "id": s.origin + r.URL.EscapedPath(),
		"type": "OrderedCollection", "totalItems": len(items), "orderedItems": items,
	}, errors.Join(err, rows.Err()))
}

// finger answers WebFinger.
func (s *server) finger(w http.ResponseWriter, r *http.Request) {
	var name, id string
	base, err := url.Parse(s.origin)
	if err == nil {
		err = s.db.QueryRowContext(r.Context(), `SELECT name, id FROM users WHERE 'acct:' || name || '@' || ?1 = ?2 OR id = ?2`,
			base.Host, r.URL.Query().Get("resource")).Scan(&name, &id)
	}
	write(w, "application/jrd+json", map[string]any{
		"subject": "acct:" + name + "@" + base.Host,
		"links":   []map[string]string{{"rel": "self", "type": "application/activity+json", "href": id}},
	}, err)
}

func write(w http.ResponseWriter, contentType string, document any, err error) {
	switch {
	case errors.Is(err, sql.ErrNoRows):
		http.Error(w, "there is nothing of this name", http.StatusNotFound)
	case err != nil:
		http.Error(w, "try again later", http.StatusInternalServerError)
	default:
		w.Header().Set("Content-Type", contentType)
		_ = json.NewEncoder(w).Encode(document)
	}
}
