package fediverse

import (
	"context"
	"errors"
	"net/http"
	"regexp"

	"codeberg.org/godwit/godwit/vocab"
)

// ErrFenced says that this server has nothing to do with another.
var ErrFenced = errors.New("this server has nothing to do with that one")

// Fence makes the server have nothing to do with another, by its host: it takes nothing
// from there, answers nothing that is asked in the name of somebody there, asks nothing
// there, and sends nothing there.
func (s *Server) Fence(ctx context.Context, hosts ...string) error {
	for _, host := range hosts {
		if _, err := s.db.ExecContext(ctx, `INSERT INTO fences VALUES (?) ON CONFLICT DO NOTHING`, host); err != nil {
			return err
		}
	}
	return nil
}

// Fences are the hosts that the server has nothing to do with.
func (s *Server) Fences(ctx context.Context) ([]string, error) {
	rows, err := s.db.QueryContext(ctx, `SELECT host FROM fences ORDER BY host`)
	if err != nil {
		return nil, err
	}
	return scanAll(rows, func(r row) (host string, err error) { return host, r.Scan(&host) })
}

func (s *Server) isFenced(ctx context.Context, id vocab.IRI) (bool, error) {
	var n int
	err := s.db.QueryRowContext(ctx, `SELECT count(*) FROM fences WHERE host = ?`, id.Host()).Scan(&n)
	return n > 0, err
}

// mayReach is ErrFenced for what stands behind a fence.
func (s *Server) mayReach(ctx context.Context, id vocab.IRI) error {
	fenced, err := s.isFenced(ctx, id)
	if err == nil && fenced {
		err = ErrFenced
	}
	return err
}

// keyIDs finds in whose name a request is signed, in both ways of signing.
var keyIDs = regexp.MustCompile(`(?i)keyid="([^"]*)"`)

// fenced answers nothing that is asked in the name of somebody behind a fence.
func (s *Server) fenced(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for _, header := range []string{"Signature", "Signature-Input", "Authorization"} {
			for _, value := range r.Header.Values(header) {
				for _, found := range keyIDs.FindAllStringSubmatch(value, -1) {
					if err := s.mayReach(r.Context(), vocab.IRI(found[1])); err != nil {
						s.refuse(w, err)
						return
					}
				}
			}
		}
		next.ServeHTTP(w, r)
	})
}
