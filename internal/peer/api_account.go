package peer

import (
	"context"
	"errors"
	"net/http"
	"regexp"

	"codeberg.org/godwit/godwit/internal/fediverse"
	"codeberg.org/godwit/godwit/move"
	"codeberg.org/godwit/godwit/vocab"
)

// An Account is one account as the API shows it.
type Account struct {
	Handle  string      `json:"handle"`
	Name    string      `json:"name"`
	Host    string      `json:"host"`
	ID      vocab.IRI   `json:"id"`
	Inbox   vocab.IRI   `json:"inbox"`
	Locked  bool        `json:"locked"`
	Aliases []vocab.IRI `json:"aliases"`
	MovedTo vocab.IRI   `json:"movedTo"`
	// Followers, Requests (who wait to be followers) and Following are ids.
	Followers []vocab.IRI `json:"followers"`
	Requests  []vocab.IRI `json:"requests"`
	Following []vocab.IRI `json:"following"`
	// Notices are what the account was told of moves, oldest first.
	Notices []Notice `json:"notices"`
	// Document is what is shown at ID, unless a page or an unkindness stands in
	// its place.
	Document *vocab.Object `json:"document"`
}

// A Notice is what an account was told of a move.
type Notice struct {
	Old    vocab.IRI   `json:"old"`
	New    vocab.IRI   `json:"new"`
	Reason move.Reason `json:"reason"`
}

// A CreateRequest asks for an account.
type CreateRequest struct {
	Host    string   `json:"host"` // "" is the first
	Name    string   `json:"name"`
	Locked  bool     `json:"locked"`  // approves followers by hand
	Aliases []string `json:"aliases"` // ids or handles
	MovedTo string   `json:"movedTo"`
}

// names are what stands in a path and in a handle without being escaped.
var names = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}$`)

func (p *Peer) createAccount(r *http.Request) (any, int, error) {
	request, err := read[CreateRequest](r)
	if err != nil {
		return nil, 0, err
	}
	h, err := p.host(request.Host)
	switch {
	case err != nil:
		return nil, 0, err
	case !names.MatchString(request.Name):
		return nil, 0, &apiError{http.StatusBadRequest, "a name has 1 to 64 letters, digits, _ . or -"}
	}
	if _, err := h.Account(r.Context(), request.Name); err == nil {
		return nil, 0, &apiError{http.StatusConflict, "there is an account of that name already"}
	}
	if _, err := h.Create(r.Context(), request.Name, request.Locked); err != nil {
		return nil, 0, err
	}
	if h.stage.look("").keyPath {
		if err := h.keysAtPath(r.Context(), request.Name, true); err != nil {
			return nil, 0, err
		}
	}
	if err := p.change(r.Context(), h, request.Name, ChangeRequest{Aliases: &request.Aliases, MovedTo: &request.MovedTo}); err != nil {
		return nil, 0, err
	}
	account, err := h.shown(r.Context(), request.Name)
	return account, http.StatusCreated, err
}

// A ChangeRequest changes an account without telling anybody. What is absent
// stays.
type ChangeRequest struct {
	Locked  *bool     `json:"locked"`
	Aliases *[]string `json:"aliases"` // ids or handles; replaces those that are there
	MovedTo *string   `json:"movedTo"` // an id or handle; "" takes it away
}

func (p *Peer) changeAccount(r *http.Request) (any, int, error) {
	h, name, err := p.account(r.Context(), r.PathValue("who"))
	if err != nil {
		return nil, 0, err
	}
	request, err := read[ChangeRequest](r)
	if err != nil {
		return nil, 0, err
	}
	if err := p.change(r.Context(), h, name, request); err != nil {
		return nil, 0, err
	}
	account, err := h.shown(r.Context(), name)
	return account, http.StatusOK, err
}

func (p *Peer) change(ctx context.Context, h *host, name string, request ChangeRequest) error {
	var errs []error
	if request.Locked != nil {
		errs = append(errs, h.Lock(ctx, name, *request.Locked))
	}
	if request.Aliases != nil {
		aliases := []vocab.IRI{}
		for _, text := range *request.Aliases {
			id, err := p.resolve(ctx, h, text)
			if err != nil {
				return err
			}
			aliases = append(aliases, id)
		}
		errs = append(errs, h.Alias(ctx, name, aliases...))
	}
	if request.MovedTo != nil {
		var id vocab.IRI
		if *request.MovedTo != "" {
			var err error
			if id, err = p.resolve(ctx, h, *request.MovedTo); err != nil {
				return err
			}
		}
		errs = append(errs, h.SetMovedTo(ctx, name, id))
	}
	return errors.Join(errs...)
}

func (p *Peer) listAccounts(r *http.Request) (any, int, error) {
	all := []*Account{}
	for _, h := range p.hosts {
		here, err := h.Accounts(r.Context())
		if err != nil {
			return nil, 0, err
		}
		for _, a := range here {
			if a.Name == reader {
				continue
			}
			one, err := h.shown(r.Context(), a.Name)
			if err != nil {
				return nil, 0, err
			}
			all = append(all, one)
		}
	}
	return all, http.StatusOK, nil
}

func (p *Peer) showAccount(r *http.Request) (any, int, error) {
	h, name, err := p.account(r.Context(), r.PathValue("who"))
	if err != nil {
		return nil, 0, err
	}
	account, err := h.shown(r.Context(), name)
	return account, http.StatusOK, err
}

// shown gathers what there is to show of an account.
func (h *host) shown(ctx context.Context, name string) (*Account, error) {
	a, err := h.Account(ctx, name)
	if errors.Is(err, fediverse.ErrNoAccount) {
		return nil, &apiError{http.StatusNotFound, err.Error()}
	}
	if err != nil {
		return nil, err
	}
	one := &Account{
		Handle: "@" + name + "@" + h.name, Name: name, Host: h.name, ID: a.ID, Inbox: a.ID + "/inbox",
		Locked: a.Locked, Aliases: orEmpty(a.Aliases), MovedTo: a.MovedTo, Notices: []Notice{},
	}
	for into, list := range map[*[]vocab.IRI]func(context.Context, string) ([]vocab.IRI, error){
		&one.Followers: h.Followers, &one.Requests: h.Requests, &one.Following: h.Following,
	} {
		ids, err := list(ctx, name)
		if err != nil {
			return nil, err
		}
		*into = orEmpty(ids)
	}
	notices, err := h.Notices(ctx, name)
	if err != nil {
		return nil, err
	}
	for _, n := range notices {
		one.Notices = append(one.Notices, Notice{n.Old, n.New, n.Reason})
	}
	one.Document, err = h.document(ctx, name)
	return one, err
}

func orEmpty(ids []vocab.IRI) []vocab.IRI {
	if ids == nil {
		return []vocab.IRI{}
	}
	return ids
}

func (p *Peer) rekey(r *http.Request) (any, int, error) {
	h, name, err := p.account(r.Context(), r.PathValue("who"))
	if err != nil {
		return nil, 0, err
	}
	if err := h.Rekey(r.Context(), name); err != nil {
		return nil, 0, err
	}
	account, err := h.shown(r.Context(), name)
	return account, http.StatusOK, err
}

// sendUpdate tells an account's followers what it looks like now.
func (p *Peer) sendUpdate(r *http.Request) (any, int, error) {
	h, name, err := p.account(r.Context(), r.PathValue("who"))
	if err != nil {
		return nil, 0, err
	}
	person, err := h.document(r.Context(), name)
	if err != nil {
		return nil, 0, err
	}
	news, err := update(person)
	if err != nil {
		return nil, 0, err
	}
	inboxes, err := h.inboxes(r.Context(), h.id(name))
	if err != nil {
		return nil, 0, err
	}
	lines := []LedgerLine{}
	for _, inbox := range inboxes {
		status, err := h.Client().Deliver(r.Context(), h.id(name), inbox, news)
		line := LedgerLine{Party: inbox, Activity: vocab.TypeUpdate, State: "answered", Status: status, Attempts: 1}
		if err != nil && status == 0 {
			line.State = "unknown"
		}
		lines = append(lines, line)
	}
	return lines, http.StatusOK, nil
}
