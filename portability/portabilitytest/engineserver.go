package portabilitytest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

var errEngineFull = errors.New("the disk is full")

const newHome = "https://new.example/users/alice"

// engineServer is a sink with every ability that an engine knows. It keeps what was put
// as it was put, and notes whatever must never happen.
type engineServer struct {
	mu     sync.Mutex
	items  map[portability.Ref]*engineHeld
	order  []portability.Ref // in which items were stored
	files  map[string]int64  // sizes, by digest
	puts   map[portability.Ref]int
	copies map[string]int // how often each file came
	wrong  []string

	limits   portability.Limits
	finished int
	reject   func(portability.Item) error // fails Put of the batch
	full     bool                         // takes no files
	lose     portability.Ref              // says that it has it, and has not
}

// engineHeld is one item as it is there.
type engineHeld struct {
	item  portability.Item
	given string // what was put
	mine  bool   // somebody has changed it here since
	seen  bool   // out of quarantine
}

func newEngineServer() *engineServer {
	return &engineServer{
		items: map[portability.Ref]*engineHeld{}, files: map[string]int64{},
		puts: map[portability.Ref]int{}, copies: map[string]int{},
	}
}

func (s *engineServer) name(ref portability.Ref) vocab.IRI {
	switch ref.Kind {
	case portability.Actor:
		return newHome
	case portability.Content, portability.Outbox, portability.History:
		return vocab.IRI("https://new.example/" + string(ref.Kind) + "/" + engineDigest([]byte(ref.ID))[:12])
	}
	return ""
}

// said returns what an item says, in one form.
func said(i portability.Item) string {
	if i.Object == nil {
		return "raw " + string(i.Raw)
	}
	canonical, err := actor.Canonical(i.Object.Bytes())
	if err != nil {
		return i.Object.String()
	}
	return string(canonical)
}

func (s *engineServer) note(format string, args ...any) {
	s.wrong = append(s.wrong, fmt.Sprintf(format, args...))
}

func (s *engineServer) Limits(ctx context.Context) (portability.Limits, error) {
	return s.limits, ctx.Err()
}

func (s *engineServer) Mint(ctx context.Context, items []portability.Item) ([]portability.Minted, error) {
	minted := make([]portability.Minted, len(items))
	for n, i := range items {
		if minted[n].ID = s.name(i.Ref); minted[n].ID != "" {
			minted[n].URLs = []vocab.IRI{minted[n].ID + "?page"}
		}
	}
	return minted, ctx.Err()
}

func (s *engineServer) Put(ctx context.Context, items []portability.Item) ([]portability.Result, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, i := range items {
		if s.reject == nil {
			break
		}
		if err := s.reject(i); err != nil {
			return nil, err
		}
	}
	results := make([]portability.Result, len(items))
	for n, i := range items {
		results[n] = s.put(i)
	}
	return results, ctx.Err()
}

func (s *engineServer) put(i portability.Item) portability.Result {
	s.look(i)
	r := portability.Result{Ref: i.Ref, NewID: s.name(i.Ref), State: portability.Copied}
	if r.NewID != "" {
		r.URLs = []vocab.IRI{r.NewID + "?page"}
	}
	s.puts[i.Ref]++
	if there := s.items[i.Ref]; there != nil {
		r.State, r.Reason = portability.Skipped, portability.AlreadyThere
		if there.given != said(i) || there.mine {
			r.State, r.Reason = portability.Conflicting, portability.Differs
		}
		return r
	}
	fitting, state, reason := s.limits.Fit(i)
	if state != portability.Copied && state != portability.Changed {
		return portability.Result{Ref: i.Ref, State: state, Reason: reason}
	}
	r.State, r.Reason = state, reason
	for _, m := range fitting.Media {
		if _, ok := s.files[m.Digest]; !ok && r.State == portability.Copied {
			r.State, r.Reason = portability.Changed, portability.MissingMedia
		}
	}
	if i.Ref == s.lose {
		return r
	}
	s.items[i.Ref] = &engineHeld{item: fitting, given: said(i)}
	s.order = append(s.order, i.Ref)
	return r
}

// look notes what no sink may ever be given.
func (s *engineServer) look(i portability.Item) {
	switch p := i.Placed; {
	case p == nil:
		s.note("%s was not placed", i.Ref)
	case p.Standing == "":
		s.note("%s has no standing", i.Ref)
	case p.Standing == portability.Claimed && !p.Quarantined:
		s.note("%s is only claimed, and in no quarantine", i.Ref)
	case i.Kind == portability.Inbox && p.Audience != portability.ForAuthor:
		s.note("%s was received, and is for %s", i.Ref, p.Audience)
	case i.Kind == portability.Received && i.Object.Has(vocab.Content):
		s.note("%s brings others' words", i.Ref)
	}
}

func (s *engineServer) Update(ctx context.Context, items []portability.Item) ([]portability.Result, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	results := make([]portability.Result, len(items))
	for n, i := range items {
		s.look(i)
		r := portability.Result{Ref: i.Ref, NewID: s.name(i.Ref), State: portability.Changed}
		switch there := s.items[i.Ref]; {
		case there == nil:
			r.State, r.Reason = portability.Skipped, portability.NotHere
		case there.mine:
			r.State, r.Reason = portability.Conflicting, portability.Differs
		case there.given == said(i) && len(i.Media) == 0 && there.item.Placed.Audience == i.Placed.Audience:
			r.State, r.Reason = portability.Skipped, portability.AlreadyThere
		default:
			there.item, there.given = i, said(i)
		}
		results[n] = r
	}
	return results, ctx.Err()
}

func (s *engineServer) Remove(ctx context.Context, refs []portability.Ref) ([]portability.Result, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	results := make([]portability.Result, len(refs))
	for n, ref := range refs {
		r := portability.Result{Ref: ref, State: portability.Removed}
		switch there := s.items[ref]; {
		case there == nil:
			r.State, r.Reason = portability.Skipped, portability.NotHere
		case there.mine:
			r.State, r.Reason = portability.Conflicting, portability.Differs
		default:
			delete(s.items, ref)
			s.order = slices.DeleteFunc(s.order, func(o portability.Ref) bool { return o == ref })
		}
		results[n] = r
	}
	s.tidy()
	return results, ctx.Err()
}

// tidy forgets files that nobody uses.
func (s *engineServer) tidy() {
	for digest := range s.files {
		used := false
		for _, h := range s.items {
			used = used || slices.ContainsFunc(h.item.Media, func(m portability.Medium) bool { return m.Digest == digest })
		}
		if !used {
			delete(s.files, digest)
		}
	}
}

func (s *engineServer) Holds(ctx context.Context, refs []portability.Ref) ([]bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	held := make([]bool, len(refs))
	for n, ref := range refs {
		held[n] = s.items[ref] != nil
	}
	return held, ctx.Err()
}

func (s *engineServer) Release(ctx context.Context, refs []portability.Ref) ([]portability.Result, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	results := make([]portability.Result, len(refs))
	for n, ref := range refs {
		results[n] = portability.Result{Ref: ref, State: portability.Skipped, Reason: portability.NotHere}
		if there := s.items[ref]; there != nil {
			there.seen = true
			results[n] = portability.Result{Ref: ref, State: portability.Changed}
		}
	}
	return results, ctx.Err()
}

func (s *engineServer) PutMedia(ctx context.Context, m portability.Medium, r io.Reader) (vocab.IRI, error) {
	data, err := engineRead(r)
	if err != nil {
		return "", err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	digest := engineDigest(data)
	if s.full {
		return "", errEngineFull
	}
	if m.Digest != "" && m.Digest != digest {
		return "", portability.ErrBadMedium
	}
	s.files[digest] = int64(len(data))
	s.copies[digest]++
	return vocab.IRI("https://new.example/files/" + digest), ctx.Err()
}

func (s *engineServer) Finish(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.finished++
	return ctx.Err()
}

// mine is what somebody at the new server does to an item.
func (s *engineServer) change(ref portability.Ref) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.items[ref].mine = true
}
