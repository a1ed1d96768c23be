package fediverse

import (
	_ "embed"
	"errors"
	"html/template"
	"net/http"
	"strings"
)

//go:embed sign.html
var signText string

var signTemplate = template.Must(template.New("sign").Parse(signText))

// signs shows a sign at every page of an account that has moved, if it wants one. It is
// the same at every address below the account, whatever was there: so it tells nothing
// of what was not for everybody.
func (s *Server) signs(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		path, ok := strings.CutPrefix(r.URL.Path, "/users/")
		if !ok || !wantsPage(r) || r.Method != http.MethodGet && r.Method != http.MethodHead {
			next.ServeHTTP(w, r)
			return
		}
		name, _, _ := strings.Cut(path, "/")
		a, err := s.Account(r.Context(), name)
		switch {
		case errors.Is(err, ErrNoAccount) || err == nil && (!a.Sign || a.MovedTo == ""):
			next.ServeHTTP(w, r)
		case err != nil:
			s.missing(w, err)
		default:
			w.Header().Set("Vary", "Accept")
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
			_ = signTemplate.Execute(w, a)
		}
	})
}
