package fediverse

import (
	_ "embed"
	"html/template"
	"net/http"

	"codeberg.org/godwit/godwit/vocab"
)

//go:embed page.html
var pageText string

var pageTemplate = template.Must(template.New("page").Parse(pageText))

// page shows an account to a person. Everything in it is escaped, and it runs
// no script.
func (s *Server) page(w http.ResponseWriter, r *http.Request, a Account) {
	view := struct {
		Title                string
		Account              Account
		Followers, Following []vocab.IRI
	}{Title: s.config.Title, Account: a}
	var err error
	if view.Followers, err = s.Followers(r.Context(), a.Name); err != nil {
		s.missing(w, err)
		return
	}
	if view.Following, err = s.Following(r.Context(), a.Name); err != nil {
		s.missing(w, err)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
	_ = pageTemplate.Execute(w, view)
}
