// Package pgtest gives each test a place of its own in a PostgreSQL server.
//
// A test of what uses database/sql calls [Open]; one that connects in its own way, or
// in processes of its own, takes the [URL]. The server is the one that the variable
// GODWIT_TEST_POSTGRES names. The script test/postgres/start starts one; this package
// starts none.
package pgtest

import (
	"context"
	"crypto/rand"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
)

// Server is the variable with the URL of a server, whose user may make schemas.
const Server = "GODWIT_TEST_POSTGRES"

// missing is what somebody who has no server is told.
const missing = Server + ` is not set, so nothing was tested on PostgreSQL: eval "$(test/postgres/start)" starts a server`

// Open returns a database that is empty, for this test alone, with at most eight
// connections. It is closed and dropped when the test is over. Without a server the
// test is skipped, or fails where GODWIT_CI is 1.
func Open(t testing.TB) *sql.DB {
	t.Helper()
	return OpenURL(t, URL(t))
}

// OpenURL opens what [URL] returned once more, as another process would.
func OpenURL(t testing.TB, address string) *sql.DB {
	t.Helper()
	db, err := sql.Open("pgx", address)
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(connections)
	db.SetMaxIdleConns(connections)
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

const connections = 8

// URL returns what to connect to, for this test alone: a schema that is empty, and
// first in the search path. When the test is over, whoever is connected still is cut
// off, and it is dropped. Without a server it does what [Open] does.
func URL(t testing.TB) string {
	t.Helper()
	server := os.Getenv(Server)
	switch {
	case server == "" && os.Getenv("GODWIT_CI") == "1":
		t.Fatal(missing)
	case server == "":
		t.Skip(missing)
	}
	address, err := url.Parse(server)
	if err != nil || address.Scheme != "postgres" && address.Scheme != "postgresql" {
		t.Fatalf("%s is no URL of PostgreSQL", Server)
	}
	schema := "godwit_" + rand.Text()
	administer(t, server, fmt.Sprintf("CREATE SCHEMA %q", schema))
	t.Cleanup(func() {
		administer(t, server,
			fmt.Sprintf("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = '%s'", schema),
			fmt.Sprintf("DROP SCHEMA %q CASCADE", schema))
	})
	query := address.Query()
	query.Set("search_path", `"`+schema+`"`)
	query.Set("application_name", schema)
	address.RawQuery = query.Encode()
	return address.String()
}

// administer runs statements in the server itself.
func administer(t testing.TB, server string, statements ...string) {
	t.Helper()
	db, err := sql.Open("pgx", server)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	// Of its own: a test's context has ended when it is cleaned up after.
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for _, statement := range statements {
		if _, err := db.ExecContext(ctx, statement); err != nil {
			t.Fatalf("PostgreSQL at %s: %v", Server, err)
		}
	}
}
