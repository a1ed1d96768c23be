package consent

import (
	"cmp"
	"context"
	"crypto/rand"
	"iter"
	"maps"
	"slices"
	"sync"
	"time"

	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

// Memory keeps grants, policy, reservations, decisions and arrivals in memory, for
// tests and for programs that one person runs once. It is safe for concurrent use.
type Memory struct {
	mu        sync.Mutex
	grants    map[string]Grant
	policy    Policy
	names     map[string]Reservation
	decisions []Decision
	recorded  map[string]bool
	last      int64
	arrivals  map[string]Arrival
}

var (
	_ Grants         = (*Memory)(nil)
	_ ReceptionStore = (*Memory)(nil)
)

// NewMemory returns a store that has nothing.
func NewMemory() *Memory {
	return &Memory{
		grants: map[string]Grant{}, names: map[string]Reservation{}, recorded: map[string]bool{}, arrivals: map[string]Arrival{},
	}
}

// Grant is [Grants.Grant].
func (m *Memory) Grant(ctx context.Context, id string) (Grant, error) {
	if err := ctx.Err(); err != nil {
		return Grant{}, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	g, ok := m.grants[id]
	if !ok {
		return Grant{}, ErrNoGrant
	}
	g.Stops = slices.Clone(g.Stops)
	return g, nil
}

// PutGrant is [Grants.PutGrant].
func (m *Memory) PutGrant(ctx context.Context, g Grant) (Grant, error) {
	if err := cmp.Or(ctx.Err(), g.CheckTimes()); err != nil {
		return Grant{}, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.grants[g.ID].Version != g.Version {
		return Grant{}, portability.ErrOverwritten
	}
	g.Version++
	g.Stops = slices.Clone(g.Stops)
	m.grants[g.ID] = g
	g.Stops = slices.Clone(g.Stops)
	return g, nil
}

// Grants is [Grants.Grants].
func (m *Memory) Grants(ctx context.Context, owner vocab.IRI) iter.Seq2[Grant, error] {
	m.mu.Lock()
	var found []Grant
	for _, id := range slices.Sorted(maps.Keys(m.grants)) {
		if g := m.grants[id]; g.Owner == owner {
			g.Stops = slices.Clone(g.Stops)
			found = append(found, g)
		}
	}
	m.mu.Unlock()
	return yieldAll(ctx, found)
}

// Policy is [Policies.Policy].
func (m *Memory) Policy(ctx context.Context) (Policy, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return clonePolicy(m.policy), ctx.Err()
}

// SetPolicy is [Policies.SetPolicy].
func (m *Memory) SetPolicy(ctx context.Context, p Policy) (Policy, error) {
	if err := ctx.Err(); err != nil {
		return Policy{}, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.policy.Version != p.Version {
		return Policy{}, portability.ErrOverwritten
	}
	p.Version++
	m.policy = clonePolicy(p)
	return clonePolicy(p), nil
}

func clonePolicy(p Policy) Policy {
	p.Servers, p.BlockedDomains = slices.Clone(p.Servers), slices.Clone(p.BlockedDomains)
	p.BlockedPeople = slices.Clone(p.BlockedPeople)
	return p
}

// Reserve is [Reservations.Reserve].
func (m *Memory) Reserve(ctx context.Context, r Reservation, now time.Time) (Reservation, bool, error) {
	if err := cmp.Or(ctx.Err(), r.CheckTimes()); err != nil {
		return Reservation{}, false, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	held, ok := m.names[r.Name]
	if ok && held.By != r.By && now.Before(held.Until) {
		return held, false, nil
	}
	m.names[r.Name] = r
	return r, true, nil
}

// ReleaseName is [Reservations.ReleaseName].
func (m *Memory) ReleaseName(ctx context.Context, name, by string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.names[name].By == by && ctx.Err() == nil {
		delete(m.names, name)
	}
	return ctx.Err()
}

// Reserved is [Reservations.Reserved].
func (m *Memory) Reserved(ctx context.Context, names []string, now time.Time) (map[string]Reservation, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	found := map[string]Reservation{}
	for _, name := range names {
		if held, ok := m.names[name]; ok && now.Before(held.Until) {
			found[name] = held
		}
	}
	return found, ctx.Err()
}

// Record is [Decisions.Record].
func (m *Memory) Record(ctx context.Context, d Decision) error {
	if err := cmp.Or(ctx.Err(), d.CheckTimes()); err != nil {
		return err
	}
	if d.ID == "" {
		d.ID = rand.Text()
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.recorded[d.ID] {
		return nil
	}
	m.last++
	d.No = m.last
	m.recorded[d.ID] = true
	m.decisions = append(m.decisions, d)
	return nil
}

// Decisions is [Decisions.Decisions].
func (m *Memory) Decisions(ctx context.Context, person vocab.IRI, after int64) iter.Seq2[Decision, error] {
	m.mu.Lock()
	var found []Decision
	for _, d := range m.decisions {
		if d.Person == person && d.No > after {
			found = append(found, d)
		}
	}
	m.mu.Unlock()
	return yieldAll(ctx, found)
}

// ForgetDecisions is [Decisions.ForgetDecisions].
func (m *Memory) ForgetDecisions(ctx context.Context, person vocab.IRI) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.decisions = slices.DeleteFunc(m.decisions, func(d Decision) bool {
		if d.Person == person {
			delete(m.recorded, d.ID)
		}
		return d.Person == person
	})
	return nil
}

// Arrival is [Arrivals.Arrival].
func (m *Memory) Arrival(ctx context.Context, id string) (Arrival, error) {
	if err := ctx.Err(); err != nil {
		return Arrival{}, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	a, ok := m.arrivals[id]
	if !ok {
		return Arrival{}, ErrNoArrival
	}
	return cloneArrival(a), nil
}

// PutArrival is [Arrivals.PutArrival].
func (m *Memory) PutArrival(ctx context.Context, a Arrival, r Ration) (Arrival, error) {
	if err := cmp.Or(ctx.Err(), a.CheckTimes()); err != nil {
		return Arrival{}, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	before := m.arrivals[a.ID]
	switch {
	case before.Version != a.Version:
		return Arrival{}, portability.ErrOverwritten
	case a.Version == 0 && m.running(a.Running()):
		return Arrival{}, ErrRunning
	case !a.Admitted.IsZero() && before.Admitted.IsZero() && r.Accounts > 0 && m.others(a.ID, r.Since) >= r.Accounts:
		return Arrival{}, ErrFull
	}
	a.Version++
	m.arrivals[a.ID] = cloneArrival(a)
	return cloneArrival(a), nil
}

// running reports whether somebody has that. The caller holds the lock.
func (m *Memory) running(asker string) bool {
	for _, a := range m.arrivals {
		if asker != "" && a.Running() == asker {
			return true
		}
	}
	return false
}

// others counts who else was admitted. The caller holds the lock.
func (m *Memory) others(id string, since time.Time) (n int) {
	for _, a := range m.arrivals {
		if a.ID != id && (ArrivalFilter{Since: since}).Passes(a) && !a.Admitted.IsZero() {
			n++
		}
	}
	return n
}

// Arrivals is [Arrivals.Arrivals].
func (m *Memory) Arrivals(ctx context.Context, f ArrivalFilter, after string) iter.Seq2[Arrival, error] {
	m.mu.Lock()
	var found []Arrival
	for _, a := range m.arrivals {
		if a.ID > after && f.Passes(a) {
			found = append(found, cloneArrival(a))
		}
	}
	m.mu.Unlock()
	slices.SortFunc(found, func(a, b Arrival) int { return cmp.Compare(a.ID, b.ID) })
	return yieldAll(ctx, found)
}

func cloneArrival(a Arrival) Arrival {
	p := &a.Profile
	p.Fields, p.Links, p.Aliases = slices.Clone(p.Fields), slices.Clone(p.Links), slices.Clone(p.Aliases)
	p.Standing.CopiedTo = slices.Clone(p.Standing.CopiedTo)
	return a
}

// yieldAll yields what was found, as long as ctx lasts.
func yieldAll[T any](ctx context.Context, found []T) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for _, one := range found {
			if err := ctx.Err(); err != nil {
				var none T
				yield(none, err)
				return
			}
			if !yield(one, nil) {
				return
			}
		}
	}
}
