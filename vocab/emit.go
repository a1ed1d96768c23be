package vocab

import (
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// ContextOptions adjusts [ContextFor]. A nil *ContextOptions is the same as a
// zero one.
type ContextOptions struct {
	// FEP7628 defines movedTo by the IRI that FEP-7628 gives it, instead of
	// ActivityStreams' own namespace, which servers in use expect.
	FEP7628 bool
}

// ContextFor returns the "@context" to write into o: ActivityStreams, and
// beside it, in the document itself, the definition of every other name in o
// that this package knows. Nobody has to fetch anything but ActivityStreams,
// which every server holds. Names that are not known here stay undefined, as
// does whatever an "@context" that o already has defines.
func ContextFor(o *Object, options *ContextOptions) Value {
	w := &contextWriter{defined: map[string]bool{}, prefixes: map[string]bool{}}
	if options != nil && options.FEP7628 {
		w.iriOfMovedTo = NamespaceFEP7628 + string(MovedTo)
	}
	w.addObject(o)
	if len(w.terms) == 0 {
		return text(ContextAS)
	}
	out := append([]byte{'['}, text(ContextAS).raw...)
	out = append(out, ",{"...)
	out = append(out, strings.Join(append(w.namespaces, w.terms...), ",")...)
	return Value{raw: append(out, "}]"...)}
}

func text(s string) Value {
	quoted, _ := jsontext.AppendQuote(nil, s)
	return Value{raw: quoted}
}

// A contextWriter collects definitions in the order in which their names
// appear.
type contextWriter struct {
	iriOfMovedTo      string
	defined, prefixes map[string]bool
	namespaces, terms []string
}

func (w *contextWriter) addObject(o *Object) {
	for name, v := range o.Members() {
		switch name {
		case string(Context):
		case string(Type):
			for element := range v.Elements() {
				typeName, _ := element.Text()
				w.define(typeName, typeMeanings[typeName])
			}
		default:
			w.define(name, propertyMeanings[name])
			w.addValue(v)
		}
	}
}

func (w *contextWriter) addValue(v Value) {
	for element := range v.Elements() {
		if o, ok := element.Object(); ok {
			w.addObject(o)
		}
	}
}

func (w *contextWriter) define(name string, m meaning) {
	if m.core || len(m.iris) == 0 || w.defined[name] {
		return
	}
	w.defined[name] = true
	iri := m.iris[0]
	if name == string(MovedTo) && w.iriOfMovedTo != "" {
		iri = w.iriOfMovedTo
	}
	w.terms = append(w.terms, text(name).String()+":"+definition(w.short(iri), m))
}

// short returns iri behind a prefix, which it defines if ActivityStreams does
// not.
func (w *contextWriter) short(iri string) string {
	for _, prefix := range prefixes {
		namespace := namespaceOf[prefix][0]
		local, found := cutPrefix(iri, namespace)
		if !found {
			continue
		}
		if prefix != "as" && !w.prefixes[prefix] {
			w.prefixes[prefix] = true
			w.namespaces = append(w.namespaces, text(prefix).String()+":"+text(namespace).String())
		}
		return prefix + ":" + local
	}
	return iri
}

func definition(iri string, m meaning) string {
	if !m.ref && !m.inList || strings.HasPrefix(iri, "@") {
		return text(iri).String()
	}
	def := `{"@id":` + text(iri).String()
	if m.ref {
		def += `,"@type":"@id"`
	}
	if m.inList {
		def += `,"@container":"@list"`
	}
	return def + "}"
}
