package gofed_test

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	asvocab "github.com/go-fed/activity/streams/vocab"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"codeberg.org/godwit/godwit/vocab"
	"codeberg.org/godwit/godwit/vocab/gofed"
)

var (
	anyType = rapid.SampledFrom([]string{"Note", "Person", "Create", "Collection", "OrderedCollection", "Move", "as:Note", "Link", "Emoji", "Strange"})
	anyName = rapid.SampledFrom([]string{
		"id", "@id", "type", "@type", "name", "nameMap", "as:name", "summary", "content", "contentMap", "to", "cc", "tag", "object", "actor", "url",
		"published", "duration", "items", "orderedItems", "totalItems", "icon", "inbox", "publicKey", "publicKeyPem", "featured",
		"movedTo", "alsoKnownAs", "as:alsoKnownAs", "toot:votersCount", "votersCount", "x", "@context", "href", "mediaType", "width",
	})
	anyText = rapid.SampledFrom([]string{
		"", "x", "https://a.example/", "2026-11-22T12:00:00.5Z", "PT5M", "P", "en", "true", "1", "Note", "image/png", "<&>\u2028",
	})
)

// shape draws a JSON value as hostile as ActivityStreams allows.
func shape(t *rapid.T, depth int) any {
	kinds := 8
	if depth <= 0 {
		kinds = 6
	}
	switch rapid.IntRange(0, kinds).Draw(t, "kind") {
	case 0:
		return nil
	case 1:
		return rapid.Bool().Draw(t, "bool")
	case 2:
		return json.Number(rapid.SampledFrom([]string{"0", "1.50", "-1E-2", "12345678901234567890", "1e999"}).Draw(t, "number"))
	case 3, 4, 5, 6:
		return anyText.Draw(t, "text")
	case 7:
		list := []any{}
		for range rapid.IntRange(0, 4).Draw(t, "length") {
			element := shape(t, depth-1)
			if inner, ok := element.([]any); ok {
				list = append(list, inner...)
			} else {
				list = append(list, element)
			}
		}
		return list
	}
	return record(t, depth-1)
}

func record(t *rapid.T, depth int) map[string]any {
	m := map[string]any{}
	for range rapid.IntRange(0, 7).Draw(t, "members") {
		m[anyName.Draw(t, "name")] = shape(t, depth)
	}
	if rapid.IntRange(0, 3).Draw(t, "typed") > 0 {
		m["type"] = anyType.Draw(t, "type")
	}
	return m
}

// TestAnyChangeArrives holds that whatever one document is changed into, go-fed
// then reads in it what the value held.
func TestAnyChangeArrives(t *testing.T) {
	changed := 0
	rapid.Check(t, func(rt *rapid.T) {
		typed := anyType.Draw(rt, "type")
		was, before := draw(rt, typed)
		_, wanted := draw(rt, typed)
		if before == nil || wanted == nil {
			return
		}
		same, err := gofed.FromType(context.Background(), before, was)
		require.NoError(rt, err)
		require.Equal(rt, was.String(), same.String(), "nothing changed")

		is, err := gofed.FromType(context.Background(), wanted, was)
		require.NoError(rt, err)
		after, err := gofed.ToType(context.Background(), is)
		require.NoError(rt, err)
		require.Equal(rt, seen(rt, wanted), seen(rt, after), "%s\nbecame %s", was, is)
		changed++
	})
	require.Positive(t, changed, "at least one change was tried")
}

// draw returns a document and what go-fed reads in it, nil if it cannot.
func draw(t *rapid.T, typed string) (*vocab.Object, asvocab.Type) {
	m := record(t, 3)
	m["type"] = typed
	raw, err := json.Marshal(m)
	require.NoError(t, err)
	o, err := vocab.Parse(raw)
	require.NoError(t, err)
	value, err := gofed.ToType(context.Background(), o)
	if err != nil {
		return o, nil
	}
	return o, value
}

// seen returns what go-fed holds, apart from nulls, from arrays of one and from
// the difference of name and nameMap: it keeps and makes them by rules that hang
// on the type and on the value.
func seen(t *rapid.T, value asvocab.Type) string {
	m, err := value.Serialize()
	require.NoError(t, err)
	delete(m, "@context")
	raw, err := json.Marshal(m)
	require.NoError(t, err)
	var plain any
	require.NoError(t, json.Unmarshal(raw, &plain))
	raw, err = json.Marshal(bare(plain))
	require.NoError(t, err)
	return string(raw)
}

func bare(value any) any {
	switch v := value.(type) {
	case []any:
		if len(v) == 1 {
			return bare(v[0])
		}
		for i := range v {
			v[i] = bare(v[i])
		}
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			inner := bare(v[key])
			delete(v, key)
			name := strings.TrimSuffix(key, "Map")
			if inner != nil && v[name] == nil {
				v[name] = inner
			}
		}
	}
	return value
}
