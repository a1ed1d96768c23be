package peer

import (
	"net/http"
)

func (p *Peer) startAttack(r *http.Request) (any, int, error) {
	request, err := read[AttackRequest](r)
	if err != nil {
		return nil, 0, err
	}
	run, err := p.attack(r.Context(), request)
	if err != nil {
		return nil, 0, err
	}
	outcome, err := p.outcome(r.Context(), run)
	return outcome, http.StatusCreated, err
}

// showAttack shows what came of an attack: 409 if the receiver was fooled, else
// 200.
func (p *Peer) showAttack(r *http.Request) (any, int, error) {
	n, err := number(r)
	if err != nil {
		return nil, 0, err
	}
	wait, err := within(r)
	if err != nil {
		return nil, 0, err
	}
	run, err := p.acts.find(n)
	if err != nil {
		return nil, 0, err
	}
	outcome, err := p.await(r.Context(), run, wait)
	if err != nil {
		return nil, 0, err
	}
	if outcome.Sound != nil && !*outcome.Sound {
		return outcome, http.StatusConflict, nil
	}
	return outcome, http.StatusOK, nil
}

func (p *Peer) startDeparture(r *http.Request) (any, int, error) {
	request, err := read[DepartRequest](r)
	if err != nil {
		return nil, 0, err
	}
	d, err := p.depart(r.Context(), r.PathValue("who"), request)
	if err != nil {
		return nil, 0, err
	}
	shown, err := d.shown(r.Context())
	return shown, http.StatusAccepted, err
}

func (p *Peer) showDeparture(r *http.Request) (any, int, error) {
	n, err := number(r)
	if err != nil {
		return nil, 0, err
	}
	p.acts.mu.Lock()
	defer p.acts.mu.Unlock()
	if n < 1 || n > len(p.acts.departures) {
		return nil, 0, &apiError{http.StatusNotFound, "there is no such departure"}
	}
	shown, err := p.acts.departures[n-1].shown(r.Context())
	return shown, http.StatusOK, err
}
