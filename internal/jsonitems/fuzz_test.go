package jsonitems_test

import (
	"bytes"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"codeberg.org/godwit/godwit/internal/jsonitems"
)

func FuzzRead(f *testing.F) {
	for _, seed := range []string{
		`[1,"a",{"b":[{}]},null]`, `{"items":[1,{}],"totalItems":2}`, `{"orderedItems":[],"orderedItems":[1,]}`,
		`["\ud83d\ude00\ud800"]`, "\xff\xfe[\x001\x00]\x00", "\ufeff[\"\xff\"]", `x = [1];`, `[NaN,{"a":[}]`, `{"":1,"":{}}`,
		`[[[[[[1]]]]]`, `{"a":{"items":[1]},"b"`, `["\\\"]"]`,
	} {
		f.Add([]byte(seed), 40, 4)
	}
	f.Fuzz(func(t *testing.T, text []byte, most, depth int) {
		most, depth = most&0xffff, depth&0xff
		o := &jsonitems.Options{MaxItem: most, MaxDepth: depth, Assignment: len(text)%2 == 1}
		total := 0
		for e, err := range jsonitems.Read(bytes.NewReader(text), o) {
			if err != nil {
				t.Fatalf("reading from memory failed: %v", err)
			}
			total += len(e.Data)
			if most > 0 && len(e.Data) > 3*most {
				t.Fatalf("an element of %d bytes under a limit of %d", len(e.Data), most)
			}
			if e.Fault == "" && e.Array == "" && e.Member == "" && e.Data == nil {
				t.Fatal("an element that says nothing")
			}
		}
		if total > 3*len(text) {
			t.Fatalf("%d bytes read from %d", total, len(text))
		}
	})
}

func FuzzReadWhole(f *testing.F) {
	for _, seed := range []string{
		`[]`, ` [ 1 , "a,]\"" , {"b":[{}]} ,null] `, `[[],[[]],{"a":{"b":"\\"}}]`, `["\ud83d\ude00 ä 😀",1e400,-0.5]`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		value := jsontext.Value(bytes.Clone(text))
		if !value.IsValid() || value.Kind() != '[' || value.Compact() != nil {
			return
		}
		joined := []byte("[")
		for e, err := range jsonitems.Read(bytes.NewReader(text), &jsonitems.Options{MaxDepth: 10000}) {
			if err != nil || e.Fault != "" {
				t.Fatalf("valid JSON has the fault %q, error %v", e.Fault, err)
			}
			if len(joined) > 1 {
				joined = append(joined, ',')
			}
			joined = append(joined, e.Data...)
		}
		again := jsontext.Value(append(joined, ']'))
		if err := again.Compact(); err != nil || !bytes.Equal(again, value) {
			t.Errorf("the elements are not the array:\n got %s\nwant %s", again, value)
		}
	})
}

func FuzzLines(f *testing.F) {
	for _, seed := range []string{"{}\n[1]\n", "1\r\n\r\n\"\\n\"", "{\"a\":\n}", "\ufeff1\n2"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		number := int64(0)
		for e, err := range jsonitems.Lines(bytes.NewReader(text), nil) {
			if err != nil {
				t.Fatalf("reading from memory failed: %v", err)
			}
			if e.Fault == jsonitems.OddCoding && e.Data == nil {
				continue
			}
			if e.Line <= number {
				t.Fatalf("line %d behind line %d", e.Line, number)
			}
			number = e.Line
			if e.Fault == "" && bytes.ContainsRune(e.Data, '\n') {
				t.Fatalf("a document on two lines: %q", e.Data)
			}
		}
	})
}
