package peer

import (
	"io"
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
		{"target-note", nil, "the target is a Note that has the alias", stay(move.Refuse, move.WrongType), func(s *scene) {
			s.put(s.new, Page{Body: s.build(
				member(vocab.Context, vocab.ContextAS), member(vocab.ID, s.new.id), member(vocab.Type, vocab.TypeNote),
				member(vocab.AlsoKnownAs, []vocab.IRI{s.old.id}),
			).String()})
			s.send(s.move())
		}},
		{"target-names-another", nil, "the document of the target has the id of another account, which claims nothing", stay(move.Refuse, move.Redirected), func(s *scene) {
			s.show(s.new, member(vocab.ID, s.virtual(s.new.h, "another", nil, "")))
			s.send(s.move())
		}},
		{"target-html", nil, "the target is labelled text/html", stay(move.Defer, move.Unreachable), func(s *scene) {
			s.put(s.new, Page{Type: "text/html", Body: s.document(s.new).String()})
			s.send(s.move())
		}},
		{"target-deep", nil, "the document of the target nests 100,000 objects", stay(move.Defer, move.Unreachable), func(s *scene) {
			s.put(s.new, Page{Body: deepen(s.document(s.new).String())})
			s.send(s.move())
		}},
		{"target-endless", nil, "the document of the target never ends", stay(move.Refuse, move.TooLarge), func(s *scene) {
			s.put(s.new, Page{write: func(w io.Writer) {
				_, err := io.WriteString(w, "{")
				for err == nil {
					_, err = w.Write(spaces)
				}
			}})
			s.send(s.move())
		}},
		{"many-aliases", cases("15"), "the new account has 100,000 aliases, the old one being the last", stay(move.Refuse, move.TooLarge), func(s *scene) {
			aliases := make([]vocab.IRI, 100_000)
			for i := range aliases {
				aliases[i] = vocab.IRI(s.new.h.Base()) + "/a"
			}
			aliases[len(aliases)-1] = s.old.id
			s.show(s.new, member(vocab.AlsoKnownAs, aliases))
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

// deepen puts a member into an object that nests too deep to be read.
func deepen(object string) string {
	const depth = 100_000
	return strings.TrimSuffix(object, "}") + `,"deep":` + strings.Repeat(`{"a":`, depth) + "0" + strings.Repeat("}", depth) + "}"
}
