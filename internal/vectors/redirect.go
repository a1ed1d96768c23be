package vectors

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"

	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/portability/redirect"
	"codeberg.org/godwit/godwit/vocab"
)

// A RedirectVector is a vector of kind "redirect" (portability/redirect/vectors/README.md):
// one request at a server of which an account has moved, or to which one has.
type RedirectVector struct {
	Header
	Side     string                `json:"side"`
	Origins  []string              `json:"origins"`
	Accounts []redirectAccount     `json:"accounts"`
	Map      []portability.Mapping `json:"map"`
	Here     []string              `json:"here"`
	Gone     []vocab.IRI           `json:"gone"`
	Request  redirectRequest       `json:"request"`
	Expect   redirectExpects       `json:"expect"`

	byOld map[vocab.IRI]portability.Mapping
}

type redirectAccount struct {
	Old     vocab.IRI   `json:"old"`
	New     vocab.IRI   `json:"new"`
	Pages   []vocab.IRI `json:"pages"`
	NewPage vocab.IRI   `json:"newPage"`
	Inbox   vocab.IRI   `json:"inbox"`
	Kept    []vocab.IRI `json:"kept"`
	Off     bool        `json:"off"`
}

type redirectRequest struct {
	Method string  `json:"method"`
	URL    string  `json:"url"`
	Accept *string `json:"accept"`
}

type redirectExpects struct {
	Status   int     `json:"status"`
	Location string  `json:"location"`
	Vary     *string `json:"vary"`
}

// runRedirect runs one vector of kind "redirect".
func runRedirect(_ context.Context, data []byte) error {
	v, err := ReadRedirect(data)
	if err != nil {
		return err
	}
	return v.Run()
}

// ReadRedirect reads a vector of kind "redirect", strictly.
func ReadRedirect(data []byte) (*RedirectVector, error) {
	v := new(RedirectVector)
	if err := decode(data, v); err != nil {
		return nil, err
	}
	if err := v.check(); err != nil {
		return nil, fmt.Errorf("read vector: %w", err)
	}
	v.byOld = map[vocab.IRI]portability.Mapping{}
	for _, m := range v.Map {
		v.byOld[m.Old] = m
	}
	return v, nil
}

func (v *RedirectVector) check() error {
	switch {
	case v.Kind != "redirect":
		return fmt.Errorf("not of kind redirect: %q", v.Kind)
	case v.Side != "" && v.Side != "old" && v.Side != "new":
		return fmt.Errorf("no such side: %q", v.Side)
	case len(v.Origins) == 0:
		return errors.New("no origins")
	case v.Request.Method == "" || v.Request.URL == "":
		return errors.New("no request")
	case v.Expect.Status == 0:
		return errors.New("nothing expected")
	}
	return nil
}

// Run makes the request of a vector that [ReadRedirect] took, and returns what differs
// from what is expected.
func (v *RedirectVector) Run() error {
	handler, err := v.handler()
	if err != nil {
		return err
	}
	r := httptest.NewRequest(v.Request.Method, v.Request.URL, nil)
	if v.Request.Accept != nil {
		r.Header.Set("Accept", *v.Request.Accept)
	}
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, r)
	location, vary := w.Header().Get("Location"), w.Header().Get("Vary")
	switch {
	case w.Code != v.Expect.Status:
		return fmt.Errorf("status %d, not %d", w.Code, v.Expect.Status)
	case location != v.Expect.Location:
		return fmt.Errorf("location %q, not %q", location, v.Expect.Location)
	case v.Expect.Vary != nil && vary != *v.Expect.Vary:
		return fmt.Errorf("vary %q, not %q", vary, *v.Expect.Vary)
	}
	return nil
}

func (v *RedirectVector) handler() (http.Handler, error) {
	next := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !slices.Contains(v.Here, v.Request.URL) {
			http.NotFound(w, r)
		}
	})
	if v.Side == "new" {
		return redirect.NewResolver(next, &redirect.ResolverOptions{Finder: v, Origins: v.Origins})
	}
	accounts := &redirect.AccountTable{}
	for _, a := range v.Accounts {
		accounts.Put(redirect.MovedAccount(a))
	}
	o := &redirect.Options{Finder: v, Accounts: accounts, Origins: v.Origins}
	if len(v.Gone) > 0 {
		o.Gone = func(_ context.Context, ids []vocab.IRI) (bool, error) {
			return slices.ContainsFunc(ids, func(id vocab.IRI) bool { return slices.Contains(v.Gone, id) }), nil
		}
	}
	return redirect.New(next, o)
}

// Find implements [redirect.Finder].
func (v *RedirectVector) Find(_ context.Context, olds []vocab.IRI) (map[vocab.IRI]portability.Mapping, error) {
	found := map[vocab.IRI]portability.Mapping{}
	for _, old := range olds {
		if m, ok := v.byOld[old]; ok {
			found[old] = m
		}
	}
	return found, nil
}
