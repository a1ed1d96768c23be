package gofed_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"testing"

	"github.com/go-fed/activity/streams"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/move"
	"codeberg.org/godwit/godwit/vocab"
	"codeberg.org/godwit/godwit/vocab/gofed"
)

func decode(t testing.TB, raw []byte) map[string]any {
	t.Helper()
	var m map[string]any
	require.NoError(t, json.Unmarshal(raw, &m))
	return m
}

// web answers fetches from a map, and keeps what is delivered.
type web struct {
	documents map[vocab.IRI]string
	delivered map[vocab.IRI]string
	from      vocab.IRI
	err       error
}

func (w *web) Fetch(_ context.Context, id vocab.IRI) (*vocab.Object, error) {
	text, ok := w.documents[id]
	if !ok {
		return nil, &actor.FetchError{ID: id, StatusCode: 404, Err: actor.ErrNotFound}
	}
	return vocab.Parse([]byte(text))
}

func (w *web) Deliver(_ context.Context, from, inbox vocab.IRI, activity *vocab.Object) (int, error) {
	w.from, w.delivered[inbox] = from, activity.String()
	return 202, w.err
}

func TestTransportSendsTheOriginal(t *testing.T) {
	const document = `{"@context":["https://www.w3.org/ns/activitystreams",{"x":"https://x.example/"}],"id":"https://a.example/m","type":"Move","bto":"https://s.example/","to":["https://b.example/"],"x":null}`
	o := parse(t, document)
	ctx := gofed.WithDocument(t.Context(), o)
	value, err := gofed.ToType(ctx, o)
	require.NoError(t, err)
	m, err := streams.Serialize(value)
	require.NoError(t, err)
	delete(m, "bto") // as pub does before it sends
	lossy, err := json.Marshal(m)
	require.NoError(t, err)

	w := &web{delivered: map[vocab.IRI]string{}}
	transport := gofed.NewTransport(al, w, w)
	require.NoError(t, transport.BatchDeliver(ctx, lossy, []*url.URL{iri(t, "https://b.example/inbox"), iri(t, "https://c.example/inbox")}))
	const want = `{"@context":["https://www.w3.org/ns/activitystreams",{"x":"https://x.example/"}],"id":"https://a.example/m","type":"Move","to":["https://b.example/"],"x":null}`
	assert.Equal(t, map[vocab.IRI]string{"https://b.example/inbox": want, "https://c.example/inbox": want}, w.delivered)
	assert.Equal(t, al, w.from)

	w.err = errors.New("refused")
	require.ErrorIs(t, transport.BatchDeliver(ctx, lossy, []*url.URL{iri(t, "https://b.example/inbox")}), w.err)
}

func TestTransportFetches(t *testing.T) {
	const undo = `{"type":"Undo","actor":"https://a.example/al","object":{"type":"Follow","id":"https://a.example/f","actor":"https://a.example/al","object":"https://b.example/"}}`
	w := &web{documents: map[vocab.IRI]string{"https://b.example/n": `{"@type":"as:Note","@id":"https://b.example/n"}`}}
	transport := gofed.NewTransport("https://here.example/", w, w)

	raw, err := transport.Dereference(t.Context(), iri(t, "https://b.example/n"))
	require.NoError(t, err)
	_, err = streams.ToType(t.Context(), decode(t, raw))
	require.NoError(t, err, "go-fed is given what it can read")

	signature := func(owner vocab.IRI, activity string) context.Context {
		return gofed.WithDelivery(t.Context(), move.Delivery{Activity: parse(t, activity), Signature: &actor.Signature{Owner: owner}})
	}
	raw, err = transport.Dereference(signature(al, undo), iri(t, "https://a.example/f"))
	require.NoError(t, err, "a Follow that its server does not serve is taken from the Undo of its own actor")
	assert.Equal(t, "https://a.example/al", decode(t, raw)["actor"])

	for name, ctx := range map[string]context.Context{
		"nobody vouches for it":             t.Context(),
		"another signed":                    signature("https://a.example/mallory", undo),
		"it is of another origin":           signature("https://m.example/al", `{"actor":"https://m.example/al","object":{"type":"Follow","id":"https://a.example/f","actor":"https://m.example/al"}}`),
		"it is another's than the signer's": signature(al, `{"actor":"https://a.example/al","object":{"type":"Follow","id":"https://a.example/f","actor":"https://a.example/bob"}}`),
		"it does not stand in the activity": signature(al, `{"actor":"https://a.example/al","object":"https://a.example/f"}`),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := transport.Dereference(ctx, iri(t, "https://a.example/f"))
			require.ErrorIs(t, err, actor.ErrNotFound)
		})
	}
	w.documents["https://b.example/v"] = `{"type":"Video","duration":""}`
	_, err = transport.Dereference(t.Context(), iri(t, "https://b.example/v"))
	require.ErrorIs(t, err, gofed.ErrPanic, "a fetched document cannot crash go-fed either")
}
