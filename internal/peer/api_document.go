package peer

import "net/http"

func (p *Peer) putDocument(r *http.Request) (any, int, error) {
	h, name, err := p.account(r.Context(), r.PathValue("who"))
	if err != nil {
		return nil, 0, err
	}
	page, err := read[Page](r)
	if err != nil {
		return nil, 0, err
	}
	if page.Status != 0 && (page.Status < 200 || page.Status > 599) {
		return nil, 0, &apiError{http.StatusBadRequest, "the status is from 200 to 599"}
	}
	h.stage.put("/users/"+name, page)
	return page, http.StatusOK, nil
}

func (p *Peer) dropDocument(r *http.Request) (any, int, error) {
	h, name, err := p.account(r.Context(), r.PathValue("who"))
	if err != nil {
		return nil, 0, err
	}
	h.stage.remove("/users/" + name)
	account, err := h.shown(r.Context(), name)
	return account, http.StatusOK, err
}
