package stories_test

import (
	"fmt"
	"time"

	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/internal/fediverse"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

// A person is somebody with an account.
type person struct {
	town    *town
	name    string
	at      string // the server
	id      vocab.IRI
	days    int // since they began to write
	backups int
}

// joins makes an account.
func (w *town) joins(name, at string) *person {
	w.t.Helper()
	id, err := w.servers[at].Create(w.ctx, name, false)
	require.NoError(w.t, err, "%s joins %s", name, at)
	return &person{town: w, name: name, at: at, id: id}
}

func (p *person) server() *fediverse.Host { return p.town.servers[p.at] }

func (p *person) does(what string, err error) {
	p.town.t.Helper()
	require.NoError(p.town.t, err, "%s@%s %s", p.name, p.at, what)
}

// follows asks, and waits until both sides have it.
func (p *person) follows(other *person) {
	p.town.t.Helper()
	p.asks(other)
	p.town.waits(fmt.Sprintf("%s follows %s", p.name, other.name), func() bool {
		return p.town.lists(p, "following")[other.id] && p.town.lists(other, "followers")[p.id]
	})
}

// asks asks to follow, whatever the answer will be.
func (p *person) asks(other *person) {
	p.town.t.Helper()
	p.does("asks to follow "+other.name, p.server().FollowAs(p.town.ctx, p.name, other.id))
}

// writes publishes a post for everybody, one on each day.
func (p *person) writes(text string) vocab.IRI {
	p.town.t.Helper()
	return p.publishes(fediverse.Draft{Text: "<p>" + text + "</p>"})
}

// confides writes to whom it is for.
func (p *person) confides(audience portability.Audience, text string) vocab.IRI {
	p.town.t.Helper()
	return p.publishes(fediverse.Draft{Text: "<p>" + text + "</p>", For: audience})
}

func (p *person) publishes(d fediverse.Draft) vocab.IRI {
	p.town.t.Helper()
	p.days++
	d.At = time.Date(2025, 1, p.days, 12, 0, 0, 0, time.UTC)
	id, err := p.server().Write(p.town.ctx, p.name, d)
	p.does("writes", err)
	return id
}

func (p *person) blocks(other vocab.IRI) {
	p.town.t.Helper()
	p.does("blocks somebody", p.server().Block(p.town.ctx, p.name, other))
}

func (p *person) mutes(other vocab.IRI) {
	p.town.t.Helper()
	p.does("mutes somebody", p.server().Mute(p.town.ctx, p.name, other))
}

// claims says that another account is theirs as well.
func (p *person) claims(others ...*person) {
	p.town.t.Helper()
	var ids []vocab.IRI
	for _, other := range others {
		ids = append(ids, other.id)
	}
	p.does("claims another account", p.server().Alias(p.town.ctx, p.name, ids...))
}

// isAlso makes two accounts claim each other.
func (p *person) isAlso(other *person) {
	p.town.t.Helper()
	p.claims(other)
	other.claims(p)
}

// movesTo announces that the account has moved, and waits until these followers have
// gone along.
func (p *person) movesTo(new *person, followers ...*person) {
	p.town.t.Helper()
	_, err := p.server().Depart(p.town.ctx, p.name, new.id)
	p.does("moves", err)
	p.town.waits("the old account points at the new one", func() bool { return p.town.reads(p.id).IRI(vocab.MovedTo) == new.id })
	for _, f := range followers {
		f.hasGoneAlong(p, new)
	}
}

// hasGoneAlong waits until somebody follows the new account, and no more the old one.
func (p *person) hasGoneAlong(old, new *person) {
	p.town.t.Helper()
	p.town.waits(fmt.Sprintf("%s follows %s to %s", p.name, new.name, new.at), func() bool {
		following := p.town.lists(p, "following")
		return following[new.id] && !following[old.id] && p.town.lists(new, "followers")[p.id]
	})
}

// leavesAForwardingAddress hands the old server the map of where everything is now.
func (p *person) leavesAForwardingAddress(new *person) {
	p.town.t.Helper()
	all := new.server().Copies().Mappings(p.town.ctx, p.id, "")
	p.does("leaves a forwarding address", p.server().Forward(p.town.ctx, p.name, all))
	new.does("is welcomed", new.server().Welcome(p.town.ctx, new.name, p.id))
}
