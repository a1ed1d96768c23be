package vectors

import (
	"fmt"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"codeberg.org/godwit/godwit/vocab"
)

// A story is a vector of the kind "move".
type story struct {
	Header
	Options   storyOptions       `json:"options,omitzero"`
	Now       time.Time          `json:"now"`
	Peers     map[string]Answers `json:"peers,omitempty"`
	Followers []storyFollower    `json:"followers,omitempty"`
	Keys      *[]storyKey        `json:"keys,omitempty"` // nil: every signing key was held long enough
	Outages   []storyOutage      `json:"outages,omitempty"`
	History   []storyMove        `json:"history,omitempty"`
	Steps     []storyStep        `json:"steps"`
}

type storyOptions struct {
	Mode         string       `json:"mode,omitempty"`
	Discover     bool         `json:"discover,omitempty"`
	Ours         *[]vocab.IRI `json:"ours,omitempty"` // nil: the origins of the followers
	Blocked      []string     `json:"blocked,omitempty"`
	LDSignatures bool         `json:"ldSignatures,omitempty"`
	Window       string       `json:"window,omitempty"`
}

type storyFollower struct {
	ID      vocab.IRI   `json:"id"`
	Follows []vocab.IRI `json:"follows,omitempty"`
	Pending []vocab.IRI `json:"pending,omitempty"`
	Blocks  []string    `json:"blocks,omitempty"` // ids or host names
	Mutes   []vocab.IRI `json:"mutes,omitempty"`
	OptOut  bool        `json:"optout,omitempty"`
	Locked  bool        `json:"locked,omitempty"`
}

type storyKey struct {
	ID        vocab.IRI `json:"id"`
	Since     time.Time `json:"since"`
	Owner     vocab.IRI `json:"owner,omitempty"`
	PEM       string    `json:"pem,omitempty"`
	Multibase string    `json:"multibase,omitempty"`
}

type storyOutage struct {
	Origin string    `json:"origin"`
	From   time.Time `json:"from"`
	To     time.Time `json:"to"`
}

type storyMove struct {
	Old       vocab.IRI `json:"old"`
	New       vocab.IRI `json:"new"`
	At        time.Time `json:"at"`
	Cancelled time.Time `json:"cancelled,omitzero"`
}

type storyStep struct {
	At      time.Time          `json:"at"`
	Peers   map[string]Answers `json:"peers,omitempty"`
	Deliver *string            `json:"deliver,omitempty"`
	Key     jsontext.Value     `json:"key,omitempty"` // a string, or null for unsigned
	PEM     string             `json:"pem,omitempty"`
	Event   []string           `json:"event,omitempty"`
	Expect  string             `json:"expect,omitempty"`
	Reason  string             `json:"reason,omitempty"`
	Old     vocab.IRI          `json:"old,omitempty"`
	New     vocab.IRI          `json:"new,omitempty"`
	Effects *[][]string        `json:"effects,omitempty"` // nil: not checked
}

func readStory(data []byte) (*story, error) {
	s := &story{}
	if err := decode(data, s); err != nil {
		return nil, err
	}
	switch {
	case s.Now.IsZero():
		return nil, fmt.Errorf("read vector: no now")
	case len(s.Steps) == 0:
		return nil, fmt.Errorf("read vector: no steps")
	}
	before := s.Now
	for i, step := range s.Steps {
		if err := step.check(before); err != nil {
			return nil, fmt.Errorf("read vector: step %d: %w", i+1, err)
		}
		before = step.At
	}
	return s, nil
}

// check refuses a step that would test nothing, or something else than its
// author meant.
func (s *storyStep) check(before time.Time) error {
	outcomes := map[string]bool{"": true, "accept": true, "refuse": true, "defer": true, "unconfirmed": true, "held": true, "noop": true}
	switch {
	case s.At.Before(before):
		return fmt.Errorf("it goes back in time")
	case s.Deliver != nil && len(s.Event) > 0:
		return fmt.Errorf("a delivery and an event at once")
	case s.Deliver != nil && len(s.Key) == 0:
		return fmt.Errorf("a delivery needs a key, or null for none")
	case s.Deliver == nil && (len(s.Key) > 0 || s.PEM != ""):
		return fmt.Errorf("a key without a delivery")
	case !outcomes[s.Expect]:
		return fmt.Errorf("no such outcome: %q", s.Expect)
	case s.Expect == "" && (s.Reason != "" || s.Old != "" || s.New != ""):
		return fmt.Errorf("a conclusion without an outcome")
	}
	if s.Effects == nil {
		return nil
	}
	for _, effect := range *s.Effects {
		if len(effect) != 3 {
			return fmt.Errorf("an effect has three words: %q", effect)
		}
	}
	return nil
}
