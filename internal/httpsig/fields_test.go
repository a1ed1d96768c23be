package httpsig_test

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"codeberg.org/godwit/godwit/internal/httpsig"
	"github.com/dunglas/httpsfv"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

type fieldVector struct {
	Name       string
	Raw        []string
	HeaderType string `json:"header_type"`
	MustFail   bool   `json:"must_fail"`
	CanFail    bool   `json:"can_fail"`
	Canonical  []string
}

// The parser of structured fields is another's; these are the promises that
// this package builds on.
func TestPublishedStructuredFields(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(rfcVectors(t, "structured-fields"), "*.json"))
	require.NoError(t, err)
	require.NotEmpty(t, files, "the folder holds vectors")
	checked := 0
	for _, file := range files {
		var vectors []fieldVector
		require.NoError(t, json.Unmarshal(readFile(t, file), &vectors), file)
		for _, v := range vectors {
			checkField(t, v)
			checked++
		}
	}
	assert.Greater(t, checked, 1000, "as many as are published")
}

func checkField(t *testing.T, v fieldVector) {
	t.Helper()
	got, err := parseField(v)
	switch {
	case v.MustFail:
		assert.Error(t, err, "%s must fail", v.Name)
	case err != nil:
		assert.True(t, v.CanFail, "%s: %v", v.Name, err)
	default:
		want := v.Raw
		if v.Canonical != nil {
			want = v.Canonical
		}
		assert.Equal(t, strings.Join(want, ", "), got, v.Name)
	}
	if v.HeaderType != "dictionary" || len(v.Raw) != 1 {
		return
	}
	if plain, general, err := httpsig.TwoWays(v.Raw[0]); plain != nil {
		require.NoError(t, err, v.Name)
		assert.Equal(t, general, plain, v.Name)
	}
}

func parseField(v fieldVector) (string, error) {
	switch v.HeaderType {
	case "item":
		item, err := httpsfv.UnmarshalItem(v.Raw)
		if err != nil {
			return "", err
		}
		return httpsfv.Marshal(item)
	case "list":
		list, err := httpsfv.UnmarshalList(v.Raw)
		if err != nil {
			return "", err
		}
		return httpsfv.Marshal(list)
	}
	dictionary, err := httpsfv.UnmarshalDictionary(v.Raw)
	if err != nil {
		return "", err
	}
	return httpsfv.Marshal(dictionary)
}
