package vocab_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/vocab"
)

func TestNamesThatAreEscaped(t *testing.T) {
	for situation, c := range map[string]struct {
		name string // as it stands in the document
		want vocab.Property
		is   bool
	}{
		"one letter escaped":                  {`mo\u0076edTo`, "movedTo", true},
		"all letters, in both cases":          {`\u006d\u006F\u0076\u0065\u0064\u0054\u006f`, "movedTo", true},
		"another letter escaped":              {`mo\u0077edTo`, "movedTo", false},
		"it goes on, escaped":                 {`movedTo\u0073`, "movedTo", false},
		"it goes on, plain, after an escape":  {`\u006dovedTo2`, "movedTo", false},
		"it ends early":                       {`\u006dovedT`, "movedTo", false},
		"nothing else than an escaped letter": {`\u006d`, "", false},
		"the short escapes":                   {`\"\\\/\b\f\n\r\t`, "\"\\/\b\f\n\r\t", true},
		"one short escape for another":        {`a\n`, "a\r", false},
		"the escape of an escape":             {`\\u0061`, `\u0061`, true},
		"what that would mean":                {`\\u0061`, "a", false},
		"a character of three bytes":          {`\u20ac`, "€", true},
		"half of its bytes":                   {`\u20ac`, "\xe2\x82", false},
		"a pair of surrogates":                {`\ud83d\ude00!`, "😀!", true},
		"another pair":                        {`\ud83d\ude01!`, "😀!", false},
		"U+FFFD itself":                       {`\ufffd`, "\ufffd", true},
		"the NUL":                             {`\u0000`, "\x00", true},
		"plain beside escaped, two bytes":     {`é\u00e9`, "éé", true},
	} {
		t.Run(situation, func(t *testing.T) {
			o, err := vocab.Parse([]byte(`{"` + c.name + `":1}`))
			require.NoError(t, err)
			assert.Equal(t, c.is, o.Has(c.want))
		})
	}
}

// A megabyte of names in escapes, at all of which each look-up looks.
func TestLookingUpAmongEscapedNamesWritesNoneOfThemOut(t *testing.T) {
	for situation, name := range map[string]string{
		"many that begin as what is looked for": strings.Repeat(`\u006d\u006f\u0076\u0065\u0064\u0054\u006f`, 4),
		"many that begin as nothing":            strings.Repeat(`\u0061`, 28),
		"few and long":                          strings.Repeat(`\u006d\u006f\u0076`, 5_000),
	} {
		t.Run(situation, func(t *testing.T) {
			n := 1_000_000 / len(name)
			var b strings.Builder
			b.WriteString(`{"id":"https://a.example/"`)
			for i := range n {
				b.WriteString(`,"` + name + strings.Repeat(`\u0061`, i%7) + strings.Repeat("b", i/7) + `":1`)
				if b.Len() > 1<<20-50_000 {
					break
				}
			}
			b.WriteString(`}`)
			o, err := vocab.Parse([]byte(b.String()))
			require.NoError(t, err)
			require.Greater(t, b.Len(), 500_000, "the document is large")
			found := true
			allocations := testing.AllocsPerRun(3, func() { found = o.Has(vocab.MovedTo) })
			assert.False(t, found)
			assert.Zero(t, allocations, "of %d names", o.Len())
		})
	}
}
