package dialect_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/internal/dialect"
)

func TestIntegrityList(t *testing.T) {
	good := `{"path":"a","size":1,"sha256":"` + sumOf("a") + `"}`
	for name, c := range map[string]struct {
		text  string
		lines int
		err   string
	}{
		"nothing":                   {"", 0, ""},
		"two lines":                 {good + "\n" + good + "\n", 2, ""},
		"no line break at the end":  {good, 1, ""},
		"CRLF":                      {good + "\r\n", 1, ""},
		"members that nobody knows": {strings.Replace(good, "{", `{"x":1,`, 1) + "\n", 1, ""},
		"an empty line":             {good + "\n\n", 1, "line 2"},
		"no path":                   {strings.Replace(good, `"a"`, `""`, 1), 0, "line 1"},
		"no size":                   {strings.Replace(good, `"size":1,`, ``, 1), 0, "line 1"},
		"size below zero":           {strings.Replace(good, `:1,`, `:-1,`, 1), 0, "line 1"},
		"size that is no number":    {strings.Replace(good, `:1,`, `:"1",`, 1), 0, "line 1"},
		"size beyond all":           {strings.Replace(good, `:1,`, `:1e30,`, 1), 0, "line 1"},
		"digest of another kind":    {strings.Replace(good, sumOf("a"), "d41d8cd98f00b204e9800998ecf8427e", 1), 0, "line 1"},
		"member twice":              {strings.Replace(good, "{", `{"path":"b",`, 1), 0, "line 1"},
		"endless line":              {strings.Replace(good, `"a"`, `"`+strings.Repeat("a", 20_000)+`"`, 1), 0, "too long"},
		"cut in a line":             {good + "\n" + good[:20], 1, "line 2"},
	} {
		t.Run(name, func(t *testing.T) {
			n, failed := 0, error(nil)
			for line, err := range dialect.Integrity(strings.NewReader(c.text)) {
				require.NoError(t, failed, "an error is the last thing")
				if failed = err; err == nil {
					n++
					assert.Equal(t, "a", line.Path)
				}
			}
			assert.Equal(t, c.lines, n)
			if c.err == "" {
				assert.NoError(t, failed)
			} else {
				assert.ErrorContains(t, failed, c.err)
			}
		})
	}
}

// What is read and written again is read as the same.
func FuzzIntegrity(f *testing.F) {
	f.Add(`{"path":"a","size":1,"sha256":"` + sumOf("a") + `"}` + "\n" + `{"path":"b/c.json","size":0,"sha256":"` + sumOf("") + `"}`)
	f.Add(`{"path":"\u00e4","size":9223372036854775807,"sha256":"` + strings.ToUpper(sumOf("a")) + `"}`)
	f.Add("{}\n")
	f.Fuzz(func(t *testing.T, text string) {
		var lines []dialect.IntegrityLine
		var again strings.Builder
		for line, err := range dialect.Integrity(strings.NewReader(text)) {
			if err != nil {
				break
			}
			lines = append(lines, line)
			path, err := json.Marshal(line.Path)
			require.NoError(t, err)
			fmt.Fprintf(&again, `{"path":%s,"size":%d,"sha256":"%x"}`+"\n", path, line.Size, line.SHA256)
		}
		var second []dialect.IntegrityLine
		for line, err := range dialect.Integrity(strings.NewReader(again.String())) {
			require.NoError(t, err)
			second = append(second, line)
		}
		assert.Equal(t, lines, second)
	})
}
