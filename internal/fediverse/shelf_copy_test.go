package fediverse_test

import (
	"context"
	"database/sql"
	"errors"
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

func TestShelfIsASink(t *testing.T) {
	portabilitytest.TestSink(t, func(t *testing.T) portability.Sink {
		host := start(t, 1)[0]
		create(t, host, "al")
		shelf, err := host.Shelf(t.Context(), "al", portability.Readership{})
		require.NoError(t, err)
		return onlySink{shelf}
	})
}

// onlySink is a shelf of which nothing is read back: what it gives out has names of
// its own.
type onlySink struct{ shelf *fediverse.Shelf }

func (s onlySink) Put(ctx context.Context, items []portability.Item) ([]portability.Result, error) {
	return s.shelf.Put(ctx, items)
}

func (s onlySink) PutMedia(ctx context.Context, m portability.Medium, r io.Reader) (vocab.IRI, error) {
	return s.shelf.PutMedia(ctx, m, r)
}

func (s onlySink) Remove(ctx context.Context, refs []portability.Ref) ([]portability.Result, error) {
	return s.shelf.Remove(ctx, refs)
}

// placed is a post as an engine gives it.
func placed(t *testing.T, shelf *fediverse.Shelf, hidden bool) portability.Item {
	t.Helper()
	o, err := vocab.Parse([]byte(`{"id":"` + elsewhere + `/1","type":"Note","content":"<p>hi</p>"}`))
	require.NoError(t, err)
	item := portability.Item{Ref: portability.Ref{Kind: portability.Content, ID: elsewhere + "/1"}, Object: o}
	minted, err := shelf.Mint(t.Context(), []portability.Item{item})
	require.NoError(t, err)
	here, err := o.With(vocab.ID, minted[0].ID)
	require.NoError(t, err)
	item.Placed = &portability.Placed{ID: minted[0].ID, Object: here, Audience: portability.ForPublic, Quarantined: hidden}
	return item
}

func TestShelfKeepsAQuarantine(t *testing.T) {
	host := start(t, 1)[0]
	create(t, host, "al")
	shelf, err := host.Shelf(t.Context(), "al", portability.Readership{})
	require.NoError(t, err)
	item := placed(t, shelf, true)
	_, err = shelf.Put(t.Context(), []portability.Item{item})
	require.NoError(t, err)
	status := func() int {
		response, err := http.Get(string(item.Placed.ID))
		require.NoError(t, err)
		return response.StatusCode
	}
	assert.Equal(t, http.StatusNotFound, status(), "nobody has looked at it yet")
	results, err := shelf.Release(t.Context(), []portability.Ref{item.Ref, {Kind: portability.Content, ID: "no"}})
	require.NoError(t, err)
	assert.Equal(t, []portability.State{portability.Changed, portability.Skipped}, []portability.State{results[0].State, results[1].State})
	assert.Equal(t, http.StatusOK, status())
}

func TestShelfKeepsWhatItsOwnerChanged(t *testing.T) {
	host := start(t, 1)[0]
	create(t, host, "al")
	shelf, err := host.Shelf(t.Context(), "al", portability.Readership{})
	require.NoError(t, err)
	item := placed(t, shelf, false)
	_, err = shelf.Put(t.Context(), []portability.Item{item})
	require.NoError(t, err)

	item.Object, err = item.Object.With(vocab.Content, "<p>hi again</p>")
	require.NoError(t, err)
	results, err := shelf.Update(t.Context(), []portability.Item{item})
	require.NoError(t, err)
	assert.Equal(t, portability.Copied, results[0].State, "only the source has changed it")

	require.NoError(t, shelf.Edit(t.Context(), item.Placed.ID, "<p>mine</p>"))
	item.Object, err = item.Object.With(vocab.Content, "<p>hi once more</p>")
	require.NoError(t, err)
	results, err = shelf.Update(t.Context(), []portability.Item{item})
	require.NoError(t, err)
	assert.Equal(t, portability.Conflicting, results[0].State, "both have")
	results, err = shelf.Remove(t.Context(), []portability.Ref{item.Ref})
	require.NoError(t, err)
	assert.Equal(t, portability.Conflicting, results[0].State)
	held, err := shelf.Holds(t.Context(), []portability.Ref{item.Ref})
	require.NoError(t, err)
	assert.Equal(t, []bool{true}, held)
}

func TestShelfStoresNothingWhereTheJournalFails(t *testing.T) {
	host := start(t, 1)[0]
	create(t, host, "al")
	shelf, err := host.Shelf(t.Context(), "al", portability.Readership{})
	require.NoError(t, err)
	item := placed(t, shelf, false)
	full := errors.New("the disk is full")
	_, err = shelf.PutTx(t.Context(), []portability.Item{item}, func(*sql.Tx, []portability.Result) error { return full })
	require.ErrorIs(t, err, full)
	held, err := shelf.Holds(t.Context(), []portability.Ref{item.Ref})
	require.NoError(t, err)
	assert.Equal(t, []bool{false}, held)
}

func TestShelfNarrowsAPostWhoseDocumentIsTheSame(t *testing.T) {
	host := start(t, 1)[0]
	create(t, host, "al")
	shelf, err := host.Shelf(t.Context(), "al", portability.Readership{})
	require.NoError(t, err)
	item := placed(t, shelf, false)
	_, err = shelf.Put(t.Context(), []portability.Item{item})
	require.NoError(t, err)
	results, err := shelf.Update(t.Context(), []portability.Item{item})
	require.NoError(t, err)
	assert.Equal(t, portability.AlreadyThere, results[0].Reason, "nothing is otherwise")

	narrower := *item.Placed
	narrower.Audience = portability.ForAuthor
	item.Placed = &narrower
	results, err = shelf.Update(t.Context(), []portability.Item{item})
	require.NoError(t, err)
	assert.Equal(t, portability.Copied, results[0].State)
	response, err := http.Get(string(item.Placed.ID))
	require.NoError(t, err)
	defer response.Body.Close()
	assert.Equal(t, http.StatusNotFound, response.StatusCode, "strangers do not see it any more")
}
