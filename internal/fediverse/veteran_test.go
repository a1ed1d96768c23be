package fediverse_test

import (
	"context"
	"io"
	"iter"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/actor/client"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

// A network leads requests to handlers by host, which may change hands.
type network struct {
	mu    sync.RWMutex
	hosts map[string]http.Handler
}

func (n *network) put(origin string, h http.Handler) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.hosts == nil {
		n.hosts = map[string]http.Handler{}
	}
	n.hosts[vocab.IRI(origin).Host()] = h
}

// RoundTrip implements http.RoundTripper.
func (n *network) RoundTrip(r *http.Request) (*http.Response, error) {
	n.mu.RLock()
	h := n.hosts[r.URL.Host]
	n.mu.RUnlock()
	if h == nil {
		h = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) })
	}
	in := r.Clone(r.Context())
	in.RequestURI = r.URL.RequestURI()
	in.Host = r.URL.Host
	in.URL.Scheme, in.URL.Host = "", ""
	if in.Body == nil {
		in.Body = http.NoBody
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, in)
	answer := w.Result()
	answer.Request = r
	return answer, nil
}

// A veteran is old software: it shows the documents and files of one account at the
// addresses that it once gave them, and accepts followers.
type veteran struct {
	client  *client.Client
	actor   *vocab.Object
	shown   map[string][]byte // by path, what everybody may read
	pages   map[string]bool   // paths that people open
	hidden  []vocab.IRI       // ids of what not everybody may read
	finger  string
	trouble atomic.Pointer[error] // in answering a follower
}

// install makes a veteran of what an account has.
func install(t *testing.T, n *network, from possessions, keys ...actor.PrivateKey) *veteran {
	t.Helper()
	v := &veteran{shown: map[string][]byte{}, pages: map[string]bool{}}
	v.actor = from.shows(t, keys...)
	origin := v.actor.ID().Origin()
	signer, err := client.NewSigner(keys[0])
	require.NoError(t, err)
	v.client = client.New(&client.Options{PublicOrigin: origin, Transport: n,
		Signers: func(context.Context, vocab.IRI) (client.Signer, error) { return signer, nil }})
	v.show(v.actor.ID(), v.actor.Bytes())
	v.show(keys[0].ID.Document(), v.actor.Bytes())
	for _, page := range v.actor.IRIs(vocab.URL) {
		v.pages[path(page)] = true
	}
	v.finger = `{"subject":"acct:` + v.actor.Text(vocab.Username) + "@" + v.actor.ID().Host() +
		`","links":[{"rel":"self","type":"application/activity+json","href":"` + string(v.actor.ID()) + `"}]}`
	who := portability.ReadershipOf(v.actor)
	for _, k := range []portability.Kind{portability.Content, portability.Outbox} {
		for item, err := range from.Items(t.Context(), k, "") {
			require.NoError(t, err)
			v.take(t, from, who, item)
		}
	}
	n.put(origin, v)
	return v
}

func path(id vocab.IRI) string { return strings.TrimPrefix(string(id), id.Origin()) }

func (v *veteran) show(id vocab.IRI, document []byte) { v.shown[path(id)] = document }

func (v *veteran) take(t *testing.T, from possessions, who portability.Readership, item portability.Item) {
	audience, _ := who.AudienceOf(item)
	if audience != portability.ForPublic && audience != portability.ForUnlisted || item.Object == nil {
		v.hidden = append(v.hidden, vocab.IRI(item.ID))
		return
	}
	v.show(vocab.IRI(item.ID), item.Object.Bytes())
	for _, page := range item.Object.IRIs(vocab.URL) {
		if page.Origin() == v.actor.ID().Origin() {
			v.pages[path(page)] = true
		}
	}
	if item.Activity != nil {
		v.show(item.Activity.ID(), item.Activity.Bytes())
	}
	for _, m := range item.Media {
		r, _, err := from.OpenMedia(t.Context(), m)
		if err != nil {
			continue // takeouts lack some
		}
		data, err := io.ReadAll(r)
		require.NoError(t, err)
		require.NoError(t, r.Close())
		at := path(m.URL)
		if i := strings.Index(at, "/media_attachments/"); i >= 0 {
			at = "/system" + at[i:]
		}
		v.shown[at] = data
	}
}

// ServeHTTP implements http.Handler.
func (v *veteran) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	document, known := v.shown[r.URL.RequestURI()]
	switch {
	case r.URL.Path == "/.well-known/webfinger":
		w.Header().Set("Content-Type", "application/jrd+json")
		_, _ = io.WriteString(w, v.finger)
	case r.Method == http.MethodPost:
		v.inbox(w, r)
	case known:
		w.Header().Set("Content-Type", "application/activity+json")
		_, _ = w.Write(document)
	case v.pages[r.URL.Path]:
		_, _ = io.WriteString(w, "<html>")
	default:
		http.NotFound(w, r)
	}
}

// inbox accepts every Follow.
func (v *veteran) inbox(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, "", http.StatusBadRequest)
		return
	}
	sender, err := v.client.Verify(r.Context(), r, body)
	if err != nil {
		http.Error(w, err.Error(), client.Status(err))
		return
	}
	follow, err := vocab.Parse(body)
	if err != nil || !follow.Is(vocab.TypeFollow) {
		w.WriteHeader(http.StatusAccepted)
		return
	}
	w.WriteHeader(http.StatusAccepted)
	go v.accept(context.WithoutCancel(r.Context()), sender.Owner, follow)
}

func (v *veteran) accept(ctx context.Context, fan vocab.IRI, follow *vocab.Object) {
	there, err := v.client.Fetch(ctx, fan)
	if err != nil {
		return
	}
	accept, err := vocab.Build(
		vocab.Member{Name: vocab.Context, Value: vocab.ContextAS}, vocab.Member{Name: vocab.ID, Value: v.actor.ID() + "#accepts/1"},
		vocab.Member{Name: vocab.Type, Value: vocab.TypeAccept}, vocab.Member{Name: vocab.Actor, Value: v.actor.ID()},
		vocab.Member{Name: vocab.ObjectProperty, Value: follow},
	)
	if err == nil {
		_, err = v.client.Deliver(ctx, v.actor.ID(), there.IRI(vocab.Inbox), accept)
	}
	if err != nil {
		v.trouble.Store(&err)
	}
}

// possessions are what an account has, with those who follow it.
type possessions struct {
	portability.Source
	portability.MediaSource
	followers []vocab.IRI
}

// Kinds implements portability.Source.
func (p possessions) Kinds(ctx context.Context) ([]portability.Kind, error) {
	kinds, err := p.Source.Kinds(ctx)
	if !slices.Contains(kinds, portability.Followers) {
		kinds = append(kinds, portability.Followers)
	}
	return kinds, err
}

// Items implements portability.Source.
func (p possessions) Items(ctx context.Context, k portability.Kind, after string) iter.Seq2[portability.Item, error] {
	if k != portability.Followers {
		return p.Source.Items(ctx, k, after)
	}
	return func(yield func(portability.Item, error) bool) {
		for _, id := range p.followers {
			o, err := vocab.Build(vocab.Member{Name: vocab.ID, Value: id})
			item := portability.Item{Ref: portability.Ref{Kind: k, ID: string(id)}, Object: o, Next: string(id)}
			if string(id) > after && !yield(item, err) {
				return
			}
		}
	}
}

// shows is the account's document as a server shows it, with keys.
func (p possessions) shows(t *testing.T, keys ...actor.PrivateKey) *vocab.Object {
	t.Helper()
	o, err := p.Actor(t.Context())
	require.NoError(t, err)
	if !o.IRI(vocab.Outbox).IsHTTP() {
		o, err = o.With(vocab.Outbox, o.ID()+"/outbox")
		require.NoError(t, err)
	}
	o, err = o.Without(vocab.PublicKey)
	require.NoError(t, err)
	var public []actor.Key
	for _, k := range keys {
		public = append(public, k.Public())
	}
	o, err = actor.WithKeys(o, public...)
	require.NoError(t, err)
	return o
}
