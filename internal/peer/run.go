package peer

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"codeberg.org/godwit/godwit/vocab"
)

// An AttackRequest asks for an attack.
type AttackRequest struct {
	// Attack is the name in the table.
	Attack string `json:"attack"`
	// Old is the account that seems to move, NAME@HOST. It should be followed
	// by somebody on the server that is tested, and be used for one attack
	// only: receivers remember.
	Old string `json:"old"`
	// Inbox is where it is sent. "": the inboxes of the old account's followers.
	Inbox vocab.IRI `json:"inbox,omitzero"`
	// Host is where the new account is made. "": another than the old one's.
	Host string `json:"host,omitzero"`
	// Victim is an account of the server that is tested, for own-account. "":
	// the first follower.
	Victim vocab.IRI `json:"victim,omitzero"`
	// Target replaces the private address that target-private and
	// unreachable-key name.
	Target vocab.IRI `json:"target,omitzero"`
}

// A Run is one attack that was made.
type Run struct {
	Number int         `json:"n"`
	Attack string      `json:"attack"`
	About  string      `json:"about"`
	Cases  []string    `json:"cases,omitzero"`
	Want   Want        `json:"want"`
	At     time.Time   `json:"at"`
	Old    vocab.IRI   `json:"old"`
	New    vocab.IRI   `json:"new"`
	Others []vocab.IRI `json:"others,omitzero"` // further accounts that play a part
	Sent   []Sent      `json:"sent"`
	before []vocab.IRI // followers of the old account
	since  int64       // of the journal
}

// An Outcome is a run, and what is seen of its effects.
type Outcome struct {
	*Run
	// Left are followers whom the old account had and has no more.
	Left []vocab.IRI `json:"left"`
	// Arrived are those who follow, or asked to follow, the new account or
	// another one that plays a part.
	Arrived []vocab.IRI `json:"arrived"`
	// Trapped is how many requests came to the private address.
	Trapped int `json:"trapped"`
	// Fetched is how many requests, other than deliveries, all hosts got.
	Fetched int `json:"fetched"`
	// Sound says whether this is what Want says of followers, and nobody was
	// trapped. It is nil, and Why says why, where nothing could be seen.
	Sound *bool  `json:"sound"`
	Why   string `json:"why,omitzero"`
}

// acts are what was done on request.
type acts struct {
	mu         sync.Mutex
	numbers    int
	runs       map[int]*Run // those of which all is sent
	departures []*Departure
}

// number returns one that no other run has.
func (a *acts) number() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.numbers++
	return a.numbers
}

func (a *acts) keep(r *Run) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.runs == nil {
		a.runs = map[int]*Run{}
	}
	a.runs[r.Number] = r
}

func (a *acts) find(number int) (*Run, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	r, found := a.runs[number]
	if !found {
		return nil, &apiError{http.StatusNotFound, "there is no such run"}
	}
	return r, nil
}

// attack makes an attack, and returns when all is sent.
func (p *Peer) attack(ctx context.Context, request AttackRequest) (*Run, error) {
	a, found := findAttack(request.Attack)
	if !found {
		return nil, &apiError{http.StatusNotFound, "there is no attack of that name; GET /v1/attacks lists them"}
	}
	s, err := p.scene(ctx, a, request)
	if err != nil {
		return nil, err
	}
	a.play(s)
	if s.err != nil {
		return nil, s.err
	}
	p.acts.keep(s.run)
	return s.run, nil
}

// scene sets what all attacks begin with: two accounts that are linked from
// both ends.
func (p *Peer) scene(ctx context.Context, a Attack, request AttackRequest) (*scene, error) {
	h, name, err := p.account(ctx, request.Old)
	if err != nil {
		return nil, err
	}
	s := &scene{ctx: ctx, p: p, request: request, old: cast{h, name, h.id(name)}}
	to := p.another(h)
	if request.Host != "" {
		if to, err = p.host(request.Host); err != nil {
			return nil, err
		}
	}
	s.foreign = p.another(h, to)
	if s.foreign == h {
		s.foreign = to
	}
	s.run = &Run{Attack: a.Name, About: a.About, Cases: a.Cases, Want: a.Want, At: time.Now(), Old: s.old.id, since: p.journal.at()}
	if s.run.before, err = h.Followers(ctx, name); err != nil {
		return nil, err
	}
	if s.inboxes, err = s.addresses(); err != nil {
		return nil, err
	}
	s.run.Number = p.acts.number()
	h.stage.remove("/users/" + name)
	s.new = s.extra(to, "new")
	s.run.New, s.run.Others = s.new.id, nil
	s.claims(s.new, s.old.id)
	s.points(s.old, s.new.id)
	return s, s.err
}

// addresses are the inboxes that the attack goes to, each once.
func (s *scene) addresses() ([]vocab.IRI, error) {
	if s.request.Inbox != "" {
		return []vocab.IRI{s.request.Inbox}, nil
	}
	inboxes, err := s.old.h.inboxes(s.ctx, s.old.id)
	if err == nil && len(inboxes) == 0 {
		err = &apiError{http.StatusBadRequest, "nobody follows the account, and no inbox is given"}
	}
	return inboxes, err
}

// inboxes are those of an account's followers, shared ones where there are any.
func (h *host) inboxes(ctx context.Context, id vocab.IRI) ([]vocab.IRI, error) {
	var all []vocab.IRI
	for to, err := range h.Recipients(ctx, id, "") {
		if err != nil {
			return nil, err
		}
		if inbox := orElse(to.SharedInbox, to.Inbox); !slices.Contains(all, inbox) {
			all = append(all, inbox)
		}
	}
	return all, nil
}

// outcome is what is seen of a run's effects now.
func (p *Peer) outcome(ctx context.Context, run *Run) (*Outcome, error) {
	o := &Outcome{Run: run, Left: []vocab.IRI{}, Arrived: []vocab.IRI{}}
	h, name, err := p.account(ctx, string(run.Old))
	if err != nil {
		return nil, err
	}
	now, err := h.Followers(ctx, name)
	if err != nil {
		return nil, err
	}
	for _, id := range run.before {
		if !slices.Contains(now, id) {
			o.Left = append(o.Left, id)
		}
	}
	for _, e := range p.journal.since(run.since, func(Entry) bool { return true }) {
		switch {
		case e.Host == trapHost:
			o.Trapped++
		case e.Method != http.MethodPost:
			o.Fetched++
		case e.follows(run) && !slices.Contains(o.Arrived, e.Actor):
			o.Arrived = append(o.Arrived, e.Actor)
		}
	}
	o.judge()
	return o, nil
}

// judge concludes. An account without followers has nobody who could stay or
// move; only what was done wrong all the same can be seen.
func (o *Outcome) judge() {
	sound := o.Trapped == 0 && o.Want.holds(o.before, o.Left, o.Arrived)
	wrong := o.Trapped > 0 || o.Want.Followers == Stay && !sound
	if len(o.before) == 0 && !wrong {
		o.Why = "the old account has no followers, so none could be seen to stay or to move: have somebody follow it first"
		return
	}
	o.Sound = &sound
}

// follows reports whether a request is a Follow that the run led to.
func (e Entry) follows(run *Run) bool {
	return e.Type == vocab.TypeFollow && e.Signature != nil && e.Signature.Verdict == good &&
		(e.Object == run.New || slices.Contains(run.Others, e.Object))
}

func (w Want) holds(before, left, arrived []vocab.IRI) bool {
	switch w.Followers {
	case Stay:
		return len(left) == 0 && len(arrived) == 0
	case Move:
		return len(before) > 0 && len(left) == len(before) && subset(before, arrived)
	}
	return subset(left, arrived) // nobody ends up following neither
}

func subset(these, those []vocab.IRI) bool {
	return !slices.ContainsFunc(these, func(id vocab.IRI) bool { return !slices.Contains(those, id) })
}

// await looks at a run until the time is over, or until more time would change
// nothing: all followers have moved who could, or something went wrong that
// cannot be put right.
func (p *Peer) await(ctx context.Context, run *Run, within time.Duration) (*Outcome, error) {
	deadline := time.Now().Add(within)
	for {
		o, err := p.outcome(ctx, run)
		if err != nil {
			return nil, err
		}
		sound := o.Sound == nil || *o.Sound
		all := run.Want.Followers != Stay && sound && len(o.Left) == len(run.before)
		if all || run.Want.Followers == Stay && !sound || o.Trapped > 0 || !time.Now().Before(deadline) {
			return o, nil
		}
		if err := awhile(ctx, min(lookAgain, time.Until(deadline))); err != nil {
			return nil, err
		}
	}
}

// lookAgain is how long to wait until it is worth looking again.
const lookAgain = 50 * time.Millisecond

// account finds an account by NAME@HOST, with or without an @ before it, or by
// its id.
func (p *Peer) account(ctx context.Context, who string) (*host, string, error) {
	for _, h := range p.hosts {
		name, found := strings.CutPrefix(who, h.Base()+"/users/")
		if !found {
			name, found = strings.CutSuffix(strings.TrimPrefix(who, "@"), "@"+h.name)
		}
		if !found {
			continue
		}
		if _, err := h.Account(ctx, name); err == nil {
			return h, name, nil
		}
	}
	return nil, "", &apiError{http.StatusNotFound, fmt.Sprintf("there is no account %q here", who)}
}
