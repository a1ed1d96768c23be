package peer

import (
	"io"
	"strings"

	"codeberg.org/godwit/godwit/move"
	"codeberg.org/godwit/godwit/vocab"
)

// documentAttacks are Moves to what is no account's document, or more than one.
func documentAttacks() []Attack {
	return []Attack{
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

// deepen puts a member into an object that nests too deep to be read.
func deepen(object string) string {
	const depth = 100_000
	return strings.TrimSuffix(object, "}") + `,"deep":` + strings.Repeat(`{"a":`, depth) + "0" + strings.Repeat("}", depth) + "}"
}
