package consent

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/net/idna"
	"pgregory.net/rapid"
)

// From RFC 3492 §7.1, in lower case.
func TestPunycode(t *testing.T) {
	for want, label := range map[string]string{
		"egbpdaj6bu4bxfgehfvwxn":                        "ليهمابتكلموشعربي؟",
		"ihqwcrb4cv8a8dqg056pqjye":                      "他们为什么不说中文",
		"4dbcagdahymbxekheh6e0a7fei0b":                  "למההםפשוטלאמדבריםעברית",
		"bcher-kva":                                     "bücher",
		"b1abfaaepdrnnbgefbadotcwatmq2g4l":              "почемужеонинеговорятпорусски",
		"d9juau41awczczp":                               "そのスピードで",
		"porqunopuedensimplementehablarenespaol-fmd56a": "porquénopuedensimplementehablarenespañol",
	} {
		assert.Equal(t, want, punycode([]rune(label)))
	}
}

func TestDomainsAreWrittenInOneWay(t *testing.T) {
	for name, want := range map[string]string{
		"Old.Example": "old.example", "old.example.": "old.example", "BÜCHER.example": "xn--bcher-kva.example",
		"faß.de": "xn--fa-hia.de", "a．b｡c": "a.b.c", "例え.テスト": "xn--r8jz45g.xn--zckzah",
		"192.0.2.1": "192.0.2.1", "[2001:DB8:0::1]": "2001:db8::1", "[::ffff:192.0.2.1]": "192.0.2.1",
	} {
		ascii, err := asciiDomain(name)
		require.NoError(t, err, name)
		assert.Equal(t, want, ascii)
	}
	for _, name := range []string{
		"", ".", "a..b", "a b", "bu\u0308cher.example", "ｏｌｄ.example", "ﬁ.example", "a\u200db.example", "a\u00adb", "http://a", "a/b", "a@b",
		"\xff.example", "☃.example", "ⅷ.example", "1.2.3", "192.0.2.01", "0xc0000201", "fe80::1%eth0",
	} {
		_, err := asciiDomain(name)
		assert.Error(t, err, name)
	}
}

// What is taken is asked for under the same name by every client that follows UTS 46, as
// Go's does; all characters are tried, in the places where they fold in other ways.
func TestACharacterThatIsTakenIsTheOneThatIsAskedFor(t *testing.T) {
	taken := 0
	for r := rune(0x80); r <= unicode.MaxRune; r++ {
		if !utf8.ValidRune(r) {
			continue
		}
		for _, name := range []string{string(r) + ".example", "l" + string(r) + "l"} {
			if sameAsAskedFor(t, name) {
				taken++
			}
		}
	}
	assert.Greater(t, taken, 150_000, "letters of most scripts are taken")
}

func TestANameThatIsTakenIsTheOneThatIsAskedFor(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		some := rapid.OneOf(
			rapid.SampledFrom([]rune("evil.example-_09AZäßςａ\u0301\u0323\u05b0\u093c\u0e38\u0e48\u1100\u1161\u3099かᵢ。．ſKⅷ\u200d\u180b")),
			rapid.RuneFrom(nil, unicode.Ll, unicode.Lo, unicode.Lm, unicode.Lu, unicode.M, unicode.Nd),
		)
		sameAsAskedFor(t, rapid.StringOfN(some, 1, 12, -1).Draw(t, "name"))
	})
}

func sameAsAskedFor(t require.TestingT, name string) bool {
	ours, err := asciiDomain(name)
	if err != nil {
		return false
	}
	asked, err := idna.Lookup.ToASCII(name)
	if err != nil {
		return false // nobody is asked at all
	}
	require.Equal(t, ours, strings.TrimSuffix(asked, "."), "%+q", name)
	return true
}
