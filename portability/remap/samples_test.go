package remap_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/portability/remap"
	"codeberg.org/godwit/godwit/vocab"
)

// TestObject_realPosts leads everything in two real accounts' outboxes away and back.
func TestObject_realPosts(t *testing.T) {
	for name, path := range map[string]string{"Mastodon 3.5": "2022-v3.5/outbox.json", "Mastodon 4.0": "2023-v4.0/archive/outbox.json"} {
		t.Run(name, func(t *testing.T) {
			items := outbox(t, path)
			forward, backward := wholeAccount(items)
			led := 0
			for _, o := range items {
				here := wasThere(remap.References(o), forward)
				now, err := remap.Object(o, forward.place, nil)
				require.NoError(t, err)
				assert.Empty(t, wasThere(remap.References(now), forward), "nothing that could be led is left")
				if here == nil {
					assert.Same(t, o, now)
					continue
				}
				led++
				assert.False(t, now.Has(vocab.Signature), "a signature that no longer holds")
				signed := o.Get(vocab.Signature)
				restored, err := remap.Object(now, backward.place, nil)
				require.NoError(t, err)
				if signed.IsZero() {
					assert.Equal(t, plainIDs(o.String()), plainIDs(restored.String()), "the way back restores every byte")
				}
				agrees(t, plainIDs(now.String()), plainIDs(remapped(t, o, forward).String()))
			}
			assert.Greater(t, led, 500, "posts of the account itself")
			t.Logf("%d of %d led elsewhere", led, len(items))
		})
	}
}

// remapped leads a document in two halves, which must come to the same as both at once.
func remapped(t *testing.T, o *vocab.Object, all atlas) *vocab.Object {
	for _, even := range []bool{true, false} {
		var err error
		o, err = remap.Object(o, func(id vocab.IRI) (remap.Place, bool) {
			p, found := all.place(id)
			return p, found && (len(id)%2 == 0) == even
		}, nil)
		require.NoError(t, err)
	}
	return o
}

// plainIDs undoes escapes that only spell a character otherwise.
func plainIDs(s string) string { return strings.NewReplacer(`\/`, "/", `\u0026`, "&").Replace(s) }

// An atlas has places.
type atlas map[vocab.IRI]vocab.IRI

func (a atlas) place(id vocab.IRI) (remap.Place, bool) {
	now, found := a[id]
	return remap.Place{ID: now}, found
}

// wholeAccount makes up a place for everything that posts refer to on their own host.
func wholeAccount(items []*vocab.Object) (forward, backward atlas) {
	forward, backward = atlas{}, atlas{}
	for _, o := range items {
		host := vocab.IRI(o.Text(vocab.Actor)).Host()
		for _, id := range remap.References(o) {
			if id.Host() != host && !strings.HasPrefix(string(id), "tag:"+host+",") {
				continue
			}
			now := vocab.IRI("https://new.example/things?of=" + strings.ReplaceAll(string(id), "/", "-"))
			forward[id], backward[now] = now, id
		}
	}
	return forward, backward
}

func wasThere(ids []vocab.IRI, in atlas) []vocab.IRI {
	var found []vocab.IRI
	for _, id := range ids {
		if _, ok := in[id]; ok {
			found = append(found, id)
		}
	}
	return found
}

// outbox reads the items of a real outbox, each with its bytes.
func outbox(t testing.TB, path string) []*vocab.Object {
	t.Helper()
	full := filepath.Join("..", "..", "..", "shared", "samples", "mastodon-takeouts", filepath.FromSlash(path))
	data, err := os.ReadFile(full)
	if os.IsNotExist(err) {
		if os.Getenv("GODWIT_CI") == "1" {
			t.Fatalf("the real outbox is not here: %s", path)
		}
		t.Skipf("the real outbox is not here: %s", path)
	}
	require.NoError(t, err)
	var collection struct{ OrderedItems []json.RawMessage }
	require.NoError(t, json.Unmarshal(data, &collection))
	var items []*vocab.Object
	for _, raw := range collection.OrderedItems {
		o, err := vocab.Parse(raw)
		require.NoError(t, err)
		items = append(items, o)
	}
	require.Greater(t, len(items), 800, "an outbox of that size")
	return items
}
