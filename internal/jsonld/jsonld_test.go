package jsonld_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/internal/jsonld"
)

// published names the file that holds a published copy of each context.
var published = map[string]string{
	"activitystreams.json":            "https://www.w3.org/ns/activitystreams",
	"did-v1.json":                     "https://www.w3.org/ns/did/v1",
	"fep-1580.jsonld":                 "https://w3id.org/fep/1580",
	"fep-4ccd-pending.json":           "https://purl.archive.org/socialweb/pending",
	"fep-5711.json":                   "https://w3id.org/fep/5711",
	"fep-7628.jsonld":                 "https://w3id.org/fep/7628",
	"fep-7aa9.json":                   "https://w3id.org/fep/7aa9",
	"fep-844e.jsonld":                 "https://w3id.org/fep/844e",
	"fep-bad1.jsonld":                 "https://w3id.org/fep/bad1",
	"fep-c390.jsonld":                 "https://w3id.org/fep/c390",
	"fep-c648-blocked.json":           "https://purl.archive.org/socialweb/blocked",
	"fep-d8c2-oauth.json":             "https://purl.archive.org/socialweb/oauth",
	"fep-ef61.json":                   "https://w3id.org/fep/ef61",
	"gotosocial.json":                 "https://gotosocial.org/ns",
	"identity-v1.json":                "https://w3id.org/identity/v1",
	"join-lemmy.json":                 "https://join-lemmy.org/context.json",
	"joinmastodon.json":               "http://joinmastodon.org/ns",
	"miscellany.json":                 "https://purl.archive.org/miscellany",
	"schemaorg.json":                  "https://schema.org",
	"security-data-integrity-v1.json": "https://w3id.org/security/data-integrity/v1",
	"security-data-integrity-v2.json": "https://w3id.org/security/data-integrity/v2",
	"security-multikey-v1.json":       "https://w3id.org/security/multikey/v1",
	"security-v1.json":                "https://w3id.org/security/v1",
	"webfinger.json":                  "https://purl.archive.org/socialweb/webfinger",
}

func TestTablesAgreeWithThePublishedContexts(t *testing.T) {
	folder := filepath.Join("..", "..", "..", "shared", "vectors", "contexts")
	entries, err := os.ReadDir(folder)
	if err != nil && os.Getenv("GODWIT_CI") == "1" {
		t.Fatalf("published contexts are missing: %v", err)
	}
	if err != nil {
		t.Skip("no published contexts beside this checkout")
	}
	require.NotEmpty(t, entries)
	for _, entry := range entries {
		t.Run(entry.Name(), func(t *testing.T) {
			url, known := published[entry.Name()]
			require.True(t, known, "this context has no table")
			context, found := jsonld.Lookup(url)
			require.True(t, found, url)
			want := readContext(t, filepath.Join(folder, entry.Name()))
			if url == "https://schema.org" {
				keepOnly(want, context.Local())
			}
			assert.Equal(t, simplified(want), simplified(context.Local()))
		})
	}
}

// readContext returns the definitions of a published context; what it builds
// on is compared by its own file.
func readContext(t *testing.T, file string) map[string]any {
	t.Helper()
	data, err := os.ReadFile(file)
	require.NoError(t, err)
	var document map[string]any
	require.NoError(t, json.Unmarshal(data, &document))
	if list, ok := document["@context"].([]any); ok {
		return list[len(list)-1].(map[string]any)
	}
	return document["@context"].(map[string]any)
}

func keepOnly(context, names map[string]any) {
	for name := range context {
		if _, wanted := names[name]; !wanted {
			delete(context, name)
		}
	}
}

// simplified writes every definition in its long form.
func simplified(context map[string]any) map[string]any {
	out := map[string]any{}
	for name, definition := range context {
		switch definition := definition.(type) {
		case string:
			out[name] = map[string]any{"@id": definition}
			if strings.HasPrefix(name, "@") {
				out[name] = definition
			}
		case map[string]any:
			if inner, ok := definition["@context"].(map[string]any); ok {
				definition["@context"] = simplified(inner)
			}
			out[name] = definition
		default:
			out[name] = definition
		}
	}
	return out
}

func TestContextsBuildOnKnownOnes(t *testing.T) {
	urls := append(jsonld.URLs(), "https://a.example/schemas/litepub-0.1.jsonld")
	require.Greater(t, len(urls), 30)
	for _, url := range urls {
		context, found := jsonld.Lookup(url)
		require.True(t, found, url)
		for _, before := range context.Before {
			_, found := jsonld.Lookup(before)
			assert.True(t, found, "%s builds on %s", url, before)
		}
	}
	_, found := jsonld.Lookup("https://a.example/context")
	assert.False(t, found)
}

func TestLocalBelongsToTheCaller(t *testing.T) {
	context, _ := jsonld.Lookup("https://www.w3.org/ns/activitystreams")
	delete(context.Local(), "actor")
	context.Local()["inbox"].(map[string]any)["@id"] = "x"
	assert.Contains(t, context.Local(), "actor")
	assert.Equal(t, map[string]any{"@id": "ldp:inbox", "@type": "@id"}, context.Local()["inbox"])
}
