package fediverse

import (
	"context"
	"net/http"
	"strings"
	"sync"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/portability/redirect"
	"codeberg.org/godwit/godwit/vocab"
)

// formerPlaces are the addresses of adopted accounts. The zero value is empty.
type formerPlaces struct {
	mu    sync.RWMutex
	ids   map[string]vocab.IRI // by name
	spots map[vocab.IRI]spot
}

// A spot is where the server answers for an address of an account.
type spot struct {
	actor vocab.IRI
	place redirect.Place
}

// recall finds the accounts that were adopted before.
func (s *Server) recall(ctx context.Context) error {
	accounts, err := s.Accounts(ctx)
	for _, a := range accounts {
		if a.before != nil {
			s.formerly.add(s.config, a)
		}
	}
	return err
}

// idOf returns the id of the account with a name, be there one or not.
func (s *Server) idOf(name string) vocab.IRI {
	s.formerly.mu.RLock()
	defer s.formerly.mu.RUnlock()
	if id, adopted := s.formerly.ids[name]; adopted {
		return id
	}
	return vocab.IRI(s.config.Base + "/users/" + name)
}

func (f *formerPlaces) add(c Config, a Account) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.ids == nil {
		f.ids, f.spots = map[string]vocab.IRI{}, map[vocab.IRI]spot{}
	}
	f.ids[a.Name] = a.ID
	put := func(at vocab.IRI, place redirect.Place) {
		_, taken := f.spots[at]
		if at.Origin() == c.Base && !taken && !isOurs(strings.TrimPrefix(string(at), c.Base)) {
			f.spots[at] = spot{a.ID, place}
		}
	}
	inside := "/users/" + a.Name
	for p, word := range map[vocab.Property]string{
		vocab.Inbox: "inbox", vocab.Outbox: "outbox", vocab.Followers: "followers", vocab.Following: "following", vocab.Featured: "featured",
	} {
		put(a.before.IRI(p), redirect.Place{Path: inside + "/" + word})
	}
	put(a.ID+"/outbox", redirect.Place{Path: inside + "/outbox"}) // a takeout does not say
	profile := redirect.Place{Path: inside}
	if page, here := strings.CutPrefix(string(a.page()), c.Base); here {
		profile.Page = page
	}
	keys, _ := actor.Keys(a.before)
	for _, k := range keys {
		put(k.ID.Document(), redirect.Place{Path: inside})
	}
	delete(f.spots, a.ID.Document()) // its keys are mostly in it
	for _, form := range redirect.Forms(c.Former, a.ID, []vocab.IRI{a.page()}) {
		put(form.Document(), profile)
	}
}

// isOurs reports whether a path is the server's own, which no account can have.
func isOurs(path string) bool {
	return path == "" || path == "/" || path == "/inbox" || path == "/restored" ||
		strings.HasPrefix(path, "/.well-known/") || strings.HasPrefix(path, "/nodeinfo/")
}

func (f *formerPlaces) at(id vocab.IRI) (spot, bool) {
	f.mu.RLock()
	defer f.mu.RUnlock()
	at, ok := f.spots[id]
	return at, ok
}

func (f *formerPlaces) empty() bool {
	f.mu.RLock()
	defer f.mu.RUnlock()
	return len(f.ids) == 0
}

// actor returns the account that an address stands for; the address itself if that is none.
func (f *formerPlaces) actor(id vocab.IRI) vocab.IRI {
	if at, known := f.at(id); known {
		return at.actor
	}
	return id
}

// other returns whose an address is, if not the account's.
func (f *formerPlaces) other(id, account vocab.IRI) vocab.IRI {
	if at, known := f.at(id.Document()); known && at.actor != account {
		return at.actor
	}
	return ""
}

// inside returns the address under which the server answers for one.
func (f *formerPlaces) inside(id vocab.IRI, base string) vocab.IRI {
	if at, known := f.at(id.Document()); known {
		return vocab.IRI(base + at.place.Path)
	}
	return id
}

// asked is the path that was asked for, whatever it was routed to.
func asked(r *http.Request) string {
	if path, _, _ := strings.Cut(r.RequestURI, "?"); strings.HasPrefix(path, "/") {
		return path
	}
	return r.URL.Path
}
