package stories_test

import (
	"context"
	"iter"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/backup"
	"codeberg.org/godwit/godwit/internal/fediverse"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/portability/consent"
	"codeberg.org/godwit/godwit/vocab"
)

func theServerWentDark(t *testing.T) {
	w := found(t, signsAndPulls, "gamma", "delta", "epsilon")
	old, dora, zoe := w.joins("charlie", "gamma"), w.joins("dora", "epsilon"), w.joins("zoe", "epsilon")
	lee, mallory := w.joins("lee", "delta"), w.joins("mallory", "delta")
	key := old.holdsAKey()
	dora.follows(old)
	lee.follows(old)
	old.follows(zoe)
	old.blocks("https://nasty.example/users/n")
	old.writes("years of work, the first")
	old.publishes(fediverse.Draft{Text: "<p>years of work, the second</p>", Picture: []byte(picture)})
	secret := old.confides(portability.ForFollowers, "between us")
	file := old.backsUp()
	w.goesDark("gamma")

	new := w.joins("charlie", "delta")
	new.claims(old)
	new.isGenuine(file, old.id)
	// Mallory has found his archive, and has no key.
	mallory.claims(old)
	stolen := w.copies(passage{old: old, new: mallory, from: archived(file)})
	assert.Equal(t, portability.Claimed, stolen.Job.Standing, "an archive alone shows nothing")
	forged := mallory.writesArchive(w.pretends(mallory, file), &backup.WriteOptions{})
	assert.NotEqual(t, backup.KnownKey, new.authenticates(forged, old.id).Trust, "and what she has made of it is not taken for his")

	report := w.copies(passage{old: old, new: new, from: archived(file), prove: new.states(key)})
	require.NoError(t, report.Ready(), "the report lets the account move")
	new.does("calls his followers", new.server().Pull(w.ctx, new.name, old.id, key, w.listed(file, portability.Followers)))
	dora.hasGoneAlong(old, new)
	lee.hasGoneAlong(old, new)
	new.followsAgain(old.id, file)

	assert.Equal(t, map[string]int{"<p>years of work, the first</p>": 1, "<p>years of work, the second</p>": 1}, w.posts(new), "everybody can read what he wrote")
	assert.Equal(t, map[vocab.IRI]bool{dora.id: true, lee.id: true}, w.lists(new, "followers"), "and sees who follows him")
	assert.Equal(t, map[vocab.IRI]bool{zoe.id: true}, w.lists(new, "following"), "and whom he follows")
	assert.True(t, w.lists(zoe, "followers")[new.id])
	assert.Equal(t, []string{"https://nasty.example/users/n"}, new.has(portability.Blocked))
	assert.Empty(t, w.posts(mallory), "and nothing of it as Mallory's")
	assert.NotContains(t, w.all(new), "between us")
	for post, err := range new.server().Copies().Mappings(w.ctx, old.id, "") {
		require.NoError(t, err)
		assert.False(t, post.Old == secret && post.Seen(), "nobody would be led to what was not for everybody")
	}
}

// all is every word that an account shows to strangers.
func (w *town) all(p *person) string {
	w.t.Helper()
	return strings.Join(slices.Collect(maps.Keys(w.posts(p))), " ")
}

// pretends is somebody's archive as if it were her own account's.
func (w *town) pretends(p *person, file string) portability.Source {
	w.t.Helper()
	archive, err := backup.Open(w.ctx, file, nil)
	require.NoError(w.t, err, "open the archive")
	w.whole.Cleanup(func() { require.NoError(w.whole, archive.Close()) })
	own, err := p.live(w.ctx)
	require.NoError(w.t, err, "open the household")
	return pretended{archive, own}
}

type pretended struct {
	*backup.Reader
	own portability.Source
}

// Actor implements portability.Source.
func (p pretended) Actor(ctx context.Context) (*vocab.Object, error) { return p.own.Actor(ctx) }

// Items implements portability.Source.
func (p pretended) Items(ctx context.Context, k portability.Kind, after string) iter.Seq2[portability.Item, error] {
	if k == portability.Actor {
		return p.own.Items(ctx, k, after)
	}
	return p.Reader.Items(ctx, k, after)
}

// recorded is an account with what the moderators of its server have decided.
type recorded struct {
	portability.Source
	records *vocab.Object
}

// Kinds implements portability.Source.
func (r recorded) Kinds(ctx context.Context) ([]portability.Kind, error) {
	kinds, err := r.Source.Kinds(ctx)
	return append(kinds, portability.Unknown), err
}

// Items implements portability.Source.
func (r recorded) Items(ctx context.Context, k portability.Kind, after string) iter.Seq2[portability.Item, error] {
	if k != portability.Unknown || after != "" {
		return r.Source.Items(ctx, k, after)
	}
	return func(yield func(portability.Item, error) bool) {
		id := string(r.records.ID())
		yield(portability.Item{Ref: portability.Ref{Kind: k, ID: id}, Raw: r.records.Bytes(), Next: id}, nil)
	}
}

// backsUpWithRecords writes an archive in which the server's records are.
func (p *person) backsUpWithRecords() string {
	p.town.t.Helper()
	records, err := p.server().ModerationRecords(p.town.ctx, p.name)
	p.does("gets the moderation records", err)
	home, err := p.live(p.town.ctx)
	p.does("opens the household", err)
	return p.writesArchive(recorded{home, records}, &backup.WriteOptions{})
}

// records are those in an archive.
func (w *town) records(file string) *vocab.Object {
	w.t.Helper()
	archive, err := backup.Open(w.ctx, file, nil)
	require.NoError(w.t, err, "open the archive")
	defer archive.Close()
	for item, err := range archive.Items(w.ctx, portability.Unknown, "") {
		require.NoError(w.t, err, "read the archive")
		raw := item.Raw
		if item.Object != nil {
			raw = item.Object.Bytes()
		}
		o, err := vocab.Parse(raw)
		require.NoError(w.t, err, "the records came through byte for byte")
		return o
	}
	require.Fail(w.t, "there are no records in the archive")
	return nil
}

// judged leaves out what the moderators of the old server have removed.
type judged struct {
	*backup.Reader
	records []fediverse.Record
}

// Items implements portability.Source.
func (j judged) Items(ctx context.Context, k portability.Kind, after string) iter.Seq2[portability.Item, error] {
	return func(yield func(portability.Item, error) bool) {
		for item, err := range j.Reader.Items(ctx, k, after) {
			if err == nil && slices.Contains(j.records, fediverse.Record{Post: vocab.IRI(item.ID), Decision: fediverse.Remove}) {
				continue
			}
			if !yield(item, err) {
				return
			}
		}
	}
}

func moderationRecordsOfADeadServer(t *testing.T) {
	w := found(t, signsAndPulls, "gamma", "delta")
	old, lee := w.joins("charlie", "gamma"), w.joins("lee", "delta")
	key := old.holdsAKey()
	lee.follows(old)
	server := w.account("relay", "gamma") // the server's own account
	require.Equal(t, server, w.known("delta", server), "Delta has read who Gamma is while it was there")
	old.writes("harmless")
	argued := old.writes("somebody complained, and it was let stand")
	removed := old.writes("this broke the rules")
	moderators := old.server()
	old.does("is looked at", moderators.Moderate(w.ctx, argued, fediverse.Permit))
	old.does("is moderated", moderators.Moderate(w.ctx, removed, fediverse.Remove))
	w.seesNoPrivate([]vocab.IRI{removed})
	file := old.backsUpWithRecords()
	w.goesDark("gamma")

	new := w.joins("charlie", "delta")
	new.isGenuine(file, old.id)
	found := w.records(file)
	records, err := new.server().ReadRecords(w.ctx, server, found)
	require.NoError(t, err, "the records are Gamma's, which is gone")
	assert.ElementsMatch(t, []fediverse.Record{{Post: argued, Decision: fediverse.Permit}, {Post: removed, Decision: fediverse.Remove}}, records)
	better, err := vocab.Parse([]byte(strings.ReplaceAll(found.String(), "removed", "allowed")))
	require.NoError(t, err)
	_, err = new.server().ReadRecords(w.ctx, server, better)
	require.ErrorIs(t, err, fediverse.ErrRecords, "records that somebody has bettered are not believed")

	w.copies(passage{old: old, new: new, prove: new.states(key), from: func(ctx context.Context) (portability.Source, error) {
		archive, err := backup.Open(ctx, file, nil)
		return judged{archive, records}, err
	}})
	assert.Equal(t, map[string]int{"<p>harmless</p>": 1, "<p>somebody complained, and it was let stand</p>": 1}, w.posts(new),
		"everybody can read what Gamma's moderators let stand, and nothing else")
}

// account is the id of an account.
func (w *town) account(name, at string) vocab.IRI {
	return vocab.IRI("http://" + w.at[at] + "/users/" + name)
}

// known has a server read an account.
func (w *town) known(server string, id vocab.IRI) vocab.IRI {
	w.t.Helper()
	document, err := w.servers[server].Client().FetchFresh(w.ctx, id)
	require.NoError(w.t, err, "%s reads %s", server, id)
	return document.ID()
}

func aServerOfOnesOwn(t *testing.T) {
	w := found(t, signsAndPulls, "delta", "epsilon", "gamma")
	old, mallory := w.joins("daniel", "delta"), w.joins("mallory", "gamma")
	old.writes("a recipe")
	removed := old.writes("what the moderators of Delta did not like")
	old.does("is moderated", old.server().Moderate(w.ctx, removed, fediverse.Remove))
	old.does("is on a server that breaks with Gamma", old.server().Fence(w.ctx, w.at["gamma"]))
	file := old.backsUpWithRecords()

	gate := w.hosts("epsilon", consent.Policy{Who: consent.OneAccount, Account: old.id})
	new := w.joins("daniel", "epsilon")
	old.isAlso(new)
	standing, _, err := consent.Prove(w.ctx, new.server().Client(), old.id, new.id, nil)
	require.NoError(t, err)
	arrival := gate.asks(file, standing)
	gate.letsIn(arrival)
	kinds := slices.DeleteFunc(portability.Kinds(), func(k portability.Kind) bool {
		return k == portability.BlockedDomains || k == portability.Unknown
	})
	report := w.copies(passage{
		old: old, new: new, from: archived(file), household: func(h *fediverse.Household) { h.Runs = true },
		options: portability.JobOptions{Kinds: kinds},
	})
	require.NoError(t, report.Ready())
	gate.isDone(arrival, new)
	mallory.follows(new)

	assert.Equal(t, map[string]int{"<p>a recipe</p>": 1, "<p>what the moderators of Delta did not like</p>": 1}, w.posts(new), "on his own server his own rules hold")
	assert.Equal(t, map[string]int{"<p>a recipe</p>": 1}, w.posts(old), "and on Delta those of Delta")
	fences, err := new.server().Fences(w.ctx)
	require.NoError(t, err)
	assert.Empty(t, fences)
	assert.True(t, w.lists(new, "followers")[mallory.id], "whom Delta did not let near, he may")
	assert.Empty(t, new.has(portability.Unknown), "the records of Delta's moderators stay behind")
}
