package backup_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/backup"
	"codeberg.org/godwit/godwit/portability"
)

// severalNotes is an account whose notes use a few files.
func severalNotes(t testing.TB, n int) *portability.Memory {
	t.Helper()
	m := smallAccount(t)
	for i := 10; i < 10+n; i++ {
		f := tinyFile{fmt.Sprintf("https://old.example/media/%d.gif", i%7), fmt.Sprintf("GIF89a picture %d", i%7%5), "image/gif"}
		_, err := m.PutMedia(t.Context(), f.medium(), strings.NewReader(f.data))
		require.NoError(t, err)
		note := noteItem(t, i, fmt.Sprintf("post %d", i), aliceID+"/followers")
		note.Media = []portability.Medium{f.medium()}
		putItems(t, m, note)
	}
	return m
}

var errStop = errors.New("stopped")

// goOn copies to a file until it is whole, stopping where stop says.
func goOn(t *testing.T, path string, from portability.Source, o *backup.WriteOptions, stop func(w *backup.Writer) func(portability.Kind, string) error) (stops int) {
	t.Helper()
	for range 10_000 {
		w, err := backup.Create(path, o)
		require.NoError(t, err)
		_, err = portability.Copy(t.Context(), from, w, &portability.CopyOptions{After: w.After(), Batch: 3, Checkpoint: stop(w)})
		if err == nil {
			require.NoError(t, w.Close())
			return stops
		}
		require.ErrorIs(t, err, errStop)
		require.NoFileExists(t, path, "nothing stands there before it is whole")
		stops++
	}
	require.FailNow(t, "it does not come to an end")
	return stops
}

func TestInterruptedAtEveryCheckpoint(t *testing.T) {
	from, o := severalNotes(t, 40), &backup.WriteOptions{Created: aDay, Key: aliceKey(), Compression: backup.Gzip}
	want := copied(t, from, o)
	for name, leave := range map[string]func(*testing.T, *backup.Writer){
		"closed":    func(t *testing.T, w *backup.Writer) { require.NoError(t, w.Close()) },
		"abandoned": func(t *testing.T, w *backup.Writer) { require.NoError(t, w.Abandon()) },
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "alice.tar.gz")
			stops := goOn(t, path, from, o, func(w *backup.Writer) func(portability.Kind, string) error {
				return func(k portability.Kind, after string) error {
					w.SaveAlways()
					require.NoError(t, w.Checkpoint(k, after))
					leave(t, w)
					return errStop
				}
			})
			assert.Greater(t, stops, 30, "it was stopped often")
			assertSame(t, want, readFile(t, path), "a copy that was stopped")
		})
	}
}

func TestKilledAtRandomPoints(t *testing.T) {
	from, o := severalNotes(t, 40), &backup.WriteOptions{Created: aDay, Key: aliceKey()}
	want := copied(t, from, o)
	for seed := range uint64(20) {
		random := rand.New(rand.NewPCG(seed, 1))
		path := filepath.Join(t.TempDir(), "alice.tar")
		stops := 0
		goOn(t, path, from, o, func(w *backup.Writer) func(portability.Kind, string) error {
			return func(k portability.Kind, after string) error {
				if random.IntN(2) == 0 {
					w.SaveAlways()
				}
				require.NoError(t, w.Checkpoint(k, after))
				if stops > 20 || random.IntN(8) != 0 {
					return nil
				}
				stops++
				require.NoError(t, w.Abandon())
				garble(t, path+".partial", random)
				return errStop
			}
		})
		assertSame(t, want, readFile(t, path), "seed %d, stopped %d times", seed, stops)
	}
}

// garble appends to spools what a crash could leave behind what was saved.
func garble(t *testing.T, dir string, random *rand.Rand) {
	t.Helper()
	spools, err := filepath.Glob(filepath.Join(dir, "*.spool"))
	require.NoError(t, err)
	require.NotEmpty(t, spools)
	for _, path := range append(spools, filepath.Join(dir, "names")) {
		if random.IntN(3) > 0 {
			continue
		}
		f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
		require.NoError(t, err)
		garbage := make([]byte, random.IntN(200))
		for i := range garbage {
			garbage[i] = byte(random.Uint32())
		}
		_, err = f.Write(garbage)
		require.NoError(t, errors.Join(err, f.Close()))
	}
}

func TestOtherBatches(t *testing.T) {
	from, o := severalNotes(t, 40), &backup.WriteOptions{Created: aDay}
	want := copied(t, from, o)
	for _, batch := range []int{1, 7, 1000} {
		path := filepath.Join(t.TempDir(), "alice.tar")
		w, err := backup.Create(path, o)
		require.NoError(t, err)
		_, err = portability.Copy(t.Context(), from, w, &portability.CopyOptions{Batch: batch})
		require.NoError(t, err)
		require.NoError(t, w.Close())
		assertSame(t, want, readFile(t, path), "in batches of %d", batch)
	}
	assertSame(t, want, copied(t, from, o), "the same again")
}

func TestStoppedWhileItIsMade(t *testing.T) {
	from, o := severalNotes(t, 40), &backup.WriteOptions{Created: aDay, Key: aliceKey()}
	path := filepath.Join(t.TempDir(), "alice.tar")
	w, err := backup.CreateFailing(path, o, func(file string) error {
		if file == "the archive" {
			return syscall.ENOSPC
		}
		return nil
	})
	require.NoError(t, err)
	_, err = portability.Copy(t.Context(), from, w, &portability.CopyOptions{Checkpoint: w.Checkpoint})
	require.ErrorIs(t, err, syscall.ENOSPC)
	require.NoError(t, w.Abandon())

	again, err := backup.Create(path, o)
	require.NoError(t, err)
	assert.True(t, again.Complete(), "the source is not needed any more")
	require.NoError(t, again.Finish(t.Context()))
	require.NoError(t, again.Close())
	assertSame(t, copied(t, from, o), readFile(t, path), "a copy that was stopped")
	assert.NoDirExists(t, path+".partial")
}

func TestGoingOnWithOtherOptions(t *testing.T) {
	path := filepath.Join(t.TempDir(), "alice.tar")
	w, err := backup.Create(path, &backup.WriteOptions{Created: aDay})
	require.NoError(t, err)
	_, err = backup.Create(path, &backup.WriteOptions{Created: aDay})
	require.ErrorIs(t, err, backup.ErrInUse, "while another writes")
	require.NoError(t, w.Close())
	for name, o := range map[string]backup.WriteOptions{
		"another time":        {Created: aDay.AddDate(0, 0, 1)},
		"another compression": {Created: aDay, Compression: backup.Zstd},
		"in volumes":          {Created: aDay, VolumeBytes: backup.MinVolume},
		"for another":         {Created: aDay, Controller: "https://old.example/users/bob"},
	} {
		_, err := backup.Create(path, &o)
		require.ErrorIs(t, err, backup.ErrOtherOptions, name)
	}
	w, err = backup.Create(path, &backup.WriteOptions{Created: aDay})
	require.NoError(t, err)
	require.NoError(t, w.Discard())
	assert.NoDirExists(t, path+".partial")
}

func TestDamagedWorkFolder(t *testing.T) {
	for name, damage := range map[string]func(dir string) error{
		"a spool is shorter than was saved": func(dir string) error { return os.Truncate(filepath.Join(dir, "content.spool"), 10) },
		"a spool is gone":                   func(dir string) error { return os.Remove(filepath.Join(dir, "content.spool")) },
		"the state is no JSON":              func(dir string) error { return os.WriteFile(filepath.Join(dir, "state.json"), []byte("{"), 0o600) },
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "alice.tar")
			w, err := backup.Create(path, &backup.WriteOptions{Created: aDay})
			require.NoError(t, err)
			putItems(t, w, noteItem(t, 1, "one", aliceID))
			require.NoError(t, w.Close())
			require.NoError(t, damage(path+".partial"))
			_, err = backup.Create(path, &backup.WriteOptions{Created: aDay})
			assert.ErrorIs(t, err, backup.ErrDamaged)
		})
	}
	t.Run("a spooled file has other bytes", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "alice.tar")
		w, err := backup.Create(path, &backup.WriteOptions{Created: aDay})
		require.NoError(t, err)
		_, err = w.PutMedia(t.Context(), catPNG.medium(), strings.NewReader(catPNG.data))
		require.NoError(t, err)
		f, err := os.OpenFile(filepath.Join(path+".partial", "files.spool"), os.O_WRONLY, 0)
		require.NoError(t, err)
		_, err = f.WriteAt([]byte("dog"), 18)
		require.NoError(t, errors.Join(err, f.Close()))
		assert.ErrorIs(t, w.Finish(t.Context()), backup.ErrDamaged)
		assert.NoFileExists(t, path)
		require.NoError(t, w.Discard())
	})
}

// TestFailingDisk has the disk fail at every step of a copy, one after the other,
// and goes on each time.
func TestFailingDisk(t *testing.T) {
	from := severalNotes(t, 6)
	o := &backup.WriteOptions{Created: aDay, Key: aliceKey(), VolumeBytes: backup.MinVolume}
	want := volumesOf(t, from, o)
	steps := map[string]int{}
	all := 0
	require.Empty(t, failingAt(t, filepath.Join(t.TempDir(), "alice.tar"), from, o, func(file string) error {
		all++
		steps[file]++
		return nil
	}))
	require.Greater(t, all, 80, "there are many steps")
	for _, file := range []string{"the archive", "the state", "the spool of content", "the spool of files", "the table of names"} {
		require.NotZero(t, steps[file], file)
	}
	for n := range all {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "alice.tar")
			step := 0
			failed := failingAt(t, path, from, o, func(string) error {
				if step++; step <= n {
					return nil
				}
				return syscall.ENOSPC
			})
			require.NotEmpty(t, failed)
			finishFrom(t, path, from, o)
			got := readVolumes(t, path)
			require.Len(t, got, len(want))
			for i := range want {
				assertSame(t, want[i], got[i], "after a failure of %s", failed)
			}
		})
	}
}

// failingAt copies on a disk that may fail, and says which file it first failed at.
func failingAt(t *testing.T, path string, from portability.Source, o *backup.WriteOptions, fail func(string) error) string {
	t.Helper()
	failed := ""
	w, err := backup.CreateFailing(path, o, func(file string) error {
		err := fail(file)
		if err != nil && failed == "" {
			failed = file
		}
		return err
	})
	if err == nil {
		_, err = portability.Copy(t.Context(), from, w, &portability.CopyOptions{Batch: 4, Checkpoint: func(k portability.Kind, after string) error {
			if k == portability.Content {
				w.SaveAlways()
			}
			return w.Checkpoint(k, after)
		}})
		require.NoError(t, w.Abandon())
	}
	if failed == "" {
		require.NoError(t, err)
		return ""
	}
	require.ErrorIs(t, err, syscall.ENOSPC)
	var of *backup.DiskError
	require.ErrorAs(t, err, &of, "the error says which file")
	assert.True(t, of.Temporary())
	assert.Equal(t, failed, of.File)
	return failed
}

func finishFrom(t *testing.T, path string, from portability.Source, o *backup.WriteOptions) {
	t.Helper()
	w, err := backup.CreateFailing(path, o, func(string) error { return nil })
	require.NoError(t, err)
	_, err = portability.Copy(t.Context(), from, w, &portability.CopyOptions{After: w.After(), Checkpoint: w.Checkpoint})
	require.NoError(t, err)
	require.NoError(t, w.Close())
}

func TestPutAgainAfterTheDiskWasFull(t *testing.T) {
	full := false
	path := filepath.Join(t.TempDir(), "alice.tar")
	w, err := backup.CreateFailing(path, &backup.WriteOptions{Created: aDay}, func(file string) error {
		if full && strings.HasPrefix(file, "the spool") {
			return syscall.ENOSPC
		}
		return nil
	})
	require.NoError(t, err)
	full = true
	items := []portability.Item{noteItem(t, 1, "one", aliceID), noteItem(t, 2, "two", aliceID)}
	_, err = w.Put(t.Context(), items)
	require.ErrorIs(t, err, syscall.ENOSPC)
	_, err = w.PutMedia(t.Context(), catPNG.medium(), strings.NewReader(catPNG.data))
	require.ErrorIs(t, err, syscall.ENOSPC)
	full = false
	for _, result := range putItems(t, w, items...) {
		assert.Equal(t, portability.Copied, result.State, "nothing of the first attempt counts")
	}
	require.NoError(t, w.Finish(t.Context()))
	require.NoError(t, w.Close())
	clean := portability.NewMemory(nil)
	putItems(t, clean, items...)
	assertSame(t, copied(t, clean, &backup.WriteOptions{Created: aDay}), readFile(t, path), "a disk that was full for a while")
}

const killPath, killAfter = "GODWIT_TEST_ARCHIVE", "GODWIT_TEST_KILL_AFTER"

// TestKilledForReal starts this test again in processes that kill themselves, in
// the middle of a copy or of making the archive.
func TestKilledForReal(t *testing.T) {
	from, o := severalNotes(t, 40), &backup.WriteOptions{Created: aDay, Key: aliceKey()}
	if path := os.Getenv(killPath); path != "" {
		copyAndDie(t, path, from, o)
		return
	}
	if testing.Short() {
		t.Skip("starts processes")
	}
	path := filepath.Join(t.TempDir(), "alice.tar")
	for n, step := range []string{"30", "60", "90", "250", "1000"} {
		child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestKilledForReal$")
		child.Env = append(os.Environ(), killPath+"="+path, killAfter+"="+step)
		err := child.Run()
		if n < 2 {
			require.Error(t, err, "the process was killed")
		}
		if err == nil {
			break
		}
		status := err.(*exec.ExitError).Sys().(syscall.WaitStatus)
		require.Equal(t, syscall.SIGKILL, status.Signal(), "the process was killed and did not fail")
		require.NoFileExists(t, path)
	}
	if _, err := os.Stat(path); err != nil {
		finishFrom(t, path, from, o)
	}
	assertSame(t, copied(t, from, o), readFile(t, path), "a copy that was stopped")
}

func copyAndDie(t *testing.T, path string, from portability.Source, o *backup.WriteOptions) {
	t.Helper()
	var last int
	_, err := fmt.Sscan(os.Getenv(killAfter), &last)
	require.NoError(t, err)
	step := 0
	w, err := backup.CreateFailing(path, o, func(string) error {
		if step++; step > last {
			return syscall.Kill(os.Getpid(), syscall.SIGKILL)
		}
		return nil
	})
	require.NoError(t, err)
	_, err = portability.Copy(context.WithoutCancel(t.Context()), from, w, &portability.CopyOptions{After: w.After(), Batch: 4,
		Checkpoint: func(k portability.Kind, after string) error {
			w.SaveAlways()
			return w.Checkpoint(k, after)
		}})
	require.NoError(t, err)
	require.NoError(t, w.Close())
}

func readVolumes(t testing.TB, path string) [][]byte {
	t.Helper()
	files, err := backup.Files(path)
	require.NoError(t, err)
	var all [][]byte
	for _, one := range files {
		all = append(all, readFile(t, one))
	}
	return all
}

func volumesOf(t testing.TB, from portability.Source, o *backup.WriteOptions) [][]byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "alice.tar")
	w, err := backup.Create(path, o)
	require.NoError(t, err)
	_, err = portability.Copy(t.Context(), from, w, nil)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return readVolumes(t, path)
}
