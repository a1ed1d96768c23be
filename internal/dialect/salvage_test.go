package dialect_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/internal/dialect"
	"codeberg.org/godwit/godwit/portability"
)

// indispensable are the entries that tell what an export is, or whose.
var indispensable = []string{"account.json", "manifest.json", "data/manifest.js"}

// Of an export with one damaged entry all others are given up whole.
func TestSalvageOfOneDamagedEntry(t *testing.T) {
	for name, c := range map[string]struct {
		o       *dialect.Options
		entries []entry
	}{
		"fep-6fcd":        {nil, exampleEntries()},
		"fep-6fcd own":    {nil, own()},
		"mastodon":        {nil, append(mastodonWhole(), entry{"strange.json", "{}"}, entry{"other.json", "{}"})},
		"pleroma":         {nil, pleromaBackup(`"https://pl.example/schemas/litepub-0.1.jsonld"`)},
		"vernissage":      {nil, vernissageExport()},
		"bookwyrm":        {nil, bookwyrmExport()},
		"misskey":         {misskeyKnown, misskeyExport()},
		"sharkey":         {nil, sharkeyExport()},
		"x":               {nil, xWhole()},
		"hollo":           {nil, holloEntries()},
		"lists":           {nil, lists()},
		"pixelfed":        {nil, pixelfedExport("[" + pixelfedStatuses[0] + "]")},
		"activities.next": {nil, nextEntries()},
	} {
		o := dialect.Options{}
		if c.o != nil {
			o = *c.o
		}
		o.Salvage = true
		for i, damaged := range c.entries {
			if damaged.body == "" {
				continue
			}
			t.Run(fmt.Sprintf("%s without %d %s", name, i, damaged.name), func(t *testing.T) {
				a, err := openExport(t, &o, zipWithDamage(t, c.entries, i))
				if slices.Contains(indispensable, damaged.name) {
					require.Error(t, err, "nobody knows then what it is")
					return
				}
				require.NoError(t, err)
				items := 0
				for _, k := range portability.Kinds() {
					for _, err := range a.Items(t.Context(), k, "") {
						require.NoError(t, err, "%s are read as far as that goes", k)
						items++
					}
				}
				assert.NotZero(t, items)
			})
		}
	}
}

// zipWithDamage stores entries, one of which is not what its checksum says.
func zipWithDamage(t *testing.T, entries []entry, damaged int) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	at := int64(0)
	for i, e := range entries {
		f, err := w.CreateHeader(&zip.FileHeader{Name: e.name, Method: zip.Store})
		require.NoError(t, err)
		if i == damaged {
			require.NoError(t, w.Flush())
			at = int64(b.Len())
		}
		_, err = strings.NewReader(e.body).WriteTo(f)
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	data := b.Bytes()
	last := at + int64(len(entries[damaged].body)) - 1
	require.Equal(t, entries[damaged].body[len(entries[damaged].body)-1], data[last])
	data[last] ^= 0x20
	return data
}
