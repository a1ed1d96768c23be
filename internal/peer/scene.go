package peer

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"sync"
	"time"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/internal/httpsig"
	"codeberg.org/godwit/godwit/vocab"
)

// A cast is an account that plays a part.
type cast struct {
	h    *host
	name string
	id   vocab.IRI
}

// A scene is where one attack is played. Its methods keep the first error, and
// do nothing after it: an attack reads as what it does.
type scene struct {
	ctx       context.Context
	p         *Peer
	request   AttackRequest
	run       *Run
	old, new  cast
	foreign   *host // where strangers live; not the old account's host if there is another
	inboxes   []vocab.IRI
	strangers *cast // made when it is first asked for

	mu  sync.Mutex
	err error
}

// check keeps an error, and reports whether all is well.
func (s *scene) check(err error) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err == nil {
		s.err = err
	}
	return s.err == nil
}

// extra makes another account.
func (s *scene) extra(h *host, what string) cast {
	name := s.named(what)
	id, err := h.Create(s.ctx, name, false)
	s.check(err)
	if err == nil {
		s.run.Others = append(s.run.Others, id)
	}
	return cast{h, name, id}
}

// named returns a name that no other attack uses.
func (s *scene) named(what string) string {
	return fmt.Sprintf("%s-%s-%d", s.old.name, what, s.run.Number)
}

// stranger is an account that has nothing to do with the two.
func (s *scene) stranger() cast {
	if s.strangers == nil {
		stranger := s.extra(s.foreign, "stranger")
		s.strangers = &stranger
	}
	return *s.strangers
}

// colleague is another account of the old account's host.
func (s *scene) colleague() cast { return s.extra(s.old.h, "colleague") }

// victim is an account of the server that is tested.
func (s *scene) victim() vocab.IRI {
	switch {
	case s.request.Victim != "":
		return s.request.Victim
	case len(s.run.before) > 0:
		return s.run.before[0]
	}
	s.check(&apiError{http.StatusBadRequest, "nobody follows the account, and no victim is given"})
	return ""
}

// path is an id on a host where no account stands.
func (s *scene) path(h *host, what string) vocab.IRI {
	return vocab.IRI(h.Base() + "/staged/" + s.named(what))
}

// privateID is an account behind the trap.
func (s *scene) privateID() vocab.IRI {
	return orElse(s.request.Target, vocab.IRI(s.p.trap.base+"/users/private"))
}

// virtual shows the document of an account that does not exist: it can be
// moved to, and followed without effect.
func (s *scene) virtual(h *host, what string, aliases []vocab.IRI, movedTo vocab.IRI) vocab.IRI {
	id := s.path(h, what)
	members := []vocab.Member{
		member(vocab.Context, vocab.ContextAS), member(vocab.ID, id), member(vocab.Type, vocab.TypePerson),
		member(vocab.Username, s.named(what)), member(vocab.Inbox, h.Base()+"/inbox"), member(vocab.Outbox, id+"/outbox"),
	}
	if aliases != nil {
		members = append(members, member(vocab.AlsoKnownAs, aliases))
	}
	if movedTo != "" {
		members = append(members, member(vocab.MovedTo, movedTo))
	}
	s.putAt(h, id, Page{Body: s.build(members...).String()})
	s.run.Others = append(s.run.Others, id)
	return id
}

// claims gives an account these aliases and no others.
func (s *scene) claims(who cast, aliases ...vocab.IRI) {
	if aliases == nil {
		aliases = []vocab.IRI{}
	}
	s.check(who.h.Alias(s.ctx, who.name, aliases...))
}

// points makes an account say that it moved; "" that it did not.
func (s *scene) points(who cast, to vocab.IRI) { s.check(who.h.SetMovedTo(s.ctx, who.name, to)) }

// document is an account's document as it is shown now.
func (s *scene) document(who cast) *vocab.Object {
	o, err := who.h.document(s.ctx, who.name)
	if !s.check(err) {
		return nothing
	}
	return o
}

// nothing stands for what could not be made.
var nothing = func() *vocab.Object {
	o, err := vocab.Build()
	if err != nil {
		panic(err)
	}
	return o
}()

// show changes members of an account's document.
func (s *scene) show(who cast, changes ...vocab.Member) {
	o := s.document(who)
	for _, c := range changes {
		o = s.with(o, c.Name, c.Value)
	}
	s.put(who, Page{Body: o.String()})
}

func (s *scene) with(o *vocab.Object, p vocab.Property, value any) *vocab.Object {
	changed, err := o.With(p, value)
	if !s.check(err) {
		return nothing
	}
	return changed
}

// put lets a page stand where an account's document is.
func (s *scene) put(who cast, p Page) { s.putAt(who.h, who.id, p) }

func (s *scene) putAt(h *host, id vocab.IRI, p Page) {
	u, err := url.Parse(string(id))
	if s.check(err) {
		h.stage.put(u.Path, p)
	}
}

func (s *scene) build(members ...vocab.Member) *vocab.Object {
	o, err := vocab.Build(members...)
	if !s.check(err) {
		return nothing
	}
	return o
}

// move is the good Move from the old account to the new, with changes.
func (s *scene) move(changes ...vocab.Member) *vocab.Object {
	return s.build(replace([]vocab.Member{
		member(vocab.Context, vocab.ContextAS),
		member(vocab.ID, s.old.id+vocab.IRI(fmt.Sprintf("#moves/%d", s.run.Number))),
		member(vocab.Type, vocab.TypeMove),
		member(vocab.Actor, s.old.id),
		member(vocab.ObjectProperty, s.old.id),
		member(vocab.Target, s.new.id),
		member(vocab.To, []vocab.IRI{s.old.id + "/followers"}),
		member(vocab.CC, []vocab.IRI{vocab.Public}),
	}, changes)...)
}

// pull is the Move as the new account sends it (FEP-7628, pull mode).
func (s *scene) pull() *vocab.Object {
	return s.move(
		member(vocab.ID, s.new.id+vocab.IRI(fmt.Sprintf("#moves/%d", s.run.Number))),
		member(vocab.Actor, s.new.id), member(vocab.To, []vocab.IRI{vocab.Public}), member(vocab.CC, nil),
	)
}

// main is the key that an account signs its requests with.
func (s *scene) main(who cast) actor.PrivateKey {
	main, _, err := who.h.Keys(s.ctx, who.name)
	s.check(err)
	return main
}

// second is the key that an account makes proofs with.
func (s *scene) second(who cast) actor.PrivateKey {
	_, second, err := who.h.Keys(s.ctx, who.name)
	s.check(err)
	return second
}

// prove adds a proof (FEP-8b32).
func (s *scene) prove(o *vocab.Object, key actor.PrivateKey) *vocab.Object {
	proved, err := actor.SignProof(o, key, time.Now(), nil)
	if !s.check(err) {
		return nothing
	}
	return proved
}

// signer signs properly as an account, at a time that lies away from now.
func (s *scene) signer(who cast, scheme httpsig.Scheme, away time.Duration) signing {
	return signWith(s.main(who), scheme, time.Now().Add(away))
}

// send posts an activity, signed by the old account.
func (s *scene) send(o *vocab.Object) { s.sendAs(s.old, o) }

// sendAs posts an activity, signed by another.
func (s *scene) sendAs(who cast, o *vocab.Object) { s.post(o.Bytes(), s.signer(who, cavage, 0)) }

// update posts an Update of an account by itself.
func (s *scene) update(who cast) {
	o, err := update(s.document(who))
	if s.check(err) {
		s.sendAs(who, o)
	}
}

// post posts bytes to every inbox of the attack, signed somehow; nil not at all.
func (s *scene) post(body []byte, sign signing) {
	if !s.check(nil) {
		return
	}
	for _, inbox := range s.inboxes {
		sent, err := s.p.post(s.ctx, inbox, body, sign)
		if !s.check(err) {
			return
		}
		s.mu.Lock()
		s.run.Sent = append(s.run.Sent, sent)
		s.mu.Unlock()
	}
}

// update wraps an account's document in an Update by itself.
func update(person *vocab.Object) (*vocab.Object, error) {
	inner, err := person.Without(vocab.Context)
	if err != nil {
		return nil, err
	}
	if person.ID() == "" {
		return nil, errors.New("build update: the account has no id")
	}
	return vocab.Build(
		member(vocab.Context, person.Get(vocab.Context)),
		member(vocab.ID, person.ID()+vocab.IRI(fmt.Sprintf("#updates/%d", time.Now().UnixNano()))),
		member(vocab.Type, vocab.TypeUpdate),
		member(vocab.Actor, person.ID()),
		member(vocab.ObjectProperty, inner),
		member(vocab.To, []vocab.IRI{vocab.Public}),
		member(vocab.CC, []vocab.IRI{person.IRI(vocab.Followers)}),
	)
}
