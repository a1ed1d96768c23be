//go:build unix

package uriindex_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/portability/uriindex"
)

// A file that gets shorter while it is mapped would end the process.
func TestFileThatShrinks(t *testing.T) {
	all := posts(5_000)
	for _, left := range []int64{0, 1, uriindex.HeaderSize, 4096, 100_000, 500_000} {
		t.Run(fmt.Sprintf("to %d bytes", left), func(t *testing.T) {
			path := build(t, all...)
			x := open(t, path)
			_, known := x.Find(all[7].Old)
			require.True(t, known)
			require.NoError(t, os.Truncate(path, left))
			lost := 0
			for _, m := range all {
				found, known := x.Find(m.Old)
				if !known {
					lost++
					continue
				}
				assert.Equal(t, m, found)
			}
			assert.Positive(t, lost)
			assert.GreaterOrEqual(t, x.Damage(), int64(lost))
			var last error
			for _, err := range x.All() {
				last = err
			}
			assert.Error(t, last)
			assert.ErrorIs(t, x.Verify(t.Context()), uriindex.ErrDamaged)
			_, err := uriindex.Open(path)
			assert.ErrorIs(t, err, uriindex.ErrDamaged)
		})
	}
}

func TestTwoBuildersOfOneFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x")
	_, err := uriindex.Build(t.Context(), path, func(yield func(portability.Mapping, error) bool) {
		_, err := uriindex.Build(t.Context(), path, sequence(post(2)), nil)
		require.ErrorIs(t, err, uriindex.ErrInUse)
		yield(post(1), nil)
	}, nil)
	require.NoError(t, err)
	_, known := open(t, path).Find(post(1).Old)
	assert.True(t, known)
	assert.Equal(t, []string{"x"}, names(t, filepath.Dir(path)))
}

// childBuilds names the file that a child process builds until it is killed.
const childBuilds = "GODWIT_URIINDEX_CHILD"

func TestChildBuilds(t *testing.T) {
	path := os.Getenv(childBuilds)
	if path == "" {
		t.Skip("only for TestBuilderThatIsKilled, in a process of its own")
	}
	_, err := uriindex.Build(t.Context(), path, func(yield func(portability.Mapping, error) bool) {
		for i := 0; yield(post(i), nil); i++ {
			if i == 100_000 {
				fmt.Println("half way")
				select {}
			}
		}
	}, nil)
	require.NoError(t, err)
}

func TestBuilderThatIsKilled(t *testing.T) {
	path := build(t, post(1))
	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestChildBuilds$")
	child.Env = append(os.Environ(), childBuilds+"="+path)
	out, err := child.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, child.Start())
	said := make([]byte, len("half way"))
	_, err = out.Read(said)
	require.NoError(t, err)
	require.NoError(t, child.Process.Kill())
	require.Error(t, child.Wait())
	require.Equal(t, "half way", string(said))

	assert.Len(t, names(t, filepath.Dir(path)), 2, "it has left something")
	_, known := open(t, path).Find(post(1).Old)
	assert.True(t, known, "what was there is there")
	_, err = uriindex.Build(t.Context(), path, sequence(post(2)), nil)
	require.NoError(t, err)
	assert.Equal(t, []string{filepath.Base(path)}, names(t, filepath.Dir(path)), "the next build cleans up")
}
