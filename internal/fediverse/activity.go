package fediverse

import (
	"codeberg.org/godwit/godwit/vocab"
)

// build writes an activity of one account, about one object, to one other.
func build(id vocab.IRI, kind string, by vocab.IRI, object any, to vocab.IRI) (*vocab.Object, error) {
	return vocab.Build(
		vocab.Member{Name: vocab.Context, Value: vocab.ContextAS},
		vocab.Member{Name: vocab.ID, Value: id},
		vocab.Member{Name: vocab.Type, Value: kind},
		vocab.Member{Name: vocab.Actor, Value: by},
		vocab.Member{Name: vocab.ObjectProperty, Value: object},
		vocab.Member{Name: vocab.To, Value: to},
	)
}

// embedded is a Follow as it stands inside its Accept, Reject or Undo.
func embedded(id, by, target vocab.IRI) (*vocab.Object, error) {
	return vocab.Build(
		vocab.Member{Name: vocab.ID, Value: id},
		vocab.Member{Name: vocab.Type, Value: vocab.TypeFollow},
		vocab.Member{Name: vocab.Actor, Value: by},
		vocab.Member{Name: vocab.ObjectProperty, Value: target},
	)
}

// undo takes back a Follow.
func undo(id, follow, by, target vocab.IRI) (*vocab.Object, error) {
	inner, err := embedded(follow, by, target)
	if err != nil {
		return nil, err
	}
	return build(id, vocab.TypeUndo, by, inner, target)
}

// answer accepts or rejects a Follow.
func answer(id vocab.IRI, kind string, follow, by, target vocab.IRI) (*vocab.Object, error) {
	inner, err := embedded(follow, by, target)
	if err != nil {
		return nil, err
	}
	return build(id, kind, target, inner, by)
}
