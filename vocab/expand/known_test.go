package expand_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/internal/jsonld"
	"codeberg.org/godwit/godwit/vocab"
	"codeberg.org/godwit/godwit/vocab/expand"
)

// What package vocab takes for granted of a context that it knows by URL is
// what the table of that context says.
func TestContextsKnownByURLDoWhatTheirTablesSay(t *testing.T) {
	urls := append(jsonld.URLs(), "https://a.example/schemas/litepub-0.1.jsonld")
	judged := 0
	for _, url := range urls {
		for _, format := range []string{`[%[2]s,%[1]q]`, `[%[1]q,%[2]s]`} {
			contexts := fmt.Sprintf(format, url, as)
			for name := range namesIn(t, url) {
				judged++
				o := parse(t, fmt.Sprintf(`{"@context":%s,%q:"https://b.example/u","type":%q}`, contexts, name, name))
				kind := o.ContextKind()
				require.NotEqual(t, vocab.ContextUnknown, kind, url)
				if kind == vocab.ContextOdd {
					continue
				}
				normal, err := expand.Normalize(o)
				require.NoError(t, err, o)
				assert.Equal(t, o.String(), normal.String(), "%s redefines %s, which vocab does not know", url, name)
			}
		}
	}
	assert.Greater(t, judged, 300)
}

// namesIn yields the names that a context and what it builds on define and
// that godwit reads.
func namesIn(t *testing.T, url string) map[string]bool {
	t.Helper()
	context, found := jsonld.Lookup(url)
	require.True(t, found, url)
	names := map[string]bool{}
	for name := range context.Terms {
		_, isProperty := vocab.PropertyNamed(name)
		if (isProperty || vocab.TypeIRI(name) != "") && name != "type" && !strings.HasPrefix(name, "@") {
			names[name] = true
		}
	}
	return names
}
