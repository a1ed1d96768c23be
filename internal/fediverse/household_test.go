package fediverse_test

import (
	"context"
	"io"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/internal/fediverse"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/portability/portabilitytest"
	"codeberg.org/godwit/godwit/vocab"
)

func household(t *testing.T, h *fediverse.Host, name string) *fediverse.Household {
	t.Helper()
	home, err := h.Household(t.Context(), name)
	require.NoError(t, err, "open the household")
	return home
}

func TestHouseholdIsASink(t *testing.T) {
	portabilitytest.TestSink(t, func(t *testing.T) portability.Sink {
		host := start(t, 1)[0]
		create(t, host, "al")
		return onlyHousehold{household(t, host, "al")}
	})
}

// onlyHousehold is a household of which nothing is read back.
type onlyHousehold struct{ home *fediverse.Household }

func (s onlyHousehold) Put(ctx context.Context, items []portability.Item) ([]portability.Result, error) {
	return s.home.Put(ctx, items)
}

func (s onlyHousehold) PutMedia(ctx context.Context, m portability.Medium, r io.Reader) (vocab.IRI, error) {
	return s.home.PutMedia(ctx, m, r)
}

func (s onlyHousehold) Remove(ctx context.Context, refs []portability.Ref) ([]portability.Result, error) {
	return s.home.Remove(ctx, refs)
}

func TestHouseholdProtects(t *testing.T) {
	host := start(t, 1)[0]
	create(t, host, "al")
	home := household(t, host, "al")
	item := func(k portability.Kind, id, member string) portability.Item {
		o, err := vocab.Parse([]byte(`{"` + member + `":"` + id + `"}`))
		require.NoError(t, err)
		return portability.Item{Ref: portability.Ref{Kind: k, ID: id}, Object: o}
	}
	items := []portability.Item{
		item(portability.Blocked, "https://x.example/users/m", "id"),
		item(portability.Muted, "https://x.example/users/n", "id"),
		item(portability.BlockedDomains, "bad.example", "domain"),
	}
	_, err := home.Put(t.Context(), items)
	require.NoError(t, err)
	for _, given := range items {
		var there []string
		for got, err := range home.Items(t.Context(), given.Kind, "") {
			require.NoError(t, err)
			there = append(there, got.ID)
		}
		assert.Equal(t, []string{given.ID}, there, "%s holds", given.Kind)
	}
	fences, err := host.Fences(t.Context())
	require.NoError(t, err)
	assert.Empty(t, fences, "one account's list is not the server's")

	home.Runs = true
	_, err = home.Put(t.Context(), []portability.Item{item(portability.BlockedDomains, "worse.example", "domain")})
	require.NoError(t, err)
	fences, err = host.Fences(t.Context())
	require.NoError(t, err)
	assert.Equal(t, []string{"worse.example"}, fences, "unless its owner runs the server")

	results, err := home.Remove(t.Context(), []portability.Ref{items[0].Ref})
	require.NoError(t, err)
	assert.Equal(t, portability.Removed, results[0].State)
	n, _, err := home.Count(t.Context(), portability.Blocked)
	require.NoError(t, err)
	assert.Zero(t, n, "a block that was taken out again holds no more")
}

func TestHouseholdHoldsWhatItCanShow(t *testing.T) {
	for name, keeps := range map[string]bool{"and refuses the rest": false, "and keeps the rest unseen": true} {
		t.Run(name, func(t *testing.T) {
			host := start(t, 1)[0]
			create(t, host, "al")
			home := household(t, host, "al")
			home.Shows, home.Keeps = []string{"Article"}, keeps
			item := placed(t, home.Shelf, false) // a note
			results, err := home.Put(t.Context(), []portability.Item{item})
			require.NoError(t, err)
			response, err := http.Get(string(item.Placed.ID))
			require.NoError(t, err)
			require.NoError(t, response.Body.Close())
			assert.Equal(t, http.StatusNotFound, response.StatusCode, "nobody sees it")
			n, _, err := home.Count(t.Context(), portability.Content)
			require.NoError(t, err)
			if keeps {
				assert.Equal(t, portability.Copied, results[0].State)
				assert.EqualValues(t, 1, n, "it comes out with everything else")
				return
			}
			assert.Equal(t, portability.NoPlace, results[0].Reason)
			assert.Zero(t, n)
		})
	}
}

func TestServersHaveNothingToDoWithTheFenced(t *testing.T) {
	hosts := start(t, 2)
	create(t, hosts[0], "al")
	create(t, hosts[1], "bo")
	ctx := t.Context()
	id := vocab.IRI(hosts[0].Base() + "/users/al")
	require.NoError(t, hosts[0].Fence(ctx, vocab.IRI(hosts[1].Base()).Host()))

	assert.ErrorIs(t, hosts[0].FollowAs(ctx, "al", vocab.IRI(hosts[1].Base()+"/users/bo")), fediverse.ErrFenced, "it asks nothing there")
	require.NoError(t, hosts[1].FollowAs(ctx, "bo", id), "the others may read what is for everybody")
	eventually(t, "the request was refused", func() bool {
		n, err := hosts[1].Waiting(ctx)
		return err == nil && n == 0
	})
	assert.Empty(t, list(t, hosts[0].Followers, "al"), "it takes nothing from there")
	came, err := hosts[0].CameIn(ctx)
	require.NoError(t, err)
	assert.Zero(t, came)
}

func TestARestrictedAccountWritesNothing(t *testing.T) {
	host := start(t, 1)[0]
	create(t, host, "al")
	require.NoError(t, host.Restrict(t.Context(), "al", true))
	_, err := host.Write(t.Context(), "al", fediverse.Draft{Text: "no"})
	require.ErrorIs(t, err, fediverse.ErrRestricted)
	require.NoError(t, host.Restrict(t.Context(), "al", false))
	id, err := host.Write(t.Context(), "al", fediverse.Draft{Text: "yes"})
	require.NoError(t, err)
	assert.Equal(t, []vocab.IRI{id}, list(t, host.Posts, "al"))
}
