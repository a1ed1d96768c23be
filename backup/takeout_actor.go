package backup

import (
	"slices"
	"strings"

	"codeberg.org/godwit/godwit/internal/dialect"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

// A takeoutPicture is the avatar or header, which stands at the top of a takeout.
type takeoutPicture struct {
	name string // "avatar.png"
	file takeoutFile
}

// holdActor makes actor.json of an actor's document.
func (t *Takeout) holdActor(item portability.Item) (takeoutEnd, error) {
	if t.actor != nil {
		return takeoutEnd{portability.Skipped, portability.TooMany}, nil
	}
	o, secret, err := withoutSecrets(item.Object)
	if err != nil {
		return takeoutEnd{}, err
	}
	end := takeoutCopied
	if secret {
		end = takeoutChanged(portability.SecretWithheld)
	}
	t.owner = portability.ReadershipOf(item.Object)
	for _, m := range item.Media {
		if _, there := t.find(m); !there {
			end = end.or(takeoutChanged(takeoutFileProblem(item)))
		}
	}
	pictures, o, err := t.portrayed(o, item.Media)
	if err == nil {
		o, err = takeoutPointing(o)
	}
	if err == nil {
		o, err = takeoutInWords(o)
	}
	if err != nil {
		return end, err
	}
	t.actor, t.pictures = o.Value().Raw(), pictures
	return end, nil
}

// portrayed links the first icon and image to their files at the top.
func (t *Takeout) portrayed(o *vocab.Object, media []portability.Medium) ([]takeoutPicture, *vocab.Object, error) {
	var pictures []takeoutPicture
	for _, place := range []struct {
		property vocab.Property
		name     string
	}{{vocab.Icon, "avatar"}, {vocab.Image, "header"}} {
		v := o.Get(place.property)
		path := "/" + takeoutPointer(takeoutNameOf(o, place.property))
		if v.Kind() == vocab.Array {
			path += "/0"
		}
		shown, is := takeoutAt(o, path)
		if !is {
			continue
		}
		urls := takeoutURLsOf(shown.Value())
		m, known := takeoutNamed(media, urls)
		to := ""
		if f, there := t.find(m); known && there {
			to = place.name + "." + f.ext
			pictures = append(pictures, takeoutPicture{to, f})
		} else if slices.ContainsFunc(urls, takeoutLeadsOut) {
			to = place.name + ".bin"
		}
		if to == "" {
			continue
		}
		var err error
		if o, err = takeoutLinked(o, path, to, m.Type); err != nil {
			return nil, o, err
		}
	}
	return pictures, o, nil
}

// takeoutPointing lets the collections of an actor point to the files of the takeout, and
// keeps where they were.
func takeoutPointing(o *vocab.Object) (*vocab.Object, error) {
	for _, place := range []struct {
		property vocab.Property
		file     string
	}{{vocab.Outbox, "outbox.json"}, {vocab.Likes, "likes.json"}, {"bookmarks", "bookmarks.json"}} {
		was := o.Get(place.property)
		changed, err := o.With(place.property, place.file)
		switch text, _ := was.Text(); {
		case err != nil:
		case was.IsZero():
			changed, err = takeoutMarked(changed, dialect.MadeMember, place.property)
		case text != place.file:
			changed, err = changed.With(dialect.KeptPrefix+place.property, was)
		}
		if err != nil {
			return nil, err
		}
		o = changed
	}
	return o, nil
}

// takeoutInWords makes the context of an actor a list, without that of Pleroma and its
// kin: importers look for "litepub" in it, and read such posts without regard to
// whom they were for. The words that it defines are defined in its place.
func takeoutInWords(o *vocab.Object) (*vocab.Object, error) {
	context := o.Get(vocab.Context)
	if context.IsZero() {
		made, err := o.With(vocab.Context, contextsOf(vocab.ContextFor(o, nil)))
		if err != nil {
			return nil, err
		}
		return takeoutMarked(made, dialect.MadeMember, vocab.Context)
	}
	var kept []vocab.Value
	dropped := false
	for v := range context.Elements() {
		if text, is := v.Text(); is && strings.Contains(text, "litepub") {
			dropped = true
			continue
		}
		kept = append(kept, v)
	}
	if !dropped && context.Kind() == vocab.Array {
		return o, nil
	}
	if dropped {
		for v := range vocab.ContextFor(o, nil).Elements() {
			if !slices.ContainsFunc(kept, func(k vocab.Value) bool { return k.String() == v.String() }) {
				kept = append(kept, v)
			}
		}
		var err error
		if o, err = o.With(dialect.KeptPrefix+"context", context); err != nil {
			return nil, err
		}
		return o.With(vocab.Context, kept)
	}
	listed, err := o.With(vocab.Context, kept)
	if err != nil {
		return nil, err
	}
	return takeoutMarked(listed, dialect.SingleMember, vocab.Context)
}

func contextsOf(v vocab.Value) []vocab.Value { return slices.Collect(v.Elements()) }
