package peer

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/vocab"
)

const activityJSON = "application/activity+json"

// A Page is what stands at a path of a host, in the place of what the host would
// show there.
type Page struct {
	// Status is 200 if it is zero.
	Status int `json:"status,omitzero"`
	// Type is the content type; "" is application/activity+json.
	Type string `json:"type,omitzero"`
	// Location is where a redirect leads.
	Location string            `json:"location,omitzero"`
	Headers  map[string]string `json:"headers,omitzero"`
	Body     string            `json:"body,omitzero"`
	// write, if not nil, writes the body.
	write func(io.Writer)
}

// A look is how an account's own document differs from the plain one.
type look struct {
	hideMovedTo bool // as servers whose Moves are all there is
	bareAlias   bool // alsoKnownAs as a string, not an array of one
	keyPath     bool // keys at a path of their own, not behind a #
	noShared    bool // no sharedInbox
}

// A stage is what a host shows in the place of something else.
type stage struct {
	mu    sync.Mutex
	pages map[string]Page // by path
	looks map[string]look // by name
	all   look            // of every account
}

func (s *stage) put(path string, p Page) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.pages == nil {
		s.pages = map[string]Page{}
	}
	s.pages[path] = p
}

func (s *stage) remove(path string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.pages, path)
}

func (s *stage) page(path string) (Page, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, found := s.pages[path]
	return p, found
}

// dress changes the look of one account, or with "" of all.
func (s *stage) dress(name string, change func(*look)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if name == "" {
		change(&s.all)
		return
	}
	if s.looks == nil {
		s.looks = map[string]look{}
	}
	one := s.looks[name]
	change(&one)
	s.looks[name] = one
}

func (s *stage) look(name string) look {
	s.mu.Lock()
	defer s.mu.Unlock()
	one := s.looks[name]
	return look{
		hideMovedTo: one.hideMovedTo || s.all.hideMovedTo,
		bareAlias:   one.bareAlias || s.all.bareAlias,
		keyPath:     one.keyPath || s.all.keyPath,
		noShared:    one.noShared || s.all.noShared,
	}
}

// staged answers from the stage if something stands there.
func (h *host) staged(next http.Handler) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/", next)
	mux.HandleFunc("GET /users/{name}", func(w http.ResponseWriter, r *http.Request) {
		if l := h.stage.look(r.PathValue("name")); l != (look{}) && !strings.Contains(r.Header.Get("Accept"), "text/html") {
			h.showDressed(w, r, l)
			return
		}
		next.ServeHTTP(w, r)
	})
	mux.HandleFunc("GET /users/{name}/main-key", h.showKey)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if p, found := h.stage.page(r.URL.Path); found && r.Method != http.MethodPost {
			p.show(w)
			return
		}
		mux.ServeHTTP(w, r)
	})
}

func (p Page) show(w http.ResponseWriter) {
	header := w.Header()
	header.Set("Content-Type", orElse(p.Type, activityJSON))
	for name, value := range p.Headers {
		header.Set(name, value)
	}
	if p.Location != "" {
		header.Set("Location", p.Location)
	}
	w.WriteHeader(orElse(p.Status, http.StatusOK))
	if p.write != nil {
		p.write(w)
		return
	}
	_, _ = io.WriteString(w, p.Body)
}

func orElse[T comparable](value, otherwise T) T {
	var zero T
	if value == zero {
		return otherwise
	}
	return value
}

// document is an account's own document as the host shows it.
func (h *host) document(ctx context.Context, name string) (*vocab.Object, error) {
	a, err := h.Account(ctx, name)
	if err != nil {
		return nil, err
	}
	plain, err := a.Document(h.Base())
	if err != nil {
		return nil, err
	}
	return h.stage.look(name).apply(plain)
}

func (h *host) showDressed(w http.ResponseWriter, r *http.Request, l look) {
	document, err := h.document(r.Context(), r.PathValue("name"))
	if err != nil {
		http.NotFound(w, r)
		return
	}
	Page{Body: document.String(), Headers: map[string]string{"Vary": "Accept"}}.show(w)
}

// apply changes a document to the look.
func (l look) apply(document *vocab.Object) (*vocab.Object, error) {
	var err error
	if l.hideMovedTo {
		if document, err = document.Without(vocab.MovedTo); err != nil {
			return nil, err
		}
	}
	if l.noShared {
		if document, err = document.Without(vocab.Endpoints); err != nil {
			return nil, err
		}
	}
	if ids := document.IRIs(vocab.AlsoKnownAs); l.bareAlias && len(ids) == 1 {
		if document, err = document.With(vocab.AlsoKnownAs, ids[0]); err != nil {
			return nil, err
		}
	}
	if l.keyPath {
		id := string(document.ID())
		return vocab.Parse(bytes.ReplaceAll(document.Bytes(), []byte(id+"#main-key"), []byte(id+"/main-key")))
	}
	return document, nil
}

// showKey shows a stub of the account at its key's own path, as GoToSocial does.
func (h *host) showKey(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("name")
	if !h.stage.look(name).keyPath {
		http.NotFound(w, r)
		return
	}
	main, _, err := h.Keys(r.Context(), name)
	if err != nil {
		http.NotFound(w, r)
		return
	}
	key := main.Public()
	key.ID = keyPath(key.Owner)
	public, err := key.PublicKeyObject()
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	stub, err := vocab.Build(
		vocab.Member{Name: vocab.Context, Value: []string{vocab.ContextAS, actor.ContextSecurity}},
		vocab.Member{Name: vocab.ID, Value: key.Owner},
		vocab.Member{Name: vocab.Type, Value: vocab.TypePerson},
		vocab.Member{Name: vocab.Username, Value: name},
		vocab.Member{Name: vocab.PublicKey, Value: public},
	)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	Page{Body: stub.String()}.show(w)
}

func keyPath(owner vocab.IRI) vocab.IRI { return owner + "/main-key" }

// keysAtPath makes an account sign with its key's path, or with the usual id.
func (h *host) keysAtPath(ctx context.Context, name string, on bool) error {
	main, _, err := h.Keys(ctx, name)
	if err != nil {
		return fmt.Errorf("move the key of %s: %w", name, err)
	}
	if on {
		main.ID = keyPath(main.Owner)
	}
	h.stage.dress(name, func(l *look) { l.keyPath = on })
	return h.SignWith(main.Owner, main)
}
