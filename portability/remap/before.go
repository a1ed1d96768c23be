package remap

import (
	"bytes"
	"fmt"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"codeberg.org/godwit/godwit/vocab"
)

// previously is LOLA 0.3's; it has no IRI yet.
const previously vocab.Property = "previously"

// contextMove is the context of FEP-1580.
const contextMove = "https://w3id.org/fep/1580"

// sayBefore notes where a copy came from among the other changes, if nothing is said of
// that yet and its terms need no context.
func (w *walker) sayBefore(o *vocab.Object, b *Before) bool {
	if b == nil || b.ID == "" {
		return true
	}
	said := w.crumbs == nil && (o.Has(previously) || o.Has(vocab.MigratedFrom) || o.Has(vocab.MigratedAt))
	if said || o.Has(vocab.Context) && !b.At.IsZero() || !w.top.kept {
		return false
	}
	crumb, err := b.crumb()
	if err != nil {
		return false
	}
	with := append([]byte(`,"previously":[`), crumb.Bytes()...)
	with = append(with, ']')
	if !b.At.IsZero() {
		with = append(with, `,"migratedFrom":`...)
		if with, err = jsontext.AppendQuote(with, b.ID); err != nil {
			return false
		}
		with = append(with, `,"migratedAt":"`+b.at()+`"`...)
	}
	w.edits = append(w.edits, edit{w.top.at, w.top.at, with})
	return true
}

func (b *Before) at() string { return b.At.UTC().Format(time.RFC3339) }

func (b *Before) crumb() (*vocab.Object, error) {
	members := []vocab.Member{{Name: vocab.Actor}, {Name: vocab.ID, Value: string(b.ID)}}
	if b.Actor != "" {
		members[0].Value = string(b.Actor)
	}
	return vocab.Build(members...)
}

// withBefore writes where a copy came from: as the newest of "previously", as
// migratedFrom, and when. A document that says so already is left as it is.
func withBefore(o *vocab.Object, b *Before) (*vocab.Object, error) {
	if b == nil || b.ID == "" {
		return o, nil
	}
	made, err := withCrumb(o, b)
	if err == nil && !b.At.IsZero() {
		made, err = withMigrated(made, b)
	}
	if err != nil {
		return nil, fmt.Errorf("remap document: write where it came from: %w", err)
	}
	return made, nil
}

func withCrumb(o *vocab.Object, b *Before) (*vocab.Object, error) {
	var older [][]byte
	for v := range o.All(previously) {
		if len(older) == 0 && v.IRI() == b.ID {
			return o, nil
		}
		older = append(older, v.Raw())
	}
	crumb, err := b.crumb()
	if err != nil {
		return nil, err
	}
	list, err := listOf(append([][]byte{crumb.Bytes()}, older...))
	if err != nil {
		return nil, err
	}
	return o.With(previously, list)
}

func withMigrated(o *vocab.Object, b *Before) (*vocab.Object, error) {
	if o.IRI(vocab.MigratedFrom) == b.ID {
		return o, nil
	}
	made, err := withTerms(o, vocab.MigratedFrom, vocab.MigratedAt)
	if err != nil {
		return nil, err
	}
	if made, err = made.With(vocab.MigratedFrom, string(b.ID)); err != nil {
		return nil, err
	}
	return made.With(vocab.MigratedAt, b.at())
}

// withTerms returns o with terms defined in its context, behind what stands there. A
// document without a context gets none: whoever shows it writes a whole one.
func withTerms(o *vocab.Object, terms ...vocab.Property) (*vocab.Object, error) {
	var entries [][]byte
	for v := range o.Get(vocab.Context).Elements() {
		entries = append(entries, v.Raw())
	}
	var missing []vocab.Member
	for _, term := range terms {
		if !defines(o.Get(vocab.Context), term) {
			missing = append(missing, vocab.Member{Name: term, Value: term.Definition()})
		}
	}
	if len(entries) == 0 || len(missing) == 0 {
		return o, nil
	}
	added, err := vocab.Build(missing...)
	if err != nil {
		return nil, err
	}
	list, err := listOf(append(entries, added.Bytes()))
	if err != nil {
		return nil, err
	}
	return o.With(vocab.Context, list)
}

// defines reports whether a context gives a term its own meaning. What another entry
// made of it, a later one undoes.
func defines(context vocab.Value, term vocab.Property) bool {
	defined := false
	for v := range context.Elements() {
		if url, ok := v.Text(); ok && strings.TrimSuffix(url, "/") == contextMove {
			defined = true
		}
		terms, ok := v.Object()
		if !ok || !terms.Has(term) {
			continue
		}
		id, _ := terms.Get(term).Text()
		if definition, ok := terms.Get(term).Object(); ok {
			id = definition.Text("@id")
		}
		defined = id == contextMove+"#"+string(term)
	}
	return defined
}

// listOf joins JSON values to an array, keeping their bytes.
func listOf(entries [][]byte) (vocab.Value, error) {
	raw := append([]byte(`{"v":[`), bytes.Join(entries, []byte{','})...)
	o, err := parse(append(raw, "]}"...))
	if err != nil {
		return vocab.Value{}, err
	}
	return o.Get("v"), nil
}
