package jsonitems_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/internal/jsonitems"
)

// A value that is longer than what is held at once is put together again, and
// what stands around it stays where it is.
func TestLongValues(t *testing.T) {
	for _, letters := range []int{100, 128 << 10, 1<<20 - 2, 1 << 20, 1<<20 + 1, 3<<20 + 12345} {
		long := `{"a":"` + strings.Repeat("0123456789abcdef", letters/16) + strings.Repeat("x", letters%16) + `"}`
		for situation, o := range map[string]*jsonitems.Options{"as text": nil, "as it stands": {AsItStands: true}} {
			situation := fmt.Sprintf("%d letters %s", letters, situation)
			text := `{"items":[1,` + long + `,2,` + long + `,3]}`
			var got []jsonitems.Element
			for e, err := range jsonitems.Read(strings.NewReader(text), o) {
				require.NoError(t, err, situation)
				got = append(got, e)
			}
			require.Len(t, got, 5, situation)
			for i, want := range []string{"1", long, "2", long, "3"} {
				assert.True(t, want == string(got[i].Data), "%s: element %d is what it was", situation, i)
				assert.True(t, strings.HasPrefix(text[got[i].Offset:], want), "%s: element %d is where it was", situation, i)
			}
		}
	}
}

func TestLongLines(t *testing.T) {
	long := `"` + strings.Repeat("x", 3<<20) + `"`
	text := "1\n" + long + "\n\n" + long + "\n2\n" + long
	var got []string
	for e, err := range jsonitems.Lines(strings.NewReader(text), nil) {
		require.NoError(t, err)
		require.Empty(t, e.Fault)
		got = append(got, string(e.Data))
		assert.True(t, strings.HasPrefix(text[e.Offset:], string(e.Data)), "line %d is where it was", e.Line)
	}
	require.Len(t, got, 5)
	assert.True(t, got[1] == long && got[2] == long && got[4] == long, "they are what they were")
}

func TestTooLongValuesAreLetGo(t *testing.T) {
	long := `"` + strings.Repeat("x", 5<<20) + `"`
	var got []string
	for e, err := range jsonitems.Read(strings.NewReader("["+long+",1,"+long+",2]"), &jsonitems.Options{MaxItem: 3 << 20}) {
		require.NoError(t, err)
		got = append(got, string(e.Fault)+string(e.Data))
	}
	assert.Equal(t, []string{"too-large", "1", "too-large", "2"}, got)
}
