package csvlist_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/backup/csvlist"
)

const samples = "../../../shared/samples/csv"

// Files that servers gave out, where they are at hand.
func TestSamples(t *testing.T) {
	if _, err := os.Stat(samples); err != nil {
		if os.Getenv("GODWIT_CI") == "1" {
			t.Fatalf("the samples are not there: %v", err)
		}
		t.Skipf("the samples are not there: %v", err)
	}
	for _, c := range []struct {
		file string
		typ  csvlist.Type
		rows int
	}{
		{"mastodon-2017-headerless/following_accounts.csv", csvlist.Accounts, 43},
		{"mastodon-4-columns/following_accounts.csv", csvlist.Following, 22},
		{"lists/lists.csv", csvlist.Lists, 8},
		{"gotosocial/exports/following.csv", csvlist.Following, 2},
		{"gotosocial/exports/followers.csv", csvlist.Accounts, 2},
		{"gotosocial/exports/blocks.csv", csvlist.Accounts, 1},
		{"gotosocial/exports/mutes.csv", csvlist.Mutes, 0},
		{"gotosocial/exports/lists.csv", csvlist.Lists, 2},
	} {
		t.Run(c.file, func(t *testing.T) {
			data, err := os.ReadFile(filepath.Join(samples, c.file))
			require.NoError(t, err)
			typ, rows, faults := readAll(t, string(data), nil)
			assert.Equal(t, c.typ, typ)
			assert.Len(t, rows, c.rows)
			assert.Empty(t, faults)
		})
	}
}
