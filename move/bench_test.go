//go:build unix

package move_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"database/sql"
	"fmt"
	"io"
	"iter"
	"net/http"
	"path/filepath"
	"runtime"
	"sort"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	_ "modernc.org/sqlite"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/actor/client"
	"codeberg.org/godwit/godwit/move"
	"codeberg.org/godwit/godwit/move/movesql"
	"codeberg.org/godwit/godwit/vocab"
)

// BenchmarkAnnounce is a whole departure of an account with 100,000 followers
// on 5,000 servers, each with a shared inbox: recipients read, inboxes
// gathered into SQLite, the Update and the Move signed for each inbox and posted
// to a sink in the process, the answers stored. Processor time is counted.
//
// of-sign compares the deliveries per CPU-second with the signatures that the
// bare crypto package makes of the same key, in turns with them, and
// of-sign-and-client with such a signature and a post of the same bytes by a
// bare net/http client to the same sink.
func BenchmarkAnnounce(b *testing.B) {
	for name, key := range departingKeys(b) {
		b.Run(name, func(b *testing.B) { benchmarkAnnounce(b, key) })
	}
}

const manyFollowers, manyServers = 100_000, 5_000

func benchmarkAnnounce(b *testing.B, key actor.PrivateKey) {
	var whole, signing, posting time.Duration
	delivered := 0
	for b.Loop() {
		post := &sink{}
		a := manyAnnouncer(b, openSQL(b), post, key)
		for {
			sent, start := post.taken.Load(), processorTime(b)
			n, err := a.Work(b.Context())
			require.NoError(b, err)
			whole += processorTime(b) - start
			turn := int(post.taken.Load() - sent)
			signing += timed(b, turn, bareSignature(key))
			posting += timed(b, turn, barePost(b))
			if n == 0 {
				break
			}
		}
		require.EqualValues(b, 2*manyServers, post.taken.Load(), "one Update and one Move for each inbox")
		delivered += 2 * manyServers
	}
	b.ReportMetric(float64(delivered)/whole.Seconds(), "deliveries/cpu-s")
	b.ReportMetric(float64(delivered)/signing.Seconds(), "bare-signatures/cpu-s")
	b.ReportMetric(float64(signing)/float64(whole), "of-sign")
	b.ReportMetric(float64(signing+posting)/float64(whole), "of-sign-and-client")
	b.ReportMetric(0, "ns/op")
}

func departingKeys(b *testing.B) map[string]actor.PrivateKey {
	ed, err := actor.GenerateEd25519(old)
	require.NoError(b, err)
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(b, err)
	return map[string]actor.PrivateKey{
		"RSA-2048": {ID: actor.MainKeyID(old), Owner: old, Signer: rsaKey},
		"Ed25519":  ed,
	}
}

// manyAnnouncer has taken on the departure.
func manyAnnouncer(b *testing.B, store move.Store, post http.RoundTripper, key actor.PrivateKey) *move.Announcer {
	signer, err := client.NewSigner(key)
	require.NoError(b, err)
	deliverer := client.New(&client.Options{Signer: signer, Transport: post})
	documents := documents{old: account(old, ""), next: account(next, fmt.Sprintf(`,"alsoKnownAs":[%q]`, old))}
	a := move.NewAnnouncer(documents, deliverer, store, newCrowd(documents, manyFollowers, manyServers), &move.AnnouncerOptions{Hold: -1, AliasAge: -1})
	announcement, err := move.New(parse(b, documents[old]), parse(b, documents[next]), nil)
	require.NoError(b, err)
	_, err = a.Depart(b.Context(), move.Departure{Announcement: *announcement})
	require.NoError(b, err)
	return a
}

// A crowd is the followers of old, in the order of their ids and so server by
// server.
type crowd struct {
	documents documents
	followers []move.Recipient
}

func newCrowd(documents documents, followers, servers int) *crowd {
	c := &crowd{documents: documents}
	for n := range followers {
		host := fmt.Sprintf("https://s%05d.example", n/(followers/servers))
		id := vocab.IRI(fmt.Sprintf("%s/users/%05d", host, n%(followers/servers)))
		c.followers = append(c.followers, move.Recipient{ID: id, Inbox: id + "/inbox", SharedInbox: vocab.IRI(host + "/inbox")})
	}
	return c
}

func (c *crowd) Point(_ context.Context, old, new vocab.IRI) error {
	c.documents[old] = account(old, fmt.Sprintf(`,"movedTo":%q`, new))
	return nil
}

func (c *crowd) Recipients(_ context.Context, _, after vocab.IRI) iter.Seq2[move.Recipient, error] {
	return func(yield func(move.Recipient, error) bool) {
		first := sort.Search(len(c.followers), func(i int) bool { return c.followers[i].ID > after })
		for _, to := range c.followers[first:] {
			if !yield(to, nil) {
				return
			}
		}
	}
}

// A sink takes everything and does nothing.
type sink struct{ taken atomic.Int64 }

func (s *sink) RoundTrip(r *http.Request) (*http.Response, error) {
	s.taken.Add(1)
	_, err := io.Copy(io.Discard, r.Body)
	return &http.Response{StatusCode: 202, Header: http.Header{}, Body: http.NoBody, Request: r}, err
}

func openSQL(tb testing.TB) *movesql.Store {
	tb.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(tb.TempDir(), "moves.db")+
		"?_pragma=journal_mode(WAL)&_pragma=busy_timeout(10000)&_pragma=synchronous(NORMAL)")
	require.NoError(tb, err)
	store, err := movesql.Open(tb.Context(), db)
	require.NoError(tb, err)
	tb.Cleanup(func() {
		require.NoError(tb, store.Close())
		require.NoError(tb, db.Close())
	})
	return store
}

// bareSignature signs as many bytes as a signing string has.
func bareSignature(key actor.PrivateKey) func() {
	message := bytes.Repeat([]byte{'x'}, 250)
	if _, isRSA := key.Signer.(*rsa.PrivateKey); isRSA {
		return func() {
			sum := sha256.Sum256(message)
			_, _ = key.Signer.Sign(rand.Reader, sum[:], crypto.SHA256)
		}
	}
	return func() { _, _ = key.Signer.Sign(rand.Reader, message, crypto.Hash(0)) }
}

// barePost posts a Move without a signature.
func barePost(b *testing.B) func() {
	bare := &http.Client{Transport: &sink{}, Timeout: 10 * time.Second}
	body := moveOf(b, old, next, noon).Activity.Bytes()
	return func() {
		answer, err := bare.Post("https://s00001.example/inbox", "application/activity+json", bytes.NewReader(body))
		if err != nil {
			b.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, answer.Body)
		_ = answer.Body.Close()
	}
}

// timed is the processor time of n calls, made on as many threads as the work
// that they are compared with: two threads of one core slow each other.
func timed(b *testing.B, n int, call func()) time.Duration {
	start := processorTime(b)
	var left atomic.Int64
	left.Store(int64(n))
	var threads sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		threads.Go(func() {
			for left.Add(-1) >= 0 {
				call()
			}
		})
	}
	threads.Wait()
	return processorTime(b) - start
}

func processorTime(b *testing.B) time.Duration {
	var usage syscall.Rusage
	require.NoError(b, syscall.Getrusage(syscall.RUSAGE_SELF, &usage))
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
