package peer

import (
	"net/http"
	"time"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/actor/client"
	"codeberg.org/godwit/godwit/internal/httpsig"
)

const (
	cavage  = httpsig.Cavage
	rfc9421 = httpsig.RFC9421
)

// signatureAttacks are requests whose signature does not hold.
func signatureAttacks() []Attack {
	unsigned := unauthorized(string(client.Unsigned))
	uncovered := unauthorized(string(client.Uncovered))
	stale := unauthorized(string(client.Stale))
	return []Attack{
		{"unsigned", nil, "the request is not signed", unsigned, func(s *scene) {
			s.post(s.move().Bytes(), nil)
		}},
		{"wrong-key", nil, "signed in the old account's name with a stranger's key", unsigned, func(s *scene) {
			key := s.main(s.stranger())
			key.ID = actor.MainKeyID(s.old.id)
			s.post(s.move().Bytes(), signWith(key, cavage, time.Now()))
		}},
		{"hmac", nil, "signed with the old account's public key as the secret of an HMAC", unsigned, func(s *scene) {
			s.post(s.move().Bytes(), hmacWith(s.main(s.old).Public()))
		}},
		{"replayed-elsewhere", nil, "a request that was signed for another server", unsigned, func(s *scene) {
			s.post(s.move().Bytes(), signFor("elsewhere.example", s.signer(s.old, cavage, 0)))
		}},
		{"replayed-elsewhere-9421", nil, "a request that was signed after RFC 9421 for another server", unsigned, func(s *scene) {
			s.post(s.move().Bytes(), signFor("elsewhere.example", s.signer(s.old, rfc9421, 0)))
		}},
		{"wrong-digest", nil, "the body is not the one that was signed", unauthorized(string(client.Digest)), func(s *scene) {
			signed := s.move().Bytes()
			s.post(append(signed[:len(signed):len(signed)], ' '), overBody(signed, s.signer(s.old, cavage, 0)))
		}},
		{"uncovered-digest", nil, "the digest is right, and not signed", uncovered, func(s *scene) {
			s.post(s.move().Bytes(), cavageOver(s.main(s.old), "(request-target)", "host", "date"))
		}},
		{"uncovered-target", nil, "method and path are not signed", uncovered, func(s *scene) {
			s.post(s.move().Bytes(), cavageOver(s.main(s.old), "host", "date", "digest"))
		}},
		{"uncovered-host", nil, "the host is not signed", uncovered, func(s *scene) {
			s.post(s.move().Bytes(), cavageOver(s.main(s.old), "(request-target)", "date", "digest"))
		}},
		{"stale-date", nil, "signed three days ago", stale, func(s *scene) {
			s.post(s.move().Bytes(), s.signer(s.old, cavage, -3*24*time.Hour))
		}},
		{"future-date", nil, "signed three days from now", stale, func(s *scene) {
			s.post(s.move().Bytes(), s.signer(s.old, cavage, 3*24*time.Hour))
		}},
		{"stale-created", nil, "signed after RFC 9421, three days ago", stale, func(s *scene) {
			s.post(s.move().Bytes(), s.signer(s.old, rfc9421, -3*24*time.Hour))
		}},
		{"two-labels", nil, "two signatures after RFC 9421: a stranger's, which is good, and one in the old account's name", unauthorized(string(client.Ambiguous)), func(s *scene) {
			s.post(s.move().Bytes(), twoLabels(s.signer(s.stranger(), rfc9421, 0), actor.MainKeyID(s.old.id)))
		}},
		{"both-schemes", nil, "a stranger's good signature of one scheme beside one of the other scheme in the old account's name", unsigned, func(s *scene) {
			s.post(s.move().Bytes(), bothSchemes(s.signer(s.stranger(), cavage, 0), actor.MainKeyID(s.old.id)))
		}},
		{"foreign-key", nil, "signed with a key on another host that names the old account as its owner", unauthorized(client.ErrKeyForeign.Error()), func(s *scene) {
			key := s.main(s.stranger())
			key.ID, key.Owner = s.path(s.foreign, "key"), s.old.id
			public, err := key.Public().PublicKeyObject()
			s.check(err)
			s.putAt(s.foreign, key.ID, Page{Body: public.String()})
			s.post(s.move().Bytes(), signWith(key, cavage, time.Now()))
		}},
		{"unreachable-key", nil, "signed with a key on a loopback address, where a trap stands", unauthorized(actor.ErrPrivate.Error()), func(s *scene) {
			key := s.main(s.stranger())
			key.ID = actor.MainKeyID(s.privateID())
			s.post(s.move().Bytes(), signWith(key, cavage, time.Now()))
		}},
	}
}

// keyAttacks are Moves by keys that nobody had seen.
func keyAttacks() []Attack {
	held := Want{Stay, "held", "held"}
	return []Attack{
		{"rekeyed", nil, "the old account has new keys since it was followed, as the buyer of a lapsed domain has: a receiver that remembers keys tells people, and moves nobody", held, func(s *scene) {
			s.check(s.old.h.Rekey(s.ctx, s.old.name))
			s.send(s.move())
		}},
		{"redirected-key", cases("63"), "the old account redirects to the new, which signs in its name", Want{Stay, "refuse", "wrong-actor"}, func(s *scene) {
			key := s.main(s.new)
			key.ID = actor.MainKeyID(s.old.id)
			s.put(s.old, Page{Status: http.StatusPermanentRedirect, Location: string(s.new.id)})
			s.post(s.move().Bytes(), signWith(key, cavage, time.Now()))
		}},
	}
}
