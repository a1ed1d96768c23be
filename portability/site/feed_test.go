package site_test

import (
	"encoding/json"
	"encoding/xml"
	"io"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// checkFeeds reads the three feeds as programs do that know nothing of them.
func checkFeeds(t *testing.T, files map[string]string) {
	t.Helper()
	for _, name := range []string{"feeds/rss.xml", "feeds/atom.xml"} {
		require.Contains(t, files, name)
		elements := map[string]int{}
		decoder := xml.NewDecoder(strings.NewReader(files[name]))
		for {
			token, err := decoder.Token()
			if err == io.EOF {
				break
			}
			require.NoError(t, err, name)
			if start, ok := token.(xml.StartElement); ok {
				elements[start.Name.Local]++
			}
		}
		assert.NotContains(t, elements, "script", name)
		assert.Positive(t, elements["item"]+elements["entry"], "%s: posts", name)
	}
	var feed struct {
		Version string
		Items   []struct {
			ID          string
			ContentHTML *string `json:"content_html"`
		}
	}
	require.NoError(t, json.Unmarshal([]byte(files["feeds/feed.json"]), &feed))
	assert.Equal(t, "https://jsonfeed.org/version/1.1", feed.Version)
	require.NotEmpty(t, feed.Items)
	for _, one := range feed.Items {
		assert.NotEmpty(t, one.ID)
		require.NotNil(t, one.ContentHTML)
		assert.NotContains(t, *one.ContentHTML, "<script")
	}
}

var chunkShape = regexp.MustCompile(`(?s)\Agodwit\([0-9]+,(\[.*\])\);\n\z`)

// checkIndex reads the scripts of the search index: each is one call with JSON.
func checkIndex(t *testing.T, files map[string]string) {
	t.Helper()
	posts := 0
	for name, text := range files {
		if !strings.HasPrefix(name, "search/") || name == "search/index.js" {
			continue
		}
		match := chunkShape.FindStringSubmatch(text)
		require.Len(t, match, 2, name)
		assert.NotRegexp(t, "[<\u2028\u2029\r]", text, "%s: what could end a script or a line", name)
		var rows [][4]string
		require.NoError(t, json.Unmarshal([]byte(match[1]), &rows), name)
		for _, row := range rows {
			assert.Contains(t, files, row[0], "a result leads to a page")
			posts++
		}
	}
	assert.Positive(t, posts, "the index has posts")
}
