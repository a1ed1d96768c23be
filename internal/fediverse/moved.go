package fediverse

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"slices"
	"strings"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/portability/redirect"
	"codeberg.org/godwit/godwit/vocab"
)

// Copies is what the server keeps of copies that came here, and of where things went
// that were here.
func (s *Server) Copies() portability.Store { return s.copies }

// withRedirects puts around a handler what leads old links on, and what answers for
// those that other servers lead here.
func (s *Server) withRedirects(next http.Handler) (http.Handler, error) {
	origins := []string{s.config.Base}
	var trusted []string
	for _, address := range s.config.Trusted {
		trusted = append(trusted, "http://"+address)
	}
	problem := func(_ *http.Request, err error) { s.failed(err) }
	next, err := s.restored(next)
	if err != nil {
		return nil, err
	}
	resolver, err := redirect.NewResolver(next, &redirect.ResolverOptions{
		Finder: s.copies, Origins: origins, Trusted: trusted, Problem: problem,
	})
	if err != nil {
		return nil, err
	}
	return redirect.New(resolver, &redirect.Options{
		Finder: s.copies, Accounts: movedAway{s}, Origins: origins, Trusted: trusted, Problem: problem,
	})
}

// movedAway are the accounts here that have moved.
type movedAway struct{ s *Server }

// Moved is [redirect.Accounts.Moved].
func (m movedAway) Moved(ctx context.Context, id vocab.IRI) (redirect.MovedAccount, bool, error) {
	rest, ours := strings.CutPrefix(string(m.s.formerly.inside(id, m.s.config.Base)), m.s.config.Base+"/users/")
	if !ours {
		return redirect.MovedAccount{}, false, nil
	}
	name, _, _ := strings.Cut(strings.ReplaceAll(rest, "#", "/"), "/")
	a, err := m.s.Account(ctx, name)
	if errors.Is(err, ErrNoAccount) || err == nil && a.MovedTo == "" {
		return redirect.MovedAccount{}, false, nil
	}
	if err != nil {
		return redirect.MovedAccount{}, false, err
	}
	document, err := a.Document(m.s.config.Base)
	if err != nil {
		return redirect.MovedAccount{}, false, err
	}
	moved := redirect.AccountOf(document, a.MovedTo)
	keeps := slices.Contains(append(append(moved.Kept, moved.Pages...), moved.Old, moved.Inbox), id)
	return moved, keeps, nil
}

// errNotTheirs says that a mapping is none of an account that moved.
var errNotTheirs = errors.New("it is not of this account, or not on the server that it moved to")

// Forward takes in where everything of an account is now, which moved away from here.
func (s *Server) Forward(ctx context.Context, name string, all iter.Seq2[portability.Mapping, error]) error {
	a, err := s.Account(ctx, name)
	if err != nil {
		return err
	}
	var batch []portability.Mapping
	for m, err := range all {
		switch {
		case err != nil:
			return err
		case m.From != a.ID || m.To != a.MovedTo || !vocab.SameOrigin(m.New, a.MovedTo):
			return fmt.Errorf("forward %s: %w", m.Old, errNotTheirs)
		}
		if batch = append(batch, m); len(batch) == 500 {
			if err := s.copies.Map(ctx, batch); err != nil {
				return err
			}
			batch = nil
		}
	}
	return s.copies.Map(ctx, batch)
}

// Welcome notes that another account has verifiably moved to one here, which publishes
// from then on where its posts went (FEP-1580).
func (s *Server) Welcome(ctx context.Context, name string, old vocab.IRI) error {
	there, err := s.client.FetchFresh(ctx, old)
	if err != nil {
		return err
	}
	here := s.idOf(name)
	if to := actor.StandingOf(there).MovedTo; to != here {
		return fmt.Errorf("welcome %s: it has moved to %q", old, to)
	}
	return s.change(ctx, `UPDATE accounts SET came = ? WHERE name = ?`, old, name)
}

func objectMapOf(a Account) vocab.IRI { return a.ID + "/migration" }

// objectMap shows where the posts of an account went that moved to one here.
func (s *Server) objectMap(w http.ResponseWriter, r *http.Request) {
	a, err := s.Account(r.Context(), r.PathValue("name"))
	if err == nil && a.Came == "" {
		err = ErrNoAccount
	}
	if err != nil {
		s.missing(w, err)
		return
	}
	m, err := s.maps.Of(r.Context(), redirect.ObjectMapOptions{ID: objectMapOf(a), New: a.ID, Old: a.Came})
	if err != nil {
		s.missing(w, err)
		return
	}
	m.ServeHTTP(w, r)
}
