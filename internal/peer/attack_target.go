package peer

import (
	"net/http"
	"strings"

	"codeberg.org/godwit/godwit/move"
	"codeberg.org/godwit/godwit/vocab"
)

// targetAttacks are Moves to accounts that nobody should be moved to.
func targetAttacks() []Attack {
	return []Attack{
		{"not-linked", cases("26"), "the new account does not name the old one", stay(move.Refuse, move.NotLinked), func(s *scene) {
			s.claims(s.new)
			s.send(s.move())
		}},
		{"links-another", cases("26"), "the new account names a colleague of the old one", stay(move.Refuse, move.NotLinked), func(s *scene) {
			s.claims(s.new, s.colleague().id)
			s.send(s.move())
		}},
		{"links-a-prefix", cases("26"), "the new account names an id that begins with the old one's", stay(move.Refuse, move.NotLinked), func(s *scene) {
			s.claims(s.new, s.old.id+"2")
			s.send(s.move())
		}},
		{"other-scheme-alias", cases("14"), "the new account names the old one with http for https, or the other way round", stay(move.Refuse, move.NotLinked), func(s *scene) {
			s.claims(s.new, otherScheme(s.old.id))
			s.send(s.move())
		}},
		{"target-private", cases("38"), "the target is on a loopback address, where a trap stands", stay(move.Refuse, move.PrivateAddress), func(s *scene) {
			target := orElse(s.request.Target, vocab.IRI(s.p.trap.base+"/users/private"))
			s.points(s.old, target)
			s.send(s.move(member(vocab.Target, target)))
		}},
		{"target-redirects-private", cases("38"), "the target redirects to a loopback address, where a trap stands", stay(move.Refuse, move.PrivateAddress), func(s *scene) {
			s.put(s.new, Page{Status: http.StatusFound, Location: s.p.trap.base + "/users/private"})
			s.send(s.move())
		}},
		{"target-gone", cases("40"), "the target answers 410", stay(move.Refuse, move.Gone), func(s *scene) {
			s.put(s.new, Page{Status: http.StatusGone})
			s.send(s.move())
		}},
		{"target-tombstone", cases("40"), "the target is a Tombstone", stay(move.Refuse, move.Gone), func(s *scene) {
			s.show(s.new, member(vocab.Type, vocab.TypeTombstone))
			s.send(s.move())
		}},
		{"target-suspended", cases("40"), "the target's host has suspended it", stay(move.Refuse, move.Suspended), func(s *scene) {
			s.show(s.new, member(vocab.Suspended, true))
			s.send(s.move())
		}},
	}
}

func otherScheme(id vocab.IRI) vocab.IRI {
	if rest, found := strings.CutPrefix(string(id), "http://"); found {
		return vocab.IRI("https://" + rest)
	}
	return vocab.IRI("http://" + strings.TrimPrefix(string(id), "https://"))
}
