package peer

import (
	"codeberg.org/godwit/godwit/move"
	"codeberg.org/godwit/godwit/vocab"
)

// shapeAttacks are Moves that are not what a Move may look like.
func shapeAttacks() []Attack {
	return []Attack{
		{"foreign-id", cases("3"), "the id is on another host than the actor", stay(move.Refuse, move.ForeignID), func(s *scene) {
			s.send(s.move(member(vocab.ID, s.stranger().id+"/moves/1")))
		}},
		{"no-actor", cases("4"), "there is no actor", stay(move.Refuse, move.Malformed), func(s *scene) {
			s.send(s.move(member(vocab.Actor, nil)))
		}},
		{"two-targets", cases("7"), "there are two targets", stay(move.Refuse, move.Ambiguous), func(s *scene) {
			s.send(s.move(member(vocab.Target, []vocab.IRI{s.new.id, s.extra(s.new.h, "second").id})))
		}},
		{"two-objects", cases("7"), "there are two objects", stay(move.Refuse, move.Ambiguous), func(s *scene) {
			s.send(s.move(member(vocab.ObjectProperty, []vocab.IRI{s.old.id, s.colleague().id})))
		}},
		{"two-actors", cases("7"), "there are two actors, one of whom signs", stay(move.Refuse, move.Ambiguous), func(s *scene) {
			s.send(s.move(member(vocab.Actor, []vocab.IRI{s.old.id, s.stranger().id})))
		}},
		{"embedded-alias", cases("8"), "the target is embedded with a forged alias; the account itself has none", stay(move.Refuse, move.NotLinked), func(s *scene) {
			s.claims(s.new)
			s.send(s.move(member(vocab.Target, map[string]any{
				"id": s.new.id, "type": "Person", "inbox": s.new.id + "/inbox", "alsoKnownAs": []vocab.IRI{s.old.id},
			})))
		}},
		{"no-target", cases("20"), "there is no target", stay(move.Refuse, move.Malformed), func(s *scene) {
			s.send(s.move(member(vocab.Target, nil)))
		}},
		{"no-context", cases("22"), "there is no @context", stay(move.Refuse, move.NoContext), func(s *scene) {
			s.send(s.move(member(vocab.Context, nil)))
		}},
		{"same-account", cases("42"), "the target is the old account", stay(move.Refuse, move.SameAccount), func(s *scene) {
			s.claims(s.old, s.old.id)
			s.points(s.old, s.old.id)
			s.send(s.move(member(vocab.Target, s.old.id)))
		}},
		{"no-web-target", cases("99"), "the target is a did: and no URL", stay(move.Refuse, move.UnsupportedScheme), func(s *scene) {
			const target = "did:key:z6MkekwC6R9bj9ErToB7AiZJfyCSDhaZe1UxhDbCqJrhqpS5"
			s.points(s.old, target)
			s.send(s.move(member(vocab.Target, target)))
		}},
		{"announced", cases("32"), "a stranger announces a Move", stay(move.Noop, ""), func(s *scene) {
			stranger := s.stranger()
			s.sendAs(stranger, s.build(
				member(vocab.Context, vocab.ContextAS),
				member(vocab.ID, stranger.id+"/announces/1"),
				member(vocab.Type, vocab.TypeAnnounce),
				member(vocab.Actor, stranger.id),
				member(vocab.ObjectProperty, s.move()),
			))
		}},
		{"other-origin", cases("18"), "the origin is another account than the actor", stay(move.Refuse, move.WrongActor), func(s *scene) {
			s.send(s.move(member(vocab.Origin, s.stranger().id)))
		}},
	}
}
