package peer

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/move"
	"codeberg.org/godwit/godwit/vocab"
)

// A DepartRequest asks for a good move.
type DepartRequest struct {
	// To is the new account: an id, or NAME@HOST. It must claim the old one.
	To string `json:"to"`
	// Shape is the name of a shape. "": godwit.
	Shape string `json:"shape,omitzero"`
	// Unlinked sends it although the new account does not claim the old one.
	Unlinked bool `json:"unlinked,omitzero"`
}

// A Departure is a move that was asked for, and what is known of it.
type Departure struct {
	Number int       `json:"n"`
	Shape  string    `json:"shape"`
	Old    vocab.IRI `json:"old"`
	New    vocab.IRI `json:"new"`
	// Done says that nothing more will be sent.
	Done   bool         `json:"done"`
	Ledger []LedgerLine `json:"ledger"`

	mu     sync.Mutex
	h      *host
	caseID string // the announcer's, in the shape godwit
}

// A LedgerLine is what is known of one delivery, or of one follower who was
// seen to arrive.
type LedgerLine struct {
	Party    vocab.IRI `json:"party"` // an inbox, or a follower
	Activity string    `json:"activity,omitzero"`
	// State is queued, answered, unknown (no answer after every try) or
	// observed (the follower was seen to leave, or to arrive).
	State    string `json:"state"`
	Status   int    `json:"status,omitzero"`
	Attempts int    `json:"attempts,omitzero"`
}

// depart moves an account away. It returns when all is under way.
func (p *Peer) depart(ctx context.Context, who string, request DepartRequest) (*Departure, error) {
	h, name, err := p.account(ctx, who)
	if err != nil {
		return nil, err
	}
	shape, found := findShape(orElse(request.Shape, godwit))
	if !found {
		return nil, &apiError{http.StatusNotFound, "there is no shape of that name; GET /v1/shapes lists them"}
	}
	to, err := p.resolve(ctx, h, request.To)
	if err != nil {
		return nil, err
	}
	d := &Departure{Shape: shape.Name, Old: h.id(name), New: to, Ledger: []LedgerLine{}, h: h}
	if shape.Name == godwit {
		err = d.announce(ctx, h, name)
	} else {
		err = p.send(ctx, d, shape, name, request.Unlinked)
	}
	if err != nil {
		return nil, err
	}
	p.acts.mu.Lock()
	defer p.acts.mu.Unlock()
	p.acts.departures = append(p.acts.departures, d)
	d.Number = len(p.acts.departures)
	return d, nil
}

func notLinkedHint(old, new vocab.IRI) string {
	return move.NotLinked.Hint(old, new) + "; to send it all the same, name a shape other than godwit, and \"unlinked\": true"
}

// announce leaves it to the library.
func (d *Departure) announce(ctx context.Context, h *host, name string) error {
	departing, err := h.Depart(ctx, name, d.New)
	if refused, ok := errors.AsType[*move.RefusedError](err); ok {
		hint := refused.Hint()
		if refused.Reason == move.NotLinked {
			hint = notLinkedHint(d.Old, d.New)
		}
		return &refusedError{apiError{http.StatusConflict, refused.Error()}, hint}
	}
	d.caseID = departing.Case
	return err
}

// shown is a copy as it stands now.
func (d *Departure) shown(ctx context.Context) (*Departure, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	now := &Departure{Number: d.Number, Shape: d.Shape, Old: d.Old, New: d.New, Done: d.Done, Ledger: append([]LedgerLine{}, d.Ledger...)}
	if d.caseID == "" {
		return now, nil
	}
	now.Done = true
	for entry, err := range d.h.Announcer().Ledger(ctx, d.caseID, "") {
		if err != nil {
			return nil, err
		}
		line := LedgerLine{Party: entry.Party, State: string(entry.State), Status: entry.Status, Attempts: entry.Attempts}
		if entry.State == move.Announce || entry.State == move.Update {
			line.State, now.Done = "queued", false
		}
		now.Ledger = append(now.Ledger, line)
	}
	now.Done = now.Done && len(now.Ledger) > 0
	return now, nil
}

// send does it as another software would, in the background.
func (p *Peer) send(ctx context.Context, d *Departure, shape Shape, name string, unlinked bool) error {
	if shape.Pull {
		if _, _, err := p.account(ctx, string(d.New)); err != nil {
			return &apiError{http.StatusBadRequest, "the new account sends this shape; it must be one of the hosts here"}
		}
	}
	there, err := d.h.Client().FetchFresh(ctx, d.New)
	if err != nil {
		return err
	}
	if !unlinked && !actor.Claims(there, d.Old) {
		return &refusedError{
			apiError{http.StatusConflict, "not-linked: the new account does not name the old one in alsoKnownAs"},
			notLinkedHint(d.Old, d.New),
		}
	}
	d.h.stage.dress(name, func(l *look) { l.hideMovedTo = shape.MovedTo == Never })
	if shape.KeyPath {
		if err := d.h.keysAtPath(ctx, name, true); err != nil {
			return err
		}
	}
	t := &trip{p: p, d: d, shape: shape, name: name, at: time.Now()}
	if shape.MovedTo == Before || shape.MovedTo == Never {
		// Where it is never shown, the host still knows, and rejects Follows.
		if err := d.h.SetMovedTo(ctx, name, d.New); err != nil {
			return err
		}
	}
	if err := t.pack(ctx); err != nil {
		return err
	}
	p.work.Go(func() { t.travel(p.ctx) })
	return nil
}

// A trip is a departure under way.
type trip struct {
	p     *Peer
	d     *Departure
	shape Shape
	name  string
	at    time.Time
	mail  [][]parcel // for each inbox, what goes there in this order
}

// A parcel is one activity for one inbox.
type parcel struct {
	from  vocab.IRI
	inbox vocab.IRI
	what  *vocab.Object
	line  int // of the ledger
}

// pack decides what goes where.
func (t *trip) pack(ctx context.Context) error {
	m := mover{old: t.d.Old, new: t.d.New, at: t.at, followers: t.d.Old + "/followers"}
	seen := map[vocab.IRI]bool{}
	for to, err := range t.d.h.Recipients(ctx, t.d.Old, "") {
		if err != nil {
			return err
		}
		inbox := orElse(to.SharedInbox, to.Inbox)
		if t.shape.Personal {
			inbox, m.follower = to.Inbox, to.ID
		}
		if seen[inbox] {
			continue
		}
		seen[inbox] = true
		if err := t.packFor(ctx, inbox, m); err != nil {
			return err
		}
	}
	return nil
}

func (t *trip) packFor(ctx context.Context, inbox vocab.IRI, m mover) error {
	announced, err := vocab.Build(t.shape.members(m)...)
	if err != nil {
		return err
	}
	from := t.d.Old
	if t.shape.Pull {
		from = t.d.New
	}
	order := []*vocab.Object{announced}
	if t.shape.Update != Never {
		person, err := t.d.h.document(ctx, t.name)
		if err != nil {
			return err
		}
		news, err := update(person)
		if err != nil {
			return err
		}
		order = []*vocab.Object{news, announced}
		if t.shape.Update == After {
			order = []*vocab.Object{announced, news}
		}
	}
	var mail []parcel
	for _, what := range order {
		mail = append(mail, parcel{from, inbox, what, len(t.d.Ledger)})
		t.d.Ledger = append(t.d.Ledger, LedgerLine{Party: inbox, Activity: what.Type(), State: "queued"})
	}
	t.mail = append(t.mail, mail)
	return nil
}

// travel delivers everything, inbox after inbox, and does what comes after.
func (t *trip) travel(ctx context.Context) {
	for _, mail := range t.mail {
		for _, one := range mail {
			t.deliver(ctx, one)
		}
	}
	if t.shape.MovedTo == After {
		_ = t.d.h.SetMovedTo(ctx, t.name, t.d.New)
	}
	if t.shape.redirect {
		t.d.h.stage.put("/users/"+t.name, Page{Status: http.StatusPermanentRedirect, Location: string(t.d.New)})
	}
	t.d.mu.Lock()
	defer t.d.mu.Unlock()
	t.d.Done = true
}

// maxTries is how often a delivery is tried that fails for a time.
const maxTries = 6

// deliver tries until there is a final answer.
func (t *trip) deliver(ctx context.Context, one parcel) {
	wait := time.Second
	for attempts := 1; ; attempts++ {
		status, err := t.sender(one.from).Deliver(ctx, one.from, one.inbox, one.what)
		failed, ok := errors.AsType[*actor.DeliveryError](err)
		again := ok && failed.Temporary() && attempts < maxTries && ctx.Err() == nil
		t.note(one.line, status, attempts, again, err)
		if !again {
			return
		}
		if awhile(ctx, max(wait, failed.RetryAfter)) != nil {
			return
		}
		wait *= 2
	}
}

func (t *trip) note(line, status, attempts int, again bool, err error) {
	t.d.mu.Lock()
	defer t.d.mu.Unlock()
	l := &t.d.Ledger[line]
	l.Status, l.Attempts, l.State = status, attempts, "answered"
	switch {
	case again:
		l.State = "queued"
	case err != nil && status == 0:
		l.State = "unknown"
	}
}

// sender signs for an account of any of the hosts.
func (t *trip) sender(from vocab.IRI) move.Deliverer {
	for _, h := range t.p.hosts {
		if from.Origin() == vocab.IRI(h.Base()).Origin() {
			return h.Client()
		}
	}
	return t.d.h.Client()
}

// awhile waits, or ends with ctx.
func awhile(ctx context.Context, wait time.Duration) error {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
