//go:build unix

package bench_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"fmt"
	"io"
	"iter"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/actor/client"
	"codeberg.org/godwit/godwit/internal/samples"
	"codeberg.org/godwit/godwit/move"
	"codeberg.org/godwit/godwit/vocab"
)

const inboxes = 5_000

// BenchmarkAnnounceHTTP announces a Move to 5,000 inboxes as BenchmarkAnnounce
// of package move does, over HTTP on loopback: the inboxes are in another
// process, whose work is not counted. of-sign-and-client compares with as many
// signatures and posts by a bare net/http client, in the same run.
func BenchmarkAnnounceHTTP(b *testing.B) {
	for name, key := range keys(b) {
		b.Run(name, func(b *testing.B) { benchmarkAnnounce(b, key) })
	}
}

func benchmarkAnnounce(b *testing.B, key actor.PrivateKey) {
	address := sink(b)
	key.Owner, key.ID = leaver, actor.MainKeyID(leaver)
	var whole, bare time.Duration
	for b.Loop() {
		a, post := announcer(b, key, address)
		for {
			sent, start := post.taken.Load(), processorTime(b)
			n, err := a.Work(b.Context())
			require.NoError(b, err)
			whole += processorTime(b) - start
			bare += bareClient(b, int(post.taken.Load()-sent), key, "http://"+address+"/inbox")
			if n == 0 {
				break
			}
		}
		require.EqualValues(b, 2*inboxes, post.taken.Load(), "one Update and one Move for each inbox")
	}
	n := float64(b.N) * 2 * inboxes
	b.ReportMetric(n/whole.Seconds(), "deliveries/cpu-s")
	b.ReportMetric(n/bare.Seconds(), "sign-and-client/cpu-s")
	b.ReportMetric(bare.Seconds()/whole.Seconds(), "of-sign-and-client")
	b.ReportMetric(0, "ns/op")
}

const leaver, arrived vocab.IRI = "https://old.example/users/alice", "https://new.example/users/alice"

// counted is the client, with a count of what was taken.
type counted struct {
	*client.Client
	taken atomic.Int64
}

func (c *counted) Deliver(ctx context.Context, from, inbox vocab.IRI, activity *vocab.Object) (int, error) {
	status, err := c.Client.Deliver(ctx, from, inbox, activity)
	if err == nil {
		c.taken.Add(1)
	}
	return status, err
}

// announcer has taken on the departure. All inboxes are on one host, so pacing
// is off, and there are as many workers as connections to one host are kept.
func announcer(b *testing.B, key actor.PrivateKey, address string) (*move.Announcer, *counted) {
	signer, err := client.NewSigner(key)
	require.NoError(b, err)
	post := &counted{Client: client.New(&client.Options{Signer: signer, Trusted: []string{address}})}
	b.Cleanup(post.CloseIdleConnections)
	old, err := vocab.Parse(person(b, key))
	require.NoError(b, err)
	there := actor.PrivateKey{ID: actor.MainKeyID(arrived), Owner: arrived, Signer: key.Signer}
	to, err := vocab.Parse(person(b, there, vocab.Member{Name: vocab.AlsoKnownAs, Value: []vocab.IRI{leaver}}))
	require.NoError(b, err)
	home := &home{address: address, documents: map[vocab.IRI]*vocab.Object{leaver: old, arrived: to}}
	a := move.NewAnnouncer(home, post, openStore(b), home, &move.AnnouncerOptions{Hold: -1, AliasAge: -1, PerHost: 1000, Workers: 8})
	announcement, err := move.New(old, to, nil)
	require.NoError(b, err)
	_, err = a.Depart(b.Context(), move.Departure{Announcement: *announcement})
	require.NoError(b, err)
	return a, post
}

// A home is the server that alice leaves.
type home struct {
	address   string
	documents map[vocab.IRI]*vocab.Object
}

func (h *home) Fetch(_ context.Context, id vocab.IRI) (*vocab.Object, error) {
	if o, ok := h.documents[id]; ok {
		return o, nil
	}
	return nil, &actor.FetchError{ID: id, StatusCode: http.StatusNotFound, Err: actor.ErrNotFound}
}

func (h *home) Point(_ context.Context, old, new vocab.IRI) (err error) {
	h.documents[old], err = move.Pointing(h.documents[old], new)
	return err
}

func (h *home) Recipients(_ context.Context, _, after vocab.IRI) iter.Seq2[move.Recipient, error] {
	return func(yield func(move.Recipient, error) bool) {
		for n := range inboxes {
			id := vocab.IRI(fmt.Sprintf("http://%s/users/%05d", h.address, n))
			if id > after && !yield(move.Recipient{ID: id, Inbox: id + "/inbox"}, nil) {
				return
			}
		}
	}
}

// bareClient is the processor time of n signatures and posts, by as many
// threads as the machine has.
func bareClient(b *testing.B, n int, key actor.PrivateKey, inbox string) time.Duration {
	bare := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 100}}
	defer bare.CloseIdleConnections()
	start := processorTime(b)
	var left atomic.Int64
	left.Store(int64(n))
	var threads sync.WaitGroup
	for range 4 * runtime.GOMAXPROCS(0) {
		threads.Go(func() {
			for left.Add(-1) >= 0 {
				signBare(key)
				answer, err := bare.Post(inbox, "application/activity+json", strings.NewReader(string(samples.Move)))
				if err != nil {
					b.Error(err)
					return
				}
				_, _ = io.Copy(io.Discard, answer.Body)
				_ = answer.Body.Close()
			}
		})
	}
	threads.Wait()
	return processorTime(b) - start
}

// signBare signs as many bytes as a signing string has.
func signBare(key actor.PrivateKey) {
	message := bytes.Repeat([]byte{'x'}, 250)
	if _, isRSA := key.Signer.(*rsa.PrivateKey); isRSA {
		sum := sha256.Sum256(message)
		_, _ = key.Signer.Sign(rand.Reader, sum[:], crypto.SHA256)
		return
	}
	_, _ = key.Signer.Sign(rand.Reader, message, crypto.Hash(0))
}
