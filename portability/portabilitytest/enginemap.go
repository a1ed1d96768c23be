package portabilitytest

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

const (
	bob     = "https://old.example/users/bob"
	bobHere = "https://new.example/users/bob"
	bobPost = bob + "/posts/1"
	bobPage = "https://old.example/@bob"
)

// bobAccount is a neighbour's, with one post.
func bobAccount() *engineAccount {
	a := newEngineAccount()
	a.items = map[portability.Kind][]portability.Item{}
	a.actor = engineDocument(`{"id":"` + bob + `","type":"Person","url":"` + bobPage + `"}`)
	a.add(portability.Item{Ref: portability.Ref{Kind: portability.Actor, ID: bob}, Object: a.actor},
		portability.Item{Ref: portability.Ref{Kind: portability.Content, ID: bobPost},
			Object: engineDocument(`{"id":"` + bobPost + `","type":"Note","attributedTo":"` + bob + `","url":"` + bobPage + `/1",` +
				`"content":"mine","published":"2020-01-01T00:00:00Z","to":["` + string(vocab.Public) + `"]}`)})
	return a
}

// copyBob copies a neighbour's account with the same store, and returns what is told of it.
func copyBob(t *testing.T, store portability.Store, account *engineAccount) *portability.JobReport {
	t.Helper()
	w := newEngineWorld(store, account)
	e, job := w.engine(), "copy of "+string(account.actor.ID())
	_, err := e.Begin(t.Context(), portability.JobSpec{ID: job, Account: bobHere, Old: account.actor.ID(), Standing: portability.Proved})
	require.NoError(t, err)
	j, err := e.Run(t.Context(), job)
	require.NoError(t, err)
	require.Equal(t, portability.JobDone, j.State, j.Trouble)
	r, err := e.Report(t.Context(), job)
	require.NoError(t, err)
	return r
}

// thievishAccount says that a neighbour's post and pages are its own.
func thievishAccount() *engineAccount {
	a := newEngineAccount()
	a.add(portability.Item{Ref: portability.Ref{Kind: portability.Content, ID: bobPost},
		Object: engineDocument(`{"id":"` + bobPost + `","type":"Note","attributedTo":"` + home + `","url":["` + bobPage + `/1","` + bobPage + `"],` +
			`"content":"x","published":"2020-01-01T00:00:00Z","to":["` + string(vocab.Public) + `"]}`)})
	return a
}

var engineMappings = []engineSituation{
	{"a neighbour's addresses are the neighbour's, whoever comes first, and the thief is told", func(t *testing.T, open func() portability.Store) {
		for _, thiefFirst := range []bool{true, false} {
			store := open()
			w := newEngineWorld(store, thievishAccount())
			if thiefFirst {
				w.copy(t)
				assert.Empty(t, storeFind(t, store, bobPost, bobPage+"/1", bobPage), "nobody's as yet")
			}
			assert.NoError(t, copyBob(t, store, bobAccount()).Ready())
			if !thiefFirst {
				w.copy(t)
			}
			found := storeFind(t, store, bob, bobPost, bobPage+"/1", bobPage)
			require.Len(t, found, 4)
			for old, m := range found {
				assert.EqualValues(t, bobHere, m.To, "%s, thief first: %t", old, thiefFirst)
			}
			r := w.report(t)
			assert.EqualValues(t, 3, r.Unmapped[portability.AddressNotOwn]+r.Unmapped[portability.AddressTaken])
			assertGate(t, portability.GateUnmapped, r.Ready())
			assert.NoError(t, r.Ready(portability.AddressNotOwn, portability.AddressTaken), "the person lets it be")
		}
	}},
	{"of two that say the same of an address that shows nothing, the first has it, and the other is told", func(t *testing.T, open func() portability.Store) {
		store := open()
		const shared = "https://old.example/objects/1"
		w := newEngineWorld(store, newEngineAccount())
		w.account.add(portability.Item{Ref: portability.Ref{Kind: portability.Content, ID: shared}, Object: engineDocument(
			`{"id":"` + shared + `","type":"Note","attributedTo":"` + home + `","content":"x","published":"2020-01-01T00:00:00Z"}`)})
		w.copy(t)
		b := bobAccount()
		b.add(portability.Item{Ref: portability.Ref{Kind: portability.Content, ID: shared}, Object: engineDocument(
			`{"id":"` + shared + `","type":"Note","attributedTo":"` + bob + `","content":"y","published":"2020-01-01T00:00:00Z"}`)})
		r := copyBob(t, store, b)
		assert.EqualValues(t, newHome, storeFind(t, store, shared)[shared].To)
		assert.Equal(t, map[portability.Reason]int64{portability.AddressTaken: 1}, r.Unmapped)
		assertGate(t, portability.GateUnmapped, r.Ready())
		assert.NoError(t, w.report(t).Ready())
	}},
	{"a file takes the address of nothing else, whichever comes first", func(t *testing.T, open func() portability.Store) {
		for _, fileFirst := range []bool{true, false} {
			a := newEngineAccount()
			p, days := enginePost(2, enginePublic(2, -1)), map[bool]int{true: 3, false: 1}
			p.Media = []portability.Medium{a.file(0), a.file(1), a.file(2)}
			victim := enginePost(1, enginePublic(days[fileFirst], -1))
			p.Media[0].URL = vocab.IRI(victim.ID)
			p.Media[1].URL, p.Media[2].URL = home, bobPage
			a.add(p, victim)
			w := newEngineWorld(open(), a)
			w.copy(t)
			found := storeFind(t, w.store, vocab.IRI(victim.ID), home, bobPage)
			assert.Equal(t, portability.Content, found[vocab.IRI(victim.ID)].Kind, "file first: %t", fileFirst)
			assert.Equal(t, portability.Actor, found[home].Kind)
			assert.NotContains(t, found, vocab.IRI(bobPage))
		}
	}},
	{"an actor that names a neighbour's page as its own is not believed, nor do its posts lead there", func(t *testing.T, open func() portability.Store) {
		a := newEngineAccount()
		a.actor = engineDocument(`{"id":"` + home + `","type":"Person","url":["https://old.example/@alice","` + bobPage + `"]}`)
		a.items[portability.Actor][0].Object = a.actor
		a.add(enginePost(1, enginePublic(1, -1)+`,"tag":[{"type":"Mention","href":"`+bobPage+`"},{"type":"Mention","href":"https://old.example/@alice"}]`))
		w := newEngineWorld(open(), a)
		w.copy(t)
		assert.Empty(t, storeFind(t, w.store, bobPage))
		assert.Contains(t, storeFind(t, w.store, "https://old.example/@alice"), vocab.IRI("https://old.example/@alice"))
		copied := w.server.items[enginePost(1, "").Ref].item.Placed.Object.String()
		assert.Contains(t, copied, `"`+bobPage+`"`, "bob is not alice")
		assert.NotContains(t, copied, "old.example/@alice")
		assert.Equal(t, map[portability.Reason]int64{portability.AddressNotOwn: 1}, w.report(t).Unmapped)
	}},
	{"where ids are numbers, an actor's page is called by the name that it says", func(t *testing.T, open func() portability.Store) {
		const numbered = "https://old.example/ap/users/116"
		a := newEngineAccount()
		a.items = map[portability.Kind][]portability.Item{}
		a.actor = engineDocument(`{"id":"` + numbered + `","type":"Person","preferredUsername":"bob","url":"` + bobPage + `"}`)
		a.add(portability.Item{Ref: portability.Ref{Kind: portability.Actor, ID: numbered}, Object: a.actor})
		for n := range 3 {
			id := fmt.Sprintf("%s/statuses/%d", numbered, n)
			a.add(portability.Item{Ref: portability.Ref{Kind: portability.Content, ID: id}, Object: engineDocument(fmt.Sprintf(
				`{"id":%q,"type":"Note","attributedTo":%q,"url":"%s/%d","content":"x","published":"2020-01-01T00:00:00Z","to":["as:Public"]}`, id, numbered, bobPage, n))})
		}
		store := open()
		assert.NoError(t, copyBob(t, store, a).Ready())
		assert.Len(t, storeFind(t, store, numbered, bobPage, bobPage+"/0", bobPage+"/2", numbered+"/statuses/1"), 5)
	}},
	{"a copy says nothing of where it was but what the engine knows", func(t *testing.T, open func() portability.Store) {
		const victim = "https://victim.example/posts/1"
		for _, standing := range []portability.Standing{portability.Claimed, portability.Proved} {
			for _, crumbs := range []bool{false, true} {
				w := newEngineWorld(open(), newEngineAccount())
				w.account.add(enginePost(1, enginePublic(1, -1)+`,"previously":[{"actor":"https://victim.example/users/v","id":"`+victim+`"}],`+
					`"migratedFrom":"`+victim+`","migratedAt":"2020-01-01T00:00:00Z"`))
				w.options.Breadcrumbs, w.stand = crumbs, standing
				w.copy(t)
				copied := w.server.items[enginePost(1, "").Ref].item.Placed.Object
				assert.NotContains(t, copied.String(), "victim", "%s, breadcrumbs wanted: %t", standing, crumbs)
				if !crumbs || standing != portability.Proved {
					assert.NotContains(t, copied.String(), "previously")
					assert.NotContains(t, copied.String(), "migrated")
					continue
				}
				assert.EqualValues(t, enginePost(1, "").ID, copied.IRI(vocab.MigratedFrom))
				assert.EqualValues(t, enginePost(1, "").ID, copied.IRI("previously"))
			}
		}
	}},
	{"an address goes over to whose it is, and who had it is told so from then on", func(t *testing.T, open func() portability.Store) {
		const carol = "https://old.example/carol" // whose id stands beside nobody's
		store := open()
		c := newEngineAccount()
		c.items = map[portability.Kind][]portability.Item{}
		c.actor = engineDocument(`{"id":"` + carol + `","type":"Person"}`)
		c.add(portability.Item{Ref: portability.Ref{Kind: portability.Actor, ID: carol}, Object: c.actor},
			portability.Item{Ref: portability.Ref{Kind: portability.Content, ID: bobPost},
				Object: engineDocument(`{"id":"` + bobPost + `","type":"Note","attributedTo":"` + carol + `","content":"x"}`)})
		assert.NoError(t, copyBob(t, store, c).Ready())
		assert.EqualValues(t, carol, storeFind(t, store, bobPost)[bobPost].From, "for want of a better one")

		assert.NoError(t, copyBob(t, store, bobAccount()).Ready())
		assert.EqualValues(t, bob, storeFind(t, store, bobPost)[bobPost].From)
		assert.Equal(t, map[portability.Reason]int64{portability.AddressTaken: 1}, copyBob(t, store, c).Unmapped)
	}},
}
