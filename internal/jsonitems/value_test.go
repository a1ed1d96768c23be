package jsonitems_test

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/internal/jsonitems"
)

func TestValue(t *testing.T) {
	small := &jsonitems.Options{MaxItem: 12, MaxDepth: 3}
	for _, c := range []struct {
		name, text, want string
		options          *jsonitems.Options
	}{
		{"a document", " {\"a\":[1]}\n", `{"a":[1]}`, nil},
		{"with a mark", "\ufeff{}", `{}<odd-coding>`, nil},
		{"with invalid UTF-8", "{\"a\":\"\xff\"}", "{\"a\":\"\uFFFD\"}<bad-text>", nil},
		{"with something behind", `{} {}`, `{}<trailing>`, nil},
		{"cut off", `{"a"`, `<truncated>`, nil},
		{"nothing", ` `, `<not-text>`, nil},
		{"no JSON", `<html>`, `<not-text>`, nil},
		{"too large", `{"a":"0123456789"}`, `<too-large>`, small},
		{"too deep", `[[[[]]]]`, `<too-deep>`, small},
		{"an assignment", `x.y = {"a":1};`, `{"a":1}`, &jsonitems.Options{Assignment: true}},
	} {
		t.Run(c.name, func(t *testing.T) {
			e, err := jsonitems.Value(strings.NewReader(c.text), c.options)
			require.NoError(t, err)
			assert.Equal(t, c.want, line(e))
		})
	}
	broken := errors.New("broken pipe")
	for _, text := range []string{``, `{`, `{}`} {
		_, err := jsonitems.Value(io.MultiReader(strings.NewReader(text), iotest.ErrReader(broken)), nil)
		assert.ErrorIs(t, err, broken, "reading %q", text)
	}
}
