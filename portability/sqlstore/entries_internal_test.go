package sqlstore

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/vocab"
)

func TestURLsAreReadAsTheyWereWritten(t *testing.T) {
	for name, urls := range map[string][]vocab.IRI{
		"none":                  nil,
		"one":                   {"https://new.example/@alice/1"},
		"one that is empty":     {""},
		"one that needs escape": {"https://new.example/?a=1&b=<2>"},
		"one that is no URL":    {`","`},
		"one of a quote":        {`"`},
		"one of a backslash":    {`\`},
		"one that ends a list":  {`"]`},
		"one with a line break": {"a\nb"},
		"several":               {"https://new.example/@alice/1", "https://new.example/?p=1"},
		"several, all empty":    {"", ""},
		"other scripts":         {"https://例え.example/ü\u2028"},
	} {
		read, err := urlsIn([]byte(urlList(urls)))
		require.NoError(t, err, name)
		assert.Equal(t, urls, read, name)
	}
	for name, text := range map[string]string{"half a list": `["`, "no list": `"a"`, "a list of numbers": `[1]`} {
		_, err := urlsIn([]byte(text))
		assert.Error(t, err, name)
	}
}
