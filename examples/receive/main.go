// Command receive is the least that honours account moves: an inbox that knows
// who signed a request, and a table of who follows whom. When somebody moves
// whom @fan follows, it prints the verdict, then the Follow that is to be sent;
// and when the new account accepts that, the Undo of the old one.
//
//	go run ./examples/receive -origin https://fan.example -follows https://old.example/users/al
//
// It has no key, so it sends nothing; ../embed has a server that does the rest.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"iter"
	"log"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/actor/client"
	"codeberg.org/godwit/godwit/move"
	"codeberg.org/godwit/godwit/vocab"
)

func main() {
	listen := flag.String("listen", "127.0.0.1:8080", "address to listen on")
	origin := flag.String("origin", "http://127.0.0.1:8080", "where others reach this server")
	follows := flag.String("follows", "", "ids of those whom @fan follows, comma-separated")
	trust := flag.String("trust", "", "host:port pairs on private networks to read from, comma-separated")
	flag.Parse()
	s := newServer(*origin, strings.Split(*follows, ","), strings.Split(*trust, ","), os.Stdout)
	go func() { log.Print(s.receiver.Serve(context.Background(), time.Second)) }()
	log.Fatal((&http.Server{Addr: *listen, Handler: s, ReadHeaderTimeout: 10 * time.Second}).ListenAndServe())
}

type server struct {
	fan      vocab.IRI
	client   *client.Client
	receiver *move.Receiver
	mu       sync.Mutex
	out      io.Writer
	follows  map[vocab.IRI]string // whom the fan follows: "asked", "accepted"
}

func newServer(origin string, follows, trusted []string, out io.Writer) *server {
	s := &server{fan: vocab.IRI(origin + "/fan"), out: out, follows: map[vocab.IRI]string{}}
	for _, id := range follows {
		s.follows[vocab.IRI(id)] = "accepted"
	}
	keys := actor.NewKeyMemory()
	s.client = client.New(&client.Options{PublicOrigin: origin, Memory: keys, Trusted: trusted})
	s.receiver = move.NewReceiver(s.client, move.NewMemory(), s, &move.ReceiverOptions{Rules: move.Rules{Keys: keys}})
	return s
}

// ServeHTTP is the inbox.
func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<20))
	if err != nil {
		http.Error(w, "the activity is too large", http.StatusRequestEntityTooLarge)
		return
	}
	sender, err := s.client.Verify(r.Context(), r, body)
	if err != nil {
		http.Error(w, err.Error(), client.Status(err))
		return
	}
	activity, err := vocab.Parse(body)
	if err != nil || activity.IRI(vocab.Actor) != sender.Owner {
		http.Error(w, "not the sender's activity", http.StatusBadRequest)
		return
	}
	if err := s.take(r.Context(), sender, activity); err != nil {
		http.Error(w, "try again later", http.StatusServiceUnavailable)
		return
	}
	w.WriteHeader(http.StatusAccepted)
}

// take does what an activity of its sender asks for.
func (s *server) take(ctx context.Context, sender *client.Verified, activity *vocab.Object) error {
	switch {
	case activity.Is(vocab.TypeMove, vocab.TypeUpdate):
		verdict, err := s.receiver.Receive(ctx, move.Delivery{Activity: activity, Signature: sender.Signature()})
		s.note(activity.Type(), "of", sender.Owner, verdict.Outcome, verdict.Reason)
		return err
	case activity.Is(vocab.TypeAccept) && s.change(sender.Owner, "asked", "accepted"):
		return s.receiver.Accepted(ctx, s.fan, sender.Owner)
	case activity.Is(vocab.TypeReject) && s.change(sender.Owner, "asked", ""):
		return s.receiver.Rejected(ctx, s.fan, sender.Owner)
	}
	return nil
}

// change brings the fan's follow of target from one state into another, and
// reports whether it was in the first.
func (s *server) change(target vocab.IRI, from, to string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	was := s.follows[target] == from
	if was {
		s.follows[target] = to
	}
	return was
}

func (s *server) note(words ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	fmt.Fprintln(s.out, words...)
}

// Parties is [move.Relations.Parties]; the next three are its other methods.
func (s *server) Parties(ctx context.Context, old, after vocab.IRI) iter.Seq2[vocab.IRI, error] {
	return func(yield func(vocab.IRI, error) bool) {
		r, err := s.Relation(ctx, s.fan, old, old)
		if (r.FollowsOld || r.PendingOld) && s.fan > after {
			yield(s.fan, err)
		}
	}
}

func (s *server) Relation(_ context.Context, _, old, new vocab.IRI) (move.Relation, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a, b := s.follows[old], s.follows[new]
	return move.Relation{FollowsOld: a == "accepted", PendingOld: a == "asked", FollowsNew: b == "accepted", PendingNew: b == "asked"}, nil
}

func (s *server) Follow(_ context.Context, id string, party, target vocab.IRI) error {
	if s.change(target, "", "asked") {
		s.note("to send: Follow", id, "of", target, "by", party)
	}
	return nil
}

func (s *server) Undo(_ context.Context, id string, party, target vocab.IRI) error {
	if s.change(target, "accepted", "") || s.change(target, "asked", "") {
		s.note("to send: Undo", id, "of the follow of", target, "by", party)
	}
	return nil
}
