package vectors_test

import (
	"context"
	"fmt"
	"iter"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/actor/client"
	"codeberg.org/godwit/godwit/internal/vectors"
	"codeberg.org/godwit/godwit/move"
	"codeberg.org/godwit/godwit/vocab"
)

// home is the server that al leaves, with many followers on some servers.
type home struct {
	peers              *vectors.Peers
	followers, servers int
}

func (h *home) Point(_ context.Context, old, new vocab.IRI) error {
	return h.peers.Set(map[string]vectors.Answers{string(old): person(old, fmt.Sprintf(`,"movedTo":%q`, new))})
}

func (h *home) Recipients(_ context.Context, _, after vocab.IRI) iter.Seq2[move.Recipient, error] {
	return func(yield func(move.Recipient, error) bool) {
		first := 0
		if after != "" {
			_, _ = fmt.Sscanf(string(after), "%d", &first)
			first++
		}
		for n := first; n < h.followers; n++ {
			host := fmt.Sprintf("https://s%d.example", n%h.servers)
			id := vocab.IRI(fmt.Sprintf("%s/users/f%07d", host, n))
			r := move.Recipient{ID: vocab.IRI(fmt.Sprintf("%07d", n)), Inbox: id + "/inbox", SharedInbox: vocab.IRI(host + "/inbox")}
			if !yield(r, nil) {
				return
			}
		}
	}
}

// inboxes takes what is delivered; those of busy servers ask to wait at first.
type inboxes struct {
	now     func() time.Time
	mu      sync.Mutex
	taken   map[vocab.IRI]int
	refused map[vocab.IRI]time.Time // until when
	early   []vocab.IRI             // asked again too soon
}

func (i *inboxes) Deliver(_ context.Context, _, inbox vocab.IRI, activity *vocab.Object) (int, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	until, asked := i.refused[inbox]
	switch {
	case asked && i.now().Before(until):
		i.early = append(i.early, inbox)
		return 429, &actor.DeliveryError{Inbox: inbox, StatusCode: 429, RetryAfter: time.Hour, Err: actor.ErrUnavailable}
	case !asked && inbox.Host()[1] == '7':
		i.refused[inbox] = i.now().Add(time.Hour)
		return 429, &actor.DeliveryError{Inbox: inbox, StatusCode: 429, RetryAfter: time.Hour, Err: actor.ErrUnavailable}
	}
	if activity.Is("Move") {
		i.taken[inbox]++
	}
	return 202, nil
}

// leaving is al, who has an alias and is about to leave.
func leaving(t *testing.T) (*vectors.Peers, *inboxes, move.Departure) {
	peers := movedWorld(t)
	require.NoError(t, peers.Set(map[string]vectors.Answers{string(oldID): person(oldID, "")}))
	fetcher := client.New(&client.Options{Transport: peers, Clock: peers.Now})
	old, err := fetcher.Fetch(t.Context(), oldID)
	require.NoError(t, err)
	new, err := fetcher.Fetch(t.Context(), newID)
	require.NoError(t, err)
	announcement, err := move.New(old, new, &move.BuildOptions{At: noon})
	require.NoError(t, err)
	post := &inboxes{now: peers.Now, taken: map[vocab.IRI]int{}, refused: map[vocab.IRI]time.Time{}}
	return peers, post, move.Departure{Announcement: *announcement}
}

func announcer(peers *vectors.Peers, post *inboxes, store move.Store, h *home, o move.AnnouncerOptions) *move.Announcer {
	o.Now = peers.Now
	return move.NewAnnouncer(client.New(&client.Options{Transport: peers, Clock: peers.Now}), post, store, h, &o)
}

// workUntil does what is due, and lets time pass to what is due next.
func workUntil(t *testing.T, peers *vectors.Peers, a *move.Announcer, end time.Time, most int) {
	for range most {
		next, err := a.Next(t.Context())
		require.NoError(t, err)
		if next.IsZero() || next.After(end) {
			peers.Advance(end)
			return
		}
		peers.Advance(next)
		_, err = a.Work(t.Context())
		require.NoError(t, err)
	}
}

func TestCase55StolenAccountIsHeld(t *testing.T) {
	peers, post, departure := leaving(t)
	var alerted string
	a := announcer(peers, post, move.NewMemory(), &home{peers: peers, followers: 10, servers: 3}, move.AnnouncerOptions{
		Alert: func(_ context.Context, _, _ vocab.IRI, d move.Departing) error { alerted = d.Token; return nil },
	})
	departing, err := a.Depart(t.Context(), departure)
	require.NoError(t, err)
	require.NotEmpty(t, alerted, "the owner was not told")
	workUntil(t, peers, a, noon.Add(23*time.Hour), 1000)
	assert.Empty(t, post.taken, "announced within the hold")
	require.NoError(t, a.Cancel(t.Context(), departing.Case, alerted))
	workUntil(t, peers, a, noon.Add(30*24*time.Hour), 1000)
	assert.Empty(t, post.taken, "announced although the owner stopped it")
}

func TestCase91TwoHundredThousandFollowers(t *testing.T) {
	const servers = 1000
	peers, post, departure := leaving(t)
	store, h := move.NewMemory(), &home{peers: peers, followers: 200_000, servers: servers}
	options := move.AnnouncerOptions{Hold: -1}
	a := announcer(peers, post, store, h, options)
	_, err := a.Depart(t.Context(), departure)
	require.NoError(t, err)

	workUntil(t, peers, a, noon.Add(time.Minute), 8)
	done := len(post.taken)
	require.Less(t, done, servers, "nothing left to resume")
	require.NotZero(t, done, "nothing was sent before the interruption")
	a = announcer(peers, post, store, h, options)
	workUntil(t, peers, a, noon.Add(3*24*time.Hour), 100_000)

	assert.Len(t, post.taken, servers, "each server was told")
	for inbox, times := range post.taken {
		require.Equal(t, 1, times, "told more than once: %s", inbox)
	}
	assert.NotEmpty(t, post.refused, "nobody answered 429")
	assert.Empty(t, post.early, "asked again before Retry-After was over")
}

func TestCase93FollowToTheMovedIsRejected(t *testing.T) {
	peers, post, departure := leaving(t)
	store := move.NewMemory()
	a := announcer(peers, post, store, &home{peers: peers, followers: 1, servers: 1}, move.AnnouncerOptions{})

	// What the inbox of a server asks when somebody wants to follow one of its
	// own: whom to reject, and where to send them.
	movedTo := func(account vocab.IRI) vocab.IRI {
		cases, err := store.About(t.Context(), move.Out, account)
		require.NoError(t, err)
		for _, c := range cases {
			if c.Old == account && !c.Begun.IsZero() && c.Cancelled.IsZero() {
				return c.New
			}
		}
		return ""
	}
	_, err := a.Depart(t.Context(), departure)
	require.NoError(t, err)
	assert.Empty(t, movedTo(oldID), "within the hold the account takes followers as before")
	workUntil(t, peers, a, noon.Add(2*24*time.Hour), 1000)
	assert.Equal(t, newID, movedTo(oldID), "afterwards a Follow is rejected and the new account named")
	assert.Empty(t, movedTo(newID))
}
