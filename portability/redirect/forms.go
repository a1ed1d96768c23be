package redirect

import (
	"net/url"
	"slices"
	"strings"

	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

// A Shape is what sort of thing an old URL stands for.
type Shape string

// The shapes. "" is what no known software calls so.
const (
	Post    Shape = "post"
	Profile Shape = "profile"
	Kept    Shape = "kept" // an inbox, a collection, a key: what federation needs
	File    Shape = "file"
)

// isKept reports whether an address is an inbox, a collection or a key by its form.
func isKept(software Software, id vocab.IRI) bool {
	path, _ := split(id)
	path = strings.TrimRight(simpler(path), "/")
	for i := range families {
		if f := &families[i]; software == "" || software == f.name {
			for _, p := range f.kept {
				if _, ok := match(p, path); ok {
					return true
				}
			}
		}
	}
	return false
}

// A Form is what an old URL says of itself.
type Form struct {
	Software Software // whose form it is; the first, if several have it
	Shape    Shape
	User     string // the name of its account; "" if it does not say
	Name     string // of what is kept: "inbox", "followers", "featured"; "" otherwise

	parts parts
	all   []*family // all whose form it is
}

// maxForm is how long an old URL may be to be looked at.
const maxForm = 4 << 10

// Parse tells what an old URL stands for. The software is whose URLs are meant, "" for
// any. It is false for what has no known form.
func Parse(software Software, id vocab.IRI) (Form, bool) {
	f, _ := normalize(software, id)
	return f, f.Shape != ""
}

// Normalize returns the addresses by which the thing behind an old URL may be known to a URI map,
// the URL itself first: with the query left out, without percent-encoding that means nothing, and
// in every form of the software that follows from it. They are guesses: some may be nothing.
// There are never more than 32.
func Normalize(software Software, id vocab.IRI) []vocab.IRI {
	_, keys := normalize(software, id)
	return append([]vocab.IRI{id}, keys...)
}

// maxKeys bounds what one request makes a map look up.
const maxKeys = 31

// normalize returns further names than the one it is given.
func normalize(software Software, id vocab.IRI) (Form, []vocab.IRI) {
	origin := id.Origin()
	if origin == "" || len(id) > maxForm {
		return Form{}, nil
	}
	path, query := split(id)
	path = simpler(path)
	form := formOf(software, origin, path, query)
	keys := &keySet{origin: origin, not: id}
	if form.Shape != Kept {
		keys.addPlain(path, query)
	}
	form.addKeys(keys, path)
	if lower := strings.ToLower(form.User); lower != form.User {
		form.parts["user"] = lower
		form.addKeys(keys, path)
		form.parts["user"] = form.User
	}
	return form, keys.all
}

// split returns the path and the query of a URL, without fragment.
func split(id vocab.IRI) (path, query string) {
	rest, _, _ := strings.Cut(afterAuthority(string(id)), "#")
	path, query, _ = strings.Cut(rest, "?")
	if path == "" {
		path = "/"
	}
	return path, query
}

// simpler undoes percent-encoding that means nothing: "%40alice" is "@alice".
func simpler(path string) string {
	if !strings.Contains(path, "%") {
		return path
	}
	decoded, err := url.PathUnescape(path)
	if err != nil || strings.Count(decoded, "/") != strings.Count(path, "/") || strings.ContainsAny(decoded, "?#") ||
		strings.ContainsFunc(decoded, func(r rune) bool { return r <= ' ' || r == 0x7f }) {
		return path
	}
	return escape(strings.ReplaceAll(decoded, "%", "%25"))
}

type keySet struct {
	origin string
	not    vocab.IRI
	all    []vocab.IRI
}

func (k *keySet) add(rest string) {
	id := vocab.IRI(k.origin + rest)
	if id != k.not && len(k.all) < maxKeys && !slices.Contains(k.all, id) {
		k.all = append(k.all, id)
	}
}

// addPlain adds what is the same address whatever the software: without its query, and
// with or without the slash at its end.
func (k *keySet) addPlain(path, query string) {
	if query != "" {
		k.add(path + "?" + query)
		if path == "/" {
			return // the query is all there is
		}
	}
	k.add(path)
	k.add(lowerHex(path))
	if trimmed := strings.TrimRight(path, "/"); trimmed != path && trimmed != "" {
		k.add(trimmed)
	} else if path != "/" {
		k.add(path + "/")
	}
}

// lowerHex writes percent-encoding as WordPress does.
func lowerHex(path string) string {
	if !strings.Contains(path, "%") {
		return path
	}
	b := []byte(path)
	for i := 0; i+2 < len(b); i++ {
		if b[i] == '%' {
			copy(b[i+1:i+3], strings.ToLower(path[i+1:i+3]))
		}
	}
	return string(b)
}

// formOf compares with the patterns of one family, or of all.
func formOf(software Software, origin, path, query string) Form {
	var form Form
	for i := range families {
		f := &families[i]
		if software != "" && software != f.name {
			continue
		}
		shape, found := f.match(ownHost(path, origin), query)
		if shape == "" || form.Shape != "" && shape != form.Shape {
			continue
		}
		if form.Shape == "" {
			form = Form{Software: f.name, Shape: shape, User: found["user"], parts: parts{}}
			if shape == Kept {
				path := strings.TrimRight(path, "/")
				form.Name = path[strings.LastIndexByte(path, '/')+1:]
			}
		}
		form.all = append(form.all, f)
		for name, value := range found {
			form.parts[name] = value
		}
	}
	return form
}

// ownHost leaves out the host of a name that says it: /@alice@old.example is /@alice there. A
// name of another host stays as it is, and is no {user}.
func ownHost(path, origin string) string {
	host := vocab.IRI(origin).Host()
	before, after, found := strings.Cut(path, "@"+host)
	if !found || !strings.Contains(before, "@") || after != "" && after[0] != '/' {
		return path
	}
	return before + after
}

func (f *family) match(path, query string) (Shape, parts) {
	if f.name == WordPress {
		if shape, found := matchWordPress(path, query); shape != "" {
			return shape, found
		}
	}
	if trimmed := strings.TrimRight(path, "/"); trimmed != "" && f.name != WordPress {
		path = trimmed
	}
	for _, of := range []struct {
		shape    Shape
		patterns []string
	}{{Kept, f.kept}, {Post, f.posts.keys}, {Post, f.posts.more}, {Profile, f.profiles.keys}, {Profile, f.profiles.more}} {
		for _, p := range of.patterns {
			if found, ok := match(p, path); ok {
				return of.shape, found
			}
		}
	}
	if f.files != nil && len(f.files(path)) > 0 {
		return File, parts{}
	}
	return "", nil
}

// addKeys adds every key that follows from the parts of a form.
func (f Form) addKeys(keys *keySet, path string) {
	for _, fam := range f.all {
		switch f.Shape {
		case Post:
			f.parts.addAll(keys, fam.posts.keys)
		case Profile:
			f.parts.addAll(keys, fam.profiles.keys)
		case File:
			for _, p := range fam.files(path) {
				keys.add(p)
			}
		}
	}
}

func (p parts) addAll(keys *keySet, patterns []string) {
	for _, pattern := range patterns {
		if path, ok := p.write(pattern); ok {
			keys.add(path)
		}
	}
}

// owners returns the addresses that the account of a post may have.
func (f Form) owners(origin string) []vocab.IRI {
	keys := &keySet{origin: origin}
	if f.Shape == Post && (f.parts["user"] != "" || f.parts["account"] != "") {
		for _, fam := range f.all {
			f.parts.addAll(keys, fam.profiles.keys)
		}
	}
	return keys.all
}

// Forms returns all addresses by which a server's software led to one of its posts,
// profiles or files, given its id and the URLs of it that are known, which come first. What is on another
// origin than the id stays, and leads to nothing more.
func Forms(software Software, id vocab.IRI, urls []vocab.IRI) []vocab.IRI {
	origin := id.Origin()
	keys := &keySet{origin: origin}
	known := append([]vocab.IRI{id}, urls...)
	all, joined := slices.Clone(known), parts{}
	for _, u := range known {
		if u.Origin() != origin || origin == "" {
			continue
		}
		form, more := normalize(software, u)
		keys.all = append(keys.all, more...)
		for name, value := range form.parts {
			joined[name] = value
		}
		form.parts = joined
		form.addForms(keys)
	}
	for _, k := range keys.all {
		if !slices.Contains(all, k) {
			all = append(all, k)
		}
	}
	return all
}

func (f Form) addForms(keys *keySet) {
	for _, fam := range f.all {
		switch f.Shape {
		case Post:
			f.parts.addAll(keys, fam.posts.all())
		case Profile:
			f.parts.addAll(keys, fam.profiles.all())
		}
	}
}

// Expand returns a mapping for every address by which the old server's software led to an
// item, given the mappings of its id and its known URLs. Those that were given come first.
func Expand(software Software, known []portability.Mapping) []portability.Mapping {
	if len(known) == 0 {
		return nil
	}
	urls := make([]vocab.IRI, len(known))
	for i, m := range known {
		urls[i] = m.Old
	}
	all := slices.Clone(known)
	for _, form := range Forms(software, known[0].ID, urls) {
		if slices.Contains(urls, form) {
			continue
		}
		m := known[0]
		m.Old = form
		all = append(all, m)
	}
	return all
}
