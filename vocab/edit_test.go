package vocab_test

import (
	"encoding/json"
	"fmt"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"codeberg.org/godwit/godwit/vocab"
)

func parse(t require.TestingT, document string) *vocab.Object {
	o, err := vocab.Parse([]byte(document))
	require.NoError(t, err, document)
	return o
}

func TestWithJoinsSpellings(t *testing.T) {
	for situation, test := range map[string]struct{ before, after, without string }{
		"neighbours at the start": {
			`{"as:movedTo":"x:1","https://w3id.org/fep/7628#movedTo":["x:2"] , "id":"x:0"}`,
			`{"as:movedTo":"x:9","id":"x:0"}`, `{"id":"x:0"}`,
		},
		"neighbours at the end": {
			`{"id":"x:0" , "as:movedTo":"x:1" , "fep7628:movedTo":["x:2"] }`,
			`{"id":"x:0" , "as:movedTo":"x:9" }`, `{"id":"x:0" }`,
		},
		"apart, one escaped": {
			`{"as:movedTo":"x:1","id":"x:0","moved\u0054o":"x:2","type":"Person","fep7628:movedTo":null}`,
			`{"id":"x:0","moved\u0054o":"x:9","type":"Person"}`, `{"id":"x:0","type":"Person"}`,
		},
		"nothing else": {`{ "movedTo":1,"as:movedTo":2 }`, `{ "movedTo":"x:9" }`, `{  }`},
		"not there":    {`{ }`, `{"movedTo":"x:9" }`, `{ }`},
	} {
		t.Run(situation, func(t *testing.T) {
			o := parse(t, test.before)
			edited, err := o.With(vocab.MovedTo, "x:9")
			require.NoError(t, err)
			assert.Equal(t, test.after, edited.String())
			without, err := o.Without(vocab.MovedTo)
			require.NoError(t, err)
			assert.Equal(t, test.without, without.String())
			assert.Equal(t, test.before, o.String(), "the original stays")
		})
	}
}

func TestAllJoinsSpellings(t *testing.T) {
	o := parse(t, `{"as:alsoKnownAs":["x:2",null,{"id":"x:3"}],"alsoKnownAs":"x:1","https://www.w3.org/ns/activitystreams#alsoKnownAs":{"type":"Link","href":"x:4"}}`)
	assert.Equal(t, []vocab.IRI{"x:1", "x:4", "x:2", "x:3"}, o.IRIs(vocab.AlsoKnownAs))
	assert.Equal(t, vocab.IRI(""), o.IRI(vocab.AlsoKnownAs), "several are no one")
}

func TestWithKeepsDocumentsInsideAsTheyAre(t *testing.T) {
	inner := parse(t, `{ "n": 1.50, "e":"\u00e9", "z":9007199254740993 }`)
	o := parse(t, `{}`)
	for situation, value := range map[string]any{
		"a document":        inner,
		"its value":         inner.Value(),
		"a list":            []*vocab.Object{inner},
		"a map":             map[string]any{"in": inner},
		"a list of values":  []vocab.Value{inner.Value(), {}},
		"a raw message":     json.RawMessage(`{"n":1.50,"z":9007199254740993}`),
		"a nested document": map[string][]any{"in": {inner, "x"}},
	} {
		edited, err := o.With(vocab.ObjectProperty, value)
		require.NoError(t, err, situation)
		assert.Contains(t, edited.String(), `1.50`, situation)
		assert.Contains(t, edited.String(), `9007199254740993`, situation)
	}
	edited, err := o.With(vocab.ObjectProperty, inner)
	require.NoError(t, err)
	assert.Equal(t, inner.String(), edited.Child(vocab.ObjectProperty).String())
	standard, err := json.Marshal(map[string]any{"in": inner})
	require.NoError(t, err)
	assert.JSONEq(t, `{"in":{"n":1.50,"e":"é","z":9007199254740993}}`, string(standard), "encoding/json loses nothing either")
}

func TestWithRefusesNothing(t *testing.T) {
	o := parse(t, `{}`)
	_, err := o.With(vocab.Target, vocab.Value{})
	require.ErrorIs(t, err, vocab.ErrNoValue)
	_, err = o.With(vocab.Target, (*vocab.Object)(nil))
	require.ErrorIs(t, err, vocab.ErrNoValue)
	_, err = o.With(vocab.Target, func() {})
	require.Error(t, err)
}

func TestEditByPath(t *testing.T) {
	const document = ` { "a" : [ 1 , {"b~/":[ ] , "c":{"d":1}} , 3 ] } `
	for path, test := range map[string]struct{ edited, cut string }{
		"/a/0":         {` { "a" : [ "new" , {"b~/":[ ] , "c":{"d":1}} , 3 ] } `, ` { "a" : [ {"b~/":[ ] , "c":{"d":1}} , 3 ] } `},
		"/a/2":         {` { "a" : [ 1 , {"b~/":[ ] , "c":{"d":1}} , "new" ] } `, ` { "a" : [ 1 , {"b~/":[ ] , "c":{"d":1}} ] } `},
		"/a/-":         {` { "a" : [ 1 , {"b~/":[ ] , "c":{"d":1}} , 3,"new" ] } `, ""},
		"/a/1/b~0~1":   {` { "a" : [ 1 , {"b~/":"new" , "c":{"d":1}} , 3 ] } `, ` { "a" : [ 1 , {"c":{"d":1}} , 3 ] } `},
		"/a/1/c/d":     {` { "a" : [ 1 , {"b~/":[ ] , "c":{"d":"new"}} , 3 ] } `, ` { "a" : [ 1 , {"b~/":[ ] , "c":{}} , 3 ] } `},
		"/a/1/e":       {` { "a" : [ 1 , {"b~/":[ ] , "c":{"d":1},"e":"new"} , 3 ] } `, ""},
		"/":            {` { "a" : [ 1 , {"b~/":[ ] , "c":{"d":1}} , 3 ],"":"new" } `, ""},
		"/a/1/b~0~1/-": {` { "a" : [ 1 , {"b~/":["new" ] , "c":{"d":1}} , 3 ] } `, ""},
		"/a/3":         {"", ""},
		"/a/00":        {"", ""},
		"/a/+0":        {"", ""},
		"/a/0/x":       {"", ""},
		"/x/y":         {"", ""},
		"a":            {"", ""},
		"":             {"", ""},
	} {
		o := parse(t, document)
		check := func(verb, want string, got *vocab.Object, err error) {
			if want == "" {
				require.Error(t, err, "%s %q", verb, path)
				return
			}
			require.NoError(t, err, "%s %q", verb, path)
			assert.Equal(t, want, got.String(), "%s %q", verb, path)
		}
		edited, err := o.Edit(path, "new")
		check("edit", test.edited, edited, err)
		cut, err := o.Cut(path)
		check("cut", test.cut, cut, err)
	}
}

// A path that leads somewhere can be set to what it holds, to something else
// and back, and the document is as before each time.
func TestEditAnywhereAndBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := parse(t, `{"top":`+drawValue(t, 3)+` , "last":0}`)
		path, v := "/top", o.Get("top")
		for {
			same, err := o.Edit(path, v)
			require.NoError(t, err)
			require.Equal(t, o.String(), same.String(), path)
			other, err := o.Edit(path, "other")
			require.NoError(t, err)
			require.Len(t, other.Bytes(), len(o.Bytes())-len(v.Raw())+len(`"other"`), path)
			back, err := other.Edit(path, v)
			require.NoError(t, err)
			require.Equal(t, o.String(), back.String(), path)
			var name string
			if name, v = drawInside(t, v); name == "" {
				return
			}
			path += "/" + name
		}
	})
}

func drawInside(t *rapid.T, v vocab.Value) (string, vocab.Value) {
	var names []string
	var values []vocab.Value
	if o, ok := v.Object(); ok {
		for name, inner := range o.Members() {
			names, values = append(names, name), append(values, inner)
		}
	} else if v.Kind() == vocab.Array {
		for inner := range v.Elements() {
			names, values = append(names, strconv.Itoa(len(names))), append(values, inner)
		}
	}
	if len(names) == 0 {
		return "", vocab.Value{}
	}
	i := rapid.IntRange(0, len(names)-1).Draw(t, "step")
	return names[i], values[i]
}

func drawValue(t *rapid.T, depth int) string {
	space := rapid.SampledFrom([]string{"", " ", "\n\t"})
	kind := rapid.IntRange(0, 3).Draw(t, "kind")
	if depth == 0 || kind < 2 {
		return rapid.SampledFrom([]string{"1", "-0.0", "null", `"}]\""`, "[]", "{ }", "1e400"}).Draw(t, "leaf")
	}
	n := rapid.IntRange(1, 3).Draw(t, "n")
	out := ""
	for i := range n {
		if i > 0 {
			out += space.Draw(t, "space") + "," + space.Draw(t, "space")
		}
		if kind == 3 {
			out += fmt.Sprintf(`"m%d"`, i) + space.Draw(t, "space") + ":"
		}
		out += space.Draw(t, "space") + drawValue(t, depth-1)
	}
	if kind == 3 {
		return "{" + out + space.Draw(t, "space") + "}"
	}
	return "[" + out + space.Draw(t, "space") + "]"
}

func TestBuild(t *testing.T) {
	o, err := vocab.Build(
		vocab.Member{Name: vocab.Context, Value: vocab.ContextAS},
		vocab.Member{Name: vocab.Type, Value: vocab.TypeMove},
		vocab.Member{Name: vocab.CC},
		vocab.Member{Name: vocab.To, Value: []vocab.IRI{"https://a.example/<f>"}},
	)
	require.NoError(t, err)
	assert.Equal(t, `{"@context":"https://www.w3.org/ns/activitystreams","type":"Move","to":["https://a.example/<f>"]}`, o.String())
	_, err = vocab.Build(vocab.Member{Name: "a", Value: 1}, vocab.Member{Name: "a", Value: 2})
	require.ErrorIs(t, err, vocab.ErrDuplicateName)
}

func TestNumbersKeepTheirDigits(t *testing.T) {
	o := parse(t, `{"totalItems":9007199254740993,"big":12345678901234567890,"half":0.50,"text":"7"}`)
	n, ok := o.Int64(vocab.TotalItems)
	assert.True(t, ok)
	assert.Equal(t, int64(9007199254740993), n)
	for _, p := range []vocab.Property{"big", "half", "text", "absent"} {
		_, ok := o.Int64(p)
		assert.False(t, ok, "%s is no int64", p)
	}
	digits, ok := o.Get("half").Number()
	assert.True(t, ok)
	assert.Equal(t, "0.50", digits)
}
