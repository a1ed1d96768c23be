package vectors

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/vocab"
)

// An ActorVector is a vector of kind "actor" (actor/vectors/README.md): one
// document, and what it says of the account.
type ActorVector struct {
	Header
	Document *string       `json:"document"`
	Expect   *ActorExpects `json:"expect"`
}

// ActorExpects is what a document says of an account. A nil member is not
// checked.
type ActorExpects struct {
	State       *actor.State `json:"state"`
	MovedTo     *vocab.IRI   `json:"movedTo"`
	CopiedTo    *[]vocab.IRI `json:"copiedTo"`
	AlsoKnownAs *[]string    `json:"alsoKnownAs"`
}

// runActor runs one vector of kind "actor".
func runActor(_ context.Context, data []byte) error {
	v, err := ReadActor(data)
	if err != nil {
		return err
	}
	return v.Run()
}

// ReadActor reads a vector of kind "actor", strictly.
func ReadActor(data []byte) (*ActorVector, error) {
	v := new(ActorVector)
	if err := decode(data, v); err != nil {
		return nil, err
	}
	if err := v.check(); err != nil {
		return nil, fmt.Errorf("read vector: %w", err)
	}
	return v, nil
}

// Run reads the document of a vector that [ReadActor] took, and returns what differs from what is expected.
func (v *ActorVector) Run() error {
	o, err := vocab.Parse([]byte(*v.Document))
	if err != nil {
		o = nil // which StandingOf calls malformed
	}
	standing, aliases := actor.StandingOf(o), []string(nil)
	if o != nil {
		aliases = actor.Aliases(o)
	}
	return v.Expect.compare(standing, aliases)
}

func (v *ActorVector) check() error {
	switch {
	case v.Kind != "actor":
		return fmt.Errorf("not of kind actor: %q", v.Kind)
	case v.Document == nil:
		return errors.New("no document")
	case v.Expect == nil || *v.Expect == ActorExpects{}:
		return errors.New("nothing expected")
	case v.Expect.State != nil && !slices.Contains(states, *v.Expect.State):
		return fmt.Errorf("no such state: %q", *v.Expect.State)
	}
	return nil
}

var states = []actor.State{actor.Active, actor.Moved, actor.Copied, actor.Gone, actor.Malformed}

func (e *ActorExpects) compare(got actor.Standing, aliases []string) error {
	var differ []error
	if e.State != nil && *e.State != got.State {
		differ = append(differ, fmt.Errorf("state is %q, want %q", got.State, *e.State))
	}
	if e.MovedTo != nil && *e.MovedTo != got.MovedTo {
		differ = append(differ, fmt.Errorf("movedTo is %q, want %q", got.MovedTo, *e.MovedTo))
	}
	if e.CopiedTo != nil && !slices.Equal(*e.CopiedTo, got.CopiedTo) {
		differ = append(differ, fmt.Errorf("copiedTo is %q, want %q", got.CopiedTo, *e.CopiedTo))
	}
	if e.AlsoKnownAs != nil && !slices.Equal(*e.AlsoKnownAs, aliases) {
		differ = append(differ, fmt.Errorf("alsoKnownAs is %q, want %q", aliases, *e.AlsoKnownAs))
	}
	return errors.Join(differ...)
}
