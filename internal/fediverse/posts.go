package fediverse

import (
	"context"
	"database/sql"
	"errors"
	"net/http"
	"strings"

	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

// Posts returns the ids of an account's posts that anybody may read.
func (s *Server) Posts(ctx context.Context, name string) ([]vocab.IRI, error) {
	a, err := s.Account(ctx, name)
	if err != nil {
		return nil, err
	}
	rows, err := s.db.QueryContext(ctx, `SELECT id FROM items WHERE account = ? AND kind = ? AND audience IN (?, ?) AND NOT hidden ORDER BY n`,
		a.ID, portability.Content, portability.ForPublic, portability.ForUnlisted)
	if err != nil {
		return nil, err
	}
	return scanAll(rows, func(r row) (id vocab.IRI, err error) { return id, r.Scan(&id) })
}

// post shows a post to whom it is for: here, to everybody or nobody.
func (s *Server) post(w http.ResponseWriter, r *http.Request) {
	var document []byte
	err := s.db.QueryRowContext(r.Context(), `SELECT document FROM items WHERE id = ? AND audience IN (?, ?) AND NOT hidden`,
		s.config.Base+r.URL.Path, portability.ForPublic, portability.ForUnlisted).Scan(&document)
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrNoAccount
	}
	if err != nil {
		s.missing(w, err)
		return
	}
	w.Header().Set("Content-Type", contentType)
	_, _ = w.Write(document)
}

// shows reports whether a file is for everybody: what only hidden posts use is not.
func (s *Server) shows(ctx context.Context, digest string) (shown bool, err error) {
	err = s.db.QueryRowContext(ctx, `SELECT coalesce(max(audience IN (?, ?) AND NOT hidden), 1) FROM items WHERE kind = ? AND instr(files, ?) > 0`,
		portability.ForPublic, portability.ForUnlisted, portability.Content, digest).Scan(&shown)
	return shown, err
}

// media shows a file. What a browser would run is downloaded instead.
func (s *Server) media(w http.ResponseWriter, r *http.Request) {
	data, kind, err := s.file(r.Context(), r.PathValue("digest"))
	if err == nil {
		shown, unread := s.shows(r.Context(), r.PathValue("digest"))
		if err = unread; err == nil && !shown {
			err = ErrNoAccount
		}
	}
	if errors.Is(err, portability.ErrNoMedium) {
		err = ErrNoAccount
	}
	if err != nil {
		s.missing(w, err)
		return
	}
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Content-Security-Policy", "sandbox; default-src 'none'")
	if !strings.HasPrefix(kind, "image/") && !strings.HasPrefix(kind, "video/") && !strings.HasPrefix(kind, "audio/") || strings.Contains(kind, "svg") {
		kind = "application/octet-stream"
		w.Header().Set("Content-Disposition", "attachment")
	}
	w.Header().Set("Content-Type", kind)
	_, _ = w.Write(data)
}
