package stories_test

import (
	"context"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/backup"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/portability/consent"
	"codeberg.org/godwit/godwit/vocab"
)

// holdsAKey gives a person a key of their own, outside any server, which their account
// shows to be theirs (FEP-c390).
func (p *person) holdsAKey() actor.PrivateKey {
	p.town.t.Helper()
	key, err := actor.GenerateEd25519(p.id)
	p.does("makes a key", err)
	p.does("shows that it is theirs", p.server().Identify(p.town.ctx, p.name, key))
	return key
}

// A statement says, signed with a person's own key, that an account is theirs.
type statement struct{ actor.Identity }

func (s statement) Key() actor.Key { return s.Identity.Key }
func (s statement) At() time.Time  { return s.Created }
func (s statement) For() vocab.IRI { return s.Actor }

// states signs that an account is theirs, and has its server check it: what else was
// signed, somebody may have found.
func (p *person) states(key actor.PrivateKey) *consent.ProveOptions {
	p.town.t.Helper()
	signed, err := actor.SignIdentity(p.id, key, time.Now())
	p.does("states that the account is theirs", err)
	identity, err := actor.VerifyIdentity(signed, p.id, nil)
	p.does("is believed that they hold the key", err)
	return &consent.ProveOptions{Signed: []consent.Signed{statement{identity}}, Keys: p.server().KnownKeys()}
}

// authenticates checks an archive with the key that a server remembers of the account,
// whose own server may be gone.
func (p *person) authenticates(file string, of vocab.IRI) *backup.Verdict {
	p.town.t.Helper()
	records, err := p.server().KnownKeys().Keys(p.town.ctx, of)
	p.does("looks for remembered keys", err)
	for _, record := range records {
		if record.ID != actor.Ed25519KeyID(of) {
			continue
		}
		key, err := record.Key()
		p.does("reads a remembered key", err)
		verdict, err := backup.Verify(p.town.ctx, file, &backup.VerifyOptions{Key: &key})
		p.does("checks the archive", err)
		return verdict
	}
	require.Fail(p.town.t, "no key of the old account is remembered")
	return nil
}

// isGenuine checks that an archive is whole, and from whom it says.
func (p *person) isGenuine(file string, of vocab.IRI) {
	p.town.t.Helper()
	verdict := p.authenticates(file, of)
	assert.True(p.town.t, verdict.Whole(), "nothing in the archive was changed: %v", verdict.Findings)
	assert.Equal(p.town.t, backup.KnownKey, verdict.Trust, "it is signed with the key that is known to be the account's")
	assert.Equal(p.town.t, of, verdict.Actor)
}

// listed are the accounts of a kind in an archive.
func (w *town) listed(file string, k portability.Kind) []vocab.IRI {
	w.t.Helper()
	archive, err := backup.Open(w.ctx, file, nil)
	require.NoError(w.t, err, "open the archive")
	defer archive.Close()
	var all []vocab.IRI
	for item, err := range archive.Items(w.ctx, k, "") {
		require.NoError(w.t, err, "read the archive")
		all = append(all, vocab.IRI(item.ID))
	}
	return all
}

// followsAgain follows everybody whom the old account has followed.
func (p *person) followsAgain(old vocab.IRI, file string) {
	p.town.t.Helper()
	store := p.server().Copies()
	engine := portability.NewFollowEngine(store, p.server().Asker(), &portability.FollowOptions{Gap: -1})
	_, err := engine.Begin(p.town.ctx, "follows "+string(p.id), p.id, old)
	p.does("begins to follow again", err)
	from, err := archived(file)(p.town.ctx)
	p.does("opens the archive", err)
	ctx, cancel := context.WithTimeout(p.town.ctx, time.Minute)
	defer cancel()
	_, err = engine.Run(ctx, "follows "+string(p.id), from)
	p.does("follows again", err)
	p.does("closes the archive", from.(*backup.Reader).Close())
	for _, id := range p.town.listed(file, portability.Following) {
		p.town.waits("the other side has said yes", func() bool { return p.town.lists(p, "following")[id] })
	}
}
