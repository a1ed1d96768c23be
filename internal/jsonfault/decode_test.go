package jsonfault_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/internal/jsonfault"
)

type sample struct {
	Names []string           `json:"names"`
	Count int                `json:"count"`
	At    time.Time          `json:"at"`
	On    *bool              `json:"on"`
	Inner struct{ A string } `json:"inner"`
}

func TestFaultsAreSaidInPlainWords(t *testing.T) {
	for document, want := range map[string]string{
		`{"names":"al"}`:         "/names is a string, and should be an array",
		`{"names":["al",7]}`:     "/names/1 is a number, and should be a string",
		`{"count":"7"}`:          "/count is a string, and should be a whole number",
		`{"count":7.5}`:          "/count is a number, and should be a whole number",
		`{"at":"yesterday"}`:     "/at is a string, and should be a time, such as 2026-11-22T12:00:00Z",
		`{"on":"yes"}`:           "/on is a string, and should be true or false",
		`{"inner":{"B":"x"}}`:    "unknown member /inner/B",
		`{"inner":[]}`:           "/inner is an array, and should be an object",
		`{"count":1,"count":2}`:  "duplicate member /count: it stands twice",
		`{"count":`:              "not well-formed JSON at byte 9",
		``:                       "not well-formed JSON at byte 0",
		`{"count":1}{"count":2}`: "not well-formed JSON at byte 11",
		`[1]`:                    "the document is an array, and should be an object",
	} {
		var v sample
		require.EqualError(t, jsonfault.Decode([]byte(document), &v), want, document)
	}
	var v sample
	require.NoError(t, jsonfault.Decode([]byte(`{"names":["al"],"count":2,"at":"2026-11-22T12:00:00Z"}`), &v))
	assert.Equal(t, 2, v.Count)
}

// Whatever is read, no name of Go's stands in what a person is told.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{`{"names":{}}`, `{"at":1}`, `{"a":`, `null`, `{"inner":{"A":[]}}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var v sample
		if err := jsonfault.Decode(data, &v); err != nil {
			assert.NotContains(t, err.Error(), "Go ")
			assert.NotContains(t, err.Error(), "unmarshal")
		}
	})
}
