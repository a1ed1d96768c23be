package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/go-fed/activity/pub"
	"golang.org/x/sync/errgroup"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/actor/client"
	"codeberg.org/godwit/godwit/move"
	"codeberg.org/godwit/godwit/vocab"
	"codeberg.org/godwit/godwit/vocab/gofed"
)

// A server holds one account.
type server struct {
	origin    string
	person    vocab.IRI
	db        *database
	client    *client.Client
	actor     pub.FederatingActor
	people    *people
	receiver  *move.Receiver
	announcer *move.Announcer
}

type settings struct {
	Trusted  []string
	Hold     time.Duration // zero: move's default; negative: none
	AliasAge time.Duration // likewise
	Verdict  func(context.Context, move.Verdict)
	Failed   func(error)
}

func newServer(origin, name string, set *settings) (*server, error) {
	s := &server{origin: origin, person: vocab.IRI(origin + "/users/" + name)}
	key, err := actor.GenerateRSA(s.person)
	if err != nil {
		return nil, err
	}
	signer, err := client.NewSigner(key)
	if err != nil {
		return nil, err
	}
	profile, err := newProfile(s.person, name, key.Public())
	if err != nil {
		return nil, err
	}
	keys := actor.NewKeyMemory()
	// The announcer reads this account as strangers do, so this server is trusted too.
	trusted := append([]string{vocab.IRI(origin).Host()}, set.Trusted...)
	s.client = client.New(&client.Options{PublicOrigin: origin, Signer: signer, Memory: keys, Trusted: trusted, CacheFor: -1})
	s.db = newDatabase(origin, profile)
	s.people = &people{server: s, pending: map[vocab.IRI]bool{}, follows: map[vocab.IRI]vocab.IRI{}}

	store := move.NewMemory()
	s.receiver = move.NewReceiver(s.client, store, s.people, &move.ReceiverOptions{
		Rules:  move.Rules{Keys: keys, Ours: func(id vocab.IRI) bool { return vocab.SameOrigin(id, s.person) }},
		Failed: set.Failed,
	})
	s.announcer = move.NewAnnouncer(s.client, s.client, store, s.people, &move.AnnouncerOptions{
		Hold: set.Hold, AliasAge: set.AliasAge, Failed: set.Failed,
	})
	p := &protocol{server: s, moves: &gofed.Moves{Receiver: s.receiver, Announcer: s.announcer, Concluded: set.Verdict}}
	s.actor = pub.NewFederatingActor(p, p, s.db, p)
	return s, nil
}

// newProfile writes the account's own document.
func newProfile(id vocab.IRI, name string, key actor.Key) (*vocab.Object, error) {
	profile, err := vocab.Build(
		vocab.Member{Name: vocab.Context, Value: vocab.ContextAS},
		vocab.Member{Name: vocab.ID, Value: id},
		vocab.Member{Name: vocab.Type, Value: "Person"},
		vocab.Member{Name: vocab.Username, Value: name},
		vocab.Member{Name: vocab.Inbox, Value: id + "/inbox"},
		vocab.Member{Name: vocab.Outbox, Value: id + "/outbox"},
		vocab.Member{Name: vocab.Followers, Value: id + "/followers"},
		vocab.Member{Name: vocab.Following, Value: id + "/following"},
	)
	if err != nil {
		return nil, err
	}
	return actor.WithKeys(profile, key)
}

// serve does what is due about Moves until ctx is done.
func (s *server) serve(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return s.receiver.Serve(ctx, time.Second) })
	group.Go(func() error { return s.announcer.Serve(ctx, time.Second) })
	return group.Wait()
}

func (s *server) handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("POST /users/{name}/inbox", &gofed.Inbox{Actor: s.actor, Verify: s.verify, Status: client.Status})
	mux.HandleFunc("GET /", func(w http.ResponseWriter, r *http.Request) {
		o := s.db.public(vocab.IRI(s.origin + r.URL.Path))
		if o == nil {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "application/activity+json")
		_, _ = w.Write(o.Bytes())
	})
	return mux
}

// verify tells move who signed a request.
func (s *server) verify(ctx context.Context, r *http.Request, body []byte) (*actor.Signature, error) {
	v, err := s.client.Verify(ctx, r, body)
	if err != nil {
		return nil, err
	}
	return v.Signature(), nil
}

// follow asks an account to accept this one.
func (s *server) follow(ctx context.Context, target vocab.IRI) error {
	return s.people.Follow(ctx, move.ActivityID("", s.person, "follow", target), s.person, target)
}

// alias lets an old account move here.
func (s *server) alias(ctx context.Context, old vocab.IRI) error {
	return s.db.change(s.person, func(profile *vocab.Object) (*vocab.Object, error) {
		return profile.With(vocab.AlsoKnownAs, append(profile.IRIs(vocab.AlsoKnownAs), old))
	})
}

// move leaves for another account, which must have named this one as its alias.
func (s *server) move(ctx context.Context, to vocab.IRI) error {
	new, err := s.client.FetchFresh(ctx, to)
	if err != nil {
		return err
	}
	announcement, err := move.New(s.db.public(s.person), new, nil)
	if err != nil {
		return err
	}
	_, err = s.announcer.Depart(ctx, move.Departure{Announcement: *announcement})
	return err
}

func (s *server) show(ctx context.Context, w io.Writer) error {
	for _, list := range []string{"followers", "following"} {
		members, err := s.db.members(ctx, s.person+"/"+vocab.IRI(list))
		if err != nil {
			return err
		}
		fmt.Fprintln(w, list+":", members)
	}
	_, err := fmt.Fprintln(w, "moved to:", s.db.public(s.person).IRI(vocab.MovedTo))
	return err
}
