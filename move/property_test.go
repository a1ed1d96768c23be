package move_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/move"
	"codeberg.org/godwit/godwit/vocab"
)

// whims are what may happen to the followers of an account that moves, in any
// order and any number of times.
type whims struct {
	w    *world
	r    *move.Receiver
	fans []vocab.IRI
	left map[vocab.IRI]bool // of their own will
}

// targets are where the account goes: first to next, from there to far.
var targets = []vocab.IRI{old, next, far}

func (s *whims) fan(t *rapid.T) vocab.IRI { return rapid.SampledFrom(s.fans).Draw(t, "fan") }

// set changes what a fan has to do with an account, as the fan's own server
// would.
func (s *whims) set(fan, account vocab.IRI, accepted bool) bool {
	p := s.w.people
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, asked := p.follows[fan][account]; !asked {
		return false
	}
	p.follows[fan][account] = accepted
	return true
}

func (s *whims) drop(fan, account vocab.IRI) {
	p := s.w.people
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.follows[fan], account)
}

func (s *whims) target(t *rapid.T) vocab.IRI { return rapid.SampledFrom(targets[1:]).Draw(t, "target") }

func (s *whims) survive(t *rapid.T, err error) {
	if errors.Is(err, errCrash) {
		s.w.fuse.blown, s.w.fuse.left = false, -1
		s.w.now = s.w.now.Add(5 * time.Minute)
		s.r = s.w.receiver()
		return
	}
	require.NoError(t, err)
}

func (s *whims) actions() map[string]func(*rapid.T) {
	w := s.w
	return map[string]func(*rapid.T){
		"the Move to the next account comes": func(t *rapid.T) { s.deliver(t, old, next) },
		"the next account moves on":          func(t *rapid.T) { s.moveOn(t) },
		"work":                               func(t *rapid.T) { _, err := s.r.Work(t.Context()); s.survive(t, err) },
		"an Accept": func(t *rapid.T) {
			fan, target := s.fan(t), s.target(t)
			if s.set(fan, target, true) {
				s.survive(t, s.r.Accepted(t.Context(), fan, target))
			}
		},
		"a Reject": func(t *rapid.T) {
			fan, target := s.fan(t), s.target(t)
			if accepted, asked := s.w.people.follows[fan][target]; asked && !accepted {
				s.drop(fan, target)
				s.survive(t, s.r.Rejected(t.Context(), fan, target))
			}
		},
		"a fan leaves": func(t *rapid.T) {
			fan := s.fan(t)
			s.left[fan] = true
			s.drop(fan, rapid.SampledFrom(targets).Draw(t, "from"))
		},
		"the process is killed soon": func(t *rapid.T) { w.fuse.left = rapid.IntRange(0, 20).Draw(t, "calls") },
		"time passes": func(t *rapid.T) {
			w.now = w.now.Add(time.Duration(rapid.Int64Range(1, int64(3*24*time.Hour)).Draw(t, "for")))
		},
	}
}

func (s *whims) deliver(t *rapid.T, from, to vocab.IRI) {
	d := move.Delivery{
		Activity: mustParse(fmt.Sprintf(`{"@context":"https://www.w3.org/ns/activitystreams","id":%q,"type":"Move","actor":%q,"object":%q,"target":%q}`,
			from+"#move", from, from, to)),
		Signature: &actor.Signature{Owner: from, KeyID: from + "#main-key", At: s.w.now, Received: s.w.now},
	}
	_, err := s.r.Receive(t.Context(), d)
	s.survive(t, err)
}

func (s *whims) moveOn(t *rapid.T) {
	s.w.peers[next] = account(next, fmt.Sprintf(`,"alsoKnownAs":[%q],"movedTo":%q`, old, far))
	s.deliver(t, next, far)
}

func mustParse(text string) *vocab.Object {
	o, err := vocab.Parse([]byte(text))
	if err != nil {
		panic(err)
	}
	return o
}

// Whatever happens in whatever order, and however often the process dies: who
// has not left of their own will follows at least one of the accounts, and
// nobody was made to follow an account twice.
func TestNobodyIsLost(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := newWorld(t)
		w.peers[far] = account(far, fmt.Sprintf(`,"alsoKnownAs":[%q]`, next))
		s := &whims{w: w, left: map[vocab.IRI]bool{}}
		for i := range 4 {
			fan := vocab.IRI(fmt.Sprintf("https://here.example/users/f%d", i))
			s.fans = append(s.fans, fan)
			w.people.follow(fan, old)
		}
		for _, target := range targets[1:] {
			w.people.locked[target] = true
		}
		s.r = w.receiver()
		actions := s.actions()
		actions[""] = func(t *rapid.T) {
			for _, fan := range s.fans {
				if s.left[fan] {
					continue
				}
				follows := w.people.follows[fan]
				require.True(t, follows[old] || follows[next] || follows[far], "%s follows nobody any more: %v", fan, w.people.effects)
			}
			seen := map[string]bool{}
			for _, effect := range w.people.effects {
				require.False(t, seen[effect] && effect[:6] == "follow", "%s, twice", effect)
				seen[effect] = true
			}
		}
		rt.Repeat(actions)
	})
}

// FuzzReceive holds that nobody is moved by any documents whatever, unless the
// new account claims the old and the old one signed.
func FuzzReceive(f *testing.F) {
	good := `{"@context":"https://www.w3.org/ns/activitystreams","id":"https://old.example/m","type":"Move","actor":"https://old.example/users/al","object":"https://old.example/users/al","target":"https://new.example/users/al"}`
	pointing := account(old, fmt.Sprintf(`,"movedTo":%q`, next))
	claiming := account(next, fmt.Sprintf(`,"alsoKnownAs":[%q]`, old))
	f.Add(good, pointing, claiming, true)
	f.Add(good, pointing, account(next, ""), true)
	f.Add(good, account(old, `,"movedTo":["https://new.example/users/al","x"]`), claiming, true)
	f.Add(good[:len(good)-1]+`,"proof":{"type":"DataIntegrityProof"}}`, pointing, claiming, false)
	f.Add(`{"@context":[],"type":["Move"],"actor":[{"id":"https://old.example/users/al"}],"object":5,"target":null}`, pointing, claiming, true)
	f.Fuzz(func(t *testing.T, activity, oldActor, newActor string, signed bool) {
		o, err := vocab.Parse([]byte(activity))
		if err != nil {
			return
		}
		people := newPeople()
		people.follow(fay, old)
		d := move.Delivery{Activity: o}
		if signed {
			d.Signature = &actor.Signature{Owner: old, At: noon, Received: noon}
		}
		r := move.NewReceiver(documents{old: oldActor, next: newActor}, move.NewMemory(), people,
			&move.ReceiverOptions{Rules: move.Rules{Now: func() time.Time { return noon }}})
		verdict, err := r.Receive(t.Context(), d)
		if err != nil {
			return
		}
		_, err = r.Work(t.Context())
		require.NoError(t, err)
		if verdict.Outcome != move.Accept {
			require.True(t, people.follows[fay][old] && len(people.follows[fay]) == 1, "moved after %q", verdict.Outcome)
			return
		}
		claimer, err := vocab.Parse([]byte(newActor))
		require.NoError(t, err, "accepted on a document that does not parse")
		require.True(t, actor.Claims(claimer, old), "accepted although the new account does not claim the old")
		require.True(t, signed, "accepted without a signature")
	})
}
