package actor_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/actor"
)

func TestCanonical(t *testing.T) {
	for name, c := range map[string]struct{ in, want string }{
		"the example of RFC 8785": {
			`{"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],
			"string":"\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/","literals":[null,true,false]}`,
			`{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}`,
		},
		"names sort by UTF-16":  {"{\"\u20ac\":1,\"\\r\":2,\"\ufb33\":3,\"1\":4,\"😀\":5,\"\u0080\":6,\"ö\":7}", "{\"\\r\":2,\"1\":4,\"\u0080\":6,\"ö\":7,\"€\":1,\"😀\":5,\"\ufb33\":3}"},
		"no negative zero":      {`[-0,-0.0]`, `[0,0]`},
		"the largest integers":  {`[9007199254740991,-9007199254740991]`, `[9007199254740991,-9007199254740991]`},
		"no number at all":      {`{"b":"-1","a":"\"2\\"}`, `{"a":"\"2\\","b":"-1"}`},
		"a zero with exponents": {`[0e5,0.000]`, `[0,0]`},
	} {
		canonical, err := actor.Canonical([]byte(c.in))
		require.NoError(t, err, name)
		assert.Equal(t, c.want, string(canonical), name)
		again, err := actor.Canonical(canonical)
		require.NoError(t, err, name)
		assert.Equal(t, canonical, again, name)
	}
	for name, in := range map[string]string{
		"nothing":                          ``,
		"two values":                       `{} {}`,
		"a member named twice":             `{"a":1,"a":1}`,
		"a member named twice, no number":  `{"a":"x","b":{"c":null,"c":[]}}`,
		"a member named twice, escaped":    `{"a":1,"\u0061":1}`,
		"half of a surrogate pair":         `"\ud800"`,
		"bytes that are not UTF-8":         "\"\xff\"",
		"an integer beyond 2^53":           `9007199254740992`,
		"an integer beyond -2^53":          `[-9007199254740992]`,
		"an integer of 400 digits":         strings.Repeat("9", 400),
		"an integer of 30 digits":          strings.Repeat("9", 30),
		"a number too large":               `1e400`,
		"a number that would become zero":  `{"a":{"b":[1e-400]}}`,
		"white space and nothing":          "  \n",
		"a large number behind a quote":    `{"a":"\"\\","b":"\\\"","c":9007199254740992}`,
		"a number in a form JSON does not": `01`,
	} {
		_, err := actor.Canonical([]byte(in))
		assert.ErrorIs(t, err, actor.ErrCanonical, name)
	}
}
