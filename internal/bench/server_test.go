//go:build unix

package bench_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"sync"
	"sync/atomic"
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

// A server is all that takes in Moves: an inbox over HTTP, the verification of
// its signatures, and the Receiver over SQLite.
type server struct {
	client   *client.Client
	receiver *move.Receiver
	// queue is where deliveries wait that were answered already; nil: they are
	// answered when they are stored.
	queue    chan move.Delivery
	working  sync.WaitGroup
	take     bool
	taken    atomic.Int64
	accepted atomic.Int64
	failed   atomic.Pointer[error]
}

// A state is all that a server remembers of moves.
type state interface {
	move.Store
	actor.KeyMemory
}

type memory struct {
	*move.Memory
	actor.KeyMemory
}

// A way is how a server takes in Moves.
type way struct {
	answerFirst bool // 202 before the Move is verified
	takeIn      bool // the same, the Move being stored first
	inMemory    bool // state and keys are not stored
}

func newServer(tb testing.TB, w *world, how way) *server {
	tb.Helper()
	var store state = openStore(tb)
	if how.inMemory {
		store = memory{move.NewMemory(), actor.NewKeyMemory()}
	}
	remember(tb, store, w.keys)
	c := client.New(&client.Options{PublicOrigin: here, Memory: store, Transport: w.peers, KeyFetches: 1 << 20})
	s := &server{client: c, take: how.takeIn}
	s.receiver = move.NewReceiver(c, store, somebody{}, &move.ReceiverOptions{Rules: move.Rules{Keys: store}, Concluded: s.concluded})
	if how.answerFirst {
		s.queue = make(chan move.Delivery, connections)
		for range connections {
			s.working.Go(func() {
				for d := range s.queue {
					s.receive(context.Background(), d)
				}
			})
		}
	}
	return s
}

// remember has keys known for long enough to be believed.
func remember(tb testing.TB, memory actor.KeyMemory, keys []actor.Key) {
	tb.Helper()
	seen := time.Now().Add(-2 * time.Hour)
	var remembering sync.WaitGroup
	for _, k := range keys {
		record := actor.KeyRecord{ID: k.ID, Owner: k.Owner, Fingerprint: k.Fingerprint(), Encoded: k.Encode(), FirstSeen: seen}
		remembering.Go(func() {
			if err := memory.Remember(tb.Context(), record); err != nil {
				tb.Error(err)
			}
		})
	}
	remembering.Wait()
}

// openStore returns a new store in a file.
func openStore(tb testing.TB) *movesql.Store {
	tb.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(tb.TempDir(), "moves.db")+
		"?_pragma=journal_mode(WAL)&_pragma=busy_timeout(10000)&_pragma=synchronous(NORMAL)&_pragma=wal_autocheckpoint(10000)")
	require.NoError(tb, err)
	db.SetMaxOpenConns(4)
	db.SetMaxIdleConns(4)
	store, err := movesql.Open(tb.Context(), db)
	require.NoError(tb, err)
	tb.Cleanup(func() {
		require.NoError(tb, store.Close())
		require.NoError(tb, db.Close())
	})
	return store
}

// ServeHTTP is an inbox.
func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<20))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	activity, err := vocab.Parse(body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	sender, err := s.client.Verify(r.Context(), r, body)
	if err != nil {
		http.Error(w, err.Error(), client.Status(err))
		return
	}
	if s.client.Seen(activity.ID(), body) {
		w.WriteHeader(http.StatusAccepted)
		return
	}
	d := move.Delivery{Activity: activity, Signature: sender.Signature()}
	if s.queue != nil {
		s.queue <- d
	} else {
		s.receive(r.Context(), d)
	}
	w.WriteHeader(http.StatusAccepted)
}

func (s *server) receive(ctx context.Context, d move.Delivery) {
	handIn := s.receiver.Receive
	if s.take {
		handIn = s.receiver.Take
	}
	verdict, err := handIn(ctx, d)
	switch {
	case err != nil:
		s.failed.Store(&err)
	case s.take && verdict.Case != "" && verdict.Outcome == move.Defer && verdict.Reason == "":
		s.taken.Add(1)
	case d.Activity.Is(vocab.TypeMove):
		s.concluded(ctx, verdict)
	}
}

func (s *server) concluded(_ context.Context, verdict move.Verdict) {
	if verdict.Outcome == move.Accept {
		s.accepted.Add(1)
		return
	}
	err := fmt.Errorf("%s: %s", verdict.Outcome, verdict.Reason)
	s.failed.Store(&err)
}

// work examines what was taken in. What is due longest comes first, so hardly
// a follower is moved meanwhile.
func (s *server) work(tb testing.TB) {
	for s.accepted.Load() < moves {
		n, err := s.receiver.Work(tb.Context())
		require.NoError(tb, err)
		require.NotZero(tb, n, "nothing is due, and not every Move was examined")
	}
}

// finish waits for what was answered first.
func (s *server) finish(tb testing.TB) {
	if s.queue != nil {
		close(s.queue)
		s.working.Wait()
	}
	if err := s.failed.Load(); err != nil {
		tb.Fatal(*err)
	}
}

// listen serves on loopback.
func listen(tb testing.TB, h http.Handler) (address string) {
	tb.Helper()
	s := httptest.NewServer(h)
	tb.Cleanup(s.Close)
	return s.Listener.Addr().String()
}

// peers answer for both accounts of every Move, in the process and with next
// to no work: what they cost is not the server's.
type peers map[string][]byte

func (p peers) RoundTrip(r *http.Request) (*http.Response, error) {
	document, ok := p[r.URL.String()]
	if !ok {
		return nil, errors.New("no such document: " + r.URL.String())
	}
	return &http.Response{
		StatusCode: http.StatusOK, Request: r, ContentLength: int64(len(document)),
		Header: http.Header{"Content-Type": {"application/activity+json"}}, Body: io.NopCloser(bytes.NewReader(document)),
	}, nil
}

// somebody here follows whoever moves. What is measured ends before they are
// moved.
type somebody struct{}

func (somebody) Parties(_ context.Context, _, after vocab.IRI) iter.Seq2[vocab.IRI, error] {
	return func(yield func(vocab.IRI, error) bool) {
		if after < here+"/users/fay" {
			yield(here+"/users/fay", nil)
		}
	}
}

func (somebody) Relation(context.Context, vocab.IRI, vocab.IRI, vocab.IRI) (move.Relation, error) {
	return move.Relation{FollowsOld: true}, nil
}

func (somebody) Follow(context.Context, string, vocab.IRI, vocab.IRI) error { return nil }

func (somebody) Undo(context.Context, string, vocab.IRI, vocab.IRI) error { return nil }
