package peer

import (
	"net/http"
	"strconv"
	"time"
)

// A HostLine is one host as the API shows it.
type HostLine struct {
	Name   string `json:"name"`
	Base   string `json:"base"`
	Listen string `json:"listen"`
	// Unkind is what is switched on; null if nothing is.
	Unkind *Setting `json:"unkind"`
}

func (h *host) line() HostLine {
	line := HostLine{Name: h.name, Base: h.Base(), Listen: h.listen}
	if how, is := h.unkind.now(); is {
		line.Unkind = &how
	}
	return line
}

// Lines returns all hosts as the API shows them.
func (p *Peer) Lines() []HostLine {
	lines := []HostLine{}
	for _, h := range p.hosts {
		lines = append(lines, h.line())
	}
	return lines
}

func (p *Peer) listHosts(*http.Request) (any, int, error) { return p.Lines(), http.StatusOK, nil }

func (p *Peer) setUnkind(r *http.Request) (any, int, error) {
	h, err := p.host(r.PathValue("host"))
	if err != nil {
		return nil, 0, err
	}
	setting, err := read[Setting](r)
	switch {
	case err != nil:
		return nil, 0, err
	case setting.Name == "" || setting.Seconds < 0 || setting.Times < 0:
		return nil, 0, &apiError{http.StatusBadRequest, "an unkindness has a name, and neither seconds nor times below zero"}
	}
	if err := h.be(r.Context(), setting); err != nil {
		return nil, 0, err
	}
	return h.line(), http.StatusOK, nil
}

func (p *Peer) setKind(r *http.Request) (any, int, error) {
	h, err := p.host(r.PathValue("host"))
	if err != nil {
		return nil, 0, err
	}
	if err := h.be(r.Context(), Setting{}); err != nil {
		return nil, 0, err
	}
	return h.line(), http.StatusOK, nil
}

// listReceived shows what the hosts were sent. With within it waits until there
// is something.
func (p *Peer) listReceived(r *http.Request) (any, int, error) {
	wait, err := within(r)
	if err != nil {
		return nil, 0, err
	}
	q := r.URL.Query()
	var since int64
	if text := q.Get("since"); text != "" {
		if since, err = strconv.ParseInt(text, 10, 64); err != nil {
			return nil, 0, &apiError{http.StatusBadRequest, "since is the number of an entry"}
		}
	}
	pass := func(e Entry) bool {
		return matches(q.Get("host"), e.Host) && matches(q.Get("method"), e.Method) && matches(q.Get("type"), e.Type) &&
			matches(q.Get("actor"), string(e.Actor)) && matches(q.Get("object"), string(e.Object)) && matches(q.Get("path"), e.Path)
	}
	for deadline := time.Now().Add(wait); ; {
		found := p.journal.since(since, pass)
		if len(found) > 0 || !time.Now().Before(deadline) {
			return found, http.StatusOK, nil
		}
		if err := awhile(r.Context(), min(lookAgain, time.Until(deadline))); err != nil {
			return nil, 0, err
		}
	}
}

func matches(wanted, is string) bool { return wanted == "" || wanted == is }
