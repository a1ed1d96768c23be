//go:build unix

package blobdir_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/portability/blobdir"
)

// childPuts names the directory that a child process puts blobs into until it is
// killed.
const childPuts = "GODWIT_BLOBDIR_CHILD"

// body is what a blob of that key has.
func body(key string) []byte { return bytes.Repeat([]byte(key), 30_000) }

// speaking says how much was read of it.
type speaking struct {
	io.Reader
	key string
}

func (s *speaking) Read(p []byte) (int, error) {
	fmt.Println(s.key)
	return s.Reader.Read(p[:min(len(p), 32<<10)])
}

func TestChildPuts(t *testing.T) {
	dir := os.Getenv(childPuts)
	if dir == "" {
		t.Skip("only for TestWritersThatAreKilled, in a process of its own")
	}
	d, err := blobdir.Open(dir)
	require.NoError(t, err)
	for i := 0; ; i++ {
		key := fmt.Sprintf("media/%d", i%10)
		require.NoError(t, d.Put(t.Context(), key, &speaking{bytes.NewReader(body(key)), key}, -1))
	}
}

// A process is killed while it writes, after another number of reads each time.
func TestWritersThatAreKilled(t *testing.T) {
	dir := t.TempDir()
	left := 0
	for kill := range 12 {
		child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestChildPuts$")
		child.Env = append(os.Environ(), childPuts+"="+dir)
		out, err := child.StdoutPipe()
		require.NoError(t, err)
		require.NoError(t, child.Start())
		_, err = io.ReadFull(out, make([]byte, len("media/0\n")*(1+17*kill)))
		require.NoError(t, err)
		require.NoError(t, child.Process.Kill())
		require.Error(t, child.Wait())
		left += len(tree(t, filepath.Join(dir, "~temp")))
		checkBodies(t, dir)
	}
	assert.Positive(t, left, "some were killed while they wrote")
}

// checkBodies opens the directory as a process does that is started again.
func checkBodies(t *testing.T, dir string) {
	t.Helper()
	d, err := blobdir.Open(dir)
	require.NoError(t, err)
	for b, err := range d.List(t.Context(), "", "") {
		require.NoError(t, err)
		r, _, err := d.Open(t.Context(), b.Key)
		require.NoError(t, err)
		data, err := io.ReadAll(r)
		require.NoError(t, errors.Join(err, r.Close()))
		require.True(t, bytes.Equal(body(b.Key), data), "%s has %d bytes", b.Key, len(data))
	}
	assert.Empty(t, tree(t, filepath.Join(dir, "~temp")), "what was left is removed")
	require.NoError(t, d.Close())
	folders, err := os.ReadDir(filepath.Join(dir, "~temp"))
	require.NoError(t, err)
	assert.Empty(t, folders)
}

// Who opens the directory takes nothing from who is writing.
func TestOpenedWhileOthersWrite(t *testing.T) {
	dir := t.TempDir()
	d := open(t, dir)
	r, w := io.Pipe()
	done := make(chan error, 1)
	go func() { done <- d.Put(context.WithoutCancel(t.Context()), "a", r, -1) }()
	_, err := io.WriteString(w, "half ")
	require.NoError(t, err)
	for range 3 {
		open(t, dir)
	}
	_, err = io.WriteString(w, "whole")
	require.NoError(t, err)
	require.NoError(t, w.Close())
	require.NoError(t, <-done)
	found, err := open(t, dir).Stat(t.Context(), "a")
	require.NoError(t, err)
	assert.EqualValues(t, len("half whole"), found.Size)
}

// Many open one new directory at once.
func TestOpenedByManyAtOnce(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "blobs")
	done := make(chan error)
	for i := range 16 {
		go func() {
			d, err := blobdir.Open(dir)
			if err == nil {
				err = d.Put(context.Background(), fmt.Sprintf("a%d", i), strings.NewReader("x"), 1)
				err = errors.Join(err, d.Close())
			}
			done <- err
		}()
	}
	for range 16 {
		assert.NoError(t, <-done)
	}
	assert.Len(t, tree(t, dir), 17)
}
