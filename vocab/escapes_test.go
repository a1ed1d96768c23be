package vocab_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/vocab"
)

// Fifty documents with nothing but escapes, of as many bytes as a document may have,
// are read in a second; they took an hour when each escape was a search for the end of
// its string.
func TestParse_longStringsOfEscapes(t *testing.T) {
	for _, escape := range []string{`\n`, `\"`, `\\`, `\\\"`, `\u00e9`} {
		text := `{"id":"https://a.example/1","x":"` + strings.Repeat(escape, 500_000/len(escape)*2) + `","y":1}`
		for range 10 {
			o, err := vocab.Parse([]byte(text))
			require.NoError(t, err)
			y, ok := o.Int64("y")
			require.True(t, ok && y == 1, "what stands behind the string is found")
		}
	}
}
