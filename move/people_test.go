package move_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/move"
	"codeberg.org/godwit/godwit/vocab"
)

const (
	old  vocab.IRI = "https://old.example/users/al"
	next vocab.IRI = "https://new.example/users/al"
	far  vocab.IRI = "https://far.example/users/al"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// errCrash is what every call returns after the process was killed.
var errCrash = errors.New("killed")

// fuse kills the process at the nth call that asks it.
type fuse struct {
	mu    sync.Mutex
	left  int // calls until then; below zero: never
	blown bool
	calls int
}

// before and after report errCrash if the process dies around this call.
func (f *fuse) burn() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls++
	if f.blown {
		return errCrash
	}
	if f.left == 0 {
		f.blown = true
		return errCrash
	}
	f.left--
	return nil
}

// people are the accounts of one server, and what they have to do with others.
// They remember by id what was done.
type people struct {
	fuse      *fuse
	mu        sync.Mutex
	follows   map[vocab.IRI]map[vocab.IRI]bool // follower, followed: true once accepted
	blocks    map[vocab.IRI]map[vocab.IRI]bool
	optedOut  map[vocab.IRI]bool
	done      map[string]bool
	effects   []string
	locked    map[vocab.IRI]bool // targets that answer later
	rejecting map[vocab.IRI]bool
}

func newPeople() *people {
	return &people{
		fuse: &fuse{left: -1}, follows: map[vocab.IRI]map[vocab.IRI]bool{}, blocks: map[vocab.IRI]map[vocab.IRI]bool{},
		optedOut: map[vocab.IRI]bool{}, done: map[string]bool{}, locked: map[vocab.IRI]bool{}, rejecting: map[vocab.IRI]bool{},
	}
}

func (p *people) follow(party vocab.IRI, targets ...vocab.IRI) {
	for _, target := range targets {
		if p.follows[party] == nil {
			p.follows[party] = map[vocab.IRI]bool{}
		}
		p.follows[party][target] = true
	}
}

func (p *people) block(party, target vocab.IRI) { p.blocks[party] = map[vocab.IRI]bool{target: true} }

func (p *people) Parties(_ context.Context, account, after vocab.IRI) iter.Seq2[vocab.IRI, error] {
	return func(yield func(vocab.IRI, error) bool) {
		p.mu.Lock()
		ids := map[vocab.IRI]bool{}
		for id, follows := range p.follows {
			if _, known := follows[account]; known {
				ids[id] = true
			}
		}
		for id, blocks := range p.blocks {
			if blocks[account] {
				ids[id] = true
			}
		}
		p.mu.Unlock()
		for _, id := range slices.Sorted(maps.Keys(ids)) {
			if id <= after {
				continue
			}
			if err := p.fuse.burn(); err != nil {
				yield("", err)
				return
			}
			if !yield(id, nil) {
				return
			}
		}
	}
}

func (p *people) Relation(_ context.Context, party, from, to vocab.IRI) (move.Relation, error) {
	if err := p.fuse.burn(); err != nil {
		return move.Relation{}, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	accepted, follows := p.follows[party][from]
	acceptedNew, followsNew := p.follows[party][to]
	return move.Relation{
		FollowsOld: follows && accepted, PendingOld: follows && !accepted,
		FollowsNew: followsNew && acceptedNew, PendingNew: followsNew && !acceptedNew,
		BlocksOld: p.blocks[party][from], BlocksNew: p.blocks[party][to], OptedOut: p.optedOut[party],
	}, nil
}

// act does something once, and may be killed before or after it.
func (p *people) act(id, effect string, do func()) error {
	if err := p.fuse.burn(); err != nil {
		return err
	}
	p.mu.Lock()
	if !p.done[id] {
		p.done[id] = true
		p.effects = append(p.effects, effect)
		do()
	}
	p.mu.Unlock()
	return p.fuse.burn()
}

func (p *people) Follow(_ context.Context, id string, party, target vocab.IRI) error {
	return p.act(id, fmt.Sprintf("follow %s %s", party, target), func() {
		if p.follows[party] == nil {
			p.follows[party] = map[vocab.IRI]bool{}
		}
		p.follows[party][target] = !p.locked[target]
	})
}

func (p *people) Undo(_ context.Context, id string, party, target vocab.IRI) error {
	return p.act(id, fmt.Sprintf("undo %s %s", party, target), func() { delete(p.follows[party], target) })
}

func (p *people) CarryBlock(_ context.Context, id string, party, _, to vocab.IRI) error {
	return p.act(id, fmt.Sprintf("block %s %s", party, to), func() { p.blocks[party][to] = true })
}

func (p *people) CarryMute(context.Context, string, vocab.IRI, vocab.IRI, vocab.IRI) error {
	return nil
}

func (p *people) CarryFollow(context.Context, string, vocab.IRI, vocab.IRI, vocab.IRI) error {
	return nil
}

func (p *people) Notify(_ context.Context, n move.Notice) error {
	return p.act(n.ID, fmt.Sprintf("notify %s %s", n.Party, n.Reason), func() {})
}

// state is who follows and blocks whom, for comparison.
func (p *people) state() map[vocab.IRI][]vocab.IRI {
	p.mu.Lock()
	defer p.mu.Unlock()
	state := map[vocab.IRI][]vocab.IRI{}
	for id, follows := range p.follows {
		state[id] = slices.Sorted(maps.Keys(follows))
	}
	for id, blocks := range p.blocks {
		state["blocks "+id] = slices.Sorted(maps.Keys(blocks))
	}
	return state
}

// documents is a Fetcher over a map; what is not there does not exist.
type documents map[vocab.IRI]string

func (d documents) Fetch(_ context.Context, id vocab.IRI) (*vocab.Object, error) {
	text, ok := d[id]
	if !ok {
		return nil, &actor.FetchError{ID: id, StatusCode: 404, Err: actor.ErrNotFound}
	}
	return vocab.Parse([]byte(text))
}

// account is a minimal actor document.
func account(id vocab.IRI, rest string) string {
	return fmt.Sprintf(`{"@context":"https://www.w3.org/ns/activitystreams","id":%q,"type":"Person","inbox":%q,"followers":%q%s}`,
		id, id+"/inbox", id+"/followers", rest)
}

func parse(t testing.TB, text string) *vocab.Object {
	t.Helper()
	o, err := vocab.Parse([]byte(text))
	require.NoError(t, err, "the test's own document must parse")
	return o
}

// moveOf is a Move as old signs it.
func moveOf(t testing.TB, from, to vocab.IRI, at time.Time) move.Delivery {
	t.Helper()
	text := fmt.Sprintf(`{"@context":"https://www.w3.org/ns/activitystreams","id":%q,"type":"Move","actor":%q,"object":%q,"target":%q}`,
		from+"#move", from, from, to)
	return move.Delivery{Activity: parse(t, text), Signature: &actor.Signature{Owner: from, KeyID: from + "#main-key", At: at, Received: at}}
}
