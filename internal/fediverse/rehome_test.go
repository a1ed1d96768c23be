package fediverse_test

import (
	"context"
	"fmt"
	"io"
	"iter"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/internal/fediverse"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/portability/consent"
	"codeberg.org/godwit/godwit/portability/redirect"
	"codeberg.org/godwit/godwit/vocab"
)

// A change of domain: everybody of a server, or one person of it.
func TestChangeOfDomain(t *testing.T) {
	for name, c := range map[string]struct{ all, leave int }{"a whole server": {8, 8}, "one person": {4, 1}} {
		t.Run(name, func(t *testing.T) { changeDomain(t, c.all, c.leave) })
	}
}

func changeDomain(t *testing.T, all, leave int) {
	ctx, n := t.Context(), &network{}
	old := newcomer(t, n, "https://old.example", "")
	new := newcomer(t, n, "https://new.example", "")
	third := newcomer(t, n, "https://third.example", "")
	_, err := third.Create(ctx, "fan", false)
	require.NoError(t, err)
	posts := map[string]vocab.IRI{}
	for i := range all {
		name := fmt.Sprintf("person%d", i)
		_, err := old.Create(ctx, name, false)
		require.NoError(t, err)
		posts[name], err = old.Write(ctx, name, fediverse.Draft{Text: "<p>of " + name + "</p>"})
		require.NoError(t, err)
		_, err = old.Write(ctx, name, fediverse.Draft{Text: "<p>secret</p>", For: portability.ForFollowers})
		require.NoError(t, err)
		require.NoError(t, third.FollowAs(ctx, "fan", accountOf(t, old, name).ID))
	}
	eventually(t, "everybody has a follower", func() bool { ids, _ := third.Following(ctx, "fan"); return len(ids) == all })

	var gone []vocab.IRI
	for i := range leave {
		gone = append(gone, leaveFor(t, old, new, fmt.Sprintf("person%d", i)))
	}
	ends, err := redirect.NewRehoming(vocab.IRI(old.Base()), vocab.IRI(new.Base()), nobody{})
	require.NoError(t, err)
	led := 0
	for r, err := range ends.Prove(ctx, third.Client(), each(gone)) {
		require.NoError(t, err)
		assert.Empty(t, r.Why, r.Old)
		led++
	}
	assert.Equal(t, leave, led, "both ends of every account say so")
	eventually(t, "the follower follows all of them where they are", func() bool {
		ids, _ := third.Following(ctx, "fan")
		there := 0
		for _, id := range ids {
			if id.Origin() == new.Base() {
				there++
			}
		}
		return there == leave && len(ids) == all
	})
	v := visitor{t, n}
	for i := range all {
		name := fmt.Sprintf("person%d", i)
		moved := i < leave
		status, to, body := v.step(string(posts[name]), "application/activity+json")
		if moved {
			require.Equal(t, http.StatusMovedPermanently, status, "an old link to a post of %s", name)
			_, there := v.open(to, "application/activity+json")
			assert.Contains(t, string(there), "of "+name)
			assert.True(t, strings.HasPrefix(to, new.Base()), to)
		} else {
			assert.Equal(t, http.StatusOK, status, "%s has stayed", name)
			assert.Contains(t, string(body), "of "+name)
		}
		for _, s := range []*fediverse.Server{old, new} {
			status, finger := v.open(s.Base()+"/.well-known/webfinger?resource=acct:"+name+"@"+strings.TrimPrefix(s.Base(), "https://"), "application/jrd+json")
			if s == new && !moved {
				assert.Equal(t, http.StatusNotFound, status)
				continue
			}
			assert.Equal(t, http.StatusOK, status, "WebFinger of %s at %s", name, s.Base())
			assert.Contains(t, string(finger), s.Base()+"/users/"+name)
		}
	}
}

// leaveFor takes an account to a new domain: alias, copy, map, Move.
func leaveFor(t *testing.T, old, new *fediverse.Server, name string) vocab.IRI {
	t.Helper()
	ctx := t.Context()
	from := accountOf(t, old, name).ID
	to, err := new.Create(ctx, name, false)
	require.NoError(t, err)
	require.NoError(t, old.Alias(ctx, name, to), "the old account proves the copy")
	require.NoError(t, new.Alias(ctx, name, from), "the new account takes the Move")
	standing, _, err := consent.Prove(ctx, new.Client(), from, to, nil)
	require.NoError(t, err)
	source, err := old.Shelf(ctx, name, portability.Readership{})
	require.NoError(t, err)
	sink, err := new.Shelf(ctx, name, portability.Readership{})
	require.NoError(t, err)
	engine := portability.NewEngine(new.Copies(), bothEnds{source, sink}, nil)
	_, err = engine.Begin(ctx, portability.JobSpec{ID: name, Account: to, Old: from, Standing: standing})
	require.NoError(t, err)
	_, err = engine.Run(ctx, name)
	require.NoError(t, err)
	report, err := engine.Report(ctx, name)
	require.NoError(t, err)
	require.NoError(t, report.Ready(), name)
	_, err = old.Depart(ctx, name, to)
	require.NoError(t, err)
	eventually(t, "the old account points at the new one", func() bool { a, err := old.Account(ctx, name); return err == nil && a.MovedTo == to })
	require.NoError(t, old.Forward(ctx, name, new.Copies().Mappings(ctx, from, "")))
	return from
}

// bothEnds opens the two ends of a copy.
type bothEnds struct {
	from portability.Source
	to   portability.Sink
}

func (b bothEnds) Open(context.Context, portability.Job) (portability.Source, portability.Sink, error) {
	return b.from, b.to, nil
}

// nobody owns nothing: the map of posts is another.
type nobody struct{}

func (nobody) Owner(context.Context, vocab.IRI) (vocab.IRI, portability.Audience, bool, error) {
	return "", "", false, nil
}

func each(ids []vocab.IRI) iter.Seq2[vocab.IRI, error] {
	return func(yield func(vocab.IRI, error) bool) {
		for _, id := range ids {
			if !yield(id, nil) {
				return
			}
		}
	}
}

func accountOf(t *testing.T, s *fediverse.Server, name string) fediverse.Account {
	t.Helper()
	a, err := s.Account(t.Context(), name)
	require.NoError(t, err)
	return a
}

// step follows a link no further than its first answer.
func (v visitor) step(link, accept string) (status int, to string, body []byte) {
	v.Helper()
	r, err := http.NewRequestWithContext(v.Context(), http.MethodGet, link, nil)
	require.NoError(v, err)
	r.Header.Set("Accept", accept)
	response, err := v.network.RoundTrip(r)
	require.NoError(v, err)
	body, err = io.ReadAll(response.Body)
	require.NoError(v, err)
	return response.StatusCode, response.Header.Get("Location"), body
}
