package backup

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

// Put implements portability.Sink.
func (t *Takeout) Put(ctx context.Context, items []portability.Item) ([]portability.Result, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := errors.Join(ctx.Err(), t.ended, t.known.err); err != nil {
		return nil, fmt.Errorf("put items: %w", err)
	}
	results := make([]portability.Result, len(items))
	for i, item := range items {
		end, err := t.put(item)
		if err != nil {
			return nil, fmt.Errorf("put items: %w", err)
		}
		results[i] = portability.Result{Ref: item.Ref, State: end.state, Reason: end.reason}
	}
	if t.known.err != nil {
		return nil, fmt.Errorf("put items: %w", t.known.err)
	}
	return results, nil
}

// A takeoutEnd is how an item ended.
type takeoutEnd struct {
	state  portability.State
	reason portability.Reason
}

var takeoutCopied = takeoutEnd{state: portability.Copied}

func takeoutChanged(r portability.Reason) takeoutEnd { return takeoutEnd{portability.Changed, r} }

// or prefers what has a reason.
func (e takeoutEnd) or(other takeoutEnd) takeoutEnd {
	if e.reason != "" {
		return e
	}
	return other
}

func (t *Takeout) put(item portability.Item) (takeoutEnd, error) {
	if p, fatal := item.Fatal(); fatal {
		return takeoutEnd{portability.Failed, p.Reason}, nil
	}
	switch {
	case item.ID == "":
		return takeoutEnd{portability.Failed, portability.NoID}, nil
	case item.Object == nil && len(item.Raw) == 0 && item.Kind != portability.Media:
		return takeoutEnd{portability.Failed, portability.Unreadable}, nil
	}
	at, given := takeoutKey("ref", string(item.Kind), item.ID), takeoutSumOf(item)
	if before, there := t.known.given(at); there {
		if before == given {
			return takeoutEnd{portability.Skipped, portability.AlreadyThere}, nil
		}
		return takeoutEnd{portability.Conflicting, portability.Differs}, nil
	}
	end, err := t.hold(item)
	if err == nil && (end.state == portability.Copied || end.state == portability.Changed) {
		t.known.give(at, given)
	}
	return end, err
}

func (t *Takeout) hold(item portability.Item) (takeoutEnd, error) {
	if item.Kind == portability.Media {
		return t.holdMedium(item), nil
	}
	if item.Object == nil {
		return takeoutEnd{portability.Skipped, portability.NoPlace}, nil
	}
	switch item.Kind {
	case portability.Actor:
		return t.holdActor(item)
	case portability.Content:
		return t.holdContent(item)
	case portability.Outbox:
		return t.holdShare(item)
	case portability.Liked:
		return t.holdName(t.likes, item)
	case portability.Bookmarks:
		return t.holdName(t.marks, item)
	}
	return takeoutEnd{portability.Skipped, portability.NoPlace}, nil
}

// holdMedium holds a file alone: what is known of it has no place but in the posts
// that use it.
func (t *Takeout) holdMedium(item portability.Item) takeoutEnd {
	for _, m := range item.Media {
		if _, there := t.find(m); !there {
			return takeoutEnd{portability.Failed, takeoutFileProblem(item)}
		}
	}
	if item.Object != nil {
		for name := range item.Object.Members() {
			if name != "digest" && name != "size" && name != "mediaType" {
				return takeoutChanged(portability.Shortened)
			}
		}
	}
	return takeoutCopied
}

// holdContent holds a piece of content in the activity that brought it.
func (t *Takeout) holdContent(item portability.Item) (takeoutEnd, error) {
	end := takeoutCopied
	object, activity, hidden, err := withoutHidden(item.Object, item.Activity)
	if hidden {
		end = takeoutChanged(portability.HiddenRecipients)
	}
	if err != nil {
		return end, err
	}
	item.Object = object
	object, other, err := t.importable(item)
	if end = end.or(other); err != nil {
		return end, err
	}
	activity, left, err := t.around(activity, object)
	if err != nil {
		return end, err
	}
	if left {
		end = end.or(takeoutChanged(portability.Shortened))
	}
	return end, t.content.add(takeoutDate(object, activity), activity.Value().Raw())
}

// holdShare holds an Announce. Its object is named, as Mastodon does, unless it is
// the person's own: another's words are not theirs to give out.
func (t *Takeout) holdShare(item portability.Item) (takeoutEnd, error) {
	if !item.Object.Is("Announce") {
		return takeoutEnd{portability.Skipped, portability.NoPlace}, nil
	}
	end := takeoutCopied
	share, hidden, err := withoutBlind(item.Object)
	if hidden {
		end = takeoutChanged(portability.HiddenRecipients)
	}
	if err != nil {
		return end, err
	}
	inside := share.Child(vocab.ObjectProperty)
	if inside != nil && inside.IRI(vocab.AttributedTo) != share.IRI(vocab.Actor) && inside.ID() != "" {
		share, err = share.With(vocab.ObjectProperty, inside.ID())
		end = end.or(takeoutChanged(portability.Shortened))
	}
	if err != nil {
		return end, err
	}
	return end, t.outbox.add(takeoutDate(share, nil), share.Value().Raw())
}

// holdName holds the id of something that is somebody else's.
func (t *Takeout) holdName(to *takeoutSpool, item portability.Item) (takeoutEnd, error) {
	id := string(item.Object.ID())
	if id == "" {
		id = item.ID
	}
	quoted, err := jsontext.AppendQuote(nil, id)
	if err != nil {
		return takeoutEnd{portability.Failed, portability.Unreadable}, nil
	}
	end := takeoutCopied
	if item.Object.Len() > 1 {
		end = takeoutChanged(portability.Shortened)
	}
	return end, to.add(time.Time{}, quoted)
}

func takeoutDate(first, second *vocab.Object) time.Time {
	if at, ok := first.Time(vocab.Published); ok {
		return at
	}
	if second == nil {
		return time.Time{}
	}
	at, _ := second.Time(vocab.Published)
	return at
}

// takeoutFileProblem says why a file of the item is not here.
func takeoutFileProblem(item portability.Item) portability.Reason {
	for _, p := range item.Problems {
		if p.Reason == portability.BadMedia || p.Reason == portability.NoPlace {
			return p.Reason
		}
	}
	return portability.MissingMedia
}

// takeoutSumOf is a hash of what an item says, the same for members in another order.
func takeoutSumOf(item portability.Item) takeoutSum {
	data := item.Raw
	if item.Object != nil {
		data = item.Object.Bytes()
		if canonical, err := actor.Canonical(data); err == nil {
			data = canonical
		}
	}
	full := sha256.Sum256(data)
	return takeoutSum(full[:len(takeoutSum{})])
}
