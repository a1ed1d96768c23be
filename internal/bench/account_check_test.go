//go:build unix

package bench_test

import (
	"bytes"
	"path/filepath"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/backup"
	"codeberg.org/godwit/godwit/portability"
)

// What is measured is only worth something if the posts compress as real ones do:
// five to ten times.
func TestAccountCompressesAsRealOnesDo(t *testing.T) {
	var outbox, packed bytes.Buffer
	require.NoError(t, newAccount(3000).outbox(&outbox))
	z := gzip.NewWriter(&packed)
	_, err := z.Write(outbox.Bytes())
	require.NoError(t, err)
	require.NoError(t, z.Close())
	ratio := float64(outbox.Len()) / float64(packed.Len())
	t.Logf("%d bytes for a post, compressed %.1f times", outbox.Len()/3000, ratio)
	assert.Greater(t, ratio, 5.0)
	assert.Less(t, ratio, 10.0)
}

func TestAccountIsAlwaysTheSame(t *testing.T) {
	var one, again bytes.Buffer
	require.NoError(t, newAccount(500).outbox(&one))
	require.NoError(t, newAccount(500).outbox(&again))
	assert.True(t, bytes.Equal(one.Bytes(), again.Bytes()))
}

// The takeout is read as what the account has.
func TestTakeoutIsTheAccount(t *testing.T) {
	const posts = 1000
	path := filepath.Join(t.TempDir(), "takeout.tar")
	require.NoError(t, writeTakeout(path, posts))
	r, err := backup.Open(t.Context(), path, nil)
	require.NoError(t, err)
	defer r.Close()
	a := newAccount(posts)
	for _, k := range []portability.Kind{portability.Content, portability.Outbox} {
		var want, got []portability.Item
		for item, err := range a.Items(t.Context(), k, "") {
			require.NoError(t, err)
			want = append(want, item)
		}
		for item, err := range r.Items(t.Context(), k, "") {
			require.NoError(t, err)
			require.Empty(t, item.Problems, item.ID)
			got = append(got, item)
		}
		require.Equal(t, len(want), len(got), k)
		for i := range want {
			require.Equal(t, want[i].ID, got[i].ID, k)
			require.Equal(t, len(want[i].Media), len(got[i].Media), want[i].ID)
		}
	}
}
