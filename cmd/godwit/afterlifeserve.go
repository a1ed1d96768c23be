package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/actor/client"
	"codeberg.org/godwit/godwit/portability/afterlife"
	"codeberg.org/godwit/godwit/vocab"
)

// serve answers until it is interrupted.
func (j *afterlifeJob) serve(ctx context.Context, d *opened) error {
	if j.origin != "" && vocab.IRI(j.origin).Origin() != j.origin {
		return usageError{j.c.command, "-origin is a URL without a path, as https://old.example"}
	}
	network, keys, err := j.network(d)
	if err != nil {
		return err
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", j.listen)
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	rejects := newRejects(network, keys)
	server := &http.Server{
		Handler: timely(afterlife.Handler(d.door, d.tombstones, &afterlife.HandlerOptions{
			Origin: j.origin, Claims: d.claims, Network: network, Reject: rejects.queue,
			Problem: func(_ *http.Request, err error) { sayError(j.c.stderr, err) },
		})),
		ReadHeaderTimeout: 10 * time.Second, ReadTimeout: time.Minute, IdleTimeout: 2 * time.Minute,
		BaseContext: func(net.Listener) context.Context { return ctx },
	}
	var work sync.WaitGroup
	for _, f := range []func(context.Context){rejects.run, j.refresh(d), j.checks(d, network)} {
		work.Go(func() { f(ctx) })
	}
	work.Go(func() {
		<-ctx.Done()
		_ = server.Close() // what is under way is asked for again
	})
	fmt.Fprintf(j.c.stdout, "ready %s\n", listener.Addr())
	err = server.Serve(listener)
	stop()
	work.Wait()
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

// refresh looks at what other processes have forgotten and claimed.
func (j *afterlifeJob) refresh(d *opened) func(context.Context) {
	return func(ctx context.Context) {
		every(ctx, time.Second, func() {
			if err := errors.Join(d.tombstones.Refresh(), d.claims.Refresh()); err != nil {
				sayError(j.c.stderr, err)
			}
		})
	}
}

// network returns a client that signs as the accounts whose keys are given, and the
// accounts.
func (j *afterlifeJob) network(d *opened) (*client.Client, map[vocab.IRI]client.Signer, error) {
	signers := map[vocab.IRI]client.Signer{}
	for _, one := range j.keys {
		account, file, found := strings.Cut(one, "=")
		if !found {
			return nil, nil, usageError{j.c.command, "-key is ACCOUNT=FILE"}
		}
		signer, err := keySigner(d, vocab.IRI(account), file)
		if err != nil {
			return nil, nil, err
		}
		signers[vocab.IRI(account)] = signer
	}
	var anybody client.Signer // fetches for all
	for _, s := range signers {
		anybody = s
	}
	return client.New(&client.Options{
		Trusted: j.c.trusted, Transport: j.c.transport, PublicOrigin: j.origin, Signer: anybody,
		Signers: func(_ context.Context, owner vocab.IRI) (client.Signer, error) {
			if s, ok := signers[owner]; ok {
				return s, nil
			}
			return nil, client.ErrNoSigner
		},
	}), signers, nil
}

// keySigner reads a private key. Its account must publish the other half.
func keySigner(d *opened, account vocab.IRI, file string) (client.Signer, error) {
	document, err := d.door.Actor(account, nil)
	if err != nil {
		return nil, err
	}
	text, err := os.ReadFile(filepath.Clean(file))
	if err != nil {
		return nil, err
	}
	published, _ := actor.Keys(document)
	for _, k := range published {
		private, err := actor.ParsePrivatePEM(k.ID, account, string(text))
		if err != nil {
			return nil, fmt.Errorf("read the key of %s: %w", account, err)
		}
		if private.Public().Fingerprint() == k.Fingerprint() {
			return client.NewSigner(private)
		}
	}
	return nil, &exitError{status: statusRefused, reason: "other-key", err: fmt.Errorf("the key is none that %s publishes", account),
		hint: "others would not believe what is signed with it"}
}

// Rejects are the answers to followers, which are sent one by one behind the requests.
type rejects struct {
	network *client.Client
	keys    map[vocab.IRI]client.Signer
	waiting chan reject
}

type reject struct {
	account, inbox vocab.IRI
	activity       *vocab.Object
}

var errNotSent = errors.New("nobody signs for the account, or too much is waiting")

func newRejects(network *client.Client, keys map[vocab.IRI]client.Signer) *rejects {
	return &rejects{network, keys, make(chan reject, 1000)}
}

func (r *rejects) queue(_ context.Context, account, inbox vocab.IRI, activity *vocab.Object) error {
	if r.keys[account] == nil {
		return errNotSent
	}
	select {
	case r.waiting <- reject{account, inbox, activity}:
		return nil
	default:
		return errNotSent
	}
}

// run sends until ctx ends. What an inbox does not take is lost: the follower's server
// asks again, or shows the request as unanswered.
func (r *rejects) run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case one := <-r.waiting:
			_, _ = r.network.Deliver(ctx, one.account, one.inbox, one.activity)
		}
	}
}
