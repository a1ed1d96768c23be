package peer

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"codeberg.org/godwit/godwit/vocab"
)

// A condition is what can be expected of an account. The value is an id, or a
// handle of one of the hosts here; of notice it is a reason.
type condition struct {
	name string
	true func(a *Account, value vocab.IRI) bool
}

func conditions() []condition {
	has := func(list func(*Account) []vocab.IRI) func(*Account, vocab.IRI) bool {
		return func(a *Account, id vocab.IRI) bool { return slices.Contains(list(a), id) }
	}
	return []condition{
		{"follows", has(func(a *Account) []vocab.IRI { return a.Following })},
		{"follower", has(func(a *Account) []vocab.IRI { return a.Followers })},
		{"request", has(func(a *Account) []vocab.IRI { return a.Requests })},
		{"alias", has(func(a *Account) []vocab.IRI { return a.Aliases })},
		{"movedTo", func(a *Account, id vocab.IRI) bool { return a.MovedTo == id }},
		{"notice", func(a *Account, reason vocab.IRI) bool {
			return slices.ContainsFunc(a.Notices, func(n Notice) bool { return string(n.Reason) == string(reason) })
		}},
	}
}

// A wish is one condition with its value; not says that it must be false.
type wish struct {
	condition
	value vocab.IRI
	not   bool
}

// expect waits until all that is asked for is true, and answers 200; 409 if it
// is not true in time.
func (p *Peer) expect(r *http.Request) (any, int, error) {
	h, name, err := p.account(r.Context(), r.PathValue("who"))
	if err != nil {
		return nil, 0, err
	}
	wait, err := within(r)
	if err != nil {
		return nil, 0, err
	}
	wishes, err := p.wishes(r.Context(), r.URL.Query())
	if err != nil {
		return nil, 0, err
	}
	for deadline := time.Now().Add(wait); ; {
		a, err := h.shown(r.Context(), name)
		if err != nil {
			return nil, 0, err
		}
		unmet := slices.ContainsFunc(wishes, func(w wish) bool { return w.true(a, w.value) == w.not })
		switch {
		case !unmet:
			return a, http.StatusOK, nil
		case !time.Now().Before(deadline):
			return a, http.StatusConflict, nil
		}
		if err := awhile(r.Context(), min(lookAgain, time.Until(deadline))); err != nil {
			return nil, 0, err
		}
	}
}

// wishes reads the query: follows=ID, or not.follows=ID.
func (p *Peer) wishes(ctx context.Context, q url.Values) ([]wish, error) {
	var all []wish
	for key, values := range q {
		if key == "within" {
			continue
		}
		name, not := strings.CutPrefix(key, "not.")
		known := conditions()
		i := slices.IndexFunc(known, func(c condition) bool { return c.name == name })
		if i < 0 {
			return nil, &apiError{http.StatusBadRequest, "nothing named " + key + " can be expected"}
		}
		for _, value := range values {
			id := vocab.IRI(value)
			if h, name, err := p.account(ctx, value); err == nil {
				id = h.id(name)
			}
			all = append(all, wish{known[i], id, not})
		}
	}
	if len(all) == 0 {
		return nil, &apiError{http.StatusBadRequest, "say what is expected, such as follows=ID"}
	}
	return all, nil
}
