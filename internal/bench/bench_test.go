//go:build unix

package bench_test

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/actor/client"
	"codeberg.org/godwit/godwit/internal/samples"
	"codeberg.org/godwit/godwit/vocab"
)

const (
	here    = "https://here.example"
	moves   = 5_000
	servers = 500 // that the old accounts are on, and as many that the new are
)

// BenchmarkServer takes in Moves of distinct accounts: a signed POST over HTTP
// on loopback, the signature verified with a key that is held, both accounts
// fetched anew through actor/client, the Move verified strictly with key
// continuity, and its case committed to SQLite. The sender is another process.
// The peers that are fetched from answer within this one, without HTTP, so the
// network's part of these fetches is not in the figures. Documents are of the
// size that Mastodon's have.
//
// It is done in four ways. "stored first" answers when all of that is done;
// "202 first" answers and then does it, which a crash in between loses; "taken
// in" commits the Move unexamined, answers, and has Work examine it: taken/cpu-s
// is the server up to its answers, examined/cpu-s the rest, and moves/cpu-s both.
// "in memory" is "stored first" with nothing stored.
//
// bare-http is how many of the same requests per CPU-second a net/http server
// takes that only reads them, in the same run.
func BenchmarkServer(b *testing.B) {
	for name, key := range keys(b) {
		b.Run(name, func(b *testing.B) {
			w := newWorld(b, key)
			b.Run("stored first", func(b *testing.B) { benchmarkServer(b, w, way{}) })
			b.Run("202 first", func(b *testing.B) { benchmarkServer(b, w, way{answerFirst: true}) })
			b.Run("taken in", func(b *testing.B) { benchmarkTaking(b, w, way{takeIn: true}) })
			b.Run("in memory", func(b *testing.B) { benchmarkServer(b, w, way{inMemory: true}) })
		})
	}
}

func keys(b *testing.B) map[string]actor.PrivateKey {
	ed, err := actor.GenerateEd25519(leaver)
	require.NoError(b, err)
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(b, err)
	return map[string]actor.PrivateKey{"RSA-2048": {Signer: rsaKey}, "Ed25519": ed}
}

func benchmarkServer(b *testing.B, w *world, how way) {
	var taking, reading time.Duration
	for b.Loop() {
		s := newServer(b, w, how)
		address := listen(b, s)
		post(b, w.greetings, address) // and so the keys are held
		start := processorTime(b)
		post(b, w.moves, address)
		s.finish(b)
		taking += processorTime(b) - start
		require.EqualValues(b, moves, s.accepted.Load(), "every Move is accepted")

		bare := listen(b, http.HandlerFunc(read))
		start = processorTime(b)
		post(b, w.moves, bare)
		reading += processorTime(b) - start
	}
	n := float64(b.N) * moves
	b.ReportMetric(n/taking.Seconds(), "moves/cpu-s")
	b.ReportMetric(n/reading.Seconds(), "bare-http/cpu-s")
	b.ReportMetric(reading.Seconds()/taking.Seconds(), "of-bare-http")
	b.ReportMetric(0, "ns/op")
}

// benchmarkTaking counts what it takes to answer, with the Move stored, and
// apart from it what it takes to examine the Moves afterwards.
func benchmarkTaking(b *testing.B, w *world, how way) {
	var taking, examining time.Duration
	for b.Loop() {
		s := newServer(b, w, how)
		address := listen(b, s)
		post(b, w.greetings, address)
		start := processorTime(b)
		post(b, w.moves, address)
		taking += processorTime(b) - start
		s.finish(b)
		require.EqualValues(b, moves, s.taken.Load(), "every Move is stored")

		start = processorTime(b)
		s.work(b)
		examining += processorTime(b) - start
		s.finish(b)
	}
	n := float64(b.N) * moves
	b.ReportMetric(n/taking.Seconds(), "taken/cpu-s")
	b.ReportMetric(n/examining.Seconds(), "examined/cpu-s")
	b.ReportMetric(n/(taking+examining).Seconds(), "moves/cpu-s")
	b.ReportMetric(0, "ns/op")
}

func read(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	w.WriteHeader(http.StatusAccepted)
}

// A world is the accounts that move, and what they send. They all have the same
// key under names of their own, as making 5,000 takes minutes.
type world struct {
	peers            peers
	keys             []actor.Key // of those who move
	greetings, moves string      // files of requests
}

func newWorld(b *testing.B, key actor.PrivateKey) *world {
	w := &world{peers: peers{}}
	greetings, all := make([][]byte, moves), make([][]byte, moves)
	var signing sync.WaitGroup
	for n := range moves {
		old := vocab.IRI(fmt.Sprintf("https://old%d.example/users/u%d", n%servers, n))
		to := vocab.IRI(fmt.Sprintf("https://new%d.example/users/u%d", n%servers, n))
		own := actor.PrivateKey{ID: actor.MainKeyID(old), Owner: old, Signer: key.Signer}
		w.keys = append(w.keys, own.Public())
		w.peers[string(old)] = person(b, own, vocab.Member{Name: vocab.MovedTo, Value: to})
		own.ID, own.Owner = actor.MainKeyID(to), to
		w.peers[string(to)] = person(b, own, vocab.Member{Name: vocab.AlsoKnownAs, Value: []vocab.IRI{old}})
		own.ID, own.Owner = actor.MainKeyID(old), old
		signing.Go(func() {
			greetings[n] = request(b, own, fmt.Sprintf(`{"@context":"https://www.w3.org/ns/activitystreams","id":"%s#likes/1","type":"Like","actor":%q,"object":"https://here.example/notes/1"}`, old, old))
			all[n] = request(b, own, strings.NewReplacer(
				"https://old.example/users/alice", string(old), "https://new.example/users/alice", string(to)).Replace(string(samples.Move)))
		})
	}
	signing.Wait()
	w.greetings, w.moves = write(b, greetings), write(b, all)
	return w
}

// person is an account as Mastodon shows it.
func person(b *testing.B, key actor.PrivateKey, changes ...vocab.Member) []byte {
	text := strings.ReplaceAll(string(samples.Actor), "https://old.example/users/alice", string(key.Owner))
	text = strings.ReplaceAll(text, "https://old.example", key.Owner.Origin())
	o, err := vocab.Parse([]byte(text))
	require.NoError(b, err)
	for _, p := range []vocab.Property{vocab.AlsoKnownAs, vocab.MovedTo} {
		o, err = o.Without(p)
		require.NoError(b, err)
	}
	for _, c := range changes {
		o, err = o.With(c.Name, c.Value)
		require.NoError(b, err)
	}
	public, err := key.Public().PublicKeyObject()
	require.NoError(b, err)
	o, err = o.With(vocab.PublicKey, public)
	require.NoError(b, err)
	return o.Bytes()
}

// request is a signed POST as it goes over the wire.
func request(b *testing.B, key actor.PrivateKey, body string) []byte {
	r, err := http.NewRequest(http.MethodPost, here+"/inbox", strings.NewReader(body))
	require.NoError(b, err)
	signer, err := client.NewSigner(key)
	require.NoError(b, err)
	r.Header.Set("Content-Type", "application/activity+json")
	require.NoError(b, signer.Sign(r, []byte(body), client.Signing{Scheme: client.Cavage, At: time.Now()}))
	var wire bytes.Buffer
	require.NoError(b, r.Write(&wire))
	return wire.Bytes()
}

func processorTime(b *testing.B) time.Duration {
	var usage syscall.Rusage
	require.NoError(b, syscall.Getrusage(syscall.RUSAGE_SELF, &usage))
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
