package portabilitytest

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/portability"
)

// narrowed is a post that is for followers now, and does not name its page any more.
func narrowed(n int) portability.Item {
	post := enginePost(n, "")
	post.Object = engineDocument(fmt.Sprintf(
		`{"id":%q,"type":"Note","attributedTo":%q,"content":"now private","published":"2020-01-01T00:00:00Z","to":[%q]}`, post.ID, home, home+"/followers"))
	return post
}

// engineNarrowings are what was for everybody at first, and is not any more.
var engineNarrowings = []engineSituation{
	{"nobody is led to a post that is private now from an address that it names no more", func(t *testing.T, open func() portability.Store) {
		w := posting(open(), 3)
		w.copy(t)
		require.True(t, w.mapping(t, "https://old.example/@alice/1").Seen())
		post := narrowed(1)
		w.account.replace(post)
		w.again(t)
		require.Equal(t, portability.ForAuthor, w.entry(t, post.Ref).Audience)
		assert.False(t, w.mapping(t, post.ID).Seen())
		assert.False(t, w.mapping(t, "https://old.example/@alice/1").Seen(), "its page")
	}},
	{"a post becomes private also where the job may put no more items", func(t *testing.T, open func() portability.Store) {
		w := posting(open(), 4)
		w.options.Limits = portability.Limits{Items: 5}
		w.copy(t)
		require.Len(t, w.server.items, 5)
		post := narrowed(3)
		w.account.replace(post)
		var more []portability.Item
		for n := 10; n < 16; n++ {
			more = append(more, enginePost(n, enginePublic(n, -1)))
		}
		w.account.items[portability.Content] = slices.Concat(more, w.account.items[portability.Content])
		w.again(t)
		assert.Equal(t, portability.ForAuthor, w.server.items[post.Ref].item.Placed.Audience)
		assert.False(t, w.mapping(t, post.ID).Seen())
	}},
	{"a job that is run again puts no more items than it may in all", func(t *testing.T, open func() portability.Store) {
		w := posting(open(), 12)
		w.options.Limits = portability.Limits{Items: 5}
		w.copy(t)
		require.Len(t, w.server.items, 5)
		w.again(t)
		w.again(t)
		assert.Len(t, w.server.items, 5)
	}},
	{"the file of a post that is private now leads nobody there, also where the run is cancelled", func(t *testing.T, open func() portability.Store) {
		account := newEngineAccount()
		post := enginePost(1, enginePublic(1, -1))
		m := account.file(1)
		m.URL = "https://old.example/media/1.png"
		post.Media = []portability.Medium{m}
		account.add(post, enginePost(2, enginePublic(2, -1)))
		w := newEngineWorld(open(), account)
		w.copy(t)
		require.True(t, w.mapping(t, string(m.URL)).Seen())
		private := narrowed(1)
		private.Media = post.Media
		account.replace(private)
		e := w.engine()
		_, err := e.Again(t.Context(), engineJob)
		require.NoError(t, err)
		for {
			j, err := e.Step(t.Context(), engineJob)
			require.NoError(t, err)
			if j.Stage == portability.StageReceived || j.Stage == portability.StageRest || j.State.Ended() {
				break
			}
		}
		_, err = e.Cancel(t.Context(), engineJob)
		require.NoError(t, err)
		require.False(t, w.mapping(t, post.ID).Seen())
		assert.False(t, w.mapping(t, string(m.URL)).Seen())
	}},
	{"what pins a post that differs is for nobody for whom the post is not", func(t *testing.T, open func() portability.Store) {
		account := newEngineAccount()
		post := enginePost(1, enginePublic(1, -1)+`,"localOnly":true`)
		pin := portability.Ref{Kind: portability.Featured, ID: post.ID}
		account.add(post, portability.Item{Ref: pin, Object: engineDocument(fmt.Sprintf(`{"id":%q}`, post.ID))})
		w := newEngineWorld(open(), account)
		other := enginePost(1, enginePublic(1, -1)+`,"localOnly":true,"summary":"other"`)
		other.Placed = &portability.Placed{Standing: portability.Proved, Audience: portability.ForAuthor}
		_, err := w.server.Put(t.Context(), []portability.Item{other})
		require.NoError(t, err)
		w.copy(t)
		require.Equal(t, portability.Conflicting, w.entry(t, post.Ref).State)
		require.NotNil(t, w.server.items[pin])
		assert.Equal(t, portability.ForAuthor, w.server.items[pin].item.Placed.Audience)
	}},
}

// engineRemains are what must lead nobody to what is not there any more.
var engineRemains = []engineSituation{
	{"an undo leads nobody to what another copy into the same account had found there", func(t *testing.T, open func() portability.Store) {
		w := posting(open(), 2)
		w.copy(t)
		w.copyTwice(t)
		require.Empty(t, w.undo(t))
		assert.False(t, w.mapping(t, enginePost(1, "").ID).Seen())
	}},
	{"a mirror leads nobody to what another copy into the same account had found there", func(t *testing.T, open func() portability.Store) {
		w := posting(open(), 8)
		w.options.Mirror = true
		w.copy(t)
		w.copyTwice(t)
		ref := enginePost(1, "").Ref
		w.account.drop(ref)
		w.again(t)
		require.Nil(t, w.server.items[ref])
		assert.False(t, w.mapping(t, ref.ID).Seen())
	}},
	{"an undo leads nobody to what somebody had deleted at the new server", func(t *testing.T, open func() portability.Store) {
		w := posting(open(), 3)
		w.copy(t)
		ref := enginePost(1, "").Ref
		_, err := w.server.Remove(t.Context(), []portability.Ref{ref})
		require.NoError(t, err)
		w.again(t)
		require.Empty(t, w.undo(t))
		assert.False(t, w.mapping(t, ref.ID).Seen())
	}},
	{"an item that always fails fails alone, however few attempts there are", func(t *testing.T, open func() portability.Store) {
		for attempts := 1; attempts <= 4; attempts++ {
			w := posting(open(), 8)
			poison := enginePost(4, "").Ref
			w.server.reject = func(i portability.Item) error {
				if i.Ref == poison {
					return errors.New("something about this one")
				}
				return nil
			}
			w.begin(t)
			e := portability.NewEngine(w.store, w, &portability.EngineOptions{Worker: "w", Batch: 3, Attempts: attempts, Now: w.clock.Now, Wait: w.clock.wait})
			j, err := e.Run(t.Context(), engineJob)
			require.NoError(t, err)
			assert.Equal(t, portability.JobDone, j.State, "%d attempts: %s", attempts, j.Trouble)
		}
	}},
	{"what a new run puts while many are released stays in quarantine", func(t *testing.T, open func() portability.Store) {
		w := posting(open(), 1100) // more than a store reads at once
		w.stand = portability.Claimed
		w.copy(t)
		unseen := enginePost(9999, enginePublic(9, -1))
		released := 0
		sink := duringRelease{w.server, func() {
			if released++; released > 1 {
				return
			}
			w.account.add(unseen)
			e := w.with(w.account, w.server, nil)
			_, err := e.Again(t.Context(), engineJob)
			require.NoError(t, err)
			j, err := e.Run(t.Context(), engineJob)
			require.NoError(t, err)
			require.Equal(t, portability.JobDone, j.State)
		}}
		_, err := w.with(w.account, sink, nil).Release(t.Context(), engineJob)
		require.Error(t, err)
		require.NotNil(t, w.server.items[unseen.Ref])
		assert.False(t, w.server.items[unseen.Ref].seen, "nobody has looked at it")
	}},
}

// copyTwice copies the account once more into the one that has it, as from an archive
// first and from the live server then.
func (w *engineWorld) copyTwice(t *testing.T) {
	t.Helper()
	spec := w.spec()
	spec.ID = "job-2"
	_, err := w.engine().Begin(t.Context(), spec)
	require.NoError(t, err)
	j, err := w.engine().Run(t.Context(), spec.ID)
	require.NoError(t, err)
	require.Equal(t, portability.JobDone, j.State)
}
