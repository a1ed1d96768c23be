package backup

import (
	"bytes"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

// A class says what a member is, by its name.
type class byte

const (
	plainMember class = iota
	secretMember
	blindMember   // bto or bcc
	keyTypeMember // makes an object a JWK
	jwkMember     // private if the object is a JWK
)

// classOf takes compact names, prefixed ones and full IRIs.
func classOf(name string) class {
	switch local := name[strings.LastIndexAny(name, "#:/")+1:]; {
	case secretNames[strings.ToLower(local)]:
		return secretMember
	case slices.Contains(blindNames, name):
		return blindMember
	case name == "kty":
		return keyTypeMember
	case isPrivateOfJWK(name):
		return jwkMember
	}
	return plainMember
}

var blindNames = slices.Concat(vocab.Bto.Spellings(), vocab.Bcc.Spellings())

// A cutter goes once through a JSON text, however deep, and notes where members
// stand that have to go.
type cutter struct {
	text  []byte
	in    *jsontext.Decoder
	blind bool // look for bto and bcc, and else for secrets
	cuts  []cut
}

// A cut is a part of a text that goes.
type cut struct{ from, to int32 }

// A placed member is where one stands, from its name to the end of its value.
type placed struct {
	cut
	class class
}

// withoutMembers returns a JSON text without the private halves of keys, or without
// bto and bcc, wherever they stand in it, and whether there were any. All other
// bytes stay. It takes one pass: a hostile text may have a million of them.
func withoutMembers(text []byte, blind bool) ([]byte, bool, error) {
	c := cutter{text: text, blind: blind}
	c.in = jsontext.NewDecoder(bytes.NewReader(text), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	if err := c.value(); err != nil || c.cuts == nil {
		return text, false, err
	}
	slices.SortFunc(c.cuts, func(a, b cut) int { return int(a.from - b.from) })
	kept, at := make([]byte, 0, len(text)), int32(0)
	for _, cut := range c.cuts {
		if cut.to <= at {
			continue // within one that is gone already
		}
		kept, at = append(kept, text[at:max(cut.from, at)]...), cut.to
	}
	return append(kept, text[at:]...), true, nil
}

func (c *cutter) value() error {
	switch c.in.PeekKind() {
	case '{':
		return c.object()
	case '[':
		return c.array()
	}
	return c.in.SkipValue()
}

func (c *cutter) array() error {
	if _, err := c.in.ReadToken(); err != nil {
		return err
	}
	for c.in.PeekKind() != ']' {
		if err := c.value(); err != nil {
			return err
		}
	}
	_, err := c.in.ReadToken()
	return err
}

func (c *cutter) object() error {
	if _, err := c.in.ReadToken(); err != nil {
		return err
	}
	var members []placed
	wanted := false
	for c.in.PeekKind() != '}' {
		before := c.at()
		name, err := c.in.ReadToken()
		if err != nil {
			return err
		}
		m := placed{class: classOf(name.String())}
		m.from = before + int32(bytes.IndexByte(c.text[before:], '"'))
		if err := c.value(); err != nil {
			return err
		}
		m.to = c.at()
		wanted = wanted || m.class != plainMember
		members = append(members, m)
	}
	if wanted {
		c.cut(members)
	}
	_, err := c.in.ReadToken()
	return err
}

func (c *cutter) at() int32 { return int32(c.in.InputOffset()) }

// cut notes which members of an object go, each with the comma that parts it from
// those that stay.
func (c *cutter) cut(members []placed) {
	isJWK := slices.ContainsFunc(members, func(m placed) bool { return m.class == keyTypeMember })
	stays := false
	for i, m := range members {
		gone := m.class == blindMember
		if !c.blind {
			gone = m.class == secretMember || isJWK && m.class == jwkMember
		}
		switch {
		case !gone:
			stays = true
		case stays:
			c.cuts = append(c.cuts, cut{members[i-1].to, m.to})
		case i+1 < len(members):
			c.cuts = append(c.cuts, cut{m.from, members[i+1].from})
		default:
			c.cuts = append(c.cuts, m.cut)
		}
	}
}

// withoutSecrets returns a document without the private halves of keys, wherever
// they stand in it, and whether there were any.
func withoutSecrets(o *vocab.Object) (*vocab.Object, bool, error) { return cutDocument(o, false) }

// withoutBlind returns a document without bto and bcc, its own and those of the
// objects in it: an archive is shown to others, and those whom they name were to be
// known to nobody else.
func withoutBlind(o *vocab.Object) (*vocab.Object, bool, error) {
	if o == nil || !mayBeBlind(o.Value().Raw()) {
		return o, false, nil
	}
	return cutDocument(o, true)
}

func cutDocument(o *vocab.Object, blind bool) (*vocab.Object, bool, error) {
	text, found, err := withoutMembers(o.Value().Raw(), blind)
	if err != nil || !found {
		return o, false, err
	}
	clean, err := unbare(portability.Actor, text)
	return clean, true, err
}

// mayBeBlind is a quick look: few documents have such members, and all are asked.
// Names can be written with escapes.
func mayBeBlind(text []byte) bool {
	for _, sign := range []string{`bto"`, `bcc"`, `\u006`, `\u007`} {
		if bytes.Contains(text, []byte(sign)) {
			return true
		}
	}
	return false
}

// withoutHidden takes bto and bcc out of an object and the activity around it; either
// may be nil. Where that leaves one of the two for nobody, and the other is for
// somebody, it is for its author from then on: without a word it would leave it to
// the other, and be read by more than before.
func withoutHidden(object, activity *vocab.Object) (*vocab.Object, *vocab.Object, bool, error) {
	o, inObject, err := withoutBlind(object)
	if err != nil {
		return object, activity, false, err
	}
	a, inActivity, err := withoutBlind(activity)
	if err != nil {
		return object, activity, false, err
	}
	switch {
	case isBlind(object) && !isAddressed(o) && isAddressed(a):
		o, err = o.With(vocab.To, authorOf(object, activity))
	case isBlind(activity) && !isAddressed(a) && isAddressed(o):
		a, err = a.With(vocab.To, authorOf(activity, object))
	}
	return o, a, inObject || inActivity, err
}

func isBlind(o *vocab.Object) bool {
	return o != nil && len(o.IRIs(vocab.Bto))+len(o.IRIs(vocab.Bcc)) > 0
}

func isAddressed(o *vocab.Object) bool {
	return o != nil && len(o.IRIs(vocab.To))+len(o.IRIs(vocab.CC))+len(o.IRIs(vocab.Audience)) > 0
}

// authorOf is whom the first of the documents names as its author; its own id, which
// nobody has, if none does.
func authorOf(documents ...*vocab.Object) vocab.IRI {
	for _, o := range documents {
		for _, p := range []vocab.Property{vocab.Actor, vocab.AttributedTo} {
			if o != nil && o.IRI(p) != "" {
				return o.IRI(p)
			}
		}
	}
	return documents[0].ID()
}
