package afterlife

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"codeberg.org/godwit/godwit/portability/redirect"
	"codeberg.org/godwit/godwit/vocab"
)

// Types of answers. They are written out, so that web servers can be told the same.
const (
	typeActivity = "application/activity+json"
	typePage     = "text/html; charset=utf-8"
	typeText     = "text/plain; charset=utf-8"

	textMissing = "not found\n"
	textGone    = "gone\n"
)

// An answer is what a door file says to one request.
type answer struct {
	status   int
	location string
	kind     string
	body     []byte
	medium   *record // in place of body
}

var (
	missing = answer{status: http.StatusNotFound, kind: typeText, body: []byte(textMissing)}
	gone    = answer{status: http.StatusGone, kind: typeText, body: []byte(textGone)}
)

func ok(kind string, body []byte) answer {
	return answer{status: http.StatusOK, kind: kind, body: body}
}

// A door that answers: with what is forgotten, and what was claimed.
type answers struct {
	*Door
	tombstones *Tombstones
	claims     *Claims
	trusted    []string
}

// to answers a request for an address. One that the door file does not have never
// was, also if somebody had it forgotten: that it was private, nobody is told.
func (s *answers) to(a address, w wish) (answer, error) {
	r, err := s.find(a)
	switch {
	case errors.Is(err, ErrUnknown):
		return missing, nil
	case err != nil:
		return answer{}, err
	case s.tombstones.has(a.key()), s.isGone(r):
		return gone, nil
	}
	switch r.role {
	case isMedium:
		return answer{status: http.StatusOK, kind: r.mediaType, medium: r}, nil
	case isInbox:
		return missing, nil
	case isCollection:
		return s.collection(r)
	case isKey:
		return s.stored(r.body, typeActivity)
	}
	if r.item.isZero() {
		return s.account(r, w)
	}
	return s.object(r, w)
}

func (s *answers) isGone(r *record) bool {
	return s.tombstones.covers(r, s.idOf) || r.role == isMedium && r.mediaType == ""
}

func (s *answers) stored(body span, kind string) (answer, error) {
	if body.length == 0 {
		return gone, nil
	}
	data, err := s.document(body)
	return ok(kind, data), err
}

// movedTo is where an account went, "" if it did not.
func (s *answers) movedTo(n uint32) vocab.IRI {
	if to, claimed := s.claims.movedTo(s.accounts[n].ID); claimed {
		return to
	}
	return s.accounts[n].MovedTo
}

// object answers for a post: with its new place, or with itself. That a place is one
// to which people may be led was seen when the door file was built.
func (s *answers) object(r *record, w wish) (answer, error) {
	if to := s.movedTo(r.account); r.to != "" && r.mover == to {
		target := r.page
		if w == activity {
			target = r.to
		}
		return answer{status: http.StatusMovedPermanently, location: string(target)}, nil
	}
	switch {
	case r.role == isMapped:
		return missing, nil
	case w == activity, w == anything && (r.role == isObject || r.role == isActivity):
		return s.stored(r.body, typeActivity)
	case r.body.length == 0:
		return gone, nil
	}
	return s.page(r.body, r.account)
}

func (s *answers) page(body span, account uint32) (answer, error) {
	data, err := s.document(body)
	if err != nil {
		return answer{}, err
	}
	o, err := parse(data)
	if err != nil {
		return answer{}, err
	}
	shown, err := pageOf(o, s.accounts[account])
	return ok(typePage, shown), err
}

// account answers for an actor, which is never led away for ActivityPub, and for its
// pages.
func (s *answers) account(r *record, w wish) (answer, error) {
	a := &s.accounts[r.account]
	if w == activity || w == anything && r.role == isActor {
		return s.actor(r.account)
	}
	if a.Length == 0 {
		return gone, nil
	}
	to := s.movedTo(r.account)
	if to == "" {
		return s.page(a.body(), r.account)
	}
	target := to
	if a.NewPage != "" && to == a.MovedTo {
		target = a.NewPage
	}
	location, err := redirect.Location(target, to, s.trusted)
	if err != nil {
		return s.page(a.body(), r.account)
	}
	return answer{status: http.StatusMovedPermanently, location: location}, nil
}

// actor is the document of an account, with where it went.
func (s *answers) actor(n uint32) (answer, error) {
	a := &s.accounts[n]
	if a.Length == 0 {
		return gone, nil
	}
	o, err := s.actorDocument(n)
	if err != nil {
		return answer{}, err
	}
	return ok(typeActivity, o.Bytes()), nil
}

func (s *answers) actorDocument(n uint32) (*vocab.Object, error) {
	a := &s.accounts[n]
	data, err := s.document(a.body())
	if err != nil {
		return nil, err
	}
	o, err := parse(data)
	if to := s.movedTo(n); err == nil && to != "" {
		o, err = o.With(vocab.MovedTo, to)
	}
	if err == nil && !a.Deleted.IsZero() {
		o, err = withTombstone(o, a.Deleted)
	}
	if err != nil {
		return nil, err
	}
	return o.With(vocab.Context, vocab.ContextFor(o, nil))
}

// withTombstone says that an account was given up: behind its type (FEP-e965).
func withTombstone(o *vocab.Object, at time.Time) (*vocab.Object, error) {
	if o.Is(vocab.TypeTombstone) {
		return o, nil
	}
	o, err := o.With(vocab.Type, append(o.Types(), vocab.TypeTombstone))
	if err != nil {
		return nil, err
	}
	return o.With(vocab.Deleted, at.UTC().Format(time.RFC3339))
}

// collection answers with a list that says how long it is, if that is known, and
// shows nothing. Once anything is forgotten it says no number, which would tell of that.
func (s *answers) collection(r *record) (answer, error) {
	members := []vocab.Member{
		{Name: vocab.Context, Value: vocab.ContextAS},
		{Name: vocab.ID, Value: r.address.URL(s.scheme(r.host))},
		{Name: vocab.Type, Value: vocab.TypeOrderedCollection},
	}
	if r.total >= 0 && s.tombstones.Len() == 0 {
		members = append(members, vocab.Member{Name: vocab.TotalItems, Value: r.total})
	}
	o, err := vocab.Build(members...)
	if err != nil {
		return answer{}, err
	}
	return ok(typeActivity, o.Bytes()), nil
}

// parse reads a document that was read under other limits before.
func parse(data []byte) (*vocab.Object, error) {
	return vocab.ParseWith(data, &vocab.Limits{Bytes: len(data) + 1, Depth: 10_000, Members: 1 << 30})
}

// Actor returns the document of an account as it is served, with where it went by what
// the door file and claims, which may be nil, say. One that is not there is [ErrUnknown].
// Whether it is forgotten, [Tombstones.Account] says.
func (d *Door) Actor(id vocab.IRI, claims *Claims) (*vocab.Object, error) {
	n, known := d.byID[id]
	if !known || d.accounts[n].Length == 0 {
		return nil, fmt.Errorf("actor: %w", ErrUnknown)
	}
	return (&answers{Door: d, claims: claims}).actorDocument(n)
}
