package portabilitytest

import (
	"context"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

// mirrored returns a world whose account has some posts, all of which were copied for a
// mirror.
func mirrored(t *testing.T, store portability.Store, posts int) *engineWorld {
	t.Helper()
	w := newEngineWorld(store, newEngineAccount())
	for n := range posts {
		w.account.add(enginePost(n, enginePublic(n, -1)))
	}
	w.options.Mirror = true
	w.copy(t)
	require.Len(t, w.server.posts(), posts)
	return w
}

// rerun runs the job once more until it rests.
func (w *engineWorld) rerun(t *testing.T) portability.Job {
	t.Helper()
	_, err := w.engine().Again(t.Context(), engineJob)
	require.NoError(t, err)
	j, err := w.engine().Run(t.Context(), engineJob)
	require.NoError(t, err)
	return j
}

// hide lets the account show none of its posts behind the first, and returns what
// brings them back.
func (a *engineAccount) hide(first int) (back func()) {
	a.mu.Lock()
	defer a.mu.Unlock()
	all := a.items[portability.Content]
	a.items[portability.Content] = slices.Clone(all[:first])
	return func() {
		a.mu.Lock()
		defer a.mu.Unlock()
		a.items[portability.Content] = all
	}
}

// A toldSource tells of posts whether it has any or not, as a server does whose actor
// names a collection.
type toldSource struct{ pluggedSource }

func (s toldSource) Kinds(ctx context.Context) ([]portability.Kind, error) {
	return []portability.Kind{portability.Actor, portability.Content}, ctx.Err()
}

func alwaysTold(s portability.Source) portability.Source { return toldSource{s.(pluggedSource)} }

// A findingSource can look for single items.
type findingSource struct {
	pluggedSource
	asked *int
}

func (s findingSource) Finds(ctx context.Context, refs []portability.Ref) ([]bool, error) {
	*s.asked += len(refs)
	there := make([]bool, len(refs))
	for n, ref := range refs {
		there[n] = slices.ContainsFunc(s.items[ref.Kind], func(i portability.Item) bool { return i.Ref == ref })
	}
	return there, ctx.Err()
}

var engineMirrors = []engineSituation{
	{"a source that shows nothing for a moment deletes nothing", func(t *testing.T, open func() portability.Store) {
		w := mirrored(t, open(), 9)
		back := w.account.hide(0)
		w.allow = func(context.Context, portability.Job, *portability.Forecast) error {
			back()
			return nil
		}
		w.again(t)
		assert.Len(t, w.server.posts(), 9)
	}},
	{"what was cut off while it was read, and is there when it is looked for, stays and counts as seen", func(t *testing.T, open func() portability.Store) {
		for _, finds := range []bool{false, true} {
			w := mirrored(t, open(), 9)
			asked := 0
			if finds {
				w.source = func(s portability.Source) portability.Source { return findingSource{s.(pluggedSource), &asked} }
			}
			deleted := enginePost(8, "").Ref
			back := w.account.hide(4)
			w.allow = func(context.Context, portability.Job, *portability.Forecast) error {
				back()
				w.account.drop(deleted)
				return nil
			}
			r := w.again(t)
			assert.Len(t, w.server.posts(), 8, "only what is gone a second time, too")
			assert.Equal(t, portability.Removed, w.entry(t, deleted).State)
			assert.Zero(t, r.Vanished[portability.Content])
			assert.Equal(t, finds, asked == 5, "it was asked for %d", asked)
		}
	}},
	{"a source that shows nothing at all when it is looked at again is waited for", func(t *testing.T, open func() portability.Store) {
		w := mirrored(t, open(), 9)
		w.account.drop(enginePost(3, "").Ref)
		var back func()
		w.tell = func(e portability.Event) {
			if e.Stage == portability.StageRemove && back == nil {
				back = w.account.hide(0)
			}
		}
		j := w.rerun(t)
		require.Equal(t, portability.JobPaused, j.State)
		assert.Equal(t, portability.StageRemove, j.Stage)
		assert.Len(t, w.server.posts(), 9)
		back()
		w.tell = nil
		w.finish(t)
		assert.Len(t, w.server.posts(), 8)
	}},
	{"a collection that is suddenly empty is asked about, and letting the copy go on is no answer", func(t *testing.T, open func() portability.Store) {
		for name, takeOut := range map[string]bool{"it stays": false, "it is taken out": true} {
			w := mirrored(t, open(), 9)
			w.source = alwaysTold
			w.account.hide(0)
			j := w.rerun(t)
			require.Equal(t, portability.JobPaused, j.State, name)
			assert.Contains(t, j.Trouble, string(portability.GoneSuddenly))
			_, err := w.engine().Resume(t.Context(), engineJob)
			require.NoError(t, err)
			j, err = w.engine().Run(t.Context(), engineJob)
			require.NoError(t, err)
			require.Equal(t, portability.JobPaused, j.State, name)
			assert.Len(t, w.server.posts(), 9)
			r := w.report(t)
			assertGate(t, portability.GateUnfinished, r.Ready())
			require.Len(t, r.Doubted, 1)
			assert.Equal(t, portability.GoneError{Kind: portability.Content, Gone: 9, Of: 9}, *r.Doubted[0])
			assert.NotEmpty(t, r.Doubted[0].Hint())

			_, err = w.engine().DecideRemovals(t.Context(), engineJob, takeOut)
			require.NoError(t, err)
			require.Equal(t, portability.JobDone, w.finish(t).State)
			left := map[bool]int{false: 9, true: 0}[takeOut]
			assert.Len(t, w.server.posts(), left, name)
			assertUnmapped(t, w)
			_, err = w.engine().DecideRemovals(t.Context(), engineJob, true)
			assert.Error(t, err, "nothing waits for an answer any more")
		}
	}},
	{"an answer holds for one run", func(t *testing.T, open func() portability.Store) {
		w := mirrored(t, open(), 9)
		w.source = alwaysTold
		w.account.hide(0)
		w.rerun(t)
		_, err := w.engine().DecideRemovals(t.Context(), engineJob, false)
		require.NoError(t, err)
		w.finish(t)
		j := w.rerun(t)
		assert.Equal(t, portability.JobPaused, j.State)
		assert.Len(t, w.server.posts(), 9)
	}},
	{"more than ten that are more than a fifth are asked about, and nothing less", func(t *testing.T, open func() portability.Store) {
		for _, c := range []struct {
			posts, deleted int
			asks           bool
		}{{20, 10, false}, {20, 11, true}, {60, 12, false}, {60, 13, true}} {
			w := mirrored(t, open(), c.posts)
			w.account.hide(c.posts - c.deleted)
			j := w.rerun(t)
			want, left := portability.JobDone, c.posts-c.deleted
			if c.asks {
				want, left = portability.JobPaused, c.posts
			}
			assert.Equal(t, want, j.State, "%d of %d are gone", c.deleted, c.posts)
			assert.Len(t, w.server.posts(), left, "%d of %d are gone", c.deleted, c.posts)
		}
	}},
	{"an archive that has less than another deletes nothing", func(t *testing.T, open func() portability.Store) {
		w := newEngineWorld(open(), newEngineAccount())
		for n := range 9 {
			w.account.add(enginePost(n, enginePublic(n, -1)))
		}
		w.options.Mirror, w.account.archive = true, true
		w.copy(t)
		w.account.hide(1)
		r := w.again(t)
		assert.Len(t, w.server.posts(), 9)
		assert.EqualValues(t, 8, r.Vanished[portability.Content])
		w.source = func(s portability.Source) portability.Source { return plainSource{s} }
		w.again(t)
		assert.Len(t, w.server.posts(), 9, "a source that says nothing of it")
	}},
	{"nobody is led to a file whose post is deleted, or for fewer people now", func(t *testing.T, open func() portability.Store) {
		const file = "https://old.example/media/secret.png"
		for name, deleted := range map[string]bool{"narrowed": false, "deleted": true} {
			a := newEngineAccount()
			a.add(enginePost(1, enginePublic(1, -1)), enginePost(2, enginePublic(2, -1)))
			post := func(members string) portability.Item {
				p := enginePost(5, members)
				p.Media = []portability.Medium{a.file(0)}
				p.Media[0].URL = file
				return p
			}
			a.add(post(enginePublic(5, -1)))
			w := newEngineWorld(open(), a)
			w.options.Mirror = true
			w.copy(t)
			require.True(t, storeFind(t, w.store, file)[file].Seen())
			if deleted {
				a.drop(enginePost(5, "").Ref)
			} else {
				a.replace(post(`,"published":"2020-01-01T00:00:00Z","to":["` + home + `/followers"]`))
			}
			w.again(t)
			id := vocab.IRI(enginePost(5, "").ID)
			found := storeFind(t, w.store, id, file)
			require.Len(t, found, 2)
			assert.False(t, found[id].Seen(), name)
			assert.False(t, found[file].Seen(), name)
			other := vocab.IRI(enginePost(1, "").ID)
			assert.True(t, storeFind(t, w.store, other)[other].Seen(), name)
		}
	}},
	{"a post of which only the activity around it was narrowed is narrowed", func(t *testing.T, open func() portability.Store) {
		item := func(to vocab.IRI) portability.Item {
			p := enginePost(1, `,"published":"2020-01-01T00:00:00Z"`)
			p.Activity = engineDocument(`{"id":"` + p.ID + `/activity","type":"Create","actor":"` + home + `","to":["` + string(to) + `"]}`)
			return p
		}
		w := newEngineWorld(open(), newEngineAccount())
		w.account.add(item(vocab.Public))
		w.copy(t)
		ref := enginePost(1, "").Ref
		require.Equal(t, portability.ForPublic, w.server.items[ref].item.Placed.Audience)
		w.account.replace(item(home + "/followers"))
		w.again(t)
		assert.Equal(t, portability.ForAuthor, w.server.items[ref].item.Placed.Audience)
		assert.False(t, storeFind(t, w.store, vocab.IRI(ref.ID))[vocab.IRI(ref.ID)].Seen())
	}},
	{"whatever call it dies at while much is taken out that was confirmed, it ends as if nothing had happened", func(t *testing.T, open func() portability.Store) {
		want := confirmedRemoval(t, open(), 0)
		for call := 1; call < 60; call += 4 {
			sameOutcome(t, want, confirmedRemoval(t, open(), call), "dead at call %d", call)
		}
	}},
}

// plainSource is a source that can do no more than it must.
type plainSource struct{ portability.Source }

// confirmedRemoval takes out most of what was copied, after somebody has confirmed that,
// and returns what is left behind if it dies at a call.
func confirmedRemoval(t *testing.T, store portability.Store, call int) []string {
	t.Helper()
	w := mirrored(t, store, 14)
	w.account.hide(2)
	require.Equal(t, portability.JobPaused, w.rerun(t).State)
	_, err := w.engine().DecideRemovals(t.Context(), engineJob, true)
	require.NoError(t, err)
	if call > 0 {
		w.plug.fail, w.plug.death, w.plug.after = w.plug.count()+call, true, call%8 == 1
	}
	require.Equal(t, portability.JobDone, w.finish(t).State)
	require.Len(t, w.server.posts(), 2)
	return w.outcome(t)
}
