package stories_test

import (
	"encoding/csv"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"filippo.io/age"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/backup"
	"codeberg.org/godwit/godwit/internal/fediverse"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
	"codeberg.org/godwit/godwit/webfinger"
)

// domainPortability is the first process of the report: other software at the same
// domain.
func domainPortability(t *testing.T) {
	w := found(t, nil, "old", "gamma")
	ann, chris := w.joins("ann", "old"), w.joins("chris", "gamma")
	ann.follows(chris)
	chris.follows(ann)
	first := ann.writes("Hello")
	second := ann.publishes(fediverse.Draft{Text: "<p>and a bird</p>", InReplyTo: first, Picture: []byte(picture)})
	secret := ann.confides(portability.ForFollowers, "for my friends")
	bird := w.reads(second).Children(vocab.Attachment)[0].IRI(vocab.URL)
	held := w.holds(ann.id, first, second)
	signed := ann.signs("I said so")
	operator, err := age.GenerateX25519Identity()
	require.NoError(t, err)

	var file string
	w.step("1 back up all data at ann@old, and the keys sealed for the operator", func() {
		file = ann.backsUpWith(&backup.WriteOptions{Secrets: ann.secrets(operator.Recipient())})
		verdict, err := backup.Verify(w.ctx, file, nil)
		require.NoError(w.t, err)
		assert.True(w.t, verdict.Whole(), "the backup is whole: %v", verdict.Findings)
		assert.Len(w.t, w.listed(file, portability.Content), 3)
	})
	w.step("2 shut the old implementation down", func() {
		w.goesDark("old")
		_, err := w.looks.FetchFresh(w.ctx, ann.id)
		require.Error(w.t, err, "nobody answers")
	})
	w.step("3 install the new one at the same domain", func() {
		w.installs("old", "new.db")
		assert.Equal(w.t, http.StatusNotFound, w.opens(ann.id, asServer).status, "it knows nobody yet")
	})
	w.step("4 restore the data", func() {
		report := w.restores(ann, file, operator)
		assert.EqualValues(w.t, 3, report.Count(portability.Content, portability.Copied))
	})
	w.step("Result: all data is available", func() {
		assert.Equal(w.t, map[string]int{"<p>Hello</p>": 1, "<p>and a bird</p>": 1}, w.posts(ann))
		assert.Equal(w.t, map[vocab.IRI]bool{chris.id: true}, w.lists(ann, "followers"))
		assert.Equal(w.t, map[vocab.IRI]bool{chris.id: true}, w.lists(ann, "following"))
	})
	w.step("Result: every link that others hold is still valid", func() {
		now := w.holds(ann.id, first, second)
		for link, said := range held {
			assert.JSONEq(w.t, said, now[link], "%s says what it said", link)
		}
		assert.Equal(w.t, picture, string(w.opens(bird, "image/*").body), "the picture is where it was")
		found, err := webfinger.Lookup(w.ctx, w.looks, "ann@"+w.at["old"], &webfinger.Options{Trusted: w.trusted})
		require.NoError(w.t, err, "the handle answers")
		assert.Contains(w.t, found.Actors, string(ann.id))
		keys, _ := actor.Keys(w.reads(ann.id))
		key, known := actor.FindKey(keys, actor.Ed25519KeyID(ann.id))
		require.True(w.t, known, "the key is published under its id")
		assert.NoError(w.t, actor.VerifyProof(signed, key, nil), "what was signed before holds")
		w.seesNothing(secret)
		dora := w.joins("dora", "gamma")
		ann.follows(dora) // with her old key, which the other server knows
	})
}

// holds is what somebody has who holds links.
func (w *town) holds(links ...vocab.IRI) map[vocab.IRI]string {
	w.t.Helper()
	all := map[vocab.IRI]string{}
	for _, link := range links {
		a := w.opens(link, asServer)
		require.Equal(w.t, http.StatusOK, a.status, "%s answers", link)
		all[link] = string(a.body)
	}
	return all
}

// signs writes a note with a proof by the account's key.
func (p *person) signs(text string) *vocab.Object {
	p.town.t.Helper()
	_, key, err := p.server().Keys(p.town.ctx, p.name)
	p.does("has a key", err)
	note, err := vocab.Build(
		vocab.Member{Name: vocab.Context, Value: []string{vocab.ContextAS, "https://w3id.org/security/data-integrity/v1"}},
		vocab.Member{Name: vocab.ID, Value: p.id + "/signed"},
		vocab.Member{Name: vocab.Type, Value: vocab.TypeNote},
		vocab.Member{Name: vocab.AttributedTo, Value: p.id},
		vocab.Member{Name: vocab.Content, Value: text},
	)
	p.does("writes", err)
	note, err = actor.SignProof(note, key, time.Now(), nil)
	p.does("signs", err)
	return note
}

// secrets are the account's private keys, for the operator alone.
func (p *person) secrets(to age.Recipient) *backup.Secrets {
	p.town.t.Helper()
	main, second, err := p.server().Keys(p.town.ctx, p.name)
	p.does("has keys", err)
	sealed := &backup.Secrets{Recipients: []age.Recipient{to}}
	for _, key := range []actor.PrivateKey{main, second} {
		secret, err := backup.SecretOf(key)
		p.does("gives the keys to the operator", err)
		sealed.Keys = append(sealed.Keys, secret)
	}
	return sealed
}

// restores brings an account back at its own domain, as its operator does.
func (w *town) restores(p *person, file string, operator age.Identity) *portability.JobReport {
	w.t.Helper()
	archive, err := backup.Open(w.ctx, file, nil)
	require.NoError(w.t, err, "open the archive")
	defer archive.Close()
	document, err := archive.Actor(w.ctx)
	require.NoError(w.t, err, "read who it is")
	var keys []actor.PrivateKey
	for entry, err := range backup.Sealed(w.ctx, archive) {
		require.NoError(w.t, err, "look for sealed keys")
		key, err := backup.UnlockKey(w.ctx, archive, entry.Name, document, []age.Identity{operator}, nil)
		require.NoError(w.t, err, "unlock %s", entry.Name)
		keys = append(keys, key)
	}
	require.Len(w.t, keys, 2, "both keys are in the archive")
	var back fediverse.Restored
	w.inSilence(func() {
		_, err = p.server().Adopt(w.ctx, fediverse.Adoption{Operator: "the operator", Actor: document, Keys: keys})
		require.NoError(w.t, err, "take the account in")
		back, err = p.server().Restore(w.ctx, "the operator", p.name, archive)
		require.NoError(w.t, err, "restore")
	})
	assert.Empty(w.t, back.Later, "every follower could be asked")
	return back.Report
}

// theMoveOfTheReport is the second process of the report.
func theMoveOfTheReport(t *testing.T) {
	w := found(t, nil, "old", "next", "gamma", "epsilon")
	old := w.joins("ann", "old")
	chris, dora, zoe := w.joins("chris", "gamma"), w.joins("dora", "epsilon"), w.joins("zoe", "epsilon")
	chris.follows(old)
	dora.follows(old)
	old.follows(zoe)
	old.follows(chris)
	before, followed := w.lists(old, "followers"), w.lists(old, "following")

	var new *person
	w.step("1 create the new actor", func() {
		new = w.joins("ann", "next")
		assert.Equal(w.t, new.id, w.reads(new.id).ID())
	})
	w.step("2 the new actor claims the old one (alsoKnownAs)", func() {
		new.claims(old)
		assert.True(w.t, actor.Claims(w.reads(new.id), old.id))
	})
	w.step("3 the old actor points at the new one (movedTo)", func() {
		_, err := old.server().Depart(w.ctx, old.name, new.id)
		require.NoError(w.t, err)
		w.waits("everybody can read it", func() bool { return w.reads(old.id).IRI(vocab.MovedTo) == new.id })
	})
	w.step("4 the old server sends a Move to all followers", func() {
		for _, f := range []*person{chris, dora} {
			w.waits("it came to "+f.at, func() bool { return f.heardOfMove(old) != "" })
		}
	})
	w.step("5 the server of each checks both actors", func() {
		for _, f := range []*person{chris, dora} {
			w.waits(f.at+" has checked", func() bool { return f.heardOfMove(old) == "accept" })
		}
		liar := w.joins("liar", "next")
		_, err := liar.server().Depart(w.ctx, liar.name, chris.id)
		require.Error(w.t, err, "whoever is not claimed by the other is not even let go")
	})
	w.step("6 each follower follows the new actor and leaves the old one", func() {
		chris.hasGoneAlong(old, new)
		dora.hasGoneAlong(old, new)
	})
	w.step("7 the old profile redirects to the new one", func() {
		at, page := w.arrives(old.id, asBrowser)
		assert.Equal(w.t, new.id, at)
		assert.Equal(w.t, http.StatusOK, page.status)
		assert.Equal(w.t, http.StatusMovedPermanently, w.opens(old.id, asBrowser).status)
	})
	w.step("8 the list of followed accounts travels as CSV, and each is followed", func() {
		for _, handle := range old.followingAsCSV() {
			found, err := webfinger.Lookup(w.ctx, new.server().Client(), handle, &webfinger.Options{Trusted: w.trusted})
			require.NoError(w.t, err, "look up %s", handle)
			require.Len(w.t, found.Actors, 1)
			new.does("follows", new.server().FollowAs(w.ctx, new.name, vocab.IRI(found.Actors[0])))
		}
		w.waits("all have said yes", func() bool { return len(w.lists(new, "following")) == len(followed) })
	})
	w.step("Result: the old profile leads to the new one, for people and for servers", func() {
		document := w.reads(old.id)
		assert.Equal(w.t, new.id, document.IRI(vocab.MovedTo))
		found, err := webfinger.Lookup(w.ctx, w.looks, "ann@"+w.at["old"], &webfinger.Options{Trusted: w.trusted})
		require.NoError(w.t, err, "the old handle still answers")
		assert.Contains(w.t, found.Actors, string(old.id))
	})
	w.step("Result: the new followers are those of the old actor, which has none left", func() {
		assert.Equal(w.t, before, w.lists(new, "followers"))
		assert.Empty(w.t, w.lists(old, "followers"))
	})
	w.step("Result: the new actor follows whom the old one followed, and nobody else", func() {
		assert.Equal(w.t, followed, w.lists(new, "following"))
	})
	w.step("Result: the following list of each follower has the new actor, and not the old one", func() {
		for _, f := range []*person{chris, dora} {
			assert.Equal(w.t, map[vocab.IRI]bool{new.id: true}, w.lists(f, "following"), f.name)
		}
	})
}

// heardOfMove is what their server concluded of a Move of an account; "" before it came.
func (p *person) heardOfMove(old *person) string {
	came, err := p.server().Received(p.town.ctx, 0)
	if err != nil {
		return ""
	}
	for _, in := range came {
		if in.Type == vocab.TypeMove && in.Actor == old.id {
			return in.Verdict
		}
	}
	return ""
}

// followingAsCSV is the list as servers export and import it.
func (p *person) followingAsCSV() []string {
	p.town.t.Helper()
	home, err := p.live(p.town.ctx)
	p.does("opens the household", err)
	dir := filepath.Join(p.town.dir, "lists")
	_, err = backup.WriteCSVs(p.town.ctx, home, dir, nil)
	p.does("exports lists", err)
	f, err := os.Open(filepath.Join(dir, "following_accounts.csv"))
	p.does("opens the list", err)
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	p.does("reads the list", err)
	require.Len(p.town.t, rows, 3, "a header and two accounts")
	return []string{rows[1][0], rows[2][0]}
}
