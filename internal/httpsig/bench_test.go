//go:build unix

package httpsig_test

import (
	"crypto"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha256"
	"syscall"
	"testing"
	"time"

	"codeberg.org/godwit/godwit/internal/httpsig"
	"github.com/stretchr/testify/require"
)

// The rate of a whole verification, with the key at hand and without HTTP, is
// compared with that of the bare cryptography over the same text in the same
// run. Both take turns, and the processor's time is counted, so that a busy
// machine changes little.
func BenchmarkVerify(b *testing.B) {
	for _, scheme := range schemes {
		b.Run("RSA-2048/"+string(scheme), func(b *testing.B) { benchmarkVerify(b, scheme, rsaKey()) })
		b.Run("Ed25519/"+string(scheme), func(b *testing.B) { benchmarkVerify(b, scheme, edKey) })
	}
}

func benchmarkVerify(b *testing.B, scheme httpsig.Scheme, key crypto.Signer) {
	const turn = 200
	r := signed(b, "POST", "/users/bob/inbox", move, scheme, key, now)
	body, p, pub := []byte(move), policy(), key.Public()
	s, err := httpsig.Parse(r, body, p)
	require.NoError(b, err)
	raw := rawVerifier(b, pub, s.Bases()[0], s.Value())
	var whole, bare time.Duration
	for b.Loop() {
		start := processorTime(b)
		for range turn {
			s, err := httpsig.Parse(r, body, p)
			if err != nil || s.Verify(pub) != nil {
				b.Fatal("a good signature is refused")
			}
		}
		middle := processorTime(b)
		for range turn {
			raw()
		}
		whole, bare = whole+middle-start, bare+processorTime(b)-middle
	}
	verified := float64(b.N * turn)
	b.ReportMetric(verified/whole.Seconds(), "verified/cpu-s")
	b.ReportMetric(verified/bare.Seconds(), "raw/cpu-s")
	b.ReportMetric(bare.Seconds()/whole.Seconds(), "of-raw-rate")
	b.ReportMetric(0, "ns/op")
}

func rawVerifier(b *testing.B, pub crypto.PublicKey, base, value []byte) func() {
	sum := sha256.Sum256(base)
	return func() {
		ok := false
		switch key := pub.(type) {
		case *rsa.PublicKey:
			ok = rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], value) == nil
		case ed25519.PublicKey:
			ok = ed25519.Verify(key, base, value)
		}
		if !ok {
			b.Fatal("the bare verification fails")
		}
	}
}

func processorTime(b *testing.B) time.Duration {
	var usage syscall.Rusage
	require.NoError(b, syscall.Getrusage(syscall.RUSAGE_SELF, &usage))
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
