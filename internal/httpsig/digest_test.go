package httpsig_test

import (
	"testing"

	"codeberg.org/godwit/godwit/internal/httpsig"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Of the body {"hello": "world"}, as RFC 9530 and RFC 9421 publish them.
const (
	helloBody = `{"hello": "world"}`
	hello256  = "X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE="
	hello512  = "WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew=="
	empty256  = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
)

func TestMakeDigest(t *testing.T) {
	assert.Equal(t, "SHA-256="+hello256, httpsig.MakeDigest([]byte(helloBody)))
	assert.Equal(t, "sha-256=:"+hello256+":", httpsig.MakeContentDigest([]byte(helloBody)))
	assert.Equal(t, "SHA-256="+empty256, httpsig.MakeDigest(nil))
}

func TestCheckDigest(t *testing.T) {
	for _, c := range []struct {
		name  string
		lines []string
		good  bool
	}{
		{"SHA-256", []string{"SHA-256=" + hello256}, true},
		{"in lower case", []string{"sha-256=" + hello256}, true},
		{"SHA-512", []string{"SHA-512=" + hello512}, true},
		{"both, with a space", []string{"sha-512=" + hello512 + ", SHA-256=" + hello256}, true},
		{"on two lines", []string{"SHA-512=" + hello512, "SHA-256=" + hello256}, true},
		{"beside one that nobody should use", []string{"MD5=Sd/dVLAcvNLSq16eXua5uQ==,SHA-256=" + hello256}, true},
		{"only one that nobody should use", []string{"MD5=Sd/dVLAcvNLSq16eXua5uQ=="}, false},
		{"right and wrong", []string{"SHA-256=" + hello256 + ",SHA-512=" + hello256}, false},
		{"wrong, then right", []string{"SHA-256=" + empty256, "SHA-256=" + hello256}, false},
		{"of another body", []string{"SHA-256=" + empty256}, false},
		{"truncated", []string{"SHA-256=" + hello256[:40]}, false},
		{"not base64", []string{"SHA-256=!"}, false},
		{"empty value", []string{"SHA-256="}, false},
		{"no value", []string{"SHA-256"}, false},
		{"empty header", []string{""}, false},
		{"no header", nil, false},
	} {
		t.Run(c.name, func(t *testing.T) { judge(t, c.good, httpsig.CheckDigest(c.lines, []byte(helloBody))) })
	}
}

func TestCheckContentDigest(t *testing.T) {
	for _, c := range []struct {
		name  string
		lines []string
		good  bool
	}{
		{"sha-256", []string{"sha-256=:" + hello256 + ":"}, true},
		{"sha-512", []string{"sha-512=:" + hello512 + ":"}, true},
		{"both", []string{"sha-512=:" + hello512 + ":,sha-256=:" + hello256 + ":"}, true},
		{"on two lines", []string{"sha-512=:" + hello512 + ":", "sha-256=:" + hello256 + ":"}, true},
		{"beside an old one", []string{"md5=:Sd/dVLAcvNLSq16eXua5uQ==:, sha-256=:" + hello256 + ":"}, true},
		{"only an old one", []string{"md5=:Sd/dVLAcvNLSq16eXua5uQ==:"}, false},
		{"right and wrong", []string{"sha-256=:" + hello256 + ":, sha-512=:" + hello256 + ":"}, false},
		{"of another body", []string{"sha-256=:" + empty256 + ":"}, false},
		{"written as a Digest header", []string{"SHA-256=" + hello256}, false},
		{"a string", []string{`sha-256="` + hello256 + `"`}, false},
		{"a list", []string{"sha-256=(:" + hello256 + ":)"}, false},
		{"empty header", []string{""}, false},
		{"no header", nil, false},
	} {
		t.Run(c.name, func(t *testing.T) { judge(t, c.good, httpsig.CheckContentDigest(c.lines, []byte(helloBody))) })
	}
}

func judge(t *testing.T, good bool, err error) {
	t.Helper()
	if good {
		require.NoError(t, err, "it is the digest of the body")
		return
	}
	requireRefused(t, err, httpsig.Digest)
}
