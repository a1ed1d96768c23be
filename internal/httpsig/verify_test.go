package httpsig_test

import (
	"crypto/rsa"
	"math/big"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/internal/httpsig"
)

func TestKeysThatWouldKeepAProcessorBusy(t *testing.T) {
	bits := func(n uint, e int) *rsa.PublicKey {
		return &rsa.PublicKey{N: new(big.Int).SetBit(big.NewInt(1), int(n)-1, 1), E: e}
	}
	assert.NoError(t, httpsig.CheckKey(bits(2048, 65537)), "as servers make them")
	assert.NoError(t, httpsig.CheckKey(bits(4096, 65537)), "as Fedify makes them")
	assert.ErrorIs(t, httpsig.CheckKey(bits(4097, 65537)), httpsig.ErrKeySize)
	assert.ErrorIs(t, httpsig.CheckKey(bits(2048, 65539)), httpsig.ErrKeySize, "a larger exponent")
}

// What one key costs is the number of texts, times two hashes.
func TestAForgedSignatureIsHeldAgainstTwoTextsAtMost(t *testing.T) {
	for target, texts := range map[string]int{"/inbox": 1, "/inbox?a=1": 2, "/inbox?a=1?b=2&c=3?d": 2} {
		r := signed(t, "POST", target, move, httpsig.Cavage, edKey, now)
		s, err := httpsig.Parse(r, []byte(move), policy())
		require.NoError(t, err, target)
		assert.Len(t, s.Bases(), texts, target)
	}
	r := signed(t, "POST", "/inbox?a=1", move, httpsig.RFC9421, edKey, now)
	s, err := httpsig.Parse(r, []byte(move), policy())
	require.NoError(t, err)
	assert.Len(t, s.Bases(), 1, "RFC 9421 says what is signed")
}
