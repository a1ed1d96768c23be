package container_test

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/internal/capped"
	"codeberg.org/godwit/godwit/internal/container"
)

// cappedFolder names, to a child, the folder of hostile files that it reads.
const cappedFolder = "GODWIT_CAPPED_FOLDER"

// TestHostileInCappedMemory has children read the corpus, each one case of it, where
// the operating system gives no more than 128 MiB for data. That building the corpus
// takes more is of no concern.
func TestHostileInCappedMemory(t *testing.T) {
	dir := t.TempDir()
	t.Setenv(cappedFolder, dir)
	var cases []string
	for _, group := range [][]hostile{hostileNames(), hostileTars(), hostileZips(), hostileStreams(), hostileShapes()} {
		for _, h := range group {
			cases = append(cases, h.fault)
			require.NoError(t, os.WriteFile(filepath.Join(dir, h.fault), h.data, 0o600))
			outcome, err := json.Marshal(cappedCase{h.fatal, h.opts})
			require.NoError(t, err)
			require.NoError(t, os.WriteFile(filepath.Join(dir, h.fault+cappedOutcome), outcome, 0o600))
		}
	}
	require.GreaterOrEqual(t, len(cases), 140, "children")
	capped.Run(t, "TestCappedChild", cases)
}

// cappedOutcome is behind the name of a file that holds how another one is read, and
// how that ends.
const cappedOutcome = ".outcome"

type cappedCase struct {
	Fatal container.Reason
	Opts  *container.Options
}

// TestCappedChild is what the children run.
func TestCappedChild(t *testing.T) {
	dir := os.Getenv(cappedFolder)
	if dir == "" {
		t.Skip("this runs as a child of TestHostileInCappedMemory")
	}
	files, err := os.ReadDir(dir)
	require.NoError(t, err, "the corpus is there")
	for _, f := range files {
		if strings.HasSuffix(f.Name(), cappedOutcome) {
			continue
		}
		t.Run(f.Name(), func(t *testing.T) {
			path := filepath.Join(dir, f.Name())
			text, err := os.ReadFile(path + cappedOutcome)
			require.NoError(t, err, "its outcome is there")
			var want cappedCase
			require.NoError(t, json.Unmarshal(text, &want))
			err = discardAll(t, path, want.Opts)
			var refused *container.Error
			require.True(t, err == nil || errors.As(err, &refused), "refused with a reason, not %v", err)
			if err == nil {
				refused = &container.Error{}
			}
			assert.Equal(t, want.Fatal, refused.Reason, "as without a cap")
		})
	}
}

func discardAll(t *testing.T, path string, o *container.Options) error {
	c, err := container.Open(t.Context(), path, o)
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
