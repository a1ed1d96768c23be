package client_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/actor/client"
	"codeberg.org/godwit/godwit/vocab"
)

const moveBody = `{"@context":"https://www.w3.org/ns/activitystreams","id":"https://b.example/bob#moves/1","type":"Move","actor":"https://b.example/bob","object":"https://b.example/bob","target":"https://new.example/bob","to":"https://b.example/bob/followers","cc":"https://www.w3.org/ns/activitystreams#Public"}`

// BenchmarkDeliver signs and sends to a sink without HTTP. of-raw is its rate
// as a part of the rate of the signature alone.
func BenchmarkDeliver(b *testing.B) {
	for name, key := range benchmarkKeys(b) {
		b.Run(name, func(b *testing.B) {
			o := &client.Options{Signer: personWith(b, bobID, key).signer, Transport: sink{}}
			against(b, signing(key), delivering(b, o, "https://here.example/inbox"))
		})
	}
}

// BenchmarkDeliverHTTP sends to a server on loopback, whose work is counted
// too. of-raw compares with the signature and a bare client.
func BenchmarkDeliverHTTP(b *testing.B) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		w.WriteHeader(http.StatusAccepted)
	}))
	defer server.Close()
	bare := server.Client()
	for name, key := range benchmarkKeys(b) {
		b.Run(name, func(b *testing.B) {
			sign := signing(key)
			raw := func() {
				sign()
				answer, err := bare.Post(server.URL+"/inbox", as2, bytes.NewReader([]byte(moveBody)))
				require.NoError(b, err)
				io.Copy(io.Discard, answer.Body)
				answer.Body.Close()
			}
			o := &client.Options{
				Signer:  personWith(b, bobID, key).signer,
				Trusted: []string{strings.TrimPrefix(server.URL, "http://")},
			}
			against(b, raw, delivering(b, o, vocab.IRI(server.URL+"/inbox")))
		})
	}
}

// BenchmarkVerify verifies a request that came in, with its key held. of-raw
// compares with the verification of the signature alone.
func BenchmarkVerify(b *testing.B) {
	for name, key := range benchmarkKeys(b) {
		for _, scheme := range []client.Scheme{client.Cavage, client.RFC9421} {
			b.Run(name+"/"+string(scheme), func(b *testing.B) {
				p := personWith(b, bobID, key)
				c, w, k := setup(client.Options{})
				w.document(string(bobID), p.document())
				r, sent := p.request(b, k, scheme, moveBody)
				ctx := b.Context()
				against(b, verifying(b, key), func() {
					if _, err := c.Verify(ctx, r, sent); err != nil {
						b.Fatal(err)
					}
				})
			})
		}
	}
}

func benchmarkKeys(b *testing.B) map[string]actor.PrivateKey {
	ed, err := actor.GenerateEd25519(bobID)
	require.NoError(b, err)
	return map[string]actor.PrivateKey{
		"RSA":     {ID: actor.MainKeyID(bobID), Owner: bobID, Signer: rsaKeys()[0].Signer},
		"Ed25519": ed,
	}
}

// A sink takes everything and does nothing.
type sink struct{}

func (sink) RoundTrip(r *http.Request) (*http.Response, error) {
	_, err := io.Copy(io.Discard, r.Body)
	return &http.Response{StatusCode: 202, Header: http.Header{}, Body: http.NoBody, Request: r}, err
}

// against runs raw and whole by turns, so that both have the same machine, and
// reports the processor time that they take.
func against(b *testing.B, raw, whole func()) {
	b.Helper()
	b.ReportAllocs()
	raw()
	whole()
	var rawTime, wholeTime time.Duration
	const turn = 20
	n := 0
	for b.Loop() {
		start := processorTime(b)
		for range turn {
			raw()
		}
		between := processorTime(b)
		for range turn {
			whole()
		}
		rawTime += between - start
		wholeTime += processorTime(b) - between
		n += turn
	}
	b.ReportMetric(float64(rawTime)/float64(wholeTime), "of-raw")
	b.ReportMetric(float64(n)/wholeTime.Seconds(), "per-cpu-s")
	b.ReportMetric(float64(wholeTime.Nanoseconds())/float64(n), "cpu-ns")
}

func processorTime(b *testing.B) time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		b.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

func signing(key actor.PrivateKey) func() {
	message := []byte(moveBody)
	if _, isRSA := key.Signer.(*rsa.PrivateKey); isRSA {
		sum := sha256.Sum256(message)
		return func() { key.Signer.Sign(rand.Reader, sum[:], crypto.SHA256) }
	}
	return func() { key.Signer.Sign(rand.Reader, message, crypto.Hash(0)) }
}

func verifying(b *testing.B, key actor.PrivateKey) func() {
	message := []byte(moveBody)
	sum := sha256.Sum256(message)
	if public, isRSA := key.Signer.Public().(*rsa.PublicKey); isRSA {
		value, err := key.Signer.Sign(rand.Reader, sum[:], crypto.SHA256)
		require.NoError(b, err)
		return func() {
			if rsa.VerifyPKCS1v15(public, crypto.SHA256, sum[:], value) != nil {
				b.Fatal("does not verify")
			}
		}
	}
	value, err := key.Signer.Sign(rand.Reader, message, crypto.Hash(0))
	require.NoError(b, err)
	return func() {
		if !ed25519.Verify(key.Signer.Public().(ed25519.PublicKey), message, value) {
			b.Fatal("does not verify")
		}
	}
}

func delivering(b *testing.B, o *client.Options, inbox vocab.IRI) func() {
	c := client.New(o)
	b.Cleanup(c.CloseIdleConnections)
	activity := parse(b, moveBody)
	ctx := context.WithoutCancel(b.Context())
	return func() {
		if _, err := c.Deliver(ctx, bobID, inbox, activity); err != nil {
			b.Fatal(err)
		}
	}
}
