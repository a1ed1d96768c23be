package vocab_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/internal/samples"
	"codeberg.org/godwit/godwit/vocab"
)

func TestParseRefuses(t *testing.T) {
	for situation, test := range map[string]struct {
		document string
		want     error
	}{
		"nothing":                     {"", vocab.ErrSyntax},
		"an array":                    {`[{}]`, vocab.ErrNotObject},
		"a string":                    {`"x"`, vocab.ErrNotObject},
		"two documents":               {`{}{}`, vocab.ErrSyntax},
		"cut short":                   {`{"a":`, vocab.ErrSyntax},
		"cut within an escape":        {`{"a\`, vocab.ErrSyntax},
		"a byte order mark":           {"\xef\xbb\xbf{}", vocab.ErrSyntax},
		"invalid UTF-8":               {"{\"a\":\"\xff\"}", vocab.ErrSyntax},
		"half a surrogate pair":       {`{"a":"\ud800"}`, vocab.ErrSyntax},
		"a control character":         {"{\"a\":\"\n\"}", vocab.ErrSyntax},
		"a leading zero":              {`{"a":01}`, vocab.ErrSyntax},
		"a trailing comma":            {`{"a":1,}`, vocab.ErrSyntax},
		"a name twice":                {`{"a":1,"a":2}`, vocab.ErrDuplicateName},
		"a name twice, once escaped":  {`{"id":1,"\u0069d":2}`, vocab.ErrDuplicateName},
		"a name twice, deep inside":   {`{"a":[{"b":{"c":1,"c":1}}]}`, vocab.ErrDuplicateName},
		"nested deeper than allowed":  {strings.Repeat(`{"a":`, 65) + "1" + strings.Repeat("}", 65), vocab.ErrTooDeep},
		"brackets without end":        {strings.Repeat("[", 1<<20), vocab.ErrTooDeep},
		"more members than allowed":   {`{"a":[` + strings.Repeat("1,", 200_001) + `1]}`, vocab.ErrTooMany},
		"larger than allowed":         {`{"a":"` + strings.Repeat("x", 1<<20) + `"}`, vocab.ErrTooLarge},
		"brackets closed, not opened": {`}{`, vocab.ErrSyntax},
	} {
		t.Run(situation, func(t *testing.T) {
			_, err := vocab.Parse([]byte(test.document))
			require.ErrorIs(t, err, test.want)
			var refused *vocab.ParseError
			require.ErrorAs(t, err, &refused)
			assert.LessOrEqual(t, refused.Offset, int64(len(test.document)))
		})
	}
}

func TestParseTakes(t *testing.T) {
	for situation, document := range map[string]string{
		"the empty object":             `{}`,
		"white space around":           " \t\r\n{ \"a\" : [ ] } \n",
		"as deep as allowed":           strings.Repeat(`{"a":`, 63) + "[]" + strings.Repeat("}", 63),
		"the empty name":               `{"":1}`,
		"brackets and quotes in text":  `{"a":"}]\"{[\\"}`,
		"numbers no float can hold":    `{"a":9007199254740993,"b":1e400,"c":0.10}`,
		"same name on different level": `{"a":{"a":{"a":1}}}`,
	} {
		t.Run(situation, func(t *testing.T) {
			o, err := vocab.Parse([]byte(document))
			require.NoError(t, err)
			assert.Equal(t, document, string(o.Bytes()))
		})
	}
}

func TestDuplicateNamesWhereADialectNeedsThem(t *testing.T) {
	o, err := vocab.ParseWith([]byte(`{"id":"x:1","type":"Note","id":"x:2"}`), &vocab.Limits{AllowDuplicateNames: true})
	require.NoError(t, err)
	assert.Equal(t, vocab.IRI("x:2"), o.ID(), "the last one counts")
	edited, err := o.With(vocab.ID, "x:3")
	require.NoError(t, err)
	assert.Equal(t, `{"type":"Note","id":"x:3"}`, edited.String(), "an edited name stands once")
	without, err := o.Without(vocab.ID)
	require.NoError(t, err)
	assert.Equal(t, `{"type":"Note"}`, without.String())
}

func seed(f *testing.F) {
	for _, document := range [][]byte{samples.Actor, samples.Note, samples.Move} {
		f.Add(document)
	}
	for _, document := range []string{
		`{}`, ` { "a" : null , "\u0061s:movedTo" : [ ] } `, `{"a":[1,-0.0,1e9,"\ud83d\ude00"],"b":{"":{}}}`, `[`, "{\"a\":\"\xff\"}",
		`{"movedTo":"x","as:movedTo":["y"],"https://w3id.org/fep/7628#movedTo":null}`, `{"@context":{"moved":"as:movedTo"},"moved":1}`,
	} {
		f.Add([]byte(document))
	}
}

// Parse changes nothing, and what it takes encoding/json takes too. Of what
// encoding/json takes, it refuses only what is named here.
func FuzzParse(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		given := bytes.Clone(data)
		o, err := vocab.Parse(data)
		strict := jsontext.Value(data).IsValid()
		if strict && (errors.Is(err, vocab.ErrSyntax) || errors.Is(err, vocab.ErrDuplicateName)) || !strict && err == nil {
			t.Fatalf("jsontext takes it: %t, Parse says: %v: %q", strict, err, data)
		}
		if err != nil {
			if json.Valid(data) && bytes.HasPrefix(bytes.TrimLeft(data, " \t\r\n"), []byte("{")) && !mayRefuse(data, err) {
				t.Fatalf("refused what encoding/json takes: %v: %q", err, data)
			}
			return
		}
		if !bytes.Equal(o.Bytes(), given) {
			t.Fatalf("Parse changed the document:\n got %q\nwant %q", o.Bytes(), given)
		}
		var members map[string]json.RawMessage
		if err := json.Unmarshal(data, &members); err != nil {
			t.Fatalf("took what encoding/json refuses: %v: %q", err, data)
		}
		if len(members) != o.Len() {
			t.Fatalf("%d members, encoding/json has %d: %q", o.Len(), len(members), data)
		}
		for name, v := range o.Members() {
			if !bytes.Equal(v.Raw(), members[name]) {
				t.Fatalf("%q is %q, encoding/json has %q", name, v.Raw(), members[name])
			}
			if !o.Has(vocab.Property(name)) {
				t.Fatalf("%q stands there and is not found: %q", name, data)
			}
			if _, longer := members[name+"\x01"]; o.Has(vocab.Property(name+"\x01")) != longer {
				t.Fatalf("%q is taken for a longer name: %q", name, data)
			}
		}
		readAll(o)
	})
}

// mayRefuse reports whether Parse may refuse, for this reason, an object that
// encoding/json takes.
func mayRefuse(data []byte, err error) bool {
	switch {
	case errors.Is(err, vocab.ErrSyntax):
		return !utf8.Valid(data) || bytes.Contains(data, []byte(`\u`)) // not Unicode, or may not be
	case errors.Is(err, vocab.ErrDuplicateName):
		_, err := vocab.ParseWith(data, &vocab.Limits{AllowDuplicateNames: true})
		return (err == nil || mayRefuse(data, err)) && namesTwice(json.NewDecoder(bytes.NewReader(data)))
	case errors.Is(err, vocab.ErrTooDeep):
		return bytes.Count(data, []byte("["))+bytes.Count(data, []byte("{")) > 64
	}
	return false
}

// namesTwice reads one value, and reports whether an object in it has a name
// twice.
func namesTwice(d *json.Decoder) bool {
	token, err := d.Token()
	delim, ok := token.(json.Delim)
	if err != nil || !ok {
		return false
	}
	twice, names := false, map[string]bool{}
	for d.More() {
		if delim == '{' {
			name, _ := d.Token()
			twice = twice || names[name.(string)]
			names[name.(string)] = true
		}
		twice = namesTwice(d) || twice
	}
	d.Token()
	return twice
}

// readAll calls every reader; none may panic, whatever the document holds.
func readAll(o *vocab.Object) {
	_ = o.ContextKind()
	_, _, _ = o.ID(), o.Types(), o.IsActor()
	_ = vocab.ContextFor(o, nil)
	for name, v := range o.Members() {
		p := vocab.Property(name)
		_, _, _, _, _ = o.IRIs(p), o.IRI(p), o.Text(p), o.Bool(p), o.Children(p)
		o.Time(p)
		o.Int64(p)
		_ = v.IRI().Origin()
		for element := range v.Elements() {
			if inner, ok := element.Object(); ok {
				readAll(inner)
			}
		}
	}
}

// An edit changes only what it names, and what was written is read back.
func FuzzWith(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		o, err := vocab.Parse(data)
		if err != nil {
			return
		}
		for _, p := range []vocab.Property{vocab.MovedTo, vocab.ID, vocab.Type, "x"} {
			edited, err := o.With(p, []string{"<new>"})
			if err != nil {
				t.Fatalf("With(%s): %v", p, err)
			}
			if got := edited.Get(p).String(); got != `["<new>"]` {
				t.Fatalf("With(%s) reads back as %s", p, got)
			}
			compareOthers(t, o, edited, p)
			without, err := o.Without(p)
			if err != nil {
				t.Fatalf("Without(%s): %v", p, err)
			}
			if without.Has(p) {
				t.Fatalf("Without(%s) left %s", p, without.Get(p))
			}
			compareOthers(t, o, without, p)
		}
	})
}

// compareOthers demands that all members but p's spellings are the same bytes
// in the same order, with the same white space around the document.
func compareOthers(t *testing.T, before, after *vocab.Object, p vocab.Property) {
	t.Helper()
	rest := func(o *vocab.Object) string {
		var b strings.Builder
		for name, v := range o.Members() {
			if !contains(p.Spellings(), name) {
				b.WriteString(name + "\x00" + v.String() + "\x00")
			}
		}
		return b.String()
	}
	if rest(before) != rest(after) {
		t.Fatalf("an edit of %s changed more than that:\n%q\n%q", p, before, after)
	}
	head, _, _ := strings.Cut(before.String(), "{")
	tail := before.String()[strings.LastIndexByte(before.String(), '}'):]
	if !strings.HasPrefix(after.String(), head+"{") || !strings.HasSuffix(after.String(), tail) {
		t.Fatalf("an edit of %s changed what is around the document: %q", p, after)
	}
}

func contains(list []string, s string) bool {
	for _, have := range list {
		if have == s {
			return true
		}
	}
	return false
}
