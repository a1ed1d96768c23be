package afterlife

import (
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"codeberg.org/godwit/godwit/vocab"
)

// A cleaner leaves out of a document what strangers were never shown, and what is
// not the account's own. Every other byte stays as it was.
type cleaner struct {
	owner vocab.IRI
	// private reports whether an id is that of something that is not for strangers.
	private func(vocab.IRI) (bool, error)
	// places are the whole addresses of files that the document names otherwise.
	places map[string]vocab.IRI
	origin string // the account's
	err    error
}

// secret are members that are for their owner alone, or for nobody.
var secret = []string{"bto", "bcc", "privateKey", "privateKeyPem", "privateKeyMultibase", "secretKeyMultibase", "secretKeyJwk",
	"privateKeyJwk", "password", "email", "accessToken", "token", "bookmarks", "directMessage"}

// counted are collections that stand inside of objects, with what others wrote.
var counted = []string{"replies", "likes", "shares", "context", "contextHistory", "thread"}

// keptPrefix begins the names of members in which godwit keeps what was there before.
const keptPrefix = "https://codeberg.org/godwit/ns#"

// clean returns the document without those members.
func (c *cleaner) clean(o *vocab.Object) (*vocab.Object, error) {
	out, _ := c.record(o, true)
	if c.err != nil {
		return nil, c.err
	}
	if string(out) == o.Value().String() {
		return o, nil
	}
	return vocab.ParseWith(out, &vocab.Limits{Bytes: len(out) + 1, Depth: 10_000, Members: 1 << 30})
}

// whole is clean, with a context: in an export that may stand somewhere else.
func (c *cleaner) whole(o *vocab.Object) (*vocab.Object, error) {
	o, err := c.clean(o)
	if err != nil || o.Has(vocab.Context) {
		return o, err
	}
	return o.With(vocab.Context, vocab.ContextFor(o, nil))
}

// local is a name without the namespace or prefix before it.
func local(name string) string { return name[strings.LastIndexAny(name, ":#/")+1:] }

// record returns an object's bytes, and whether it may stand there.
func (c *cleaner) record(o *vocab.Object, top bool) ([]byte, bool) {
	id := o.ID()
	if !top && c.isPrivate(id) {
		return nil, false
	}
	if !top && c.isForeign(o) {
		return quoted(id), id.IsHTTP()
	}
	out, changed := []byte{'{'}, false
	for name, v := range o.Members() {
		raw, keep := c.member(name, v)
		if !keep {
			changed = true
			continue
		}
		changed = changed || string(raw) != string(v.Raw())
		if len(out) > 1 {
			out = append(out, ',')
		}
		out = append(append(append(out, quoted(vocab.IRI(name))...), ':'), raw...)
	}
	if !changed {
		return o.Value().Raw(), true
	}
	return append(out, '}'), true
}

// isForeign reports whether an object that stands inside of another is somebody
// else's.
func (c *cleaner) isForeign(o *vocab.Object) bool {
	for _, p := range [...]vocab.Property{vocab.AttributedTo, vocab.Actor} {
		if slices.ContainsFunc(o.IRIs(p), func(by vocab.IRI) bool { return by != c.owner }) {
			return true
		}
	}
	return false
}

func (c *cleaner) member(name string, v vocab.Value) ([]byte, bool) {
	switch short := local(name); {
	case strings.HasPrefix(name, keptPrefix), slices.Contains(secret, short):
		return nil, false
	case name == "@context":
		return v.Raw(), true
	case slices.Contains(counted, short) && v.Kind() == vocab.Record:
		id := v.IRI()
		return quoted(id), id != "" && !c.isPrivate(id)
	case short == "url" || short == "href":
		return c.place(v)
	}
	return c.value(v)
}

// place is value for what may be the address of a file.
func (c *cleaner) place(v vocab.Value) ([]byte, bool) {
	if at, ok := v.Text(); ok {
		if whole, known := c.places[at]; known {
			return quoted(whole), true
		}
		switch {
		case strings.HasPrefix(at, "//"), at != "" && !strings.HasPrefix(at, "/") && !strings.Contains(at, ":"):
			return nil, false // it leads nowhere
		case strings.HasPrefix(at, "/"):
			return quoted(uploaded(c.origin, at)), true
		}
	}
	return c.value(v)
}

// uploaded is where Mastodon has its files, of which takeouts give the path.
func uploaded(origin, path string) vocab.IRI {
	if strings.HasPrefix(path, "/media_attachments/") {
		path = "/system" + path
	}
	return vocab.IRI(origin + path)
}

func (c *cleaner) value(v vocab.Value) ([]byte, bool) {
	switch v.Kind() {
	case vocab.Record:
		o, ok := v.Object()
		if !ok {
			return nil, false
		}
		return c.record(o, false)
	case vocab.Array:
		return c.array(v), true
	case vocab.String:
		s, ok := v.Text()
		return v.Raw(), !ok || !c.isPrivate(vocab.IRI(s))
	}
	return v.Raw(), true
}

func (c *cleaner) array(v vocab.Value) []byte {
	out, changed := []byte{'['}, false
	for e := range v.Elements() {
		raw, keep := c.value(e)
		if !keep {
			changed = true
			continue
		}
		changed = changed || string(raw) != string(e.Raw())
		if len(out) > 1 {
			out = append(out, ',')
		}
		out = append(out, raw...)
	}
	if !changed {
		return v.Raw()
	}
	return append(out, ']')
}

func (c *cleaner) isPrivate(id vocab.IRI) bool {
	if c.err != nil || !id.IsHTTP() {
		return false
	}
	is, err := c.private(id.Document())
	c.err = err
	return is
}

// quoted writes a text as JSON.
func quoted(s vocab.IRI) []byte {
	b, err := jsontext.AppendQuote(nil, string(s))
	if err != nil {
		return []byte(`""`) // no UTF-8
	}
	return b
}
