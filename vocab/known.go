package vocab

import (
	"maps"
	"slices"
	"strings"
)

// A namedContext tells what a context that is known by its URL does to the
// names that godwit reads; most do nothing.
type namedContext struct {
	isCore   bool     // gives ActivityStreams' own terms their meaning
	odd      []string // names that it gives another meaning
	prefixes []string // prefixes that it defines and godwit does not know
}

// knownContext recognises the contexts in use. LitePub's is served by every
// server under its own host.
func knownContext(url string) (namedContext, bool) {
	if known, found := knownContexts[url]; found {
		return known, true
	}
	if strings.HasSuffix(url, "/schemas/litepub-0.1.jsonld") {
		return namedContext{isCore: true}, true
	}
	return namedContext{}, false
}

var knownContexts = buildKnownContexts()

func buildKnownContexts() map[string]namedContext {
	table := map[string]namedContext{
		"https://w3id.org/identity/v1": {odd: []string{"name", "image", "url", "Person", "Organization"}},
		"https://join-lemmy.org/context.json": {
			odd:      []string{"expires"},
			prefixes: []string{"mastodon"},
		},
	}
	for _, url := range []string{ContextAS, ContextAS + "#", ContextAS + "/", ContextAS + ".jsonld",
		"http://www.w3.org/ns/activitystreams", "http://www.w3.org/ns/activitystreams#"} {
		table[url] = namedContext{isCore: true}
	}
	for _, url := range []string{"https://schema.org", "https://schema.org/", "http://schema.org", "http://schema.org/"} {
		table[url] = namedContext{odd: allNames()}
	}
	for _, url := range harmlessContexts {
		table[url] = namedContext{}
	}
	return table
}

// allNames is what a context with an "@vocab" of its own may redefine.
func allNames() []string {
	names := slices.Collect(maps.Keys(propertyMeanings))
	return slices.AppendSeq(names, maps.Keys(typeMeanings))
}

var harmlessContexts = []string{
	"https://w3id.org/security/v1",
	"https://w3id.org/security/data-integrity/v1",
	"https://w3id.org/security/data-integrity/v2",
	"https://w3id.org/security/multikey/v1",
	"https://www.w3.org/ns/cid/v1",
	"https://www.w3.org/ns/did/v1",
	"http://joinmastodon.org/ns",
	"http://joinmastodon.org/ns#",
	"https://gotosocial.org/ns",
	"https://purl.archive.org/miscellany",
	"https://purl.archive.org/socialweb/webfinger",
	"https://purl.archive.org/socialweb/blocked",
	"https://purl.archive.org/socialweb/pending",
	"https://purl.archive.org/socialweb/oauth",
	"https://w3id.org/fep/7628",
	"https://w3id.org/fep/1580",
	"https://w3id.org/fep/5711",
	"https://w3id.org/fep/7aa9",
	"https://w3id.org/fep/844e",
	"https://w3id.org/fep/044f",
	"https://w3id.org/fep/ef61",
	"https://w3id.org/fep/171b",
	"https://w3id.org/fep/c390",
	"https://w3id.org/fep/bad1",
}
