package peer

import (
	"codeberg.org/godwit/godwit/move"
	"codeberg.org/godwit/godwit/vocab"
)

// authorityAttacks are Moves that are not their sender's to send.
func authorityAttacks() []Attack {
	return []Attack{
		{"colleague", cases("24"), "signed by another account of the old account's host", stay(move.Refuse, move.WrongActor), func(s *scene) {
			s.sendAs(s.colleague(), s.move())
		}},
		{"stranger", cases("24"), "signed by an account of another host", stay(move.Refuse, move.WrongActor), func(s *scene) {
			s.sendAs(s.stranger(), s.move())
		}},
		{"new-signs", cases("25"), "actor and object are the old account, the new one signs", stay(move.Refuse, move.WrongActor), func(s *scene) {
			s.sendAs(s.new, s.move())
		}},
		{"neither", cases("25"), "the actor is neither of the two accounts", stay(move.Refuse, move.WrongActor), func(s *scene) {
			stranger := s.stranger()
			s.sendAs(stranger, s.move(member(vocab.ID, stranger.id+"/moves/1"), member(vocab.Actor, stranger.id)))
		}},
		{"pull", cases("27"), "sent by the new account, and the old one points at it: sound where it is switched on", may(move.Refuse, move.PullDisabled), func(s *scene) {
			s.sendAs(s.new, s.pull())
		}},
		{"pull-theft", cases("28"), "sent by the new account, which claims the old one, which knows nothing of it", stay(move.Refuse, move.PullDisabled), func(s *scene) {
			s.points(s.old, "")
			s.sendAs(s.new, s.pull())
		}},
		{"pull-mutual-aliases", cases("27"), "sent by the new account; each lists the other as an alias, and nobody points", stay(move.Refuse, move.PullDisabled), func(s *scene) {
			s.points(s.old, "")
			s.claims(s.old, s.new.id)
			s.sendAs(s.new, s.pull())
		}},
		{"relayed", cases("31"), "passed on by a stranger, without a proof", stay(move.Refuse, move.WrongActor), func(s *scene) {
			s.sendAs(s.stranger(), s.move(member(vocab.ID, s.old.id+"/moves/1")))
		}},
		{"relayed-with-proof", cases("30"), "passed on by a stranger, with a proof by the old account (FEP-8b32): sound where proofs are read", may(move.Accept, ""), func(s *scene) {
			s.sendAs(s.stranger(), s.prove(s.move(), s.second(s.old)))
		}},
		{"relayed-forged-proof", cases("30"), "passed on by a stranger, with a proof in the old account's name by the stranger's key", stay(move.Refuse, move.WrongActor), func(s *scene) {
			stranger := s.stranger()
			forged, real := s.second(stranger), s.second(s.old)
			forged.ID, forged.Owner = real.ID, real.Owner
			s.sendAs(stranger, s.prove(s.move(), forged))
		}},
		{"relayed-stale-proof", cases("30"), "passed on by a stranger, with the old account's proof of another Move", stay(move.Refuse, move.WrongActor), func(s *scene) {
			stranger := s.stranger()
			s.claims(stranger, s.old.id)
			proved := s.prove(s.move(), s.second(s.old))
			s.sendAs(stranger, s.with(proved, vocab.Target, stranger.id))
		}},
		{"own-account", cases("54"), "moves an account of the server that is tested: the victim of the request, or the first follower", stay(move.Refuse, move.OwnAccount), func(s *scene) {
			stranger, victim := s.stranger(), s.victim()
			s.claims(stranger, victim)
			s.sendAs(stranger, s.move(
				member(vocab.ID, stranger.id+"/moves/1"), member(vocab.Actor, stranger.id),
				member(vocab.ObjectProperty, victim), member(vocab.Target, stranger.id),
			))
		}},
	}
}
