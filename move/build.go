package move

import (
	"time"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/vocab"
)

// An Announcement is what an account publishes when it moves, in the order in
// which it must become visible: its own document, the Update, the Move.
type Announcement struct {
	Actor  *vocab.Object // the old account's document, with movedTo
	Update *vocab.Object // of the actor; nil if the host tells of that itself
	Move   *vocab.Object
}

// BuildOptions adjusts [New]. A nil *BuildOptions is the same as a zero one.
type BuildOptions struct {
	// MoveID and UpdateID are the activities' ids, on the old account's
	// server. Default: the account's id with a fragment made from At.
	MoveID, UpdateID vocab.IRI
	// At is when the move was decided. Default: time.Now.
	At time.Time
}

// New writes what the account old publishes when it moves to new, for the
// strictest reader known: movedTo and target are the canonical id, the Move
// has an id of its own, goes to the followers and is public.
//
// Both documents should have been fetched just now, new's from its own server.
// A move that receivers would refuse is refused here, with a [RefusedError].
// The keys in old's document must stay what they are until the move is over.
func New(old, new *vocab.Object, options *BuildOptions) (*Announcement, error) {
	if err := movable(old, new); err != nil {
		return nil, err
	}
	o := builder{old: old, from: old.ID(), to: new.ID(), at: time.Now()}
	if options != nil {
		o.moveID, o.updateID = options.MoveID, options.UpdateID
		if !options.At.IsZero() {
			o.at = options.At
		}
	}
	return o.build()
}

// movable refuses what any receiver refuses.
func movable(old, new *vocab.Object) error {
	from, to := old.ID(), new.ID()
	refuse := func(r Reason) error { return &RefusedError{Reason: r, Old: from, New: to} }
	here, there := actor.StandingOf(old), actor.StandingOf(new)
	switch {
	case !from.IsHTTP(), here.State == actor.Malformed, there.State == actor.Malformed:
		return refuse(Malformed)
	case !to.IsHTTP():
		return refuse(UnsupportedScheme)
	case from == to:
		return refuse(SameAccount)
	case !isActor(old), !isActor(new):
		return refuse(WrongType)
	case here.State == actor.Gone, there.State == actor.Gone:
		return refuse(Gone)
	case there.Suspended:
		return refuse(Suspended)
	case vocab.SameOrigin(from, to) && old.Text(vocab.Username) != "" && old.Text(vocab.Username) == new.Text(vocab.Username):
		return refuse(Rekeyed)
	case here.State == actor.Copied:
		return refuse(CopiedOnly)
	case !actor.Claims(new, from):
		return refuse(NotLinked)
	case there.MovedTo == from:
		return refuse(Cycle)
	case there.MovedTo != "":
		return refuse(MovedFurther)
	case here.MovedTo != "" && here.MovedTo != to:
		return refuse(MovedElsewhere)
	}
	return nil
}

type builder struct {
	old              *vocab.Object
	from, to         vocab.IRI
	moveID, updateID vocab.IRI
	at               time.Time
}

func (b *builder) build() (*Announcement, error) {
	var a Announcement
	var err error
	if a.Actor, err = Pointing(b.old, b.to); err != nil {
		return nil, err
	}
	if a.Update, err = b.update(a.Actor); err != nil {
		return nil, err
	}
	a.Move, err = vocab.Build(
		vocab.Member{Name: vocab.Context, Value: vocab.ContextAS},
		vocab.Member{Name: vocab.ID, Value: b.id(b.moveID, "move")},
		vocab.Member{Name: vocab.Type, Value: vocab.TypeMove},
		vocab.Member{Name: vocab.Actor, Value: b.from},
		vocab.Member{Name: vocab.ObjectProperty, Value: b.from},
		vocab.Member{Name: vocab.Target, Value: b.to},
		vocab.Member{Name: vocab.To, Value: b.followers()},
		vocab.Member{Name: vocab.CC, Value: []vocab.IRI{vocab.Public}},
		vocab.Member{Name: vocab.Published, Value: b.at.UTC().Format(time.RFC3339)},
	)
	return &a, err
}

// update wraps the actor. Its context becomes the activity's, as readers expect
// it at the top.
func (b *builder) update(person *vocab.Object) (*vocab.Object, error) {
	inner, err := person.Without(vocab.Context)
	if err != nil {
		return nil, err
	}
	return vocab.Build(
		vocab.Member{Name: vocab.Context, Value: person.Get(vocab.Context)},
		vocab.Member{Name: vocab.ID, Value: b.id(b.updateID, "update")},
		vocab.Member{Name: vocab.Type, Value: vocab.TypeUpdate},
		vocab.Member{Name: vocab.Actor, Value: b.from},
		vocab.Member{Name: vocab.ObjectProperty, Value: inner},
		vocab.Member{Name: vocab.To, Value: []vocab.IRI{vocab.Public}},
		vocab.Member{Name: vocab.CC, Value: b.followers()},
		vocab.Member{Name: vocab.Published, Value: b.at.UTC().Format(time.RFC3339)},
	)
}

func (b *builder) id(given vocab.IRI, what string) vocab.IRI {
	if given != "" {
		return given
	}
	name := digest(string(b.from), string(b.to), b.at.UTC().Format(time.RFC3339Nano), what)
	return b.from.Document() + "#" + vocab.IRI(what+"-"+name)
}

func (b *builder) followers() []vocab.IRI {
	if followers := b.old.IRI(vocab.Followers); followers != "" {
		return []vocab.IRI{followers}
	}
	return nil
}

// Pointing returns an actor's document with movedTo, which its context defines
// as deployed servers expect (as:movedTo).
func Pointing(person *vocab.Object, to vocab.IRI) (*vocab.Object, error) {
	pointing, err := person.With(vocab.MovedTo, to)
	if err != nil || definesMovedTo(pointing) {
		return pointing, err
	}
	contexts := []any{}
	for v := range pointing.All(vocab.Context) {
		contexts = append(contexts, v)
	}
	if len(contexts) == 0 {
		contexts = append(contexts, vocab.ContextAS)
	}
	term := map[string]any{"movedTo": map[string]string{"@id": vocab.NamespaceAS + "movedTo", "@type": "@id"}}
	return pointing.With(vocab.Context, append(contexts, term))
}

// definesMovedTo reports whether the name under which movedTo stands has, by
// the document's own context, the meaning that deployed servers expect. The last
// definition counts.
func definesMovedTo(person *vocab.Object) bool {
	if !names(person, string(vocab.MovedTo)) {
		return true // a full IRI, or a prefixed name
	}
	defined := false
	for v := range person.All(vocab.Context) {
		if terms, ok := v.Object(); ok && names(terms, string(vocab.MovedTo)) {
			defined = meansMovedTo(terms.Get(vocab.MovedTo))
		}
	}
	return defined
}

func meansMovedTo(definition vocab.Value) bool {
	meaning, _ := definition.Text()
	if term, ok := definition.Object(); ok {
		meaning = term.Text("@id")
	}
	return meaning == "as:movedTo" || meaning == vocab.NamespaceAS+"movedTo"
}

// names reports whether o has a member of exactly this name.
func names(o *vocab.Object, name string) bool {
	for have := range o.Members() {
		if have == name {
			return true
		}
	}
	return false
}
