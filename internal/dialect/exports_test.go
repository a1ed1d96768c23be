package dialect_test

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/internal/container"
	"codeberg.org/godwit/godwit/internal/dialect"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/portability/portabilitytest"
)

// An entry is what the builders put into exports.
type entry struct{ name, body string }

func zipOfEntries(entries ...entry) []byte {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, e := range entries {
		f, err := w.Create(e.name)
		if err == nil {
			_, err = f.Write([]byte(e.body))
		}
		if err != nil {
			panic(err)
		}
	}
	if err := w.Close(); err != nil {
		panic(err)
	}
	return b.Bytes()
}

func openExport(t *testing.T, o *dialect.Options, data []byte) (*dialect.Account, error) {
	t.Helper()
	c, err := container.OpenAt(t.Context(), bytes.NewReader(data), int64(len(data)), nil)
	if err != nil {
		return nil, err
	}
	t.Cleanup(func() { require.NoError(t, c.Close()) })
	return dialect.Open(t.Context(), c, o)
}

// openAs opens an export, and wants it to be of a dialect.
func openAs(t *testing.T, name string, o *dialect.Options, data []byte) *dialect.Account {
	t.Helper()
	a, err := openExport(t, o, data)
	require.NoError(t, err)
	require.Equal(t, name, a.Name)
	return a
}

func itemsOf(t *testing.T, a *dialect.Account, k portability.Kind) []portability.Item {
	t.Helper()
	var all []portability.Item
	for item, err := range a.Items(t.Context(), k, "") {
		require.NoError(t, err, "%s", k)
		all = append(all, item)
	}
	return all
}

// counted is how many items of each kind there are, and of content and outbox how
// many for each audience.
func counted(t *testing.T, a *dialect.Account) map[string]int {
	t.Helper()
	counts := map[string]int{}
	for _, k := range portability.Kinds() {
		for _, item := range itemsOf(t, a, k) {
			counts[string(k)]++
			if k == portability.Content || k == portability.Outbox {
				audience, _ := a.Owner.AudienceOf(item)
				counts[fmt.Sprintf("%s for %s", k, audience)]++
			}
		}
	}
	return counts
}

// idsOf are the names of items, by their last segment.
func idsOf(items []portability.Item) []string {
	var all []string
	for _, item := range items {
		all = append(all, item.ID[strings.LastIndex(item.ID, "/")+1:])
	}
	return all
}

func oddOf(a *dialect.Account, r dialect.Reason) []dialect.Problem {
	return slices.DeleteFunc(slices.Clone(a.Odd()), func(p dialect.Problem) bool { return p.Reason != r })
}

// kinds is what the suite for sources wants to know of counts.
func kindsOf(counts map[string]int) map[portability.Kind]int {
	kinds := map[portability.Kind]int{}
	for name, n := range counts {
		if k := portability.Kind(name); k.Known() {
			kinds[k] = n
		}
	}
	return kinds
}

// suite runs the suite for sources over an export.
func suite(t *testing.T, o *dialect.Options, data []byte, want portabilitytest.Want) {
	t.Run("suite", func(t *testing.T) {
		portabilitytest.TestSource(t, func(t *testing.T) portability.Source {
			a, err := openExport(t, o, data)
			require.NoError(t, err)
			return a
		}, want)
	})
}

// hostileTexts are put where an export has text. Each must be read to the end,
// without a panic and in little memory, or refused.
var hostileTexts = map[string]string{
	"nothing":                  ``,
	"null":                     `null`,
	"a number":                 `42`,
	"nested a million deep":    strings.Repeat("[", 1_000_000),
	"nested and closed":        strings.Repeat(`{"a":`, 100_000) + "1" + strings.Repeat("}", 100_000),
	"cut short":                `[{"id":"1","text":"x"`,
	"numbers in place of all":  `[1,2,{"id":3,"text":4,"createdAt":5,"visibility":6,"files":7,"uri":8,"account":9,"fileIds":{}}]`,
	"nulls in place of all":    `[null,{"id":null,"text":null,"createdAt":null,"visibility":null,"files":[null],"uri":null,"reblog":null}]`,
	"one object with nothing":  `[{}]`,
	"no text":                  "\x00\xff\xfe",
	"a comma before the first": `[,{"id":"1"}]`,
}

// readsToTheEnd reads all there is.
func readsToTheEnd(ctx context.Context, t *testing.T, a *dialect.Account) {
	t.Helper()
	for _, k := range portability.Kinds() {
		for item, err := range a.Items(ctx, k, "") {
			if err != nil {
				t.Logf("%s: %v", k, err)
				break
			}
			_, fatal := item.Fatal()
			assert.True(t, fatal || item.ID != "", "%s: an item without name or problem", k)
			assert.True(t, fatal || item.Object != nil || len(item.Raw) > 0 || k == portability.Media, "%s %q says nothing", k, item.ID)
			if item.Object == nil {
				continue
			}
			if audience, said := a.Owner.AudienceOf(item); !said {
				assert.Equal(t, portability.ForAuthor, audience)
			}
		}
	}
}

// hostile puts each hostile text in place of an entry of an export.
func hostile(t *testing.T, o *dialect.Options, entries []entry) {
	for i := range entries {
		for name, text := range hostileTexts {
			t.Run(entries[i].name+" is "+name, func(t *testing.T) {
				changed := slices.Clone(entries)
				changed[i].body = text
				a, err := openExport(t, o, zipOfEntries(changed...))
				if err != nil {
					t.Logf("refused: %v", err)
					return
				}
				readsToTheEnd(t.Context(), t, a)
			})
		}
	}
}

func dirNames(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names, err
}
