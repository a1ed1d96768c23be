package fediverse_test

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/backup"
	"codeberg.org/godwit/godwit/internal/fediverse"
	"codeberg.org/godwit/godwit/move"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/portability/consent"
	"codeberg.org/godwit/godwit/portability/redirect"
	"codeberg.org/godwit/godwit/vocab"
)

// An oldShape is how some software called the things of an account.
type oldShape struct {
	software                    redirect.Software
	actor, page, key, file      string
	post, postPage, postCreated func(n int) string
}

func oldShapes() []oldShape {
	under := func(format string) func(int) string { return func(n int) string { return fmt.Sprintf(format, n) } }
	return []oldShape{
		{redirect.Mastodon, "/users/alice", "/@alice", "/users/alice#main-key", "/system/media_attachments/files/110/1/original/bird.gif",
			under("/users/alice/statuses/1100%d"), under("/@alice/1100%d"), under("/users/alice/statuses/1100%d/activity")},
		{redirect.GoToSocial, "/users/alice", "/@alice", "/users/alice/main-key", "/fileserver/01F8MH1H7YV1Z7D2C8K2730QBF/attachment/original/01F8MH6NEM8D7527KZAECTCR76.gif",
			under("/users/alice/statuses/01F8MH75CBF9JFX4ZAD54N0W0%d"), under("/@alice/statuses/01F8MH75CBF9JFX4ZAD54N0W0%d"), under("/users/alice/statuses/01F8MH75CBF9JFX4ZAD54N0W0%d/activity")},
		{redirect.Misskey, "/users/9abcdefgh1", "/@alice", "/users/9abcdefgh1/publickey", "/files/6f1b2c3d-0000-4000-8000-000000000001",
			under("/notes/9abcdefgz%d"), under("/notes/9abcdefgz%d"), under("/notes/9abcdefgz%d/activity")},
		{redirect.Pleroma, "/users/alice", "/users/alice", "/users/alice#main-key", "/media/0a1b2c3d4e5f/bird.gif",
			under("/objects/6f1b2c3d-0000-4000-8000-00000000000%d"), under("/notice/Ax00%d"), under("/activities/7f1b2c3d-0000-4000-8000-00000000000%d")},
	}
}

const restoredAt = "https://old.example"

// has is what the account of a shape has: for everybody, unlisted, for followers, an
// answer, and a share.
func (o oldShape) has(t *testing.T) possessions {
	t.Helper()
	m := portability.NewMemory(nil)
	me := restoredAt + o.actor
	bird := portability.Medium{URL: vocab.IRI(restoredAt + o.file), Path: "bird.gif", Type: "image/gif", Size: -1}
	_, err := m.PutMedia(t.Context(), bird, strings.NewReader("GIF89a a bird"))
	require.NoError(t, err)
	items := []portability.Item{
		oldItem(t, portability.Actor, me, fmt.Sprintf(`"type":"Person","preferredUsername":"alice","name":"Alice","url":%q,"inbox":%q,"outbox":%q,"followers":%q,"following":%q,"featured":%q`,
			restoredAt+o.page, me+"/inbox", me+"/outbox", me+"/followers", me+"/following", me+"/collections/featured")),
		oldItem(t, portability.Outbox, me+"/shares/1", `"type":"Announce","actor":"`+me+`","published":"2024-02-01T00:00:00Z","to":["https://www.w3.org/ns/activitystreams#Public"],"object":"https://friends.example/7"`),
	}
	for n, to := range []string{`"to":["https://www.w3.org/ns/activitystreams#Public"],"cc":["` + me + `/followers"]`,
		`"to":["` + me + `/followers"],"cc":["https://www.w3.org/ns/activitystreams#Public"]`, `"to":["` + me + `/followers"]`,
		`"to":["https://www.w3.org/ns/activitystreams#Public"]`} {
		more := ""
		if n == 0 {
			more = `,"attachment":[{"type":"Document","mediaType":"image/gif","url":"` + string(bird.URL) + `"}]`
		}
		if n == 3 {
			more = `,"inReplyTo":"` + restoredAt + o.post(0) + `"`
		}
		item := oldItem(t, portability.Content, restoredAt+o.post(n), fmt.Sprintf(`"type":"Note","attributedTo":%q,"published":"2024-01-0%dT00:00:00Z","url":%q,"content":"<p>post %d, see <a href=\"%s\">@alice</a></p>",%s%s`,
			me, n+1, restoredAt+o.postPage(n), n, restoredAt+o.page, to, more))
		activity := oldItem(t, portability.Outbox, restoredAt+o.postCreated(n), fmt.Sprintf(`"type":"Create","actor":%q,"published":"2024-01-0%dT00:00:00Z",%s,"object":%s`, me, n+1, to, item.Object))
		item.Activity = activity.Object
		if n == 0 {
			item.Media = []portability.Medium{bird}
		}
		items = append(items, item)
	}
	results, err := m.Put(t.Context(), items)
	require.NoError(t, err)
	for _, r := range results {
		require.Equal(t, portability.Copied, r.State, r.ID)
	}
	return possessions{m, m, nil}
}

func oldItem(t *testing.T, k portability.Kind, id, members string) portability.Item {
	t.Helper()
	o, err := vocab.Parse([]byte(`{"@context":"https://www.w3.org/ns/activitystreams","id":"` + id + `",` + members + `}`))
	require.NoError(t, err)
	return portability.Item{Ref: portability.Ref{Kind: k, ID: id}, Object: o}
}

// newcomer opens a server on the network, and runs it.
func newcomer(t *testing.T, n *network, origin string, former redirect.Software) *fediverse.Server {
	t.Helper()
	s, err := fediverse.Open(t.Context(), fediverse.Config{
		Base: origin, Former: former, Transport: n, AliasAge: -1, RSA: spares.RSA, Retry: 10 * time.Millisecond,
		File: filepath.Join(t.TempDir(), "server.db"),
	})
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { s.Run(ctx); close(done) }()
	t.Cleanup(func() { cancel(); <-done; assert.NoError(t, s.Close()) })
	n.put(origin, s.Handler())
	return s
}

// oldKeys are those of an account, called as the old software did.
func oldKeys(t *testing.T, owner, main vocab.IRI) (rsa, ed actor.PrivateKey) {
	t.Helper()
	rsa, err := actor.GenerateRSA(owner)
	require.NoError(t, err)
	rsa.ID = main
	ed, err = actor.GenerateEd25519(owner)
	require.NoError(t, err)
	return rsa, ed
}

func TestRestoreAtTheSameDomain(t *testing.T) {
	for _, shape := range oldShapes() {
		t.Run(string(shape.software), func(t *testing.T) {
			rsa, ed := oldKeys(t, vocab.IRI(restoredAt+shape.actor), vocab.IRI(restoredAt+shape.key))
			restoreAndVisit(t, shape.software, shape.has(t), rsa, ed)
		})
	}
}

// What people really had, under software that did not make it.
func TestRestoreRealTakeouts(t *testing.T) {
	for _, folder := range []string{"2022-v3.5", "2023-v4.0/archive"} {
		t.Run(folder, func(t *testing.T) {
			dir := filepath.Join("..", "..", "..", "shared", "samples", "mastodon-takeouts", folder)
			if _, err := os.Stat(filepath.Join(dir, "outbox.json")); err != nil {
				t.Skipf("the sample takeout %s is not here", folder)
			}
			archive, err := backup.Open(t.Context(), dir, nil)
			require.NoError(t, err)
			t.Cleanup(func() { assert.NoError(t, archive.Close()) })
			o, err := archive.Actor(t.Context())
			require.NoError(t, err)
			rsa, ed := oldKeys(t, o.ID(), actor.MainKeyID(o.ID()))
			restoreAndVisit(t, redirect.Mastodon, possessions{archive, archive, nil}, rsa, ed)
		})
	}
}

// restoreAndVisit shuts old software down, restores its account under new software at the
// same address, and has a third server follow every link that it holds.
func restoreAndVisit(t *testing.T, software redirect.Software, has possessions, rsa, ed actor.PrivateKey) {
	restoreFrom(t, software, has, rsa, ed, func(has possessions, _ *vocab.Object) (portability.Source, []actor.PrivateKey) {
		return has, []actor.PrivateKey{rsa, ed}
	})
}

// restoreFrom is restoreAndVisit with what the operator kept of the account.
func restoreFrom(t *testing.T, software redirect.Software, has possessions, rsa, ed actor.PrivateKey,
	kept func(has possessions, shown *vocab.Object) (portability.Source, []actor.PrivateKey),
) {
	ctx, n := t.Context(), &network{}
	third := newcomer(t, n, "https://third.example", "")
	fan, err := third.Create(ctx, "fan", false)
	require.NoError(t, err)
	old := install(t, n, has, rsa, ed)
	me := old.actor.ID()
	require.NoError(t, third.FollowAs(ctx, "fan", me))
	eventually(t, "the old software accepts a follower", func() bool { ids, _ := third.Following(ctx, "fan"); return len(ids) == 1 })
	assert.Nil(t, old.trouble.Load(), "the old software could not answer its follower")
	signed, err := actor.SignProof(noteOf(t, me), ed, time.Now(), nil)
	require.NoError(t, err)

	has.followers = []vocab.IRI{fan}
	from, keys := kept(has, old.actor)
	n.put(me.Origin(), nil) // the old software is shut down
	here := newcomer(t, n, me.Origin(), software)
	_, err = here.Adopt(ctx, fediverse.Adoption{Operator: "root", Actor: old.actor, Keys: keys})
	require.NoError(t, err)
	name := old.actor.Text(vocab.Username)
	restored, err := here.Restore(ctx, "root", name, from)
	require.NoError(t, err)
	assert.Empty(t, restored.Later)
	queued, err := here.Queued(ctx)
	require.NoError(t, err)
	assert.Zero(t, queued, "nobody is told anything")

	visitor{t, n}.all(old)
	now, err := third.Client().FetchFresh(ctx, me)
	require.NoError(t, err)
	published, _ := actor.Keys(now)
	key, found := actor.FindKey(published, ed.ID)
	require.True(t, found, "the key by which old things were signed is still published")
	assert.NoError(t, actor.VerifyProof(signed, key, nil), "what was signed by the old key")
	followers, err := here.Followers(ctx, name)
	require.NoError(t, err)
	assert.Equal(t, []vocab.IRI{fan}, followers, "who followed still follows")
	for _, o := range move.AfterRekey(old.actor, now) {
		assert.Equal(t, move.KeyKept, o.Answer, o.Family)
	}
	post, err := here.Write(ctx, name, fediverse.Draft{Text: "<p>back again</p>"})
	require.NoError(t, err)
	status, _ := visitor{t, n}.open(string(post), "application/activity+json")
	assert.Equal(t, http.StatusOK, status, "a new post, %s", post)
	assert.Equal(t, "accept", moveAway(t, here, third, name), "the key is the one that was known")
}

// The operator's export is an archive with the account's keys sealed inside.
func TestRestoreFromAnArchiveWithKeys(t *testing.T) {
	shape := oldShapes()[2]
	rsa, ed := oldKeys(t, vocab.IRI(restoredAt+shape.actor), vocab.IRI(restoredAt+shape.key))
	restoreFrom(t, shape.software, shape.has(t), rsa, ed, func(has possessions, shown *vocab.Object) (portability.Source, []actor.PrivateKey) {
		path := filepath.Join(t.TempDir(), "alice.tar.zst")
		recipient, err := backup.NewPassphraseRecipient("correct horse", 15)
		require.NoError(t, err)
		secrets := &backup.Secrets{}
		secrets.Recipients = append(secrets.Recipients, recipient)
		for _, k := range []actor.PrivateKey{rsa, ed} {
			secret, err := backup.SecretOf(k)
			require.NoError(t, err)
			secrets.Keys = append(secrets.Keys, secret)
		}
		to, err := backup.Create(path, &backup.WriteOptions{Created: time.Now(), Compression: backup.Zstd, Secrets: secrets})
		require.NoError(t, err)
		_, err = portability.Copy(t.Context(), has, to, nil)
		require.NoError(t, err)
		require.NoError(t, to.Close())

		archive, err := backup.Open(t.Context(), path, nil)
		require.NoError(t, err)
		t.Cleanup(func() { assert.NoError(t, archive.Close()) })
		passphrase, err := backup.NewPassphrase("correct horse")
		require.NoError(t, err)
		var keys []actor.PrivateKey
		for sealed, err := range backup.Sealed(t.Context(), archive) {
			require.NoError(t, err)
			key, err := backup.UnlockKey(t.Context(), archive, sealed.Name, shown, listOf(passphrase), nil)
			require.NoError(t, err)
			keys = append(keys, key)
		}
		require.Len(t, keys, 2)
		return archive, keys
	})
}

func listOf[T any](one T) []T { return []T{one} }

func noteOf(t *testing.T, by vocab.IRI) *vocab.Object {
	t.Helper()
	return oldItem(t, portability.Content, string(by)+"/signed", `"type":"Note","attributedTo":"`+string(by)+`","content":"signed"`).Object
}

// moveAway has an account send a Move, and returns what a third server concludes.
func moveAway(t *testing.T, from, third *fediverse.Server, name string) string {
	t.Helper()
	ctx := t.Context()
	a, err := from.Account(ctx, name)
	require.NoError(t, err)
	to, err := third.Create(ctx, "new-"+name, false)
	require.NoError(t, err)
	require.NoError(t, third.Alias(ctx, "new-"+name, a.ID))
	require.NoError(t, from.SetMovedTo(ctx, name, to))
	activity := oldItem(t, portability.Outbox, string(a.ID)+"#move", fmt.Sprintf(`"type":"Move","actor":%q,"object":%q,"target":%q`, a.ID, a.ID, to)).Object
	_, err = from.Client().Deliver(ctx, a.ID, vocab.IRI(third.Base()+"/inbox"), activity)
	require.NoError(t, err)
	verdict, err := third.VerdictOn(ctx, activity.String())
	require.NoError(t, err)
	return verdict
}

// A visitor follows links.
type visitor struct {
	*testing.T
	network *network
}

// open follows a link on one server, and returns the last answer.
func (v visitor) open(link, accept string) (int, []byte) {
	v.Helper()
	browser := http.Client{Transport: v.network, CheckRedirect: func(r *http.Request, via []*http.Request) error {
		if r.URL.Host != via[0].URL.Host || len(via) > 3 {
			return http.ErrUseLastResponse
		}
		return nil
	}}
	r, err := http.NewRequestWithContext(v.Context(), http.MethodGet, link, nil)
	require.NoError(v, err)
	r.Header.Set("Accept", accept)
	response, err := browser.Do(r)
	require.NoError(v, err)
	body, err := io.ReadAll(response.Body)
	require.NoError(v, err)
	require.NoError(v, response.Body.Close())
	return response.StatusCode, body
}

// all follows every link that others hold to what a veteran showed.
func (v visitor) all(old *veteran) {
	v.Helper()
	origin, me := old.actor.ID().Origin(), old.actor.ID()
	posts, files := 0, 0
	for path, was := range old.shown {
		status, is := v.open(origin+path, "application/activity+json")
		if !assert.Equal(v, http.StatusOK, status, path) {
			continue
		}
		before, err := vocab.Parse(was)
		if err != nil {
			assert.Equal(v, was, is, "the bytes of %s", path)
			files++
			continue
		}
		after, err := vocab.Parse(is)
		if !assert.NoError(v, err, path) {
			continue
		}
		same(v.T, before, after)
		posts++
	}
	require.Positive(v, posts)
	v.Logf("%d documents, %d files, %d pages and %d hidden posts were looked at", posts, files, len(old.pages), len(old.hidden))
	for page := range old.pages {
		status, _ := v.open(origin+page, "text/html")
		assert.Equal(v, http.StatusOK, status, "the page %s", page)
	}
	for _, id := range old.hidden {
		status, _ := v.open(string(id), "application/activity+json")
		assert.Equal(v, http.StatusNotFound, status, "%s is not for everybody", id)
	}
	for _, p := range []vocab.Property{vocab.Outbox, vocab.Followers, vocab.Following, vocab.Featured} {
		status, is := v.open(string(old.actor.IRI(p)), "application/activity+json")
		if assert.Equal(v, http.StatusOK, status, p) {
			list, err := vocab.Parse(is)
			require.NoError(v, err)
			assert.Equal(v, old.actor.IRI(p), list.ID(), "%s calls itself so", p)
		}
	}
	for _, resource := range []string{"acct:" + old.actor.Text(vocab.Username) + "@" + me.Host(), string(me), string(old.actor.IRI(vocab.URL))} {
		status, is := v.open(origin+"/.well-known/webfinger?resource="+resource, "application/jrd+json")
		assert.Equal(v, http.StatusOK, status, "WebFinger of %s", resource)
		assert.Contains(v, string(is), `"href":"`+string(me)+`"`, "WebFinger of %s", resource)
	}
}

// same: a document says under its old name what it said.
func same(t *testing.T, before, after *vocab.Object) {
	t.Helper()
	id := before.ID()
	assert.Equal(t, id, after.ID())
	for _, p := range []vocab.Property{vocab.Content, vocab.Published, vocab.Username} {
		assert.Equal(t, before.Text(p), after.Text(p), "%s of %s", p, id)
	}
	for _, p := range []vocab.Property{vocab.AttributedTo, vocab.Actor, vocab.InReplyTo, vocab.To, vocab.CC, vocab.ObjectProperty, vocab.Inbox} {
		assert.Equal(t, before.IRIs(p), after.IRIs(p), "%s of %s", p, id)
	}
	assert.Equal(t, before.Type(), after.Type(), id)
}

// Without the old private key an account is there again, and those who knew it are
// careful.
func TestRestoreWithANewKey(t *testing.T) {
	shape := oldShapes()[0]
	ctx, n := t.Context(), &network{}
	third := newcomer(t, n, "https://third.example", "")
	_, err := third.Create(ctx, "fan", false)
	require.NoError(t, err)
	has := shape.has(t)
	rsa, ed := oldKeys(t, vocab.IRI(restoredAt+shape.actor), vocab.IRI(restoredAt+shape.key))
	old := install(t, n, has, rsa, ed)
	require.NoError(t, third.FollowAs(ctx, "fan", old.actor.ID()))
	eventually(t, "the old software accepts a follower", func() bool { ids, _ := third.Following(ctx, "fan"); return len(ids) == 1 })

	here := newcomer(t, n, restoredAt, shape.software)
	_, err = here.Adopt(ctx, fediverse.Adoption{Operator: "root", Actor: old.actor})
	require.NoError(t, err)
	_, err = here.Restore(ctx, "root", "alice", has)
	require.NoError(t, err)
	assert.Equal(t, "held held", moveAway(t, here, third, "alice"))
}

// To keep ids is an operator's act, at home, and takes nothing from anybody.
func TestRestoreTakesNothingFromOthers(t *testing.T) {
	shape := oldShapes()[0]
	ctx := t.Context()
	has := shape.has(t)
	rsa, ed := oldKeys(t, vocab.IRI(restoredAt+shape.actor), vocab.IRI(restoredAt+shape.key))
	document := has.shows(t, rsa, ed)
	edited := func(p vocab.Property, value any) *vocab.Object {
		o, err := document.With(p, value)
		require.NoError(t, err)
		return o
	}
	n := &network{}
	here := newcomer(t, n, restoredAt, shape.software)
	bob, err := here.Create(ctx, "bob", false)
	require.NoError(t, err)
	for name, c := range map[string]struct {
		operator string
		actor    *vocab.Object
		ground   consent.Ground
	}{
		"the person asks":              {"", document, consent.GroundNoOperator},
		"an account of another server": {"root", edited(vocab.ID, "https://else.example/users/alice"), consent.GroundOtherHost},
		"an id under another account":  {"root", edited(vocab.ID, bob+"/x"), consent.GroundOwned},
		"another account's inbox":      {"root", edited(vocab.Inbox, bob+"/inbox"), consent.GroundOwned},
		"another account's page":       {"root", edited(vocab.URL, restoredAt+"/@bob"), consent.GroundOwned},
		"a page that is another actor": {"root", edited(vocab.URL, bob), consent.GroundOwned},
	} {
		_, err := here.Adopt(ctx, fediverse.Adoption{Operator: c.operator, Actor: c.actor})
		var refused *fediverse.KeepError
		require.ErrorAs(t, err, &refused, name)
		assert.Equal(t, c.ground, refused.Decision.Ground, name)
		_, err = here.Account(ctx, "alice")
		require.ErrorIs(t, err, fediverse.ErrNoAccount, name)
	}
	_, err = here.Adopt(ctx, fediverse.Adoption{Operator: "root", Actor: edited(vocab.ID, bob)})
	require.ErrorIs(t, err, fediverse.ErrTaken, "another account's id")
	_, err = here.Adopt(ctx, fediverse.Adoption{Operator: "root", Actor: edited(vocab.Username, "bob")})
	require.ErrorIs(t, err, fediverse.ErrTaken, "another account's name")
}

// One post of many is another account's: it stays that one's, and the others come back.
func TestRestoreLeavesOthersTheirPosts(t *testing.T) {
	shape := oldShapes()[2] // whose posts do not say whose they are
	ctx, n := t.Context(), &network{}
	here := newcomer(t, n, restoredAt, shape.software)
	first := shape.has(t)
	rsa, ed := oldKeys(t, vocab.IRI(restoredAt+shape.actor), vocab.IRI(restoredAt+shape.key))
	_, err := here.Adopt(ctx, fediverse.Adoption{Operator: "root", Actor: first.shows(t, rsa, ed), Keys: []actor.PrivateKey{rsa, ed}})
	require.NoError(t, err)
	_, err = here.Restore(ctx, "root", "alice", first)
	require.NoError(t, err)

	other := shape
	other.actor, other.page, other.key = "/users/9zzzzzzzzz", "/@zoe", "/users/9zzzzzzzzz/publickey"
	post := other.post
	other.post = func(n int) string {
		if n == 0 {
			return post(0) // alice's
		}
		return post(n) + "zoe"
	}
	theirs := other.has(t)
	zoe := theirs.shows(t, keyOf(t, other))
	zoe, err = zoe.With(vocab.Username, "zoe")
	require.NoError(t, err)
	_, err = here.Adopt(ctx, fediverse.Adoption{Operator: "root", Actor: zoe})
	require.NoError(t, err)
	restored, err := here.Restore(ctx, "root", "zoe", theirs)
	require.NoError(t, err)
	assert.Equal(t, 1, int(restored.Report.Count(portability.Content, portability.Failed)), "one is alice's")
	assert.Equal(t, 3, int(restored.Report.Count(portability.Content, portability.Copied)))
	_, is := visitor{t, n}.open(restoredAt+post(0), "application/activity+json")
	assert.Contains(t, string(is), `"attributedTo":"`+restoredAt+shape.actor+`"`)
	_, err = here.Create(ctx, "9zzzzzzzzz", false)
	assert.ErrorIs(t, err, fediverse.ErrTaken, "a new account by a name that would have an old id")
	_, err = here.Restore(ctx, "", "zoe", theirs)
	var refused *fediverse.KeepError
	require.ErrorAs(t, err, &refused)
	assert.Equal(t, consent.GroundNoOperator, refused.Decision.Ground)
}

// An archive may claim the addresses of people who are still to come.
func TestRestoreLeavesAddressesToThoseWhoCome(t *testing.T) {
	shape := oldShapes()[0]
	ctx, n := t.Context(), &network{}
	here := newcomer(t, n, restoredAt, shape.software)
	has := shape.has(t)
	me := restoredAt + shape.actor
	const public = `"to":["https://www.w3.org/ns/activitystreams#Public"]`
	_, err := has.Source.(*portability.Memory).Put(ctx, []portability.Item{
		oldItem(t, portability.Content, restoredAt+"/users/bob/statuses/5", `"type":"Note","attributedTo":"`+me+`","published":"2024-01-01T00:00:00Z","content":"mine",`+public),
		oldItem(t, portability.Content, me+"/statuses/6", `"type":"Note","attributedTo":"`+me+`","published":"2024-01-01T00:00:00Z","content":"mine","url":"`+restoredAt+`/@bob/6",`+public),
	})
	require.NoError(t, err)
	_, err = here.Adopt(ctx, fediverse.Adoption{Operator: "root", Actor: has.shows(t, keyOf(t, shape))})
	require.NoError(t, err)
	restored, err := here.Restore(ctx, "root", "alice", has)
	require.NoError(t, err)
	assert.Equal(t, 1, int(restored.Report.Count(portability.Content, portability.Failed)), "the post with bob's id")
	for link, want := range map[string]int{
		"/users/alice/statuses/6": http.StatusOK, "/users/bob/statuses/5": http.StatusNotFound, "/@bob/6": http.StatusNotFound, "/@bob/5": http.StatusNotFound,
		"/web/statuses/11000": http.StatusOK, "/@alice/11000/embed": http.StatusOK, "/@ALICE/11000": http.StatusOK,
		"/users/alice/statuses/6/activity": http.StatusOK, "/web/statuses/11002": http.StatusNotFound,
		"/system/media_attachments/files/110/1/small/bird.gif": http.StatusOK, "/@alice/with_replies": http.StatusOK,
	} {
		status, _ := visitor{t, n}.open(restoredAt+link, "application/activity+json")
		assert.Equal(t, want, status, link)
	}
}

func keyOf(t *testing.T, shape oldShape) actor.PrivateKey {
	t.Helper()
	rsa, _ := oldKeys(t, vocab.IRI(restoredAt+shape.actor), vocab.IRI(restoredAt+shape.key))
	return rsa
}

// A borrowed source tells whether it was closed, and counts what it has.
type borrowed struct {
	possessions
	closed int
}

// Close implements io.Closer.
func (b *borrowed) Close() error {
	b.closed++
	return nil
}

// Items implements portability.Source.
func (b *borrowed) Items(ctx context.Context, k portability.Kind, after string) iter.Seq2[portability.Item, error] {
	if b.closed > 0 {
		return func(yield func(portability.Item, error) bool) { yield(portability.Item{}, fs.ErrClosed) }
	}
	return b.possessions.Items(ctx, k, after)
}

// Count implements portability.Counter.
func (b *borrowed) Count(ctx context.Context, k portability.Kind) (n int64, exact bool, err error) {
	for _, err := range b.Items(ctx, k, "") {
		if err != nil {
			return 0, false, err
		}
		n++
	}
	return n, true, nil
}

func TestRestoreClosesNothingThatItWasLent(t *testing.T) {
	shape := oldShapes()[0]
	ctx, n := t.Context(), &network{}
	rsa, ed := oldKeys(t, vocab.IRI(restoredAt+shape.actor), vocab.IRI(restoredAt+shape.key))
	has := shape.has(t)
	old := install(t, n, has, rsa, ed)
	here := newcomer(t, n, restoredAt, shape.software)
	_, err := here.Adopt(ctx, fediverse.Adoption{Operator: "root", Actor: old.actor})
	require.NoError(t, err)
	from := &borrowed{possessions: has}
	for range 2 {
		restored, err := here.Restore(ctx, "root", "alice", from)
		require.NoError(t, err)
		assert.Zero(t, from.closed, "its caller goes on with it")
		posts, _, err := from.Count(ctx, portability.Content)
		require.NoError(t, err)
		require.Positive(t, posts)
		var counted bool
		for _, tally := range restored.Report.Job.Progress {
			if tally.Stage == portability.StageRead && tally.Kind == portability.Content {
				counted = true
				assert.True(t, tally.Exact, "the report knows how many posts there must be")
				assert.Equal(t, posts, tally.Total)
			}
		}
		assert.True(t, counted)
	}
}
