package consent

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"codeberg.org/godwit/godwit/vocab"
)

// suggested is how many free names are suggested.
const suggested = 3

// name reserves a name for an arrival, or tells why that cannot be, with suggestions.
func (r *Reception) name(ctx context.Context, a *Arrival, wanted string) (Reply, bool, error) {
	name, ground := r.options.Names.Canonical(wanted)
	if ground == "" {
		taken, err := r.taken(ctx, []string{name})
		if err != nil {
			return Reply{}, false, err
		}
		if taken[name] {
			ground = GroundNameTaken
		}
	}
	if ground == "" {
		ok, err := r.reserve(ctx, name, a.holder(), r.options.Reserve)
		if err != nil {
			return Reply{}, false, err
		}
		if ok {
			a.Name = name
			return Reply{}, true, nil
		}
		ground = GroundNameReserved
	}
	reply, err := r.clash(ctx, *a, wanted, ground)
	return reply, false, err
}

func (r *Reception) reserve(ctx context.Context, name, by string, lasts time.Duration) (bool, error) {
	now := r.now()
	_, ok, err := r.store.Reserve(ctx, Reservation{Name: name, By: by, Until: now.Add(lasts)}, now)
	if err != nil {
		return false, fmt.Errorf("reserve name: %w", err)
	}
	return ok, nil
}

// taken tells which names accounts here have.
func (r *Reception) taken(ctx context.Context, names []string) (map[string]bool, error) {
	if r.options.Taken == nil {
		return nil, nil
	}
	taken, err := r.options.Taken(ctx, names)
	if err != nil {
		return nil, fmt.Errorf("look for names: %w", err)
	}
	return taken, nil
}

// clash tells that a name cannot be had, and which can.
func (r *Reception) clash(ctx context.Context, a Arrival, wanted string, ground Ground) (Reply, error) {
	d := Decision{
		At: r.now(), Matter: MatterName, Verdict: Refuse, Ground: ground, Person: a.Old, Of: a.ID, Text: shortened(wanted, 64),
	}
	reply := Reply{Decision: d}
	if a.State != "" {
		reply.Arrival = a
	} else {
		d.Of = "" // nothing is begun
	}
	d.ID = idOf(d, d.Text)
	reply.Decision = d
	if err := r.store.Record(ctx, d); err != nil {
		return reply, fmt.Errorf("record decision: %w", err)
	}
	candidates := r.options.Names.Suggestions(wanted, a.Old)
	taken, err := r.taken(ctx, candidates)
	if err != nil {
		return reply, err
	}
	held, err := r.store.Reserved(ctx, candidates, d.At)
	if err != nil {
		return reply, fmt.Errorf("look for names: %w", err)
	}
	for _, name := range candidates {
		other, reserved := held[name]
		if !taken[name] && (!reserved || other.By == a.holder()) && len(reply.Suggestions) < suggested {
			reply.Suggestions = append(reply.Suggestions, name)
		}
	}
	return reply, nil
}

// letGo frees the name of an arrival that has ended, or keeps it from others, if somebody
// came under it, as long as the options say.
func (r *Reception) letGo(ctx context.Context, a Arrival) error {
	switch {
	case a.Name == "":
		return nil
	case r.options.Keep > 0 && a.State == ArrivalComplete:
		_, err := r.reserve(ctx, a.Name, a.holder(), r.options.Keep)
		return err
	}
	return r.release(ctx, a)
}

// release frees a name, unless the same person has it for another arrival by now.
func (r *Reception) release(ctx context.Context, a Arrival) error {
	rivals, err := r.rivals(ctx, a)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(rivals, func(other Arrival) bool { return other.Name == a.Name && other.holder() == a.holder() }) {
		return nil
	}
	if err := r.store.ReleaseName(ctx, a.Name, a.holder()); err != nil {
		return fmt.Errorf("release name: %w", err)
	}
	return nil
}

// holder is who has the name of an arrival: the person, so that whoever asks again after a
// crash finds it theirs.
func (a Arrival) holder() string { return cmp.Or(a.Asker, a.ID) }

// Prolong keeps the name of an arrival that is under way for another while: a copy may
// take longer than a reservation lasts. It reports whether the name is still its own.
func (r *Reception) Prolong(ctx context.Context, id string) (bool, error) {
	a, err := r.store.Arrival(ctx, id)
	switch {
	case err != nil:
		return false, fmt.Errorf("prolong reservation: %w", err)
	case a.Name == "" || a.State.Ended():
		return false, nil
	}
	return r.reserve(ctx, a.Name, a.holder(), r.options.Reserve)
}

// KeepName keeps the name of an account that has left this server from others, for a time
// that it was promised. It reports whether nobody else has it.
func (r *Reception) KeepName(ctx context.Context, name string, left vocab.IRI, lasts time.Duration) (bool, error) {
	canonical, ground := r.options.Names.Canonical(name)
	if ground != "" {
		return false, nil
	}
	return r.reserve(ctx, canonical, string(left), lasts)
}

// shortened cuts text of strangers to some characters.
func shortened(text string, most int) string {
	runes := []rune(text)
	if len(runes) <= most {
		return text
	}
	return string(runes[:most])
}
