package site

import (
	"time"

	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

// A prepared item is ready to be stored, unless it is known by its state already
// how it ends.
type prepared struct {
	state    portability.State
	reason   portability.Reason
	ref      key
	content  key
	end      end
	mark     mark
	document any
	post     *post // the document, if it is one
}

// A boost is what the account has shared.
type boost struct {
	Target    string    `json:"target"`
	Published time.Time `json:"published,omitzero"`
}

// A pin points at a post that stands first, a tagged at a tag that the profile
// shows.
type (
	pin    struct{ Target string }
	tagged struct{ Name string }
)

// prepare reads an item.
func (s *Site) prepare(item portability.Item) (prepared, error) {
	p := prepared{ref: refKey(item.Ref), end: copied}
	ended := func(state portability.State, reason portability.Reason) (prepared, error) {
		p.state, p.reason = state, reason
		return p, nil
	}
	if problem, fatal := item.Fatal(); fatal {
		return ended(portability.Failed, problem.Reason)
	}
	switch {
	case item.ID == "":
		return ended(portability.Failed, portability.NoID)
	case !held(item.Kind):
		return ended(portability.Skipped, portability.NoPlace)
	case item.Object == nil:
		return ended(portability.Failed, portability.Unreadable)
	}
	p.content = contentKey(item)
	var err error
	switch item.Kind {
	case portability.Actor:
		var who profile
		who, err = s.profileOf(item)
		p.mark, p.document = markActor, &who
	case portability.Content:
		err = s.prepareContent(item, &p)
	case portability.Outbox:
		s.prepareActivity(item, &p)
	case portability.Received:
		s.prepareReceived(item, &p)
	case portability.Featured:
		p.mark, p.document = markPin, pin{item.ID}
	case portability.FeaturedTags:
		p.mark, p.document = markTag, tagged{line(item.Object.Text(vocab.Name), 100)}
	}
	return p, err
}

func (p *prepared) refuse(why end) { p.mark, p.end = markRefused, why }

func (s *Site) prepareContent(item portability.Item, p *prepared) error {
	if why, ok := s.admits(item, vocab.AttributedTo); !ok {
		p.refuse(why)
		return nil
	}
	if item.Object.Is(vocab.TypeTombstone) {
		p.refuse(noPlace)
		return nil
	}
	audience, _ := s.readers().AudienceOf(item)
	one, err := s.postOf(item, audience)
	p.mark, p.document, p.post = markPost, &one, &one
	p.end = mediaEnd(item)
	return err
}

// mediaEnd tells the end of an item some of whose files did not come.
func mediaEnd(item portability.Item) end {
	for _, problem := range item.Problems {
		switch problem.Reason {
		case portability.MissingMedia:
			return missingMedia
		case portability.BadMedia:
			return badMedia
		case portability.NoPlace:
			return noPlaceMedia
		}
	}
	return copied
}

// prepareActivity takes boosts; nothing else of the outbox is shown.
func (s *Site) prepareActivity(item portability.Item, p *prepared) {
	why, ok := s.admits(item, vocab.Actor)
	target := item.Object.IRI(vocab.ObjectProperty)
	switch inner := item.Object.Child(vocab.ObjectProperty); {
	case !ok:
		p.refuse(why)
		return
	case !item.Object.Is(vocab.TypeAnnounce), !target.IsHTTP(), !s.innerIsPublic(inner):
		p.refuse(noPlace)
		return
	}
	p.mark, p.document = markBoost, boost{string(target), dateOf(item.Object, vocab.Published)}
}

// innerIsPublic reports whether nothing says that a boosted post is for fewer
// people than see its boost.
func (s *Site) innerIsPublic(inner *vocab.Object) bool {
	if inner == nil {
		return true
	}
	_, said := s.readers().AudienceOf(portability.Item{Object: inner})
	if !said {
		return true
	}
	_, ok := s.admits(portability.Item{Object: inner}, "")
	return ok
}

func (s *Site) prepareReceived(item portability.Item, p *prepared) {
	one, shown := s.reactionOf(item)
	if !shown || one.Target == "" || one.Actor != "" && one.Actor == string(s.readers().Actor) {
		p.refuse(noPlace)
		return
	}
	p.mark, p.document = markReaction, &one
}

// admits reports whether an item is the account's own, and for an audience that
// is shown. What says nothing of its audience is for its author alone.
func (s *Site) admits(item portability.Item, owner vocab.Property) (end, bool) {
	readers := s.readers()
	if by := item.Object.IRIs(owner); readers.Actor != "" && len(by) > 0 && by[0] != readers.Actor {
		return notOwn, false
	}
	audience, said := readers.AudienceOf(item)
	switch {
	case !said:
		return noAudience, false
	case !s.shows(audience):
		return noPlace, false
	}
	return copied, true
}

func (s *Site) shows(audience portability.Audience) bool {
	for _, one := range s.options.Audiences {
		if one == audience {
			return true
		}
	}
	return false
}

func (s *Site) readers() portability.Readership {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.profile.Readers
}
