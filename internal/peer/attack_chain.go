package peer

import (
	"fmt"

	"codeberg.org/godwit/godwit/move"
	"codeberg.org/godwit/godwit/vocab"
)

// chainAttacks are Moves to accounts that have themselves moved on.
func chainAttacks() []Attack {
	return []Attack{
		{"moved-further", cases("44"), "the new account has moved on, to one that does not claim it", stay(move.Refuse, move.MovedFurther), func(s *scene) {
			s.points(s.new, s.virtual(s.new.h, "third", nil, ""))
			s.send(s.move())
		}},
		{"chain", cases("45"), "the new account has moved on, every link being mutual: followers go to the end, or stay", may(move.Accept, ""), func(s *scene) {
			third := s.extra(s.old.h, "third")
			s.claims(third, s.new.id)
			s.points(s.new, third.id)
			s.send(s.move())
		}},
		{"cycle", cases("45"), "the new account has moved on to one that has moved to the new", stay(move.Refuse, move.Cycle), func(s *scene) {
			s.points(s.new, s.virtual(s.old.h, "third", []vocab.IRI{s.new.id}, s.new.id))
			s.send(s.move())
		}},
		{"cycle-of-two", cases("45"), "the new account has moved to the old", stay(move.Refuse, move.Cycle), func(s *scene) {
			s.claims(s.old, s.new.id)
			s.points(s.new, s.old.id)
			s.send(s.move())
		}},
		{"long-chain", cases("45"), "a chain of 40 moves, every link being mutual", stay(move.Refuse, move.MovedFurther), func(s *scene) {
			const hops = 40
			at := func(i int) vocab.IRI { return s.path(s.new.h, fmt.Sprint("hop", i)) }
			for i := range hops {
				from, to := at(i-1), at(i+1)
				if i == 0 {
					from = s.new.id
				}
				s.virtual(s.new.h, fmt.Sprint("hop", i), []vocab.IRI{from}, to)
			}
			s.virtual(s.new.h, fmt.Sprint("hop", hops), []vocab.IRI{at(hops - 1)}, "")
			s.points(s.new, at(0))
			s.send(s.move())
		}},
	}
}
