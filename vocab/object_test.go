package vocab_test

import (
	"iter"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/vocab"
)

func TestEditLeavesOtherBytesAlone(t *testing.T) {
	o, err := vocab.Parse([]byte("{ \"id\" : \"https://a.example/\", \"x\":[1.0,{\"y\":null}] ,\"as:movedTo\":\"https://b.example/\" }\n"))
	require.NoError(t, err)
	for name, edit := range map[string]struct {
		do   func() (*vocab.Object, error)
		want string
	}{
		"replace under its own name": {
			func() (*vocab.Object, error) { return o.With(vocab.MovedTo, "https://c.example/") },
			"{ \"id\" : \"https://a.example/\", \"x\":[1.0,{\"y\":null}] ,\"as:movedTo\":\"https://c.example/\" }\n",
		},
		"add a member": {
			func() (*vocab.Object, error) { return o.With(vocab.AlsoKnownAs, []string{"https://<d>/"}) },
			"{ \"id\" : \"https://a.example/\", \"x\":[1.0,{\"y\":null}] ,\"as:movedTo\":\"https://b.example/\",\"alsoKnownAs\":[\"https://<d>/\"] }\n",
		},
		"take one out": {
			func() (*vocab.Object, error) { return o.Without(vocab.MovedTo) },
			"{ \"id\" : \"https://a.example/\", \"x\":[1.0,{\"y\":null}] }\n",
		},
		"deep": {
			func() (*vocab.Object, error) { return o.Edit("/x/1/y", 5) },
			"{ \"id\" : \"https://a.example/\", \"x\":[1.0,{\"y\":5}] ,\"as:movedTo\":\"https://b.example/\" }\n",
		},
		"append": {
			func() (*vocab.Object, error) { return o.Edit("/x/-", true) },
			"{ \"id\" : \"https://a.example/\", \"x\":[1.0,{\"y\":null},true] ,\"as:movedTo\":\"https://b.example/\" }\n",
		},
		"cut an element": {
			func() (*vocab.Object, error) { return o.Cut("/x/0") },
			"{ \"id\" : \"https://a.example/\", \"x\":[{\"y\":null}] ,\"as:movedTo\":\"https://b.example/\" }\n",
		},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := edit.do()
			require.NoError(t, err)
			assert.Equal(t, edit.want, got.String())
		})
	}
}

// The object of an activity is read together with the activity; it must be what
// reading it by itself gives.
func TestInnerObject(t *testing.T) {
	for situation, test := range map[string]struct{ document, want string }{
		"an activity":             {`{"type":"Create","object":{"id":"a","to":["b"]},"actor":"c"}`, `{"id":"a","to":["b"]}`},
		"white space":             {" { \"object\" :\n{ \"id\" : \"a\" }\t} ", `{ "id" : "a" }`},
		"an empty object":         {`{"object":{}}`, `{}`},
		"an object in the object": {`{"object":{"object":{"id":"b"},"id":"a"}}`, `{"object":{"id":"b"},"id":"a"}`},
		"in the prefixed name":    {`{"as:object":{"id":"a"}}`, `{"id":"a"}`},
		"with an escape":          {`{"obj\u0065ct":{"id":"a"}}`, `{"id":"a"}`},
		"twice":                   {`{"object":{"id":"a"},"object":{"id":"b"}}`, `{"id":"b"}`},
		"twice, the second a list": {
			`{"object":{"id":"a"},"object":["x",{"id":"b"}]}`, `{"id":"b"}`,
		},
		"elsewhere before": {`{"x":{"object":{"id":"b"}},"object":{"@id":"a"}}`, `{"@id":"a"}`},
	} {
		t.Run(situation, func(t *testing.T) {
			o, err := vocab.ParseWith([]byte(test.document), &vocab.Limits{AllowDuplicateNames: true})
			require.NoError(t, err)
			inner := o.Child(vocab.ObjectProperty)
			require.NotNil(t, inner)
			assert.Equal(t, test.want, string(inner.Bytes()))
			alone, err := vocab.Parse([]byte(test.want))
			require.NoError(t, err)
			assert.Equal(t, slices.Collect(names(alone)), slices.Collect(names(inner)))
			assert.Equal(t, alone.ID(), inner.ID())
			changed, err := inner.With(vocab.Name, "x")
			require.NoError(t, err)
			assert.Equal(t, "x", changed.Text(vocab.Name), "of %s", changed)
		})
	}
}

func names(o *vocab.Object) iter.Seq[string] {
	return func(yield func(string) bool) {
		for name, value := range o.Members() {
			if !yield(name + "=" + value.String()) {
				return
			}
		}
	}
}

func TestSpellingsHaveMarks(t *testing.T) {
	n := 0
	for _, p := range []vocab.Property{vocab.ID, vocab.Type, vocab.To, vocab.Inbox, vocab.Subject, vocab.FieldValue, vocab.OrderedItems, vocab.MovedTo} {
		for _, name := range p.Spellings()[1:] {
			assert.True(t, strings.ContainsAny(name, ":@"), "look-ups take %q for a usual name", name)
			o, err := vocab.Parse([]byte(`{"a":1,"` + name + `":"x"}`))
			require.NoError(t, err)
			assert.Equal(t, "x", o.Text(p), name)
			n++
		}
	}
	assert.Greater(t, n, 10)
}
