package container_test

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/internal/container"
)

// cappedFolder names, to a child, the folder of hostile files that it reads.
const cappedFolder = "GODWIT_CAPPED_FOLDER"

// TestHostileInCappedMemory has a child read the corpus where the operating system
// gives no more than 128 MiB for data. That building the corpus takes more is of no
// concern. Stacks of threads count as data, so they are kept small.
func TestHostileInCappedMemory(t *testing.T) {
	if raceDetector {
		t.Skip("the race detector alone takes more than the cap")
	}
	prlimit, err := exec.LookPath("prlimit")
	if err != nil {
		require.Empty(t, os.Getenv("GODWIT_CI"), "prlimit is needed")
		t.Skip("prlimit is not on this machine")
	}
	dir, want := t.TempDir(), map[string]container.Reason{}
	for _, group := range [][]hostile{hostileNames(), hostileTars(), hostileZips(), hostileStreams(), hostileShapes()} {
		for _, h := range group {
			if h.opts != nil {
				continue
			}
			want[h.fault] = h.fatal
			require.NoError(t, os.WriteFile(filepath.Join(dir, h.fault), h.data, 0o600))
		}
	}
	self, err := os.Executable()
	require.NoError(t, err, "the test knows itself")
	child := exec.CommandContext(t.Context(), prlimit, "--data=134217728", "--stack=1048576", self, "-test.run", "^TestCappedChild$")
	child.Env = append(os.Environ(), cappedFolder+"="+dir)
	out, err := child.CombinedOutput()
	require.NoError(t, err, "the child lives:\n%.2000s", out)
	text, err := os.ReadFile(filepath.Join(dir, "outcomes"))
	require.NoError(t, err, "the child tells what came out")
	var got map[string]container.Reason
	require.NoError(t, json.Unmarshal(text, &got), "in JSON")
	require.NotEmpty(t, got, "there are outcomes")
	assert.Equal(t, want, got, "they are what they are without a cap")
}

// TestCappedChild is what the child runs.
func TestCappedChild(t *testing.T) {
	dir := os.Getenv(cappedFolder)
	if dir == "" {
		t.Skip("this runs as a child of TestHostileInCappedMemory")
	}
	files, err := os.ReadDir(dir)
	require.NoError(t, err, "the corpus is there")
	outcomes := map[string]container.Reason{}
	for _, f := range files {
		err := discardAll(t, filepath.Join(dir, f.Name()))
		var refused *container.Error
		require.True(t, err == nil || errors.As(err, &refused), "refused with a reason, not %v", err)
		outcomes[f.Name()] = ""
		if err != nil {
			outcomes[f.Name()] = refused.Reason
		}
	}
	text, err := json.Marshal(outcomes)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "outcomes"), text, 0o600))
}

func discardAll(t *testing.T, path string) error {
	c, err := container.Open(t.Context(), path, nil)
	if err != nil {
		return err
	}
	defer c.Close()
	for e := range c.Entries() {
		r, err := c.Open(t.Context(), e.Name)
		if err != nil {
			return err
		}
		_, err = io.Copy(io.Discard, r)
		r.Close()
		if err != nil {
			return err
		}
	}
	return nil
}
