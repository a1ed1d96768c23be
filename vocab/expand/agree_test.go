package expand_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/piprate/json-gold/ld"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"codeberg.org/godwit/godwit/internal/jsonld"
	"codeberg.org/godwit/godwit/vocab"
	"codeberg.org/godwit/godwit/vocab/expand"
)

var (
	drawnNames = []string{"movedTo", "target", "actor", "moved", "Umzug", "AS", "as", "toot", "own", "as:movedTo", "AS:movedTo", "AS:target"}
	drawnTerms = []string{
		`"as:movedTo"`, `"AS:movedTo"`, `"as:target"`, `"target"`, `"movedTo"`, `"moved"`, `"own:x"`, `null`,
		`"https://www.w3.org/ns/activitystreams#"`, `"https://c.example/ns#"`, `"https://w3id.org/fep/7628#movedTo"`, `"https://b.example/"`,
		`{"@id":"as:movedTo","@type":"@id"}`, `{"@id":"as:target"}`, `{"@type":"@id"}`, `{"@id":"as:movedTo","@type":"@vocab"}`,
		`{"@id":"as:target","@container":"@set"}`, `{"@id":"as:movedTo","@container":"@list","@type":"@id"}`,
		`{"@id":"as:movedTo","@container":"@index"}`, `{"@reverse":"as:movedTo"}`, `{"@id":"as:actor","@context":{"moved":"as:target"}}`,
	}
	drawnValues = []string{
		`"https://b.example/1"`, `"AS:2"`, `"own:3"`, `["https://b.example/4","x:5"]`, `"moved"`,
		`{"@value":"7"}`, `{"@set":["https://b.example/8"]}`, `{"id":"own:9","moved":"https://b.example/10"}`, `null`, `[]`,
	}
)

func drawDocument(t *rapid.T) string {
	members := []string{`"@context":[` + strings.Join(append([]string{as}, drawContexts(t)...), ",") + `]`, `"id":"https://a.example/0"`}
	for _, name := range rapid.SliceOfNDistinct(rapid.SampledFrom(drawnNames), 1, 4, rapid.ID[string]).Draw(t, "members") {
		members = append(members, fmt.Sprintf("%q:%s", name, rapid.SampledFrom(drawnValues).Draw(t, "value")))
	}
	return "{" + strings.Join(members, ",") + "}"
}

func drawContexts(t *rapid.T) []string {
	var contexts []string
	for range rapid.IntRange(0, 2).Draw(t, "contexts") {
		var terms []string
		for _, name := range rapid.SliceOfNDistinct(rapid.SampledFrom(drawnNames), 1, 4, rapid.ID[string]).Draw(t, "terms") {
			terms = append(terms, fmt.Sprintf("%q:%s", name, rapid.SampledFrom(drawnTerms).Draw(t, "term")))
		}
		contexts = append(contexts, "{"+strings.Join(terms, ",")+"}")
	}
	return contexts
}

// What godwit reads, in a plain document as it is and in any other after
// Normalize, is what a JSON-LD processor reads.
func TestReadingAgreesWithJSONLD(t *testing.T) {
	compared, odd := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		document := drawDocument(t)
		o, err := vocab.Parse([]byte(document))
		require.NoError(t, err, document)
		node, err := expanded(document)
		if err != nil {
			return // not JSON-LD; godwit may read it or not
		}
		kind := o.ContextKind()
		normal, err := expand.Normalize(o)
		require.NoError(t, err, document)
		if kind != vocab.ContextOdd {
			require.Equal(t, document, normal.String(), "a plain document needs no other names")
		} else {
			odd++
		}
		compared++
		for _, p := range []vocab.Property{vocab.MovedTo, vocab.Target, vocab.Actor} {
			require.ElementsMatch(t, meant(node, p), read(normal, p), "%s of %s\nnormalized: %s", p, document, normal)
		}
	})
	require.Positive(t, compared, "no document could be compared")
	require.Positive(t, odd, "no document was odd")
}

// tables serves the known contexts to the processor.
type tables struct{}

func (tables) LoadDocument(url string) (*ld.RemoteDocument, error) {
	context, found := jsonld.Lookup(url)
	if !found {
		return nil, fmt.Errorf("unknown context %s", url)
	}
	return &ld.RemoteDocument{DocumentURL: url, Document: map[string]any{"@context": context.Local()}}, nil
}

func expanded(document string) (node map[string]any, err error) {
	defer func() {
		if fault := recover(); fault != nil {
			err = fmt.Errorf("panic: %v", fault)
		}
	}()
	var v any
	if err := json.Unmarshal([]byte(document), &v); err != nil {
		return nil, err
	}
	options := ld.NewJsonLdOptions("")
	options.DocumentLoader = tables{}
	nodes, err := ld.NewJsonLdProcessor().Expand(v, options)
	if err != nil || len(nodes) == 0 {
		return map[string]any{}, err
	}
	return nodes[0].(map[string]any), nil
}

// meant lists what the processor found under all IRIs of p, and under its bare
// name where nothing defines that.
func meant(node map[string]any, p vocab.Property) []string {
	var found []string
	for iri, values := range node {
		if !p.Means(iri) && iri != "_:"+string(p) {
			continue
		}
		for _, v := range values.([]any) {
			found = append(found, texts(v)...)
		}
	}
	return found
}

func texts(v any) []string {
	node, _ := v.(map[string]any)
	for _, key := range []string{"@id", "@value"} {
		if text, ok := node[key].(string); ok {
			return []string{strings.TrimPrefix(text, "_:")} // a word that nothing defines is only a word
		}
	}
	var all []string
	list, _ := node["@list"].([]any)
	for _, inner := range list {
		all = append(all, texts(inner)...)
	}
	return all
}

func read(o *vocab.Object, p vocab.Property) []string {
	var found []string
	for _, id := range o.IRIs(p) {
		found = append(found, strings.TrimPrefix(string(id), "_:"))
	}
	return slices.Clip(found)
}
