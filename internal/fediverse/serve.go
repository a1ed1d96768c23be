package fediverse

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"codeberg.org/godwit/godwit/portability/redirect"
	"codeberg.org/godwit/godwit/vocab"
	"codeberg.org/godwit/godwit/webfinger"
)

const contentType = `application/activity+json; charset=utf-8`

// Handler answers for the server.
func (s *Server) Handler() http.Handler { return s.manners.over(s.fenced(s.signs(s.handler))) }

// routes is what the server shows of itself.
func (s *Server) routes() http.Handler {
	mux := http.NewServeMux()
	finger := &webfinger.Handler{Finder: finder{s}, Origin: s.config.Base}
	mux.Handle("GET /.well-known/webfinger", finger)
	mux.Handle("GET /.well-known/host-meta", finger)
	mux.HandleFunc("GET /.well-known/nodeinfo", s.nodeInfoLinks)
	mux.HandleFunc("GET /nodeinfo/2.1", s.nodeInfo)
	mux.HandleFunc("POST /inbox", s.inbox)
	mux.HandleFunc("POST /users/{name}/inbox", s.inbox)
	mux.HandleFunc("GET /users/{name}", s.person)
	mux.HandleFunc("GET /users/{name}/followers", s.collection(s.Followers))
	mux.HandleFunc("GET /users/{name}/following", s.collection(s.Following))
	mux.HandleFunc("GET /users/{name}/outbox", s.collection(s.Posts))
	mux.HandleFunc("GET /users/{name}/featured", s.collection(s.Featured))
	mux.HandleFunc("GET /users/{name}/posts/{post}", s.post)
	mux.HandleFunc("GET /restored", s.restoredPost)
	mux.HandleFunc("GET /users/{name}/migration", s.objectMap)
	mux.HandleFunc("GET /media/{digest}", s.media)
	return mux
}

// person shows an account: the document to machines, and to people its page.
func (s *Server) person(w http.ResponseWriter, r *http.Request) {
	a, err := s.Account(r.Context(), r.PathValue("name"))
	if err != nil {
		s.missing(w, err)
		return
	}
	w.Header().Set("Vary", "Accept")
	if wantsPage(r) {
		s.page(w, r, a)
		return
	}
	document, err := a.Document(s.config.Base)
	if err == nil && a.Came != "" {
		document, err = redirect.WithObjectMap(document, objectMapOf(a))
	}
	if err != nil {
		s.missing(w, err)
		return
	}
	w.Header().Set("Content-Type", contentType)
	_, _ = w.Write(document.Bytes())
}

// wantsPage reports whether a browser asks.
func wantsPage(r *http.Request) bool {
	accept := r.Header.Get("Accept")
	return strings.Contains(accept, "text/html") && !strings.Contains(accept, "activity+json")
}

func (s *Server) missing(w http.ResponseWriter, err error) {
	if errors.Is(err, ErrNoAccount) {
		http.Error(w, err.Error(), http.StatusNotFound)
		return
	}
	s.failed(err)
	http.Error(w, "try again later", http.StatusInternalServerError)
}

// collection shows a list of ids.
func (s *Server) collection(list func(context.Context, string) ([]vocab.IRI, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if _, err := s.Account(r.Context(), r.PathValue("name")); err != nil {
			s.missing(w, err)
			return
		}
		ids, err := list(r.Context(), r.PathValue("name"))
		if err != nil {
			s.missing(w, err)
			return
		}
		if ids == nil {
			ids = []vocab.IRI{}
		}
		document, err := vocab.Build(
			vocab.Member{Name: vocab.Context, Value: vocab.ContextAS},
			vocab.Member{Name: vocab.ID, Value: s.config.Base + asked(r)},
			vocab.Member{Name: vocab.Type, Value: vocab.TypeOrderedCollection},
			vocab.Member{Name: vocab.TotalItems, Value: len(ids)},
			vocab.Member{Name: vocab.OrderedItems, Value: ids},
		)
		if err != nil {
			s.missing(w, err)
			return
		}
		w.Header().Set("Content-Type", contentType)
		_, _ = w.Write(document.Bytes())
	}
}

// finder answers WebFinger for the accounts here, moved ones too.
type finder struct{ s *Server }

// Find is [webfinger.Finder.Find].
func (f finder) Find(ctx context.Context, r webfinger.Resource) (*webfinger.JRD, error) {
	id := vocab.IRI(r.URL)
	if !r.Handle.IsZero() {
		if r.Handle.Host != f.s.base.Host {
			return nil, webfinger.ErrNotFound
		}
		id = f.s.idOf(r.Handle.User)
	} else {
		id = f.s.formerly.actor(id)
	}
	a, err := f.s.account(ctx, id)
	if errors.Is(err, ErrNoAccount) {
		return nil, webfinger.ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	handle := webfinger.Handle{User: a.Name, Host: f.s.base.Host}
	return webfinger.Describe(handle, string(a.ID), string(a.page())), nil
}

func (s *Server) nodeInfoLinks(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, map[string]any{"links": []map[string]string{{
		"rel": "http://nodeinfo.diaspora.software/ns/schema/2.1", "href": s.config.Base + "/nodeinfo/2.1",
	}}})
}

func (s *Server) nodeInfo(w http.ResponseWriter, r *http.Request) {
	accounts, err := s.Accounts(r.Context())
	if err != nil {
		s.missing(w, err)
		return
	}
	writeJSON(w, map[string]any{
		"version": "2.1", "software": map[string]string{"name": "godwit", "version": "0.1.0"},
		"protocols": []string{"activitypub"}, "services": map[string]any{"inbound": []string{}, "outbound": []string{}},
		"openRegistrations": false, "usage": map[string]any{"users": map[string]int{"total": len(accounts)}}, "metadata": map[string]any{},
	})
}

func writeJSON(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v)
}
