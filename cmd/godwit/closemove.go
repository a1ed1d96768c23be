package main

import (
	"context"
	"database/sql"
	"errors"
	"iter"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"filippo.io/age"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/actor/client"
	"codeberg.org/godwit/godwit/backup"
	"codeberg.org/godwit/godwit/move"
	"codeberg.org/godwit/godwit/move/movesql"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/portability/closing"
	"codeberg.org/godwit/godwit/vocab"
)

// closeMoves sends the Moves of all accounts by one announcer, which paces them
// together. Without -keys and -identity it has none.
type closeMoves struct {
	job       *closeJob
	with      []age.Identity
	byID      map[vocab.IRI]string // names of exports
	announcer *move.Announcer
	db        *sql.DB
	store     *movesql.Store

	mu      sync.Mutex // the two workers of a job share what is below
	signers map[vocab.IRI]client.Signer
}

// openMoves opens what is known of Moves.
func (j *closeJob) openMoves(ctx context.Context) (err error) {
	m := &closeMoves{job: j, byID: map[vocab.IRI]string{}, signers: map[vocab.IRI]client.Signer{}}
	j.moves = m
	for _, name := range j.list.order {
		m.byID[j.list.lines[name].ID] = name
	}
	if j.keys == "" && j.identity == "" {
		return nil
	}
	if j.identity != "" {
		text, err := os.ReadFile(filepath.Clean(j.identity))
		if err != nil {
			return err
		}
		if m.with, err = backup.ParseIdentities(string(text)); err != nil {
			return err
		}
	}
	file := url.URL{Path: j.place("moves.sqlite")}
	if m.db, err = sql.Open("sqlite", "file:"+file.EscapedPath()+"?_pragma=journal_mode(WAL)&_pragma=busy_timeout(5000)"); err != nil {
		return err
	}
	if m.store, err = movesql.Open(ctx, m.db); err != nil {
		return errors.Join(err, m.close())
	}
	network := client.New(&client.Options{Trusted: j.c.trusted, Transport: j.c.transport, Signers: m.signer})
	m.announcer = move.NewAnnouncer(network, network, m.store, m, &move.AnnouncerOptions{Hold: -1})
	return nil
}

func (m *closeMoves) close() error {
	var err error
	if m.store != nil {
		err = m.store.Close()
	}
	if m.db != nil {
		err = errors.Join(err, m.db.Close())
	}
	m.store, m.db = nil, nil
	return err
}

// errNoKey says that only the old server can send an account's Move.
var errNoKey = errors.New("there is no private key of the account here: its own server must send the Move")

// errNoFollowers says that it is not known here to whom a Move is to be sent.
var errNoFollowers = errors.New("the export does not list the followers: its own server must send the Move")

// depart begins an account's Move. One that is under way, or was sent, is not sent again.
func (m *closeMoves) depart(ctx context.Context, a closing.Account) error {
	if _, err := m.signer(ctx, a.ID); err != nil {
		return err
	}
	if err := m.listsFollowers(ctx, a.Name); err != nil {
		return err
	}
	old, err := m.oldActor(a.ID)
	if err != nil {
		return err
	}
	to, err := m.job.network.FetchFresh(ctx, a.New)
	if err != nil {
		return err
	}
	announcement, err := move.New(old, to, nil)
	if err != nil {
		return err
	}
	_, err = m.announcer.Depart(ctx, move.Departure{Announcement: *announcement})
	if refused, is := errors.AsType[*move.RefusedError](err); is && refused.Reason == move.Cooldown && m.begun(ctx, a) {
		return nil // a crash came between sending it and noting that
	}
	return err
}

// listsFollowers looks whether an export tells of followers: most takeouts do not.
func (m *closeMoves) listsFollowers(ctx context.Context, name string) error {
	from, err := m.job.list.openSet(ctx, name)
	if err != nil {
		return err
	}
	kinds, err := from.Kinds(ctx)
	if err := errors.Join(err, from.Close()); err != nil {
		return err
	}
	if !slices.Contains(kinds, portability.Followers) {
		return errNoFollowers
	}
	return nil
}

// begun reports whether this very Move was begun before.
func (m *closeMoves) begun(ctx context.Context, a closing.Account) bool {
	cases, err := m.store.About(ctx, move.Out, a.ID)
	for _, c := range cases {
		if c.Old == a.ID && c.New == a.New && c.Cancelled.IsZero() {
			return err == nil
		}
	}
	return false
}

func (m *closeMoves) oldActor(id vocab.IRI) (*vocab.Object, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.job.door.actor(id)
}

// send sends what is due.
func (m *closeMoves) send(ctx context.Context) error {
	if m.announcer == nil {
		return nil
	}
	m.job.meter.busy("sending Moves")
	defer m.job.meter.end()
	return sendDue(ctx, m.announcer)
}

// signer signs for an account whose private key is at hand, and is published by it.
func (m *closeMoves) signer(ctx context.Context, owner vocab.IRI) (client.Signer, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if s, ok := m.signers[owner]; ok {
		return s, nil
	}
	name, ok := m.byID[owner]
	if !ok {
		return nil, client.ErrNoSigner
	}
	s, err := m.findKey(ctx, name)
	if err != nil {
		return nil, err
	}
	m.signers[owner] = s
	return s, nil
}

// findKey looks for a key in the folder, and then in what is sealed in the export.
func (m *closeMoves) findKey(ctx context.Context, name string) (s client.Signer, err error) {
	r, err := m.job.openOne(ctx, m.job.c, filepath.Join(m.job.exports, name))
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	document, err := r.Actor(ctx)
	if err != nil {
		return nil, err
	}
	if m.job.keys != "" {
		file := filepath.Join(m.job.keys, filepath.Base(m.job.list.lines[name].User)+".pem")
		text, err := os.ReadFile(filepath.Clean(file))
		if err == nil {
			return publishedSigner(document, string(text))
		}
		if !errors.Is(err, os.ErrNotExist) {
			return nil, err
		}
	}
	return m.sealedKey(ctx, r, document)
}

func (m *closeMoves) sealedKey(ctx context.Context, r *backup.Reader, document *vocab.Object) (client.Signer, error) {
	if len(m.with) == 0 {
		return nil, errNoKey
	}
	for sealed, err := range backup.Sealed(ctx, r) {
		if err != nil {
			return nil, err
		}
		if !sealed.Key {
			continue
		}
		key, err := backup.UnlockKey(ctx, r, sealed.Name, document, m.with, nil)
		if errors.Is(err, backup.ErrWrongKey) {
			continue
		}
		if err != nil {
			return nil, err
		}
		return client.NewSigner(key)
	}
	return nil, errNoKey
}

// publishedSigner reads a private key of which the document lists the other half.
func publishedSigner(document *vocab.Object, text string) (client.Signer, error) {
	published, _ := actor.Keys(document)
	for _, k := range published {
		private, err := actor.ParsePrivatePEM(k.ID, document.ID(), text)
		if err != nil {
			return nil, err
		}
		if private.Public().Fingerprint() == k.Fingerprint() {
			return client.NewSigner(private)
		}
	}
	return nil, errors.New("the private key is none that the account publishes")
}

// Point implements [move.Home]. The door file says it; the announcer looks, as a
// stranger, whether it is served.
func (m *closeMoves) Point(context.Context, vocab.IRI, vocab.IRI) error { return nil }

// Recipients implements [move.Home].
func (m *closeMoves) Recipients(ctx context.Context, old, after vocab.IRI) iter.Seq2[move.Recipient, error] {
	return func(yield func(move.Recipient, error) bool) {
		from, err := m.job.list.openSet(ctx, m.byID[old])
		if err != nil {
			yield(move.Recipient{}, err)
			return
		}
		defer func() { _ = from.Close() }() // it was only read
		for r, err := range askFollowers(ctx, m.job.network, from, after) {
			if !yield(r, err) {
				return
			}
		}
	}
}
