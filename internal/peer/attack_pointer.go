package peer

import (
	"net/http"
	"time"

	"codeberg.org/godwit/godwit/move"
	"codeberg.org/godwit/godwit/vocab"
)

// pointerAttacks are Moves that the old account's own document does not bear
// out.
func pointerAttacks() []Attack {
	return []Attack{
		{"moved-to-missing", cases("34"), "the old account does not say that it moved: a strict receiver waits, and tells people in the end", may(move.Defer, move.NotMoved), func(s *scene) {
			s.points(s.old, "")
			s.send(s.move())
		}},
		{"moved-elsewhere", nil, "the old account says that it moved to another", stay(move.Refuse, move.MovedElsewhere), func(s *scene) {
			s.points(s.old, s.extra(s.new.h, "elsewhere").id)
			s.send(s.move())
		}},
		{"moved-to-two", nil, "the old account says that it moved to two accounts (FEP-e965)", stay(move.Refuse, move.Malformed), func(s *scene) {
			s.show(s.old, member(vocab.MovedTo, []vocab.IRI{s.new.id, s.virtual(s.new.h, "second", nil, "")}))
			s.send(s.move())
		}},
		{"copied-only", cases("97"), "the old account says that it was copied, and stays", stay(move.Refuse, move.CopiedOnly), func(s *scene) {
			s.points(s.old, "")
			s.show(s.old, member(vocab.CopiedTo, s.new.id))
			s.send(s.move())
		}},
		{"moved-and-copied", nil, "the old account says that it moved and that it was copied (FEP-e965)", stay(move.Refuse, move.Malformed), func(s *scene) {
			s.show(s.old, member(vocab.CopiedTo, s.virtual(s.new.h, "copy", nil, "")))
			s.send(s.move())
		}},
		{"old-tombstone", nil, "the old account is a Tombstone that points nowhere (FEP-e965)", stay(move.Refuse, move.Gone), func(s *scene) {
			s.points(s.old, "")
			s.show(s.old, member(vocab.Type, vocab.TypeTombstone))
			s.send(s.move())
		}},
		{"old-gone", nil, "the old account answers 410", stay(move.Refuse, move.Gone), func(s *scene) {
			s.put(s.old, Page{Status: http.StatusGone})
			s.send(s.move())
		}},
		{"replayed-after-cancel", cases("33"), "a Move that was held back is delivered after its owner has cancelled it", may(move.Defer, move.NotMoved), func(s *scene) {
			s.update(s.old)
			captured := s.move()
			s.points(s.old, "")
			s.update(s.old)
			s.post(captured.Bytes(), s.signer(s.old, cavage, -time.Minute))
		}},
	}
}
