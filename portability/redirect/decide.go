package redirect

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

// What is done with a request.
type answer byte

const (
	pass answer = iota // the next handler answers
	lead               // 301
	gone               // 410
	ask                // the next handler answers, unless it has nothing: then 301, or 410 where there is no place
)

type decision struct {
	what     answer
	location string
	varies   bool // with Accept
}

// A question is one request, and what its address may stand for.
type question struct {
	r    *http.Request
	ctx  context.Context
	id   vocab.IRI   // as it was asked for
	keys []vocab.IRI // further names of the same, see Normalize
	form Form
	wish wish
}

func (h *Handler) decide(ctx context.Context, origin string, r *http.Request) (decision, error) {
	id := vocab.IRI(origin + r.URL.EscapedPath())
	if r.URL.RawQuery != "" {
		id += vocab.IRI("?" + r.URL.RawQuery)
	}
	q := question{r: r, ctx: ctx, id: id, wish: wishOf(r.Header["Accept"])}
	if !id.IsHTTP() || isKept(h.o.Software, id) {
		return decision{}, nil
	}
	if told, err := h.toldGone(&q); err != nil || told {
		return decision{what: gone}, err
	}
	account, ours, err := h.o.Accounts.Moved(ctx, id)
	if err != nil {
		return decision{}, fmt.Errorf("redirect: %w", err)
	}
	if ours {
		return h.atAccount(q, account, id)
	}
	if d, ok, err := h.byMap(q, []vocab.IRI{id}); err != nil || ok {
		return d, err
	}
	return h.byForm(q)
}

func (h *Handler) toldGone(q *question) (bool, error) {
	if h.o.Gone == nil {
		return false, nil
	}
	q.form, q.keys = normalize(h.o.Software, q.id)
	told, err := h.o.Gone(q.ctx, append([]vocab.IRI{q.id}, q.keys...))
	if err != nil {
		return false, fmt.Errorf("redirect: %w", err)
	}
	return told, nil
}

// byForm takes what the address itself did not tell.
func (h *Handler) byForm(q question) (decision, error) {
	if h.o.Gone == nil {
		q.form, q.keys = normalize(h.o.Software, q.id)
	}
	if q.form.Shape == Profile || q.form.Shape == "" {
		if d, ok, err := h.byProfile(q); err != nil || ok {
			return d, err
		}
	}
	if d, ok, err := h.byMap(q, q.keys); err != nil || ok {
		return d, err
	}
	return h.unmapped(q)
}

// atAccount is for an address that an account has itself, or another form of it.
func (h *Handler) atAccount(q question, a MovedAccount, id vocab.IRI) (decision, error) {
	if a.Off || a.keepsBehind(id) {
		return decision{}, nil
	}
	last, err := h.destination(q, a)
	if err != nil || last.New == "" {
		return decision{}, err
	}
	isID := id == a.Old.Document()
	if q.wish == activity || isID && q.wish == anything {
		return decision{varies: true}, nil
	}
	location, err := Location(last.page(), last.New, h.o.Trusted)
	if err != nil {
		h.problem(q.r, err)
		return decision{}, nil
	}
	if location == string(q.id) {
		return decision{}, nil
	}
	return decision{what: lead, location: location, varies: true}, nil
}

// byProfile is for further forms of a profile's address, if it is one.
func (h *Handler) byProfile(q question) (decision, bool, error) {
	for _, key := range q.keys {
		a, ours, err := h.o.Accounts.Moved(q.ctx, key)
		if err != nil {
			return decision{}, false, fmt.Errorf("redirect: %w", err)
		}
		if ours {
			d, err := h.atAccount(q, a, key)
			return d, true, err
		}
	}
	return decision{}, false, nil
}

// byMap leads by the first key of which the map has something for strangers.
func (h *Handler) byMap(q question, keys []vocab.IRI) (decision, bool, error) {
	if len(keys) == 0 {
		return decision{}, false, nil
	}
	found, err := h.o.Finder.Find(q.ctx, keys)
	if err != nil {
		return decision{}, false, fmt.Errorf("redirect: %w", err)
	}
	for _, key := range keys {
		m, ok := found[key]
		if !ok || m.Old != key || !leads(m.Kind) || m.New == "" || width(m.Audience) < width(portability.ForUnlisted) {
			continue // at once, so that it takes no longer than what is not there
		}
		if d, ok, err := h.byMapping(q, m); err != nil || ok {
			return d, ok, err
		}
	}
	return decision{}, false, nil
}

// leads reports whether people follow links to things of a kind.
func leads(k portability.Kind) bool {
	return k == portability.Content || k == portability.Outbox || k == portability.Media
}

func (h *Handler) byMapping(q question, m portability.Mapping) (decision, bool, error) {
	a, ours, err := h.o.Accounts.Moved(q.ctx, m.From)
	if err != nil {
		return decision{}, false, fmt.Errorf("redirect: %w", err)
	}
	if !ours || a.Off || a.Old != m.From || a.keeps(q.id) {
		return decision{}, false, nil
	}
	m, ok, err := h.lastPlace(q, a, m)
	switch {
	case err != nil || !ok:
		return decision{}, false, err
	case width(m.Audience) < width(portability.ForUnlisted):
		return decision{}, false, nil
	case m.Gone:
		return decision{what: ask}, true, nil
	}
	return h.toPlace(q, m)
}

func (h *Handler) toPlace(q question, m portability.Mapping) (decision, bool, error) {
	target := m.Place()
	if q.wish == activity {
		target = m.New
	}
	location, err := Location(target, m.To, h.o.Trusted)
	if err != nil {
		h.problem(q.r, err)
		return decision{}, false, nil
	}
	if location == string(q.id) || slices.Contains(q.keys, target) {
		return decision{}, true, nil
	}
	return decision{what: lead, location: location, varies: m.Place() != m.New}, true, nil
}

// unmapped hands an id under a moved actor to the new one. What is in the map and not
// for strangers comes here as well, and looks the same.
func (h *Handler) unmapped(q question) (decision, error) {
	a, key, err := h.owner(q)
	if err != nil || a.Old == "" || a.Off {
		return decision{}, err
	}
	last, err := h.destination(q, a)
	if err != nil || last.New == "" || h.serves(last.New) {
		return decision{}, err
	}
	target := Unmapped(last.New, key)
	if target == "" {
		return decision{}, nil
	}
	location, err := Location(target, last.New, h.o.Trusted)
	if err != nil {
		h.problem(q.r, err)
		return decision{}, nil
	}
	return decision{what: ask, location: location}, nil
}

// serves reports whether an actor is on an origin of ours: its map is here, too.
func (h *Handler) serves(id vocab.IRI) bool {
	_, ours := h.origins[id.Host()]
	return ours
}

// owner returns the moved account under which a post's address stands, and the name
// by which the new actor would know the post: its id, where that can be told.
func (h *Handler) owner(q question) (MovedAccount, vocab.IRI, error) {
	for _, id := range append(q.form.owners(q.id.Origin()), above(q.id)...) {
		a, ours, err := h.o.Accounts.Moved(q.ctx, id)
		if err != nil {
			return a, "", fmt.Errorf("redirect: %w", err)
		}
		if !ours || id != a.Old.Document() && !slices.Contains(a.Pages, id) {
			continue
		}
		if rest, under := strings.CutPrefix(string(q.id), string(id)+"/"); under && reserved(rest) {
			return MovedAccount{}, "", nil
		}
		for _, key := range q.keys {
			if strings.HasPrefix(string(key), string(a.Old)+"/") && !strings.HasSuffix(string(key), "/") {
				return a, key, nil
			}
		}
		return a, q.id, nil
	}
	return MovedAccount{}, "", nil
}

// above returns the addresses that an address is under, the nearest first; no more
// than four, for none of an account is deeper.
func above(id vocab.IRI) []vocab.IRI {
	s, _, _ := strings.Cut(string(id), "?")
	var all []vocab.IRI
	for range 4 {
		i := strings.LastIndexByte(s, '/')
		if i <= len(id.Origin()) {
			break
		}
		s = s[:i]
		all = append(all, vocab.IRI(s))
	}
	return all
}
