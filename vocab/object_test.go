package vocab_test

import (
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
