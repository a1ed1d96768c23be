package gofed_test

import (
	"bytes"
	"testing"

	"codeberg.org/godwit/godwit/internal/samples"
	"codeberg.org/godwit/godwit/vocab"
	"codeberg.org/godwit/godwit/vocab/gofed"
)

// FuzzRoundTrip holds that no document makes ToType panic, that an unchanged
// value gives back exactly its bytes, and that a change of one member leaves
// the value of every other as it was.
func FuzzRoundTrip(f *testing.F) {
	for _, seed := range [][]byte{samples.Actor, samples.Note, samples.Move, []byte(lossy)} {
		f.Add(seed)
		for _, mutated := range mutations(seed) {
			f.Add(mutated)
		}
	}
	f.Add([]byte(`{"type":"Note","duration":""}`))
	f.Add([]byte(`{"type":["Person","x"],"name":{"en":"x"},"nameMap":"y","icon":[[[]]],"endpoints":{"as:sharedInbox":[null]}}`))
	f.Add([]byte(`{"type":"Note","to":[],"cc":[null],"bto":[["x"]],"tag":[{}],"id":5,"url":"://","published":"","updated":"-1"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		o, err := vocab.ParseWith(data, &vocab.Limits{AllowDuplicateNames: true})
		if err != nil {
			return
		}
		value, err := gofed.ToType(t.Context(), o)
		if err != nil {
			return
		}
		back, err := gofed.FromType(t.Context(), value, o)
		if err != nil || !bytes.Equal(back.Bytes(), data) {
			t.Fatalf("an unchanged document came back otherwise (%v):\n got %q\nwant %q", err, back, data)
		}
		gofed.SetIRIs(value, "alsoKnownAs", "https://fuzz.example/")
		edited, err := gofed.FromType(t.Context(), value, o)
		if err != nil {
			t.Fatalf("a changed document could not be written: %v", err)
		}
		if ids := edited.IRIs(vocab.AlsoKnownAs); len(ids) != 1 || ids[0] != "https://fuzz.example/" {
			t.Fatalf("the change was not written: %q", edited)
		}
		assertOthersKept(t, o, edited)
	})
}

// assertOthersKept compares every member but alsoKnownAs and @context.
func assertOthersKept(t *testing.T, was, is *vocab.Object) {
	rest := map[string][]string{}
	for name, v := range is.Members() {
		rest[name] = append(rest[name], string(v.Raw()))
	}
	spellings := map[string]bool{"@context": true}
	for _, name := range vocab.AlsoKnownAs.Spellings() {
		spellings[name] = true
	}
	for name, v := range was.Members() {
		for _, prefix := range []string{"toot:", "sec:", "security:", "ldp:", "fep7628:"} {
			spellings[prefix+"alsoKnownAs"] = true
		}
		if spellings[name] || bytes.HasSuffix([]byte(name), []byte("alsoKnownAs")) {
			continue
		}
		if len(rest[name]) == 0 || rest[name][0] != string(v.Raw()) {
			t.Fatalf("member %q was %q and is %q", name, v.Raw(), rest[name])
		}
		rest[name] = rest[name][1:]
	}
}

// mutations returns the document once for every value at its top, with that
// value in another shape.
func mutations(document []byte) [][]byte {
	o, err := vocab.Parse(document)
	if err != nil {
		panic(err)
	}
	var list [][]byte
	for name := range o.Members() {
		if name == "@context" {
			continue
		}
		for _, shape := range []any{nil, true, -1.5, "", "::", []any{}, []any{nil}, []any{[]any{"x"}}, map[string]any{}, map[string]any{"type": "Note", "duration": ""}} {
			mutated, err := o.Edit("/"+name, shape)
			if err == nil {
				list = append(list, mutated.Bytes())
			}
		}
	}
	return list
}
