package peer

import (
	"fmt"
	"sync"

	"codeberg.org/godwit/godwit/move"
	"codeberg.org/godwit/godwit/vocab"
)

const flood = 30

// floodAttacks are many requests at once.
func floodAttacks() []Attack {
	return []Attack{
		{"flood-naming-a-victim", cases("48"), "30 Moves to the new account that it does not bear out, by a stranger and in the old account's name: none may start a cool-down for the victim", stay(move.Refuse, move.WrongActor), func(s *scene) {
			stranger := s.stranger()
			s.points(stranger, s.new.id)
			for i := range flood {
				s.sendAs(stranger, s.move(
					member(vocab.ID, stranger.id+vocab.IRI(fmt.Sprint("/moves/", i))),
					member(vocab.Actor, stranger.id), member(vocab.ObjectProperty, stranger.id),
				))
			}
			s.sendAs(stranger, s.move())
		}},
		{"flood-of-targets", cases("56"), "30 Moves of the old account to as many accounts, none of which claims it: the fetches that they cause are bounded", Want{Followers: Stay, Outcome: "refuse"}, func(s *scene) {
			for i := range flood {
				target := s.virtual(s.new.h, fmt.Sprint("target", i), nil, "")
				s.send(s.move(member(vocab.ID, s.old.id+vocab.IRI(fmt.Sprint("#moves/", i))), member(vocab.Target, target)))
			}
		}},
		{"copies", cases("69", "70"), "a good Move, 20 times at once, half of them under ids of their own: it is executed once", Want{Followers: Move, Outcome: "accept"}, func(s *scene) {
			var all sync.WaitGroup
			for i := range 20 {
				changes := []vocab.Member{}
				if i%2 == 1 {
					changes = append(changes, member(vocab.ID, s.old.id+vocab.IRI(fmt.Sprint("#copies/", i))))
				}
				copied := s.move(changes...)
				all.Go(func() { s.send(copied) })
			}
			all.Wait()
		}},
		{"no-id", cases("2"), "a good Move without an id: honoured by those who do not ask for one", may(move.Accept, ""), func(s *scene) {
			s.send(s.move(member(vocab.ID, nil)))
		}},
	}
}
