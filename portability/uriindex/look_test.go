package uriindex_test

import (
	"io/fs"
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/portability/uriindex"
)

func TestWhatCannotBeReadIsNotUnknown(t *testing.T) {
	all := posts(200)
	path := build(t, all...)
	whole, err := os.ReadFile(path)
	require.NoError(t, err)
	x := open(t, path)
	for _, m := range all {
		found, known, err := x.Look(m.Old)
		require.NoError(t, err)
		require.True(t, known)
		require.Equal(t, m, found)
	}
	_, known, err := x.Look("https://old.example/never")
	require.NoError(t, err, "what never was is no error")
	assert.False(t, known)
	require.NoError(t, x.Close())
	_, known, err = x.Look(all[0].Old)
	require.ErrorIs(t, err, fs.ErrClosed)
	assert.False(t, known)

	for i := uriindex.HeaderSize; i < len(whole); i++ {
		whole[i] ^= 0xff
	}
	require.NoError(t, os.WriteFile(path, whole, 0o600))
	damaged := open(t, path)
	failed := 0
	for _, m := range all {
		if _, _, err := damaged.Look(m.Old); err != nil {
			require.ErrorIs(t, err, uriindex.ErrDamaged)
			failed++
		}
	}
	assert.Positive(t, failed)
	assert.EqualValues(t, failed, damaged.Damage())
}
