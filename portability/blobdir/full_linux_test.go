package blobdir_test

import (
	"bytes"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/portability/blobdir"
)

// childFills names a directory over which a child process mounts a very small disk.
const childFills = "GODWIT_BLOBDIR_FULL"

// TestFullDisk fills a real file system of 1 MiB, in a process that sees it alone.
func TestFullDisk(t *testing.T) {
	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestChildFills$", "-test.v")
	child.Env = append(os.Environ(), childFills+"="+t.TempDir())
	child.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}},
	}
	out, err := child.CombinedOutput()
	if err != nil && !strings.Contains(string(out), "=== RUN") || strings.Contains(string(out), "cannot mount") {
		if os.Getenv("GODWIT_CI") == "1" {
			t.Fatalf("this test needs user namespaces: %v\n%s", err, out)
		}
		t.Skip("no disk can be mounted here: the system has no user namespaces for everybody")
	}
	require.NoError(t, err, "%s", out)
	require.Contains(t, string(out), "--- PASS: TestChildFills")
}

func TestChildFills(t *testing.T) {
	dir := os.Getenv(childFills)
	if dir == "" {
		t.Skip("only for TestFullDisk, in a process of its own")
	}
	if err := syscall.Mount("small", dir, "tmpfs", 0, "size=1m"); err != nil {
		t.Skip("cannot mount", err)
	}
	d := open(t, filepath.Join(dir, "blobs"))
	require.NoError(t, d.Put(t.Context(), "small", strings.NewReader("kept"), 4))
	for range 3 {
		err := d.Put(t.Context(), "large", bytes.NewReader(make([]byte, 2<<20)), 2<<20)
		require.ErrorIs(t, err, blobdir.ErrFull)
		require.ErrorIs(t, err, syscall.ENOSPC)
		assert.Equal(t, "put blob: large: the disk is full: no space left on device", err.Error())
		var retry interface{ Temporary() bool }
		require.ErrorAs(t, err, &retry)
		assert.True(t, retry.Temporary())
	}
	_, err := d.Stat(t.Context(), "large")
	require.ErrorIs(t, err, fs.ErrNotExist)
	require.NoError(t, d.Put(t.Context(), "half", bytes.NewReader(make([]byte, 512<<10)), -1), "nothing is left of what failed")
}
