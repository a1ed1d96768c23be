package redirect_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/portability/redirect"
	"codeberg.org/godwit/godwit/vocab"
)

var _ portability.URIMap = uriMap{}

func (m uriMap) Mappings(_ context.Context, from, after vocab.IRI) iter.Seq2[portability.Mapping, error] {
	return func(yield func(portability.Mapping, error) bool) {
		for _, old := range slices.Sorted(maps.Keys(m)) {
			if old > after && (from == "" || m[old].From == from) && !yield(m[old], nil) {
				return
			}
		}
	}
}

func (m uriMap) Map(_ context.Context, mappings []portability.Mapping) error {
	m.add(mappings...)
	return nil
}

func parse(t testing.TB, text string) *vocab.Object {
	t.Helper()
	o, err := vocab.Parse([]byte(text))
	require.NoError(t, err)
	return o
}

// A web is what every server shows now.
type web map[vocab.IRI]*vocab.Object

func (w web) Fetch(_ context.Context, id vocab.IRI) (*vocab.Object, error) {
	if o, ok := w[id]; ok {
		return o, nil
	}
	return nil, &actor.FetchError{ID: id, StatusCode: 404, Err: actor.ErrNotFound}
}

const mapID = vocab.IRI("https://new.example/users/alice/moved")

var epoch = time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)

// manyPosts is a map of n public posts, the last copied last, and some that nobody may see.
func manyPosts(n int) uriMap {
	m := uriMap{}
	for i := range n {
		for _, p := range post(fmt.Sprint(i), portability.ForPublic) {
			p.At = epoch.Add(time.Duration(i) * time.Minute)
			m.add(p)
		}
	}
	m.add(post("private", portability.ForFollowers)...)
	gone := post("gone", portability.ForPublic)[0]
	gone.Gone = true
	m.add(gone)
	eves := post("eve", portability.ForPublic)[0]
	eves.To = "https://new.example/users/eve"
	m.add(eves)
	return m
}

func publish(t testing.TB, m uriMap) (*redirect.ObjectMap, web) {
	t.Helper()
	om, err := redirect.NewObjectMap(t.Context(), m, &redirect.ObjectMapOptions{ID: mapID, New: newAlice, Old: oldAlice, PerPage: 10})
	require.NoError(t, err)
	collection, err := om.Collection()
	require.NoError(t, err)
	all := web{mapID: collection}
	for n := 1; ; n++ {
		page, err := om.Page(t.Context(), n)
		if errors.Is(err, redirect.ErrNoPage) {
			return om, all
		}
		require.NoError(t, err)
		all[page.ID()] = page
	}
}

func newActor(t testing.TB, more string) *vocab.Object {
	return parse(t, `{"@context":"https://www.w3.org/ns/activitystreams","id":"https://new.example/users/alice","type":"Person",
		"alsoKnownAs":["https://old.example/users/alice"]`+more+`}`)
}

func TestObjectMap_isReadAsItWasWritten(t *testing.T) {
	for _, n := range []int{0, 1, 10, 11, 35} {
		_, w := publish(t, manyPosts(n))
		announced, err := redirect.WithObjectMap(newActor(t, ""), mapID)
		require.NoError(t, err)
		assert.Equal(t, mapID, redirect.ObjectMapOf(announced))
		var got []redirect.ObjectMove
		for e, err := range redirect.ReadObjectMap(t.Context(), w, announced, nil) {
			require.NoError(t, err)
			got = append(got, e)
		}
		require.Len(t, got, n, "nothing that is not for everybody, nor of another actor")
		for i, e := range got {
			newest := fmt.Sprint(n - 1 - i)
			assert.Equal(t, redirect.ObjectMove{Old: oldAlice + "/statuses/" + vocab.IRI(newest), New: newAlice + "/statuses/n" + vocab.IRI(newest)}, e)
		}
		collection := w[mapID]
		assert.True(t, redirect.MigrationComplete(collection))
		total, ok := collection.Int64(vocab.TotalItems)
		assert.True(t, ok)
		assert.EqualValues(t, n, total)
		assert.Equal(t, vocab.ContextPlain, collection.ContextKind())
	}
}

func TestObjectMap_hidesWhatWasTakenBack(t *testing.T) {
	m := manyPosts(3)
	om, _ := publish(t, m)
	taken := m[oldAlice+"/statuses/1"]
	taken.Gone = true
	m.add(taken)
	page, err := om.Page(t.Context(), 1)
	require.NoError(t, err)
	assert.Len(t, page.Children(vocab.OrderedItems), 2)
	assert.NotContains(t, page.String(), "statuses/1\"")
}

func TestObjectMap_serves(t *testing.T) {
	om, w := publish(t, manyPosts(11))
	ask := func(method, target string) *httptest.ResponseRecorder {
		r := httptest.NewRecorder()
		om.ServeHTTP(r, httptest.NewRequest(method, target, nil))
		return r
	}
	got := ask(http.MethodGet, string(mapID))
	assert.Equal(t, "application/activity+json", got.Header().Get("Content-Type"))
	assert.JSONEq(t, w[mapID].String(), got.Body.String())
	assert.JSONEq(t, w[mapID+"?page=2"].String(), ask(http.MethodGet, string(mapID)+"?page=2").Body.String())
	assert.Empty(t, ask(http.MethodHead, string(mapID)).Body.String())
	for _, none := range []string{"0", "3", "-1", "x", "99999999999999999999"} {
		assert.Equal(t, http.StatusNotFound, ask(http.MethodGet, string(mapID)+"?page="+none).Code, none)
	}
	assert.Equal(t, http.StatusMethodNotAllowed, ask(http.MethodPost, string(mapID)).Code)
	_, err := redirect.NewObjectMap(t.Context(), uriMap{}, &redirect.ObjectMapOptions{ID: "https://other.example/m", New: newAlice})
	require.Error(t, err, "the map is on the origin of its actor")
}

func TestWithObjectMap_besideLOLA(t *testing.T) {
	o, err := redirect.WithObjectMap(newActor(t, `,"migration":{"outbox":"https://new.example/o"}`), mapID)
	require.NoError(t, err)
	assert.Equal(t, mapID, redirect.ObjectMapOf(o))
	assert.NotNil(t, o.Child(vocab.Migration), "LOLA's stays")
}

func TestObjectMapOf(t *testing.T) {
	const id = `"https://new.example/m"`
	for name, c := range map[string]struct {
		more string
		want vocab.IRI
	}{
		"none":                  {``, ""},
		"by its name":           {`,"migration":` + id, "https://new.example/m"},
		"one namespace":         {`,"https://w3id.org/fep/1580#migration":` + id, "https://new.example/m"},
		"the other":             {`,"https://w3id.org/fep/1580/migration":` + id, "https://new.example/m"},
		"LOLA 0.2":              {`,"migration":` + id + `,"accountPortabilityOauth":"https://new.example/a"`, ""},
		"LOLA 0.3":              {`,"migration":{"outbox":` + id + `}`, ""},
		"of another origin":     {`,"migration":"https://evil.example/m"`, ""},
		"no URL":                {`,"migration":"moved"`, ""},
		"LOLA 0.2 and this one": {`,"migration":"https://new.example/o","accountPortabilityOauth":"x","https://w3id.org/fep/1580#migration":` + id, "https://new.example/m"},
	} {
		assert.Equal(t, c.want, redirect.ObjectMapOf(newActor(t, c.more)), name)
	}
}

func TestMigrationComplete(t *testing.T) {
	for text, want := range map[string]bool{
		`{}`: false, `{"migrationComplete":true}`: true, `{"migrationComplete":false}`: false, `{"migrationComplete":"true"}`: true,
		`{"https://w3id.org/fep/1580#migrationComplete":true}`: true, `{"https://w3id.org/fep/1580/migrationComplete":true}`: true,
		`{"migrationComplete":"no"}`: false, `{"migrationComplete":null}`: false,
	} {
		assert.Equal(t, want, redirect.MigrationComplete(parse(t, text)), text)
	}
}

// Maps as others write them.
func TestReadObjectMap_shapes(t *testing.T) {
	const good = `"target":"https://new.example/n/1"`
	for name, c := range map[string]struct {
		item   string
		reason redirect.MapReason
	}{
		"origin":                   {`{"type":"Move","origin":"https://old.example/1",` + good + `}`, ""},
		"object":                   {`{"type":"Move","object":"https://old.example/1",` + good + `}`, ""},
		"both":                     {`{"type":"Move","object":{"id":"https://old.example/1"},"origin":"https://old.example/1",` + good + `}`, ""},
		"both, and they differ":    {`{"type":"Move","object":"https://old.example/2","origin":"https://old.example/1",` + good + `}`, redirect.MapMalformed},
		"several":                  {`{"type":"Move","origin":["https://old.example/1","https://old.example/2"],` + good + `}`, redirect.MapMalformed},
		"no target":                {`{"type":"Move","origin":"https://old.example/1"}`, redirect.MapMalformed},
		"two targets":              {`{"type":"Move","origin":"https://old.example/1","target":["https://new.example/1","https://new.example/2"]}`, redirect.MapMalformed},
		"to itself":                {`{"type":"Move","origin":"https://new.example/n/1",` + good + `}`, redirect.MapMalformed},
		"no URL":                   {`{"type":"Move","origin":"urn:x",` + good + `}`, redirect.MapMalformed},
		"another type":             {`{"type":"Create","origin":"https://old.example/1",` + good + `}`, redirect.MapMalformed},
		"a string":                 {`"https://new.example/move/1"`, redirect.MapMalformed},
		"null":                     {`null`, redirect.MapMalformed},
		"a type among several":     {`{"type":["Move","x"],"origin":"https://old.example/1",` + good + `}`, ""},
		"the type by its full IRI": {`{"type":"https://www.w3.org/ns/activitystreams#Move","origin":"https://old.example/1",` + good + `}`, ""},
	} {
		for _, items := range []string{"items", "orderedItems"} {
			w := web{mapID: parse(t, `{"id":"`+string(mapID)+`","type":"OrderedCollection","`+items+`":[`+c.item+`]}`)}
			var got []redirect.ObjectMove
			for e, err := range redirect.ReadObjectMap(t.Context(), w, newActor(t, `,"migration":"`+string(mapID)+`"`), nil) {
				require.NoError(t, err, name)
				got = append(got, e)
			}
			if name == "null" && len(got) == 0 {
				continue
			}
			require.Len(t, got, 1, name)
			assert.Equal(t, c.reason, got[0].Reason, name)
		}
	}
	for e, err := range redirect.ReadObjectMap(t.Context(), web{}, newActor(t, ""), nil) {
		require.ErrorIs(t, err, redirect.ErrNoObjectMap)
		assert.Zero(t, e)
	}
	for _, err := range redirect.ReadObjectMap(t.Context(), web{}, newActor(t, `,"migration":"`+string(mapID)+`"`), nil) {
		require.ErrorIs(t, err, actor.ErrNotFound)
	}
}

type holding map[vocab.IRI]vocab.IRI

func (h holding) AttributedTo(_ context.Context, id vocab.IRI) (vocab.IRI, bool, error) {
	owner, ok := h[id]
	return owner, ok, nil
}

// A checking is a third server that holds two of alice's posts, one of bob's, and the key that
// alice had while her server answered.
type checking struct {
	redirect.Checker
	web  web
	key  actor.PrivateKey
	keys *actor.MapMemory
	last vocab.IRI
}

func newChecking(t *testing.T) *checking {
	key, err := actor.GenerateEd25519(oldAlice)
	require.NoError(t, err)
	c := &checking{web: web{}, key: key, keys: actor.NewKeyMemory()}
	remember(t, c.keys, key, epoch.AddDate(-1, 0, 0))
	_, pages := publish(t, manyPosts(3))
	maps.Copy(c.web, pages)
	for _, n := range []string{"0", "1", "2"} {
		id := string(newAlice) + "/statuses/n" + n
		c.web[vocab.IRI(id)] = parse(t, `{"id":"`+id+`","type":"Note","attributedTo":"`+string(newAlice)+`"}`)
	}
	c.Checker = redirect.Checker{
		Fetcher: c.web, Keys: c.keys, Now: func() time.Time { return epoch },
		Holding: holding{oldAlice + "/statuses/0": oldAlice, oldAlice + "/statuses/2": oldAlice, "https://old.example/bob/1": "https://old.example/bob"},
		Last:    func(context.Context, vocab.IRI) (vocab.IRI, error) { return c.last, nil },
	}
	return c
}

func remember(t *testing.T, m actor.KeyMemory, key actor.PrivateKey, at time.Time) {
	t.Helper()
	require.NoError(t, m.Remember(t.Context(), actor.KeyRecord{ID: key.Public().ID, Owner: key.Public().Owner,
		Fingerprint: key.Public().Fingerprint(), Encoded: key.Public().Encode(), FirstSeen: at}))
}

// announced is the new actor with a Move that key has signed.
func announced(t *testing.T, key actor.PrivateKey, by, to vocab.IRI) *vocab.Object {
	t.Helper()
	source, err := actor.WithKeys(parse(t, `{"id":"`+string(by)+`","type":"Person","movedTo":"`+string(to)+`"}`), key.Public())
	require.NoError(t, err)
	move, err := vocab.Build(vocab.Member{Name: vocab.Context, Value: vocab.ContextAS}, vocab.Member{Name: vocab.Type, Value: vocab.TypeMove},
		vocab.Member{Name: vocab.Actor, Value: by}, vocab.Member{Name: vocab.ObjectProperty, Value: source}, vocab.Member{Name: vocab.Target, Value: to})
	require.NoError(t, err)
	move, err = actor.SignProof(move, key, epoch.Add(-time.Hour), nil)
	require.NoError(t, err)
	o, err := redirect.WithObjectMap(newActor(t, ""), mapID, move)
	require.NoError(t, err)
	return o
}

func TestChecker_proves(t *testing.T) {
	stranger, err := actor.GenerateEd25519(oldAlice)
	require.NoError(t, err)
	bobs, err := actor.GenerateEd25519("https://old.example/bob")
	require.NoError(t, err)
	for name, c := range map[string]struct {
		change func(*checking)
		actor  func(*checking) *vocab.Object
		want   bool
	}{
		"the old server is gone, and the key was held": {nil, nil, true},
		"the old actor says so now": {func(c *checking) {
			c.web[oldAlice] = parse(t, `{"id":"`+string(oldAlice)+`","movedTo":"`+string(newAlice)+`"}`)
		}, func(*checking) *vocab.Object { return newActor(t, `,"migration":"`+string(mapID)+`"`) }, true},
		"the old actor says nothing of it now": {func(c *checking) {
			c.web[oldAlice] = parse(t, `{"id":"`+string(oldAlice)+`"}`)
		}, nil, false},
		"the old actor names another now": {func(c *checking) {
			c.web[oldAlice] = parse(t, `{"id":"`+string(oldAlice)+`","movedTo":"https://third.example/u"}`)
		}, nil, false},
		"another account lives there now": {func(c *checking) { c.web[oldAlice] = parse(t, `{"id":"https://old.example/users/zoe"}`) }, nil, false},
		"a key that was never held":       {nil, func(*checking) *vocab.Object { return announced(t, stranger, oldAlice, newAlice) }, false},
		"an inlined actor, and no proof": {nil, func(*checking) *vocab.Object {
			return newActor(t, `,"moves":[{"type":"Move","actor":"`+string(oldAlice)+`","object":{"id":"`+string(oldAlice)+`","movedTo":"`+string(newAlice)+`"},"target":"`+string(newAlice)+`"}]`)
		}, false},
		"a Move to another":     {nil, func(c *checking) *vocab.Object { return announced(t, c.key, oldAlice, "https://third.example/u") }, false},
		"a Move of another":     {nil, func(*checking) *vocab.Object { return announced(t, bobs, "https://old.example/bob", newAlice) }, false},
		"a later Move is known": {func(c *checking) { c.last = "https://third.example/u" }, nil, false},
		"this Move is known":    {func(c *checking) { c.last = newAlice }, nil, true},
		"the new one does not claim it": {nil, func(c *checking) *vocab.Object {
			o, err := announced(t, c.key, oldAlice, newAlice).Without(vocab.AlsoKnownAs)
			require.NoError(t, err)
			return o
		}, false},
		"a key that came after the server was away": {func(c *checking) {
			c.key = stranger
			remember(t, c.keys, stranger, epoch.Add(-time.Hour))
			require.NoError(t, c.keys.Reached(t.Context(), oldOrigin, epoch.AddDate(0, -2, 0), false))
			require.NoError(t, c.keys.Reached(t.Context(), oldOrigin, epoch.AddDate(0, 0, -1), true))
		}, nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			ch := newChecking(t)
			if c.change != nil {
				c.change(ch)
			}
			by := announced(t, ch.key, oldAlice, newAlice)
			if c.actor != nil {
				by = c.actor(ch)
			}
			got, err := ch.Prove(t.Context(), by, oldAlice)
			require.NoError(t, err)
			assert.Equal(t, c.want, got)
			applied := 0
			for e, err := range ch.CheckAll(t.Context(), by, oldAlice, nil) {
				if !c.want {
					require.ErrorIs(t, err, redirect.ErrUnproved)
				} else {
					require.NoError(t, err)
				}
				if err == nil && e.Reason == "" {
					applied++
				}
			}
			assert.Equal(t, c.want, applied == 2, "an unproved map changes nothing")
		})
	}
}

func TestChecker_checksEachEntry(t *testing.T) {
	const n = vocab.IRI("https://new.example/")
	for name, c := range map[string]struct {
		e      redirect.ObjectMove
		target string
		want   redirect.MapReason
	}{
		"all is well":       {redirect.ObjectMove{Old: oldAlice + "/statuses/0", New: n + "1"}, `{"id":"https://new.example/1","type":"Note","attributedTo":"` + string(newAlice) + `"}`, ""},
		"not held":          {redirect.ObjectMove{Old: oldAlice + "/statuses/9", New: n + "1"}, "", redirect.MapNotHeld},
		"somebody else's":   {redirect.ObjectMove{Old: "https://old.example/bob/1", New: n + "1"}, "", redirect.MapNotTheirs},
		"led elsewhere":     {redirect.ObjectMove{Old: oldAlice + "/statuses/0", New: "https://evil.example/1"}, "", redirect.MapForeignTarget},
		"nothing there":     {redirect.ObjectMove{Old: oldAlice + "/statuses/0", New: n + "1"}, "", redirect.MapNoTarget},
		"another id there":  {redirect.ObjectMove{Old: oldAlice + "/statuses/0", New: n + "1"}, `{"id":"https://new.example/2","attributedTo":"` + string(newAlice) + `"}`, redirect.MapNoTarget},
		"a Tombstone there": {redirect.ObjectMove{Old: oldAlice + "/statuses/0", New: n + "1"}, `{"id":"https://new.example/1","type":"Tombstone","attributedTo":"` + string(newAlice) + `"}`, redirect.MapNoTarget},
		"bob's there":       {redirect.ObjectMove{Old: oldAlice + "/statuses/0", New: n + "1"}, `{"id":"https://new.example/1","type":"Note","attributedTo":"https://new.example/bob"}`, redirect.MapNotAttributed},
		"two authors there": {redirect.ObjectMove{Old: oldAlice + "/statuses/0", New: n + "1"}, `{"id":"https://new.example/1","type":"Note","attributedTo":["https://new.example/bob","` + string(newAlice) + `"]}`, redirect.MapNotAttributed},
		"the actor there":   {redirect.ObjectMove{Old: oldAlice + "/statuses/0", New: n + "1"}, `{"id":"https://new.example/1","type":"Person"}`, redirect.MapNotAttributed},
		"malformed":         {redirect.ObjectMove{Reason: redirect.MapMalformed}, "", redirect.MapMalformed},
	} {
		ch := newChecking(t)
		if c.target != "" {
			ch.web[n+"1"] = parse(t, c.target)
		}
		got, err := ch.Check(t.Context(), newAlice, oldAlice, c.e)
		require.NoError(t, err, name)
		assert.Equal(t, c.want, got, name)
	}
	ch := newChecking(t)
	ch.Fetcher = down{}
	_, err := ch.Check(t.Context(), newAlice, oldAlice, redirect.ObjectMove{Old: oldAlice + "/statuses/0", New: n + "1"})
	require.ErrorIs(t, err, actor.ErrTimeout, "it comes again")
}

type down struct{}

func (down) Fetch(_ context.Context, id vocab.IRI) (*vocab.Object, error) {
	return nil, &actor.FetchError{ID: id, Err: actor.ErrTimeout}
}

// A cachedWeb is a client that has a cache, which it believes unless it is told not to.
type cachedWeb struct{ cache, live web }

func (w cachedWeb) Fetch(ctx context.Context, id vocab.IRI) (*vocab.Object, error) {
	return w.cache.Fetch(ctx, id)
}

func (w cachedWeb) FetchFresh(ctx context.Context, id vocab.IRI) (*vocab.Object, error) {
	return w.live.Fetch(ctx, id)
}

func TestChecker_believesNoCache(t *testing.T) {
	c := newChecking(t)
	by := newActor(t, `,"migration":"`+string(mapID)+`"`)
	moved := parse(t, `{"id":"`+string(oldAlice)+`","type":"Person","movedTo":"`+string(newAlice)+`"}`)
	back := parse(t, `{"id":"`+string(oldAlice)+`","type":"Person"}`)
	for name, was := range map[string]struct {
		cache, live *vocab.Object
		want        bool
	}{
		"the old actor took movedTo back":   {moved, back, false},
		"the old actor has moved just now":  {back, moved, true},
		"nothing has changed since it said": {moved, moved, true},
	} {
		c.Checker.Fetcher = cachedWeb{cache: web{oldAlice: was.cache}, live: web{oldAlice: was.live}}
		proved, err := c.Prove(t.Context(), by, oldAlice)
		require.NoError(t, err, name)
		assert.Equal(t, was.want, proved, name)
	}
	entry := redirect.ObjectMove{Old: oldAlice + "/statuses/0", New: newAlice + "/statuses/n0"}
	c.Checker.Fetcher = cachedWeb{cache: c.web, live: web{}}
	reason, err := c.Check(t.Context(), newAlice, oldAlice, entry)
	require.NoError(t, err)
	assert.Equal(t, redirect.MapNoTarget, reason, "the copy was deleted; only a cache still has it")
}
