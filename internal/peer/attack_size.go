package peer

import (
	"fmt"
	"strings"

	"codeberg.org/godwit/godwit/move"
	"codeberg.org/godwit/godwit/vocab"
)

// sizeAttacks are activities that a careless reader chokes on.
func sizeAttacks() []Attack {
	return []Attack{
		{"not-json", nil, "the body is no JSON", unreadable(), func(s *scene) {
			s.post([]byte(`{"type":"Move",`), s.signer(s.old, cavage, 0))
		}},
		{"duplicate-members", nil, "actor and target stand there twice", unreadable(), func(s *scene) {
			stranger := s.stranger()
			s.claims(stranger, s.old.id)
			twice := fmt.Sprintf(`,"actor":%q,"target":%q}`, s.old.id, stranger.id)
			s.post([]byte(strings.TrimSuffix(s.move().String(), "}")+twice), s.signer(s.old, cavage, 0))
		}},
		{"deep-json", nil, "a member nests 100,000 objects", unreadable(), func(s *scene) {
			s.post([]byte(deepen(s.move().String())), s.signer(s.old, cavage, 0))
		}},
		{"huge-body", nil, "the activity is four megabytes long", unreadable(), func(s *scene) {
			s.send(s.move(member(vocab.Summary, strings.Repeat("spam ", 4<<20/5))))
		}},
		{"context-bomb", nil, "the context names contexts that each name eight more, and redefines terms a thousand times; the new account does not name the old", stay(move.Refuse, move.NotLinked), func(s *scene) {
			s.claims(s.new)
			s.send(s.move(member(vocab.Context, s.contextBomb())))
		}},
	}
}

// contextBomb returns a context of which somebody who loads what it names has
// 8⁶ documents to load.
func (s *scene) contextBomb() []any {
	const levels, width = 6, 8
	for level := range levels {
		var names []string
		for i := range width {
			names = append(names, fmt.Sprintf("%q", s.path(s.old.h, fmt.Sprint("context", level+1))+vocab.IRI(fmt.Sprint("?", i))))
		}
		body := `{"@context":[` + strings.Join(names, ",") + `]}`
		s.putAt(s.old.h, s.path(s.old.h, fmt.Sprint("context", level)), Page{Type: "application/ld+json", Body: body})
	}
	s.putAt(s.old.h, s.path(s.old.h, fmt.Sprint("context", levels)), Page{Type: "application/ld+json", Body: `{"@context":{}}`})
	bomb := []any{vocab.ContextAS, s.path(s.old.h, "context0")}
	for i := range 1000 {
		bomb = append(bomb, map[string]any{fmt.Sprint("term", i): map[string]any{
			"@id": fmt.Sprint("https://example.com/ns#term", i), "@context": map[string]any{fmt.Sprint("inner", i): fmt.Sprint("term", i)},
		}})
	}
	return bomb
}
