package consent

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
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
		"faß.de": "xn--fa-hia.de", "a．b｡c": "a.b.c", "例え.テスト": "xn--r8jz45g.xn--zckzah", "K.example": "k.example",
	} {
		ascii, err := asciiDomain(name)
		require.NoError(t, err, name)
		assert.Equal(t, want, ascii)
	}
	for _, name := range []string{
		"", ".", "a..b", "a b", "bu\u0308cher.example", "ｏｌｄ.example", "ﬁ.example", "a\u200db.example", "a\u00adb", "http://a", "a/b", "a@b",
		"\xff.example", "☃.example", "ⅷ.example",
	} {
		_, err := asciiDomain(name)
		assert.Error(t, err, name)
	}
}
