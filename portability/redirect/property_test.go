package redirect_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/portability/redirect"
	"codeberg.org/godwit/godwit/vocab"
)

// Accounts move as they like, and maps say what they like: whoever follows links ends
// somewhere, soon, and only on hosts of these accounts; and of what is not public, nothing
// is told.
func TestHandler_everyLinkEnds(t *testing.T) {
	audiences := []portability.Audience{portability.ForPublic, portability.ForUnlisted, portability.ForFollowers, ""}
	led := 0
	rapid.Check(t, func(rt *rapid.T) {
		n := rapid.IntRange(2, 6).Draw(rt, "accounts")
		host := func(i int) string { return fmt.Sprintf("https://s%d.example", i) }
		actor := func(i int) vocab.IRI { return vocab.IRI(host(i) + "/users/al") }
		item := func(i, k int) vocab.IRI { return actor(i) + vocab.IRI(fmt.Sprintf("/statuses/%d", k)) }
		someone := rapid.IntRange(0, n-1)
		accounts, links, origins := &redirect.AccountTable{}, uriMap{}, []string{}
		private := map[vocab.IRI]bool{}
		for i := range n {
			origins = append(origins, host(i))
			if to := someone.Draw(rt, "moves to"); to != i {
				accounts.Put(redirect.MovedAccount{Old: actor(i), New: actor(to), Pages: []vocab.IRI{vocab.IRI(host(i) + "/@al")},
					Off: rapid.IntRange(0, 9).Draw(rt, "off") == 0})
			}
			for k := range 3 {
				to, audience := someone.Draw(rt, "is at"), rapid.SampledFrom(audiences).Draw(rt, "for")
				m := portability.Mapping{Old: item(i, k), ID: item(i, k), New: item(to, rapid.IntRange(0, 3).Draw(rt, "as")), Kind: portability.Content,
					From: actor(i), To: actor(to), Audience: audience, Gone: rapid.IntRange(0, 9).Draw(rt, "gone") == 0}
				links.add(m)
				private[m.Old] = audience != portability.ForPublic && audience != portability.ForUnlisted
			}
		}
		old, err := redirect.New(notThere(), &redirect.Options{Finder: links, Accounts: accounts, Origins: origins})
		require.NoError(rt, err)
		all, err := redirect.NewResolver(old, &redirect.ResolverOptions{Finder: links, Origins: origins})
		require.NoError(rt, err)
		for i := range n {
			for _, start := range []vocab.IRI{actor(i), item(i, 0), item(i, 1), item(i, 2), item(i, 3), vocab.IRI(host(i) + "/@al")} {
				accept := rapid.SampledFrom([]string{forActivityPub, forBrowsers, ""}).Draw(rt, "accept")
				hops := follow(rt, all, string(start), accept)
				led += len(hops)
				if private[start] && len(hops) > 0 {
					rt.Fatalf("%s is not for strangers, and leads to %q", start, hops)
				}
			}
		}
	})
	least := 100
	if testing.Short() { // a fifth as many worlds
		least = 10
	}
	require.Greater(t, led, least, "links that lead nowhere show nothing")
}

// follow returns where one is led, hop by hop.
func follow(rt *rapid.T, h http.Handler, target, accept string) (hops []string) {
	for range 4 {
		r := httptest.NewRequest(http.MethodGet, target, nil)
		r.Header.Set("Accept", accept)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		target = w.Header().Get("Location")
		if target == "" {
			return hops
		}
		if !strings.HasPrefix(target, "https://s") || !strings.Contains(target, ".example/") {
			rt.Fatalf("leads to %q", target)
		}
		hops = append(hops, target)
	}
	rt.Fatalf("no end: %q", hops)
	return nil
}

// Whatever stands in another's object map or in an object's breadcrumbs: an entry that is taken
// names two different URLs.
func FuzzReadObjectMap(f *testing.F) {
	f.Add(`{"type":"Move","origin":"https://old.example/1","target":"https://new.example/1"}`)
	f.Add(`{"type":["Move"],"object":[{"id":"https://old.example/1"}],"origin":"https://old.example/1","target":{"id":"https://new.example/1"}}`)
	f.Add(`{"previously":[{"id":"https://old.example/1","actor":"https://old.example/a"},"https://x.example/1"]}`)
	f.Add(`[null,1,"x"]`)
	f.Fuzz(func(t *testing.T, item string) {
		o, err := vocab.Parse([]byte(`{"id":"` + string(mapID) + `","type":"OrderedCollection","orderedItems":[` + item + `]}`))
		if err != nil {
			t.Skip("no document")
		}
		for e, err := range redirect.ReadObjectMap(t.Context(), web{mapID: o}, newActor(t, `,"migration":"`+string(mapID)+`"`), nil) {
			if err == nil && e.Reason == "" && (!e.Old.IsHTTP() || !e.New.IsHTTP() || e.Old == e.New) {
				t.Errorf("%s gives %v", item, e)
			}
		}
		if own, err := vocab.Parse([]byte(item)); err == nil {
			for _, crumb := range redirect.Breadcrumbs(own) {
				if !crumb.ID.IsHTTP() {
					t.Errorf("%s gives %v", item, crumb)
				}
			}
			redirect.MigrationComplete(own)
			redirect.ObjectMapOf(own)
		}
	})
}
